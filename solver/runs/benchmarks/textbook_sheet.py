"""Columns and rows of the textbook model as plain arrays, and their way straight to HiGHS."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import process_time
from typing import TYPE_CHECKING

import highspy
import numpy as np

from ...formulation.arrays import Floats, Indices
from ...oracle.values import DUST, Column
from ...search.backend import SolverError
from ...search.scaling import quiet

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ....models import Household
    from ...formulation.problem import Problem
    from ...oracle.values import Value

Term = tuple["ArrayLike", "ArrayLike", "ArrayLike"]
"""Part of some rows: positions among them, columns and coefficients, which broadcast together."""


@dataclass(frozen=True, slots=True)
class Solution:
    """What HiGHS found, in dollars; None for what it did not find."""

    objective: float | None
    bound: float | None
    seconds: float
    """CPU seconds; the time limit if it ended the search."""
    timed_out: bool
    point: Floats | None
    """In units of the sheet."""


@dataclass
class ArraySheet:
    """The model under construction. Its dollars are divided by `unit`; binaries and whole shares stay as they are."""

    problem: Problem
    unit: float
    sell: Indices = field(default_factory=lambda: np.zeros(0, np.int64))
    """The column of every lot, once it has been added."""
    constant: float = 0.0
    """The objective where every column is 0, in units."""
    _columns: list[tuple[Floats, Floats, bool]] = field(default_factory=list)
    _rows: list[tuple[Indices, Indices, Floats, Floats, Floats]] = field(default_factory=list)
    _costs: list[tuple[Indices, Floats]] = field(default_factory=list)
    _size: int = 0
    _height: int = 0

    @property
    def household(self) -> Household:
        """The household of the problem."""
        return self.problem.household

    def columns(
        self, count: int, upper: ArrayLike = np.inf, lower: ArrayLike = 0.0, *, integer: bool = False
    ) -> Indices:
        """Add columns and return their indices."""
        self._columns.append((_spread(lower, count), _spread(upper, count), integer))
        self._size += count
        return np.arange(self._size - count, self._size)

    def rows(self, count: int, terms: list[Term], lower: ArrayLike = -np.inf, upper: ArrayLike = np.inf) -> None:
        """Add rows: lower ≤ Σ terms ≤ upper."""
        row, column, value = (
            np.concatenate([np.ravel(part[axis]) for part in map(np.broadcast_arrays, *zip(*terms, strict=True))])
            for axis in range(3)
        )
        kept = value != 0
        where = row[kept].astype(np.int64) + self._height, column[kept].astype(np.int64), value[kept].astype(np.float64)
        self._rows.append((*where, _spread(lower, count), _spread(upper, count)))
        self._height += count

    def charge(self, columns: Indices, cost: ArrayLike) -> None:
        """Add to the objective, in units per unit of each column."""
        self._costs.append((columns, _spread(cost, len(columns))))

    # -- the tax bill (oracle.values.Sheet) -------------------------------------------------------------------------

    def realized(self, term: str) -> Column | None:
        """Return a column for the net gain of the sales of a term; None if no sale has any."""
        lots = self.problem.lots
        of_term = (lots.short if term == "short" else lots.long) & (lots.gain != 0)
        most = np.where(of_term & lots.open, lots.gain * lots.size, 0.0) / self.unit
        lo, hi = float(np.minimum(most, 0).sum()), float(np.maximum(most, 0).sum())
        if hi - lo <= DUST:
            return None
        column = int(self.columns(1, hi, lo)[0])
        sold = np.flatnonzero(of_term)
        self.rows(1, [(0, column, 1.0), (0, self.sell[sold], -lots.gain[sold])], 0.0, 0.0)
        return Column(column, lo, hi)

    def maximum(self, value: Value) -> Column:
        """Return a column for max(value, 0): z ≥ value, z ≤ value − lo (1 − b), z ≤ hi b."""
        z, b = int(self.columns(1)[0]), int(self.columns(1, 1.0, integer=True)[0])
        weights: Term = (0, [c.variable for c in value.weights], [-w for w in value.weights.values()])
        self.rows(1, [(0, z, 1.0), weights], lower=value.constant)
        self.rows(1, [(0, z, 1.0), weights, (0, b, -value.lo)], upper=value.constant - value.lo)
        self.rows(1, [(0, z, 1.0), (0, b, -value.hi)], upper=0.0)
        return Column(z, 0.0, value.hi)

    def charge_value(self, value: Value, price: float) -> None:
        """Add a value times a price to the objective."""
        self.constant += price * value.constant
        self.charge(
            np.array([c.variable for c in value.weights], dtype=np.int64), price * np.array([*value.weights.values()])
        )

    # -- the solver -------------------------------------------------------------------------------------------------

    def minimize(self, gap: float, time_limit: float) -> Solution:
        """Minimize with HiGHS to a gap in dollars, for at most `time_limit` seconds.

        Raises SolverError if HiGHS finds no solution and no end of the time.
        """
        began = process_time()
        highs = quiet(
            time_limit=float(time_limit),
            mip_rel_gap=0.0,
            mip_abs_gap=gap / self.unit,
            mip_feasibility_tolerance=1e-7,
        )
        highs.passModel(self._model())
        highs.run()
        status, info = highs.getModelStatus(), highs.getInfo()
        late = status == highspy.HighsModelStatus.kTimeLimit
        if not late and status != highspy.HighsModelStatus.kOptimal:
            raise SolverError(f"HiGHS, textbook model: {highs.modelStatusToString(status)}")
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        point = np.array(highs.getSolution().col_value) if found else None
        mixed = any(integer for lower, _, integer in self._columns if len(lower))
        bound = info.mip_dual_bound if mixed else info.objective_function_value
        return Solution(
            objective=None if point is None else self.unit * (info.objective_function_value + self.constant),
            bound=self.unit * (bound + self.constant) if np.isfinite(bound) else None,
            seconds=time_limit if late else process_time() - began,
            timed_out=late,
            point=point,
        )

    def _model(self) -> highspy.HighsLp:
        row, column, value, lower, upper = (np.concatenate([part[axis] for part in self._rows]) for axis in range(5))
        order = np.argsort(row, kind="stable")
        cost = np.zeros(self._size)
        for columns, dollars in self._costs:
            np.add.at(cost, columns, dollars)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_, lp.col_cost_ = self._size, self._height, cost
        lp.col_lower_, lp.col_upper_ = (np.concatenate([part[axis] for part in self._columns]) for axis in range(2))
        lp.row_lower_, lp.row_upper_ = lower, upper
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = self._size, self._height
        lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=self._height))])
        lp.a_matrix_.index_, lp.a_matrix_.value_ = column[order], value[order]
        kinds = [highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger]
        lp.integrality_ = [kinds[integer] for lows, _, integer in self._columns for _ in lows]
        return lp


def _spread(values: ArrayLike, count: int) -> Floats:
    return np.broadcast_to(np.asarray(values, dtype=np.float64), count)
