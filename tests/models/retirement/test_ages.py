"""The days and years at which the law of retirement accounts changes."""

from datetime import date, timedelta

import pytest

from lotroute.models.retirement.ages import birthday, first_distribution_year, past_59_and_a_half, required_beginning


@pytest.mark.parametrize(
    ("born", "year"),
    [
        ("1948-06-30", 2018),  # 70½ on December 30, 2018
        ("1948-07-01", 2019),  # 70½ on January 1, 2019
        ("1949-06-30", 2019),  # the last of 70½: December 30, 2019
        ("1949-07-01", 2021),  # the first of 72
        ("1950-12-31", 2022),  # the last of 72
        ("1951-01-01", 2024),  # the first of 73
        ("1959-12-31", 2032),  # the last of 73
        ("1960-01-01", 2035),  # the first of 75
    ],
)
def test_distributions_begin_with_the_age_of_the_birth_date(born, year):
    assert first_distribution_year(date.fromisoformat(born)) == year
    assert required_beginning(date.fromisoformat(born)) == date(year + 1, 4, 1)


@pytest.mark.parametrize(
    ("born", "day"),
    [
        ("1967-01-15", "2026-07-15"),
        ("1967-07-31", "2027-01-31"),
        ("1967-08-31", "2027-02-28"),  # February has no 31st
        ("1968-08-31", "2028-02-29"),
        ("1968-02-29", "2027-08-29"),
    ],
)
def test_59_and_a_half_is_six_months_after_the_birthday(born, day):
    born, day = date.fromisoformat(born), date.fromisoformat(day)
    assert birthday(born, 59, 6) == day
    assert past_59_and_a_half(born, day)
    assert not past_59_and_a_half(born, day - timedelta(1))
