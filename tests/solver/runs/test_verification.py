"""A household solved twice, by the program and by the oracle: agreement, and how disagreement is reported."""

import json
from pathlib import Path

import pytest

from lotroute.fixtures.generator import generate
from lotroute.models import Household, Policy
from lotroute.solver.oracle import program
from lotroute.solver.oracle.program import find_optimum
from lotroute.solver.oracle.solvers import OracleError
from lotroute.solver.runs.verification import Verification, verify

FIXTURES = sorted(Path("fixtures").glob("*.json"))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_both_solves_of_a_fixture_agree(path):
    found = verify(Household.load(path))
    assert found.findings == []
    assert -found.gap - found.tolerance <= found.difference <= found.plan.certificate.gap + found.tolerance


@pytest.mark.parametrize("name", ["conversion", "must_split"])
def test_an_early_withdrawal_is_in_the_tax_and_changes_nothing_else(name):
    plain = Household.load(f"fixtures/{name}.json")
    found = verify(plain.with_({"taxpayer.other_income.early_withdrawal": 20000}))
    assert found.findings == []
    assert found.plan.tax_after.additional_tax == found.plan.tax_before.additional_tax == 2000
    assert found.plan.trades == verify(plain).plan.trades


def test_another_solver_agrees_too():
    found = verify(Household.load("fixtures/must_split.json"), solver="SCIP")
    assert found.findings == []
    assert found.solver == "SCIP"


@pytest.fixture(scope="module")
def harvest():
    household = Household.load("fixtures/harvest.json")
    return household, verify(household)


def changed(found, **fields):
    return Verification(
        **{"solver": found.solver, "plan": found.plan, "optimum": found.optimum, "gap": 0.0, "tolerance": 0.1} | fields
    )


def with_objective(optimum, dollars):
    return type(optimum)(**(vars(optimum) | {"objective": dollars}))


def test_a_plan_better_than_the_optimum_is_a_finding(harvest):
    _, found = harvest
    wrong = changed(found, optimum=with_objective(found.optimum, found.plan.objective + 5))
    assert wrong.findings == ["the plan is $5.00 better than the optimum"]


def test_a_bound_above_the_optimum_and_a_gap_too_small_are_findings(harvest):
    _, found = harvest
    wrong = changed(found, optimum=with_objective(found.optimum, found.plan.objective - 50))
    assert len(wrong.findings) == 2
    assert "the bound" in wrong.findings[0]
    assert "the optimum is $50.00 better than the plan" in wrong.findings[1]


def test_rules_that_one_keeps_and_the_other_cannot_are_a_finding(harvest):
    _, found = harvest
    broken = type(found.optimum)(**(vars(found.optimum) | {"violation": 10.0}))
    assert changed(found, optimum=broken).findings == ["the plan keeps every rule, the oracle cannot"]


def test_what_the_oracle_cannot_do_is_said_clearly(monkeypatch):
    household = Household.load("fixtures/harvest.json")
    with pytest.raises(OracleError, match="does not model priced wash sales"):
        find_optimum(household, Policy(wash_sales="price"))
    with pytest.raises(OracleError, match=r"no solver 'NONE' here; it has .*HIGHS"):
        find_optimum(household, solver="NONE")
    monkeypatch.setattr(program, "LARGEST", 5)
    with pytest.raises(OracleError, match=r"too large for the oracle: .* at most 5"):
        find_optimum(household)


def test_the_oracle_may_be_off_by_the_gap_that_it_was_asked_for(harvest):
    _, found = harvest
    worse = with_objective(found.optimum, found.plan.objective + 5.0)
    assert changed(found, optimum=worse, gap=4.0).findings == ["the plan is $5.00 better than the optimum"]
    assert changed(found, optimum=worse, gap=6.0).findings == []


@pytest.mark.parametrize("solver", ["HIGHS", "SCIP"])
def test_an_optimum_that_takes_too_long_is_said_clearly(solver):
    with pytest.raises(OracleError, match=f"{solver} proved no optimum within the time limit"):
        find_optimum(next(iter(generate(1, 3))), time_limit=1e-3, solver=solver)


@pytest.mark.parametrize("solver", ["HIGHS", "SCIP"])
def test_a_gap_is_kept_by_the_oracle(solver):
    household = Household.load("fixtures/must_split.json")
    exact, loose = find_optimum(household), find_optimum(household, solver=solver, gap=200.0)
    assert exact.objective - 0.01 <= loose.objective <= exact.objective + 200.01


def test_command_puts_both_side_by_side(run):
    code, out, _ = run("verify", "fixtures/must_split.json")
    assert code == 0
    assert "oracle (HIGHS)" in out
    assert "They agree" in out
    assert "Running HiGHS" not in out


def test_command_gives_json_alone(run):
    code, out, _ = run("verify", "fixtures/must_split.json", "--solver", "scip", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["solver"] == "SCIP"
    assert found["findings"] == []
    assert found["plan"]["parts"].keys() == found["optimum"]["parts"].keys()


def test_command_says_why_there_is_no_optimum(run):
    code, out, err = run("verify", "fixtures/must_split.json", "--solver", "none")
    assert (code, out) == (1, "")
    assert err.startswith("verify: cvxpy has no solver 'NONE' here")


def test_command_ends_with_2_where_they_disagree(run, monkeypatch):
    real = find_optimum
    wrong = lambda *args, **options: with_objective(real(*args, **options), 0.0)  # noqa: E731
    monkeypatch.setattr(program, "find_optimum", wrong)
    code, out, _ = run("verify", "fixtures/must_split.json")
    assert code == 2
    assert "They disagree" in out
