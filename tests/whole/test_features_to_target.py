"""Toward the targets inside the bands: fresh money, what is traded anyway, and households that are left alone."""

from itertools import product

import numpy as np
import pytest
from feature_cases import HALVES, TODAY, about, bands, dollars, fund, household, ira, joint, lot, solved

from lotroute.models import Household, Policy
from lotroute.solver import audit, route, solve
from lotroute.solver.formulation.model import build_model
from lotroute.solver.formulation.problem import build_problem

FREE_FUNDS = fund("A", half_spread=0), fund("BOND", "bond", half_spread=0)
PULL = 0.02
"""Half of the default near_cost."""


def distance(plan):
    """Dollars of all classes from their targets."""
    return sum(abs(row.after - row.target * plan.target_value) for row in plan.classes)


def targets(**weights):
    return [{"asset_class": name, "weight": weight} for name, weight in weights.items()]


# -- fresh money -------------------------------------------------------------------------------------------------------

FIFTHS = [
    {"symbol": "VTI", "price": 341.21, "exposures": "us_stock", "qualified_yield": 0.012},
    {"symbol": "VXUS", "price": 78.12, "exposures": "intl_stock", "qualified_yield": 0.02, "ordinary_yield": 0.008},
    {"symbol": "VNQ", "price": 91.5, "exposures": "real_estate", "ordinary_yield": 0.038},
    {"symbol": "VTIP", "price": 49.9, "exposures": "tips", "ordinary_yield": 0.03},
    {"symbol": "BND", "price": 74.13, "exposures": "us_bond", "ordinary_yield": 0.042},
]


def fresh_money(amount=100_000, funds=FIFTHS, short=0.24, **account):
    classes = [each["exposures"] for each in funds]
    weights = [{"asset_class": name, "weight": 1 / len(classes)} for name in classes]
    return Household.model_validate(
        {
            "trade_date": TODAY,
            "taxpayer": {"rates": {"short": short, "long": 0.15}},
            "accounts": [{"id": "joint", "kind": "taxable", "contribution": amount} | account],
            "securities": funds,
            "targets": weights,
        }
    )


@pytest.mark.parametrize("where", ["contribution", "cash"])
@pytest.mark.parametrize("short", [0.1, 0.24, 0.37])
def test_fresh_money_goes_to_the_targets_and_none_is_left(where, short):
    """$100,000, five classes at 20 %, no holdings. All that is lacking is the spread of 2 bp on what is bought."""
    home = fresh_money(0, short=short, **{where: 100_000})
    for plan in (solve(home), route(home)):
        assert audit(home, plan) == []
        assert plan.cash_after["joint"] == pytest.approx(0, abs=0.05)
        assert distance(plan) <= 100_000 * 0.0002 + 0.1
        assert plan.parts["to_target"] == pytest.approx(PULL * distance(plan), abs=0.01)
    before = solve(home, Policy(to_target="off"))
    assert distance(before) > 10_000
    assert before.cash_after["joint"] == pytest.approx(1000, abs=0.05)


def test_fresh_money_goes_as_near_to_the_targets_as_whole_shares_allow():
    """The best of all counts of shares within four of the target's that leave every class in its band."""
    funds = [{"symbol": s, "price": p, "exposures": s.lower()} for s, p in (("A", 137.0), ("B", 211.0), ("C", 333.0))]
    home, spread = fresh_money(10_000, funds, whole_shares=True), 0.0002
    plan = solve(home, gap_bp=0)
    prices, goal = np.array([each["price"] for each in funds]), 10_000 / 3
    best = np.inf
    for counts in product(*(range(int(goal // price) - 4, int(goal // price) + 5) for price in prices)):
        held = np.array(counts) * prices
        cash = 10_000 - (1 + spread) * held.sum()
        if cash >= 0 and (np.abs(held - goal) <= 500).all():
            drift = 0.04 * max(min(cash - 100, 200), 0) + 0.12 * max(cash - 300, 0)
            best = min(best, PULL * (np.abs(held - goal).sum() + cash) + drift + spread * held.sum())
    assert plan.objective == pytest.approx(best, abs=0.02)
    assert all(trade.quantity % 1 == 0 for trade in plan.trades)


def test_a_small_contribution_trades_only_the_contribution():
    """Stock is above its target and bonds below, both in their bands; 600 is less than cash may be."""
    home = household(joint(lot("a", dollars=26_500)), ira(lot("b", "BOND", 23_000), lot("c", dollars=26_500)),
                     ira(lot("d", "BOND", 24_000), id="roth", contribution=600), funds=FREE_FUNDS)  # fmt: skip
    assert dollars(solved(home, to_target="small")) == about({"roth/BOND": 600})
    assert dollars(solved(home)) == {}


def test_cash_that_accounts_must_keep_is_kept_and_no_more():
    home = household(joint(contribution=10_000, minimum_cash=1000), funds=FREE_FUNDS)
    plan = solved(home, to_target="small")
    assert plan.cash_after["joint"] == pytest.approx(1000, abs=0.01)
    assert all(row.after <= 5000.01 for row in plan.classes)
    assert plan.parts["to_target"] == pytest.approx(PULL * 2000, abs=0.01)


def test_fresh_money_fills_a_target_of_cash():
    """Cash may be 3 to 7 % and is 6 %: what is beyond 5 % is invested when money moves, and only then."""
    wanted = [*targets(stock=0.475, bond=0.475), {"asset_class": "cash", "weight": 0.05, "lower": 0.03, "upper": 0.07}]
    held = lot("a", dollars=47_000), lot("b", "BOND", 47_000)
    moved = household(ira(*held, cash=4000, contribution=2000), funds=FREE_FUNDS, targets=wanted)
    plan = solved(moved, to_target="small")
    assert plan.cash_after["ira"] == pytest.approx(5000, abs=0.01)
    assert plan.parts["to_target"] == 0
    assert solved(household(ira(*held, cash=6000), funds=FREE_FUNDS, targets=wanted), to_target="small").trades == ()


# -- withdrawals -------------------------------------------------------------------------------------------------------


def test_a_withdrawal_is_raised_from_what_is_above_its_target():
    """Of 98,000, stock is 4,000 above its target and bonds 2,000 below; bonds are cheaper to sell."""
    funds = fund("A", half_spread=0.001), fund("BOND", "bond", half_spread=0)
    home = household(ira(lot("a", dollars=53_000), lot("b", "BOND", 47_000), withdrawal=2000), funds=funds)
    assert dollars(solved(home, to_target="small")) == about({"ira/a": -2000 / 0.999})
    assert dollars(solved(home)) == about({"ira/b": -2000})


def test_a_large_withdrawal_leaves_every_class_at_its_target():
    """Of 80,000, stock is 15,000 above its target and bonds 5,000: both are outside their bands."""
    home = household(ira(lot("a", dollars=55_000), lot("b", "BOND", 45_000), withdrawal=20_000), funds=FREE_FUNDS)
    for plan in (solved(home, to_target="small"), route(home)):
        assert dollars(plan) == about({"ira/a": -15_000, "ira/b": -5000})


# -- classes that leave their bands ------------------------------------------------------------------------------------


def test_a_class_outside_its_band_goes_to_its_target_in_the_ira():
    home = household(ira(lot("a", dollars=60_000), lot("b", "BOND", 40_000)), funds=FREE_FUNDS)
    for plan in (solved(home, to_target="small"), route(home)):
        assert dollars(plan) == about({"ira/a": -10_000, "ira/BOND": 10_000})
        assert plan.parts["to_target"] == 0
    assert dollars(solved(home)) == about({"ira/a": -5000, "ira/BOND": 5000})
    assert solved(home).baselines["nothing"] + 2 * PULL * 10_000 == solved(home, to_target="small").baselines["nothing"]


def test_a_gain_is_taxed_for_the_target_only_if_it_costs_less_than_the_distance():
    """Back to the band a dollar sold cures two of drift and of distance, 0.12; inside it only distance, 2 * 0.02. A
    basis of 80 costs 0.2 * 0.15 now, less what it saves later, a basis of 20 four times that.
    """
    plans = {
        basis: solved(household(joint(lot("a", dollars=60_000, basis=basis), lot("b", "BOND", 40_000)),
                                funds=FREE_FUNDS), to_target="small")
        for basis in (80, 20)
    }  # fmt: skip
    assert [-dollars(plans[basis])["joint/a"] for basis in (80, 20)] == about([10_000, 5000])


def test_what_must_be_sold_does_not_move_a_class_away_from_its_target():
    """OUT may not be held. Bonds are bought without a spread, the other stock fund at 10 bp."""
    funds = fund("OUT"), fund("A", half_spread=0.001), fund("BOND", "bond", half_spread=0)
    out = [{"rule": "do_not_hold", "symbol": "OUT"}]
    held = lot("a", dollars=47_000), lot("out", "OUT", dollars=3000), lot("b", "BOND", 50_000)
    home = household(ira(*held), funds=funds, restrictions=out)
    assert dollars(solved(home, to_target="small")).keys() == {"ira/out", "ira/A"}
    assert dollars(solved(home)).keys() == {"ira/out", "ira/BOND"}


# -- households that are left alone ------------------------------------------------------------------------------------


def in_its_bands(seed, half_spread):
    """Three accounts, four classes within 3 points of their targets, which have bands of 4 points; gains, no yields."""
    rng = np.random.default_rng((seed, 8))
    names = "us_stock", "intl_stock", "bond", "tips"
    held = rng.dirichlet([8.0] * 4, size=3) * rng.uniform(10_000, 500_000, size=(3, 1))
    weights = held.sum(axis=0) / held.sum()
    moved = rng.uniform(-0.03, 0.03, size=4)
    goal = np.round(np.maximum(weights + moved - moved.mean(), 0.01), 4)
    goal[0] = round(1 - goal[1:].sum(), 4)
    assert (np.abs(goal - weights) < 0.04).all()
    funds = [fund(name.upper(), name, half_spread=half_spread) for name in names]
    accounts = [
        {"id": kind, "kind": kind, "lots": [
            lot(f"{kind}-{name}", name.upper(), round(amount, 2), basis=round(rng.uniform(20, 99), 2))
            for name, amount in zip(names, amounts.tolist(), strict=True)]}
        for kind, amounts in zip(("taxable", "traditional", "roth"), held, strict=True)
    ]  # fmt: skip
    bands_of_4 = [
        {"asset_class": name, "weight": w, "lower": max(w - 0.04, 0), "upper": min(w + 0.04, 1)}
        for name, w in zip(names, goal.tolist(), strict=True)
    ]
    return household(*accounts, funds=funds, targets=bands_of_4)


@pytest.mark.parametrize("half_spread", [0.0, 0.0002])
def test_a_household_in_its_bands_is_left_alone(half_spread):
    for seed in range(40):
        home = in_its_bands(seed, half_spread)
        plan = solve(home)
        assert (plan.trades, plan.objective, route(home).trades) == ((), 0, ()), seed
        assert plan.certificate.status == "optimal"


def test_exact_takes_every_class_to_its_target():
    """In the IRA and the Roth at no cost; what they cannot do is weighed against tax at near_cost."""
    home = household(ira(lot("a", dollars=53_000), lot("b", "BOND", 47_000)), funds=FREE_FUNDS)
    for plan in (solved(home, to_target="exact"), route(home, Policy(to_target="exact"))):
        assert dollars(plan) == about({"ira/a": -3000, "ira/BOND": 3000})
    assert solved(home, to_target="exact").baselines["nothing"] == 0.04 * 6000
    assert solved(home, to_target="small").trades == ()
    for seed in range(10):
        plan = solve(in_its_bands(seed, 0.0), Policy(to_target="exact"))
        assert distance(plan) < 0.01 * plan.target_value, seed


# -- the program -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [{"to_target": "off"}, {"drift": {"near_cost": 0}}])
def test_without_a_price_there_are_no_columns(policy):
    home = household(ira(lot("a", dollars=60_000), lot("b", "BOND", 40_000)))
    programs = [build_model(build_problem(home, each)).program for each in (Policy(**policy), Policy())]
    found = [{label for label in program.labels if "_target[" in label} for program in programs]
    assert found == [
        set(),
        {f"{end}_target[{name}]" for end in ("over", "under") for name in ("stock", "bond", "cash")},
    ]
    rows = [{label for label in program.row_labels if label.startswith("D9")} for program in programs]
    assert rows == [set(), {"D9[stock]", "D9[bond]", "D9[cash]"}]


def test_hard_bands_are_kept_and_what_is_traded_goes_on():
    """Stock may be sold for tax to its band only if that is cheaper than the drift; a hard band does not ask."""
    home = household(joint(lot("a", dollars=60_000, basis=1), lot("b", "BOND", 40_000)), funds=FREE_FUNDS)
    plan = solved(home, to_target="small", drift={"near_cost": 0.04, "far_cost": 0.04, "hard": True})
    assert dollars(plan)["joint/a"] == about(-5000)
    assert plan.violations == ()


def test_names_and_factors_are_not_pulled():
    """A is 4,000 above a target of its own and inside its band."""
    own = [{"symbol": "A", "weight": 0.46, "lower": 0.4, "upper": 0.6}]
    home = household(ira(lot("a", dollars=50_000), lot("b", "BOND", 50_000)), security_targets=own, targets=HALVES)
    assert solved(home, to_target="exact").trades == ()


def test_bands_that_meet_their_target_pull_from_it():
    """A target at the end of its band has no side to stay on: nothing is between."""
    home = household(ira(lot("a", dollars=60_000), lot("b", "BOND", 40_000)), funds=FREE_FUNDS,
                     targets=bands(stock=(0.5, 0.5), bond=(0.5, 0.5)))  # fmt: skip
    assert dollars(solved(home, to_target="small")) == dollars(solved(home)) == about({"ira/a": -10_000,
                                                                                      "ira/BOND": 10_000})  # fmt: skip
