"""Shortfalls of a set of orders against elastic rules: cash, limits, hard bands, do-not-hold.

They are read from the replay, in decimals. For maximum cash, limits in dollars and hard bands, an amount that rounding
to orders and cents can explain is no shortfall.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ...models import Household
from ...models.plan.statements import ViolationRule
from ...models.policy.violation_weights import CASH_COUNTS, ORDER_COUNTS
from ...models.schema.money import CENT, ZERO, cents, exact
from ...models.schema.ordered import Ordered
from .after_trades import AfterTrades
from .books import Books

DUST = Decimal("0.000002")
"""Shares that rounding may sell too many or buy too few, per order."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An elastic rule that is not met: where, and by how much, in dollars (in orders for the limit on their number)."""

    rule: ViolationRule
    where: str
    amount: Decimal

    def dollars(self, value: Decimal) -> Decimal:
        """What it counts as in the violation, in dollars (docs/formulation.md). `value` is V."""
        if self.rule == "limit" and self.where == "trades":
            return self.amount * max(value, Decimal(1)) * exact(ORDER_COUNTS)
        return self.amount * exact(CASH_COUNTS) if self.rule == "minimum_cash" else self.amount


def shortfalls(books: Books, after: AfterTrades, orders: Sequence[Ordered]) -> list[Shortfall]:
    """Every shortfall. Minimum cash, the number of orders and do-not-hold get no allowance for rounding."""
    slack = rounding(books, orders)
    found = [
        *_cash(books.household, after, slack),
        *_limits(books, after, slack),
        *_bands(books, after, slack),
        *_unwanted(books, after),
    ]
    return [shortfall for shortfall in found if shortfall.amount > 0]


def rounding(books: Books, orders: Sequence[Ordered]) -> Decimal:
    """Dollars by which orders in millionths of shares and cents may differ from the program's dollars."""
    return CENT * (len(orders) + 1) + DUST * sum((books.price[order.symbol] for order in orders), ZERO)


def violation(books: Books, after: AfterTrades, orders: Sequence[Ordered]) -> Decimal:
    """The violation: all shortfalls together, in dollars."""
    return sum((shortfall.dollars(after.target_value) for shortfall in shortfalls(books, after, orders)), ZERO)


def too_small(books: Books, after: AfterTrades, orders: Sequence[Ordered]) -> dict[tuple[str, str, str], Decimal]:
    """Orders (account, symbol, side) below a hard minimum trade by more than rounding, and the dollars missing."""
    limit = books.policy.limits.minimum_trade
    if limit is None or limit.price is not None:
        return {}
    slack = rounding(books, orders)
    return {key: short for key, short in after.undersized.items() if short > slack}


def misplaced_orders(books: Books, after: AfterTrades, orders: Sequence[Ordered]) -> dict[tuple[str, str, str], str]:
    """Orders (account, symbol, side) that may not be placed, and the reason.

    An order may be below the minimum trade. If a commission, a minimum trade or a limit on the number of orders
    applies, an account may not buy a security that it sells.
    """
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
            beyond = (used - exact(limit.amount)) * books.limit_unit(name)
            yield _beyond("limit", name, beyond, ZERO if name == "trades" else slack)


def _bands(books: Books, after: AfterTrades, slack: Decimal) -> Iterator[Shortfall]:
    for kind, prices in books.policy.drift_prices.items():
        if prices.hard:
            for band in after.bands:
                if band.kind == kind:
                    yield _beyond("band", band.name, band.outside(after.target_value), slack)


def _unwanted(books: Books, after: AfterTrades) -> Iterator[Shortfall]:
    """What is left of lots whose security may not be held, unless another rule blocks them."""
    for (account, lot), held in books.unwanted.items():
        yield Shortfall("do_not_hold", f"{account}/{lot}", cents(after.left[account, lot] * books.price[held.symbol]))


def _beyond(rule: ViolationRule, where: str, amount: Decimal, slack: Decimal) -> Shortfall:
    """A shortfall, of zero if the amount is within `slack`."""
    return Shortfall(rule, where, cents(amount) if amount > slack else ZERO)
