"""Rows that a book's households share: the same households, and the same plans, as if the rows were repeated."""

import pytest
from book_cases import SHARED, TABLES, append, write

from lotroute.models import Household, InputError, read_book, write_book
from lotroute.solver import solve
from lotroute.solver.runs.batch.book import Book, household_of

MARKET = {
    "household": "household_id,trade_date,taxpayer.rates.short,taxpayer.rates.long\n"
    "menus,2026-06-15,0.35,0.15\nfree,2026-06-15,0.35,0.15\n",
    "accounts": "household_id,id,kind,cash,menu,contribution\n"
    "menus,joint,taxable,1000,VTI;BND,3000\nmenus,ira,traditional,500,VXUS;BND,\n"
    "free,joint,taxable,1000,,3000\nfree,ira,traditional,500,VXUS;BND,\n",
    "lots": "household_id,account,id,symbol,quantity,basis_per_share,acquired\n"
    + "".join(
        f"{name},joint,a,VTI,100,140,2024-01-02\n{name},joint,b,VTI,60,60,2020-01-02\n{name},ira,c,BND,200,,\n"
        for name in ("menus", "free")
    ),
    "targets": "asset_class,weight\nstock,0.4\nintl,0.2\nbond,0.4\ngold,0\n",
    "recent_trades": "household_id,account,symbol,side,date,quantity\nmenus,ira,VXUS,buy,2026-06-01,3\n",
    "factor_targets": "household_id,factor,lower,upper\nmenus,metal,0,0.3\n",
}
"""A household that may buy what is on two menus, and one that may buy everything."""

SECURITIES = """symbol,price,exposures,substitutes,identity_group,growth,factors,ordinary_yield
GLD,200,gold,,,,metal=1,
VTI,100,stock,,,,,0.01
SCHB,50,stock,VTI,,,,
ITOT,70,stock,,VTI,,,
VOO,300,stock,,,0.06,,
VXUS,60,intl,,,,,0.03
VEA,45,intl,VWO,,,,
VWO,40,intl,VXUS,,,,
BND,80,bond,,,,,0.04
AGG,95,bond,,,0.01,,0.05
GRNY,10,gold,,,,,0.2
"""
"""The market of that book. Of the funds that are on no menu, SCHB and VEA lead by substitutes to some that are, ITOT is
identical to one, GLD alone has the factor that is banded, and VOO gives its growth."""


def repeated(tables, names):
    """The same tables with the shared rows repeated for each household, behind its own rows."""
    found = dict(tables)
    for name in ("securities", "targets"):
        header, *rows = tables[name].splitlines()
        if not header.startswith("household_id"):
            found[name] = "\n".join(
                [f"household_id,{header}", *(f"{home},{row}" for home in names for row in rows), ""]
            )
    return found


def streamed(path):
    book = Book(path)
    return {rows.household: household_of(book.header, rows) for rows in book.rows()}


def every_way(path):
    """The households of a book, which `read_book`, `Household.load` and `Book` must read alike."""
    homes = read_book(path)
    assert streamed(path) == homes
    assert {name: Household.load(path, name) for name in homes} == homes
    return homes


def faults(path, name):
    with pytest.raises(InputError) as error:
        Household.load(path, name)
    with pytest.raises(InputError) as whole:
        read_book(path)
    book = Book(path)
    [rows] = book.only([name])
    with pytest.raises(InputError) as alone:
        household_of(book.header, rows)
    assert alone.value.faults == error.value.faults
    assert {f"{name}/{fault.path}" for fault in alone.value.faults} <= {fault.path for fault in whole.value.faults}
    return [(fault.path, fault.message, fault.place) for fault in error.value.faults]


def planned(household):
    """Everything that a plan says but how long it took."""
    return solve(household, explain="codes").model_dump(exclude={"certificate": {"seconds", "stages"}})


def test_shared_rows_are_as_if_repeated(tmp_path):
    shared = every_way(write(tmp_path / "shared", SHARED))
    assert shared == every_way(write(tmp_path / "repeated", repeated(SHARED, ["smith", "jones"])))


def test_rows_with_an_empty_household_id_are_shared_too(tmp_path):
    tables = repeated(SHARED, [""])
    assert every_way(write(tmp_path / "empty", tables)) == every_way(write(tmp_path / "none", SHARED))


def test_the_plan_is_the_same_as_if_the_whole_market_were_repeated(tmp_path):
    tables = MARKET | {"securities": SECURITIES}
    shared = every_way(write(tmp_path / "shared", tables))
    whole = read_book(write(tmp_path / "repeated", repeated(tables, ["menus", "free"])))
    assert shared["free"] == whole["free"]
    got = {security.symbol for security in shared["menus"].securities}
    assert {security.symbol for security in whole["menus"].securities} - got == {"GRNY", "AGG"}
    for name, home in shared.items():
        assert planned(home) == planned(whole[name])
        assert planned(home)["trades"]


@pytest.mark.parametrize("missed", ["SCHB", "ITOT", "VOO", "GLD"])
def test_a_fund_that_is_on_no_menu_may_change_the_plan(tmp_path, missed):
    """So it is among those that the household gets: without it the plan says something else, or there is none."""
    data = read_book(write(tmp_path / "book", MARKET | {"securities": SECURITIES}))["menus"].model_dump()
    fewer = data | {"securities": [each for each in data["securities"] if each["symbol"] != missed]}
    if missed == "GLD":
        with pytest.raises(InputError, match="no security has the factor 'metal'"):
            Household.model_validate(fewer)
    else:
        assert planned(Household.model_validate(fewer)) != planned(Household.model_validate(data))


def test_a_household_s_own_row_goes_before_a_shared_one(tmp_path):
    tables = SHARED | {
        "securities": "household_id,symbol,price,exposures\n,VTI,100,stock\n,BND,80,bond\nsmith,VTI,101,stock\n",
        "targets": "household_id,asset_class,weight\n,stock,0.6\njones,bond,0.3\n,bond,0.4\njones,stock,0.7\n",
    }
    homes = every_way(write(tmp_path / "book", tables))
    assert [homes[name].security["VTI"].price for name in homes] == [101, 100]
    weights = {name: {each.asset_class: each.weight for each in home.targets} for name, home in homes.items()}
    assert weights == {"smith": {"stock": 0.6, "bond": 0.4}, "jones": {"stock": 0.7, "bond": 0.3}}


# -- prices ------------------------------------------------------------------------------------------------------------

UNPRICED = {
    "own": TABLES | {"securities": TABLES["securities"].replace(",100,", ",,")},
    "shared": SHARED | {"securities": SHARED["securities"].replace(",100,", ",,")},
}


@pytest.mark.parametrize("kind", ["own", "shared"])
def test_prices_fill_the_prices_that_are_left_out(tmp_path, kind):
    prices = {"prices": "symbol,price\nVTI,102\nBND,81\nIBM,250\n"}
    homes = every_way(write(tmp_path / "book", UNPRICED[kind] | prices))
    assert {(home.security["VTI"].price, home.security["BND"].price) for home in homes.values()} == {(102, 80)}


@pytest.mark.parametrize(("kind", "bond"), [("own", 80), ("shared", 82)])
def test_a_household_s_own_prices_go_before_shared_ones(tmp_path, kind, bond):
    """Its own row of securities is its own price too, and the nearest."""
    prices = {"prices": "household_id,symbol,price\n,VTI,102\nsmith,VTI,103\nsmith,BND,82\n"}
    homes = every_way(write(tmp_path / "book", UNPRICED[kind] | prices))
    assert (homes["smith"].security["VTI"].price, homes["jones"].security["VTI"].price) == (103, 102)
    assert (homes["smith"].security["BND"].price, homes["jones"].security["BND"].price) == (bond, 80)


def test_one_household_has_prices_of_its_own(tmp_path):
    tables = {
        name: "\n".join(row.partition(",")[2] for row in text.splitlines() if "jones" not in row)
        for name, text in UNPRICED["own"].items()
    }
    assert (
        Household.load(write(tmp_path / "home", tables | {"prices": "symbol,price\nVTI,9\n"})).security["VTI"].price
        == 9
    )


def test_a_price_that_is_none_has_the_place_of_its_row(tmp_path):
    path = write(tmp_path / "book", UNPRICED["shared"] | {"prices": "symbol,price\nBND,1\nVTI,dear\n"})
    assert faults(path, "smith") == [("securities.VTI.price", "'dear' is not a number", "prices.csv, row 3")]


def test_a_price_that_nothing_gives_is_missing(tmp_path):
    assert faults(write(tmp_path / "book", UNPRICED["shared"]), "jones") == [
        ("securities.VTI.price", "missing", "securities.csv, row 2")
    ]


def test_a_household_s_prices_are_of_securities_that_are_known(tmp_path):
    prices = {"prices": "household_id,symbol,price\nsmith,VIT,1\nsmith,VTI,2\nsmith,VTI,2\nsmith,,3\n"}
    assert faults(write(tmp_path / "book", UNPRICED["shared"] | prices), "smith") == [
        ("prices[3].symbol", "missing", "prices.csv, row 5"),
        ("prices", "symbol 'VTI' is used 2 times", "prices.csv, row 4"),
        ("prices[0].symbol", "unknown symbol 'VIT'", "prices.csv, row 2"),
    ]


@pytest.mark.parametrize("table", ["securities", "targets"])
def test_a_shared_row_given_twice_is_refused_for_the_book(tmp_path, table):
    path = write(tmp_path / "book", SHARED)
    append(path, table, SHARED[table].splitlines()[1])
    for read in (read_book, Book):
        with pytest.raises(InputError, match="is used 2 times"):
            read(path)


def test_a_book_written_anew_leaves_no_prices_and_no_parts_behind(tmp_path):
    homes = read_book(write(tmp_path / "book", SHARED | {"prices": "symbol,price\nVTI,1\n"}))
    write_book(homes.values(), tmp_path / "book", "parquet")
    (tmp_path / "book" / "lots").mkdir()
    (tmp_path / "book" / "lots.parquet").rename(tmp_path / "book" / "lots" / "part-0.parquet")
    write_book(homes.values(), tmp_path / "book", "csv")
    assert read_book(tmp_path / "book") == homes
    assert not (tmp_path / "book" / "prices.csv").exists()
