"""Cash per account (docs/formulation.md, rows C).

variables  m_a = cash[a], dollars after the trades
rows       C1[a] m_a = cash + contribution − withdrawal + Σ (1 − h) x − Σ (1 + h) y
           C2[a] m_a ≥ floor_a
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .problem import Problem
    from .program import Indices, Program
    from .trades import Trades


def add_cash(program: Program, problem: Problem, trades: Trades) -> Indices:
    """Add m, C1 and C2; give the columns m, one an account."""
    lots, buys, h = problem.lots, problem.buys, problem.half_spread
    count = np.arange(len(problem.accounts))
    cash = program.add_columns([f"cash[{name}]" for name in problem.accounts], -np.inf, np.inf)
    program.add_rows(
        [f"C1[{name}]" for name in problem.accounts],
        [
            (count, cash, 1.0),
            (lots.account, trades.sell, h[lots.security] - 1),
            (buys.account, trades.buy, 1 + h[buys.security]),
        ],
        problem.cash,
        problem.cash,
    )
    program.add_rows([f"C2[{name}]" for name in problem.accounts], [(count, cash, 1.0)], lower=problem.floor)
    return cash
