"""Asset location: what a dollar of a security in an account forgoes (docs/formulation.md, φ).

A dollar in a place is worth what it keeps after tax in a year: its income, taxed as the account and the law say, and
its growth. A place forgoes what the best place for the same classes keeps beyond that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ..schema.money import ONE, ZERO, exact
from ..tax.marginal_rates import usual_rates
from .later_years import later_years

if TYPE_CHECKING:
    from ..household.household import Household
    from ..household.parts.accounts import Account, AccountKind
    from ..household.parts.securities import Security
    from .policy import Policy

NEARLY = Decimal("0.9")
"""A class's members are the securities that hold at least this part of the most that any security holds of it."""


class Pay(NamedTuple):
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
    fed = bool(household.contribution or household.conversion)
    may_hold = {account.id: _may_hold(account, household.buyable[account.id], fed=fed) for account in accounts}
    within = {k.symbol: {c: exact(part) for c, part in k.exposures.items()} for k in securities}
    held = set().union(*may_hold.values())
    members = _members({symbol: parts for symbol, parts in within.items() if symbol in held})
    pays = _pays(securities, within, members)
    known = any(k.growth is not None for k in securities)
    state = min(exact(usual_rates(household.taxpayer).state), exact(later.short_rate))
    counted = {account.kind: exact(later.counted(account.kind, policy)) for account in accounts}
    ordinary, qualified, growth = (ONE - exact(rate) for rate in (later.short_rate, later.long_rate, later.deferral))
    taxed = _Taxed(ordinary, qualified, growth, ONE - state, state)
    drawn = ONE - exact(later.withdrawal_rate)
    kept = {
        kind: {symbol: _kept(pay, kind, taxed, drawn if known else share) for symbol, pay in pays.items()}
        for kind, share in counted.items()
    }
    best = dict.fromkeys(members, ZERO)
    for asset_class, symbols in members.items():
        most = [
            max(dollars) / counted[account.kind]
            for account in accounts
            if counted[account.kind]
            and (dollars := [kept[account.kind][symbol] for symbol in symbols if symbol in may_hold[account.id]])
        ]
        best[asset_class] = max(most, default=ZERO)
    possible = {
        symbol: sum((part * best.get(c, ZERO) for c, part in parts.items()), ZERO) for symbol, parts in within.items()
    }
    lacking = {
        kind: {symbol: years * (counted[kind] * possible[symbol] - dollars) for symbol, dollars in own.items()}
        for kind, own in kept.items()
    }
    return {(account.id, symbol): dollars for account in accounts for symbol, dollars in lacking[account.kind].items()}


class _Taxed(NamedTuple):
    """What is left after tax of a dollar in a taxable account, and the state's rate, as fractions."""

    ordinary: Decimal
    qualified: Decimal
    growth: Decimal
    exempt: Decimal
    state: Decimal


def _may_hold(account: Account, buyable: Sequence[str], *, fed: bool) -> set[str]:
    """The symbols that an account may buy or holds now; none if it has nothing and gets nothing. `fed` says that the
    household asks for money in without saying where.
    """
    if not fed and not account.lots and account.cash + account.contribution <= 0:
        return set()
    return {*buyable, *(lot.symbol for lot in account.lots)}


def _members(within: Mapping[str, Mapping[str, Decimal]]) -> dict[str, list[str]]:
    """The members of each class, by symbol. A fund of several classes is a member only where no purer one is.

    `within` has the parts of each symbol in its classes.
    """
    most: dict[str, Decimal] = {}
    for parts in within.values():
        for asset_class, part in parts.items():
            most[asset_class] = max(most.get(asset_class, ZERO), part)
    found: dict[str, list[str]] = {asset_class: [] for asset_class, share in most.items() if share}
    enough = {asset_class: NEARLY * most[asset_class] for asset_class in found}
    for symbol, parts in within.items():
        for asset_class, part in parts.items():
            if asset_class in found and part >= enough[asset_class]:
                found[asset_class].append(symbol)
    return found


def _pays(
    securities: Sequence[Security], within: Mapping[str, Mapping[str, Decimal]], members: Mapping[str, Sequence[str]]
) -> dict[str, Pay]:
    """What each security pays. Growth that the file does not give is what a security lacks to its classes' returns; it
    is negative if a fund of several classes pays more than they return.

    Without it a fund would be preferred for its dividends. A tax-exempt fund yields less because it is exempt, so it
    lacks nothing.
    """
    given = {k.symbol: _pay(k, ZERO if k.growth is None else exact(k.growth)) for k in securities}
    total = {symbol: pay.total for symbol, pay in given.items()}
    apart = {k.symbol for k in securities if k.growth is None and k.exempt_yield}
    returns = {
        asset_class: max(total[symbol] for symbol in [s for s in symbols if s not in apart] or symbols)
        for asset_class, symbols in members.items()
    }

    def complete(k: Security) -> Pay:
        if k.growth is not None or k.symbol in apart:
            return given[k.symbol]
        usual = sum((part * returns.get(c, ZERO) for c, part in within[k.symbol].items()), ZERO)
        return given[k.symbol]._replace(growth=usual - total[k.symbol])

    return {k.symbol: complete(k) for k in securities}


def _pay(k: Security, growth: Decimal) -> Pay:
    ordinary, qualified, exempt = map(exact, (k.ordinary_yield, k.qualified_yield, k.exempt_yield))
    return Pay(ordinary, qualified, exempt, growth, exact(k.state_exempt_share))


def _kept(pay: Pay, kind: AccountKind, taxed: _Taxed, deferred: Decimal) -> Decimal:
    """What a dollar keeps of its pay in an account of a kind. `deferred` is the part of a dollar of pay in a
    traditional account or a 401(k) that counts as kept.
    """
    if kind == "taxable":
        spared = taxed.state * pay.state_exempt_share
        return (
            pay.ordinary * (taxed.ordinary + spared)
            + pay.qualified * taxed.qualified
            + pay.exempt * (taxed.exempt + spared)
            + pay.growth * taxed.growth
        )
    return pay.total * deferred if kind in ("traditional", "401k") else pay.total
