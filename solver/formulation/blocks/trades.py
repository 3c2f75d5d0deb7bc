"""The trades themselves (docs/formulation.md, Trades).

variables  x_l = sell[l] in [0, p q_l], y_ak = buy[a/k] in [0, U_a / (1 + h_k)], dollars at the price p; a lot that may
           be sold on either side of its group, or washed, has a column for each way, and `lot` maps columns to lots
objective  trading: half-spread and redemption fee
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..labels import Labels, bracketed
from .sides import BUY, HARVEST, NEITHER, WASHED

if TYPE_CHECKING:
    from ..arrays import Flags, Floats, Indices
    from ..problem import Problem
    from ..program import Program
    from .sides import Sides


@dataclass(frozen=True, slots=True)
class Trades:
    """The columns of the trades: `sell`, with the lot and the side of each, and `buy`, one per purchase."""

    sell: Indices
    lot: Indices
    """The lot that each column of `sell` sells."""
    side: Indices
    """HARVEST, BUY, NEITHER or WASHED, for each column of `sell`."""
    buy: Indices

    def of(self, lots: Indices) -> tuple[Indices, Indices]:
        """For distinct lots: the columns that sell them, preceded by the position in `lots` that each column sells."""
        position = np.full(int(max(self.lot.max(initial=-1), lots.max(initial=-1))) + 1, -1)
        position[lots] = np.arange(len(lots))
        found = np.flatnonzero(position[self.lot] >= 0)
        return position[self.lot[found]], self.sell[found]

    def sold(self, point: Floats, lots: int) -> Floats:
        """Dollars sold of each lot at a point. `lots` is the number of lots."""
        dollars: Floats = np.bincount(self.lot, point[self.sell], minlength=lots).astype(np.float64)
        return dollars


def add_trades(program: Program, problem: Problem, sides: Sides) -> Trades:
    """Add the columns x and y, and charge half-spreads and redemption fees."""
    lots, buys = problem.lots, problem.buys
    group = problem.group[lots.security]
    copied = sides.copied[group]
    twice = np.flatnonzero(copied & ~lots.is_loss)
    washed = np.flatnonzero(lots.washable)
    washed = washed[_replaceable(problem)[washed]] if len(washed) else washed
    lot = np.concatenate([np.arange(len(lots.label)), twice, washed])
    side = np.concatenate([np.where(copied, HARVEST, NEITHER), np.full(len(twice), BUY), np.full(len(washed), WASHED)])
    suffix = {HARVEST: "/harvest", BUY: "/buy", NEITHER: "", WASHED: "/washed"}

    def labels() -> list[str]:
        split = np.isin(lot, twice) | (side == WASHED)
        names = zip(lots.label[lot], side.tolist(), split.tolist(), strict=True)
        return [f"sell[{name}{suffix[s] if two else ''}]" for name, s, two in names]

    sell = program.add_columns(Labels(len(lot), labels), 0.0, lots.size[lot])
    buy = program.add_columns(bracketed("buy", buys.label), 0.0, buys.limit)
    program.charge("trading", sell, lots.cost[lot])
    program.charge("trading", buy, problem.half_spread[buys.security])
    return Trades(sell, lot, side, buy)


def _replaceable(problem: Problem) -> Flags:
    """By lot, whether a known purchase would replace its shares, or another account may buy its group today.

    Buying back in the lot's own account on the same day does not count, because it gains nothing.
    """
    lots, buys = problem.lots, problem.buys
    group, accounts = problem.group[lots.security], len(problem.accounts)
    known = np.isin(group, [problem.groups.index(name) for name in problem.wash.purchases])
    may_buy = np.zeros((len(problem.groups), accounts), dtype=bool)
    may_buy[problem.group[buys.security[buys.free]], buys.account[buys.free]] = True
    own = may_buy[group, lots.account]
    elsewhere: Flags = known | (may_buy[group].sum(axis=1) > own)
    return elsewhere
