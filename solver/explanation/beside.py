"""Orders taken back or placed beside a plan, priced on the books."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from functools import cached_property

import numpy as np

from ...models.schema.money import ZERO, exact
from ..accounting.after_trades import AfterTrades
from ..accounting.orders import SHARE, Order
from ..accounting.replay import priced
from ..accounting.running_totals import RunningTotals
from ..formulation.arrays import Floats
from .facts import Solved


class Beside:
    """What a plan comes to if its orders are changed, asked until `deadline`, a `perf_counter` reading."""

    def __init__(self, solved: Solved, deadline: float) -> None:
        problem, books, orders, after = solved.problem, solved.books, solved.orders, solved.after
        self.problem, self.books, self.orders, self.after = problem, books, orders, after
        self.deadline = deadline
        self.lot_place = {key: i for i, key in enumerate(books.lots)}
        self.number = {name: a for a, name in enumerate(problem.accounts)}
        self.bought = {books.securities[order.symbol].group for order in orders if order.side == "buy"}
        self.harvested = {
            books.securities[order.symbol].group
            for order, posting in zip(orders, after.postings, strict=True)
            if posting.exact_gain is not None and posting.exact_gain < 0
        }
        self.clearing = bool(problem.lots.unwanted.any())

    @cached_property
    def totals(self) -> RunningTotals:
        """The running totals with all of the plan's orders posted."""
        totals = RunningTotals(self.books)
        for order in self.orders:
            totals.post(order)
        return totals

    def repriced(self, without: list[Order], instead: list[Order]) -> tuple[AfterTrades, list[Order]]:
        """The plan with orders taken back and others placed: what it comes to, and its orders."""
        totals = self.totals.copy()
        for order in without:
            totals.post(order, -1)
        for order in instead:
            totals.post(order)
        kept = [*self._kept(without), *instead]
        left = (
            {key: held - totals.sold.get(key, ZERO) for key, held in self.books.shares.items()} if self.clearing else {}
        )
        return priced(self.books, totals, left=left), kept

    def _kept(self, without: list[Order]) -> list[Order]:
        """The plan's orders except those taken back in full."""
        return [order for order in self.orders if order not in without]

    @cached_property
    def left(self) -> Floats:
        """Dollars that the rest of each lot, after the plan, would bring; shape (lots,)."""
        lots = self.problem.lots
        shares = np.array([float(self.after.left[key]) for key in self.lot_place])
        dollars: Floats = shares * self.problem.price[lots.security] * (1 - lots.cost)
        return dollars

    @cached_property
    def estimate(self) -> Floats:
        """Estimated cost per dollar sold of each lot at marginal rates, to choose which lot to price; shape (lots,)."""
        lots, rates = self.problem.lots, self.problem.rates
        rate = np.where(lots.short, rates.all_in_short, rates.all_in_long)
        return lots.gain * rate + lots.waiting + lots.cost

    def buyable(self, account: int, security: int) -> bool:
        """Whether an account may buy a security whose group the plan does not harvest."""
        buys = self.problem.buys
        here = buys.free & (buys.account == account) & (buys.security == security)
        return bool(here.any()) and self.books.securities[self.problem.symbols[security]].group not in self.harvested

    # -- orders -----------------------------------------------------------------------------------------------------

    def _step(self, account: int) -> Decimal:
        return Decimal(1) if self.problem.whole_shares[account] else SHARE

    def _sale(self, lot: int, dollars: Decimal) -> Order:
        """A sale of a lot that brings at least `dollars`, rounded up to the account's step of shares."""
        problem = self.problem
        held, account = problem.held[lot], int(problem.lots.account[lot])
        per_share = self.books.price[held.symbol] * (1 - self.books.selling_cost(held))
        step = self._step(account)
        shares = (dollars / per_share / step).to_integral_value(ROUND_CEILING) * step
        return Order(problem.accounts[account], held.symbol, "sell", float(shares), held.id)

    def sale_of(self, lot: int, dollars: float) -> Order:
        """A sale of a lot that brings about `dollars`, at most what the plan leaves of it."""
        order, held = self._sale(lot, exact(dollars)), self.problem.held[lot]
        left = self.after.left[order.account, held.id]
        return Order(order.account, order.symbol, "sell", float(min(exact(order.quantity), left)), order.lot)

    def raised(self, order: Order) -> float:
        """Dollars of cash that a sale brings."""
        return float(self.books.proceeds(self.books.lots[order.account, order.lot or ""], exact(order.quantity)))

    def part(self, order: Order, share: Decimal) -> Order:
        """The fraction `share` of an order, rounded to the account's step of shares."""
        step = self._step(self.number[order.account])
        quantity = (exact(order.quantity) * share / step).to_integral_value() * step
        return Order(order.account, order.symbol, order.side, float(min(quantity, exact(order.quantity))), order.lot)
