"""The federal income tax of a year as the forms compute it: Form 1040, Schedule D, its worksheet, Forms 8960 and 6251.

The code uses only sums, products with constants, and the smaller or larger of two numbers, on dollars as `Decimal`.
piecewise.py runs the same lines on affine functions of the year's gains, so the program knows every kink of the law
without a second copy of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ..schema.money import ZERO, exact
from .schedule_d import Netting, loss_limit, net
from .tax_year import TaxYear, tax_year

if TYPE_CHECKING:
    from .taxpayer import Taxpayer


class FederalReturn(NamedTuple):
    """The lines of a return, in dollars, not rounded. TaxBill names the form and line of each."""

    netting: Netting
    adjusted_gross_income: Decimal
    deduction: Decimal
    taxable_income: Decimal
    taxed_as_gain: Decimal
    taxed_as_income: Decimal
    at_0: Decimal
    at_15: Decimal
    at_20: Decimal
    tax_on_income: Decimal
    tax_on_gain: Decimal
    tax_without_gain_rates: Decimal
    regular_tax: Decimal
    minimum_income: Decimal
    minimum_exemption: Decimal
    tentative_minimum: Decimal
    minimum_tax: Decimal
    investment_income: Decimal
    income_above_threshold: Decimal
    investment_tax: Decimal


def federal_return(taxpayer: Taxpayer, short_net: Decimal, long_net: Decimal, more: Decimal = ZERO) -> FederalReturn:
    """Return the federal return if Schedule D lines 7 and 15 are `short_net` and `long_net`, in dollars.

    Both lines are after carryforwards. `more` is ordinary income beyond the taxpayer's, no investment income. The
    taxpayer must have a year. Raises ValueError if there is no law for it.
    """
    law, limit, deduction, qualified, investments, other, added = _year_of(taxpayer)

    # Schedule D, and Form 1040 lines 7a to 15
    capital = max(-limit, short_net + long_net)
    agi = other + more + investments + capital
    netting = net(short_net, long_net, limit, agi - deduction)
    taxable = max(ZERO, agi - deduction)

    # Qualified Dividends and Capital Gain Tax Worksheet
    gain = netting.preferential + qualified
    taxed_as_gain = min(taxable, gain)
    taxed_as_income = taxable - taxed_as_gain
    at_0, at_15, at_20 = _stacked(law, taxed_as_gain, taxed_as_income)
    tax_on_income = scheduled(law.ordinary_rates, law.ordinary_tops, taxed_as_income)
    tax_on_gain = _at_gain_rates(law, at_0, at_15, at_20)
    tax_without = scheduled(law.ordinary_rates, law.ordinary_tops, taxable)
    regular = min(tax_without, tax_on_income + tax_on_gain)

    # Form 8960
    investment_income = max(ZERO, investments + capital)
    above = max(ZERO, agi - law.investment_threshold)
    investment_tax = law.investment_rate * min(investment_income, above)

    # Form 6251
    minimum_income = agi - deduction + added
    if taxpayer.filing_status == "married_separately":  # IRC 55(d)(3), last sentence
        gone = law.phase_out_start + law.exemption / law.phase_out_rate
        minimum_income += min(law.exemption, law.phase_out_rate * max(ZERO, minimum_income - gone))
    reduction = law.phase_out_rate * max(ZERO, minimum_income - law.phase_out_start)
    exemption = max(ZERO, law.exemption - reduction)
    base = max(ZERO, minimum_income - exemption)
    minimum_gain = min(base, gain)
    at_rates = _at_gain_rates(law, *_stacked(law, minimum_gain, taxed_as_income))
    on_the_rest = scheduled(law.minimum_rates, (law.minimum_top,), base - minimum_gain)
    tentative = min(scheduled(law.minimum_rates, (law.minimum_top,), base), on_the_rest + at_rates)
    return FederalReturn(
        netting=netting,
        adjusted_gross_income=agi,
        deduction=deduction,
        taxable_income=taxable,
        taxed_as_gain=taxed_as_gain,
        taxed_as_income=taxed_as_income,
        at_0=at_0,
        at_15=at_15,
        at_20=at_20,
        tax_on_income=tax_on_income,
        tax_on_gain=tax_on_gain,
        tax_without_gain_rates=tax_without,
        regular_tax=regular,
        minimum_income=minimum_income,
        minimum_exemption=exemption,
        tentative_minimum=tentative,
        minimum_tax=max(ZERO, tentative - regular),
        investment_income=investment_income,
        income_above_threshold=above,
        investment_tax=investment_tax,
    )


class _Year(NamedTuple):
    """What a return takes from the law and from the taxpayer's year, whatever is gained, in dollars."""

    law: TaxYear
    loss_limit: Decimal
    deduction: Decimal
    qualified: Decimal
    """Qualified dividends."""
    investments: Decimal
    """Interest and dividends."""
    other: Decimal
    """Other income."""
    added: Decimal
    """What Form 6251 adds to taxable income."""


@lru_cache(maxsize=1024)
def _year_of(taxpayer: Taxpayer) -> _Year:
    assert taxpayer.year is not None
    law = tax_year(taxpayer.year, taxpayer.filing_status)
    deduction = law.standard_deduction if taxpayer.deduction is None else exact(taxpayer.deduction)
    return _Year(
        law=law,
        loss_limit=loss_limit(taxpayer.filing_status),
        deduction=deduction,
        qualified=exact(taxpayer.qualified_dividends),
        investments=exact(taxpayer.interest) + exact(taxpayer.ordinary_dividends),
        other=exact(taxpayer.ordinary_income) + taxpayer.other_income.total,
        added=exact(taxpayer.minimum_tax_additions) + (deduction if taxpayer.deduction is None else ZERO),
    )


def scheduled(rates: Sequence[Decimal], tops: Sequence[Decimal], income: Decimal) -> Decimal:
    """Return the tax on an income by a schedule of rates. Each rate but the last applies up to its top."""
    tax = rates[0] * income
    for below, rate, top in zip(rates, rates[1:], tops, strict=False):
        above = income - top
        if not above > ZERO:
            break
        tax += (rate - below) * above
    return tax


def _stacked(law: TaxYear, gain: Decimal, income: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """The parts of a gain on top of an income that are taxed at 0, 15 and 20 percent (IRC 1(h)(1)(B) to (D))."""
    low, high = law.gain_tops
    at_0 = min(gain, max(ZERO, low - income))
    at_15 = min(gain - at_0, max(ZERO, high - max(low, income)))
    return at_0, at_15, gain - at_0 - at_15


def _at_gain_rates(law: TaxYear, at_0: Decimal, at_15: Decimal, at_20: Decimal) -> Decimal:
    low, middle, high = law.gain_rates
    return low * at_0 + middle * at_15 + high * at_20
