"""Lots, shares and orders end to end: fees, average cost, accounting methods, whole shares, commissions, sizes."""

from decimal import Decimal

import pytest
from feature_cases import ANYTHING, SPREAD, about, bands, dollars, fund, household, ira, joint, lot, solved

from lotroute.models import Policy, later_years, tax_bill
from lotroute.solver import compare, solve

NET = 1 - SPREAD
"""Dollars of cash from a dollar sold."""


def gains(plan):
    return {trade.lot: trade.gain for trade in plan.trades if trade.gain is not None}


STOCK_AND_BOND = (fund("A"), fund("BOND", "bond"))


def raising(amount, *lots, funds=STOCK_AND_BOND, **account):
    """Nothing is drift; joint must pay out `amount`, the only reason to trade."""
    accounts = joint(*lots, withdrawal=amount, **account), ira(lot("c", "BOND", 50_000), menu=["BOND"])
    return household(*accounts, funds=funds, targets=ANYTHING)


# -- redemption fees ---------------------------------------------------------------------------------------------------


def test_a_redemption_fee_makes_the_older_lot_go_first():
    """The young lot has no gain, the old lot a cent per dollar: a fee of 2 % costs more than the tax on a cent."""
    lots = lot("young", basis=100 * NET, days=60), lot("old", basis=99 * NET, days=500)
    amount, bond = 5000 * NET, fund("BOND", "bond")
    for fee, first in (
        ({}, "young"),
        ({"redemption_fee": 0.02, "redemption_days": 90}, "old"),
        ({"redemption_fee": 0.02, "redemption_days": 60}, "young"),
    ):
        plan = solved(raising(amount, *lots, funds=(fund("A", **fee), bond)))
        assert dollars(plan) == about({f"joint/{first}": -5000})


def test_a_redemption_fee_that_cannot_be_avoided_comes_off_the_proceeds():
    fee = fund("A", redemption_fee=0.02, redemption_days=90)
    plan = solved(raising(5000 * NET, lot("young", basis=98 * NET, days=60), funds=(fee, fund("BOND", "bond"))))
    assert dollars(plan) == about({"joint/young": -5000 * NET / (NET - 0.02)})
    assert plan.parts["trading"] == pytest.approx(-dollars(plan)["joint/young"] * (SPREAD + 0.02), abs=0.01)


# -- average cost and accounting methods -------------------------------------------------------------------------------


def test_a_fund_at_average_cost_has_one_basis_and_goes_oldest_first():
    """100 shares at 50 and 100 at 150, less two basis points, average 100 less two basis points: no gain, no loss."""
    lots = lot("new", basis=150 * NET, days=500), lot("old", basis=50 * NET, days=900)
    amount = 5000 * NET
    free = solved(raising(amount, *lots))
    assert dollars(free) == about({"joint/new": -10_000})  # more than needed: the loss is worth harvesting
    pooled = solved(raising(amount, *lots, average_cost=["A"]))
    assert dollars(pooled) == about({"joint/old": -5000})
    assert gains(pooled) == {"old": 0}


LOTS = [
    lot("middle", basis=60 * NET, days=600),
    lot("old", basis=20 * NET, days=900),
    lot("dear", basis=90 * NET, days=500),
    lot("new", basis=40 * NET, days=400),
]
"""Long-term gains of 0.4, 0.8, 0.1 and 0.6 per dollar sold."""


@pytest.mark.parametrize(
    ("method", "sold", "gain"),
    [
        ("specific", {"dear": 10_000, "middle": 5000}, 0.1 * 10_000 + 0.4 * 5000),
        ("hifo", {"dear": 10_000, "middle": 5000}, 0.1 * 10_000 + 0.4 * 5000),
        ("fifo", {"old": 10_000, "middle": 5000}, 0.8 * 10_000 + 0.4 * 5000),
        ("lifo", {"new": 10_000, "dear": 5000}, 0.6 * 10_000 + 0.1 * 5000),
    ],
)
def test_a_demanded_method_decides_which_lots_go_and_costs_what_it_costs(method, sold, gain):
    """15,000 are withdrawn. A dollar of gain costs 0.15 now and saves 0.15 * 0.9 / 1.05^10 later."""
    home, to_the_band = raising(15_000 * NET, *LOTS, accounting_method=method), Policy(to_target="off")
    plan = solved(home)
    assert dollars(plan) == about({f"joint/{name}": -amount for name, amount in sold.items()})
    assert sum(gains(plan).values()) == pytest.approx(gain * NET, abs=0.05)
    if method == "specific":
        assert compare(home, to_the_band, ["free_lots"]) == {}
        return
    a_dollar = 0.15 - later_years(home.taxpayer, Policy()).deferral
    cheapest = (0.1 * 10_000 + 0.4 * 5000) * NET
    free = compare(home, to_the_band, ["free_lots"])["free_lots"].objective
    assert plan.objective - free == pytest.approx((gain * NET - cheapest) * a_dollar, abs=0.05)


def test_a_line_of_lots_holds_in_a_sheltered_account():
    undated = {"id": "undated", "symbol": "A", "quantity": 100}
    roth = ira(lot("young", days=50), lot("old", days=900), undated, withdrawal=15_000 * NET, accounting_method="fifo")
    plan = solved(household(roth, targets=ANYTHING))
    assert dollars(plan) == about({"ira/undated": -10_000, "ira/old": -5000})


def test_a_kept_lot_closes_those_behind_it():
    keep = [{"rule": "keep", "account": "joint", "lot": "middle"}]
    home = raising(15_000 * NET, *LOTS, accounting_method="fifo").model_dump() | {"restrictions": keep}
    plan = solved(type(raising(1, *LOTS)).model_validate(home), "infeasible")
    assert dollars(plan)["joint/old"] == -10_000
    assert {trade.lot for trade in plan.trades if trade.account == "joint"} == {"old"}
    assert [(v.rule, v.where, v.amount) for v in plan.violations] == [("minimum_cash", "joint", about(5000 * NET))]
    assert {row.lot for row in plan.blocked if row.rule == "accounting_method"} == {"dear", "new"}
    assert "joint/middle is kept" in plan.violations[0].conflicts


# -- whole shares ------------------------------------------------------------------------------------------------------


def test_whole_shares_are_rounded_to_what_is_enough():
    """$250 takes a little more than two and a half shares: three are sold."""
    plan = solved(raising(250, lot("a", basis=50), whole_shares=True))
    assert dollars(plan) == {"joint/a": -300}
    assert plan.cash_after["joint"] == about(300 * NET - 250)
    assert dollars(solved(raising(250, lot("a", basis=50)))) == about({"joint/a": -250 / NET})


def test_whole_shares_are_bought_as_far_as_cash_goes():
    """20,000 of cash should become bonds; it pays for 199 shares and not for the 200th."""
    accounts = joint(lot("a", dollars=20_000, basis=50), cash=20_000, whole_shares=True)
    home = household(accounts, targets=bands(stock=(0.5, 0.5), bond=(0.5, 0.5)))
    plan = solved(home)
    assert dollars(plan) == {"joint/BOND": 19_900}


def test_the_fraction_of_a_share_goes_with_its_lot():
    """$1,025 less the spread takes the whole lot of 10.25 shares; $999 less the spread takes ten shares."""
    odd = lot("odd", dollars=1025, basis=50)
    assert dollars(solved(raising(1025 * NET, odd, whole_shares=True))) == {"joint/odd": -1025}
    assert dollars(solved(raising(999 * NET, odd, whole_shares=True))) == {"joint/odd": -1000}


# -- commissions -------------------------------------------------------------------------------------------------------

PARTS = ("A", "B", "C", "D")


def sprinkled(commission):
    """10,000 of each of four names, $300 below a band without an upper end, and 2,000 of cash, half of it idle."""
    total = 4 * 10_000 + 60_000
    names = [{"symbol": s, "weight": 0.103, "lower": 10_300 / total, "upper": 1} for s in PARTS]
    lots = [lot(s, s, 10_000, basis=50) for s in PARTS]
    funds = [*(fund(s) for s in PARTS), fund("BOND", "bond")]
    accounts = joint(*lots, cash=2000, commission=commission), ira(lot("c", "BOND", 58_000), menu=["BOND"])
    targets = bands(stock=(0.3, 0.5), bond=(0.5, 0.7))
    return household(*accounts, funds=funds, security_targets=names, targets=targets)


def test_a_fixed_commission_concentrates_orders():
    """1,000 is idle beyond the band of cash and costs $40 of drift. Curing a name's $300 saves 1 to 3 cents a dollar,
    about $5. So without a commission all four are bought; with one of $10, the idle cash goes into one name.
    """
    many = solved(sprinkled(0))
    assert set(dollars(many)) == {f"joint/{s}" for s in PARTS}
    one = solved(sprinkled(10))
    assert len(one.trades) == 1
    assert -one.trades[0].proceeds == about(1000 - 10)
    assert one.cash_after["joint"] == about(0.01 * one.market_value)
    assert one.parts["trading"] == pytest.approx(10 + SPREAD * dollars(one)[f"joint/{one.trades[0].symbol}"], abs=0.01)
    assert solved(sprinkled(50)).trades == ()  # more than curing idle cash and a name saves


# -- the size and the number of orders ---------------------------------------------------------------------------------


def narrow(**limits):
    """A is $300 over its band and B $300 under, both in joint; each band is a percentage point wide."""
    total = 100_000
    names = [
        {"symbol": "A", "weight": 0.3, "lower": 0.29, "upper": 0.3},
        {"symbol": "B", "weight": 0.3, "lower": 0.3, "upper": 0.31},
    ]
    lots = lot("a", "A", 0.3 * total + 300, basis=100 * NET), lot("b", "B", 0.3 * total - 300, basis=100 * NET)
    accounts = joint(*lots, lot("c", "BOND", 39_900), cash=100)
    home = household(accounts, security_targets=names, targets=bands(stock=(0.55, 0.65), bond=(0.35, 0.45)))
    return solve(home, Policy(limits=limits), gap_bp=0.0)


def test_a_minimum_trade_makes_orders_larger_or_none():
    """300 cures the drift, and 500 does too, within the bands. 5,000 would add more drift than it cures, and a security
    that is sold may not be bought in the same account.
    """
    assert dollars(narrow()) == about({"joint/a": -300, "joint/B": 300})
    assert dollars(narrow(minimum_trade=500)) == about({"joint/a": -500, "joint/B": 500})
    assert dollars(narrow(minimum_trade=5000)) == {}


def test_a_soft_minimum_trade_is_paid_where_that_is_cheaper():
    """Two orders are each 4,700 short: at 0.001 cents a dollar 9.4 cents, less than $10 of drift; at a cent, $94."""
    cheap = narrow(minimum_trade={"amount": 5000, "price": 1e-5})
    assert dollars(cheap) == about({"joint/a": -300, "joint/B": 300})
    assert cheap.parts["limits"] == pytest.approx(2 * 4700 * 1e-5, abs=0.005)
    assert dollars(narrow(minimum_trade={"amount": 5000, "price": 0.01})) == {}


def test_a_number_of_orders_leaves_the_most_valuable():
    """Stock is 25,000 over its band. The IRA can correct it without tax; in joint it has 80 cents of gain a dollar. A
    name needs more than two orders, which save a few dollars each.
    """
    names = [{"symbol": "B", "weight": 0.01, "lower": 0.005, "upper": 1}]
    home = household(
        joint(lot("a", "A", 40_000, basis=20), lot("b", "BOND", 20_000)),
        ira(lot("r", "A", 40_000)),
        security_targets=names,
    )
    assert len(solved(home).trades) > 2
    few = solved(home, limits={"trades": 2})
    assert {(trade.account, trade.side) for trade in few.trades} == {("ira", "sell"), ("ira", "buy")}
    assert (few.limits[0].used, few.limits[0].shadow_price) == (2, None)
    assert solved(home, limits={"trades": 0}).trades == ()
    assert solved(home, limits={"trades": 1}).objective > few.objective


def test_orders_beyond_a_soft_number_are_paid():
    """Two orders cure some $2,000 of drift; at 5,000 each none is placed, at 5 both."""
    home = household(ira(lot("r", "A", 70_000), lot("c", "BOND", 29_000), cash=1000))
    assert solved(home, limits={"trades": {"amount": 0, "price": 5000}}).trades == ()
    paid = solved(home, limits={"trades": {"amount": 0, "price": 5}})
    assert len(paid.trades) == 2
    assert paid.parts["limits"] == 2 * 5


def test_the_bill_of_a_plan_is_the_worksheet_s():
    home = raising(15_000 * NET, *LOTS, accounting_method="fifo")
    plan = solved(home)
    gain = sum(Decimal(str(gain)) for gain in gains(plan).values())
    assert plan.tax_after == tax_bill(home.taxpayer, Decimal(0), gain)
