"""What stands in the way of a loss, found by group and order, against each lot and purchase by itself."""

import random
from datetime import timedelta

import pytest
from random_households import featured_household

from lotroute.fixtures.trading import trade_heavily
from lotroute.models.wash_sales.before_plan import BeforePlan
from lotroute.models.wash_sales.history import order_of

MONTH = timedelta(30)


def with_orders(home, rng):
    """The household with some lots of one account bought in common orders."""

    def ordered(account):
        lots = (lot.model_copy(update={"order": rng.choice((None, "x", "y"))}) for lot in account.lots)
        return account.model_copy(update={"lots": tuple(lots)})

    return home.model_copy(update={"accounts": tuple(map(ordered, home.accounts))})


def lots_of(home):
    return [(account, lot) for account in home.accounts for lot in account.lots]


@pytest.mark.parametrize("seed", range(60))
def test_each_lot_meets_the_purchases_of_its_group_but_those_of_its_order(seed):
    rng = random.Random(seed)
    home = with_orders(trade_heavily(featured_household(seed, around=4), seed), rng)
    wash, lots = BeforePlan(home), lots_of(home)
    closed = {(account.id, lot.id) for account, lot in lots if rng.random() < 0.3}
    open_ = {(account.id, lot.id) for account, lot in lots if account.taxable} - closed
    stuck = wash.stuck(closed)
    for account, lot in lots:
        purchases = wash.purchases.get(home.groups[lot.symbol], [])
        against = [each for each in purchases if each.order != order_of(account.id, lot)]
        window = wash.window(account.id, lot)
        until = max((each.acquired + MONTH + timedelta(1) for each in against), default=None)
        assert (window and window.until) == until
        cleanable = all((each.account, each.lot) in open_ for each in against)
        assert wash.cleanable(account.id, lot, stuck) == cleanable
        young = lot.how_acquired == "purchase" and lot.acquired and lot.acquired >= home.trade_date - MONTH
        sure = len(wash.history.readings(home.groups[lot.symbol])) == 1
        assert wash.washable(account.id, lot) == (sure and not young and against == purchases)


def test_the_random_lots_have_every_case():
    """Lots with and without purchases against them, that a clean-out can and cannot free, and of a purchase's order."""
    found = set()
    for seed in range(60):
        home = with_orders(trade_heavily(featured_household(seed, around=4), seed), random.Random(seed))
        wash = BeforePlan(home)
        stuck = wash.stuck(set())
        for account, lot in lots_of(home):
            purchases = wash.purchases.get(home.groups[lot.symbol], [])
            own = order_of(account.id, lot) in {each.order for each in purchases}
            found.add((wash.window(account.id, lot) is not None, wash.cleanable(account.id, lot, stuck), own))
    assert found >= {(True, True, False), (True, False, False), (True, False, True), (False, True, True)}


@pytest.mark.parametrize("seed", range(40))
def test_scheduled_and_reinvested_purchases_are_those_of_their_group(seed):
    home = trade_heavily(featured_household(seed, around=4), seed)
    history, group = BeforePlan(home).history, home.groups
    assert all(group[event.symbol] == name for name, events in history.coming.items() for event in events)
    concerned = {group[trade.symbol] for trade in home.recent_trades}
    concerned |= {group[buy.symbol] for buy in home.scheduled_buys}
    concerned |= {group[symbol] for account in home.accounts for symbol in account.reinvests}
    since = home.trade_date - timedelta(61)
    concerned |= {group[lot.symbol] for _, lot in lots_of(home) if lot.acquired and lot.acquired >= since}
    assert history.concerned == concerned
