"""The audit: finds what is wrong with a plan, from the household and the trades alone.

It recomputes cash, quantities, gains, terms, wash windows, holding rules, the order of lots, limits, the tax bill and
the objective. The decimal arithmetic is in accounting/ (books.py, replay.py). The audit imports models and accounting
only, nothing of formulation, search or explanation.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...models import Account, Household, Plan, Security, holding_term
from ...models.household.parts.lot_rules import held_since
from ...models.schema.money import CENT, ZERO, exact
from ...models.wash_sales.before_plan import BeforePlan
from ..accounting.after_trades import AfterTrades
from ..accounting.books import Books
from ..accounting.replay import replay
from ..accounting.violations import shortfalls
from .figures import figures
from .findings import Finding, place
from .rules import broken_rules, collectible_gain, held_back, oversold


def audit(household: Household, plan: Plan) -> list[Finding]:
    """Return everything that is wrong with a plan for a household; an empty list means nothing is wrong.

    If the plan is for another household or date, or any trade is impossible (unknown account, security or lot; a
    security off the account's menu; more than a lot holds), only those findings are returned. Raises InputError if the
    household is not sound.
    """
    household = household.validated()
    unusable = [*_wrong_household(household, plan), *_wrong_trades(household, plan)]
    if unusable:
        return unusable
    books = Books(household, plan.policy)
    after = replay(books, plan.trades)
    impossible = [*oversold(after)]
    if impossible:  # the wash-sale ledger cannot replay it
        return impossible
    return [
        *broken_rules(books, plan.trades, after),
        *_results(books, plan, after),
        *figures(books, plan, after),
        *_status(plan),
    ]


def _wrong_household(household: Household, plan: Plan) -> Iterator[Finding]:
    if plan.household != household.id:
        yield Finding("plan", "household", f"the plan is for {plan.household!r}, not {household.id!r}")
    if plan.trade_date != household.trade_date:
        yield Finding("plan", "trade_date", f"{plan.trade_date} is not the household's {household.trade_date}")


def _wrong_trades(household: Household, plan: Plan) -> Iterator[Finding]:
    """Trades in unknown accounts, securities or lots, or in securities off the account's menu."""
    accounts, securities = household.account, household.security
    held = {(account.id, lot.id): lot.symbol for account in household.accounts for lot in account.lots}
    for trade in plan.trades:
        where = place(trade)
        account = accounts.get(trade.account)
        if account is None:
            yield Finding("trade", where, f"there is no account {trade.account!r}")
            continue
        if trade.symbol not in securities:
            yield Finding("trade", where, f"there is no security {trade.symbol!r}")
        elif trade.side == "buy":
            if account.menu is not None and trade.symbol not in account.menu:
                yield Finding("trade", where, f"{trade.symbol} is not on the account's menu")
            elif not _available(household, account, securities[trade.symbol]):
                yield Finding("trade", where, f"{trade.symbol} is not available in the account")
        elif held.get((account.id, trade.lot or "")) != trade.symbol:
            yield Finding("lot", where, f"the account holds no lot {trade.lot!r} of {trade.symbol}")


def _available(household: Household, account: Account, security: Security) -> bool:
    """Whether a security on the account's menu is available there (docs/household.md)."""
    if security.only_in is not None:
        return account.id in security.only_in
    if account.menu is not None or any(lot.symbol == security.symbol and lot.quantity for lot in account.lots):
        return True
    plans = [each for each in household.accounts if each.kind in ("401k", "hsa") and each.menu is not None]
    return not any(security.symbol in (plan.menu or ()) for plan in plans)


def _results(books: Books, plan: Plan, after: AfterTrades) -> Iterator[Finding]:
    """Elastic rules (cash, limits, hard bands, do-not-hold) whose shortfall is not the one that the plan states."""
    declared = {(row.rule, row.where): exact(row.amount) for row in plan.violations}
    for shortfall in shortfalls(books, after, plan.trades):
        stated = declared.pop((shortfall.rule, shortfall.where), ZERO)
        kind = (
            "cash"
            if shortfall.rule.endswith("_cash")
            else "restriction"
            if shortfall.rule == "do_not_hold"
            else shortfall.rule
        )
        if shortfall.amount - stated >= CENT:
            yield Finding(
                kind, shortfall.where, f"{shortfall.rule.replace('_', ' ')} is missed by {shortfall.amount:.2f}"
            )
        elif stated - shortfall.amount >= CENT:
            yield Finding(kind, shortfall.where, f"the stated violation is {stated - shortfall.amount:.2f} too much")
        if shortfall.rule == "minimum_cash" and _plain(books, shortfall.where):
            yield from _needless_shortfall(books, plan, after, books.accounts[shortfall.where])
    for rule, spot in declared:
        yield Finding("plan", spot, f"a violation of {rule} is stated where there is none")


def _status(plan: Plan) -> Iterator[Finding]:
    """An infeasible plan must state a violation; only an infeasible plan or a fallback may."""
    status = plan.certificate.status
    if status == "infeasible" and not plan.violations:
        yield Finding("certificate", "status", "infeasible, but no rule is broken")
    if status != "infeasible" and status != "fallback" and plan.violations:
        yield Finding("certificate", "status", f"{status}, but {len(plan.violations)} rules are broken")


def _plain(books: Books, account: str) -> bool:
    """Whether only the account's own lots can explain why it is short of cash: no other rule can be the cause."""
    holder, policy = books.accounts[account], books.policy
    limited = any(limit is not None and limit.price is None for _, limit in policy.limits)
    hard = policy.drift.hard or policy.factor_drift.hard or policy.sleeve_drift.hard
    sized = holder.whole_shares or holder.commission > 0 or holder.accounting_method != "specific"
    asked = any(row.rule in ("do_not_hold", "no_sell", "keep") for row in books.household.restrictions)
    capped = any(account.maximum_cash is not None for account in books.household.accounts)
    priced = policy.wash_sales == "price"
    return not (priced or limited or hard or sized or asked or capped or holder.average_cost)


def _needless_shortfall(books: Books, plan: Plan, after: AfterTrades, account: Account) -> Iterator[Finding]:
    """Signs that a stated cash shortfall is larger than necessary: a purchase, or a lot left that may be sold."""
    household = books.household
    if any(trade.account == account.id and trade.side == "buy" for trade in plan.trades):
        yield Finding("cash", account.id, "something is bought while the account is short of cash")
    bought = {books.securities[trade.symbol].group for trade in plan.trades if trade.side == "buy"}
    wash = BeforePlan(household)
    for lot in account.lots:
        gain = books.gain_per_share(account.id, lot) or ZERO
        since = held_since(lot, gain)
        term = holding_term(since, household.trade_date) if since else None
        closed = (
            (gain < 0 and books.securities[lot.symbol].group in bought)
            or (gain < 0 and wash.window(account.id, lot) is not None)
            or held_back(lot, gain, account, household, plan.policy)
            or collectible_gain(books, lot.symbol, gain, term)
        )
        if not closed and books.proceeds(lot, after.left[account.id, lot.id]) >= CENT:
            yield Finding("cash", f"{account.id}/{lot.id}", "left unsold while the account is short of cash")
