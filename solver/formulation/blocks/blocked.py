"""Lots and purchases that a rule blocks (docs/formulation.md).

rows  R1[l], R2[l], R5[l], R6[l], W1[l], W12[l], H1[l], H2[l], T1[l], T2[l], T3[l], M3[l]
        x_l = 0 for a lot that may not be sold; the rule gives the label
      R3[a/k], W2[a/k] y_ak = 0 for a purchase that may not be made
      R4[l] x_l + shortfall[R4[l]] ≥ p q_l for every free lot of a security that may not be held
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..labels import Labels, chosen

if TYPE_CHECKING:
    from ..arrays import Indices, Words
    from ..problem import Problem
    from ..program import Program
    from .trades import Trades


def add_blocked(program: Program, problem: Problem, trades: Trades) -> None:
    """Fix every blocked column at zero, labelled by the rule that blocks it, and add the elastic rows R4."""
    lots, buys = problem.lots, problem.buys
    blocked = np.flatnonzero(~lots.open)
    position, columns = trades.of(blocked)
    program.fix_at_zero(columns, _by_rule(lots.blocked, lots.label, blocked[position]))
    barred = np.flatnonzero(~buys.free)
    program.fix_at_zero(trades.buy[barred], _by_rule(buys.blocked, buys.label, barred))
    out = np.flatnonzero(lots.unwanted & lots.free)
    if len(out):
        row, column = trades.of(out)
        program.add_elastic_rows(chosen("R4", lots.label, out), [(row, column, 1.0)], lower=lots.size[out])


def _by_rule(rules: Words, names: Words, place: Indices) -> Labels:
    """The labels of what is blocked: its rule and its name."""
    return Labels(
        len(place), lambda: [f"{rule}[{name}]" for rule, name in zip(rules[place], names[place], strict=True)]
    )
