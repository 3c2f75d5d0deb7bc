"""A mixed-integer program under construction: labelled columns and rows, and a cost in named parts.

Blocks add to it in dollars; search/highs.py scales it and passes it to the solver as arrays. A point can be checked
against the rows without a solver (`broken_rows`), which is how the blocks are tested. Rows that may be impossible to
meet are *elastic*: each has a column shortfall[..], fixed at zero unless shortfalls are allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import Floats, Indices
from .labels import Labels

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
        self.costs: dict[str, list[tuple[Indices, Floats]]] = {}
        """By part of the objective: columns, and dollars per unit of each."""
        self.size = 0
        """The number of columns."""
        self._shortfalls_allowed = False
        self._labels: list[Sequence[str] | Labels] = []
        self._row_labels: list[Sequence[str] | Labels] = []
        self._row_count = 0
        self._columns: list[tuple[Floats, Floats, bool]] = []
        self._rows: list[tuple[Indices, Indices, Floats, Floats, Floats]] = []
        self._fixed_at_zero: list[tuple[Indices, Sequence[str] | Labels]] = []
        self._shortfalls: list[tuple[Indices, Sequence[str] | Labels, float]] = []

    def add_columns(
        self, labels: Sequence[str] | Labels, lower: ArrayLike, upper: ArrayLike, *, integer: bool = False
    ) -> Indices:
        """Add a column for each label and return their indices. `lower` and `upper` broadcast to the labels."""
        first, size = self.size, len(labels)
        self._labels.append(labels)
        self._columns.append((_filled(lower, size), _filled(upper, size), integer))
        self.size += size
        return np.arange(first, first + size)

    def add_rows(
        self,
        labels: Sequence[str] | Labels,
        terms: Sequence[Term],
        lower: ArrayLike = -np.inf,
        upper: ArrayLike = np.inf,
    ) -> None:
        """Add a row for each label: lower ≤ Σ terms ≤ upper.

        The terms of a row must not name a column twice.
        """
        first, size = self._row_count, len(labels)
        self._row_labels.append(labels)
        self._row_count += size
        parts = [_broadcast(np.asarray(row), np.asarray(column), np.asarray(value)) for row, column, value in terms]
        row, column, value = (np.concatenate([part[axis] for part in parts]) for axis in range(3))
        kept = value != 0
        self._rows.append(
            (
                row[kept].astype(np.int64) + first,
                column[kept].astype(np.int64),
                _floats(value[kept]),
                _filled(lower, size),
                _filled(upper, size),
            )
        )

    def add_elastic_rows(
        self,
        labels: Sequence[str] | Labels,
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
        named = Labels(len(labels), lambda: [f"shortfall[{label}]" for label in labels])
        shortfall = self.add_columns(named, 0.0, 0.0, integer=integer)
        self._shortfalls.append((shortfall, labels, counted))
        sign = 1.0 if upper is None else -1.0
        bounds = (-np.inf if lower is None else lower), (np.inf if upper is None else upper)
        self.add_rows(labels, [*terms, (np.arange(len(labels)), shortfall, sign)], *bounds)

    def fix_at_zero(self, columns: Indices, labels: Sequence[str] | Labels) -> None:
        """Fix columns at zero, each labelled by the rule that blocks it."""
        self._fixed_at_zero.append((columns, labels))

    def charge(self, part: str, columns: ArrayLike, dollars: ArrayLike) -> None:
        """Add dollars per unit of each column to a part of the objective."""
        place, each = np.atleast_1d(columns), np.atleast_1d(_floats(dollars))
        size = max(len(place), len(each)) if len(place) and len(each) else 0
        charged = np.empty(size, dtype=np.int64), np.empty(size)
        charged[0][:], charged[1][:] = place, each
        self.costs.setdefault(part, []).append(charged)

    # -- labels -----------------------------------------------------------------------------------------------------

    @property
    def labels(self) -> list[str]:
        """The labels of the columns."""
        return [label for labels in self._labels for label in labels]

    @property
    def row_labels(self) -> list[str]:
        """The labels of the rows."""
        return [label for labels in self._row_labels for label in labels]

    @property
    def single_rows(self) -> dict[str, int]:
        """By label, the rows that were added alone."""
        blocks = zip(accumulate(map(len, self._row_labels), initial=0), self._row_labels, strict=False)
        return {next(iter(labels)): first for first, labels in blocks if len(labels) == 1}

    @property
    def fixed_at_zero(self) -> dict[int, str]:
        """The columns fixed at zero, and the label of the rule that blocks each."""
        return dict(
            pair for columns, labels in self._fixed_at_zero for pair in zip(columns.tolist(), labels, strict=True)
        )

    @property
    def shortfalls(self) -> dict[int, tuple[str, float]]:
        """By shortfall column: the label of its elastic row, and the dollars that one unit of shortfall counts as."""
        return {
            column: (label, counted)
            for columns, labels, counted in self._shortfalls
            for column, label in zip(columns.tolist(), labels, strict=True)
        }

    # -- as arrays --------------------------------------------------------------------------------------------------

    def bounds(self) -> tuple[Floats, Floats]:
        """Lower and upper bounds by column. Blocked columns have upper bound 0; so do shortfalls until allowed."""
        lower = np.concatenate([column[0] for column in self._columns] or [np.zeros(0)])
        upper = np.concatenate([column[1] for column in self._columns] or [np.zeros(0)])
        for columns, _ in self._fixed_at_zero:
            upper[columns] = 0.0
        for columns, *_ in self._shortfalls if self._shortfalls_allowed else ():
            upper[columns] = np.inf
        return lower, upper

    def integers(self) -> Indices:
        """The indices of the integer columns."""
        flags = np.array([integer for *_, integer in self._columns], dtype=bool)
        sizes = np.array([len(lower) for lower, *_ in self._columns], dtype=np.int64)
        return np.flatnonzero(np.repeat(flags, sizes))

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
        for part in self.costs:
            total += self._cost_of(part)
        return total

    def _cost_of(self, part: str) -> Floats:
        """Dollars per unit of every column in one part of the objective."""
        charges = self.costs.get(part, [])
        if not charges:
            return np.zeros(self.size)
        columns, dollars = (np.concatenate([charge[axis] for charge in charges]) for axis in range(2))
        return np.bincount(columns.astype(np.int64), dollars, minlength=self.size).astype(np.float64)

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
        for columns, _, counted in self._shortfalls:
            total[columns] = counted
        return total

    def violation_cost(self) -> Floats:
        """Dollars per unit of every column, as minimized in the least violation: shortfalls plus twice the cost of
        trading. Without that cost, a plan could churn to waste cash and so show a smaller shortfall.
        """
        return self.shortfall_cost() + 2 * self._cost_of("trading")

    def shortfall(self, point: Floats, rows: str = "") -> float:
        """Dollars of shortfall at a point, of the elastic rows whose labels begin with `rows`."""
        return float(
            sum(point[column] * part for column, (label, part) in self.shortfalls.items() if label.startswith(rows))
        )

    # -- a point ----------------------------------------------------------------------------------------------------

    def part(self, name: str, point: Floats) -> float:
        """Dollars of one part of the objective at a point."""
        return float(self._cost_of(name) @ point)

    def objective(self, point: Floats) -> float:
        """Dollars of the whole objective at a point."""
        return float(self.cost() @ point)

    def broken_rows(self, point: Floats, tolerance: float = 1e-6) -> list[str]:
        """Labels of the rules, columns (bounds, integrality) and rows that a point breaks by more than `tolerance`."""
        rules, labels = self.fixed_at_zero, self.labels
        broken = [label for column, label in rules.items() if abs(point[column]) > tolerance]
        lower, upper = self.bounds()
        outside = np.flatnonzero((point < lower - tolerance) | (point > upper + tolerance))
        broken += [labels[column] for column in outside if column not in rules]
        fractional = self.integers()
        broken += [labels[i] for i in fractional[np.abs(point[fractional] - np.round(point[fractional])) > tolerance]]
        rows = self.rows()
        activity = rows.activity(point)
        wrong = np.flatnonzero((activity < rows.lower - tolerance) | (activity > rows.upper + tolerance))
        row_labels = self.row_labels
        return broken + [row_labels[row] for row in wrong]


def _filled(values: ArrayLike, size: int) -> Floats:
    """The values, broadcast to a size."""
    found = np.empty(size)
    found[:] = values
    return found


def _broadcast(*arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Arrays broadcast together, each in one dimension."""
    shape = np.broadcast(*arrays).shape
    found = []
    for array in arrays:
        full = array
        if array.shape != shape:
            full = np.empty(shape, array.dtype)
            full[...] = array
        found.append(full.reshape(-1))
    return tuple(found)


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
