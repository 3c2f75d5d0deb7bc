"""What must come out of an inherited account: who died when, who inherited, and in which year."""

from datetime import date
from decimal import Decimal

import pytest
from retirement_cases import home, inherited

from lotroute.models import Inherited
from lotroute.models.retirement.distributions import required
from lotroute.models.retirement.inherited import asked_of_inherited


def asked(year, heir_born, *, died, born, heir="other", kind="traditional"):
    """The divisor of a year, "all" or None."""
    origin = Inherited(died=died, owner_born=born, beneficiary=heir)
    found = asked_of_inherited(kind, origin, date.fromisoformat(heir_born), year)
    return "all" if found.everything else found.divisor


def years(*found):
    return [None if each is None else each if each == "all" else Decimal(str(each)) for each in found]


# -- ten years ---------------------------------------------------------------------------------------------------------

BEGUN = {"died": "2022-06-01", "born": "1945-05-05"}
"""Died at 77, distributions begun."""
NOT_BEGUN = {"died": "2024-03-31", "born": "1955-01-01"}
"""Died at 69."""


def test_within_ten_years_the_heir_s_expectancy_counts_down_if_distributions_had_begun():
    """Born in 1975, the heir reaches 48 in 2023: 38.1 then, a year less for every one since, all in 2032."""
    found = [asked(year, "1975-07-01", **BEGUN) for year in (2025, 2026, 2031, 2032, 2033)]
    assert found == years(36.1, 35.1, 30.1, "all", "all")


def test_the_years_before_2025_are_not_asked_for_of_the_ten():
    assert [asked(year, "1975-07-01", **BEGUN) for year in (2023, 2024)] == [None, None]
    eligible = [asked(year, "1975-07-01", heir="disabled", **BEGUN) for year in (2023, 2024)]
    assert eligible == years(38.1, 37.1)


def test_nothing_within_ten_years_if_distributions_had_not_begun():
    found = [asked(year, "1990-07-01", **NOT_BEGUN) for year in (2025, 2026, 2033, 2034)]
    assert found == years(None, None, None, "all")


@pytest.mark.parametrize(
    ("died", "begun"),
    [("2025-03-31", False), ("2025-04-01", True)],  # 73 in 2024: the required beginning date is April 1, 2025
)
def test_distributions_have_begun_on_the_required_beginning_date(died, begun):
    found = asked(2026, "1980-01-01", died=died, born="1951-08-08")
    assert found == (Decimal("40.0") if begun else None)  # the heir is 46 in 2026


def test_a_roth_has_no_beginning():
    found = [asked(year, "1975-07-01", kind="roth", **BEGUN) for year in (2026, 2031, 2032)]
    assert found == years(None, None, "all")


# -- by life expectancy ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("heir", ["close_in_age", "disabled"])
def test_eligible_heirs_take_it_over_their_own_life_expectancy(heir):
    """Born in 1958, 64 in 2022: 23.7 of the table, 19.7 in 2026."""
    found = [asked(year, "1958-01-01", died="2021-05-05", born="1955-01-01", heir=heir) for year in (2022, 2026, 2040)]
    assert found == years(23.7, 19.7, 5.7)
    assert asked(2045, "1958-01-01", died="2021-05-05", born="1955-01-01", heir=heir) == "all"  # 0.7 is left


def test_the_longer_life_counts_if_distributions_had_begun():
    """The heir had 12.6 at 78 in 2016, of which 2.6 are left in 2026; the dead 14.8 at 75 in 2015, of which 3.8 are."""
    assert asked(2026, "1938-06-06", died="2015-02-02", born="1940-01-01", heir="close_in_age") == Decimal("3.8")


def test_the_older_heir_s_own_life_ends_it():
    """Reg. 1.401(a)(9)-5(e)(5): by the dead's years 3.8 would be left, but the heir's 10.5 of 2016 are over."""
    assert asked(2026, "1935-06-06", died="2015-02-02", born="1940-01-01", heir="close_in_age") == "all"


def test_a_year_left_is_the_last():
    """At 95 there are 4.0: of the dead if nobody was named, and of an heir older than the dead, who had 11.2 at 80."""
    estate = {"died": "2022-04-02", "born": "1927-01-01", "heir": "estate"}
    assert [asked(year, "1990-01-01", **estate) for year in (2024, 2025)] == years(2.0, "all")
    older = {"died": "2021-04-02", "born": "1941-01-01", "heir": "close_in_age"}
    assert [asked(year, "1927-01-01", **older) for year in (2024, 2025)] == years(8.2, "all")


def test_of_a_death_before_2020_every_heir_takes_it_over_life():
    """Born in 1965, 51 in 2016: 35.3, so 25.3 in 2026; no ten years."""
    found = [asked(year, "1965-06-06", died="2015-02-02", born="1940-01-01") for year in (2024, 2026, 2030)]
    assert found == years(27.3, 25.3, 21.3)
    assert asked(2030, "1965-06-06", died="2019-12-31", born="1940-01-01") not in (None, "all")
    assert asked(2030, "1965-06-06", died="2020-01-01", born="1940-01-01") == "all"
    assert asked(2024, "1965-06-06", died="2020-01-01", born="1940-01-01") is None  # within ten years, not enforced


def test_a_child_of_the_dead_has_ten_years_from_21_on():
    """Born in 2010, 15 in 2025: 69.9; of age in 2031, everything in 2041."""
    case = {"died": "2024-03-03", "born": "1975-01-01", "heir": "minor_child"}
    found = [asked(year, "2010-02-02", **case) for year in (2025, 2026, 2031, 2040, 2041)]
    assert found == years(69.9, 68.9, 63.9, 54.9, "all")


# -- a spouse ----------------------------------------------------------------------------------------------------------


def test_a_spouse_s_expectancy_is_looked_up_every_year():
    case = {"died": "2023-03-03", "born": "1945-01-01", "heir": "spouse"}
    assert [asked(year, "1950-02-02", **case) for year in (2024, 2025, 2026)] == years(15.6, 14.8, 14.1)


def test_a_spouse_waits_until_the_dead_would_have_begun():
    case = {"died": "2023-03-03", "born": "1953-01-01", "heir": "spouse"}  # 73 in 2026
    assert [asked(year, "1960-02-02", **case) for year in (2024, 2025, 2026)] == years(None, None, 22.0)
    assert [asked(year, "1960-02-02", kind="roth", **case) for year in (2025, 2026)] == years(None, 22.0)


# -- nobody named ------------------------------------------------------------------------------------------------------


def test_through_an_estate_it_takes_five_years_or_the_life_of_the_dead():
    found = [asked(year, "1990-01-01", heir="estate", **NOT_BEGUN) for year in (2026, 2028, 2029)]
    assert found == years(None, None, "all")
    # at 77 in 2022 the dead had 13.3
    found = [asked(year, "1990-01-01", heir="estate", **BEGUN) for year in (2023, 2026, 2034, 2035)]
    assert found == years(12.3, 9.3, 1.3, "all")


# -- the year of the death, and in a household -------------------------------------------------------------------------


def test_in_the_year_of_the_death_what_the_dead_had_to_take_is_left():
    case = {"died": "2026-02-02", "born": "1946-01-01"}  # would reach 80: 20.2
    assert [asked(year, "1990-01-01", **case) for year in (2025, 2026)] == years(None, 20.2)
    assert asked(2026, "1990-01-01", died="2026-03-31", born="1952-01-01") is None  # begun on April 1, 2026
    assert asked(2026, "1990-01-01", kind="roth", **case) is None


def test_each_inherited_account_pays_alone_by_the_heir_s_birth_date():
    """Ann, born in 1970, is 53 in 2023: 33.4, and 30.4 in 2026."""
    late = inherited(died="2022-06-01", born="1945-05-05", value=60_800)
    other = inherited("other", died="2022-06-01", born="1945-05-05", value=30_400, withdrawn=400)
    found = required(home(late, other))
    assert [(each.accounts, each.dollars, each.by) for each in found] == [
        (("late",), 2000, date(2026, 12, 31)),
        (("other",), 600, date(2026, 12, 31)),
    ]


def test_in_the_last_year_everything_is_asked_for():
    late = inherited(died="2016-06-01", born="1960-05-05", heir="estate", cash=700, value=None, minimum_cash=100)
    [found] = required(home(late))
    assert found.dollars == 600
    [found] = required(home(late | {"withdrawal": 50, "withdrawn": 4000}))
    assert found.dollars == 550
