"""Solve and route: from a household to an audited plan with its certificate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter

from ..models import Certificate, Household, Plan, Policy
from .assemble import assemble
from .audit import audit
from .greedy import greedy
from .highs import Outcome, Progress, SolverError, solve_program
from .ledger import CENT, Order, replay
from .model import Model, build_model, sides_of
from .problem import Problem, build_problem
from .program import Floats
from .tickets import write_tickets

UNIT = 1e-5
"""The solver counts in this fraction of what the household holds, so that 0.1 bp is about one unit."""

GAP_BP = 0.1
"""The default gap: a tenth of a basis point of the household, $10 on a million."""

TIME_LIMIT = 60.0
"""Seconds."""


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
    if gap_bp < 0 or not time_limit > 0:
        raise ValueError(f"gap_bp {gap_bp} must be at least 0, time_limit {time_limit} more than 0")
    began = perf_counter()
    problem = build_problem(household, policy or Policy())
    sold, bought = greedy(problem)
    routed = write_tickets(problem, sold, bought)
    baselines = _baselines(problem, routed)
    candidates = [routed] if _leaves_cash_short(problem) else [[], routed]
    outcome: Outcome | None = None
    trouble = ""
    if problem.size > 0:
        model = build_model(problem)
        try:
            outcome, better = _search(problem, model, sold, gap_bp, time_limit, progress)
            candidates += better
        except SolverError as error:
            trouble = str(error)

    best = min(candidates, key=lambda orders: replay(household, problem.policy, orders).objective)
    certificate = _certify(problem, best, outcome, trouble, gap_bp, perf_counter() - began)
    plan = assemble(problem, best, certificate, baselines)
    findings = audit(household, plan)
    if findings:
        certificate = certificate.model_copy(
            update={"status": "fallback", "detail": f"the audit refused the plan: {'; '.join(map(str, findings))}"}
        )
        plan = assemble(
            problem, routed, certificate.model_copy(update={"bound": None, "gap": None, "gap_bp": None}), baselines
        )
    return plan


def route(household: Household, policy: Policy | None = None) -> Plan:
    """The plan of the published routing table: milliseconds, every hard rule kept, nothing proven about its price."""
    began = perf_counter()
    problem = build_problem(household, policy or Policy())
    orders = write_tickets(problem, *greedy(problem))
    certificate = Certificate(
        status="infeasible" if problem.shortfall.max(initial=0.0) > 0 else "heuristic",
        method="router",
        seconds=perf_counter() - began,
    )
    return assemble(problem, orders, certificate, _baselines(problem, orders))


def _search(
    problem: Problem,
    model: Model,
    routed: Floats,
    gap_bp: float,
    time_limit: float,
    progress: Callable[[Progress], None] | None,
) -> tuple[Outcome, list[list[Order]]]:
    """Branch and bound, then the linear program at its binaries, so that nothing leaks through their tolerance."""
    unit = problem.size * UNIT
    gap = gap_bp * 1e-4 * max(problem.value, 0.0)
    start = sides_of(model, problem, routed)
    outcome = solve_program(model.program, unit=unit, gap=gap, time_limit=time_limit, start=start, progress=progress)
    if outcome.point is None:
        return outcome, []
    point = outcome.point
    binaries = model.program.binaries()
    if len(binaries):
        fixed = binaries, point[binaries].round()
        polished = solve_program(model.program, unit=unit, gap=gap, time_limit=time_limit, fixed=fixed)
        point = point if polished.point is None else polished.point
    return outcome, [write_tickets(problem, point[model.trades.sell], point[model.trades.buy])]


def _certify(
    problem: Problem, orders: Sequence[Order], outcome: Outcome | None, trouble: str, gap_bp: float, seconds: float
) -> Certificate:
    ledger = replay(problem.household, problem.policy, orders)
    objective = float(ledger.objective)
    rounding = float(CENT) / 2 * (len(orders) + len(ledger.parts))
    short = problem.shortfall.max(initial=0.0) > 0
    if problem.size <= 0:
        return Certificate(
            status="optimal", bound=objective, gap=0.0, gap_bp=0.0, method="nothing to trade", seconds=seconds
        )
    if outcome is None:
        return Certificate(status="fallback", method="router", seconds=seconds, detail=trouble)
    bound = gap = None
    if outcome.bound > -float("inf"):
        bound = min(outcome.bound - rounding, objective)
        gap = objective - bound
    proven = gap is not None and gap <= gap_bp * 1e-4 * max(problem.value, 0.0) + 2 * rounding
    return Certificate(
        status="infeasible" if short else "optimal" if proven else "feasible",
        limit="time" if outcome.status != "optimal" else None,
        bound=bound,
        gap=gap,
        gap_bp=None if gap is None or problem.value <= 0 else gap / problem.value * 1e4,
        method="branch and bound",
        seconds=seconds,
        detail=outcome.detail,
    )


def _baselines(problem: Problem, routed: Sequence[Order]) -> dict[str, float]:
    """Objectives of the router and, where cash allows it, of no trade at all."""
    baselines = {"route": float(replay(problem.household, problem.policy, routed).objective)}
    if not _leaves_cash_short(problem):
        baselines["nothing"] = float(replay(problem.household, problem.policy, ()).objective)
    return baselines


def _leaves_cash_short(problem: Problem) -> bool:
    """Whether some account would be below its floor without a trade."""
    return bool((problem.cash < problem.floor).any())
