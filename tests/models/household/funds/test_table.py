"""The facts of funds: each stands once, is whole, and agrees with what is known beside."""

import pytest

from lotroute.models.household.funds.table import classes_among, known_classes, known_fund, known_funds
from lotroute.models.household.parts.identity import likeness, same_index

NAMES = {"us_stock", "us_small", "real_estate", "intl_stock", "em_stock", "us_bond", "muni_bond", "intl_bond"}


def test_every_fund_is_whole():
    for fund in set(map(id, known_funds().values())):
        known = next(each for each in known_funds().values() if id(each) == fund)
        assert known.family in known.fund or known.family in ("iShares", "SPDR", "American Century"), known
        assert not known.classes or sum(known.classes.values()) == pytest.approx(1, abs=1e-12)
        assert {*known.classes} <= {*known_classes()}
        assert known.pays in (None, "qualified", "ordinary", "treasury", "exempt")


def test_the_classes_are_those_of_the_fixtures():
    assert {*known_classes()} == NAMES | {"commodities", "cash"}
    assert {facts.get("within", "us_stock") for facts in known_classes().values()} <= NAMES


@pytest.mark.parametrize(
    ("symbol", "classes", "pays", "family"),
    [
        ("VTI", {"us_stock": 1}, "qualified", "Vanguard"),
        ("vtsax", {"us_stock": 1}, "qualified", "Vanguard"),
        ("IJR", {"us_small": 1}, "qualified", "iShares"),
        ("XLRE", {"real_estate": 1}, "ordinary", "SPDR"),
        ("VXUS", {"intl_stock": 1}, "qualified", "Vanguard"),
        ("SCHE", {"em_stock": 1}, "qualified", "Schwab"),
        ("FXNAX", {"us_bond": 1}, "ordinary", "Fidelity"),
        ("TLT", {"us_bond": 1}, "treasury", "iShares"),
        ("MUB", {"muni_bond": 1}, "exempt", "iShares"),
        ("BNDX", {"intl_bond": 1}, "ordinary", "Vanguard"),
        ("GLD", {"commodities": 1}, None, "SPDR"),
        ("VBIAX", {"us_stock": 0.6, "us_bond": 0.4}, None, "Vanguard"),
        ("VT", {}, None, "Vanguard"),
        ("VTTSX", {}, None, "Vanguard"),
        ("DFAC", {"us_stock": 1}, "qualified", "Dimensional"),
        ("FCNTX", {"us_stock": 1}, "qualified", "Fidelity"),
    ],
)
def test_facts_of_well_known_funds(symbol, classes, pays, family):
    fund = known_fund(symbol)
    assert (dict(fund.classes), fund.pays, fund.family) == (classes, pays, family)


@pytest.mark.parametrize("symbol", ["SPAXX", "FDRXX", "VMFXX", "SWVXX", "SNVXX", "VUSXX", "FZFXX", "VMSXX"])
def test_money_market_funds_are_cash(symbol):
    assert known_fund(symbol).money_market
    assert known_fund(symbol).tracks is None


def test_no_other_fund_is_a_money_market_fund():
    assert {symbol for symbol, fund in known_funds().items() if fund.money_market} == {
        symbol for symbol in known_funds() if symbol.endswith("XX")
    }


def test_trusts_that_hold_metal_are_collectibles_and_funds_of_futures_are_not():
    metal = {symbol for symbol, fund in known_funds().items() if fund.collectible}
    assert metal == {"GLD", "GLDM", "IAU", "IAUM", "SGOL", "SLV", "SIVR"}
    assert not known_fund("DBC").collectible


def test_treasury_funds_are_those_whose_bonds_no_state_taxes():
    treasury = {symbol for symbol, fund in known_funds().items() if fund.pays == "treasury"}
    assert treasury >= {"SHY", "IEF", "TLT", "GOVT", "SGOV", "BIL", "VGSH", "SCHO", "TIP", "VTIP", "SCHP", "VUSXX"}
    assert treasury.isdisjoint({"BND", "AGG", "VMBS", "MBB", "VFIIX", "LQD", "MUB", "SPAXX", "FZFXX"})


def test_a_symbol_that_no_table_has_is_not_known():
    assert known_fund("AAPL") is None
    assert known_fund("VTIX") is None


def test_new_funds_of_a_known_index_are_related_like_the_others():
    assert same_index("PREIX") == same_index("VOO")
    assert likeness("SPTI", "SCHR") == "track the Bloomberg U.S. Treasury 3-10 Year index"
    assert likeness("SNVXX", "SGUXX") == "are share classes of Schwab Government Money"


@pytest.mark.parametrize(
    ("symbol", "targeted", "classes"),
    [
        ("VB", {"us_stock", "us_small"}, {"us_small": 1}),
        ("VB", {"us_stock"}, {"us_stock": 1}),
        ("VWO", {"us_stock", "intl_stock"}, {"intl_stock": 1}),
        ("VTEB", {"us_bond"}, {"us_bond": 1}),
        ("VNQ", {"us_stock"}, {"us_stock": 1}),
        ("GLD", {"us_stock"}, {"commodities": 1}),
        ("VNQ", {"stocks"}, {"real_estate": 1}),
        ("VASGX", {"us_stock", "us_bond"}, {"us_stock": 0.48, "intl_stock": 0.32, "us_bond": 0.14, "intl_bond": 0.06}),
    ],
)
def test_a_class_counts_as_the_nearest_that_has_a_target(symbol, targeted, classes):
    assert classes_among(known_fund(symbol), targeted) == classes
