"""The taxpayer: who files, what was already realized this year, and at what rates a gain is taxed."""

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
"""The fields that flat rates stand in place of."""


class FlatRates(Record):
    """Marginal rates that hold for every dollar of gain or loss, whatever its size."""

    short: Rate
    """Federal rate on a short-term gain, a fraction between 0 and 1; also the rate at which an allowed loss saves
    tax."""
    long: Rate
    """Federal rate on a long-term gain, a fraction between 0 and 1."""
    state: Rate = 0.0
    """State rate on a gain, a fraction between 0 and 1."""
    state_long: Rate | None = None
    """State rate on a long-term gain, a fraction between 0 and 1; default: `state`."""
    surtax: Rate = 0.0
    """Surtax on net investment income, a fraction between 0 and 1 (0.038 where sec. 1411 applies)."""
    carried_short: Rate | None = None
    """What a dollar of short-term loss carried to later years is worth today, in dollars between 0 and 1;
    default: the policy's (see Policy.carried_loss_years)."""
    carried_long: Rate | None = None
    """What a dollar of long-term loss carried to later years is worth today, in dollars between 0 and 1;
    default: the policy's (see Policy.carried_loss_years)."""

    @property
    def all_in_short(self) -> float:
        """Federal, state and surtax on a dollar of short-term gain."""
        return self.short + self.state + self.surtax

    @property
    def all_in_long(self) -> float:
        """Federal, state and surtax on a dollar of long-term gain."""
        return self.long + (self.state if self.state_long is None else self.state_long) + self.surtax


class OtherIncome(Record):
    """Ordinary income of this year alone, over and above what recurs: its taxable parts, in dollars. None of it is
    investment income (IRC 1411(c)(5), (c)(6)).
    """

    roth_conversion: Amount = 0.0
    """Converted from traditional accounts to a Roth, less basis (IRC 408A(d)(3))."""
    traditional_withdrawal: Amount = 0.0
    """Withdrawn from traditional accounts and 401(k)s that are not in this household's file."""
    bonus: Amount = 0.0
    """Wages that do not recur."""
    other: Amount = 0.0
    """Anything else taxed as ordinary income."""

    @property
    def total(self) -> Decimal:
        """All of it, in dollars."""
        return sum((exact(getattr(self, name)) for name in type(self).model_fields), Decimal(0))


class Taxpayer(Record):
    """One return: a person, or a couple filing together. Dollars of this year, before the plan's trades.

    Described by a year and its income, which gives the exact bill, or by flat `rates` in place of all that.
    """

    filing_status: FilingStatus = "single"
    """single, married_jointly, head_of_household or married_separately."""
    year: Year | None = None
    """The tax year, one that there is a file of law for; needed unless `rates` are given."""
    ordinary_income: Amount = 0.0
    """Wages, pensions, taxable social security, business and other ordinary income that recurs, in dollars; without
    interest, dividends and gains."""
    other_income: OtherIncome = OtherIncome()
    """Ordinary income of this year alone: a Roth conversion, a withdrawal, a bonus. The household's own withdrawals
    from its traditional accounts and 401(k)s are added by themselves."""
    interest: Amount = 0.0
    """Taxable interest, in dollars."""
    ordinary_dividends: Amount = 0.0
    """Dividends of the year, qualified ones included (Form 1040 line 3b), in dollars."""
    qualified_dividends: Amount = 0.0
    """Those of them that are qualified (line 3a), in dollars."""
    deduction: Amount | None = None
    """Deductions from adjusted gross income, in dollars; default: the year's standard deduction."""
    minimum_tax_additions: Amount = 0.0
    """What Form 6251 adds to taxable income for the alternative minimum tax (taxes deducted, the spread of incentive
    stock options), in dollars; the standard deduction is added by itself."""
    state_rate: Rate = 0.0
    """State rate on adjusted gross income without net long-term gain, a fraction between 0 and 1."""
    state_long_rate: Rate | None = None
    """State rate on net long-term gain, a fraction between 0 and 1; default: `state_rate`."""
    rates: FlatRates | None = None
    """Flat rates at which gains are taxed, in place of year and income."""
    short_carryforward: Amount = 0.0
    """Short-term loss carried in from earlier years, as a positive number of dollars."""
    long_carryforward: Amount = 0.0
    """Long-term loss carried in from earlier years, as a positive number of dollars."""
    realized_short: Money = 0.0
    """Net short-term gain (negative: loss) already realized this year, in dollars."""
    realized_long: Money = 0.0
    """Net long-term gain (negative: loss) already realized this year, capital gain distributions included, in
    dollars."""

    @property
    def net_so_far(self) -> tuple[Decimal, Decimal]:
        """S⁰ and L⁰: net short-term and long-term gain of the year so far less the loss carried in, in dollars."""
        return (
            exact(self.realized_short) - exact(self.short_carryforward),
            exact(self.realized_long) - exact(self.long_carryforward),
        )

    @field_validator("year")
    @classmethod
    def _with_law(cls, year: int | None) -> int | None:
        """Refuse a year without a file."""
        from .tax_year import values  # late: it needs FilingStatus

        if year is not None:
            values(year)
        return year

    @model_validator(mode="after")
    def _one_description(self) -> Self:
        if self.rates is not None:
            given = [name for name in INCOME if getattr(self, name) != type(self).model_fields[name].default]
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
