"""Solve and route: from a household to an audited plan with its certificate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from time import perf_counter

from ..models import Certificate, Household, Plan, Policy
from ..models.base import exact
from .assemble import assemble
from .audit import audit
from .greedy import greedy
from .highs import Outcome, Progress, SolverError, solve_program
from .ledger import CENT, Ledger, Order, replay
from .model import build_model, sides_of
from .problem import Problem, build_problem
from .program import Floats
from .tickets import write_tickets

UNIT = 1e-5
"""The solver counts in this fraction of what the household holds, so that 0.1 bp is about one unit."""

GAP_BP = 0.1
"""The default gap: a tenth of a basis point of the household, $10 on a million."""

TIME_LIMIT = 60.0
"""Seconds."""

TOLERANCE = 1e-6
"""By how much of what the household holds a bound may lie above a plan's objective: HiGHS's own tolerances."""

ROUNDED_LINES = 5
"""Lines of the bill, each rounded to the cent, that the objective reads: three taxes and two losses carried on."""


@dataclass(frozen=True, slots=True)
class Booked:
    """Orders and what they do."""

    orders: list[Order]
    ledger: Ledger


def solve(
    household: Household,
    policy: Policy | None = None,
    *,
    gap_bp: float = GAP_BP,
    time_limit: float = TIME_LIMIT,
    progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """The best plan for a household, audited, with a proof of how good it is; never worse than `route(household)`.

    `gap_bp` is the gap to stop at, in basis points of the household's value; `time_limit` is in seconds. Where a limit
    comes first the plan says so; where the solver fails it is the router's, with the reason. Raises ValueError for a
    negative gap or a time limit that is not positive.
    """
    if not gap_bp >= 0 or not time_limit > 0:
        raise ValueError(f"gap_bp {gap_bp} must be at least 0, time_limit {time_limit} more than 0")
    began = perf_counter()
    problem = build_problem(household, policy or Policy())
    sold, bought = greedy(problem)
    found = _without_program(problem, write_tickets(problem, sold, bought))
    baselines = _objectives(found)
    outcome: Outcome | None = None
    trouble = ""
    if problem.size > 0:
        try:
            outcome, orders = _search(problem, sold, gap_bp, time_limit, progress)
            if orders is not None:
                found["program"] = _book(problem, orders)
        except SolverError as error:
            trouble = str(error)

    best = min(found.values(), key=lambda booked: booked.ledger.objective)
    certificate = _certify(problem, best, outcome, trouble, gap_bp, perf_counter() - began)
    plan = assemble(problem, best.orders, best.ledger, certificate, baselines)
    findings = audit(household, plan)
    if not findings:
        return plan
    refused = Certificate(
        status="fallback",
        method="router",
        seconds=certificate.seconds,
        detail=f"the audit refused the program's plan: {'; '.join(map(str, findings))}",
    )
    return assemble(problem, found["route"].orders, found["route"].ledger, refused, baselines)


def route(household: Household, policy: Policy | None = None) -> Plan:
    """The plan of the published routing table: milliseconds, every hard rule kept, nothing proven about its price."""
    began = perf_counter()
    problem = build_problem(household, policy or Policy())
    found = _without_program(problem, write_tickets(problem, *greedy(problem)))
    certificate = Certificate(
        status="infeasible" if problem.short.any() else "heuristic",
        method="router",
        seconds=perf_counter() - began,
    )
    return assemble(problem, found["route"].orders, found["route"].ledger, certificate, _objectives(found))


def _book(problem: Problem, orders: list[Order]) -> Booked:
    return Booked(orders, replay(problem.household, problem.policy, orders))


def _without_program(problem: Problem, routed: list[Order]) -> dict[str, Booked]:
    """The router's plan and, where that leaves no account short of cash, no trade at all."""
    found = {"route": _book(problem, routed)}
    idle = _book(problem, [])
    if all(idle.ledger.cash[account.id] >= exact(account.minimum_cash) for account in problem.household.accounts):
        found["nothing"] = idle
    return found


def _objectives(found: Mapping[str, Booked]) -> dict[str, float]:
    return {name: float(booked.ledger.objective) for name, booked in found.items()}


def _search(
    problem: Problem,
    routed: Floats,
    gap_bp: float,
    time_limit: float,
    progress: Callable[[Progress], None] | None,
) -> tuple[Outcome, list[Order] | None]:
    """Branch and bound, then the linear program at its binaries, so that nothing leaks through their tolerance."""
    model = build_model(problem)
    unit, gap = problem.size * UNIT, gap_bp * 1e-4 * max(problem.value, 0.0)
    start = sides_of(model, problem, routed)
    outcome = solve_program(model.program, unit=unit, gap=gap, time_limit=time_limit, start=start, progress=progress)
    if outcome.point is None:
        return outcome, None
    point = outcome.point
    binaries = model.program.binaries()
    if len(binaries):
        fixed = binaries, point[binaries].round()
        with suppress(SolverError):  # then the point of the search stands, and the audit judges it all the same
            polished = solve_program(model.program, unit=unit, gap=gap, time_limit=time_limit, fixed=fixed)
            point = point if polished.point is None else polished.point
    return outcome, write_tickets(problem, point[model.trades.sell], point[model.trades.buy])


def _certify(
    problem: Problem, best: Booked, outcome: Outcome | None, trouble: str, gap_bp: float, seconds: float
) -> Certificate:
    """What is proven of the best plan. The bound is lowered by half a cent for each figure that is rounded."""
    objective = float(best.ledger.objective)
    if problem.size <= 0:
        return Certificate(status="optimal", bound=objective, gap=0.0, method="nothing to trade", seconds=seconds)
    if outcome is None:
        return Certificate(status="fallback", method="router", seconds=seconds, detail=trouble)
    rounding = float(CENT) / 2 * (len(best.orders) + len(best.ledger.parts) + ROUNDED_LINES)
    lowered, detail = outcome.bound - rounding, outcome.detail
    if lowered > objective + problem.size * TOLERANCE:
        detail += f"; but its bound, {outcome.bound:,.2f}, is refuted by this plan"
        lowered = -inf
    bound = gap = gap_in_bp = None
    if lowered > -inf:
        bound = min(lowered, objective)
        gap = objective - bound
        gap_in_bp = gap / problem.value * 1e4 if problem.value > 0 else None
    proven = gap is not None and gap <= gap_bp * 1e-4 * max(problem.value, 0.0) + 2 * rounding
    return Certificate(
        status="infeasible" if problem.short.any() else "optimal" if proven else "feasible",
        limit="time" if outcome.status != "optimal" else None,
        bound=bound,
        gap=gap,
        gap_bp=gap_in_bp,
        method="branch and bound",
        seconds=seconds,
        detail=detail,
    )
