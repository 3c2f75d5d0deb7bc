"""What solve() does if its solver stops early, fails or is wrong: it returns a plan and claims nothing unproven."""

from time import perf_counter, sleep

import numpy as np
import pytest

from lotroute.models import Household, Policy
from lotroute.solver import Finding, api, audit, route, solve
from lotroute.solver.explanation.assemble import assemble
from lotroute.solver.formulation import model
from lotroute.solver.formulation.blocks.tax import add_tax
from lotroute.solver.search import search
from lotroute.solver.search.backend import SolverError, SolverResult


@pytest.fixture
def household():
    return Household.load("fixtures/must_split.json")


def answer(monkeypatch, change):
    """Pass the answers of branch and bound through `change`, which may raise, before the search sees them."""
    real = search.branch_and_bound
    monkeypatch.setattr(search, "branch_and_bound", lambda *args, **options: change(real(*args, **options)))


def replaced(outcome, **fields):
    return SolverResult(**{name: getattr(outcome, name) for name in SolverResult.__dataclass_fields__} | fields)


def test_failed_solver_leaves_the_router_s_plan_with_the_reason(monkeypatch, household):
    def fail(outcome):
        raise SolverError("HiGHS refused run")

    answer(monkeypatch, fail)
    plan = solve(household)
    assert plan.trades == route(household).trades
    assert (plan.certificate.status, plan.certificate.detail) == ("fallback", "HiGHS refused run")
    assert plan.certificate.bound is None
    assert audit(household, plan) == []


def test_no_point_in_time_leaves_the_router_s_plan_with_what_is_proven(monkeypatch, household):
    answer(monkeypatch, lambda outcome: replaced(outcome, status="none", point=None, bound=outcome.bound - 500))
    plan = solve(household, explain="codes")
    routed = [trade.model_dump(exclude={"reason"}) for trade in route(household).trades]
    assert [trade.model_dump(exclude={"reason"}) for trade in plan.trades] == routed
    assert (plan.certificate.status, plan.certificate.limit) == ("feasible", "time")
    assert plan.certificate.gap == pytest.approx(plan.objective - plan.certificate.bound)
    assert plan.certificate.gap > 500
    assert audit(household, plan) == []


def test_time_limit_before_any_bound_states_no_gap(monkeypatch, household):
    answer(monkeypatch, lambda outcome: replaced(outcome, status="none", point=None, bound=-np.inf))
    certificate = solve(household).certificate
    assert (certificate.status, certificate.limit, certificate.gap) == ("feasible", "time", None)


def test_bound_above_a_known_plan_is_no_proof(monkeypatch, household):
    answer(monkeypatch, lambda outcome: replaced(outcome, bound=outcome.bound + 100))
    plan = solve(household)
    assert plan.certificate.status == "feasible"
    assert plan.certificate.gap is None
    assert "refuted by this plan" in plan.certificate.detail
    assert audit(household, plan) == []


def test_worse_point_than_the_router_s_is_not_taken(monkeypatch, household):
    answer(monkeypatch, lambda outcome: replaced(outcome, point=np.zeros_like(outcome.point)))
    monkeypatch.setattr(search, "mispriced", lambda *_: 0.0)
    plan = solve(household)
    assert plan.objective == min(plan.baselines.values())
    assert plan.certificate.status == "feasible"
    assert plan.certificate.gap > 100


def test_no_bound_is_stated_where_the_program_s_bill_is_not_the_worksheet_s(monkeypatch, household):
    def off_by_a_dollar(*args):
        columns = add_tax(*args)
        columns.bill[:] += 1.0 / columns.width
        return columns

    monkeypatch.setattr(model, "add_tax", off_by_a_dollar)
    plan = solve(household)
    assert "the program's bill is $1.00 off the worksheet's" in plan.certificate.detail
    assert plan.certificate.gap is None
    assert plan.certificate.status == "feasible"
    assert audit(household, plan) == []


def test_plan_that_fails_its_audit_is_replaced_by_the_router_s(monkeypatch, household):
    monkeypatch.setattr(api, "findings_of", lambda *_: [Finding("lot", "joint/a", "1 share too many")])
    plan = solve(household)
    assert plan.trades == route(household).trades
    assert plan.certificate.status == "fallback"
    assert plan.certificate.gap is None
    assert "the audit refused the program's plan: lot joint/a: 1 share too many" in plan.certificate.detail
    assert audit(household, plan) == []


@pytest.mark.parametrize("options", [{"gap_bp": -1}, {"gap_bp": float("nan")}, {"time_limit": 0}])
def test_options_out_of_range_are_refused(household, options):
    with pytest.raises(ValueError, match="must be at least 0"):
        solve(household, **options)


def test_doing_nothing_is_the_plan_where_nothing_is_worth_its_cost(household):
    plan = solve(household, Policy(drift={"near_cost": 0, "far_cost": 0}, location_years=0))
    assert plan.trades == ()
    assert plan.objective == plan.baselines["nothing"] == 0


def test_a_policy_that_weighs_drift_more_leaves_less_of_it(household):
    prices = (0.001, 0.01, 0.1)
    drifts = []
    for price in prices:
        plan = solve(household, Policy(drift={"near_cost": price, "far_cost": 3 * price}))
        outside = [
            max(row.after - row.upper * plan.market_value, row.lower * plan.market_value - row.after, 0)
            for row in plan.classes
        ]
        drifts.append(sum(outside))
    assert drifts[0] > drifts[1] >= drifts[2]


def test_the_seconds_are_all_that_the_caller_waits_by_stage(household):
    certificate = solve(household).certificate
    assert [*certificate.stages] == ["build", "search", "explain", "audit"]
    assert sum(certificate.stages.values()) == pytest.approx(certificate.seconds, abs=1e-3)
    assert [*route(household).certificate.stages] == ["build", "explain"]


def test_when_the_time_is_up_next_best_prices_are_left_out(household):
    plan = solve(household, time_limit=1e-6)
    assert plan.trades
    assert all(trade.reason.text and not trade.reason.next_best for trade in plan.trades)
    assert any(trade.reason.next_best for trade in solve(household).trades)
    assert audit(household, plan) == []


def test_a_search_that_uses_up_its_time_leaves_time_for_next_best_prices(monkeypatch, household):
    real = api.search_orders

    def slow(problem, books, gap, deadline, **options):
        found = real(problem, books, gap, deadline, **options)
        sleep(max(deadline - perf_counter(), 0))
        return found

    monkeypatch.setattr(api, "search_orders", slow)
    plan = solve(household, time_limit=4.0)
    assert any(trade.reason.next_best for trade in plan.trades)


def test_a_fallback_says_what_made_it(monkeypatch, household):
    answer(monkeypatch, lambda outcome: (_ for _ in ()).throw(SolverError("HiGHS refused run")))
    monkeypatch.setattr(api, "best", lambda candidates, **_: candidates["nothing"])
    assert solve(household).certificate.method == "no trade"


def test_stages_are_all_the_seconds_after_a_refusal_too(monkeypatch, household):
    monkeypatch.setattr(api, "findings_of", lambda *_: [Finding("lot", "joint/a", "1 share too many")])
    monkeypatch.setattr(api, "assemble", lambda *args, **options: sleep(0.1) or assemble(*args, **options))
    certificate = solve(household).certificate
    assert sum(certificate.stages.values()) == pytest.approx(certificate.seconds, abs=1e-2)
    assert certificate.stages["explain"] > 0.2


def test_the_search_for_a_plan_without_wash_sales_may_fail(monkeypatch, household):
    """A search that prices wash sales starts with a plan that avoids them; it finds a plan without that start too."""
    real = api.search_orders

    def fails_when_avoiding(problem, *args, **options):
        if problem.policy.wash_sales == "avoid":
            raise SolverError("no licence")
        return real(problem, *args, **options)

    monkeypatch.setattr(api, "search_orders", fails_when_avoiding)
    plan = solve(household, Policy(wash_sales="price"))
    assert plan.certificate.status == "optimal"


def test_a_loss_far_above_all_values_is_solved():
    """46 dollars of shares that cost 150 million: the program's numbers keep to a scale that HiGHS can solve."""
    lots = [{"id": "a", "symbol": "A", "quantity": 45_940.803, "basis_per_share": 3271.31, "acquired": "2026-01-04"}]
    account = {"id": "joint", "kind": "taxable", "lots": lots, "contribution": 0.3, "minimum_cash": 0.01}
    home = Household.model_validate(
        {
            "trade_date": "2026-06-15",
            "taxpayer": {"rates": {"short": 0.0, "long": 0.3}},
            "accounts": [account | {"commission": 1 / 3, "maximum_cash": 6_620_200}],
            "securities": [{"symbol": "A", "price": 0.001, "exposures": "stock"}],
            "targets": [
                {"asset_class": "stock", "weight": 0.01},
                {"asset_class": "bond", "weight": 0.99, "lower": 0.2},
            ],
        }
    )
    assert solve(home).certificate.status in ("optimal", "within_rounding")


def test_shares_without_number_are_whole_by_rounding():
    """At a ten-millionth of a dollar the account buys more whole shares than a float tells apart."""
    home = Household.model_validate(
        {
            "trade_date": "2026-06-15",
            "taxpayer": {"rates": {"short": 0.3, "long": 0.15}},
            "accounts": [{"id": "ira", "kind": "roth", "cash": 843_000_000.17, "whole_shares": True}],
            "securities": [{"symbol": "A", "price": 1e-7, "exposures": "stock", "half_spread": 0.08}],
            "targets": [{"asset_class": "stock", "weight": 1}],
        }
    )
    plan = solve(home)
    assert plan.certificate.status in ("optimal", "within_rounding")
    assert [trade.quantity % 1 for trade in plan.trades] == [0]
