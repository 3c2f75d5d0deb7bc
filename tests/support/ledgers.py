"""Replays of the books as text: orders above the line, what they come to below it.

    joint  sell 40 A from old
    ira    buy  10 B
    ----------------------------
    joint cash        4,960.00
    joint old left          60
    long gain         1,560.00
    tax                 312.00

Below the line are cash by account, shares left by lot, gains by term, the bill, the parts of the objective, and the
dollars of a class, a factor or a name. A part that is not named must be 0.
"""

from decimal import Decimal

from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.orders import Order
from lotroute.solver.accounting.replay import replay


def orders_of(text):
    """The orders above the line."""
    found = []
    for line in text.split("---")[0].strip().splitlines():
        account, side, quantity, symbol, *lot = line.split()
        found.append(Order(account, symbol, side, float(quantity.replace(",", "")), lot[1] if lot else None))
    return found


def stated(text):
    """The amounts below the line, by name."""
    below = text.strip().rpartition("---")[2].strip().splitlines()
    rows = [line.rpartition(" ") for line in below]
    return {name.strip(): Decimal(amount.replace(",", "")) for name, _, amount in rows}


def outcome(household, policy, text):
    """What the orders above the line come to: the names below it, and every part that is not 0."""
    after = replay(Books(household, policy), orders_of(text))
    found = {f"{account} cash": cash for account, cash in after.cash.items()}
    found |= {f"{account} {lot} left": shares for (account, lot), shares in after.left.items()}
    for term in ("short", "long"):
        found[f"{term} gain"] = sum((p.gain for p in after.postings if p.term == term), Decimal(0))
    found["bill"] = Decimal(str(after.tax_after.total))
    found["deferred"], found["lost"] = after.wash_effect.deferred, after.wash_effect.lost
    found |= {f"{band.kind} {band.name}": band.after for band in after.bands}
    found |= {f"{name} used": used for name, used in after.limited.items()}
    parts = {name: dollars for name, dollars in after.parts.items() if dollars}
    return {name: amount for name, amount in found.items() if name in stated(text)} | parts


def check(household, policy, text):
    """Assert that the orders come to what the text says."""
    assert outcome(household, policy, text) == stated(text)
