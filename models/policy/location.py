"""Asset location: what a dollar of a security in an account forgoes (docs/formulation.md, φ).

A dollar in a place is worth what it keeps after tax in a year: its income, taxed as the account and the law say, and
its growth. A place forgoes what the best place for the same classes keeps beyond that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ..schema.money import ONE, ZERO, exact
from ..tax.marginal_rates import usual_rates
from .later_years import LaterYears, later_years

if TYPE_CHECKING:
    from ..household.household import Household
    from ..household.parts.accounts import Account, AccountKind
    from ..household.parts.securities import Security
    from .policy import Policy

NEARLY = Decimal("0.9")
"""A class's members are the securities that hold at least this part of the most that any security holds of it."""


@dataclass(frozen=True, slots=True)
class Pay:
    """What a dollar of a security pays in a year before tax, as fractions of its price."""

    ordinary: Decimal
    qualified: Decimal
    exempt: Decimal
    growth: Decimal
    state_exempt_share: Decimal

    @property
    def total(self) -> Decimal:
        """The return before tax."""
        return self.ordinary + self.qualified + self.exempt + self.growth


def forgone(household: Household, policy: Policy) -> dict[tuple[str, str], Decimal]:
    """Return location_years φ by account id and symbol: dollars that a dollar there forgoes over `location_years`."""
    years, later = exact(policy.location_years), later_years(household.filer, policy)
    securities, accounts = household.securities, household.accounts
    may_hold = {account.id: _may_hold(account, household.buyable[account.id]) for account in accounts}
    members = _members([k for k in securities if any(k.symbol in held for held in may_hold.values())])
    pays = _pays(securities, members)
    known = any(k.growth is not None for k in securities)
    state = min(exact(usual_rates(household.taxpayer).state), exact(later.short_rate))
    counted = {account.kind: exact(later.counted(account.kind, policy)) for account in accounts}
    kept = {
        (kind, symbol): _kept(pay, kind, later, state, ONE - exact(later.withdrawal_rate) if known else share)
        for kind, share in counted.items()
        for symbol, pay in pays.items()
    }
    best = {
        asset_class: max(
            (
                kept[account.kind, symbol] / counted[account.kind]
                for account in accounts
                if counted[account.kind]
                for symbol in symbols
                if symbol in may_hold[account.id]
            ),
            default=ZERO,
        )
        for asset_class, symbols in members.items()
    }
    possible = {k.symbol: sum((exact(e) * best.get(c, ZERO) for c, e in k.exposures.items()), ZERO) for k in securities}
    by_kind = {
        (kind, symbol): years * (counted[kind] * possible[symbol] - dollars) for (kind, symbol), dollars in kept.items()
    }
    return {(account.id, symbol): by_kind[account.kind, symbol] for account in accounts for symbol in pays}


def _may_hold(account: Account, buyable: Sequence[str]) -> set[str]:
    """The symbols that an account may buy or holds now; none if it has nothing and gets nothing."""
    if not account.lots and account.cash + account.contribution <= 0:
        return set()
    return {*buyable, *(lot.symbol for lot in account.lots)}


def _members(securities: Sequence[Security]) -> dict[str, list[str]]:
    """The members of each class, by symbol. A fund of several classes is a member only where no purer one is."""
    most: dict[str, Decimal] = {}
    for k in securities:
        for asset_class, part in k.exposures.items():
            most[asset_class] = max(most.get(asset_class, ZERO), exact(part))
    return {
        asset_class: [k.symbol for k in securities if exact(k.exposures.get(asset_class, 0.0)) >= NEARLY * share]
        for asset_class, share in most.items()
        if share
    }


def _pays(securities: Sequence[Security], members: Mapping[str, Sequence[str]]) -> dict[str, Pay]:
    """What each security pays. Growth that the file does not give is what a security lacks to its classes' returns; it
    is negative if a fund of several classes pays more than they return.

    Without it a fund would be preferred for its dividends. A tax-exempt fund yields less because it is exempt, so it
    lacks nothing.
    """
    given = {k.symbol: _pay(k, ZERO if k.growth is None else exact(k.growth)) for k in securities}
    apart = {k.symbol for k in securities if k.growth is None and k.exempt_yield}
    returns = {
        asset_class: max(given[symbol].total for symbol in [s for s in symbols if s not in apart] or symbols)
        for asset_class, symbols in members.items()
    }

    def lacking(k: Security) -> Decimal:
        usual = sum((exact(part) * returns.get(c, ZERO) for c, part in k.exposures.items()), ZERO)
        return usual - given[k.symbol].total

    return {
        k.symbol: given[k.symbol] if k.growth is not None or k.symbol in apart else _pay(k, lacking(k))
        for k in securities
    }


def _pay(k: Security, growth: Decimal) -> Pay:
    ordinary, qualified, exempt = map(exact, (k.ordinary_yield, k.qualified_yield, k.exempt_yield))
    return Pay(ordinary, qualified, exempt, growth, exact(k.state_exempt_share))


def _kept(pay: Pay, kind: AccountKind, later: LaterYears, state: Decimal, deferred: Decimal) -> Decimal:
    """What a dollar keeps of its pay in an account of a kind. `state` is the state's rate on interest, `deferred` the
    part of a dollar of pay in a traditional account or a 401(k) that counts as kept.
    """
    if kind == "taxable":
        spared = state * pay.state_exempt_share
        return (
            pay.ordinary * (ONE - exact(later.short_rate) + spared)
            + pay.qualified * (ONE - exact(later.long_rate))
            + pay.exempt * (ONE - state + spared)
            + pay.growth * (ONE - exact(later.deferral))
        )
    return pay.total * deferred if kind in ("traditional", "401k") else pay.total
