"""The linear relaxation of a program on one HiGHS object: bounds of integers change, the basis stays."""

from __future__ import annotations

from math import inf

import highspy
import numpy as np

from ..formulation.arrays import Flags, Floats, Indices
from ..formulation.program import Program
from .backend import Budget, Goal, SolverError
from .scaling import check, goal_cost, quiet, scale

ZERO = 1e-9
"""A smaller coefficient of a proof is treated as rounding."""

MARGIN = 1e-7
"""By how much a proof of infeasibility must exceed rounding, in HiGHS's units."""

DEVEX = 1
"""HiGHS's number for approximate weights of edges in the dual simplex method."""


class OutOfTime(Exception):  # noqa: N818 - not an error
    """The deadline came while a linear program was solved."""


class WarmProgram:
    """A program whose integers may be fractional, solved again and again with other bounds on them.

    Values are dollars. HiGHS's cutoff (`objective_bound`) is not used: with it HiGHS 1.16 reports programs as
    infeasible that are not.
    """

    def __init__(self, program: Program, budget: Budget, goal: Goal = "cost") -> None:
        cost = goal_cost(program, goal)
        self._scaled = scale(program, cost, budget.unit)
        self.rows = program.rows()
        """The rows in dollars."""
        self._budget = budget
        self.integers = program.integers()
        lower, upper = program.bounds()
        self.bounds = lower[self.integers], upper[self.integers]
        """Lower and upper bounds of the integers, by position among them."""
        self.root: highspy.HighsBasis | None = None
        """The basis of the first answer, by which every integer was free; None before it."""
        self.solves = 0
        # On programs of this kind presolve takes longer than it saves, and so do the exact weights of steepest edges,
        # because HiGHS computes them anew after every setBasis, a row at a time.
        self._highs = quiet(presolve="off", simplex_dual_edge_weight_strategy=DEVEX)
        check(self._highs.passModel(self._scaled.model), "passModel")
        self._columns = self.integers.astype(np.int32)
        self._held = np.zeros(0, np.int32)
        self._late = False

    def restart(self, budget: Budget) -> None:
        """Start the next solve from the root, as if nothing had been solved since, by another deadline."""
        self._budget = budget
        check(self._highs.clearSolver(), "clearSolver")  # factors and weights as well, so that every step is the same
        if self.root is not None:
            check(self._highs.setBasis(self.root), "setBasis")

    def hold(self, columns: Indices) -> None:
        """Fix continuous columns at 0, and let go of those held before."""
        model, held = self._scaled.model, columns.astype(np.int32)
        lower, upper = np.array(model.col_lower_)[self._held], np.array(model.col_upper_)[self._held]
        zero = np.zeros(len(held))
        check(self._highs.changeColsBounds(len(self._held), self._held, lower, upper), "changeColsBounds")
        check(self._highs.changeColsBounds(len(held), held, zero, zero), "changeColsBounds")
        self._held = held

    def solve(
        self, lower: Floats, upper: Floats, basis: highspy.HighsBasis | None = None, *, late: bool = False
    ) -> float:
        """Minimize with these bounds on the integers and return the value in dollars; infinity if infeasible.

        `basis` is where to start; by default where the last solve ended. Raises OutOfTime at the deadline unless `late`
        (the first solve gets a tenth of a second whatever the time), and SolverError if HiGHS fails.
        """
        highs = self._highs
        self._late = late
        if self.root is not None and self._budget.is_over and not late:
            raise OutOfTime  # HiGHS looks at the clock only now and then, so small programs would be solved for ever
        check(highs.changeColsBounds(len(self._columns), self._columns, lower, upper), "changeColsBounds")
        if basis is not None:
            check(highs.setBasis(basis), "setBasis")
        status = self._run()
        if status == highspy.HighsModelStatus.kInfeasible and self._is_proven_infeasible(lower, upper):
            return inf
        if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kTimeLimit):
            check(highs.clearSolver(), "clearSolver")  # once more from nothing, because a poor basis can mislead
            status = self._run()
        if status == highspy.HighsModelStatus.kInfeasible:
            return inf
        if status == highspy.HighsModelStatus.kTimeLimit:
            raise OutOfTime
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolverError(f"HiGHS: {highs.modelStatusToString(status)}")
        self.root = self.root or self.basis
        value: float = highs.getInfo().objective_function_value * self._budget.unit
        return value

    def _run(self) -> highspy.HighsModelStatus:
        highs = self._highs
        left = inf if self._late else self._budget.left
        limit = highs.getRunTime() + left  # HiGHS counts from the making of the object
        check(highs.setOptionValue("time_limit", limit), "option time_limit")
        check(highs.run(), "run")
        self.solves += 1
        return highs.getModelStatus()

    def _is_proven_infeasible(self, lower: Floats, upper: Floats) -> bool:
        """Whether HiGHS's dual ray y proves it: Aᵀy x stays below the least of y times the rows' activities, or above
        the most, for every x within its bounds (Farkas' lemma).
        """
        status, known, ray = self._highs.getDualRay()  # type: ignore[attr-defined]  # missing in highspy's stubs
        if status == highspy.HighsStatus.kError or not known:
            return False
        model, rows, column, row = self._scaled.model, self.rows, self._scaled.column, self._scaled.row
        y = np.array(ray)
        slope = np.bincount(rows.column, rows.coefficient * (y / row)[rows.row], minlength=len(column)) * column
        least, most = np.array(model.col_lower_), np.array(model.col_upper_)
        least[self._held] = most[self._held] = 0.0
        least[self.integers], most[self.integers] = lower, upper
        ours, theirs = _range(slope, least, most), _range(y, np.array(model.row_lower_), np.array(model.row_upper_))
        margin = MARGIN * max(1.0, float(np.abs(y).max(initial=0.0)))
        return bool(ours[1] < theirs[0] - margin or ours[0] > theirs[1] + margin)

    # -- the last answer --------------------------------------------------------------------------------------------

    @property
    def basis(self) -> highspy.HighsBasis:
        """Where to start the next solve from, if not from the last."""
        return self._highs.getBasis()

    def point(self) -> Floats:
        """Every column, in dollars or counts."""
        found: Floats = np.array(self._highs.getSolution().col_value) * self._scaled.column
        return found

    def reduced_costs(self) -> Floats:
        """Dollars per unit of every column."""
        found: Floats = np.array(self._highs.getSolution().col_dual) * self._budget.unit / self._scaled.column
        return found

    def row_duals(self) -> Floats:
        """Dollars by which the value rises per unit of each row's bound."""
        found: Floats = np.array(self._highs.getSolution().row_dual) * self._budget.unit / self._scaled.row
        return found

    @property
    def detail(self) -> str:
        """The solver's name and version."""
        return f"HiGHS {self._highs.version()}"


def _range(slope: Floats, lower: Floats, upper: Floats) -> tuple[float, float]:
    """The least and the most of slope · x for lower ≤ x ≤ upper."""
    used: Flags = np.abs(slope) > ZERO
    slope, lower, upper = slope[used], lower[used], upper[used]
    at_least, at_most = np.where(slope > 0, lower, upper), np.where(slope > 0, upper, lower)
    return float(slope @ at_least), float(slope @ at_most)
