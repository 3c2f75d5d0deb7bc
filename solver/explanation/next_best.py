"""What each trade is worth, in words: the best plan found without it, and what that costs more."""

from __future__ import annotations

from collections.abc import Collection

from ...models.schema.money import exact
from ..accounting.orders import Order
from ..accounting.without import Change, Without
from .words import dollars

NOTHING = "trade nothing in its place"


def next_best(without: Without | None, orders: Collection[Order]) -> dict[str, object]:
    """Return a reason's fields for the plan without the trade; none if it is not known. `orders` are the plan's."""
    if without is None:
        return {}
    return {
        "next_best": NOTHING if without.instead is None else _words(without.instead, orders),
        "next_best_costs": without.costs,
        "next_best_at_least": without.at_least,
        "next_best_penalties": without.penalties,
    }


def _words(change: Change, orders: Collection[Order]) -> str:
    """A change of an order as it follows `the plan would`."""
    what = f"{change.symbol} lot {change.lot}" if change.lot else change.symbol
    placed = any(
        (order.account, order.symbol, order.side) == (change.account, change.symbol, change.side)
        and change.lot in (None, order.lot)
        for order in orders
    )
    more = "" if not placed else "more of " if change.dollars > 0 else "less of "
    return f"{change.side} {dollars(exact(abs(change.dollars)))} {more or 'of '}{what} in {change.account}"
