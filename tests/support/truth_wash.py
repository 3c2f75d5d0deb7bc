"""The worked wash-sale cases, replayed by the wash-sale ledger."""

from datetime import date
from fractions import Fraction

import pytest
from truth_files import truth_json

from lotroute.models.wash_sales.ledger import Event, WashSaleLedger

CASES = [pytest.param(case, id=case["id"]) for case in truth_json("wash_cases.json")["cases"]]


SHELTERED = ("ira", "roth", "hsa", "401", "403", "457", "sep", "simple", "traditional", "pension")


TERMS = {"LT": "long", "ST": "short"}
NEAR = 1e-5
"""Dollars: the file's numbers are floats."""


def only_totals(case):
    return "totals_only" in (case.get("tags") or ())


def account(trade):
    """A name for the account of a trade."""
    return "/".join(trade.get(field) or "" for field in ("owner", "broker", "account"))


def sheltered(trade):
    """Whether the trade is in an account in which a washed loss is lost for good; spouse_ira is one."""
    return any(word in (trade.get("account") or "").lower() for word in SHELTERED)


def fraction(number):
    return Fraction(str(number or 0))


def event(trade, place):
    return Event(
        day=date.fromisoformat(trade["date"]),
        side=trade["side"],
        account=account(trade),
        symbol=trade["symbol"],
        quantity=fraction(trade["qty"]),
        amount=fraction(trade.get("amount")),
        lot=str(trade.get("lot") or f"lot {place}"),
        lots=tuple((str(part["lot"]), fraction(part["qty"])) for part in trade.get("from") or ()),
        order=None if trade.get("order") is None else str(trade["order"]),
        used=bool(trade.get("replacement_already_used")),
        sequence=place,
    )


def replayed(case):
    """The ledger of a case, and the disposals that each trade made, by its `t`."""
    groups = {symbol: group[0] for group in case.get("substantially_identical_groups") or () for symbol in group}
    ledger = WashSaleLedger(frozenset(account(trade) for trade in case["trades"] if sheltered(trade)), groups)
    made = {}
    for place, trade in enumerate(case["trades"]):
        known = len(ledger.disposals)
        ledger.post([event(trade, place)])
        made[trade.get("t", place)] = range(known, len(ledger.disposals))
    return ledger, {t: [ledger.disposals[place] for place in places] for t, places in made.items()}
