"""Orders with what they come to: the candidates that the plan is chosen from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ..accounting.after_trades import AfterTrades
from ..accounting.books import Books
from ..accounting.orders import Order
from ..accounting.replay import replay
from ..accounting.violations import misplaced_orders, rounding, violation
from ..formulation.problem import Problem
from .rounding import round_to_orders
from .routing.exchanges import Exchanges
from .routing.rebalancers import STEPS, Rebalancer
from .routing.router import ROWS, Router, run


@dataclass(frozen=True, slots=True)
class Candidate:
    """Orders, what they come to, and their violation."""

    orders: list[Order]
    after: AfterTrades
    violation: Decimal
    """Dollars (accounting/violations.py)."""
    books: Books
    """Those of the household with the candidate's moves, if it asks for some."""


def candidate(books: Books, orders: list[Order]) -> Candidate:
    """Replay orders. Raises KeyError if one names an unknown account, symbol or lot."""
    after = replay(books, orders)
    return Candidate(orders, after, violation(books, after, orders), books)


def routed(problem: Problem, books: Books, idle: Candidate) -> Candidate:
    """The router's orders. Drops rows of the routing table, last first, until the orders break no rule. If they always
    break one, returns the orders with the smallest violation; `idle` (no trade) is one of the choices.

    The exchanges of asset location are kept if they break no more and cost less.
    """
    tried: list[tuple[Candidate, Router | None]] = [(idle, None)]
    for rows in range(ROWS, -1, -1):
        router = run(problem, rows)
        found = candidate(books, round_to_orders(problem, books, router.sold, router.bought))
        if misplaced_orders(books, found.after, found.orders):
            continue
        tried.append((found, router))
        if not found.violation:
            break
    least, chosen = min(reversed(tried), key=lambda each: each[0].violation)
    chosen = chosen or run(problem, 0)
    if not Exchanges(chosen).make():
        return least
    placed = candidate(books, round_to_orders(problem, books, chosen.sold, chosen.bought))
    better = placed.violation <= least.violation and placed.after.objective < least.after.objective
    return placed if better and not misplaced_orders(books, placed.after, placed.orders) else least


def rebalanced(problem: Problem, books: Books, name: str) -> Candidate:
    """The orders of a baseline, as far toward its goal as they break no rule. If every step breaks one, returns the
    orders with the smallest violation; no trade is one of the choices.
    """
    tried = [candidate(books, [])]
    for step in STEPS:
        found = candidate(books, round_to_orders(problem, books, *Rebalancer(problem, name, step).trades()))
        if misplaced_orders(books, found.after, found.orders):
            continue
        if not found.violation:
            return found
        tried.append(found)
    return min(reversed(tried), key=lambda each: each.violation)


def without_program(problem: Problem, books: Books) -> dict[str, Candidate]:
    """The candidates that need no program: `route`, and `nothing` (no trade) if that keeps every rule."""
    idle = candidate(books, [])
    return {"route": routed(problem, books, idle)} | ({} if idle.violation else {"nothing": idle})


def best(candidates: Mapping[str, Candidate], *, proven: bool) -> Candidate:
    """The candidate with the least objective among those with the smallest violation.

    If the program's violation is proven minimal, it is allowed: a plan that churns to waste cash can show a smaller
    violation but is worse.
    """
    most = min(each.violation for each in candidates.values())
    if proven and "program" in candidates:
        most = max(most, candidates["program"].violation)
    return min((each for each in candidates.values() if each.violation <= most), key=lambda each: each.after.objective)


def as_good(one: Candidate, other: Candidate) -> bool:
    """Whether `one` is as good as `other`, in violation and objective, or worse by no more than rounding."""
    beyond = one.after.objective - other.after.objective
    slack = rounding(one.books, one.orders)
    return one.violation <= other.violation + slack and beyond <= slack
