"""The command that writes order files: orders."""

from __future__ import annotations

import json
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ...models import Plan
from ..runs.batch.outcomes import PLANNED
from ..runs.orders.files import write_orders
from ..runs.orders.layout import DEFAULT, load_layout
from ..runs.orders.sources import Orders, of_plans, of_run
from .options import AsJson, complain

NAMED = 10
"""The most households without orders that are named on the terminal; `--json` names all."""


def orders(
    sources: Annotated[
        list[Path], typer.Argument(metavar="PLAN... | RUN", help="Plans in JSON, or the folder of a nightly run.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The folder of the order files; those in it are replaced.")],
    layout: Annotated[
        str, typer.Option("--layout", help="by-lot, blocks, or a TOML file with columns (docs/orders.md).")
    ] = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Write the orders of plans as files for a custodian: by lot, and as blocks over all accounts."""
    chosen, found = load_layout(layout), _read(sources)
    written = write_orders(found.rows, chosen, out)
    left_out = {household: state for household, state in found.states.items() if state not in PLANNED}
    if as_json:
        result = {
            "out": str(out),
            "layout": layout,
            "files": written,
            "households": len(found.states) - len(left_out),
            "states": dict(Counter(found.states.values())),
            "left_out": left_out,
            "missing": found.missing,
        }
        sys.stdout.write(json.dumps(result, indent=1) + "\n")
    else:
        for name, rows in written.items():
            Console(highlight=False).print(f"{out / name}: {_count(rows, 'row')}", markup=False, soft_wrap=True)
    if left_out:
        named = ", ".join(f"{household} ({state})" for household, state in [*left_out.items()][:NAMED])
        more = f" and {len(left_out) - NAMED:,} more" if len(left_out) > NAMED else ""
        complain(f"no orders for {_count(len(left_out), 'household')}: {named}{more}")
    if found.missing:
        complain(f"the run has not reached {_count(found.missing, 'household')}; go on with `lotroute batch --resume`")


def _read(sources: list[Path]) -> Orders:
    """The orders of plans, or of the one folder that is given."""
    folders = [path for path in sources if path.is_dir()]
    if not folders:
        return of_plans({str(path): Plan.load(path) for path in sources})
    if len(sources) > 1:
        raise typer.BadParameter(f"{folders[0]} is a folder; give plans alone, or one run", param_hint="PLAN... | RUN")
    if find_spec("duckdb") is None:
        raise typer.BadParameter("a run needs pip install lotroute[batch]", param_hint="RUN")
    return of_run(folders[0])


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
