"""The order of lots, where the account demands one (docs/formulation.md, rows M).

variables  e_l = 1: lot l is sold in full
rows       M1[l] x_l ≥ p q_l e_l,  M2[l'] x_l' ≤ p q_l' e_l for the lot l' behind l;  M3[l] x_l = 0 behind a closed lot
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .problem import Problem
    from .program import Program, Term
    from .trades import Trades


def add_methods(program: Program, problem: Problem, trades: Trades) -> None:
    """Add e, M1 and M2 between free lots; close what M3 closes."""
    lots = problem.lots
    trades.close(program, problem, "M3")
    behind = np.flatnonzero((lots.after >= 0) & lots.free)
    if not len(behind):
        return
    ahead, count = lots.after[behind], np.arange(len(behind))
    sold_out = program.add_columns([f"e[{lots.label[lot]} sold out]" for lot in ahead], 0, 1, integer=True)
    for row, lot, lower, upper in (("M1", ahead, 0.0, np.inf), ("M2", behind, -np.inf, 0.0)):
        position, columns = trades.of(lot)
        terms: list[Term] = [(position, columns, 1.0), (count, sold_out, -lots.size[lot])]
        program.add_rows([f"{row}[{lots.label[i]}]" for i in lot], terms, lower, upper)
