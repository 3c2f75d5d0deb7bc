"""How a household's file becomes trades of the wash-sale ledger: what is held, what was sold, what is still open."""

from datetime import timedelta
from fractions import Fraction

import pytest
from history_cases import TODAY, household

from lotroute.models.wash_sales.history import (
    UNKNOWN,
    WashHistory,
    forked,
    plan_events,
    scheduled,
)
from lotroute.models.wash_sales.ledger import Event


def lot(name, days=1000, quantity=100, **changed):
    known = {"id": name, "symbol": "A", "quantity": quantity, "basis_per_share": 12}
    return known | {"acquired": TODAY - timedelta(days)} | changed


def undated(name, quantity=100):
    return {"id": name, "symbol": "A", "quantity": quantity}


def trade(side, days, quantity=100, **changed):
    known = {"account": "joint", "symbol": "A", "side": side, "date": TODAY - timedelta(days), "quantity": quantity}
    return known | changed


def sale(name, quantity, account="joint"):
    """A sale of today at a gain, from one lot."""
    shares = Fraction(quantity)
    return Event(TODAY, "sell", account, "A", shares, 1000 * shares, lots=((name, shares),))


def history(home):
    return WashHistory(home).readings("A")[0]


def near(replay):
    """What may replace a loss of today: account, lot, shares."""
    since = TODAY - timedelta(30)
    return [(each.account, each.lot, each.quantity) for each in replay.held if each.replaces and each.acquired >= since]


def test_lots_keep_their_ids_dates_orders_and_the_bases_of_the_file():
    home = household([lot("old", basis_per_share=12.1), lot("new", 5, 30, order="x")], [lot("b", 3, 10)])
    replay = history(home)
    assert near(replay) == [("joint", "new", 30), ("ira", "b", 10)]
    held = forked(replay, "A", [sale("old", 1)]).held
    assert [(each.lot, each.acquired, each.quantity, each.basis) for each in held] == [
        ("old", TODAY - timedelta(1000), 99, Fraction("1197.9")),
        ("new", TODAY - timedelta(5), 30, 360),
        ("b", TODAY - timedelta(3), 10, 120),
    ]
    assert [each.order for each in held] == ["joint/old", "joint;order x", "ira/b"]
    assert replay.sheltered == {"ira"}


def test_a_lot_of_no_shares_is_not_there():
    assert [each.lot for each in history(household([lot("empty", 5, 0), lot("a", 4)])).held] == ["a"]


def test_an_undated_lot_was_bought_long_ago_but_for_what_the_recent_trades_say():
    home = household(ira=[undated("u", 300)], recent_trades=[trade("buy", 5, 40, account="ira")])
    replay = history(home)
    assert [(account, shares) for account, _, shares in near(replay)] == [("ira", 40)]
    held = forked(replay, "A", [sale("u", 1, "ira")]).held
    assert [(each.lot, each.quantity) for each in held if each.acquired.year < 2000 and not each.gone] == [("u", 299)]


def test_a_recent_buy_that_is_a_dated_lot_counts_once():
    home = household([lot("new", 5, 40)], recent_trades=[trade("buy", 5, 40)])
    assert near(history(home)) == [("joint", "new", 40)]


def test_a_recent_buy_larger_than_its_dated_lot_counts_with_the_rest():
    home = household([lot("new", 5, 40)], recent_trades=[trade("buy", 5, 60)])
    assert sorted(shares for *_, shares in near(history(home))) == [20, 40]


def test_a_recent_buy_that_a_later_sale_explains_is_gone():
    recent = [trade("buy", 9, 60), trade("sell", 5, 20, gain=50)]
    assert near(history(household([lot("new", 9, 40)], recent_trades=recent))) == [("joint", "new", 40)]


def test_no_gone_share_is_left_in_the_replay():
    recent = [trade("buy", 9, 60), trade("sell", 5, 60, gain=50)]
    assert history(household(recent_trades=recent)).held == []


def test_the_loss_of_a_round_trip_is_open():
    recent = [trade("buy", 14), trade("sell", 10, gain=-500)]
    assert [loss.quantity for loss in history(household(recent_trades=recent)).open] == [100]


def test_a_sale_before_a_purchase_does_not_explain_it():
    recent = [trade("sell", 14, account="ira"), trade("buy", 5, account="ira")]
    home = household(ira=[undated("u", 300)], recent_trades=recent)
    assert [(account, shares) for account, _, shares in near(history(home))] == [("ira", 100)]


def test_a_recent_loss_is_open_with_its_dollars_and_a_recent_gain_is_not():
    replay = history(household(recent_trades=[trade("sell", 5, 40, gain=-123.45), trade("sell", 4, 10, gain=1)]))
    assert [(loss.quantity, replay.disposals[loss.disposal].gain) for loss in replay.open] == [
        (40, Fraction("-123.45"))
    ]


def test_a_sale_of_unknown_result_uses_no_purchase_up():
    home = household(recent_trades=[trade("sell", 5, 40), trade("buy", 5, 40, account="ira")])
    assert history(home).open == []
    assert [(account, shares) for account, _, shares in near(history(home))] == [("ira", 40)]
    assert WashHistory(home).unknown_sales == {"A": [home.recent_trades[0]]}
    known = household(recent_trades=[trade("sell", 31, 40), trade("sell", 3, 40, gain=1)])
    assert WashHistory(known).unknown_sales == {}
    assert [*WashHistory(household(recent_trades=[trade("sell", 30, 40)])).unknown_sales] == ["A"]


YOUNG = {"id": "young", "symbol": "A", "quantity": 60, "basis_per_share": 120, "acquired": TODAY - timedelta(10)}


@pytest.mark.parametrize("purchase", [[], [trade("buy", 10, 100)]], ids=["not listed", "listed"])
def test_the_rest_of_a_lot_sold_in_part_at_a_loss_does_not_replace_it(purchase):
    sale = trade("sell", 2, 40, gain=-800)
    replay = history(household(joint=[YOUNG], recent_trades=[*purchase, sale | {"lot": "young"}]))
    assert [loss.quantity for loss in replay.open] == [40]
    replay = history(household(joint=[YOUNG], recent_trades=[*purchase, sale | {"lot": "an old one"}]))
    assert [loss.quantity for loss in replay.open] == ([40] if purchase else [])


def test_a_sale_that_names_no_lot_is_of_the_earliest_shares_or_of_the_lot_bought_last():
    sale = trade("sell", 2, 40, gain=-800)
    home = household(joint=[YOUNG], recent_trades=[sale])
    assert WashHistory(home).unclear_sales == [home.recent_trades[0]]
    earliest, youngest = WashHistory(home).readings("A")
    assert earliest.open == []
    assert near(earliest) == [("joint", "young", 20)]
    assert [loss.quantity for loss in youngest.open] == [40]
    assert near(youngest) == [("joint", "young", 60)]


@pytest.mark.parametrize(
    "changed",
    [
        {"recent_trades": [trade("buy", 10, 60), trade("sell", 2, 40, gain=-800)]},  # the lot is held whole
        {"recent_trades": [trade("buy", 10, 100), trade("sell", 2, 40, gain=-800)]},  # the sale took the rest of it
        {"recent_trades": [trade("sell", 2, 40, gain=-800, lot="gone")]},
        {"recent_trades": [trade("sell", 2, 40, gain=800)]},
        {"recent_trades": [trade("sell", 11, 40, gain=-800)]},  # the lot came later
        {"recent_trades": [trade("sell", 2, 40, gain=-800)], "joint": [YOUNG | {"acquired": TODAY - timedelta(33)}]},
    ],
    ids=["held whole", "listed", "named", "a gain", "before the lot", "31 days before"],
)
def test_a_sale_has_one_reading_if_the_file_rules_out_the_other(changed):
    home = household(**({"joint": [YOUNG]} | changed))
    assert WashHistory(home).unclear_sales == []
    assert len(WashHistory(home).readings("A")) == 1


def test_lots_keep_the_dates_of_the_file_whatever_they_replaced():
    home = household([lot("new", 20, 100)], recent_trades=[trade("sell", 10, 60, gain=-100, lot="gone")])
    for each in history(home).held:
        assert {each.held_since, each.without_overlap, each.since_replaced} == {TODAY - timedelta(20)}


def test_a_sale_in_an_ira_is_no_loss():
    assert history(household(recent_trades=[trade("sell", 5, 40, account="ira")])).disposals == []


def test_a_purchase_of_the_thirtieth_day_replaces_a_recent_loss_and_one_of_the_thirty_first_does_not():
    for days, left in ((30, 0), (31, 1)):
        replay = history(household(recent_trades=[trade("sell", days, 40, gain=-100)]))
        fork = forked(replay, "A", [Event(TODAY, "buy", "joint", "A", Fraction(40), Fraction(40), "n")])
        assert sum(each.replaces for each in fork.held) == left
        assert replay.held == []


def test_earlier_losses_use_up_earlier_purchases():
    home = household([lot("new", 20, 100)], recent_trades=[trade("sell", 10, 60, gain=-100, lot="gone")])
    replay = history(home)
    assert near(replay) == [("joint", "new", 40)]
    assert replay.open == []


def test_bases_stay_as_in_the_file_whatever_was_deferred():
    home = household([lot("new", 20, 100)], recent_trades=[trade("sell", 10, 60, gain=-100, lot="gone")])
    assert [(each.quantity, each.basis) for each in history(home).held] == [(60, 720), (40, 480)]


def test_the_ledger_counts_an_identity_group_together():
    home = household(
        [lot("b", 20, symbol="B")], groups={"A": "g", "B": "g"}, recent_trades=[trade("sell", 9, 30, gain=-9)]
    )
    assert WashHistory(home).concerned == {"g"}
    assert near(WashHistory(home).readings("g")[0]) == [("joint", "b", 70)]


def test_scheduled_buys_come_with_their_shares_or_with_more_than_any_sale():
    buys = [{"account": "ira", "symbol": "A", "date": TODAY + timedelta(days)} for days in (0, 30, 31)]
    found = scheduled(household(scheduled_buys=[buys[0] | {"quantity": 2.5}, *buys[1:]]))
    assert [(each.day, each.account, each.side, each.quantity) for each in found] == [
        (TODAY, "ira", "buy", Fraction("2.5")),
        (TODAY + timedelta(30), "ira", "buy", UNKNOWN),
    ]


def test_a_dividend_is_reinvested_in_what_is_held():
    found = scheduled(household(ira=[undated("u")], reinvests=["A", "B"]))
    assert [(each.side, each.account, each.symbol, each.quantity) for each in found] == [
        ("reinvest", "ira", "A", UNKNOWN)
    ]
    assert TODAY < found[0].day <= TODAY + timedelta(30)


def test_a_dividend_replaces_a_loss_of_the_plan_for_good_in_an_ira():
    home = household([lot("old")], [undated("u")], reinvests=["A"])
    planned = Event(TODAY, "sell", "joint", "A", Fraction(100), Fraction(1000), lots=(("old", Fraction(100)),))
    after = forked(history(home), "A", [planned, *scheduled(home)])
    assert [(each.gain, each.lost) for each in after.disposals] == [(-200, 200)]


class Trade:
    def __init__(self, side, quantity, lot=None, account="joint", symbol="A"):
        self.account, self.symbol, self.side, self.quantity, self.lot = account, symbol, side, quantity, lot


def test_a_plan_s_sales_come_oldest_first_and_before_its_purchases():
    home = household([lot("young", 100), lot("old", 900)])
    trades = [Trade("buy", 5, account="ira"), Trade("sell", 10, "young"), Trade("sell", 20.5, "old")]
    found = sorted(plan_events(home, trades, [None, -20, -41]), key=lambda each: each.sequence)
    assert [(each.side, each.lots, each.amount) for each in found] == [
        ("sell", (("old", Fraction("20.5")),), Fraction("246") - 41),
        ("sell", (("young", Fraction(10)),), 100),
        ("buy", (), 5),
    ]


def test_a_plan_s_purchases_in_sheltered_accounts_come_before_those_in_taxable_ones():
    """A loss of ten shares takes the IRA's ten first: it is lost, not deferred, in whatever order they are given."""
    home = household([lot("old", 900)])
    buys = [Trade("buy", 10, account="joint"), Trade("buy", 10, account="ira")]
    for order in (buys, buys[::-1]):
        planned = plan_events(home, [*order, Trade("sell", 10, "old")], [None, None, -20])
        (sold,) = forked(history(home), "A", planned).disposals
        assert (sold.lost, sold.deferred) == (20, 0)


def test_groups_with_a_trade_near_enough_are_concerned():
    assert WashHistory(household([lot("a")])).concerned == set()
    assert WashHistory(household([lot("a", 61)])).concerned == {"A"}
    assert WashHistory(household([lot("a", 62)])).concerned == set()
    assert WashHistory(household(recent_trades=[trade("sell", 5, symbol="B")])).concerned == {"B"}
    assert WashHistory(household(scheduled_buys=[{"account": "ira", "symbol": "B", "date": TODAY}])).concerned == {"B"}
    assert WashHistory(household(reinvests=["A"], groups={"A": "g"})).concerned == {"g"}


def test_other_groups_are_left_out():
    home = household([lot("a", 5), lot("b", 5, symbol="B")])
    assert [each.symbol for each in WashHistory(home).readings("B")[0].held] == ["B"]
