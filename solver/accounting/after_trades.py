"""The nouns of booked trades: an order, what it does, the bands and the household after all of them.

All in decimals: they are what plans state and what the audit recomputes (books.py).
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
    """What wash sales do to a plan's losses, in dollars and cents; nothing where the policy avoids them."""

    disallowed: Mapping[Term, Decimal]
    """Of short-term and of long-term losses, less what came out again on the same day."""
    deferred: Decimal
    """Of that, what is in the basis of shares held."""
    lost: Decimal
    """Of that, what is gone for good."""


NO_EFFECT = WashEffect({"short": ZERO, "long": ZERO}, ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Band:
    """A class, a factor or a name with its band, and dollars before and after the trades."""

    kind: BandKind
    name: str
    target: Decimal | None
    lower: Decimal
    upper: Decimal
    """Weights of V."""
    before: Decimal
    after: Decimal

    def outside(self, value: Decimal) -> Decimal:
        """Dollars outside the band after the trades."""
        return max(self.after - self.upper * value, self.lower * value - self.after, ZERO)


@dataclass(frozen=True, slots=True)
class AfterTrades:
    """The household after the orders. Dollars; weights of no kind."""

    postings: tuple[Posting, ...]
    market_value: Decimal
    """W, before the trades and before tax, with contributions and withdrawals."""
    target_value: Decimal
    """V: the same as it counts toward targets."""
    cash: dict[str, Decimal]
    """After the trades, by account."""
    left: dict[tuple[str, str], Decimal]
    """Shares left, by account and lot; negative where more was sold than held."""
    bands: tuple[Band, ...]
    tax_before: TaxBill
    tax_after: TaxBill
    limited: dict[str, Decimal]
    """What each limit of the policy limits, in its unit: gains of the year, the plan's losses, the bill, turnover,
    orders."""
    undersized: dict[tuple[str, str, str], Decimal]
    """Dollars by which an order (account, symbol, side) falls short of the minimum trade, where it does."""
    wash_effect: WashEffect
    parts: dict[str, Decimal]
    """The parts of the objective, each rounded to the cent."""

    @property
    def gains(self) -> list[Decimal | None]:
        """The gain of each order before rounding, None where it has none: what the wash-sale ledger takes."""
        return [posting.exact_gain for posting in self.postings]

    @property
    def objective(self) -> Decimal:
        """The sum of the parts."""
        return sum(self.parts.values(), ZERO)

    def classes(self) -> dict[str, Band]:
        """The bands of the asset classes, by class."""
        return {band.name: band for band in self.bands if band.kind == "class"}
