"""Totals of orders while they are posted."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Literal

from ...models.household.parts.accounts import Lot
from ...models.household.parts.lot_rules import held_since
from ...models.schema.money import ZERO, cents, exact
from ...models.schema.ordered import Ordered
from ...models.tax.holding_period import Term, holding_term
from .books import Books
from .orders import Posting


class RunningTotals:
    """Totals of the orders posted so far. Posting an order again with sign -1 takes it back."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.cash = dict(books.cash)
        self.sold: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        """Shares sold, by account and lot."""
        self.moved: dict[str, Decimal] = defaultdict(Decimal)
        """Shares bought less shares sold, by symbol, as they count toward targets."""
        self.amounts: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        """Dollars by order (account, symbol, side), at the price."""
        self.bought: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        """Shares bought, by account and symbol."""
        self.realized: dict[Term, Decimal] = {"short": ZERO, "long": ZERO}
        self.loss = self.trading = self.location = self.substitution = self.waiting = ZERO

    def copy(self) -> RunningTotals:
        """Return an independent copy."""
        other = RunningTotals(self.books)
        other.cash = dict(self.cash)
        for name in ("sold", "moved", "amounts", "bought"):
            getattr(other, name).update(getattr(self, name))
        other.realized = dict(self.realized)
        other.loss, other.trading = self.loss, self.trading
        other.location, other.substitution, other.waiting = self.location, self.substitution, self.waiting
        return other

    def post(self, order: Ordered, sign: Literal[1, -1] = 1) -> Posting:
        """Post an order, or take it back with sign -1, and return what it does.

        Raises KeyError if the order names an unknown account, symbol or lot.
        """
        books = self.books
        account, symbol, quantity = order.account, order.symbol, exact(order.quantity)
        amount = quantity * books.price[symbol]
        forgone = books.forgone[account, symbol] * amount
        if order.side == "buy":
            posting = Posting(-books.cost(symbol, quantity))
            self.trading += sign * amount * books.spread[symbol]
            self.bought[account, symbol] += sign * quantity
            self.moved[symbol] += sign * quantity * books.counted[account]
            self.location += sign * forgone
            self.substitution += sign * amount * books.substitute_cost * books.ranks[account].get(symbol, 0)
        else:
            posting = self._sell(books.lots[account, order.lot or ""], account, quantity, amount, sign)
            self.moved[symbol] -= sign * quantity * books.counted[account]
            self.location -= sign * forgone
            if symbol in books.substitutes:
                self.substitution -= sign * amount * books.substitute_cost
        self.cash[account] += sign * posting.proceeds
        key = account, symbol, order.side
        self.amounts[key] += sign * amount
        if not self.amounts[key]:
            del self.amounts[key]
        return posting

    def _sell(self, lot: Lot, account: str, quantity: Decimal, amount: Decimal, sign: int) -> Posting:
        books = self.books
        proceeds = books.proceeds(lot, quantity)
        self.sold[account, lot.id] += sign * quantity
        self.trading += sign * amount * books.selling_cost(lot)
        per_share = books.gain_per_share(account, lot)
        since = None if per_share is None else held_since(lot, per_share)
        if per_share is None or since is None:
            return Posting(proceeds)
        unrounded, term = quantity * per_share, holding_term(since, books.household.trade_date)
        gain = cents(unrounded)
        self.realized[term] += sign * gain
        self.loss -= sign * min(gain, ZERO)
        if term == "short":
            self.waiting += sign * books.waiting(lot, per_share, amount)
        return Posting(proceeds, gain, term, unrounded)
