"""The router: the published routing table in its order, in milliseconds (docs/formulation.md, last section).

It always gives a plan that keeps every hard rule, and is the start and the yardstick of the search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

import numpy as np

from .problem import Problem
from .program import Floats

EPSILON = 0.005
"""Half a cent: amounts below it are nothing."""

Order = Callable[[int], float]
"""A sort key over lots."""


def greedy(problem: Problem) -> tuple[Floats, Floats]:
    """Dollars sold by lot and bought by purchase."""
    router = _Router(problem)
    router.raise_cash()
    if router.out_of_band():
        router.invest_idle_cash()
        for accounts, eligible, order in router.phases():
            router.correct(accounts, eligible, order)
    return router.sold, router.bought


class _Router:
    """The state of the household as the table's rows are worked through."""

    def __init__(self, problem: Problem) -> None:
        lots, buys = problem.lots, problem.buys
        self.problem = problem
        self.sold = np.zeros(len(lots.label))
        self.bought = np.zeros(len(buys.label))
        self.cash = problem.cash.copy()
        self.exposure = problem.class_before.copy()
        self.harvested: set[int] = set()
        self.purchased: set[int] = set()
        self.lot_class = problem.exposure[lots.security].argmax(axis=1) if len(lots.label) else np.zeros(0, np.int64)

    # -- where the household stands ---------------------------------------------------------------------------------

    def out_of_band(self) -> bool:
        """Whether any class lies outside its band."""
        problem = self.problem
        over = self.exposure - problem.upper * problem.value
        under = problem.lower * problem.value - self.exposure
        return bool(max(over.max(), under.max()) > EPSILON)

    def above_target(self) -> Floats:
        """Dollars above target, by class."""
        return self.exposure - self.problem.weight * self.problem.value

    def pairs(self) -> Iterable[tuple[int, int, float]]:
        """(from class, to class, dollars) that bring a class to its band without crossing a target, worst first."""
        problem = self.problem
        above = self.above_target()
        over = np.maximum(self.exposure - problem.upper * problem.value, 0.0)
        under = np.maximum(problem.lower * problem.value - self.exposure, 0.0)
        givers = sorted(range(len(above)), key=lambda c: (-over[c], -above[c]))
        takers = sorted(range(len(above)), key=lambda c: (-under[c], above[c]))
        for giver, taker in product(givers, takers):
            dollars = min(max(over[giver], under[taker]), above[giver], -above[taker])
            if dollars > EPSILON:
                yield giver, taker, float(dollars)

    # -- the rows of the table --------------------------------------------------------------------------------------

    def raise_cash(self) -> None:
        """Sell in every account that is short of its floor, in the order of the table, overweight classes first."""
        problem = self.problem
        for account in range(len(problem.accounts)):
            for accounts, eligible, order in self.phases():
                if account not in accounts:
                    continue
                overweight = self.above_target() > 0
                lots = sorted(filter(eligible, self.lots_of(account)), key=order)
                for lot in sorted(lots, key=lambda lot: not overweight[self.lot_class[lot]]):
                    missing = problem.floor[account] - self.cash[account]
                    if missing <= 0:
                        break
                    h = problem.half_spread[problem.lots.security[lot]]
                    self.sell(lot, missing / (1 - h))

    def invest_idle_cash(self) -> None:
        """Contributions and idle cash to the most underweight class."""
        problem = self.problem
        for account in np.argsort(-(self.cash - problem.floor)).tolist():
            for taker in np.argsort(self.above_target()).tolist():
                above = self.above_target()
                dollars = min(-above[taker], above[problem.cash_class], self.cash[account] - problem.floor[account])
                if dollars > EPSILON and taker != problem.cash_class:
                    self.buy(account, taker, dollars)

    def phases(self) -> list[tuple[list[int], Callable[[int], bool], Order]]:
        """The table's sales: which accounts, which lots, in which order."""
        problem, lots = self.problem, self.problem.lots
        sheltered = np.flatnonzero(~problem.taxable).tolist()
        taxable = np.flatnonzero(problem.taxable).tolist()

        def age(lot: int) -> float:
            acquired = lots.acquired[lot]
            return acquired.toordinal() if acquired else 0

        def basis(lot: int) -> float:
            """Highest basis first is least gain per dollar first."""
            return float(lots.gain[lot])

        def most_overweight(lot: int) -> float:
            return -float(self.above_target()[self.lot_class[lot]])

        by_method: dict[str, Order] = {"fifo": age, "lifo": lambda lot: -age(lot), "hifo": basis}
        rest = by_method[problem.policy.accounting_method]
        return [
            (sheltered, lambda lot: True, most_overweight),
            (taxable, lambda lot: bool(lots.is_loss[lot]), basis),
            (taxable, lambda lot: bool(lots.long[lot] and not lots.is_loss[lot]), basis),
            (taxable, lambda lot: bool(lots.short[lot] and not lots.is_loss[lot]), rest),
        ]

    def correct(self, accounts: list[int], eligible: Callable[[int], bool], order: Order) -> None:
        """Sell classes above their target and buy classes below, within each account, until the bands are met.

        A swap empties a lot or brings a class to its band; funds of several classes may take more of them, but
        never so many.
        """
        for _ in range(4 * (len(self.sold) + len(self.exposure) ** 2)):
            if not self.step(accounts, eligible, order):
                return

    def step(self, accounts: list[int], eligible: Callable[[int], bool], order: Order) -> bool:
        """The first swap that the accounts allow, from the worst pair of classes on; False where none is left."""
        for giver, taker, dollars in self.pairs():
            for account in accounts:
                lots = [lot for lot in self.lots_of(account) if self.lot_class[lot] == giver and eligible(lot)]
                if any(self.swap(lot, taker, dollars) for lot in sorted(lots, key=order)):
                    return True
        return False

    # -- moves ------------------------------------------------------------------------------------------------------

    def lots_of(self, account: int) -> list[int]:
        """Lots of an account with something left that may be sold, losses only of groups not bought."""
        problem, lots = self.problem, self.problem.lots
        return [
            lot
            for lot in np.flatnonzero(
                (lots.account == account) & lots.free & (lots.size - self.sold > EPSILON)
            ).tolist()
            if not (lots.is_loss[lot] and problem.group[lots.security[lot]] in self.purchased)
        ]

    def swap(self, lot: int, taker: int, dollars: float) -> bool:
        """Sell a lot for a class, if its account may buy that class; cash is a class nothing need be bought for."""
        problem = self.problem
        account = int(problem.lots.account[lot])
        group = int(problem.group[problem.lots.security[lot]]) if problem.lots.is_loss[lot] else None
        if taker != problem.cash_class and self.choose(account, taker, group) is None:
            return False
        before = self.cash[account]
        self.sell(lot, dollars / problem.exposure[problem.lots.security[lot], self.lot_class[lot]])
        if taker != problem.cash_class:
            self.buy(account, taker, self.cash[account] - before)
        return True

    def sell(self, lot: int, dollars: float) -> None:
        """Sell up to `dollars` of a lot."""
        problem, lots = self.problem, self.problem.lots
        dollars = min(dollars, lots.size[lot] - self.sold[lot])
        security = lots.security[lot]
        self.sold[lot] += dollars
        proceeds = dollars * (1 - problem.half_spread[security])
        self.cash[lots.account[lot]] += proceeds
        self.exposure -= dollars * problem.exposure[security]
        self.exposure[problem.cash_class] += proceeds
        if lots.is_loss[lot]:
            self.harvested.add(int(problem.group[security]))

    def choose(self, account: int, asset_class: int, harvesting: int | None = None) -> int | None:
        """The purchase that raises a class in an account: the purest fund, held already if may be, with the least
        drag.
        """
        problem, buys = self.problem, self.problem.buys
        candidates = [
            buy
            for buy in np.flatnonzero((buys.account == account) & buys.free).tolist()
            if problem.exposure[buys.security[buy], asset_class] >= 0.5
            and int(problem.group[buys.security[buy]]) not in self.harvested | {harvesting}
        ]

        def preference(buy: int) -> tuple[float, bool, float]:
            security = buys.security[buy]
            drag = problem.income_drag[security] if problem.taxable[account] else 0.0
            return -problem.exposure[security, asset_class], problem.holdings[account, security] <= 0, drag

        return min(candidates, key=preference, default=None)

    def buy(self, account: int, asset_class: int, dollars: float) -> None:
        """Spend `dollars` of an account's cash on a class, if it may buy it."""
        buy = self.choose(account, asset_class)
        if buy is None:
            return
        problem = self.problem
        security = problem.buys.security[buy]
        amount = dollars / (1 + problem.half_spread[security])
        self.bought[buy] += amount
        self.cash[account] -= dollars
        self.exposure += amount * problem.exposure[security]
        self.exposure[problem.cash_class] -= dollars
        self.purchased.add(int(problem.group[security]))
