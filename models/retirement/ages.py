"""The ages at which the law of retirement accounts changes, as days and years of a birth date."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

CATCH_UP = 50
"""Reached in the year, it allows more contributions (IRC 219(b)(5)(B), 414(v)(5))."""

LATE_CATCH_UP = range(60, 64)
"""The ages, reached in the year, of the larger catch-up of a 401(k) (IRC 414(v)(2)(E))."""

MAJORITY = 21
"""When a child of who saved is of age (Reg. 1.401(a)(9)-4(e)(3))."""

LAST_OF_70 = date(1949, 6, 30)
LAST_OF_72 = date(1950, 12, 31)
LAST_OF_73 = date(1959, 12, 31)
"""The last birth dates whose distributions begin with the year of 70½, of 72 and of 73; with that of 75 after them (IRC
401(a)(9)(C)(v), P.L. 116-94 sec. 114, P.L. 117-328 div. T sec. 107; Reg. 1.401(a)(9)-2(b)(2))."""


def age_in(year: int, born: date) -> int:
    """Return the age that is reached in a calendar year."""
    return year - born.year


def birthday(born: date, years: int, months: int) -> date:
    """Return the day on which an age of years and months is reached; a month that is too short has it on its last."""
    month = born.month - 1 + months
    year, month = born.year + years + month // 12, month % 12 + 1
    return date(year, month, min(born.day, monthrange(year, month)[1]))


def past_59_and_a_half(born: date, today: date) -> bool:
    """Whether 59½ is reached, six months after the 59th birthday (IRC 72(t)(2)(A)(i))."""
    return birthday(born, 59, 6) <= today


def first_distribution_year(born: date) -> int:
    """Return the year in which the age is reached from which distributions are required."""
    if born <= LAST_OF_70:
        return birthday(born, 70, 6).year
    return born.year + (72 if born <= LAST_OF_72 else 73 if born <= LAST_OF_73 else 75)


def required_beginning(born: date) -> date:
    """Return the required beginning date of an IRA: April 1 of the year after (IRC 401(a)(9)(C)(i), 408(a)(6))."""
    return date(first_distribution_year(born) + 1, 4, 1)
