"""Wash sales across all accounts of the household: excluded, or priced (IRC 1091; docs/formulation.md, rows W).

sets       identity groups g; taxable loss lots l, those in a wash window l_w; recent lots j of g; purchases a/k
data       the wash-sale ledger before the plan: purchases that would replace a loss, and losses that a purchase would
           replace
variables  e_o = clean_out[o] = 1: every recent lot of the order o is sold in full
           u_g = u[g] = 1: losses of g are washed (wash_sale_pricing.py adds what that costs)
rows       W3[l] x_l ≤ size_l z_g,  W4[a/k] y_ak ≤ U_a / (1 + h_k) (1 − z_g)
           W5[l] x_l ≤ size_l (1 − z_g) of a copy on the buy side
           W6[l_w/o] x_l ≤ size_l e_o for every order o but that of l,  W7[j] x_j ≥ size_j e_o for j in o
           W8[l] x_l ≤ size_l u_g of a washed copy,  W9[g] u_g + z_g ≤ 1, u_g + e_o ≤ 1,  W10[j] x_j ≤ size_j (1 − u_g)
           for the recent lots j of taxable accounts that are at a loss, or used in part by an earlier one
           W11[a/k] y_ak ≤ U_a / (1 + h_k) (1 − u_g) if an earlier loss of g waits for purchases
           (W1 and W2, the lots and purchases that are blocked outright, are in blocked.py)
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ....models.eligibility.blocked_lots import IN_A_WINDOW
from ....models.wash_sales.history import order_of
from ..labels import Labels, chosen
from .sides import BUY, HARVEST, WASHED
from .wash_sale_pricing import sold_beside_washed

if TYPE_CHECKING:
    from ..arrays import Indices
    from ..problem import Problem
    from ..program import Program, Term
    from .sides import Sides
    from .trades import Trades


def add_wash_sales(program: Program, problem: Problem, trades: Trades, sides: Sides) -> None:
    """Add e, u and rows W3 to W11."""
    block = _WashSales(program, problem, trades, sides)
    block.add_sides()
    block.add_washed(block.add_clean_outs())


@dataclass(frozen=True)
class _WashSales:
    """The program under construction, with what the rows of this block share."""

    program: Program
    problem: Problem
    trades: Trades
    sides: Sides

    def add_sides(self) -> None:
        """Add W3 to W5: a two-sided group is harvested or bought, not both."""
        problem, trades, lots, buys = self.problem, self.trades, self.problem.lots, self.problem.buys
        z = self.sides.z[self.group]
        is_loss, is_open = lots.is_loss[trades.lot], lots.open[trades.lot]
        harvest = (z >= 0) & (is_loss | (trades.side == HARVEST)) & is_open & (trades.side != WASHED)
        self.at_most("W3", np.flatnonzero(harvest), z)
        self.at_most("W5", np.flatnonzero((z >= 0) & (trades.side == BUY)), z, unless=True)
        z = self.sides.z[problem.group[buys.security]]
        bought = np.flatnonzero((z >= 0) & buys.free)
        if len(bought):
            count, limit = np.arange(len(bought)), buys.limit[bought]
            terms: list[Term] = [(count, trades.buy[bought], 1.0), (count, z[bought], limit)]
            self.program.add_rows(chosen("W4", buys.label, bought), terms, upper=limit)

    def add_clean_outs(self) -> dict[int, list[int]]:
        """Add W6 and W7; return the columns of e by group. Without a clean-out, W1 fixes lots in a window at zero."""
        problem, trades, lots, wash = self.problem, self.trades, self.problem.lots, self.problem.wash
        inside = (lots.blocked[trades.lot] == IN_A_WINDOW) & (trades.side != WASHED)
        open_: dict[int, list[int]] = defaultdict(list)
        stuck = wash.stuck({self.keys[lot] for lot in np.flatnonzero(~lots.open).tolist()}) if inside.any() else {}
        for column in np.flatnonzero(inside).tolist():
            lot = int(trades.lot[column])
            if wash.cleanable(self.keys[lot][0], problem.held[lot], stuck):
                open_[int(self.group[column])].append(column)
            else:
                self.program.fix_at_zero(trades.sell[[column]], [f"W1[{lots.label[lot]}]"])
        return {g: self._clean_out(g, np.array(own)) for g, own in open_.items()}

    def _clean_out(self, g: int, own: Indices) -> list[int]:
        """Add e, W6 and W7 of a group for the columns of its loss lots; return the columns of e."""
        program, lots, trades = self.program, self.problem.lots, self.trades
        orders: dict[str, list[int]] = defaultdict(list)
        for lot in self.recent[g].tolist():
            orders[self.order(lot)].append(lot)
        found = []
        for order, recent in orders.items():
            e = int(program.add_columns([f"clean_out[{order}]"], 0, 1, integer=True)[0])
            others = [column for column in own.tolist() if self.order(int(trades.lot[column])) != order]
            self.at_most("W6", np.array(others, dtype=np.int64), self.everywhere(e), suffix=f"/{order}")
            row, sold = trades.of(np.array(recent))
            labels = [f"W7[{lots.label[lot]}]" for lot in recent]
            program.add_rows(labels, [(row, sold, 1.0), (np.arange(len(labels)), e, -lots.size[recent])], lower=0.0)
            found.append(e)
        return found

    def add_washed(self, clean_out: dict[int, list[int]]) -> None:
        """Add W8 to W11 for every group with washed sales. `clean_out` has the columns of e by group."""
        program, problem, trades = self.program, self.problem, self.trades
        columns = np.flatnonzero(trades.side == WASHED)
        for g in np.unique(self.group[columns]).tolist():
            name = problem.groups[g]
            u = int(program.add_columns([f"u[{name}]"], 0, 1, integer=True)[0])
            self.at_most("W8", columns[self.group[columns] == g], self.everywhere(u))
            others = [other for other in (int(self.sides.z[g]), *clean_out.get(g, ())) if other >= 0]
            if others:
                count = np.arange(len(others))
                program.add_rows(self._beside(name, others), [(count, u, 1.0), (count, others, 1.0)], upper=1.0)
            if g in self.recent:
                kept = np.setdiff1d(self.recent[g], [*sold_beside_washed(problem).values()])
                self.at_most("W10", np.flatnonzero(np.isin(trades.lot, kept)), self.everywhere(u), unless=True)
            self._waiting(g, u)

    def _beside(self, name: str, others: list[int]) -> Labels:
        """The labels of W9: the group and the label of each binary beside u."""

        def write() -> list[str]:
            labels = self.program.labels
            return [f"W9[{name}/{labels[other]}]" for other in others]

        return Labels(len(others), write)

    def _waiting(self, g: int, u: int) -> None:
        """Add W11 if an earlier loss of the group waits for purchases, as the plan's own losses would."""
        problem, buys = self.problem, self.problem.buys
        own = np.flatnonzero((problem.group[buys.security] == g) & buys.free)
        if len(own) and problem.groups[g] in problem.wash.losses:
            count, limit = np.arange(len(own)), buys.limit[own]
            terms: list[Term] = [(count, self.trades.buy[own], 1.0), (count, np.full(len(own), u), limit)]
            self.program.add_rows(chosen("W11", buys.label, own), terms, upper=limit)

    def at_most(self, row: str, columns: Indices, binary: Indices, *, unless: bool = False, suffix: str = "") -> None:
        """Add rows x ≤ size · binary, or x ≤ size · (1 − binary) with `unless`, for some columns of sales.

        `binary` gives the binary's column for every column of sales; `suffix` ends the rows' labels.
        """
        if not len(columns):
            return
        lots, trades = self.problem.lots, self.trades
        count, most = np.arange(len(columns)), lots.size[trades.lot[columns]]
        self.program.add_rows(
            chosen(row, lots.label, trades.lot[columns], suffix),
            [(count, trades.sell[columns], 1.0), (count, binary[columns], most if unless else -most)],
            upper=most if unless else 0.0,
        )

    def everywhere(self, binary: int) -> Indices:
        """The column of one binary, repeated for every column of sales."""
        return np.full(len(self.trades.lot), binary)

    @cached_property
    def group(self) -> Indices:
        """The index of the identity group, for every column of sales."""
        return self.problem.group[self.problem.lots.security[self.trades.lot]]

    def order(self, lot: int) -> str:
        """The order with which a lot was bought, as the wash-sale ledger names it."""
        return order_of(self.keys[lot][0], self.problem.held[lot])

    @cached_property
    def keys(self) -> list[tuple[str, str]]:
        """Account id and lot id of every lot."""
        problem = self.problem
        return [(problem.accounts[a], lot.id) for a, lot in zip(problem.lots.account, problem.held, strict=True)]

    @cached_property
    def recent(self) -> dict[int, Indices]:
        """By group, the recent lots: those that would replace a loss sold today."""
        place = {key: i for i, key in enumerate(self.keys)}
        keys = {g: self.problem.wash.recent.get(name, []) for g, name in enumerate(self.problem.groups)}
        return {g: np.array([place[key] for key in own], dtype=np.int64) for g, own in keys.items() if own}
