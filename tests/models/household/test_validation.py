"""What is refused, where and with which words; and what is odd but legal."""

import pytest
from fault_cases import INFINITY, JOINT, LEFT_OUT, LOT, LOT_0, NAN, ONE_FAULT, SOUND, changed

from lotroute.models import Household, InputError


def faults_of(data):
    with pytest.raises(InputError) as error:
        Household.model_validate(data)
    return [(fault.path, f"{fault.message}; {fault.hint}") for fault in error.value.faults]


@pytest.mark.parametrize(("changes", "path", "fragment"), ONE_FAULT)
def test_a_fault_is_reported_once_with_its_path_and_drags_no_other_behind_it(changes, path, fragment):
    [(found, text)] = faults_of(changed(changes))
    assert found == path
    assert fragment in text


FLAT = {"rates": {"short": 0.35, "long": 0.15}}


@pytest.mark.parametrize(
    ("taxpayer", "path", "fragment"),
    [
        (FLAT | {"ordinary_income": 90000}, "taxpayer", "give flat rates or ordinary_income, not both: rates stand in"),
        (FLAT | {"year": 2026, "interest": 5}, "taxpayer", "give flat rates or interest, not both"),
        (FLAT | {"other_income": {"bonus": 5}}, "taxpayer", "give flat rates or other_income, not both"),
        (FLAT | {"deduction": 0}, "taxpayer", "give flat rates or deduction, not both"),
        (FLAT | {"state_rate": 0.05}, "taxpayer", "give flat rates or state_rate, not both"),
        ({"filing_status": "single"}, "taxpayer", "missing: year (with the year's income), or flat rates"),
        ({"ordinary_income": 90000}, "taxpayer", "missing: year"),
        ({"year": 1999}, "taxpayer.year", "there is no tax law for 1999; there is for 2024, "),
        ({"year": "this"}, "taxpayer.year", "'this' is not a number; The tax year"),
        (
            {"year": 2026, "ordinary_dividends": 1999.5, "qualified_dividends": 2000},
            "taxpayer",
            "qualified_dividends 2,000.00 are more than ordinary_dividends 1,999.50, which include them",
        ),
        ({"year": 2026, "social_security": 30000}, "taxpayer.social_security", "unknown field; known: deduction, "),
        ({"year": 2026, "dependents": 2}, "taxpayer.dependents", "unknown field; known: deduction, "),
        ({"year": 2026, "ordinary_incme": 1}, "taxpayer.ordinary_incme", "did you mean 'ordinary_income'?"),
        ({"year": 2026, "other_income": {"roth": 1}}, "taxpayer.other_income.roth", "unknown field; did you mean"),
        ({"year": 2026, "other_income": {"bonus": -1}}, "taxpayer.other_income.bonus", "-1 is negative; Wages that do"),
        ({"year": 2026, "other_income": 5}, "taxpayer.other_income", "5 is not an object with named fields"),
        ({"year": 2026, "ordinary_income": -1}, "taxpayer.ordinary_income", "-1 is negative; Wages, pensions"),
        ({"year": 2026, "interest": NAN}, "taxpayer.interest", "NaN is not a finite number; Taxable interest"),
        ({"year": 2026, "state_rate": 5}, "taxpayer.state_rate", "5 is too large; State rate on"),
        (FLAT | {"rates": FLAT["rates"] | {"state_long": -0.1}}, "taxpayer.rates.state_long", "-0.1 is negative"),
    ],
)
def test_a_faulty_taxpayer_is_refused_with_the_path(taxpayer, path, fragment):
    [(found, text)] = faults_of(changed({"taxpayer": taxpayer}))
    assert found == path
    assert fragment in text


@pytest.mark.parametrize("data", [None, [], [SOUND], "household", 7])
def test_what_is_no_object_is_no_household(data):
    [(path, text)] = faults_of(data)
    assert path == "household"
    assert "is not a household" in text


@pytest.mark.parametrize(
    ("bands", "fragment"),
    [
        ({"targets.0.lower": 0.65, "targets.1.lower": 0.36}, "the lower ends sum to 1.01"),
        ({"targets.0.upper": 0.55, "targets.1.upper": 0.43}, "the upper ends sum to 0.99"),
    ],
)
def test_bands_that_exclude_each_other_are_reported(bands, fragment):
    assert any(path == "targets" and fragment in text for path, text in faults_of(changed(bands)))


def test_all_faults_of_a_household_come_in_one_error_each_once():
    roth = {"id": "roth", "kind": "roth", "cash": 10, "withdrawal": 11}
    changes = {
        "trade_dat": "2026-06-15",
        "taxpayer.rates.long": "low",
        "accounts.0.lots.0.acquired": "2027-01-01",
        "accounts.0.lots.1.quantity": NAN,
        "accounts.1.menu": ["BND", "VEA"],
        "accounts.1.lots": [LOT, LOT | {"symbol": "VTX"}],
        "securities.0.price": 0,
        "securities.1.exposures": {"us_bond": 0.5, "gold": 0.4},
        "targets.0.weight": 0.5,
        "targets.1.lower": 0.41,
        "recent_trades.0.account": "jiont",
        "recent_trades.0.date": "2026-07-01",
        "scheduled_buys.0.date": "soon",
    }
    data = changed(changes)
    data["accounts"] += [roth, {"id": "hsa", "kind": "health"}, {"id": "hsa", "kind": "hsa"}]
    assert sorted(path for path, _ in faults_of(data)) == [
        "accounts",  # id 'hsa' twice
        "accounts.hsa.kind",
        "accounts.ira.lots",  # id 'a' twice
        "accounts.ira.lots[0].symbol",  # off the menu
        "accounts.ira.lots[1].symbol",  # unknown
        "accounts.ira.menu",
        "accounts.joint.lots[0].acquired",
        "accounts.joint.lots[1].quantity",
        "accounts.roth.withdrawal",
        "recent_trades[0].account",
        "recent_trades[0].date",
        "scheduled_buys[0].date",
        "securities.BND.exposures",  # they sum to 0.9
        "securities.BND.exposures",  # no target for gold
        "securities.VTI.price",
        "targets",  # the weights sum to 0.9
        "targets.us_bond",  # outside its band
        "taxpayer.rates.long",
        "trade_dat",
    ]


def test_a_sum_off_by_less_than_a_millionth_is_rounding():
    household = Household.model_validate(
        changed({"targets.0.weight": 0.6000005, "securities.0.exposures": {"us_stock": 0.9999995}})
    )
    assert household.targets[0].weight == 0.6000005


# -- odd but legal -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="the sound household itself"),
        pytest.param({f"{LOT_0}.basis_per_share": 0}, id="a lot that cost nothing"),
        pytest.param({f"{LOT_0}.quantity": 0}, id="a lot of no shares"),
        pytest.param({"securities.0.price": 0.01}, id="a share of one cent"),
        pytest.param({"accounts.0.cash": 1e9, f"{LOT_0}.quantity": 4e6}, id="two billion dollars"),
        pytest.param({"accounts.0.lots": [], "restrictions": []}, id="no lots at all"),
        pytest.param({"taxpayer": {"year": 2024}}, id="no income at all"),
        pytest.param({"taxpayer": FLAT | {"year": 2026}}, id="flat rates and the year they are of"),
        pytest.param({"taxpayer": {"year": 2026, "deduction": 0, "state_long_rate": 0}}, id="nothing deducted"),
        pytest.param(
            {"taxpayer": {"year": 2026, "ordinary_dividends": 5, "qualified_dividends": 5}},
            id="no dividends but qualified ones",
        ),
        pytest.param({"accounts": [JOINT], "scheduled_buys": [], "restrictions": []}, id="one account"),
        pytest.param(
            {"recent_trades": LEFT_OUT, "scheduled_buys": LEFT_OUT, "restrictions": LEFT_OUT},
            id="no trades around the date",
        ),
        pytest.param(
            {"accounts.1.lots": [{"id": "a", "symbol": "BND", "quantity": 1}]}, id="a sheltered lot without basis"
        ),
        pytest.param({"accounts.0.withdrawal": 3650}, id="a withdrawal of everything"),
        pytest.param({"accounts.0.cash": -2650}, id="a debit that everything covers"),
        pytest.param({"accounts.1.menu": []}, id="a menu of nothing"),
        pytest.param({"accounts.0.minimum_cash": 9, "accounts.0.maximum_cash": 9}, id="cash to the cent"),
        pytest.param({"accounts.0.withdrawal": 3650, "accounts.0.commission": 10}, id="a withdrawal but for the fees"),
        pytest.param({"restrictions.1.symbol": "BND"}, id="a kept lot with its symbol"),
        pytest.param({"factor_targets.0.lower": 0.5}, id="a factor's band of no width"),
        pytest.param({"security_targets.0.weight": 1}, id="a sleeve of one name"),
        pytest.param({"targets.0.lower": 0.6, "targets.0.upper": 0.6}, id="a band of no width"),
    ],
)
def test_odd_but_legal_households_load(changes):
    household = Household.model_validate(changed(changes))
    assert household.accounts[0].id == "joint"


def test_a_band_left_out_is_five_points_or_a_quarter_of_the_target():
    weights = {"us_stock": 0.6, "us_bond": 0.28, "gold": 0.08, "cash": 0.04, "none": 0.0}
    targets = [{"asset_class": name, "weight": weight} for name, weight in weights.items()]
    household = Household.model_validate(changed({"targets": targets}))
    bands = [(target.lower, target.upper) for target in household.targets]
    assert bands == [(0.55, 0.65), (0.23, 0.33), (0.06, 0.1), (0.03, 0.05), (0, 0)]


def test_a_name_s_band_left_out_is_half_a_point_or_a_quarter_of_the_target():
    household = Household.model_validate(changed({"security_targets.1.weight": 0.01}))
    assert [(target.lower, target.upper) for target in household.security_targets] == [(0.195, 0.205), (0.0075, 0.0125)]


def test_a_class_name_alone_is_all_of_a_security():
    household = Household.model_validate(changed({}))
    assert household.security["VTI"].exposures == {"us_stock": 1.0}


def test_a_table_s_cell_of_exposures_is_read_like_an_object():
    household = Household.model_validate(changed({"securities.0.exposures": "us_stock = 0.75; us_bond=0.25"}))
    assert household.security["VTI"].exposures == {"us_stock": 0.75, "us_bond": 0.25}
    assert household.security["VTI"].factors == {"tech": 0.3, "beta": -0.5}


def test_names_and_values_cannot_change_after_loading():
    household = Household.model_validate(changed({}))
    with pytest.raises(ValueError, match="frozen"):
        household.id = "other"


@pytest.mark.parametrize("name", [";", "A=B", " A", "A ", "A\rB", ""])
def test_names_that_tables_could_not_hold_are_refused(name):
    security = {"symbol": name, "price": 10, "exposures": "us_stock"}
    [(path, text)] = faults_of(changed({"securities": [*SOUND["securities"], security]}))
    assert path.endswith(".symbol")
    assert "is empty" in text or "no name" in text


@pytest.mark.parametrize("value", [0, "0", "1750000000", 20260615, True])
def test_a_number_is_no_date(value):
    [(path, text)] = faults_of(changed({f"{LOT_0}.acquired": value}))
    assert path == "accounts.joint.lots[0].acquired"
    assert "is not a date, YYYY-MM-DD" in text


@pytest.mark.parametrize(("field", "value"), [("quantity", True), ("quantity", 1e300), ("basis_per_share", -1e300)])
def test_amounts_that_nobody_has_are_refused(field, value):
    assert [path for path, _ in faults_of(changed({f"{LOT_0}.{field}": value}))] == [f"accounts.joint.lots[0].{field}"]


@pytest.mark.parametrize("weight", [60, -1, INFINITY, "much"])
def test_wrong_weight_without_a_band_is_one_fault(weight):
    assert [path for path, _ in faults_of(changed({"targets.0.weight": weight}))] == ["targets.us_stock.weight"]


def test_more_dollars_than_there_are_is_a_misplaced_decimal():
    [(path, text)] = faults_of(changed({f"{LOT_0}.quantity": 1e11}))
    assert path == "accounts.joint.lots"
    assert "more than $1 trillion" in text


def test_a_number_is_a_name_and_must_be_known_like_any_other():
    securities = [SOUND["securities"][0], {**SOUND["securities"][1], "symbol": 7}]
    assert {text.partition(";")[0] for _, text in faults_of(changed({"securities": securities}))} == {
        "unknown symbol 'BND'"
    }
