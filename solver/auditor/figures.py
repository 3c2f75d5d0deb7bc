"""The audit of the figures in a plan: proceeds, gains, bands, bills, the objective, limits, the certificate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...models import Plan, TaxBill
from ...models.plan.marginal import marginal_rates_of
from ...models.plan.warnings import plan_warnings
from ...models.schema.money import CENT, ZERO, cents, exact
from ...models.wash_sales.after_plan import two_readings, wash_windows
from ...models.wash_sales.loss_status import loss_statuses
from ..accounting.after_trades import AfterTrades
from ..accounting.books import Books
from .findings import Finding, place
from .money_flows import wrong_flows


def figures(books: Books, plan: Plan, after: AfterTrades) -> Iterator[Finding]:
    """Yield every figure of a plan that differs from its replay on the books."""
    yield from _trades(plan, after)
    yield from _cash(plan, after)
    yield from wrong_flows(books.household, plan)
    yield from _bands(plan, after)
    yield from _limits(books, plan, after)
    yield from _bills(books, plan, after)
    yield from _objective(plan, after)
    yield from _certificate(plan, after)


def _trades(plan: Plan, after: AfterTrades) -> Iterator[Finding]:
    """The proceeds, gain and term that each trade states."""
    for trade, posting in zip(plan.trades, after.postings, strict=True):
        if exact(trade.proceeds) != posting.proceeds:
            yield Finding("figure", place(trade), f"proceeds are {posting.proceeds}, not {trade.proceeds}")
        if (trade.gain is None) != (posting.gain is None) or (
            trade.gain is not None and posting.gain is not None and exact(trade.gain) != posting.gain
        ):
            yield Finding("figure", place(trade), f"the gain is {posting.gain}, not {trade.gain}")
        if trade.term != posting.term:
            yield Finding("figure", place(trade), f"the term is {posting.term}, not {trade.term}")


def _cash(plan: Plan, after: AfterTrades) -> Iterator[Finding]:
    for account, cash in after.cash.items():
        if abs(exact(plan.cash_after.get(account, float("inf"))) - cash) >= CENT:
            yield Finding("figure", account, f"cash after the trades is {cash:.2f}, not as stated")


def _bands(plan: Plan, after: AfterTrades) -> Iterator[Finding]:
    """The stated values, targets and bands, and the dollars in each band before and after the trades."""
    for name, stated, found in (
        ("market_value", plan.market_value, after.market_value),
        ("target_value", plan.target_value, after.target_value),
    ):
        if cents(exact(stated)) != cents(found):
            yield Finding("figure", name, f"it is {found:.2f}, not {stated}")
    rows: dict[tuple[str, str], Any] = {("class", row.asset_class): row for row in plan.classes}
    rows |= {("factor", row.factor): row for row in plan.factors}
    rows |= {("name", row.symbol): row for row in plan.names}
    if [*rows] != [(band.kind, band.name) for band in after.bands]:
        yield Finding("figure", "bands", "classes, factors and names are not the household's")
        return
    for band in after.bands:
        row, name = rows[band.kind, band.name], f"{band.kind}.{band.name}"
        target = None if band.target is None else exact(row.target)
        if (target, exact(row.lower), exact(row.upper)) != (band.target, band.lower, band.upper):
            yield Finding("figure", name, "target and band are not the household's")
        for dollars, found in ((row.before, band.before), (row.after, band.after)):
            if abs(exact(dollars) - found) >= CENT:
                yield Finding("figure", name, f"{found:.2f}, not {dollars}")


def _limits(books: Books, plan: Plan, after: AfterTrades) -> Iterator[Finding]:
    """The plan must state each limit of the policy, with the amount used."""
    asked = {name: limit for name in after.limited if (limit := getattr(books.policy.limits, name)) is not None}
    stated = {use.name: use for use in plan.limits}
    if {*asked} != {*stated}:
        yield Finding("figure", "limits", f"the policy's are {', '.join(asked) or 'none'}")
        return
    for name, limit in asked.items():
        use = stated[name]
        if exact(use.amount) != exact(limit.amount) or abs(exact(use.used) - after.limited[name]) >= CENT:
            yield Finding("figure", f"limits.{name}", f"{after.limited[name]:.4f} of {limit.amount}, not as stated")


def _bills(books: Books, plan: Plan, after: AfterTrades) -> Iterator[Finding]:
    for name, stated, found in (
        ("tax_before", plan.tax_before, after.tax_before),
        ("tax_after", plan.tax_after, after.tax_after),
    ):
        for line in TaxBill.model_fields:
            if getattr(stated, line) != getattr(found, line):
                message = f"the worksheet gives {getattr(found, line)}, not {getattr(stated, line)}"
                yield Finding("tax", f"{name}.{line}", message)
    if plan.marginal != tuple(marginal_rates_of(books.filer, after.tax_before, after.tax_after)):
        yield Finding("tax", "marginal", "rates on the next dollars of gain are not the law's")
    windows = wash_windows(books.household, plan.trades, after.gains)
    if plan.wash_windows != tuple(windows):
        yield Finding("figure", "wash_windows", "they are not those that follow from the trades")
    states = loss_statuses(books.household, books.policy.identity, plan.trades, after.gains)
    if plan.loss_statuses != tuple(states):
        yield Finding("figure", "loss_statuses", "they are not what becomes of the plan's losses")
    day = books.household.trade_date
    due = [
        *plan_warnings(books.filer, day, after.tax_before, after.tax_after, states),
        *two_readings(books.household),
    ]
    if plan.warnings != tuple(due):
        yield Finding("tax", "warnings", "they are not those that this plan needs")


def _objective(plan: Plan, after: AfterTrades) -> Iterator[Finding]:
    for part, dollars in after.parts.items():
        if exact(plan.parts.get(part, float("inf"))) != dollars:
            yield Finding("objective", part, f"it is {dollars}, not {plan.parts.get(part)}")
    if exact(plan.objective) != after.objective:
        yield Finding("objective", "total", f"it is {after.objective}, not {plan.objective}")


def _certificate(plan: Plan, after: AfterTrades) -> Iterator[Finding]:
    """The gap must be at least the objective less the bound, and the bound no higher than the objective."""
    certificate = plan.certificate
    if certificate.bound is None:
        if certificate.gap is not None or certificate.status == "optimal":
            yield Finding("certificate", "bound", "a gap is stated without a bound")
        return
    gap = max(after.objective - exact(certificate.bound), ZERO)
    if certificate.gap is None or exact(certificate.gap) < gap - CENT:
        yield Finding("certificate", "gap", f"objective less bound is {gap:.2f}, not {certificate.gap}")
    if certificate.gap is not None and after.market_value > 0:
        in_bp = certificate.gap / float(after.market_value) * 1e4
        if certificate.gap_bp is None or abs(certificate.gap_bp - in_bp) > 1e-6 * max(in_bp, 1.0):
            yield Finding("certificate", "gap_bp", f"the gap is {in_bp:.6f} bp, not {certificate.gap_bp}")
    yield from _proven(plan, after)
    if exact(certificate.bound) > after.objective + CENT:
        yield Finding("certificate", "bound", f"{certificate.bound} is above the objective, {after.objective}")


def _proven(plan: Plan, after: AfterTrades) -> Iterator[Finding]:
    """What is optimal must be within the gap asked for, and what is within rounding beyond it by no more than rounding
    can add: a cent for each order, each part of the objective and each of the bill's five rounded lines in it.
    """
    status, asked = plan.certificate.status, plan.certificate.gap_asked_bp
    if status not in ("optimal", "within_rounding") or plan.certificate.gap is None:
        return
    if asked is None:
        yield Finding("certificate", "gap_asked_bp", f"{status}, but the gap asked for is not stated")
        return
    added = CENT * (len(plan.trades) + len(after.parts) + 5) if status == "within_rounding" else ZERO
    most = exact(asked) * max(after.market_value, ZERO) / 10_000 + added
    if exact(plan.certificate.gap) > most + CENT / 100:
        yield Finding("certificate", "status", f"{status}, but the gap is {plan.certificate.gap:.2f} of {most:.2f}")
    rounding = plan.certificate.rounding
    if rounding is None or not 0 <= rounding <= plan.certificate.gap:
        yield Finding("certificate", "rounding", f"{rounding} is no part of a gap of {plan.certificate.gap:.2f}")
