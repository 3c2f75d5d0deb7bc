"""The wash-sale ledger: cases counted by hand."""

import dataclasses
from datetime import date, timedelta
from fractions import Fraction

import pytest
from wash_events import (
    come,
    day,
    replay,
    sale,
)

from lotroute.models.wash_sales.ledger import WashSaleLedger


def results(ledger):
    """Of each disposal: lot, gain, deferred, lost."""
    return [(each.tax_lot.lot, each.gain, each.deferred, each.lost) for each in ledger.disposals]


# -- by hand -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "deferred"), [(-31, 0), (-30, 60), (-1, 60), (0, 60), (1, 60), (30, 60), (31, 0)])
def test_the_thirtieth_day_is_in_and_the_thirty_first_is_out_on_both_sides(days, deferred):
    ledger = replay(come(0, 10, 100, "old"), sale(100, 10, 40, "old"), come(100 + days, 10, 50, "new"))
    assert results(ledger) == [("old", -60, deferred, 0)]
    assert ledger.held[0].basis == 50 + deferred


def test_the_window_is_counted_in_days_across_a_leap_day_and_a_year_s_end():
    for sold, last in ((date(2024, 2, 1), date(2024, 3, 2)), (date(2025, 12, 31), date(2026, 1, 30))):
        for bought, deferred in ((last, 60), (last + timedelta(days=1), 0)):
            ledger = replay(come(0, 10, 100, "old", day=date(2023, 1, 3)), sale(0, 10, 40, "old", day=sold))
            ledger.post([come(0, 10, 50, "new", day=bought)])
            assert ledger.disposals[0].deferred == deferred


def test_fewer_shares_bought_than_sold_leave_the_rest_of_the_loss():
    ledger = replay(come(0, 10, 100, "old"), sale(100, 10, 40, "old"), come(105, 4, 20, "new"))
    assert results(ledger) == [("old", -60, 24, 0)]
    assert ledger.disposals[0].allowed == -36
    assert [loss.quantity for loss in ledger.open] == [6]


def test_more_shares_bought_than_sold_are_adjusted_only_as_far_as_needed():
    ledger = replay(come(0, 10, 100, "old"), sale(100, 10, 40, "old"), come(105, 25, 125, "new"))
    assert [(each.quantity, each.basis, each.replaces) for each in ledger.held] == [(10, 110, False), (15, 75, True)]


def test_the_earliest_purchase_replaces_first_and_the_earliest_loss_is_replaced_first():
    ledger = replay(
        come(0, 10, 100, "a"),
        come(1, 10, 200, "b"),
        sale(100, 10, 40, "b"),
        sale(101, 10, 40, "a"),
        come(105, 5, 10, "c"),
        come(106, 10, 10, "d"),
    )
    assert results(ledger) == [("b", -160, 160, 0), ("a", -60, 30, 0)]
    assert [(each.lot, each.quantity, each.basis) for each in ledger.held] == [("c", 5, 90), ("d", 5, 85), ("d", 5, 35)]


def test_of_two_sales_of_one_day_the_older_shares_go_first_unless_the_order_is_known():
    events = [come(0, 10, 100, "a"), come(1, 10, 200, "b"), come(105, 10, 10, "new")]
    sales = [sale(100, 10, 40, "b"), sale(100, 10, 40, "a")]
    assert results(replay(*events, *sales)) == [("a", -60, 60, 0), ("b", -160, 0, 0)]
    known = [dataclasses.replace(each, sequence=place) for place, each in enumerate(sales)]
    assert results(replay(*events, *known)) == [("b", -160, 160, 0), ("a", -60, 0, 0)]


def test_a_gain_and_a_sale_at_cost_are_never_touched():
    ledger = replay(come(0, 10, 100, "a"), come(1, 10, 100, "b"), sale(100, 10, 140, "a"), sale(101, 10, 100, "b"))
    ledger.post([come(102, 20, 200, "new")])
    assert results(ledger) == [("a", 40, 0, 0), ("b", 0, 0, 0)]
    assert ledger.held[0].replaces


def test_the_rest_of_the_same_order_is_no_replacement():
    pieces = [come(90, 5, 50, "a", order="one"), come(90, 5, 50, "b", order="one")]
    assert results(replay(*pieces, sale(100, 5, 20, "a"))) == [("a", -30, 0, 0)]
    assert results(replay(come(90, 10, 100, "a"), sale(100, 5, 20, ("a", Fraction(5))))) == [("a", -30, 0, 0)]


def test_two_orders_of_one_day_are_two_purchases():
    ledger = replay(come(90, 5, 50, "a"), come(90, 5, 50, "b"), sale(100, 5, 20, "a"))
    assert results(ledger) == [("a", -30, 30, 0)]


def test_a_lot_of_the_same_name_in_another_account_is_another_purchase():
    ledger = replay(come(90, 5, 50, "a"), come(90, 5, 50, "a", account="other"), sale(100, 5, 20, "a"))
    assert results(ledger) == [("a", -30, 30, 0)]


@pytest.mark.parametrize("side", ["inherit", "gift_in", "transfer_in"])
def test_what_is_neither_bought_nor_exchanged_replaces_nothing(side):
    ledger = replay(come(0, 10, 100, "old"), sale(100, 10, 40, "old"), come(105, 10, 50, "new", side=side))
    assert results(ledger) == [("old", -60, 0, 0)]
    before = replay(come(0, 10, 100, "old"), come(95, 10, 50, "new", side=side), sale(100, 10, 40, "old"))
    assert results(before) == [("old", -60, 0, 0)]


@pytest.mark.parametrize("side", ["buy", "reinvest", "vest", "option"])
def test_what_is_bought_reinvested_vested_or_optioned_replaces(side):
    ledger = replay(come(0, 10, 100, "old"), sale(100, 10, 40, "old"), come(105, 10, 50, "new", side=side))
    assert results(ledger) == [("old", -60, 60, 0)]


def test_a_purchase_that_was_used_before_replaces_nothing():
    ledger = replay(come(0, 10, 100, "old"), sale(100, 10, 40, "old"), come(105, 10, 50, "new", used=True))
    assert results(ledger) == [("old", -60, 0, 0)]


def test_a_purchase_sold_before_the_loss_replaces_nothing():
    ledger = replay(come(0, 10, 100, "old"), come(90, 10, 50, "new"), sale(95, 10, 60, "new"), sale(100, 10, 40, "old"))
    assert results(ledger) == [("new", 10, 0, 0), ("old", -60, 0, 0)]


def test_one_sale_of_all_shares_moves_the_loss_into_the_shares_that_it_sells_next():
    ledger = replay(come(0, 10, 100, "old"), come(90, 10, 50, "new"), sale(100, 20, 80, ("old", 10), ("new", 10)))
    assert results(ledger) == [("old", -60, 60, 0), ("new", -70, 0, 0)]
    assert sum(each.allowed for each in ledger.disposals) == 80 - 150
    assert ledger.held == []


def test_an_identity_group_counts_as_one_security_and_other_securities_do_not():
    events = [come(0, 10, 100, "old"), sale(100, 10, 40, "old"), come(105, 10, 50, "new", symbol="B")]
    assert results(replay(*events, groups={"A": "index", "B": "index"})) == [("old", -60, 60, 0)]
    assert results(replay(*events)) == [("old", -60, 0, 0)]


def test_a_purchase_in_an_ira_ends_a_loss_for_good():
    ledger = replay(come(0, 10, 100, "old"), sale(100, 10, 40, "old"), come(105, 10, 50, "new", account="ira"))
    assert results(ledger) == [("old", -60, 0, 60)]
    assert ledger.disposals[0].allowed == 0
    assert (ledger.held[0].basis, ledger.held[0].held_since) == (50, day(105))


def test_an_ira_ends_a_chain_with_what_was_deferred_before():
    ledger = replay(
        come(0, 10, 100, "a"),
        sale(100, 10, 40, "a"),
        come(105, 10, 50, "b"),
        sale(140, 10, 45, "b"),
        come(150, 10, 50, "c", account="ira"),
    )
    assert results(ledger) == [("a", -60, 60, 0), ("b", -65, 0, 65)]
    assert sum(each.allowed for each in ledger.disposals) == 0


def test_a_loss_in_an_ira_is_none():
    ledger = replay(come(0, 10, 100, "a", account="ira"), sale(100, 10, 40, "a", account="ira"), come(105, 10, 50, "b"))
    assert ledger.disposals == []
    assert [each.basis for each in ledger.held if not each.gone] == [50]


@pytest.mark.parametrize(("account", "lost"), [("ira", 60), ("joint", 0)])
def test_a_purchase_in_an_ira_replaces_though_its_shares_are_sold_again(account, lost):
    bought, sold = come(90, 10, 50, "b", account=account), sale(95, 10, 55, "b", account=account)
    for day_of_sale in (95, 100):
        ledger = replay(come(0, 10, 100, "a"), bought, sold, sale(day_of_sale, 10, 40, "a", sequence=1))
        assert ledger.disposals[-1].lost == lost
        assert ledger.disposals[-1].deferred == 0


def test_a_purchase_of_shares_that_are_gone_replaces_once():
    ledger = replay(
        come(0, 20, 200, "a"),
        come(90, 5, 25, "b", account="ira"),
        sale(95, 5, 25, "b", account="ira"),
        sale(100, 10, 40, "a"),
        sale(101, 10, 40, "a"),
    )
    assert results(ledger) == [("a", -60, 0, 30), ("a", -60, 0, 0)]
    with pytest.raises(ValueError, match="more of A sold than held"):
        ledger.post([sale(102, 1, 5, "b", account="ira")])


def test_deferred_loss_turns_a_gain_into_a_loss_that_is_washed_again():
    ledger = replay(
        come(0, 10, 100, "a"),
        sale(100, 10, 40, "a"),
        come(105, 10, 40, "b"),
        sale(120, 10, 70, "b"),
        come(130, 10, 80, "c"),
        sale(200, 10, 80, "c"),
    )
    assert results(ledger) == [("a", -60, 60, 0), ("b", -30, 30, 0), ("c", -30, 0, 0)]


def test_the_three_readings_of_the_holding_period_differ_where_the_replacement_came_first():
    ledger = replay(come(0, 10, 100, "a"), come(160, 10, 50, "b"), sale(181, 10, 40, "a"))
    (held,) = ledger.held
    assert (held.held_since, held.without_overlap, held.since_replaced) == (day(160 - 181), day(0), day(0))
    ledger.post([sale(352, 10, 200, "b")])
    last = ledger.disposals[-1]
    assert (last.term, last.term_is_clear) == ("long", False)


def test_where_the_readings_agree_the_term_is_clear():
    ledger = replay(come(0, 10, 100, "a"), sale(400, 10, 40, "a"), come(401, 10, 50, "b"), sale(450, 10, 90, "b"))
    assert [(each.term, each.term_is_clear) for each in ledger.disposals] == [("long", True), ("long", True)]


def test_the_first_shares_in_are_sold_where_no_lot_is_named():
    ledger = replay(come(0, 10, 100, "a"), come(5, 10, 120, "b"), sale(100, 15, 150))
    assert [(each.tax_lot.lot, each.tax_lot.quantity, each.gain) for each in ledger.disposals] == [
        ("a", 10, 0),
        ("b", 5, -10),
    ]


@pytest.mark.parametrize(
    "event",
    [
        sale(5, 11, 40),
        sale(5, 11, 40, "a"),
        sale(5, 1, 40, "b"),
        sale(5, 1, 40, account="other"),
        sale(5, 1, 40, symbol="B"),
    ],
)
def test_a_sale_of_more_than_is_held_is_refused(event):
    with pytest.raises(ValueError, match="sold than held"):
        replay(come(0, 10, 100, "a"), event)


def test_whether_a_replacement_is_still_held_is_known():
    ledger = replay(come(0, 10, 100, "a"), sale(100, 10, 40, "a"), come(105, 10, 50, "b"))
    (replacement,) = ledger.disposals[0].replacement_shares
    assert ledger.still_holds(replacement.tax_lot)
    assert ledger.post([sale(110, 4, 40, "b")]).still_holds(replacement.tax_lot)
    assert not ledger.post([sale(111, 6, 60, "b")]).still_holds(replacement.tax_lot)


def test_a_sale_looks_only_at_the_purchases_of_its_window(monkeypatch):
    """Ten years of monthly purchases, all sold at a loss: each sale is compared with a few purchases, not with all."""
    looked = []
    real = WashSaleLedger._replaces
    monkeypatch.setattr(WashSaleLedger, "_replaces", lambda *args: looked.append(args) or real(*args))
    lots = [come(30 * month, 10, 100, f"lot {month}") for month in range(120)]
    sales = [sale(30 * 120 + 100 + i, 10, 40, f"lot {i}") for i in range(120)]
    ledger = replay(*lots, *sales)
    assert len(ledger.disposals) == 120
    assert len(looked) == 0
    recent = [come(30 * 120 + 90 + i, 1, 10, f"new {i}") for i in range(20)]
    assert sum(bool(each.replacement_shares) for each in replay(*lots, *sales, *recent).disposals) > 0
    assert len(looked) < 120 * 50
