"""Mistakes that were measured in other rebalancers, one test each: a solver that makes one of them fails here.

All tests use the public API: a household is solved and the plan is audited, and the wash-sale ledger or a count by hand
decides. Some mistakes have end-to-end tests elsewhere, which are not repeated:

| mistake | tests |
|---|---|
| a loss sold on day 30 after a purchase, or 30 days before a scheduled one | test_after_plan, `test_a_loss_is_sold_where_the_ledger_disallows_nothing` |
| a purchase on day 30 after a loss sale is let through | here; by the audit: test_audit, `test_buy_on_the_thirtieth_day_after_a_loss_sale_is_caught` |
| accounts one by one: an IRA buys what the taxable account harvests | here in one small case with a gain in the IRA; test_benchmark_wash_sales, `test_the_ira_buys_what_the_joint_account_sells_at_a_loss` |
| rounding sells more than a lot holds | here; test_rounding, `test_no_more_than_the_lot_is_sold_whatever_is_asked` |
| long-term as 365 days or more, or as more than 365 | here; the dates alone: test_truth_holding |
| a short gain and a larger long loss booked as two losses | here; the bill alone: test_schedule_d, `test_a_long_loss_above_a_short_gain_is_one_net_loss` |
| the taxable account sells first | test_fixtures, `test_correction_achievable_in_the_ira_is_made_there_without_tax`, `test_what_the_ira_cannot_absorb_is_split` |
| the lot sold, or the rest of its order, counts as its own replacement | test_after_plan, `test_a_lot_bought_lately_is_no_replacement_of_itself_nor_of_its_order`; the opposite case here: orders of two accounts with the same number |
| one purchase is used against two sales | here within a plan; against an earlier loss: test_after_plan, `test_a_loss_is_sold_where_the_ledger_disallows_nothing` |
| more is disallowed than was lost | here |
| targets must sum exactly to one, without a tolerance | here; test_validation, `test_a_sum_off_by_less_than_a_millionth_is_rounding` |
| cash is stuck where it was raised | here |

What their users want:

| wish | tests |
|---|---|
| selling everything is no wash sale | here |
| a list of what not to buy until when | test_after_plan, `test_a_plan_says_what_not_to_do_until_when`, `test_the_next_day_reads_the_plan_back_and_agrees` |
| a list of what is blocked, by which purchase, until when | here for several causes at once; test_fixtures, `test_purchase_in_the_ira_twelve_days_ago_keeps_the_fund_from_being_harvested` |
| what waiting for long-term saves, in dollars | test_features_waiting |
"""  # noqa: E501 - rows of a table

from collections import defaultdict
from datetime import timedelta
from fractions import Fraction

import pytest
from audit_cases import plan_of
from feature_cases import ANYTHING, RATES, TODAY, about, bands, dollars, fund, household, ira, joint, lot, solved

from lotroute.models import InputError
from lotroute.models.wash_sales.history import WashHistory, forked, plan_events
from lotroute.solver import audit, solve
from lotroute.solver.accounting.orders import Order
from lotroute.solver.runs.benchmarks.without_wash_rules import account_by_account

DAY = timedelta(days=1)
STOCK_AND_BOND = (fund("A"), fund("BOND", "bond"))


def ledger(home, trades):
    """The wash-sale ledger of the household, by identity group, with these trades."""
    known = WashHistory(home)
    found = {group: known.readings(group)[0] for group in {security.group for security in home.securities}}
    gains = [None if trade.gain is None else Fraction(str(trade.gain)) for trade in trades]
    planned = plan_events(home, trades, gains)
    return {group: forked(replay, group, planned) for group, replay in found.items()}


def washed(home, trades):
    """Dollars of losses that these trades make lost for good, and deferred."""
    disposals = [disposal for replay in ledger(home, trades).values() for disposal in replay.disposals]
    return float(sum(each.lost for each in disposals)), float(sum(each.deferred for each in disposals))


# -- the window --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("buyer", ["joint", "ira"])
@pytest.mark.parametrize(("days", "bought"), [(0, False), (1, False), (29, False), (30, False), (31, True)])
def test_what_was_sold_at_a_loss_is_bought_from_the_thirty_first_day_on(days, bought, buyer):
    """A window of `days < 30` would allow day 30. 50,000 of cash in one account is for the one stock fund."""
    sale = {"account": "joint", "symbol": "A", "side": "sell", "date": TODAY - days * DAY, "quantity": 5, "gain": -100}
    cash = {buyer: 50_000.0}
    accounts = joint(lot("kept", basis=50), cash=cash.get("joint", 0)), ira(cash=cash.get("ira", 0))
    home = household(*accounts, funds=STOCK_AND_BOND, recent_trades=[sale])
    plan = solved(home)
    assert (f"{buyer}/A" in dollars(plan)) == bought
    assert washed(home, plan.trades) == (0, 0)
    barred = [(row.symbol, row.until) for row in plan.blocked if row.lot is None]
    assert barred == ([] if bought else [("A", TODAY - days * DAY + 31 * DAY)])


# -- across accounts ---------------------------------------------------------------------------------------------------


def test_accounts_solved_one_by_one_lose_a_loss_that_the_household_keeps():
    """Joint is all stock, at a loss of 30 a share; the IRA is all bonds. Each on its own goes to half and half, and the
    IRA buys the fund that joint sells. Together they need no trade for the targets, and the loss is harvested into the
    other stock fund.
    """
    home = household(joint(lot("loss", dollars=100_000, basis=130)), ira(lot("b", "BOND", 100_000), menu=["A", "BOND"]))
    apart = [trade for alone in account_by_account(home) for trade in solve(alone, gap_bp=0.0).trades]
    assert {(trade.account, trade.side) for trade in apart if trade.symbol == "A"} == {
        ("joint", "sell"),
        ("ira", "buy"),
    }
    lost, _ = washed(home, apart)
    assert lost > 10_000
    plan = solved(home)
    assert sum(trade.gain or 0 for trade in plan.trades) < -10_000
    assert washed(home, plan.trades) == (0, 0)


# -- lots --------------------------------------------------------------------------------------------------------------

ODD = (0.333333, 0.333333, 0.333334, 1 / 3, 2.666667, 0.1 + 0.2, 7.0000005, 2e-4, 12.3456789)
"""Share counts with more than six decimals, that almost sum to a whole number, or that round up beyond the lot."""


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("amount", [1.0, 33.33, 66.67, 100.0, 777.77, 2333.34, 2363.0, None])
def test_no_lot_is_sold_beyond_what_it_holds(whole, amount):
    """A withdrawal sells some of many small lots, or all lots are sold; shares are counted exactly, lot by lot."""
    lots = [lot(f"a{i}", basis=130 - 10 * i) | {"quantity": shares} for i, shares in enumerate(ODD)]
    changes = {"withdrawal": amount} if amount else {}
    out = () if amount else ({"rule": "do_not_hold", "symbol": "A"},)
    home = household(
        joint(*lots, whole_shares=whole, **changes),
        ira(lot("b", "BOND", 1000)),
        funds=STOCK_AND_BOND,
        targets=ANYTHING,
        restrictions=out,
    )
    plan = solve(home, gap_bp=0.0)
    assert audit(home, plan) == []
    sold = defaultdict(Fraction)
    for trade in plan.trades:
        if trade.side == "sell":
            sold[trade.lot] += Fraction(str(trade.quantity))
    held = {each["id"]: Fraction(str(each["quantity"])) for each in lots} | {"b": Fraction(10)}
    assert all(shares <= held[name] for name, shares in sold.items())
    assert amount or sold == {name: shares for name, shares in held.items() if name != "b"}


# -- term --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("acquired", "sold", "term"),
    [
        ("2025-03-02", "2026-03-02", "short"),  # the anniversary, 365 days: "365 or more" says long
        ("2025-03-02", "2026-03-03", "long"),
        ("2023-03-15", "2024-03-15", "short"),  # the anniversary over a leap day, 366 days: "more than 365" says long
        ("2023-03-15", "2024-03-16", "long"),
        ("2024-02-28", "2025-02-28", "short"),  # 366 days
        ("2024-02-28", "2025-03-01", "long"),
        ("2024-02-29", "2025-02-28", "short"),  # 365 days
        ("2024-02-29", "2025-03-01", "long"),
        ("2023-02-28", "2024-02-29", "short"),  # bought on a month's last day: long from the first of a month, 367 days
        ("2023-02-28", "2024-03-01", "long"),
    ],
)
def test_a_gain_is_long_term_from_the_day_after_the_calendar_anniversary(acquired, sold, term):
    """The term decides the tax: 35 or 15 cents on a dollar of gain."""
    held = {"id": "a", "symbol": "A", "quantity": 100, "basis_per_share": 50, "acquired": acquired}
    out = [{"rule": "do_not_hold", "symbol": "A"}]
    home = household(joint(held), ira(lot("b", "BOND", days=2000)), targets=ANYTHING, restrictions=out, trade_date=sold)
    plan = solved(home)
    [sale] = [trade for trade in plan.trades if trade.lot == "a"]
    assert sale.term == term
    assert plan.parts["tax"] == about(RATES[term] * sale.gain)


# -- netting -----------------------------------------------------------------------------------------------------------


def test_a_short_gain_and_a_larger_long_loss_are_one_loss():
    """+100 short and −150 long are a loss of 50, used at the rate on other income. As two losses it would be 250."""
    short, long = lot("short", basis=99, days=100), lot("long", "B", basis=101.5)
    funds = (fund("A", half_spread=0), fund("B", half_spread=0), fund("BOND", "bond", half_spread=0))
    out = [{"rule": "do_not_hold", "symbol": symbol} for symbol in ("A", "B")]
    plan = solved(household(joint(short, long), funds=funds, targets=ANYTHING, restrictions=out))
    bill = plan.tax_after
    assert {trade.lot: trade.gain for trade in plan.trades if trade.lot} == {"short": 100, "long": -150}
    assert (bill.short_gain, bill.long_gain, bill.loss_used) == (100, -150, 50)
    assert (bill.short_carryforward, bill.long_carryforward) == (0, 0)
    assert plan.parts["tax"] == about(-0.35 * 50)


# -- share for share ---------------------------------------------------------------------------------------------------


def wash_findings(home, *orders):
    """Dollars by the lot of each wash sale that the audit finds in hand-made orders."""
    found = defaultdict(float)
    for finding in audit(home, plan_of(home, *orders)):
        assert finding.rule == "wash_sale"
        found[finding.where] += float(finding.message.split()[0].replace(",", ""))
    return dict(found)


def test_a_purchase_is_used_against_one_sale_only_and_disallows_no_more_than_was_lost():
    """The IRA buys ten shares; joint sells two lots of eight, each at a loss of $30.02 a share. The older lot is
    replaced in full, the newer one by two shares. A purchase of 1,000 shares disallows the two losses and no more.
    """
    lots = lot("older", dollars=800, basis=130, days=900), lot("newer", dollars=800, basis=130, days=800)
    sales = [Order("joint", "A", "sell", 8.0, name) for name in ("newer", "older")]
    a_share = 130 - 100 * (1 - 0.0002)
    for bought, shares in ((10, {"joint/older": 8, "joint/newer": 2}), (1000, {"joint/older": 8, "joint/newer": 8})):
        day = TODAY - 12 * DAY
        purchase = {"account": "ira", "symbol": "A", "side": "buy", "date": day, "quantity": bought}
        home = household(joint(*lots), ira(cash=100.0), recent_trades=[purchase])
        expected = {where: about(count * a_share) for where, count in shares.items()}
        assert wash_findings(home, *sales) == expected
    assert wash_findings(household(joint(*lots), ira(cash=100.0)), *sales) == {}


def test_an_order_of_the_same_number_in_another_account_is_another_purchase():
    """Brokers number orders per account: the IRA's order 1 is not the rest of joint's order 1."""
    held = lot("old", dollars=50_000, basis=130) | {"order": "1"}
    bought = lot("new", dollars=50_000, days=10) | {"order": "1"}
    home = household(joint(held), ira(bought), targets=bands(stock=(0.4, 0.5), bond=(0.5, 0.6)))
    assert "joint/old" not in dollars(solved(home))
    assert wash_findings(home, Order("joint", "A", "sell", 10.0, "old")) == {"joint/old": about(300.2)}


# -- targets -----------------------------------------------------------------------------------------------------------


def test_ten_targets_of_a_tenth_are_one_and_others_are_refused_with_their_path():
    """In floating point, ten tenths sum to 0.9999999999999999."""
    names = [f"class {i}" for i in range(10)]
    targets = [{"asset_class": name, "weight": 0.1} for name in names]
    assert sum(target["weight"] for target in targets) != 1
    funds = [fund(f"F{i}", name) for i, name in enumerate(names)]
    plan = solved(household(joint(cash=100_000.0), funds=funds, targets=targets))
    assert all(row.lower * plan.market_value <= row.after + 0.01 for row in plan.classes)
    for wrong in (0.1001, 0.0999):
        with pytest.raises(InputError) as refused:
            household(joint(), funds=funds, targets=[*targets[:-1], targets[-1] | {"weight": wrong}])
        assert [fault.path for fault in refused.value.faults] == ["targets"]


# -- cash --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("menu", [["A", "B"], ["A", "B", "BOND"]])
def test_what_is_sold_in_one_account_is_bought_there(menu):
    """A loss in joint is harvested, and bonds are below target. If joint may not buy bonds, it buys the other stock
    fund and the IRA swaps its own stock for bonds; neither needs the other's cash.
    """
    harvested = lot("loss", dollars=60_000, basis=150)
    home = household(
        joint(harvested, menu=menu), ira(lot("s", "B", 60_000)), targets=bands(stock=(0.5, 0.6), bond=(0.4, 0.5))
    )
    plan = solved(home)
    found = dollars(plan)
    assert found["joint/loss"] == -60_000
    assert all(cash < 0.01 * plan.market_value + 1 for cash in plan.cash_after.values())
    assert all(row.lower - 1e-4 <= row.after / plan.market_value <= row.upper + 1e-4 for row in plan.classes)
    if "BOND" not in menu:
        assert found["joint/B"] > 58_000
        assert found["ira/BOND"] > 47_000


# -- what users want ---------------------------------------------------------------------------------------------------


def test_selling_everything_is_no_wash_sale():
    """Old shares and shares bought ten days ago, all at a loss and all sold: a loss deferred from the old into the new
    ones is allowed with them. If a share stays, the loss on one old share is disallowed.
    """
    old, new = lot("old", dollars=5000, basis=130), lot("new", dollars=5000, basis=120, days=10)
    home = household(joint(old, new), targets=ANYTHING)
    everything = [Order("joint", "A", "sell", 50.0, name) for name in ("new", "old")]
    assert wash_findings(home, *everything) == {}
    disposals = ledger(home, plan_of(home, *everything).trades)["A"].disposals
    allowed = float(sum(disposal.allowed for disposal in disposals))
    assert allowed == about(-50 * (130 - 99.98) - 50 * (120 - 99.98))
    kept = [Order("joint", "A", "sell", 49.0, "new"), everything[1]]
    assert wash_findings(home, *kept).keys() == {"joint/old"}


def test_everything_blocked_is_listed_with_the_purchase_that_blocks_it_and_its_end():
    """The IRA's purchase, a coming reinvested dividend and a fund sold at a loss each block something: three rows."""
    funds = [fund(symbol, identity_group=group) for symbol, group in (("A", "x"), ("A2", "x"), ("B", "y"), ("C", "z"))]
    bought = {"account": "ira", "symbol": "A2", "side": "buy", "date": TODAY - 20 * DAY, "quantity": 3}
    sold = {"account": "joint", "symbol": "C", "side": "sell", "date": TODAY - 5 * DAY, "quantity": 3, "gain": -50}
    home = household(
        joint(lot("a", basis=130), lot("b", "B", basis=130), lot("bonds", "BOND", 30_000, basis=50)),
        ira(lot("drip", "B", 1000), cash=100.0, reinvests=["B"]),
        funds=[*funds, fund("BOND", "bond")],
        recent_trades=[bought, sold],
    )
    rows = {row.lot or row.symbol: row for row in solved(home).blocked}
    assert rows.keys() == {"a", "b", "C"}
    assert {name: row.until for name, row in rows.items()} == {
        "a": TODAY + 11 * DAY,
        "b": TODAY + 61 * DAY,
        "C": TODAY + 26 * DAY,
    }
    assert f"A2 bought in ira on {TODAY - 20 * DAY}" in rows["a"].text
    assert "a dividend of B is reinvested in ira within 30 days" in rows["b"].text
    assert f"C sold at a loss in joint on {TODAY - 5 * DAY}" in rows["C"].text
