"""What the search asks of a solver and gets from it. highs.py is one; another needs only to match `Backend`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

from ..formulation.arrays import Floats, Indices
from ..formulation.program import Program

TOLERANCE = 1e-6
"""By how much of what the household holds a solver's answer may be off: HiGHS's own feasibility tolerances."""

Goal = Literal["cost", "shortfall", "violation"]
"""What is minimized: the objective, the shortfall of elastic rows, or that plus twice what trading costs."""


class SolverError(RuntimeError):
    """A solver refused a call or gave no usable answer; the message is its own."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the search stands, in dollars."""

    seconds: float
    objective: float
    bound: float


@dataclass(frozen=True, slots=True)
class Options:
    """How to solve a program."""

    unit: float
    """Dollars that the solver counts as one."""
    time_limit: float
    """Seconds."""
    gap: float = 0.0
    """Dollars: stop when the objective is at most this far above the bound."""
    goal: Goal = "cost"
    fixed: tuple[Indices, Floats] | None = None
    """Columns that keep a value, and the values."""
    relaxed: Indices | None = None
    """Integer columns that may be fractional."""
    progress: Callable[[Progress], None] | None = None


@dataclass(frozen=True, slots=True)
class SolverResult:
    """What a solver answered."""

    status: Literal["optimal", "time", "none"]
    """optimal: within the gap; time: stopped with a point; none: stopped without one."""
    point: Floats | None
    bound: float
    """Dollars; −infinity where nothing is proven."""
    detail: str
    """The solver's name, version and own words."""
    row_dual: Floats
    """Of a linear program: dollars by which the objective rises per unit of each row's bound; else empty."""
    column_dual: Floats
    """Of a linear program: reduced costs, dollars per unit; else empty."""


Backend = Callable[[Program, Options], SolverResult]
"""Minimizes a program. Raises SolverError when the solver fails or calls the program infeasible or unbounded."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What every solver call for one household shares: the unit of account and the deadline."""

    unit: float
    """Dollars that the solver counts as one."""
    deadline: float
    """When the time is up, by perf_counter."""

    def options(
        self,
        *,
        gap: float = 0.0,
        goal: Goal = "cost",
        fixed: tuple[Indices, Floats] | None = None,
        relaxed: Indices | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Options:
        """Options with the time that is left. A tenth of a second is always given, so that every call can answer."""
        left = max(self.deadline - perf_counter(), 0.1)
        return Options(self.unit, left, gap, goal, fixed, relaxed, progress)
