"""Factors, names and hard bands, and the sides of a group that holds names, without a solver."""

from functools import partial

import numpy as np
import pytest
from block_cases import (
    RATES,
    broken,
    columns_like,
    household,
    ledger_of,
    lot,
    point,
    program_of,
    trade,
    written,
)
from points import column, complete_point, dollars, random_trades
from random_households import featured_household, featured_policy

from lotroute.models import Policy
from lotroute.solver.formulation.model import build_model
from lotroute.solver.formulation.problem import build_problem

DRIFT = ("D3", "D4", "D5", "D6", "D7", "D8")


def off(program, values):
    """The rows of factors, names and hard bands that a point breaks, and the bounds of their columns."""
    ours = ("over_near[factor", "over_near[name", "under_near[factor", "under_near[name", "shortfall[D8", *DRIFT)
    return [label for label in broken(program, values) if label.startswith(ours)]


def prices(**fields):
    return {"near_cost": 0.02, "far_cost": 0.05, "near_width": 0.01} | fields


# -- factors: of 21,000 the band of tech is 2,100 to 6,300; A counts 0.8 to it, B -0.1 ---------------------------------

TECH = {
    "a": {"factors": {"tech": 0.8}},
    "b": {"factors": {"tech": -0.1}},
    "factor_targets": [{"factor": "tech", "lower": 0.1, "upper": 0.3}],
}
HELD = 0.8 * 10_000 - 0.1 * 10_000


def test_a_factor_is_what_the_holdings_load_on_it():
    program = program_of(household(**TECH), "drift", policy=Policy(factor_drift=prices()))
    over = HELD - 6300
    near = 0.01 * 21_000
    assert off(program, {"over_near[factor tech]": near, "over_far[factor tech]": over - near}) == []
    assert off(program, {"over_near[factor tech]": near, "over_far[factor tech]": over - near - 1}) == ["D3[tech]"]
    assert off(program, {"over_near[factor tech]": near + 1, "over_far[factor tech]": over - near}) == [
        "over_near[factor tech]"
    ]


def test_a_factor_below_its_band_is_drift_as_well():
    program = program_of(household(**TECH), "drift", policy=Policy(factor_drift=prices()))
    left = HELD - 0.8 * 7000 + 0.8 * 100 + 0.1 * 200
    sold = {"sell[joint/a]": 7000, "buy[ira/A]": 100, "sell[ira/b]": 200, "under_near[factor tech]": 210}
    assert off(program, sold | {"under_far[factor tech]": 2100 - left - 210}) == []
    assert off(program, sold | {"under_far[factor tech]": 2100 - left - 211}) == ["D4[tech]"]


def test_the_drift_of_factors_has_its_own_prices_and_is_that_of_the_books():
    policy = Policy(factor_drift=prices())
    home = household(**TECH)
    program = program_of(home, "drift", policy=policy)
    plain = program_of(household(), "drift", policy=policy)
    near, far = 210, HELD - 6300 - 210
    classes = {"over_near[cash]": 420, "over_far[cash]": 370}  # 1,000 of cash; 210 of it is inside the band
    values = classes | {"over_near[factor tech]": near, "over_far[factor tech]": far}
    price = program.part("drift", point(program, values)) - plain.part("drift", point(plain, classes))
    assert price == pytest.approx(0.02 * near + 0.05 * far)
    assert program.part("drift", point(program, values)) == pytest.approx(
        float(ledger_of(home, policy=policy).parts["drift"])
    )


# -- names: of 31,000 the band of A is 12,400 to 17,050, and 20,000 are held; its group has two sides ------------------

TWO = [lot("loss"), lot("gain", basis=50)]
NAME = {"security_targets": [{"symbol": "A", "weight": 0.5, "lower": 0.4, "upper": 0.55}]}
SLEEVE = Policy(sleeve_drift=prices(near_width=0.002))
WIDTH = 0.002 * 31_000


def sleeve(lots=TWO, **changes):
    return program_of(household(lots, **NAME | changes), "drift", "wash", policy=SLEEVE)


def test_a_gain_of_a_two_sided_name_may_be_sold_on_either_side():
    program = sleeve()
    sells = ["sell[joint/loss]", "sell[joint/gain/harvest]", "sell[ira/b]", "sell[joint/gain/buy]"]
    assert columns_like(program, "sell") == sells
    names = [label for label in program.row_labels if label.startswith(DRIFT)]
    rows = [f"{row}[A/{side}]" for row in ("D5", "D6") for side in ("harvest", "buy")]
    rows += [f"D7[{end} A/{side}]" for end in ("over", "under") for side in ("harvest", "buy")]
    assert sorted(names) == sorted(rows)


@pytest.mark.parametrize(
    "one_sided", [{"lots": [lot("gain", basis=50)]}, {"recent_trades": [trade("buy", 3)]}, {"security_targets": []}]
)
def test_a_group_without_a_choice_or_without_a_name_has_one_column_a_lot(one_sided):
    program = sleeve(**{"lots": TWO} | one_sided)
    assert not [label for label in program.labels if label.endswith(("/harvest]", "/buy]"))]
    names = {label for label in program.row_labels if label.startswith(("D5", "D6"))}
    assert names == (set() if one_sided.get("security_targets") == [] else {"D5[A]", "D6[A]"})


def sold_and_kept(program, side, sales, bought=0.0):
    """A point on one side, with that side's drift in its columns."""
    after = 20_000 - sum(sales.values()) + bought
    values = {"z[A]": float(side == "harvest"), "buy[ira/A]": bought} | sales
    for end, outside in (("over", after - 17_050), ("under", 12_400 - after)):
        near = min(max(outside, 0.0), WIDTH)
        values |= {f"{end}_near[name A/{side}]": near, f"{end}_far[name A/{side}]": max(outside, 0.0) - near}
    return values


def test_the_drift_of_a_name_is_on_the_side_that_is_taken():
    program = sleeve()
    harvest = sold_and_kept(program, "harvest", {"sell[joint/loss]": 1000, "sell[joint/gain/harvest]": 500})
    assert off(program, harvest) == []
    assert off(program, harvest | {"over_far[name A/harvest]": 0}) == ["D5[A/harvest]"]
    buy = sold_and_kept(program, "buy", {"sell[joint/gain/buy]": 9000}, bought=100)
    assert off(program, buy) == []
    assert off(program, buy | {"buy[ira/A]": 0, "sell[joint/gain/buy]": 7000}) == []
    assert off(program, buy | {"sell[joint/gain/buy]": 0}) == ["D5[A/buy]"]


def test_a_name_below_its_band_is_drift_of_its_side():
    program = sleeve()
    harvest = sold_and_kept(program, "harvest", {"sell[joint/loss]": 10_000})
    assert off(program, harvest) == []
    assert off(program, harvest | {"under_near[name A/harvest]": 0}) == ["D6[A/harvest]"]
    buy = sold_and_kept(program, "buy", {"sell[joint/gain/buy]": 9000})
    assert off(program, buy) == []
    assert off(program, buy | {"under_near[name A/buy]": 0, "buy[ira/A]": 1400}) == []


def test_near_drift_belongs_to_the_side_that_is_taken():
    program = sleeve()
    for side, other in (("harvest", "buy"), ("buy", "harvest")):
        values = sold_and_kept(program, side, {})
        for end in ("over", "under"):
            assert off(program, values | {f"{end}_near[name A/{other}]": 1}) == [f"D7[{end} A/{other}]"]


def test_a_side_that_is_not_taken_sells_and_buys_nothing():
    program = sleeve()
    harvest = sold_and_kept(program, "harvest", {})
    rows = partial(broken, program)
    still = {"cash[joint]": 1000}
    classes = [row for row in rows(harvest | still) if row.startswith(("D1", "D2"))]
    assert rows(harvest | still) == classes
    assert "W5[joint/gain]" in rows(harvest | still | {"sell[joint/gain/buy]": 1})
    assert "W4[ira/A]" in rows(harvest | still | {"buy[ira/A]": 1})
    buy = sold_and_kept(program, "buy", {}) | still
    for label in ("loss", "gain/harvest"):
        lot_name = label.partition("/")[0]
        assert f"W3[joint/{lot_name}]" in rows(buy | {f"sell[joint/{label}]": 1})


def test_between_the_sides_each_has_its_part_of_the_drift():
    """The mean of a point that harvests and one that buys keeps all rows, and its drift is the mean of both."""
    program = sleeve()
    harvest = sold_and_kept(program, "harvest", {"sell[joint/loss]": 6000, "sell[joint/gain/harvest]": 3000})
    buy = sold_and_kept(program, "buy", {"sell[joint/gain/buy]": 500}, bought=200)
    one, other = point(program, harvest), point(program, buy)
    middle = (one + other) / 2
    assert [row for row in program.broken_rows(middle) if row.startswith((*DRIFT, "W"))] == []
    mean = (program.part("drift", one) + program.part("drift", other)) / 2
    assert program.part("drift", middle) == pytest.approx(mean)
    middle[column(program, "over_far[name A/buy]")] -= 1
    assert [row for row in program.broken_rows(middle) if row.startswith(DRIFT)] == ["D5[A/buy]"]


def test_the_drift_of_names_has_its_own_prices_and_is_that_of_the_books():
    home = household(TWO, **NAME)
    problem = build_problem(home, SLEEVE)
    model = build_model(problem)
    for orders in (["sell joint/loss 10"], ["sell joint/gain 80", "sell joint/loss 15"], ["buy ira/A 0.5"], []):
        ledger = ledger_of(home, *orders, policy=SLEEVE)
        values = complete_point(problem, model, *dollars(problem, written(home, *orders)))
        assert model.program.part("drift", values) == pytest.approx(float(ledger.parts["drift"]), abs=0.01)


# -- after tax ---------------------------------------------------------------------------------------------------------


def test_a_dollar_in_a_traditional_account_counts_less_toward_targets_after_tax():
    """Tax takes 0.3 + 0.06 of the IRA's 10,000: V is 17,400, and bonds are 6,400 of it."""
    policy = Policy(targets="after_tax", drift=prices())
    program = program_of(household(), "drift", policy=policy)
    value, bond = 1000 + 10_000 + 0.64 * 10_000, 0.64 * 10_000
    assert build_problem(household(), policy).target_value == pytest.approx(value)
    assert RATES["short"] + RATES["state"] == pytest.approx(1 - 0.64)
    under, width = 0.4 * value - bond, 0.01 * value
    stock, cash = 10_000 - 0.55 * value, 1000 - 0.01 * value
    values = {"cash[joint]": 1000}
    for name, outside in (("under_{}[bond]", under), ("over_{}[stock]", stock), ("over_{}[cash]", cash)):
        values |= {name.format("near"): min(outside, width), name.format("far"): max(outside - width, 0)}
    assert broken(program, values) == []
    assert broken(program, values | {"under_far[bond]": values["under_far[bond]"] - 1}) == ["D2[bond]"]
    drift = float(ledger_of(household(), policy=policy).parts["drift"])
    assert program.part("drift", point(program, values)) == pytest.approx(drift, abs=0.005)


# -- hard bands --------------------------------------------------------------------------------------------------------


def test_hard_bands_are_kept_or_broken_by_what_lies_outside():
    policy = Policy(drift={"hard": True}, factor_drift=prices(hard=True), sleeve_drift=prices(hard=True))
    home = household(TWO, **NAME, **TECH)
    problem = build_problem(home, policy)
    model = build_model(problem)
    program = model.program
    values = complete_point(problem, model, *dollars(problem, written(home, "sell joint/loss 10")))
    shortfall = {
        "D8[stock]": 19_000 - 0.55 * 31_000,
        "D8[bond]": 0.4 * 31_000 - 10_000,
        "D8[cash]": 1000 + 990 - 0.01 * 31_000,
        "D8[factor tech]": 0.8 * 19_000 - 0.1 * 10_000 - 0.3 * 31_000,
        "D8[name A/harvest]": 19_000 - 17_050,
    }
    assert {label: values[column(program, f"shortfall[{label}]")] for label in shortfall} == pytest.approx(shortfall)
    assert sorted(program.broken_rows(values)) == sorted(f"shortfall[{label}]" for label in shortfall)
    program.allow_shortfalls()
    assert program.broken_rows(values) == []
    for label in shortfall:
        less = values.copy()
        less[column(program, f"shortfall[{label}]")] -= 1
        assert program.broken_rows(less) == [label]
    assert program.shortfall(values) == pytest.approx(sum(shortfall.values()))


def test_soft_bands_have_no_hard_rows():
    program = sleeve()
    assert [row for row in program.row_labels if row.startswith("D8")] == []


# -- random households -------------------------------------------------------------------------------------------------


def test_some_random_households_have_names_with_two_sides_that_are_traded_on_both():
    """Otherwise the tests of whole programs would not test sides."""
    found = set()
    for seed in range(200):
        problem = build_problem(featured_household(seed), featured_policy(seed))
        model = build_model(problem)
        sold, bought = random_trades(problem, np.random.default_rng(seed))
        values = complete_point(problem, model, sold, bought)
        amounts = values[model.trades.sell]
        found |= set(model.trades.side[amounts > 0].tolist())
        if len(found) == 3:
            break
    assert found == {-1, 0, 1}
