"""Holding periods against worked cases.

The file's qualified_dividend_cases are not read: the models take a security's ordinary and qualified yield as given.
"""

from datetime import date, timedelta

import pytest
from truth_files import truth_json

from lotroute.models import days_to_long_term, first_long_term_date, holding_term

FIELDS = ("acquired", "last_short_term_sale_date", "first_long_term_sale_date")
CASES = [
    pytest.param(*(date.fromisoformat(case[field]) for field in FIELDS), id=case["acquired"])
    for case in truth_json("holding_cases.json")["cases"]
]


@pytest.mark.parametrize(("acquired", "last_short", "first_long"), CASES)
def test_the_first_long_term_date_is_the_case_s(acquired, last_short, first_long):
    assert first_long_term_date(acquired) == first_long


@pytest.mark.parametrize(("acquired", "last_short", "first_long"), CASES)
def test_a_sale_is_short_on_the_last_short_date_and_long_on_the_first_long_date(acquired, last_short, first_long):
    assert holding_term(acquired, last_short) == "short"
    assert holding_term(acquired, first_long) == "long"


@pytest.mark.parametrize(("acquired", "last_short", "first_long"), CASES)
def test_days_to_long_term_count_down_to_the_first_long_date(acquired, last_short, first_long):
    days = [days_to_long_term(acquired, day) for day in (last_short, first_long, first_long + timedelta(days=1))]
    assert days == [(first_long - last_short).days, 0, 0]
