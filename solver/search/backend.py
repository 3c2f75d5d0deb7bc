"""The interface of the search to a solver. highs.py is one solver; another needs only to match `Backend`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

from ..formulation.arrays import Floats, Indices
from ..formulation.program import Program

TOLERANCE = 1e-6
"""How far off a solver's answer may be, as a fraction of what the household holds: HiGHS's feasibility tolerance."""

Goal = Literal["cost", "shortfall", "violation"]
"""What is minimized: the objective, the shortfalls of elastic rows, or the shortfalls plus twice the trading cost."""


class SolverError(RuntimeError):
    """A solver refused a call or gave no usable answer. The message says which, with the solver's status if any."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the search stands: seconds since it began, objective and bound in dollars."""

    seconds: float
    objective: float
    bound: float


@dataclass(frozen=True, slots=True)
class Options:
    """How to solve a program."""

    unit: float
    """Dollars in one unit of the solver."""
    time_limit: float
    """Seconds."""
    gap: float = 0.0
    """Dollars; the solver stops when the objective is at most this far above the bound."""
    goal: Goal = "cost"
    fixed: tuple[Indices, Floats] | None = None
    """Columns that are fixed, and their values."""
    relaxed: Indices | None = None
    """Integer columns that may be fractional."""
    progress: Callable[[Progress], None] | None = None


@dataclass(frozen=True, slots=True)
class Effort:
    """What the search of a tree took."""

    fractional: int
    """Integers that are fractional in the linear relaxation of the whole program."""
    nodes: int
    """Nodes of the tree."""
    relaxations: int
    """Linear programs solved."""
    root_seconds: float
    """CPU seconds of the first of them."""
    settled: tuple[Indices, Floats]
    """Integer columns that are the same in every better point, and their values."""


@dataclass(frozen=True, slots=True)
class SolverResult:
    """A solver's answer."""

    status: Literal["optimal", "time", "none"]
    """optimal: within the gap; time: out of time, with a point; none: out of time, without one."""
    point: Floats | None
    bound: float
    """Dollars; −infinity if nothing is proven."""
    detail: str
    """The solver's name, its version and its status in its own words."""
    row_dual: Floats
    """For a linear program, dollars by which the goal rises per unit of each row's bound; otherwise empty."""
    column_dual: Floats
    """For a linear program, the reduced cost of each column, dollars per unit; otherwise empty."""
    effort: Effort | None = None
    """What the tree did, if it searched."""


Backend = Callable[[Program, Options], SolverResult]
"""Minimizes a program. Raises SolverError if the solver fails or reports the program infeasible or unbounded."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What all solver calls for one household share: the unit of account and the deadline."""

    unit: float
    """Dollars in one unit of the solver."""
    deadline: float
    """The end of the time limit, by perf_counter."""

    @property
    def left(self) -> float:
        """The seconds that are left, but at least a tenth of a second, so that every call can answer."""
        return max(self.deadline - perf_counter(), 0.1)

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return perf_counter() >= self.deadline

    def options(
        self,
        *,
        gap: float = 0.0,
        goal: Goal = "cost",
        fixed: tuple[Indices, Floats] | None = None,
        relaxed: Indices | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Options:
        """Options with the time that is left."""
        return Options(self.unit, self.left, gap, goal, fixed, relaxed, progress)
