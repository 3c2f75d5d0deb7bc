"""Limits on gains, losses, the bill, turnover and the number of orders (docs/formulation.md, rows L).

rows       L1 to L9, each with shortfall[L..] if the limit is hard, or with a priced excess[L..] if it is soft
objective  limits: the price of each excess
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ....models.policy.violation_weights import ORDER_COUNTS
from .moves import NO_MOVES

if TYPE_CHECKING:
    from ..arrays import Floats
    from ..problem import Problem
    from ..program import Program
    from .moves import MoveColumns
    from .orders import Orders
    from .tax import TaxColumns
    from .trades import Trades
    from .wash_sale_pricing import DisallowedColumns

ROWS = {
    "short_gain": "L1",
    "long_gain": "L2",
    "net_gain": "L3",
    "loss": "L4",
    "bill": "L5",
    "turnover": "L6",
    "trades": "L7",
    "added_tax": "L8",
    "gain_share": "L9",
}
"""The row label of each limit."""


def add_limits(
    program: Program,
    problem: Problem,
    trades: Trades,
    orders: Orders,
    tax: TaxColumns,
    disallowed: DisallowedColumns,
    moves: MoveColumns = NO_MOVES,
) -> None:
    """Add a row for every limit of the policy: elastic if the limit is hard, with a priced excess if it is soft."""
    lots, payer, lot = problem.lots, problem.household.taxpayer, trades.lot
    gain, short, long = lots.gain[lot], lots.short[lot], lots.long[lot]
    traded, taxed = np.concatenate([trades.sell, trades.buy]), np.concatenate([trades.sell, disallowed.least])

    billed = np.concatenate([tax.weight, moves.column])

    def net(sold: Floats, washed: Floats) -> Floats:
        return np.concatenate([sold, washed])

    realized, washed_gain = payer.realized_short + payer.realized_long, disallowed.short + disallowed.long
    # For each limit: columns, coefficients, amount without the plan.
    measured: dict[str, tuple[Any, Any, float]] = {
        "short_gain": (taxed, net(np.where(short, gain, 0.0), disallowed.short), payer.realized_short),
        "long_gain": (taxed, net(np.where(long, gain, 0.0), disallowed.long), payer.realized_long),
        "net_gain": (taxed, net(gain, washed_gain), realized),
        "loss": (trades.sell, np.maximum(-gain, 0.0), 0.0),
        "bill": (billed, net(tax.bill, moves.additional), tax.before),
        "turnover": (traded, 0.5, 0.0),
        "trades": (orders.placed, 1.0, 0.0),
        "added_tax": (billed, net(tax.bill, moves.additional), 0.0),
        "gain_share": (taxed, net(gain, washed_gain), realized),
    }
    for name, (columns, coefficients, before) in measured.items():
        limit = getattr(problem.policy.limits, name)
        if limit is None:
            continue
        terms, count = [(0, columns, coefficients)], name == "trades"
        most = limit.amount * problem.limit_unit(name) - before
        if limit.price is None:
            weight = max(problem.target_value, 1.0) * ORDER_COUNTS if count else 1.0
            program.add_elastic_rows([ROWS[name]], terms, upper=most, counted=weight, integer=count)
        else:
            excess = program.add_columns([f"excess[{ROWS[name]}]"], 0.0, np.inf, integer=count)
            program.charge("limits", excess, limit.price)
            program.add_rows([ROWS[name]], [*terms, (0, excess, -1.0)], upper=most)


def shadow_prices(program: Program, row_dual: Floats) -> dict[str, float]:
    """The shadow price of each limit that has a row: dollars saved by one more dollar of the limit.

    For turnover, that is one more dollar of half of all sales and purchases. `row_dual` holds the dual values of a
    linear program, by row; if it is empty, so is the result. The limit on the number of orders has no shadow price.
    """
    rows = program.single_rows if len(row_dual) else {}
    place = [(name, rows[row]) for name, row in ROWS.items() if row in rows and name != "trades"]
    return {name: max(-float(row_dual[i]), 0.0) for name, i in place}
