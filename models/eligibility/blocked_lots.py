"""The rule that blocks a lot on the trade date, if any; docs/formulation.md has them (R, H, T, M3, W1, W6, W12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from ..household.household import Household
from ..household.parts.lot_rules import held_since, sale_queues, without_basis
from ..policy.policy import Policy
from ..tax.holding_period import holding_term
from ..wash_sales.before_plan import BeforePlan
from .holding_periods import holding_rule
from .positions import held_by_positions
from .restrictions import kept_lots

Key = tuple[str, str]
"""Account id and lot id."""

Rule = tuple[str, date | None]
"""The row of docs/formulation.md that blocks a lot, and the first day on which it no longer does; None if unknown."""

IN_A_WINDOW = "W6"
"""The row of a loss lot that is in a wash window but may be sold if the program allows it: in a
clean-out, or at the price of a wash sale."""


def blocking_rules(
    household: Household, policy: Policy, gains: Mapping[Key, Decimal], wash: BeforePlan
) -> dict[Key, Rule]:
    """Return the lots that are blocked, by account id and lot id, each with its rule.

    A lot with the rule IN_A_WINDOW may still be sold in a clean-out or at the price of a wash sale. `gains` holds the
    gain of every taxable lot with a basis (only the sign is read). `wash` is the wash-sale ledger before the plan.
    """
    closed = _by_date(household, policy, gains) | held_by_positions(household, gains) | _untaxed(household)
    closed |= {key: (row, None) for key, row in kept_lots(household, policy).items()}
    _block_behind(household, closed)
    stuck = wash.stuck({*closed})
    for key, gain in gains.items():
        if gain >= 0 or key in closed:
            continue
        account, lot = key[0], household.lot[key]
        window = wash.window(account, lot)
        if window is not None:
            open_ = wash.cleanable(account, lot, stuck) or (
                policy.wash_sales == "price" and wash.washable(account, lot)
            )
            closed[key] = IN_A_WINDOW if open_ else "W1", window.until
    _block_behind(household, closed)
    return closed


def _by_date(household: Household, policy: Policy, gains: Mapping[Key, Decimal]) -> dict[Key, Rule]:
    """The lots that holding periods (H1, H2) or the rate on collectibles (T1) block."""
    collectibles = {security.symbol for security in household.securities if security.collectible}
    closed: dict[Key, Rule] = {}
    if not (collectibles or policy.minimum_holding_days or policy.long_term_wait_days):
        return closed
    for account in household.accounts:
        for lot in account.lots:
            gain = gains.get((account.id, lot.id), Decimal(0))
            rule: Rule | None = holding_rule(account, lot, gain, household.trade_date, policy)
            if rule is None and gain > 0 and lot.symbol in collectibles:
                term = holding_term(held_since(lot, gain), household.trade_date)
                rule = ("T1", None) if term == "long" else None
            if rule is not None:
                closed[account.id, lot.id] = rule
    return closed


def _untaxed(household: Household) -> dict[Key, Rule]:
    """The taxable lots whose basis is not known, so nobody knows the tax of their sale (T2)."""
    taxable = (account for account in household.accounts if account.taxable)
    return {(account.id, name): ("T2", None) for account in taxable for name in without_basis(account)}


def _block_behind(household: Household, closed: dict[Key, Rule]) -> None:
    """Block every lot that comes after a blocked lot in its sale queue (M3).

    A lot with the rule IN_A_WINDOW does not block the lots after it.
    """
    for account in household.accounts:
        for line in sale_queues(account):
            behind: Rule | None = None
            for lot in line:
                rule = closed.get((account.id, lot.id))
                if behind is not None:
                    if rule is None or rule[0] == IN_A_WINDOW:
                        closed[account.id, lot.id] = behind
                elif rule is not None and rule[0] != IN_A_WINDOW:
                    behind = "M3", rule[1]
