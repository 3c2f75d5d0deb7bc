"""Which securities of a household may be substantially identical without its file saying so."""

import tomllib

import pytest
from history_cases import household

from lotroute.models import Household, InputError
from lotroute.models.household.funds.table import FACTS, known_fund, known_funds
from lotroute.models.household.parts.identity import same_index, undeclared


def home(*, same_index=False, **groups):
    """A household of these securities in these identity groups; None: not declared."""
    lists = [
        {"symbol": symbol, "price": 10, "exposures": "stock", "identity_group": group}
        for symbol, group in groups.items()
    ]
    return household(securities=lists, same_index=same_index)


def test_funds_of_one_index_have_it_in_common():
    assert {same_index(symbol) for symbol in ["VOO", "IVV", "SPY", "SPLG", "VFIAX", "FXAIX", "SWPPX"]} == {"S&P 500"}
    assert same_index("voo") == "S&P 500"
    assert same_index("VTI") == same_index("VTSAX") == "CRSP US Total Market"
    assert len({same_index(symbol) for symbol in ["VOO", "VTI", "SCHB", "SWTSX", "ITOT", "IWV"]}) == 6
    assert same_index("AAPL") is None


@pytest.mark.parametrize(
    "classes",
    [
        ("VTPSX", "VXUS", "VTIAX", "VGTSX"),
        ("VGSNX", "VNQ", "VGSLX"),
        ("VBTIX", "VBMPX", "BND", "VBTLX"),
        ("VINIX", "VIIIX"),
        ("VOO", "VFIAX", "VFFSX"),
        ("VTI", "VTSAX", "VITSX", "VSMPX"),
        ("AGTHX", "RGAGX", "RGAEX"),
        ("FCNTX", "FCNKX"),
    ],
)
def test_a_plan_s_institutional_classes_are_the_fund_that_everybody_buys(classes):
    assert len({known_fund(symbol).fund for symbol in classes}) == 1
    assert len(set(groups(**dict.fromkeys(classes)))) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("VINIX", "VFIAX"), ("VRTPX", "VGSLX"), ("VITPX", "VSMPX"), ("VTBNX", "VBTIX")]
)
def test_a_fund_with_a_similar_name_is_another_fund_of_the_same_index(one, other):
    assert known_fund(one).fund != known_fund(other).fund
    assert same_index(one) == same_index(other) is not None


def test_a_fund_without_an_index_tracks_no_other_s():
    assert same_index("FCNTX") is None
    assert same_index("DODGX") is None
    assert undeclared(home(FCNTX=None, DODGX=None).securities) == []


def test_share_classes_declared_to_be_different_are_refused():
    for group in ("x", "y"):
        home(VOO="x", VFIAX="x", IVV=group)
    with pytest.raises(InputError, match=r"securities.VFIAX.identity_group: VOO is in 'x'.* of Vanguard 500 Index"):
        home(VOO="x", VFIAX="y", IVV=None)


def test_funds_of_one_index_in_different_groups_are_undeclared():
    found = undeclared(home(AGG=None, VOO="x", VFIAX="x", IVV=None, VTI=None, SCHZ="y").securities)
    assert found == [{"AGG", "SCHZ"}, {"VOO", "VFIAX", "IVV"}]
    assert undeclared(home(VOO="x", IVV="x", VTI="t", SCHB="b").securities) == []


def test_nothing_is_undeclared_where_one_of_a_kind_is_held():
    assert undeclared(home(VOO=None, VTI=None, BND=None).securities) == []


def test_the_tables_name_each_symbol_once_and_each_fund_once(request):
    folder = request.config.rootpath / "models/household/funds"
    tables = [tomllib.loads((folder / f"{name}_funds.toml").read_text(encoding="utf-8")) for name in ("index", "other")]
    groups = [group for table in tables for group in table.values()]
    funds = [(fund, symbols) for group in groups for fund, symbols in group.items() if fund not in FACTS]
    names, symbols = [fund for fund, _ in funds], [symbol for _, symbols in funds for symbol in symbols]
    assert len(names) == len(set(names)) >= 300
    assert len(symbols) == len(set(symbols)) == len(known_funds())
    assert all(symbol == symbol.upper() and symbol.isalpha() and len(symbol) <= 5 for symbol in symbols)
    assert all(sum(len(symbol) < 5 for symbol in symbols) < 2 for _, symbols in funds if symbols != ["SPLG", "SPYM"])


@pytest.mark.parametrize("index", sorted({known.tracks for known in known_funds().values() if known.tracks}))
def test_an_index_s_name_is_tidy(index):
    assert index == " ".join(index.split())
    assert not index.lower().endswith(" index")


def groups(**changes):
    return [each.group for each in home(**changes).securities]


def test_share_classes_are_identical_without_being_declared_and_trackers_where_it_is_asked_for():
    funds = dict.fromkeys(("VOO", "VFIAX", "IVV", "VTI"))
    assert groups(**funds) == ["Vanguard 500 Index", "Vanguard 500 Index", "IVV", "VTI"]
    assert groups(**funds, same_index=True) == ["S&P 500", "S&P 500", "S&P 500", "VTI"]


def test_what_the_file_declares_goes_before():
    assert groups(VOO="mine", VFIAX=None) == ["mine", "mine"]
    assert groups(VOO="one", IVV="two", VFIAX=None, same_index=True) == ["one", "two", "one"]
    assert groups(VOO="mine", IVV=None, same_index=True) == ["mine", "mine"]


def test_a_substitute_may_not_become_identical():
    data = home(VOO=None, IVV=None).model_dump(exclude_none=True)
    data["securities"][0]["substitutes"] = ["IVV"]
    assert Household.model_validate(data).security["VOO"].substitutes == ("IVV",)
    with pytest.raises(InputError, match="same identity group"):
        Household.model_validate(data | {"same_index": True})


def test_a_substitute_may_not_be_a_share_class_of_the_same_fund():
    data = home(VXUS=None, VTPSX=None).model_dump(exclude_none=True)
    data["securities"][0]["substitutes"] = ["VTPSX"]
    with pytest.raises(InputError, match=r"securities.VXUS.substitutes: 'VTPSX' is of the same identity group"):
        Household.model_validate(data)
