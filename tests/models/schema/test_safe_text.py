"""Text that reaches a terminal or a spreadsheet runs nothing there."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotroute.models import Household, InputError
from lotroute.models.schema.faults import Fault
from lotroute.models.schema.safe_text import printable, quoted, unquoted

HOME = Household.load("fixtures/must_split.json")


def renamed(symbol, new):
    """The household with another name for a symbol, wherever it stands."""
    return Household.model_validate_json(HOME.model_dump_json().replace(f'"{symbol}"', new))


@pytest.mark.parametrize("text", ["-2+3", "+A1", "@SUM(A1)", "\tx", "'-2", "''+3"])
def test_a_formula_is_quoted_and_read_back(text):
    assert quoted(text) == f"'{text}"
    assert unquoted(quoted(text)) == text


@given(st.text())
def test_every_text_is_read_back(text):
    assert unquoted(quoted(text)) == text
    assert quoted(text)[:1] not in ("=", "+", "-", "@", "\t", "\r") or not text


@pytest.mark.parametrize("cell", [-5.0, None, 3, "VTI", "O'Neil", "'tis"])
def test_other_cells_stay_as_they_are(cell):
    assert quoted(cell) is cell


def test_a_household_s_tables_run_nothing_and_lose_nothing(tmp_path):
    home = renamed("VTI", '"-VTI"')
    home.save(tmp_path / "csv")
    for path in (tmp_path / "csv").iterdir():
        for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"))):
            for cell in row:
                assert not cell.startswith(("=", "+", "@"))
                assert not cell.startswith("-") or float(cell) < 0
    assert Household.load(tmp_path / "csv") == home


@pytest.mark.parametrize("letter", ["\\u001b", "\\u0000", "\\u009b", "\\u202e", "\\n", "\\u2028"])
def test_a_name_with_a_control_character_is_refused_and_its_fault_is_safe_to_print(letter):
    with pytest.raises(InputError) as error:
        renamed("VTI", f'"VT{letter}I"')
    assert error.value.faults
    assert str(error.value).replace("\n", "").isprintable()


def test_what_is_printed_has_no_control_characters():
    assert printable("a\x1b[31mb\nc é") == "a\\x1b[31mb\\nc é"
    assert str(Fault("a\x1b", "b\x07", "c\u202e")).isprintable()


@pytest.mark.parametrize(("price", "sound"), [(1e-300, False), (9e-10, False), (1e-9, True)])
def test_a_price_that_no_order_can_be_written_for_is_refused(price, sound):
    data = HOME.model_dump(mode="json")
    data["securities"][0]["price"] = price
    if sound:
        assert Household.model_validate(data).securities[0].price == price
        return
    with pytest.raises(InputError, match=r"price: .* is less than 1e-09"):
        Household.model_validate(data)
