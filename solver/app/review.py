"""The command `review`: the morning page of a run."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console

from ...models.plan.trades import Explained
from .options import AsJson
from .pages.person import Thresholds

STANDARD = Thresholds()


def review_command(
    run: Annotated[Path, typer.Argument(help="The folder of a run, as `lotroute batch` writes it.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder of the pages, which is replaced; without it, RUN/review.")
    ] = None,
    large_gain: Annotated[
        float, typer.Option("--large-gain", min=0, help="A net gain above this fraction of the household is large.")
    ] = STANDARD.large_gain,
    uncertain_loss: Annotated[
        float,
        typer.Option("--uncertain-loss", min=0, help="Losses that may be wash sales, as a fraction of the household."),
    ] = STANDARD.uncertain_loss,
    drift_left: Annotated[
        float, typer.Option("--drift-left", min=0, help="What is left outside bands, as a fraction of the household.")
    ] = STANDARD.drift_left,
    explain: Annotated[
        Explained,
        typer.Option(
            "--explain",
            help="Reasons of households that need a person: codes, default (sentences, prices of the largest trades) "
            "or full (of all, much slower).",
        ),
    ] = "default",
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Processes that write pages; by default one for each core.")
    ] = os.cpu_count() or 1,
    as_json: AsJson = False,
) -> None:
    """Write the pages of a run: the book, and every household, those that need a person first."""
    from .pages.review import review

    began = perf_counter()
    thresholds = Thresholds(large_gain, uncertain_loss, drift_left)
    done = review(run, out, thresholds=thresholds, explain=explain, workers=workers)
    if as_json:
        found = {
            "index": str(done.index),
            "households": done.households,
            "states": dict(done.states),
            "explained": done.explained,
            "persons": dict(done.persons),
            "seconds": round(perf_counter() - began, 3),
        }
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
        return
    words = f"{done.index}: {done.households:,} households, {done.persons['any']:,} of them need a person"
    Console(highlight=False).print(words, markup=False, soft_wrap=True)
