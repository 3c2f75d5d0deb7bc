"""What must still come out this year of accounts of one's own."""

from datetime import date
from decimal import ROUND_CEILING, Decimal

import pytest
from retirement_cases import JOINT, account, home, inherited, ira, roth, work

from lotroute.models import InputError
from lotroute.models.retirement.distributions import required

OLD = {"id": "ann", "born": "1951-11-30"}
"""Reaches 73 in 2024, her first distribution year, and 75 in 2026."""


def asked(*accounts, **fields):
    return {each.accounts: each.dollars for each in required(home(*accounts, **({"people": [OLD]} | fields)))}


def share(value, years):
    """A value over the years of a table, to the cent above."""
    return (Decimal(str(value)) / Decimal(years)).quantize(Decimal("0.01"), ROUND_CEILING)


def test_the_iras_of_an_owner_pay_together_and_each_401k_pays_alone():
    found = asked(
        JOINT,
        ira(last_year_end_value=100_000),
        ira("other", last_year_end_value=23_000),
        work(last_year_end_value=50_000),
        work("old", last_year_end_value=24_600),
        roth(),
        account("health", "hsa"),
    )
    assert found == {
        ("ira", "other"): 5000,  # 123,000 / 24.6, the distribution period of 75
        ("work",): share(50_000, "24.6"),
        ("old",): 1000,
    }


def test_an_example_of_the_publication():
    """Pub. 590-B, Figuring the Owner's Required Minimum Distribution: $100,000 at 75 over 24.6 is $4,065."""
    [dollars] = asked(ira(last_year_end_value=100_000)).values()
    assert round(dollars) == 4065


@pytest.mark.parametrize(
    ("year", "dollars"),
    [(2024, share(100_000, "26.5")), (2025, share(100_000, "25.5")), (2026, share(100_000, "24.6"))],
)
def test_the_period_is_that_of_the_age_reached_in_the_year(year, dollars):
    assert asked(ira(last_year_end_value=100_000), year=year) == {("ira",): dollars}


@pytest.mark.parametrize(
    ("born", "year", "begun"),
    [
        ("1951-01-01", 2024, True),  # 73
        ("1952-12-31", 2024, False),  # 72, but born after 1950
        ("1953-01-01", 2026, True),  # 73 on January 1
        ("1954-01-01", 2026, False),
        ("1950-12-31", 2024, True),  # since 72
        ("1960-01-01", 2026, False),
    ],
)
def test_nothing_is_asked_before_the_age(born, year, begun):
    found = asked(ira(last_year_end_value=100_000), people=[{"id": "ann", "born": born}], year=year)
    assert bool(found) == begun


def test_the_first_may_wait_until_april_and_says_so():
    [first] = required(home(ira(last_year_end_value=100_000), people=[OLD], year=2024))
    assert first.by == date(2025, 4, 1)
    assert "it may wait until April 1 of next year" in first.rule
    [next_one] = required(home(ira(last_year_end_value=100_000), people=[OLD], year=2025))
    assert next_one.by == date(2025, 12, 31)
    assert "April" not in next_one.rule


def test_what_was_taken_out_or_goes_out_by_itself_counts():
    first = ira(last_year_end_value=100_000, withdrawn=1000)
    other = ira("other", last_year_end_value=23_000, withdrawal=1500)
    assert asked(first, other) == {("ira", "other"): 2500}
    assert asked(ira(last_year_end_value=24_600, withdrawn=1000)) == {}
    assert asked(ira(last_year_end_value=24_600, withdrawn=4000), ira("other", last_year_end_value=24_600)) == {}
    enough = work(last_year_end_value=24_600, withdrawn=4000)
    assert asked(enough, work("old", last_year_end_value=24_600)) == {("old",): 1000}  # plans do not pay for each other


def test_what_is_stated_goes_before_the_law_and_is_what_is_left():
    assert asked(ira(required_distribution=0)) == {}
    assert asked(ira(required_distribution=700, withdrawn=300)) == {("ira",): 700}
    both = asked(ira(required_distribution=700, withdrawal=200), ira("other", last_year_end_value=24_600))
    assert both == {("ira", "other"): 1500}
    young = {"id": "ann", "born": "1990-01-01"}
    assert asked(roth(required_distribution=5), people=[young]) == {("roth",): 5}


def test_a_value_that_is_not_known_is_asked_for_with_every_other():
    with pytest.raises(InputError) as error:
        required(home(ira(), work(), people=[OLD]))
    assert [fault.path for fault in error.value.faults] == [
        "accounts.ira.last_year_end_value",
        "accounts.work.last_year_end_value",
    ]
    assert "the value on December 31, 2025" in str(error.value)


def test_no_owner_no_distribution():
    assert asked(ira(owner=None), work(owner=None), people=[]) == {}


def test_no_more_than_there_is_can_be_asked_for():
    assert asked(ira(cash=1000.005, minimum_cash=200, last_year_end_value=100_000)) == {("ira",): Decimal("800.00")}


def test_what_a_restriction_keeps_is_paid_by_the_owner_s_other_iras():
    kept = [{"rule": "no_withdrawal", "account": "ira"}]
    pair = ira(last_year_end_value=23_000), ira("other", last_year_end_value=100_000)
    assert asked(*pair, restrictions=kept) == {("other",): 5000}
    with pytest.raises(InputError, match=r"no_withdrawal keeps 4,065\.05 in ira that must come out this year"):
        asked(ira(last_year_end_value=100_000.1), restrictions=kept)


def test_the_least_is_asked_for_and_nothing_of_nothing():
    assert asked(ira(last_year_end_value=12.3)) == {("ira",): Decimal("0.50")}
    assert asked(ira(cash=0, last_year_end_value=12.3)) == {}
    kept = [{"rule": "no_withdrawal", "account": "ira"}]
    assert asked(ira(last_year_end_value=24_600, withdrawn=1000), restrictions=kept) == {}


def test_only_one_s_own_may_wait_until_april():
    late = inherited(died="2020-01-01", born="1940-01-01", heir="close_in_age")
    [found] = required(home(late, people=[OLD], year=2024))
    assert found.by == date(2024, 12, 31)


def test_a_spouse_s_iras_are_not_the_owner_s():
    people = [OLD, {"id": "ben", "born": "1946-01-01"}]
    pair = ira(last_year_end_value=24_600), ira("ben's", owner="ben", last_year_end_value=20_200)
    assert asked(*pair, people=people, status="married_jointly") == {("ira",): 1000, ("ben's",): 1000}
