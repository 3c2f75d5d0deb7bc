"""Each block of docs/formulation.md without a solver: points that keep its rows, points that break one, its dollars."""

from datetime import date, timedelta

import numpy as np
import pytest
from points import column, complete_point, dollars, random_trades
from random_households import random_household, random_policy

from lotroute.models import Household, Policy
from lotroute.solver.cash import add_cash
from lotroute.solver.drift import add_drift
from lotroute.solver.holding import add_holding_periods
from lotroute.solver.later import add_later
from lotroute.solver.ledger import replay
from lotroute.solver.location import add_location
from lotroute.solver.model import build_model
from lotroute.solver.problem import build_problem
from lotroute.solver.program import Program
from lotroute.solver.tax import add_tax
from lotroute.solver.tickets import write_tickets
from lotroute.solver.trades import add_trades
from lotroute.solver.wash import add_wash_sales

TODAY = date(2026, 6, 15)
RATES = {"short": 0.3, "long": 0.1, "state": 0.06, "surtax": 0.04, "carried_short": 0.1, "carried_long": 0.05}
"""0.4 on short-term gains, 0.2 on long-term ones."""
POLICY = Policy(discount_rate=0.25, deferral_years=1, step_up_chance=0.5, location_years=2)
"""A dollar of gain deferred is worth 0.2 * 0.5 / 1.25 = 0.08."""


def ago(days):
    return TODAY - timedelta(days)


def lot(name, symbol="A", *, basis=120, days=1000, quantity=100):
    known = {"basis_per_share": basis, "acquired": ago(days)}
    return {"id": name, "symbol": symbol, "quantity": quantity} | known


def household(lots=None, *, joint=None, ira=None, taxpayer=None, **changes):
    """$10,000 of A at a loss and $1,000 of cash in joint, $10,000 of B in ira; stock A and bond B, $100 each."""
    bond = {"id": "bonds", "symbol": "B", "quantity": 100}
    return Household.model_validate(
        {
            "trade_date": TODAY,
            "taxpayer": {"rates": RATES} | (taxpayer or {}),
            "accounts": [
                {"id": "joint", "kind": "taxable", "cash": 1000, "lots": [lot("a")] if lots is None else lots}
                | (joint or {}),
                {"id": "ira", "kind": "traditional", "lots": [bond]} | (ira or {}),
            ],
            "securities": [
                {"symbol": "A", "price": 100, "exposures": "stock", "half_spread": 0.01, "qualified_yield": 0.03},
                {"symbol": "B", "price": 100, "exposures": "bond", "half_spread": 0.02, "ordinary_yield": 0.05},
            ],
            "targets": [
                {"asset_class": "stock", "weight": 0.5, "lower": 0.4, "upper": 0.55},
                {"asset_class": "bond", "weight": 0.5, "lower": 0.4, "upper": 0.6},
            ],
        }
        | changes
    )


class Point:
    """A program of some blocks with a point of it at which trades are made, by the names of lots and purchases."""

    def __init__(self, home, trades, *, policy=POLICY):
        self.problem = build_problem(home, policy)
        self.model = build_model(self.problem)
        self.program = self.model.program
        sold, bought = (
            np.array([float(trades.get(label, 0)) for label in side.label.tolist()])
            for side in (self.problem.lots, self.problem.buys)
        )
        assert set(trades) <= {*self.problem.lots.label.tolist(), *self.problem.buys.label.tolist()}
        self.values = complete_point(self.problem, self.model, sold, bought)

    def broken(self, **changes):
        """The labels that break where columns are set to other values; `~` in a name stands for a space."""
        values = self.values.copy()
        for label, value in changes.items():
            values[column(self.program, label)] = value
        return sorted(self.program.violations(values))

    def part(self, name):
        return self.program.part(name, self.values)

    def __getitem__(self, label):
        return self.values[column(self.program, label)]


# -- trades and cash ---------------------------------------------------------------------------------------------------


def test_a_lot_is_sold_between_nothing_and_all_of_it():
    point = Point(household(), {})
    lower, upper = point.program.bounds()
    sell = column(point.program, "sell[joint/a]")
    assert (lower[sell], upper[sell]) == (0, 10_000)


def test_a_purchase_is_limited_by_what_its_account_can_spend_above_its_floor():
    point = Point(household(joint={"cash": 1000, "contribution": 200, "withdrawal": 50, "minimum_cash": 50}), {})
    _, upper = point.program.bounds()
    assert upper[column(point.program, "buy[joint/B]")] == pytest.approx((1000 + 200 - 50 - 50 + 9900) / 1.02)
    assert upper[column(point.program, "buy[ira/A]")] == pytest.approx(9800 / 1.01)


def test_lots_that_are_closed_add_nothing_to_what_an_account_can_spend():
    point = Point(household([lot("a", days=5), lot("b", "B", days=5, basis=1)]), {})
    _, upper = point.program.bounds()
    assert upper[column(point.program, "buy[joint/B]")] == pytest.approx((1000 + 9800) / 1.02)


def test_a_lot_oversold_and_a_sale_below_nothing_break_the_bounds():
    assert Point(household(), {"joint/a": 10_000}).broken() == []
    assert Point(household(), {"joint/a": 10_001}).broken() == ["S[long loss carried]", "sell[joint/a]"][1:]
    assert Point(household(), {"ira/bonds": -1}).broken() == ["C2[ira]", "sell[ira/bonds]"]


def test_only_the_menu_is_bought():
    point = Point(household(ira={"kind": "401k", "menu": ["B"]}), {})
    assert "buy[ira/B]" in point.program.labels
    assert "buy[ira/A]" not in point.program.labels


def test_trading_costs_the_half_spread_of_both_sides():
    point = Point(household(), {"joint/a": 5000, "joint/B": 3000, "ira/bonds": 1000})
    assert point.part("trading") == pytest.approx(0.01 * 5000 + 0.02 * 3000 + 0.02 * 1000)


def test_cash_after_the_trades_is_what_they_leave():
    point = Point(household(), {"joint/a": 5000, "joint/B": 3000})
    assert point["cash[joint]"] == pytest.approx(1000 + 0.99 * 5000 - 1.02 * 3000)
    assert point.broken() == []
    assert point.broken(**{"cash[joint]": point["cash[joint]"] + 1}) == ["C1[joint]", "D1[cash]"]


def test_cash_below_the_floor_breaks_c2_of_its_account():
    home = household(joint={"cash": 1000, "minimum_cash": 400})
    assert Point(home, {"joint/B": 600 / 1.02}).broken() == []
    assert Point(home, {"joint/B": 601 / 1.02}).broken() == ["C2[joint]"]


def test_a_floor_that_cannot_be_reached_is_what_selling_all_free_lots_raises():
    home = household([lot("a", days=5)], joint={"cash": 1000, "minimum_cash": 5000})
    point = Point(home, {})
    assert point.problem.floor.tolist() == [1000, 0]
    assert point.problem.shortfall.tolist() == [4000, 0]
    assert point.broken() == []


# -- drift -------------------------------------------------------------------------------------------------------------


def test_drift_beyond_the_width_is_far():
    """Of 21,000: bonds 17,000 are 4,400 above 12,600, stock 2,870 is 5,530 below 8,400, cash 1,130 is 920 above 210."""
    home = household(ira={"lots": [{"id": "bonds", "symbol": "B", "quantity": 170}]}, joint={"cash": 1130, "lots": []})
    home = home.model_validate(home.model_dump() | {"accounts": _with_lot(home, lot("a", quantity=28.7))})
    point = Point(home, {})
    assert point["over_near[bond]"], point["over_far[bond]"] == pytest.approx((420, 3980))
    assert point["under_near[stock]"], point["under_far[stock]"] == pytest.approx((420, 5110))
    assert point["over_near[cash]"], point["over_far[cash]"] == pytest.approx((420, 500))
    assert point.part("drift") == pytest.approx(0.04 * 3 * 420 + 0.12 * (3980 + 5110 + 500))
    assert point.broken() == []


def _with_lot(home, item):
    joint, ira = home.accounts
    return [joint.model_dump() | {"lots": [item]}, ira.model_dump()]


def test_drift_that_is_not_paid_for_breaks_the_row_of_its_side():
    home = household(ira={"lots": [{"id": "bonds", "symbol": "B", "quantity": 170}]})
    point = Point(home, {})
    assert point.broken(**{"over_far[bond]": point["over_far[bond]"] - 1}) == ["D1[bond]"]
    assert point.broken(**{"under_near[stock]": point["under_near[stock]"] - 1}) == ["D2[stock]"]
    assert point.broken(**{"over_near[bond]": point["over_near[bond]"] + 1}) == ["over_near[bond]"]
