"""Amounts, lists and accounts as words in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ...models import Account

KINDS = {
    "taxable": "taxable account",
    "traditional": "IRA",
    "roth": "Roth",
    "hsa": "HSA",
    "401k": "401(k)",
}
"""Account kinds in words."""


def dollars(amount: Decimal) -> str:
    """Return dollars as words in a sentence, with cents below $100."""
    return f"${amount:,.0f}" if amount >= 100 else f"${amount:,.2f}"


def listed(words: Iterable[str]) -> str:
    """Return at least one word as a list in a sentence, each word once: `A, B and C`."""
    *others, last = dict.fromkeys(words)
    return f"{', '.join(others)} and {last}" if others else last


def cash_need(account: Account) -> str:
    """Return what an account raises cash for, in words: its withdrawal, the debit that it begins with, its minimum."""
    needs = []
    if account.withdrawal:
        needs.append(f"the withdrawal of {to_the_cent(account.withdrawal)}")
    if account.cash < 0:
        needs.append(f"the debit of {to_the_cent(-account.cash)}")
    if account.minimum_cash or not needs:
        needs.append("the cash minimum")
    return listed(needs)


def to_the_cent(amount: Decimal | float) -> str:
    """Return dollars as words in a sentence, with cents if there are any."""
    return f"${amount:,.2f}".removesuffix(".00")
