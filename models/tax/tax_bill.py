"""The tax bill, line by line: the federal worksheets for a taxpayer with a year's income, a few lines for flat rates.

schedule_d.py nets the gains in both cases. Amounts are computed in decimals without rounding. Each line of the bill is
then rounded to the cent, half to even, and the taxes are summed as rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from ..schema.money import CENT, ZERO, exact
from ..schema.record import Record
from .federal_return import FederalReturn, federal_return
from .schedule_d import Netting, loss_limit, net
from .tax_year import statute
from .taxpayer import Taxpayer

LINES = {
    "short_gain": ("short-term gains less losses", "Schedule D lines 1 to 5"),
    "long_gain": ("long-term gains less losses", "Schedule D lines 8 to 13"),
    "short_net": ("net short-term gain", "Schedule D line 7"),
    "long_net": ("net long-term gain", "Schedule D line 15"),
    "ordinary": ("taxed as ordinary income", "Schedule D"),
    "preferential": ("taxed at the long-term rate", "Schedule D"),
    "loss_used": ("loss used against other income", "Schedule D line 21"),
    "adjusted_gross_income": ("adjusted gross income", "Form 1040 line 11"),
    "deduction": ("deduction", "Form 1040 line 12"),
    "taxable_income": ("taxable income", "Form 1040 line 15"),
    "taxed_as_income": ("of it at ordinary rates", "gain worksheet line 5"),
    "taxed_as_gain": ("of it gain and qualified dividends", "gain worksheet line 10"),
    "at_0": ("of it at 0 %", "gain worksheet line 9"),
    "at_15": ("of it at 15 %", "gain worksheet line 17"),
    "at_20": ("of it at 20 %", "gain worksheet line 20"),
    "tax_on_income": ("tax at ordinary rates", "gain worksheet line 22"),
    "tax_on_gain": ("tax at 15 and 20 %", "gain worksheet lines 18, 21"),
    "tax_without_gain_rates": ("tax if all were ordinary", "gain worksheet line 24"),
    "regular_tax": ("regular tax", "Form 1040 line 16"),
    "minimum_income": ("minimum taxable income", "Form 6251 line 4"),
    "minimum_exemption": ("its exemption", "Form 6251 line 5"),
    "tentative_minimum": ("tentative minimum tax", "Form 6251 line 9"),
    "minimum_tax": ("alternative minimum tax", "Form 6251 line 11"),
    "investment_income": ("net investment income", "Form 8960 line 12"),
    "income_above_threshold": ("income above the threshold", "Form 8960 line 15"),
    "federal": ("federal tax", "regular and minimum tax"),
    "state": ("state tax", "at the given rates"),
    "surtax": ("investment-income surtax", "Form 8960 line 17"),
    "additional_tax": ("additional tax on early withdrawals", "Form 5329 line 4"),
    "total": ("tax", "federal, state, surtax, additional"),
    "short_carryforward": ("short-term loss carried on", "carryover worksheet line 8"),
    "long_carryforward": ("long-term loss carried on", "carryover worksheet line 13"),
}
"""The lines of a bill, in order: the name of each and its place on the forms."""


class WorksheetLine(NamedTuple):
    """A line of two bills: its name, its place on the forms, and the dollars of each."""

    name: str
    form: str
    before: float
    after: float


class TaxBill(Record):
    """The year's tax, in dollars and cents. Lines that flat rates do not have are None; the total is then the tax on
    gains alone, negative if a loss saves tax on other income.
    """

    short_gain: float
    """Short-term gains less losses of the year, in dollars, without the carryforward; negative for a loss."""
    long_gain: float
    """Long-term gains less losses of the year, in dollars, without the carryforward; negative for a loss."""
    short_net: float
    """Schedule D line 7: `short_gain` less the short-term loss carried in; negative for a loss."""
    long_net: float
    """Schedule D line 15: `long_gain` less the long-term loss carried in; negative for a loss."""
    ordinary: float
    """The part of the net gain taxed as ordinary income: Schedule D line 16 less net capital gain, if positive."""
    preferential: float
    """Net capital gain (the smaller of Schedule D lines 15 and 16, if positive), taxed at the long-term rate."""
    loss_used: float
    """Schedule D line 21: the loss allowed against other income, 0 or more."""
    adjusted_gross_income: float | None = None
    """Form 1040 line 11: adjusted gross income."""
    deduction: float | None = None
    """Form 1040 line 12: the standard deduction, or the deduction given."""
    taxable_income: float | None = None
    """Form 1040 line 15: taxable income, 0 or more."""
    taxed_as_income: float | None = None
    """Qualified Dividends and Capital Gain Tax Worksheet, line 5: taxable income taxed at ordinary rates."""
    taxed_as_gain: float | None = None
    """Worksheet line 10: net capital gain and qualified dividends, up to taxable income."""
    at_0: float | None = None
    """Worksheet line 9: the part of line 10 taxed at 0 %."""
    at_15: float | None = None
    """Worksheet line 17: the part of line 10 taxed at 15 %."""
    at_20: float | None = None
    """Worksheet line 20: the part of line 10 taxed at 20 %."""
    tax_on_income: float | None = None
    """Worksheet line 22: tax on line 5 by the ordinary schedule (not the tax table)."""
    tax_on_gain: float | None = None
    """Worksheet lines 18 and 21: tax at 15 % and 20 %."""
    tax_without_gain_rates: float | None = None
    """Worksheet line 24: tax on all taxable income by the ordinary schedule."""
    regular_tax: float | None = None
    """Worksheet line 25, Form 1040 line 16: the smaller of line 24 and the sum of lines 18, 21 and 22."""
    minimum_income: float | None = None
    """Form 6251 line 4: alternative minimum taxable income."""
    minimum_exemption: float | None = None
    """Form 6251 line 5: the exemption after its phase-out."""
    tentative_minimum: float | None = None
    """Form 6251 line 9: tentative minimum tax."""
    minimum_tax: float | None = None
    """Form 6251 line 11: alternative minimum tax, the excess of tentative minimum tax over regular tax, 0 or more."""
    investment_income: float | None = None
    """Form 8960 line 12: net investment income, 0 or more; the allowed loss reduces it (Reg. 1.1411-4(d)(2))."""
    income_above_threshold: float | None = None
    """Form 8960 line 15: modified adjusted gross income above the threshold, 0 or more."""
    federal: float
    """Federal income tax: regular tax plus alternative minimum tax. At flat rates: tax on the two parts of the net
    gain, less what the allowed loss saves."""
    state: float
    """State tax on adjusted gross income without net capital gain, and on net capital gain, each at its rate. At flat
    rates: tax on the two parts of the net gain, less what the allowed loss saves."""
    surtax: float
    """Form 8960 line 17: net investment income tax; at flat rates, on the net gain less the allowed loss."""
    additional_tax: float = 0.0
    """Form 5329 line 4: 10 % of early withdrawals (IRC 72(t))."""
    total: float
    """Federal, state, surtax and additional tax together."""
    short_carryforward: float
    """Short-term loss carried to next year, 0 or more (Capital Loss Carryover Worksheet line 8)."""
    long_carryforward: float
    """Long-term loss carried to next year, 0 or more (Capital Loss Carryover Worksheet line 13)."""

    def __str__(self) -> str:
        """The worksheet, one row per line of the bill; lines of zero dollars are left out, except the total."""
        return _table([(name, form, [amount]) for name, form, amount in self._lines()], ["dollars"])

    def beside(self, before: TaxBill) -> str:
        """Return the worksheet of `before`, of this bill, and the difference, side by side.

        Lines that are zero in all columns are left out, except the total.
        """
        rows = [
            (line.name, line.form, [line.before, line.after, line.after - line.before])
            for line in self.worksheet(before)
        ]
        return _table(rows, ["before", "after", "difference"])

    def worksheet(self, before: TaxBill) -> list[WorksheetLine]:
        """Return the lines of `before` and of this bill that are not zero in both, and the total."""
        total, _ = LINES["total"]
        pairs = zip(before._lines(), self._lines(), strict=True)
        lines = [WorksheetLine(name, form, old, new) for (name, form, old), (_, _, new) in pairs]
        return [line for line in lines if line.before or line.after or line.name == total]

    def _lines(self) -> list[tuple[str, str, float]]:
        flat = {} if self.regular_tax is not None else dict.fromkeys(("federal", "surtax"), LINES["state"][1])
        amounts = [(name, flat.get(line, form), getattr(self, line)) for line, (name, form) in LINES.items()]
        return [(name, form, amount) for name, form, amount in amounts if amount is not None]


OF_THE_RETURN = tuple(name for name in FederalReturn._fields if name in TaxBill.model_fields)
"""The lines of a bill that the federal return has."""


@dataclass(frozen=True, slots=True)
class Taxes:
    """The taxes on a year's net gains (at flat rates) or on all of its income (exact), in dollars, not rounded."""

    netting: Netting
    federal: Decimal
    state: Decimal
    surtax: Decimal
    additional: Decimal
    """The additional tax on early withdrawals, which no gain changes."""
    form: FederalReturn | None = None
    """The federal return; None at flat rates."""

    @property
    def total(self) -> Decimal:
        """Federal, state, surtax and additional tax together."""
        return self.federal + self.state + self.surtax + self.additional


def taxes(taxpayer: Taxpayer, short_net: Decimal, long_net: Decimal, more: Decimal = ZERO) -> Taxes:
    """Return the taxes if Schedule D lines 7 and 15 are `short_net` and `long_net` (dollars, after carryforwards).

    `more` is ordinary income beyond the taxpayer's, in dollars, negative for a deduction from gross income; it is no
    investment income. At flat rates it is taxed like short-term gain, without surtax.
    """
    rates = taxpayer.rates
    additional = statute("early_withdrawal_rate") * exact(taxpayer.other_income.early_withdrawal)
    if rates is not None:
        more += taxpayer.other_income.total  # 0 unless a plan adds some
        netting = net(short_net, long_net, loss_limit(taxpayer.filing_status))
        income = netting.ordinary - netting.loss_used
        gain = netting.preferential
        federal = exact(rates.short) * (income + more) + exact(rates.long) * gain
        state_long = rates.state if rates.state_long is None else rates.state_long
        state = exact(rates.state) * (income + more) + exact(state_long) * gain
        return Taxes(netting, federal, state, exact(rates.surtax) * (income + gain), additional)
    form = federal_return(taxpayer, short_net, long_net, more)
    gain = form.netting.preferential
    state_long = taxpayer.state_rate if taxpayer.state_long_rate is None else taxpayer.state_long_rate
    state = exact(taxpayer.state_rate) * max(ZERO, form.adjusted_gross_income - gain) + exact(state_long) * gain
    return Taxes(form.netting, form.regular_tax + form.minimum_tax, state, form.investment_tax, additional, form)


def tax_bill(taxpayer: Taxpayer, short_gain: Decimal | float, long_gain: Decimal | float) -> TaxBill:
    """Return the bill if the plan realizes `short_gain` and `long_gain` dollars, negative for losses.

    The plan's gains come on top of what was realized this year already.
    """
    short = exact(taxpayer.realized_short) + exact(short_gain)
    long = exact(taxpayer.realized_long) + exact(long_gain)
    owed = taxes(taxpayer, short - exact(taxpayer.short_carryforward), long - exact(taxpayer.long_carryforward))
    parts = {name: getattr(owed, name).quantize(CENT) for name in ("federal", "state", "surtax")}
    parts["additional_tax"] = owed.additional.quantize(CENT)
    lines = {} if owed.form is None else {line: _cents(getattr(owed.form, line)) for line in OF_THE_RETURN}
    netting = owed.netting
    return TaxBill(
        short_gain=_cents(short),
        long_gain=_cents(long),
        short_net=_cents(netting.short_net),
        long_net=_cents(netting.long_net),
        ordinary=_cents(netting.ordinary),
        preferential=_cents(netting.preferential),
        loss_used=_cents(netting.loss_used),
        short_carryforward=_cents(netting.short_carried),
        long_carryforward=_cents(netting.long_carried),
        total=float(sum(parts.values())),
        **{name: float(amount) for name, amount in parts.items()},
        **lines,
    )


def _cents(amount: Decimal) -> float:
    return float(amount.quantize(CENT))


def _table(rows: list[tuple[str, str, list[float]]], heads: list[str]) -> str:
    """Lines with names, places on the forms and amounts, in columns; lines of zeros are left out, except the total."""
    total, _ = LINES["total"]
    shown = [
        (name, form, [f"{amount:,.2f}" for amount in amounts])
        for name, form, amounts in rows
        if any(amounts) or name == total
    ]
    cells = [("", "", heads), *shown]
    widths = [max(len(row[column]) for row in cells) for column in (0, 1)]
    amount = max(len(cell) for *_, amounts in cells for cell in amounts)
    return "\n".join(
        f"{name:<{widths[0]}}  {form:<{widths[1]}}" + "".join(f"  {cell:>{amount}}" for cell in amounts)
        for name, form, amounts in cells
    )
