"""Holding periods (docs/formulation.md, rows H).

rows  H1[l] x_l = 0 for a lot held fewer than minimum_holding_days
      H2[l] x_l = 0 for a taxable lot at a short-term gain that turns long within long_term_wait_days
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from ..models import days_to_long_term

if TYPE_CHECKING:
    from ..models import Account, Lot, Policy
    from .problem import Problem
    from .program import Program
    from .trades import Trades


def holding_rule(account: Account, lot: Lot, gain: Decimal, today: date, policy: Policy) -> tuple[str, date] | None:
    """The rule that keeps a lot from being sold today and the first day it no longer does; None where none does.

    The sign of `gain` is read; it is 0 in a sheltered account.
    """
    if lot.acquired is None:
        return None
    held = (today - lot.acquired).days
    if held < policy.minimum_holding_days:
        return "H1", lot.acquired + timedelta(days=policy.minimum_holding_days)
    wait = days_to_long_term(lot.acquired, today)
    if account.taxable and gain > 0 and 0 < wait <= policy.long_term_wait_days:
        return "H2", today + timedelta(days=wait)
    return None


def add_holding_periods(program: Program, problem: Problem, trades: Trades) -> None:
    """Close the lots that H1 and H2 keep."""
    for rule in ("H1", "H2"):
        trades.close(program, problem, rule)
