"""What the rules ask of an account: whose it is, what it can pay, what a restriction keeps from it."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from ..household.owners import RETIREMENT, raised
from ..schema.money import CENT, ZERO, exact

if TYPE_CHECKING:
    from ..household.household import Household
    from ..household.parts.accounts import Account
    from ..household.parts.people import Person


def owner_of(household: Household, account: Account) -> Person | None:
    """Return the owner of an account, if it has one."""
    return next((person for person in household.people if person.id == account.owner), None)


def own(account: Account, *kinds: str) -> bool:
    """Whether an account is a retirement account that was not inherited, of one of these kinds if any are given."""
    return account.kind in (kinds or RETIREMENT) and account.registration != "inherited"


def barred(household: Household, rule: str) -> set[str | None]:
    """Return the ids of the accounts that restrictions with a rule, no_withdrawal or no_contribution, name."""
    return {each.account for each in household.restrictions if each.rule == rule}


def most(household: Household, account: Account) -> Decimal:
    """Return the most dollars and cents that an account can pay beside its own withdrawal, selling everything but its
    minimum cash. Commissions and redemption fees, which would take a little more, are left out.
    """
    left = exact(raised(account, household.security)) - exact(account.withdrawal) - exact(account.minimum_cash)
    return max(ZERO, left).quantize(CENT, ROUND_FLOOR)
