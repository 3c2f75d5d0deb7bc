"""Trades for the wash-sale ledger: by hand, and random sequences of them."""

import dataclasses
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from lotroute.models.wash_sales.ledger import Event, WashSaleLedger

START = date(2025, 1, 2)


IRA = frozenset({"ira"})


def day(number):
    return START + timedelta(days=number)


def come(number, quantity, amount, lot, **changed):
    """Shares that come in on a day, by default bought in the joint account."""
    given = {"day": day(number), "side": "buy", "account": "joint", "symbol": "A", "lot": lot}
    return Event(**(given | {"quantity": Fraction(quantity), "amount": Fraction(amount)} | changed))


def sale(number, quantity, amount, *lots, **changed):
    """A sale: of one lot by its name, of parts of lots given as pairs, or first in, first out without lots."""
    given = {"day": day(number), "side": "sell", "account": "joint", "symbol": "A"}
    pairs = tuple((each, Fraction(quantity)) if isinstance(each, str) else each for each in lots)
    return Event(**(given | {"quantity": Fraction(quantity), "amount": Fraction(amount), "lots": pairs} | changed))


def replay(*events, sheltered=IRA, **given):
    return WashSaleLedger(sheltered, **given).post(events)


GROUPS = {"A": "AB", "B": "AB"}


EVENT = st.tuples(
    st.sampled_from((0, 0, 1, 3, 10, 29, 30, 31)),  # days since the last event
    st.sampled_from(("joint", "joint", "other", "ira")),
    st.sampled_from(("A", "A", "B", "C")),
    st.sampled_from(("buy", "buy", "sell", "sell", "sell", "reinvest", "gift_in", "inherit")),
    st.integers(1, 6),  # shares
    st.integers(1, 12),  # dollars a share
    st.integers(0, 3),  # which lot a sale begins with
    st.booleans(),  # whether a purchase belongs to the order before it, or how a sale goes on to other lots
)


def dealings_of(events, ordered=True):
    """Trades that can be replayed: a sale takes at most the shares held, and is a purchase if there are none."""
    today, holds, found, last = 0, defaultdict(dict), [], None
    for place, (gap, account, symbol, side, shares, price, first, joined) in enumerate(events):
        today += gap
        lots, when = holds[account, symbol], {"sequence": place if ordered else 0}
        if side == "sell" and lots:
            names, left, parts = [*lots], shares, []
            for name in (names[first % len(names) :] + names[: first % len(names)])[: 3 if joined else 1]:
                taken = min(left, lots[name])
                if taken:
                    parts.append((name, Fraction(taken)))
                    left, lots[name] = left - taken, lots[name] - taken
                if not lots[name]:
                    del lots[name]
            count = shares - left
            found.append(sale(today, count, count * price, *parts, account=account, symbol=symbol, **when))
            continue
        side, lot = "buy" if side == "sell" else side, f"lot {place}"
        order = last[1] if joined and last and last[0] == (today, account, symbol) else f"order {place}"
        last = (today, account, symbol), order
        lots[lot] = shares
        given = {"account": account, "symbol": symbol, "side": side, "order": order, **when}
        found.append(come(today, shares, shares * price, lot, **given))
    return found


TRADES = st.lists(EVENT, min_size=1, max_size=25).map(dealings_of)


UNORDERED = st.lists(EVENT, min_size=1, max_size=25).map(lambda events: dealings_of(events, ordered=False))


MANY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def booked(events, ledger=WashSaleLedger):
    return ledger(IRA, GROUPS).post(events)


def in_odd_prices(events):
    return [dataclasses.replace(each, amount=each.amount * Fraction("1.23457") / 3) for each in events]


def fails(holds, events, ledger):
    """Whether an assertion of `holds` fails."""
    try:
        holds(events, ledger)
    except AssertionError:
        return True
    return False


SEARCH = settings(max_examples=2000, database=None, derandomize=True, deadline=None, phases=[Phase.generate])
