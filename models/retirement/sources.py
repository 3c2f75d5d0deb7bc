"""From where the household may take money, what that adds to income and tax, and what it may convert."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ..schema.money import ONE, ZERO, exact
from ..tax.tax_year import statute
from .accounts import barred, most, own, owner_of
from .ages import past_59_and_a_half

if TYPE_CHECKING:
    from ..household.household import Household
    from ..household.parts.accounts import Account


@dataclass(frozen=True, slots=True)
class Source:
    """What an account may pay toward a withdrawal of the household."""

    most: Decimal
    """Dollars and cents, beside the account's own withdrawal."""
    taxed: Decimal
    """The part of a dollar that is ordinary income: 0 or 1."""
    additional_tax: Decimal
    """The rate of the additional tax on early withdrawals."""
    rule: str
    """The law, in citations."""


@dataclass(frozen=True, slots=True)
class Convertible:
    """A person's accounts between which money may be converted."""

    owner: str
    traditional: tuple[str, ...]
    roth: tuple[str, ...]


def sources(household: Household) -> dict[str, Source]:
    """Return what each account may pay, by account id; accounts that may pay nothing are left out.

    Those are health savings accounts, before 59½ a 401(k) and what a Roth has earned, retirement accounts without a
    known owner, and what no_withdrawal keeps.
    """
    closed = barred(household, "no_withdrawal")
    found = {
        account.id: source
        for account in household.accounts
        if account.id not in closed and (source := _source(household, account)) is not None
    }
    return {name: source for name, source in found.items() if source.most > ZERO}


def _source(household: Household, account: Account) -> Source | None:
    dollars = most(household, account)
    if account.taxable:
        return Source(dollars, ZERO, ZERO, "its own money")
    owner = owner_of(household, account)
    if account.kind == "hsa" or owner is None:
        return None
    taxed = ZERO if account.kind == "roth" else ONE
    if account.registration == "inherited":
        return Source(dollars, taxed, ZERO, "IRC 72(t)(2)(A)(ii): after a death")
    if past_59_and_a_half(owner.born, household.trade_date):
        return Source(dollars, taxed, ZERO, "IRC 72(t)(2)(A)(i): from 59½ on")
    if account.kind == "roth":
        left = max(ZERO, exact(account.roth_basis) - exact(account.withdrawal))
        return Source(min(dollars, left), ZERO, ZERO, "IRC 408A(d)(4)(B): contributions come out first")
    if account.kind == "traditional":
        return Source(dollars, taxed, statute("early_withdrawal_rate"), "IRC 72(t)(1): before 59½")
    return None  # IRC 401(k)(2)(B)(i)(III): a 401(k) pays out from 59½ on


def convertible(household: Household) -> list[Convertible]:
    """Return the accounts between which each person may convert: traditional IRAs to Roth IRAs, neither inherited, and
    not those that no_withdrawal or no_contribution keeps. People who lack one of the two are left out.
    """
    kept, closed = barred(household, "no_withdrawal"), barred(household, "no_contribution")
    found = []
    for person in household.people:
        owned = [account for account in household.accounts if account.owner == person.id]
        traditional = tuple(each.id for each in owned if own(each, "traditional") and each.id not in kept)
        roth = tuple(each.id for each in owned if own(each, "roth") and each.id not in closed)
        if traditional and roth:
            found.append(Convertible(person.id, traditional, roth))
    return found
