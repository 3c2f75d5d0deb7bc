"""The router: the published routing table in its order, in milliseconds (docs/formulation.md, last section).

candidates.py drops rows of the table while the orders break a rule. The router's plan is always a candidate of solve(),
and the fallback if the audit refuses the program's plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from typing import Literal

import numpy as np

from ...formulation.arrays import Flags, Floats, Indices
from ...formulation.problem import Problem
from .table import DIGITS, budgets, placement, sale_phases

EPSILON = 0.005
"""Half a cent, in dollars; smaller amounts count as zero."""


Side = Literal["sell", "buy"]

ROWS = 4
"""The number of the table's rows that correct by sales."""


FREE_OF_TAX = (0, 1)
"""The rows of the table whose sales cost no tax: sheltered lots and loss lots. Only they go on to the target."""


def route_dollars(problem: Problem, rows: int = ROWS) -> tuple[Floats, Floats]:
    """Return dollars sold by lot and dollars bought by purchase, by the first `rows` rows of the table."""
    router = run(problem, rows)
    return router.sold, router.bought


def run(problem: Problem, rows: int = ROWS) -> Router:
    """Return the router after the first `rows` rows of the table.

    With 0 rows, it only raises the cash needed, sells what may not be held and obeys maximum cash.
    """
    router = Router(problem)
    phases = sale_phases(problem)
    router.raise_cash(phases)
    router.sell_unwanted()
    if rows and (router.out_of_band() or router.off_target() or problem.lots.unwanted.any()):
        router.invest_idle_cash()
        for number, lots in enumerate(phases[:rows]):
            router.correct(lots, to_target=number in FREE_OF_TAX)
    router.obey_maximum_cash()
    return router


class Router:
    """The state of the household while the rows of the table are applied."""

    def __init__(self, problem: Problem) -> None:
        lots = problem.lots
        self.problem = problem
        self.sold = np.zeros(len(lots.label))
        self.bought = np.zeros(len(problem.buys.label))
        self.cash = problem.cash.copy()
        self.exposure = problem.class_before.copy()
        self.harvested = np.zeros(len(problem.groups), bool)
        self.purchased = np.zeros(len(problem.groups), bool)
        self.lot_class = problem.exposure[lots.security].argmax(axis=1)
        self.lot_group = problem.group[lots.security]
        self.candidates = cache(self._candidates)
        self.budget = budgets(problem)
        self.placement = placement(problem)
        self.pulled = problem.policy.to_target_cost > 0
        self.own_target = np.full(len(problem.symbols), np.nan)
        own = [target.weight for target in problem.household.security_targets]
        self.own_target[problem.names.security] = np.array(own) * problem.target_value
        self.placed: dict[Side, Flags] = {
            "sell": np.zeros(problem.holdings.shape, bool),
            "buy": np.zeros(problem.holdings.shape, bool),
        }

    # -- where the household stands ---------------------------------------------------------------------------------

    def drift(self) -> tuple[Floats, Floats, Floats]:
        """Counted dollars over the band, under the band and above the target, each by class."""
        problem = self.problem
        over = np.maximum(self.exposure - problem.upper * problem.target_value, 0.0)
        under = np.maximum(problem.lower * problem.target_value - self.exposure, 0.0)
        return over, under, self.exposure - problem.weight * problem.target_value

    def out_of_band(self) -> bool:
        """Whether any class lies outside its band."""
        over, under, _ = self.drift()
        return bool(max(over.max(), under.max()) > EPSILON)

    def distance(self) -> tuple[Floats, Floats]:
        """Counted dollars above and below the target that the policy charges, each by class."""
        free_over, free_under = self.problem.free_distances
        above = self.drift()[2] * self.pulled
        return np.maximum(above - free_over, 0.0), np.maximum(-above - free_under, 0.0)

    def off_target(self) -> bool:
        """Whether the policy charges the distance of any class from its target."""
        return any(float(dollars.max()) > EPSILON for dollars in self.distance())

    def need(self, giver: int, taker: int, *, to_target: bool) -> float:
        """Dollars to move from `giver` to `taker` to bring both into their bands, or `to_target` as far as the policy
        pulls them, and neither across its target.
        """
        over, under, above = self.drift()
        wanted = max(over[giver], under[taker])
        if to_target:
            too_much, too_little = self.distance()
            wanted = max(wanted, too_much[giver], too_little[taker])
        return float(min(wanted, above[giver], -above[taker]))

    def pairs(self, *, taxable: bool, to_target: bool) -> Iterator[tuple[int, int]]:
        """Pairs of classes (giver, taker) between which dollars should move: the most overweight givers first, takers
        as `takers` orders them for taxable or sheltered accounts.
        """
        over, _, above = self.drift()
        givers, takers = np.lexsort((-above, -over)).tolist(), self.takers(taxable=taxable)
        return (pair for pair in product(givers, takers) if self.need(*pair, to_target=to_target) > EPSILON)

    def takers(self, *, taxable: bool) -> list[int]:
        """The classes in the order in which they are raised: those below their band first, of these the ones that forgo
        least in the taxable accounts, or most if sheltered accounts buy; then the most underweight.
        """
        _, under, above = self.drift()
        place = self.placement if taxable else -self.placement
        found: list[int] = np.lexsort((above, -under, place, under <= EPSILON)).tolist()
        return found

    def sellable(self, lots: Indices) -> Indices:
        """Those of `lots` that may be sold and have something left, with the lot before them sold in full. Securities
        bought in the account, and losses of a group bought anywhere, are left out.
        """
        table = self.problem.lots
        remains = table.size - self.sold > EPSILON
        left = table.free & remains & ~(table.is_loss & self.purchased[self.lot_group])
        left &= (table.predecessor < 0) | ~remains[table.predecessor]
        left &= ~self.placed["buy"][table.account, table.security]
        return lots[left[lots]]

    def room(self, lot: int) -> float:
        """Dollars of a lot that may be sold under hard limits on gains, losses and turnover."""
        gain, short = self.problem.lots.gain[lot], bool(self.problem.lots.short[lot])
        room = self.budget["turnover"] * 2
        for name in ("short_gain" if short else "long_gain", "net_gain") if gain > 0 else ():
            room = min(room, self.budget[name] / gain)
        return float(max(min(room, self.budget["loss"] / -gain) if gain < 0 else room, 0.0))

    # -- the rows of the table --------------------------------------------------------------------------------------

    def raise_cash(self, phases: Sequence[Indices]) -> None:
        """Sell in every account whose cash is below its floor, in the order of the table, overweight classes first."""
        problem = self.problem
        for account in np.flatnonzero(self.cash < problem.floor).tolist():
            for phase in phases:
                lots = self.sellable(phase[problem.lots.account[phase] == account])
                while len(lots) and (missing := problem.floor[account] - self.cash[account]) > EPSILON:
                    balanced = self.drift()[2][self.lot_class[lots]] <= EPSILON
                    lot = int(lots[np.argsort(balanced, kind="stable")][0])
                    self.sell(lot, min(missing / (1 - problem.lots.cost[lot]), self.above_target(lot)))
                    lots = self.sellable(np.concatenate([lots, self.behind(lot)]))

    def above_target(self, lot: int) -> float:
        """Dollars of a lot whose sale brings its class down to the target; infinite if there are none or the policy
        charges no distance from target.
        """
        problem, asset_class = self.problem, self.lot_class[lot]
        above = self.drift()[2][asset_class]
        if not self.pulled or above <= EPSILON or asset_class == problem.cash_class:
            return np.inf
        counted = problem.counted[problem.lots.account[lot]] * problem.exposure[problem.lots.security[lot], asset_class]
        return float(above / max(counted, EPSILON))

    def behind(self, lot: int) -> Indices:
        """The lot that may be sold once this one is sold in full, as an array of at most one."""
        return np.flatnonzero(self.problem.lots.predecessor == lot)

    def sell_unwanted(self) -> None:
        """Sell what may not be held."""
        unwanted = np.flatnonzero(self.problem.lots.unwanted)
        while len(lots := self.sellable(unwanted)):
            for lot in lots.tolist():
                self.sell(lot, float(self.problem.lots.size[lot]))

    def obey_maximum_cash(self) -> None:
        """Spend each account's cash above its maximum on the most underweight class that it may buy."""
        problem = self.problem
        for account in np.flatnonzero(self.cash > problem.maximum + EPSILON).tolist():
            for taker in np.argsort(self.drift()[2]).tolist():
                if taker != problem.cash_class and self.choose(account, taker) is not None:
                    self.buy_class(account, taker, float(self.cash[account] - problem.maximum[account]))
                    break

    def invest_idle_cash(self) -> None:
        """Spend contributions and idle cash on underweight classes."""
        problem = self.problem
        for account in np.argsort(problem.floor - self.cash).tolist():
            for taker in self.takers(taxable=bool(problem.taxable[account])):
                above = self.drift()[2]
                counted = max(problem.counted[account], EPSILON)
                wanted = min(-above[taker], above[problem.cash_class]) / counted
                dollars = min(wanted, self.cash[account] - problem.floor[account], 2 * self.budget["turnover"])
                if dollars > EPSILON and taker != problem.cash_class:
                    self.buy_class(account, taker, float(dollars))

    def correct(self, phase: Indices, *, to_target: bool) -> None:
        """Sell classes above their target and buy classes below, within each account, until the bands are met, or
        `to_target` as far as the policy pulls.

        A swap empties a lot or brings a class to its goal. Funds of several classes can take more swaps than that; the
        limit on swaps is far above any number they need.
        """
        swaps = 4 * (len(phase) + len(self.exposure) ** 2)
        taxable = bool(self.problem.taxable[self.problem.lots.account[phase]].any())
        while swaps > 0:
            for giver, taker in self.pairs(taxable=taxable, to_target=to_target):
                done = self.shift(phase, giver, taker, to_target=to_target)
                if done:
                    swaps -= done
                    break
            else:
                return

    def shift(self, phase: Indices, giver: int, taker: int, *, to_target: bool) -> int:
        """Move dollars from one class to another, lot by lot, as far as needed; return the number of swaps."""
        problem, done = self.problem, 0
        for lot in self.sellable(phase[self.lot_class[phase] == giver]).tolist():
            dollars = self.need(giver, taker, to_target=to_target)
            if dollars <= EPSILON:
                break
            account, security = int(problem.lots.account[lot]), int(problem.lots.security[lot])
            group = int(self.lot_group[lot])
            if problem.lots.is_loss[lot] and self.purchased[group]:
                continue
            swap = taker != problem.cash_class  # if the taker is cash, nothing is bought
            if swap and self.choose(account, taker, group) is None:
                continue
            counted = problem.counted[account] * problem.exposure[security, giver]
            room = self.room(lot) / 2 if swap else self.room(lot)
            if counted <= 0 or room <= EPSILON:
                continue
            before = self.cash[account]
            self.sell(lot, min(dollars / counted, room))
            if swap:
                self.buy_class(account, taker, self.cash[account] - before, group)
            done += 1
        return done

    # -- moves ------------------------------------------------------------------------------------------------------

    def sell(self, lot: int, dollars: float) -> None:
        """Sell up to `dollars` of a lot."""
        problem, lots = self.problem, self.problem.lots
        dollars = min(dollars, lots.size[lot] - self.sold[lot])
        security = lots.security[lot]
        self.sold[lot] += dollars
        proceeds, counted = dollars * (1 - lots.cost[lot]), problem.counted[lots.account[lot]]
        self.cash[lots.account[lot]] += proceeds
        self.exposure -= counted * dollars * problem.exposure[security]
        self.exposure[problem.cash_class] += counted * proceeds
        self.harvested[self.lot_group[lot]] |= lots.gain[lot] < 0
        gain = lots.gain[lot] * dollars
        self.budget["short_gain" if lots.short[lot] else "long_gain"] -= gain
        self.budget["net_gain"] -= gain
        self.budget["loss"] += min(gain, 0.0)
        self.budget["turnover"] -= dollars / 2
        self.pay(int(lots.account[lot]), int(security), "sell")

    def buy(self, buy: int, dollars: float) -> None:
        """Spend `dollars` of an account's cash on a purchase and its commission; nothing if that takes all."""
        problem = self.problem
        account, security = int(problem.buys.account[buy]), int(problem.buys.security[buy])
        dollars -= self.fee(account, security, "buy")
        if dollars <= EPSILON:
            return
        amount = dollars / (1 + problem.half_spread[security])
        self.bought[buy] += amount
        self.cash[account] -= dollars
        self.exposure += problem.counted[account] * amount * problem.exposure[security]
        self.exposure[problem.cash_class] -= problem.counted[account] * dollars
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
        if not open_:
            return
        security = problem.buys.security[open_]
        missing = self.own_target[security] - problem.counted @ self.holdings()[:, security]
        missing = np.maximum(missing / problem.counted[account], 0.0)
        names = np.nan_to_num(missing)
        scale = min(1.0, dollars / names.sum()) if names.sum() > EPSILON else 0.0
        for buy, amount in zip(open_, (scale * names).tolist(), strict=True):
            if amount > EPSILON:
                self.buy(buy, amount)
        funds = [buy for buy, own in zip(open_, missing.tolist(), strict=True) if np.isnan(own)]
        rest = dollars - scale * float(names.sum())
        if rest > EPSILON:
            self.buy((funds or open_)[0], rest)

    def fee(self, account: int, security: int, side: Side) -> float:
        """The commission of an order in dollars, 0 if the order is already placed."""
        return 0.0 if self.placed[side][account, security] else float(self.problem.commission[account])

    def pay(self, account: int, security: int, side: Side) -> None:
        """Pay an order's commission out of the account's cash, and mark the order as placed."""
        fee = self.fee(account, security, side)
        self.cash[account] -= fee
        self.exposure[self.problem.cash_class] -= self.problem.counted[account] * fee
        self.placed[side][account, security] = True

    def holdings(self) -> Floats:
        """Dollars held after the trades so far, accounts × securities."""
        problem, lots, buys = self.problem, self.problem.lots, self.problem.buys
        held = problem.holdings.copy()
        np.subtract.at(held, (lots.account, lots.security), self.sold)
        np.add.at(held, (buys.account, buys.security), self.bought)
        return held

    def purchases(self, account: int, asset_class: int, sold: int | None = None) -> list[int]:
        """Purchases that raise a class in an account, the first choice first. Harvested groups, the group `sold`, and
        securities sold in the account are left out.
        """
        gone, security = self.placed["sell"][account], self.problem.buys.security
        return [
            buy
            for buy, group in self.candidates(account, asset_class)
            if group != sold and not self.harvested[group] and not gone[security[buy]]
        ]

    def choose(self, account: int, asset_class: int, sold: int | None = None) -> int | None:
        """The first of `purchases`, None if there are none."""
        return next(iter(self.purchases(account, asset_class, sold)), None)

    def _candidates(self, account: int, asset_class: int) -> list[tuple[int, int]]:
        """Purchases of which at least half counts in a class, with their groups: the purest first, to a tenth; of these
        the ones that forgo least, the cost of a substitute counted; then those already held.
        """
        problem, buys = self.problem, self.problem.buys
        purity = problem.exposure[buys.security, asset_class]
        found = np.flatnonzero((buys.account == account) & buys.free & (purity >= 0.5))
        security, purity = buys.security[found], purity[found]
        cost = (problem.forgone[account, security] + buys.substitution[found]).round(DIGITS)
        order = np.lexsort((-purity, problem.holdings[account, security] <= 0, cost, -purity.round(1)))
        return list(zip(found[order].tolist(), problem.group[security[order]].tolist(), strict=True))
