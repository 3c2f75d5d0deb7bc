"""Employer stock in a 401(k), kept for its gain (IRC 402(e)(4)), unless the policy sells it."""

import pytest
from audit_cases import plan_of, rules
from feature_cases import household, joint, lot, solved

from lotroute.models import InputError, Policy
from lotroute.solver import audit, route, solve
from lotroute.solver.accounting.orders import Order
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.runs.verification import verify

SELL = Policy(employer_stock="sell")


def employed(kind="401k", **changes):
    """60,000 of stock, all of it the employer's in a 401(k), and 40,000 of bonds; the targets are one half."""
    own = lot("plan", "A", 60_000, basis=20)
    work = {"id": "work", "kind": kind, "lots": [own, lot("d", "BOND", 10_000)], "employer_stock": ["A"]} | changes
    return household(joint(lot("b", "BOND", 30_000)), work)


def test_it_is_kept_and_its_gain_is_stated():
    home = employed()
    plan = solved(home)
    assert [trade for trade in plan.trades if trade.symbol == "A"] == []
    [row] = [row for row in plan.blocked if row.lot == "plan"]
    assert row.rule == "employer_stock"
    assert "its gain of $48,000 is taxed as long-term gain" in row.text  # 600 shares, 100 - 20
    assert all(trade.lot != "plan" for trade in route(home).trades)
    assert verify(home).findings == []


def test_the_policy_may_sell_it():
    plan = solve(employed(), SELL)
    assert audit(employed(), plan, SELL) == []
    assert {trade.lot for trade in plan.trades if trade.side == "sell"} == {"plan"}
    assert not [row for row in plan.blocked if row.rule == "employer_stock"]
    assert verify(employed(), SELL).findings == []


def test_its_sale_is_caught_unless_the_policy_sells_it():
    order = Order("work", "A", "sell", 10.0, "plan")
    assert rules(employed(), plan_of(employed(), order)) == {"restriction"}
    assert audit(employed(), plan_of(employed(), order, policy=SELL), SELL) == []


def test_it_is_named_where_it_stands_in_the_way():
    """The 401(k) pays out more than its bonds are worth."""
    plan = solve(employed(withdrawal=20_000))
    assert [row.rule for row in plan.violations] == ["minimum_cash"]
    assert "work/plan is employer stock, which is kept" in plan.violations[0].conflicts
    assert audit(employed(withdrawal=20_000), plan) == []


def test_its_gain_is_not_named_without_a_cost():
    lots = [{"id": "plan", "symbol": "A", "quantity": 600}]
    [row] = [row for row in solve(employed(lots=lots)).blocked if row.lot == "plan"]
    assert "taken out in kind, its gain is taxed" in row.text


def test_the_same_stock_elsewhere_is_traded():
    home = household(joint(lot("a", "A", 60_000)), employed().account["work"].model_dump())
    blocked = build_problem(home, Policy()).lots.blocked
    assert [*blocked] == ["", "R5", ""]


def test_only_an_employer_s_plan_has_it():
    with pytest.raises(InputError, match="only in 401k"):
        employed(kind="traditional")
