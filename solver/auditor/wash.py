"""A plan's trades in the wash-sale ledger: which losses are disallowed, earlier ones included, and what stays open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from .history import History, bought, order_of, per_unit, units
from .ledger import NEAR, Ledger, Parcel, Sale, near

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from ...models.household.household import Household
    from ...models.household.parts.accounts import Lot
    from ...models.schema.ordered import Ordered


LONGEST = timedelta(20_000)
"""The longest holding period that is added to another: long-term, however long it was."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A group's ledger after a plan, by one reading of the file."""

    ledger: Ledger
    earlier: Sequence[tuple[Sale, Sale]]
    """Losses taken before the plan that purchases could still replace: as the coming purchases leave them without the
    plan, and with it."""
    sales: Sequence[tuple[int, Sale]]
    """The plan's sales in taxable accounts, each with the place of its trade."""


class WashSales:
    """The wash-sale ledgers of a household before and after a plan."""

    def __init__(self, household: Household, since: Mapping[tuple[str, str], date | None]) -> None:
        """Read a household's file. `since` has the day after which each lot's holding period runs."""
        self.history, self.since = History(household), since
        self.today, self.group = self.history.today, self.history.group

    @cached_property
    def before(self) -> dict[str, list[Ledger]]:
        """The ledgers of the groups that matter, by the readings of the file: what a plan may still meet."""
        history, since = self.history, self.today - timedelta(NEAR)
        readings = [history.ledgers(history.near)]
        if history.unclear:
            readings.append(history.ledgers(history.unclear, "youngest"))
        found: dict[str, list[Ledger]] = {}
        for ledgers in readings:
            for group, ledger in ledgers.items():
                ledger.sales = [sale for sale in ledger.sales if sale.left]
                found.setdefault(group, []).append(ledger.copy(since))
        return found

    @cached_property
    def ahead(self) -> dict[str, list[Ledger]]:
        """The same, with the purchases to come."""
        return {group: [self._with(ledger, group) for ledger in own] for group, own in self.before.items()}

    def _with(self, ledger: Ledger, group: str) -> Ledger:
        if group not in self.arriving:
            return ledger
        later = ledger.copy()
        for parcel in self.coming(group):
            later.acquire(parcel)
        return later

    @cached_property
    def arriving(self) -> dict[str, list[Parcel]]:
        """The purchases to come, by group."""
        found: dict[str, list[Parcel]] = {}
        for parcel in self.history.coming:
            found.setdefault(self.group[parcel.symbol], []).append(parcel)
        return found

    def coming(self, group: str) -> Iterator[Parcel]:
        """Yield the purchases of a group that are to come, fresh ones."""
        return (parcel.copy() for parcel in self.arriving.get(group, ()))

    @cached_property
    def free(self) -> dict[str, list[Parcel]]:
        """By group: the purchases, made or to come, that would replace a loss of today, by either reading."""
        return {
            group: [each for own in ledgers for each in own.free(self.today)] for group, ledgers in self.ahead.items()
        }

    def is_recent(self, lot: Lot) -> bool:
        """Return whether a lot was bought in the last 30 days. What was inherited or given replaces nothing."""
        return lot.how_acquired == "purchase" and lot.acquired is not None and near(lot.acquired, self.today)

    def would_wash(self, account: str, lot: Lot) -> bool:
        """Return whether a purchase, made or to come, would replace a loss on a lot sold today."""
        order = order_of(account, lot)
        return any(parcel.order != order for parcel in self.free.get(self.group[lot.symbol], ()))

    def open_losses(self, group: str, ledger: Ledger) -> Iterator[date]:
        """Yield the day of each sale that a purchase may still wash, losses first."""
        yield from (sale.day for sale in ledger.waiting if sale.left)
        yield from self.unknown.get(group, ())

    @cached_property
    def unknown(self) -> dict[str, list[date]]:
        """By group: the days of the recent sales that may have been at a loss."""
        found: dict[str, list[date]] = {}
        for trade in self.history.unknown:
            found.setdefault(self.group[trade.symbol], []).append(trade.date)
        return found


class AfterPlan:
    """The wash-sale ledgers after a plan. A group's are computed when they are asked for."""

    def __init__(self, wash: WashSales, trades: Sequence[Ordered], gains: Sequence[Decimal | None]) -> None:
        """Take a plan's trades. `gains` has the dollars that each gains, not rounded, None without a taxable result."""
        self.wash, self.trades, self.gains = wash, trades, gains
        self.losing: set[str] = set()
        """The groups that the plan sells at a loss."""
        self.buying: set[str] = set()
        """The groups that the plan buys."""
        self.traded: dict[str, list[int]] = {}
        """By group: the places of its trades."""
        self._readings: dict[str, list[Planned]] = {}
        for number, (trade, gain) in enumerate(zip(trades, gains, strict=True)):
            group = wash.group[trade.symbol]
            self.traded.setdefault(group, []).append(number)
            if trade.side == "buy":
                self.buying.add(group)
            elif gain is not None and gain < 0:
                self.losing.add(group)
        self.stirred = wash.history.near | self.buying
        """The groups that may have shares to replace others."""
        near = wash.history.near
        self.concerned = sorted((self.losing & self.buying) | ((self.losing | self.buying) & near))
        """The groups that the plan sells at a loss or buys, where other trades may matter."""

    def readings(self, group: str) -> list[Planned]:
        """Return a group's ledger after the plan, one for each reading of the file, with the purchases to come."""
        if group not in self._readings:
            self._readings[group] = self._planned(group, [*self.wash.coming(group)])
        return self._readings[group]

    def so_far(self, group: str) -> list[Planned]:
        """Return the same without the purchases to come."""
        return self._planned(group, []) if group in self.wash.arriving else self.readings(group)

    def _planned(self, group: str, arriving: Sequence[Parcel]) -> list[Planned]:
        wash, found = self.wash, []
        ledgers = wash.before.get(group) or [Ledger(wash.history.sheltered)]
        for before, other in zip(ledgers, wash.ahead.get(group, ledgers), strict=True):
            ledger = before.copy()
            sales = [*self._sold(ledger, group)]
            for parcel in (each for each in arriving if each.day == wash.today):
                ledger.acquire(parcel.copy())
            for parcel in self._bought(group):
                ledger.acquire(parcel)
            for parcel in (each for each in arriving if each.day > wash.today):
                ledger.acquire(parcel.copy())
            found.append(Planned(ledger, [*zip(other.sales, ledger.sales, strict=False)], sales))
        return found

    def _sold(self, ledger: Ledger, group: str) -> Iterator[tuple[int, Sale]]:
        """Post the plan's sales: shares of the last 30 days first, those at a gain before those at a loss, then old
        shares at a loss, each in the order of acquisition. Old shares at a gain change nothing.
        """
        wash, taxable = self.wash, []
        for number in self.traded.get(group, ()):
            trade, gain = self.trades[number], self.gains[number]
            if trade.side == "sell" and gain is not None:
                lot = wash.history.lots[trade.account, trade.lot or ""]
                old = not wash.is_recent(lot)
                if gain < 0 or not old:
                    day = lot.acquired or date.min
                    taxable.append((old, not old and gain < 0, day, trade.account, lot.id, number))
        for old, _, _, account, name, number in sorted(taxable):
            lot, shares = wash.history.lots[account, name], units(self.trades[number].quantity)
            result = Fraction(self.gains[number] or 0)
            if old:
                since = max(wash.since[account, name] or date.min, wash.today - LONGEST)
                sale = Sale(account, lot.symbol, name, order_of(account, lot), wash.today, since, shares, result)
                yield number, ledger.post(sale)
                continue
            price = per_unit(lot.basis_per_share) + result / shares
            for sale in ledger.sell(account, lot.symbol, [(name, shares)], price, wash.today):
                yield number, sale

    def _bought(self, group: str) -> list[Parcel]:
        """The plan's purchases: those of sheltered accounts first."""
        sheltered, found = self.wash.history.sheltered, []
        for number in self.traded.get(group, ()):
            trade = self.trades[number]
            if trade.side == "buy":
                shares = units(trade.quantity)
                found.append(bought(trade.account, trade.symbol, f";bought {number}", self.wash.today, shares).parcel)
        return sorted(found, key=lambda each: (each.account not in sheltered, each.account, each.lot))
