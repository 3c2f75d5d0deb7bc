"""Values of the tax bill as sums of columns, and the sheet of rows on which a maximum of two of them is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ...models import Household

Affine = Any  # a cvxpy expression, or a number

DUST = 1e-7
"""Scaled dollars; smaller amounts are a solver's tolerance, neither a trade nor a shortfall."""


@dataclass(frozen=True, eq=False)
class Column:
    """A variable, and its bounds, in scaled dollars."""

    variable: Any
    """A cvxpy variable, or whatever a sheet calls its columns."""
    lo: float
    hi: float


@dataclass(frozen=True, eq=False)
class Value:
    """A constant plus columns times numbers. What two values share cancels before their difference is bounded."""

    constant: float
    weights: Mapping[Column, float]

    @property
    def lo(self) -> float:
        """The least that it can be, by the bounds of its columns."""
        return self.constant + sum(min(w * c.lo, w * c.hi) for c, w in self.weights.items())

    @property
    def hi(self) -> float:
        """The most that it can be, by the bounds of its columns."""
        return -(-self).lo

    @property
    def written(self) -> Affine:
        """The value as a cvxpy expression."""
        return self.constant + sum(w * c.variable for c, w in self.weights.items())

    def __add__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            return Value(self.constant + other, self.weights)
        weights = {c: self.weights.get(c, 0.0) + other.weights.get(c, 0.0) for c in {**self.weights, **other.weights}}
        return Value(self.constant + other.constant, {c: w for c, w in weights.items() if w})

    def __mul__(self, rate: float) -> Value:
        return Value(rate * self.constant, {c: rate * w for c, w in self.weights.items() if rate})

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Value | float) -> Value:
        return self + -other


class Sheet(Protocol):
    """What the rows of the bill are written on; its dollars are divided by `unit`."""

    @property
    def household(self) -> Household: ...  # noqa: D102
    @property
    def unit(self) -> float: ...  # noqa: D102

    def realized(self, term: str) -> Column | None:
        """Return a column for the net gain of the sales of a term, short or long; None if no sale has any.

        Its reach is from all loss lots and no gain lots sold to all gain lots and no loss lots sold.
        """

    def maximum(self, value: Value) -> Column:
        """Return a column for max(value, 0), with the rows by which a binary says which of the two it is."""


def positive(p: Sheet, value: Value) -> Value:
    """Return max(value, 0): a new column and a binary, unless the value's bounds settle its sign up to DUST."""
    if value.hi <= DUST:
        return Value(0.0, {})
    if value.lo >= -DUST:
        return value
    return Value(0.0, {p.maximum(value): 1.0})


def smaller(p: Sheet, one: Value, other: Value) -> Value:
    """Return the smaller of two values."""
    return one - positive(p, one - other)
