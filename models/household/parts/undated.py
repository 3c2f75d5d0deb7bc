"""Lots without a date in taxable accounts: which of their shares were bought within the last year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from ...schema.money import ZERO, exact
from ...tax.holding_period import holding_term
from .accounts import Account, Lot
from .activity import RecentTrade
from .lot_parts import fresh_name

Named = dict[str, list[tuple[date, Decimal]]]
"""Purchases by symbol, the youngest first: the day and the shares."""


def with_named_purchases(
    accounts: Sequence[Account], trades: Sequence[RecentTrade], today: date
) -> tuple[tuple[Account, ...], dict[tuple[str | None, str | None], list[Lot]]]:
    """Return accounts in which each purchase of the last year that `trades` name is a lot with a date, and the lots
    that were divided, by account id and lot id, with their parts.

    It is taken out of the lots without a date in its account; what is left of them is held for more than a year. Sales
    are taken to have sold older shares, as they do at average cost (Reg. 1.1012-1(e)(7)).
    """
    found: list[Account] = []
    parts: dict[tuple[str | None, str | None], list[Lot]] = {}
    for account in accounts:
        undated = [lot for lot in account.lots if _undated(lot)] if account.taxable and trades else []
        named = _named(account, undated, trades, today) if undated else {}
        if not named:
            found.append(account)
            continue
        names = {lot.id for lot in account.lots}
        parts |= {(account.id, lot.id): [*_parts(lot, named, names)] for lot in undated}
        lots = (part for lot in account.lots for part in parts.get((account.id, lot.id), (lot,)))
        found.append(account.model_copy(update={"lots": tuple(lots)}))
    return tuple(found), parts


def _undated(lot: Lot) -> bool:
    """Whether a lot may have shares of the last year; what was inherited or given is no purchase."""
    return lot.acquired is None and lot.how_acquired == "purchase" and lot.quantity > 0


def _named(account: Account, undated: Sequence[Lot], trades: Sequence[RecentTrade], today: date) -> Named:
    """The purchases of the last year in an account that no lot has, of symbols that it holds without dates."""
    symbols = {lot.symbol for lot in undated}
    known: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for lot in account.lots:
        if lot.acquired is not None and lot.how_acquired == "purchase":
            known[lot.symbol, lot.acquired] += exact(lot.quantity)
    found: Named = {}
    for trade in sorted(trades, key=lambda each: each.date, reverse=True):
        if trade.account == account.id and trade.side == "buy" and trade.symbol in symbols:
            there = min(exact(trade.quantity), known[trade.symbol, trade.date])
            known[trade.symbol, trade.date] -= there
            shares = exact(trade.quantity) - there
            if shares > 0 and holding_term(trade.date, today) == "short":
                found.setdefault(trade.symbol, []).append((trade.date, shares))
    return found


def _parts(lot: Lot, named: Named, names: set[str]) -> Iterator[Lot]:
    """A lot as what was held for more than a year, if anything, and the purchases taken out of it."""
    left, bought, parts = exact(lot.quantity), named.get(lot.symbol, []), []
    while left and bought:
        day, shares = bought.pop(0)
        taken = min(left, shares)
        left -= taken
        if shares > taken:
            bought.insert(0, (day, shares - taken))
        name = fresh_name(f"{lot.id} {day}", names)
        dated = {"id": name, "quantity": float(taken), "acquired": day, "long_term": False, "order": None}
        parts.append(lot.model_copy(update=dated))
    if left > ZERO:
        yield lot.model_copy(update={"quantity": float(left)}) if parts else lot
    yield from parts
