"""The trades themselves (docs/formulation.md, Trades).

variables  x_l = sell[l] in [0, p q], y_ak = buy[a/k] in [0, U_a], dollars at the price p
objective  trading: half-spread on both
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .problem import Problem
    from .program import Indices, Program


@dataclass(frozen=True, slots=True)
class Trades:
    """The columns of the trades: `sell` by lot, `buy` by purchase."""

    sell: Indices
    buy: Indices


def add_trades(program: Program, problem: Problem) -> Trades:
    """Add the columns x and y and charge what trading costs."""
    lots, buys = problem.lots, problem.buys
    sell = program.add_columns([f"sell[{label}]" for label in lots.label], 0.0, lots.size)
    buy = program.add_columns([f"buy[{label}]" for label in buys.label], 0.0, buys.limit)
    program.charge("trading", sell, problem.half_spread[lots.security])
    program.charge("trading", buy, problem.half_spread[buys.security])
    return Trades(sell, buy)
