"""The policy's limits: how much of each a plan uses, and its shadow price."""

from __future__ import annotations

from collections.abc import Iterator

from ...models import LimitUse
from ..accounting.violations import rounding
from .facts import Solved

NOT_BINDING = 1e-6
"""A limit with a shadow price of at most this, in dollars per unit, is not binding."""


def limit_uses(solved: Solved) -> Iterator[LimitUse]:
    """Yield each limit of the policy with the amount used, in the limit's unit, and its shadow price, if known.

    A limit is binding if all of it is used, up to rounding, and its shadow price, if known, matters.
    """
    books, after, prices = solved.books, solved.after, solved.shadow_prices
    slack = float(rounding(books, solved.orders))
    for name, used in after.limited.items():
        limit = getattr(books.policy.limits, name)
        if limit is None:
            continue
        price = None if prices is None else prices.get(name)
        full = (float(used) - limit.amount) * float(books.limit_unit(name)) >= (0 if name == "trades" else -slack)
        binding = full and (price is None or price > NOT_BINDING)
        text = f"{_amount(name, float(used))} of {_amount(name, limit.amount)} used"
        if binding:
            text += _contributors(name, solved)
            if price is not None:
                text += f"; a dollar more would lower the objective by ${price:.4f}"
        yield LimitUse(
            name=name, amount=limit.amount, used=float(used), binding=binding, shadow_price=price, text=f"{text}."
        )


def _contributors(name: str, solved: Solved) -> str:
    """Up to three sales that use most of a limit on gains, losses or the tax, in words; empty for other limits."""
    if name not in ("short_gain", "long_gain", "net_gain", "gain_share", "loss", "bill", "added_tax"):
        return ""
    wanted = {"short_gain": "short", "long_gain": "long"}.get(name)
    sign = -1 if name == "loss" else 1
    rows = [
        (sign * posting.gain, order)
        for order, posting in zip(solved.orders, solved.after.postings, strict=True)
        if posting.gain is not None and sign * posting.gain > 0 and wanted in (None, posting.term)
    ]
    if not rows:
        return ""
    largest = sorted(rows, key=lambda row: -row[0])[:3]
    return ", most of it by " + ", ".join(f"{order.symbol} lot {order.lot} (${gain:,.2f})" for gain, order in largest)


def _amount(name: str, amount: float) -> str:
    """An amount in the limit's unit, in words."""
    if name == "trades":
        return f"{amount:,.0f} orders"
    return f"{amount:.2%}" if name in ("turnover", "gain_share") else f"${amount:,.2f}"
