"""Orders of many accounts as blocks: one for each trade date, symbol and side, and what each account takes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ....models.schema.money import ZERO

if TYPE_CHECKING:
    from .sources import Order

BlockKey = tuple[date, str, str]
"""Trade date, symbol and side."""


@dataclass(slots=True)
class Amount:
    """Shares, and their dollars at the price, not rounded."""

    quantity: Decimal = ZERO
    dollars: Decimal = ZERO


@dataclass(slots=True)
class Blocks:
    """The shares of every account by block, added up as orders are seen."""

    taken: dict[BlockKey, dict[tuple[str, str], Amount]] = field(default_factory=dict)
    """By block, then by household and account id."""

    def add(self, order: Order) -> None:
        """Add an order to its block."""
        key = order.trade_date, order.symbol, order.side
        amount = self.taken.setdefault(key, {}).setdefault((order.household, order.account), Amount())
        amount.quantity += order.quantity
        amount.dollars += order.quantity * order.price

    def block_orders(self) -> Iterator[dict[str, Any]]:
        """Yield the blocks by trade date, symbol and side, numbered from 1, as the fields of block_orders.csv."""
        for number, (key, accounts) in enumerate(sorted(self.taken.items()), 1):
            yield _named(number, key) | {
                "quantity": sum((each.quantity for each in accounts.values()), ZERO),
                "accounts": len(accounts),
                "amount": sum((each.dollars for each in accounts.values()), ZERO),
            }

    def allocations(self) -> Iterator[dict[str, Any]]:
        """Yield what each account takes of each block, as the fields of allocations.csv, in the order of orders."""
        for number, (key, accounts) in enumerate(sorted(self.taken.items()), 1):
            for (household, account), each in accounts.items():
                who = {"household": household, "account": account}
                yield _named(number, key) | who | {"quantity": each.quantity, "amount": each.dollars}


def _named(number: int, key: BlockKey) -> dict[str, Any]:
    day, symbol, side = key
    return {"block": number, "trade_date": day, "symbol": symbol, "side": side}
