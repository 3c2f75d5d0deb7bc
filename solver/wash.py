"""Wash sales, excluded across all accounts of the household (IRC 1091; docs/formulation.md, rows W).

sets       identity groups g; taxable loss lots l; purchases a/k
data       windows: groups bought or to be bought within 30 days, groups sold at a loss within 30 days
rows       W1[l] x_l = 0, W2[a/k] y_ak = 0 inside a window
           W3[l] x_l ≤ size_l z_g, W4[a/k] y_ak ≤ U_a (1 − z_g), W5[l] x_l ≤ size_l (1 − z_g) of a copy on the buy side
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from .sides import BUY, HARVEST

if TYPE_CHECKING:
    from ..models import Household
    from .problem import Problem
    from .program import Program
    from .sides import Sides
    from .trades import Trades

WINDOW = timedelta(days=30)
"""Thirty calendar days before and after the sale, day 30 included (IRC 1091(a))."""


@dataclass(frozen=True, slots=True)
class Window:
    """A past or coming trade that rules out what the plan could do with a group, and the first day it is over."""

    cause: str
    until: date


def purchase_windows(household: Household) -> dict[str, Window]:
    """The groups that may not be sold at a loss: bought within the last 30 days, or to be bought within the next 30."""
    today, security = household.trade_date, household.security
    purchases: list[tuple[date, str, str]] = []
    for trade in household.recent_trades:
        if trade.side == "buy" and trade.date >= today - WINDOW:
            purchases.append((trade.date, trade.symbol, f"bought in {trade.account} on {trade.date}"))
    for holder in household.accounts:
        for lot in holder.lots:
            if lot.acquired is not None and lot.acquired >= today - WINDOW:
                purchases.append((lot.acquired, lot.symbol, f"bought in {holder.id} on {lot.acquired}"))
    for buy in household.scheduled_buys:
        if buy.date <= today + WINDOW:
            purchases.append((buy.date, buy.symbol, f"to be bought in {buy.account} on {buy.date}"))
    windows: dict[str, Window] = {}
    for day, symbol, cause in sorted(purchases):
        windows[security[symbol].group] = Window(f"{symbol} {cause}", day + WINDOW + timedelta(days=1))
    return windows


def loss_windows(household: Household) -> dict[str, Window]:
    """The groups that may not be bought: sold at a loss, or at an unknown result, within the last 30 days."""
    today, security, account = household.trade_date, household.security, household.account
    windows: dict[str, Window] = {}
    for trade in sorted(household.recent_trades, key=lambda trade: trade.date):
        sold = trade.side == "sell" and account[trade.account].taxable and trade.date >= today - WINDOW
        if sold and (trade.gain is None or trade.gain < 0):
            how = "at a loss" if trade.gain is not None else "at an unknown result"
            cause = f"{trade.symbol} sold {how} in {trade.account} on {trade.date}"
            windows[security[trade.symbol].group] = Window(cause, trade.date + WINDOW + timedelta(days=1))
    return windows


def add_wash_sales(program: Program, problem: Problem, trades: Trades, sides: Sides) -> None:
    """Add rows W1 to W5."""
    lots, buys = problem.lots, problem.buys
    trades.close(program, problem, "W1")
    barred = np.flatnonzero(buys.closed == "W2")
    program.close(trades.buy[barred], [f"W2[{buys.label[i]}]" for i in barred])

    z = sides.z[problem.group[lots.security[trades.lot]]]
    harvest = (z >= 0) & (lots.is_loss[trades.lot] | (trades.side == HARVEST)) & lots.free[trades.lot]
    size = lots.size[trades.lot]
    for row, columns in (("W3", np.flatnonzero(harvest)), ("W5", np.flatnonzero((z >= 0) & (trades.side == BUY)))):
        if not len(columns):
            continue
        count, most = np.arange(len(columns)), size[columns]
        sign, room = (-1.0, 0.0) if row == "W3" else (1.0, most)
        program.add_rows(
            [f"{row}[{lots.label[trades.lot[i]]}]" for i in columns],
            [(count, trades.sell[columns], 1.0), (count, z[columns], sign * most)],
            upper=room,
        )
    z = sides.z[problem.group[buys.security]]
    bought = np.flatnonzero((z >= 0) & buys.free)
    if len(bought):
        count, limit = np.arange(len(bought)), buys.limit[bought]
        program.add_rows(
            [f"W4[{buys.label[buy]}]" for buy in bought],
            [(count, trades.buy[bought], 1.0), (count, z[bought], limit)],
            upper=limit,
        )
