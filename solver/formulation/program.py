"""A mixed-integer program under construction: labelled columns and rows, and a cost in named parts.

Blocks add to it in dollars; search/highs.py scales it and passes it to the solver as arrays. A point can be checked
against the rows without a solver (`broken_rows`), which is how the blocks are tested. Rows that may be impossible to
meet are *elastic*: each has a column shortfall[..], fixed at zero unless shortfalls are allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Floats, Indices

Term = tuple[ArrayLike, ArrayLike, ArrayLike]
"""Part of some rows: positions among them, columns and coefficients, which broadcast together."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows as arrays: lower ≤ A x ≤ upper, A in coordinates (row, column, coefficient)."""

    row: Indices
    column: Indices
    coefficient: Floats
    lower: Floats
    upper: Floats

    def activity(self, point: Floats) -> Floats:
        """A x, one number per row."""
        total = np.zeros(len(self.lower))
        np.add.at(total, self.row, self.coefficient * point[self.column])
        return total


class Program:
    """minimize Σ cost, subject to labelled rows and bounds; columns are continuous (dollars) or integer (counts)."""

    def __init__(self) -> None:
        self.labels: list[str] = []
        self.row_labels: list[str] = []
        self.costs: dict[str, dict[int, float]] = {}
        self.shortfalls: dict[int, tuple[str, float]] = {}
        """By shortfall column: the label of its elastic row, and the dollars that one unit of shortfall counts as."""
        self._shortfalls_allowed = False
        self._columns: list[tuple[Floats, Floats, bool]] = []
        self._rows: list[tuple[Indices, Indices, Floats, Floats, Floats]] = []
        self._fixed_at_zero: list[tuple[int, str]] = []

    def add_columns(
        self, labels: Sequence[str], lower: ArrayLike, upper: ArrayLike, *, integer: bool = False
    ) -> Indices:
        """Add a column for each label and return their indices. `lower` and `upper` broadcast to the labels."""
        size = len(labels)
        first = len(self.labels)
        self.labels += labels
        self._columns.append((np.broadcast_to(_floats(lower), size), np.broadcast_to(_floats(upper), size), integer))
        return np.arange(first, first + size)

    def add_rows(
        self,
        labels: Sequence[str],
        terms: Sequence[Term],
        lower: ArrayLike = -np.inf,
        upper: ArrayLike = np.inf,
    ) -> None:
        """Add a row for each label: lower ≤ Σ terms ≤ upper.

        The terms of a row must not name a column twice.
        """
        size = len(labels)
        first = len(self.row_labels)
        self.row_labels += labels
        row, column, value = (
            np.concatenate([np.ravel(part[axis]) for part in map(np.broadcast_arrays, *zip(*terms, strict=True))])
            for axis in range(3)
        )
        kept = value != 0
        self._rows.append(
            (
                row[kept].astype(np.int64) + first,
                column[kept].astype(np.int64),
                _floats(value[kept]),
                np.broadcast_to(_floats(lower), size),
                np.broadcast_to(_floats(upper), size),
            )
        )

    def add_elastic_rows(
        self,
        labels: Sequence[str],
        terms: Sequence[Term],
        *,
        lower: ArrayLike | None = None,
        upper: ArrayLike | None = None,
        counted: float = 1.0,
        integer: bool = False,
    ) -> None:
        """Add rows with one bound, `lower` or `upper`, each with a column shortfall[label], fixed at zero for now.

        `counted` is the dollars that one unit of the shortfall counts as. `integer` makes the shortfalls integer.
        """
        shortfall = self.add_columns([f"shortfall[{label}]" for label in labels], 0.0, 0.0, integer=integer)
        self.shortfalls |= {int(column): (label, counted) for column, label in zip(shortfall, labels, strict=True)}
        sign = 1.0 if upper is None else -1.0
        bounds = (-np.inf if lower is None else lower), (np.inf if upper is None else upper)
        self.add_rows(labels, [*terms, (np.arange(len(labels)), shortfall, sign)], *bounds)

    def fix_at_zero(self, columns: Indices, labels: Sequence[str]) -> None:
        """Fix columns at zero, each labelled by the rule that blocks it."""
        self._fixed_at_zero += zip(columns.tolist(), labels, strict=True)

    def charge(self, part: str, columns: ArrayLike, dollars: ArrayLike) -> None:
        """Add dollars per unit of each column to a part of the objective."""
        costs = self.costs.setdefault(part, {})
        for column, value in zip(*np.broadcast_arrays(np.asarray(columns), _floats(dollars)), strict=True):
            costs[int(column)] = costs.get(int(column), 0.0) + float(value)

    # -- as arrays --------------------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """The number of columns."""
        return len(self.labels)

    @property
    def fixed_at_zero(self) -> dict[int, str]:
        """The columns fixed at zero, and the label of the rule that blocks each."""
        return dict(self._fixed_at_zero)

    def bounds(self) -> tuple[Floats, Floats]:
        """Lower and upper bounds by column. Blocked columns have upper bound 0; so do shortfalls until allowed."""
        lower = np.concatenate([column[0] for column in self._columns] or [np.zeros(0)])
        upper = np.concatenate([column[1] for column in self._columns] or [np.zeros(0)])
        upper[[column for column, _ in self._fixed_at_zero]] = 0.0
        if self._shortfalls_allowed:
            upper[list(self.shortfalls)] = np.inf
        return lower, upper

    def integers(self) -> Indices:
        """The indices of the integer columns."""
        flags = [np.full(len(lower), integer) for lower, _, integer in self._columns]
        return np.flatnonzero(np.concatenate(flags or [np.zeros(0, bool)]))

    def rows(self) -> Rows:
        """All rows as arrays."""
        empty = np.zeros(0)
        row, column, value, lower, upper = (
            np.concatenate([part[axis] for part in self._rows] or [empty]) for axis in range(5)
        )
        return Rows(row.astype(np.int64), column.astype(np.int64), value, lower, upper)

    def cost(self) -> Floats:
        """Dollars per unit of every column, all parts together."""
        total = np.zeros(self.size)
        for costs in self.costs.values():
            total[list(costs)] += list(costs.values())
        return total

    def allow_shortfalls(self) -> None:
        """Let elastic rows have shortfalls."""
        self._shortfalls_allowed = True

    def cap_shortfalls(self, most: float, rows: str = "") -> None:
        """Add a row: shortfalls of elastic rows whose labels begin with `rows` are at most `most` dollars together."""
        capped = {column: counted for column, (label, counted) in self.shortfalls.items() if label.startswith(rows)}
        self.add_rows([f"least violation {rows}".strip()], [(0, list(capped), list(capped.values()))], upper=most)

    def shortfall_cost(self) -> Floats:
        """Dollars of shortfall per unit of every column."""
        total = np.zeros(self.size)
        total[list(self.shortfalls)] = [counted for _, counted in self.shortfalls.values()]
        return total

    def violation_cost(self) -> Floats:
        """Dollars per unit of every column, as minimized in the least violation: shortfalls plus twice the cost of
        trading. Without that cost, a plan could churn to waste cash and so show a smaller shortfall.
        """
        total, trading = self.shortfall_cost(), self.costs.get("trading", {})
        total[list(trading)] += 2 * np.array(list(trading.values()))
        return total

    def shortfall(self, point: Floats, rows: str = "") -> float:
        """Dollars of shortfall at a point, of the elastic rows whose labels begin with `rows`."""
        return float(
            sum(point[column] * part for column, (label, part) in self.shortfalls.items() if label.startswith(rows))
        )

    # -- a point ----------------------------------------------------------------------------------------------------

    def part(self, name: str, point: Floats) -> float:
        """Dollars of one part of the objective at a point."""
        costs = self.costs.get(name, {})
        return float(sum(point[column] * dollars for column, dollars in costs.items()))

    def objective(self, point: Floats) -> float:
        """Dollars of the whole objective at a point."""
        return float(self.cost() @ point)

    def broken_rows(self, point: Floats, tolerance: float = 1e-6) -> list[str]:
        """Labels of the rules, columns (bounds, integrality) and rows that a point breaks by more than `tolerance`."""
        broken = [label for column, label in self._fixed_at_zero if abs(point[column]) > tolerance]
        fixed = {column for column, _ in self._fixed_at_zero}
        lower, upper = self.bounds()
        outside = np.flatnonzero((point < lower - tolerance) | (point > upper + tolerance))
        broken += [self.labels[column] for column in outside if column not in fixed]
        fractional = self.integers()
        broken += [
            self.labels[i] for i in fractional[np.abs(point[fractional] - np.round(point[fractional])) > tolerance]
        ]
        rows = self.rows()
        activity = rows.activity(point)
        wrong = np.flatnonzero((activity < rows.lower - tolerance) | (activity > rows.upper + tolerance))
        return broken + [self.row_labels[row] for row in wrong]


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
