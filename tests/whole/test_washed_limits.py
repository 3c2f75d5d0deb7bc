"""Washed losses under a limit on gains, and clean-outs where an account sells its lots in an order."""

from datetime import timedelta

import pytest
from feature_cases import ANYTHING, TODAY, bands, dollars, fund, household, ira, joint, lot, solved
from window_cases import CUT, LOSS, REST

from lotroute.models import Policy
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.orders import Order
from lotroute.solver.accounting.replay import replay

FUNDS = (fund("A", half_spread=0), fund("B", half_spread=0), fund("BOND", "bond", half_spread=0))
COMING = [{"account": "ira", "symbol": "A", "date": TODAY + timedelta(10)}]
"""A purchase in the Roth of unknown size: all losses on A are lost for good."""


def gains_and_lost_losses(**changes):
    """10,000 of A at a long-term loss of 5,000, and 30,000 of B at a long-term gain of 15,000."""
    lots = lot("loss", basis=150), lot("gain", "B", 30_000, basis=50)
    return household(joint(*lots), ira(cash=1000), funds=FUNDS, scheduled_buys=COMING, **changes)


def test_a_disallowed_long_term_loss_is_no_part_of_the_net_gain():
    """IRC 1091(a): the loss of 5,000 is disallowed, so the year's net gain is that of B alone."""
    home = gains_and_lost_losses(targets=ANYTHING)
    books = Books(home, Policy(wash_sales="price"))
    orders = [Order("joint", "A", "sell", 100.0, "loss"), Order("joint", "B", "sell", 40.0, "gain")]
    limited = replay(books, orders).limited
    assert float(limited["net_gain"]) == float(limited["long_gain"]) == 40 * (100 - 50)
    assert float(limited["short_gain"]) == 0


@pytest.mark.parametrize("limit", ["net_gain", "long_gain"])
def test_a_hard_limit_on_gains_is_kept_though_losses_are_washed(limit):
    """A (its loss lost) and B (at a gain) are sold because of drift, but B only for 2,000 of gain."""
    home = gains_and_lost_losses(targets=bands(stock=(0.0, 0.1), bond=(0.9, 1.0)))
    drift = {"near_cost": 1, "far_cost": 1}
    plan = solved(home, wash_sales="price", drift=drift, limits={limit: 2000})
    assert [(use.name, use.used) for use in plan.limits] == [(limit, pytest.approx(2000, abs=0.05))]
    assert dollars(plan)["joint/gain"] == pytest.approx(-2000 / 0.5, abs=0.2)
    assert dollars(plan)["joint/loss"] == -10_000
    assert sum(state.loss for state in plan.loss_statuses if state.state == "lost") == 5000


@pytest.mark.parametrize("method", ["specific", "fifo", "lifo", "hifo"])
def test_a_clean_out_sells_the_queue_of_an_account_that_demands_an_order(method):
    """Whichever of the two is at the head of its account's queue, the old lot and the recent one are sold in full."""
    drip = lot("drip", dollars=1000, basis=101, days=10)
    plan = solved(household(joint(LOSS, drip, REST, accounting_method=method), targets=CUT))
    assert dollars(plan)["joint/old"] == -50_000
    assert dollars(plan)["joint/drip"] == -1000
    assert [state.state for state in plan.loss_statuses] == ["allowed", "allowed"]


@pytest.mark.parametrize("method", ["fifo", "hifo"])
def test_a_lot_behind_the_head_of_a_clean_out_is_free(method):
    """The head is at a loss in a window, the lot behind it at a gain: both are sold, with the recent one."""
    drip = lot("drip", dollars=1000, basis=101, days=10)
    behind = lot("behind", dollars=10_000, basis=99, days=500)
    home = household(
        joint(LOSS, behind, drip, REST, accounting_method=method), targets=bands(stock=(0, 0), bond=(1, 1))
    )
    plan = solved(home, drift={"near_cost": 1, "far_cost": 1})
    assert {name: amount for name, amount in dollars(plan).items() if amount < 0} == {
        "joint/old": -50_000,
        "joint/drip": -1000,
        "joint/behind": -10_000,
    }
