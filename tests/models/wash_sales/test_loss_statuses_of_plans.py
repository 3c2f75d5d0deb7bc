"""What a plan states of its losses: in its fields, in print, in the audit, and in a file."""

import math
from datetime import date, timedelta

import pytest
from audit_cases import plan_of, rules
from feature_cases import TODAY, fund, ira, joint, lot
from feature_cases import household as home_of
from rich.console import Console

from lotroute.models import Plan, Policy
from lotroute.solver import check, solve
from lotroute.solver.accounting.orders import Order
from lotroute.solver.app.terminal import print_plan

FUND_OF = (fund("VOO"), fund("IVV"), fund("BOND", "bond"))
LOSER = joint(lot("old", "VOO", 50_000, basis=130), lot("b", "BOND", 50_000), cash=5000)
HARVEST = Order("joint", "VOO", "sell", 10.0, "old")
"""Ten shares at $100 less the spread, which cost $130."""


def home(**changes):
    return home_of(LOSER, ira(cash=5000), funds=FUND_OF, **changes)


def summary(plan):
    return [(each.state, each.missing, each.quantity, each.purchase_account) for each in plan.loss_statuses]


def printed(household, plan):
    console = Console(width=400)
    with console.capture() as capture:
        print_plan(console, household, plan, plan)
    return capture.get()


def test_a_plan_states_what_becomes_of_its_losses():
    plan = plan_of(home(), HARVEST, Order("ira", "VOO", "buy", 4.0))
    assert summary(plan) == [("allowed", None, 6.0, None), ("lost", None, 4.0, "ira")]
    assert math.fsum(each.loss for each in plan.loss_statuses) == pytest.approx(-plan.trades[0].gain)
    assert [(each.sold, each.days) for each in plan.loss_statuses] == [(TODAY, None), (TODAY, 0)]
    frame = plan.loss_statuses_frame()
    assert list(frame["state"]) == ["allowed", "lost"]
    assert list(frame["purchase_account"].dropna()) == ["ira"]


def test_a_scheduled_purchase_and_a_lot_of_the_window_are_evidence():
    buy = {"account": "ira", "symbol": "VOO", "date": TODAY + timedelta(9), "quantity": 3}
    accounts = joint(lot("old", "VOO", 50_000, basis=130), lot("new", "VOO", 500, basis=90, days=7))
    plan = plan_of(home_of(accounts, ira(), funds=FUND_OF, scheduled_buys=[buy]), HARVEST)
    assert [(each.state, each.quantity, each.purchase_lot, each.days) for each in plan.loss_statuses] == [
        ("allowed", 2.0, None, None),
        ("deferred", 5.0, "new", -7),
        ("lost", 3.0, None, 9),
    ]


def test_states_come_in_the_order_of_the_trades_and_earlier_losses_have_none():
    """The earlier loss takes the purchase, so that nothing is left to replace the plan's."""
    trades = [
        {"account": "joint", "symbol": "VOO", "date": TODAY - timedelta(days), "quantity": 10} | side
        for days, side in ((9, {"side": "sell", "gain": -50}), (5, {"side": "buy"}))
    ]
    lots = [lot("new", "VOO", 20_000, basis=120, days=500), lot("bond", "BOND", 20_000, basis=120), LOSER["lots"][0]]
    there = home_of(joint(*lots), funds=FUND_OF, recent_trades=trades)
    orders = [Order("joint", "BOND", "sell", 2.0, "bond"), Order("joint", "VOO", "sell", 3.0, "new"), HARVEST]
    for planned in (orders, orders[::-1]):
        plan = plan_of(there, *planned)
        assert [(each.lot, each.state, each.quantity) for each in plan.loss_statuses] == [
            (order.lot, "allowed", order.quantity) for order in planned
        ]


def test_a_plan_without_losses_has_no_states():
    plan = plan_of(home(), Order("ira", "VOO", "buy", 4.0))
    assert plan.loss_statuses == ()
    assert list(plan.loss_statuses_frame().columns)[:2] == ["state", "missing"]


def test_an_undeclared_replacement_is_uncertain_warned_of_and_printed():
    plan = plan_of(home(), HARVEST, Order("joint", "IVV", "buy", 4.0))
    assert summary(plan) == [("uncertain", "identity", 4.0, "joint"), ("allowed", None, 6.0, None)]
    dollars = f"${plan.loss_statuses[0].loss:,.2f}"
    [warning] = plan.warnings
    assert warning.startswith(f"If VOO and IVV are substantially identical, {dollars} of this plan's losses on VOO")
    text = printed(home(), plan)
    assert "joint: VOO lot old. " + plan.loss_statuses[0].text in text
    assert plan.loss_statuses[1].text not in text
    assert rules(home(), plan) == set()


def test_likeness_that_the_policy_leaves_out_is_neither_stated_nor_warned_of():
    for level in ("declared", "share_class"):
        plan = plan_of(home(), HARVEST, Order("joint", "IVV", "buy", 4.0), policy=Policy(identity=level))
        assert summary(plan) == [("allowed", None, 10.0, None)]
        assert plan.warnings == ()
        assert rules(home(), plan) == set()


def test_an_undeclared_fund_bought_before_or_coming_is_uncertain_too():
    bought = {"account": "ira", "symbol": "IVV", "side": "buy", "date": TODAY - timedelta(3), "quantity": 4}
    coming = {"account": "ira", "symbol": "IVV", "date": TODAY + timedelta(3)}
    for changes, shares in (({"recent_trades": [bought]}, 4.0), ({"scheduled_buys": [coming]}, 10.0)):
        [found] = [each for each in plan_of(home(**changes), HARVEST).loss_statuses if each.missing == "identity"]
        assert (found.quantity, found.purchase_account) == (shares, "ira")
    declared = [each | {"identity_group": "sp500"} if each["symbol"] != "BOND" else each for each in FUND_OF]
    plan = plan_of(home_of(LOSER, ira(), funds=declared, recent_trades=[bought]), HARVEST)
    assert [each.state for each in plan.loss_statuses] == ["allowed", "lost"]


def test_accounts_elsewhere_make_a_plan_s_losses_uncertain():
    there = home(accounts_elsewhere=["spouse"])
    plan = plan_of(there, HARVEST)
    assert summary(plan) == [("uncertain", "account", 10.0, None)]
    assert "spouse is not known" in printed(there, plan)
    assert rules(there, plan) == set()


def test_nothing_is_printed_where_all_is_allowed():
    plan = plan_of(home(), HARVEST)
    assert summary(plan) == [("allowed", None, 10.0, None)]
    assert "may be disallowed" not in printed(home(), plan)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "allowed", "missing": None},
        {"loss": 1.0},
        {"quantity": 3.0},
        {"purchase_date": date(2026, 6, 14)},
        {"days": 1},
        {"rule": "IRC 1091(d)"},
    ],
)
def test_a_false_state_is_caught(change):
    plan = plan_of(home(), HARVEST, Order("joint", "IVV", "buy", 4.0))
    first, *others = plan.loss_statuses
    false = (first.model_copy(update=change), *others)
    assert rules(home(), plan.model_copy(update={"loss_statuses": false})) == {"figure"}


def test_false_words_about_a_loss_are_caught_by_a_check():
    plan = plan_of(home(), HARVEST)
    false = plan.loss_statuses[0].model_copy(update={"text": "all is well"})
    found = check(home(), plan.model_copy(update={"loss_statuses": (false,)}))
    assert "loss_statuses[0].text" in {finding.where for finding in found}
    assert "loss_statuses[0].text" not in {finding.where for finding in check(home(), plan)}


def test_missing_states_and_a_missing_warning_are_caught():
    plan = plan_of(home(), HARVEST, Order("joint", "IVV", "buy", 4.0))
    assert rules(home(), plan.model_copy(update={"loss_statuses": ()})) == {"figure"}
    assert rules(home(), plan.model_copy(update={"warnings": ()})) == {"tax"}


def test_a_plan_s_states_survive_its_file(tmp_path):
    plan = plan_of(home(), HARVEST, Order("joint", "IVV", "buy", 4.0))
    plan.save(tmp_path / "plan.json")
    assert Plan.load(tmp_path / "plan.json") == plan


def test_a_household_of_nothing_has_no_states():
    empty = home_of(joint(), ira(), funds=FUND_OF, accounts_elsewhere=["spouse"])
    assert solve(empty).loss_statuses == ()
