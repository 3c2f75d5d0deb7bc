"""Tables are written household by household: whole or not at all, the same bytes for the same households."""

import tracemalloc
from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from book_cases import TABLES, write

from lotroute.models import Household, read_book
from lotroute.models.household import writing
from lotroute.models.household.tables import NAMES
from lotroute.models.household.writing import write_tables

BOTH = pytest.mark.parametrize("tables", ["csv", "parquet"])


@pytest.fixture
def home(tmp_path):
    return read_book(write(tmp_path / "before", TABLES))["smith"]


def numbered(home, count):
    for number in range(count):
        yield home.model_copy(update={"id": f"h{number}"})


def entries(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@BOTH
def test_the_same_households_make_the_same_bytes(tmp_path, home, tables, monkeypatch):
    monkeypatch.setattr(writing, "TOGETHER", 3)
    for name in ("one", "two"):
        assert write_tables(numbered(home, 5), Household, tmp_path / name, tables, book=True) == 5
    assert entries(tmp_path / "one") == entries(tmp_path / "two")
    assert {*entries(tmp_path / "one")} == {f"{name}.{tables}" for name in NAMES}
    assert list(read_book(tmp_path / "one")) == [f"h{number}" for number in range(5)]
    if tables == "parquet":
        assert pq.ParquetFile(tmp_path / "one" / "lots.parquet").num_row_groups == 4  # ten lots, three at a time


@BOTH
def test_a_household_that_cannot_be_made_leaves_the_earlier_book_as_it_was(tmp_path, home, tables):
    write_tables(numbered(home, 2), Household, tmp_path / "book", "csv", book=True)
    before = entries(tmp_path / "book")

    def breaking():
        yield home
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        write_tables(breaking(), Household, tmp_path / "book", tables, book=True)
    assert entries(tmp_path / "book") == before


def test_parquet_columns_have_the_kinds_of_their_fields_even_if_they_are_empty(tmp_path, home):
    write_tables([home], Household, tmp_path, "parquet", book=True)
    lots = pq.read_schema(tmp_path / "lots.parquet")
    assert (lots.field("quantity").type, lots.field("gift_date").type, lots.field("order").type) == (
        pa.float64(),
        pa.date32(),
        pa.string(),
    )
    household = pq.read_schema(tmp_path / "household.parquet")
    kinds = {name: household.field(name).type for name in ("taxpayer.year", "same_index", "accounts_elsewhere")}
    assert kinds == {"taxpayer.year": pa.int64(), "same_index": pa.bool_(), "accounts_elsewhere": pa.string()}
    assert pq.read_schema(tmp_path / "accounts.parquet").field("menu").type == pa.string()


@BOTH
def test_memory_does_not_grow_with_the_book(tmp_path, home, tables, monkeypatch):
    """The peak of Python's memory for 600 households is that for 60, but for what noise there is."""
    monkeypatch.setattr(writing, "TOGETHER", 50)
    peaks = []
    for count in (20, 60, 600):
        tracemalloc.start()
        write_tables(numbered(home, count), Household, tmp_path, tables, book=True)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.5 * peaks[1]
    assert len(list(islice(read_book(tmp_path), 1000))) == 600
