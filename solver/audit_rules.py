"""The rules that no plan may break, checked against the trades: lots, restrictions, sizes, wash sales, holding periods.

In decimals, from the household and the trades alone; shares nothing with the program or with what closes lots for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from ..models import Account, Household, Lot, Policy, first_long_term_date
from ..models.base import exact
from ..models.lot_rules import lines
from .books import Books
from .findings import Finding, place
from .ledger import ZERO, Ledger, Ordered
from .rules import misplaced

WINDOW_DAYS = 30
"""Days before and after a loss sale in which a purchase makes it a wash sale, the 30th included (IRC 1091(a))."""


def broken_rules(books: Books, trades: Sequence[Ordered], ledger: Ledger) -> Iterator[Finding]:
    """Every rule that the trades break. `ledger` is their replay."""
    yield from _oversold(ledger)
    yield from _restrictions(books.household, trades)
    yield from _order_of_lots(books.household, ledger)
    yield from _sizes(books, trades, ledger)
    yield from _wash_sales(books, trades, ledger)
    yield from _holding_periods(books, trades, ledger)
    yield from _collectibles(books, trades, ledger)


def _oversold(ledger: Ledger) -> Iterator[Finding]:
    for (account, lot), left in ledger.left.items():
        if left < 0:
            yield Finding("lot", f"{account}/{lot}", f"{-left.normalize():f} shares more are sold than it holds")


def _restrictions(household: Household, trades: Sequence[Ordered]) -> Iterator[Finding]:
    """What was asked not to be bought or sold, and names that left their index."""
    left = {target.symbol for target in household.security_targets if target.weight == 0}
    for trade in trades:
        if trade.side == "buy" and trade.symbol in left:
            yield Finding("restriction", place(trade), f"{trade.symbol} has a target of 0: it is never bought")
        for restriction in household.restrictions:
            if restriction.account not in (None, trade.account):
                continue
            if restriction.rule == "keep":
                forbidden = trade.side == "sell" and trade.lot == restriction.lot
            elif restriction.rule == "no_sell":
                forbidden = trade.side == "sell" and trade.symbol == restriction.symbol
            else:
                forbidden = trade.side == "buy" and trade.symbol == restriction.symbol
            if forbidden:
                yield Finding("restriction", place(trade), restriction.rule)


def _order_of_lots(household: Household, ledger: Ledger) -> Iterator[Finding]:
    """Lots that must be sold in an order are: each in full before the next."""
    for account in household.accounts:
        for line in lines(account):
            for ahead, lot in pairwise(line):
                if ledger.left[account.id, lot.id] < exact(lot.quantity) and ledger.left[account.id, ahead.id] > 0:
                    message = f"sold before {ahead.id}, which comes first by the account's method"
                    yield Finding("lot", f"{account.id}/{lot.id}", message)


def _sizes(books: Books, trades: Sequence[Ordered], ledger: Ledger) -> Iterator[Finding]:
    """Whole shares where the account trades them, and the minimum trade."""
    for trade in trades:
        whole = exact(trade.quantity) % 1 == 0
        sold_out = trade.side == "sell" and exact(trade.quantity) == books.shares[trade.account, trade.lot or ""]
        if books.accounts[trade.account].whole_shares and not whole and not sold_out:
            yield Finding("order", place(trade), f"{trade.quantity} are no whole shares")
    for (account, symbol, side), why in misplaced(books, ledger, trades).items():
        yield Finding("order", f"{account}/{symbol} {side}", why)


def _wash_sales(books: Books, trades: Sequence[Ordered], ledger: Ledger) -> Iterator[Finding]:
    """Every loss, past or planned, against every purchase, past, planned or scheduled: 30 days, the 30th included."""
    household, security, account = books.household, books.securities, books.accounts
    today = household.trade_date
    losses: list[tuple[date, str, str]] = []
    for past in household.recent_trades:
        if past.side == "sell" and account[past.account].taxable and (past.gain is None or past.gain < 0):
            losses.append((past.date, security[past.symbol].group, ""))
    for trade, booking in zip(trades, ledger.bookings, strict=True):
        if booking.gain is not None and booking.gain < 0:
            losses.append((today, security[trade.symbol].group, place(trade)))

    bought = [(day, group, "") for day, group in purchases(household)]
    bought += [(today, security[trade.symbol].group, place(trade)) for trade in trades if trade.side == "buy"]
    bought_in: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for day, group, purchase in bought:
        bought_in[group].append((day, purchase))
    for sold, group, sale in losses:
        for day, purchase in bought_in[group]:
            planned = sale or purchase
            if planned and abs((sold - day).days) <= WINDOW_DAYS:
                yield Finding("wash_sale", planned, f"{group} is sold at a loss on {sold} and bought on {day}")


def purchases(household: Household) -> Iterator[tuple[date, str]]:
    """Every purchase but the plan's: its day and the identity group."""
    security = household.security
    yield from ((trade.date, security[trade.symbol].group) for trade in household.recent_trades if trade.side == "buy")
    yield from ((buy.date, security[buy.symbol].group) for buy in household.scheduled_buys)
    for account in household.accounts:
        yield from ((lot.acquired, security[lot.symbol].group) for lot in account.lots if lot.acquired)


def _holding_periods(books: Books, trades: Sequence[Ordered], ledger: Ledger) -> Iterator[Finding]:
    for trade, booking in zip(trades, ledger.bookings, strict=True):
        if trade.side == "sell":
            lot, account = books.lots[trade.account, trade.lot or ""], books.accounts[trade.account]
            why = held_back(lot, booking.gain or ZERO, account, books.household, books.policy)
            if why:
                yield Finding("holding", place(trade), why)


def held_back(lot: Lot, gain: Decimal, account: Account, household: Household, policy: Policy) -> str:
    """Which holding rule keeps a lot from being sold at a gain of so much, in words; '' where none does."""
    if lot.acquired is None:
        return ""
    held = (household.trade_date - lot.acquired).days
    if held < policy.minimum_holding_days:
        return f"held {held} days only"
    wait = (first_long_term_date(lot.acquired) - household.trade_date).days
    if account.taxable and gain > 0 and 0 < wait <= policy.long_term_wait_days:
        return f"a short-term gain {wait} days before it turns long-term"
    return ""


def _collectibles(books: Books, trades: Sequence[Ordered], ledger: Ledger) -> Iterator[Finding]:
    """Long-term gains of collectibles, whose rate the bill does not know."""
    for trade, booking in zip(trades, ledger.bookings, strict=True):
        if booking.gain is not None and collectible_gain(books, trade.symbol, booking.gain, booking.term):
            yield Finding(
                "collectible", place(trade), "its long-term gain is taxed at up to 28 %, not as the bill says"
            )


def collectible_gain(books: Books, symbol: str, gain: Decimal, term: str | None) -> bool:
    """Whether a gain is a collectibles gain (IRC 1(h)(5))."""
    return books.securities[symbol].collectible and gain > 0 and term == "long"
