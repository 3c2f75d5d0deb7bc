"""The program solved to its gap, by the solver's own branch and bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf

import numpy as np

from ..formulation.arrays import Floats
from ..formulation.model import Model
from .backend import Budget, Goal, Progress, SolverError, SolverResult
from .highs import solve_program


def branch_and_bound(
    model: Model, budget: Budget, gap: float, progress: Callable[[Progress], None] | None
) -> SolverResult:
    """Minimize the program's cost to within `gap` dollars.

    Whole shares are relaxed first, then found with the other integers fixed. That is usually within the gap, and 4 to
    20 times faster than all integers at once; if it is not within the gap, all integers are solved at once. Raises
    SolverError if the solver fails.
    """
    program = model.program
    if not len(model.shares):
        return solve_program(program, budget.options(gap=gap, progress=progress))
    loose = solve_program(program, budget.options(gap=gap / 2, relaxed=model.shares))
    if loose.point is None:
        return loose
    others = np.setdiff1d(program.integers(), model.shares)
    try:
        fixed = others, loose.point[others].round()
        whole = solve_program(program, budget.options(gap=gap / 2, fixed=fixed))
    except SolverError:  # the other integers may leave no whole shares
        whole = replace(loose, point=None)
    value = inf if whole.point is None else program.objective(whole.point)
    if value - loose.bound <= gap:
        return replace(whole, bound=loose.bound)
    every = solve_program(program, budget.options(gap=gap, progress=progress))
    point = every.point if every.point is not None and program.objective(every.point) <= value else whole.point
    status = every.status if every.status == "optimal" or point is None else "time"
    return replace(every, status=status, point=point, bound=max(every.bound, loose.bound))


def with_integers_fixed(model: Model, point: Floats, budget: Budget, goal: Goal = "cost") -> SolverResult:
    """Solve the linear program that remains when every integer is fixed at its value at `point`.

    Raises SolverError if the solver fails.
    """
    integers = model.program.integers()
    fixed = integers, point[integers].round()
    return solve_program(model.program, budget.options(goal=goal, fixed=fixed))
