"""The price of a sale before its gain is long-term: the tax saved, by the time that waiting takes, up to a cap."""

from decimal import Decimal

import pytest

from lotroute.models import Drift, Policy, Taxpayer
from lotroute.models.policy.waiting_price import waiting_price

PAYER = Taxpayer(rates={"short": 0.35, "long": 0.15})
GAIN = Decimal("0.5")


def price(days, *, far_cost=0.12, payer=PAYER, gain=GAIN):
    policy = Policy(drift=Drift(near_cost=0.04, far_cost=far_cost))
    return float(waiting_price(payer, policy, Decimal(10_000))(gain, days))


def test_the_price_is_the_tax_saved_less_the_drift_that_waiting_costs():
    """A gain of 50 cents saves 20 % of it, 10 cents; in 73 days, drift costs a fifth of its price: 0.1 (5 - 1)."""
    assert price(73, far_cost=0.5) == pytest.approx(0.4)
    assert price(365) == 0


@pytest.mark.parametrize("far_cost", [0.04, 0.12, 0.5])
def test_the_price_is_at_most_what_a_dollar_moved_saves_in_drift(far_cost):
    """From 0.1 (365 / D - 1): 3.55 in ten days, 36.4 in one. A dollar moved leaves one band and reaches another."""
    for days in (1, 10):
        assert price(days, far_cost=far_cost) == 2 * far_cost
    uncapped = 0.1 * (365 / 270 - 1)
    assert uncapped < 2 * 0.04
    assert price(270, far_cost=far_cost) == pytest.approx(uncapped)


def test_nothing_is_charged_where_waiting_saves_nothing():
    assert price(10, gain=Decimal(0)) == price(10, gain=Decimal(-1)) == price(0) == 0
    assert price(10, payer=Taxpayer(rates={"short": 0.15, "long": 0.15})) == 0


def test_losses_that_absorb_either_term_leave_nothing_to_save():
    """A carried loss of 10,000 absorbs the gain whatever its term; one of 4,000 leaves 60 % of the saving."""
    assert price(73, payer=PAYER.model_copy(update={"long_carryforward": 10_000.0})) == 0
    part = price(73, far_cost=0.5, payer=PAYER.model_copy(update={"long_carryforward": 4000.0}))
    assert part == pytest.approx(0.6 * 0.4)
