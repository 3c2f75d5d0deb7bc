"""A household from frames in memory and from a database: the tables of files, with the same faults."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from random_households import featured_household

from lotroute.fixtures.generator import generate
from lotroute.fixtures.sleeve import generate_sleeve
from lotroute.models import Household, InputError, Taxpayer

HOUSEHOLD = {"id": "smith", "trade_date": date(2026, 6, 15), "taxpayer": {"rates": {"short": 0.3, "long": 0.15}}}


def frames():
    """A small household as someone would type its frames, most columns left out."""
    return {
        "household": HOUSEHOLD,
        "accounts": pd.DataFrame({"id": ["joint", "ira"], "kind": ["taxable", "roth"], "cash": [1000, None]}),
        "lots": pd.DataFrame(
            {
                "account": ["joint", "ira"],
                "id": ["a", "b"],
                "symbol": ["VTI", "VTI"],
                "quantity": [10.5, 5],
                "basis_per_share": [50.0, None],
                "acquired": [pd.Timestamp("2020-01-02"), None],
            }
        ),
        "securities": pd.DataFrame({"symbol": ["VTI", "BND"], "price": [100, 80], "exposures": ["stock", "bond"]}),
        "targets": pd.DataFrame({"asset_class": ["stock", "bond"], "weight": [0.6, 0.4]}),
    }


def faults(**changed):
    with pytest.raises(InputError) as error:
        Household.from_frames(**{**frames(), **changed})
    return [str(fault) for fault in error.value.faults]


def same(**changed):
    return Household.from_frames(**{**frames(), **changed}) == Household.from_frames(**frames())


# -- what is read ------------------------------------------------------------------------------------------------------


def test_frames_make_the_household_that_its_file_makes():
    data = {name: frame.to_dict("records") for name, frame in frames().items() if name != "household"}
    lots = [{key: cell for key, cell in row.items() if not pd.isna(cell)} for row in data.pop("lots")]
    for account in data["accounts"]:
        account["cash"] = 0 if pd.isna(account["cash"]) else account["cash"]
        account["lots"] = [
            {key: cell for key, cell in lot.items() if key != "account"}
            for lot in lots
            if lot["account"] == account["id"]
        ]
    assert Household.from_frames(**frames()) == Household.model_validate(HOUSEHOLD | data)


@pytest.mark.parametrize("kind", ["pandas", "arrow"])
def test_two_hundred_households_come_back_exactly_from_their_frames(kind):
    homes = [*generate(150, 3), *(featured_household(seed) for seed in range(48))]
    homes += [generate_sleeve(seed, 100) for seed in range(2)]
    assert len(homes) == 200
    for home in homes:
        back = Household.from_frames(**home.to_frames(kind))
        assert back == home
        assert back.model_dump() == home.model_dump()


def everything():
    """The example of docs/household.md, with an inherited account and money asked for beside."""
    page = Path("docs/household.md").read_text(encoding="utf-8")
    home = Household.model_validate_json(page.partition("```json\n")[2].partition("```")[0])
    inherited = {
        "id": "old",
        "kind": "traditional",
        "registration": "inherited",
        "cash": 900.0,
        "last_year_end_value": 900,
    }
    inherited["inherited"] = {"died": "2024-05-06", "owner_born": "1950-01-02"}
    inherited["owner"] = home.people[0].id
    return home.with_({"accounts.old": inherited, "withdrawal": 500})


@pytest.mark.parametrize("kind", ["pandas", "arrow"])
def test_people_and_what_an_account_has_within_it_come_back(kind):
    home = everything()
    assert home.account["old"].inherited.died == date(2024, 5, 6)
    back = Household.from_frames(**home.to_frames(kind))
    assert back == home
    connection = duckdb.connect()
    stored(connection, home)
    assert Household.from_duckdb(connection) == home


@pytest.mark.parametrize(
    "row",
    [
        {"id": "smith", "trade_date": "2026-06-15", "taxpayer.rates.short": 0.3, "taxpayer.rates.long": 0.15},
        HOUSEHOLD | {"taxpayer": Taxpayer.model_validate(HOUSEHOLD["taxpayer"])},
        HOUSEHOLD | {"trade_date": np.datetime64("2026-06-15"), "same_index": np.False_},
        pd.Series(HOUSEHOLD),
        pd.DataFrame([HOUSEHOLD]),
        pa.Table.from_pylist([HOUSEHOLD]),
    ],
    ids=["dotted", "records", "numpy", "series", "frame", "arrow"],
)
def test_every_way_to_write_the_household_s_own_fields(row):
    assert same(household=row)


@pytest.mark.parametrize(
    "lots",
    [
        frames()["lots"].set_index(["account", "id"]),
        frames()["lots"].set_axis([7, 7]),
        frames()["lots"].astype({"symbol": "category", "account": "string"}),
        frames()["lots"].convert_dtypes(),
        frames()["lots"].assign(quantity=[Decimal("10.5"), np.int64(5)]),
        frames()["lots"].assign(acquired=[datetime(2020, 1, 2), pd.NaT]),
        frames()["lots"].assign(acquired=["2020-01-02", ""]),
        pa.Table.from_pandas(frames()["lots"]),
        pa.Table.from_pandas(frames()["lots"]).to_reader(),
        duckdb.from_arrow(pa.Table.from_pandas(frames()["lots"])),
    ],
    ids=["index", "labels", "category", "nullable", "numbers", "datetime", "text", "arrow", "stream", "relation"],
)
def test_every_kind_of_frame_and_cell(lots):
    assert same(lots=lots)


@pytest.mark.parametrize(
    "exposures",
    [
        pd.Series([{"stock": 1.0}, {"bond": 1}]),
        pa.array([[("stock", 1.0)], [("bond", 1.0)]], pa.map_(pa.string(), pa.float64())),
        pa.array([{"stock": 1.0}, {"bond": 1.0}]),  # one struct for all: the fields that a row lacks are null
    ],
    ids=["dict", "map", "struct"],
)
def test_exposures_may_be_mappings(exposures):
    columns = {"symbol": ["VTI", "BND"], "price": [100, 80], "exposures": exposures}
    assert same(securities=pd.DataFrame(columns) if isinstance(exposures, pd.Series) else pa.table(columns))


@pytest.mark.parametrize("menu", [["VTI", "BND"], np.array(["VTI", "BND"]), ("VTI", "BND"), "VTI;BND"])
def test_lists_may_be_lists(menu):
    accounts = frames()["accounts"].assign(menu=pd.Series([menu, None], dtype=object))
    assert Household.from_frames(**frames() | {"accounts": accounts}).account["joint"].menu == ("VTI", "BND")


def test_a_table_of_prices_and_a_household_of_a_book():
    whole = frames()
    securities = whole["securities"]
    book = whole | {"securities": securities.drop(columns="price"), "prices": securities[["symbol", "price"]]}
    book["household"] = pd.DataFrame([HOUSEHOLD | {"household_id": 17}, HOUSEHOLD | {"household_id": 18}])
    book["accounts"] = pd.concat(whole["accounts"].assign(household_id=owner) for owner in (17, 18))
    book["lots"] = whole["lots"].assign(household_id=17)
    book["household"] = book["household"].drop(columns="id")
    home = Household.from_frames(**book, household_id="17")
    assert home == Household.from_frames(**whole).model_copy(update={"id": "17"})
    assert Household.from_frames(**book, household_id="18").lot == {}


def test_what_a_frame_leaves_out_is_filled_in_and_said_on_the_card():
    known = {"securities": pd.DataFrame({"symbol": ["VTI", "BND"], "price": [100, 80]})}
    known["targets"] = pd.DataFrame({"asset_class": ["us_stock", "us_bond"], "weight": [0.6, 0.4]})
    home = Household.from_frames(**frames() | known)
    assert home.security["BND"].exposures == {"us_bond": 1.0}
    assert Household.from_frames(**home.to_frames()) == home
    assert f"{len(home.filled)} values filled in by the tables of funds" in home._repr_html_()
    complete = home.with_({f"securities.{symbol}.name": symbol for symbol in ("VTI", "BND")})
    assert len(complete.filled) < len(home.filled)
    assert f"{len(complete.filled)} values filled in" in complete._repr_html_()


# -- faults ------------------------------------------------------------------------------------------------------------


def test_every_fault_has_its_table_and_row():
    lots = frames()["lots"].assign(quantity=[-1, "many"], account=["joint", "nowhere"])
    targets = frames()["targets"].assign(weight=[0.6, 0.3])
    assert faults(lots=lots, targets=targets) == [
        "lots[1].account (lots, row 1): unknown account 'nowhere'; the id of a row of accounts",
        "accounts.joint.lots[0].quantity (lots, row 0): -1 is negative; Shares held, 0 or more; fractions allowed.",
        "targets: the weights sum to 0.9; they must sum to 1",
    ]


def test_the_faults_are_those_of_the_same_tables_in_files(tmp_path):
    spoiled = Household.from_frames(**frames()).to_frames()
    spoiled["lots"].loc[0, "basis_per_share"] = np.inf
    spoiled["lots"].loc[1, "symbol"] = "VIT"
    spoiled["accounts"]["kind"] = ["taxed", "roth"]
    spoiled["securities"].loc[0, "price"] = None
    for name, frame in spoiled.items():
        if len(frame):
            frame.to_csv(tmp_path / f"{name}.csv", index=False)
    with pytest.raises(InputError) as of_files:
        Household.load(tmp_path)
    with pytest.raises(InputError) as of_frames:
        Household.from_frames(**spoiled)
    expected = [(fault.path, fault.message.replace("'inf'", "infinity"), fault.hint) for fault in of_files.value.faults]
    assert [(fault.path, fault.message, fault.hint) for fault in of_frames.value.faults] == expected
    rows = [fault.place for fault in of_frames.value.faults]
    assert rows == [
        fault.place and f"{fault.place.partition('.')[0]}, row {int(fault.place.rpartition(' ')[2]) - 2}"
        for fault in of_files.value.faults
    ]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"targets": None}, "targets: missing; give a frame of it"),
        ({"recent_trade": pd.DataFrame()}, "recent_trade: unknown table; did you mean 'recent_trades'?"),
        ({"lots": 3}, "lots: 3 is not a table; give a pandas frame or an Arrow table"),
        ({"lots": [{"id": "a"}]}, "lots: [{'id': 'a'}] is not a table; give a pandas frame or an Arrow table"),
        ({"household": HOUSEHOLD | {"taxpayer.state": 1}}, "taxpayer.state (household, row 0): unknown field"),
        ({"household": pd.DataFrame([HOUSEHOLD] * 2)}, "household: 2 rows; one household, one row"),
        ({"household_id": "jones"}, "household: no household 'jones'; known: smith"),
        (
            {"targets": pd.DataFrame([["stock", 1, 1]], columns=["asset_class", "weight", "weight"])},
            "targets.weight: is",
        ),
        (
            {"lots": None, "accounts": frames()["accounts"].assign(cash=[1, 0])},
            "lots: missing; account ira has no cash, so it should have lots",
        ),
        (
            {"lots": frames()["lots"].assign(acquired=pd.Timestamp("2020-01-02 15:30"))},
            "accounts.joint.lots[0].acquired (lots, row 0): Timestamp('2020-01-02 15:30:00') is not a date, YYYY-MM-DD",
        ),
    ],
)
def test_what_cannot_be_read_is_said(changed, found):
    assert faults(**changed)[0].startswith(found)


# -- DuckDB ------------------------------------------------------------------------------------------------------------


def stored(connection, home):
    for name, table in home.to_frames("arrow").items():
        connection.register("given", table)
        connection.execute(f"CREATE TABLE {name} AS FROM given")
        connection.unregister("given")


def test_a_household_comes_back_from_a_database(tmp_path):
    home = featured_household(4)
    with duckdb.connect(str(tmp_path / "home.duckdb")) as connection:
        stored(connection, home)
        connection.execute("CREATE TABLE audit_log(what VARCHAR)")
        assert Household.from_duckdb(connection) == home
    assert Household.from_duckdb(tmp_path / "home.duckdb") == home
    assert Household.from_duckdb(str(tmp_path / "home.duckdb"), home.id) == home


def test_views_letter_case_and_decimals_of_a_database():
    connection = duckdb.connect()
    stored(connection, Household.from_frames(**frames()))
    connection.execute("ALTER TABLE lots RENAME TO positions")
    columns = (
        "account, id, symbol, quantity::DECIMAL(18, 4) AS quantity, basis_per_share, acquired::TIMESTAMP AS acquired"
    )
    connection.execute(f"CREATE VIEW LOTS AS SELECT {columns} FROM positions WHERE quantity > 0")
    assert Household.from_duckdb(connection) == Household.from_frames(**frames())


def test_a_household_of_a_book_in_a_database():
    connection = duckdb.connect()
    stored(connection, Household.from_frames(**frames()))
    for name in ("household", "accounts", "lots", "filled"):
        connection.execute(f"ALTER TABLE {name} ADD COLUMN household_id INTEGER DEFAULT 17")
    connection.execute("ALTER TABLE household DROP COLUMN id")
    assert Household.from_duckdb(connection, "17").id == "17"


def test_what_a_database_has_wrong_is_said(tmp_path):
    def found(database):
        with pytest.raises(InputError) as error:
            Household.from_duckdb(database)
        return str(error.value)

    connection = duckdb.connect()
    stored(connection, Household.from_frames(**frames()))
    connection.execute("UPDATE lots SET quantity = -1 WHERE id = 'b'")
    assert found(connection).startswith("accounts.ira.lots[0].quantity (lots, row 1): -1 is negative")
    connection.execute("ALTER TABLE recent_trades RENAME TO recent_trade")
    assert found(connection) == "recent_trade: unknown table; did you mean 'recent_trades'?"
    connection.execute("DROP TABLE recent_trade; CREATE VIEW prices AS SELECT * FROM targets; DROP TABLE targets")
    assert found(connection).startswith("the database: cannot be read: ")
    assert found(duckdb.connect()).startswith("household: missing")
    (tmp_path / "no.duckdb").write_text("household\n" * 1000)
    assert found(tmp_path / "no.duckdb").startswith("no.duckdb: cannot be read: ")
    with pytest.raises(FileNotFoundError):
        Household.from_duckdb(tmp_path / "absent.duckdb")
    assert not (tmp_path / "absent.duckdb").exists()


def test_without_the_extras_what_to_install_is_said(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(InputError, match="duckdb is missing; pip install lotroute"):
        Household.from_duckdb("any.duckdb")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(InputError, match="pyarrow is missing; pip install lotroute"):
        Household.from_frames(**frames() | {"lots": pa.table({})})
