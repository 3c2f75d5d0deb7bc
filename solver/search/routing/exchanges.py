"""The router's last step: asset location (docs/formulation.md, last section).

An exchange sells one security in an account and buys another there, and does the reverse in a second place, so that
every class keeps its total; or it exchanges two funds of the same classes within an account. It is made if what the
places then forgo less is more than spreads, substitution and the tax on the lots sold. What earlier steps buy may be
taken back instead of a sale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from ....models import loss_limit
from ...formulation.arrays import Flags, Floats, Indices
from .router import Router
from .sources import Sources
from .table import DIGITS
from .trading import EPSILON

WORTHWHILE = 1e-6
"""Dollars per dollar exchanged; an exchange that gains less is not made."""


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
        self.router, self.problem, self.spare_loss = router, problem, 0.0
        self.spares = cache(self._spares)
        lots, buys = problem.lots, problem.buys
        kinds, kind = np.unique(problem.exposure.round(DIGITS), axis=0, return_inverse=True)
        """Exposures that occur: securities of one kind hold the same classes in the same parts."""
        kind = kind.reshape(-1)
        self._find_directions(kinds)
        self.security: Indices = np.concatenate([lots.security, buys.security])
        """By source: the security; likewise the kind and the account."""
        self.kind = kind[self.security]
        self.account: Indices = np.concatenate([lots.account, buys.account])
        own = np.zeros(len(problem.symbols), bool)
        own[problem.names.security] = True
        movable: Flags = (problem.counted[self.account] > EPSILON) & ~own[self.security]
        self.may_sell = movable & ~np.concatenate([lots.unwanted, np.zeros(len(buys.label), bool)])
        self.price = problem.forgone[buys.account, buys.security] + problem.half_spread[buys.security]
        self.price += buys.substitution
        """By purchase: what a dollar of it costs."""
        spared = problem.forgone[lots.account, lots.security] - lots.cost
        spared += problem.policy.substitute_cost * problem.substitute[lots.security]
        self.spared: Floats = np.concatenate([spared, self.price])
        """By source: what a dollar less of it spares, before tax."""
        self.net_so_far = sum(problem.net_so_far)
        self.loss_limit = float(loss_limit(problem.household.taxpayer.filing_status))
        self.place = self.account * len(self.moved) + self.kind
        """By source: the number of its account and kind."""
        self.places = len(problem.accounts) * len(self.moved)
        self._find_purchases(router.may_buy & movable[len(lots.label) :])
        self._find_swaps()

    def _find_directions(self, kinds: Floats) -> None:
        """Number the directions in which a sale of one kind and a purchase of another move exposure between classes."""
        change = kinds[None, :, :] - kinds[:, None, :]
        self.moved: Floats = np.abs(change).sum(axis=2) / 2
        """Dollars moved between classes by selling a dollar of a kind and buying another; kinds × kinds."""
        unit = (change / np.where(self.moved > 0, self.moved, 1.0)[:, :, None]).round(DIGITS) + 0.0
        _, number = np.unique(unit.reshape(-1, unit.shape[2]), axis=0, return_inverse=True)
        self.direction: Indices = number.reshape(self.moved.shape)
        """The direction of each pair of kinds, sold and bought; that of the pair turned round is opposite."""

    def _find_purchases(self, may: Flags) -> None:
        """List the purchases that exchanges may make, by place, the cheapest first."""
        buys, place = self.problem.buys, self.place[len(self.problem.lots.label) :]
        found = np.flatnonzero(may)
        self.purchase: Indices = found[np.lexsort((self.price[found], place[found]))]
        self.purchase_place, self.purchase_price = place[self.purchase], self.price[self.purchase]
        self.purchase_security = buys.security[self.purchase]
        self.purchase_order = buys.account[self.purchase] * len(self.problem.symbols) + self.purchase_security
        """By purchase: the number of its account and security."""
        self.purchase_group = self.problem.group[self.purchase_security]
        self.first_purchase = np.searchsorted(self.purchase_place, np.arange(self.places + 1)).tolist()
        """By place: the first of its purchases."""
        self.bought, self.start = np.unique(self.purchase_place, return_index=True)
        """The places that have a purchase, and the first of each."""

    def _find_swaps(self) -> None:
        """List what a leg between places may do: an account with a source of one kind and a purchase of another that
        move exposure, in a direction that another swap has turned round. The swaps are in the order of their
        directions, then of their kinds and accounts.
        """
        kinds = len(self.moved)
        sources, purchases = np.zeros(self.places, bool), np.zeros(self.places, bool)
        sources[self.place[self.may_sell]] = purchases[self.purchase_place] = True
        here, there = sources.reshape(-1, kinds, 1), purchases.reshape(-1, 1, kinds)
        account, sold, bought = np.nonzero(here & there & (self.moved > 0))
        order = np.lexsort((account, bought, sold, self.direction[sold, bought]))
        turned = np.zeros(self.direction.max(initial=0) + 1, bool)
        turned[self.direction[sold, bought]] = True
        order = order[turned[self.direction[bought, sold]][order]]
        account, sold, bought = account[order], sold[order], bought[order]
        self.swap_sold, self.swap_bought = account * kinds + sold, account * kinds + bought
        """By swap: the place of what is sold, and of what is bought."""
        self.swap_counted = np.maximum(self.problem.counted, EPSILON)[account]
        self.swap_moved = self.moved[sold, bought]
        found, first = np.unique(self.direction[sold, bought], return_index=True)
        self.first_swap: Indices = np.append(first, len(order))
        """By direction of swaps: the first of them; at the end the number of all swaps."""
        self.opposite = np.searchsorted(found, self.direction[bought[first], sold[first]])
        """By direction of swaps: the opposite one."""

    def make(self) -> bool:
        """Make exchanges until none gains anything; return whether any was made."""
        made = False
        if not self.problem.policy.location_years:
            return made
        for choose in (self.between, self.within):
            self.sources = Sources(self.router, self.may_sell, self.place, self.places, self.spares)
            for _ in range(2 * len(self.place)):
                self.spare_loss = self.find_spare_loss()
                if (legs := choose()) is None:
                    break
                if self.exchange(legs):
                    made = True
                else:
                    for leg in legs:
                        self.sources.drop(leg.source)
        return made

    # -- choices ----------------------------------------------------------------------------------------------------

    def between(self) -> list[Leg] | None:
        """The exchange between two places that gains most, None if none gains anything. What a better fund in the same
        place would gain as well is no reason to change places.
        """
        purchase = self.best_purchases()
        sale = np.minimum(self.best_sales(), purchase)
        swap = (sale[self.swap_sold] - purchase[self.swap_bought]) / self.swap_counted / self.swap_moved
        if not len(swap):
            return None
        best = np.maximum.reduceat(swap, self.first_swap[:-1])
        both = best + best[self.opposite]
        direction = int(both.argmax())
        if both[direction] <= WORTHWHILE:
            return None
        legs = []
        for way in (direction, int(self.opposite[direction])):
            first, after = self.first_swap[way : way + 2].tolist()
            chosen = first + int(swap[first:after].argmax())
            legs.append(self.leg(int(self.swap_sold[chosen]), int(self.swap_bought[chosen])))
        return legs

    def within(self) -> list[Leg] | None:
        """The exchange of two securities of one kind in an account that gains most, None if none gains anything."""
        swap = self.best_sales() - self.best_purchases()
        if swap.max(initial=-np.inf) <= WORTHWHILE:
            return None
        place = int(swap.argmax())
        return [self.leg(place, place)]

    def leg(self, sold: int, bought: int) -> Leg:
        """The leg that sells the best source of a place and buys what another place of the account has, or the same."""
        source, kinds = self.sources.best_source(sold, absorbed=self.absorbed), len(self.moved)
        account, kind = divmod(bought, kinds)
        return Leg(source, account, kind, float(self.moved[sold % kinds, kind]) if sold != bought else 1.0)

    def best_sales(self) -> Floats:
        """The most that a dollar less spares, by place; minus infinity if there is no source."""
        return self.sources.best(absorbed=self.absorbed)

    def best_purchases(self) -> Floats:
        """The least that buying a dollar costs, by place; infinity if there is nothing to buy."""
        router, found = self.router, np.full(self.places, np.inf)
        barred = router.placed["sell"].ravel()[self.purchase_order]
        barred |= router.harvested[self.purchase_group]
        self.open_price = np.where(barred, np.inf, self.purchase_price)
        if len(self.bought):
            found[self.bought] = np.minimum.reduceat(self.open_price, self.start)
        return found

    def best_purchase(self, leg: Leg, legs: Sequence[Leg]) -> int | None:
        """The cheapest purchase for a leg, as `best_purchases` found them: of no group sold at a loss by a leg, of
        nothing that the account sells.
        """
        router, place = self.router, leg.account * len(self.moved) + leg.kind
        sold = [each.source for each in legs if each.source < len(router.sold)]
        lost = [int(router.lot_group[lot]) for lot in sold if router.is_loss[lot]]
        gone = [int(self.security[each.source]) for each in legs if each.account == leg.account]
        for i in range(*self.first_purchase[place : place + 2]):
            open_ = self.open_price[i] < np.inf
            if open_ and self.purchase_group[i] not in lost and self.purchase_security[i] not in gone:
                return int(self.purchase[i])
        return None

    # -- trades -----------------------------------------------------------------------------------------------------

    def exchange(self, legs: Sequence[Leg]) -> bool:
        """Make an exchange, as large as lots and limits allow.

        Returns False, and makes none, if the loss that a leg sells bars a purchase, if it gains too little beside
        commissions, or if no room is left.
        """
        router, problem, spares = self.router, self.problem, self.spares(self.absorbed)
        bought = [buy for leg in legs if (buy := self.best_purchase(leg, legs)) is not None]
        if len(bought) < len(legs):
            return False
        # dollars of each leg for a counted dollar of exposure moved
        size = [1 / (leg.moved * float(problem.counted[leg.account])) for leg in legs]
        most = min(self.room(leg.source) / each for leg, each in zip(legs, size, strict=True))
        most = min(most, router.budget["turnover"] / sum(size))
        fees = gain = 0.0
        for leg, each, buy in zip(legs, size, bought, strict=True):
            gain += each * float(spares[leg.source] - self.price[buy])
            fees += router.fee(leg.account, int(problem.buys.security[buy]), "buy")
            if leg.source < len(router.sold):
                fees += router.fee(leg.account, int(self.security[leg.source]), "sell")
        if gain <= WORTHWHILE or most <= EPSILON or gain * most <= fees:
            return False
        for leg, each, buy in zip(legs, size, bought, strict=True):
            before = router.cash[leg.account]
            if leg.source < len(router.sold):
                router.sell(leg.source, most * each)
                self.sources.sold(leg.source)
            else:
                router.take_back(leg.source - len(router.sold), most * each)
            router.buy(buy, float(router.cash[leg.account] - before))
        return True

    def room(self, source: int) -> float:
        """Dollars that there may be less: what is left, for lots under limits and while losses absorb the gain."""
        lots, router = self.problem.lots, self.router
        if source >= len(router.sold):
            return float(router.bought[source - len(router.sold)])
        gain, left = lots.gain[source], lots.size[source] - router.sold[source]
        absorbing = self.spare_loss / gain if gain > 0 and self.absorbed else np.inf
        return float(min(left, router.room(source), absorbing))

    def find_spare_loss(self) -> float:
        """Dollars of loss so far beyond what other income uses."""
        return max(-self.net_so_far - self.router.gains - self.loss_limit, 0.0)

    @property
    def absorbed(self) -> bool:
        """Whether losses absorb further gains."""
        return self.spare_loss > EPSILON

    def _spares(self, absorbed: bool) -> Floats:
        """By source: what a dollar less of it spares after tax, this year's and later, and the waiting charge; losses
        and purchases have neither. A gain that losses absorb costs what they would be worth carried on, any other what
        marginal rates say.
        """
        lots, later, rates = self.problem.lots, self.problem.later_years, self.problem.rates
        short, long = rates.all_in_short, rates.all_in_long
        if absorbed:
            short, long = later.carried_short, later.carried_long
        tax: Floats = lots.gain * (np.where(lots.short, short, long) - later.deferral) + lots.waiting
        spares: Floats = self.spared - np.concatenate([np.where(lots.is_loss, 0.0, tax), np.zeros(len(self.price))])
        return spares
