"""What the law and the funds say about a lot in its account: its basis, the fee on its sale, its sale queue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from ...schema.money import exact
from .accounts import Account, Lot
from .securities import Security


def bases(account: Account, securities: Mapping[str, Security], on: date) -> dict[str, Decimal]:
    """Return the basis per share by lot id, in dollars, for a sale on day `on`. Lots without a basis are left out.

    For a symbol at average cost, it is the average over all of its lots (Reg. 1.1012-1(e)), known if each of them has
    a basis.
    """
    found: dict[str, Decimal] = {}
    for lot in account.lots:
        if lot.basis_per_share is not None:
            cost = exact(lot.basis_per_share)
            given = lot.gift_value_per_share is not None
            found[lot.id] = basis(lot, cost, amount_realized(securities[lot.symbol], lot, on)) if given else cost
    pools: dict[str, list[Lot]] = {symbol: [] for symbol in account.average_cost}
    for lot in account.lots if pools else ():
        if lot.symbol in pools and lot.id in found:
            pools[lot.symbol].append(lot)
    for pool in pools.values():
        shares = sum((exact(lot.quantity) for lot in pool), Decimal(0))
        if shares > 0:
            average = sum((exact(lot.quantity) * found[lot.id] for lot in pool), Decimal(0)) / shares
            found |= dict.fromkeys((lot.id for lot in pool), average)
    for name in without_basis(account) if account.average_cost else ():
        found.pop(name, None)
    return found


def without_basis(account: Account) -> set[str]:
    """Return the ids of an account's lots whose basis is not known, for lack of their own or, at average cost, that of
    another lot.
    """
    lacking = {lot.id: lot for lot in account.lots if lot.basis_per_share is None}
    if not lacking or not account.average_cost:
        return {*lacking}
    pooled = {lot.symbol for lot in lacking.values() if lot.quantity} & {*account.average_cost}
    return {lot.id for lot in account.lots if lot.id in lacking or lot.symbol in pooled}


def amount_realized(security: Security, lot: Lot, on: date) -> Decimal:
    """Return what a sale of the lot on day `on` brings after half-spread and redemption fee, in dollars per share."""
    return exact(security.price) * (1 - exact(security.half_spread) - redemption_fee(security, lot, on))


def basis(lot: Lot, cost: Decimal, realized: Decimal) -> Decimal:
    """Return the basis per share of a lot sold for `realized` dollars per share. `cost` is the basis in the file.

    A gift that was worth less than the giver's basis when it was given has the giver's basis for a gain and that value
    for a loss, and between the two there is neither (IRC 1015(a); Reg. 1.1015-1(a)(2)).
    """
    if lot.gift_value_per_share is None:
        return cost
    return min(cost, max(realized, exact(lot.gift_value_per_share)))


def held_since(lot: Lot, gain: Decimal) -> date:
    """Return the day after which a lot's holding period runs. Only the sign of `gain` is read.

    A purchase that replaced shares sold at a loss has the day that the wash sale left it (IRC 1223(3)). An inheritance
    is long-term whatever its dates (1223(9)): `date.min`, and so is a lot without a date. A gift has the giver's date
    (1223(2)), but from the gift on at a loss for which its value then is the basis, since that is no basis of the
    giver.
    """
    if lot.how_acquired == "inheritance":
        return date.min
    value = lot.gift_value_per_share
    if gain < 0 and value is not None and value < (lot.basis_per_share or 0.0) and lot.gift_date is not None:
        return lot.gift_date
    return lot.held_since or lot.acquired or date.min


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
    if account.accounting_method == "specific" and not account.average_cost:
        return []
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
