"""Fills posted to a household: cash to the cent, gains day by day, and what wash sales leave of gains and lots."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

from ..household.parts.lot_rules import redemption_fee
from ..schema.money import ONE, ZERO, cents, exact
from ..wash_sales.history import WashHistory
from .replay import Bought, Replay, Sold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..household.household import Household
    from ..tax.holding_period import Term
    from ..wash_sales.ledger import TaxLot
    from .fills import Execution
    from .replay import Key


@dataclass(slots=True)
class Postings:
    """What fills come to."""

    cash: dict[str, Decimal]
    """Cash of each account after them, in dollars and cents, commissions paid."""
    sold: list[Sold] = field(default_factory=list)
    bought: list[Bought] = field(default_factory=list)
    realized: dict[Term, Decimal] = field(default_factory=lambda: {"short": ZERO, "long": ZERO})
    """What sales add to the year's gains, by term, in dollars and cents, without losses that wash sales disallow."""
    parts: dict[Key, list[TaxLot]] = field(default_factory=dict)
    """What is left of every lot that was traded or replaced shares sold at a loss, and the lots bought (by the ledger's
    name), each in parts of one basis per share and one holding period."""
    notes: list[str] = field(default_factory=list)
    """What the household after cannot hold."""


def post(household: Household, fills: Sequence[Execution]) -> Postings:
    """Return what fills come to. Nothing is rounded before the cents of an order, a gain or a year's sum."""
    found = Postings(dict(_cash(household, fills)))
    group_of = household.groups
    for _, of_day in groupby(sorted(fills, key=lambda each: each.day), key=lambda each: each.day):
        sold, bought = _of_a_day(household, [*of_day])
        found.sold += sold
        found.bought += bought
    history = WashHistory(household)
    stated, exactly = defaultdict[str, Decimal](Decimal), defaultdict[str, Fraction](Fraction)
    for group in dict.fromkeys(group_of[each.symbol] for each in fills):
        replay = Replay(household, history, group)
        sales = [each for each in found.sold if group_of[each.symbol] == group]
        purchases = [each for each in found.bought if group_of[each.symbol] == group]
        replay.run(sales, purchases)
        for sale in sales:
            for term, gain in sale.gains.items():
                stated[term] += _cents(gain)
                exactly[term] -= gain
        for term, allowed in replay.allowed():
            exactly[term] += allowed
        found.parts |= replay.parts()
        found.notes += replay.notes()
    for term in found.realized:
        found.realized[term] = stated[term] + _cents(exactly[term])
    return found


def _cents(amount: Fraction) -> Decimal:
    """Dollars rounded to the cent, half to even."""
    return Decimal(round(100 * amount)).scaleb(-2)


def _cash(household: Household, fills: Sequence[Execution]) -> Iterator[tuple[str, Decimal]]:
    """Each account's cash: what was there, what comes in and goes out with the plan, and what the orders do.

    A fill is paid in whole cents, from however many lots it was; an order that is filled in parts pays one commission.
    """
    amounts: dict[tuple[int, str, str], Decimal] = defaultdict(Decimal)
    for each in fills:
        amounts[each.row, each.account, each.side] += _amount(household, each)
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for (_, account, side), amount in amounts.items():
        paid[account] += cents(amount) if side == "sell" else -cents(amount)
    for account, _, _ in {(each.account, each.symbol, each.side) for each in fills}:
        paid[account] -= exact(household.account[account].commission)
    for own in household.accounts:
        yield own.id, cents(exact(own.cash) + exact(own.contribution) - exact(own.withdrawal) + paid[own.id])


def _amount(household: Household, each: Execution) -> Decimal:
    """Dollars received or paid, not rounded: at the fill's price, or at the household's with half-spread; a sale less
    the redemption fee of its day.
    """
    security = household.security[each.symbol]
    price, spread = each.price, ZERO
    if price is None:
        price, spread = exact(security.price), exact(security.half_spread)
    if each.side == "buy":
        return each.quantity * price * (ONE + spread)
    fee = redemption_fee(security, household.lot[each.account, each.lot or ""], each.day)
    return each.quantity * price * (ONE - spread - fee)


def _of_a_day(household: Household, fills: Sequence[Execution]) -> tuple[list[Sold], list[Bought]]:
    """The sales of a day lot by lot, and its purchases order by order."""
    sold: dict[Key, Sold] = {}
    bought: dict[Key, Bought] = {}
    for each in fills:
        shares, amount = Fraction(each.quantity), _amount(household, each)
        if each.side == "sell":
            key = each.account, each.lot or ""
            before = sold.setdefault(key, Sold(each.day, each.account, each.symbol, key[1], Fraction(0), Fraction(0)))
            before.quantity += shares
            before.realized += Fraction(amount)
        else:
            key = each.account, each.symbol
            order = bought.setdefault(key, Bought(each.number, each.day, *key, Fraction(0), ZERO))
            order.quantity += shares
            order.cost += cents(amount)
    return [*sold.values()], [*bought.values()]
