"""Wash sales share by share, a second time (IRC 1091; docs/wash_sales.md).

One identity group has one ledger. Purchases lie in parcels by the day on which they were acquired. A sale at a loss is
matched with free parcels of the 61 days around it, the earliest first, and with those that come later as they come.
Shares of a sheltered account never leave: their purchase counts although they were sold again (Rev. Rul. 2008-5).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Term = Literal["short", "long"]
TERMS: tuple[Term, Term] = ("short", "long")

NEAR = 30
"""Days of the window on each side of a sale, the thirtieth included."""

UNIT = 10**24
"""Shares are counted in this part of a share, so that a number in a file is a whole number, to its last digit."""

NONE = Fraction(0)


def first_long_day(acquired: date) -> date:
    """Return the first day on which a sale is long-term: a year after the day that follows the purchase."""
    start = acquired + timedelta(days=1)
    return date(start.year + 1, start.month, 1) + timedelta(days=start.day - 1)


def term_of(since: date, sold: date) -> Term:
    """Return the term of a sale of shares whose holding period began with the purchase on day `since`."""
    return "long" if sold >= first_long_day(since) else "short"


@dataclass(slots=True)
class Parcel:
    """Shares acquired together that have met the same fate so far."""

    account: str
    symbol: str
    lot: str
    order: str
    day: date
    shares: int
    cost: Fraction
    """Basis per share (per UNIT of them), with the losses deferred into it."""
    since: date
    """The day from which the holding period counts."""
    free: bool = True
    """Whether the shares were bought, so that they may replace others."""
    side: str = "buy"

    def copy(self) -> Parcel:
        """Return a parcel of its own."""
        return replace(self)

    @property
    def what(self) -> str:
        """What was acquired, in words."""
        return f"an option on {self.symbol}" if self.side == "option" else self.symbol


@dataclass(slots=True)
class Part:
    """Shares of a sale at a loss that were replaced."""

    fate: Literal["deferred", "lost"]
    shares: int
    loss: Fraction
    parcel: Parcel
    """The shares that replace them."""


@dataclass(slots=True)
class Sale:
    """Shares of one parcel, sold in a taxable account."""

    account: str
    symbol: str
    lot: str
    order: str
    day: date
    since: date
    shares: int
    gain: Fraction
    """Dollars, negative for a loss."""
    left: int = 0
    """Shares sold at a loss that nothing has replaced so far."""
    parts: list[Part] = field(default_factory=list)

    def copy(self) -> Sale:
        """Return a sale of its own. The parts made so far stay the same."""
        return replace(self, parts=[*self.parts])

    @property
    def in_cents(self) -> bool:
        """Whether it is a loss of more than half a cent, so that it is stated as a cent or more."""
        return 200 * self.gain.numerator < -self.gain.denominator

    @property
    def disallowed(self) -> Fraction:
        """Dollars of the loss that do not count this year."""
        return sum((part.loss for part in self.parts), NONE)


class Ledger:
    """The parcels and sales of one identity group. They are entered in the order of their days."""

    def __init__(self, sheltered: frozenset[str]) -> None:
        self.sheltered = sheltered
        self.lots: dict[tuple[str, str, str], list[Parcel]] = {}
        """The parcels of each lot, by account, symbol and name, in the order of acquisition."""
        self.spare: deque[Parcel] = deque()
        """The parcels that may still replace others, and some that no longer do, in the order of acquisition."""
        self.sales: list[Sale] = []
        self.waiting: deque[Sale] = deque()
        """The sales at a loss that shares may still replace, and some that wait no longer, in their order."""

    def copy(self, since: date = date.min) -> Ledger:
        """Return a ledger of its own with the same sales, and the parcels acquired on a day or later."""
        found = Ledger(self.sheltered)
        own: dict[int, Parcel] = {}
        for key, parcels in self.lots.items():
            if parcels[0].day >= since:
                found.lots[key] = [own.setdefault(id(parcel), parcel.copy()) for parcel in parcels]
        found.spare.extend(own[id(parcel)] for parcel in self.spare if id(parcel) in own)
        found.sales = [sale.copy() for sale in self.sales]
        found.waiting.extend(sale for sale in found.sales if sale.left)
        return found

    def acquire(self, parcel: Parcel) -> None:
        """Let shares come in, and replace what was sold at a loss within the window, the earliest sale first."""
        if not parcel.shares:
            return
        self.lots.setdefault((parcel.account, parcel.symbol, parcel.lot), []).append(parcel)
        if not parcel.free:
            return
        while self.waiting and not (self.waiting[0].left and near(self.waiting[0].day, parcel.day)):
            self.waiting.popleft()
        rest: Parcel | None = parcel
        for sale in self.waiting:
            if rest is None:
                return
            if sale.left and near(sale.day, rest.day) and sale.order != rest.order:
                rest = self._replace(sale, rest)
        if rest is not None:
            self.spare.append(rest)

    def sell(
        self, account: str, symbol: str, lots: Sequence[tuple[str | None, int]], price: Fraction, day: date
    ) -> list[Sale]:
        """Sell shares at a net price: a number of each lot by name, or first in, first out of a lot None.

        Raises ValueError if the account has fewer.
        """
        if account in self.sheltered:
            return []
        found = []
        for lot, wanted in lots:
            while wanted:
                parcel = next(self._of(account, symbol, lot), None)  # anew, because a match splits parcels
                if parcel is None:
                    raise ValueError(f"{account}: {float(wanted)} shares more of {symbol} sold than held")
                taken = min(wanted, parcel.shares)
                parcel.shares -= taken
                wanted -= taken
                gain = taken * (price - parcel.cost)
                sale = Sale(account, symbol, parcel.lot, parcel.order, day, parcel.since, taken, gain)
                found.append(self.post(sale))
        return found

    def post(self, sale: Sale) -> Sale:
        """Enter a sale whose shares are no parcel here any more, and return it with what replaces it."""
        self.sales.append(sale)
        if sale.gain.numerator >= 0:  # faster than a comparison of fractions
            return sale
        sale.left = sale.shares
        spare, place = self.spare, 0
        while spare and not (spare[0].shares and near(spare[0].day, sale.day)):
            spare.popleft()
        while sale.left and place < len(spare):
            parcel = spare[place]
            if not parcel.shares or parcel.order == sale.order or not near(parcel.day, sale.day):
                place += 1
                continue
            rest = self._replace(sale, parcel)
            if rest is None:
                del spare[place]
            else:
                spare[place] = rest
        if sale.left:
            self.waiting.append(sale)
        return sale

    def free(self, today: date) -> list[Parcel]:
        """Return the parcels within 30 days of a day that may still replace others, in the order of acquisition."""
        return [parcel for parcel in self.spare if parcel.shares and near(parcel.day, today)]

    def _of(self, account: str, symbol: str, lot: str | None) -> Iterator[Parcel]:
        """The parcels from which a sale may take shares, in the order of acquisition."""
        if lot is not None:
            yield from (parcel for parcel in self.lots.get((account, symbol, lot), ()) if parcel.shares)
            return
        for (holder, name, _), parcels in self.lots.items():
            if (holder, name) == (account, symbol):
                yield from (parcel for parcel in parcels if parcel.shares and parcel.side != "option")

    def _replace(self, sale: Sale, parcel: Parcel) -> Parcel | None:
        """Let a parcel replace what is left of a sale at a loss, and return the rest of it, None if all of it does."""
        taken, rest = min(sale.left, parcel.shares), None
        if taken < parcel.shares:
            rest = parcel.copy()
            rest.shares, parcel.shares = parcel.shares - taken, taken
            self.lots[parcel.account, parcel.symbol, parcel.lot].append(rest)
        loss = -sale.gain * taken / sale.shares
        fate: Literal["deferred", "lost"] = "lost"
        if parcel.account not in self.sheltered:
            fate = "deferred"
            parcel.cost += loss / taken
            parcel.since = parcel.day - (sale.day - sale.since)
        sale.left -= taken
        sale.parts.append(Part(fate, taken, loss, parcel))
        return rest


def near(one: date, other: date) -> bool:
    """Whether two days are at most 30 days apart."""
    return abs((one - other).days) <= NEAR
