"""The checker that trusts nobody: what is wrong with a plan, from the household and the trades alone.

It recomputes cash, quantities, gains, terms, wash-sale windows, holding rules, the tax bill and the objective in
decimal arithmetic (ledger.py), and reads nothing of the program, its arrays or its search.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..models import Account, Household, Lot, Plan, Policy, TaxBill, Trade, first_long_term_date
from ..models.base import exact
from .ledger import CENT, ZERO, Ledger, bands, cents, replay

WINDOW_DAYS = 30
"""Days before and after a loss sale in which a purchase makes it a wash sale, the 30th included (IRC 1091(a))."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a plan: the rule, where, and what was found."""

    rule: str
    """plan, trade, lot, cash, wash_sale, holding, figure, tax, objective or certificate."""
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule} {self.where}: {self.message}"


def audit(household: Household, plan: Plan) -> list[Finding]:
    """Everything wrong with a plan for a household; an empty list means nothing is."""
    unusable = [*_wrong_household(household, plan), *_wrong_trades(household, plan)]
    if unusable:
        return unusable
    ledger = replay(household, plan.policy, plan.trades)
    return [
        *_oversold(ledger),
        *_cash(household, plan, ledger),
        *_wash_sales(household, plan, ledger),
        *_holding_periods(household, plan, ledger),
        *_figures(household, plan, ledger),
        *_bills(plan, ledger),
        *_objective(plan, ledger),
        *_certificate(plan, ledger),
    ]


def _wrong_household(household: Household, plan: Plan) -> Iterator[Finding]:
    if plan.household != household.id:
        yield Finding("plan", "household", f"the plan is for {plan.household!r}, not {household.id!r}")
    if plan.trade_date != household.trade_date:
        yield Finding("plan", "trade_date", f"{plan.trade_date} is not the household's {household.trade_date}")


def _wrong_trades(household: Household, plan: Plan) -> Iterator[Finding]:
    """Trades in what does not exist, or may not be held."""
    accounts, securities = household.account, household.security
    held = {(account.id, lot.id): lot.symbol for account in household.accounts for lot in account.lots}
    for trade in plan.trades:
        where = _where(trade)
        account = accounts.get(trade.account)
        if account is None:
            yield Finding("trade", where, f"there is no account {trade.account!r}")
            continue
        if trade.symbol not in securities:
            yield Finding("trade", where, f"there is no security {trade.symbol!r}")
        elif trade.side == "buy":
            if account.menu is not None and trade.symbol not in account.menu:
                yield Finding("trade", where, f"{trade.symbol} is not on the account's menu")
        elif held.get((account.id, trade.lot or "")) != trade.symbol:
            yield Finding("lot", where, f"the account holds no lot {trade.lot!r} of {trade.symbol}")


def _oversold(ledger: Ledger) -> Iterator[Finding]:
    for (account, lot), left in ledger.left.items():
        if left < 0:
            yield Finding("lot", f"{account}/{lot}", f"{-left.normalize():f} shares more are sold than it holds")


def _cash(household: Household, plan: Plan, ledger: Ledger) -> Iterator[Finding]:
    """Cash of every account at its minimum or more; a shortfall only as stated, where nothing more could be sold."""
    declared = {violation.account: exact(violation.shortfall) for violation in plan.violations}
    for account in household.accounts:
        cash = ledger.cash[account.id]
        short = max(exact(account.minimum_cash) - cash, ZERO)
        if short > declared.get(account.id, ZERO):
            yield Finding("cash", account.id, f"cash after the trades is {cash:.2f}, {short:.2f} short of the minimum")
        elif account.id in declared:
            yield from _needless_shortfall(household, plan, ledger, account, declared[account.id] - short)
        if abs(exact(plan.cash_after.get(account.id, float("inf"))) - cash) >= CENT:
            yield Finding("figure", account.id, f"cash after the trades is {cash:.2f}, not as stated")


def _needless_shortfall(
    household: Household, plan: Plan, ledger: Ledger, account: Account, overstated: Decimal
) -> Iterator[Finding]:
    """What a stated shortfall hides: that it is less, that something is bought, that a lot was left which could go."""
    if overstated >= CENT:
        yield Finding("cash", account.id, f"the stated shortfall is {overstated:.2f} too much")
    if any(trade.account == account.id and trade.side == "buy" for trade in plan.trades):
        yield Finding("cash", account.id, "something is bought while the account is short of cash")
    bought = {group for day, group in _purchases(household) if abs((household.trade_date - day).days) <= WINDOW_DAYS}
    bought |= {household.security[trade.symbol].group for trade in plan.trades if trade.side == "buy"}
    for lot in account.lots:
        security = household.security[lot.symbol]
        per_share = exact(security.price) * (1 - exact(security.half_spread))
        gain = per_share - exact(lot.basis_per_share or 0.0) if account.taxable else ZERO
        closed = (gain < 0 and security.group in bought) or _held_back(lot, gain, account, household, plan.policy)
        if not closed and ledger.left[account.id, lot.id] * per_share >= CENT:
            yield Finding("cash", f"{account.id}/{lot.id}", "left unsold while the account is short of cash")


def _wash_sales(household: Household, plan: Plan, ledger: Ledger) -> Iterator[Finding]:
    """Every loss, past or planned, against every purchase, past, planned or scheduled: 30 days, the 30th included."""
    today, security, account = household.trade_date, household.security, household.account
    losses: list[tuple[date, str, str]] = []
    for past in household.recent_trades:
        if past.side == "sell" and account[past.account].taxable and (past.gain is None or past.gain < 0):
            losses.append((past.date, security[past.symbol].group, ""))
    for trade, booking in zip(plan.trades, ledger.bookings, strict=True):
        if booking.gain is not None and booking.gain < 0:
            losses.append((today, security[trade.symbol].group, _where(trade)))

    purchases = [(day, group, "") for day, group in _purchases(household)]
    purchases += [(today, security[trade.symbol].group, _where(trade)) for trade in plan.trades if trade.side == "buy"]
    bought_in: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for bought, group, purchase in purchases:
        bought_in[group].append((bought, purchase))
    for sold, group, sale in losses:
        for bought, purchase in bought_in[group]:
            planned = sale or purchase
            if planned and abs((sold - bought).days) <= WINDOW_DAYS:
                yield Finding("wash_sale", planned, f"{group} is sold at a loss on {sold} and bought on {bought}")


def _purchases(household: Household) -> Iterator[tuple[date, str]]:
    """Every purchase but the plan's: its day and the identity group."""
    security = household.security
    yield from ((trade.date, security[trade.symbol].group) for trade in household.recent_trades if trade.side == "buy")
    yield from ((buy.date, security[buy.symbol].group) for buy in household.scheduled_buys)
    for account in household.accounts:
        yield from ((lot.acquired, security[lot.symbol].group) for lot in account.lots if lot.acquired)


def _holding_periods(household: Household, plan: Plan, ledger: Ledger) -> Iterator[Finding]:
    lots = {(account.id, lot.id): lot for account in household.accounts for lot in account.lots}
    accounts = household.account
    for trade, booking in zip(plan.trades, ledger.bookings, strict=True):
        if trade.side == "sell":
            lot = lots[trade.account, trade.lot or ""]
            why = _held_back(lot, booking.gain or ZERO, accounts[trade.account], household, plan.policy)
            if why:
                yield Finding("holding", _where(trade), why)


def _held_back(lot: Lot, gain: Decimal, account: Account, household: Household, policy: Policy) -> str:
    """Which holding rule keeps a lot from being sold at a gain of so much, in words; '' where none does."""
    if lot.acquired is None:
        return ""
    held = (household.trade_date - lot.acquired).days
    if held < policy.minimum_holding_days:
        return f"held {held} days only"
    wait = (first_long_term_date(lot.acquired) - household.trade_date).days
    if account.taxable and gain > 0 and 0 < wait <= policy.long_term_wait_days:
        return f"a short-term gain {wait} days before it turns long-term"
    return ""


def _figures(household: Household, plan: Plan, ledger: Ledger) -> Iterator[Finding]:
    """What each trade says of itself."""
    for trade, booking in zip(plan.trades, ledger.bookings, strict=True):
        if exact(trade.proceeds) != booking.proceeds:
            yield Finding("figure", _where(trade), f"proceeds are {booking.proceeds}, not {trade.proceeds}")
        if (trade.gain is None) != (booking.gain is None) or (
            trade.gain is not None and booking.gain is not None and exact(trade.gain) != booking.gain
        ):
            yield Finding("figure", _where(trade), f"the gain is {booking.gain}, not {trade.gain}")
        if trade.term != booking.term:
            yield Finding("figure", _where(trade), f"the term is {booking.term}, not {trade.term}")
    if cents(exact(plan.value)) != cents(ledger.value):
        yield Finding("figure", "value", f"the household is worth {ledger.value:.2f}, not {plan.value}")
    stated_bands = {row.asset_class: (exact(row.target), exact(row.lower), exact(row.upper)) for row in plan.classes}
    if stated_bands != bands(household):
        yield Finding("figure", "classes", "targets and bands are not the household's")
    for row in plan.classes:
        for stated, found in ((row.before, ledger.class_before), (row.after, ledger.class_after)):
            if abs(exact(stated) - found.get(row.asset_class, ZERO)) >= CENT:
                message = f"{found.get(row.asset_class, ZERO):.2f}, not {stated}"
                yield Finding("figure", f"classes.{row.asset_class}", message)


def _bills(plan: Plan, ledger: Ledger) -> Iterator[Finding]:
    for name, stated, found in (
        ("tax_before", plan.tax_before, ledger.tax_before),
        ("tax_after", plan.tax_after, ledger.tax_after),
    ):
        for line in TaxBill.model_fields:
            if getattr(stated, line) != getattr(found, line):
                message = f"the worksheet gives {getattr(found, line):.2f}, not {getattr(stated, line):.2f}"
                yield Finding("tax", f"{name}.{line}", message)


def _objective(plan: Plan, ledger: Ledger) -> Iterator[Finding]:
    for part, dollars in ledger.parts.items():
        if exact(plan.parts.get(part, float("inf"))) != dollars:
            yield Finding("objective", part, f"it is {dollars}, not {plan.parts.get(part)}")
    if exact(plan.objective) != ledger.objective:
        yield Finding("objective", "total", f"it is {ledger.objective}, not {plan.objective}")


def _certificate(plan: Plan, ledger: Ledger) -> Iterator[Finding]:
    """The gap is what objective and bound say, and no smaller."""
    certificate = plan.certificate
    if certificate.bound is None:
        if certificate.gap is not None or certificate.status == "optimal":
            yield Finding("certificate", "bound", "a gap is stated without a bound")
        return
    gap = max(ledger.objective - exact(certificate.bound), ZERO)
    if certificate.gap is None or exact(certificate.gap) < gap - CENT:
        yield Finding("certificate", "gap", f"objective less bound is {gap:.2f}, not {certificate.gap}")
    if certificate.gap is not None and ledger.value > 0:
        in_bp = certificate.gap / float(ledger.value) * 1e4
        if certificate.gap_bp is None or abs(certificate.gap_bp - in_bp) > 1e-6 * max(in_bp, 1.0):
            yield Finding("certificate", "gap_bp", f"the gap is {in_bp:.6f} bp, not {certificate.gap_bp}")
    if exact(certificate.bound) > ledger.objective + CENT:
        yield Finding("certificate", "bound", f"{certificate.bound} is above the objective, {ledger.objective}")


def _where(trade: Trade) -> str:
    return f"{trade.account}/{trade.lot or trade.symbol} {trade.side}"
