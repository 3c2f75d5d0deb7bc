"""Short-term or long-term, by calendar date (IRC 1222; Rev. Rul. 66-7, 66-97, 70-598; Caspe, 694 F.2d 1116)."""

from datetime import date, timedelta
from typing import Literal

Term = Literal["short", "long"]

YEAR_AND_DAY = 366
"""Days after which a sale is long-term, or the day after if a leap day lies between."""


def first_long_term_date(acquired: date) -> date:
    """Return the first trade date on which a sale is long-term: one year after the day that follows the purchase.

    The day of purchase is excluded and the day of sale included. A year is counted by the calendar, never as 365 days;
    February 29 of a common year becomes March 1.
    """
    start = acquired + timedelta(days=1)
    try:
        return start.replace(year=start.year + 1)
    except ValueError:
        return date(start.year + 1, 3, 1)


def holding_term(acquired: date, sold: date) -> Term:
    """Return the term of a sale on trade date `sold` of shares bought on trade date `acquired`."""
    days = (sold - acquired).days
    if days != YEAR_AND_DAY:
        return "long" if days > YEAR_AND_DAY else "short"
    return "long" if sold >= first_long_term_date(acquired) else "short"


def days_to_long_term(acquired: date, on: date) -> int:
    """Return the days from `on` until a sale is long-term; 0 if it already is."""
    return max(0, (first_long_term_date(acquired) - on).days)
