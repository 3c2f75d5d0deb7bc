"""What a dollar of a security forgoes in an account: φ of docs/formulation.md, a second time."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from ...models.schema.money import ONE, ZERO, exact
from .worth import available

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...models.household.household import Household
    from ...models.household.parts.accounts import Account
    from ...models.household.parts.securities import Security
    from .worth import Later

PURE = Decimal("0.9")
"""The part of the greatest exposure to a class that makes a security a member of it."""


def forgone(
    household: Household, later: Later, state: Decimal, counted: Mapping[str, Decimal]
) -> dict[tuple[str, str], Decimal]:
    """Return φ, dollars a year and dollar, by account id and symbol.

    `state` is the state's rate on ordinary income, `counted` the θ of each account by its id.
    """
    choices = {account.id: choices_of(household, account) for account in household.accounts}
    reachable = [k for k in household.securities if any(k.symbol in each for each in choices.values())]
    classes = {name for k in reachable for name, part in k.exposures.items() if part > 0}
    members = {name: members_of(name, reachable) for name in classes}
    returns = {name: return_of(own) for name, own in members.items()}
    growth = {k.symbol: growth_of(k, returns) for k in household.securities}
    securities = {k.symbol: k for k in household.securities}
    stated = any(k.growth is not None for k in household.securities)

    @cache
    def kept(kind: str, symbol: str, share: Decimal) -> Decimal:
        """v: what a dollar keeps of a year's return after tax. `share` is θ in accounts of the kind."""
        k = securities[symbol]
        taxed, qualified, exempt = exact(k.ordinary_yield), exact(k.qualified_yield), exact(k.exempt_yield)
        whole = taxed + qualified + exempt + growth[symbol]
        if kind in ("roth", "hsa"):
            return whole
        if kind != "taxable":
            return whole * (ONE - later.drawn if stated else share)
        spared = state * exact(k.state_exempt_share)
        tax = taxed * (later.short - spared) + qualified * later.long
        tax += exempt * (state - spared) + growth[symbol] * later.deferral
        return whole - tax

    best = {}
    for name, own in members.items():
        places = [
            kept(account.kind, k.symbol, counted[account.id]) / counted[account.id]
            for account in household.accounts
            for k in own
            if counted[account.id] and k.symbol in choices[account.id]
        ]
        best[name] = max(places, default=ZERO)
    return {
        (account.id, k.symbol): counted[account.id]
        * sum((exact(part) * best.get(name, ZERO) for name, part in k.exposures.items()), ZERO)
        - kept(account.kind, k.symbol, counted[account.id])
        for account in household.accounts
        for k in household.securities
    }


def choices_of(household: Household, account: Account) -> set[str]:
    """Return what an account may buy and what it holds; nothing if it has nothing and gets nothing."""
    if not account.lots and account.cash + account.contribution <= 0:
        return set()
    menu = {k.symbol for k in household.securities if available(household, account, k)}
    return menu | {lot.symbol for lot in account.lots}


def members_of(name: str, reachable: list[Security]) -> list[Security]:
    """Return the securities that hold nearly as much of a class as any does."""
    most = max(exact(k.exposures.get(name, 0.0)) for k in reachable)
    return [k for k in reachable if exact(k.exposures.get(name, 0.0)) >= PURE * most]


def paid(k: Security) -> Decimal:
    """The three yields together."""
    return exact(k.ordinary_yield) + exact(k.qualified_yield) + exact(k.exempt_yield)


def return_of(members: list[Security]) -> Decimal:
    """r: the most that a member of a class returns, without those that are exempt and give no growth."""
    plain = [k for k in members if k.growth is not None or not k.exempt_yield] or members
    return max(paid(k) + exact(k.growth or 0.0) for k in plain)


def growth_of(k: Security, returns: Mapping[str, Decimal]) -> Decimal:
    """g: the growth given; otherwise none for an exempt security, and for any other what it lacks to its classes."""
    if k.growth is not None:
        return exact(k.growth)
    if k.exempt_yield:
        return ZERO
    return sum((exact(part) * returns.get(name, ZERO) for name, part in k.exposures.items()), ZERO) - paid(k)
