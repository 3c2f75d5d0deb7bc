"""The baselines: rules of other tools, as plans of the same type, posted in the same way and held to the same rules.

prorata_fifo        an overweight class is sold in every account in proportion to what the account holds of it, first in
                    first out; each account buys with its own proceeds and cash, in proportion to what the household
                    lacks
prorata_hifo        the same, highest basis first
taxable_default     an overweight class is sold in taxable accounts, highest basis first; sheltered accounts sell only
                    what is left
account_by_account  each account is brought to the household's target weights on its own, highest basis first

All of them trade to the targets, not only to the ends of the bands, because that is what such tools do. Otherwise they
are as good as simple rules get, so that the comparison is fair: nothing is traded while every class is in its band (in
the account's band, if each account is rebalanced on its own), cash buys underweight classes before anything is sold,
names are bought up to their own targets, commissions are paid out of what is traded, and no group is sold at a loss in
one place and bought in another.
"""

from __future__ import annotations

import numpy as np

from ...formulation.arrays import Floats, Indices
from ...formulation.problem import Problem
from .router import Router
from .trading import EPSILON

REBALANCERS = ("prorata_fifo", "prorata_hifo", "taxable_default", "account_by_account")
"""The names of the baselines."""

STEPS = (1.0, 0.75, 0.5, 0.25, 0.0)
"""Fractions of the way to the targets, tried in order. The first that keeps every hard rule is used."""


class Rebalancer(Router):
    """The state of the household while a baseline trades."""

    def __init__(self, problem: Problem, name: str, step: float) -> None:
        super().__init__(problem)
        self.name, self.step = name, step
        self.order = _lots_in_order(problem, name)
        self.main_class = problem.exposure.argmax(axis=1)
        self.goal = self.low = self.high = self.exposure

    def trades(self) -> tuple[Floats, Floats]:
        """Return dollars sold by lot and dollars bought by purchase."""
        self.raise_cash([self.order])
        self.sell_unwanted()
        for accounts in self.scopes():
            self.aim(accounts)
            if self.off_band():
                self.invest(accounts)
            if self.off_band():
                self.reduce(accounts)
                self.invest(accounts)
        self.obey_maximum_cash()
        return self.sold, self.bought

    def scopes(self) -> list[list[int]]:
        """Lists of accounts that are brought to the targets together, each in the order in which its accounts buy."""
        accounts = list(range(len(self.problem.accounts)))
        if self.name == "account_by_account":
            return [[account] for account in accounts]
        if self.name == "taxable_default":
            accounts.sort(key=lambda account: not self.problem.taxable[account])
        return [accounts]

    # -- goals ------------------------------------------------------------------------------------------------------

    def aim(self, accounts: list[int]) -> None:
        """Set goal and bands for these accounts, as exposures of the household with the other accounts unchanged."""
        problem, counted = self.problem, self.problem.counted[accounts]
        held, cash = counted @ self.held[accounts], float(counted @ self.cash[accounts])
        own: Floats = held @ problem.exposure
        own[problem.cash_class] += cash
        others, value = self.exposure - own, float(held.sum()) + cash
        self.low, self.high = others + problem.lower * value, others + problem.upper * value
        self.goal = self.exposure + self.step * (others + problem.weight * value - self.exposure)

    def off_band(self) -> bool:
        """Whether any class lies outside the band that `aim` set."""
        return bool(np.maximum(self.exposure - self.high, self.low - self.exposure).max() > EPSILON)

    def lacking(self, account: int) -> dict[int, float]:
        """Dollars to buy in an account, by class, for every class that is below its goal and may be bought there."""
        counted = self.problem.counted[account]
        below = (self.goal - self.exposure) / counted if counted > 0 else np.zeros(len(self.goal))
        below[self.problem.cash_class] = 0.0
        return {
            taker: float(below[taker])
            for taker in np.flatnonzero(below > EPSILON).tolist()
            if self.choose(account, taker) is not None
        }

    # -- sales ------------------------------------------------------------------------------------------------------

    def reduce(self, accounts: list[int]) -> None:
        """Sell classes above their goal, the farthest first, in accounts that can raise something below its goal."""
        problem, account = self.problem, self.problem.lots.account
        for_cash = self.goal[problem.cash_class] - self.exposure[problem.cash_class] > EPSILON
        able = [a for a in accounts if problem.counted[a] > 0 and (for_cash or self.lacking(a))]
        for giver in np.argsort(self.goal - self.exposure).tolist():
            above = float(self.exposure[giver] - self.goal[giver])
            lots = self.order[self.lot_class[self.order] == giver]
            if giver == problem.cash_class or above <= EPSILON or not len(lots):
                continue
            if self.name == "taxable_default":
                self.sell_off(lots[np.isin(account[lots], able)], giver, above)
                continue
            held = problem.counted * self.held[:, self.main_class == giver].sum(1)
            for a in able:
                if held[a] > EPSILON:
                    self.sell_off(lots[account[lots] == a], giver, above * held[a] / held[accounts].sum())

    def sell_off(self, lots: Indices, giver: int, dollars: float) -> None:
        """Sell lots in their order until `dollars` of a class are sold."""
        problem = self.problem
        while dollars > EPSILON and len(left := self.sellable(lots)):
            lot = int(left[0])
            before = self.exposure[giver]
            counted = problem.counted[problem.lots.account[lot]] * problem.exposure[problem.lots.security[lot], giver]
            self.sell(lot, dollars / counted)
            dollars -= float(before - self.exposure[giver])

    # -- purchases --------------------------------------------------------------------------------------------------

    def invest(self, accounts: list[int]) -> None:
        """Buy classes below their goal, in each account with its own cash."""
        problem = self.problem
        spare = np.maximum(self.cash - problem.floor, 0.0)
        idle = self.idle()
        if idle <= EPSILON:
            return
        part = idle / max(float((problem.counted * spare)[accounts].sum()), idle)
        if self.name == "taxable_default":  # the first accounts spend all they can
            part = 1.0
        for account in accounts:
            lacking = self.lacking(account)
            total = sum(lacking.values())
            if total <= 0:
                continue
            dollars = min(part * spare[account], total, self.idle() / problem.counted[account])
            if dollars > EPSILON:
                for taker, below in lacking.items():
                    self.buy_class(account, taker, dollars * below / total)

    def idle(self) -> float:
        """Dollars of cash above its goal, as they count toward targets."""
        return float(self.exposure[self.problem.cash_class] - self.goal[self.problem.cash_class])


def _lots_in_order(problem: Problem, name: str) -> Indices:
    """All lots in the order in which a baseline sells those of one class."""
    lots = problem.lots
    acquired = np.array([lot.toordinal() if lot else 0 for lot in lots.acquired])
    key = acquired if name == "prorata_fifo" else lots.gain
    sheltered = ~problem.taxable[lots.account] if name == "taxable_default" else np.zeros(len(key))
    return np.lexsort((key, sheltered))
