"""A household's trades around its trade date as the wash-sale ledger takes them, by identity group.

docs/wash_sales.md says how lots, recent trades and scheduled buys are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ..household.parts.lot_rules import amount_realized, basis, held_since
from ..schema.money import exact, rational
from ..schema.ordered import Ordered
from .ledger import WINDOW, Event, Side, TaxLot, WashSaleLedger, brought

if TYPE_CHECKING:
    from decimal import Decimal

    from ..household.household import Household
    from ..household.parts.accounts import HowAcquired, Lot
    from ..household.parts.activity import RecentTrade


LONG_AGO = timedelta(days=20_000)
"""How long ago shares without a date are taken to have been bought: before any wash window."""

SIDES: dict[HowAcquired, Side] = {"purchase": "buy", "inheritance": "inherit", "gift": "gift_in"}
"""What brings a lot, by how it was acquired. An inheritance and a gift replace nothing (IRC 1091(a))."""

UNKNOWN = Fraction(10**15)
"""Shares of a purchase whose size is not known: more than any sale."""

DIVIDEND = ";dividend of "
"""How the ledger names the lot of a reinvested dividend to come, before the symbol. Its day is not known, only that it
is within the window."""

Reading = Literal["earliest", "youngest"]
"""What a recent sale that names no lot sold, if the file leaves both open. earliest: old shares, as the law has it
(Reg. 1.1012-1(c)(1)). youngest: a part of the lot bought last, which the seller may have identified."""


class WashHistory:
    """A household's trades up to its trade date as wash-sale ledgers, each made when first asked for.

    A ledger has the lots, which keep their ids, recent purchases, and recent losses of taxable accounts. Bases and
    dates stay as the file has them: the effect of earlier wash sales is taken to be in them. Lots that came in before
    the window of every recent sale can replace nothing, so each joins its ledger only when a sale names it.
    """

    def __init__(self, household: Household) -> None:
        self.household = household
        today, group_of = household.trade_date, household.groups
        last = today - 2 * WINDOW - timedelta(days=1)
        since = min([last, *(trade.date - WINDOW for trade in household.recent_trades)])
        self.since = since
        """The day from which what came in may have replaced a loss."""
        self.coming: dict[str, list[Event]] = defaultdict(list)
        """The scheduled purchases by identity group."""
        for event in scheduled(household):
            self.coming[group_of[event.symbol]].append(event)
        self._files: dict[str, _File] = defaultdict(_File)
        for number, trade in enumerate(household.recent_trades):
            self._files[group_of[trade.symbol]].trades.append((number, trade))
        concerned = {*self._files}
        for account in household.accounts:
            for lot in account.lots:
                day = lot.acquired
                if day is None:
                    if lot.quantity:
                        self._files[group_of[lot.symbol]].undated.add((account.id, lot.symbol))
                elif day >= since:
                    group = group_of[lot.symbol]
                    if day >= last:
                        concerned.add(group)
                    if lot.quantity:
                        self._files[group].lots.append((account.id, lot))
        concerned |= {group_of[buy.symbol] for buy in household.scheduled_buys}
        concerned |= {group_of[symbol] for account in household.accounts for symbol in account.reinvests}
        self.concerned = frozenset(concerned)
        """The identity groups that wash sales can concern: with a recent trade, a scheduled purchase, a reinvested
        dividend, or a lot acquired in the last 61 days."""
        self._readings: dict[str, list[WashSaleLedger]] = {}
        self._sheltered = frozenset(account.id for account in household.accounts if not account.taxable)

    def readings(self, group: str) -> list[WashSaleLedger]:
        """Return the ledgers of a group up to the plan: one, or both readings if a sale leaves them open."""
        found = self._readings.get(group)
        if found is None:
            known = _Lots(self.household, self._files.get(group, _File()))
            ways: list[Reading] = ["earliest"]
            if any(known.youngest(trade) is not None for _, trade in known.file.trades):
                ways.append("youngest")
            found = self._readings[group] = [self._ledger(known, reading) for reading in ways]
        return found

    def shares_of(self, account: str, name: str) -> TaxLot | None:
        """Return the shares of a lot of the file; None if it has none."""
        lot = self.household.lot.get((account, name))
        if lot is None or not lot.quantity:
            return None
        tax_lot, since = brought(_bringing(self.household, account, lot)), _held_since(self.household, lot)
        if since is None:
            return tax_lot
        return replace(tax_lot, held_since=since, without_overlap=since, since_replaced=since)

    @cached_property
    def unclear_sales(self) -> list[RecentTrade]:
        """The recent sales at a loss that may be of old shares or of a lot bought within 30 days before."""
        lots = {group: _Lots(self.household, file) for group, file in self._files.items() if file.trades}
        group_of = self.household.groups
        trades = self.household.recent_trades
        return [trade for trade in trades if lots[group_of[trade.symbol]].youngest(trade) is not None]

    @cached_property
    def unknown_sales(self) -> dict[str, list[RecentTrade]]:
        """By identity group, the sales of the last 30 days in taxable accounts whose gain is not given, so it may be a
        loss.

        A purchase today might replace what they sold. They are not known to have used up any purchase.
        """
        found: dict[str, list[RecentTrade]] = defaultdict(list)
        since = self.household.trade_date - WINDOW
        for trade in self.household.recent_trades:
            taxable = self.household.account[trade.account].taxable
            if trade.side == "sell" and trade.gain is None and taxable and trade.date >= since:
                found[self.household.groups[trade.symbol]].append(trade)
        return dict(found)

    def _ledger(self, known: _Lots, reading: Reading) -> WashSaleLedger:
        ledger = WashSaleLedger(self._sheltered, self.household.groups, self.shares_of)
        ledger.post(_past(known, reading))
        ledger.held = [self._as_in_file(tax_lot) for tax_lot in ledger.held]
        return ledger

    def _as_in_file(self, tax_lot: TaxLot) -> TaxLot:
        """Shares with the basis and the dates that the file gives."""
        lot = self.household.lot.get((tax_lot.account, tax_lot.lot))
        cost = rational(lot.basis_per_share or 0) if lot is not None else Fraction(0)
        since = (_held_since(self.household, lot) if lot is not None else None) or tax_lot.acquired
        return replace(
            tax_lot,
            basis=tax_lot.quantity * cost,
            held_since=since,
            without_overlap=since,
            since_replaced=since,
        )


def scheduled(household: Household) -> list[Event]:
    """Return the purchases of the next 30 days that happen whatever the plan says, including reinvested dividends."""
    today = household.trade_date
    found = []
    for number, buy in enumerate(household.scheduled_buys):
        if buy.date <= today + WINDOW:
            shares = UNKNOWN if buy.quantity is None else rational(buy.quantity)
            found.append(Event(buy.date, "buy", buy.account, buy.symbol, shares, shares, f";scheduled {number}"))
    for account in household.accounts:
        held = {lot.symbol for lot in account.lots if lot.quantity} if account.reinvests else ()
        for symbol in account.reinvests:
            if symbol in held:
                day, name = today + WINDOW, f"{DIVIDEND}{symbol}"  # on some day until then
                found.append(Event(day, "reinvest", account.id, symbol, UNKNOWN, UNKNOWN, name))
    return found


def purchase_in_words(tax_lot: TaxLot, today: date) -> str:
    """Return that shares were, or will be, bought, where and when, in words."""
    if tax_lot.lot.startswith(DIVIDEND):
        return f"a dividend of {tax_lot.symbol} is reinvested in {tax_lot.account} within {WINDOW.days} days"
    how = "bought" if tax_lot.acquired <= today else "to be bought"
    return f"{tax_lot.what} {how} in {tax_lot.account} on {tax_lot.acquired}"


def plan_events(
    household: Household,
    trades: Sequence[Ordered],
    gains: Sequence[Decimal | None],
    places: Iterable[int] | None = None,
) -> list[Event]:
    """Return a plan's trades as events, in the order that docs/wash_sales.md gives; those at some places, or all.

    Shares of the last 30 days are sold first, those at a gain before those at a loss, so that a loss does not move into
    shares sold with it; then the rest in the order of acquisition; then sheltered accounts buy, then taxable ones.
    `gains` has the gain in dollars of each trade, None if it has no taxable result.
    """
    lots, today, found = household.lot, household.trade_date, []
    taxable = {account.id for account in household.accounts if account.taxable}
    for number in range(len(trades)) if places is None else places:
        trade, gain = trades[number], gains[number]
        shares = rational(trade.quantity)
        if trade.side == "buy":
            name, place = f";bought {number}", 2 if trade.account in taxable else 1
            found.append(Event(today, "buy", trade.account, trade.symbol, shares, shares, name, sequence=place))
            continue
        lot = lots[trade.account, trade.lot or ""]
        amount = shares * rational(lot.basis_per_share or 0) + Fraction(gain or 0)
        age = (today - lot.acquired).days if lot.acquired else LONG_AGO.days
        recent = age <= WINDOW.days and lot.how_acquired == "purchase"
        first = 0 if not recent else 2 if gain is not None and gain < 0 else 4
        place = -age - first * LONG_AGO.days
        sold = ((lot.id, shares),)
        found.append(Event(today, "sell", trade.account, trade.symbol, shares, amount, lots=sold, sequence=place))
    return found


def forked(ledger: WashSaleLedger, group: str, events: Iterable[Event]) -> WashSaleLedger:
    """Return a copy of a group's ledger with the events of that group posted. The given ledger does not change.

    Raises ValueError if more is sold than held.
    """
    return ledger.copy().post(event for event in events if ledger.group(event.symbol) == group)


def order_of(account: str, lot: Lot) -> str:
    """Return the order with which a lot was bought, as the ledger names it."""
    return f"{account}/{lot.id}" if lot.order is None else f"{account};order {lot.order}"


@dataclass(frozen=True, slots=True)
class _Recent:
    """Shares bought recently that are in no lot of the file."""

    day: date
    name: str
    order: str
    quantity: Fraction


@dataclass(slots=True)
class _File:
    """What the file has of an identity group near the trade date."""

    trades: list[tuple[int, RecentTrade]] = field(default_factory=list)
    """The recent trades, each with its place among those of all groups."""
    lots: list[tuple[str, Lot]] = field(default_factory=list)
    """The lots that may replace what a recent sale or the plan sold, each with its account."""
    undated: set[tuple[str, str]] = field(default_factory=set)
    """The accounts and symbols of lots without a date."""


class _Lots:
    """The lots of a group near the trade date, and the recent purchases that they are not."""

    def __init__(self, household: Household, file: _File) -> None:
        self.household, self.file = household, file
        self.events = [_bringing(household, account, lot) for account, lot in file.lots]
        self.orders: dict[tuple[str, str], dict[date, str]] = defaultdict(dict)
        """The orders of the lots, by account, security and day."""
        self.listed: dict[tuple[str, str, date], Fraction] = defaultdict(Fraction)
        """Shares of the recent purchases, by account, security and day."""
        self.shares: dict[tuple[str, str, date], Fraction] = defaultdict(Fraction)
        """Shares of the lots, by account, security and day."""
        for event in self.events:
            if event.side == "buy":
                self.shares[event.account, event.symbol, event.day] += event.quantity
                self.orders[event.account, event.symbol][event.day] = event.order or ""
        for _, trade in file.trades:
            if trade.side == "buy":
                self.listed[trade.account, trade.symbol, trade.date] += rational(trade.quantity)

    def youngest(self, sale: RecentTrade) -> str | None:
        """The order of the youngest lot of which a sale without a lot may have been a part, at a loss; None if the file
        rules that out: if it lists the purchase of the lot, what the lot lacks of it is known.
        """
        taxable = self.household.account[sale.account].taxable
        if sale.side != "sell" or sale.lot is not None or not taxable or sale.gain is None or sale.gain >= 0:
            return None
        own = self.orders.get((sale.account, sale.symbol), {})
        days = [
            day
            for day in own
            if sale.date - WINDOW <= day <= sale.date and (sale.account, sale.symbol, day) not in self.listed
        ]
        return own[max(days)] if days else None


def _past(lots: _Lots, reading: Reading) -> Iterator[Event]:
    """Lots, options, recent purchases that are not among the lots, and recent sales.

    A sale takes shares that were bought recently before it and that the file's lots no longer have;
    anything else it sold is old, or of the youngest lot if that is the reading. In an account whose lots have no dates
    it may have sold other shares, so the purchase is taken to be held.
    """
    yield from lots.events
    left = dict(lots.shares)
    extra: dict[tuple[str, str], list[_Recent]] = defaultdict(list)
    numbered = sorted(lots.file.trades, key=lambda each: (each[1].date, each[0]))
    for number, trade in numbered:
        if trade.side == "option":  # it bought no lot, and no sale of shares uses it up
            shares, name = rational(trade.quantity), f";recent {number}"
            yield Event(trade.date, "option", trade.account, trade.symbol, shares, shares, name, order=name)
        elif trade.side == "buy":
            place, name = (trade.account, trade.symbol), f";recent {number}"
            known = min(shares := rational(trade.quantity), left.get((*place, trade.date), Fraction(0)))
            left[*place, trade.date] = left.get((*place, trade.date), Fraction(0)) - known
            if shares > known:
                order = lots.orders[place].get(trade.date, name)
                extra[place].append(_Recent(trade.date, name, order, shares - known))
    for number, trade in numbered:
        if trade.side == "sell":
            place = trade.account, trade.symbol
            known_lot = lots.household.lot.get((trade.account, trade.lot or ""))
            order = f";old {number}"
            if known_lot is not None:
                order = order_of(trade.account, known_lot)
            elif reading == "youngest":
                order = lots.youngest(trade) or order
            lately = [] if place in lots.file.undated else extra[place]
            yield from _sold(lots.household, number, trade, lately, order)
    for (holder, symbol), purchases in extra.items():
        for each in purchases:
            shares = each.quantity
            yield Event(each.day, "buy", holder, symbol, shares, shares, each.name, order=each.order)


def _sold(household: Household, number: int, trade: RecentTrade, lately: list[_Recent], order: str) -> Iterator[Event]:
    """A recent sale, with the purchase of what it sold. Shares bought `lately` leave that list; the rest is of `order`.

    For a sale without a loss, or at an unknown result, only the shares bought lately matter.
    """
    left = quantity = rational(trade.quantity)
    known = trade.gain if household.account[trade.account].taxable else None
    losing = known is not None and known < 0
    loss = -rational(known) if known is not None and losing else Fraction(0)
    parts: list[_Recent] = []
    for place, each in enumerate(lately):
        taken = min(left, each.quantity) if each.day <= trade.date else Fraction(0)
        if taken:
            parts.append(replace(each, quantity=taken))
            lately[place] = replace(each, quantity=each.quantity - taken)
            left -= taken
    lately[:] = [each for each in lately if each.quantity]
    if left and losing:
        parts.append(_Recent(household.trade_date - LONG_AGO, f";old {number}", order, left))
    for each in parts:
        shares, name = each.quantity, f";sold {number} {each.name}"
        cost = loss * shares / quantity
        yield Event(each.day, "buy", trade.account, trade.symbol, shares, cost, name, order=each.order)
        yield Event(trade.date, "sell", trade.account, trade.symbol, shares, Fraction(0), lots=((name, shares),))


def _bringing(household: Household, account: str, lot: Lot) -> Event:
    """The purchase of a lot, or what else brought it."""
    shares, day = rational(lot.quantity), lot.acquired or household.trade_date - LONG_AGO
    amount, order = shares * rational(lot.basis_per_share or 0), order_of(account, lot)
    return Event(day, SIDES[lot.how_acquired], account, lot.symbol, shares, amount, lot.id, order=order)


def _held_since(household: Household, lot: Lot) -> date | None:
    """The start of a lot's holding period if it is sold today; None if it is the day on which the lot came in."""
    if lot.how_acquired == "purchase":
        return lot.held_since
    today = household.trade_date
    cost, realized = exact(lot.basis_per_share or 0.0), amount_realized(household.security[lot.symbol], lot, today)
    return max(held_since(lot, realized - basis(lot, cost, realized)), today - LONG_AGO)
