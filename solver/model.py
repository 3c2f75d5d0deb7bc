"""The whole program: every block of docs/formulation.md, in its order."""

from __future__ import annotations

from dataclasses import dataclass

from .cash import add_cash
from .drift import add_drift
from .holding import add_holding_periods
from .later import add_later
from .limits import add_limits
from .location import add_location
from .methods import add_methods
from .orders import add_orders
from .preference import add_preference
from .problem import Problem
from .program import Indices, Program
from .restrictions import add_restrictions
from .shares import add_whole_shares
from .sides import Sides, add_sides
from .tax import TaxColumns, add_tax
from .trades import Trades, add_trades
from .waiting import add_waiting
from .wash import add_wash_sales
from .wash_price import Washed, add_wash_prices


@dataclass(frozen=True, slots=True)
class Model:
    """A program with the columns that tie it to the household."""

    program: Program
    sides: Sides
    trades: Trades
    shares: Indices
    """The columns of whole shares."""
    washed: Washed
    tax: TaxColumns


def build_model(problem: Problem) -> Model:
    """Fill a program with all blocks."""
    program = Program()
    sides = add_sides(program, problem)
    trades = add_trades(program, problem, sides)
    orders = add_orders(program, problem, trades)
    shares = add_whole_shares(program, problem, trades)
    cash = add_cash(program, problem, trades, orders)
    add_drift(program, problem, trades, cash, sides)
    add_restrictions(program, problem, trades)
    add_wash_sales(program, problem, trades, sides)
    washed = add_wash_prices(program, problem, trades)
    add_holding_periods(program, problem, trades)
    add_methods(program, problem, trades)
    netted = add_tax(program, problem, trades, washed)
    add_limits(program, problem, trades, orders, netted, washed)
    add_waiting(program, problem, trades)
    add_later(program, problem, trades, netted, washed)
    add_location(program, problem, trades)
    add_preference(program, problem, trades)
    return Model(program, sides, trades, shares, washed, netted)
