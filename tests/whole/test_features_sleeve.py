"""Sleeves, factors, cash maximums, restrictions, after-tax targets end to end, with answers worked out by hand."""

import pytest
from feature_cases import ANYTHING, FUNDS, about, bands, dollars, fund, household, ira, joint, lot, solved

EVEN = 99.98
"""The basis at which a sale at $100 less two basis points has no gain."""


# -- a direct-index sleeve ---------------------------------------------------------------------------------------------

NAMES = [{"symbol": "A", "weight": 0.3}, {"symbol": "B", "weight": 0.3}]
"""Each has a band of 29.5 % to 30.5 %."""


def sleeve(*lots, names=NAMES, **changes):
    """Names and bonds in joint, $100,000 in all; the classes are inside their bands."""
    targets = bands(stock=(0.55, 0.65), bond=(0.35, 0.45))
    return household(joint(*lots, cash=100), targets=targets, security_targets=names, **changes)


def test_drift_of_names_is_corrected_within_the_sleeve():
    """A at 40 % sells its 9.5 points above the band, and B at 20 % buys 9.5; the classes do not change."""
    home = sleeve(lot("a", "A", 40_000, basis=EVEN), lot("b", "B", 20_000, basis=EVEN), lot("c", "BOND", 39_900))
    plan = solved(home)
    assert dollars(plan) == about({"joint/a": -9500, "joint/B": 9500})
    assert plan.parts["drift"] == 0
    assert {row.symbol: row.after / plan.market_value for row in plan.names} == pytest.approx({"A": 0.305, "B": 0.295})
    assert dollars(solved(home.model_copy(update={"security_targets": ()}))) == {}


def test_a_loss_of_a_name_is_harvested_into_what_is_not_that_name():
    """Nothing is outside its band. 15,000 of A have a loss of $1 a dollar: 3,000 of it offset income at 0.35. The rest,
    carried on, saves 0.15 / 1.05^3 less what the lower basis costs later, 0.15 * 0.9 / 1.05^10: 4.6 cents, more than
    the 3 cents of drift of A below its band. A itself may not be bought; an index fund of its class may.
    """
    lots = lot("loss", "A", 15_000, basis=200), lot("a", "A", 15_000, basis=EVEN), lot("b", "B", 30_000, basis=EVEN)
    home = sleeve(*lots, lot("c", "BOND", 39_900), funds=(*FUNDS, fund("INDEX")))
    trades = dollars(plan := solved(home))
    assert trades["joint/loss"] == -15_000
    assert "joint/A" not in trades
    assert trades["joint/INDEX"] > 9000
    assert plan.parts["tax"] == pytest.approx(-0.35 * 3000)


def test_a_name_that_left_its_index_is_sold_where_that_is_cheap():
    """3,000 of A, with a target of 0: its drift costs about $30, its sale 60 cents."""
    names = [{"symbol": "A", "weight": 0}]
    home = sleeve(
        lot("a", "A", 3_000, basis=EVEN), lot("b", "B", 57_000, basis=EVEN), lot("c", "BOND", 39_900), names=names
    )
    plan = solved(home)
    assert dollars(plan)["joint/a"] == -3000
    assert "joint/A" not in dollars(plan)


def test_a_name_that_left_its_index_is_held_where_that_is_cheaper():
    """A gain of 90 cents a dollar costs more than the drift of the name, for any part of it that is sold."""
    names = [{"symbol": "A", "weight": 0}]
    home = sleeve(
        lot("a", "A", 3_000, basis=10), lot("b", "B", 57_000, basis=EVEN), lot("c", "BOND", 39_900), names=names
    )
    assert dollars(solved(home)) == {}


def test_a_name_that_left_its_index_is_not_bought():
    """Stock is far below its band, and A is the only stock that joint may buy."""
    accounts = joint(lot("c", "BOND", 50_000), cash=50_000, menu=["A", "BOND"])
    home = household(accounts, security_targets=[{"symbol": "A", "weight": 0}])
    assert "joint/A" not in dollars(solved(home))
    assert dollars(solved(household(accounts)))["joint/A"] > 40_000


# -- factors -----------------------------------------------------------------------------------------------------------


def test_the_band_of_a_factor_limits_what_is_cheapest():
    """A is cheaper to buy than B by 9 basis points, but it is all tech, and tech may be at most 20 %."""
    funds = (
        fund("A", factors={"tech": 1}, half_spread=0.0001),
        fund("B", factors={"tech": 0}, half_spread=0.001),
        fund("BOND", "bond"),
    )
    tech = [{"factor": "tech", "lower": 0, "upper": 0.2}]
    accounts = joint(cash=50_000, menu=["A", "B"]), ira(lot("c", "BOND", 50_000), menu=["BOND"])
    plan = solved(household(*accounts, funds=funds, factor_targets=tech))
    idle = 0.01 * plan.market_value  # cash within its band
    assert dollars(plan)["joint/A"] == about(0.2 * plan.market_value)
    assert dollars(plan)["joint/B"] == about((50_000 - idle - 0.2 * plan.market_value * 1.0001) / 1.001)
    assert [(row.factor, row.after) for row in plan.factors] == [("tech", about(20_000))]
    free = solved(household(*accounts, funds=funds))
    assert dollars(free) == about({"joint/A": (50_000 - idle) / 1.0001})


# -- cash maximum ------------------------------------------------------------------------------------------------------


def test_cash_beyond_the_maximum_is_spent():
    """Nothing is drift, so only the maximum of 200 needs a trade: 4,800 go into the cheapest fund."""
    funds = (fund("A", half_spread=0.001), fund("B"), fund("BOND", "bond", half_spread=0.001))
    home = household(joint(cash=5000, maximum_cash=200), ira(lot("c", "BOND")), funds=funds, targets=ANYTHING)
    plan = solved(home)
    assert dollars(plan) == about({"joint/B": 4800 / 1.0002})
    assert plan.cash_after["joint"] == about(200)
    assert "nothing" not in plan.baselines


def test_cash_that_nothing_may_be_bought_with_is_too_much_by_what_is_left():
    home = household(joint(cash=5000, maximum_cash=200, menu=[]), ira(lot("c", "BOND")), targets=ANYTHING)
    plan = solved(home, "infeasible")
    assert [(v.rule, v.where, v.amount) for v in plan.violations] == [("maximum_cash", "joint", 5000 - 200)]


# -- restrictions ------------------------------------------------------------------------------------------------------


def overweight(**changes):
    """70,000 of stock is 15,000 above its band, 29,500 of bonds 14,500 below theirs. No sale of stock has a gain. A
    costs less to sell than B, and BOND less to buy than BILLS.
    """
    funds = (fund("A"), fund("B", half_spread=0.002), fund("BOND", "bond"), fund("BILLS", "bond", half_spread=0.001))
    lots = lot("a", "A", 35_000, basis=EVEN), lot("b", "B", 35_000, basis=99.8), lot("c", "BOND", 29_500)
    targets = bands(stock=(0.45, 0.55), bond=(0.44, 0.56))
    return household(joint(*lots, cash=500), funds=funds, targets=targets, **changes)


def test_without_restrictions_the_cheaper_funds_are_traded():
    plan = solved(overweight())
    assert dollars(plan) == about({"joint/a": -15_000, "joint/BOND": 14_500})


def test_what_may_not_be_sold_is_not():
    plan = solved(overweight(restrictions=[{"rule": "no_sell", "symbol": "A"}]))
    assert dollars(plan) == about({"joint/b": -15_000, "joint/BOND": 14_500})
    elsewhere = [{"rule": "no_sell", "symbol": "B", "account": "joint"}]
    assert dollars(solved(overweight(restrictions=elsewhere))) == about({"joint/a": -15_000, "joint/BOND": 14_500})


def test_a_lot_that_is_kept_is_not_sold():
    plan = solved(overweight(restrictions=[{"rule": "keep", "account": "joint", "lot": "a"}]))
    assert dollars(plan) == about({"joint/b": -15_000, "joint/BOND": 14_500})


def test_what_may_not_be_bought_is_not():
    plan = solved(overweight(restrictions=[{"rule": "no_buy", "symbol": "BOND"}]))
    assert dollars(plan) == about({"joint/a": -15_000, "joint/BILLS": 14_500})


def test_what_may_not_be_held_is_sold_out_and_not_bought():
    """All 35,000 of B are sold, more than the 15,000 of drift; purchases of A keep stock in its band."""
    plan = solved(overweight(restrictions=[{"rule": "do_not_hold", "symbol": "B"}]))
    trades = dollars(plan)
    assert trades["joint/b"] == -35_000
    assert "joint/B" not in trades
    assert 0.45 <= (35_000 + trades["joint/A"]) / plan.market_value <= 0.55
    assert plan.parts["drift"] == 0
    assert "nothing" not in plan.baselines


def test_what_may_not_be_held_stays_while_its_sale_would_be_a_wash_sale():
    recent = {"account": "ira", "symbol": "A", "side": "buy", "date": "2026-06-01", "quantity": 1}
    out = [{"rule": "do_not_hold", "symbol": "A"}]
    accounts = joint(lot("loss", "A", 5000, basis=150), lot("gain", "A", 5000, basis=50)), ira(lot("c", "BOND"))
    plan = solved(household(*accounts, restrictions=out, recent_trades=[recent], targets=ANYTHING))
    assert dollars(plan) == {"joint/gain": -5000}
    assert plan.violations == ()
    free = solved(household(*accounts, restrictions=out, targets=ANYTHING))
    assert dollars(free) == {"joint/loss": -5000, "joint/gain": -5000}


# -- after-tax targets -------------------------------------------------------------------------------------------------


def test_targets_after_tax_count_what_is_left_of_an_ira():
    """60,000 of stock, and 100,000 of bonds in an IRA with withdrawals taxed at 40 %: half and half after tax."""
    traditional = {"id": "ira", "kind": "traditional", "lots": [lot("c", "BOND", 100_000)]}
    home = household(joint(lot("a", "A", 60_000, basis=50)), traditional, funds=FUNDS)
    plan = solved(home, targets="after_tax", withdrawal_rate=0.4)
    assert plan.trades == ()
    assert plan.target_value == plan.market_value - 0.4 * 100_000
    before = solved(home)
    moved = 100_000 - 0.55 * before.market_value  # bonds are 62.5 %
    assert dollars(before) == pytest.approx({"ira/c": -moved, "ira/A": moved}, rel=1e-3)


def test_a_correction_in_an_ira_moves_more_dollars_after_tax():
    """40,000 of stock, and 100,000 of bonds that count as 60,000: bonds are 5,000 over, or 5,000 / 0.6 in the IRA."""
    traditional = {"id": "ira", "kind": "traditional", "lots": [lot("c", "BOND", 100_000)]}
    home = household(joint(lot("a", "A", 40_000, basis=10)), traditional, funds=FUNDS)
    plan = solved(home, targets="after_tax", withdrawal_rate=0.4)
    moved = (60_000 - 0.55 * 100_000) / 0.6
    assert dollars(plan)["ira/c"] == pytest.approx(-moved, rel=1e-3)
