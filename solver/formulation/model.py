"""The whole program: every block of docs/formulation.md."""

from __future__ import annotations

from dataclasses import dataclass

from .arrays import Indices
from .blocks.blocked import add_blocked
from .blocks.cash import add_cash
from .blocks.costs import add_later_years, add_location, add_substitution, add_waiting
from .blocks.drift import add_drift
from .blocks.limits import add_limits
from .blocks.lot_order import add_lot_order
from .blocks.moves import MoveColumns, add_moves, add_phase_outs
from .blocks.orders import Orders, add_orders
from .blocks.sides import Sides, add_sides
from .blocks.tax import TaxColumns, add_tax
from .blocks.to_target import add_to_target
from .blocks.trades import Trades, add_trades
from .blocks.wash_sale_pricing import DisallowedColumns, add_wash_sale_pricing
from .blocks.wash_sales import add_wash_sales
from .blocks.whole_shares import add_whole_shares
from .problem import Problem
from .program import Program


@dataclass(frozen=True, slots=True)
class Model:
    """A program, and the columns that tie it to the household."""

    program: Program
    sides: Sides
    trades: Trades
    shares: Indices
    """The integer columns of whole shares: n and e."""
    orders: Orders
    disallowed: DisallowedColumns
    """The columns of the losses that wash sales disallow."""
    tax: TaxColumns
    moves: MoveColumns
    cash: Indices
    """The columns m, by account."""


def build_model(problem: Problem) -> Model:
    """Return the program of a problem, with all blocks."""
    program = Program()
    sides = add_sides(program, problem)
    trades = add_trades(program, problem, sides)
    orders = add_orders(program, problem, trades)
    shares = add_whole_shares(program, problem, trades)
    moves = add_moves(program, problem)
    cash = add_cash(program, problem, trades, orders, moves)
    add_drift(program, problem, trades, cash, sides)
    add_to_target(program, problem, trades, cash)
    add_blocked(program, problem, trades)
    add_wash_sales(program, problem, trades, sides)
    disallowed = add_wash_sale_pricing(program, problem, trades)
    add_lot_order(program, problem, trades)
    tax = add_tax(program, problem, trades, disallowed, moves)
    add_phase_outs(program, problem, trades, disallowed, moves)
    add_limits(program, problem, trades, orders, tax, disallowed, moves)
    add_waiting(program, problem, trades)
    add_later_years(program, problem, trades, tax, disallowed, moves)
    add_location(program, problem, trades)
    add_substitution(program, problem, trades)
    return Model(program, sides, trades, shares, orders, disallowed, tax, moves, cash)
