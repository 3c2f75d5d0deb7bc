"""The distance of asset classes from their targets, and what it costs (docs/formulation.md, row D9)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ...models.household.parts.targets import CASH
from ...models.schema.money import CENT, ZERO, exact
from .after_trades import Band
from .books import Books


def to_target(books: Books, bands: Iterable[Band]) -> Decimal:
    """Dollars charged for the distance of every class from its target after the trades, beyond what is free."""
    cost, total = exact(books.policy.to_target_cost), ZERO
    if not cost:
        return ZERO
    for band in bands:
        if band.kind == "class" and band.target is not None:
            goal = band.target * books.target_value
            distance, free = band.after - goal, band.before - goal if _is_free(books, band) else ZERO
            total += max(distance - max(free, ZERO), -distance - max(-free, ZERO), ZERO)
    return cost * total


def _is_free(books: Books, band: Band) -> bool:
    """Whether a class may stay where it is: it is in its band before the trades and not cash while money moves."""
    if books.policy.to_target == "exact" or (band.name == CASH and books.household.money_moves):
        return False
    value = books.target_value
    return band.lower * value - CENT <= band.before <= band.upper * value + CENT
