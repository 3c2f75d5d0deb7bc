"""Hand-made orders of a small household, and the reasons that a plan gives for them; stock is overweight."""

from lotroute.models import Household, Policy
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.orders import Order
from lotroute.solver.accounting.replay import replay
from lotroute.solver.explanation.facts import Facts, Solved
from lotroute.solver.explanation.reasons import explain
from lotroute.solver.formulation.problem import build_problem

LOTS = [
    {"id": "gain", "symbol": "A", "quantity": 100, "basis_per_share": 60, "acquired": "2020-01-10"},
    {"id": "loss", "symbol": "A", "quantity": 100, "basis_per_share": 130, "acquired": "2024-01-10"},
    {"id": "even", "symbol": "A", "quantity": 100, "basis_per_share": 100, "acquired": "2024-01-10"},
    {"id": "soon", "symbol": "B", "quantity": 10, "basis_per_share": 20, "acquired": "2025-06-30"},
]


def told(*orders, taxpayer=None, joint=None, ira=(), **household):
    """Reason codes and sentences for hand-made orders; stock is overweight."""
    home = Household.model_validate(
        {
            "trade_date": "2026-06-15",
            "taxpayer": {"rates": {"short": 0.35, "long": 0.15}} | (taxpayer or {}),
            "accounts": [
                {"id": "joint", "kind": "taxable", "cash": 1000, "lots": LOTS} | (joint or {}),
                {"id": "ira", "kind": "traditional", "cash": 100, "lots": list(ira)},
            ],
            "securities": [
                {"symbol": "A", "price": 100, "exposures": "stock", "half_spread": 0},
                {"symbol": "A2", "price": 50, "exposures": "stock", "half_spread": 0},
                {"symbol": "B", "price": 40, "exposures": "bond", "half_spread": 0},
            ],
            "targets": [{"asset_class": "stock", "weight": 0.5}, {"asset_class": "bond", "weight": 0.5}],
        }
        | household
    )
    problem, books = build_problem(home, Policy()), Books(home, Policy())
    return list(explain(Facts(Solved(problem, books, orders, replay(books, orders)), ())))


def sell(quantity, lot, symbol="A", account="joint"):
    return Order(account, symbol, "sell", float(quantity), lot)


def buy(quantity, symbol, account="joint"):
    return Order(account, symbol, "buy", float(quantity))


IRA_STOCK = {"id": "s", "symbol": "A", "quantity": 50}
IRA_BONDS = {"id": "b", "symbol": "B", "quantity": 50}
