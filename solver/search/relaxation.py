"""How tight the program is: its linear relaxation."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from ...models import Household, Policy
from ...models.schema.money import CENT
from ..formulation.model import build_model
from ..formulation.problem import build_problem
from .backend import TOLERANCE, Budget, SolverError
from .highs import solve_program
from .search import unit_of

TIME_LIMIT = 60.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The program with every integer relaxed."""

    bound: float
    """Dollars; no plan has a lower objective."""
    groups: int
    """The number of two-sided groups."""
    fractional: int
    """The number of two-sided groups whose side z is fractional."""
    seconds: float


def relax(household: Household, policy: Policy | None = None) -> Relaxation:
    """Solve the linear relaxation of a household's program. Raises SolverError if HiGHS fails or finds no solution."""
    began = perf_counter()
    problem = build_problem(household, policy or Policy())
    model = build_model(problem)
    z = model.sides.z[model.sides.z >= 0]
    if problem.size < float(CENT):
        return Relaxation(0.0, 0, 0, perf_counter() - began)
    options = Budget(unit_of(problem), began + TIME_LIMIT).options(relaxed=model.program.integers())
    root = solve_program(model.program, options)
    if root.point is None:
        raise SolverError(root.detail)
    fractional = int((np.abs(root.point[z] - np.round(root.point[z])) > TOLERANCE).sum())
    return Relaxation(root.bound, len(z), fractional, perf_counter() - began)
