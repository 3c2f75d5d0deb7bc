"""The next-best alternative to a trade: its extra cost is what a replay by hand on the books gives."""

import re
from decimal import Decimal

import pytest
from feature_cases import ANYTHING, FUNDS, SPREAD, bands, fund, household, ira, joint, lot, solved
from random_households import featured_household, featured_policy

from lotroute.models import later_years
from lotroute.models.plan.statements import MONEY
from lotroute.models.schema.money import exact
from lotroute.solver import solve
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.orders import Order
from lotroute.solver.accounting.replay import replay

NET = 1 - SPREAD


def orders_of(plan):
    return [Order(t.account, t.symbol, t.side, t.quantity, t.lot) for t in plan.trades]


def costs_more(home, plan, *orders):
    """Dollars by which these orders raise the objective above the plan's."""
    return float(replay(Books(home, plan.policy), orders).objective) - plan.objective


def penalized_more(home, plan, *orders):
    """Dollars by which these orders raise the penalties of the objective above the plan's."""
    parts = replay(Books(home, plan.policy), orders).parts
    return sum(float(parts[part]) - plan.parts[part] for part in parts if part not in MONEY)


def trade_of(plan, side, account="joint"):
    [found] = [trade for trade in plan.trades if (trade.side, trade.account) == (side, account)]
    return found


def raising(*lots, withdrawal=5000 * NET, **changes):
    """Nothing is drift; joint must pay out `withdrawal`."""
    accounts = joint(*lots, withdrawal=withdrawal), ira(lot("c", "BOND", 50_000), menu=["BOND"])
    return household(*accounts, targets=ANYTHING, **changes)


def test_another_lot_of_the_class_in_the_account():
    """Long-term gains of 10, 40 and 80 cents: the second is next best."""
    lots = lot("dear", basis=90), lot("old", "B", basis=20), lot("middle", basis=60)
    home = raising(*lots)
    plan = solved(home)
    sale = trade_of(plan, "sell")
    assert sale.lot == "dear"
    assert sale.reason.next_best == "the same amount from A lot middle"
    other = Order("joint", "A", "sell", sale.quantity, "middle")
    assert sale.reason.next_best_costs == pytest.approx(costs_more(home, plan, other), abs=1e-9)
    assert sale.reason.next_best_penalties == 0
    gain = 5000 * (0.9 - 0.6)
    a_dollar = 0.15 - later_years(home.taxpayer, plan.policy).deferral
    assert sale.reason.next_best_costs == pytest.approx(gain * a_dollar, abs=0.05)


def test_a_lot_that_costs_more_to_sell_brings_the_same_dollars():
    funds = (fund("A"), fund("B", half_spread=0.01), fund("BOND", "bond"))
    home = raising(lot("a", basis=90), lot("b", "B", basis=90), funds=funds)
    plan = solved(home)
    sale = trade_of(plan, "sell")
    assert sale.reason.next_best == "the same amount from B lot b"
    shares = exact(sale.proceeds) / Decimal("99")
    more = Order("joint", "B", "sell", float(shares.quantize(Decimal("0.000001"), "ROUND_CEILING")), "b")
    assert sale.reason.next_best_costs == pytest.approx(costs_more(home, plan, more), abs=1e-9)


@pytest.mark.parametrize(
    "closed",
    [
        {"restrictions": [{"rule": "keep", "account": "joint", "lot": "b"}]},
        {"restrictions": [{"rule": "no_sell", "symbol": "B"}]},
    ],
)
def test_nothing_is_next_best_where_no_rule_lets_it(closed):
    home = raising(lot("a", basis=90), lot("b", "B", basis=60))
    open_, shut = solved(home), solved(raising(lot("a", basis=90), lot("b", "B", basis=60), **closed))
    assert trade_of(open_, "sell").reason.next_best == "the same amount from B lot b"
    assert (trade_of(shut, "sell").reason.next_best, trade_of(shut, "sell").reason.next_best_costs) == ("", None)


def test_what_a_hard_budget_forbids_is_not_next_best():
    home = raising(lot("a", basis=90), lot("b", "B", basis=60))
    assert trade_of(solved(home, limits={"long_gain": 5000}), "sell").reason.next_best != ""
    assert trade_of(solved(home, limits={"long_gain": 1000}), "sell").reason.next_best == ""


def test_a_lot_that_holds_too_little_is_not_next_best():
    home = raising(lot("a", basis=90), lot("b", "B", 4000, basis=60))
    assert trade_of(solved(home), "sell").reason.next_best == ""


def test_the_correction_in_another_account():
    """Stock is 60,000 of 100,000; the IRA, where no gain is taxed, swaps 5,000 of it for bonds. In joint, half of that
    would be gain.
    """
    accounts = (
        joint(lot("a", basis=50, dollars=30_000)),
        ira(lot("r", "A", 30_000), lot("c", "BOND", 39_000), cash=1000),
    )
    home = household(*accounts, targets=bands(stock=(0.45, 0.55), bond=(0.43, 0.57)))
    plan = solved(home)
    sale, purchase = trade_of(plan, "sell", "ira"), trade_of(plan, "buy", "ira")
    words = re.fullmatch(r"(?:\$([\d,]+) of it )?corrected in joint", sale.reason.next_best)
    assert words
    moved = min(exact(sale.proceeds), -exact(purchase.proceeds))
    if words.group(1):
        assert float(words.group(1).replace(",", "")) == pytest.approx(float(moved), abs=0.5)
    part = moved / exact(sale.proceeds)
    in_joint = float((moved / (100 * Decimal(str(NET)))).quantize(Decimal("0.000001"), "ROUND_CEILING"))
    kept = round(sale.quantity - float(round(exact(sale.quantity) * part, 6)), 6)
    orders = [Order("joint", "A", "sell", in_joint, "a"), Order("joint", "BOND", "buy", purchase.quantity)]
    if kept:
        orders.append(Order("ira", "A", "sell", kept, "r"))
    assert sale.reason.next_best_costs == pytest.approx(costs_more(home, plan, *orders), abs=0.01)
    assert sale.reason.next_best_costs > 5000 * 0.5 * 0.05
    assert sale.reason.next_best_penalties == pytest.approx(penalized_more(home, plan, *orders), abs=0.01)


def test_a_next_best_way_that_only_drifts_costs_no_money():
    """A purchase of 5,000 of bonds corrects drift; the other bond leaves a name's own band, for the same money."""
    funds = (fund("A"), fund("BOND", "bond"), fund("B2", "bond"))
    accounts = joint(cash=0.0), ira(lot("r", "A", 90_000), lot("b", "BOND", 5000), cash=5000)
    own = [{"symbol": "BOND", "weight": 0.1, "lower": 0.09, "upper": 0.11}]
    targets = bands(stock=(0.85, 0.95), bond=(0.1, 0.11))
    plan = solved(household(*accounts, funds=funds, targets=targets, security_targets=own))
    purchase = next(trade.reason for trade in plan.trades if (trade.side, trade.symbol) == ("buy", "BOND"))
    assert purchase.next_best == "B2 instead"
    assert purchase.next_best_penalties == pytest.approx(purchase.next_best_costs, abs=0.02)
    assert purchase.next_best_penalties > 10


def test_another_fund_of_the_class():
    """BILLS costs a tenth of a percent to buy, BOND two basis points."""
    funds = (*FUNDS, fund("BILLS", "bond", half_spread=0.001))
    home = household(joint(lot("a", basis=50, dollars=54_000), cash=46_000), funds=funds)
    plan = solved(home)
    purchase = trade_of(plan, "buy")
    assert (purchase.symbol, purchase.reason.next_best) == ("BOND", "BILLS instead")
    shares = -exact(purchase.proceeds) / (100 * Decimal("1.001"))
    other = Order("joint", "BILLS", "buy", float(shares.quantize(Decimal("0.000001"), "ROUND_FLOOR")))
    assert purchase.reason.next_best_costs == pytest.approx(costs_more(home, plan, other), abs=1e-9)
    spread = -purchase.proceeds * (0.001 / 1.001 - SPREAD / (1 + SPREAD))
    assert purchase.reason.next_best_costs >= spread - 0.02


def test_what_is_harvested_is_not_the_next_best_purchase():
    """BILLS is sold at a loss; BOND, the only other bond, has no alternative."""
    funds = (*FUNDS, fund("BILLS", "bond"))
    home = household(joint(lot("loss", "BILLS", 45_000, basis=150), lot("a", dollars=55_000, basis=50)), funds=funds)
    plan = solved(home)
    purchase = trade_of(plan, "buy")
    assert purchase.symbol == "BOND"
    assert purchase.reason.next_best == ""


HARD = [1001, 1053, 1220, 1345]
"""Seeds in which cheaper alternatives break an elastic rule: bands, cash, do-not-hold."""


@pytest.mark.parametrize("seeds", [*(range(first, first + 10) for first in range(0, 40, 10)), HARD], ids=str)
def test_no_alternative_is_better_than_the_gap_allows(seeds):
    """In any random household, an alternative that keeps the rules costs at least as much as the best plan."""
    for seed in seeds:
        home = featured_household(seed)
        plan = solve(home, featured_policy(seed))
        if plan.certificate.gap is None:
            continue
        for trade in plan.trades:
            if trade.reason.next_best_costs is not None:
                assert trade.reason.next_best_costs >= -plan.certificate.gap - 0.05, (seed, trade)


def test_a_lot_sold_before_another_of_its_line_has_no_alternative():
    """First in, first out: the lot behind is sold too, which needs all of the first lot. The sale of the lot behind may
    come from another fund instead.
    """
    lots = lot("first", dollars=3000, basis=99), lot("behind", basis=98), lot("dear", "B", 20_000, basis=20)
    accounts = (
        joint(*lots, withdrawal=5000 * NET, accounting_method="fifo"),
        ira(lot("c", "BOND", 50_000), menu=["BOND"]),
    )
    plan = solved(household(*accounts, targets=ANYTHING))
    reasons = {trade.lot: trade.reason for trade in plan.trades if trade.side == "sell"}
    assert set(reasons) == {"first", "behind"}
    assert reasons["first"].next_best_costs is None
    assert reasons["behind"].next_best_costs > 0
