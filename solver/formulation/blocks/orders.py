"""Orders, where their number or their size matters (docs/formulation.md, rows O).

sets       orders o: a security sold, or bought, in an account
variables  f_o = 1: the order is placed
rows       O1 x_l ≤ p q_l f_o, y_ak ≤ U_a f_o;  O2[o] dollars of o + short_o ≥ minimum f_o;  O3[a/k] f_sell + f_buy ≤ 1
objective  trading: commission_a f_o;  limits: the price of what an order falls short of the minimum
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..arrays import Indices
    from ..problem import Problem
    from ..program import Program, Term
    from .trades import Trades


SMALLEST_ORDER = 1.0
"""Dollars: where commissions are paid or orders counted, none is placed for less."""


@dataclass(frozen=True, slots=True)
class Orders:
    """The columns f with the account of each."""

    placed: Indices
    account: Indices


def add_orders(program: Program, problem: Problem, trades: Trades) -> Orders:
    """Add f and rows O, in accounts where something asks for them, and charge commissions."""
    lots, buys, limits = problem.lots, problem.buys, problem.policy.limits
    watched = problem.commission > 0
    if limits.trades is not None or limits.minimum_trade is not None:
        watched[:] = True

    sold = np.flatnonzero(lots.open & watched[lots.account])
    key = lots.account * len(problem.symbols) + lots.security
    sales, sale = np.unique(key[sold], return_inverse=True)
    bought = np.flatnonzero(buys.free & watched[buys.account])
    account = np.concatenate([sales // len(problem.symbols), buys.account[bought]]).astype(np.int64)
    security = np.concatenate([sales % len(problem.symbols), buys.security[bought]]).astype(np.int64)
    names = [
        f"{problem.accounts[a]}/{problem.symbols[k]} {'sell' if i < len(sales) else 'buy'}"
        for i, (a, k) in enumerate(zip(account, security, strict=True))
    ]
    f = program.add_columns([f"f[{name}]" for name in names], 0, 1, integer=True)
    orders = Orders(f, account)
    if not len(f):
        return orders
    program.charge("trading", f, problem.commission[account])

    row, columns = trades.of(sold)
    if len(sold):
        program.add_rows(
            [f"O1[{lots.label[lot]}]" for lot in sold],
            [(row, columns, 1.0), (np.arange(len(sold)), f[sale], -lots.size[sold])],
            upper=0.0,
        )
    if len(bought):
        count = np.arange(len(bought))
        program.add_rows(
            [f"O1[{buys.label[buy]}]" for buy in bought],
            [(count, trades.buy[bought], 1.0), (count, f[len(sales) :], -buys.limit[bought])],
            upper=0.0,
        )
    held = np.bincount(key, lots.size, minlength=len(problem.accounts) * len(problem.symbols))
    amount = SMALLEST_ORDER if limits.minimum_trade is None else limits.minimum_trade.amount
    least = np.concatenate([np.minimum(amount, held[sales]), np.full(len(bought), amount)])
    terms: list[Term] = [(sale[row], columns, 1.0), (len(sales) + np.arange(len(bought)), trades.buy[bought], 1.0)]
    terms.append((np.arange(len(f)), f, -least))
    if limits.minimum_trade is not None and limits.minimum_trade.price is not None:
        short = program.add_columns([f"short[{name}]" for name in names], 0.0, np.inf)
        program.charge("limits", short, limits.minimum_trade.price)
        terms.append((np.arange(len(f)), short, 1.0))
    program.add_rows([f"O2[{name}]" for name in names], terms, lower=0.0)
    place = {key: i for i, key in enumerate(sales.tolist())}
    bought_key = (account * len(problem.symbols) + security)[len(sales) :].tolist()
    both = [(place[key], len(sales) + i) for i, key in enumerate(bought_key) if key in place]
    if both:
        sell, buy = np.array(both).T
        count = np.arange(len(both))
        labels = [f"O3[{names[i].removesuffix(' sell')}]" for i in sell.tolist()]
        program.add_rows(labels, [(count, f[sell], 1.0), (count, f[buy], 1.0)], upper=1.0)
    return orders
