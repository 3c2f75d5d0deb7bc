"""Why not every hard rule can be kept: the rules in each other's way, in words.

At the least violation the dual values name them: a row or a closed lot whose loosening would lessen the violation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .limits import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .highs import Outcome
    from .model import Model
    from .problem import Problem

MATTERS = 1e-7
"""Dollars of violation per dollar; less is rounding."""

LIMITS = {
    "short_gain": "the limit on short-term gains",
    "long_gain": "the limit on long-term gains",
    "net_gain": "the limit on net gains",
    "loss": "the limit on losses",
    "bill": "the limit on the tax bill",
    "turnover": "the limit on turnover",
    "trades": "the limit on the number of orders",
}
"""The limits, as people say them."""

CLOSED = {
    "R1": "{} may not be sold",
    "R2": "{} is kept",
    "R3": "{} may not be bought",
    "W1": "a loss in {} would be a wash sale",
    "W6": "a loss in {} may be a wash sale",
    "W2": "buying {} would make a wash sale",
    "H1": "{} is not held long enough",
    "H2": "{} turns long-term soon",
    "T1": "{} is at a long-term gain of a collectible",
    "M3": "{} stands behind a lot that may not be sold",
}
"""The rules that close a lot or a purchase."""


def conflicts(problem: Problem, model: Model, outcome: Outcome) -> tuple[str, ...]:
    """The rules that the least violation is due to, each once. `outcome` is of the linear program at its integers."""
    if not len(outcome.row_dual):
        return ()
    program = model.program
    rows = [program.row_labels[i] for i in np.flatnonzero(np.abs(outcome.row_dual) > MATTERS)]
    closed = program.closed
    columns = [closed[i] for i in np.flatnonzero(outcome.column_dual < -MATTERS).tolist() if i in closed]
    return tuple(dict.fromkeys(_words(problem, [*rows, *columns])))


def _words(problem: Problem, labels: list[str]) -> Iterator[str]:
    accounts = problem.household.account
    limits = {row: LIMITS[name] for name, row in ROWS.items()}
    for label in labels:
        row, _, what = label.rstrip("]").partition("[")
        if row == "C2":
            account = accounts[what]
            drawn = f"the withdrawal of ${account.withdrawal:,.2f}" if account.withdrawal else "the cash minimum"
            yield f"{drawn} in {what}"
        elif row == "C3":
            yield f"the cash maximum of {what}"
        elif row == "D8":
            yield f"the band of {what.removeprefix('name ').removeprefix('factor ')}"
        elif row == "R4":
            yield f"{what} may not be held"
        elif row in ("M1", "M2"):
            yield f"the accounting method of {what.partition('/')[0]}"
        elif row in ("W3", "W4", "W5"):
            yield "what is harvested may not be bought"
        elif row == "O2":
            yield "the minimum trade"
        elif row in ("Q1", "Q3"):
            yield f"whole shares in {what.partition('/')[0]}"
        elif row in limits:
            yield limits[row]
        elif row in CLOSED:
            yield CLOSED[row].format(what)
