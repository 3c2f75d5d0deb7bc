"""The moves of a point of the program, in cents: sums as asked for, and no account pays more than it can raise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from ...models.household.moves import Moves
from ...models.schema.money import CENT, ZERO, exact
from ..accounting.replay import replay
from ..formulation.blocks.moves import CONTRIBUTED, CONVERTED, RECEIVED, WITHDRAWN
from .cents import Dollars, in_cents, is_within

if TYPE_CHECKING:
    from ...models.retirement.requests import Requests
    from ..accounting.books import Books
    from ..accounting.orders import Order
    from ..formulation.arrays import Floats
    from ..formulation.model import Model
    from ..formulation.problem import Problem
    from .cents import Shared

ENOUGH = 1.0
"""Dollars of a purchase or of the rest of a lot of which a few cents more or less can be traded."""


def moves_at(model: Model, problem: Problem, books: Books, point: Floats) -> Moves:
    """Return the moves at a point, in cents. `books` are of the household without moves."""
    asked, columns = problem.requests, model.moves
    assert asked is not None
    found: list[Dollars] = [{}, {}, {}, {}]
    for a, kind, column in zip(columns.account.tolist(), columns.kind.tolist(), columns.column.tolist(), strict=True):
        found[kind][problem.accounts[a]] = exact(max(float(point[column]), 0.0))
    stiff = _stiff(model, problem, point)
    for name, dollars in stiff.items():  # its orders are rounded to cents too, and it can make up for nothing
        if name in found[WITHDRAWN]:
            found[WITHDRAWN][name] = max(found[WITHDRAWN][name] - dollars, ZERO)
        if found[CONTRIBUTED].get(name):
            found[CONTRIBUTED][name] += dollars
    able = {name: raisable(problem, books, name) for name in {*found[WITHDRAWN], *found[CONVERTED]}}
    out, into = _paying(asked), _receiving(asked)
    withdrawn = in_cents(
        found[WITHDRAWN],
        asked.out,
        [*out, *(([name], able[name]) for name in found[WITHDRAWN])],
        _due(asked),
        last=stiff,
    )
    contributed = in_cents(found[CONTRIBUTED], asked.into, into, last=stiff)
    left = [([name], able[name] - withdrawn.get(name, ZERO)) for name in found[CONVERTED]]
    converted, received = in_cents(found[CONVERTED], asked.conversion, left), Dollars()
    for own in asked.owners:
        total = sum((converted.get(name, ZERO) for name in own.traditional), ZERO)
        received |= in_cents({name: found[RECEIVED][name] for name in own.roth}, total)
    return Moves(_some(withdrawn), _some(contributed), _some(converted), _some(received))


def _paying(asked: Requests) -> list[Shared]:
    """What each account may pay at most."""
    return [([name], source.most) for name, source in asked.sources.items()]


def _due(asked: Requests) -> list[Shared]:
    """What accounts must distribute together."""
    return [(each.accounts, each.dollars) for each in asked.required]


def _receiving(asked: Requests) -> list[Shared]:
    """What accounts may receive together."""
    sheltered = [name for name in asked.receivers if asked.kind[name] != "taxable"]
    return [(sheltered, asked.fresh), *((each.accounts, each.dollars) for each in asked.rooms)]


def _stiff(model: Model, problem: Problem, point: Floats) -> Dollars:
    """By account that can make up for no cents, because it keeps its minimum and neither buys nor sells anything of
    which it could trade a little less or more: what rounding may take from it, a cent for each order.
    """
    trades, lots, buys, limits = model.trades, problem.lots, problem.buys, problem.policy.limits
    sold, bought = trades.sold(point, len(lots.label)), point[trades.buy]
    rest, counted = lots.size - sold, limits.trades is not None or limits.minimum_trade is not None
    found = {}
    for a in range(len(problem.accounts)):
        own, mine = lots.account == a, buys.account == a
        orders = int((sold[own] > float(CENT)).sum() + (bought[mine] > float(CENT)).sum())
        margin = CENT * orders
        if point[model.cash[a]] - problem.minimum[a] > float(margin + CENT):
            continue
        more = lots.free & own & (rest > ENOUGH)
        if problem.commission[a] or counted:
            more &= sold > ENOUGH
        if problem.whole_shares[a] or not (more.any() or (bought[mine] > ENOUGH).any()):
            found[problem.accounts[a]] = margin
    return found


def evened(moves: Moves, asked: Requests, books: Books, orders: Sequence[Order]) -> Moves:
    """Return the moves with cents moved from accounts that the rounded orders leave short to those that keep more than
    their minimum. `books` are those of the household with the moves.
    """
    cash = replay(books, orders).cash
    over = {a.id: cash[a.id] - exact(a.minimum_cash) for a in books.household.accounts}
    withdrawn, contributed = dict(moves.withdrawn), dict(moves.contributed)
    for name in [name for name in over if over[name] < 0]:
        for other in sorted(over, key=lambda each: -over[each]):
            part = min(-over[name], over[other])
            if part <= 0:
                break
            if name in withdrawn and other in asked.sources:
                moved = _shift(withdrawn, name, other, part, _paying(asked), _due(asked))
            elif name in asked.receivers:
                moved = _shift(contributed, other, name, part, _receiving(asked), [])
            else:
                moved = ZERO
            over[name] += moved
            over[other] -= moved
    return replace(moves, withdrawn=_some(withdrawn), contributed=_some(contributed))


def _shift(
    dollars: Dollars, less: str, more: str, part: Decimal, most: Sequence[Shared], least: Sequence[Shared]
) -> Decimal:
    """Move up to `part` of an amount from one account to another if the limits allow it; return how much is moved."""
    part = min(part, dollars.get(less, ZERO))
    changed = dollars | {less: dollars.get(less, ZERO) - part, more: dollars.get(more, ZERO) + part}
    if not part or not is_within(changed, most, least):
        return ZERO
    dollars.update(changed)
    return part


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


def _some(dollars: Dollars) -> Dollars:
    return {name: each for name, each in dollars.items() if each > 0}
