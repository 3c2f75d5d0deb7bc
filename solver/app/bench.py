"""The command that runs the benchmarks."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import rich.progress
import typer
from rich.console import Console
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from ..api import TIME_LIMIT
from .options import AsJson, TimeLimit


class Bench(StrEnum):
    """The benchmarks that `bench` runs."""

    baselines = "baselines"
    tax = "tax"
    wash = "wash"


def bench(
    which: Annotated[
        Bench,
        typer.Argument(
            help="baselines: against the router and simpler rules; tax: the exact bill against flat rates; "
            "wash: wash sales of the household's plan against those of its accounts, each on its own."
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
) -> None:
    """Compare the plans of made-up households with simpler ways to trade: dollars, gaps, seconds."""
    from ..runs.benchmarks import baselines, tax, wash_sales

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
    columns = (
        SpinnerColumn(),
        TextColumn("{task.completed} of {task.total}, last {task.description}"),
        TimeElapsedColumn(),
    )
    with rich.progress.Progress(*columns, console=Console(stderr=True), transient=True) as line:
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
