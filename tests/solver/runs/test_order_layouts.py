"""Layouts of order files: those that come with the package, and every fault of one that does not hold."""

import re
import tomllib
from pathlib import Path

import pytest
from order_cases import EVERY, columns

from lotroute.models import InputError
from lotroute.solver.runs.orders.layout import DEFAULT, FIELDS, Layout, layout_of, load_layout, shipped

PAGE = (Path(__file__).parents[3] / "docs/orders.md").read_text(encoding="utf-8")
BASE = {"dates": "MM/DD/YYYY", "buy": "B", "sell": "S", "decimals": 6}


def faults(data):
    with pytest.raises(InputError) as error:
        layout_of(data)
    return [(fault.path, f"{fault.message}; {fault.hint}") for fault in error.value.faults]


def test_two_layouts_come_with_the_package_and_the_default_is_one_of_them():
    assert set(shipped()) == {"by-lot", "blocks"}
    assert DEFAULT in shipped()
    assert all(isinstance(load_layout(name), Layout) for name in shipped())


def test_the_default_has_what_places_and_checks_an_order():
    fields = {column.field for column in load_layout(DEFAULT).orders}
    asked = {"household", "account", "trade_date", "side", "symbol", "quantity", "price", "lot", "acquired", "basis"}
    assert asked | {"versus_purchase", "state"} <= fields


def test_every_field_is_documented_and_nothing_else():
    for table, fields in FIELDS.items():
        section = PAGE.split(f"### {table}.csv")[1].split("\n#")[0]
        assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(fields) == set(EVERY[table])


def test_the_layout_of_the_page_is_sound():
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert layout_of(tomllib.loads(example)).orders


def test_every_fault_is_reported_at_once_with_its_path():
    found = faults(
        {
            "dates": "DD/MM",
            "buy": "Trade",
            "sell": "Trade",
            "decimals": 7,
            "order": [],
            "orders": [
                {"header": "Account", "field": "acount"},
                {"header": "Account", "field": "symbol"},
                {"header": " ", "field": "side", "width": 3},
                {"field": "quantity"},
            ],
            "block_orders": [{"header": "Lot", "field": "lot"}, "symbol"],
            "allocations": "all",
        }
    )
    paths = dict(found)
    for path, words in {
        "layout.dates": "'DD/MM' is no date format",
        "layout.sell": "'Trade' is the word for a purchase too",
        "layout.decimals": "7 is too large",
        "layout.order": "did you mean 'orders'?",
        "layout.orders[0].field": "unknown field 'acount'; did you mean 'account'?",
        "layout.orders[1].header": "'Account' is given twice",
        "layout.orders[2].header": "is empty",
        "layout.orders[2].width": "unknown field",
        "layout.orders[3].header": "missing",
        "layout.block_orders[0].field": "unknown field 'lot'",
        "layout.block_orders[1]": "not an object",
        "layout.allocations": "'all'",
    }.items():
        assert words in paths[path], path
    missing = [text.partition(";")[0] for path, text in found if path in ("layout.orders", "layout.block_orders")]
    assert missing == ["no column for account", *(f"no column for {name}" for name in ("side", "symbol", "quantity"))]


@pytest.mark.parametrize("dates", ["MM/DD/YYYY", "YYYYMMDD", "DD.MM.YY", "YYYY-MM-DD"])
def test_a_date_format_names_year_month_and_day(dates):
    assert layout_of(BASE | {"dates": dates, "orders": columns("orders")}).dates == dates


@pytest.mark.parametrize("dates", ["", "%m/%d/%Y", "MM/DD", "MM/MM/DD/YYYY", "MM/DD/YYYY at noon", "YYYY/YY/MM/DD"])
def test_a_date_format_that_loses_a_part_or_has_other_words_is_refused(dates):
    (fault,) = faults(BASE | {"dates": dates, "orders": columns("orders")})
    assert fault[0] == "layout.dates"


def test_a_layout_without_files_or_with_an_empty_one_is_refused():
    assert faults(BASE) == [("layout", "no file has columns; give at least one of orders, block_orders, allocations")]
    assert [path for path, _ in faults(BASE | {"orders": []})] == ["layout.orders"] * 4
    assert layout_of(BASE | {"block_orders": columns("block_orders")}).orders == ()


def test_a_field_that_is_a_number_is_no_field_and_a_header_may_be_one():
    found = faults(BASE | {"orders": [*columns("orders"), {"header": 5, "field": 5}, {"header": "5", "field": "lot"}]})
    assert [path for path, _ in found] == ["layout.orders[4].field", "layout.orders[5].header"]


def test_a_file_that_is_no_toml_or_no_text_is_refused_with_its_name(tmp_path):
    for content, words in ((b"dates = \n", "not TOML"), (b'buy = "a"\nbuy = "b"', "not TOML"), (b"\xff\xfe", "UTF-8")):
        (tmp_path / "mine.toml").write_bytes(content)
        with pytest.raises(InputError, match=words) as error:
            load_layout(str(tmp_path / "mine.toml"))
        assert error.value.faults[0].path == "mine.toml"
    with pytest.raises(FileNotFoundError):
        load_layout(str(tmp_path / "none.toml"))
    with pytest.raises(InputError, match="did you mean 'by-lot'"):
        load_layout("by_lot")
