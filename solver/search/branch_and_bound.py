"""The program solved to its gap: by the tree (tree.py), and by HiGHS's own branch and bound where that grows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from time import perf_counter
from typing import Literal

import numpy as np

from ..formulation.arrays import Flags, Floats, Indices
from ..formulation.model import Model
from .backend import TOLERANCE, Budget, Goal, Progress, SolverError, SolverResult
from .highs import solve_program
from .scaling import goal_cost
from .tree import DECISIONS, ORDERS, SHARES, Tree
from .warm_program import OutOfTime, WarmProgram

Search = Literal["tree", "highs"]
"""What searches: the tree, which hands over to HiGHS where it grows, or HiGHS alone."""

MOST_NODES = 250
"""Nodes after which HiGHS takes over, because its cuts then are worth their time."""

WORDS = {"optimal": "Optimal", "time": "Time limit reached", "none": "Node limit reached"}
"""The status of the tree's answers, in HiGHS's words."""

NONE = np.zeros(0)


def branch_and_bound(
    model: Model,
    budget: Budget,
    gap: float,
    progress: Callable[[Progress], None] | None = None,
    how: Search = "tree",
    goal: Goal = "cost",
    start: Floats | None = None,
    warm: WarmProgram | None = None,
) -> SolverResult:
    """Minimize the program to within `gap` dollars; the integers of the point are whole.

    `start` has values of integer columns that the tree tries first, NaN for any. `warm` is the program for the
    tree to solve, if the caller has it.

    HiGHS's own branch and bound searches if `how` asks for it, if the tree fails, and if it grows: first for whole
    shares at the tree's other integers, then among all that the tree left open. It is not told the tree's best point:
    with a start, HiGHS 1.16 returns points that are not its optimum. Raises SolverError if HiGHS fails or the
    program has no solution.
    """
    known: SolverResult | None = None
    if how == "tree":
        with suppress(SolverError):
            known = _grown(model, warm or WarmProgram(model.program, budget, goal), budget, gap, progress, start)
            if known.status == "none" and known.point is not None and len(model.shares):
                shares = _whole_shares(model, known.point, budget, gap, goal)
                known = _better(model, known, replace(shares, status="none", bound=known.bound), gap, goal)
            if known.status != "none" or budget.is_over:
                return known
    settled = None if known is None or known.effort is None else known.effort.settled
    options = budget.options(gap=gap, goal=goal, fixed=settled, progress=progress)
    found = _polished(model, solve_program(model.program, options), budget, goal)
    if known is None:
        return found
    return _better(model, known, replace(found, bound=max(known.bound, found.bound)), gap, goal)


def _better(model: Model, known: SolverResult, found: SolverResult, gap: float, goal: Goal) -> SolverResult:
    """The better point of what the tree knows and what HiGHS found since, with the bound of the latter.

    The status is "optimal" if the gap is closed, otherwise that of the latter.
    """
    cost = goal_cost(model.program, goal)
    kept = found
    if found.point is None or (known.point is not None and cost @ known.point < cost @ found.point):
        kept = replace(known, bound=found.bound)
    closed = kept.point is not None and float(cost @ kept.point) - kept.bound <= gap
    return replace(kept, status="optimal" if closed else found.status, effort=known.effort)


def _whole_shares(model: Model, point: Floats, budget: Budget, gap: float, goal: Goal) -> SolverResult:
    """HiGHS's whole shares with the other integers as they are at a point. Raises SolverError if the solver fails."""
    others = np.setdiff1d(model.program.integers(), model.shares)
    fixed = others, point[others].round()
    found = solve_program(model.program, budget.options(gap=gap / 2, goal=goal, fixed=fixed))
    return _polished(model, found, budget, goal)


def _grown(
    model: Model,
    warm: WarmProgram,
    budget: Budget,
    gap: float,
    progress: Callable[[Progress], None] | None,
    start: Floats | None,
) -> SolverResult:
    """What the tree finds; the status is "none" if the gap is still open. Raises SolverError if HiGHS fails."""
    began = perf_counter()

    def report(value: float, bound: float) -> None:
        if progress is not None:
            progress(Progress(perf_counter() - began, value, bound))

    tree = Tree(warm, *stages(model, warm.integers), gap, report)
    status: Literal["optimal", "time", "none"] = "none"
    try:
        tree.grow(MOST_NODES, None if start is None else start[warm.integers])
        status = "optimal" if tree.is_proven else "none"
    except OutOfTime:
        status = "none" if tree.best is None else "time"
    result = SolverResult(status, None, tree.bound, f"{warm.detail}: {WORDS[status]}", NONE, NONE, tree.effort)
    if tree.best is None:
        return result
    # every integer whole, so that nothing is gained from a tolerance; a few steps, which are worth being late for
    value = warm.solve(tree.best, tree.best, late=True)
    if value > tree.value + gap + TOLERANCE * budget.unit:
        raise SolverError("the tree's best point is not feasible with whole integers")
    return replace(result, point=warm.point(), row_dual=warm.row_duals(), column_dual=warm.reduced_costs())


def stages(model: Model, integers: Indices) -> tuple[Indices, Flags]:
    """When the tree branches on each integer, and which a dive rounds up first: orders and their counts."""
    stage = np.full(len(integers), DECISIONS)
    stage[np.isin(integers, model.orders.placed)] = ORDERS
    stage[np.isin(integers, model.shares)] = SHARES
    return stage, np.isin(integers, np.concatenate([model.orders.placed, model.orders.counted]))


def _polished(model: Model, found: SolverResult, budget: Budget, goal: Goal) -> SolverResult:
    """The linear program with the integers of a point, so that nothing is gained from their tolerance."""
    if found.point is None:
        return found
    try:
        exact = with_integers_fixed(model, found.point, budget, goal)
    except SolverError:  # keep the point of branch and bound; the audit checks it like any other
        return found
    if exact.point is None:
        return found
    return replace(found, point=exact.point, row_dual=exact.row_dual, column_dual=exact.column_dual)


def with_integers_fixed(model: Model, point: Floats, budget: Budget, goal: Goal = "cost") -> SolverResult:
    """Solve the linear program that remains when every integer is fixed at its value at `point`.

    Raises SolverError if the solver fails.
    """
    integers = model.program.integers()
    fixed = integers, point[integers].round()
    return solve_program(model.program, budget.options(goal=goal, fixed=fixed))
