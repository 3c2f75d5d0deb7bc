"""A plan's trades in the wash-sale ledger: which losses are disallowed, earlier ones included, and what stays open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from .history import History, bought, known, order_of
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
        later = ledger.copy()
        for parcel in self.coming(group):
            later.acquire(parcel)
        return later

    def coming(self, group: str) -> Iterator[Parcel]:
        """Yield the purchases of a group that are to come, fresh ones."""
        for each in self.history.coming:
            if self.group[each.symbol] == group:
                yield bought(each.account, each.symbol, each.lot, each.day, each.shares, side=each.side).parcel

    def is_recent(self, lot: Lot) -> bool:
        """Return whether a lot was bought in the last 30 days. What was inherited or given replaces nothing."""
        return lot.how_acquired == "purchase" and lot.acquired is not None and near(lot.acquired, self.today)

    def window(self, account: str, lot: Lot) -> list[Parcel]:
        """Return the purchases, made or to come, that would replace a loss on a lot sold today."""
        order = order_of(account, lot)
        free = [parcel for ledger in self.ahead.get(self.group[lot.symbol], ()) for parcel in ledger.free(self.today)]
        return [parcel for parcel in free if parcel.order != order]

    def planned(
        self, group: str, trades: Sequence[Ordered], gains: Sequence[Decimal | None], *, to_come: bool = True
    ) -> list[Planned]:
        """Return a group's ledger after the plan, one for each reading of the file, with the purchases to come.

        `gains` has the gain of each trade in dollars, not rounded, None if it has no taxable result.
        """
        ledgers = self.before.get(group) or [Ledger(self.history.sheltered)]
        without = self.ahead.get(group) or [Ledger(self.history.sheltered)]
        found = []
        for before, other in zip(ledgers, without, strict=True):
            ledger = before.copy()
            sales = [*self._sold(ledger, group, trades, gains)]
            arriving = [*(self.coming(group) if to_come else ())]
            for parcel in (each for each in arriving if each.day == self.today):
                ledger.acquire(parcel)
            for parcel in self._bought(group, trades):
                ledger.acquire(parcel)
            for parcel in (each for each in arriving if each.day > self.today):
                ledger.acquire(parcel)
            found.append(Planned(ledger, [*zip(other.sales, ledger.sales, strict=False)], sales))
        return found

    def _sold(
        self, ledger: Ledger, group: str, trades: Sequence[Ordered], gains: Sequence[Decimal | None]
    ) -> Iterator[tuple[int, Sale]]:
        """Post the plan's sales: shares of the last 30 days first, those at a gain before those at a loss, then the
        rest, each in the order of acquisition.
        """
        taxable = []
        for number, (trade, gain) in enumerate(zip(trades, gains, strict=True)):
            if trade.side == "sell" and gain is not None and self.group[trade.symbol] == group:
                lot = self.history.lots[trade.account, trade.lot or ""]
                day = lot.acquired or date.min
                old = not self.is_recent(lot)
                taxable.append((old, not old and gain < 0, day, trade.account, lot.id, number))
        for old, _, _, account, name, number in sorted(taxable):
            lot, shares = self.history.lots[account, name], known(trades[number].quantity)
            result = Fraction(gains[number] or 0)
            if old:
                since = max(self.since[account, name] or date.min, self.today - LONGEST)
                sale = Sale(account, lot.symbol, name, order_of(account, lot), self.today, since, shares, result)
                yield number, ledger.post(sale)
                continue
            price = known(lot.basis_per_share or 0) + result / shares
            for sale in ledger.sell(account, lot.symbol, [(name, shares)], price, self.today):
                yield number, sale

    def _bought(self, group: str, trades: Sequence[Ordered]) -> list[Parcel]:
        """The plan's purchases: those of sheltered accounts first."""
        found = [
            bought(trade.account, trade.symbol, f";bought {number}", self.today, known(trade.quantity)).parcel
            for number, trade in enumerate(trades)
            if trade.side == "buy" and self.group[trade.symbol] == group
        ]
        return sorted(found, key=lambda each: (each.account not in self.history.sheltered, each.account, each.lot))

    def open_losses(self, group: str, ledger: Ledger) -> Iterator[tuple[date, str]]:
        """Yield the day and a description of each sale that a purchase may still wash, losses first."""
        for sale in ledger.sales:
            if sale.left:
                yield sale.day, f"{sale.symbol} sold at a loss in {sale.account} on {sale.day}"
        for trade in self.history.unknown:
            if self.group[trade.symbol] == group:
                yield trade.date, f"{trade.symbol} sold at an unknown result in {trade.account} on {trade.date}"
