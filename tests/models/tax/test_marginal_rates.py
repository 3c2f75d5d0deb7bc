"""Marginal rates: what the next thousand dollars of gain add to the bill, this year and in a usual one."""

from decimal import Decimal

import pytest
from hypothesis import given
from return_strategies import DOLLARS, GAINS, taxpayers

from lotroute.models import FlatRates, OtherIncome, Taxpayer, marginal_rates, net, tax_bill, usual_rates
from lotroute.models.tax.marginal_rates import STEP

BOTH = pytest.mark.parametrize("rates_of", [marginal_rates, usual_rates])


def single(**fields):
    return Taxpayer(year=2026, **fields)


def taxed(taxable_income, **fields):
    """A single taxpayer with so many dollars at ordinary rates."""
    return single(ordinary_income=taxable_income + 16100, **fields)


def dividends(dollars):
    return {"ordinary_dividends": dollars, "qualified_dividends": dollars}


def rates(short, long, state=0.0, surtax=0.0, state_long=None):
    state_long = state if state_long is None else state_long
    return FlatRates(short=short, long=long, state=state, state_long=state_long, surtax=surtax)


@BOTH
def test_flat_rates_are_themselves(rates_of):
    flat = FlatRates(short=0.35, long=0.15, state=0.05, surtax=0.038, carried_short=0.1)
    assert rates_of(Taxpayer(rates=flat, realized_short=9000)) == flat


@BOTH
@pytest.mark.parametrize(
    ("taxpayer", "expected"),
    [
        (single(), rates(0, 0)),  # the deduction shelters it
        (taxed(30000), rates(0.12, 0)),
        (taxed(80000), rates(0.22, 0.15)),
        (taxed(49900), rates(0.17, 0.15)),  # 500 dollars below the top of 12 %
        (taxed(48950), rates(0.12, 0.075)),  # 500 dollars below the top of 0 %
        (taxed(40000, **dividends(9000)), rates(0.2025, 0.0825)),  # of 1,000 more 550 are beyond the top of 0 %
        (taxed(40000, **dividends(20000)), rates(0.27, 0.15)),  # 12 %, and 15 % on dividends that it pushes out
        (taxed(300000), rates(0.35, 0.15, surtax=0.038)),
        (taxed(700000), rates(0.37, 0.20, surtax=0.038)),
        (taxed(80000, state_rate=0.05), rates(0.22, 0.15, state=0.05)),
        (taxed(80000, state_rate=0.05, state_long_rate=0.02), rates(0.22, 0.15, state=0.05, state_long=0.02)),
    ],
)
def test_rates_by_hand(rates_of, taxpayer, expected):
    assert rates_of(taxpayer) == expected


def test_gains_so_far_count_this_year_and_not_in_a_usual_one():
    taxpayer = taxed(30000, realized_short=30000, realized_long=500000)
    assert marginal_rates(taxpayer) == rates(0.27, 0.20, surtax=0.038)  # a short gain pushes a long one out of 15 %
    assert usual_rates(taxpayer) == rates(0.12, 0)


def test_income_of_this_year_alone_counts_this_year_and_not_in_a_usual_one():
    taxpayer = taxed(30000, other_income=OtherIncome(roth_conversion=30000, bonus=200000))
    assert marginal_rates(taxpayer) == rates(0.35, 0.15, surtax=0.038)
    assert usual_rates(taxpayer) == rates(0.12, 0)


def test_in_the_phase_out_of_the_minimum_tax_a_gain_costs_half_as_much_again():
    taxpayer = single(ordinary_income=60000, **dividends(20000), realized_long=550000)
    assert marginal_rates(taxpayer).long == 0.33  # 20 %, and 26 % of the half dollar of exemption that is lost


@pytest.mark.parametrize(
    "losses",
    [
        {"realized_short": -50000},
        {"realized_long": -50000, "realized_short": 20000},
        {"short_carryforward": 9000, "long_carryforward": 9000},
    ],
)
def test_rates_are_those_on_a_gain_that_no_loss_absorbs(losses):
    assert marginal_rates(taxed(80000, **losses)) == rates(0.22, 0.15)


def test_losses_absorb_gains_so_far_first():
    taxpayer = taxed(30000, realized_long=500000, short_carryforward=495000)
    assert marginal_rates(taxpayer) == marginal_rates(taxed(30000, realized_long=5000))


@given(taxpayer=taxpayers(), short=GAINS, long=GAINS, carried=DOLLARS)
def test_rates_are_what_the_bill_adds_for_the_next_dollars(taxpayer, short, long, carried):
    so_far = {"realized_short": float(short), "realized_long": float(long), "long_carryforward": carried}
    taxpayer = taxpayer.model_copy(update=so_far)
    short_net, long_net = short, long - Decimal(str(carried))
    left = net(short_net, long_net, Decimal(0))
    before, by_short, by_long = (
        tax_bill(taxpayer, left.ordinary - short + more, left.preferential - long_net + other)
        for more, other in ((0, 0), (STEP, 0), (0, STEP))
    )
    next_dollars = marginal_rates(taxpayer)
    cent = 3e-5  # three lines rounded to the cent, of a thousand dollars
    assert next_dollars.all_in_short == pytest.approx((by_short.total - before.total) / 1000, abs=cent)
    assert next_dollars.all_in_long == pytest.approx((by_long.total - before.total) / 1000, abs=cent)
    assert 0 <= next_dollars.surtax <= 0.038
