"""Household drift against the class bands (docs/formulation.md, rows D).

variables  over_near, over_far, under_near, under_far ≥ 0 by class, dollars outside the band
rows       D1[c] X_c − over_near − over_far ≤ hi_c V,  D2[c] X_c + under_near + under_far ≥ lo_c V
objective  drift: near_cost and far_cost per dollar
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from .problem import Problem
    from .program import Indices, Program
    from .trades import Trades


def add_drift(program: Program, problem: Problem, trades: Trades, cash: Indices) -> None:
    """Add the drift columns, D1 and D2, and charge the drift."""
    lots, buys, prices = problem.lots, problem.buys, problem.policy.drift
    classes = problem.classes
    count = np.arange(len(classes))
    near = prices.near_width * max(problem.value, 0.0)
    sides = {
        side: (
            program.add_columns([f"{side}_near[{name}]" for name in classes], 0.0, near),
            program.add_columns([f"{side}_far[{name}]" for name in classes], 0.0, np.inf),
        )
        for side in ("over", "under")
    }
    for columns in sides.values():
        program.charge("drift", columns[0], prices.near_cost)
        program.charge("drift", columns[1], prices.far_cost)

    # X_c less what it is before the trades, which moves to the right-hand side.
    held, bought = problem.exposure[lots.security], problem.exposure[buys.security]
    moved: list[tuple[ArrayLike, ArrayLike, ArrayLike]] = [
        (count, trades.sell[:, None], -held),
        (count, trades.buy[:, None], bought),
        (problem.cash_class, cash, 1.0),
    ]
    before = problem.class_before.copy()
    before[problem.cash_class] -= problem.cash.sum()
    over, under = sides["over"], sides["under"]
    program.add_rows(
        [f"D1[{name}]" for name in classes],
        [*moved, (count, over[0], -1.0), (count, over[1], -1.0)],
        upper=problem.upper * problem.value - before,
    )
    program.add_rows(
        [f"D2[{name}]" for name in classes],
        [*moved, (count, under[0], 1.0), (count, under[1], 1.0)],
        lower=problem.lower * problem.value - before,
    )
