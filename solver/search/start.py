"""Where a search starts from an earlier plan: the sides and orders that it chose, as integers of today's program."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...models.schema.ordered import Ordered
from ..formulation.arrays import Floats
from ..formulation.model import Model
from ..formulation.problem import Problem


def start_from(problem: Problem, model: Model, trades: Sequence[Ordered]) -> Floats:
    """Return a value for each column of the program, NaN where the trades say nothing.

    A group is harvested if the trades sell a loss lot of it, and bought if they buy it; an order is placed or not.
    Trades in accounts, lots or securities that are gone are left out. No rule is checked, because the search only tries
    the values.
    """
    values = np.full(model.program.size, np.nan)
    lots = {key: i for i, key in enumerate(problem.lots.label.tolist())}
    security = {symbol: k for k, symbol in enumerate(problem.symbols)}
    placed = set()
    for trade in trades:
        k = security.get(trade.symbol)
        if k is None or trade.account not in problem.accounts:
            continue
        placed.add(f"f[{trade.account}/{trade.symbol} {trade.side}]")
        z, lot = model.sides.z[problem.group[k]], lots.get(f"{trade.account}/{trade.lot}")
        if z >= 0 and (trade.side == "buy" or (lot is not None and problem.lots.is_loss[lot])):
            values[z] = float(trade.side == "sell")
    labels = [*model.program.labels]
    for column in model.orders.placed.tolist():
        values[column] = float(labels[column] in placed)
    return values
