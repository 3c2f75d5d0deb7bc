"""Each block of docs/formulation.md without a solver: points that keep its rows or break one, and its dollars."""

import pytest
from block_cases import (
    FOUR,
    POLICY,
    WASHED,
    booked,
    broken,
    household,
    lot,
    point,
    program_of,
    sales,
    trade,
    upper,
)

from lotroute.models import Household
from lotroute.solver.formulation.model import build_model
from lotroute.solver.formulation.problem import build_problem

# -- trades and cash ---------------------------------------------------------------------------------------------------


def test_a_lot_is_sold_between_nothing_and_all_of_it():
    program = program_of(household())
    assert broken(program, {"sell[joint/a]": 10_000}) == []
    assert broken(program, {"sell[joint/a]": 10_000.01}) == ["sell[joint/a]"]
    assert broken(program, {"sell[joint/a]": -0.01}) == ["sell[joint/a]"]


def test_purchases_are_those_of_the_menus():
    sales = ["sell[joint/a]", "sell[ira/b]"]
    program = program_of(household(ira={"menu": ["B"]}))
    assert program.labels[1:] == [*sales, "buy[joint/A]", "buy[joint/B]", "buy[ira/B]"]
    program = program_of(household(ira={"kind": "401k", "menu": ["B"]}))
    assert program.labels[1:] == [*sales, "buy[joint/A]", "buy[ira/B]"]


def test_a_purchase_is_limited_by_what_its_account_can_spend_above_its_floor():
    program = program_of(household(joint={"cash": 1000, "contribution": 200, "withdrawal": 50, "minimum_cash": 50}))
    assert upper(program, "buy[joint/B]") == pytest.approx((1000 + 200 - 50 - 50 + 9900) / 1.02)
    assert upper(program, "buy[ira/A]") == pytest.approx(9800 / 1.01)
    assert broken(program, {"buy[ira/A]": 9800 / 1.01 + 1}) == ["buy[ira/A]"]


def test_blocked_lots_add_nothing_to_what_an_account_can_spend():
    program = program_of(household([lot("washed"), lot("free", "B", basis=1)], recent_trades=WASHED))
    assert upper(program, "buy[joint/A]") == pytest.approx((1000 + 9800) / 1.01)


def test_trading_costs_the_half_spread_of_both_sides():
    program = program_of(household())
    trades = {"sell[joint/a]": 5000, "buy[joint/B]": 3000, "sell[ira/b]": 1000}
    assert program.part("trading", point(program, trades)) == pytest.approx(0.01 * 5000 + 0.02 * 3000 + 0.02 * 1000)


def test_cash_is_what_the_trades_leave():
    program = program_of(household(joint={"cash": 700, "contribution": 500, "withdrawal": 200}), "cash")
    sound = {"sell[joint/a]": 5000, "buy[joint/B]": 3000, "cash[joint]": 1000 + 4950 - 3060}
    assert broken(program, sound) == []
    assert broken(program, sound | {"cash[joint]": 2889}) == ["C1[joint]"]
    assert broken(program, sound | {"sell[ira/b]": 1}) == ["C1[ira]"]


def test_cash_below_the_minimum_is_refused():
    program = program_of(household(joint={"cash": 1000, "minimum_cash": 490}), "cash")
    assert broken(program, {"buy[joint/B]": 500, "cash[joint]": 490}) == []
    assert broken(program, {"buy[joint/B]": 500.01, "cash[joint]": 489.9898}) == ["C2[joint]"]


def test_a_minimum_out_of_reach_falls_short_by_what_selling_all_that_is_free_does_not_raise():
    home = household([lot("washed")], joint={"cash": 1000, "minimum_cash": 5000}, recent_trades=WASHED)
    problem, program = build_problem(home, POLICY), program_of(home, "cash")
    assert problem.floor == pytest.approx([1000, 0])
    short = {"cash[joint]": 1000, "shortfall[C2[joint]]": 4000}
    assert broken(program, {"cash[joint]": 1000}) == ["C2[joint]"]
    assert broken(program, short) == ["shortfall[C2[joint]]"]
    program.allow_shortfalls()
    program.cap_shortfalls(3 * 4000)
    assert broken(program, short) == []
    assert broken(program, short | {"shortfall[C2[joint]]": 4001}) == ["least violation"]
    assert program.shortfall(point(program, short)) == 3 * 4000


def test_cash_above_the_maximum_is_refused():
    program = program_of(household(joint={"maximum_cash": 490}), "cash")
    assert "C3[ira]" not in program.row_labels
    assert broken(program, {"buy[joint/B]": 500, "cash[joint]": 490}) == []
    assert broken(program, {"buy[joint/B]": 499.99, "cash[joint]": 490.0102}) == ["C3[joint]"]
    program.allow_shortfalls()
    assert broken(program, {"cash[joint]": 1000, "shortfall[C3[joint]]": 510}) == []


# -- drift: of 21,000, stock 8,400 to 11,550, bonds 8,400 to 12,600, cash 0 to 210; the first 420 outside are near -----

NOTHING = {"cash[joint]": 1000, "over_near[cash]": 420, "over_far[cash]": 370}
SOLD = {"sell[joint/a]": 5000, "cash[joint]": 5950, "over_near[cash]": 420, "over_far[cash]": 5320}
SOLD |= {"under_near[stock]": 420, "under_far[stock]": 2980}


def test_drift_is_what_lies_outside_the_band():
    program = program_of(household(), "drift")
    assert broken(program, NOTHING) == []
    assert broken(program, NOTHING | {"over_far[cash]": 369}) == ["D1[cash]"]
    assert broken(program, SOLD) == []
    assert broken(program, SOLD | {"under_near[stock]": 419}) == ["D2[stock]"]


def test_only_so_much_drift_is_near():
    program = program_of(household(), "drift")
    assert broken(program, NOTHING | {"over_near[cash]": 421}) == ["over_near[cash]"]


def test_far_drift_costs_more_than_near_drift():
    program = program_of(household(), "drift")
    assert program.part("drift", point(program, NOTHING)) == pytest.approx(0.04 * 420 + 0.12 * 370)
    assert program.part("drift", point(program, SOLD)) == pytest.approx(0.04 * 840 + 0.12 * (5320 + 2980))


def test_a_fund_of_two_classes_counts_in_both():
    mixed = {"symbol": "M", "price": 10, "exposures": {"stock": 0.75, "cash": 0.25}, "half_spread": 0}
    home = household(joint={"lots": [], "cash": 1000})
    home = Household.model_validate(home.model_dump() | {"securities": [*home.model_dump()["securities"], mixed]})
    program = program_of(home, "drift")
    bonds = {"over_near[bond]": 220, "over_far[bond]": 3180}  # 10,000 of 11,000; at most 6,600 in the band
    bought = {"buy[joint/M]": 800, "cash[joint]": 200, "over_near[cash]": 220, "over_far[cash]": 70}
    assert broken(program, bonds | bought | {"under_near[stock]": 220, "under_far[stock]": 3580}) == []
    assert broken(program, bonds | bought | {"under_near[stock]": 220, "under_far[stock]": 3579}) == ["D2[stock]"]
    assert broken(program, bonds | bought | {"over_far[cash]": 69, "under_far[stock]": 4000}) == ["D1[cash]"]


# -- wash sales --------------------------------------------------------------------------------------------------------


# -- the tax bill: S and L from -20,000 on ----------------------------------------------------------------------------


@pytest.fixture
def netting():
    """The blocks of tax and later years for a household that can reach every region of the bill."""
    return program_of(household(FOUR, half_spreads=(0, 0)), "tax", "later")


BILLS = [  # S, L; o, i, u, s, l
    (1000, 2000, (1000, 2000, 0, 0, 0)),
    (1000, -400, (600, 0, 0, 0, 0)),
    (-400, 1000, (0, 600, 0, 0, 0)),
    (1000, -3500, (0, 0, 2500, 0, 0)),
    (-3500, 1000, (0, 0, 2500, 0, 0)),
    (1000, -9000, (0, 0, 3000, 0, 5000)),
    (-1000, -9000, (0, 0, 3000, 0, 7000)),
    (-5000, -700, (0, 0, 3000, 2000, 700)),
    (-9000, 2000, (0, 0, 3000, 4000, 0)),
]


@pytest.mark.parametrize(("short", "long", "netted"), BILLS)
def test_a_bill_is_priced_as_the_law_nets_it(netting, short, long, netted):
    ordinary, preferential, used, short_carried, long_carried = netted
    at = booked(netting, short, long)
    assert broken(netting, at) == []
    priced = 0.4 * ordinary + 0.2 * preferential - 0.4 * used
    later = -0.1 * short_carried - 0.05 * long_carried - 0.08 * (short + long)
    assert netting.part("tax", point(netting, at)) == pytest.approx(priced)
    assert netting.part("later", point(netting, at)) == pytest.approx(later)


def test_a_bill_of_a_year_s_law_is_priced_by_its_brackets():
    """2026, single: 12 % up to 50,400 above a deduction of 16,100; 0 % on long-term gains up to 49,450."""
    income = {"rates": None, "year": 2026, "ordinary_income": 60_500}
    home = household(FOUR, half_spreads=(0, 0), taxpayer=income)
    program = program_of(home, "tax")
    for short, long, owed in (
        (6000, 0, 0.12 * 6000),
        (7000, 0, 0.12 * 6000 + 0.22 * 1000),
        (0, 5000, 0),
        (0, 7000, 0.15 * 1950),
        (1000, 5000, 0.12 * 1000 + 0.15 * 950),
        (0, -2000, -0.12 * 2000),
    ):
        at = booked(program, short, long)
        assert broken(program, at) == []
        assert program.part("tax", point(program, at)) == pytest.approx(owed), (short, long)


def test_the_weights_hold_what_was_realized(netting):
    sound = booked(netting, 1000, 2000)
    assert broken(netting, sound) == []
    assert broken(netting, sound | sales(1001, 2000)) == ["N1"]
    assert broken(netting, sound | sales(1000, 2001)) == ["N2"]
    elsewhere = booked(netting, 1001, 2002, sales(1000, 2000))
    assert broken(netting, elsewhere) == ["N1", "N2"]
    assert broken(netting, sound | {"w[1/1]": -1}) == ["N1", "N2", "N4[1]", "w[1/1]"]


def piece_of(at):
    return next(label[2:-1] for label, value in at.items() if label.startswith("b[") and value)


def mixed(one, other, share=0.5):
    """The point between two, `share` of the way from the first to the second."""
    return {label: (1 - share) * one.get(label, 0.0) + share * other.get(label, 0.0) for label in [*one, *other]}


def test_one_piece_is_chosen(netting):
    sound, other = booked(netting, 1000, 2000), booked(netting, -5000, -700)
    this, that = piece_of(sound), piece_of(other)
    assert this != that
    assert broken(netting, sound | {f"b[{that}]": 1}) == ["N3", f"N4[{that}]"]
    assert broken(netting, sound | {f"b[{this}]": 0}) == ["N3", f"N4[{this}]"]
    assert broken(netting, sound | {f"b[{this}]": 0, f"b[{that}]": 1}) == sorted([f"N4[{this}]", f"N4[{that}]"])
    between = mixed(sound, other)
    assert broken(netting, between) == sorted([f"b[{this}]", f"b[{that}]"])
    assert broken(netting, between | {f"b[{this}]": 1, f"b[{that}]": 0}) == sorted([f"N4[{this}]", f"N4[{that}]"])


def test_weights_on_other_corners_of_a_piece_cost_more(netting):
    """At the point halfway between two cells that one piece joins, half of each cell's bill costs more."""
    one, other, between = (booked(netting, short, long) for short, long in ((-1000, 9000), (5000, 1000), (2000, 5000)))
    assert piece_of(one) == piece_of(other) == piece_of(between)
    half = mixed(one, other)
    assert broken(netting, half) == []
    dear, right = netting.part("tax", point(netting, half)), netting.part("tax", point(netting, between))
    assert right == pytest.approx(0.4 * 2000 + 0.2 * 5000)
    assert dear == pytest.approx((0.2 * 8000 + 0.4 * 5000 + 0.2 * 1000) / 2)
    assert dear > right


def test_gains_so_far_and_losses_carried_in_come_first():
    taxpayer = {"realized_short": 5000, "short_carryforward": 1000, "realized_long": -7000, "long_carryforward": 4000}
    home = household(FOUR, half_spreads=(0, 0), taxpayer=taxpayer)
    program = program_of(home, "tax", "later")
    nothing = booked(program, 4000, -11_000, {})
    assert broken(program, nothing) == []
    assert program.part("tax", point(program, nothing)) == pytest.approx(0)
    assert program.part("later", point(program, nothing)) == pytest.approx(0)
    sold = booked(program, 4000, -5000, {"sell[joint/long-gain]": 30_000})
    assert broken(program, sold) == []
    assert program.part("tax", point(program, sold)) == pytest.approx(-0.4 * 1000 + 0.4 * 3000)
    assert program.part("later", point(program, sold)) == pytest.approx(0.05 * 4000 - 0.08 * 6000)


def test_who_files_separately_uses_half_of_the_loss():
    home = household(FOUR, half_spreads=(0, 0), taxpayer={"filing_status": "married_separately"})
    program = program_of(home, "tax")
    for short, long in ((-5000, -700), (-1499, -700)):
        at = booked(program, short, long)
        assert broken(program, at) == []
        assert program.part("tax", point(program, at)) == pytest.approx(-0.4 * 1500)


def test_one_piece_needs_no_binary():
    home = household([lot("gain", basis=50, days=100)], taxpayer={"realized_long": 10})
    program = program_of(home, "tax")
    assert len(program.integers()) == 0
    assert program.row_labels == ["N1", "N2", "N4"]
    assert broken(program, booked(program, 0, 10, {})) == []


def test_a_blocked_lot_realizes_nothing():
    program = program_of(household([lot("washed")], recent_trades=WASHED), "tax")
    assert [label for label in program.labels if label.startswith(("b[", "w["))] == ["w[1/1]"]


def test_the_spread_lessens_a_gain():
    """A at 100 less a spread of 1, with a basis of 80, has a gain of 0.19 per dollar sold."""
    program = program_of(household([lot("gain", basis=80)]), "tax", "later")
    at = booked(program, 0, 190, {"sell[joint/gain]": 1000})
    assert broken(program, at) == []
    assert program.part("later", point(program, at)) == pytest.approx(-0.08 * 190)


# -- location: two years of 3 % qualified income of A and of 5 % ordinary and 1 % qualified of B -----------------------


def test_income_is_taxed_where_the_account_is_taxable():
    program = program_of(household(), "location")
    stock, bond = 2 * 0.03 * 0.2, 2 * (0.05 * 0.4 + 0.01 * 0.2)
    values = {"sell[joint/a]": 5000, "buy[joint/B]": 3000, "sell[ira/b]": 700, "buy[ira/A]": 600}
    assert program.part("location", point(program, values)) == pytest.approx(bond * 3000 - stock * 5000)
    sheltered = {"sell[ira/b]": 700, "buy[ira/A]": 600}
    assert program.part("location", point(program, sheltered)) == 0


# -- all blocks --------------------------------------------------------------------------------------------------------


def test_the_program_has_the_rows_of_the_page_and_no_others():
    """S is 1,000, and L reaches from a loss of 2,100 to a gain of 4,900: two pieces, below and above 0."""
    lots, sold = [lot("a"), lot("gain", basis=50)], [trade("sell", 3, symbol="B")]
    home = household(lots, recent_trades=sold, taxpayer={"realized_short": 1000})
    rows = build_model(build_problem(home, POLICY)).program.row_labels
    expected = [f"{row}[{account}]" for row in ("C1", "C2") for account in ("joint", "ira")]
    expected += [f"{row}[{name}]" for row in ("D1", "D2", "D9") for name in ("stock", "bond", "cash")]
    expected += ["W3[joint/a]", "W4[joint/A]", "W4[ira/A]", "N1", "N2", "N3", "N4[1]", "N4[2]"]
    assert sorted(rows) == sorted(expected)
