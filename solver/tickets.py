"""From dollars to tickets: shares to six decimals, never more than the lot, never a cent of cash short."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from ..models.base import exact
from .ledger import CENT, ZERO, Order, purchase_cost, sale_proceeds
from .problem import Problem
from .program import Floats

SHARE = Decimal("0.000001")
"""The smallest part of a share that is traded."""


def write_tickets(problem: Problem, sold: Floats, bought: Floats) -> list[Order]:
    """Orders for `sold` dollars by lot and `bought` dollars by purchase, as problem.lots and problem.buys list them.

    Sales are rounded up, purchases down; amounts below a cent are dropped. An account that this leaves short of its
    minimum buys less, and where it buys nothing sells more, first of what it sells already.
    """
    sales, purchases = _round(problem, sold, bought)
    for account in range(len(problem.accounts)):
        _cover(problem, account, sales, purchases)
    return _orders(problem, sales, purchases)


def _round(problem: Problem, sold: Floats, bought: Floats) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
    sold, bought = _net_sheltered(problem, sold, bought)
    sales: dict[int, Decimal] = {}
    for lot in (sold >= float(CENT)).nonzero()[0].tolist():
        held = _held(problem, lot)
        shares = exact(sold[lot]) / _price(problem, problem.lots.security[lot])
        rounded = shares.quantize(SHARE, ROUND_CEILING)
        sales[lot] = held if held - rounded < 2 * SHARE else rounded
    purchases: dict[int, Decimal] = {}
    for buy in (bought >= float(CENT)).nonzero()[0].tolist():
        shares = (exact(bought[buy]) / _price(problem, problem.buys.security[buy])).quantize(SHARE, ROUND_FLOOR)
        if shares > 0:
            purchases[buy] = shares
    return sales, purchases


def _net_sheltered(problem: Problem, sold: Floats, bought: Floats) -> tuple[Floats, Floats]:
    """Drop what a sheltered account would both sell and buy of one security: it moves nothing but the spread."""
    sold, bought = sold.copy(), bought.copy()
    lots, buys = problem.lots, problem.buys
    for buy in (bought > 0).nonzero()[0].tolist():
        if problem.taxable[buys.account[buy]]:
            continue
        same = (lots.account == buys.account[buy]) & (lots.security == buys.security[buy]) & (sold > 0)
        for lot in same.nonzero()[0].tolist():
            both = min(sold[lot], bought[buy])
            sold[lot] -= both
            bought[buy] -= both
    return sold, bought


def _cover(problem: Problem, account: int, sales: dict[int, Decimal], purchases: dict[int, Decimal]) -> None:
    """Mend what rounding took from an account's cash."""
    holder = problem.household.accounts[account]
    lots, buys, securities = problem.lots, problem.buys, problem.household.securities
    minimum = exact(holder.minimum_cash)

    def missing() -> Decimal:
        cash = exact(holder.cash) + exact(holder.contribution) - exact(holder.withdrawal)
        for lot, quantity in sales.items():
            if lots.account[lot] == account:
                cash += sale_proceeds(securities[lots.security[lot]], quantity)
        for buy, quantity in purchases.items():
            if buys.account[buy] == account:
                cash -= purchase_cost(securities[buys.security[buy]], quantity)
        return minimum - cash

    own_buys = sorted((buy for buy in purchases if buys.account[buy] == account), key=lambda buy: -purchases[buy])
    for buy in own_buys:
        if (short := missing()) <= 0:
            return
        less = ((short + CENT) / _price(problem, buys.security[buy])).quantize(SHARE, ROUND_CEILING)
        purchases[buy] -= less
        if purchases[buy] <= 0:
            del purchases[buy]
    bought_groups = {problem.group[buys.security[buy]] for buy in purchases}
    spare = [
        lot
        for lot in range(len(lots.label))
        if lots.account[lot] == account
        and lots.free[lot]
        and sales.get(lot, ZERO) < _held(problem, lot)
        and not (lots.is_loss[lot] and problem.group[lots.security[lot]] in bought_groups)
    ]
    for lot in sorted(spare, key=lambda lot: (lot not in sales, lots.gain[lot])):
        if (short := missing()) <= 0:
            return
        security = securities[lots.security[lot]]
        per_share = exact(security.price) * (1 - exact(security.half_spread))
        more = ((short + CENT) / per_share).quantize(SHARE, ROUND_CEILING)
        sales[lot] = min(_held(problem, lot), sales.get(lot, ZERO) + more)


def _orders(problem: Problem, sales: dict[int, Decimal], purchases: dict[int, Decimal]) -> list[Order]:
    """Account by account, sales before purchases."""
    lots, buys = problem.lots, problem.buys
    orders: list[Order] = []
    for account, name in enumerate(problem.accounts):
        for lot in sorted(sales):
            if lots.account[lot] == account:
                symbol = problem.symbols[lots.security[lot]]
                orders.append(Order(name, symbol, "sell", float(sales[lot]), problem.held[lot].id))
        for buy in sorted(purchases):
            if buys.account[buy] == account:
                orders.append(Order(name, problem.symbols[buys.security[buy]], "buy", float(purchases[buy])))
    return orders


def _held(problem: Problem, lot: int) -> Decimal:
    return exact(problem.held[lot].quantity)


def _price(problem: Problem, security: int) -> Decimal:
    return exact(problem.household.securities[security].price)
