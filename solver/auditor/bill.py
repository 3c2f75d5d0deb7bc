"""The tax bill a second time: the forms, line by line, as the taxpayer would fill them in.

docs/tax.md is the specification. Nothing here is shared with models/tax/ but the year's numbers. The letters L with a
number in comments are lines of the form that the comment names.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from ...models.schema.money import ZERO, cents, exact
from ...models.tax.tax_year import statute, tax_year

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...models.tax.taxpayer import Taxpayer

Lines = dict[str, Decimal]
"""Lines of a bill in dollars, by the names of TaxBill."""

THOUSAND = Decimal(1000)


class Form(NamedTuple):
    """What a return has whatever the gains are, in dollars; rates as fractions."""

    invested: Decimal
    """Interest and dividends."""
    income: Decimal
    """All income but capital gains."""
    deduction: Decimal
    qualified: Decimal
    """Qualified dividends."""
    additions: Decimal
    """What the income of the minimum tax has on top of taxable income."""
    state_rate: Decimal
    state_long: Decimal


@dataclass(frozen=True)
class Filer:
    """A taxpayer, and dollars of ordinary income to add to or leave out of the year."""

    taxpayer: Taxpayer
    added: Decimal = ZERO
    """Withdrawals of the household from its own traditional accounts and 401(k)s."""
    usual: bool = False
    """Whether income of this year alone is left out."""
    moved: Decimal = ZERO
    """Ordinary income that a plan adds by moving money, negative for a deduction."""
    early: Decimal = ZERO
    """What a plan takes out early (IRC 72(t))."""

    def bill(self, short: Decimal, long: Decimal) -> Lines:
        """Return every line in dollars and cents if the plan realizes these gains on top of the year's so far."""
        payer = self.taxpayer
        short, long = exact(payer.realized_short) + short, exact(payer.realized_long) + long
        lines = self.taxes(short - exact(payer.short_carryforward), long - exact(payer.long_carryforward))
        early = exact(payer.other_income.early_withdrawal) + self.early  # Form 5329 L3
        lines |= {"short_gain": short, "long_gain": long, "additional_tax": early * statute("early_withdrawal_rate")}
        rounded = {name: cents(dollars) for name, dollars in lines.items()}
        return rounded | {"total": owed(rounded) + rounded["additional_tax"]}

    def taxes(self, short: Decimal, long: Decimal) -> Lines:
        """Return the lines, not rounded, if Schedule D lines 7 and 15 are `short` and `long`."""
        payer, limit = self.taxpayer, statute("loss_limit", self.taxpayer.filing_status)
        if payer.rates is None:
            return self._return(short, long, limit)
        rates = payer.rates
        lines = schedule_d(short, long, limit, None)
        income, gain = lines["ordinary"] - lines["loss_used"], lines["preferential"]
        state_long = rates.state if rates.state_long is None else rates.state_long
        lines["federal"] = (income + self.moved) * exact(rates.short) + gain * exact(rates.long)
        lines["state"] = (income + self.moved) * exact(rates.state) + gain * exact(state_long)
        lines["surtax"] = (income + gain) * exact(rates.surtax)
        return lines

    @cached_property
    def _form(self) -> Form:
        """The lines of the return that no gain changes."""
        payer = self.taxpayer
        assert payer.year is not None
        law = tax_year(payer.year, payer.filing_status)
        alone = payer.other_income
        once = exact(alone.roth_conversion) + exact(alone.traditional_withdrawal) + exact(alone.bonus)
        once = ZERO if self.usual else once + exact(alone.other) + self.added + self.moved
        invested = exact(payer.interest) + exact(payer.ordinary_dividends)
        deduction = law.standard_deduction if payer.deduction is None else exact(payer.deduction)
        additions = exact(payer.minimum_tax_additions) + (deduction if payer.deduction is None else ZERO)
        state_long = payer.state_rate if payer.state_long_rate is None else payer.state_long_rate
        return Form(
            invested=invested,
            income=exact(payer.ordinary_income) + once + invested,
            deduction=deduction,
            qualified=exact(payer.qualified_dividends),
            additions=additions,
            state_rate=exact(payer.state_rate),
            state_long=exact(state_long),
        )

    def _return(self, short: Decimal, long: Decimal, limit: Decimal) -> Lines:
        """The lines of Form 1040 and what it takes."""
        form, payer = self._form, self.taxpayer
        assert payer.year is not None
        law = tax_year(payer.year, payer.filing_status)
        capital = short + long if short + long > -limit else -limit  # 1040 L7a
        income, deduction = form.income + capital, form.deduction  # L11, L12
        lines = schedule_d(short, long, limit, income - deduction)
        taxable = floor(income - deduction)  # L15

        # Qualified Dividends and Capital Gain Tax Worksheet
        preferred = lines["preferential"] + form.qualified  # L4
        rest = floor(taxable - preferred)  # L5
        layers = layers_of(rest, taxable, law.gain_tops)  # L9, L17, L20
        on_rest = by_schedule(rest, law.ordinary_rates, law.ordinary_tops)  # L22
        on_gain = weighted(layers, law.gain_rates)  # L18 + L21
        on_all = by_schedule(taxable, law.ordinary_rates, law.ordinary_tops)  # L24
        regular = min(on_rest + on_gain, on_all)  # L25

        # Form 6251
        minimum = income - deduction + form.additions  # L4
        start, rate = law.phase_out_start, law.phase_out_rate
        if payer.filing_status == "married_separately":  # the last sentence of IRC 55(d)(3)
            without = start + law.exemption / rate
            minimum += min(rate * floor(minimum - without), law.exemption)
        exempt = floor(law.exemption - rate * floor(minimum - start))  # L5
        base = floor(minimum - exempt)  # L6, L12
        top = (law.minimum_top,)
        gain = min(base, preferred)  # L16, L22
        minimum_layers = layers_of(rest, rest + gain, law.gain_tops)  # L23, L30, L33
        split = by_schedule(base - gain, law.minimum_rates, top) + weighted(minimum_layers, law.gain_rates)
        tentative = min(split, by_schedule(base, law.minimum_rates, top))  # L40, L9

        # Form 8960
        net_invested, above = floor(form.invested + capital), floor(income - law.investment_threshold)  # L12, L15
        lines |= {
            "adjusted_gross_income": income,
            "deduction": deduction,
            "taxable_income": taxable,
            "taxed_as_income": rest,
            "taxed_as_gain": taxable - rest,
            "at_0": layers[0],
            "at_15": layers[1],
            "at_20": layers[2],
            "tax_on_income": on_rest,
            "tax_on_gain": on_gain,
            "tax_without_gain_rates": on_all,
            "regular_tax": regular,
            "minimum_income": minimum,
            "minimum_exemption": exempt,
            "tentative_minimum": tentative,
            "minimum_tax": floor(tentative - regular),
            "investment_income": net_invested,
            "income_above_threshold": above,
        }
        net_gain = lines["preferential"]
        lines["federal"] = regular + lines["minimum_tax"]
        lines["state"] = form.state_rate * floor(income - net_gain) + form.state_long * net_gain
        lines["surtax"] = law.investment_rate * min(net_invested, above)
        return lines

    def rates_now(self) -> tuple[Decimal, Decimal]:
        """Return R_s and R_l: what the next $1,000 of short-term and long-term gain that no loss absorbs add, a dollar.

        Without the plan, federal, state and surtax together.
        """
        payer = self.taxpayer
        short = exact(payer.realized_short) - exact(payer.short_carryforward)
        long = exact(payer.realized_long) - exact(payer.long_carryforward)
        taxed = schedule_d(short, long, statute("loss_limit", payer.filing_status), None)
        return self.rates_at(taxed["ordinary"], taxed["preferential"])

    def rates_at(self, short: Decimal, long: Decimal) -> tuple[Decimal, Decimal]:
        """Return the same from a given S and L on. Flat rates are returned as they are."""
        flat = self.taxpayer.rates
        if flat is not None:
            state_long = flat.state if flat.state_long is None else flat.state_long
            surtax = exact(flat.surtax)
            return exact(flat.short) + exact(flat.state) + surtax, exact(flat.long) + exact(state_long) + surtax
        before = owed(self.taxes(short, long))
        more_short, more_long = self.taxes(short + THOUSAND, long), self.taxes(short, long + THOUSAND)
        return (owed(more_short) - before) / THOUSAND, (owed(more_long) - before) / THOUSAND

    def state_rate(self) -> Decimal:
        """Return what the next $1,000 of short-term gain add to the state's tax, a dollar."""
        flat = self.taxpayer.rates
        if flat is not None:
            return exact(flat.state)
        return (self.taxes(THOUSAND, ZERO)["state"] - self.taxes(ZERO, ZERO)["state"]) / THOUSAND

    def income_rate(self) -> Decimal:
        """Return what the next $1,000 of short-term gain add without the surtax, a dollar, at most 1."""
        flat = self.taxpayer.rates
        if flat is not None:
            return min(exact(flat.short) + exact(flat.state), Decimal(1))
        before, after = self.taxes(ZERO, ZERO), self.taxes(THOUSAND, ZERO)
        more = sum((after[line] - before[line] for line in ("federal", "state")), ZERO)
        return min(more / THOUSAND, Decimal(1))


def owed(lines: Mapping[str, Decimal]) -> Decimal:
    """Federal, state and surtax together, in dollars: what gains change."""
    return lines["federal"] + lines["state"] + lines["surtax"]


def schedule_d(short: Decimal, long: Decimal, limit: Decimal, income: Decimal | None) -> Lines:
    """Return Schedule D and its carryover worksheet, in dollars, from lines 7 and 15.

    `income` is taxable income after the loss as if it could be negative; None: there is enough of it.
    """
    both = short + long  # L16
    gain = min(long, both) if long > 0 and both > 0 else ZERO  # net capital gain, 1222(11)
    used = min(limit, -both) if both < 0 else ZERO  # L21
    absorbed = used if income is None else min(used, floor(income + used))  # worksheet L4
    lost_short, lost_long = floor(-short), floor(-long)  # worksheet L5, L9
    return {
        "short_net": short,
        "long_net": long,
        "ordinary": floor(both) - gain,
        "preferential": gain,
        "loss_used": used,
        "short_carryforward": floor(lost_short - absorbed - floor(long)),  # worksheet L8
        "long_carryforward": floor(lost_long - floor(short) - floor(absorbed - lost_short)),  # worksheet L13
    }


def floor(amount: Decimal) -> Decimal:
    """The amount, but not less than zero."""
    return amount if amount > 0 else ZERO


def layers_of(low: Decimal, high: Decimal, tops: Sequence[Decimal]) -> list[Decimal]:
    """Dollars between `low` and `high` in each of the brackets that end at these tops, and in the one above them."""
    found = []
    for top in tops:
        end = top if top < high else high
        found.append(floor(end - low))
        low = top if top > low else low
    return [*found, floor(high - low)]


def weighted(amounts: Sequence[Decimal], rates: Sequence[Decimal]) -> Decimal:
    """The sum of amounts, each at its rate."""
    return sum(map(mul, amounts, rates), ZERO)


def by_schedule(income: Decimal, rates: Sequence[Decimal], tops: Sequence[Decimal]) -> Decimal:
    """The tax on an income of at least zero, bracket by bracket."""
    tax = bottom = ZERO
    for rate, top in zip(rates, tops, strict=False):
        if income <= top:
            return tax + rate * (income - bottom)
        tax += rate * (top - bottom)
        bottom = top
    return tax + rates[-1] * (income - bottom)
