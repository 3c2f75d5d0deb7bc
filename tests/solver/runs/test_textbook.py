"""The textbook model of `bench speed` is the same decision as the program's: the same optimum, only slower."""

import numpy as np
import pytest

from lotroute.fixtures.generator import Size, generate
from lotroute.fixtures.one_fund import generate_one_fund
from lotroute.fixtures.sleeve import Sleeve, generate_sleeve
from lotroute.fixtures.trading import trade_heavily
from lotroute.models import Household, Policy
from lotroute.solver import solve
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.runs.benchmarks.textbook import solve_textbook
from lotroute.solver.search.backend import SolverError

POLICY = Policy()


def agree(household, policy=POLICY):
    """Both optima are within each other's bounds: neither is above the other's by more than its gap and rounding."""
    plan, problem = solve(household, policy, gap_bp=0.01), build_problem(household, policy)
    found = solve_textbook(problem, 1e-6 * problem.market_value, 20.0)
    rounding = plan.certificate.rounding + 1e-6 * problem.size + 0.02
    assert plan.certificate.status in ("optimal", "within_rounding"), household.id
    assert plan.certificate.bound <= found.objective + rounding, household.id
    assert found.bound <= plan.objective + rounding, household.id
    assert found.bound <= found.objective + rounding, household.id
    return found


# -- the same optimum --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [3, 4])
def test_households_of_funds_have_the_same_optimum_with_every_feature(seed):
    homes = list(generate(8, seed, Size(accounts=3, funds=12, lots=25)))
    assert sum(home.taxpayer.rates is None for home in homes) > 4, "most are taxed by brackets"
    for home in homes:
        agree(home)


def test_households_that_trade_heavily_have_the_same_optimum():
    for home in generate(5, 5, Size(accounts=3, funds=12, lots=25)):
        agree(trade_heavily(home, 1), Policy(targets="after_tax", to_target="exact"))


@pytest.mark.parametrize("whole", [False, True])
def test_sleeves_and_one_fund_have_the_same_optimum(whole):
    for seed in range(2):
        agree(generate_sleeve(seed, 6, sleeve=Sleeve(whole_shares=whole)))
        agree(generate_one_fund(seed, 50, whole_shares=whole))


@pytest.mark.parametrize("name", ["must_split", "harvest", "ira_purchase", "retiree", "conversion", "surtax"])
def test_the_fixtures_have_the_same_optimum(name):
    agree(Household.load(f"fixtures/{name}.json"))


# -- what it is --------------------------------------------------------------------------------------------------------


def test_no_group_is_both_harvested_and_bought():
    problem = build_problem(generate_sleeve(0, 12, sleeve=Sleeve(whole_shares=False)), POLICY)
    point = solve_textbook(problem, 1.0, 20.0).point
    lots, buys = problem.lots, problem.buys
    sold = point[: len(lots.size)] * problem.size * 1e-5
    bought = point[len(lots.size) : len(lots.size) + len(buys.limit)] * problem.size * 1e-5
    harvested = {*problem.group[lots.security[(sold > 0.01) & lots.is_loss]].tolist()}
    assert harvested
    assert harvested.isdisjoint(problem.group[buys.security[bought > 0.01]].tolist())


def test_whole_shares_are_whole():
    problem = build_problem(generate_sleeve(1, 8, sleeve=Sleeve(whole_shares=True)), POLICY)
    point = solve_textbook(problem, 1e-4 * problem.market_value, 20.0).point
    own = problem.whole_shares[problem.lots.account]
    shares = (point[: len(own)] * problem.size * 1e-5 / problem.price[problem.lots.security])[own]
    assert shares.max() > 0.9
    assert np.abs(shares - np.round(shares)).max() < 1e-3


def test_its_relaxation_is_weaker_or_its_bound_would_be_the_program_s():
    """At the root the exclusion Σ sell ≤ Q z alone leaves both sides open: without branching it proves less."""
    problem = build_problem(generate_sleeve(0, 40, sleeve=Sleeve(whole_shares=False)), POLICY)
    early, late = solve_textbook(problem, 1e9, 20.0), solve_textbook(problem, 1.0, 20.0)
    assert early.bound < late.bound


def test_a_time_limit_counts_as_its_seconds():
    problem = build_problem(generate_sleeve(0, 100), POLICY)
    found = solve_textbook(problem, 0.0, 0.3)
    assert found.timed_out
    assert found.seconds == 0.3


@pytest.mark.parametrize(
    "policy", [{"limits": {"loss": 100}}, {"wash_sales": "price"}, {"drift": {"hard": True}}], ids=str
)
def test_what_it_leaves_out_is_refused(policy):
    problem = build_problem(Household.load("fixtures/harvest.json"), Policy.model_validate(policy))
    with pytest.raises(ValueError, match="no limits"):
        solve_textbook(problem, 1.0, 1.0)


def test_a_household_that_cannot_keep_every_rule_has_no_textbook_solution():
    home = Household.load("fixtures/harvest.json")
    account = home.accounts[0]
    kept = [{"rule": "keep", "account": account.id, "lot": lot.id} for lot in account.lots]
    broke = home.with_({f"accounts.{account.id}.withdrawal": account.cash + 1000, "restrictions": kept})
    with pytest.raises(SolverError, match="nfeasible"):
        solve_textbook(build_problem(broke, POLICY), 1.0, 5.0)
