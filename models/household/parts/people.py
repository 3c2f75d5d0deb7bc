"""The people of a household, and from whom an account was inherited, for the law of retirement accounts."""

from __future__ import annotations

from typing import Literal

from ...schema.record import Record
from ...schema.values import Amount, Day, Name

Beneficiary = Literal["spouse", "minor_child", "disabled", "close_in_age", "other", "estate"]


class Person(Record):
    """Someone on the household's tax return who owns accounts."""

    id: Name
    """The person's name, unique within the household; accounts name it as their `owner`."""
    born: Day
    """The birth date, before the household's trade date."""
    compensation: Amount = 0.0
    """Wages and net earnings from self-employment of the year, before pay is deferred into a 401(k), in dollars, 0 or
    more: contributions to retirement accounts come out of it (IRC 219(f)(1), 402(g)); default: 0."""
    covered_by_plan: bool = False
    """Whether the person takes part in a plan at work this year (IRC 219(g)(5), box 13 of Form W-2), which limits
    what can be deducted of contributions to a traditional IRA; default: false."""


class Inherited(Record):
    """From whom an account was inherited, and what its owner is by the law of required distributions."""

    died: Day
    """The day on which the person died who had saved in the account, not after the household's trade date."""
    owner_born: Day
    """That person's birth date, before the death."""
    beneficiary: Beneficiary = "other"
    """What the account's owner was to that person: spouse, minor_child (a child of that person, under 21 at the
    death), disabled (or chronically ill), close_in_age (at most ten years younger, or older), other (default: any other
    person named), or estate (no person was named; the account came through an estate, a charity or such)."""
