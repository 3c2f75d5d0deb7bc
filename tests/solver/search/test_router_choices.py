"""What the router looks up step by step is what a plain look at every lot and purchase finds."""

import numpy as np
import pytest
from random_households import featured_household, featured_policy

from lotroute.fixtures.generator import generate
from lotroute.models import Policy
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.search.routing.exchanges import WORTHWHILE, Exchanges
from lotroute.solver.search.routing.router import Router, run
from lotroute.solver.search.routing.table import DIGITS, sale_phases
from lotroute.solver.search.routing.trading import EPSILON

BATCHES = [range(first, first + 20) for first in range(0, 120, 20)]


def problems(seeds):
    for seed in seeds:
        home = featured_household(seed, lots=(6, 30))
        yield build_problem(home, featured_policy(seed, home).model_copy(update={"location_years": 10.0}))
    yield from (build_problem(home, Policy()) for home in generate(2, seeds[0]))


def may_be_sold(router, lot):
    """Whether a lot may be sold now, by the words of `Trading.sellable`."""
    lots, place = router.problem.lots, (router.problem.lots.account[lot], router.problem.lots.security[lot])
    left = lambda each: lots.size[each] - router.sold[each] > EPSILON  # noqa: E731
    ahead = lots.predecessor[lot]
    washed = lots.gain[lot] < 0 and router.purchased[router.problem.group[place[1]]]
    waits = ahead >= 0 and left(ahead)
    return lots.blocked[lot] == "" and left(lot) and not waits and not washed and not router.placed["buy"][place]


def spared(exchanges, source):
    """What a dollar less of a source spares (docs/formulation.md, step 6)."""
    problem, count = exchanges.problem, len(exchanges.problem.lots.label)
    if source >= count:
        return exchanges.price[source - count]
    lots, rates, later = problem.lots, problem.rates, problem.later_years
    account, security = lots.account[source], lots.security[source]
    found = problem.forgone[account, security] - lots.cost[source]
    found += problem.policy.substitute_cost * problem.substitute[security]
    if lots.gain[source] < 0:
        return found
    short, long = rates.all_in_short, rates.all_in_long
    net = sum(problem.net_so_far) + float(lots.gain @ exchanges.router.sold)
    if -net - exchanges.loss_limit > EPSILON:
        short, long = later.carried_short, later.carried_long
    return found - lots.gain[source] * ((short if lots.short[source] else long) - later.deferral) - lots.waiting[source]


class Looked(Exchanges):
    """Exchanges that are compared with a look at everything before each choice."""

    steps = 0

    def between(self):
        found = super().between()
        both, legs = self.best_pair()
        assert (found is None) == (both <= WORTHWHILE)
        if found is not None:
            assert [(leg.account, self.kind[leg.source], leg.kind) for leg in found] == legs
            self.check_sources(found)
        return found

    def within(self):
        found = super().within()
        sale, purchase = self.tops()
        gains = {place: most - purchase[place] for place, (most, _) in sale.items() if place in purchase}
        assert (found is None) == (max(gains.values(), default=0.0) <= WORTHWHILE)
        if found is not None:
            assert (found[0].account, found[0].kind) == max(sorted(gains), key=gains.get)
            self.check_sources(found)
        return found

    def check_sources(self, legs):
        """Each leg sells what spares most, and buys the cheapest of what is left to buy."""
        sale, _ = self.tops()
        for leg in legs:
            assert leg.source == sale[leg.account, self.kind[leg.source]][1]
            bought, open_ = self.best_purchase(leg, [leg]), self.open_purchases()
            here = [i for i in open_ if self.problem.buys.account[i] == leg.account and self.buy_kind(i) == leg.kind]
            assert bought is None or self.price[bought] >= min(self.price[i] for i in here)
        self.steps += 1

    def tops(self):
        """By account and kind: what the best source spares, with the source, and what the best purchase costs."""
        router, count, sale, purchase = self.router, len(self.router.sold), {}, {}
        for source in np.flatnonzero(self.sources.may).tolist():
            if may_be_sold(router, source) if source < count else router.bought[source - count] > EPSILON:
                place = int(self.account[source]), int(self.kind[source])
                sale[place] = max(sale.get(place, (-np.inf, 0)), (spared(self, source), -source))
        for i in self.open_purchases():
            place = int(self.problem.buys.account[i]), self.buy_kind(i)
            purchase[place] = min(purchase.get(place, np.inf), self.price[i])
        return {place: (most, -source) for place, (most, source) in sale.items()}, purchase

    def open_purchases(self):
        problem, router, count = self.problem, self.router, len(self.router.sold)
        for i, (account, security) in enumerate(zip(problem.buys.account, problem.buys.security, strict=True)):
            movable = problem.counted[account] > EPSILON and security not in problem.names.security
            barred = router.harvested[problem.group[security]] or router.placed["sell"][account, security]
            if movable and problem.buys.blocked[i] == "" and not barred:
                assert self.account[count + i] == account
                yield i

    def buy_kind(self, i):
        return int(self.kind[len(self.router.sold) + i])

    def best_pair(self):
        """The two swaps of opposite directions that gain most together, by a look at every swap."""
        sale, purchase = self.tops()
        exposure = {
            int(self.kind[s]): self.problem.exposure[self.security[s]].round(DIGITS) for s in range(len(self.kind))
        }
        best = {}
        for (account, sold), (most, _) in sorted(sale.items()):
            for (where, bought), price in sorted(purchase.items()):
                change = exposure[bought] - exposure[sold]
                moved = np.abs(change).sum() / 2
                if where == account and moved > 0:
                    most_here = min(most, purchase.get((account, sold), np.inf))
                    gain = (most_here - price) / max(self.problem.counted[account], EPSILON) / moved
                    direction = tuple((change / moved).round(DIGITS) + 0.0)
                    if gain > best.get(direction, (-np.inf,))[0]:
                        best[direction] = gain, (account, sold, bought)
                    elif gain == best[direction][0]:
                        best[direction] = (
                            gain,
                            min(best[direction][1], (account, sold, bought), key=lambda s: (s[1:], s)),
                        )
        pairs = {d: best[d][0] + best[o][0] for d in best if (o := tuple(-np.array(d) + 0.0)) in best}
        if not pairs:
            return -np.inf, []
        first = max(sorted(pairs), key=pairs.get)
        return pairs[first], [best[first][1], best[tuple(-np.array(first) + 0.0)][1]]


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_every_exchange_is_the_one_that_a_look_at_all_lots_and_purchases_finds(seeds):
    steps = 0
    for problem in problems(seeds):
        for rows in (0, 4):
            exchanges = Looked(run(problem, rows))
            exchanges.make()
            steps += exchanges.steps
    assert steps > 20


def first_of_all(router, account, lots):
    """The lots that `raise_from` sells, by the definition: of those that may be sold now, in their order, the first of
    an overweight class, or else the first; a lot that another kept waiting comes last.
    """
    problem, order = router.problem, list(lots)
    seen = [lot for lot in order if may_be_sold(router, lot)]
    while seen and (missing := problem.floor[account] - router.cash[account]) > EPSILON:
        above = router.exposure - problem.weight * problem.target_value
        over = [lot for lot in seen if above[router.lot_class[lot]] > EPSILON]
        lot = (over or seen)[0]
        router.sell(lot, min(missing / (1 - problem.lots.cost[lot]), router.above_target(lot)))
        behind = [each for each in range(len(problem.lots.label)) if problem.lots.predecessor[each] == lot]
        seen = [each for each in [*seen, *behind] if may_be_sold(router, each)]


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_cash_is_raised_from_the_lots_that_the_definition_names(seeds):
    raised = 0
    for problem in problems(seeds):
        problem.floor[:] = problem.cash + np.linspace(100, 50_000, len(problem.cash))
        router, plain = Router(problem), Router(problem)
        for account in range(len(problem.accounts)):
            for phase in sale_phases(problem):
                own = phase[problem.lots.account[phase] == account]
                router.raise_from(own, account)
                first_of_all(plain, account, own.tolist())
        assert np.array_equal(router.sold, plain.sold), problem.household.id
        raised += int(np.count_nonzero(router.sold))
    assert raised > 50


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_what_two_classes_need_is_read_off_bands_and_targets(seeds):
    """Dollars that bring both into their bands, or to the target as far as it is charged; neither across its target."""
    for problem in problems(seeds):
        router, value = run(problem, 1), problem.target_value
        for to_target in (False, True):
            needs = router.needs(to_target=to_target)
            for giver in range(len(problem.classes)):
                for taker in range(len(problem.classes)):
                    above = [router.exposure[c] - problem.weight[c] * value for c in (giver, taker)]
                    out = max(0.0, router.exposure[giver] - problem.upper[giver] * value)
                    short = max(0.0, problem.lower[taker] * value - router.exposure[taker])
                    if to_target and problem.policy.to_target_cost:
                        out = max(out, above[0] - problem.free_distances[0][giver])
                        short = max(short, -above[1] - problem.free_distances[1][taker])
                    assert needs[giver, taker] == min(max(out, short), above[0], -above[1])
