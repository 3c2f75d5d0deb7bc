"""The whole program: every block of docs/formulation.md, in its order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .cash import add_cash
from .drift import add_drift
from .holding import add_holding_periods
from .later import add_later
from .location import add_location
from .problem import Problem
from .program import Floats, Indices, Program
from .tax import TaxColumns, add_tax, carried_in
from .trades import Trades, add_trades
from .wash import add_wash_sales


@dataclass(frozen=True, slots=True)
class Model:
    """A program with the columns that tie it to the household."""

    program: Program
    trades: Trades
    sides: Mapping[int, int]
    """The column of z_g by group."""
    tax: TaxColumns


def build_model(problem: Problem) -> Model:
    """Fill a program with all blocks."""
    program = Program()
    trades = add_trades(program, problem)
    cash = add_cash(program, problem, trades)
    add_drift(program, problem, trades, cash)
    sides = add_wash_sales(program, problem, trades)
    add_holding_periods(program, problem, trades)
    netted = add_tax(program, problem, trades)
    add_later(program, problem, trades, netted)
    add_location(program, problem, trades)
    return Model(program, trades, sides, netted)


def sides_of(model: Model, problem: Problem, sold: Floats) -> tuple[Indices, Floats]:
    """The binaries, as columns and values, that a plan selling `sold` dollars by lot implies."""
    lots = problem.lots
    harvested = set(problem.group[lots.security[(sold > 0) & lots.is_loss]].tolist())
    short0, long0 = carried_in(problem)
    gains = lots.gain * sold
    region = model.tax.region_at(short0 + float(gains[lots.short].sum()), long0 + float(gains[lots.long].sum()))
    values = {column: float(group in harvested) for group, column in model.sides.items()}
    if len(model.tax.choice) > 1:
        values |= {column: float(r == region) for r, column in enumerate(model.tax.choice)}
    return np.array(list(values), dtype=np.int64), np.array(list(values.values()))
