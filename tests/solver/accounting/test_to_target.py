"""What the distance from target costs, on replays in text (test_replay.py).

A Roth IRA with 150 A of stock at $100 (half-spread 1 %), 200 B of bonds at $50 and $1,500 of cash, 26,500 in all. The
targets, with bands that nothing leaves: stock 13,250, bonds 10,600, cash 2,650. Half of near_cost is 2 cents.
"""

from datetime import date

import pytest
from ledgers import check
from random_households import featured_household, featured_policy

from lotroute.models import Household, Policy
from lotroute.solver import solve
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.replay import replay

PULLED, EXACT = Policy(), Policy(to_target="exact")
TARGETS = {"stock": (0.5, 0, 1), "bond": (0.4, 0, 1), "cash": (0.1, 0, 1)}


def household(targets=TARGETS, **account):
    lots = [{"id": "a", "symbol": "A", "quantity": 150}, {"id": "b", "symbol": "B", "quantity": 200}]
    return Household.model_validate(
        {
            "trade_date": date(2026, 6, 15),
            "taxpayer": {"rates": {"short": 0.3, "long": 0.1}},
            "accounts": [{"id": "ira", "kind": "roth", "cash": 1500, "lots": lots} | account],
            "securities": [
                {"symbol": "A", "price": 100, "exposures": "stock", "half_spread": 0.01},
                {"symbol": "B", "price": 50, "exposures": "bond", "half_spread": 0.02},
            ],
            "targets": [
                {"asset_class": name, "weight": weight, "lower": lower, "upper": upper}
                for name, (weight, lower, upper) in targets.items()
            ],
        }
    )


def test_a_class_in_its_band_is_charged_for_moving_away_from_its_target():
    """Stock falls to 11,000, 2,250 below its target; cash rises to 5,460, 2,810 above. Bonds stay 600 below, free."""
    ledger = """
        ira sell 40 A from a
        --------------------
        class stock   11,000
        class bond    10,000
        class cash     5,460
        to_target     101.20
        trading        40.00
    """
    check(household(), PULLED, ledger)


def test_exact_charges_every_distance_at_near_cost():
    """2,250, 600 and 2,810, as above, at 4 cents."""
    ledger = """
        ira sell 40 A from a
        --------------------
        to_target     226.40
        trading        40.00
    """
    check(household(), EXACT, ledger)


def test_off_charges_none():
    ledger = """
        ira sell 40 A from a
        --------------------
        trading        40.00
    """
    check(household(), Policy(to_target="off"), ledger)


def test_a_class_outside_its_band_is_charged_all_its_distance_from_the_target():
    """Stock may be 13,250 and should be 10,600: 14,500 is 3,900 beyond. Bonds and cash come no farther from theirs.
    Drift is 1,250: 530 at 4 cents, 720 at 12.
    """
    ledger = """
        ira sell 5 A from a
        -------------------
        drift        107.60
        to_target     78.00
        trading        5.00
    """
    check(household({"stock": (0.4, 0, 0.5), "bond": (0.5, 0, 1), "cash": (0.1, 0, 1)}), PULLED, ledger)


@pytest.mark.parametrize(("flow", "charged"), [({}, 0), ({"contribution": 100}, 21.2), ({"withdrawal": 100}, 24.8)])
def test_cash_is_charged_all_its_distance_when_money_moves(flow, charged):
    """Cash is 1,150 below its target; with 100 more in all, 1,060 below, with 100 less 1,240."""
    after = replay(Books(household(**flow), PULLED), [])
    assert float(after.parts["to_target"]) == charged


def test_targets_after_tax_measure_what_counts():
    """At a rate of 30 % all of a traditional IRA counts 70 %: 70 % of the charge of the first test."""
    policy = Policy(targets="after_tax", withdrawal_rate=0.3)
    ledger = """
        ira sell 40 A from a
        --------------------
        to_target      70.84
        trading        40.00
    """
    check(household(kind="traditional"), policy, ledger)


@pytest.mark.parametrize(("beyond", "charged"), [(0, 0), (0.005, 0), (0.02, 35)])
def test_the_end_of_a_band_is_in_it_to_a_cent(beyond, charged):
    """Stock is 15,000. Two cents beyond its band, it is charged for 1,750 beyond its target."""
    ends = {"stock": (0.5, 0, (15_000 - beyond) / 26_500), "bond": (0.4, 0, 1), "cash": (0.1, 0, 1)}
    assert replay(Books(household(ends), PULLED), []).parts["to_target"] == charged


def test_a_cost_that_falls_by_less_than_half_a_cent_is_zero_not_minus_zero():
    home = featured_household(200, around=6)
    parts = solve(home, featured_policy(200, home)).parts
    assert {f"{dollars:.2f}" for dollars in parts.values() if not dollars} == {"0.00"}
