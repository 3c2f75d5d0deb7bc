"""The router's asset location: the order of purchases by place, and exchanges that keep every class as it is."""

from datetime import date, timedelta

import pytest
from random_households import featured_household, featured_policy, random_household, random_policy

from lotroute.models import Household, Policy, later_years
from lotroute.solver import audit, route
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.violations import misplaced_orders
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.search.candidates import candidate, routed
from lotroute.solver.search.rounding import round_to_orders
from lotroute.solver.search.routing.router import run

TODAY = date(2026, 6, 15)
SHORT, LONG = 0.30, 0.15
FUNDS = {
    "STOCK": {"exposures": "stock", "qualified_yield": 0.02},
    "BOND": {"exposures": "bond", "ordinary_yield": 0.04},
    "MUNI": {"exposures": "bond", "exempt_yield": 0.02},
}
TARGETS = [{"asset_class": c, "weight": 0.5, "lower": 0.3, "upper": 0.7} for c in ("stock", "bond")]


def household(joint, ira, *, funds=("STOCK", "BOND"), **changes):
    """$100 funds without a spread; 2 % of qualified dividends on stock, 4 % of interest on bonds."""
    securities = [{"symbol": symbol, "price": 100, "half_spread": 0} | FUNDS[symbol] for symbol in funds]
    accounts = [{"id": "joint", "kind": "taxable"} | joint, {"id": "ira", "kind": "traditional"} | ira]
    taxpayer = {"rates": {"short": SHORT, "long": LONG}}
    home = {"trade_date": TODAY, "taxpayer": taxpayer, "accounts": accounts, "securities": securities}
    return Household.model_validate(home | {"targets": TARGETS} | changes)


def lot(symbol, dollars=1000, *, basis=100, days=1000, name="lot"):
    known = {"basis_per_share": basis, "acquired": TODAY - timedelta(days)}
    return {"id": name, "symbol": symbol, "quantity": dollars / 100} | known


def routed_trades(home, **policy):
    """The router's trades in dollars by account and symbol, sales negative."""
    plan = route(home, Policy(to_target="off", **policy))
    assert audit(home, plan) == []
    traded = {}
    for trade in plan.trades:
        key = trade.account, trade.symbol
        traded[key] = traded.get(key, 0) + (trade.proceeds if trade.side == "buy" else -trade.proceeds)
    return {key: abs(dollars) * (1 if bought(plan, key) else -1) for key, dollars in traded.items()}


def bought(plan, key):
    return any(trade.side == "buy" and (trade.account, trade.symbol) == key for trade in plan.trades)


SWAPPED = {("joint", "BOND"): -1000, ("joint", "STOCK"): 1000, ("ira", "STOCK"): -1000, ("ira", "BOND"): 1000}


def test_bonds_and_stock_change_places():
    home = household({"lots": [lot("BOND")]}, {"lots": [lot("STOCK")]})
    assert routed_trades(home) == SWAPPED
    assert routed_trades(home, location_years=0) == {}


def test_the_smaller_side_ends_the_exchange():
    home = household({"lots": [lot("BOND", 600)]}, {"lots": [lot("STOCK")]})
    assert routed_trades(home) == {key: 0.6 * dollars for key, dollars in SWAPPED.items()}


def test_a_gain_is_exchanged_only_if_its_tax_costs_less_than_the_places_gain():
    """Over 3 years the exchange gains 3 (4 % · 30 % - 2 % · 15 %), 2.7 cents a dollar; a gain costs 15 % less d."""
    policy = Policy()
    gained = 3 * (0.04 * SHORT - 0.02 * LONG)
    for basis in range(100):
        home = household({"lots": [lot("BOND", basis=basis)]}, {"lots": [lot("STOCK")]})
        cost = (1 - basis / 100) * (LONG - later_years(home.filer, policy).deferral)
        if abs(gained - cost) > 1e-4:
            assert bool(routed_trades(home)) == (cost < gained), basis


def test_losses_carried_in_let_gains_go():
    """A gain of 50 cents a dollar would cost 3.4 cents; a carried loss is worth a little more than the gain later."""
    home = household({"lots": [lot("BOND", basis=50)]}, {"lots": [lot("STOCK")]})
    assert routed_trades(home) == {}
    carried = {"rates": {"short": SHORT, "long": LONG}, "long_carryforward": 10_000}
    assert routed_trades(household({"lots": [lot("BOND", basis=50)]}, {"lots": [lot("STOCK")]}, taxpayer=carried))


def test_a_loss_in_a_wash_window_stays():
    trade = {"account": "ira", "symbol": "BOND", "side": "buy", "date": TODAY, "quantity": 100}
    home = household({"lots": [lot("BOND", basis=110)]}, {"lots": [lot("STOCK")]})
    assert routed_trades(home) == {}  # the IRA would buy what joint sells at a loss
    funds = ("STOCK", "BOND", "MUNI")
    free = household({"lots": [lot("MUNI", basis=110)]}, {"lots": [lot("STOCK")]}, funds=funds)
    assert routed_trades(free)[("ira", "BOND")] == 1000
    window = household(
        {"lots": [lot("MUNI", basis=110)]}, {"lots": [lot("STOCK")]}, funds=funds,
        recent_trades=[trade | {"symbol": "MUNI"}],
    )  # fmt: skip
    assert ("joint", "MUNI") not in routed_trades(window)


def test_a_municipal_fund_in_an_ira_gives_way_to_the_taxable_one():
    home = household({"lots": [lot("STOCK")]}, {"lots": [lot("MUNI")]}, funds=("STOCK", "BOND", "MUNI"))
    assert routed_trades(home) == {("ira", "MUNI"): -1000, ("ira", "BOND"): 1000}


def test_fresh_money_goes_to_the_places_of_its_classes():
    """Half of $4,000 in each class; the IRA has room for $1,500 of the bonds and gets no stock."""
    home = household({"cash": 2500}, {"cash": 1500}, targets=[t | {"lower": 0.5, "upper": 0.5} for t in TARGETS])
    assert routed_trades(home) == {("ira", "BOND"): 1500, ("joint", "STOCK"): 2000, ("joint", "BOND"): 500}


def test_a_purchase_of_an_earlier_step_is_taken_back_for_a_better_place():
    """The IRA's idle $400 buys stock, the class below its band; then joint's bonds and its stock change places."""
    tight = [t | {"lower": 0.45, "upper": 0.55} for t in TARGETS]
    home = household({"lots": [lot("BOND", 2000)]}, {"lots": [lot("STOCK", 1600)], "cash": 400}, targets=tight)
    assert routed_trades(home) == {
        ("joint", "BOND"): -2000,
        ("joint", "STOCK"): 2000,
        ("ira", "STOCK"): -1600,
        ("ira", "BOND"): 2000,
    }


def test_the_lots_of_a_queue_are_exchanged_in_its_order():
    """The first lot in is at a gain that is not worth its tax, so the second stays too."""
    lots = [lot("BOND", basis=10, days=2000, name="first"), lot("BOND", basis=99, name="second")]
    swapped = routed_trades(household({"lots": lots}, {"lots": [lot("STOCK", 2000)]}))
    assert swapped[("joint", "BOND")] == -1000
    assert routed_trades(household({"lots": lots, "accounting_method": "fifo"}, {"lots": [lot("STOCK", 2000)]})) == {}


def test_a_limit_on_turnover_ends_the_exchange():
    """A fifth of $2,000 is 200 in each of two sales and two purchases."""
    home = household({"lots": [lot("BOND")]}, {"lots": [lot("STOCK")]})
    limited = routed_trades(home, limits={"turnover": 0.2})
    assert limited == pytest.approx({key: 0.2 * dollars for key, dollars in SWAPPED.items()}, abs=0.01)


def test_a_commission_that_costs_more_than_the_exchange_gains_keeps_everything_in_place():
    """$1,000 exchanged gain $27; four orders at $6 or at $7."""
    for fee, made in ((6, True), (7, False)):
        ways = {"joint": {"lots": [lot("BOND")], "commission": fee}, "ira": {"lots": [lot("STOCK")], "commission": fee}}
        assert bool(routed_trades(household(**ways))) == made, fee


@pytest.mark.parametrize("seeds", [range(first, first + 20) for first in range(0, 200, 20)], ids=str)
def test_exchanges_never_cost_the_router_anything(seeds):
    made = 0
    for seed in seeds:
        home, policy = (featured_household(seed), featured_policy(seed)) if seed % 2 else (
            random_household(seed), random_policy(seed))  # fmt: skip
        problem, books = build_problem(home, policy), Books(home, policy)
        router = run(problem)
        without = candidate(books, round_to_orders(problem, books, router.sold, router.bought))
        found = routed(problem, books, candidate(books, []))
        if not without.violation and not misplaced_orders(books, without.after, without.orders):
            assert not found.violation, seed
            assert found.after.objective <= without.after.objective, seed
            made += found.after.objective < without.after.objective
        assert audit(home, route(home, policy)) == [], seed
    assert made
