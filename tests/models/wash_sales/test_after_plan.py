"""What the ledger leaves free, what it closes, and what a plan says of the days after it."""

from datetime import timedelta

import pytest
from audit_cases import plan_of, rules
from feature_cases import TODAY, bands, dollars, fund, household, ira, joint, lot, solved
from window_cases import CUT, LOSS, REST, trade

from lotroute.models import Household
from lotroute.solver import compare, solve
from lotroute.solver.accounting.orders import Order


def sold_at_a_loss(home):
    return sum(amount for name, amount in dollars(solved(home)).items() if name == "joint/old") < 0


@pytest.mark.parametrize(
    ("changes", "sold"),
    [
        ({}, True),
        ({"recent_trades": [trade("A", "buy", 30)]}, False),
        ({"recent_trades": [trade("A", "buy", 31)]}, True),
        ({"recent_trades": [trade("A", "buy", 10, account="ira")]}, False),
        # a purchase that an earlier loss used up, and one that is more than it used
        ({"recent_trades": [trade("A", "sell", 20, 5, gain=-10), trade("A", "buy", 10, 5, "ira")]}, True),
        ({"recent_trades": [trade("A", "sell", 20, 5, gain=-10), trade("A", "buy", 10, 6, "ira")]}, False),
        # a purchase sold again
        ({"recent_trades": [trade("A", "buy", 20, 5), trade("A", "sell", 10, 5, gain=3)]}, True),
        # the same in the IRA, where the purchase counts all the same
        ({"recent_trades": [trade("A", "buy", 20, 5, "ira"), trade("A", "sell", 10, 5, "ira")]}, False),
        ({"scheduled_buys": [{"account": "ira", "symbol": "A", "date": TODAY + timedelta(30)}]}, False),
        ({"scheduled_buys": [{"account": "ira", "symbol": "A", "date": TODAY + timedelta(31)}]}, True),
    ],
)
def test_a_loss_is_sold_where_the_ledger_disallows_nothing(changes, sold):
    home = household(joint(LOSS, REST), ira(cash=1000), targets=CUT, **changes)
    assert sold_at_a_loss(home) == sold


def test_a_purchase_beside_undated_lots_of_an_ira_that_sold_again_blocks_the_loss():
    undated = {"id": "undated", "symbol": "A", "quantity": 50}
    around = [trade("A", "buy", 20, 5, "ira"), trade("A", "sell", 10, 5, "ira")]
    assert sold_at_a_loss(household(joint(LOSS, REST), ira(undated), targets=CUT))
    assert not sold_at_a_loss(household(joint(LOSS, REST), ira(undated), targets=CUT, recent_trades=around))


@pytest.mark.parametrize(("days", "bought"), [(30, False), (31, True)])
@pytest.mark.parametrize("result", [{}, {"gain": -50}], ids=["unknown", "a loss"])
def test_after_a_sale_that_may_be_a_loss_nothing_is_bought_until_the_thirty_first_day(days, bought, result):
    funds = (fund("A"), fund("BOND", "bond"))
    accounts = joint(lot("a", dollars=90_000), cash=10_000)
    targets = bands(stock=(0.8, 0.9), bond=(0.1, 0.2))
    home = household(accounts, funds=funds, targets=targets, recent_trades=[trade("BOND", "sell", days, 5) | result])
    assert ("joint/BOND" in dollars(solved(home))) == bought


@pytest.mark.parametrize("days", [30, 29])
def test_a_lot_of_the_thirtieth_day_is_cleaned_out(days):
    """Sold first, it replaces nothing; sold after the old lot it would."""
    young = lot("young", dollars=1000, basis=90, days=days)
    plan = solved(household(joint(LOSS, young, REST), targets=CUT))
    assert dollars(plan)["joint/young"] == -1000
    assert dollars(plan)["joint/old"] < 0
    assert {state.state for state in plan.loss_statuses} == {"allowed"}


@pytest.mark.parametrize(("known", "sold"), [({"gain": -40}, True), ({"gain": 40}, False)], ids=["a loss", "a gain"])
def test_a_purchase_on_the_day_of_a_loss_sale_is_used_up_by_it(known, sold):
    """Shares come in first: the IRA's five shares replace the five sold at a loss that day, and then no others."""
    around = [trade("A", "buy", 10, 5, "ira"), trade("A", "sell", 10, 5, lot="gone") | known]
    assert sold_at_a_loss(household(joint(LOSS, REST), ira(cash=1), targets=CUT, recent_trades=around)) == sold


def test_a_lot_bought_lately_is_no_replacement_of_itself_nor_of_its_order():
    young = lot("old", dollars=50_000, basis=130, days=10)
    assert sold_at_a_loss(household(joint(young, REST), targets=CUT))
    filled_in_two = joint(young | {"order": "7"}, lot("more", dollars=1000, basis=130, days=10) | {"order": "7"}, REST)
    assert sold_at_a_loss(household(filled_in_two, targets=CUT))
    of_another_order = joint(young, lot("more", dollars=1000, basis=90, days=10), REST)
    kept = [{"rule": "keep", "account": "joint", "lot": "more"}]
    assert not sold_at_a_loss(household(of_another_order, targets=CUT, restrictions=kept))


def test_reinvested_dividends_block_a_loss():
    assert not sold_at_a_loss(household(joint(LOSS, REST, reinvests=["A"]), targets=CUT))
    assert sold_at_a_loss(household(joint(LOSS, REST, reinvests=["BOND"]), targets=CUT))


def test_a_loss_that_a_purchase_replaced_already_does_not_bar_another_purchase():
    """Five shares of B were sold at a loss and bought back: what more is bought replaces nothing."""
    funds = (fund("A"), fund("BOND", "bond"))
    accounts = joint(lot("a", dollars=90_000), cash=10_000)
    replaced = [trade("BOND", "sell", 20, 5, gain=-10), trade("BOND", "buy", 10, 5, "joint")]
    kept = accounts | {"lots": [lot("a", dollars=90_000), lot("bought back", "BOND", dollars=500, days=10)]}
    home = household(kept, funds=funds, targets=bands(stock=(0.8, 0.9), bond=(0.1, 0.2)), recent_trades=replaced)
    assert dollars(solved(home))["joint/BOND"] > 5000
    still_open = household(accounts, funds=funds, targets=home.model_dump()["targets"], recent_trades=replaced[:1])
    assert "joint/BOND" not in dollars(solved(still_open))


@pytest.mark.parametrize(
    ("coming", "days", "shares", "bought"),
    [
        ("joint", 5, 5, "joint"),
        ("joint", 5, 4, ""),
        ("ira", 5, 5, "both"),
        ("ira", 5, 4, ""),
        ("joint", 0, 5, "both"),
    ],
)
def test_a_loss_that_purchases_to_come_replace_anyway_bars_no_purchase_that_disallows_no_more(
    coming, days, shares, bought
):
    """Five shares were sold at a loss. A purchase in the IRA would lose what the joint account's only defers, unless
    the joint account's comes first, today.
    """
    sold = trade("BOND", "sell", 20, 5, gain=-10, lot="gone")
    to_come = {"account": coming, "symbol": "BOND", "date": TODAY + timedelta(days), "quantity": shares}
    home = household(
        joint(lot("a", dollars=80_000), cash=10_000),
        ira(cash=10_000),
        funds=(fund("A"), fund("BOND", "bond")),
        targets=bands(stock=(0.7, 0.8), bond=(0.2, 0.3)),
        recent_trades=[sold],
        scheduled_buys=[to_come],
    )
    buys = {name.partition("/")[0] for name, amount in dollars(solved(home)).items() if name.endswith("/BOND")}
    assert buys == {"": set(), "joint": {"joint"}, "both": {"joint", "ira"}}[bought]


def test_what_blocking_whole_groups_would_cost_is_stated():
    """The young lot's loss may be taken; a tool that blocks its group would sell the other fund at a gain."""
    young, gain = lot("old", dollars=50_000, basis=130, days=10), lot("gain", "B", dollars=50_000, basis=60)
    home = household(joint(young, gain), targets=bands(stock=(0.9, 0.95), bond=(0.05, 0.1)))
    plan = solved(home)
    assert compare(home, names=["whole_groups"])["whole_groups"].objective > plan.objective + 500
    alone = household(joint(lot("old", dollars=50_000, basis=130), gain))
    assert compare(alone, names=["whole_groups"]) == {}


# -- after the plan ----------------------------------------------------------------------------------------------------


def windows(plan):
    return {(row.rule, row.group): (row.until, row.cause) for row in plan.wash_windows}


def test_a_plan_says_what_not_to_do_until_when():
    home = household(joint(LOSS, REST), targets=CUT)
    plan = solved(home)
    found = windows(plan)
    until = TODAY + timedelta(31)
    assert found["do_not_buy", "A"] == (until, f"A sold at a loss in joint on {TODAY}")
    assert found["do_not_sell_at_a_loss", "BOND"] == (until, f"BOND bought in joint on {TODAY}")
    frame = plan.wash_windows_frame()
    assert {"A", "BOND"} <= set(frame["symbols"])
    assert list(frame.columns) == ["rule", "group", "symbols", "until", "cause"]


def test_windows_of_earlier_trades_are_stated_too():
    home = household(joint(REST, cash=500), recent_trades=[trade("A", "sell", 12, 3, gain=-4)])
    assert windows(solved(home))["do_not_buy", "A"][0] == TODAY - timedelta(12) + timedelta(31)


def test_windows_that_do_not_follow_from_the_trades_are_caught():
    home = household(joint(LOSS, REST), targets=CUT)
    plan = plan_of(home, Order("joint", "A", "sell", 10.0, "old"))
    assert rules(home, plan) == set()
    assert rules(home, plan.model_copy(update={"wash_windows": ()})) == {"figure"}


def test_the_next_day_reads_the_plan_back_and_agrees():
    """What the plan said not to do is what the next day's run does not do, until that day."""
    home = household(joint(LOSS, lot("gain", dollars=10_000, basis=50), REST), ira(cash=2000), targets=CUT)
    plan = solved(home)
    said = windows(plan)
    for days in (1, 30, 31):
        later = after(home, plan, TODAY + timedelta(days))
        barred = {row.symbol for row in solve(later).blocked if row.rule == "wash_sale" and row.lot is None}
        assert ("A" in barred) == (later.trade_date < said["do_not_buy", "A"][0])


def after(home, plan, day):
    """The household on a later day: lots as the plan left them, its trades as recent ones."""
    data = home.model_dump() | {"trade_date": day}
    price = {security.symbol: security.price for security in home.securities}
    recent = [
        {"account": t.account, "symbol": t.symbol, "side": t.side, "date": home.trade_date, "quantity": t.quantity}
        | ({"gain": t.gain} if t.gain is not None else {})
        for t in plan.trades
    ]
    accounts = []
    for account in data["accounts"]:
        lots = [dict(held) for held in account["lots"]]
        for t in plan.trades:
            if t.account == account["id"] and t.side == "sell":
                held = next(held for held in lots if held["id"] == t.lot)
                held["quantity"] = round(held["quantity"] - t.quantity, 6)
            elif t.account == account["id"]:
                new = {"id": f"new {t.symbol}", "symbol": t.symbol, "quantity": t.quantity}
                lots.append(new | {"basis_per_share": price[t.symbol], "acquired": home.trade_date})
        left = [held for held in lots if held["quantity"] > 0]
        accounts.append(account | {"lots": left, "cash": plan.cash_after[account["id"]], "contribution": 0.0})
    return Household.model_validate(data | {"accounts": accounts, "recent_trades": recent})
