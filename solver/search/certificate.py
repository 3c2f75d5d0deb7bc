"""What is proven about a plan."""

from __future__ import annotations

from math import inf

from ...models.plan.certificate import Certificate, Status
from ...models.schema.money import CENT, exact
from ..formulation.problem import Problem
from .backend import TOLERANCE
from .candidates import Candidate
from .search import SearchResult

ROUNDED_LINES = 5
"""Lines of the bill in the objective, each rounded to the cent: three taxes and two losses carried forward."""


SCOPE = (
    "Left out are plans that, in an identity group whose losses they wash, also sell a lot of the last 30 days at a "
    "loss (or one that an earlier loss has used in part), or wash a loss of less than 0.01 % of the price, of a lot of "
    "one order with a purchase in its window, or by nothing but a purchase of the same day in the same account, "
    "or buy what an earlier loss waits for."
)
"""The plans that the program leaves out if it prices wash sales (docs/wash_sales.md)."""


def dollars_asked(problem: Problem, gap_bp: float) -> float:
    """Return a gap in basis points of W as dollars."""
    return gap_bp * 1e-4 * max(problem.market_value, 0.0)


def gap_to_search(problem: Problem, gap_bp: float) -> float:
    """Return the gap in dollars to search to, so that the plan is within `gap_bp` after shares and cents are rounded.

    A cent for each order that the plan may have, and for each rounded figure, is left to rounding, but at most half of
    the requested gap, because most plans have far fewer orders.
    """
    asked = dollars_asked(problem, gap_bp)
    figures = len(problem.lots.label) + len(problem.buys.security) + ROUNDED_LINES
    return asked - min(figures * float(CENT), asked / 2)


def lowered_by(best: Candidate) -> float:
    """Return the dollars by which a bound is lowered: half a cent for each figure of a plan that is rounded."""
    return float(CENT) / 2 * (len(best.orders) + len(best.after.parts) + ROUNDED_LINES)


def scope(problem: Problem, bound: float | None) -> str:
    """Return the plans of which a bound does not speak, in words."""
    return SCOPE if bound is not None and problem.policy.wash_sales == "price" else ""


def certify(problem: Problem, best: Candidate, found: SearchResult, gap_bp: float) -> Certificate:
    """Return what the search proves about the best candidate. `gap_bp` is the requested gap, in basis points of W.

    The bound is lowered by half a cent for each figure that is rounded. A bound above the objective by more than the
    solver's tolerance is refuted and left out. The plan is optimal only if its gap, rounding included, is within the
    requested one; if the gap exceeds that by no more than rounding can add, the plan is within rounding.
    """
    objective, result, lower = float(best.after.objective), found.result, lowered_by(best)
    lowered, detail = result.bound - lower, result.detail
    if lowered > objective + problem.size * TOLERANCE:
        detail += f"; but its bound, {result.bound:,.2f}, is refuted by this plan"
        lowered = -inf
    status: Status = "feasible"
    bound = gap = gap_in_bp = rounding = None
    if lowered > -inf:
        bound = min(lowered, objective)
        gap, asked = float(best.after.objective - exact(bound)), dollars_asked(problem, gap_bp)
        gap_in_bp = gap / problem.market_value * 1e4 if problem.market_value > 0 else None
        rounding = gap - min(max(found.value - result.bound, 0.0), gap)
        status = "optimal" if gap <= asked else "within_rounding" if gap <= asked + 2 * lower else "feasible"
    return Certificate(
        status="infeasible" if best.violation > 0 else status,
        limit="time" if result.status != "optimal" else None,
        bound=bound,
        scope=scope(problem, bound),
        gap=gap,
        gap_bp=gap_in_bp,
        gap_asked_bp=gap_bp,
        rounding=rounding,
        tax_binaries=found.tax_binaries,
        method="branch and bound",
        detail=detail,
    )


def nothing_to_trade(problem: Problem, best: Candidate, gap_bp: float) -> Certificate:
    """The certificate of a household that holds less than a cent: its only plan is optimal."""
    objective = float(best.after.objective)
    in_bp = 0.0 if problem.market_value > 0 else None
    proven = {"bound": objective, "gap": 0.0, "gap_bp": in_bp, "gap_asked_bp": gap_bp, "rounding": 0.0}
    return Certificate(status="optimal", method="nothing to trade", **proven)
