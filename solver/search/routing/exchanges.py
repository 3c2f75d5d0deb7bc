"""The router's last step: asset location (docs/formulation.md, last section).

An exchange sells one security in an account and buys another there, and does the reverse in a second place, so that
every class keeps its total; or it exchanges two funds of the same classes within an account. It is made if what the
places then forgo less is more than spreads, substitution and the tax on the lots sold. What earlier steps buy may be
taken back instead of a sale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ....models import loss_limit
from ...formulation.arrays import Flags, Floats, Indices
from ...formulation.problem import Problem
from .router import EPSILON, Router, run
from .table import DIGITS

WORTHWHILE = 1e-6
"""Dollars per dollar exchanged; an exchange that gains less is not made."""


def relocate_dollars(problem: Problem, rows: int) -> tuple[Floats, Floats]:
    """Return dollars sold by lot and dollars bought by purchase: the first `rows` rows of the table, then exchanges."""
    router = run(problem, rows)
    Exchanges(router).make()
    return router.sold, router.bought


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of an exchange: a source of money and a kind of security bought in its account."""

    source: int
    """The lot that is sold or, counted on after the lots, the purchase that is taken back."""
    account: int
    kind: int
    moved: float
    """Dollars of exposure that a dollar of it moves between classes; 1 within a class."""


class Exchanges:
    """Exchanges between places, the one that gains most per dollar first; then exchanges within classes."""

    def __init__(self, router: Router) -> None:
        problem = router.problem
        self.router, self.problem = router, problem
        lots, buys = problem.lots, problem.buys
        kinds, kind = np.unique(problem.exposure.round(DIGITS), axis=0, return_inverse=True)
        """Exposures that occur: securities of one kind hold the same classes in the same parts."""
        kind = kind.reshape(-1)
        self.buy_kind = kind[buys.security]
        self._find_directions(kinds)
        self.security: Indices = np.concatenate([lots.security, buys.security])
        """By source: the security; likewise the kind and the account."""
        self.kind = kind[self.security]
        self.account: Indices = np.concatenate([lots.account, buys.account])
        own = np.zeros(len(problem.symbols), bool)
        own[problem.names.security] = True
        movable: Flags = (problem.counted[self.account] > EPSILON) & ~own[self.security]
        self.may_sell = movable & ~np.concatenate([lots.unwanted, np.zeros(len(buys.label), bool)])
        self.may_buy = buys.free & movable[len(lots.label) :]
        self.price = problem.forgone[buys.account, buys.security] + problem.half_spread[buys.security]
        self.price += buys.substitution
        """By purchase: what a dollar of it costs."""
        spared = problem.forgone[lots.account, lots.security] - lots.cost
        spared += problem.policy.substitute_cost * problem.substitute[lots.security]
        self.spared: Floats = np.concatenate([spared, self.price])
        """By source: what a dollar less of it spares, before tax."""

    def _find_directions(self, kinds: Floats) -> None:
        """Number the directions in which a sale of one kind and a purchase of another move exposure between classes."""
        change = kinds[None, :, :] - kinds[:, None, :]
        self.moved: Floats = np.abs(change).sum(axis=2) / 2
        """Dollars moved between classes by selling a dollar of a kind and buying another; kinds × kinds."""
        unit = (change / np.where(self.moved > 0, self.moved, 1.0)[:, :, None]).round(DIGITS) + 0.0
        directions, number = np.unique(unit.reshape(-1, unit.shape[2]), axis=0, return_inverse=True)
        self.direction: Indices = number.reshape(-1)
        """The direction of each pair of kinds, sold and bought, in one row."""
        index = {tuple(row): i for i, row in enumerate(directions.tolist())}
        self.opposite = np.array([index[tuple((-row + 0.0).tolist())] for row in directions], dtype=np.int64)

    def make(self) -> None:
        """Make exchanges until none gains anything."""
        if not self.problem.policy.location_years:
            return
        for choose in (self.between, self.within):
            may = self.may_sell.copy()
            for _ in range(2 * len(may)):
                if (legs := choose(may)) is None:
                    break
                if not self.exchange(legs):
                    may[[leg.source for leg in legs]] = False

    # -- choices ----------------------------------------------------------------------------------------------------

    def between(self, may: Flags) -> list[Leg] | None:
        """The exchange between two places that gains most, None if none gains anything. `may` says from which
        sources. What a better fund in the same place would gain as well is no reason to change places.
        """
        gain, purchase = self.spared - self.tax(), self.best_purchases()
        sale = np.minimum(self.best_sales(may, gain), purchase)
        swap = (sale[:, :, None] - purchase[:, None, :]) / np.maximum(self.problem.counted, EPSILON)[:, None, None]
        swap = (swap / np.where(self.moved > 0, self.moved, 1.0)).reshape(len(swap), -1)
        swap[:, self.moved.reshape(-1) == 0] = -np.inf
        account = swap.argmax(axis=0)
        best = np.full(len(self.opposite), -np.inf)
        np.maximum.at(best, self.direction, swap.max(axis=0, initial=-np.inf))
        both = best + best[self.opposite]
        direction = int(both.argmax())
        if both[direction] <= WORTHWHILE:
            return None
        legs = []
        for way in (direction, int(self.opposite[direction])):
            pair = int(np.where(self.direction == way, swap.max(axis=0), -np.inf).argmax())
            sold, bought = divmod(pair, len(self.moved))
            place = int(account[pair])
            source = self.best_source(may, gain, place, sold)
            legs.append(Leg(source, place, bought, float(self.moved[sold, bought])))
        return legs

    def within(self, may: Flags) -> list[Leg] | None:
        """The exchange of two securities of one kind in an account that gains most, None if none gains anything."""
        gain = self.spared - self.tax()
        swap = self.best_sales(may, gain) - self.best_purchases()
        if swap.max(initial=-np.inf) <= WORTHWHILE:
            return None
        account, kind = divmod(int(swap.argmax()), swap.shape[1])
        return [Leg(self.best_source(may, gain, account, kind), account, kind, 1.0)]

    def sources(self, may: Flags) -> Indices:
        """Those of the sources in `may` of which something is left."""
        lots = self.router.sellable(np.arange(len(self.router.sold)))
        return np.intersect1d(np.flatnonzero(may), np.concatenate([lots, len(self.router.sold) + np.flatnonzero(
            self.router.bought > EPSILON)]))  # fmt: skip

    def best_sales(self, may: Flags, gain: Floats) -> Floats:
        """The most that a dollar less spares, accounts × kinds; minus infinity if there is no source."""
        found, sources = np.full((len(self.problem.accounts), len(self.moved)), -np.inf), self.sources(may)
        np.maximum.at(found, (self.account[sources], self.kind[sources]), gain[sources])
        return found

    def best_purchases(self) -> Floats:
        """The least that buying a dollar costs, accounts × kinds; infinity if there is nothing to buy."""
        buys = self.open_purchases()
        found = np.full((len(self.problem.accounts), len(self.moved)), np.inf)
        np.minimum.at(found, (self.problem.buys.account[buys], self.buy_kind[buys]), self.price[buys])
        return found

    def best_source(self, may: Flags, gain: Floats, account: int, kind: int) -> int:
        """The source of a kind in an account that spares most."""
        sources = self.sources(may)
        found = sources[(self.account[sources] == account) & (self.kind[sources] == kind)]
        return int(found[gain[found].argmax()])

    def open_purchases(self) -> Indices:
        """Purchases that no harvest and no sale in the account bars."""
        router, buys = self.router, self.problem.buys
        barred = router.harvested[self.problem.group[buys.security]]
        return np.flatnonzero(self.may_buy & ~barred & ~router.placed["sell"][buys.account, buys.security])

    def best_purchase(self, leg: Leg, legs: Sequence[Leg]) -> int | None:
        """The cheapest purchase for a leg: of no group sold at a loss by a leg, of nothing that the account sells."""
        buys, lots, open_ = self.problem.buys, self.problem.lots, self.open_purchases()
        sold = [each.source for each in legs if each.source < len(lots.label)]
        lost = [self.router.lot_group[lot] for lot in sold if lots.is_loss[lot]]
        gone = [self.security[each.source] for each in legs if each.account == leg.account]
        fits = (buys.account[open_] == leg.account) & (self.buy_kind[open_] == leg.kind)
        fits &= ~np.isin(self.problem.group[buys.security[open_]], lost) & ~np.isin(buys.security[open_], gone)
        found = open_[fits]
        return int(found[self.price[found].argmin()]) if len(found) else None

    # -- trades -----------------------------------------------------------------------------------------------------

    def exchange(self, legs: Sequence[Leg]) -> bool:
        """Make an exchange, as large as lots and limits allow.

        Returns False, and makes none, if the loss that a leg sells bars a purchase, if it gains too little beside
        commissions, or if no room is left.
        """
        router, problem, tax = self.router, self.problem, self.tax()
        bought = [buy for leg in legs if (buy := self.best_purchase(leg, legs)) is not None]
        if len(bought) < len(legs):
            return False
        # dollars of each leg for a counted dollar of exposure moved
        size = [1 / (leg.moved * float(problem.counted[leg.account])) for leg in legs]
        most = min(self.room(leg.source) / each for leg, each in zip(legs, size, strict=True))
        most = min(most, router.budget["turnover"] / sum(size))
        fees = gain = 0.0
        for leg, each, buy in zip(legs, size, bought, strict=True):
            gain += each * float(self.spared[leg.source] - tax[leg.source] - self.price[buy])
            fees += router.fee(leg.account, int(problem.buys.security[buy]), "buy")
            if leg.source < len(router.sold):
                fees += router.fee(leg.account, int(self.security[leg.source]), "sell")
        if gain <= WORTHWHILE or most <= EPSILON or gain * most <= fees:
            return False
        for leg, each, buy in zip(legs, size, bought, strict=True):
            before = router.cash[leg.account]
            if leg.source < len(router.sold):
                router.sell(leg.source, most * each)
            else:
                router.take_back(leg.source - len(router.sold), most * each)
            router.buy(buy, float(router.cash[leg.account] - before))
        return True

    def room(self, source: int) -> float:
        """Dollars that there may be less: what is left, for lots under limits and while losses absorb the gain."""
        lots, router = self.problem.lots, self.router
        if source >= len(router.sold):
            return float(router.bought[source - len(router.sold)])
        gain, left, spare = lots.gain[source], lots.size[source] - router.sold[source], self.spare_loss()
        return float(min(left, router.room(source), spare / gain if gain > 0 and spare > EPSILON else np.inf))

    def spare_loss(self) -> float:
        """Dollars of loss so far beyond what other income uses."""
        payer = self.problem.household.taxpayer
        net = sum(self.problem.net_so_far) + float(self.problem.lots.gain @ self.router.sold)
        return max(-net - float(loss_limit(payer.filing_status)), 0.0)

    def tax(self) -> Floats:
        """Tax on a dollar of each source, this year's and later, with the waiting charge; 0 for losses and purchases.

        A gain that losses absorb costs what they would be worth carried on, any other what marginal rates say.
        """
        lots, later, rates = self.problem.lots, self.problem.later_years, self.problem.rates
        short, long = rates.all_in_short, rates.all_in_long
        if self.spare_loss() > EPSILON:
            short, long = later.carried_short, later.carried_long
        charged: Floats = lots.gain * (np.where(lots.short, short, long) - later.deferral) + lots.waiting
        return np.concatenate([np.where(lots.is_loss, 0.0, charged), np.zeros(len(self.price))])
