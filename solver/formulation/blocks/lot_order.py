"""The order in which lots must be sold, in accounts that require one (docs/formulation.md, rows M).

sets       runs: interchangeable lots next to each other in a sale queue; inside a run no rows are needed, because
           rounding sells its lots in order (search/rounding.py)
variables  e = sold_out[l] = 1: the run that ends with lot l is sold in full
rows       M1[l] x_l ≥ p q_l e in the run,  M2[l'] x_l' ≤ p q_l' e in the run behind it
           (M3[l] x_l = 0 behind a blocked lot is in blocked.py)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..labels import chosen

if TYPE_CHECKING:
    from ..problem import Problem
    from ..program import Program, Term
    from .trades import Trades


def add_lot_order(program: Program, problem: Problem, trades: Trades) -> None:
    """Add e and rows M1 and M2 between runs of lots that may be sold (`lots.open`)."""
    lots = problem.lots
    first = np.flatnonzero((lots.predecessor >= 0) & lots.open)
    first = first[lots.interchangeable[first] != lots.interchangeable[lots.predecessor[first]]]
    if not len(first):
        return
    ahead = lots.predecessor[first]
    sold_out = program.add_columns(chosen("sold_out", lots.label, ahead), 0, 1, integer=True)
    for row, last, lower, upper in (("M1", ahead, 0.0, np.inf), ("M2", first, -np.inf, 0.0)):
        column = dict(zip(lots.interchangeable[last].tolist(), sold_out.tolist(), strict=True))
        lot = np.flatnonzero(np.isin(lots.interchangeable, lots.interchangeable[last]))
        e = np.array([column[number] for number in lots.interchangeable[lot].tolist()])
        position, columns = trades.of(lot)
        terms: list[Term] = [(position, columns, 1.0), (np.arange(len(lot)), e, -lots.size[lot])]
        program.add_rows(chosen(row, lots.label, lot), terms, lower, upper)
