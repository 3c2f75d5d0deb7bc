"""Numbers and days as brokers write them."""

from datetime import date
from decimal import Decimal

import pytest

from lotroute.models.imports import cells
from lotroute.models.imports.layout import load_layout

SCHWAB, FIDELITY = load_layout("schwab"), load_layout("fidelity")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("$1,234.56", "1234.56"),
        ("-$1,234.56", "-1234.56"),
        ("$-20.00", "-20.00"),
        ("(123.45)", "-123.45"),
        ("($1,234.50)", "-1234.50"),
        ("+$0.42", "0.42"),
        ("12,345,678", "12345678"),
        (".5", ".5"),
        ("1.0645", "1.0645"),
        ("0", "0"),
    ],
)
def test_a_number_is_read_exactly(text, number):
    assert cells.number(text, SCHWAB) == Decimal(number)


@pytest.mark.parametrize("text", ["", " ", "--", "N/A", "n/a", "Incomplete", "incomplete", "Not Tracked"])
def test_what_says_nothing_is_no_number(text):
    assert cells.number(text, SCHWAB) is None
    assert cells.day(text, SCHWAB) is None


@pytest.mark.parametrize(
    "text", ["12,34", "1.234,56", "1,2345", "--5", "(-5)", "$", "5 shares", "1e5", "12O", "5%", "."]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(cells.CellError):
        cells.number(text, SCHWAB)


@pytest.mark.parametrize(
    ("text", "layout", "day"),
    [
        ("09/14/2015", SCHWAB, date(2015, 9, 14)),
        ("9/4/2015", SCHWAB, date(2015, 9, 4)),
        ("10/30/2017 00:00:00", SCHWAB, date(2017, 10, 30)),
        ("12/31/90", SCHWAB, date(1990, 12, 31)),
        ("2025/05/04", SCHWAB, date(2025, 5, 4)),
        ("Mar-16-2017", FIDELITY, date(2017, 3, 16)),
    ],
)
def test_a_day_is_read_in_us_order(text, layout, day):
    assert cells.day(text, layout) == day


@pytest.mark.parametrize("text", ["31/12/2020", "2020-13-01", "43202", "yesterday", "02/30/2024"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(cells.CellError):
        cells.day(text, SCHWAB)


@pytest.mark.parametrize(("shares", "half"), [("12.083", "0.0005"), ("12.5", "0.05"), ("12", "0"), ("1E+2", "0")])
def test_half_of_the_last_decimal(shares, half):
    assert cells.step(Decimal(shares)) == Decimal(half)
