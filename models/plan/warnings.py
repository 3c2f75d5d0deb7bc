"""Warnings, in words, about what a plan affects that its tax bill does not count (docs/tax.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..tax.tax_year import tax_year

if TYPE_CHECKING:
    from datetime import date

    from ..tax.tax_bill import TaxBill
    from ..tax.taxpayer import Taxpayer
    from ..wash_sales.loss_status import LossStatus


def plan_warnings(
    taxpayer: Taxpayer, trade_date: date, before: TaxBill, after: TaxBill, states: Iterable[LossStatus]
) -> Iterator[str]:
    """Yield the warnings for a plan. `before` and `after` are the bills without and with it, `states` its losses.

    Warnings about what depends on income are for the exact bill only, because flat rates claim no more than they say.
    """
    yield from _undeclared(states)
    if taxpayer.rates is not None or before.adjusted_gross_income is None or after.adjusted_gross_income is None:
        return
    if taxpayer.year != trade_date.year:
        yield f"The bill is by the law of {taxpayer.year}; the trade date is in {trade_date.year}."
    old, new = before.adjusted_gross_income, after.adjusted_gross_income
    moved = f"{old:,.0f}" != f"{new:,.0f}"  # by cents alone, there is nothing to warn of
    if moved:
        yield (
            f"Adjusted gross income goes from ${old:,.0f} to ${new:,.0f}. This bill leaves out other items that "
            "depend on it: the taxable part of social security, Medicare premiums two years later, the premium tax "
            "credit, credits and deductions that phase out."
        )
    threshold = tax_year(taxpayer.year, taxpayer.filing_status).state_tax_phase_down if taxpayer.year else None
    if moved and taxpayer.deduction is not None and threshold is not None and max(old, new) > threshold:
        yield (
            f"Above ${threshold:,.0f} of adjusted gross income a deduction of state and local taxes shrinks; this "
            "bill uses the deduction of the file unchanged."
        )
    if after.minimum_tax:
        yield (
            f"The alternative minimum tax is ${after.minimum_tax:,.2f} with this plan; the credit that it may leave "
            "for later years (Form 8801) is not counted."
        )


def _undeclared(states: Iterable[LossStatus]) -> Iterator[str]:
    """Warnings about securities that the plan sells at a loss near a purchase of others that may be identical."""
    losses: dict[tuple[str, str, str], float] = defaultdict(float)
    for state in states:
        if state.missing in ("identity", "unknown fund") and state.purchase_symbol:
            losses[state.missing, state.symbol, state.purchase_symbol] += state.loss
    for (missing, sold, bought), loss in losses.items():
        harm = f"${loss:,.2f} of this plan's losses on {sold} is not allowed"
        if missing == "identity":
            yield (
                f"If {sold} and {bought} are substantially identical, {harm}; the file does not put them in one "
                "identity_group."
            )
        else:
            yield (
                f"Unknown fund: if {sold} and {bought} are share classes of one fund, {harm}. Give each an "
                "identity_group, or the kind stock if it is no fund."
            )
