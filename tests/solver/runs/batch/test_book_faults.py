"""Rows of a book that cannot be read, or belong to nobody, end as faults of an entry: none is lost or stops the run."""

import csv
import gzip

import pytest
from book_cases import TABLES, append, write

from lotroute.models import InputError
from lotroute.solver.runs.batch.book import NOBODY, Book, household_of


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "book", TABLES)


def outcomes(path):
    """What becomes of each household: itself, or its faults as (path, message, place)."""
    book, found = Book(path), {}
    for rows in book.rows():
        assert rows.household not in found
        try:
            found[rows.household] = household_of(book.header, rows)
        except InputError as error:
            found[rows.household] = [(fault.path, fault.message, fault.place) for fault in error.faults]
    return found


def test_two_sound_households_are_planned(folder):
    assert [home.id for home in outcomes(folder).values()] == ["smith", "jones"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("jones,ira,d,VTI,1,1,2024-01-01,9", "8 cells, but the header has 7"),
        ('jones,ira,d,"VTI,1,1,2024-01-01', "a quote is not closed on its line, or text follows it"),
        ('jones,ira,d,"VTI"x,1,1,2024-01-01', "a quote is not closed on its line, or text follows it"),
    ],
)
def test_a_row_that_cannot_be_read_is_a_fault_of_its_household_alone(folder, line, message):
    sound = outcomes(folder)
    append(folder, "lots", line, "smith,joint,e,VTI,1,1,2024-01-01")
    found = outcomes(folder)
    assert found["jones"][0] == ("lots", message, "lots.csv, row 5")
    assert len(found["smith"].account["joint"].lots) == len(sound["smith"].account["joint"].lots) + 1


def test_a_quote_that_a_later_one_closes_swallows_no_row(folder):
    """To a reader of CSV these three lines are one row of seven cells; the lot of jones would be lost."""
    lines = ['smith,joint,d,VTI,1,1,"2024-01-01', "jones,ira,e,VTI,7,1,2024-01-01", '"']
    append(folder, "lots", *lines)
    assert len(list(csv.reader(lines))) == 1
    found = outcomes(folder)
    assert [place for _, _, place in found["smith"]] == ["lots.csv, row 5"]
    assert [lot.quantity for lot in found["jones"].account["ira"].lots] == [5, 7]


def test_bytes_that_are_no_text_are_a_fault_of_their_row(folder):
    with (folder / "lots.csv").open("ab") as file:
        file.write(b"smith,joint,\xe9,VTI,1,1,2024-01-01\njones,ira,e,VTI,7,1,2024-01-01\n")
    (folder / "lots.csv.gz").write_bytes(gzip.compress((folder / "lots.csv").read_bytes()))
    (folder / "lots.csv").unlink()
    found = outcomes(folder)
    assert found["smith"][0] == ("lots", "not text in UTF-8", "lots.csv.gz, row 5")
    assert len(found["jones"].lot) == 2


def test_a_household_given_twice_is_refused_once_with_its_row(folder):
    append(folder, "household", "smith,2026-06-15,0.3,0.15")
    found = outcomes(folder)
    assert list(found) == ["smith", "jones"]
    assert found["smith"] == [("household", "household_id 'smith' is used 2 times", "household.csv, row 4")]
    assert Book(folder).count() == 2


def test_rows_of_households_that_are_not_in_the_book_end_refused_after_it(folder):
    append(
        folder, "lots", "smiht,joint,d,VTI,1,1,2024-01-01", "smiht,joint,e,VTI,1,1,2024-01-01,,9", "abel,ira,f,VTI,1,,"
    )
    append(folder, "targets", "smiht,stock,1")
    found = outcomes(folder)
    assert list(found) == ["smith", "jones", "abel", "smiht"]
    assert found["abel"] == [("lots.household_id", "unknown household 'abel'", "lots.csv, row 7")]
    assert found["smiht"] == [
        ("lots", "9 cells, but the header has 7", "lots.csv, row 6"),
        ("lots.household_id", "unknown household 'smiht' (2 rows)", "lots.csv, row 5"),
        ("targets.household_id", "unknown household 'smiht'", "targets.csv, row 6"),
    ]
    assert [rows.household for rows in Book(folder).only(["smiht", "jones"])] == ["jones", "smiht"]


def test_rows_without_a_household_end_refused_together(folder):
    append(folder, "lots", ",joint,d,VTI,1,1,2024-01-01", " ,joint,e,VTI,1,1,2024-01-01")
    append(folder, "household", ",2026-06-15,0.3,0.15")
    found = outcomes(folder)
    assert list(found) == ["smith", "jones", NOBODY]
    assert found[NOBODY] == [
        ("household.household_id", "no household_id", "household.csv, row 4"),
        ("lots.household_id", "no household_id (2 rows)", "lots.csv, row 5"),
    ]
    assert [rows.household for rows in Book(folder).only([NOBODY])] == [NOBODY]


def test_without_a_table_of_lots_every_account_needs_cash(folder):
    (folder / "lots.csv").unlink()
    append(folder, "accounts", "smith,empty,roth,,VTI")
    found = outcomes(folder)
    assert found["smith"] == [("book/lots.csv", "missing", "")]
    assert found["jones"].account["ira"].lots == ()
