"""What must come out of an inherited account in a year (IRC 401(a)(9)(B), (H); Reg. 1.401(a)(9)-3, -5).

docs/retirement.md states the rules in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from ..schema.money import ONE
from .ages import MAJORITY, age_in, first_distribution_year, required_beginning
from .life_tables import divisor

if TYPE_CHECKING:
    from ..household.parts.accounts import AccountKind
    from ..household.parts.people import Inherited

NEW_RULES = date(2020, 1, 1)
"""Whoever died before is inherited from by the rules before (P.L. 116-94 sec. 401(b)(1))."""

FIRST_ENFORCED = 2025
"""The first year whose annual distributions within ten years are asked for (Notice 2024-35; T.D. 10001)."""

TEN, FIVE = 10, 5
"""The years after the death, or after a child is of age, by whose end everything is out."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the law asks of an inherited account in a year: everything, a part by a divisor, or nothing."""

    everything: bool
    divisor: Decimal | None
    """The years by which last year's value is divided; None if no part is asked for."""
    rule: str


def asked_of_inherited(kind: AccountKind, inherited: Inherited, owner_born: date, year: int) -> Asked:
    """Return what is asked in a year of an account inherited by somebody with this birth date."""
    died, begun = inherited.died.year, _had_begun(kind, inherited)
    if year <= died:
        return _year_of_death(inherited, begun=begun, year=year)
    heir = inherited.beneficiary
    if (end := _end(inherited, owner_born, begun=begun)) is not None and year >= end[0]:
        return Asked(everything=True, divisor=None, rule=end[1])
    if heir == "estate" or (heir == "other" and inherited.died >= NEW_RULES):
        rule = "IRC 401(a)(9)(B)(ii), (H)(i); Reg. 1.401(a)(9)-5(d)(1)"
        if not begun or (heir == "other" and year < FIRST_ENFORCED):
            return Asked(everything=False, divisor=None, rule=rule)
    elif heir == "spouse" and year < first_distribution_year(inherited.owner_born):
        rule = "IRC 401(a)(9)(B)(iv): a spouse waits until the year in which the dead would have begun"
        return Asked(everything=False, divisor=None, rule=rule)
    else:
        rule = "IRC 401(a)(9)(B)(iii), (H)(ii); Reg. 1.401(a)(9)-5(d)"
    of_heir = _life_of_heir(inherited, owner_born, year)
    left = [] if of_heir is None else [of_heir]
    left += [_life_of_the_dead(inherited, year)] if begun else []
    years = max(left)
    out = years <= ONE or (of_heir is not None and of_heir <= ONE)
    return Asked(everything=out, divisor=None if out else years, rule=rule)


def _had_begun(kind: AccountKind, inherited: Inherited) -> bool:
    """Whether distributions had begun: the death was on the required beginning date or later. A Roth has none."""
    return kind != "roth" and inherited.died >= required_beginning(inherited.owner_born)


def _year_of_death(inherited: Inherited, *, begun: bool, year: int) -> Asked:
    """The rest of what the dead had to take that year; nothing if distributions had not begun."""
    rule = "Reg. 1.401(a)(9)-5(a)(4): the distribution of the year of the death"
    if not begun or year < inherited.died.year:
        return Asked(everything=False, divisor=None, rule=rule)
    years = divisor("uniform_lifetime", age_in(year, inherited.owner_born), year)
    return Asked(everything=False, divisor=years, rule=rule)


def _end(inherited: Inherited, owner_born: date, *, begun: bool) -> tuple[int, str] | None:
    """The year in which everything must be out, with its rule; None if life expectancy alone ends it."""
    died, heir = inherited.died.year, inherited.beneficiary
    if heir == "estate":
        return None if begun else (died + FIVE, "IRC 401(a)(9)(B)(ii): the fifth year after the death")
    if inherited.died < NEW_RULES:
        return None
    if heir == "other":
        return died + TEN, "IRC 401(a)(9)(H)(i): the tenth year after the death"
    if heir == "minor_child":
        of_age = owner_born.year + MAJORITY
        return of_age + TEN, "IRC 401(a)(9)(E)(iii): the tenth year after the child is of age"
    return None


def _life_of_heir(inherited: Inherited, owner_born: date, year: int) -> Decimal | None:
    """The years left of the beneficiary's life expectancy; None if nobody was named. A spouse's is looked up anew every
    year, anybody else's in the year after the death, and a year less for every one since.
    """
    if inherited.beneficiary == "estate":
        return None
    if inherited.beneficiary == "spouse":
        return divisor("single_life", age_in(year, owner_born), year)
    first = inherited.died.year + 1
    return divisor("single_life", age_in(first, owner_born), year) - (year - first)


def _life_of_the_dead(inherited: Inherited, year: int) -> Decimal:
    """The years left of who died, by the age in the year of the death, and a year less for every one since."""
    died = inherited.died.year
    return divisor("single_life", age_in(died, inherited.owner_born), year) - (year - died)
