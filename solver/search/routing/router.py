"""The router: the published routing table in its order, in milliseconds (docs/formulation.md, last section).

candidates.py drops rows of the table while the orders break a rule. The router's plan is always a candidate of solve(),
and the fallback if the audit refuses the program's plan.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import count

import numpy as np

from ...formulation.arrays import Flags, Floats, Indices
from ...formulation.problem import Problem
from .table import placement, sale_phases
from .trading import EPSILON, Trading

ROWS = 4
"""The number of the table's rows that correct by sales."""

FREE_OF_TAX = (0, 1)
"""The rows of the table whose sales cost no tax: sheltered lots and loss lots. Only they go on to the target."""


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


class Router(Trading):
    """The household while the rows of the table are applied."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        value = problem.target_value
        self.most, self.least, self.target = problem.upper * value, problem.lower * value, problem.weight * value
        """Counted dollars at the ends of each class's band and at its target."""
        self.placement = placement(problem)
        self.pulled = problem.policy.to_target_cost > 0

    # -- where the household stands ---------------------------------------------------------------------------------

    def drift(self) -> tuple[Floats, Floats, Floats]:
        """Counted dollars over the band, under the band and above the target, each by class."""
        over = np.maximum(self.exposure - self.most, 0.0)
        under = np.maximum(self.least - self.exposure, 0.0)
        return over, under, self.exposure - self.target

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

    def needs(self, *, to_target: bool) -> Floats:
        """Dollars to move from each class (rows) to each other (columns) to bring both into their bands, or `to_target`
        as far as the policy pulls them, and neither across its target.
        """
        over, under, above = self.drift()
        if to_target:
            too_much, too_little = self.distance()
            over, under = np.maximum(over, too_much), np.maximum(under, too_little)
        wanted = np.maximum(over[:, None], under)
        return np.minimum(np.minimum(wanted, above[:, None]), -above)

    def pairs(self, givers: Flags, *, taxable: bool, to_target: bool) -> Iterator[tuple[int, int, float]]:
        """Pairs of classes (giver, taker) between which dollars should move, and how many: the most overweight givers
        first, takers as `takers` orders them for taxable or sheltered accounts. `givers` are the classes that can give.
        """
        needs = self.needs(to_target=to_target)
        needed = (needs > EPSILON) & givers[:, None]
        if not needed.any():
            return
        over, _, above = self.drift()
        ordered, takers = np.lexsort((-above, -over)), self.takers(taxable=taxable)
        for giver in ordered[needed[ordered].any(axis=1)].tolist():
            yield from ((giver, taker, float(needs[giver, taker])) for taker in takers if needed[giver, taker])

    def takers(self, *, taxable: bool) -> list[int]:
        """The classes in the order in which they are raised: those below their band first, of these the ones that forgo
        least in the taxable accounts, or most if sheltered accounts buy; then the most underweight.
        """
        _, under, above = self.drift()
        place = self.placement if taxable else -self.placement
        found: list[int] = np.lexsort((above, -under, place, under <= EPSILON)).tolist()
        return found

    # -- the rows of the table --------------------------------------------------------------------------------------

    def raise_cash(self, phases: Sequence[Indices]) -> None:
        """Sell in every account whose cash is below its floor, in the order of the table, overweight classes first."""
        problem = self.problem
        for account in np.flatnonzero(self.cash < problem.floor).tolist():
            for phase in phases:
                self.raise_from(phase[problem.lots.account[phase] == account], account)

    def raise_from(self, lots: Indices, account: int) -> None:
        """Sell from an account's lots until its cash is at its floor: in their order, lots of overweight classes first.

        A lot that waits for another comes last.
        """
        problem, places = self.problem, count()
        queues: list[deque[tuple[int, int]]] = [deque() for _ in problem.classes]
        for lot in self.sellable(lots).tolist():
            queues[self.lot_class[lot]].append((next(places), lot))
        while any(queues) and (missing := problem.floor[account] - self.cash[account]) > EPSILON:
            balanced = (self.exposure - self.target <= EPSILON).tolist()
            *_, lot, asset_class = min((balanced[c], *queue[0], c) for c, queue in enumerate(queues) if queue)
            self.sell(lot, min(missing / (1 - problem.lots.cost[lot]), self.above_target(lot)))
            if problem.lots.size[lot] - self.sold[lot] <= EPSILON:
                queues[asset_class].popleft()
                for behind in self.sellable(self.behind([lot])).tolist():
                    queues[self.lot_class[behind]].append((next(places), behind))

    def above_target(self, lot: int) -> float:
        """Dollars of a lot whose sale brings its class down to the target; infinite if there are none or the policy
        charges no distance from target.
        """
        problem, asset_class = self.problem, self.lot_class[lot]
        above = self.exposure[asset_class] - self.target[asset_class]
        if not self.pulled or above <= EPSILON or asset_class == problem.cash_class:
            return np.inf
        counted = problem.counted[problem.lots.account[lot]] * problem.exposure[problem.lots.security[lot], asset_class]
        return float(above / max(counted, EPSILON))

    def behind(self, lots: Sequence[int]) -> Indices:
        """The lots that may be sold once these are sold in full."""
        found = self.next[lots]
        return np.sort(found[found >= 0])

    def sell_unwanted(self) -> None:
        """Sell what may not be held."""
        table = self.problem.lots
        lots = self.sellable(np.flatnonzero(table.unwanted)).tolist()
        while lots:
            for lot in lots:
                self.sell(lot, float(table.size[lot]))
            behind = self.behind(lots)
            lots = self.sellable(behind[table.unwanted[behind]]).tolist()

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
        of_class = [phase[self.lot_class[phase] == giver] for giver in range(len(self.exposure))]
        givers = np.array([len(lots) > 0 for lots in of_class], dtype=bool)
        while swaps > 0:
            for giver, taker, dollars in self.pairs(givers, taxable=taxable, to_target=to_target):
                done = self.shift(of_class[giver], giver, taker, dollars, to_target=to_target)
                if done:
                    swaps -= done
                    break
            else:
                return

    def shift(self, lots: Indices, giver: int, taker: int, dollars: float, *, to_target: bool) -> int:
        """Move `dollars` from one class to another, out of the first one's `lots` in their order, as far as needed;
        return the number of swaps.
        """
        problem, done = self.problem, 0
        swap = taker != problem.cash_class  # if the taker is cash, nothing is bought
        barred: set[tuple[int, int]] = set()  # accounts that can buy nothing for lots of a group
        lots = self.sellable(lots)
        accounts, groups = problem.lots.account[lots].tolist(), self.lot_group[lots].tolist()
        for lot, account, group in zip(lots.tolist(), accounts, groups, strict=True):
            if dollars <= EPSILON:
                break
            if (account, group) in barred or (self.is_loss[lot] and self.purchased[group]):
                continue
            if swap and self.choose(account, taker, group) is None:
                barred.add((account, group))
                continue
            counted = problem.counted[account] * problem.exposure[problem.lots.security[lot], giver]
            room = self.room(lot) / 2 if swap else self.room(lot)
            if counted <= 0 or room <= EPSILON:
                continue
            before = self.cash[account]
            self.sell(lot, min(dollars / counted, room))
            if swap:
                self.buy_class(account, taker, self.cash[account] - before, group)
            dollars = float(self.needs(to_target=to_target)[giver, taker])
            done += 1
        return done
