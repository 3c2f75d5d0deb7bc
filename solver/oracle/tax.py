"""The tax bill of the oracle: the forms line by line, each maximum or minimum of two amounts by big-M.

The rows do not use the law's code in models/. From models/ come only the numbers of the tax year and, as a constant,
the bill without the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import cvxpy as cp

from ...models import loss_limit, taxes
from ...models.schema.money import exact
from ...models.tax.tax_year import tax_year
from .data import DUST

if TYPE_CHECKING:
    from ...models import Taxpayer
    from .data import Affine, Page


@dataclass(frozen=True, eq=False)
class Column:
    """A variable, or a sum of variables, and its bounds, in scaled dollars."""

    variable: Affine
    lo: float
    hi: float


@dataclass(frozen=True, eq=False)
class Value:
    """A constant plus columns times numbers. What two values share cancels before their difference is bounded."""

    constant: float
    weights: Mapping[Column, float]

    @property
    def lo(self) -> float:
        """The least that it can be, by the bounds of its columns."""
        return self.constant + sum(min(w * c.lo, w * c.hi) for c, w in self.weights.items())

    @property
    def hi(self) -> float:
        """The most that it can be, by the bounds of its columns."""
        return -(-self).lo

    @property
    def written(self) -> Affine:
        """The value as a cvxpy expression."""
        return self.constant + sum(w * c.variable for c, w in self.weights.items())

    def __add__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            return Value(self.constant + other, self.weights)
        weights = {c: self.weights.get(c, 0.0) + other.weights.get(c, 0.0) for c in {**self.weights, **other.weights}}
        return Value(self.constant + other.constant, {c: w for c, w in weights.items() if w})

    def __mul__(self, rate: float) -> Value:
        return Value(rate * self.constant, {c: rate * w for c, w in self.weights.items() if rate})

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Value | float) -> Value:
        return self + -other


def positive(p: Page, value: Value) -> Value:
    """Return max(value, 0): a new column and a binary, unless the value's bounds settle its sign up to DUST."""
    lo, hi = value.lo, value.hi
    if hi <= DUST:
        return Value(0.0, {})
    if lo >= -DUST:
        return value
    z, b = cp.Variable(nonneg=True), cp.Variable(boolean=True)
    p.rows += [z >= value.written, z <= value.written - lo * (1 - b), z <= hi * b]
    return Value(0.0, {Column(z, 0.0, hi): 1.0})


def smaller(p: Page, one: Value, other: Value) -> Value:
    """Return the smaller of two values."""
    return one - positive(p, one - other)


def scheduled(p: Page, rates: Sequence[Decimal], tops: Sequence[float], income: Value) -> Value:
    """Return the tax on an income by a schedule of rates, each but the last up to its top, in scaled dollars."""
    tax = income * float(rates[0])
    for below, rate, top in zip(rates, rates[1:], tops, strict=False):
        tax += positive(p, income - top) * float(rate - below)
    return tax


@dataclass(frozen=True)
class Bill:
    """The bill of this year, and the plan's change in it and in the losses carried on, in scaled dollars."""

    total: Affine
    tax: Affine
    short_carried: Affine
    long_carried: Affine


def write_bill(p: Page) -> Bill:
    """Write the rows of Schedule D and of the taxes on its result, and return the bill."""
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
    else:
        total, consumed = _taxes(p, payer, P, i, u)
    s = positive(p, Sn - Lp - consumed)
    ell = N - consumed - s

    before = taxes(filer, S0, L0)
    T0, s0, ell0 = (
        float(amount) / p.unit for amount in (before.total, before.netting.short_carried, before.netting.long_carried)
    )
    return Bill(total.written, (total - T0).written, (s - s0).written, (ell - ell0).written)


def _net_gain(p: Page, before: Decimal, term: str) -> Value:
    """S or L with its reach: from all loss lots and no gain lots sold to all gain lots and no loss lots sold."""
    most = [s.gamma * s.pq for s in p.sales if s.term == term and s.open]
    lo, hi = sum(min(0.0, gain) for gain in most), sum(max(0.0, gain) for gain in most)
    start = float(before) / p.unit
    if hi - lo <= DUST:
        return Value(start, {})
    realized = cp.Variable()
    p.rows.append(realized == p.sum_x(s.gamma * (s.term == term) for s in p.sales))
    return Value(start, {Column(realized, lo, hi): 1.0})


def _taxes(p: Page, payer: Taxpayer, P: Value, i: Value, u: Value) -> tuple[Value, Value]:
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
    agi = P - u + dollars(other + investments)
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
