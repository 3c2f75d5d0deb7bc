"""What later years and places are worth, and what a lot is: the constants of an audit, from household and policy alone.

docs/formulation.md has the letters.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ...models.schema.money import ONE, ZERO, exact
from ...models.tax.tax_year import statute
from .bill import Filer, floor, schedule_d
from .ledger import first_long_day

if TYPE_CHECKING:
    from collections.abc import Set

    from ...models.household.household import Household
    from ...models.household.parts.accounts import Account, Lot
    from ...models.household.parts.securities import Security
    from ...models.policy.policy import Policy
    from .ledger import Term

YEAR = 365


@dataclass(frozen=True, slots=True)
class Later:
    """Rates of later years, and today's dollars for a dollar moved there."""

    short: Decimal
    long: Decimal
    drawn: Decimal
    """The rate at which traditional accounts and 401(k)s will be drawn."""
    deferral: Decimal
    """d"""
    carried_short: Decimal
    """v_s"""
    carried_long: Decimal
    """v_l"""


def later(usual: Filer, policy: Policy) -> Later:
    """Return what later years are worth (docs/tax.md). `usual` files for a year with the income that recurs alone."""
    short, long = usual.rates_at(ZERO, ZERO)
    short = short if policy.later_short_rate is None else exact(policy.later_short_rate)
    long = long if policy.later_long_rate is None else exact(policy.later_long_rate)
    drawn = usual.income_rate() if policy.withdrawal_rate is None else exact(policy.withdrawal_rate)
    alive, growth = ONE - exact(policy.step_up_chance), ONE + exact(policy.discount_rate)
    years, until = exact(policy.deferral_years), exact(policy.carried_loss_years)
    kept = power(alive, until / years if years else ONE) / growth**until
    share = exact(policy.carried_short_share)
    carried_short, carried_long = kept * (share * short + (ONE - share) * long), kept * long
    flat = usual.taxpayer.rates
    if flat is not None and flat.carried_short is not None:
        carried_short = exact(flat.carried_short)
    if flat is not None and flat.carried_long is not None:
        carried_long = exact(flat.carried_long)
    return Later(short, long, drawn, long * alive / growth**years, carried_short, carried_long)


def power(base: Decimal, exponent: Decimal) -> Decimal:
    """Return base to the exponent, with 0 to the power 0 as 1."""
    return base**exponent if exponent else ONE


class Facts(NamedTuple):
    """A lot on the trade date, per share. Gain and term are None in a sheltered account, and without a basis."""

    lot: Lot
    since: date
    """The day after which its holding period runs."""
    shares: Decimal
    selling: Decimal
    """Half-spread and redemption fee, as a fraction of the price."""
    gain: Decimal | None
    term: Term | None
    days: int
    """Days until a sale is long-term, 0 if it is."""
    basis: Decimal | None = None
    """What the gain is counted from; None where there is no gain."""


def facts_of(
    account: Account, lot: Lot, security: Security, price: Decimal, selling: Decimal, basis: Decimal | None, today: date
) -> Facts:
    """Return the facts of a lot. `selling` is the half-spread; `basis` is dollars per share, of a gift the giver's
    (docs/tax.md).
    """
    if security.redemption_days and lot.acquired is not None and (today - lot.acquired).days < security.redemption_days:
        selling += exact(security.redemption_fee)
    shares, since = exact(lot.quantity), lot.held_since or lot.acquired  # IRC 1223(3)
    if lot.how_acquired == "inheritance" or since is None:
        since = date.min  # long-term whatever its dates, IRC 1223(9); without one, bought long ago
    if account.kind != "taxable" or basis is None:
        return Facts(lot, since, shares, selling, None, None, 0)
    realized, worth = price * (ONE - selling), lot.gift_value_per_share
    if worth is not None and worth < (lot.basis_per_share or 0.0) and realized < basis:
        basis = max(realized, exact(worth))  # IRC 1015(a): for a loss that value is the basis
        since = lot.gift_date if realized < basis and lot.gift_date is not None else since
    gain = realized - basis
    days = 0 if (today - since).days > YEAR + 1 else max((first_long_day(since) - today).days, 0)
    return Facts(lot, since, shares, selling, gain, "short" if days else "long", days, basis)


def available(household: Household) -> dict[str, set[str]]:
    """Return what each account may buy, by its id: on its menu, and available there (docs/household.md)."""
    of_plans = {symbol for each in household.accounts if each.kind in ("401k", "hsa") for symbol in each.menu or ()}
    everything = {security.symbol for security in household.securities}
    reserved = {security.symbol: security.only_in for security in household.securities if security.only_in is not None}
    found = {}
    for account in household.accounts:
        held = {lot.symbol for lot in account.lots if lot.quantity}
        open_here = everything - (of_plans - held) if account.menu is None else everything & {*account.menu}
        listed = everything if account.menu is None else open_here
        here = {symbol for symbol, accounts in reserved.items() if account.id in accounts}
        found[account.id] = (open_here - reserved.keys()) | (listed & here)
    return found


def bases_of(account: Account) -> dict[str, Decimal | None]:
    """Return the basis per share of each lot; of a security at average cost, that of all its lots (1.1012-1(e)), or
    none if one of them has none.
    """
    own = {lot.id: None if lot.basis_per_share is None else exact(lot.basis_per_share) for lot in account.lots}
    for symbol in account.average_cost:
        pool = [lot for lot in account.lots if lot.symbol == symbol]
        shares = sum((exact(lot.quantity) for lot in pool), ZERO)
        unknown = any(own[lot.id] is None and lot.quantity for lot in pool)
        paid = sum((exact(lot.quantity) * (own[lot.id] or ZERO) for lot in pool), ZERO)
        average = None if unknown or not shares else paid / shares
        if unknown or shares:
            own |= {lot.id: None if own[lot.id] is None else average for lot in pool}
    return own


def queues_of(account: Account) -> list[list[Lot]]:
    """Return the lots of each security that the account must sell in an order, first to last."""
    by_symbol: dict[str, list[Lot]] = defaultdict(list)
    for lot in account.lots:
        by_symbol[lot.symbol].append(lot)
    found = []
    for symbol, lots in by_symbol.items():
        method = "fifo" if symbol in account.average_cost else account.accounting_method
        if method == "hifo":
            found.append(sorted(lots, key=lambda lot: lot.basis_per_share or 0.0, reverse=True))
        elif method in ("fifo", "lifo"):
            newest_first = method == "lifo"
            sign = -1 if newest_first else 1
            found.append(sorted(lots, key=lambda lot: sign * (lot.acquired.toordinal() if lot.acquired else 0)))
    return [queue for queue in found if len(queue) > 1]


def waiting_charges(filer: Filer, policy: Policy, lots: list[tuple[Facts, Decimal]]) -> dict[int, Decimal]:
    """Return ω, dollars per dollar sold, by the place of each lot with a price; lots without a charge are left out."""
    waiting = {
        place: (facts, price)
        for place, (facts, price) in enumerate(lots)
        if facts.gain is not None and facts.gain > 0 and facts.days
    }
    total = sum((floor(facts.gain or ZERO) * facts.shares for facts, _ in waiting.values()), ZERO)
    rates = filer.rates_now()
    if total <= 0 or rates[0] <= rates[1]:
        return {}
    payer = filer.taxpayer
    limit = statute("loss_limit", payer.filing_status)
    short = exact(payer.realized_short) - exact(payer.short_carryforward)
    long = exact(payer.realized_long) - exact(payer.long_carryforward)
    as_long, as_short = schedule_d(short, long + total, limit, None), schedule_d(short + total, long, limit, None)
    saved = (rates[0] - rates[1]) * (as_long["preferential"] - as_short["preferential"]) / total
    most = 2 * exact(policy.drift.far_cost)
    return {
        place: min(floor(saved * (facts.gain or ZERO) / price * (Decimal(YEAR) / facts.days - ONE)), most)
        for place, (facts, price) in waiting.items()
    }


def ranks_of(household: Household, menu: Set[str], stand_ins: Set[str]) -> dict[str, int]:
    """Return 1 for a substitute and 2 for a third security of a class with one, by symbol, if an account may buy what
    is on `menu`.
    """
    on_menu = [each for each in household.securities if each.symbol in menu]
    known = {each.symbol for each in on_menu if each.substitutes or each.symbol in stand_ins}
    classes = {main_class(each) for each in on_menu if each.symbol in known}
    ranks = dict.fromkeys(stand_ins, 1)
    for each in on_menu if classes else ():
        if each.symbol not in known and main_class(each) in classes:
            ranks[each.symbol] = 2
    return ranks


def stand_ins_of(household: Household) -> set[str]:
    """Return the symbols named as substitutes by securities that they do not name in turn."""
    named = {security.symbol: set(security.substitutes) for security in household.securities}
    return {other for symbol, others in named.items() for other in others if symbol not in named.get(other, ())}


def main_class(security: Security) -> str:
    """Return the asset class with the security's largest exposure."""
    return max(security.exposures, key=lambda name: security.exposures[name])
