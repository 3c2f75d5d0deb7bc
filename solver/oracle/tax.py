"""The tax bill of the oracle: the forms line by line, each maximum or minimum of two amounts by big-M.

The rows do not use the law's code in models/. From models/ come only the numbers of the tax year and, as a constant,
the bill without the plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ...models import loss_limit, taxes
from ...models.schema.money import exact
from ...models.tax.tax_year import statute, tax_year
from .values import Value, positive, smaller

if TYPE_CHECKING:
    from ...models import Taxpayer
    from .values import Sheet


def scheduled(p: Sheet, rates: Sequence[Decimal], tops: Sequence[float], income: Value) -> Value:
    """Return the tax on an income by a schedule of rates, each but the last up to its top, in scaled dollars."""
    tax = income * float(rates[0])
    for below, rate, top in zip(rates, rates[1:], tops, strict=False):
        tax += positive(p, income - top) * float(rate - below)
    return tax


NOTHING = Value(0.0, {})


@dataclass(frozen=True)
class Bill:
    """The bill of this year, and the plan's change in it and in the losses carried on, in scaled dollars."""

    total: Value
    tax: Value
    short_carried: Value
    long_carried: Value


def write_bill(p: Sheet, moved: Value = NOTHING) -> Bill:
    """Write the rows of Schedule D and of the taxes on its result, and return the bill.

    `moved` is O, the ordinary income that the plan adds.
    """
    payer, filer = p.household.taxpayer, p.household.filer
    S0 = exact(payer.realized_short) - exact(payer.short_carryforward)
    L0 = exact(payer.realized_long) - exact(payer.long_carryforward)
    S, L = _net_gain(p, S0, "short"), _net_gain(p, L0, "long")
    Sp, Lp, P = positive(p, S), positive(p, L), positive(p, S + L)
    Sn, N = Sp - S, P - (S + L)
    i = smaller(p, P, Lp)
    u = smaller(p, N, Value(float(loss_limit(payer.filing_status)) / p.unit, {}))
    if payer.rates is not None:
        total, consumed = (P - i - u) * payer.rates.all_in_short + i * payer.rates.all_in_long, u
        total += moved * (payer.rates.short + payer.rates.state)
    else:
        total, consumed = _taxes(p, payer, P, i, u, moved)
    early = payer.other_income.early_withdrawal / p.unit
    total = total + float(statute("early_withdrawal_rate")) * early
    s = positive(p, Sn - Lp - consumed)
    ell = N - consumed - s

    before = taxes(filer, S0, L0)
    T0, s0, ell0 = (
        float(amount) / p.unit for amount in (before.total, before.netting.short_carried, before.netting.long_carried)
    )
    return Bill(total, total - T0, s - s0, ell - ell0)


def _net_gain(p: Sheet, before: Decimal, term: str) -> Value:
    """S or L: what there is without the plan, and what its sales realize."""
    realized = p.realized(term)
    return Value(float(before) / p.unit, {} if realized is None else {realized: 1.0})


def _taxes(p: Sheet, payer: Taxpayer, P: Value, i: Value, u: Value, moved: Value) -> tuple[Value, Value]:
    """Federal, net investment income and state tax in all, and the part of the loss used that had income to offset.

    P is Schedule D line 16 if it is a gain, i is net capital gain, u is line 21.
    """
    assert payer.year is not None
    law = tax_year(payer.year, payer.filing_status)

    def dollars(amount: Decimal | float) -> float:
        return float(amount) / p.unit

    drawn = sum(exact(a.withdrawal) for a in p.household.accounts if a.kind in ("traditional", "401k"))
    other = exact(payer.ordinary_income) + payer.other_income.total + drawn
    investments = exact(payer.interest) + exact(payer.ordinary_dividends)
    deduction = law.standard_deduction if payer.deduction is None else exact(payer.deduction)

    # Form 1040; net capital gain and qualified dividends are stacked on top of the rest
    agi = P - u + moved + dollars(other + investments)
    left = agi - dollars(deduction)
    consumed = smaller(p, u, positive(p, left + u))
    taxable = positive(p, left)
    preferred = i + dollars(payer.qualified_dividends)
    rest = positive(p, taxable - preferred)

    # regular tax: with the rates on gains, or all of it at ordinary rates if that is less
    tops = [dollars(top) for top in law.gain_tops]
    on_rest = scheduled(p, law.gain_rates, tops, rest)
    on_gain = scheduled(p, law.gain_rates, tops, taxable) - on_rest
    tops_of_income = [dollars(top) for top in law.ordinary_tops]
    with_rates = scheduled(p, law.ordinary_rates, tops_of_income, rest) + on_gain
    regular = smaller(p, scheduled(p, law.ordinary_rates, tops_of_income, taxable), with_rates)

    # Form 8960
    net_investment = positive(p, P - u + dollars(investments))
    above = positive(p, agi - dollars(law.investment_threshold))
    surtax = smaller(p, net_investment, above) * float(law.investment_rate)

    # Form 6251
    E, start, rate = dollars(law.exemption), dollars(law.phase_out_start), float(law.phase_out_rate)
    additions = exact(payer.minimum_tax_additions)
    minimum_income = left + dollars(additions + (deduction if payer.deduction is None else 0))
    if payer.filing_status == "married_separately":
        more = positive(p, minimum_income - (start + E / rate)) * rate
        minimum_income += smaller(p, more, Value(E, {}))
    exemption = positive(p, Value(E, {}) - positive(p, minimum_income - start) * rate)
    base = positive(p, minimum_income - exemption)
    gain = smaller(p, base, preferred)
    top = [dollars(law.minimum_top)]
    above_rest = scheduled(p, law.gain_rates, tops, rest + gain) - on_rest
    with_rates = scheduled(p, law.minimum_rates, top, base - gain) + above_rest
    tentative = smaller(p, scheduled(p, law.minimum_rates, top, base), with_rates)
    minimum = positive(p, tentative - regular)

    state = positive(p, agi - i) * payer.state_rate
    state += i * (payer.state_rate if payer.state_long_rate is None else payer.state_long_rate)
    return regular + minimum + surtax + state, consumed
