"""What a contributor should not slow down: the parts of a household's way to its audited plan, by pytest-benchmark.

    python -m pytest tests/benchmarks --benchmark-timer=time.process_time --benchmark-autosave
    python -m pytest tests/benchmarks --benchmark-timer=time.process_time --benchmark-compare

In the usual suite, which runs on all cores, each runs once. `lotroute bench speed` measures the whole call beside other
ways.
"""

import pytest

from lotroute.fixtures.one_fund import generate_one_fund
from lotroute.fixtures.sleeve import Sleeve, generate_sleeve
from lotroute.models import Household, Policy
from lotroute.models.wash_sales.before_plan import BeforePlan
from lotroute.solver import audit, route, solve
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.replay import replay
from lotroute.solver.formulation.model import build_model
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.runs.benchmarks.speed_cases import many_funds
from lotroute.solver.search.candidates import candidate, routed


@pytest.fixture(scope="module", params=["funds", "sleeve"])
def household(request):
    return many_funds(1)[0] if request.param == "funds" else generate_sleeve(0, 60, sleeve=Sleeve(whole_shares=False))


@pytest.fixture(scope="module")
def plan(household):
    return solve(household)


def test_reading_a_household(benchmark, household):
    data = household.model_dump(mode="json")
    assert benchmark(Household.model_validate, data) == household


def test_the_wash_sale_history_and_the_arrays(benchmark):
    household = generate_one_fund(0, 500)
    problem = benchmark(lambda: build_problem(household.model_copy(), Policy()))
    assert len(problem.lots.size) == 504


def test_the_rows_of_the_program(benchmark, household):
    problem = build_problem(household, Policy())
    assert benchmark(build_model, problem).program.size > len(problem.lots.size)


def test_the_router(benchmark, household):
    wash = BeforePlan(household)
    problem, books = build_problem(household, Policy(), wash), Books(household, Policy(), wash)
    found = benchmark(lambda: routed(problem, books, candidate(books, [])))
    assert float(found.after.objective) == pytest.approx(route(household).objective, abs=0.01)


def test_the_books(benchmark, household, plan):
    books = Books(household, Policy())
    assert float(benchmark(replay, books, plan.trades).objective) == pytest.approx(plan.objective, abs=0.01)


def test_the_audit(benchmark, household, plan):
    assert benchmark(audit, household, plan) == []


@pytest.mark.parametrize("explain", ["codes", "default"])
def test_the_whole_call(benchmark, household, explain):
    found = benchmark(lambda: solve(household.model_copy(), explain=explain))
    assert found.certificate.status == "optimal"
