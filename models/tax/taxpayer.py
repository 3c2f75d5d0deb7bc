"""The taxpayer: who files, what was already realized this year, and the income or rates by which a gain is taxed."""

from decimal import Decimal
from typing import Self

from pydantic import field_validator, model_validator

from ..schema.money import exact
from ..schema.record import Record
from ..schema.values import Amount, Money, Rate, Year
from .tax_year import FilingStatus

INCOME = (
    "ordinary_income",
    "other_income",
    "interest",
    "ordinary_dividends",
    "qualified_dividends",
    "deduction",
    "minimum_tax_additions",
    "state_rate",
    "state_long_rate",
)
"""The fields that flat rates replace."""


EARLY = "early_withdrawal"
"""What other income says of its withdrawals, beside what it adds to income."""


class FlatRates(Record):
    """Marginal rates that hold for every dollar of gain or loss, whatever its size."""

    short: Rate
    """Federal rate on a short-term gain, a fraction between 0 and 1. An allowed loss saves tax at the same rate."""
    long: Rate
    """Federal rate on a long-term gain, a fraction between 0 and 1."""
    state: Rate = 0.0
    """State rate on a gain, a fraction between 0 and 1; default: 0."""
    state_long: Rate | None = None
    """State rate on a long-term gain, a fraction between 0 and 1; default: `state`."""
    surtax: Rate = 0.0
    """Surtax on net investment income, a fraction between 0 and 1 (0.038 if sec. 1411 applies); default: 0."""
    carried_short: Rate | None = None
    """What a dollar of short-term loss carried to later years is worth today, in dollars between 0 and 1; default:
    computed from the policy (see Policy.carried_loss_years)."""
    carried_long: Rate | None = None
    """What a dollar of long-term loss carried to later years is worth today, in dollars between 0 and 1; default:
    computed from the policy (see Policy.carried_loss_years)."""

    @property
    def all_in_short(self) -> float:
        """Federal, state and surtax rate on a dollar of short-term gain, together."""
        return self.short + self.state + self.surtax

    @property
    def all_in_long(self) -> float:
        """Federal, state and surtax rate on a dollar of long-term gain, together."""
        return self.long + (self.state if self.state_long is None else self.state_long) + self.surtax


class OtherIncome(Record):
    """Ordinary income of this year alone, in addition to what recurs: its taxable parts, in dollars. None of it is
    investment income (IRC 1411(c)(5), (c)(6)).
    """

    roth_conversion: Amount = 0.0
    """Converted from traditional accounts to a Roth, less basis (IRC 408A(d)(3)), in dollars, 0 or more; default: 0."""
    traditional_withdrawal: Amount = 0.0
    """Withdrawn from traditional accounts and 401(k)s that are not in this household's file,
    in dollars, 0 or more; default: 0."""
    early_withdrawal: Amount = 0.0
    """The part of the year's withdrawals, of this file or another, that bears the additional tax of 10 % because its
    owner is younger than 59½ and no exception holds (IRC 72(t)), in dollars, 0 or more; default: 0."""
    bonus: Amount = 0.0
    """Wages that do not recur, in dollars, 0 or more; default: 0."""
    other: Amount = 0.0
    """Anything else taxed as ordinary income, in dollars, 0 or more; default: 0."""

    @property
    def total(self) -> Decimal:
        """All of it together, in dollars; early withdrawals are part of the withdrawals."""
        return sum((exact(getattr(self, name)) for name in type(self).model_fields if name != EARLY), Decimal(0))


class Taxpayer(Record):
    """One tax return: a person, or a couple filing together. Dollars of this year, before the plan's trades.

    A taxpayer has either a year and its income, which gives the exact bill, or flat `rates` in place of both.
    """

    filing_status: FilingStatus = "single"
    """single (default), married_jointly, head_of_household or married_separately."""
    year: Year | None = None
    """The tax year, which must be one whose law is on file (docs/tax.md); required unless `rates` are given."""
    ordinary_income: Amount = 0.0
    """Wages, pensions, taxable social security, business and other ordinary income that recurs, without interest,
    dividends and gains, in dollars, 0 or more; default: 0."""
    other_income: OtherIncome = OtherIncome()
    """Ordinary income of this year alone: a Roth conversion, a withdrawal, a bonus; default: 0. The household's own
    withdrawals from its traditional accounts and 401(k)s are added automatically."""
    interest: Amount = 0.0
    """Taxable interest of the year, in dollars, 0 or more; default: 0."""
    ordinary_dividends: Amount = 0.0
    """Dividends of the year, including qualified ones (Form 1040 line 3b), in dollars, 0 or more; default: 0."""
    qualified_dividends: Amount = 0.0
    """The part of `ordinary_dividends` that is qualified (Form 1040 line 3a), in dollars, at most
    `ordinary_dividends`; default: 0."""
    deduction: Amount | None = None
    """Deductions from adjusted gross income, in dollars, 0 or more; default: the year's standard deduction."""
    minimum_tax_additions: Amount = 0.0
    """What Form 6251 adds to taxable income for the alternative minimum tax (taxes deducted, the spread of incentive
    stock options), in dollars, 0 or more; default: 0. The standard deduction is added automatically."""
    state_rate: Rate = 0.0
    """State rate on adjusted gross income without net long-term gain, a fraction between 0 and 1; default: 0."""
    state_long_rate: Rate | None = None
    """State rate on net long-term gain, a fraction between 0 and 1; default: `state_rate`."""
    rates: FlatRates | None = None
    """Flat rates at which gains are taxed, in place of year and income; default: the exact bill of the year."""
    short_carryforward: Amount = 0.0
    """Short-term loss carried in from earlier years, as a positive number of dollars; default: 0."""
    long_carryforward: Amount = 0.0
    """Long-term loss carried in from earlier years, as a positive number of dollars; default: 0."""
    realized_short: Money = 0.0
    """Net short-term gain already realized this year, in dollars, negative for a loss,
    without the carryforward; default: 0."""
    realized_long: Money = 0.0
    """Net long-term gain already realized this year, in dollars, negative for a loss, without the carryforward; capital
    gain distributions are included; default: 0."""

    @property
    def net_so_far(self) -> tuple[Decimal, Decimal]:
        """S⁰ and L⁰: net short-term and long-term gain of the year so far, less the loss carried in, in dollars."""
        return (
            exact(self.realized_short) - exact(self.short_carryforward),
            exact(self.realized_long) - exact(self.long_carryforward),
        )

    @field_validator("year")
    @classmethod
    def _with_law(cls, year: int | None) -> int | None:
        """Refuse a year without a file."""
        from .tax_year import values

        if year is not None:
            values(year)
        return year

    @model_validator(mode="after")
    def _one_description(self) -> Self:
        if self.rates is not None:
            plain = self.model_copy(update={"other_income": self.other_income.model_copy(update={EARLY: 0.0})})
            given = [name for name in INCOME if getattr(plain, name) != type(self).model_fields[name].default]
            if given:
                raise ValueError(f"give flat rates or {given[0]}, not both: rates stand in place of year and income")
            return self
        if self.year is None:
            raise ValueError("missing: year (with the year's income), or flat rates")
        if self.qualified_dividends > self.ordinary_dividends:
            raise ValueError(
                f"qualified_dividends {self.qualified_dividends:,.2f} are more than ordinary_dividends "
                f"{self.ordinary_dividends:,.2f}, which include them"
            )
        return self
