"""Asset location (docs/formulation.md): the tax on the income of what a taxable account holds.

objective  location: δ_k per dollar bought in a taxable account, less δ_k per dollar sold there
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .problem import Problem
    from .program import Program
    from .trades import Trades


def add_location(program: Program, problem: Problem, trades: Trades) -> None:
    """Charge the income drag of purchases in taxable accounts, credit that of sales."""
    lots, buys, drag = problem.lots, problem.buys, problem.income_drag
    sold = np.flatnonzero(problem.taxable[lots.account[trades.lot]])
    program.charge("location", trades.sell[sold], -drag[lots.security[trades.lot[sold]]])
    bought = np.flatnonzero(problem.taxable[buys.account])
    program.charge("location", trades.buy[bought], drag[buys.security[bought]])
