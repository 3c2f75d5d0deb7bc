"""Orders, in accounts where their number or size matters (docs/formulation.md, rows O).

sets       orders o: a security sold, or bought, in an account
variables  f_o = f[o] = 1: the order is placed;  short_o = short[o] ≥ 0: dollars missing from a minimum that has a price
           orders[a/side] integer: the sales, or the purchases, of an account
rows       O1[l] x_l ≤ p q_l f_o,  O1[a/k] y_ak ≤ U_a / (1 + h_k) f_o
           O2[o] dollars of o + short_o ≥ minimum f_o,  O3[a/k] f_sell + f_buy ≤ 1,  O4[a/side] orders[a/side] = Σ_o f_o
objective  trading: commission_a f_o;  limits: the price of short_o
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..labels import bracketed, chosen

if TYPE_CHECKING:
    from ..arrays import Floats, Indices
    from ..problem import Problem
    from ..program import Program, Term
    from .trades import Trades


SMALLEST_ORDER = 1.0
"""The least dollars of an order, if commissions are paid or orders counted and the policy sets no minimum trade."""


HALF = 0.5
"""An order whose column is less is not placed."""

NO_TRADES = np.zeros(0, np.int64), np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Orders:
    """The columns f, and the index of the account of each; sales come before purchases. The columns orders[a/side]."""

    placed: Indices
    account: Indices
    counted: Indices
    of_sale: tuple[Indices, Indices] = NO_TRADES
    """Lots whose sale needs an order, and the column f of each."""
    of_purchase: tuple[Indices, Indices] = NO_TRADES
    """The same of purchases."""

    def placed_only(self, point: Floats, sold: Floats, bought: Floats) -> tuple[Floats, Floats]:
        """Return dollars by lot and by purchase without those whose order a point does not place.

        O1 lets them be as large as the solver's tolerance, which in a large household is more than a cent.
        """
        sold, bought = sold.copy(), bought.copy()
        for dollars, (trade, f) in ((sold, self.of_sale), (bought, self.of_purchase)):
            dollars[trade[point[f] < HALF]] = 0.0
        return sold, bought


@dataclass(frozen=True, slots=True)
class _Possible:
    """The orders that may be placed where something depends on them."""

    sold: Indices
    """Lots that may be sold there."""
    sale: Indices
    """The sale, by lot of `sold`."""
    sales: Indices
    """Each sale's account and security as one number."""
    bought: Indices
    """Purchases that may be made there, each an order of its own."""
    account: Indices
    security: Indices
    """Of every order, sales first."""
    names: list[str]


def add_orders(program: Program, problem: Problem, trades: Trades) -> Orders:
    """Add f and rows O, and charge commissions and missing dollars. Accounts without a commission are left out, unless
    the policy limits the number or the size of orders.
    """
    possible = _possible(problem)
    f = program.add_columns(bracketed("f", possible.names), 0, 1, integer=True)
    if not len(f):
        return Orders(f, possible.account, f)
    program.charge("trading", f, problem.commission[possible.account])
    _link(program, problem, trades, possible, f)
    _sizes(program, problem, trades, possible, f)
    _one_side(program, problem, possible, f)
    counted = _counts(program, problem, possible, f)
    sales, purchases = (possible.sold, f[possible.sale]), (possible.bought, f[len(possible.sales) :])
    return Orders(f, possible.account, counted, sales, purchases)


def _possible(problem: Problem) -> _Possible:
    lots, buys, limits, count = problem.lots, problem.buys, problem.policy.limits, len(problem.symbols)
    watched = problem.commission > 0
    if limits.trades is not None or limits.minimum_trade is not None:
        watched[:] = True
    sold = np.flatnonzero(lots.open & watched[lots.account])
    sales, sale = np.unique((lots.account * count + lots.security)[sold], return_inverse=True)
    bought = np.flatnonzero(buys.free & watched[buys.account])
    account = np.concatenate([sales // count, buys.account[bought]]).astype(np.int64)
    security = np.concatenate([sales % count, buys.security[bought]]).astype(np.int64)
    names = [
        f"{problem.accounts[a]}/{problem.symbols[k]} {'sell' if i < len(sales) else 'buy'}"
        for i, (a, k) in enumerate(zip(account, security, strict=True))
    ]
    return _Possible(sold, sale, sales, bought, account, security, names)


def _link(program: Program, problem: Problem, trades: Trades, orders: _Possible, f: Indices) -> None:
    """O1: nothing is traded without its order."""
    lots, buys, sold, bought = problem.lots, problem.buys, orders.sold, orders.bought
    if len(sold):
        row, columns = trades.of(sold)
        terms: list[Term] = [(row, columns, 1.0), (np.arange(len(sold)), f[orders.sale], -lots.size[sold])]
        program.add_rows(chosen("O1", lots.label, sold), terms, upper=0.0)
    if len(bought):
        count = np.arange(len(bought))
        terms = [(count, trades.buy[bought], 1.0), (count, f[len(orders.sales) :], -buys.limit[bought])]
        program.add_rows(chosen("O1", buys.label, bought), terms, upper=0.0)


def _sizes(program: Program, problem: Problem, trades: Trades, orders: _Possible, f: Indices) -> None:
    """O2: an order is not smaller than the minimum trade, a sale not than all that the account holds."""
    lots, limit = problem.lots, problem.policy.limits.minimum_trade
    key, sales, bought = lots.account * len(problem.symbols) + lots.security, len(orders.sales), orders.bought
    held = np.bincount(key, lots.size, minlength=len(problem.accounts) * len(problem.symbols))
    amount = SMALLEST_ORDER if limit is None else limit.amount
    least = np.concatenate([np.minimum(amount, held[orders.sales]), np.full(len(bought), amount)])
    row, columns = trades.of(orders.sold)
    terms: list[Term] = [(orders.sale[row], columns, 1.0), (sales + np.arange(len(bought)), trades.buy[bought], 1.0)]
    terms.append((np.arange(len(f)), f, -least))
    if limit is not None and limit.price is not None:
        short = program.add_columns(bracketed("short", orders.names), 0.0, np.inf)
        program.charge("limits", short, limit.price)
        terms.append((np.arange(len(f)), short, 1.0))
    program.add_rows(bracketed("O2", orders.names), terms, lower=0.0)


def _one_side(program: Program, problem: Problem, orders: _Possible, f: Indices) -> None:
    """O3: an account does not both sell and buy a security."""
    sales = {key: i for i, key in enumerate(orders.sales.tolist())}
    key = (orders.account * len(problem.symbols) + orders.security)[len(sales) :].tolist()
    both = [(sales[each], len(sales) + i) for i, each in enumerate(key) if each in sales]
    if both:
        sell, buy = np.array(both).T
        count = np.arange(len(both))
        labels = [f"O3[{orders.names[i].removesuffix(' sell')}]" for i in sell.tolist()]
        program.add_rows(labels, [(count, f[sell], 1.0), (count, f[buy], 1.0)], upper=1.0)


def _counts(program: Program, problem: Problem, orders: _Possible, f: Indices) -> Indices:
    """O4: the sales, and the purchases, of an account, counted where there may be several.

    The search branches on them: "no purchase here, or at least one" settles at once what one order at a time, of many
    that are nearly alike, settles slowly.
    """
    buys = np.arange(len(f)) >= len(orders.sales)
    _, place, count = np.unique(2 * orders.account + buys, return_inverse=True, return_counts=True)
    several = np.flatnonzero(count > 1)
    row = np.full(len(count), -1)
    row[several] = np.arange(len(several))
    own = np.flatnonzero(row[place] >= 0)
    first = np.array([own[row[place[own]] == i][0] for i in range(len(several))], dtype=np.int64)
    names = [f"{problem.accounts[orders.account[i]]}/{'buy' if buys[i] else 'sell'}" for i in first]
    counted = program.add_columns(bracketed("orders", names), 0, count[several], integer=True)
    terms: list[Term] = [(np.arange(len(several)), counted, 1.0), (row[place[own]], f[own], -1.0)]
    if len(several):
        program.add_rows(bracketed("O4", names), terms, 0.0, 0.0)
    return counted
