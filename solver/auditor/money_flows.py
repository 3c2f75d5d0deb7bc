"""The audit of money in and out: each account's flows from the household, the trades and their proceeds alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from ...models.household.household import Household
from ...models.household.parts.accounts import Account
from ...models.plan.money_flow import MoneyFlow
from ...models.plan.plan import Plan
from ...models.schema.money import CENT, ZERO, exact
from .findings import HALF_CENT, Finding


def wrong_flows(household: Household, plan: Plan) -> Iterator[Finding]:
    """Yield every account whose money in and out is not what the file and the trades say."""
    if [flow.account for flow in plan.money_flows] != [account.id for account in household.accounts]:
        yield Finding("figure", "money_flows", "they are not of the household's accounts")
        return
    for account, flow in zip(household.accounts, plan.money_flows, strict=True):
        for field, right in _flow(account, plan).items():
            stated = exact(getattr(flow, field))
            if abs(stated - right) > HALF_CENT:
                yield Finding("figure", f"money_flows.{account.id}.{field}", f"{right:.2f}, not {stated}")
        yield from _words(flow)


def _flow(account: Account, plan: Plan) -> dict[str, Decimal]:
    """What each field should be, in dollars."""
    trades = [trade for trade in plan.trades if trade.account == account.id]
    cash, comes, goes = exact(account.cash), exact(account.contribution), exact(account.withdrawal)
    sold = sum((exact(trade.proceeds) for trade in trades if trade.side == "sell"), ZERO)
    bought = -sum((exact(trade.proceeds) for trade in trades if trade.side == "buy"), ZERO)
    fees = exact(account.commission) * len({(trade.symbol, trade.side) for trade in trades})
    after = cash + comes + sold - goes - bought - fees
    owed = goes + (-cash if cash < 0 else ZERO)
    found = {"cash_before": cash, "contribution": comes, "withdrawal": goes, "sold": sold, "bought": bought}
    found |= {"commissions": fees, "cash_after": after}
    used = cash - max(after, ZERO) if cash > 0 else ZERO
    for source, most in (("from_cash", max(used, ZERO)), ("from_contribution", comes), ("from_sales", sold)):
        found[source] = min(owed, most)
        owed -= found[source]
    return found | {"missing": owed, "invested": min(comes - found["from_contribution"], bought + fees)}


def _words(flow: MoneyFlow) -> Iterator[Finding]:
    """Amounts in the words that are none of the account's, and words where there should be none."""
    left = flow.contribution - flow.from_contribution
    known = {flow.contribution, flow.withdrawal, -flow.cash_before, flow.from_cash, flow.from_contribution}
    known |= {flow.from_sales, flow.missing, flow.invested, left, left - flow.invested}
    for amount in re.findall(r"\$([\d,]+(?:\.\d\d)?)", flow.text):
        if not any(abs(float(amount.replace(",", "")) - each) < float(CENT) for each in known):
            yield Finding("figure", f"money_flows.{flow.account}.text", f"${amount} is none of the account's amounts")
    moves = flow.contribution > 0 or flow.withdrawal > 0 or flow.cash_before < 0
    if bool(flow.text) != moves:
        yield Finding("figure", f"money_flows.{flow.account}.text", "words where nothing moves, or none where it does")
