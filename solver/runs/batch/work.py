"""The unit of work of a run: one household, from its cells to its rows in the tables of the run."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from time import perf_counter

from ....models import InputError, Policy
from ...api import route, solve
from ...auditor.audit import audit
from .book import Header, Rows, household_of
from .outcomes import ACCOUNT_BY_ACCOUNT, Outcome, Told, planned, refused


@dataclass(frozen=True, slots=True)
class Setup:
    """What all households of a run share."""

    header: Header
    policy: Policy
    gap_bp: float

    def digest(self) -> str:
        """A digest of everything but a household's own cells that decides its plan."""
        parts = self.header.digest, self.policy.model_dump_json(), repr(self.gap_bp), version("lotroute")
        return sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Task:
    """One household to plan."""

    rows: Rows
    limit: float
    """Seconds for the plan."""
    digest: str
    """The digest of all that decides the household's plan."""
    greedy: str = ""
    """Why the router's plan is asked for; empty if the best plan is."""
    at_deadline: bool = False
    """Whether it is asked for because the deadline of the run is near."""
    attempts: int = 1
    """1, or more if earlier processes failed at it."""
    spent: float = 0.0
    """Seconds that earlier attempts took."""

    def told(self, seconds: float) -> Told:
        """Return what is said of the outcome of this attempt, which took `seconds`."""
        spent = self.spent + seconds
        return Told(self.rows.household, self.digest, spent, self.attempts, self.at_deadline)


def digest_of(setup: str, rows: Rows) -> str:
    """Return the digest of all that decides a household's plan, from that of the setup and the household's cells."""
    return sha256(f"{setup}\n{rows.digest()}".encode()).hexdigest()


def plan_household(setup: Setup, task: Task) -> Outcome:
    """Return the outcome of one household: its plan with reason codes only, or every fault of its input.

    The router's plan is audited here, any other in `solve`. Raises RuntimeError if the audit refuses the router's.
    """
    began = perf_counter()

    def told() -> Told:
        return task.told(perf_counter() - began)

    try:
        household = household_of(setup.header, task.rows)
    except InputError as error:
        return refused(error.faults, told())
    if task.greedy:
        plan = route(household, setup.policy, explain="codes")
        if findings := audit(household, plan, setup.policy):
            raise RuntimeError(f"the audit refused the router's plan: {'; '.join(map(str, findings))}")
        return planned(household, plan, told(), task.greedy)
    left = max(task.limit - (perf_counter() - began), 0.01)
    plan = solve(
        household,
        setup.policy,
        gap_bp=setup.gap_bp,
        time_limit=left,
        explain="codes",
        beside=[ACCOUNT_BY_ACCOUNT],
    )
    return planned(household, plan, told())
