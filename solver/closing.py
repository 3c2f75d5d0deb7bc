"""Which rule closes a lot on the trade date, if one does: R1, R2, H1, H2, W1, T1 or M3 (docs/formulation.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from ..models import Household, Policy, holding_term
from ..models.lot_rules import lines
from .holding import holding_rule
from .restrictions import kept_lots
from .wash import Window

Rule = tuple[str, date | None]
"""The row, and the first day on which it no longer closes the lot where that is known."""


def closing_rules(
    household: Household,
    policy: Policy,
    gains: Mapping[tuple[str, str], Decimal],
    purchased: Mapping[str, Window],
) -> dict[tuple[str, str], Rule]:
    """The closed lots, by account id and lot id, each with its rule.

    `gains` holds the gain of every taxable lot (its sign is read), `purchased` the groups bought within the window.
    """
    group = {security.symbol: security.group for security in household.securities}
    collectibles = {security.symbol for security in household.securities if security.collectible}
    closed: dict[tuple[str, str], Rule] = {key: (row, None) for key, row in kept_lots(household).items()}
    for account in household.accounts:
        for lot in account.lots:
            gain = gains.get((account.id, lot.id), Decimal(0))
            rule: Rule | None = holding_rule(account, lot, gain, household.trade_date, policy)
            if rule is None and gain < 0 and group[lot.symbol] in purchased:
                rule = "W1", purchased[group[lot.symbol]].until
            if rule is None and gain > 0 and lot.symbol in collectibles and lot.acquired is not None:
                rule = ("T1", None) if holding_term(lot.acquired, household.trade_date) == "long" else None
            if rule is not None:
                closed.setdefault((account.id, lot.id), rule)
        for line in lines(account):
            behind: Rule | None = None
            for lot in line:
                rule = closed.get((account.id, lot.id))
                if behind is not None:
                    closed.setdefault((account.id, lot.id), behind)
                elif rule is not None:
                    behind = "M3", rule[1]
    return closed
