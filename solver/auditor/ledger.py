"""Wash sales share by share, a second time (IRC 1091; docs/wash_sales.md).

One identity group has one ledger. Purchases lie in parcels by the day on which they were acquired. A sale at a loss is
matched with free parcels of the 61 days around it, the earliest first, and with those that come later as they come.
Shares of a sheltered account never leave: their purchase counts although they were sold again (Rev. Rul. 2008-5).
"""

from __future__ import annotations

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
    shares: Fraction
    cost: Fraction
    """Basis per share, with the losses deferred into it."""
    since: date
    """The day from which the holding period counts."""
    free: bool = True
    """Whether the shares may still replace others: they were bought, and have replaced none."""
    side: str = "buy"

    @property
    def what(self) -> str:
        """What was acquired, in words."""
        return f"an option on {self.symbol}" if self.side == "option" else self.symbol


@dataclass(slots=True)
class Part:
    """Shares of a sale at a loss that were replaced."""

    fate: Literal["deferred", "lost"]
    shares: Fraction
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
    shares: Fraction
    gain: Fraction
    """Dollars, negative for a loss."""
    left: Fraction = NONE
    """Shares sold at a loss that nothing has replaced so far."""
    parts: list[Part] = field(default_factory=list)

    @property
    def disallowed(self) -> Fraction:
        """Dollars of the loss that do not count this year."""
        return sum((part.loss for part in self.parts), NONE)


@dataclass(slots=True)
class Ledger:
    """The parcels and sales of one identity group."""

    sheltered: frozenset[str]
    days: dict[date, list[Parcel]] = field(default_factory=dict)
    sales: list[Sale] = field(default_factory=list)

    def copy(self, since: date = date.min) -> Ledger:
        """Return a ledger of its own with the same sales, and the parcels acquired on a day or later."""
        own: dict[int, Parcel] = {}
        days = {}
        for day, parcels in self.days.items():
            if day >= since:
                days[day] = [own.setdefault(id(parcel), replace(parcel)) for parcel in parcels]
        sales = [
            replace(sale, parts=[replace(part, parcel=own.get(id(part.parcel), part.parcel)) for part in sale.parts])
            for sale in self.sales
        ]
        return Ledger(self.sheltered, days, sales)

    def acquire(self, parcel: Parcel) -> None:
        """Let shares come in, and replace what was sold at a loss within the window, the earliest sale first."""
        if not parcel.shares:
            return
        self.days.setdefault(parcel.day, []).append(parcel)
        for sale in self.sales if parcel.free else ():
            if sale.left and near(sale.day, parcel.day):
                self._replace(sale, parcel.day)

    def sell(
        self, account: str, symbol: str, lots: Sequence[tuple[str | None, Fraction]], price: Fraction, day: date
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
        if sale.gain < 0:
            sale.left = sale.shares
            for days in range(-NEAR, NEAR + 1):
                day = sale.day + timedelta(days)
                if sale.left and day in self.days:
                    self._replace(sale, day)
        return sale

    def free(self, today: date) -> list[Parcel]:
        """Return the parcels within 30 days of a day that may still replace others, in the order of acquisition."""
        days = (today + timedelta(days) for days in range(-NEAR, NEAR + 1))
        return [parcel for day in days for parcel in self.days.get(day, ()) if parcel.free and parcel.shares]

    def _of(self, account: str, symbol: str, lot: str | None) -> Iterator[Parcel]:
        """The parcels from which a sale may take shares, in the order of acquisition."""
        for day in sorted(self.days):
            for parcel in self.days[day]:
                meant = parcel.lot == lot if lot is not None else parcel.side != "option"
                if parcel.shares and meant and (parcel.account, parcel.symbol) == (account, symbol):
                    yield parcel

    def _replace(self, sale: Sale, day: date) -> None:
        """Let the free parcels of a day replace what is left of a sale at a loss, in their order."""
        parcels = self.days[day]
        place = 0
        while sale.left and place < len(parcels):
            parcel = parcels[place]
            place += 1
            if not parcel.free or not parcel.shares or parcel.order == sale.order:
                continue
            taken = min(sale.left, parcel.shares)
            if taken < parcel.shares:
                parcels.insert(place, replace(parcel, shares=parcel.shares - taken))
                parcel.shares = taken
            parcel.free = False
            loss = -sale.gain * taken / sale.shares
            fate: Literal["deferred", "lost"] = "lost"
            if parcel.account not in self.sheltered:
                fate = "deferred"
                parcel.cost += loss / taken
                parcel.since = parcel.day - (sale.day - sale.since)
            sale.left -= taken
            sale.parts.append(Part(fate, taken, loss, parcel))


def near(one: date, other: date) -> bool:
    """Whether two days are at most 30 days apart."""
    return abs((one - other).days) <= NEAR
