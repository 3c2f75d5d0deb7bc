"""The moves of a point of the program, in cents: sums as asked for, and no account pays more than it can raise."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

import numpy as np

from ...models.household.moves import Moves
from ...models.schema.money import CENT, ZERO, exact
from ..formulation.blocks.moves import CONTRIBUTED, CONVERTED, RECEIVED, WITHDRAWN

if TYPE_CHECKING:
    from ..accounting.books import Books
    from ..formulation.arrays import Floats
    from ..formulation.model import Model
    from ..formulation.problem import Problem

Dollars = dict[str, Decimal]


def moves_at(model: Model, problem: Problem, books: Books, point: Floats) -> Moves:
    """Return the moves at a point, in cents. `books` are of the household without moves."""
    asked, columns = problem.requests, model.moves
    assert asked is not None
    found: list[Dollars] = [{}, {}, {}, {}]
    for a, kind, column in zip(columns.account.tolist(), columns.kind.tolist(), columns.column.tolist(), strict=True):
        found[kind][problem.accounts[a]] = exact(max(float(point[column]), 0.0))
    spare = _spare_cash(model, problem, point)
    for name, dollars in spare.items():  # its orders are rounded to cents too, and it cannot buy a little less
        found[WITHDRAWN] |= {name: max(found[WITHDRAWN][name] - dollars, ZERO)} if name in found[WITHDRAWN] else {}
        found[CONTRIBUTED] |= {name: found[CONTRIBUTED][name] + dollars} if found[CONTRIBUTED].get(name) else {}
    able = {name: min(asked.sources[name].most, raisable(problem, books, name)) for name in found[WITHDRAWN]}
    sets, least = [each.accounts for each in asked.required], [each.dollars for each in asked.required]
    withdrawn = in_cents(found[WITHDRAWN], asked.out, able, sets, least, last=spare)
    rooms = {name: asked.most_contributed(name) for name in found[CONTRIBUTED]}
    contributed = in_cents(found[CONTRIBUTED], asked.into, rooms, last=spare)
    converted = in_cents(found[CONVERTED], asked.conversion)
    into: Dollars = {}
    for own in asked.owners:
        total = sum((converted.get(name, ZERO) for name in own.traditional), ZERO)
        into |= in_cents({name: found[RECEIVED][name] for name in own.roth}, total)
    return Moves(_some(withdrawn), _some(contributed), _some(converted), _some(into))


def _spare_cash(model: Model, problem: Problem, point: Floats) -> Dollars:
    """By account with whole shares that is left with its minimum, to a few cents: those cents, one for each order."""
    trades, lots, buys = model.trades, problem.lots, problem.buys
    found = {}
    for a in np.flatnonzero(problem.whole_shares).tolist():
        orders = int((point[trades.buy[buys.account == a]] > float(CENT)).sum())
        orders += int((point[trades.sell[lots.account[trades.lot] == a]] > float(CENT)).sum())
        margin = CENT * (1 + orders)
        if orders and point[model.cash[a]] - problem.minimum[a] < float(margin):
            found[problem.accounts[a]] = margin
    return found


def raisable(problem: Problem, books: Books, account: str) -> Decimal:
    """Return what an account can pay, in dollars and cents: its cash and every open lot sold, above its minimum."""
    a, lots = problem.accounts.index(account), problem.lots
    open_ = (lots.open & (lots.account == a)).nonzero()[0].tolist()
    sold = {problem.held[lot].symbol for lot in open_}
    raised = books.cash[account] - exact(problem.household.accounts[a].minimum_cash)
    raised -= books.commission[account] * len(sold)
    for lot in open_:
        held = problem.held[lot]
        raised += books.proceeds(held, books.shares[account, held.id])
    return max(raised, ZERO).quantize(CENT, ROUND_FLOOR)


def in_cents(
    dollars: Mapping[str, Decimal],
    total: Decimal,
    most: Mapping[str, Decimal] | None = None,
    sets: Sequence[Iterable[str]] = (),
    least: Sequence[Decimal] = (),
    *,
    last: Container[str] = (),
) -> Dollars:
    """Return dollars in cents whose sum is `total`, each as near to what is given as its limit allows.

    `most` are limits by name, if there are any; `sets` are names that together have at least what `least` says. Names
    in `last` change only if no other can.
    """
    found = {name: min(each, most[name]) if most else each for name, each in dollars.items()}
    found = {name: each.quantize(CENT, ROUND_FLOOR) for name, each in found.items()}
    order = sorted(found, key=lambda name: (name in last, found[name] - dollars[name]))  # those that lost most first

    def raise_by(missing: Decimal, names: Iterable[str]) -> None:
        """Add dollars to the names with room, those that are used already first, the most that each can take."""
        for name in sorted(names, key=lambda name: (name in last, not found[name])):
            room = missing if most is None else most[name] - found[name]
            more = max(min(missing, room), ZERO)
            found[name] += more
            missing -= more
        if missing > 0 and found:  # no account can raise it: the shortfall is that of the largest
            found[max(names, key=lambda name: found[name], default=order[0])] += missing

    for own, dollars_of in zip(sets, least, strict=True):
        short = dollars_of - sum((found[name] for name in own if name in found), ZERO)
        if short > 0:
            raise_by(short, [name for name in order if name in own])
    beyond = sum(found.values(), ZERO) - total
    if beyond < 0:
        raise_by(-beyond, order)
    for name in sorted(order, key=lambda name: (name in last, -order.index(name))):
        if beyond <= 0:
            break
        shared = (pair for pair in zip(sets, least, strict=True) if name in pair[0])
        bound = max((_spare(found, *pair) for pair in shared), default=found[name])
        less = min(beyond, bound, found[name])
        found[name] -= less
        beyond -= less
    return found


def _spare(found: Mapping[str, Decimal], own: Iterable[str], least: Decimal) -> Decimal:
    """What names together have beyond the least."""
    return max(sum((found[name] for name in own if name in found), ZERO) - least, ZERO)


def _some(dollars: Dollars) -> Dollars:
    return {name: each for name, each in dollars.items() if each > 0}
