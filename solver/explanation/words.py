"""Amounts, lists and accounts in the words of a sentence."""

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
"""Account kinds as people say them."""


def dollars(amount: Decimal) -> str:
    """Dollars in a sentence, with cents below $100."""
    return f"${amount:,.0f}" if amount >= 100 else f"${amount:,.2f}"


def listed(words: Iterable[str]) -> str:
    """Words as a list in a sentence, each once: `A, B and C`."""
    *others, last = dict.fromkeys(words)
    return f"{', '.join(others)} and {last}" if others else last


def cash_need(account: Account) -> str:
    """What an account raises cash for; a withdrawal to the cent, as the user gave it."""
    if not account.withdrawal:
        return "the cash minimum"
    return f"the withdrawal of ${account.withdrawal:,.2f}".removesuffix(".00")
