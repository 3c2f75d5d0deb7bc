"""What the books keep while orders are posted is what the orders come to, counted again from the beginning."""

from decimal import Decimal

import numpy as np
import pytest
from points import random_trades
from random_households import featured_household, featured_policy

from lotroute.models import days_to_long_term
from lotroute.models.household.parts.lot_rules import held_since
from lotroute.models.schema.money import exact
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.replay import priced, replay
from lotroute.solver.accounting.running_totals import RunningTotals
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.search.rounding import _Rounding

SEEDS = range(0, 120, 3)


def traded(seed):
    """The rounding of random trades, with the household's books."""
    home = featured_household(seed, lots=(6, 30))
    policy = featured_policy(seed, home)
    problem, books = build_problem(home, policy), Books(home, policy)
    return _Rounding(problem, books, *random_trades(problem, np.random.default_rng(seed))), books


@pytest.mark.parametrize("seed", SEEDS)
def test_the_cash_that_rounding_keeps_is_that_of_its_orders(seed):
    rounding, books = traded(seed)
    after = replay(books, rounding.orders())
    for place, account in enumerate(rounding.problem.accounts):
        placed = {(o.symbol, o.side) for o in rounding.orders() if o.account == account}
        assert rounding.cash[place] - len(placed) * books.commission[account] == after.cash[account]
        assert rounding.missing(place) == rounding.least[place] - after.cash[account]


@pytest.mark.parametrize("seed", SEEDS)
def test_orders_that_are_taken_back_leave_nothing(seed):
    rounding, books = traded(seed)
    orders = rounding.orders()
    kept, gone = orders[::2], orders[1::2]
    totals = RunningTotals(books)
    for order in orders:
        totals.post(order)
    for order in gone:
        totals.post(order, -1)
    without, plain = priced(books, totals), replay(books, kept)
    assert (without.parts, without.cash, without.limited) == (plain.parts, plain.cash, plain.limited)
    assert without.bands == plain.bands


@pytest.mark.parametrize("seed", SEEDS)
def test_drift_is_summed_over_every_band(seed):
    rounding, books = traded(seed)
    after = replay(books, rounding.orders())
    total = Decimal(0)
    for band in after.bands:
        prices = books.policy.drift_prices[band.kind]
        outside, width = (
            band.outside(books.target_value),
            exact(prices.near_width) * max(books.target_value, Decimal(0)),
        )
        near = min(outside, width)
        total += exact(prices.near_cost) * near + exact(prices.far_cost) * (outside - near)
    assert abs(after.parts["drift"] - total) <= Decimal("0.005")


@pytest.mark.parametrize("seed", SEEDS)
def test_lots_with_a_short_term_gain_are_those_that_the_calendar_and_the_price_name(seed):
    _, books = traded(seed)
    found, today = [], books.household.trade_date
    for (account, _), lot in books.lots.items():
        gain = books.gain_per_share(account, lot)
        days = 0 if gain is None else days_to_long_term(held_since(lot, gain), today)
        if gain is not None and gain > 0 and days > 0:
            found.append((account, lot, days, gain))
    assert list(books.short_term_gains()) == found
