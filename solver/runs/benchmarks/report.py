"""What every benchmark's report has: how it was run, its cases, and both as data."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from ...api import GAP_BP, TIME_LIMIT
from ...auditor.audit import audit

if TYPE_CHECKING:
    from ....models import Household, Plan


class Measured(Protocol):
    """The fields that every case has."""

    @property
    def household(self) -> str: ...  # noqa: D102
    @property
    def status(self) -> str: ...  # noqa: D102
    @property
    def timed_out(self) -> bool: ...  # noqa: D102
    @property
    def errors(self) -> tuple[str, ...]: ...  # noqa: D102


C = TypeVar("C", bound=Measured)


def versions() -> dict[str, str]:
    """Return the versions of lotroute, HiGHS and Python."""
    return {"lotroute": version("lotroute"), "HiGHS": version("highspy"), "Python": platform.python_version()}


@dataclass(frozen=True)
class Report(Generic[C]):
    """The results of a run, and how it was run."""

    name: ClassVar[str]
    """The command without `lotroute`."""

    households: int
    seed: int
    time_limit: float
    """Seconds per solve."""
    cases: tuple[C, ...]
    versions: dict[str, str] = field(default_factory=versions)
    cores: int | None = field(default_factory=os.cpu_count)

    @property
    def options(self) -> str:
        """The command's options that every benchmark shares."""
        limit = "" if self.time_limit == TIME_LIMIT else f" --time-limit {self.time_limit:g}"
        return f"--seed {self.seed}{limit}"

    @property
    def command(self) -> str:
        """The command that repeats the run."""
        return f"lotroute {self.name} --households {self.households} {self.options}"

    @property
    def conditions(self) -> str:
        """How it was run, in words: versions, cores, gap and time limit."""
        what = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        where = "" if self.cores is None else f" of a machine with {self.cores} cores"
        limits = f"gap {GAP_BP:g} bp, time limit {self.time_limit:g} s a household"
        return f"{what}; one solve at a time, on one core{where}; {limits}."

    def summary(self) -> dict[str, Any]:
        """Return the figures of the run, as data; each benchmark defines it."""
        raise NotImplementedError

    def as_dict(self) -> dict[str, Any]:
        """Return data for JSON: how it was run, the figures, the cases."""
        how = {name: getattr(self, name) for name in ("command", "seed", "time_limit", "versions", "cores")}
        cases = [asdict(case) for case in self.cases]  # type: ignore[call-overload] # every case is a dataclass
        return how | {"gap_bp": GAP_BP} | self.summary() | {"cases": cases}

    def values(self, name: str) -> list[float]:
        """Return a field of every case in which it is not None."""
        return [value for case in self.cases if (value := getattr(case, name)) is not None]


def run_cases(
    households: Iterable[Household], measure: Callable[[Household], C], progress: Callable[[C], None] | None
) -> tuple[C, ...]:
    """Measure households one after the other; `progress` is called with each case."""
    cases = []
    for household in households:
        cases.append(measure(household))
        if progress is not None:
            progress(cases[-1])
    return tuple(cases)


def tried(errors: list[str], name: str, household: Household, make: Callable[[], Plan | None]) -> Plan | None:
    """Make a plan and audit it; None if there is none or anything is raised.

    Exceptions and findings are added to `errors`, so that a benchmark counts failures and goes on.
    """
    try:
        plan = make()
        if plan is not None:
            errors.extend(f"{name}: {finding}" for finding in audit(household, plan))
    except Exception as error:
        errors.append(f"{name}: {type(error).__name__}: {error}")
        return None
    return plan


def ended(cases: Sequence[Measured]) -> str:
    """Return how many households ended with which status, as a sentence without its period."""
    many = "household" if len(cases) == 1 else "households"
    how = ", ".join(f"{count} {status}" for status, count in Counter(case.status for case in cases).most_common())
    late, wrong = sum(case.timed_out for case in cases), sum(bool(case.errors) for case in cases)
    late_words = f"; the time limit stopped {late}" if late else ""
    wrong_words = f"; errors in {wrong}" if wrong else ""
    return f"{len(cases)} {many}: {how or 'none'}{late_words}{wrong_words}"
