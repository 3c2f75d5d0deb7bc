"""Wash sales at their price, clean-outs and substitutes, in households small enough to work out by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest
from audit_cases import plan_of
from feature_cases import TODAY, bands, dollars, fund, household, ira, joint, lot, solved
from random_households import random_household, random_policy
from window_cases import CUT, LOSS, REST, trade

from lotroute.models import InputError, Policy
from lotroute.solver import audit, compare, solve
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.orders import Order
from lotroute.solver.accounting.replay import replay
from lotroute.solver.auditor.judge import Judge

DRIP = lot("drip", dollars=1000, basis=101, days=10)


def fates(plan):
    """Dollars of loss by lot and state."""
    found = {}
    for state in plan.loss_statuses:
        found[state.lot, state.state] = round(found.get((state.lot, state.state), 0) + state.loss, 2)
    return found


# -- clean-outs --------------------------------------------------------------------------------------------------------


def test_what_a_reinvested_dividend_blocks_is_sold_with_it():
    home = household(joint(LOSS, DRIP, REST), targets=CUT)
    plan = solved(home)
    sold = dollars(plan)
    assert sold["joint/old"] == -50_000
    assert sold["joint/drip"] == -1000
    assert fates(plan) == {("old", "allowed"): 15_010, ("drip", "allowed"): 10.2}
    assert compare(home, names=["whole_groups"])["whole_groups"].objective > plan.objective + 1000
    assert [t.lot for t in plan.trades if t.side == "sell"] == ["drip", "old"]
    assert [t.reason.code for t in plan.trades if t.lot == "drip"] == ["clean_out"]
    assert not any(row.lot in ("old", "drip") for row in plan.blocked)


@pytest.mark.parametrize(
    "changes",
    [
        {"restrictions": [{"rule": "keep", "account": "joint", "lot": "drip"}]},
        {"scheduled_buys": [{"account": "ira", "symbol": "A", "date": TODAY + timedelta(30)}]},
        {"recent_trades": [trade("A", "buy", 30, account="ira")]},
        {"recent_trades": [trade("A", "option", 30)]},
    ],
    ids=["kept", "a purchase to come", "the IRA's purchase", "an option"],
)
def test_there_is_no_clean_out_while_anything_else_would_replace_the_loss(changes):
    plan = solved(household(joint(LOSS, DRIP, REST), ira(cash=1000), targets=CUT, **changes))
    assert not any(trade.gain is not None and trade.gain < 0 for trade in plan.trades)
    assert "old" in {row.lot for row in plan.blocked}


def test_a_share_of_the_recent_lot_that_stays_is_found_by_the_audit():
    home = household(joint(LOSS, DRIP, REST), targets=CUT)
    judge = Judge(home, Policy())
    orders = [Order("joint", "A", "sell", 500.0, "old"), Order("joint", "A", "sell", 9.0, "drip")]
    assert {f.rule for f in judge.evaluate(orders).findings} == {"wash_sale"}
    orders[1] = replace(orders[1], quantity=10.0)
    assert judge.evaluate(orders).findings == []


def test_the_rest_of_the_last_recent_order_need_not_be_sold():
    """Of two recent lots at a loss, selling the small one in full frees the loss of the large one, in any part."""
    large = lot("large", dollars=60_000, basis=130, days=10)
    home = household(joint(lot("small", dollars=1000, basis=99, days=20), large, lot("c", "BOND", 39_000)), targets=CUT)
    plan = solved(home, limits={"loss": 6000})
    assert dollars(plan)["joint/small"] == -1000
    assert fates(plan)["large", "allowed"] == pytest.approx(6000, abs=0.5)
    judge = Judge(home, Policy())
    both = [Order("joint", "A", "sell", 5.0, "small"), Order("joint", "A", "sell", 200.0, "large")]
    assert {f.rule for f in judge.evaluate(both).findings} == {"wash_sale"}
    both[0] = replace(both[0], quantity=10.0)
    assert judge.evaluate(both).findings == []


def test_recent_lots_at_a_gain_are_sold_before_those_at_a_loss():
    """The older lot is sold in part at a loss, the younger one in full at a gain, which replaces nothing then."""
    older, younger = lot("older", dollars=20_000, basis=130, days=20), lot("younger", dollars=20_000, basis=90, days=10)
    home = household(joint(older, younger, REST))
    orders = [Order("joint", "A", "sell", 50.0, "older"), Order("joint", "A", "sell", 200.0, "younger")]
    assert audit(home, plan_of(home, *orders)) == []
    kept = [orders[0], replace(orders[1], quantity=199.0)]
    assert {finding.rule for finding in audit(home, plan_of(home, *kept))} == {"wash_sale"}


@pytest.mark.parametrize("wash_sales", ["avoid", "price"])
def test_a_recent_lot_in_an_ira_that_is_sold_again_still_replaces_the_loss(wash_sales):
    home = household(joint(LOSS, REST), ira(lot("young", dollars=1000, days=5)), targets=CUT)
    orders = [Order("ira", "A", "sell", 10.0, "young"), Order("joint", "A", "sell", 10.0, "old")]
    policy = Policy(wash_sales=wash_sales)
    after = replay(Books(home, policy), orders)
    assert {f.rule for f in Judge(home, policy).evaluate(orders).findings} == (
        {"wash_sale"} if wash_sales == "avoid" else set()
    )
    assert after.wash_effect.lost == (after.wash_effect.disallowed["long"])
    assert (after.wash_effect.lost > 0) == (wash_sales == "price")


def test_a_plan_is_clean_by_both_readings_of_a_sale_that_names_no_lot():
    """By the second reading the scheduled purchase replaces nothing; by the first the young lot is used up."""
    young = lot("young", dollars=5000, basis=101, days=12)
    sale = trade("A", "sell", 3, 50, gain=-100)
    buy = {"account": "ira", "symbol": "A", "date": TODAY + timedelta(10), "quantity": 50}
    home = household(joint(LOSS, young, REST), ira(cash=6000), targets=CUT, recent_trades=[sale], scheduled_buys=[buy])
    plan = solved(home)
    assert not any(trade.gain is not None and trade.gain < 0 for trade in plan.trades)
    assert any(str(TODAY - timedelta(3)) in each and "names no lot" in each for each in plan.warnings)


def test_a_lot_that_replaced_an_earlier_loss_keeps_its_term_in_trade_bill_and_ledger():
    """The young lot replaced a loss of old shares; its gain is short-term by its date, whatever the policy."""
    young = lot("young", dollars=50_000, basis=60, days=20)
    sale = trade("A", "sell", 5, 500, gain=-2000, lot="gone")
    home = household(joint(young, REST), targets=bands(stock=(0, 0.01), bond=(0.99, 1)), recent_trades=[sale])
    for wash_sales in ("avoid", "price"):
        books = Books(home, Policy(wash_sales=wash_sales))
        orders = [Order("joint", "A", "sell", 500.0, "young")]
        after = replay(books, orders)
        assert [posting.term for posting in after.postings] == ["short"]
        disposals = books.wash.outcome("A", orders, after.gains)
        assert {each.term for each in disposals} == {"short"}
        assert after.tax_after.total - after.tax_before.total == pytest.approx(0.35 * (500 * 40 - 10), abs=0.02)


# -- at a price --------------------------------------------------------------------------------------------------------


def after_a_purchase_in_the_ira():
    bought = trade("A", "buy", 5, 100, "ira")
    return household(joint(LOSS, REST), ira(lot("c", "BOND", 20_000)), targets=CUT, recent_trades=[bought])


def test_avoiding_leaves_a_loss_that_pricing_sells_for_the_part_that_counts():
    """The IRA bought 100 shares five days ago; of the loss on 500, four fifths count and one fifth is lost."""
    home = after_a_purchase_in_the_ira()
    avoided, plan = solved(home), solved(home, wash_sales="price")
    assert "joint/old" not in dollars(avoided)
    assert dollars(plan)["joint/old"] == -50_000
    assert fates(plan) == {("old", "lost"): 3002, ("old", "allowed"): 12_008}
    assert plan.tax_after.long_carryforward == 12_008 - 3000
    assert compare(home, plan.policy, ["avoid_wash_sales"])["avoid_wash_sales"].objective == avoided.objective
    assert avoided.objective > plan.objective
    assert [t.reason.code for t in plan.trades if t.lot == "old"] == ["washed"]


def test_a_deferred_loss_is_worth_what_basis_is_worth_later():
    home = household(joint(LOSS, REST, reinvests=["A"]), targets=CUT)
    plan = solved(home, wash_sales="price", step_up_chance=0, deferral_years=0, discount_rate=0)
    washed = sum(loss for (_, state), loss in fates(plan).items() if state == "deferred")
    assert washed > 0
    assert plan.tax_after.total == plan.tax_before.total
    assert plan.parts["later"] == 0  # the loss moved from the lot into the basis of the shares to come


def test_the_ira_buys_what_the_joint_account_sells_where_drift_is_dearer_than_the_loss():
    """A is the only stock on the IRA's menu, and joint must sell its one lot, of A, for a withdrawal."""
    home = household(
        joint(lot("old", dollars=30_000, basis=105), withdrawal=29_990),
        ira(lot("c", "BOND", 70_000), menu=["A", "BOND"]),
        targets=bands(stock=(0.4, 0.6), bond=(0.4, 0.6)),
    )
    steep = {"drift": {"near_cost": 0.5, "far_cost": 0.5, "near_width": 0.01}}
    avoided, plan = solved(home, **steep), solved(home, wash_sales="price", **steep)
    assert "ira/A" not in dollars(avoided)
    assert dollars(plan)["ira/A"] > 25_000
    assert fates(plan)["old", "lost"] > 1000
    assert plan.objective < avoided.objective - 5000


def test_a_price_never_costs_more_than_avoiding_and_states_what_the_ledger_says():
    washed = 0
    for seed in range(40):
        home, policy = random_household(seed), random_policy(seed)
        price = policy.model_copy(update={"wash_sales": "price"})
        plan = solve(home, price, gap_bp=0.0)
        assert audit(home, plan) == []
        assert plan.certificate.status in ("within_rounding", "infeasible"), (seed, plan.certificate)
        avoided = compare(home, price, ["avoid_wash_sales"], gap_bp=0.0)["avoid_wash_sales"]
        if not plan.violations:
            assert plan.objective <= avoided.objective + 0.5, seed
        ledger = replay(Books(home, price), plan.trades)
        lost = sum(state.loss for state in plan.loss_statuses if state.state == "lost")
        assert float(ledger.wash_effect.lost) == pytest.approx(lost, abs=0.05)
        washed += bool(lost or ledger.wash_effect.deferred)
    assert washed > 10


def test_a_washed_bill_is_found_out_where_a_plan_states_another():
    home = after_a_purchase_in_the_ira()
    plan = solved(home, wash_sales="price")
    as_avoiding = plan.model_copy(update={"policy": plan.policy.model_copy(update={"wash_sales": "avoid"})})
    assert "wash_sale" in {finding.rule for finding in audit(home, as_avoiding)}
    more = plan.tax_after.model_copy(update={"long_carryforward": plan.tax_after.long_carryforward + 3002})
    assert "tax" in {finding.rule for finding in audit(home, plan.model_copy(update={"tax_after": more}))}


# -- substitutes -------------------------------------------------------------------------------------------------------

THREE = (fund("A", substitutes=["B"]), fund("B"), fund("C"), fund("BOND", "bond"))


def test_a_harvest_buys_the_substitute_that_the_file_names():
    target = bands(stock=(0.45, 0.55), bond=(0.45, 0.55))
    for named, other in (("B", "C"), ("C", "B")):
        funds = (fund("A", substitutes=[named]), fund("B"), fund("C"), fund("BOND", "bond"))
        plan = solved(household(joint(LOSS, REST), funds=funds, targets=target))
        bought = dollars(plan)
        assert bought["joint/old"] < 0 < bought[f"joint/{named}"]
        assert f"joint/{other}" not in bought
        reason = next(t.reason for t in plan.trades if t.symbol == named)
        assert reason.code == "substitute"
        assert "A" in reason.text


def test_the_substitute_is_bought_where_there_is_room():
    home = household(
        joint(LOSS, withdrawal=50_000 * (1 - 0.0002)),
        ira(lot("c", "BOND", 100_000)),
        funds=THREE,
        targets=bands(stock=(0.3, 0.4), bond=(0.6, 0.7)),
    )
    assert dollars(solved(home))["ira/B"] > 25_000


@pytest.mark.parametrize(
    ("recent", "gain", "back"),
    [
        ([trade("A", "sell", 30, 100, gain=-500)], 0, False),  # the window is open
        ([trade("A", "sell", 31, 100, gain=-500)], 0, True),  # over, and nothing to pay
        ([trade("A", "sell", 31, 100, gain=-500)], 20, False),  # over, but the tax on going back costs more
    ],
)
def test_going_back_is_weighed_once_the_window_is_over(recent, gain, back):
    stood_in = lot("stood-in", "B", 50_000, basis=100 - gain, days=400)
    home = household(joint(stood_in, REST), funds=THREE, recent_trades=recent)
    plan = solved(home, deferral_years=50)
    assert (dollars(plan).get("joint/A", 0) > 0) == back
    if back:
        assert {t.reason.code for t in plan.trades} == {"going_back"}
        assert plan.parts["substitution"] == pytest.approx(-50, abs=0.1)


def test_of_two_that_name_each_other_neither_is_preferred():
    funds = (fund("A", substitutes=["B"]), fund("B", substitutes=["A"]), fund("BOND", "bond"))
    plan = solved(household(joint(lot("b", "B", 50_000), REST), funds=funds))
    assert plan.trades == ()
    assert plan.parts["substitution"] == 0


@pytest.mark.parametrize(
    ("named", "message"), [("A", "of the same identity group"), ("VTI2", "unknown symbol"), ("B", "of the same")]
)
def test_a_substitute_is_another_known_security(named, message):
    funds = (fund("A", substitutes=[named], identity_group="x"), fund("B", identity_group="x"), fund("BOND", "bond"))
    with pytest.raises(InputError, match=message) as error:
        household(joint(REST), funds=funds)
    assert {fault.path for fault in error.value.faults} == {"securities.A.substitutes"}


def test_a_recent_lot_is_worth_the_loss_that_it_would_replace():
    """Without its sale, the loss of the old lot would be a wash sale: the price is that of a plan without both."""
    home = household(joint(LOSS, DRIP, lot("other", "B", 9000, basis=90), REST), targets=CUT)
    plan = solved(home)
    kept = {"rule": "keep", "account": "joint", "lot": "drip"}
    other = solve(home.with_(restrictions=[kept]), plan.policy)
    assert "joint/old" not in dollars(other)
    [reason] = [trade.reason for trade in plan.trades if trade.lot == "drip"]
    assert reason.next_best == "sell $50,000 less of A lot old in joint"
    assert reason.next_best_costs == pytest.approx(other.objective - plan.objective, abs=plan.certificate.gap + 0.1)
    assert reason.next_best_costs > 1000
