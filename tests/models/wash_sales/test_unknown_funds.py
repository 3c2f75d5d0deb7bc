"""A fund that nobody knows, beside a loss: the loss is uncertain, loudly, and never allowed."""

from datetime import timedelta

import pytest
from audit_cases import plan_of, rules
from feature_cases import TODAY, fund, ira, joint, lot
from feature_cases import household as home_of

from lotroute.models import Policy
from lotroute.models.household.parts.identity import UnknownFunds, unknown_funds
from lotroute.solver import solve
from lotroute.solver.accounting.orders import Order

LOSER = joint(lot("old", "VXUS", 50_000, basis=130), lot("b", "BOND", 50_000), cash=5000)
HARVEST = Order("joint", "VXUS", "sell", 10.0, "old")
WHEN = ("recent", "planned", "scheduled", "reinvested")


def bought(when, symbol="PLAN", account="ira"):
    """Changes of the household and orders that buy five shares of a fund."""
    trade = {"account": account, "symbol": symbol, "quantity": 5}
    if when == "recent":
        return {"recent_trades": [trade | {"side": "buy", "date": TODAY - timedelta(30)}]}, ()
    if when == "scheduled":
        return {"scheduled_buys": [trade | {"date": TODAY + timedelta(30)}]}, ()
    return {}, (Order(account, symbol, "buy", 5.0),) if when == "planned" else ()


def plan_beside(when, *securities, policy=None, symbol="PLAN", account="ira", **changes):
    """A plan that sells ten shares of VXUS at a loss beside a purchase of another fund, and its household."""
    more, orders = bought(when, symbol, account)
    lots = [lot("held", symbol, 5000)] if when == "reinvested" else []
    sheltered = ira(*lots, cash=5000, reinvests=[symbol] if when == "reinvested" else [])
    home = home_of(LOSER, sheltered, funds=(fund("VXUS"), *securities, fund("BOND", "bond")), **more, **changes)
    return home, plan_of(home, HARVEST, *orders, policy=policy or Policy())


def uncertain(plan):
    return [(each.state, each.quantity) for each in plan.loss_statuses if each.missing == "unknown fund"]


@pytest.mark.parametrize("when", WHEN)
def test_a_loss_beside_a_purchase_of_an_unknown_fund_of_its_class_is_uncertain(when):
    home, plan = plan_beside(when, fund("PLAN"))
    assert uncertain(plan) == [("uncertain", 10.0 if when == "reinvested" else 5.0)]
    [status] = [each for each in plan.loss_statuses if each.missing]
    assert (status.purchase_symbol, status.purchase_account, status.rule) == ("PLAN", "ira", "IRC 1091(a)")
    assert "replaces it if the two are share classes of one fund (unknown fund: PLAN)" in status.text
    [warning] = plan.warnings
    assert warning.startswith("Unknown fund: if VXUS and PLAN are share classes of one fund")
    assert f"${status.loss:,.2f}" in warning
    assert rules(home, plan) == set()


def test_a_loss_on_an_unknown_fund_is_uncertain_beside_any_fund_of_its_class_and_in_the_same_account_too():
    for symbol, account in (("VTI", "ira"), ("VTI", "joint"), ("OTHER", "ira")):
        home = home_of(
            joint(lot("old", "MINE", 50_000, basis=130), lot("b", "BOND", 50_000), cash=5000),
            ira(cash=5000),
            funds=(fund("MINE"), fund(symbol), fund("BOND", "bond")),
        )
        plan = plan_of(home, Order("joint", "MINE", "sell", 10.0, "old"), Order(account, symbol, "buy", 5.0))
        assert uncertain(plan) == [("uncertain", 5.0)]


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize(
    "other",
    [
        fund("PLAN", "bond"),
        fund("PLAN", identity_group="of its own"),
        fund("PLAN", kind="stock"),
        fund("VTI"),
        fund("FCNTX"),
    ],
)
def test_another_class_a_declared_group_a_stock_and_a_known_fund_leave_a_loss_allowed(when, other):
    home, plan = plan_beside(when, other, symbol=other["symbol"])
    assert {each.state for each in plan.loss_statuses} == {"allowed"}
    assert plan.warnings == ()
    assert rules(home, plan) == set()


def test_what_the_file_names_as_a_substitute_is_not_the_same_fund():
    home = home_of(
        LOSER, ira(cash=5000), funds=(fund("VXUS", substitutes=["PLAN"]), fund("PLAN"), fund("BOND", "bond"))
    )
    assert uncertain(plan_of(home, HARVEST, Order("ira", "PLAN", "buy", 5.0))) == []


def test_a_policy_that_takes_the_file_s_word_has_no_unknown_funds():
    _, plan = plan_beside("planned", fund("PLAN"), policy=Policy(identity="declared"))
    assert {each.state for each in plan.loss_statuses} == {"allowed"}
    _, plan = plan_beside("planned", fund("PLAN"), policy=Policy(identity="share_class"))
    assert uncertain(plan) == [("uncertain", 5.0)]


@pytest.mark.parametrize("symbol", ["VTPSX", "VTSNX", "VTIAX"])
@pytest.mark.parametrize("when", WHEN)
def test_a_plan_s_institutional_class_of_the_fund_loses_the_loss(when, symbol):
    _, plan = plan_beside(when, fund(symbol), symbol=symbol)
    lost = 10.0 if when == "reinvested" else 5.0
    assert [(each.state, each.quantity) for each in plan.loss_statuses if each.state != "allowed"] == [("lost", lost)]


def test_no_share_class_of_a_harvested_fund_is_bought_in_its_place():
    """VTIAX and VXUS are one fund. The other fund of the class costs more to trade, and is bought all the same."""
    funds = (fund("VXUS"), fund("VTIAX"), fund("IXUS", half_spread=0.002), fund("BOND", "bond"))
    payer = {"rates": {"short": 0.35, "long": 0.15}, "realized_short": 40_000}
    plan = solve(home_of(LOSER, ira(cash=5000), funds=funds, taxpayer=payer))
    sides = {(trade.symbol, trade.side) for trade in plan.trades}
    assert ("VXUS", "sell") in sides
    assert ("IXUS", "buy") in sides
    assert ("VTIAX", "buy") not in sides


def test_a_security_with_a_target_of_its_own_is_a_stock_unless_it_is_said_to_be_a_fund():
    home = home_of(
        joint(), funds=(fund("NAME"), fund("INDEX", kind="fund"), fund("LOOSE"), fund("VTI"), fund("BOND", "bond"))
    )
    found = unknown_funds(home.securities, {"NAME", "INDEX"})
    assert [{*found.unknown}, {*found.known}] == [{"INDEX", "LOOSE", "BOND"}, {"VTI"}]
    assert found.between("LOOSE", "VTI") == ["LOOSE"]
    assert found.between("LOOSE", "INDEX") == ["LOOSE", "INDEX"]
    for pair in (("NAME", "LOOSE"), ("LOOSE", "LOOSE"), ("LOOSE", "BOND"), ("VTI", "VTI")):
        assert found.between(*pair) == []
    assert UnknownFunds().between("LOOSE", "VTI") == []
