"""The command for scenarios: sweep."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from ...models import Household
from ...models.schema.safe_text import printable, quoted
from ..api import GAP_BP, TIME_LIMIT
from ..runs.benchmarks.page import rich_table
from ..runs.sweeps import COLUMNS, plot_frontier, sweep
from .options import AsJson, Gap, HouseholdFile, HouseholdId, PolicyChoice, TimeLimit, chosen_policy

if TYPE_CHECKING:
    import pandas as pd

SHOWN = {"objective": "objective", "tax_change": "tax added", "drift": "drift", "gain": "gain"}
"""Columns of dollars in the terminal, and their heads."""


def sweep_command(
    file: HouseholdFile,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary",
            help="A path with its values, as in policy.limits.net_gain=0,5000,none; given again, every combination.",
        ),
    ],
    household: HouseholdId = None,
    policy: PolicyChoice = None,
    time_limit: TimeLimit = TIME_LIMIT,
    gap: Gap = GAP_BP,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture", help="Also draw the frontier of tax against drift, to an .svg, .png or .pdf; needs matplotlib."
        ),
    ] = None,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the rows as CSV.")] = False,
) -> None:
    """Plan a household for every value of what is varied, and put the plans side by side."""
    if picture is not None and find_spec("matplotlib") is None:
        raise typer.BadParameter("the picture needs pip install lotroute[bench]", param_hint="--picture")
    if as_json and as_csv:
        raise typer.BadParameter("give one of --json and --csv", param_hint="--csv")
    chosen = chosen_policy(policy)
    frame = sweep(Household.load(file, household), _values(vary), chosen, gap_bp=gap, time_limit=time_limit)
    if picture is not None:
        from ...models.plan.views.style import save  # late: matplotlib is for pictures alone

        save(plot_frontier(frame), picture)
    rows = frame.drop(columns="plan")
    if as_json:
        sys.stdout.write(json.dumps(_data(rows), indent=1, default=str) + "\n")
    elif as_csv:
        sys.stdout.write(rows.map(quoted).to_csv(index=False))
    else:
        _print(Console(highlight=False), rows)


def _values(vary: list[str]) -> dict[str, list[Any]]:
    """The values of each path: numbers, true, false, `none`, or else text."""
    found: dict[str, list[Any]] = {}
    for text in vary:
        path, sign, values = text.partition("=")
        if not sign or path in found:
            message = f"{text!r} is not a path with its values, each path once, as in policy.limits.net_gain=0,5000"
            raise typer.BadParameter(message, param_hint="--vary")
        found[path.strip()] = [_value(each.strip()) for each in values.split(",")]
    return found


def _value(text: str) -> Any:  # noqa: ANN401 - what a field holds
    try:
        return None if text.lower() == "none" else json.loads(text)
    except ValueError:
        return text


def _data(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as data: what is not known is null."""
    return [
        {str(name): None if value is None or value != value else value for name, value in row.items()}
        for row in rows.astype(object).to_dict("records")
    ]


def _print(console: Console, rows: pd.DataFrame) -> None:
    paths = [name for name in rows.columns if name not in COLUMNS]
    rows = rows.assign(gain=rows.short_gain + rows.long_gain)
    cells = [
        [
            *("none" if row[path] is None else f"{row[path]}" for path in paths),
            row["status"],
            *("" if row[name] is None else f"{row[name]:,.0f}" for name in SHOWN),
        ]
        for row in _data(rows)
    ]
    heads = [*(path.rpartition(".")[2] for path in paths), "status", *SHOWN.values()]
    console.print(Text("A plan for each value, in dollars", style="bold"))
    console.print()
    console.print(rich_table(heads, cells))
    for number, row in enumerate(_data(rows), 1):
        if row["detail"]:
            console.print(Text(printable(f"Row {number}: {row['detail']}"), style="dim"))
