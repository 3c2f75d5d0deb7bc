"""What the law and the funds say about a lot in its account: its basis, the fee on its sale, its sale queue."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from ...schema.money import exact
from .accounts import Account, Lot
from .securities import Security


def bases(account: Account) -> dict[str, Decimal]:
    """Return the basis per share by lot id, in dollars. Lots without a basis are left out.

    For a symbol at average cost, it is the average over all of its lots (Reg. 1.1012-1(e)).
    """
    found = {lot.id: exact(lot.basis_per_share) for lot in account.lots if lot.basis_per_share is not None}
    for symbol in account.average_cost:
        pool = [lot for lot in account.lots if lot.symbol == symbol and lot.id in found]
        shares = sum((exact(lot.quantity) for lot in pool), Decimal(0))
        if shares > 0:
            average = sum((exact(lot.quantity) * found[lot.id] for lot in pool), Decimal(0)) / shares
            found |= dict.fromkeys((lot.id for lot in pool), average)
    return found


def redemption_fee(security: Security, lot: Lot, on: date) -> Decimal:
    """Return the fee on a sale of the lot on day `on`, as a fraction of the price (17 CFR 270.22c-2).

    It is 0 for a lot held `redemption_days` or longer, and for a lot without a date.
    """
    young = lot.acquired is not None and (on - lot.acquired).days < security.redemption_days
    return exact(security.redemption_fee) if young else Decimal(0)


def sale_queues(account: Account) -> list[list[Lot]]:
    """Return the sale queues: the lots of each security that must be sold in an order, first to last.

    A security has no queue if any of its lots may be chosen, or if it has only one. fifo: by date, lots without one
    first. lifo: by date, latest first, lots without one last. hifo: by basis, highest first (unknown counts as 0). A
    symbol at average cost is sold first in, first out. Ties stay in the account's order.
    """
    held: dict[str, list[Lot]] = defaultdict(list)
    for lot in account.lots:
        held[lot.symbol].append(lot)
    found = []
    for symbol, lots in held.items():
        method = "fifo" if symbol in account.average_cost else account.accounting_method
        if method != "specific" and len(lots) > 1:
            found.append(sorted(lots, key=lambda lot: _place(lot, method)))
    return found


def _place(lot: Lot, method: str) -> float:
    if method == "hifo":
        return -(lot.basis_per_share or 0.0)
    day = (lot.acquired or date.min).toordinal()
    return day if method == "fifo" else -day
