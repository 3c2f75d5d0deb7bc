"""The command that runs the benchmarks."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import rich.progress
import typer
from rich.console import Console
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from ..api import TIME_LIMIT
from .options import AsJson, TimeLimit

if TYPE_CHECKING:
    from ..runs.benchmarks.speed import Asked


class Bench(StrEnum):
    """The benchmarks that `bench` runs."""

    baselines = "baselines"
    tax = "tax"
    wash = "wash"
    speed = "speed"


COLUMNS = (
    SpinnerColumn(),
    TextColumn("{task.completed} of {task.total}, last {task.description}"),
    TimeElapsedColumn(),
)
"""The line of progress."""


def bench(
    which: Annotated[
        Bench,
        typer.Argument(
            help="baselines: against the router and simpler rules; tax: the exact bill against flat rates; "
            "wash: wash sales of the household's plan against those of its accounts, each on its own; "
            "speed: CPU seconds against a MIP solver, the textbook model and the router."
        ),
    ] = Bench.baselines,
    households: Annotated[
        int | None, typer.Option("--households", min=0, help="How many households of funds: 100; tax: 500; wash: 200.")
    ] = None,
    sleeves: Annotated[
        int | None,
        typer.Option("--sleeves", min=0, help="How many with a direct-index sleeve: 10; tax and wash: none."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed makes the same households.")] = 0,
    time_limit: TimeLimit = TIME_LIMIT,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Also write the report into this Markdown page, and a picture next to it.",
        ),
    ] = None,
    as_json: AsJson = False,
    case: Annotated[
        list[str] | None, typer.Option("--case", help="speed: a case, or throughput; may be repeated; default: all.")
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="speed: how many seeds of each case.")] = 3,
    textbook: Annotated[
        bool, typer.Option("--textbook/--no-textbook", help="speed: whether the textbook model is solved too.")
    ] = True,
    highs: Annotated[
        bool, typer.Option("--highs/--no-highs", help="speed: whether HiGHS's own branch and bound is run too.")
    ] = True,
) -> None:
    """Compare the plans of made-up households with simpler ways to trade: dollars, gaps, seconds."""
    from ..runs.benchmarks import baselines, tax, wash_sales
    from ..runs.benchmarks.speed import Asked

    if which is Bench.speed:
        if households is not None or sleeves is not None or seed:
            raise typer.BadParameter("speed has cases and seeds of its own: --case, --seeds", param_hint="bench speed")
        if unknown := {*(case or ())} - {*Asked().cases}:
            known = ", ".join(Asked().cases)
            raise typer.BadParameter(f"{', '.join(sorted(unknown))}: known are {known}", param_hint="--case")
        _speed(Asked(tuple(case or Asked().cases), seeds, time_limit, textbook, highs), out, as_json=as_json)
        return
    if case or seeds != 3 or not (textbook and highs):
        raise typer.BadParameter("this is for bench speed", param_hint="--case, --seeds, --no-textbook, --no-highs")
    if which is not Bench.baselines and sleeves:
        raise typer.BadParameter(f"{which} is compared over households of funds alone", param_hint="--sleeves")
    if which is Bench.baselines and out is not None and find_spec("matplotlib") is None:
        raise typer.BadParameter("the picture needs pip install lotroute[bench]", param_hint="--out")
    asked = {
        Bench.baselines: [(households, 100), (sleeves, 10)],
        Bench.tax: [(households, 500)],
        Bench.wash: [(households, 200)],
    }
    counts = [usual if count is None else count for count, usual in asked[which]]
    chosen: Any = {Bench.baselines: baselines, Bench.tax: tax, Bench.wash: wash_sales}[which]
    with rich.progress.Progress(*COLUMNS, console=Console(stderr=True), transient=True) as line:
        task = line.add_task("none", total=sum(counts))
        report = chosen.run(
            *counts, seed, time_limit, lambda case: line.update(task, advance=1, description=case.household)
        )
    if out is not None:
        report.write(out)
    if as_json:
        sys.stdout.write(json.dumps(report.as_dict(), indent=1) + "\n")
    else:
        report.section().print(Console(highlight=False))


def _speed(asked: Asked, out: Path | None, *, as_json: bool) -> None:
    """Run `bench speed`: rows as JSON as they are measured, one a line, or tables at the end."""
    from ..runs.benchmarks import speed, speed_report

    with rich.progress.Progress(*COLUMNS, console=Console(stderr=True), transient=True) as line:
        task = line.add_task("none", total=len(asked.runs) + ("throughput" in asked.cases))

        def report(row: dict[str, Any]) -> None:
            line.update(task, advance=1, description=row["case"])
            if as_json:
                sys.stdout.write(json.dumps(row) + "\n")
                sys.stdout.flush()

        section = speed_report.section(speed.run(asked, report))
    if out is not None:
        section.write(out)
    if not as_json:
        section.print(Console(highlight=False))
