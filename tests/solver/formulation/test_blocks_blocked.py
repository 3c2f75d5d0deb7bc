"""Rows of blocked lots and purchases: wash sales, holding periods, waiting for a long-term gain."""

from datetime import timedelta

import pytest
from block_cases import (
    TODAY,
    broken,
    household,
    lot,
    program_of,
    trade,
)

from lotroute.models import Policy


def scheduled(days):
    return {"account": "ira", "symbol": "A", "date": TODAY + timedelta(days)}


@pytest.mark.parametrize(
    ("around", "washed"),
    [
        ({"recent_trades": [trade("buy", 0, account="ira")]}, True),
        ({"recent_trades": [trade("buy", 30)]}, True),
        ({"recent_trades": [trade("buy", 31)]}, False),
        ({"recent_trades": [trade("buy", 3, symbol="B")]}, False),
        ({"recent_trades": [trade("sell", 3, gain=10)]}, False),
        ({"scheduled_buys": [scheduled(0)]}, True),
        ({"scheduled_buys": [scheduled(30)]}, True),
        ({"scheduled_buys": [scheduled(31)]}, False),
        ({"ira": {"lots": [lot("new", days=30)]}}, True),
        ({"ira": {"lots": [lot("new", days=31)]}}, False),
    ],
)
def test_a_loss_is_not_sold_within_30_days_of_a_purchase_in_any_account(around, washed):
    program = program_of(household(**around), "wash")
    assert broken(program, {"sell[joint/a]": 1, **({} if washed else {"z[A]": 1})}) == ["W1[joint/a]"] * washed


@pytest.mark.parametrize(
    ("sale", "barred"),
    [
        (trade("sell", 0, gain=-1), True),
        (trade("sell", 30, gain=-1), True),
        (trade("sell", 31, gain=-1), False),
        (trade("sell", 3), True),
        (trade("sell", 3, gain=0), False),
        (trade("sell", 3, gain=5), False),
        (trade("sell", 3, account="ira"), False),
        (trade("sell", 3, gain=-1, symbol="B"), False),
        (trade("buy", 3), False),
    ],
)
def test_what_was_sold_at_a_loss_is_not_bought_for_30_days_in_any_account(sale, barred):
    program = program_of(household([], recent_trades=[sale]), "wash")
    assert broken(program, {"buy[joint/A]": 1}) == ["W2[joint/A]"] * barred
    assert broken(program, {"buy[ira/A]": 1}) == ["W2[ira/A]"] * barred


def test_a_gain_is_sold_whatever_was_bought():
    home = household([lot("gain", basis=50, days=20), lot("even", basis=99)], recent_trades=[trade("buy", 3)])
    assert broken(program_of(home, "wash"), {"sell[joint/gain]": 1, "sell[joint/even]": 1, "buy[ira/A]": 1}) == []


def test_a_group_is_harvested_or_bought():
    program = program_of(household([lot("a"), lot("c"), lot("gain", basis=1)]), "wash")
    harvest, purchase = {"sell[joint/a]": 10_000, "sell[joint/c]": 1}, {"buy[joint/A]": 500, "buy[ira/A]": 1}
    assert broken(program, harvest | {"z[A]": 1}) == []
    assert broken(program, purchase | {"z[A]": 0, "sell[joint/gain]": 9}) == []
    assert broken(program, harvest) == ["W3[joint/a]", "W3[joint/c]"]
    assert broken(program, purchase | {"z[A]": 1}) == ["W4[ira/A]", "W4[joint/A]"]
    assert broken(program, harvest | {"z[A]": 0.5}) == ["W3[joint/a]", "z[A]"]


def test_securities_of_one_group_are_one_thing():
    alike = [
        {"symbol": s, "price": 100, "exposures": c, "identity_group": "X"} for s, c in (("A", "stock"), ("B", "bond"))
    ]
    program = program_of(household(securities=alike, recent_trades=[trade("buy", 3, symbol="B")]), "wash")
    assert broken(program, {"sell[joint/a]": 1}) == ["W1[joint/a]"]
    program = program_of(household(securities=alike), "wash")
    assert broken(program, {"sell[joint/a]": 1, "z[X]": 1, "buy[ira/B]": 1}) == ["W4[ira/B]"]


@pytest.mark.parametrize(
    "one_sided",
    [
        {"lots": []},  # nothing to harvest
        {"lots": [lot("gain", basis=50)]},
        {"recent_trades": [trade("buy", 3)]},  # nothing may be harvested
        {"recent_trades": [trade("sell", 3, gain=-1)]},  # nothing may be bought
        {"joint": {"menu": ["A"]}, "ira": {"menu": ["B"]}, "recent_trades": [trade("sell", 3)]},
    ],
)
def test_a_group_with_rows_of_one_kind_needs_no_binary(one_sided):
    assert len(program_of(household(**one_sided), "wash").integers()) == 0


# -- holding periods: TODAY is 2026-06-15; a lot of 2025-06-15 is long-term on 06-16, tomorrow -------------------------


@pytest.mark.parametrize(
    ("days", "kept"),
    [(0, True), (9, True), (10, False), (11, False)],
)
def test_a_lot_is_held_for_the_policy_s_minimum_in_any_account(days, kept):
    home = household([lot("gain", basis=50, days=days)], ira={"lots": [lot("b", days=days)]})
    program = program_of(home, "blocked", policy=Policy(minimum_holding_days=10, long_term_wait_days=0))
    assert broken(program, {"sell[joint/gain]": 1}) == ["H1[joint/gain]"] * kept
    assert broken(program, {"sell[ira/b]": 1}) == ["H1[ira/b]"] * kept


def test_a_sheltered_lot_without_a_date_is_free():
    program = program_of(household(), "blocked", policy=Policy(minimum_holding_days=10_000))
    assert broken(program, {"sell[ira/b]": 1}) == []


@pytest.mark.parametrize(
    ("days", "basis", "wait", "kept"),
    [
        (365, 50, 1, True),
        (365, 50, 0, False),
        (366, 50, 400, False),  # long-term
        (336, 50, 30, True),
        (335, 50, 30, False),
        (365, 120, 30, False),  # a loss
        (365, 99, 30, False),  # neither
    ],
)
def test_a_short_term_gain_waits_where_it_is_soon_long_term(days, basis, wait, kept):
    home = household([lot("a", days=days, basis=basis)])
    program = program_of(home, "blocked", policy=Policy(long_term_wait_days=wait))
    assert broken(program, {"sell[joint/a]": 1}) == ["H2[joint/a]"] * kept


def test_a_sheltered_lot_does_not_wait_for_a_term():
    program = program_of(household(ira={"lots": [lot("b", days=365, basis=1)]}), "blocked")
    assert broken(program, {"sell[ira/b]": 1}) == []
