"""Restrictions that name an account alone: all that it holds and may buy, in one row."""

import pytest
from audit_cases import plan_of, rules
from feature_cases import household, ira, joint, lot, solved

from lotroute.models import InputError, Policy
from lotroute.solver import audit, route
from lotroute.solver.accounting.orders import Order
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.runs.verification import verify


def restricted(rule, account="ira", **changes):
    """70,000 of stock and 30,000 of bonds between joint and an ira, at targets of one half."""
    lots = joint(lot("a", "A", 50_000, basis=60), lot("b", "BOND", 10_000), **changes)
    rows = [{"rule": rule, "account": account}]
    return household(lots, ira(lot("c", "A", 20_000), lot("d", "BOND", 20_000)), restrictions=rows)


def sides(plan, account="ira"):
    return {(trade.side, trade.symbol) for trade in plan.trades if trade.account == account}


def test_without_a_restriction_the_ira_is_traded():
    free = restricted("no_withdrawal")
    assert sides(solved(free)) == {("sell", "A"), ("buy", "BOND")}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("no_buy", set()), ("no_sell", set()), ("keep", set()), ("do_not_hold", {("sell", "A"), ("sell", "BOND")})],
)
def test_all_of_an_account_is_restricted(rule, expected):
    home = restricted(rule)
    plan = solved(home)
    assert sides(plan) == expected
    assert not plan.violations
    ours = build_problem(home, Policy())
    assert {*ours.lots.blocked[2:]} == {{"no_sell": "R1", "keep": "R2"}.get(rule, "")}
    assert not (rule in ("no_buy", "do_not_hold") and any(ours.buys.free[ours.buys.account == 1]))
    assert not any(side == "sell" for side, _ in sides(route(home))) or rule in ("no_buy", "do_not_hold")
    assert verify(home).findings == []


FORBIDDEN = [
    ("no_buy", Order("ira", "BOND", "buy", 1)),
    ("do_not_hold", Order("ira", "BOND", "buy", 1)),
    ("no_sell", Order("ira", "A", "sell", 1, "c")),
    ("keep", Order("ira", "BOND", "sell", 1, "d")),
]


@pytest.mark.parametrize(("rule", "order"), FORBIDDEN)
def test_a_trade_in_it_is_caught(rule, order):
    home = restricted(rule)
    fuel = [Order("ira", "A", "sell", 1.1, "c")] if order.side == "buy" else []
    assert "restriction" in rules(home, plan_of(home, *fuel, order))
    elsewhere = Order("joint", "BOND", "sell", 1, "b")
    assert "restriction" not in rules(home, plan_of(home, elsewhere))


def test_what_is_left_of_an_account_that_may_not_be_held_is_a_violation():
    home = restricted("do_not_hold")
    plan = plan_of(home)
    assert [row.where for row in plan.violations] == ["ira/c", "ira/d"]
    assert "restriction" not in {finding.rule for finding in audit(home, plan)}
    silent = plan.model_copy(update={"violations": ()})
    assert "restriction" in {finding.rule for finding in audit(home, silent)}


def test_a_rule_needs_a_symbol_or_an_account():
    with pytest.raises(InputError, match="no_sell needs symbol, or account for all that it holds"):
        restricted("no_sell", account=None)
    with pytest.raises(InputError, match="keep needs account, and lot unless it is for all of its lots"):
        restricted("keep", account=None)
