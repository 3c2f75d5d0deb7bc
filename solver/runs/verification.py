"""A household solved twice: by the program and by the oracle, which share only the models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...models import Household, Plan, Policy
from ..accounting.books import Books
from ..accounting.violations import rounding
from ..api import GAP_BP, TIME_LIMIT, solve

if TYPE_CHECKING:
    from ..oracle.program import Optimum

TOLERANCE = 1e-8
"""The fraction of what the household holds by which two solvers may differ."""

LINES = 10
"""Number of bill lines and parts of the objective that a plan rounds to the cent and the oracle does not."""


@dataclass(frozen=True, slots=True)
class Verification:
    """A plan and the oracle's optimum for the same household and policy."""

    solver: str
    """The oracle's solver."""
    plan: Plan
    optimum: Optimum
    gap: float
    """Dollars within which the oracle was to prove its optimum, if its solver is HiGHS or SCIP."""
    tolerance: float
    """Dollars that rounding and the two solvers' tolerances explain."""

    @property
    def difference(self) -> float:
        """The plan's objective less the optimum, in dollars."""
        return self.plan.objective - self.optimum.objective

    @property
    def findings(self) -> list[str]:
        """Where the two solves disagree, in words; an empty list means that they agree."""
        found, proof = [], self.plan.certificate
        violated = self.optimum.violation > self.tolerance
        if bool(self.plan.violations) != violated:
            sides = ("the plan", "the oracle") if violated else ("the oracle", "the plan")
            found.append(f"{sides[0]} keeps every rule, {sides[1]} cannot")
        if proof.bound is not None and proof.bound > self.optimum.objective + self.tolerance:
            found.append(f"the bound {proof.bound:,.2f} is above the optimum {self.optimum.objective:,.2f}")
        if self.plan.violations or violated:
            return found  # the violations may differ by cents that change the objective by dollars
        if self.difference < -self.tolerance - self.gap:
            found.append(f"the plan is ${-self.difference:,.2f} better than the optimum")
        if proof.gap is not None and self.difference > proof.gap + self.tolerance:
            found.append(f"the optimum is ${self.difference:,.2f} better than the plan, whose gap is ${proof.gap:,.2f}")
        return found


def verify(
    household: Household,
    policy: Policy | None = None,
    *,
    solver: str = "HIGHS",
    gap_bp: float = GAP_BP,
    time_limit: float = TIME_LIMIT,
) -> Verification:
    """Solve a household by the program and by the oracle; `solver` is any MIP solver that cvxpy knows.

    `gap_bp` (basis points of the household's value) and `time_limit` (seconds) hold for each of them, for the oracle if
    its solver is HiGHS or SCIP. Raises OracleError if the oracle has no optimum.
    """
    from ..oracle.program import find_optimum  # late: cvxpy takes a second to import

    policy = policy or Policy()
    plan = solve(household, policy, gap_bp=gap_bp, time_limit=time_limit)
    gap = gap_bp * 1e-4 * max(plan.market_value, 0.0)
    best = find_optimum(household, policy, solver=solver, gap=gap, time_limit=time_limit)
    held = sum(abs(account.cash) + account.contribution + account.withdrawal for account in household.accounts)
    scale = held + sum(
        lot.quantity * household.security[lot.symbol].price for account in household.accounts for lot in account.lots
    )
    cents = float(rounding(Books(household, policy), plan.trades)) + 0.01 * LINES
    return Verification(solver, plan, best, gap, cents + TOLERANCE * scale)
