"""Rates on the next dollars of gain, and the distance to the next kink, are what the bill itself says."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest

from lotroute.models import Taxpayer, tax_bill, taxes
from lotroute.models.plan.marginal import marginal_rates_of
from lotroute.models.tax.federal_return import scheduled
from lotroute.models.tax.marginal_rates import FAR, next_kink


def single(income, **fields):
    return Taxpayer(year=2026, ordinary_income=income, **fields)


def rows(payer, short=0, long=0):
    """The rates after a plan that realizes these gains, by term."""
    before, after = tax_bill(payer, Decimal(0), Decimal(0)), tax_bill(payer, Decimal(short), Decimal(long))
    return {row.term: row for row in marginal_rates_of(payer, before, after) if row.when == "after"}


def test_room_in_the_0_percent_band_is_stated_to_the_dollar():
    """2026 single: the 0 % band ends at 49,450 of taxable income, after a standard deduction of 16,100."""
    row = rows(single(50_000), long=11_240)["long"]
    assert row.text == "$4,310 of long-term gain left at 0 %, then 15 %."
    assert (row.rate_now, row.room, row.rate_then) == (0.0, 4310.0, 0.15)


def test_rate_on_the_next_thousand_is_a_mix_across_a_kink():
    row = rows(single(50_000), long=15_150)["long"]
    assert row.room == 400
    assert row.rate == pytest.approx(0.6 * 0.15)


def test_ordinary_income_that_pushes_gains_out_of_the_0_percent_band_costs_27_percent():
    row = rows(single(50_000, realized_long=20_000))["short"]
    assert row.rate_now == pytest.approx(0.27)


def test_in_the_gap_below_the_top_of_the_12_percent_bracket_a_gain_costs_12_percent():
    """Line 25: 49,450 of income leave a gain no room at 0 %, and up to 50,400 the ordinary rate is the lower;
    22 % is paid until 15 % on all of it is."""
    row = rows(single(65_550))["long"]
    assert row.text == "$950 of long-term gain left at 12 %, then 22 %."


def test_the_surtax_is_named_where_it_begins():
    row = rows(single(190_000))["long"]
    assert row.text == (
        "$10,000 of long-term gain left at 15 %, then 18.8 %, because the surtax on investment income begins."
    )


def test_the_minimum_tax_is_named_where_it_begins():
    """The example of tax_rules: 60,000 of income and some 700,000 of gain; the exemption's phase-out makes it bind."""
    texts, long = [], 0.0
    payer = single(60_000, ordinary_dividends=20_000, qualified_dividends=20_000)
    for _ in range(12):
        row = rows(payer, long=Decimal(str(round(long, 2))))["long"]
        texts.append(row.text)
        if row.room is None:
            break
        long += row.room + 0.01
    assert any("by the alternative minimum tax" in text for text in texts)


def test_losses_carried_in_absorb_the_first_gains():
    row = rows(single(80_000, long_carryforward=10_000))["long"]
    assert row.text == "$7,000 of long-term gain that losses absorb, then 22 %."  # then the 3,000 against income


def test_state_tax_is_stated_apart():
    row = rows(single(50_000, state_rate=0.05))["long"]
    assert row.text == "$15,550 of long-term gain left at 5 % (5 % of it state tax), then 20 %."


def test_flat_rates_have_no_kink_beyond_their_losses():
    row = rows(Taxpayer(rates={"short": 0.35, "long": 0.15}))["long"]
    assert row.text == "Any amount of long-term gain left at 15 %."
    assert (row.room, row.rate_then) == (None, None)


@pytest.mark.parametrize("seed", range(40))
def test_the_next_kink_is_the_first_change_of_the_bill_s_slope(seed):
    """Halving finds the same place: how far the first dollar's rate holds."""
    rng = np.random.default_rng(seed)
    status = rng.choice(["single", "married_jointly", "head_of_household", "married_separately"])
    income, dividends = (float(rng.integers(0, 10 ** rng.integers(4, 7))) for _ in range(2))
    payer = Taxpayer(
        year=int(rng.integers(2024, 2027)),
        filing_status=status,
        ordinary_income=income,
        ordinary_dividends=dividends,
        qualified_dividends=dividends / 2,
        state_rate=float(rng.choice([0, 0.05])),
    )
    start = [float(rng.integers(-20_000, 200_000)) for _ in range(2)]
    for term, axis in (("short", 0), ("long", 1)):
        slope, room, then = next_kink(payer, tuple(start), term)

        def total(gain, axis=axis):
            point = [Decimal(str(start[0])), Decimal(str(start[1]))]
            point[axis] += Decimal(str(gain))
            return taxes(payer, *point).total

        def straight(gain, first=slope.total, total=total):
            return abs(float(total(gain) - total(0)) - first * gain) < 1e-6 * (1 + gain)

        assert straight(min(room, FAR) * 0.25)
        assert straight(min(room, FAR))
        if then is not None:
            assert not straight(room + 1000) or not straight(room + 20)
            assert float(total(room + 1) - total(room)) == pytest.approx(then.total, abs=1e-3)


@pytest.mark.parametrize("seed", range(20))
def test_a_schedule_is_the_sum_of_what_is_above_each_top(seed):
    rng = np.random.default_rng(seed)
    rates = [Decimal(int(each)) / 100 for each in rng.integers(0, 50, 6)]
    tops = [Decimal(int(each)) for each in sorted(rng.integers(0, 1000, 5))]
    for income in (*tops, *(Decimal(int(each)) for each in rng.integers(0, 1200, 9))):
        ends = [Decimal(0), *(min(income, top) for top in tops), income]
        brackets = [high - low for low, high in pairwise(ends)]
        assert scheduled(rates, tops, income) == sum(rate * part for rate, part in zip(rates, brackets, strict=True))
