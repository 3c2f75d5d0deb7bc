"""Netting, the loss limit, carryovers, and the bill at flat rates."""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotroute.models import FlatRates, Netting, Taxpayer, loss_limit, net, tax_bill

LIMITS = st.sampled_from([Decimal(3000), Decimal(1500)])
CORNERS = st.sampled_from([Decimal(corner) for corner in ("0", "0.01", "1500", "2999.99", "3000", "3000.01", "6000")])
AMOUNTS = CORNERS | st.decimals(0, 10**9, places=2)
RESULTS = AMOUNTS | AMOUNTS.map(lambda amount: -amount)


def lines(netting: Netting) -> tuple[Decimal, ...]:
    """The columns o, i, u, s, l of docs/formulation.md."""
    return netting.ordinary, netting.preferential, netting.loss_used, netting.short_carried, netting.long_carried


def netted(short: int, long: int, limit: int = 3000) -> tuple[Decimal, ...]:
    return lines(net(Decimal(short), Decimal(long), Decimal(limit)))


class Region(NamedTuple):
    """A row of the table: a point of the region from three non-negative amounts, and the affine formulas."""

    point: Callable[..., tuple]
    formulas: Callable[..., tuple]


REGIONS = {
    "both gains": Region(lambda a, b, c, lim: (a, b), lambda S, L, lim: (S, L, 0, 0, 0)),
    "short gain left": Region(lambda a, b, c, lim: (a + b, -b), lambda S, L, lim: (S + L, 0, 0, 0, 0)),
    "long gain left": Region(lambda a, b, c, lim: (-a, a + b), lambda S, L, lim: (0, S + L, 0, 0, 0)),
    "loss all used": Region(
        lambda a, b, c, lim: (a - b, b - a - min(c, lim)),
        lambda S, L, lim: (0, 0, -S - L, 0, 0),
    ),
    "long loss carried": Region(
        lambda a, b, c, lim: (a - lim, -a - b),
        lambda S, L, lim: (0, 0, lim, 0, -S - L - lim),
    ),
    "both carried": Region(lambda a, b, c, lim: (-lim - a, -b), lambda S, L, lim: (0, 0, lim, -S - lim, -L)),
    "short loss carried": Region(
        lambda a, b, c, lim: (-lim - a - b, a),
        lambda S, L, lim: (0, 0, lim, -S - L - lim, 0),
    ),
}


@pytest.mark.parametrize("region", REGIONS.values(), ids=REGIONS)
@given(a=AMOUNTS, b=AMOUNTS, c=AMOUNTS, limit=LIMITS)
def test_netting_is_affine_on_the_region_as_the_table_says(region, a, b, c, limit):
    S, L = region.point(a, b, c, limit)
    assert lines(net(S, L, limit)) == region.formulas(S, L, limit)


@given(short=RESULTS, long=RESULTS, limit=LIMITS)
def test_every_dollar_is_taxed_used_or_carried(short, long, limit):
    ordinary, preferential, used, short_carried, long_carried = lines(net(short, long, limit))
    assert ordinary + preferential - used - short_carried - long_carried == short + long


@given(short=RESULTS, long=RESULTS, limit=LIMITS, income=RESULTS)
def test_a_loss_that_finds_no_income_is_carried(short, long, limit, income):
    ordinary, preferential, used, short_carried, long_carried = lines(net(short, long, limit, income))
    consumed = min(used, max(Decimal(0), income + used))
    assert ordinary + preferential - consumed - short_carried - long_carried == short + long


@given(short=RESULTS, long=RESULTS, limit=LIMITS)
def test_no_line_is_negative_and_the_loss_used_keeps_the_limit(short, long, limit):
    netting = net(short, long, limit)
    assert min(lines(netting)) >= 0
    assert netting.loss_used <= limit


@given(short=RESULTS, long=RESULTS, limit=LIMITS)
def test_a_gain_is_taxed_or_a_loss_used_never_both(short, long, limit):
    netting = net(short, long, limit)
    assert 0 in (
        netting.ordinary + netting.preferential,
        netting.loss_used + netting.short_carried + netting.long_carried,
    )


def test_a_long_loss_above_a_short_gain_is_one_net_loss():
    assert netted(100, -150) == (0, 0, 50, 0, 0)


def test_the_limit_absorbs_short_loss_first_and_the_rest_keeps_its_character():
    assert netted(-5000, -2000) == (0, 0, 3000, 2000, 2000)
    assert netted(-1000, -5000) == (0, 0, 3000, 0, 3000)
    assert netted(-10000, 4000) == (0, 0, 3000, 3000, 0)
    assert netted(4000, -10000) == (0, 0, 3000, 0, 3000)


@pytest.mark.parametrize(
    ("status", "limit"),
    [("single", 3000), ("married_jointly", 3000), ("head_of_household", 3000), ("married_separately", 1500)],
)
def test_the_loss_limit_is_halved_only_for_married_filing_separately(status, limit):
    bill = tax_bill(Taxpayer(filing_status=status, rates=RATES), Decimal(-9000), Decimal(0))
    assert loss_limit(status) == limit
    assert (bill.loss_used, bill.short_carryforward) == (limit, 9000 - limit)


# -- the bill ----------------------------------------------------------------------------------------------------------

RATES = FlatRates(short=0.35, long=0.15, state=0.05, surtax=0.038)


def test_a_bill_on_gains_by_hand():
    taxpayer = Taxpayer(
        rates=RATES, realized_short=1000, realized_long=-500, short_carryforward=200, long_carryforward=300
    )
    bill = tax_bill(taxpayer, Decimal(400), Decimal(5000))
    # short: 1000 + 400 = 1400, less 200 carried in = 1200; long: -500 + 5000 = 4500, less 300 = 4200
    assert (bill.short_gain, bill.long_gain, bill.short_net, bill.long_net) == (1400, 4500, 1200, 4200)
    assert (bill.ordinary, bill.preferential, bill.loss_used) == (1200, 4200, 0)
    # federal 0.35 * 1200 + 0.15 * 4200 = 420 + 630; state 0.05 * 5400; surtax 0.038 * 5400
    assert (bill.federal, bill.state, bill.surtax) == (1050, 270, 205.2)
    assert bill.total == 1525.2  # 1050 + 270 + 205.20
    assert (bill.short_carryforward, bill.long_carryforward) == (0, 0)


def test_a_bill_on_losses_by_hand():
    bill = tax_bill(Taxpayer(rates=RATES), Decimal(-10000), Decimal(2000))
    # net -8000: 3000 used, the 5000 left are short; saved 0.35 * 3000, 0.05 * 3000, 0.038 * 3000
    assert (bill.ordinary, bill.preferential, bill.loss_used) == (0, 0, 3000)
    assert (bill.federal, bill.state, bill.surtax, bill.total) == (-1050, -150, -114, -1314)
    assert (bill.short_carryforward, bill.long_carryforward) == (5000, 0)


def test_rates_are_the_decimals_that_were_written_and_halves_round_to_even():
    taxpayer = Taxpayer(filing_status="single", rates=FlatRates(short=0.35, long=0.15, state=0.1))
    bill = tax_bill(taxpayer, Decimal("0.10"), Decimal("0.15"))
    # federal 0.035 + 0.0225 = 0.0575; state 0.1 * 0.25 = 0.025
    assert (bill.federal, bill.state, bill.total) == (0.06, 0.02, 0.08)


CENTS = st.integers(-(10**11), 10**11).map(lambda cents: cents / 100)
PERCENTS = st.integers(0, 1000).map(lambda tenths: tenths / 1000)
TAXPAYERS = st.builds(
    Taxpayer,
    filing_status=st.sampled_from(["single", "married_separately"]),
    rates=st.builds(FlatRates, short=PERCENTS, long=PERCENTS, state=PERCENTS, surtax=PERCENTS),
    short_carryforward=CENTS.map(abs),
    long_carryforward=CENTS.map(abs),
    realized_short=CENTS,
    realized_long=CENTS,
)


@given(taxpayer=TAXPAYERS, short=RESULTS, long=RESULTS)
def test_the_total_is_the_sum_of_its_printed_parts(taxpayer, short, long):
    bill = tax_bill(taxpayer, short, long)
    federal, state, surtax, total = (Decimal(str(part)) for part in (bill.federal, bill.state, bill.surtax, bill.total))
    assert federal + state + surtax == total


@given(taxpayer=TAXPAYERS)
def test_doing_nothing_costs_the_bill_of_the_realized_amounts(taxpayer):
    realized = Decimal(str(taxpayer.realized_short)), Decimal(str(taxpayer.realized_long))
    fresh = taxpayer.model_copy(update={"realized_short": 0.0, "realized_long": 0.0})
    assert tax_bill(taxpayer, Decimal(0), Decimal(0)) == tax_bill(fresh, *realized)
