"""The command `batch`: a whole book of households, overnight."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import rich.progress
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

from ...models import Fault, InputError
from ...models.schema.safe_text import printable
from ..api import GAP_BP
from .options import AsJson, Gap, PolicyChoice, chosen_policy, complain

if TYPE_CHECKING:
    from ..runs.batch.pace import Pace

NOT_ALL_PLANNED = 3
"""The exit code if a household was refused or failed."""

INTERRUPTED = 130
"""The exit code if the run was interrupted; it is what a shell gives for Ctrl-C."""

LINE_EVERY = 10.0
"""Seconds between lines of progress where standard error is no terminal."""


class EngineName(StrEnum):
    """What carries the chunks of a run."""

    local = "local"
    dask = "dask"


def batch(
    book: Annotated[
        str, typer.Argument(help="A folder of the tables of a book, CSV or Parquet; or what DuckDB reads.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The folder of the run.")],
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Solving processes; by default one for each core.")
    ] = os.cpu_count() or 1,
    engine: Annotated[EngineName, typer.Option("--engine", help="local, or dask for more than one machine.")] = (
        EngineName.local
    ),
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="The address of a Dask scheduler that is there; needs dask.")
    ] = None,
    deadline: Annotated[
        str | None,
        typer.Option("--deadline", help="When the run ends: 06:00 for the next six o'clock, or a date and time."),
    ] = None,
    per_household: Annotated[
        float, typer.Option("--per-household", min=0.1, help="Seconds for the plan of one household.")
    ] = 10.0,
    policy: PolicyChoice = None,
    gap: Gap = GAP_BP,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in the folder.")] = False,
    as_json: AsJson = False,
) -> None:
    """Plan every household of a book; exit code 0 if all are planned, 3 if some were refused or failed."""
    from ..runs.batch.engines import Dask, Local
    from ..runs.batch.run import all_planned, run_batch

    if scheduler is not None and engine is not EngineName.dask:
        raise typer.BadParameter("goes with --engine dask", param_hint="--scheduler")
    carried = Local(workers) if engine is EngineName.local else Dask(workers, scheduler)
    until = None if deadline is None else next_time(deadline, datetime.now()).timestamp()
    chosen = chosen_policy(policy)
    try:
        with _stoppable(), _progress() as report:
            found = run_batch(
                book,
                out,
                chosen,
                engine=carried,
                per_household=per_household,
                gap_bp=gap,
                deadline=until,
                resume=resume,
                report=report,
            )
    except KeyboardInterrupt:
        complain("interrupted: what is written stays, and --resume goes on")
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
    else:
        print_summary(Console(highlight=False), out, found)
    if not all_planned(found):
        raise typer.Exit(NOT_ALL_PLANNED)


def next_time(text: str, now: datetime) -> datetime:
    """Return the next moment, after `now`, that `HH:MM` or an ISO date and time names. Raises InputError otherwise."""
    try:
        if len(text) <= len("HH:MM"):
            hour = datetime.strptime(text, "%H:%M")
            then = now.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
            return then if then > now else then + timedelta(days=1)
        then = datetime.fromisoformat(text)
    except ValueError:
        raise InputError([Fault("--deadline", f"{text!r} is not a time", "as in 06:00 or 2026-11-26T06:00")]) from None
    if then.timestamp() <= now.timestamp():
        raise InputError([Fault("--deadline", f"{text} is over", "give a time to come")])
    return then


def print_summary(console: Console, out: Path, found: dict[str, Any]) -> None:
    """Print how a run ended, for a person."""
    seconds, gaps = found["seconds"], found["gap_bp"]
    lines = [f"{found['households']:,} households in {found['wall_seconds']:,.1f} s: {out}"]
    lines += [f"  {state:17}{count:9,}" for state, count in found["states"].items() if count]
    if seconds["p50"] is not None:
        points = ", ".join(f"{name} {seconds[name]:,.2f}" for name in seconds)
        lines.append(f"  seconds of a household: {points}")
    if gaps["p50"] is not None:
        lines.append(f"  gap in basis points: p50 {gaps['p50']:.3f}, max {gaps['max']:.3f}")
    for name, words in (("against_greedy", "the router's plans"), ("against_account_by_account", "account by account")):
        saved, tax = found[name]["saved"], found[name]["tax"]
        if saved is not None:
            lines.append(f"  against {words}: {_less(saved)} cost in all, {_less(tax)} tax this year")
    console.print("\n".join(map(printable, lines)), markup=False, soft_wrap=True)


def _less(dollars: float) -> str:
    return f"${abs(dollars):,.0f} {'less' if dollars >= 0 else 'more'}"


@contextmanager
def _stoppable() -> Iterator[None]:
    """Treat a request to terminate as Ctrl-C, so that the solving processes end and the log says why."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress() -> Iterator[Callable[[Pace], None]]:
    """Show what is done: a bar on a terminal, otherwise a line every ten seconds."""
    console = Console(stderr=True, highlight=False)
    columns = BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}")
    bar = rich.progress.Progress(*columns, console=console, transient=True)
    task = bar.add_task("starting", total=None)
    shown = perf_counter()

    def report(pace: Pace) -> None:
        nonlocal shown
        if console.is_terminal:
            bar.update(task, completed=pace.done, total=pace.households, description=_words(pace))
        elif perf_counter() - shown > LINE_EVERY or pace.done == pace.households:
            shown = perf_counter()
            complain(f"{pace.done:,} of {pace.households:,} households, {_words(pace)}")

    if not console.is_terminal:
        yield report
        return
    with bar:
        yield report


def _words(pace: Pace) -> str:
    """The rate, the time left, and the counts by state."""
    left = pace.seconds_left
    states = ", ".join(f"{count:,} {state}" for state, count in pace.states.items())
    rest = "" if left is None else f", {timedelta(seconds=round(left))} left"
    return f"{pace.rate:.1f} a second{rest}: {states}"
