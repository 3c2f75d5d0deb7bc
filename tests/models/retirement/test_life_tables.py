"""The life tables: rows, their ends, years, and what a table of life expectancies must be."""

import tomllib
from decimal import Decimal
from itertools import pairwise

import pytest

from lotroute.models.retirement.life_tables import FOLDER, divisor

WRITTEN = tomllib.loads((FOLDER / "2022.toml").read_text(encoding="utf-8"), parse_float=Decimal)


@pytest.mark.parametrize(
    ("table", "age", "years"),
    [  # Pub. 590-B, Tables I and III
        ("single_life", 0, "84.6"),
        ("single_life", 35, "50.5"),
        ("single_life", 51, "35.3"),
        ("single_life", 64, "23.7"),
        ("single_life", 75, "14.8"),
        ("single_life", 119, "1.1"),
        ("single_life", 120, "1.0"),
        ("single_life", 123, "1.0"),
        ("uniform_lifetime", 72, "27.4"),
        ("uniform_lifetime", 73, "26.5"),
        ("uniform_lifetime", 75, "24.6"),
        ("uniform_lifetime", 80, "20.2"),
        ("uniform_lifetime", 90, "12.2"),
        ("uniform_lifetime", 100, "6.4"),
        ("uniform_lifetime", 120, "2.0"),
        ("uniform_lifetime", 125, "2.0"),
    ],
)
def test_an_age_has_its_row_and_the_last_is_everybody_s_beyond(table, age, years):
    assert divisor(table, age, 2026) == Decimal(years)


@pytest.mark.parametrize(("table", "first"), [("single_life", 0), ("uniform_lifetime", 72)])
def test_a_table_goes_to_120_and_falls_by_no_more_than_a_year_a_year(table, first):
    years = WRITTEN[table]["years"]
    assert (WRITTEN[table]["first_age"], len(years)) == (first, 121 - first)
    assert all(Decimal(0) <= younger - older <= Decimal("1.0") for younger, older in pairwise(years))
    assert WRITTEN[table]["source"].startswith("Reg. 1.401(a)(9)-9")


@pytest.mark.parametrize(("table", "sum_of_rows"), [("single_life", "3913.2"), ("uniform_lifetime", "532.0")])
def test_the_rows_sum_to_what_the_regulation_s_do(table, sum_of_rows):
    """The sums of the tables in two transcriptions that know nothing of this one: a row put wrong shows."""
    assert sum(WRITTEN[table]["years"]) == Decimal(sum_of_rows)


def test_an_age_without_a_row_and_a_year_without_a_table_are_refused():
    with pytest.raises(ValueError, match="uniform_lifetime has no row for the age of 71"):
        divisor("uniform_lifetime", 71, 2026)
    with pytest.raises(ValueError, match="there are no life tables for 2021; there are from 2022 on"):
        divisor("single_life", 50, 2021)
