"""Which securities of a household may be substantially identical without its file saying so."""

import tomllib

import pytest
from history_cases import household

from lotroute.models import Household, InputError
from lotroute.models.household.parts.identity import index_funds, same_index, undeclared


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


def test_share_classes_in_different_groups_are_undeclared():
    assert undeclared(home(VOO="x", VFIAX="y", IVV=None, AAPL=None).securities, "share_class") == [{"VOO", "VFIAX"}]
    assert undeclared(home(VOO="x", VFIAX="x").securities, "share_class") == []
    assert undeclared(home(VOO="VFIAX", VFIAX=None).securities, "share_class") == []


def test_funds_of_one_index_in_different_groups_are_undeclared():
    found = undeclared(home(AGG=None, VOO="x", VFIAX="x", IVV=None, VTI=None, SCHZ="y").securities, "index")
    assert found == [{"AGG", "SCHZ"}, {"VOO", "VFIAX", "IVV"}]
    assert undeclared(home(VOO="x", IVV="x", VTI="t", SCHB="b").securities, "index") == []


def test_nothing_is_undeclared_where_one_of_a_kind_is_held():
    for how in ("share_class", "index"):
        assert undeclared(home(VOO=None, VTI=None, BND=None).securities, how) == []


def test_the_table_names_each_symbol_once_and_each_fund_under_one_index(request):
    text = (request.config.rootpath / "models/household/parts/index_funds.toml").read_text(encoding="utf-8")
    funds = [fund for funds in tomllib.loads(text).values() for fund in funds]
    symbols = [symbol for funds in tomllib.loads(text).values() for fund in funds.values() for symbol in fund]
    assert len(funds) == len(set(funds)) >= 60
    assert len(symbols) == len(set(symbols)) == len(index_funds())
    assert all(symbol == symbol.upper() and symbol.isalpha() for symbol in symbols)


@pytest.mark.parametrize("index", sorted({known.tracks for known in index_funds().values()}))
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
    assert groups(VOO="one", VFIAX="two") == ["one", "two"]
    assert groups(VOO="mine", IVV=None, same_index=True) == ["mine", "mine"]


def test_a_substitute_may_not_become_identical():
    data = home(VOO=None, IVV=None).model_dump(exclude_none=True)
    data["securities"][0]["substitutes"] = ["IVV"]
    assert Household.model_validate(data).security["VOO"].substitutes == ("IVV",)
    with pytest.raises(InputError, match="same identity group"):
        Household.model_validate(data | {"same_index": True})
