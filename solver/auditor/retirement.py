"""The law of retirement accounts a second time: who may pay, and what may be put in.

docs/retirement.md is the specification. Nothing here is shared with models/retirement/ but the law's tables.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, NamedTuple

from ...models.schema.money import CENT, ONE, ZERO, exact
from ...models.tax.tax_year import tax_year

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...models.household.household import Household
    from ...models.household.parts.accounts import Account
    from ...models.household.parts.people import Person

IRAS = ("traditional", "roth")
OF_WORK = (*IRAS, "401k")
"""The kinds of account of which the law asks the owner."""


class Shared(NamedTuple):
    """A limit on contributions that accounts share, in dollars."""

    accounts: tuple[str, ...]
    limit: Decimal
    used: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    """The income at which the limit begins to shrink, and at which nothing is left of it."""
    conversions: bool = True
    """Whether conversions count as that income."""

    @property
    def dollars(self) -> Decimal:
        """What is left of it, before it shrinks."""
        return max(self.limit - self.used, ZERO)

    def at(self, income: Decimal) -> Decimal:
        """What is left of it at an income."""
        if self.low is None or self.high is None:
            return self.dollars
        part = min(max((self.high - income) / (self.high - self.low), ZERO), ONE)
        return max(self.limit * part - self.used, ZERO)


# -- people -----------------------------------------------------------------------------------------------------------


def owner_of(household: Household, account: Account) -> Person | None:
    """Return an account's owner; None if it is not known."""
    return next((person for person in household.people if person.id == account.owner), None)


def half_past_59(born: date) -> date:
    """Return the day on which somebody is 59½: six months after the 59th birthday, or the last day of that month."""
    year, month = (born.year + 59, born.month + 6) if born.month <= 6 else (born.year + 60, born.month - 6)
    for day in range(born.day, 0, -1):
        try:
            return date(year, month, day)
        except ValueError:
            continue
    raise AssertionError


def is_old_enough(household: Household, account: Account) -> bool:
    """Whether an account's owner is 59½ on the trade date (IRC 72(t)(2)(A)(i))."""
    owner = owner_of(household, account)
    return owner is not None and half_past_59(owner.born) <= household.trade_date


def is_early(household: Household, account: Account) -> bool:
    """Whether what an account pays bears the additional tax on early withdrawals."""
    own = account.kind == "traditional" and account.registration != "inherited"
    return own and not is_old_enough(household, account)


# -- who pays ---------------------------------------------------------------------------------------------------------


def is_barred(household: Household, account: Account, rule: str) -> bool:
    """Whether a restriction, no_withdrawal or no_contribution, names an account."""
    return any(each.rule == rule and each.account == account.id for each in household.restrictions)


def raised(household: Household, account: Account) -> Decimal:
    """Return what an account could pay beside its own withdrawal, everything sold and its minimum kept, in cents."""
    fund = {security.symbol: security for security in household.securities}
    total = exact(account.cash) + exact(account.contribution) - exact(account.withdrawal) - exact(account.minimum_cash)
    for lot in account.lots:
        k = fund[lot.symbol]
        total += exact(lot.quantity) * exact(k.price) * (ONE - exact(k.half_spread))
    return max(total, ZERO).quantize(CENT, ROUND_FLOOR)


def may_pay(household: Household, account: Account) -> Decimal | None:
    """Return the most dollars that the law and the user let an account pay; None if there is no limit."""
    if account.kind == "hsa" or is_barred(household, account, "no_withdrawal"):
        return ZERO
    if account.kind == "taxable":
        return None
    if owner_of(household, account) is None:
        return ZERO
    if account.registration == "inherited" or account.kind == "traditional" or is_old_enough(household, account):
        return None
    return max(exact(account.roth_basis) - exact(account.withdrawal), ZERO) if account.kind == "roth" else ZERO


# -- who receives -----------------------------------------------------------------------------------------------------


def rooms_of(household: Household) -> list[Shared]:
    """Return the limits on contributions of this year, each with the accounts that share it."""
    found, lawful = [], []
    for account in household.accounts:
        alone = (account.id,)
        if is_barred(household, account, "no_contribution"):
            found.append(Shared(alone, ZERO, ZERO))
        elif account.contribution_room is not None:
            found.append(Shared(alone, exact(account.contribution_room), ZERO))
        elif account.kind in OF_WORK and account.registration != "inherited" and owner_of(household, account):
            lawful.append(account)
        elif account.kind != "taxable":
            found.append(Shared(alone, ZERO, ZERO))
    if not lawful:
        return found
    payer = household.taxpayer
    couple = payer.filing_status == "married_jointly" and len(household.people) == 2
    for person in household.people:
        found += _of_person(household, person, lawful, couple=couple)
    if couple:
        everybody = sum((exact(person.compensation) for person in household.people), ZERO)
        used = sum((_used(household, person, OF_WORK) for person in household.people), ZERO)
        found.append(Shared(tuple(account.id for account in lawful), everybody, used))
    return found


def _of_person(household: Household, person: Person, lawful: list[Account], *, couple: bool) -> Iterator[Shared]:
    """The limits of one person: of IRAs, of Roths and deductions by income, of 401(k)s, and of what is earned."""
    payer, year = household.taxpayer, household.taxpayer.year or household.trade_date.year
    law = tax_year(year, payer.filing_status)
    age, earned = year - person.born.year, exact(person.compensation)
    exact_year = payer.rates is None
    others = [each for each in household.people if each is not person] if couple else []
    by_spouse = any(each.compensation > person.compensation for each in others)

    def own(*kinds: str) -> tuple[str, ...]:
        return tuple(account.id for account in lawful if account.owner == person.id and account.kind in kinds)

    of_iras = law.ira_limit + (law.ira_catch_up if age >= 50 else ZERO)
    if own(*IRAS):
        yield Shared(own(*IRAS), of_iras, _used(household, person, IRAS))
    if own("roth"):
        both = earned + sum((exact(each.compensation) for each in others), ZERO) if by_spouse else earned
        low, high = law.roth_phase_out if exact_year else (None, None)
        yield Shared(own("roth"), min(of_iras, both), _used(household, person, ("roth",)), low, high, conversions=False)
    if own("traditional"):
        ends = None
        if person.covered_by_plan:
            ends = law.deduction_phase_out
        elif any(each.covered_by_plan for each in others):
            ends = law.spouse_phase_out
        if ends is not None:
            low, high = ends if exact_year else (None, None)
            yield Shared(own("traditional"), of_iras, _used(household, person, ("traditional",)), low, high)
    if own("401k"):
        more = law.deferral_catch_up if age >= 50 else ZERO
        if law.late_catch_up is not None and 60 <= age <= 63:
            more = law.late_catch_up
        if law.roth_catch_up_wages is not None and earned > law.roth_catch_up_wages:
            more = ZERO
        yield Shared(own("401k"), min(law.deferral_limit + more, earned), _used(household, person, ("401k",)))
    if own(*OF_WORK) and not by_spouse:
        yield Shared(own(*OF_WORK), earned, _used(household, person, OF_WORK))


def _used(household: Household, person: Person, kinds: tuple[str, ...]) -> Decimal:
    """What a person's own accounts of these kinds took this year, with their own contributions of this plan."""
    own = [a for a in household.accounts if a.owner == person.id and a.kind in kinds and a.registration != "inherited"]
    return sum((exact(account.contributed) + exact(account.contribution) for account in own), ZERO)


def takes_more(household: Household) -> list[Account]:
    """Return the accounts that no limit keeps from receiving anything."""
    full = {name for each in rooms_of(household) if each.dollars <= 0 for name in each.accounts}
    return [account for account in household.accounts if account.id not in full]


def taxable_receiver(household: Household) -> bool:
    """Whether a taxable account may receive what is distributed beyond the withdrawal."""
    closed = {each.account for each in household.restrictions if each.rule == "no_contribution"}
    taxable = [account for account in household.accounts if account.kind == "taxable" and account.id not in closed]
    return any(account.contribution_room is None or account.contribution_room > 0 for account in taxable)
