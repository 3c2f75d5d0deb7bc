"""Terms by the number of days are those by the calendar."""

from datetime import date, timedelta

from lotroute.models.tax.holding_period import first_long_term_date, holding_term


def test_the_term_is_that_of_the_calendar_around_every_anniversary():
    """Four years of purchases with a leap day among them, each sold on every day around its anniversary."""
    for day in range(4 * 366):
        acquired = date(2022, 12, 1) + timedelta(day)
        for held in (0, *range(359, 374), 3000):
            sold = acquired + timedelta(held)
            assert holding_term(acquired, sold) == ("long" if sold >= first_long_term_date(acquired) else "short")
