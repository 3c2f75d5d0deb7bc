"""Options and short positions held beside the lots: which shares they hold, and which of them are purchases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from ...schema.money import ZERO, exact
from ...schema.record import Record
from ...schema.values import Day, Name, Positive
from .activity import RecentTrade
from .lot_parts import fresh_name
from .lot_rules import sale_queues

if TYPE_CHECKING:
    from .accounts import Account, Lot

NEAR = timedelta(days=61)
"""How long ago an option may have replaced a loss of the last 30 days."""


class HeldBeside(Record):
    """An option or a short position, which the plan does not trade. It has no part in the household's value."""

    account: Name
    """The account's id."""
    symbol: Name
    """The symbol of the shares that the option is on, or that were sold short."""
    kind: Literal["long_call", "long_put", "short_call", "short_put", "short_sale"]
    """long_call and long_put are options bought, short_call and short_put options written. A long call counts as buying
    its shares when it was opened (Reg. 1.1091-1(f)). A short call holds the shares that cover it in its account. With a
    long put or a short sale, shares in taxable accounts are sold only at a gain that was long-term when it was opened
    (IRC 1233(b), 1092)."""
    quantity: Positive
    """Shares, more than 0: those that the options are on (a standard contract: 100), or those sold short."""
    opened: Day | None = None
    """Trade date on which it was opened, not after the household's trade date; default: not known, taken as long
    ago."""


def with_long_calls(
    trades: Sequence[RecentTrade], beside: Sequence[HeldBeside], today: date
) -> tuple[RecentTrade, ...]:
    """Return recent trades with the long calls opened in the last 61 days that are not among them, as options."""
    listed: dict[tuple[str, str, date], Decimal] = defaultdict(Decimal)
    for trade in trades:
        if trade.side == "option":
            listed[trade.account, trade.symbol, trade.date] += exact(trade.quantity)
    found = []
    for each in beside:
        if each.kind == "long_call" and each.opened is not None and each.opened >= today - NEAR:
            place = each.account, each.symbol, each.opened
            there = min(exact(each.quantity), listed[place])
            listed[place] -= there
            if (shares := float(exact(each.quantity) - there)) > 0:
                option = {"side": "option", "date": each.opened, "quantity": shares}
                found.append(RecentTrade(account=each.account, symbol=each.symbol, **option))
    return (*trades, *found)


def with_covering_lots(
    accounts: Sequence[Account], beside: Sequence[HeldBeside]
) -> tuple[tuple[Account, ...], dict[tuple[str | None, str | None], list[Lot]]]:
    """Return accounts in which the shares that cover written calls are whole lots, and the lots that were divided, by
    account id and lot id, with their parts.
    """
    found: list[Account] = []
    parts: dict[tuple[str | None, str | None], list[Lot]] = {}
    for account in accounts:
        own: dict[str, list[Lot]] = {}
        for lot, shares in _covering(account, beside):
            if shares < exact(lot.quantity):
                names, orders = {each.id for each in account.lots}, {each.order or "" for each in account.lots}
                order = lot.order or fresh_name(lot.id, orders)
                rest = {"quantity": float(exact(lot.quantity) - shares), "order": order}
                held = {"id": fresh_name(f"{lot.id} covered", names), "quantity": float(shares), "order": order}
                own[lot.id] = [lot.model_copy(update=rest), lot.model_copy(update=held)]
        parts |= {(account.id, name): lots for name, lots in own.items()}
        lots = (part for lot in account.lots for part in own.get(lot.id, (lot,)))
        found.append(account.model_copy(update={"lots": tuple(lots)}) if own else account)
    return tuple(found), parts


def covering_lots(accounts: Sequence[Account], beside: Sequence[HeldBeside]) -> set[tuple[str, str]]:
    """Return the lots, by account id and lot id, that cover written calls in their account."""
    return {(account.id, lot.id) for account in accounts for lot, _ in _covering(account, beside)}


def _covering(account: Account, beside: Sequence[HeldBeside]) -> Iterator[tuple[Lot, Decimal]]:
    """The lots that cover the written calls of an account, each with its shares that do.

    They are those that would be sold last: at the back of their sale queue, or without one those with the lowest basis
    (an unknown one first), and of equal ones the last in the list.
    """
    written: dict[str, Decimal] = defaultdict(Decimal)
    for each in beside:
        if each.kind == "short_call" and each.account == account.id:
            written[each.symbol] += exact(each.quantity)
    queues = {queue[0].symbol: queue for queue in sale_queues(account)} if written else {}
    for symbol, shares in written.items():
        held = [lot for lot in reversed(account.lots) if lot.symbol == symbol]
        last = sorted(held, key=lambda lot: lot.basis_per_share or 0.0)
        last, left = [*reversed(queues[symbol])] if symbol in queues else last, shares
        for lot in last:
            taken = min(left, exact(lot.quantity))
            left -= taken
            if taken > ZERO:
                yield lot, taken
