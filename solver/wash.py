"""Wash sales across all accounts of the household: excluded, or at a price (IRC 1091; docs/formulation.md, rows W).

sets       identity groups g; taxable loss lots l, those in a window l_w; recent lots j of g; purchases a/k
data       what the ledger says of today: purchases that would replace a loss, losses that a purchase would replace
variables  e_g = 1: every recent lot of g is sold;  u_g = 1: losses of g are washed (wash_price.py says at what price)
rows       W1[l] x_l = 0, W2[a/k] y_ak = 0 inside a window
           W3[l] x_l ≤ size_l z_g, W4[a/k] y_ak ≤ U_a (1 − z_g), W5[l] x_l ≤ size_l (1 − z_g) of a copy on the buy side
           W6[l_w] x_l ≤ size_l e_g,  W7[j] x_j ≥ size_j e_g
           W8[l] x_l ≤ size_l u_g of a washed copy,  W9[g] u_g + z_g ≤ 1, u_g + e_g ≤ 1,  W10[j] x_j ≤ size_j (1 − u_g)
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from .closing import IN_A_WINDOW
from .sides import BUY, HARVEST, WASHED

if TYPE_CHECKING:
    from .problem import Problem
    from .program import Indices, Program
    from .sides import Sides
    from .trades import Trades


def add_wash_sales(program: Program, problem: Problem, trades: Trades, sides: Sides) -> None:
    """Add e, u and rows W1 to W10."""
    lots, buys = problem.lots, problem.buys
    group = problem.group[lots.security]
    trades.close(program, problem, "W1")
    barred = np.flatnonzero(buys.closed == "W2")
    program.close(trades.buy[barred], [f"W2[{buys.label[i]}]" for i in barred])

    z = sides.z[group[trades.lot]]
    washed = trades.side == WASHED
    harvest = (z >= 0) & (lots.is_loss[trades.lot] | (trades.side == HARVEST)) & lots.open[trades.lot] & ~washed
    _at_most(program, problem, trades, "W3", np.flatnonzero(harvest), z, 1)
    _at_most(program, problem, trades, "W5", np.flatnonzero((z >= 0) & (trades.side == BUY)), z, -1)
    z = sides.z[problem.group[buys.security]]
    bought = np.flatnonzero((z >= 0) & buys.free)
    if len(bought):
        count, limit = np.arange(len(bought)), buys.limit[bought]
        program.add_rows(
            [f"W4[{buys.label[buy]}]" for buy in bought],
            [(count, trades.buy[bought], 1.0), (count, z[bought], limit)],
            upper=limit,
        )
    recent = _recent(problem)
    e = _add_clean_outs(program, problem, trades, recent)
    _add_washed(program, problem, trades, sides, e, recent)


def _recent(problem: Problem) -> dict[int, Indices]:
    """The recent lots of each group that would replace a loss."""
    place = {key: i for i, key in enumerate(_keys(problem))}
    keys = {g: problem.wash.recent.get(name, []) for g, name in enumerate(problem.groups)}
    return {g: np.array([place[key] for key in own], dtype=np.int64) for g, own in keys.items() if own}


def _keys(problem: Problem) -> list[tuple[str, str]]:
    """Account id and lot id of every lot."""
    return [(problem.accounts[a], lot.id) for a, lot in zip(problem.lots.account, problem.held, strict=True)]


def _add_clean_outs(program: Program, problem: Problem, trades: Trades, recent: dict[int, Indices]) -> dict[int, int]:
    """W6 and W7; the column of e by group. Where there is no clean-out, what is in a window is closed."""
    lots = problem.lots
    cleanable = problem.wash.cleanable(
        {key for key, is_open in zip(_keys(problem), lots.open, strict=True) if not is_open}
    )
    inside = np.flatnonzero((lots.closed[trades.lot] == IN_A_WINDOW) & (trades.side != WASHED))
    columns = defaultdict(list)
    for column in inside.tolist():
        columns[int(problem.group[lots.security[trades.lot[column]]])].append(column)
    found = {}
    for g, own in columns.items():
        if problem.groups[g] not in cleanable:
            program.close(trades.sell[own], [f"W1[{lots.label[trades.lot[i]]}]" for i in own])
            continue
        e = found[g] = int(program.add_columns([f"e[{problem.groups[g]}]"], 0, 1, integer=True)[0])
        to = np.full(len(trades.lot), e)
        _at_most(program, problem, trades, "W6", np.array(own), to, 1)
        row, sold = trades.of(recent[g])
        labels = [f"W7[{lots.label[lot]}]" for lot in recent[g].tolist()]
        program.add_rows(labels, [(row, sold, 1.0), (np.arange(len(labels)), e, -lots.size[recent[g]])], lower=0.0)
    return found


def _add_washed(
    program: Program, problem: Problem, trades: Trades, sides: Sides, e: dict[int, int], recent: dict[int, Indices]
) -> None:
    """W8 to W10."""
    lots = problem.lots
    columns = np.flatnonzero(trades.side == WASHED)
    group = problem.group[lots.security[trades.lot]]
    for g in np.unique(group[columns]).tolist():
        name = problem.groups[g]
        u = int(program.add_columns([f"u[{name}]"], 0, 1, integer=True)[0])
        to = np.full(len(trades.lot), u)
        _at_most(program, problem, trades, "W8", columns[group[columns] == g], to, 1)
        others = [other for other in (int(sides.z[g]), e.get(g, -1)) if other >= 0]
        if others:
            count, labels = np.arange(len(others)), [f"W9[{name}/{program.labels[other][0]}]" for other in others]
            program.add_rows(labels, [(count, u, 1.0), (count, others, 1.0)], upper=1.0)
        if g in recent:
            kept = np.flatnonzero(np.isin(trades.lot, recent[g]))
            _at_most(program, problem, trades, "W10", kept, to, -1)


def _at_most(
    program: Program, problem: Problem, trades: Trades, row: str, columns: Indices, binary: Indices, sign: int
) -> None:
    """Rows x ≤ size · binary, or size · (1 − binary) where `sign` is −1, for columns of sales."""
    lots = problem.lots
    if not len(columns):
        return
    count, most = np.arange(len(columns)), lots.size[trades.lot[columns]]
    program.add_rows(
        [f"{row}[{lots.label[trades.lot[i]]}]" for i in columns],
        [(count, trades.sell[columns], 1.0), (count, binary[columns], -sign * most)],
        upper=0.0 if sign == 1 else most,
    )
