"""What a dollar of a security forgoes in an account: φ of docs/formulation.md, a second time."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from ...models.schema.money import ONE, ZERO, exact

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from ...models.household.household import Household
    from ...models.household.parts.accounts import Account
    from ...models.household.parts.securities import Security
    from .worth import Later

PURE = Decimal("0.9")
"""The part of the greatest exposure to a class that makes a security a member of it."""


def forgone(
    household: Household, menus: Mapping[str, Set[str]], later: Later, state: Decimal, counted: Mapping[str, Decimal]
) -> dict[tuple[str, str], Decimal]:
    """Return φ, dollars a year and dollar, by account id and symbol.

    `menus` is what each account may buy by its id, `state` the state's rate on ordinary income, `counted` the θ of each
    account.
    """
    known = {k.symbol: Pays.of(k) for k in household.securities}
    fed = household.contribution > 0 or household.conversion > 0
    choices = {account.id: choices_of(account, menus[account.id], fed=fed) for account in household.accounts}
    within = set().union(*choices.values())
    members = members_of({symbol: each for symbol, each in known.items() if symbol in within})
    returns = {name: return_of([known[symbol] for symbol in own]) for name, own in members.items()}
    growth = {symbol: growth_of(each, returns) for symbol, each in known.items()}
    stated = any(each.growth is not None for each in known.values())

    @cache
    def kept(kind: str, symbol: str, share: Decimal) -> Decimal:
        """v: what a dollar keeps of a year's return after tax. `share` is θ in accounts of the kind."""
        k = known[symbol]
        whole = k.paid + growth[symbol]
        if kind in ("roth", "hsa"):
            return whole
        if kind != "taxable":
            return whole * (ONE - later.drawn if stated else share)
        spared = state * k.state_exempt
        tax = k.taxed * (later.short - spared) + k.qualified * later.long
        tax += k.exempt * (state - spared) + growth[symbol] * later.deferral
        return whole - tax

    best = {}
    for name, own in members.items():
        places = [
            kept(account.kind, symbol, counted[account.id]) / counted[account.id]
            for account in household.accounts
            for symbol in own
            if counted[account.id] and symbol in choices[account.id]
        ]
        best[name] = max(places, default=ZERO)
    could = {symbol: each.weighted(best) for symbol, each in known.items()}
    alike = {account.kind: counted[account.id] for account in household.accounts}
    lacking = {
        kind: {symbol: share * most - kept(kind, symbol, share) for symbol, most in could.items()}
        for kind, share in alike.items()
    }
    return {
        (account.id, symbol): dollars
        for account in household.accounts
        for symbol, dollars in lacking[account.kind].items()
    }


class Pays(NamedTuple):
    """What a dollar of a security pays in a year and belongs to, as fractions."""

    taxed: Decimal
    qualified: Decimal
    exempt: Decimal
    paid: Decimal
    """The three together."""
    state_exempt: Decimal
    """The share of the ordinary yield that the state does not tax."""
    growth: Decimal | None
    exposures: Mapping[str, Decimal]

    @classmethod
    def of(cls, k: Security) -> Pays:
        """Return it for a security."""
        taxed, qualified, exempt = exact(k.ordinary_yield), exact(k.qualified_yield), exact(k.exempt_yield)
        growth = None if k.growth is None else exact(k.growth)
        exposures = {name: exact(part) for name, part in k.exposures.items()}
        paid = taxed + qualified + exempt
        return cls(taxed, qualified, exempt, paid, exact(k.state_exempt_share), growth, exposures)

    def weighted(self, by_class: Mapping[str, Decimal]) -> Decimal:
        """The sum of amounts of classes, each at the security's exposure."""
        return sum((part * by_class.get(name, ZERO) for name, part in self.exposures.items()), ZERO)


def choices_of(account: Account, menu: Set[str], *, fed: bool = False) -> Set[str]:
    """Return what an account may buy and what it holds; nothing if it has nothing and gets nothing.

    `fed` says that the plan chooses the accounts that receive money.
    """
    if not fed and not account.lots and account.cash + account.contribution <= 0:
        return set()
    return menu | {lot.symbol for lot in account.lots}


def members_of(reachable: Mapping[str, Pays]) -> dict[str, list[str]]:
    """Return by class the securities that hold nearly as much of it as any does."""
    parts: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    for symbol, k in reachable.items():
        for name, part in k.exposures.items():
            if part > 0:
                parts[name].append((symbol, part))
    most = {name: max(part for _, part in own) for name, own in parts.items()}
    return {name: [symbol for symbol, part in own if part >= PURE * most[name]] for name, own in parts.items()}


def return_of(members: list[Pays]) -> Decimal:
    """r: the most that a member of a class returns, without those that are exempt and give no growth."""
    plain = [k for k in members if k.growth is not None or not k.exempt] or members
    return max(k.paid + (k.growth or ZERO) for k in plain)


def growth_of(k: Pays, returns: Mapping[str, Decimal]) -> Decimal:
    """g: the growth given; otherwise none for an exempt security, and for any other what it lacks to its classes."""
    if k.growth is not None:
        return k.growth
    return ZERO if k.exempt else k.weighted(returns) - k.paid
