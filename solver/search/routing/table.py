"""What the router reads before it trades: the sales of the routing table, the room of limits, the places of classes."""

from __future__ import annotations

import numpy as np

from ...formulation.arrays import Flags, Floats, Indices
from ...formulation.problem import Problem

DIGITS = 9
"""Decimals to which exposures, and dollars forgone per dollar, are compared."""


def sale_phases(problem: Problem) -> list[Indices]:
    """The sales of the table: for each row an array of lots, in the order in which they are sold.

    The rows are sheltered lots; loss lots, the largest loss per dollar first; long-term gains, highest basis first; and
    the rest, by the policy's accounting method.
    """
    lots = problem.lots
    bought = np.array([lot.toordinal() if lot else 0 for lot in lots.acquired])
    by_method = {"fifo": bought, "lifo": -bought, "hifo": lots.gain}
    sheltered = ~problem.taxable[lots.account]
    gains = ~sheltered & ~lots.is_loss
    rows: list[tuple[Flags, Floats]] = [
        (sheltered, np.zeros(len(bought))),
        (lots.is_loss, lots.gain),
        (gains & lots.long, lots.gain),
        (gains & lots.short, by_method[problem.policy.accounting_method]),
    ]
    return [np.flatnonzero(row)[np.argsort(key[row], kind="stable")] for row, key in rows]


def placement(problem: Problem) -> Floats:
    """Return what a dollar of each class forgoes in taxable accounts beyond sheltered ones, in the best fund of each.

    0 for a class that only one of the two sorts of accounts may buy, or neither.
    """
    buys, found = problem.buys, np.zeros(len(problem.classes))
    forgone, taxable = problem.forgone[buys.account, buys.security], problem.taxable[buys.account]
    for asset_class in range(len(found)):
        fits = buys.free & (problem.exposure[buys.security, asset_class] >= 0.5)
        here, there = forgone[fits & taxable], forgone[fits & ~taxable]
        if len(here) and len(there):
            found[asset_class] = here.min() - there.min()
    return found.round(DIGITS)


def budgets(problem: Problem) -> dict[str, float]:
    """Return the dollars that each hard limit leaves before the plan; infinity if there is no hard limit."""
    limits, payer = problem.policy.limits, problem.household.taxpayer
    spent = {"short_gain": payer.realized_short, "long_gain": payer.realized_long, "loss": 0.0, "turnover": 0.0}
    spent["net_gain"] = spent["gain_share"] = payer.realized_short + payer.realized_long
    found = {}
    for name, so_far in spent.items():
        limit = getattr(limits, name)
        hard = limit is not None and limit.price is None
        found[name] = limit.amount * problem.limit_unit(name) - so_far if hard else np.inf
    return found
