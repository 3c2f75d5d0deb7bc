"""The command that writes the household after a plan: apply."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from ...models import Household, Plan
from ...models.apply.after import Applied, apply
from ...models.schema.money import exact
from ...models.schema.safe_text import printable
from ..auditor.audit import audit
from ..runs.orders.fills import read_fills
from .options import AsJson, HouseholdFile, HouseholdId, PlanFile
from .plans import refuse, stored_plan

if TYPE_CHECKING:
    from collections.abc import Iterator


def apply_command(
    file: HouseholdFile,
    plan: PlanFile,
    out: Annotated[
        Path, typer.Option("--out", help="The household after: a JSON file, or a folder of tables; it is replaced.")
    ],
    fills: Annotated[
        Path | None,
        typer.Option("--fills", help="What was really filled, as CSV or Parquet; without it, every trade as planned."),
    ] = None,
    layout: Annotated[
        str | None, typer.Option("--layout", help="The layout of order files whose columns the fills have.")
    ] = None,
    household: HouseholdId = None,
    as_json: AsJson = False,
) -> None:
    """Write the household after a plan's trades, or after what was really filled of them."""
    home, given = Household.load(file, household), stored_plan(plan, household)
    refuse(audit(home, given))
    found = apply(home, given, None if fills is None else read_fills(fills, home.id, layout))
    found.household.save(out)
    result = _result(home, given, found, out)
    if as_json:
        sys.stdout.write(json.dumps(result, indent=1) + "\n")
        return
    console = Console(highlight=False)
    for line in _lines(result):
        console.print(printable(line), markup=False, soft_wrap=True)


def _result(home: Household, plan: Plan, found: Applied, out: Path) -> dict[str, Any]:
    after = found.household
    return {
        "household": after.id,
        "out": str(out),
        "trade_date": after.trade_date.isoformat(),
        "orders": [*_orders(plan, found)],
        "cash": {account.id: account.cash for account in after.accounts},
        "realized_short": after.taxpayer.realized_short,
        "realized_long": after.taxpayer.realized_long,
        "realized_by_plan": {
            term: float(exact(getattr(after.taxpayer, field)) - exact(getattr(home.taxpayer, field)))
            for term, field in (("short", "realized_short"), ("long", "realized_long"))
        },
        "notes": [*found.notes],
    }


def _orders(plan: Plan, found: Applied) -> Iterator[dict[str, Any]]:
    """Each order of the plan, with its shares as planned and as filled."""
    planned: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    done: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for trade in plan.trades:
        planned[trade.account, trade.symbol, trade.side] += exact(trade.quantity)
    for each in found.fills:
        done[each.account, each.symbol, each.side] += each.quantity
    for (account, symbol, side), shares in planned.items():
        filled = float(done[account, symbol, side])
        yield {"account": account, "symbol": symbol, "side": side, "planned": float(shares), "filled": filled}


def _lines(result: dict[str, Any]) -> Iterator[str]:
    """What the terminal says of the household after."""
    orders = result["orders"]
    whole = sum(each["filled"] == each["planned"] for each in orders)
    yield f"{result['out']}: {result['household']} after the trades, {result['trade_date']}"
    yield f"{whole} of {len(orders)} orders filled as planned"
    for each in orders:
        if each["filled"] != each["planned"]:
            how = f"{each['filled']:g} of {each['planned']:g} shares" if each["filled"] else "not filled"
            yield f"  {each['account']}: {each['side']} {each['symbol']}: {how}"
    gains = result["realized_by_plan"]
    yield f"Realized by the plan: short-term ${gains['short']:,.2f}, long-term ${gains['long']:,.2f}"
    for account, dollars in result["cash"].items():
        yield f"Cash in {account}: ${dollars:,.2f}"
    yield from (f"NOTE: {note}" for note in result["notes"])
