"""A household's file in the wash-sale ledger: what was bought and sold before the plan, and what is to be bought.

docs/wash_sales.md says how lots, recent trades and scheduled buys are read.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from ...models.schema.money import exact
from .ledger import NEAR, NONE, UNIT, Ledger, Parcel, Sale

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ...models.household.household import Household
    from ...models.household.parts.accounts import Lot
    from ...models.household.parts.activity import RecentTrade

Reading = Literal["earliest", "youngest"]
"""What a past sale that names no lot sold, where the file leaves it open: old shares (Reg. 1.1012-1(c)(1)), or a part
of the lot bought last."""

MUCH = 10**15 * UNIT
"""A purchase of unknown size."""


def order_of(account: str, lot: Lot) -> str:
    """Return a name for the order with which a lot was bought; no name in a file has a semicolon."""
    return f"{account}/{lot.id}" if lot.order is None else f"{account};order {lot.order}"


def units(shares: float) -> int:
    """Return a number of shares as it is written, in the ledger's units."""
    return int(exact(shares) * UNIT)


def per_unit(dollars: float | None) -> Fraction:
    """Return dollars per share as they are written, by the ledger's unit of shares; none if there are none."""
    return Fraction(exact(dollars)) / UNIT if dollars else NONE


@dataclass(slots=True)
class Earlier:
    """Shares bought before the plan that are in no lot of the file."""

    trade: int
    day: date
    order: str
    shares: int


@dataclass(frozen=True, slots=True)
class Move:
    """Shares that come in, or that a sale takes."""

    day: date
    sold: bool
    bought: date
    """The day on which the shares were acquired; for old shares, the first day there is."""
    parcel: Parcel
    shares: int


class History:
    """What the file says about purchases and sales around the trade date."""

    def __init__(self, household: Household) -> None:
        self.household, self.today = household, household.trade_date
        self.group = {security.symbol: security.identity_group or security.symbol for security in household.securities}
        self.sheltered = frozenset(account.id for account in household.accounts if account.kind != "taxable")
        self.named = {(account.id, lot.id): lot for account in household.accounts for lot in account.lots}
        """The lots of the file, those without shares too."""
        self.lots = {key: lot for key, lot in self.named.items() if lot.quantity}
        self.trades = sorted(enumerate(household.recent_trades), key=lambda each: (each[1].date, each[0]))
        self.unknown = [
            trade
            for trade in household.recent_trades
            if trade.side == "sell" and trade.gain is None and trade.account not in self.sheltered
            and (self.today - trade.date).days <= NEAR
        ]  # fmt: skip
        """Sales of the last 30 days that may have been at a loss."""
        self.undated = {(account, lot.symbol) for (account, _), lot in self.lots.items() if lot.acquired is None}
        self.orders: dict[tuple[str, str], dict[date, str]] = defaultdict(dict)
        """By account and symbol: the order of the lots of a day."""
        self.shares: dict[tuple[str, str, date], int] = defaultdict(int)
        """Shares of the lots, by account, symbol and day."""
        first = min((trade.date for _, trade in self.trades), default=self.today) - timedelta(NEAR)
        self.young = {
            key: lot
            for key, lot in self.lots.items()
            if lot.how_acquired == "purchase" and lot.acquired is not None and lot.acquired >= first
        }
        """The lots that can have replaced anything that the file knows of."""
        for (account, _), lot in self.young.items():
            if lot.acquired is not None:
                self.orders[account, lot.symbol][lot.acquired] = order_of(account, lot)
                self.shares[account, lot.symbol, lot.acquired] += units(lot.quantity)
        self.listed = {(trade.account, trade.symbol, trade.date) for _, trade in self.trades if trade.side == "buy"}
        self.coming = sorted(self._coming(), key=lambda each: (each.day, each.account, each.lot))
        """Purchases of the next 30 days that happen whatever the plan says."""
        self.near = self._near()
        """The identity groups with a trade near enough to matter."""
        self.open = [trade for _, trade in self.trades if self._youngest(trade) is not None]
        """The sales that have two readings."""
        self.unclear = {self.group[trade.symbol] for trade in self.open}
        """The identity groups of these sales."""

    def ledgers(self, groups: Collection[str], reading: Reading = "earliest") -> dict[str, Ledger]:
        """Return the ledger of each group up to the plan. Bases and dates of what is held are those of the file."""
        found = {group: Ledger(self.sheltered) for group in groups}
        moves = [*self._held(), *self._traded(reading)]
        for move in sorted(
            moves, key=lambda each: (each.day, each.sold, each.bought, each.parcel.account, each.parcel.lot)
        ):
            ledger, parcel = found.get(self.group[move.parcel.symbol]), move.parcel
            if ledger is None:
                continue
            if not move.sold:
                ledger.acquire(parcel)
            elif move.bought == date.min:
                gain = -parcel.shares * parcel.cost
                sale = Sale(
                    parcel.account, parcel.symbol, parcel.lot, parcel.order, move.day, move.day, parcel.shares, gain
                )
                ledger.post(sale)
            else:
                ledger.sell(parcel.account, parcel.symbol, [(parcel.lot, move.shares)], NONE, move.day)
        for ledger in found.values():
            for (account, _, name), parcels in ledger.lots.items():
                lot = self.lots.get((account, name))
                for parcel in parcels:
                    parcel.cost = per_unit(lot.basis_per_share) if lot else NONE
                    parcel.since = (lot.held_since if lot else None) or parcel.day
        return found

    def _held(self) -> Iterator[Move]:
        """The lots of the file that are near enough to matter."""
        for (account, name), lot in self.young.items():
            if lot.acquired is not None:
                yield bought(account, lot.symbol, name, lot.acquired, units(lot.quantity), order_of(account, lot))

    def _traded(self, reading: Reading) -> Iterator[Move]:
        """Options, recent purchases that are not among the lots, and recent sales of taxable accounts.

        A sale takes recent shares that the lots no longer have; what else it sold is old, or of the youngest lot if
        that is the reading. Where lots have no dates it may have sold others, so the purchase is taken to be held.
        A sale without a loss matters only for what it takes.
        """
        left = dict(self.shares)
        lately: dict[tuple[str, str], deque[Earlier]] = defaultdict(deque)
        for number, trade in self.trades:
            place, shares = (trade.account, trade.symbol), units(trade.quantity)
            if trade.side == "option":
                yield bought(*place, f";recent {number}", trade.date, shares, side="option")
            elif trade.side == "buy":
                there = min(shares, left.get((*place, trade.date), 0))
                left[*place, trade.date] = left.get((*place, trade.date), 0) - there
                order = self.orders[place].get(trade.date, f";recent {number}")
                if shares > there:
                    lately[place].append(Earlier(number, trade.date, order, shares - there))
        for number, trade in self.trades:
            if trade.side != "sell" or trade.account in self.sheltered:
                continue
            rest, loss = units(trade.quantity), max(-Fraction(exact(trade.gain or 0)), NONE)
            a_share, place = loss / rest, (trade.account, trade.symbol)
            earlier = lately[place] if place not in self.undated else deque()
            while rest and earlier and earlier[0].day <= trade.date:
                each, taken = earlier[0], min(rest, earlier[0].shares)
                name = f";sold {number} ;recent {each.trade}"
                yield bought(*place, name, each.day, taken, each.order, a_share)
                yield Move(trade.date, True, each.day, bought(*place, name, each.day, taken).parcel, taken)
                each.shares -= taken
                rest -= taken
                if not each.shares:
                    earlier.popleft()
            if rest and loss:
                lot = self.named.get((trade.account, trade.lot or ""))
                order = order_of(trade.account, lot) if lot is not None else f";old {number}"
                if reading == "youngest":
                    order = self._youngest(trade) or order
                old = bought(*place, f";sold {number} ;old {number}", trade.date, rest, order, a_share).parcel
                yield Move(trade.date, True, date.min, old, rest)
        for place, purchases in lately.items():
            for each in purchases:
                yield bought(*place, f";recent {each.trade}", each.day, each.shares, each.order)

    def _youngest(self, sale: RecentTrade) -> str | None:
        """The order of the youngest lot of which a sale at a loss that names no lot may have been a part, or None.

        A lot whose purchase the file lists is ruled out: what it lacks of that purchase is known.
        """
        if sale.side != "sell" or sale.lot is not None or sale.account in self.sheltered or (sale.gain or 0) >= 0:
            return None
        place = sale.account, sale.symbol
        days = [
            day
            for day in self.orders[place]
            if 0 <= (sale.date - day).days <= NEAR and (*place, day) not in self.listed
        ]
        return self.orders[place][max(days)] if days else None

    def _coming(self) -> Iterator[Parcel]:
        """Scheduled purchases and reinvested dividends of the next 30 days."""
        for number, buy in enumerate(self.household.scheduled_buys):
            if (buy.date - self.today).days <= NEAR:
                shares = MUCH if buy.quantity is None else units(buy.quantity)
                yield bought(buy.account, buy.symbol, f";scheduled {number}", buy.date, shares).parcel
        for account in self.household.accounts:
            held = {lot.symbol for lot in account.lots if lot.quantity}
            for symbol in account.reinvests:
                if symbol in held:
                    day = self.today + timedelta(NEAR)
                    yield bought(account.id, symbol, f";dividend of {symbol}", day, MUCH, side="reinvest").parcel

    def _near(self) -> set[str]:
        """The groups with a recent trade, a purchase to come, or a lot of the last 61 days."""
        symbols = {trade.symbol for _, trade in self.trades} | {buy.symbol for buy in self.household.scheduled_buys}
        symbols |= {symbol for account in self.household.accounts for symbol in account.reinvests}
        symbols |= {
            lot.symbol
            for lot in self.lots.values()
            if lot.acquired is not None and (self.today - lot.acquired).days <= 2 * NEAR + 1
        }
        return {self.group[symbol] for symbol in symbols}


def bought(
    account: str, symbol: str, name: str, day: date, shares: int, order: str = "", cost: Fraction = NONE,
    side: str = "buy",
) -> Move:  # fmt: skip
    """Return a purchase. Without an order, it is one of its own."""
    parcel = Parcel(account, symbol, name, order or f"{account}/{name}", day, shares, cost, day, side=side)
    return Move(day, False, day, parcel, shares)
