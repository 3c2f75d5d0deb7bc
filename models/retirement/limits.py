"""What may still be contributed to retirement accounts this year (IRC 219, 402(g), 408A(c), 414(v)).

docs/retirement.md states the rules in words. Every retirement account and hsa is in one room or more, and each of them
holds for it; a taxable account is in one only if something is stated of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ..schema.money import ONE, ZERO, exact
from ..tax.tax_year import tax_year
from .accounts import barred, own, owner_of
from .ages import CATCH_UP, LATE_CATCH_UP, age_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..household.household import Household
    from ..household.parts.accounts import Account
    from ..household.parts.people import Person
    from ..tax.tax_year import TaxYear


@dataclass(frozen=True, slots=True)
class Room:
    """What some accounts may still take together this year, in dollars."""

    accounts: tuple[str, ...]
    """The ids of the accounts that share it."""
    limit: Decimal
    """What they may take in the whole year, before it shrinks with income."""
    used: Decimal
    """What was contributed already, or comes in by the accounts' own `contribution`."""
    rule: str
    """The law, in citations, or what is stated."""
    phase_out: tuple[Decimal, Decimal] | None = None
    """Modified adjusted gross income at which the limit begins to shrink, and at which nothing is left of it: adjusted
    gross income before contributions to traditional IRAs are deducted (IRC 219(g)(3)(A)(ii), 408A(c)(3)(B)(i)).
    """
    without_conversions: bool = False
    """Whether income from conversions to a Roth is left out of that income, too (IRC 408A(c)(3)(B)(i))."""

    @property
    def dollars(self) -> Decimal:
        """What is left of it if income does not shrink it."""
        return max(ZERO, self.limit - self.used)

    def at(self, income: Decimal) -> Decimal:
        """Return what is left of it at a modified adjusted gross income. The law rounds what remains of the limit up to
        $10, and to $200 if there is any (IRC 219(g)(2)(B), (C)); this is not rounded, so never more.
        """
        if self.phase_out is None:
            return self.dollars
        low, high = self.phase_out
        share = min(ONE, max(ZERO, (high - income) / (high - low)))
        return max(ZERO, self.limit * share - self.used)


def room(household: Household) -> list[Room]:
    """Return what may still be contributed, by the law of the taxpayer's year (of the trade date's at flat rates).

    Income is not known at flat rates, so nothing shrinks with it. Raises ValueError for a year without law.
    """
    year = household.taxpayer.year or household.trade_date.year
    rooms, lawful = [], []
    closed = barred(household, "no_contribution")
    for account in household.accounts:
        if account.id in closed:
            rooms.append(Room((account.id,), ZERO, ZERO, "no_contribution, a restriction"))
        elif account.contribution_room is not None:
            rooms.append(Room((account.id,), exact(account.contribution_room), ZERO, "contribution_room, as stated"))
        elif account.registration == "inherited":
            rooms.append(Room((account.id,), ZERO, ZERO, "IRC 408(d)(3)(C), 219(d)(4): it is inherited"))
        elif account.kind == "hsa":
            rooms.append(Room((account.id,), ZERO, ZERO, "none unless contribution_room is stated"))
        elif own(account) and owner_of(household, account) is None:
            rooms.append(Room((account.id,), ZERO, ZERO, "the owner is not known"))
        elif own(account):
            lawful.append(account)
    if lawful:
        law = tax_year(year, household.taxpayer.filing_status)
        for person in household.people:
            rooms += _Limits(household, person, law, year, lawful).rooms()
        rooms += _together(household, lawful)
    return rooms


def is_couple(household: Household) -> bool:
    """Whether the people are two who file jointly."""
    return household.taxpayer.filing_status == "married_jointly" and len(household.people) == 2


def contributed(household: Household, person: Person, *kinds: str) -> Decimal:
    """Return what a person's own accounts of these kinds took this year, with this plan's own contributions."""
    return sum(
        (
            exact(account.contributed) + exact(account.contribution)
            for account in household.accounts
            if account.owner == person.id and own(account, *kinds)
        ),
        ZERO,
    )


@dataclass(frozen=True, slots=True)
class _Limits:
    """The limits of one person."""

    household: Household
    person: Person
    law: TaxYear
    year: int
    lawful: list[Account]
    """The accounts whose room the law gives."""

    def rooms(self) -> Iterator[Room]:
        """Yield the rooms of the person's accounts."""
        payer, law = self.household.taxpayer, self.law
        known = payer.rates is None
        iras, roths = self._ids("traditional", "roth"), self._ids("roth")
        if iras:
            used = contributed(self.household, self.person, "traditional", "roth")
            yield Room(iras, self.ira_limit, used, "IRC 219(b)(1)(A), (b)(5), 408A(c)(2)")
        if roths:
            low, high = law.roth_phase_out
            used = contributed(self.household, self.person, "roth")
            limit = min(self.ira_limit, self.compensation)
            rule = "IRC 408A(c)(3)"
            yield Room(roths, limit, used, rule, (low, high) if known else None, without_conversions=True)
        if (deducted := self._ids("traditional")) and (ends := self._deduction_phase_out()):
            used = contributed(self.household, self.person, "traditional")
            yield Room(deducted, self.ira_limit, used, "IRC 219(g)", ends if known else None)
        if plans := self._ids("401k"):
            used = contributed(self.household, self.person, "401k")
            limit = min(self.deferral_limit, exact(self.person.compensation))
            yield Room(plans, limit, used, "IRC 402(g)(1), 414(v)")
        if (both := (*iras, *plans)) and not self._leans_on_spouse():
            used = contributed(self.household, self.person)
            yield Room(both, exact(self.person.compensation), used, "IRC 219(b)(1)(B), (f)(1)")

    @property
    def ira_limit(self) -> Decimal:
        """The most of all IRAs together, with the catch-up of the person's age."""
        older = age_in(self.year, self.person.born) >= CATCH_UP
        return self.law.ira_limit + (self.law.ira_catch_up if older else ZERO)

    @property
    def deferral_limit(self) -> Decimal:
        """The most of all 401(k)s together, before tax, with the catch-up of the person's age and wages."""
        law, age = self.law, age_in(self.year, self.person.born)
        must_be_roth = law.roth_catch_up_wages is not None and exact(self.person.compensation) > law.roth_catch_up_wages
        if age < CATCH_UP or must_be_roth:
            return law.deferral_limit
        late = law.late_catch_up if age in LATE_CATCH_UP else None
        return law.deferral_limit + (law.deferral_catch_up if late is None else late)

    @property
    def compensation(self) -> Decimal:
        """The compensation that the person's contributions to IRAs may come from, a spouse's too if that is more."""
        people = self.household.people if self._leans_on_spouse() else (self.person,)
        return sum((exact(each.compensation) for each in people), ZERO)

    def _leans_on_spouse(self) -> bool:
        """Whether a spouse on the same return has more compensation (IRC 219(c))."""
        return is_couple(self.household) and any(
            each.compensation > self.person.compensation for each in self.household.people
        )

    def _deduction_phase_out(self) -> tuple[Decimal, Decimal] | None:
        """Where the deduction shrinks; None for a person whom no plan at work covers, nor the spouse."""
        if self.person.covered_by_plan:
            low, high = self.law.deduction_phase_out
            return low, high
        if is_couple(self.household) and any(each.covered_by_plan for each in self.household.people):
            low, high = self.law.spouse_phase_out
            return low, high
        return None

    def _ids(self, *kinds: str) -> tuple[str, ...]:
        return tuple(each.id for each in self.lawful if each.owner == self.person.id and each.kind in kinds)


def _together(household: Household, lawful: list[Account]) -> Iterator[Room]:
    """What two people who file jointly may contribute out of the compensation of both (IRC 219(c)(1)(B)(ii))."""
    if not is_couple(household):
        return
    both = sum((exact(person.compensation) for person in household.people), ZERO)
    used = sum((contributed(household, person) for person in household.people), ZERO)
    yield Room(tuple(account.id for account in lawful), both, used, "IRC 219(c)(1)(B)(ii)")
