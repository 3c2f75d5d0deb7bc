"""The audit: finds what is wrong with a plan, from the household, the policy and the trades alone.

It has its own arithmetic. From models/ it takes records, the law's dated tables and money in decimals, from solver/
nothing, so that a mistake of the program or of the books is not made twice.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from ...models.schema.money import CENT, exact
from .beside import held_by_a_position
from .findings import Finding, place
from .judge import Judge
from .moves import impossible_moves, moved_by
from .rules import collectible, held_back, unknown_gain
from .statements import wrong_statements
from .transfers import wrong_moves
from .worth import available

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...models.household.household import Household
    from ...models.household.parts.accounts import Account
    from ...models.plan.plan import Plan
    from ...models.policy.policy import Policy
    from ...models.schema.ordered import Ordered
    from .case import Case
    from .evaluation import Evaluation


def audit(household: Household, plan: Plan, policy: Policy | None = None) -> list[Finding]:
    """Return everything that is wrong with a plan for a household; an empty list means nothing is wrong.

    With a `policy`, the plan is judged by it, and a plan that states another policy is a finding. Without one it is
    judged by the policy that it states. If the plan is for another household or date, or any trade is impossible
    (unknown account, security or lot; a security off the account's menu; more than a lot holds), only those findings
    are returned. Raises InputError if the household or the policy is not sound.
    """
    return findings_of(household.validated(), plan, plan.policy if policy is None else policy.validated())


def findings_of(household: Household, plan: Plan, policy: Policy) -> list[Finding]:
    """Return what `audit` returns, for a household and a policy that are known to be sound."""
    other = [] if plan.policy == policy else [Finding("plan", "policy", "the plan states another policy")]
    unusable = [*_wrong_household(household, plan), *impossible(household, plan.trades)]
    unusable += impossible_moves(household, plan.transfers)
    if unusable:
        return [*other, *unusable]
    judge = Judge(household, policy, moved_by(household, plan.transfers))
    found = judge.evaluate(plan.trades)
    return [
        *other,
        *found.findings,
        *wrong_statements(judge.case, plan, found),
        *wrong_moves(judge.case, plan, found),
        *_needless_shortfalls(judge.case, found),
    ]


def _wrong_household(household: Household, plan: Plan) -> Iterator[Finding]:
    if plan.household != household.id:
        yield Finding("plan", "household", f"the plan is for {plan.household!r}, not {household.id!r}")
    if plan.trade_date != household.trade_date:
        yield Finding("plan", "trade_date", f"{plan.trade_date} is not the household's {household.trade_date}")


def impossible(household: Household, trades: Sequence[Ordered]) -> Iterator[Finding]:
    """Yield trades in accounts, securities or lots that there are not, off the menu, or of more than a lot holds."""
    accounts = {account.id: account for account in household.accounts}
    lots = {(account.id, lot.id): lot for account in household.accounts for lot in account.lots}
    securities = {security.symbol for security in household.securities}
    menus = available(household)
    sold: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for trade in trades:
        where, account = place(trade), accounts.get(trade.account)
        lot = lots.get((trade.account, trade.lot or ""))
        if account is None:
            yield Finding("trade", where, f"there is no account {trade.account!r}")
        elif trade.symbol not in securities:
            yield Finding("trade", where, f"there is no security {trade.symbol!r}")
        elif trade.side == "buy":
            if account.menu is not None and trade.symbol not in account.menu:
                yield Finding("trade", where, f"{trade.symbol} is not on the account's menu")
            elif trade.symbol not in menus[account.id]:
                yield Finding("trade", where, f"{trade.symbol} is not available in the account")
        elif lot is None or lot.symbol != trade.symbol:
            yield Finding("lot", where, f"the account holds no lot {trade.lot!r} of {trade.symbol}")
        else:
            sold[account.id, lot.id] += exact(trade.quantity)
    for key, lot in lots.items():
        if key in sold and (more := sold[key] - exact(lot.quantity)) > 0:
            yield Finding("lot", "/".join(key), f"{more.normalize():f} shares more are sold than it holds")


def _needless_shortfalls(case: Case, found: Evaluation) -> Iterator[Finding]:
    """Signs that a cash shortfall is larger than necessary, where nothing but the account's own lots can explain it: a
    purchase, or a lot left that may be sold.
    """
    short = {each.where for each in found.shortfalls if each.rule == "minimum_cash"}
    for account in case.household.accounts:
        if account.id not in short or not _plain(case, account):
            continue
        if any(trade.account == account.id and trade.side == "buy" for trade in found.trades):
            yield Finding("cash", account.id, "something is bought while the account is short of cash")
        bought = {case.wash.group[trade.symbol] for trade in found.trades if trade.side == "buy"}
        for lot in account.lots:
            facts = case.lots[account.id, lot.id]
            left = found.left.get((account.id, lot.id), facts.shares) * case.price[lot.symbol] * (1 - facts.selling)
            loses = facts.gain is not None and facts.gain < 0
            kept = held_back(case, facts) or collectible(case, facts) or unknown_gain(case, account.id, facts)
            kept = kept or held_by_a_position(case, account.id, facts) is not None
            washed = loses and (case.wash.group[lot.symbol] in bought or case.wash.would_wash(account.id, lot))
            if left >= CENT and not washed and not kept:
                yield Finding("cash", f"{account.id}/{lot.id}", "left unsold while the account is short of cash")


def _plain(case: Case, account: Account) -> bool:
    """Whether no rule but those of the lots can be the cause of an account's shortfall."""
    policy = case.policy
    limited = any(limit is not None and limit.price is None for _, limit in policy.limits)
    hard = policy.drift.hard or policy.factor_drift.hard or policy.sleeve_drift.hard
    sized = account.whole_shares or account.commission > 0 or account.accounting_method != "specific"
    asked = any(rule.rule in ("do_not_hold", "no_sell", "keep") for rule in case.household.restrictions)
    asked = asked or bool(account.employer_stock)
    capped = any(each.maximum_cash is not None for each in case.household.accounts)
    return not (policy.wash_sales == "price" or limited or hard or sized or asked or capped or account.average_cost)
