"""Whole shares, in the accounts that trade only those (docs/formulation.md, rows Q).

sets       l: a lot with a fraction of a share, or a set of interchangeable lots without one, labelled by the first
variables  n_l = n[l] whole shares sold;  e_l = fraction[l] = 1: the fraction of a share is sold as well
           n_ak = n[a/k] whole shares bought
rows       Q1[l] x_l = p (n_l + φ_l e_l),  Q2[l] n_l ≥ ⌊q_l⌋ e_l,  Q3[a/k] y_ak = p n_ak
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..labels import chosen

if TYPE_CHECKING:
    from ..arrays import Floats, Indices
    from ..problem import Problem
    from ..program import Program
    from .trades import Trades


MOST = 1e9
"""Shares; a column that may hold more is no integer, because a solver's tolerance is more than a share of it. Rounding
makes the shares whole.
"""


def add_whole_shares(program: Program, problem: Problem, trades: Trades) -> Indices:
    """Add n, e and rows Q; return the columns n and e."""
    first_column = program.size
    lots, buys = problem.lots, problem.buys
    whole = problem.whole_shares
    sold = np.flatnonzero(whole[lots.account] & lots.open & (lots.shares <= MOST))
    if len(sold):
        _, first, run = np.unique(lots.interchangeable[sold], return_index=True, return_inverse=True)
        lot = sold[first]
        held = np.bincount(run, lots.shares[sold])
        shares, price = np.floor(held), problem.price[lots.security[lot]]
        fraction = held - shares
        parts = np.flatnonzero(fraction)
        n = program.add_columns(chosen("n", lots.label, lot), 0, shares, integer=True)
        e = program.add_columns(chosen("fraction", lots.label, lot[parts]), 0, 1, integer=True)
        row, columns = trades.of(sold)
        program.add_rows(
            chosen("Q1", lots.label, lot),
            [(run[row], columns, 1.0), (np.arange(len(lot)), n, -price), (parts, e, -(price * fraction)[parts])],
            0.0,
            0.0,
        )
        if len(parts):
            count = np.arange(len(parts))
            program.add_rows(
                chosen("Q2", lots.label, lot[parts]), [(count, n[parts], 1.0), (count, e, -shares[parts])], 0.0
            )
    bought = np.flatnonzero(whole[buys.account] & buys.free & (buys.limit <= MOST * problem.price[buys.security]))
    if len(bought):
        price, count = problem.price[buys.security[bought]], np.arange(len(bought))
        most = np.floor(buys.limit[bought] / price)
        n = program.add_columns(chosen("n", buys.label, bought), 0, most, integer=True)
        program.add_rows(
            chosen("Q3", buys.label, bought), [(count, trades.buy[bought], 1.0), (count, n, -price)], 0.0, 0.0
        )
    return np.arange(first_column, program.size)


def whole_share_step(problem: Problem) -> Floats:
    """Dollars that one share counts toward targets, by security; 0 if an order may be for a part of a share.

    That is so in an account that trades fractions, for a lot with a fraction, and for columns that are no integers
    (MOST); and if a share counts differently in two accounts.
    """
    lots, buys, count = problem.lots, problem.buys, len(problem.symbols)
    part = ~problem.whole_shares[lots.account] | (lots.shares % 1 > 0) | (lots.shares > MOST)
    sold, bought = lots.open, buys.free
    loose = ~problem.whole_shares[buys.account] | (buys.limit > MOST * problem.price[buys.security])
    whole = np.ones(count, bool)
    whole[lots.security[sold & part]] = False
    whole[buys.security[bought & loose]] = False
    security = np.concatenate([lots.security[sold], buys.security[bought]])
    counted = problem.counted[np.concatenate([lots.account[sold], buys.account[bought]])]
    least, most = np.full(count, np.inf), np.zeros(count)
    np.minimum.at(least, security, counted)
    np.maximum.at(most, security, counted)
    return np.where(whole & (least == most), most * problem.price, 0.0)
