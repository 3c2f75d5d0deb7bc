"""What a result misses of the rules that ask for one: cash, limits, hard bands, what may not be held.

Read off the ledger, in decimals. A miss is what rounding to tickets and cents does not explain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ...models import Household
from ...models.eligibility.restrictions import unwanted
from ...models.plan.statements import ViolationRule
from ...models.policy.violation_weights import CASH_COUNTS, ORDER_COUNTS
from ...models.schema.money import CENT, ZERO, cents, exact
from ...models.schema.ordered import Ordered
from .after_trades import AfterTrades
from .books import Books

DUST = Decimal("0.000002")
"""Shares that rounding to tickets may sell too many or buy too few of, an order."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A rule that the result does not keep, where, and by how much: dollars, or orders."""

    rule: ViolationRule
    where: str
    amount: Decimal

    def dollars(self, value: Decimal) -> Decimal:
        """What it counts as in the least violation (docs/formulation.md)."""
        if self.rule == "limit" and self.where == "trades":
            return self.amount * max(value, Decimal(1)) * exact(ORDER_COUNTS)
        return self.amount * exact(CASH_COUNTS) if self.rule == "minimum_cash" else self.amount


def shortfalls(books: Books, after: AfterTrades, orders: Sequence[Ordered]) -> list[Shortfall]:
    """Every rule missed by more than rounding."""
    slack = rounding(books, orders)
    found = [
        *_cash(books.household, after, slack),
        *_limits(books, after, slack),
        *_bands(books, after, slack),
        *_unwanted(books, after),
    ]
    return [shortfall for shortfall in found if shortfall.amount > 0]


def rounding(books: Books, orders: Sequence[Ordered]) -> Decimal:
    """Dollars by which tickets in millionths of shares and cents may differ from the program's dollars."""
    return CENT * (len(orders) + 1) + DUST * sum((books.price[order.symbol] for order in orders), ZERO)


def violation(books: Books, after: AfterTrades, orders: Sequence[Ordered]) -> Decimal:
    """Dollars of all misses together."""
    return sum((shortfall.dollars(after.target_value) for shortfall in shortfalls(books, after, orders)), ZERO)


def too_small(books: Books, after: AfterTrades, orders: Sequence[Ordered]) -> dict[tuple[str, str, str], Decimal]:
    """Orders (account, symbol, side) below a hard minimum trade by more than rounding, and by how much."""
    limit = books.policy.limits.minimum_trade
    if limit is None or limit.price is not None:
        return {}
    slack = rounding(books, orders)
    return {key: short for key, short in after.undersized.items() if short > slack}


def misplaced_orders(books: Books, after: AfterTrades, orders: Sequence[Ordered]) -> dict[tuple[str, str, str], str]:
    """Orders (account, symbol, side) that may not be placed, and why: too small, or against another of the account."""
    small = too_small(books, after, orders)
    found = {key: f"it is {short:.2f} short of the minimum trade" for key, short in small.items()}
    limits = books.policy.limits
    counted = limits.trades is not None or limits.minimum_trade is not None
    placed = {
        (order.account, order.symbol, order.side) for order in orders if counted or books.commission[order.account] > 0
    }
    for account, symbol, side in placed:
        if side == "buy" and (account, symbol, "sell") in placed:
            found[account, symbol, side] = "sold in the same account, where orders are counted or paid"
    return found


def _cash(household: Household, after: AfterTrades, slack: Decimal) -> Iterator[Shortfall]:
    for account in household.accounts:
        cash = after.cash[account.id]
        yield Shortfall("minimum_cash", account.id, exact(account.minimum_cash) - cash)
        if account.maximum_cash is not None:
            yield _beyond("maximum_cash", account.id, cash - exact(account.maximum_cash), slack)


def _limits(books: Books, after: AfterTrades, slack: Decimal) -> Iterator[Shortfall]:
    for name, used in after.limited.items():
        limit = getattr(books.policy.limits, name)
        if limit is not None and limit.price is None:
            beyond = used - exact(limit.amount)
            if name == "turnover":
                beyond *= max(after.market_value, ZERO)
            yield _beyond("limit", name, beyond, ZERO if name == "trades" else slack)


def _bands(books: Books, after: AfterTrades, slack: Decimal) -> Iterator[Shortfall]:
    for kind, prices in books.policy.drift_prices.items():
        if prices.hard:
            for band in after.bands:
                if band.kind == kind:
                    yield _beyond("band", band.name, band.outside(after.target_value), slack)


def _unwanted(books: Books, after: AfterTrades) -> Iterator[Shortfall]:
    """What is left of a security that may not be held and that other rules let go."""
    out = unwanted(books.household)
    closed = books.blocked
    for (account, lot), held in books.lots.items():
        if (account, held.symbol) in out and (account, lot) not in closed:
            yield Shortfall(
                "do_not_hold", f"{account}/{lot}", cents(after.left[account, lot] * books.price[held.symbol])
            )


def _beyond(rule: ViolationRule, where: str, amount: Decimal, slack: Decimal) -> Shortfall:
    """A miss, none where rounding explains it."""
    return Shortfall(rule, where, cents(amount) if amount > slack else ZERO)
