"""What many tools do about wash sales: block a whole identity group for every trade near it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..models import Restriction
from ..models.wash_sales import WINDOW

if TYPE_CHECKING:
    from datetime import date

    from .problem import Problem


def whole_groups(problem: Problem) -> list[Restriction]:
    """What blocking a whole identity group for every trade near it would forbid besides, as many tools do: its losses
    after any purchase, its purchases after any loss.
    """
    household, lots, buys = problem.household, problem.lots, problem.buys
    today, group = household.trade_date, {k.symbol: k.group for k in household.securities}
    near: list[tuple[str, str, date]] = [
        (trade.symbol, "buy", trade.date) for trade in household.recent_trades if trade.side != "sell"
    ]
    near += [(buy.symbol, "buy", buy.date) for buy in household.scheduled_buys]
    near += [(lot.symbol, "buy", lot.acquired) for lot in problem.held if lot.acquired]
    for trade in household.recent_trades:
        if trade.side == "sell" and household.account[trade.account].taxable and (trade.gain is None or trade.gain < 0):
            near.append((trade.symbol, "sell", trade.date))
    bought, lost = (
        {group[symbol] for symbol, side, day in near if side == which and abs(day - today) <= WINDOW}
        for which in ("buy", "sell")
    )
    found = [
        Restriction(rule="keep", account=problem.accounts[lots.account[lot]], lot=problem.held[lot].id)
        for lot in np.flatnonzero(lots.is_loss & lots.open).tolist()
        if group[problem.held[lot].symbol] in bought
    ]
    open_ = {problem.symbols[security] for security in buys.security[buys.free].tolist()}
    return found + [Restriction(rule="no_buy", symbol=symbol) for symbol in sorted(open_) if group[symbol] in lost]
