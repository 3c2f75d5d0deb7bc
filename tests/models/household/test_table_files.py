"""Tables as spreadsheets write them: what is read, what is named, and where a fault stands."""

import pytest

from lotroute.models import Household, InputError

TABLES = {
    "household": "id,trade_date,taxpayer.rates.short,taxpayer.rates.long\nsmith,2026-06-15,0.3,0.15\n",
    "accounts": "id,kind,cash\njoint,taxable,1000\nira,roth,\n",
    "lots": "account,id,symbol,quantity,basis_per_share,acquired\njoint,a,VTI,10,50,2020-01-02\nira,b,VTI,5,,\n",
    "securities": "symbol,price,exposures\nVTI,100,stock\nBND,80,bond\n",
    "targets": "asset_class,weight\nstock,0.6\nbond,0.4\n",
}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def faults(folder):
    with pytest.raises(InputError) as error:
        Household.load(folder)
    return error.value.faults


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separator_byte_order_mark_and_empty_cells_of_a_spreadsheet(folder, separator):
    plain = Household.load(folder)
    for name, text in TABLES.items():
        rows = [f"{row},," for row in text.splitlines()]
        text = "\r\n".join([*rows, ",,,,,,,", ""]).replace(",", separator)
        (folder / f"{name}.csv").write_text(text, encoding="utf-8-sig")
    assert Household.load(folder) == plain
    assert len(plain.account["joint"].lots) == 1


def test_the_case_of_a_table_s_name_does_not_matter(folder):
    plain = Household.load(folder)
    (folder / "lots.csv").rename(folder / "Lots.CSV")
    assert Household.load(folder) == plain


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("Lotz.csv", "unknown table", "lots"),
        ("lots.xlsx", ".xlsx is not read", "save it as CSV (UTF-8)"),
        ("LOTS.csv", "LOTS.csv and lots.csv are one table", "keep one of them"),
        ("lots.parquet", "lots.csv and lots.parquet are one table", "keep one of them"),
    ],
)
def test_a_file_that_would_be_ignored_is_named(folder, name, message, hint):
    (folder / name).write_text("account,id\n", encoding="utf-8")
    [fault] = faults(folder)
    assert fault.message == message
    assert hint in fault.hint


def test_files_that_are_no_tables_are_left_alone(folder):
    plain = Household.load(folder)
    for name in ("README.md", "policy.json", "~$lots.xlsx", ".lots.csv"):
        (folder / name).write_text("?", encoding="utf-8")
    assert Household.load(folder) == plain


def test_without_a_table_of_lots_every_account_needs_cash(folder):
    (folder / "lots.csv").unlink()
    assert [(fault.path, fault.message) for fault in faults(folder)] == [("home/lots.csv", "missing")]
    assert "account ira has no cash" in faults(folder)[0].hint
    (folder / "accounts.csv").write_text("id,kind,cash\njoint,taxable,1000\nira,roth,5\n", encoding="utf-8")
    assert Household.load(folder).account["joint"].lots == ()


@pytest.mark.parametrize(
    ("header", "message"), [("id,kind,id", "column 'id' is given 2 times"), ("id,,kind", "a column has no name")]
)
def test_a_header_that_is_unclear_is_refused(folder, header, message):
    (folder / "accounts.csv").write_text(f"{header}\na,b,c\n", encoding="utf-8")
    assert [(fault.path, fault.message) for fault in faults(folder)] == [("home/accounts.csv", message)]


def test_a_fault_names_the_file_and_the_row_that_a_spreadsheet_shows(folder):
    (folder / "lots.csv").write_text(TABLES["lots"] + "\njoint,c,VTI,many,1,2024-01-01\n", encoding="utf-8")
    [fault] = faults(folder)
    assert (fault.path, fault.place) == ("accounts.joint.lots[1].quantity", "lots.csv, row 5")
    assert str(fault).startswith("accounts.joint.lots[1].quantity (lots.csv, row 5): 'many' is not a number")


@pytest.mark.parametrize(
    ("table", "old", "new", "place"),
    [
        ("household", "2026-06-15", "soon", "household.csv, row 2"),
        ("household", "0.15", "much", "household.csv, row 2"),
        ("securities", "80", "-80", "securities.csv, row 3"),
        ("targets", "0.4", "x", "targets.csv, row 3"),
        ("accounts", "roth", "rot", "accounts.csv, row 3"),
    ],
)
def test_a_fault_of_any_table_has_its_row(folder, table, old, new, place):
    path = folder / f"{table}.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert place in {fault.place for fault in faults(folder)}
