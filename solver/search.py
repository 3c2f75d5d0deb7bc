"""Solve and route: from a household to an audited plan with its certificate."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from math import inf
from time import perf_counter
from typing import Literal

import numpy as np

from ..models import Certificate, Household, Plan, Policy, Trade
from .assemble import assemble
from .audit import audit
from .books import Books
from .conflicts import conflicts
from .greedy import ROWS, greedy
from .highs import Outcome, Progress, SolverError, solve_program
from .ledger import CENT, Ledger, Order
from .limits import worths
from .model import Model, build_model
from .problem import Problem, build_problem
from .program import Floats
from .rules import misplaced, rounding, violation
from .tax import mispriced
from .tickets import write_tickets
from .whole_groups import whole_groups

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
    """Orders, what they do, and by how much they break rules."""

    orders: list[Order]
    ledger: Ledger
    violation: Decimal
    """Dollars (rules.violation)."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the program gave: its outcome, and where it has a point the orders, the worth of limits, the conflicts."""

    outcome: Outcome
    orders: list[Order] | None = None
    worths: dict[str, float] | None = None
    conflicts: tuple[str, ...] = ()
    proven: bool = False
    """Whether no plan has a lesser violation."""
    tax_binaries: int = 0
    """Binaries for the kinks of the tax bill."""


@dataclass(frozen=True, slots=True)
class _Solving:
    """What every call of the solver for one household shares."""

    unit: float
    """Dollars that it counts as one."""
    ends: float
    """When the time is up, by perf_counter."""

    def left(self) -> float:
        """Seconds that are left; a tenth is always given."""
        return max(self.ends - perf_counter(), 0.1)


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The program with its integers let go: how tight it is."""

    bound: float
    """Dollars."""
    groups: int
    """Two-sided groups."""
    fractional: int
    """Those of them whose side it leaves open."""
    seconds: float


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
    comes first the plan says so; where the solver fails it is the router's, with the reason. Where no plan keeps all
    hard rules, it is the best of those that break them least. Raises ValueError for a negative gap or a time limit
    that is not positive.
    """
    if not gap_bp >= 0 or not time_limit > 0:
        raise ValueError(f"gap_bp {gap_bp} must be at least 0, time_limit {time_limit} more than 0")
    policy, began = policy or Policy(), perf_counter()
    problem, books = build_problem(household, policy), Books(household, policy)
    booked = without_program(problem, books)
    baselines = objectives(booked)
    if policy.wash_sales == "price":  # a plan without wash sales is found faster, and is one of those to better
        avoiding = policy.model_copy(update={"wash_sales": "avoid"})
        avoided = solve(household, avoiding, gap_bp=gap_bp, time_limit=time_limit / 2)
        baselines["avoid"] = avoided.objective
        booked["avoid"] = book(books, [_order(trade) for trade in avoided.trades])
        time_limit = max(time_limit - (perf_counter() - began), 0.1)
    found: Found | None = None
    trouble = ""
    if problem.size >= float(CENT):
        try:
            feasible = any(plan.violation == 0 for plan in booked.values())
            found = _search(problem, books, gap_bp, time_limit, progress, feasible=feasible)
            if found.orders is not None:
                booked["program"] = book(books, found.orders)
        except SolverError as error:
            trouble = str(error)

    best = _best(booked, proven=found is not None and found.proven)
    program = booked.get("program")
    by_program = program is not None and _as_good(books, program, best)
    certificate = _certify(problem, best, found, trouble, gap_bp, perf_counter() - began)
    free, left = _with_free_lots(household), time_limit - certificate.seconds
    if free is not None and by_program and left > 0:
        baselines["free_lots"] = solve(free, policy, gap_bp=gap_bp, time_limit=left).objective
    blocked, left = whole_groups(problem), time_limit - (perf_counter() - began)
    if blocked and policy.wash_sales == "avoid" and by_program and left > 0:
        wider = household.model_copy(update={"restrictions": (*household.restrictions, *blocked)})
        baselines["whole_groups"] = solve(wider, policy, gap_bp=gap_bp, time_limit=left).objective
    worth = found.worths if found is not None and by_program else None
    in_the_way = found.conflicts if found is not None else ()
    plan = assemble(problem, books, best.orders, best.ledger, certificate, baselines, worth, in_the_way)
    findings = audit(household, plan)
    if not findings:
        return plan
    refused = Certificate(
        status="fallback",
        method="router",
        seconds=certificate.seconds,
        detail=f"the audit refused the program's plan: {'; '.join(map(str, findings))}",
    )
    return assemble(problem, books, booked["route"].orders, booked["route"].ledger, refused, baselines)


def route(household: Household, policy: Policy | None = None) -> Plan:
    """The plan of the published routing table: milliseconds, no rule broken if it sees how, nothing proven."""
    policy, began = policy or Policy(), perf_counter()
    problem, books = build_problem(household, policy), Books(household, policy)
    booked = without_program(problem, books)
    certificate = Certificate(
        status="infeasible" if booked["route"].violation else "heuristic",
        method="router",
        seconds=perf_counter() - began,
    )
    return assemble(problem, books, booked["route"].orders, booked["route"].ledger, certificate, objectives(booked))


def relax(household: Household, policy: Policy | None = None) -> Relaxation:
    """The linear relaxation of a household's program. Raises SolverError where HiGHS fails or it has no solution."""
    problem, began = build_problem(household, policy or Policy()), perf_counter()
    model = build_model(problem)
    z = model.sides.z[model.sides.z >= 0]
    if problem.size < float(CENT):
        return Relaxation(0.0, 0, 0, perf_counter() - began)
    root = solve_program(
        model.program, unit=problem.size * UNIT, gap=0.0, time_limit=TIME_LIMIT, relaxed=model.program.integers()
    )
    if root.point is None:
        raise SolverError(root.detail)
    fractional = int((np.abs(root.point[z] - np.round(root.point[z])) > TOLERANCE).sum())
    return Relaxation(root.bound, len(z), fractional, perf_counter() - began)


def _order(trade: Trade) -> Order:
    return Order(trade.account, trade.symbol, trade.side, trade.quantity, trade.lot)


def book(books: Books, orders: list[Order]) -> Booked:
    """Orders with what they do."""
    ledger = books.replay(orders)
    return Booked(orders, ledger, violation(books, ledger, orders))


def without_program(problem: Problem, books: Books) -> dict[str, Booked]:
    """The router's plan, and no trade at all where that keeps every rule.

    The router is asked for fewer rows of its table until what it does keeps every rule; else it is what breaks them
    least.
    """
    found = {}
    idle = book(books, [])
    if not idle.violation:
        found["nothing"] = idle
    tried = [idle]
    for rows in range(ROWS, -1, -1):
        routed = book(books, write_tickets(problem, books, *greedy(problem, rows)))
        if misplaced(books, routed.ledger, routed.orders):
            continue
        tried.append(routed)
        if not routed.violation:
            break
    return {"route": min(reversed(tried), key=lambda plan: plan.violation)} | found


def _best(booked: dict[str, Booked], *, proven: bool) -> Booked:
    """The least objective among those that break rules least.

    Where the program's violation is proven to be the least, it is what it misses: burning money may miss less.
    """
    most = min(plan.violation for plan in booked.values())
    if proven and "program" in booked:
        most = max(most, booked["program"].violation)
    return min((plan for plan in booked.values() if plan.violation <= most), key=lambda plan: plan.ledger.objective)


def _as_good(books: Books, plan: Booked, best: Booked) -> bool:
    """Whether only rounding keeps a plan from being the best."""
    beyond = plan.ledger.objective - best.ledger.objective
    slack = rounding(books, plan.orders)
    return plan.violation <= best.violation + slack and beyond <= slack


def objectives(found: dict[str, Booked]) -> dict[str, float]:
    """Dollars by name."""
    return {name: float(booked.ledger.objective) for name, booked in found.items()}


def _with_free_lots(household: Household) -> Household | None:
    """The household with any lot free to choose; None where it is so already."""
    if all(account.accounting_method == "specific" for account in household.accounts):
        return None
    free = tuple(account.model_copy(update={"accounting_method": "specific"}) for account in household.accounts)
    return household.model_copy(update={"accounts": free})


def _search(
    problem: Problem,
    books: Books,
    gap_bp: float,
    time_limit: float,
    progress: Callable[[Progress], None] | None,
    *,
    feasible: bool,
) -> Found:
    """Branch and bound, then the linear program at its integers, so that nothing leaks through their tolerance.

    Where no plan is known that keeps every rule, the least violation is found first and allowed.
    """
    model, solving = build_model(problem), _Solving(problem.size * UNIT, perf_counter() + time_limit)
    gap = gap_bp * 1e-4 * max(problem.worth, 0.0)
    in_the_way: tuple[str, ...] = ()
    proven = True
    if not feasible:
        least, in_the_way = _least_violation(problem, model, solving)
        proven = least.status == "optimal"
        if least.point is None:
            return Found(least)
        for rows in ("", "C2"):  # all together, and cash alone: what can be paid is
            most = model.program.missed(least.point, rows) + TOLERANCE * solving.unit
            model.program.cap_misses(most, rows)
    outcome = _branch_and_bound(model, solving, gap, progress)
    if not proven:
        outcome = replace(outcome, status="time" if outcome.status == "optimal" else outcome.status)
    if outcome.point is None:
        return Found(outcome, conflicts=in_the_way)
    point = outcome.point
    try:
        polished = _at_integers(model, point, solving)
    except SolverError:  # then the point of the search stands, and the audit judges it all the same
        polished = outcome
    if polished.point is not None:
        point = polished.point
    sold, bought = model.trades.sold(point, len(problem.lots.label)), point[model.trades.buy]
    off = mispriced(problem, model.tax, model.washed, sold, point)
    if off > max(float(CENT), problem.size * 1e-9):  # never seen; a bound on a wrong bill would prove nothing
        outcome = replace(outcome, bound=-inf, detail=f"the program's bill is ${off:,.2f} off the worksheet's")
    orders = write_tickets(problem, books, sold, bought)
    worth = worths(model.program, polished.row_dual)
    return Found(outcome, orders, worth, in_the_way, proven, len(model.tax.choice))


def _least_violation(problem: Problem, model: Model, solving: _Solving) -> tuple[Outcome, tuple[str, ...]]:
    """A point that misses the elastic rows least, and the rules in each other's way; no bound on the objective.

    The misses alone are tried first, since all rules may be kept after all; then with what trading costs.
    """
    model.program.open_misses()
    least = solve_program(
        model.program, gap=float(CENT) / 2, goal="misses", unit=solving.unit, time_limit=solving.left()
    )
    in_the_way: tuple[str, ...] = ()
    if least.point is not None and model.program.missed(least.point) > float(CENT):
        least = solve_program(
            model.program, gap=float(CENT) / 2, goal="violation", unit=solving.unit, time_limit=solving.left()
        )
        if least.point is not None:
            with suppress(SolverError):
                in_the_way = conflicts(problem, model, _at_integers(model, least.point, solving, goal="violation"))
    return replace(least, bound=-inf), in_the_way


def _branch_and_bound(
    model: Model, solving: _Solving, gap: float, progress: Callable[[Progress], None] | None
) -> Outcome:
    """The program to its gap. Whole shares are first let go, then found at the other integers that this gives: mostly
    that is within the gap, and many times faster than all of them at once.
    """
    program = model.program
    if not len(model.shares):
        return solve_program(program, gap=gap, progress=progress, unit=solving.unit, time_limit=solving.left())
    loose = solve_program(program, gap=gap / 2, relaxed=model.shares, unit=solving.unit, time_limit=solving.left())
    if loose.point is None:
        return loose
    others = np.setdiff1d(program.integers(), model.shares)
    try:
        whole = solve_program(
            program,
            gap=gap / 2,
            fixed=(others, loose.point[others].round()),
            unit=solving.unit,
            time_limit=solving.left(),
        )
    except SolverError:  # the other integers may leave no whole shares
        whole = replace(loose, point=None)
    value = inf if whole.point is None else program.objective(whole.point)
    if value - loose.bound <= gap:
        return replace(whole, bound=loose.bound)
    every = solve_program(program, gap=gap, progress=progress, unit=solving.unit, time_limit=solving.left())
    point = every.point if every.point is not None and program.objective(every.point) <= value else whole.point
    status = every.status if every.status == "optimal" or point is None else "time"
    return replace(every, status=status, point=point, bound=max(every.bound, loose.bound))


def _at_integers(
    model: Model, point: Floats, solving: _Solving, goal: Literal["cost", "violation"] = "cost"
) -> Outcome:
    """The linear program that a point's integers leave."""
    integers = model.program.integers()
    return solve_program(
        model.program,
        gap=0.0,
        goal=goal,
        fixed=(integers, point[integers].round()),
        unit=solving.unit,
        time_limit=solving.left(),
    )


def _certify(
    problem: Problem, best: Booked, found: Found | None, trouble: str, gap_bp: float, seconds: float
) -> Certificate:
    """What is proven of the best plan. The bound is lowered by half a cent for each figure that is rounded."""
    objective = float(best.ledger.objective)
    broken = best.violation > 0
    if problem.size < float(CENT):
        in_bp = 0.0 if problem.worth > 0 else None
        how = "nothing to trade"
        return Certificate(status="optimal", bound=objective, gap=0.0, gap_bp=in_bp, method=how, seconds=seconds)
    if found is None:
        return Certificate(status="fallback", method="router", seconds=seconds, detail=trouble)
    outcome = found.outcome
    rounding = float(CENT) / 2 * (len(best.orders) + len(best.ledger.parts) + ROUNDED_LINES)
    lowered, detail = outcome.bound - rounding, outcome.detail
    if lowered > objective + problem.size * TOLERANCE:
        detail += f"; but its bound, {outcome.bound:,.2f}, is refuted by this plan"
        lowered = -inf
    bound = gap = gap_in_bp = None
    if lowered > -inf:
        bound = min(lowered, objective)
        gap = objective - bound
        gap_in_bp = gap / problem.worth * 1e4 if problem.worth > 0 else None
    proven = gap is not None and gap <= gap_bp * 1e-4 * max(problem.worth, 0.0) + 2 * rounding
    return Certificate(
        status="infeasible" if broken else "optimal" if proven else "feasible",
        limit="time" if outcome.status != "optimal" else None,
        bound=bound,
        gap=gap,
        gap_bp=gap_in_bp,
        tax_binaries=found.tax_binaries,
        method="branch and bound",
        seconds=seconds,
        detail=detail,
    )
