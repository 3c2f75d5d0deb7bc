"""Totals of orders while they are posted."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Literal

from ...models.schema.money import ONE, ZERO, cents, exact
from ...models.schema.ordered import Ordered
from ...models.tax.holding_period import Term
from .books import Books
from .orders import Posting


class RunningTotals:
    """Totals of the orders posted so far. Posting an order again with sign -1 takes it back."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.cash = dict(books.cash)
        self.sold: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        """Shares sold, by account and lot."""
        self.amounts: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        """Dollars by order (account, symbol, side), at the price."""
        self.bought: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        """Shares bought, by account and symbol."""
        self.realized: dict[Term, Decimal] = {"short": ZERO, "long": ZERO}
        self.loss = self.trading = self.waiting = ZERO

    def copy(self) -> RunningTotals:
        """Return an independent copy."""
        other = RunningTotals(self.books)
        other.cash = dict(self.cash)
        for name in ("sold", "amounts", "bought"):
            getattr(other, name).update(getattr(self, name))
        other.realized = dict(self.realized)
        other.loss, other.trading, other.waiting = self.loss, self.trading, self.waiting
        return other

    def post(self, order: Ordered, sign: Literal[1, -1] = 1) -> Posting:
        """Post an order, or take it back with sign -1, and return what it does.

        Raises KeyError if the order names an unknown account, symbol or lot.
        """
        account, symbol = order.account, order.symbol
        quantity = exact(order.quantity)
        amount = quantity * self.books.price[symbol]
        if sign < 0:
            quantity, amount = -quantity, -amount
        if order.side == "buy":
            spread = self.books.spread[symbol]
            posting = Posting(-cents(amount * (ONE + spread)))
            self.trading += amount * spread
            self.bought[account, symbol] += quantity
        else:
            posting = self._sell(account, order.lot or "", quantity, amount)
        self.cash[account] += posting.proceeds
        key = account, symbol, order.side
        self.amounts[key] += amount
        if not self.amounts[key]:
            del self.amounts[key]
        return posting

    def _sell(self, account: str, lot: str, quantity: Decimal, amount: Decimal) -> Posting:
        sale = self.books.sale(account, lot)
        proceeds = cents(amount * (ONE - sale.cost))
        self.sold[account, lot] += quantity
        self.trading += amount * sale.cost
        if sale.gain is None or sale.term is None:
            return Posting(proceeds)
        unrounded = quantity * sale.gain
        gain = cents(unrounded)
        self.realized[sale.term] += gain
        if sale.gain < 0:
            self.loss -= gain
        elif sale.waiting:
            self.waiting += amount * sale.waiting
        return Posting(proceeds, gain, sale.term, unrounded)
