"""Where a fund may be bought: funds of a plan's menu are not bought elsewhere, and `only_in` says where else."""

import pytest
from audit_cases import plan_of, rules
from feature_cases import fund, joint, lot, solved
from feature_cases import household as home_of

from lotroute.models import Household, InputError
from lotroute.models.household.parts.substitutes import ranks
from lotroute.solver import BASELINES, baseline, route
from lotroute.solver.accounting.orders import Order
from lotroute.solver.oracle.program import find_optimum

FUNDS = (fund("PLAN"), fund("OPEN", half_spread=0.01), fund("BOND", "bond"))
"""PLAN is cheaper to buy than the other stock fund, OPEN."""


def plan_401k(*lots, kind="401k", menu=("PLAN", "BOND"), **changes):
    return {"id": "work", "kind": kind, "menu": menu, "lots": lots} | changes


def home(*, plan=None, held=(), funds=FUNDS):
    """joint has $50,000 of cash to invest in stocks, the plan $50,000 of bonds."""
    return home_of(joint(*held, cash=50_000), plan or plan_401k(lot("c", "BOND", 50_000)), funds=funds)


def bought(plan):
    return {(trade.account, trade.symbol) for trade in plan.trades if trade.side == "buy"}


@pytest.mark.parametrize("kind", ["401k", "hsa"])
def test_a_fund_of_a_plan_s_menu_is_not_bought_elsewhere(kind):
    there = home(plan=plan_401k(lot("c", "BOND", 50_000), kind=kind))
    assert there.buyable == {"joint": ("OPEN",), "work": ("PLAN", "BOND")}
    plan = solved(there)
    assert bought(plan) == {("joint", "OPEN")}
    [held_back] = [each for each in plan.blocked if each.symbol == "PLAN"]
    assert (held_back.rule, held_back.account, held_back.lot, held_back.until) == ("not_available", None, None, None)
    assert held_back.text.startswith("Not bought in joint: it is on the menu of work")


@pytest.mark.parametrize("kind", ["roth", "traditional", "taxable"])
def test_a_menu_that_the_user_chose_keeps_nobody_else_from_buying(kind):
    there = home(plan=plan_401k(lot("c", "BOND", 50_000, basis=100), kind=kind))
    assert there.buyable["joint"] == ("PLAN", "OPEN", "BOND")
    plan = solved(there)
    assert ("joint", "PLAN") in bought(plan)
    assert [each for each in plan.blocked if each.rule == "not_available"] == []


def test_an_account_that_holds_or_lists_the_fund_buys_more_of_it():
    holding = home(held=[lot("mine", "PLAN", 1000, basis=90)])
    assert holding.buyable["joint"] == ("PLAN", "OPEN")
    assert ("joint", "PLAN") in bought(solved(holding))
    nothing = home(held=[lot("mine", "PLAN", 0, basis=90)])
    assert nothing.buyable["joint"] == ("OPEN",)
    listing = home_of(joint(cash=50_000, menu=["PLAN"]), plan_401k(lot("c", "BOND", 50_000)), funds=FUNDS)
    assert bought(solved(listing)) == {("joint", "PLAN")}


def test_the_security_says_where_else_it_is_available():
    funds = (fund("PLAN", only_in=["joint", "work"]), *FUNDS[1:])
    plan = solved(home(funds=funds))
    assert bought(plan) == {("joint", "PLAN")}
    assert [each.symbol for each in plan.blocked if each.rule == "not_available"] == ["BOND"]
    shut = home(funds=(fund("PLAN"), fund("OPEN", only_in=[]), fund("BOND", "bond")))
    assert shut.buyable["joint"] == ()


def test_no_other_way_to_trade_buys_it_either():
    plans = [route(home()), *(baseline(home(), None, name) for name in BASELINES)]
    assert all(("joint", "PLAN") not in bought(plan) for plan in plans)
    assert ("joint", "OPEN") in bought(plans[0])


def test_the_independent_program_finds_the_same_plan():
    plan = solved(home())
    best = find_optimum(home(), plan.policy)
    assert {*best.bought} == {("joint", "OPEN")}
    assert best.objective == pytest.approx(plan.objective, abs=0.05)


def test_a_purchase_where_the_fund_is_not_available_is_caught():
    order = Order("joint", "PLAN", "buy", 10.0)
    assert "trade" in rules(home(), plan_of(home(), order))
    named = home(
        funds=(fund("PLAN", only_in=["work"]), *FUNDS[1:]), plan=plan_401k(lot("c", "BOND", 50_000), menu=None)
    )
    assert "trade" in rules(named, plan_of(named, order))
    for free in (
        home(funds=(fund("PLAN", only_in=["joint"]), *FUNDS[1:])),
        home(held=[lot("mine", "PLAN", 1000)]),
        home(plan=plan_401k(lot("c", "BOND", 50_000), kind="roth")),
    ):
        assert "trade" not in rules(free, plan_of(free, order))


@pytest.mark.parametrize(
    ("only_in", "fault"),
    [
        (["joint", "wrk"], "securities.PLAN.only_in: unknown account 'wrk'"),
        (["work"], "securities.PLAN.only_in: 'PLAN' is not on the menu of 'work'"),
    ],
)
def test_places_that_cannot_be_are_refused(only_in, fault):
    with pytest.raises(InputError, match=fault):
        home(funds=(fund("PLAN", only_in=only_in), *FUNDS[1:]), plan=plan_401k(menu=["BOND"]))


def test_places_survive_tables(tmp_path):
    funds = (fund("PLAN", only_in=["joint", "work"]), fund("OPEN", only_in=[]), fund("BOND", "bond"))
    home(funds=funds).save(tmp_path / "tables")
    again = Household.load(tmp_path / "tables")
    assert [each.only_in for each in again.securities] == [("joint", "work"), (), None]


def test_a_class_has_a_preferred_fund_only_where_it_is_available():
    """joint can buy neither PLAN nor its substitute, so that OPEN is no third fund there."""
    funds = (fund("PLAN", substitutes=["SUB"]), fund("SUB"), *FUNDS[1:])
    there = home(funds=funds, plan=plan_401k(lot("c", "BOND", 50_000), menu=["PLAN", "SUB", "BOND"]))
    assert ranks(there.securities, there.buyable["joint"]) == {"OPEN": 0}
    assert solved(there).parts["substitution"] == 0
    opened = there.with_({"securities.PLAN.only_in": ["joint", "work"]})
    assert ranks(opened.securities, opened.buyable["joint"]) == {"PLAN": 0, "OPEN": 2}
