"""What a household leaves out about known funds is filled in and marked; the rest is asked for, all at once."""

import json

import pandas as pd
import pytest
from book_cases import write

from lotroute.models import Filled, Household, InputError, filled, read_book, write_book
from lotroute.models.household.tables import spread
from lotroute.solver import audit, solve
from lotroute.solver.runs.batch.book import Book, household_of

SOURCE = "table of funds, 2025"


def data(*securities, targets=("us_stock", "us_bond"), **fields):
    """A household with these securities, each held."""
    lots = [
        {"id": f"l{i}", "symbol": each["symbol"], "quantity": 10, "basis_per_share": 50, "acquired": "2020-01-02"}
        for i, each in enumerate(securities)
        if ";" not in each["symbol"]
    ]
    return {
        "trade_date": "2026-06-15",
        "taxpayer": {"filing_status": "single", "rates": {"short": 0.35, "long": 0.15}},
        "accounts": [{"id": "joint", "kind": "taxable", "lots": lots}],
        "securities": [{"price": 100} | each for each in securities],
        "targets": [{"asset_class": name, "weight": 1 / len(targets)} for name in targets],
        **fields,
    }


def home(*securities, **fields):
    return Household.model_validate(data(*securities, **fields))


def marks(household):
    return {mark.path.removeprefix("securities."): mark.value for mark in household.filled}


def faults(*securities, **fields):
    with pytest.raises(InputError) as error:
        home(*securities, **fields)
    return error.value.faults


def test_class_and_name_are_filled_in_and_marked():
    household = home({"symbol": "VTI"}, {"symbol": "BND"})
    assert household.security["VTI"].exposures == {"us_stock": 1}
    assert household.security["VTI"].name == "Vanguard Total Stock Market Index"
    assert marks(household) == {
        "VTI.exposures": "us_stock",
        "VTI.name": "Vanguard Total Stock Market Index",
        "BND.exposures": "us_bond",
        "BND.name": "Vanguard Total Bond Market Index",
    }
    assert {mark.source for mark in household.filled} == {SOURCE}


def test_the_household_s_word_goes_before():
    given = {"symbol": "VTI", "exposures": {"us_stock": 0.5, "us_bond": 0.5}, "name": "", "collectible": False}
    household = home(given, {"symbol": "GLD", "exposures": "us_stock", "name": "Gold", "collectible": False})
    assert household.filled == ()
    assert household.security["VTI"].exposures == {"us_stock": 0.5, "us_bond": 0.5}
    assert household.security["VTI"].name == ""
    assert not household.security["GLD"].collectible


def test_a_household_that_says_everything_is_read_as_it_is():
    given = data({"symbol": "VTI", "exposures": "us_stock", "name": "x"})
    assert filled(given) == (given, [])


def test_neither_price_nor_yield_is_filled_in():
    household = home({"symbol": "VTEB"}, {"symbol": "VMFXX", "price": 1})
    assert [each.exempt_yield for each in household.securities] == [0, 0]
    assert household.security["VMFXX"].exposures == {"cash": 1}
    rows = data({"symbol": "VTI"}) | {"securities": [{"symbol": "VTI"}]}
    with pytest.raises(InputError) as error:
        Household.model_validate(rows)
    assert [(fault.path, fault.message) for fault in error.value.faults] == [("securities.VTI.price", "missing")]


def test_the_facts_that_change_a_bill_are_filled_in():
    household = home(
        {"symbol": "GLD"},
        {"symbol": "TLT", "ordinary_yield": 0.04},
        {"symbol": "SHY"},
        {"symbol": "BND", "ordinary_yield": 0.04},
        targets=("us_bond", "commodities"),
    )
    assert household.security["GLD"].collectible
    assert household.security["TLT"].state_exempt_share == 1
    found = {path: value for path, value in marks(household).items() if not path.endswith(("name", "exposures"))}
    assert found == {"GLD.collectible": "true", "TLT.state_exempt_share": "1"}


def test_a_known_fund_with_a_target_of_its_own_is_a_fund():
    household = home({"symbol": "VTI"}, {"symbol": "BND"}, security_targets=[{"symbol": "VTI", "weight": 0.5}])
    assert (household.security["VTI"].kind, household.security["BND"].kind) == ("fund", None)
    assert marks(household)["VTI.kind"] == "fund"


def test_a_class_without_a_target_counts_as_the_wider_one():
    assert home({"symbol": "VB"}).security["VB"].exposures == {"us_stock": 1}
    assert home({"symbol": "VB"}, targets=("us_stock", "us_small")).security["VB"].exposures == {"us_small": 1}
    mixed = home({"symbol": "VBIAX"})
    assert mixed.security["VBIAX"].exposures == {"us_stock": 0.6, "us_bond": 0.4}
    assert marks(mixed)["VBIAX.exposures"] == "us_stock=0.6;us_bond=0.4"


def test_what_is_not_known_is_asked_for_all_at_once():
    found = faults(*({"symbol": symbol} for symbol in ("AAPL", "VTI", "VTTSX", "MYST", "GLD")))
    assert [fault.path for fault in found] == [f"securities.{s}.exposures" for s in ("AAPL", "VTTSX", "MYST", "GLD")]
    assert {fault.message for fault in found} == {"missing"}
    assert found[0].hint == "no table of funds knows it: give its asset class, as in us_bond"
    assert found[1].hint.startswith("Vanguard Target Retirement 2060 holds several classes, or its mix changes")
    assert found[2].hint.endswith("symbol AAPL;MYST, exposures us_bond, kind stock or fund")
    assert found[3].hint.startswith("SPDR Gold Shares is commodities: add a target for it")


def test_other_faults_stay_as_they_are():
    (fault,) = faults({"symbol": "AAPL", "exposures": "us_stock", "price": -1})
    assert (fault.path, fault.message) == ("securities.AAPL.price", "-1 is not more than 0")
    assert faults({"symbol": "VTI"}, securities="VTI")[0].path == "securities"


def test_one_row_gives_a_class_for_many():
    many = {"symbol": "AAPL; MSFT ;NVDA", "exposures": "us_stock", "kind": "stock", "price": 10}
    household = home({"symbol": "AAPL", "price": 190}, {"symbol": "MSFT", "kind": "fund"}, many)
    assert {each.symbol: (each.price, each.kind) for each in household.securities} == {
        "AAPL": (190, "stock"),
        "MSFT": (100, "fund"),
        "NVDA": (10, "stock"),
    }
    assert all(each.exposures == {"us_stock": 1} for each in household.securities)
    assert household.filled == ()


def test_rows_that_repeat_a_symbol_stay_apart():
    one, other, many = {"symbol": "A"}, {"symbol": "A"}, {"symbol": "A;B", "kind": "stock"}
    assert [row["symbol"] for row in spread([one, other])] == ["A", "A"]
    assert [row["symbol"] for row in spread([many, dict(many)])] == ["A", "B", "A", "B"]
    assert [row["symbol"] for row in spread([many, one])] == ["A", "B"]
    assert [row["symbol"] for row in spread([many, one, other])] == ["A", "B", "A"]
    repeated = faults({"symbol": "AAPL;MSFT"}, {"symbol": "AAPL;NVDA"})
    assert "symbol 'AAPL' is used 2 times" in [fault.message for fault in repeated]


# -- saved, loaded, changed -----------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "csv", "parquet"])
def test_a_mark_outlives_saving(tmp_path, form):
    household = home({"symbol": "VTI"}, {"symbol": "VBIAX"}, {"symbol": "TLT", "ordinary_yield": 0.04})
    path = tmp_path / ("home.json" if form == "json" else "home")
    if form == "json":
        household.save(path)
    else:
        household.save(path, tables=form)
    assert Household.load(path) == household
    assert Household.load(path).filled == household.filled != ()


def test_a_value_changed_by_hand_loses_its_mark(tmp_path):
    home({"symbol": "VTI"}, {"symbol": "BND"}).save(tmp_path / "home.json")
    stored = json.loads((tmp_path / "home.json").read_text())
    stored["securities"][0]["exposures"] = {"us_stock": 0.9, "us_bond": 0.1}
    del stored["securities"][1]["exposures"]
    (tmp_path / "home.json").write_text(json.dumps(stored))
    again = Household.load(tmp_path / "home.json")
    assert {*marks(again)} == {"VTI.name", "BND.name", "BND.exposures"}


def test_a_change_in_python_is_the_user_s_word():
    household = home({"symbol": "VTI"}, {"symbol": "BND"})
    assert {*marks(household.with_({"securities.VTI.exposures": "us_bond"}))} == {
        "VTI.name",
        "BND.exposures",
        "BND.name",
    }
    assert marks(household.with_({"securities.VTI.price": 50})) == marks(household)
    assert household.validated() == household


def test_a_mark_of_nothing_is_left_out():
    claimed = [{"path": "securities.VTI.price", "value": "100", "source": "me"}]
    assert home({"symbol": "VTI", "exposures": "us_stock", "name": "x"}, filled=claimed).filled == ()


# -- tables, books and the nightly stream -----------------------------------------------------------------------------

BOOK = {
    "household": "household_id,trade_date,taxpayer.rates.short,taxpayer.rates.long\n"
    "smith,2026-06-15,0.35,0.15\njones,2026-06-15,0.35,0.15\n",
    "accounts": "household_id,id,kind,cash\nsmith,joint,taxable,1000\njones,ira,traditional,500\n",
    "lots": "household_id,account,id,symbol,quantity,basis_per_share,acquired\n"
    "smith,joint,a,VTI,100,140,2024-01-02\nsmith,joint,b,AAPL,60,60,2020-01-02\njones,ira,c,VB,200,,\n",
    "targets": "household_id,asset_class,weight\n,us_stock,0.6\n,us_bond,0.4\njones,us_small,0\n",
    "securities": "symbol,price,exposures,kind\nVTI,,,\nVB,,,\nBND,,,\nAAPL;MSFT,,us_stock,stock\n",
    "prices": "symbol,price\nVTI,300\nVB,200\nBND,70\nAAPL,190\nMSFT,400\n",
}


def streamed(path):
    book = Book(path)
    return {rows.household: household_of(book.header, rows) for rows in book.rows()}


def test_a_book_and_its_stream_are_filled_alike(tmp_path):
    write(tmp_path / "book", BOOK)
    households = read_book(tmp_path / "book")
    assert streamed(tmp_path / "book") == households
    smith, jones = households["smith"], households["jones"]
    assert smith.security["VB"].exposures == {"us_stock": 1}
    assert jones.security["VB"].exposures == {"us_small": 1}
    assert [(each.symbol, each.price, each.kind) for each in smith.securities][3:] == [
        ("AAPL", 190, "stock"),
        ("MSFT", 400, "stock"),
    ]
    assert {mark.path for mark in smith.filled} == {
        f"securities.{symbol}.{field}" for symbol in ("VTI", "VB", "BND") for field in ("exposures", "name")
    }
    write_book(households.values(), tmp_path / "again")
    assert read_book(tmp_path / "again") == streamed(tmp_path / "again") == households


def test_the_row_of_many_is_where_its_faults_are(tmp_path):
    rows = BOOK["securities"].replace("us_stock,stock", "us_stock=0.9,stock") + "MYST,,,\n"
    write(tmp_path / "book", BOOK | {"securities": rows, "prices": BOOK["prices"] + "MYST,5\n"})
    with pytest.raises(InputError) as error:
        Household.load(tmp_path / "book", "smith")
    found = {fault.path: fault for fault in error.value.faults}
    assert {*found} == {f"securities.{symbol}.exposures" for symbol in ("AAPL", "MSFT", "MYST")}
    assert {fault.place for fault in found.values()} == {"securities.csv, row 5", "securities.csv, row 6"}


def test_a_frame_of_securities_is_filled_too():
    household = home({"symbol": "VTI"}).with_(securities=pd.DataFrame({"symbol": ["VTI"], "price": [300.0]}))
    assert marks(household)["VTI.exposures"] == "us_stock"


# -- the plan -----------------------------------------------------------------------------


def test_a_plan_names_what_was_filled_in_of_what_is_held_or_traded():
    household = home({"symbol": "VTI"}, {"symbol": "BND"})
    more = data({"symbol": "VTI"}, {"symbol": "BND"})
    more["securities"].append({"symbol": "VXUS", "price": 60, "exposures": "us_stock"})
    plan = solve(Household.model_validate(more))
    assert plan.filled == household.filled
    assert audit(Household.model_validate(more), plan) == []
    forged = plan.model_copy(update={"filled": plan.filled[1:]})
    assert [finding.where for finding in audit(Household.model_validate(more), forged)] == ["filled"]


def test_a_plan_is_the_same_whether_a_class_is_given_or_filled_in():
    given = home(
        {"symbol": "VTI", "exposures": "us_stock"},
        {"symbol": "BND", "exposures": "us_bond"},
        {"symbol": "VXUS"} | {"exposures": "us_stock"},
    )
    found = home({"symbol": "VTI"}, {"symbol": "BND"}, {"symbol": "VXUS", "exposures": "us_stock"})
    one, other = solve(given), solve(found)
    assert one.trades == other.trades
    assert one.objective == other.objective


def test_the_mark_s_fields():
    assert Filled(path="securities.VTI.name", value="x", source=SOURCE).value == "x"
