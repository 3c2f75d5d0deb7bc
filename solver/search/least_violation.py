"""The least violation: if no known plan keeps every hard rule, how little the rules must be broken."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np

from ...models.schema.money import CENT
from ..formulation.model import Model
from .backend import Budget, SolverResult
from .branch_and_bound import Search, branch_and_bound

SMALLEST_PRICE = 1e-7
"""Dollars of violation per unit; a smaller dual value is treated as rounding."""


def least_violation(model: Model, budget: Budget, how: Search) -> tuple[SolverResult, tuple[str, ...]]:
    """A point with the least violation, and the labels of the rows that conflict there.

    The shortfalls alone are minimized first, because a plan that keeps every rule may exist after all. If they come to
    more than a cent, the shortfalls plus twice the trading cost are minimized. The result's bound is −infinity, because
    nothing is proven about the objective. Allows shortfalls in the program. Raises SolverError if the solver fails.
    """
    program = model.program
    program.allow_shortfalls()
    least = branch_and_bound(model, budget, float(CENT) / 2, None, how, "shortfall")
    labels: tuple[str, ...] = ()
    if least.point is not None and program.shortfall(least.point) > float(CENT):
        least = branch_and_bound(model, budget, float(CENT) / 2, None, how, "violation")
        labels = _conflicting(model, least)
    return replace(least, bound=-inf), labels


def _conflicting(model: Model, result: SolverResult) -> tuple[str, ...]:
    """Labels of the rows, and of the rules that fix columns at zero, whose relaxation would reduce the violation,
    according to the dual values of the linear program.
    """
    if not len(result.row_dual):
        return ()
    program = model.program
    rows = [program.row_labels[i] for i in np.flatnonzero(np.abs(result.row_dual) > SMALLEST_PRICE)]
    fixed = program.fixed_at_zero
    columns = [fixed[i] for i in np.flatnonzero(result.column_dual < -SMALLEST_PRICE).tolist() if i in fixed]
    return *rows, *columns
