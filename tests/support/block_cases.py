"""A small household for tests of single blocks, programs of chosen blocks, and points by label."""

from datetime import date, timedelta

import numpy as np
from points import column, tax_columns

from lotroute.models import Household, Policy
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.orders import Order
from lotroute.solver.accounting.replay import replay
from lotroute.solver.formulation.blocks.blocked import add_blocked
from lotroute.solver.formulation.blocks.cash import add_cash
from lotroute.solver.formulation.blocks.costs import add_later_years, add_location, add_waiting
from lotroute.solver.formulation.blocks.drift import add_drift
from lotroute.solver.formulation.blocks.limits import add_limits
from lotroute.solver.formulation.blocks.lot_order import add_lot_order
from lotroute.solver.formulation.blocks.orders import add_orders
from lotroute.solver.formulation.blocks.sides import add_sides
from lotroute.solver.formulation.blocks.tax import add_tax
from lotroute.solver.formulation.blocks.trades import add_trades
from lotroute.solver.formulation.blocks.wash_sale_pricing import add_wash_sale_pricing
from lotroute.solver.formulation.blocks.wash_sales import add_wash_sales
from lotroute.solver.formulation.blocks.whole_shares import add_whole_shares
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.formulation.program import Program

TODAY = date(2026, 6, 15)
RATES = {"short": 0.3, "long": 0.1, "state": 0.06, "surtax": 0.04, "carried_short": 0.1, "carried_long": 0.05}
"""All in, 0.4 on short-term gains and 0.2 on long-term gains."""
POLICY = Policy(discount_rate=0.25, deferral_years=1, step_up_chance=0.5, location_years=2)
"""A dollar of deferred gain costs 0.2 * 0.5 / 1.25 = 0.08 later."""


WASHED = [{"account": "ira", "symbol": "A", "side": "buy", "date": TODAY - timedelta(5), "quantity": 1}]
"""Recent trades that block a sale of A at a loss."""


def lot(name, symbol="A", *, basis=120, days=1000, quantity=100):
    known = {"basis_per_share": basis, "acquired": TODAY - timedelta(days)}
    return {"id": name, "symbol": symbol, "quantity": quantity} | known


def household(lots=None, *, joint=None, ira=None, taxpayer=None, half_spreads=(0.01, 0.02), a=None, b=None, **changes):
    """joint holds $10,000 of stock A at a loss and $1,000 of cash, ira $10,000 of bond B; both cost $100 a share."""
    stock = {"symbol": "A", "price": 100, "exposures": "stock", "qualified_yield": 0.03}
    bond = {"symbol": "B", "price": 100, "exposures": "bond", "ordinary_yield": 0.05, "qualified_yield": 0.01}
    return Household.model_validate(
        {
            "trade_date": TODAY,
            "taxpayer": {"rates": RATES} | (taxpayer or {}),
            "accounts": [
                {"id": "joint", "kind": "taxable", "cash": 1000, "lots": [lot("a")] if lots is None else lots}
                | (joint or {}),
                {"id": "ira", "kind": "traditional", "lots": [{"id": "b", "symbol": "B", "quantity": 100}]}
                | (ira or {}),
            ],
            "securities": [
                stock | {"half_spread": half_spreads[0]} | (a or {}),
                bond | {"half_spread": half_spreads[1]} | (b or {}),
            ],
            "targets": [
                {"asset_class": "stock", "weight": 0.5, "lower": 0.4, "upper": 0.55},
                {"asset_class": "bond", "weight": 0.5, "lower": 0.4, "upper": 0.6},
            ],
        }
        | changes
    )


FOUR = [
    lot("short-loss", quantity=1000, days=100),
    lot("long-loss", quantity=1000),
    lot("short-gain", quantity=1000, basis=80, days=100),
    lot("long-gain", quantity=1000, basis=80),
]
"""Lots of $100,000, each with a loss or gain, short or long, of 20 cents a dollar if there is no spread."""


def sales(short, long):
    """Sales of the four lots that realize S and L."""
    lots = (("short", short), ("long", long))
    return {f"sell[joint/{term}-{'gain' if net > 0 else 'loss'}]": abs(net) / 0.2 for term, net in lots if net}


def booked(program, short, long, sold=None):
    """The point at S and L, with the sales of the four lots that realize them unless others are given."""
    columns = tax_columns(program.netted, program.problem, short, long)
    known = {label: value for label, value in columns.items() if label in program.labels}
    return (sales(short, long) if sold is None else sold) | known


def trade(side, days, *, account="joint", symbol="A", **gain):
    return {"account": account, "symbol": symbol, "side": side, "date": TODAY - timedelta(days), "quantity": 1} | gain


def program_of(home, *blocks, policy=POLICY):
    """A program of the sides, the trades, the named blocks and the blocks they read.

    It has its problem and, with the tax block, that block's result as attributes.
    """
    problem, program = build_problem(home, policy), Program()
    program.problem = problem
    sides = add_sides(program, problem)
    trades = add_trades(program, problem, sides)
    if {"orders", "cash", "drift", "limits"} & {*blocks}:
        orders = add_orders(program, problem, trades)
    if "shares" in blocks:
        add_whole_shares(program, problem, trades)
    if {"cash", "drift"} & {*blocks}:
        cash = add_cash(program, problem, trades, orders)
    if "drift" in blocks:
        add_drift(program, problem, trades, cash, sides)
    if {"blocked", "wash", "methods", "tax"} & {*blocks}:
        add_blocked(program, problem, trades)
    if "wash" in blocks:
        add_wash_sales(program, problem, trades, sides)
    if "methods" in blocks:
        add_lot_order(program, problem, trades)
    if {"tax", "later", "limits"} & {*blocks}:
        washed = add_wash_sale_pricing(program, problem, trades)
        program.netted = netted = add_tax(program, problem, trades, washed)
    if "limits" in blocks:
        add_limits(program, problem, trades, orders, netted, washed)
    if "waiting" in blocks:
        add_waiting(program, problem, trades)
    if "later" in blocks:
        add_later_years(program, problem, trades, netted, washed)
    if "location" in blocks:
        add_location(program, problem, trades)
    return program


def point(program, values):
    """The point with these values by label; 0 elsewhere."""
    point = np.zeros(program.size)
    for label, value in values.items():
        point[column(program, label)] = value
    return point


def broken(program, values):
    """The labels of the rows and bounds that the point with these values breaks; it counts its orders."""
    counts = {}
    for label in program.labels:
        if label.startswith("orders["):
            account, side = label.removeprefix("orders[").removesuffix("]").rsplit("/", 1)
            placed = [key for key in values if key.startswith(f"f[{account}/") and key.endswith(f" {side}]")]
            counts[label] = sum(values[key] for key in placed)
    return sorted(program.broken_rows(point(program, counts | values)))


def upper(program, label):
    return program.bounds()[1][column(program, label)]


def columns_like(program, *starts):
    """The labels of columns that begin with one of `starts`."""
    return [label for label in program.labels if label.startswith(starts)]


def written(home, *orders):
    """Orders from words, in shares: `sell joint/a 50` sells from lot a, `buy joint/B 30` buys B."""
    found = []
    for order in orders:
        side, where, quantity = order.split()
        account, _, name = where.partition("/")
        held = {item.id: item.symbol for item in home.account[account].lots}
        symbol, sold = (held[name], name) if side == "sell" else (name, None)
        found.append(Order(account, symbol, side, float(quantity), sold))
    return found


def ledger_of(home, *orders, policy=POLICY):
    """The replay of orders in words."""
    return replay(Books(home, policy), written(home, *orders))
