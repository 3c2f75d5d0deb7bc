"""Preferred securities and those that stand in for them (docs/formulation.md).

objective  preference: ρ_ak per dollar bought; what a stand-in costs, credited per dollar of it sold
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .problem import Problem
    from .program import Program
    from .trades import Trades


def add_preference(program: Program, problem: Problem, trades: Trades) -> None:
    """Charge purchases of what stands in for something preferred; credit its sales."""
    lots, buys = problem.lots, problem.buys
    program.charge("preference", trades.buy, buys.preference)
    stand_in = np.flatnonzero(problem.stand_in[lots.security[trades.lot]])
    program.charge("preference", trades.sell[stand_in], -problem.policy.stand_in_cost)
