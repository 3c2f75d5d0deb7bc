"""Ledgers that hold only what can matter, against ledgers of every lot: the same losses and purchases."""

import random
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from random_households import featured_household

from lotroute.models.schema.money import exact
from lotroute.models.wash_sales import history
from lotroute.models.wash_sales.after_plan import AfterPlan, wash_windows
from lotroute.models.wash_sales.before_plan import BeforePlan
from lotroute.models.wash_sales.history import WashHistory, forked, plan_events
from lotroute.models.wash_sales.ledger import WashSaleLedger
from lotroute.models.wash_sales.loss_status import loss_statuses
from lotroute.solver.accounting.orders import Order

SEEDS = range(60)


def in_full(home, group, reading):
    """A group's ledger up to the plan by the plain definition: every lot is posted, then the file's bases return."""
    known = WashHistory(home)
    file = known._files[group]
    file.lots = [
        (a.id, lot) for a in home.accounts for lot in a.lots if lot.quantity and home.groups[lot.symbol] == group
    ]
    lots = history._Lots(home, file)
    ledger = WashSaleLedger(frozenset(a.id for a in home.accounts if not a.taxable), home.groups)
    ledger.post(history._past(lots, reading))
    ledger.held = [known._as_in_file(tax_lot) for tax_lot in ledger.held]
    return ledger


def trades_of(home, seed, *, buys):
    """Random sales of any lots, and purchases; with the gain of each, at random where it is taxable."""
    dice, trades, gains = random.Random(seed), [], []
    for account in home.accounts:
        for lot in account.lots:
            if lot.quantity and dice.random() < 0.6:
                part = dice.choice((1, 0.5, 0.25))
                trades.append(Order(account.id, lot.symbol, "sell", lot.quantity * part, lot.id))
                gains.append(exact(round(dice.uniform(-900, 500), 2)) if account.taxable else None)
        for security in home.securities:
            if dice.random() < buys:
                trades.append(Order(account.id, security.symbol, "buy", dice.randint(1, 50)))
                gains.append(None)
    return trades, gains


def what_matters(ledger, home):
    since = home.trade_date - timedelta(30)
    return (
        ledger.disposals,
        ledger.open,
        [each for each in ledger.held if each.replaces and each.acquired >= since],
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_ledger_without_old_lots_gives_what_a_ledger_of_all_lots_gives(seed):
    home = featured_household(seed, around=6)
    trades, gains = trades_of(home, seed, buys=0.3)
    planned, known = plan_events(home, trades, gains), WashHistory(home)
    for group in {*home.groups.values()}:
        for reading, ledger in zip(("earliest", "youngest"), known.readings(group), strict=False):
            full = in_full(home, group, reading)
            assert what_matters(ledger, home) == what_matters(full, home)
            events = [*planned, *known.coming.get(group, ())]
            after, plain = forked(ledger, group, events), forked(full, group, events)
            assert what_matters(after, home) == what_matters(plain, home)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_group_without_a_ledger_has_the_losses_of_its_ledger(seed):
    """What `AfterPlan` says of a group that it posts nothing of is what the group's ledger says."""
    home = featured_household(seed, around=1)
    trades, gains = trades_of(home, seed, buys=0)
    after = AfterPlan(BeforePlan(home), trades, gains)
    for group in {*after.traded} - after.posted:
        ledger = forked(after.history.readings(group)[0], group, plan_events(home, trades, gains))
        losses = [each for each in ledger.disposals if each.gain < 0]
        assert not any(each.replacement_shares for each in losses)
        own = sorted(gains[i] for i in after.traded[group] if (gains[i] or 0) < 0)
        assert sorted(each.gain for each in losses) == [Fraction(gain) for gain in own]
        sold = losses[0].tax_lot if losses else None
        assert after.first_loss(group) == (sold and (sold.symbol, sold.account))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("buys", [0, 0.2])
def test_windows_and_statuses_are_those_of_ledgers_of_every_group(seed, buys):
    home = featured_household(seed, around=3)
    trades, gains = trades_of(home, seed, buys=buys)
    after, full = (AfterPlan(BeforePlan(home), trades, gains) for _ in range(2))
    full.posted, full.matters = {*full.posted, *full.traded}, lambda number: True
    assert wash_windows(after) == wash_windows(full)
    assert loss_statuses(after, "index") == loss_statuses(full, "index")


def test_old_lots_are_brought_in_the_order_of_their_days_whatever_the_order_of_the_sales():
    home = featured_household(3)
    known = WashHistory(home)
    for group in {*home.groups.values()}:
        trades, gains = trades_of(home, 7, buys=0)
        own = [i for i, trade in enumerate(trades) if home.groups[trade.symbol] == group]
        events = [plan_events(home, trades, gains)[i] for i in own]
        held = [forked(known.readings(group)[0], group, order).held for order in (events, events[::-1])]
        assert held[0] == held[1]
        assert [each.acquired for each in held[0]] == sorted(each.acquired for each in held[0])


def test_more_than_is_held_is_refused_without_a_ledger_too():
    home = featured_household(5, around=0)
    account, lot = next((a, lot) for a in home.accounts if a.taxable for lot in a.lots if lot.quantity)
    order = Order(account.id, lot.symbol, "sell", lot.quantity * 2, lot.id)
    for orders in ([order], [replace(order, quantity=lot.quantity * 0.6)] * 2):
        with pytest.raises(ValueError, match="sold than held"):
            AfterPlan(BeforePlan(home), orders, [exact(-5)] * len(orders)).replays  # noqa: B018
