"""The user's restrictions: what may not be bought, sold or held."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from ..household.household import Household
from ..policy.policy import Policy


def kept_lots(household: Household, policy: Policy) -> dict[tuple[str, str], str]:
    """Return the lots that restrictions block, by account id and lot id, each with its row: R2 for a lot that is kept,
    R1 for a lot of a security that may not be sold, R5 for employer stock that the policy keeps.
    """
    unsold = set(_named(household, "no_sell"))
    kept = {(r.account, r.lot) for r in household.restrictions if r.rule == "keep"}
    whole = {account for account, lot in kept if lot is None}
    found: dict[tuple[str, str], str] = {}
    employing = [each for each in household.accounts if each.employer_stock] if policy.employer_stock == "keep" else []
    for account in employing:
        found |= {(account.id, lot.id): "R5" for lot in account.lots if lot.symbol in account.employer_stock}
    for account in household.accounts if kept or unsold else ():
        for lot in account.lots:
            if account.id in whole or (account.id, lot.id) in kept:
                found[account.id, lot.id] = "R2"
            elif (account.id, lot.symbol) in unsold:
                found[account.id, lot.id] = "R1"
    return found


def barred_purchases(household: Household) -> set[tuple[str, str]]:
    """Return the account ids and symbols that may not be bought: no_buy, do_not_hold, or a target of 0 (row R3)."""
    barred = {*_named(household, "no_buy"), *unwanted(household)}
    left = [target.symbol for target in household.security_targets if target.weight == 0]
    return barred | {(account.id, symbol) for account in household.accounts for symbol in left}


def unwanted(household: Household) -> set[tuple[str, str]]:
    """Return the account ids and symbols that may not be held (do_not_hold)."""
    return set(_named(household, "do_not_hold"))


def _named(household: Household, rule: str) -> Iterator[tuple[str, str]]:
    """The account ids and symbols of the restrictions with this rule; every account or symbol if one names none."""
    for restriction in household.restrictions:
        if restriction.rule == rule:
            accounts = [restriction.account] if restriction.account else household.account
            symbols = [restriction.symbol] if restriction.symbol else household.security
            yield from product(accounts, symbols)
