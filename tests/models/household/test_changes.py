"""Changes made in Python: checked copies by path, and solves that refuse what a file would be refused for."""

import pandas as pd
import pyarrow as pa
import pytest

from lotroute.models import Account, Household, InputError, Limits, Lot, Policy, Restriction
from lotroute.solver import audit, baseline, route, solve

HOME = Household.load("fixtures/must_split.json")


def bad_price(home):
    (first, *rest) = home.securities
    return home.model_copy(update={"securities": (first.model_copy(update={"price": -5.0}), *rest)})


def old_bands(home):
    """One target raised and one lowered, as model_copy leaves them: with the bands of before."""
    high, low, *rest = sorted(home.targets, key=lambda target: -target.weight)
    high = high.model_copy(update={"weight": high.weight + 0.15})
    return home.model_copy(update={"targets": (high, low.model_copy(update={"weight": low.weight - 0.15}), *rest)})


def test_an_object_changed_in_python_is_refused_as_its_file_would_be():
    plan = solve(HOME)
    ways = (
        solve,
        route,
        lambda home: baseline(home, None, "prorata_fifo"),
        lambda home: audit(home, plan),
    )
    for way in ways:
        with pytest.raises(InputError, match=r"price: -5 is not more than 0"):
            way(bad_price(HOME))
        with pytest.raises(InputError, match=r"targets\.\w+"):
            way(old_bands(HOME))


def test_a_policy_changed_in_python_is_refused_as_its_file_would_be():
    with pytest.raises(InputError, match=r"policy\.location_years: -5"):
        solve(HOME, Policy().model_copy(update={"location_years": -5}))


def test_a_checked_copy_of_a_sound_household_is_the_same():
    assert HOME.validated() == HOME
    assert HOME.with_() == HOME


def test_bands_follow_their_targets_unless_they_were_given():
    first, second = (target.asset_class for target in HOME.targets[:2])
    weights = {target.asset_class: target.weight for target in HOME.targets}
    moved = {f"targets.{first}.weight": weights[first] - 0.1, f"targets.{second}.weight": weights[second] + 0.1}
    found = {target.asset_class: target for target in HOME.with_(moved).targets}
    weight = weights[second] + 0.1
    width = min(0.05, weight / 4)
    assert (found[second].lower, found[second].upper) == pytest.approx((weight - width, weight + width))
    given = HOME.with_({f"targets.{second}.lower": 0.0})
    kept = {target.asset_class: target for target in given.with_(moved).targets}
    assert kept[second].lower == 0.0


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        ("trade_date", "2026-12-01", lambda home: home.trade_date.isoformat()),
        ("accounts.ira.cash", 12.5, lambda home: home.account["ira"].cash),
        ("accounts[0].cash", 12.5, lambda home: home.accounts[0].cash),
        ("accounts.ira.lots[0].quantity", 7.0, lambda home: home.account["ira"].lots[0].quantity),
        ("accounts.ira.lots.vti.quantity", 7.0, lambda home: home.account["ira"].lots[0].quantity),
        ("securities.VTI.price", 99.0, lambda home: home.security["VTI"].price),
        ("taxpayer.short_carryforward", 50.0, lambda home: home.taxpayer.short_carryforward),
    ],
)
def test_a_path_changes_one_field(path, value, read):
    changed = HOME.with_({path: value})
    assert read(changed) == value
    assert read(HOME) != value


def test_a_part_that_was_left_out_may_be_given_field_by_field():
    home = Household.load("fixtures/retiree.json")
    rates = {"taxpayer.rates.short": 0.3, "taxpayer.rates.long": 0.15}
    assert home.with_(rates).taxpayer.rates.short == 0.3
    with pytest.raises(InputError, match="rates"):
        home.with_({"taxpayer.rates.shrot": 0.3})


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("accounts.ria.cash", "ira"),
        ("accounts.ira.csah", "cash"),
        ("acounts.ira.cash", "accounts"),
        ("securities.VIT.price", "VTI"),
        ("accounts[9].cash", ""),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(path, hint):
    with pytest.raises(InputError) as error:
        HOME.with_({path: 1})
    [fault] = error.value.faults
    assert fault.path == path
    assert fault.message.startswith("unknown ")
    assert hint in fault.hint


def test_every_fault_of_the_changes_is_reported_and_bad_values_are_refused():
    with pytest.raises(InputError) as error:
        HOME.with_({"accounts.ria.cash": 1, "acounts": 2})
    assert [fault.path for fault in error.value.faults] == ["accounts.ria.cash", "acounts"]
    with pytest.raises(InputError, match=r"securities\.VTI\.price: -1 is not more than 0"):
        HOME.with_({"securities.VTI.price": -1})


def test_tables_replace_whole_lists():
    lots = pd.DataFrame(
        [("joint", "x", "VTI", 10, 50.0, "2020-01-02"), ("ira", "y", "VTI", 5, None, None)],
        columns=["account", "id", "symbol", "quantity", "basis_per_share", "acquired"],
    )
    changed = HOME.with_(lots=lots)
    assert [(account.id, lot.id) for account in changed.accounts for lot in account.lots] == [
        ("joint", "x"),
        ("ira", "y"),
    ]
    accounts = pd.DataFrame([{"id": account.id, "kind": account.kind, "cash": 3.0} for account in HOME.accounts])
    changed = HOME.with_(accounts=accounts)
    assert [account.cash for account in changed.accounts] == [3.0] * len(HOME.accounts)
    assert [account.lots for account in changed.accounts] == [account.lots for account in HOME.accounts]
    with pytest.raises(InputError, match="unknown account 'jiont'"):
        HOME.with_(lots=lots.replace("joint", "jiont"))
    with pytest.raises(InputError, match="no table of the household"):
        HOME.with_(taxpayer=lots)


def test_a_table_replaces_the_lots_of_one_account():
    lots = pd.DataFrame({"id": ["y"], "symbol": ["VTI"], "quantity": [5]})
    changed = HOME.with_({"accounts.ira.lots": lots})
    assert [lot.id for lot in changed.account["ira"].lots] == ["y"]
    assert changed.account["joint"] == HOME.account["joint"]


@pytest.mark.parametrize(
    "prices",
    [
        {"VTI": 300.0, "BND": 70},
        pd.Series({"VTI": 300.0, "BND": 70}),
        pd.DataFrame({"symbol": ["VTI", "BND"], "price": [300.0, 70]}),
        pa.table({"symbol": ["VTI", "BND"], "price": [300.0, 70]}),
    ],
    ids=["mapping", "series", "frame", "arrow"],
)
def test_prices_by_symbol(prices):
    changed = HOME.with_(prices=prices)
    assert changed == HOME.with_({"securities.VTI.price": 300, "securities.BND.price": 70})


def test_prices_that_cannot_be_used_are_named():
    with pytest.raises(InputError, match=r"securities\.VIT\.price: unknown securities 'VIT'; did you mean 'VTI'"):
        HOME.with_(prices={"VIT": 3})
    with pytest.raises(InputError, match=r"prices\[0\]: needs symbol and price"):
        HOME.with_(prices=pd.DataFrame({"ticker": ["VTI"], "price": [3]}))
    with pytest.raises(InputError, match="prices: 3 is not prices by symbol"):
        HOME.with_(prices=3)


def test_a_new_item_is_added_by_its_name_or_the_next_number():
    hsa = {"kind": "hsa", "cash": 10}
    changed = HOME.with_({"accounts.hsa": hsa, "restrictions[0]": Restriction(rule="no_buy", symbol="VTI")})
    assert changed.accounts == (*HOME.accounts, Account(id="hsa", **hsa))
    assert changed.restrictions == (Restriction(rule="no_buy", symbol="VTI"),)
    assert HOME.with_({"accounts.hsa": Account(id="hsa", **hsa)}).accounts == changed.accounts
    lot = Lot(id="new", symbol="BND", quantity=3)
    assert HOME.with_({"accounts.ira.lots.new": lot}).account["ira"].lots == (*HOME.account["ira"].lots, lot)
    for wrong in ({"accounts.hsa": 3}, {"accounts.hsa": Account(id="has", **hsa)}, {"restrictions[1]": {}}):
        with pytest.raises(InputError, match="unknown "):
            HOME.with_(wrong)


def test_records_are_values():
    (first, *rest) = HOME.securities
    dearer = first.model_copy(update={"price": first.price + 1})
    assert HOME.with_(securities=[dearer, *rest]).securities[0].price == first.price + 1


def test_a_policy_changes_by_path():
    policy = Policy().with_({"limits.long_gain": 0, "drift.hard": True}, location_years=5)
    assert (policy.limits.long_gain.amount, policy.drift.hard, policy.location_years) == (0, True, 5)
    assert Policy().with_(limits=Limits(loss=5)).limits.loss.amount == 5
    with pytest.raises(InputError, match="long_gain"):
        Policy().with_({"limits.long_gian": 0})
    with pytest.raises(InputError, match="location_years"):
        Policy().with_(location_years=-1)


def test_a_household_that_was_checked_when_made_is_not_read_again(monkeypatch):
    home = Household.load("fixtures/must_split.json")
    assert home.validated() is not home
    monkeypatch.setattr("lotroute.models.household.household.validated_fields", None)
    assert home.validated() == home
    with pytest.raises(TypeError):
        home.model_copy().validated()


def test_a_mapping_changed_in_place_is_read_again():
    home = Household.load("fixtures/must_split.json")
    home.securities[0].exposures[home.targets[0].asset_class] = 5.0
    with pytest.raises(InputError, match="exposures"):
        home.validated()


def test_an_unchecked_copy_can_be_printed():
    copy = HOME.model_copy(update={"securities": HOME.securities[1:]})
    assert repr(copy).startswith("Household('must_split', 2026-06-15: 3 accounts, 8 lots, $")
