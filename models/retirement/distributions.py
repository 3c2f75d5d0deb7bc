"""What the law asks to be taken out of retirement accounts this year (IRC 401(a)(9), 408(a)(6)).

docs/retirement.md states the rules in words. An owner's traditional IRAs count together, each 401(k) and each inherited
account alone (Reg. 1.408-8(e), 1.401(a)(9)-8(a)).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from ..schema.faults import Fault, InputError
from ..schema.money import CENT, ZERO, exact
from .accounts import barred, most, own, owner_of
from .ages import age_in, first_distribution_year, required_beginning
from .inherited import Asked, asked_of_inherited
from .life_tables import divisor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..household.household import Household
    from ..household.parts.accounts import Account

LIFETIME = "IRC 401(a)(9)(A), (C); Reg. 1.401(a)(9)-5(c)"
FIRST = "the first; it may wait until April 1 of next year, which then has two"
STATED = "required_distribution, as stated"


@dataclass(frozen=True, slots=True)
class Required:
    """What must still come out of some accounts together, beside what they pay out themselves with this plan."""

    accounts: tuple[str, ...]
    """The ids of the accounts that may pay it."""
    dollars: Decimal
    """Dollars and cents, more than 0, and no more than the accounts can pay."""
    by: date
    """The last day for it: December 31, of an owner's first distribution April 1 of the next year."""
    rule: str
    """The law, in citations, or what is stated."""


def required(household: Household) -> list[Required]:
    """Return what must still come out in the year of the trade date, where there is any.

    Accounts whose owner is not known are asked for nothing but what they state. Raises InputError if a value of last
    year is missing, or no_withdrawal keeps every account that would pay.
    """
    found: list[Required] = []
    faults: list[Fault] = []
    for accounts in _sets(household):
        try:
            found += _required(household, accounts)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return found


def _sets(household: Household) -> list[list[Account]]:
    """The accounts that share a distribution, if there is one."""
    together: dict[str | None, list[Account]] = {}
    alone = []
    for account in household.accounts:
        if own(account, "traditional"):
            together.setdefault(account.owner, []).append(account)
        else:
            alone.append([account])
    return [*together.values(), *alone]


def _required(household: Household, accounts: Sequence[Account]) -> list[Required]:
    year = household.trade_date.year
    by_law, stated, rules, by = ZERO, ZERO, [], date(year, 12, 31)
    for account in accounts:
        if account.required_distribution is not None:
            stated += exact(account.required_distribution)
            rules.append(STATED)
            continue
        asked = _asked(household, account)
        if asked is None:
            continue
        by_law += _by_law(household, account, asked) - exact(account.withdrawn)
        rules.append(asked.rule)
        if (
            own(account)
            and (owner := owner_of(household, account)) is not None
            and first_distribution_year(owner.born) == year
        ):
            by = required_beginning(owner.born)
    paid = sum((exact(account.withdrawal) for account in accounts), ZERO)
    dollars = (max(ZERO, by_law) + stated - paid).quantize(CENT, ROUND_CEILING)
    if dollars <= ZERO:
        return []
    closed = barred(household, "no_withdrawal")
    payers = [account for account in accounts if account.id not in closed]
    if not payers:
        names = ", ".join(account.id for account in accounts)
        message = f"no_withdrawal keeps {dollars:,.2f} in {names} that must come out this year"
        hint = "take the restriction away, or state required_distribution 0 if it comes from elsewhere"
        raise InputError([Fault("restrictions", message, hint)])
    dollars = min(dollars, sum((most(household, each) for each in payers), ZERO))
    rule = "; ".join(dict.fromkeys(rules))
    return [Required(tuple(each.id for each in payers), dollars, by, rule)] if dollars > ZERO else []


def _asked(household: Household, account: Account) -> Asked | None:
    """What the law asks of an account this year; None if it asks nothing."""
    owner, year = owner_of(household, account), household.trade_date.year
    if owner is None or not (own(account, "traditional", "401k") or account.inherited is not None):
        return None
    if account.inherited is not None:
        asked = asked_of_inherited(account.kind, account.inherited, owner.born, year)
        return asked if asked.everything or asked.divisor is not None else None
    first = first_distribution_year(owner.born)
    if year < first:
        return None
    years = divisor("uniform_lifetime", age_in(year, owner.born), year)
    return Asked(everything=False, divisor=years, rule=f"{LIFETIME}: {FIRST}" if year == first else LIFETIME)


def _by_law(household: Household, account: Account, asked: Asked) -> Decimal:
    """The dollars of the year that the law asks of an account, with what was taken already."""
    if asked.everything:
        return most(household, account) + exact(account.withdrawal) + exact(account.withdrawn)
    if account.last_year_end_value is None:
        message = "missing: a distribution is required this year"
        hint = f"the value on December 31, {household.trade_date.year - 1}; or state required_distribution"
        raise InputError([Fault(f"accounts.{account.id}.last_year_end_value", message, hint)])
    assert asked.divisor is not None
    return exact(account.last_year_end_value) / asked.divisor
