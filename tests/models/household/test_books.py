"""Households through files: nothing is lost on the way, and what cannot be read is said clearly."""

import tempfile
from pathlib import Path
from time import perf_counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import households

from lotroute.models import Household, InputError, read_book, write_book
from lotroute.models.household.tables import NAMES, REQUIRED

FEW = settings(max_examples=30, deadline=None)

HOUSEHOLD = Household.model_validate(
    {
        "id": "smith",
        "trade_date": "2026-06-15",
        "taxpayer": {"rates": {"short": 0.35, "long": 0.15}},
        "accounts": [
            {
                "id": "joint",
                "kind": "taxable",
                "cash": 0.1 + 0.2,
                "lots": [
                    {"id": "1", "symbol": "VTI", "quantity": 1 / 3, "basis_per_share": 0, "acquired": "2024-02-29"}
                ],
            },
            {"id": "ira", "kind": "roth", "menu": [], "lots": []},
            {
                "id": "401k",
                "kind": "401k",
                "menu": ["VTI"],
                "whole_shares": True,
                "lots": [{"id": "1", "symbol": "VTI", "quantity": 2}],
            },
        ],
        "securities": [
            {"symbol": "VTI", "price": 250, "exposures": {"stock": 0.9, "bond": 0.1}, "factors": {"beta": 1.1}}
        ],
        "targets": [{"asset_class": "stock", "weight": 0.6}, {"asset_class": "bond", "weight": 0.4}],
        "recent_trades": [{"account": "joint", "symbol": "VTI", "side": "sell", "date": "2026-06-01", "quantity": 1}],
        "scheduled_buys": [{"account": "401k", "symbol": "VTI", "date": "2026-06-30"}],
        "security_targets": [{"symbol": "VTI", "weight": 0.03}],
        "factor_targets": [{"factor": "beta", "lower": -0.1, "upper": 0.1 + 0.2}],
        "restrictions": [{"rule": "no_sell", "account": "joint", "symbol": "VTI"}, {"rule": "no_buy", "symbol": "VTI"}],
        "people": [{"id": "ann", "born": "1950-03-01", "compensation": 0.1 + 0.2, "covered_by_plan": True}],
    }
)


@pytest.fixture
def book(tmp_path):
    """A folder of CSV tables."""
    HOUSEHOLD.save(tmp_path / "book")
    return tmp_path / "book"


def faults_of(path, household_id=None):
    with pytest.raises(InputError) as error:
        Household.load(path, household_id)
    return [(fault.path, fault.message) for fault in error.value.faults]


def append(book, table, line):
    with (book / f"{table}.csv").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


# -- round trips -------------------------------------------------------------------------------------------------------


@FEW
@given(household=households())
def test_a_json_file_gives_the_household_back(household):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "household.json"
        household.save(path)
        assert Household.load(path) == household


@pytest.mark.parametrize("tables", ["csv", "parquet"])
@FEW
@given(household=households())
def test_a_folder_of_tables_gives_the_household_back(tables, household):
    with tempfile.TemporaryDirectory() as folder:
        household.save(folder, tables=tables)
        assert Household.load(folder) == household


def test_saving_replaces_the_tables_of_the_other_format(book):
    HOUSEHOLD.model_copy(update={"id": "jones"}).save(book, tables="parquet")
    assert Household.load(book).id == "jones"


def test_tables_of_both_formats_make_one_household(book):
    lots = pd.read_csv(book / "lots.csv", dtype={"id": str})
    lots.to_parquet(book / "lots.parquet")
    (book / "lots.csv").unlink()
    assert Household.load(book) == HOUSEHOLD


def test_parquet_may_hold_timestamps_and_nullable_columns(book):
    lots = pd.read_csv(book / "lots.csv", dtype={"id": str}, parse_dates=["acquired"])
    assert lots["acquired"].isna().any()
    lots.convert_dtypes().to_parquet(book / "lots.parquet")
    (book / "lots.csv").unlink()
    assert Household.load(book) == HOUSEHOLD


def test_a_column_household_id_is_ignored(book):
    for table in NAMES:
        frame = pd.read_csv(book / f"{table}.csv", dtype=str, keep_default_na=False)
        frame.assign(household_id="17").to_csv(book / f"{table}.csv", index=False)
    assert Household.load(book) == HOUSEHOLD


@pytest.mark.parametrize("table", sorted(set(NAMES) - set(REQUIRED)))
def test_a_table_that_may_be_missing_counts_as_empty(book, table):
    (book / f"{table}.csv").unlink()
    expected = HOUSEHOLD.model_dump()
    for place in expected["accounts"] if table == "lots" else [expected]:
        place[table] = ()
    assert Household.load(book) == Household.model_validate(expected)


def test_cells_hold_lists_truth_values_and_loadings_as_text(tmp_path):
    data = HOUSEHOLD.model_dump()
    data["accounts"][1].update(average_cost=("VTI",), menu=())
    Household.model_validate(data).save(tmp_path)
    accounts = pd.read_csv(tmp_path / "accounts.csv", dtype=str, keep_default_na=False)
    assert list(accounts["average_cost"]) == ["", "VTI", ""]
    assert list(accounts["menu"]) == ["", ";", "VTI"]
    assert list(accounts["whole_shares"]) == ["False", "False", "True"]
    assert list(pd.read_csv(tmp_path / "securities.csv")["factors"]) == ["beta=1.1"]


@pytest.mark.parametrize("text", ["TRUE", "yes", "1"])
def test_a_spreadsheet_s_truth_values_are_read(book, text):
    accounts = pd.read_csv(book / "accounts.csv", dtype=str, keep_default_na=False)
    accounts.assign(whole_shares=text).to_csv(book / "accounts.csv", index=False)
    assert all(account.whole_shares for account in Household.load(book).accounts)


# -- faults ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", REQUIRED)
def test_a_missing_table_is_named(book, table):
    (book / f"{table}.csv").unlink()
    assert faults_of(book) == [(f"book/{table}.csv", "missing")]


def test_all_missing_tables_are_named_at_once(tmp_path):
    assert [path.rpartition("/")[2] for path, _ in faults_of(tmp_path)] == [
        "household.csv",
        "accounts.csv",
        "securities.csv",
        "targets.csv",
    ]


def test_a_path_where_nothing_is_raises_file_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        Household.load(tmp_path / "nothing.json")


@pytest.mark.parametrize(
    ("text", "line"), [("", 1), ("{", 1), ('{"id": "x",\n "accounts": [\n }', 3), ("{'id': 'x'}", 1)]
)
def test_a_file_that_is_no_json_is_refused_with_its_line(tmp_path, text, line):
    path = tmp_path / "household.json"
    path.write_text(text, encoding="utf-8")
    [(where, message)] = faults_of(path)
    assert where == f"household.json:{line}"
    assert message.startswith("not JSON: ")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "household.json"
    path.write_bytes(b"PAR1\xff\xfe")
    assert faults_of(path) == [("household.json", "not a text file in UTF-8")]


def test_a_csv_row_of_too_many_cells_is_refused_with_its_line(book):
    append(book, "targets", "gold,0,0,0,0,0")
    [(where, message)] = faults_of(book)
    assert (where, message) == ("book/targets.csv, row 4", "6 cells, but the header has 4")


@pytest.mark.parametrize(
    ("name", "content"), [("lots.csv", b""), ("lots.csv", b"id\n\xff\xfe\n"), ("lots.parquet", b"x")]
)
def test_a_table_that_cannot_be_read_is_named(book, name, content):
    (book / "lots.csv").unlink()
    (book / name).write_bytes(content)
    [(where, message)] = faults_of(book)
    assert where == f"book/{name}"
    assert message.startswith(("cannot be read: ", "not text in UTF-8"))


@pytest.mark.parametrize(("account", "shown"), [("jiont", "'jiont'"), ("", "None")])
def test_a_lot_of_an_unknown_account_is_refused_with_its_row_beside_the_other_faults(book, account, shown):
    append(book, "lots", f"{account},9,VTI,1,1,2024-01-01")
    append(book, "targets", "gold,0.1,0,1")
    assert faults_of(book) == [
        ("lots[2].account", f"unknown account {shown}"),
        ("targets", "the weights sum to 1.1"),
    ]


@pytest.mark.parametrize("rows", [0, 2])
def test_a_household_table_holds_one_row(book, rows):
    header, row = (book / "household.csv").read_text(encoding="utf-8").splitlines()
    (book / "household.csv").write_text("\n".join([header] + [row] * rows), encoding="utf-8")
    assert faults_of(book) == [("book/household", f"{rows} rows")]


@pytest.mark.parametrize(
    ("header", "column"),
    [("id,id", "book/household.csv"), ("taxpayer,taxpayer.rates.long", "household.taxpayer.rates.long")],
)
def test_columns_that_exclude_each_other_are_refused(book, header, column):
    (book / "household.csv").write_text(f"{header}\nx,0\n", encoding="utf-8")
    assert [path for path, _ in faults_of(book)] == [column]


def test_an_empty_cell_is_a_field_left_out(book):
    append(book, "securities", "BND,80,bond,,,,,")
    append(book, "accounts", "hsa,hsa,,,,,")
    household = Household.load(book)
    assert (household.security["BND"].half_spread, household.account["hsa"].menu) == (0.0002, None)


def test_a_faulty_cell_is_reported_with_the_path_of_its_item(book):
    append(book, "lots", "joint,9,VTI,many,1,2024-01-01")
    assert faults_of(book) == [("accounts.joint.lots[1].quantity", "'many' is not a number")]


# -- books -------------------------------------------------------------------------------------------------------------


def another(name, **changes):
    return Household.model_validate(HOUSEHOLD.model_dump() | {"id": name} | changes)


@pytest.fixture(params=["csv", "parquet"])
def pair(tmp_path, request):
    """A book of two households, the second without what a household may do without."""
    poor = another("007", recent_trades=(), scheduled_buys=(), restrictions=())
    write_book([HOUSEHOLD, poor], tmp_path / "pair", request.param)
    return tmp_path / "pair", poor


def faults_of_book(path):
    with pytest.raises(InputError) as error:
        read_book(path)
    return [(fault.path, fault.message, fault.hint) for fault in error.value.faults]


@pytest.mark.parametrize("tables", ["csv", "parquet"])
@FEW
@given(drawn=st.lists(households(), max_size=3))
def test_a_book_gives_its_households_back_in_their_order(tables, drawn):
    numbered = [household.model_copy(update={"id": f"{n}"}) for n, household in enumerate(reversed(drawn))]
    with tempfile.TemporaryDirectory() as folder:
        write_book(iter(numbered), folder, tables)
        assert list(read_book(folder).items()) == [(household.id, household) for household in numbered]


def test_one_household_of_a_book_is_chosen_by_its_id(pair):
    folder, poor = pair
    assert Household.load(folder, "smith") == HOUSEHOLD
    assert Household.load(folder, "007") == poor


def test_a_book_without_a_choice_is_refused_with_its_ids(pair):
    with pytest.raises(InputError, match="2 rows; a book: choose one by its household_id; known: 007, smith"):
        Household.load(pair[0])


@pytest.mark.parametrize("form", ["file", "folder", "pair"])
def test_a_household_that_is_not_there_is_named(tmp_path, form):
    path = tmp_path / ("smith.json" if form == "file" else form)
    write_book([HOUSEHOLD, another("jones")], path) if form == "pair" else HOUSEHOLD.save(path)
    with pytest.raises(InputError, match="'smiht'"):
        Household.load(path, "smiht")


def test_a_household_alone_may_be_chosen_too(book, tmp_path):
    HOUSEHOLD.save(tmp_path / "smith.json")
    assert Household.load(book, "smith") == Household.load(tmp_path / "smith.json", "smith") == HOUSEHOLD


def test_a_folder_of_one_household_is_a_book_of_one(book):
    assert read_book(book) == {"smith": HOUSEHOLD}


def test_the_household_id_is_the_name_of_a_household_without_one(pair):
    folder, _ = pair
    csv = folder / "household.csv"
    table = pd.read_csv(csv, dtype=str) if csv.exists() else pd.read_parquet(folder / "household.parquet")
    csv.unlink(missing_ok=True)
    table.drop(columns="id").to_parquet(folder / "household.parquet")
    assert {name: household.id for name, household in read_book(folder).items()} == {"smith": "smith", "007": "007"}
    assert Household.load(folder, "007").id == "007"


def test_numbers_are_ids_too(tmp_path):
    write_book([another("17"), another("18")], tmp_path, "parquet")
    for name in NAMES:
        table = pd.read_parquet(tmp_path / f"{name}.parquet")
        table.assign(household_id=table["household_id"].astype("int64")).to_parquet(tmp_path / f"{name}.parquet")
    assert list(read_book(tmp_path)) == ["17", "18"]
    assert Household.load(tmp_path, "18").id == "18"


def test_a_book_names_the_faults_of_all_its_households(tmp_path):
    write_book([HOUSEHOLD, another("jones")], tmp_path)
    append(tmp_path, "targets", "jones,gold,0.1,0,1")
    append(tmp_path, "lots", "smith,joint,2,VTI,many,1,2024-01-01")
    append(tmp_path, "lots", "jones,jiont,2,VTI,1,1,2024-01-01")
    append(tmp_path, "lots", "smiht,joint,2,VTI,1,1,2024-01-01")
    assert [fault[:2] for fault in faults_of_book(tmp_path)] == [
        (f"{tmp_path.name}/lots[6].household_id", "unknown household 'smiht'"),
        ("smith/accounts.joint.lots[1].quantity", "'many' is not a number"),
        ("jones/lots[2].account", "unknown account 'jiont'"),
        ("jones/targets", "the weights sum to 1.1"),
    ]


def test_households_of_one_id_are_refused(tmp_path):
    with pytest.raises(InputError, match="household_id 'smith' is used 2 times"):
        write_book([HOUSEHOLD, HOUSEHOLD], tmp_path)
    write_book([HOUSEHOLD], tmp_path)
    header, row = (tmp_path / "household.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "household.csv").write_text("\n".join([header, row, row]), encoding="utf-8")
    assert (f"{tmp_path.name}/household", "household_id 'smith' is used 2 times") in [
        fault[:2] for fault in faults_of_book(tmp_path)
    ]
    with pytest.raises(InputError, match="2 rows"):
        Household.load(tmp_path, "smith")


def test_a_table_that_does_not_say_whose_its_rows_are_is_refused(tmp_path):
    write_book([HOUSEHOLD, another("jones")], tmp_path)
    for table in ("accounts", "lots"):
        frame = pd.read_csv(tmp_path / f"{table}.csv", dtype=str).drop(columns="household_id")
        frame.to_csv(tmp_path / f"{table}.csv", index=False)
    expected = [(f"{tmp_path.name}/{table}", "no column household_id") for table in ("accounts", "lots")]
    assert [fault[:2] for fault in faults_of_book(tmp_path)] == expected
    assert faults_of(tmp_path, "jones") == expected


def test_a_book_that_is_not_there_raises_file_not_found(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing"):
        read_book(tmp_path / "nothing")


def test_a_book_of_hundreds_of_households_is_read_and_written_in_seconds(tmp_path):
    started = perf_counter()
    write_book((another(f"{n}") for n in range(500)), tmp_path)
    assert len(read_book(tmp_path)) == 500
    assert perf_counter() - started < 20
