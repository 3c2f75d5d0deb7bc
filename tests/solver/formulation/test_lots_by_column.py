"""Lots as columns, against each lot by itself: costs, gains, terms, waiting charges and what is interchangeable."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from random_households import featured_household, featured_policy

from lotroute.fixtures.trading import trade_heavily
from lotroute.models import days_to_long_term, holding_term
from lotroute.models.eligibility.blocked_lots import blocking_rules
from lotroute.models.household.parts.lot_rules import amount_realized, bases, held_since, redemption_fee, sale_queues
from lotroute.models.policy.waiting_price import waiting_price
from lotroute.models.schema.money import exact
from lotroute.solver.accounting.books import Books
from lotroute.solver.formulation.problem import build_problem

CASES = [pytest.param(seed, heavily, id=f"{seed}{heavily * ' traded'}") for seed in range(60) for heavily in (0, 1)]


def of(seed, heavily):
    home = featured_household(seed, lots=(2, 30))
    policy = featured_policy(seed, home)
    if heavily:
        home, policy = trade_heavily(home, seed), policy.model_copy(update={"wash_sales": "price"})
    return home, policy


def one_by_one(home):
    """Account, lot, cost, gain, start of the holding period and term of each lot, by the rules for one lot."""
    today = home.trade_date
    for account in home.accounts:
        basis = bases(account, home.security, today)
        for lot in account.lots:
            security, gain, since = home.security[lot.symbol], None, None
            if account.taxable and lot.id in basis:
                gain = (amount_realized(security, lot, today) - basis[lot.id]) / exact(security.price)
                since = held_since(lot, gain)
            cost = exact(security.half_spread) + redemption_fee(security, lot, today)
            yield account, lot, cost, gain, since, holding_term(since, today) if since else None


@pytest.mark.parametrize(("seed", "heavily"), CASES)
def test_columns_are_what_each_lot_has(seed, heavily):
    home, policy = of(seed, heavily)
    problem, facts = build_problem(home, policy), [*one_by_one(home)]
    lots = problem.lots
    assert [*lots.label] == [f"{account.id}/{lot.id}" for account, lot, *_ in facts]
    assert lots.size.tolist() == [home.security[lot.symbol].price * lot.quantity for _, lot, *_ in facts]
    assert lots.cost.tolist() == [float(cost) for _, _, cost, *_ in facts]
    assert lots.gain.tolist() == [float(gain or 0) for *_, gain, _, _ in facts]
    assert (lots.gain < 0).tolist() == [(gain or 0) < 0 for *_, gain, _, _ in facts]
    assert [lots.short.tolist(), lots.long.tolist()] == [[t == name for *_, t in facts] for name in ("short", "long")]
    rules = blocking_rules(
        home, policy, {(a.id, lot.id): g for a, lot, _, g, *_ in facts if g is not None}, problem.wash
    )
    known = [rules.get((account.id, lot.id), ("", None)) for account, lot, *_ in facts]
    assert [(rule, until) for rule, until in zip(lots.blocked.tolist(), lots.until, strict=True)] == known
    books = Books(home, policy, problem.wash)
    by_books = {key: books.gain_per_share(key[0], lot) or Decimal(0) for key, lot in books.lots.items()}
    assert blocking_rules(home, policy, by_books, problem.wash) == rules


@pytest.mark.parametrize(("seed", "heavily"), CASES)
def test_a_waiting_charge_is_on_what_all_short_term_gains_come_to(seed, heavily):
    home, policy = of(seed, heavily)
    waiting = {
        i: (gain, days_to_long_term(since, home.trade_date), gain * exact(home.security[lot.symbol].price * 1))
        for i, (_, lot, _, gain, since, term) in enumerate(one_by_one(home))
        if term == "short" and gain > 0
    }
    held = [lot for account in home.accounts for lot in account.lots]
    total = sum((dollars * exact(held[i].quantity) for i, (*_, dollars) in waiting.items()), Decimal(0))
    charge = waiting_price(home.filer, policy, total)
    expected = np.zeros(len(held))
    for i, (gain, days, _) in waiting.items():
        expected[i] = float(charge(gain, days))
    assert build_problem(home, policy).lots.waiting.tolist() == expected.tolist()


def with_copies(home):
    """The household with a second lot like every other one."""

    def twice(account):
        copies = [lot.model_copy(update={"id": f"{lot.id} again"}) for lot in account.lots[::2]]
        return account.model_copy(update={"lots": (*account.lots, *copies)})

    return home.model_copy(update={"accounts": tuple(map(twice, home.accounts))})


@pytest.mark.parametrize(("seed", "heavily"), CASES)
def test_interchangeable_lots_are_of_one_kind_and_neighbors_in_their_queue(seed, heavily):
    """Lots without a queue share a number if they are of one kind; in a queue, if all between them are too."""
    home, policy = of(seed, heavily)
    home = with_copies(home)
    problem = build_problem(home, policy)
    lots, facts = problem.lots, [*one_by_one(home)]
    recent = {key for own in problem.wash.recent.values() for key in own}
    kinds = [
        (account.id, lot.symbol, cost, gain, term, lots.waiting[i], lots.blocked[i], (account.id, lot.id) in recent,
         i if lots.washable[i] or (account.whole_shares and lot.quantity % 1) else -1)
        for i, (account, lot, cost, gain, _, term) in enumerate(facts)
    ]  # fmt: skip
    place = {(account.id, lot.id): i for i, (account, lot, *_) in enumerate(facts)}
    queues = [[place[a.id, lot.id] for lot in queue] for a in home.accounts for queue in sale_queues(a)]
    queued = {i for queue in queues for i in queue}
    alike = {(i, i) for i in range(len(facts))}
    alike |= {
        (i, j) for i in range(len(facts)) for j in range(len(facts)) if not {i, j} & queued and kinds[i] == kinds[j]
    }
    for queue in queues:
        runs = [[queue[0]]]
        for before, lot in pairwise(queue):
            if kinds[before] == kinds[lot]:
                runs[-1].append(lot)
            else:
                runs.append([lot])
        alike |= {(i, j) for run in runs for i in run for j in run}
    numbers = lots.interchangeable.tolist()
    assert {(i, j) for i, a in enumerate(numbers) for j, b in enumerate(numbers) if a == b} == alike
