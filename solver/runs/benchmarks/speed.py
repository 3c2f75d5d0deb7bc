"""Seconds from a household to its audited plan, beside a solver's own branch and bound, the textbook model, the router.

All in one run and in CPU seconds, so that other work on the machine does not count. `measure` takes the figures of one
household, `SpeedReport` prints them. What takes less than `SHORT` is done three times and the least counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from time import perf_counter, process_time
from typing import Any, TypeVar

import numpy as np

from ....models import Household, Policy
from ....models.wash_sales.before_plan import BeforePlan
from ...accounting.books import Books
from ...api import GAP_BP, solve
from ...formulation.arrays import Floats
from ...formulation.model import Model, build_model
from ...formulation.problem import build_problem
from ...search.backend import TOLERANCE, Budget, SolverResult
from ...search.branch_and_bound import branch_and_bound
from ...search.candidates import candidate, routed
from ...search.certificate import dollars_asked, gap_to_search
from ...search.highs import solve_program
from ...search.search import unit_of
from .speed_cases import CASES, many_funds
from .textbook import solve_textbook

LIMIT = 60.0
"""Seconds of each solve. A solve that runs into it counts with it."""

SHORT = 0.5
"""CPU seconds; what takes less is measured three times."""

THROUGHPUT = "throughput"
"""The name of the case in which many households of funds are solved one after the other."""

HOUSEHOLDS = 60
"""How many those are."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """One household, solved by everything. CPU seconds; dollars; None for what was left out or not found."""

    case: str
    seed: int
    whole_shares: bool
    lots: int
    groups: int
    """Two-sided identity groups."""
    fractional: int
    """Integers that are fractional at the root, whole shares aside."""
    nodes: int | None
    """Linear programs of the search."""
    seconds: float
    """The whole call: from the household to its audited plan."""
    search_seconds: float
    """The search alone, on rows that are there."""
    highs_seconds: float | None
    """HiGHS's own branch and bound on the same rows."""
    textbook_seconds: float | None
    greedy_seconds: float
    """The router alone."""
    root_seconds: float
    """The linear relaxation of the same rows, alone."""
    objective: float
    bound: float | None
    gap_bp: float | None
    textbook_objective: float | None
    textbook_gap_bp: float | None
    speedup: float | None
    """Seconds of the textbook model by those of the whole call."""


@dataclass(frozen=True, slots=True)
class Case:
    """A row, and what a table shows besides."""

    row: Row
    stages: dict[str, float]
    """CPU seconds of build, search, explain and audit."""
    highs_timed_out: bool = False
    textbook_timed_out: bool = False
    status: str = "optimal"


@dataclass(frozen=True, slots=True)
class Throughput:
    """Households of funds from the validated object to the audited plan with reason codes, one after the other."""

    households_per_second: float
    accounts_per_second: float

    def as_dict(self) -> dict[str, Any]:
        """Return the row of the case."""
        return {"case": THROUGHPUT} | asdict(self)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is run."""

    cases: Sequence[str] = (*CASES, THROUGHPUT)
    seeds: int = 3
    """Seeds 0, 1, ... of each case."""
    time_limit: float = LIMIT
    """Seconds of each solve."""
    textbook: bool = True
    highs: bool = True
    """Whether the textbook model, and HiGHS's own branch and bound, are solved too."""

    @property
    def runs(self) -> list[tuple[str, int, bool]]:
        """Case, seed and whole shares of every household, the throughput aside."""
        households = [name for name in CASES if name in self.cases]
        return [(name, seed, whole) for name, whole, seed in product(households, (False, True), range(self.seeds))]


@dataclass
class Results:
    """What a run has measured so far."""

    asked: Asked
    cases: list[Case] = field(default_factory=list)
    throughput: Throughput | None = None

    def rows(self) -> list[dict[str, Any]]:
        """All rows as data."""
        found = [asdict(case.row) for case in self.cases]
        return found if self.throughput is None else [*found, self.throughput.as_dict()]


def run(asked: Asked, progress: Callable[[dict[str, Any]], None] | None = None) -> Results:
    """Measure all that is asked; `progress` is called with each row, as data.

    Raises SolverError if a case has no solution, which would be a fault.
    """
    results = Results(asked)
    report = progress or (lambda _: None)
    _warm_up()
    for name, seed, whole in asked.runs:
        results.cases.append(measure(name, seed, asked, whole_shares=whole))
        report(asdict(results.cases[-1].row))
    if THROUGHPUT in asked.cases:
        results.throughput = throughput(many_funds(HOUSEHOLDS))
        report(results.throughput.as_dict())
    return results


def measure(name: str, seed: int, asked: Asked, *, whole_shares: bool) -> Case:
    """Solve the household of a case and a seed by everything that is asked. Raises SolverError if there is no plan."""
    household, limit = CASES[name](seed, whole_shares=whole_shares), asked.time_limit
    plan, seconds = timed(lambda: solve(household.model_copy(), time_limit=limit))
    proof = plan.certificate
    busy = seconds / proof.seconds if proof.seconds else 1.0
    wash = BeforePlan(household)
    problem, books = build_problem(household, Policy(), wash), Books(household, Policy(), wash)
    gap, unit, model = gap_to_search(problem, GAP_BP), unit_of(problem), build_model(problem)
    program = model.program

    def budget() -> Budget:
        return Budget(unit, perf_counter() + limit)

    _, greedy_seconds = timed(lambda: routed(problem, books, candidate(books, [])))
    root, root_seconds = timed(lambda: solve_program(program, budget().options(relaxed=program.integers())))
    (found, nodes), search_seconds = timed(lambda: searched(model, budget(), gap))
    highs = highs_seconds = textbook = None
    if asked.highs:
        highs, highs_seconds = timed(lambda: solve_program(program, budget().options(gap=gap)))
    if asked.textbook:
        textbook, _ = timed(lambda: solve_textbook(problem, dollars_asked(problem, GAP_BP), limit))
    late = highs is not None and highs.status != "optimal"
    textbook_gap = None
    if textbook is not None and textbook.objective is not None and textbook.bound is not None:
        textbook_gap = (textbook.objective - textbook.bound) / problem.market_value * 1e4
    return Case(
        row=Row(
            case=name,
            seed=seed,
            whole_shares=whole_shares,
            lots=len(problem.lots.size),
            groups=int((model.sides.z >= 0).sum()),
            fractional=0 if root.point is None else fractional(model, root.point),
            nodes=nodes,
            seconds=seconds,
            search_seconds=search_seconds if found.status == "optimal" else limit,
            highs_seconds=limit if late else highs_seconds,
            textbook_seconds=None if textbook is None else textbook.seconds,
            greedy_seconds=greedy_seconds,
            root_seconds=root_seconds,
            objective=plan.objective,
            bound=proof.bound,
            gap_bp=proof.gap_bp,
            textbook_objective=None if textbook is None else textbook.objective,
            textbook_gap_bp=textbook_gap,
            speedup=None if textbook is None else textbook.seconds / seconds,
        ),
        stages={stage: part * busy for stage, part in proof.stages.items()},
        highs_timed_out=late,
        textbook_timed_out=textbook is not None and textbook.timed_out,
        status=proof.status,
    )


def throughput(households: Sequence[Household]) -> Throughput:
    """Solve households one after the other, as a batch does, with reasons as codes."""
    began = process_time()
    for household in households:
        solve(household, explain="codes")
    seconds = process_time() - began
    accounts = sum(len(household.accounts) for household in households)
    return Throughput(len(households) / seconds, accounts / seconds)


def searched(model: Model, budget: Budget, gap: float) -> tuple[SolverResult, int | None]:
    """The search of `solve` on rows that are there, to a gap in dollars, and the nodes of its tree."""
    found = branch_and_bound(model, budget, gap)
    return found, None if found.effort is None else found.effort.nodes


def fractional(model: Model, point: Floats) -> int:
    """Return the number of integers, whole shares aside, that are fractional at a point."""
    at = point[np.setdiff1d(model.program.integers(), model.shares)]
    return int((np.abs(at - np.round(at)) > TOLERANCE).sum())


def timed(make: Callable[[], T]) -> tuple[T, float]:
    """Return what is made and its CPU seconds: if they are less than SHORT, the least of three times."""
    found, seconds = _once(make)
    if seconds < SHORT:
        seconds = min(seconds, *(_once(make)[1] for _ in range(2)))
    return found, seconds


def _once(make: Callable[[], T]) -> tuple[T, float]:
    began = process_time()
    return make(), process_time() - began


def _warm_up() -> None:
    """Load what the first solve of a process loads: modules, the tables of the law."""
    for household in many_funds(2):
        solve(household)


def growth(cases: Iterable[Case]) -> float | None:
    """Return the exponent of the whole call's seconds in the lots, fitted to cases; None for fewer than two sizes."""
    found = [(case.row.lots, case.row.seconds) for case in cases]
    if len({lots for lots, _ in found}) < 2:
        return None
    lots, seconds = np.log(np.array(found).T)
    return float(np.polyfit(lots, seconds, 1)[0])
