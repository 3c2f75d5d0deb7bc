"""Orders, and what each does when it is posted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

from ...models.tax.holding_period import Term


@dataclass(frozen=True, slots=True)
class Order:
    """Shares of one lot to sell, or of one security to buy, in one account."""

    account: str
    symbol: str
    side: Literal["buy", "sell"]
    quantity: float
    lot: str | None = None


class Posting(NamedTuple):
    """What one order does: cash in (negative: out) before commission, and for a taxable sale its gain and term."""

    proceeds: Decimal
    gain: Decimal | None = None
    term: Term | None = None
    exact_gain: Decimal | None = None
    """The gain before it is rounded to the cent, because a loss smaller than that is still a loss."""


SHARE = Decimal("0.000001")
"""The smallest part of a share that is traded."""
