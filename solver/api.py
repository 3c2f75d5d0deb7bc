"""From a household to an audited plan: build, search, explain, audit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from time import perf_counter

from ..models import Certificate, Fault, Household, InputError, Plan, Policy
from ..models.household.moves import moves_of
from ..models.plan.trades import Explained
from ..models.policy.location import forgone
from ..models.schema.money import CENT
from ..models.wash_sales.before_plan import BeforePlan
from .accounting.after_trades import AfterTrades
from .accounting.books import Books
from .accounting.orders import Order
from .auditor.audit import findings_of
from .explanation.assemble import assemble
from .explanation.facts import Solved
from .formulation.blocks.tax import income_between
from .formulation.problem import Problem, build_problem, settled
from .search.backend import Progress, SolverError
from .search.branch_and_bound import Search
from .search.candidates import Candidate, as_good, best, candidate, rebalanced, without_program
from .search.certificate import certify, gap_to_search, nothing_to_trade, scope
from .search.routing.moves import routed_moves
from .search.routing.rebalancers import REBALANCERS
from .search.search import SearchResult, search_orders
from .search.settled import Settled
from .search.without import without_each

GAP_BP = 0.1
"""The default gap: a tenth of a basis point of the household's value, $10 on a million."""

TIME_LIMIT = 60.0
"""The default time limit, in seconds."""

BASELINES = REBALANCERS
"""The names of the baselines, rules of other tools (search/routing/rebalancers.py)."""

RESERVED: Mapping[Explained, float] = {"codes": 10.0, "default": 80.0, "full": 300.0}
"""Time kept for the reasons and the audit, by how far reasons are stated, as a multiple of the build time; at most a
quarter of the time limit.

Codes took up to 2 builds, the default up to 63 (a sleeve of 500 names), reasons in full up to 228 (a household of funds
with 104 trades), an audit up to 3.
"""

FOR_AUDIT = 0.2
"""The part of that time that is left for the audit."""

METHODS = {"route": "router", "nothing": "no trade", "avoid": "branch and bound without wash sales"}
"""What made a candidate that is not the program's, in a certificate's words."""


def solve(
    household: Household,
    policy: Policy | None = None,
    *,
    gap_bp: float = GAP_BP,
    time_limit: float = TIME_LIMIT,
    explain: Explained = "default",
    search: Search = "tree",
    start: Plan | None = None,
    beside: Collection[str] = (),
    progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """Return the best plan for a household, audited, with a proof of how good it is; never worse than `route`'s.

    `gap_bp` is the gap that "optimal" asks for, in basis points of the household's value; the search stops a little
    below it, so that rounding to shares and cents stays within it too. `time_limit` is in seconds
    and covers everything: if it comes first, the plan says so, and the next-best prices not found by then are left out.
    `explain` says how far reasons are stated: "codes" (no sentences; `explained` adds them to the stored plan later),
    "default" (sentences, and next-best prices of the largest trades) or "full" (both for every trade).
    `search` says what searches: "tree", the search of this package, or "highs", the branch and bound of HiGHS.
    `start` is an earlier plan, yesterday's for example, whose sides and orders the tree tries first.
    `beside` names those of BASELINES whose objective and tax the plan states too, beside the router's.
    If the solver fails, the plan is the best one known without the solver's answer; if the audit refuses the plan, the
    router's plan is returned. The certificate gives the reason for both. If no plan keeps all hard rules, the plan is
    the best of those with the smallest violation. Raises ValueError for a negative gap, a time limit that is not
    positive or a name that is not one of BASELINES, and InputError if a file of the household or the policy would be
    refused.
    """
    if not gap_bp >= 0 or not time_limit > 0:
        raise ValueError(f"gap_bp {gap_bp} must be at least 0, time_limit {time_limit} more than 0")
    _check_names(beside)
    watch = _Stopwatch()
    asked, own = _prepared(household, policy)
    problem, books = asked.problem, asked.books
    candidates = without_program(own.problem, own.books)
    baselines = _with_baselines(own, candidates, beside)
    reserved = min(RESERVED[explain] * watch.lap("build"), time_limit / 4)
    gap, deadline = gap_to_search(problem, gap_bp), watch.began + time_limit - reserved

    found, trouble, trades = None, "", () if start is None else start.trades
    if problem.size >= float(CENT):
        try:
            candidates |= _avoiding(asked, gap, deadline, search)
            feasible = any(each.violation == 0 for each in candidates.values())
            found = search_orders(
                problem, books, gap, deadline, feasible=feasible, how=search, start=trades, progress=progress
            )
            if found.orders is not None and found.settled is not None:
                candidates["program"] = candidate(found.settled.books, found.orders)
        except SolverError as error:
            trouble = str(error)
    chosen = best(candidates, proven=found is not None and found.proven)
    if problem.size < float(CENT):
        certificate = nothing_to_trade(problem, chosen, gap_bp)
    elif found is None:
        made = next(METHODS[name] for name, each in candidates.items() if each is chosen)
        certificate = Certificate(status="fallback", method=made, detail=trouble)
    else:
        certificate = certify(problem, chosen, found, gap_bp)
    watch.lap("search")

    solved = _solved(problem, chosen, candidates.get("program"), found)
    words_until = deadline + reserved * (1 - FOR_AUDIT)
    program = (None, None) if found is None else (found.model, found.warm)
    without = without_each(problem, chosen, certificate, explain, words_until, *program)
    del program, found  # of a large household it takes more memory than what follows
    plan = assemble(solved, certificate, baselines, explained=explain, without=without, deadline=words_until)
    watch.lap("explain")
    findings = findings_of(problem.asked, plan, problem.policy)
    watch.lap("audit")
    if findings:
        refused = f"the audit refused the program's plan: {'; '.join(map(str, findings))}"
        route_ = candidates["route"]
        fallback = Certificate(status="fallback", method="router", detail=refused)
        solved = Solved(_problem_of(problem, route_), route_.books, route_.orders, route_.after)
        plan = assemble(solved, fallback, baselines, explained=explain, deadline=deadline)
        watch.lap("explain")
    return watch.stamped(plan)


def route(household: Household, policy: Policy | None = None, *, explain: Explained = "default") -> Plan:
    """Return the routing table's plan, in milliseconds: all rules kept if it finds a way, nothing proven.

    `explain` says how far reasons are stated: by codes, or in sentences; next-best prices are for `solve`. Raises
    InputError if a file of the household or the policy would be refused.
    """
    watch = _Stopwatch()
    _, own = _prepared(household, policy)
    candidates = without_program(own.problem, own.books)
    return _unproven(own, candidates["route"], "router", candidates, watch, explain)


def baseline(household: Household, policy: Policy | None, name: str) -> Plan:
    """Return the plan of one of BASELINES, with its name as `method`: priced like any plan, but nothing is proven.

    If its trades break a hard rule (a budget, maximum cash, a minimum trade, a number of orders), it goes only part of
    the way to the targets, or nowhere. The status is "infeasible" if even that breaks one. Raises ValueError for any
    other name, and InputError as `solve` does.
    """
    _check_names([name])
    watch = _Stopwatch()
    _, own = _prepared(household, policy)
    chosen = rebalanced(own.problem, own.books, name)
    return _unproven(own, chosen, name, without_program(own.problem, own.books), watch)


def no_trade(household: Household, policy: Policy | None = None) -> Plan:
    """Return the plan without trades; "infeasible" if it breaks a hard rule, even if another plan would break less."""
    watch = _Stopwatch()
    _, own = _prepared(household, policy)
    return _unproven(own, candidate(own.books, []), "no trade", without_program(own.problem, own.books), watch)


def explained(household: Household, plan: Plan, policy: Policy | None = None) -> Plan:
    """Return a stored plan with its reasons stated in full; nothing is searched again.

    What the trades come to is worked out anew, so the plan should pass `audit` first. Raises KeyError for trades in
    what the household does not have, and InputError as `solve` does.
    """
    found = restated(household, plan, policy or plan.policy, "full")
    return found.model_copy(update={"violations": plan.violations, "certificate": plan.certificate})


def restated(household: Household, plan: Plan, policy: Policy, explain: Explained | None = None) -> Plan:
    """Return the plan that would be written today for a plan's trades: figures, reasons, statements and baselines.

    Its reasons are stated as far as the plan's, or as far as `explain` says.
    What only a search knows is taken over: the proof, shadow prices and conflicts. Raises KeyError for trades in
    what the household does not have, and InputError as `solve` does.
    """
    asked, own = _prepared(household, policy)
    problem, here = asked.problem, asked
    if problem.requests is not None:
        here = asked.after(moves_of(plan.transfers))
    orders = [Order(each.account, each.symbol, each.side, each.quantity, each.lot) for each in plan.trades]
    prices = {use.name: use.shadow_price for use in plan.limits if use.shadow_price is not None}
    chosen = candidate(here.books, orders)
    solved = Solved(here.problem, here.books, orders, chosen.after, prices or None)
    spoken = "" if plan.certificate.method == "nothing to trade" else scope(problem, plan.certificate.bound)
    certificate = plan.certificate.model_copy(update={"scope": spoken})
    beside = [name for name in BASELINES if name in plan.baselines]
    baselines = _with_baselines(own, without_program(own.problem, own.books), beside)
    explain = explain or plan.explained
    without = without_each(problem, chosen, certificate, explain, inf)
    return assemble(solved, certificate, baselines, explained=explain, without=without)


@dataclass(frozen=True, slots=True)
class _Stopwatch:
    """The seconds that the caller waits, by stage."""

    began: float = field(default_factory=perf_counter)
    stages: dict[str, float] = field(default_factory=dict)

    def lap(self, stage: str) -> float:
        """End a stage, or a further part of it, and return the seconds since the last one ended."""
        seconds = perf_counter() - self.began - sum(self.stages.values())
        self.stages[stage] = self.stages.get(stage, 0.0) + seconds
        return seconds

    def stamped(self, plan: Plan) -> Plan:
        """The plan with all seconds in its certificate."""
        times = {"seconds": perf_counter() - self.began, "stages": dict(self.stages)}
        return plan.model_copy(update={"certificate": plan.certificate.model_copy(update=times)})


def _prepared(household: Household, policy: Policy | None) -> tuple[Settled, Settled]:
    """What the caller gave, checked as files are, because a copy made in Python may hold anything: as it is asked, and
    with the router's moves, if it asks for some.
    """
    return _built(household.validated(), (policy or Policy()).validated())


def _built(household: Household, policy: Policy, wash: BeforePlan | None = None) -> tuple[Settled, Settled]:
    """The household as arrays and as exact decimals; both use one replay of its past trades and one look at places."""
    wash, places = wash or BeforePlan(household), forgone(household, policy)
    asked = Settled(build_problem(household, policy, wash, places), Books(household, policy, wash, places))
    if asked.problem.requests is None:
        return asked, asked
    if policy.targets == "after_tax" and len({*income_between(asked.problem)}) > 1:
        hint = "before_tax; or let the accounts say themselves what they pay and receive"
        raise InputError(
            [Fault("policy.targets", "after_tax, but what is after tax depends on which account pays", hint)]
        )
    return asked, asked.after(routed_moves(asked.problem, asked.books))


def _problem_of(problem: Problem, chosen: Candidate) -> Problem:
    """The arrays of the household of a candidate: with its moves, if the household asks for some."""
    return problem if chosen.books.moves is None else settled(problem, chosen.books.moves)


def _check_names(names: Collection[str]) -> None:
    """Raise ValueError for a name that is none of BASELINES."""
    for name in names:
        if name not in BASELINES:
            raise ValueError(f"{name!r} is none of {', '.join(BASELINES)}")


def _with_baselines(
    own: Settled, candidates: Mapping[str, Candidate], names: Collection[str] = ()
) -> dict[str, AfterTrades]:
    """What a plan is compared with: the candidates that need no program, and the baselines of these names."""
    compared = {**candidates, **{name: rebalanced(own.problem, own.books, name) for name in names}}
    return {name: each.after for name, each in compared.items()}


def _avoiding(asked: Settled, gap: float, deadline: float, how: Search) -> dict[str, Candidate]:
    """If the policy prices wash sales, the orders that the search finds when wash sales are avoided; otherwise nothing.

    They are found faster, and the plan should never be worse than they are. Their search gets half of the time left.
    """
    problem = asked.problem
    if problem.policy.wash_sales != "price":
        return {}
    policy = problem.policy.model_copy(update={"wash_sales": "avoid"})
    avoiding, routed = _built(problem.asked, policy, problem.wash)
    feasible = any(each.violation == 0 for each in without_program(routed.problem, routed.books).values())
    half = (perf_counter() + deadline) / 2
    with suppress(SolverError):
        found = search_orders(avoiding.problem, avoiding.books, gap, half, feasible=feasible, how=how)
        if found.orders is not None and found.settled is not None:
            moves = found.settled.books.moves
            books = asked.books if moves is None else asked.after(moves).books
            return {"avoid": candidate(books, found.orders)}
    return {}


def _solved(problem: Problem, chosen: Candidate, program: Candidate | None, found: SearchResult | None) -> Solved:
    """The chosen orders with what the search knows about them. Shadow prices need the program to be as good."""
    known = found is not None and program is not None and as_good(program, chosen)
    prices = found.shadow_prices if found is not None and known else None
    conflicts = found.conflicts if found is not None else ()
    return Solved(_problem_of(problem, chosen), chosen.books, chosen.orders, chosen.after, prices, conflicts)


def _unproven(
    own: Settled,
    chosen: Candidate,
    method: str,
    candidates: Mapping[str, Candidate],
    watch: _Stopwatch,
    explain: Explained = "default",
) -> Plan:
    """The plan of orders that come from a rule, not from the search."""
    watch.lap("build")
    certificate = Certificate(status="infeasible" if chosen.violation else "heuristic", method=method)
    baselines = _with_baselines(own, candidates)
    solved = Solved(own.problem, own.books, chosen.orders, chosen.after)
    plan = assemble(solved, certificate, baselines, explained=explain, deadline=inf)
    watch.lap("explain")
    return watch.stamped(plan)
