"""The least violation: where no plan is known that keeps every hard rule, how little of them must be broken."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from math import inf

import numpy as np

from ...models.schema.money import CENT
from ..formulation.model import Model
from .backend import Budget, SolverError, SolverResult
from .branch_and_bound import with_integers_fixed
from .highs import solve_program

MATTERS = 1e-7
"""Dollars of violation per dollar; a smaller dual value is rounding."""


def least_violation(model: Model, budget: Budget) -> tuple[SolverResult, tuple[str, ...]]:
    """A point with the least shortfall of elastic rows, and the labels of the rows that conflict there.

    The result's bound is −infinity, because nothing is proven about the objective. The shortfall alone is minimized
    first, because every rule may be kept after all; then the shortfall with twice what trading costs. Raises
    SolverError where the solver fails.
    """
    program = model.program
    program.allow_shortfalls()
    least = solve_program(program, budget.options(gap=float(CENT) / 2, goal="shortfall"))
    labels: tuple[str, ...] = ()
    if least.point is not None and program.shortfall(least.point) > float(CENT):
        least = solve_program(program, budget.options(gap=float(CENT) / 2, goal="violation"))
        if least.point is not None:
            with suppress(SolverError):
                labels = _conflicting(model, with_integers_fixed(model, least.point, budget, goal="violation"))
    return replace(least, bound=-inf), labels


def _conflicting(model: Model, result: SolverResult) -> tuple[str, ...]:
    """Labels of the rows and of the columns fixed at zero whose loosening would lessen the violation: the dual values
    of the linear program name them.
    """
    if not len(result.row_dual):
        return ()
    program = model.program
    rows = [program.row_labels[i] for i in np.flatnonzero(np.abs(result.row_dual) > MATTERS)]
    fixed = program.fixed_at_zero
    columns = [fixed[i] for i in np.flatnonzero(result.column_dual < -MATTERS).tolist() if i in fixed]
    return *rows, *columns
