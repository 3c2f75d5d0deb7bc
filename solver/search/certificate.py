"""What is proven about a plan."""

from __future__ import annotations

from math import inf

from ...models.plan.certificate import Certificate
from ...models.schema.money import CENT
from ..formulation.problem import Problem
from .backend import TOLERANCE
from .candidates import Candidate
from .search import SearchResult

ROUNDED_LINES = 5
"""Lines of the bill in the objective, each rounded to the cent: three taxes and two losses carried forward."""


def certify(problem: Problem, best: Candidate, found: SearchResult, gap_bp: float) -> Certificate:
    """Return what the search proves about the best candidate. `gap_bp` is the requested gap, in basis points of W.

    The bound is lowered by half a cent for each figure that is rounded. A bound above the objective by more than the
    solver's tolerance is refuted and left out.
    """
    objective, result = float(best.after.objective), found.result
    rounding = float(CENT) / 2 * (len(best.orders) + len(best.after.parts) + ROUNDED_LINES)
    lowered, detail = result.bound - rounding, result.detail
    if lowered > objective + problem.size * TOLERANCE:
        detail += f"; but its bound, {result.bound:,.2f}, is refuted by this plan"
        lowered = -inf
    bound = gap = gap_in_bp = None
    if lowered > -inf:
        bound = min(lowered, objective)
        gap = objective - bound
        gap_in_bp = gap / problem.market_value * 1e4 if problem.market_value > 0 else None
    proven = gap is not None and gap <= gap_bp * 1e-4 * max(problem.market_value, 0.0) + 2 * rounding
    return Certificate(
        status="infeasible" if best.violation > 0 else "optimal" if proven else "feasible",
        limit="time" if result.status != "optimal" else None,
        bound=bound,
        gap=gap,
        gap_bp=gap_in_bp,
        tax_binaries=found.tax_binaries,
        method="branch and bound",
        detail=detail,
    )


def nothing_to_trade(problem: Problem, best: Candidate) -> Certificate:
    """The certificate of a household that holds less than a cent: its only plan is optimal."""
    objective = float(best.after.objective)
    in_bp = 0.0 if problem.market_value > 0 else None
    return Certificate(status="optimal", bound=objective, gap=0.0, gap_bp=in_bp, method="nothing to trade")
