"""Where a security may be bought: on an account's menu, and available there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .accounts import Account
    from .securities import Security

PLANS = ("401k", "hsa")
"""Kinds of account whose menu a sponsor chooses, often of institutional share classes that nobody else may buy. The
menu of any other account is the user's own choice and says nothing of the others."""


def plan_funds(accounts: Sequence[Account]) -> dict[str, list[str]]:
    """Return the symbols on plans' menus, each with the ids of the accounts that list it."""
    found: dict[str, list[str]] = {}
    for account in accounts:
        for symbol in dict.fromkeys(account.menu or ()) if account.kind in PLANS else ():
            found.setdefault(symbol, []).append(account.id)
    return found


def buyable(accounts: Sequence[Account], securities: Sequence[Security]) -> Mapping[str, tuple[str, ...]]:
    """Return the symbols that each account may buy, by account id, in the order of its menu or of the securities.

    A security is available in the accounts of its `only_in`; without it, a fund on a plan's menu in the accounts that
    hold it or list it, and any other security everywhere.
    """
    offered = plan_funds(accounts)
    only_in = {security.symbol: security.only_in for security in securities}

    def available(account: Account, symbol: str, held: set[str]) -> bool:
        places = only_in[symbol]
        if places is not None:
            return account.id in places
        return symbol not in offered or symbol in held or symbol in (account.menu or ())

    found = {}
    for account in accounts:
        held = {lot.symbol for lot in account.lots if lot.quantity}
        menu = only_in if account.menu is None else account.menu
        found[account.id] = tuple(symbol for symbol in dict.fromkeys(menu) if available(account, symbol, held))
    return found
