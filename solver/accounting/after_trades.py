"""What a replay of orders comes to: bands, wash sales, and the household after the trades.

All amounts are decimals. Plans state them, and the audit recomputes them (replay.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ...models import TaxBill
from ...models.policy.policy import BandKind
from ...models.schema.money import ZERO
from ...models.tax.holding_period import Term
from .orders import Posting


@dataclass(frozen=True, slots=True)
class WashEffect:
    """What wash sales do to a plan's losses, in dollars and cents; all zero if the policy avoids wash sales."""

    disallowed: Mapping[Term, Decimal]
    """Losses disallowed, by term, less the part that other sales of the same day realize after all."""
    deferred: Decimal
    """The part of it that is added to the basis of shares held."""
    lost: Decimal
    """The part of it that is lost for good."""


NO_EFFECT = WashEffect({"short": ZERO, "long": ZERO}, ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Band:
    """The band of a class, a factor or a name, and dollars before and after the trades."""

    kind: BandKind
    name: str
    target: Decimal | None
    lower: Decimal
    upper: Decimal
    """`target` (None for a factor), `lower` and `upper` are fractions of V."""
    before: Decimal
    after: Decimal

    def outside(self, value: Decimal) -> Decimal:
        """Dollars outside the band after the trades. `value` is V."""
        return max(self.after - self.upper * value, self.lower * value - self.after, ZERO)


@dataclass(frozen=True, slots=True)
class AfterTrades:
    """The household after the orders. Amounts are in dollars unless stated otherwise."""

    postings: tuple[Posting, ...]
    market_value: Decimal
    """W, before the trades and before tax, with contributions and withdrawals."""
    target_value: Decimal
    """V: the same value as it counts toward targets."""
    cash: dict[str, Decimal]
    """Cash after the trades, by account."""
    left: dict[tuple[str, str], Decimal]
    """Shares left, by account and lot; negative if more was sold than held."""
    bands: tuple[Band, ...]
    tax_before: TaxBill
    tax_after: TaxBill
    limited: dict[str, Decimal]
    """The amount that each limit applies to, in the limit's unit: gains of the year, losses of the plan, the bill,
    turnover, orders."""
    undersized: dict[tuple[str, str, str], Decimal]
    """Orders (account, symbol, side) below the minimum trade, and the dollars that each falls short of it."""
    wash_effect: WashEffect
    parts: dict[str, Decimal]
    """The parts of the objective, each rounded to the cent."""

    @property
    def gains(self) -> list[Decimal | None]:
        """The unrounded gain of each order, None if it has none: the input of the wash-sale ledger."""
        return [posting.exact_gain for posting in self.postings]

    @property
    def objective(self) -> Decimal:
        """The sum of the parts."""
        return sum(self.parts.values(), ZERO)

    def classes(self) -> dict[str, Band]:
        """The bands of the asset classes, by class."""
        return {band.name: band for band in self.bands if band.kind == "class"}
