"""How fast a run goes, how long it still takes, and when it must turn to greedy plans to end by its deadline."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from time import perf_counter

from .chunks import GRACE, Part, Terms
from .outcomes import State

GREEDY_BUILDS = 3.0
"""A router's plan and its audit take about as long as so many builds of a household's program; measured 1.5 to 2.5."""

FIRST_GUESS = 0.2
"""Seconds of a router's plan before any household is done."""

SAFETY = 2.0
"""How many times the time that the remaining router's plans should take is kept for them."""

TO_WRITE = 3.0
"""Seconds kept before the deadline to write the last parts and the summary."""


@dataclass
class Pace:
    """What is done of a run so far."""

    households: int
    """Households to plan in this run."""
    workers: int
    per_household: float
    deadline: float | None = None
    """When the run ends, in seconds since 1970."""
    done: int = 0
    states: Counter[State] = field(default_factory=Counter)
    _greedy_seconds: float = 0.0
    _began: float = field(default_factory=perf_counter)

    def note(self, part: Part) -> None:
        """Count the households of a part."""
        for outcome in part.outcomes:
            self.done += 1
            self.states[outcome.state] += 1
            self._greedy_seconds += GREEDY_BUILDS * outcome.build_seconds

    @property
    def seconds(self) -> float:
        """Seconds since the run began."""
        return perf_counter() - self._began

    @property
    def rate(self) -> float:
        """Households a second so far."""
        return self.done / self.seconds if self.done else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds that the rest takes at this rate; None if nothing is done so far."""
        return (self.households - self.done) / self.rate if self.done else None

    def terms(self) -> Terms:
        """Return how long the next households may take."""
        if self.deadline is None:
            return Terms(self.per_household)
        each = self._greedy_seconds / self.done if self.done else FIRST_GUESS
        kept = SAFETY * each * (self.households - self.done) / self.workers + GRACE + TO_WRITE
        return Terms(self.per_household, self.deadline - kept, self.deadline - TO_WRITE)
