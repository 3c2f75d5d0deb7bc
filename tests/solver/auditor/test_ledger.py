"""The auditor's own wash-sale ledger against the worked cases."""

from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from truth_wash import CASES, NEAR, TERMS, account, event, only_totals, sheltered
from wash_events import GROUPS, IRA, MANY, TRADES, booked

from lotroute.models.wash_sales.ledger import ACQUIRING
from lotroute.solver.auditor.ledger import Ledger, Parcel, term_of


def entered(ledger, move):
    """The sales that a trade makes in a ledger."""
    if move.side == "sell":
        price = move.amount / move.quantity
        return ledger.sell(move.account, move.symbol, move.lots or [(None, move.quantity)], price, move.day)
    if move.quantity:
        order = move.order or f"{move.account}/{move.lot}"
        free, cost = move.side in ACQUIRING and not move.used, move.amount / move.quantity
        come = move.account, move.symbol, move.lot, order, move.day, move.quantity, cost, move.day
        ledger.acquire(Parcel(*come, free=free, side=move.side))
    return []


def replayed(case):
    """What the sales of each trade came to, by its `t`: the case's trades in the auditor's ledgers."""
    groups = {symbol: group[0] for group in case.get("substantially_identical_groups") or () for symbol in group}
    shelter = frozenset(account(trade) for trade in case["trades"] if sheltered(trade))
    ledgers, made = defaultdict(lambda: Ledger(shelter)), {}
    for place, trade in enumerate(case["trades"]):
        sales = entered(ledgers[groups.get(trade["symbol"], trade["symbol"])], event(trade, place))
        if trade["side"] == "sell":
            made[trade.get("t", place)] = sales
    return made


@pytest.mark.parametrize("case", CASES)
def test_every_lot_sold_has_the_gain_the_disallowed_loss_and_the_term_of_the_case(case):
    found = defaultdict(list)
    for t, sales in replayed(case).items():
        for sale in sales:
            found[t, sale.lot, sale.gain > 0].append(sale)
    expected = defaultdict(list)
    for sale in case["expected"]["sales"]:
        expected[sale["t"], str(sale["lot"]), sale["gain_loss_realized"] > 0].append(sale)
    assert set(found) == set(expected) or (only_totals(case) and set(expected) <= set(found))
    fields = ("qty", "gain_loss_realized", "disallowed", "disallowed_permanently", "allowed")
    for key, rows in expected.items():
        sales = found[key]
        lost = sum((part.loss for sale in sales for part in sale.parts if part.fate == "lost"), Fraction(0))
        gain, disallowed = (sum((each(sale) for sale in sales), Fraction(0)) for each in (gain_of, disallowed_of))
        told = [sum(sale.shares for sale in sales), gain, disallowed, lost, gain + disallowed]
        assert [float(each) for each in told] == pytest.approx([sum(row[f] for row in rows) for f in fields], abs=NEAR)
        assert {term_of(sale.since, sale.day) for sale in sales} == {TERMS[row["term"]] for row in rows}


def gain_of(sale):
    return sale.gain


def disallowed_of(sale):
    return sale.disallowed


@pytest.mark.parametrize("case", CASES)
def test_the_shares_that_replace_others_have_the_holding_date_of_the_case(case):
    rows = case["expected"].get("replacement_lots")
    if rows is None:
        assert only_totals(case)
        return
    found, expected = defaultdict(Fraction), defaultdict(float)
    for sales in replayed(case).values():
        for sale in sales:
            for part in sale.parts:
                lost = part.fate == "lost"
                tacked = None if lost else str(part.parcel.day - (sale.day - sale.since))
                found[part.parcel.lot, sale.lot, lost, tacked] += part.shares
    for row in rows:
        lost = bool(row["loss_lost_permanently"])
        expected[str(row["lot"]), str(row["replaces_lot"]), lost, None if lost else row["holding_date_tack"]] += row[
            "qty"
        ]
    assert {key: float(shares) for key, shares in found.items()} == pytest.approx(expected, abs=NEAR)


def outcomes(ledgers):
    """What every sale came to: gain, what is disallowed, what is lost, the day and the shares that replace."""
    return sorted(
        (sale.day, sale.account, sale.lot, sale.shares, sale.gain, sale.disallowed, sale.since, replaced(sale))
        for ledger in ledgers.values()
        for sale in ledger.sales
    )


def replaced(sale):
    return [(part.fate, part.parcel.account, part.parcel.lot, part.shares) for part in sale.parts]


@MANY
@given(events=TRADES)
def test_random_trades_come_to_the_same_as_in_the_ledger_written_the_other_way(events):
    ledgers = defaultdict(lambda: Ledger(IRA))
    for each in events:
        entered(ledgers[GROUPS.get(each.symbol, each.symbol)], each)
    other = sorted(
        (
            each.day,
            each.tax_lot.account,
            each.tax_lot.lot,
            each.tax_lot.quantity,
            each.gain,
            each.deferred + each.lost,
            each.tax_lot.held_since,
            [
                (part.fate, part.tax_lot.account, part.tax_lot.lot, part.tax_lot.quantity)
                for part in each.replacement_shares
            ],
        )
        for each in booked(events).disposals
    )
    assert outcomes(ledgers) == other


@MANY
@given(events=TRADES, cut=st.integers(0, 25))
def test_a_copy_goes_on_as_the_ledger_would_and_leaves_it_as_it_was(events, cut):
    once, begun = (defaultdict(lambda: Ledger(IRA)) for _ in range(2))
    for each in events:
        entered(once[GROUPS.get(each.symbol, each.symbol)], each)
    for each in events[:cut]:
        entered(begun[GROUPS.get(each.symbol, each.symbol)], each)
    known = outcomes(begun)
    copies = defaultdict(lambda: Ledger(IRA), {group: ledger.copy() for group, ledger in begun.items()})
    for each in events[cut:]:
        entered(copies[GROUPS.get(each.symbol, each.symbol)], each)
    assert outcomes(copies) == outcomes(once)
    assert outcomes(begun) == known
