"""Holding periods that block a lot."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from ..household.parts.accounts import Account, Lot
from ..household.parts.lot_rules import held_since
from ..policy.policy import Policy
from ..tax.holding_period import days_to_long_term


def holding_rule(account: Account, lot: Lot, gain: Decimal, today: date, policy: Policy) -> tuple[str, date] | None:
    """Return the rule that blocks a lot today (H1 or H2) and the first day on which it no longer does, or None.

    Only the sign of `gain` is read; `gain` is 0 in a sheltered account.
    """
    since = held_since(lot, gain)
    if (today - since).days < policy.minimum_holding_days:
        return "H1", since + timedelta(days=policy.minimum_holding_days)
    wait = days_to_long_term(since, today)
    if account.taxable and gain > 0 and 0 < wait <= policy.long_term_wait_days:
        return "H2", today + timedelta(days=wait)
    return None
