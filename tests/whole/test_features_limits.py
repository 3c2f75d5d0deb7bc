"""Limits, hard and soft, end to end: what binds, the shadow price, what is paid to go beyond."""

import pytest
from feature_cases import SPREAD, dollars, household, ira, joint, lot, solved

from lotroute.models import Policy
from lotroute.solver import route

NET = 1 - SPREAD

CASES = {  # limit: the lot of stock, which is over its band; about half of what the plan uses without the limit
    "short_gain": (lot("a", "A", 70_000, basis=60, days=100), 5000),
    "long_gain": (lot("a", "A", 70_000, basis=60), 3000),
    "net_gain": (lot("a", "A", 70_000, basis=60), 3000),
    "loss": (lot("a", "A", 70_000, basis=150), 3700),
    "bill": (lot("a", "A", 70_000, basis=60), 450),
    "turnover": (lot("a", "A", 70_000, basis=60), 0.07),
    "added_tax": (lot("a", "A", 70_000, basis=60), 450),
    "gain_share": (lot("a", "A", 70_000, basis=60), 0.1),
}
TAXED = ("short_gain", "long_gain", "net_gain", "bill", "added_tax", "gain_share")


def overweight(held):
    """70,000 of stock in joint, 15,000 over its band; 29,000 of bonds, 16,000 below theirs, and 1,000 of cash."""
    return household(joint(held, lot("c", "BOND", 29_000, basis=200), cash=1000), restrictions=KEEP_BONDS)


KEEP_BONDS = [{"rule": "keep", "account": "joint", "lot": "c"}]


def unit_of(name, plan):
    """Dollars in a unit of a limit: 700 shares at $100 that cost $60 have a gain of $28,000."""
    return {"turnover": plan.market_value, "gain_share": 28_000}.get(name, 1)


def with_limit(name, amount, price=None):
    return solved(overweight(CASES[name][0]), limits={name: {"amount": amount, "price": price}})


@pytest.mark.parametrize("name", CASES)
def test_a_budget_binds_and_a_dollar_more_is_worth_what_it_saves(name):
    """One lot is sold as far as the limit allows; drift needs more. A limit of $100 more checks the shadow price."""
    held, amount = CASES[name]
    free = solved(overweight(held))
    plan = with_limit(name, amount)
    [use] = plan.limits
    unit = unit_of(name, plan)
    assert use.used == pytest.approx(amount, abs=0.05 / unit)
    assert use.binding
    assert plan.objective > free.objective + 10
    assert plan.violations == ()
    more = with_limit(name, amount + 100 / unit)
    assert use.shadow_price == pytest.approx((plan.objective - more.objective) / 100, abs=2e-3)
    assert use.shadow_price > 0.05


@pytest.mark.parametrize("name", CASES)
def test_a_budget_that_is_not_reached_changes_nothing(name):
    held, _ = CASES[name]
    free = solved(overweight(held))
    plan = with_limit(name, 1e6)
    assert plan.trades == free.trades
    assert [(use.name, use.binding) for use in plan.limits] == [(name, False)]
    assert (plan.limits[0].shadow_price or 0) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_a_dear_soft_budget_is_kept_and_a_cheap_one_is_paid_for(name):
    held, amount = CASES[name]
    hard = with_limit(name, amount)
    worth = hard.limits[0].shadow_price
    dear = with_limit(name, amount, price=2 * worth)
    assert dear.objective == pytest.approx(hard.objective, abs=0.05)
    assert dear.limits[0].used == pytest.approx(hard.limits[0].used, abs=0.05)
    cheap = with_limit(name, amount, price=worth / 1000)
    free = solved(overweight(held))
    unit = unit_of(name, cheap)
    beyond = (cheap.limits[0].used - amount) * unit
    assert beyond > 100
    assert cheap.parts["limits"] == pytest.approx(worth / 1000 * beyond, abs=0.01)
    assert free.objective < cheap.objective < hard.objective
    assert cheap.violations == ()


def test_a_budget_counts_gains_so_far():
    """Of the limit of 3,000, gains so far this year use 1,000."""
    home = overweight(CASES["long_gain"][0])
    year = home.taxpayer.model_copy(update={"realized_long": 1000.0})
    plan = solved(home.model_copy(update={"taxpayer": year}), limits={"long_gain": 3000})
    assert sum(trade.gain for trade in plan.trades if trade.gain) == pytest.approx(2000, abs=0.05)


def test_losses_make_room_in_a_net_budget_and_not_in_a_gross_one():
    """A loss of 5,000 makes room for gains in a net limit; a limit on losses of 0 leaves the loss unsold."""
    lots = lot("a", "A", 60_000, basis=60), lot("loss", "B", 10_000, basis=150), lot("c", "BOND", 29_000, basis=200)
    home = household(joint(*lots, cash=1000), restrictions=KEEP_BONDS)
    net = solved(home, limits={"net_gain": 0})
    assert sum(trade.gain for trade in net.trades if trade.gain) <= 0.05
    assert {trade.lot for trade in net.trades if trade.side == "sell"} == {"a", "loss"}
    capped = solved(home, limits={"loss": 0})
    assert {trade.lot for trade in capped.trades if trade.side == "sell"} == {"a"}


def test_a_budget_names_the_sales_that_use_it():
    plan = with_limit("long_gain", 3000)
    assert plan.limits[0].text.startswith("$3,000.00 of $3,000.00 used, most of it by A lot a ($")
    assert "a dollar more would lower the objective by $0." in plan.limits[0].text


def test_the_router_keeps_hard_budgets():
    for name, (held, amount) in CASES.items():
        plan = route(overweight(held), Policy(limits={name: amount}))
        assert (plan.certificate.status, plan.violations) == ("heuristic", ()), name
        assert plan.limits[0].used <= amount + 0.05, name
        assert plan.limits[0].shadow_price is None


def test_a_budget_sends_the_correction_to_where_it_is_free():
    """Both joint and the IRA hold too much stock; with no room for gains, all of the correction is in the IRA."""
    home = household(joint(lot("a", "A", 40_000, basis=20)), ira(lot("r", "A", 30_000), lot("c", "BOND", 30_000)))
    plan = solved(home, limits={"net_gain": 0})
    assert set(dollars(plan)) == {"ira/r", "ira/BOND"}
    assert plan.parts["drift"] == 0
