"""The pull of asset classes toward their targets, inside the bands too (docs/formulation.md, row D9).

variables  over_target[c], under_target[c] ≥ 0, dollars beyond the distances from target that are free
rows       D9[c] −r⁻ ≤ X − w V − over_target + under_target ≤ r⁺
objective  to_target: π per dollar
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..labels import bracketed
from .drift import class_exposure

if TYPE_CHECKING:
    from ..arrays import Indices
    from ..problem import Problem
    from ..program import Program
    from .trades import Trades


def add_to_target(program: Program, problem: Problem, trades: Trades, cash: Indices) -> None:
    """Add row D9 and charge the distance from target, unless that costs nothing. `cash` holds the columns m."""
    cost, classes, count = problem.policy.to_target_cost, problem.classes, np.arange(len(problem.classes))
    if not cost:
        return
    over = program.add_columns(bracketed("over_target", classes), 0.0, np.inf)
    under = program.add_columns(bracketed("under_target", classes), 0.0, np.inf)
    program.charge("to_target", np.concatenate([over, under]), cost)
    held, terms = class_exposure(problem, trades, cash)
    at_target = problem.weight * problem.target_value - held
    free_over, free_under = problem.free_distances
    terms += [(count, over, -1.0), (count, under, 1.0)]
    program.add_rows(bracketed("D9", classes), terms, at_target - free_under, at_target + free_over)
