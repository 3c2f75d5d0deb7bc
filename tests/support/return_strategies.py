"""Hypothesis strategies for taxpayers with a year's income and a plan's gains, on kinks of the law and elsewhere."""

from decimal import Decimal
from typing import get_args

from hypothesis import strategies as st

from lotroute.models import Taxpayer, years
from lotroute.models.tax.tax_year import FilingStatus

KINKS = (0, 16100, 49450, 50400, 65550, 125000, 200000, 250000, 500000, 545500, 640200, 680200, 1000000, 1280400)
CENTS = st.integers(0, 2 * 10**8).map(lambda cents: Decimal(cents) / 100)
AMOUNTS = st.just(Decimal(0)) | CENTS | st.sampled_from(KINKS).map(Decimal) | CENTS.map(lambda dollars: dollars / 100)
GAINS = AMOUNTS | AMOUNTS.map(lambda amount: -amount)
DOLLARS = AMOUNTS.map(lambda amount: float(round(amount, 2)))


@st.composite
def taxpayers(draw):
    dividends = draw(DOLLARS)
    return Taxpayer(
        filing_status=draw(st.sampled_from(get_args(FilingStatus))),
        year=draw(st.sampled_from(years())),
        ordinary_income=draw(DOLLARS),
        other_income={"roth_conversion": draw(DOLLARS)},
        interest=draw(DOLLARS),
        ordinary_dividends=dividends,
        qualified_dividends=round(dividends * draw(st.sampled_from((0, 0.5, 1))), 2),
        deduction=draw(st.none() | DOLLARS),
        minimum_tax_additions=draw(st.just(0.0) | DOLLARS),
        state_rate=draw(st.sampled_from((0, 0.0307, 0.133))),
        state_long_rate=draw(st.sampled_from((None, 0, 0.07))),
    )
