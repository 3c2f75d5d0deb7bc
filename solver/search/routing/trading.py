"""The household while a rule trades: what it has sold and bought so far, and what it may still sell and buy."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np

from ...formulation.arrays import Flags, Indices
from ...formulation.problem import Problem
from .table import DIGITS, budgets

EPSILON = 0.005
"""Half a cent, in dollars; smaller amounts count as zero."""

Side = Literal["sell", "buy"]


class Trading:
    """The state of the household while a rule trades."""

    def __init__(self, problem: Problem) -> None:
        lots = problem.lots
        self.problem = problem
        self.sold = np.zeros(len(lots.label))
        self.bought = np.zeros(len(problem.buys.label))
        self.cash = problem.cash.copy()
        self.exposure = problem.class_before.copy()
        self.held = problem.holdings.copy()
        """Dollars held after the trades so far, accounts × securities."""
        self.harvested = np.zeros(len(problem.groups), bool)
        self.purchased = np.zeros(len(problem.groups), bool)
        self.lot_class = problem.exposure.argmax(axis=1)[lots.security]
        self.lot_group = problem.group[lots.security]
        self.free, self.is_loss, self.may_buy = lots.free, lots.is_loss, problem.buys.free
        self.next = np.full(len(lots.label), -1, dtype=np.int64)
        """By lot: the lot that may be sold once it is sold in full, or -1."""
        queued = np.flatnonzero(lots.predecessor >= 0)
        self.next[lots.predecessor[queued]] = queued
        self.candidates = cache(self._candidates)
        self.gains = 0.0
        """Dollars of gain realized so far, losses subtracted."""
        self.budget = budgets(problem)
        self.own_target = np.full(len(problem.symbols), np.nan)
        own = [target.weight for target in problem.household.security_targets]
        self.own_target[problem.names.security] = np.array(own) * problem.target_value
        self.placed: dict[Side, Flags] = {
            "sell": np.zeros(problem.holdings.shape, bool),
            "buy": np.zeros(problem.holdings.shape, bool),
        }

    # -- sales -------------------------------------------------------------------------------------------------------

    def sellable(self, lots: Indices) -> Indices:
        """Those of `lots` that may be sold and have something left, with the lot before them sold in full. Securities
        bought in the account, and losses of a group bought anywhere, are left out.
        """
        table = self.problem.lots
        remains = table.size[lots] - self.sold[lots] > EPSILON
        ahead = table.predecessor[lots]
        left = self.free[lots] & remains & ~(self.is_loss[lots] & self.purchased[self.lot_group[lots]])
        left &= (ahead < 0) | (table.size[ahead] - self.sold[ahead] <= EPSILON)
        left &= ~self.placed["buy"][table.account[lots], table.security[lots]]
        return lots[left]

    def room(self, lot: int) -> float:
        """Dollars of a lot that may be sold under hard limits on gains, losses and turnover."""
        gain, short = self.problem.lots.gain[lot], bool(self.problem.lots.short[lot])
        room = self.budget["turnover"] * 2
        for name in ("short_gain" if short else "long_gain", "net_gain", "gain_share") if gain > 0 else ():
            room = min(room, self.budget[name] / gain)
        return float(max(min(room, self.budget["loss"] / -gain) if gain < 0 else room, 0.0))

    # -- moves ------------------------------------------------------------------------------------------------------

    def sell(self, lot: int, dollars: float) -> None:
        """Sell up to `dollars` of a lot."""
        problem, lots = self.problem, self.problem.lots
        account, security = int(lots.account[lot]), int(lots.security[lot])
        dollars = min(dollars, float(lots.size[lot] - self.sold[lot]))
        self.sold[lot] += dollars
        self.held[account, security] -= dollars
        proceeds, counted = dollars * (1 - float(lots.cost[lot])), float(problem.counted[account])
        self.cash[account] += proceeds
        self.exposure -= counted * dollars * problem.exposure[security]
        self.exposure[problem.cash_class] += counted * proceeds
        if self.is_loss[lot]:
            self.harvested[self.lot_group[lot]] = True
        gain = float(lots.gain[lot]) * dollars
        self.gains += gain
        self.budget["short_gain" if lots.short[lot] else "long_gain"] -= gain
        self.budget["net_gain"] -= gain
        self.budget["gain_share"] -= gain
        self.budget["loss"] += min(gain, 0.0)
        self.budget["turnover"] -= dollars / 2
        self.pay(account, security, "sell")

    def buy(self, buy: int, dollars: float) -> None:
        """Spend `dollars` of an account's cash on a purchase and its commission; nothing if that takes all."""
        problem = self.problem
        account, security = int(problem.buys.account[buy]), int(problem.buys.security[buy])
        dollars -= self.fee(account, security, "buy")
        if dollars <= EPSILON:
            return
        amount, counted = dollars / (1 + float(problem.half_spread[security])), float(problem.counted[account])
        self.bought[buy] += amount
        self.held[account, security] += amount
        self.cash[account] -= dollars
        self.exposure += counted * amount * problem.exposure[security]
        self.exposure[problem.cash_class] -= counted * dollars
        self.budget["turnover"] -= amount / 2
        self.purchased[problem.group[security]] = True
        self.pay(account, security, "buy")

    def take_back(self, buy: int, dollars: float) -> None:
        """Buy up to `dollars` less of a purchase; if nothing of it is left, its order is not placed."""
        problem = self.problem
        account, security = int(problem.buys.account[buy]), int(problem.buys.security[buy])
        dollars = min(dollars, self.bought[buy])
        paid, counted = dollars * (1 + problem.half_spread[security]), problem.counted[account]
        self.bought[buy] -= dollars
        self.held[account, security] -= dollars
        self.cash[account] += paid
        self.exposure -= counted * dollars * problem.exposure[security]
        self.exposure[problem.cash_class] += counted * paid
        self.budget["turnover"] += dollars / 2
        if self.bought[buy] <= EPSILON:
            self.placed["buy"][account, security] = False
            fee = self.fee(account, security, "buy")
            self.cash[account] += fee
            self.exposure[problem.cash_class] += counted * fee
            group = problem.group[problem.buys.security] == problem.group[security]
            self.purchased[problem.group[security]] = bool((self.bought[group] > EPSILON).any())

    def buy_class(self, account: int, taker: int, dollars: float, sold: int | None = None) -> None:
        """Spend `dollars` on a class, but on nothing of the group `sold`: first on names that are below their own
        targets, then on the first fund.
        """
        problem = self.problem
        open_ = self.purchases(account, taker, sold)
        own = self.own_target[problem.buys.security[open_]]
        named = ~np.isnan(own)
        if named.any():
            names = open_[named]
            missing = own[named] - problem.counted @ self.held[:, problem.buys.security[names]]
            missing = np.maximum(missing / problem.counted[account], 0.0)
            total = float(missing.sum())
            scale = min(1.0, dollars / total) if total > EPSILON else 0.0
            for buy, amount in zip(names.tolist(), (scale * missing).tolist(), strict=True):
                if amount > EPSILON:
                    self.buy(buy, amount)
            dollars -= scale * total
            open_ = open_ if named.all() else open_[~named]
        if len(open_) and dollars > EPSILON:
            self.buy(int(open_[0]), dollars)

    def fee(self, account: int, security: int, side: Side) -> float:
        """The commission of an order in dollars, 0 if the order is already placed."""
        return 0.0 if self.placed[side][account, security] else float(self.problem.commission[account])

    def pay(self, account: int, security: int, side: Side) -> None:
        """Pay an order's commission out of the account's cash, and mark the order as placed."""
        if self.placed[side][account, security]:
            return
        fee = float(self.problem.commission[account])
        self.cash[account] -= fee
        self.exposure[self.problem.cash_class] -= self.problem.counted[account] * fee
        self.placed[side][account, security] = True

    def purchases(self, account: int, asset_class: int, sold: int | None = None) -> Indices:
        """Purchases that raise a class in an account, the first choice first. Harvested groups, the group `sold`, and
        securities sold in the account are left out.
        """
        found, security, group = self.candidates(account, asset_class)
        barred = self.harvested[group] | self.placed["sell"][account, security]
        if sold is not None:
            barred |= group == sold
        open_: Indices = found[~barred]
        return open_

    def choose(self, account: int, asset_class: int, sold: int | None = None) -> int | None:
        """The first of `purchases`, None if there are none."""
        found = self.purchases(account, asset_class, sold)
        return int(found[0]) if len(found) else None

    def _candidates(self, account: int, asset_class: int) -> tuple[Indices, Indices, Indices]:
        """Purchases of which at least half counts in a class, with their securities and groups: the purest first, to a
        tenth; of these the ones that forgo least, the cost of a substitute counted; then those already held.
        """
        problem, buys = self.problem, self.problem.buys
        purity = problem.exposure[buys.security, asset_class]
        found = np.flatnonzero((buys.account == account) & self.may_buy & (purity >= 0.5))
        security, purity = buys.security[found], purity[found]
        cost = (problem.forgone[account, security] + buys.substitution[found]).round(DIGITS)
        order = np.lexsort((-purity, problem.holdings[account, security] <= 0, cost, -purity.round(1)))
        security = security[order]
        return found[order], security, problem.group[security]
