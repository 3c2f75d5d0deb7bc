"""Cash per account (docs/formulation.md, rows C).

variables  m_a = cash[a], dollars of cash after the trades
rows       C1[a] m_a = cash + contribution − withdrawal + what the plan moves in − what it moves out
                 + Σ (1 − h) x − Σ (1 + h) y − commission Σ f
           C2[a] m_a + shortfall[C2[a]] ≥ minimum_cash,  C3[a] m_a − shortfall[C3[a]] ≤ maximum_cash
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....models.policy.violation_weights import CASH_COUNTS
from ..labels import bracketed
from .moves import NO_MOVES

if TYPE_CHECKING:
    from ..arrays import Indices
    from ..problem import Problem
    from ..program import Program
    from .moves import MoveColumns
    from .orders import Orders
    from .trades import Trades


def add_cash(
    program: Program, problem: Problem, trades: Trades, orders: Orders, moves: MoveColumns = NO_MOVES
) -> Indices:
    """Add the columns m and rows C; return the columns m, one per account. C3 is for accounts with a maximum."""
    lots, buys, h = problem.lots, problem.buys, problem.half_spread
    names, count = np.array(problem.accounts), np.arange(len(problem.accounts))
    cash = program.add_columns(bracketed("cash", names), -np.inf, np.inf)
    program.add_rows(
        bracketed("C1", names),
        [
            (count, cash, 1.0),
            (lots.account[trades.lot], trades.sell, lots.cost[trades.lot] - 1),
            (buys.account, trades.buy, 1 + h[buys.security]),
            (orders.account, orders.placed, problem.commission[orders.account]),
            (moves.account, moves.column, -moves.into),
        ],
        problem.cash,
        problem.cash,
    )
    program.add_elastic_rows(bracketed("C2", names), [(count, cash, 1.0)], lower=problem.minimum, counted=CASH_COUNTS)
    capped = np.flatnonzero(np.isfinite(problem.maximum))
    if len(capped):
        terms = [(np.arange(len(capped)), cash[capped], 1.0)]
        program.add_elastic_rows(bracketed("C3", names[capped]), terms, upper=problem.maximum[capped])
    return cash
