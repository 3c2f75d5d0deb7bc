"""The next-best alternative to each trade and what it would cost more, priced on the books.

For a sale: the same dollars from the cheapest other lot of its class in the account, or the sale and a purchase that it
pays for moved to another account. For a purchase: another security of its class.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from time import perf_counter

import numpy as np

from ...models.plan.statements import MONEY
from ...models.schema.money import CENT, ZERO, exact
from ..accounting.after_trades import AfterTrades
from ..accounting.orders import SHARE, Order
from ..accounting.replay import priced
from ..accounting.running_totals import RunningTotals
from ..accounting.violations import misplaced_orders, violation
from ..formulation.arrays import Flags, Floats
from .facts import Solved

Alternative = tuple[str, list[Order], list[Order]]
"""The alternative in words, the orders taken back, the orders placed instead."""


class NextBest:
    """The alternatives to the `most` largest trades of one plan, sought until `deadline`, a `perf_counter` reading."""

    def __init__(self, solved: Solved, deadline: float, most: int) -> None:
        problem, books, orders, after = solved.problem, solved.books, solved.orders, solved.after
        self.problem, self.books, self.orders, self.after = problem, books, orders, after
        self.deadline = deadline
        self.main_class = problem.exposure.argmax(axis=1)
        self.place = {symbol: k for k, symbol in enumerate(problem.symbols)}
        self.lot_class = self.main_class[problem.lots.security]
        self.lot_place = {key: i for i, key in enumerate(books.lots)}
        self.number = {name: a for a, name in enumerate(problem.accounts)}
        self.bought = {books.securities[order.symbol].group for order in orders if order.side == "buy"}
        self.harvested = {
            books.securities[order.symbol].group
            for order, posting in zip(orders, after.postings, strict=True)
            if posting.exact_gain is not None and posting.exact_gain < 0
        }
        # If one of these lots were kept, a loss that the plan sells might become a wash sale.
        self.recent = {key for own in problem.wash.recent.values() for key in own}
        self.violation = violation(books, after, orders)
        self.clearing = bool(problem.lots.unwanted.any())
        size = [abs(posting.proceeds) for posting in after.postings]
        self.asked = set(sorted(range(len(orders)), key=lambda i: -size[i])[:most])

    def of(self, position: int) -> dict[str, object]:
        """Return the reason's fields for the trade at `position`: the alternative in words, its cost and penalties.

        Empty if there is no alternative, the trade is too small to be among those priced, or the deadline has passed.
        """
        if position not in self.asked or perf_counter() > self.deadline:
            return {}
        order = self.orders[position]
        if order.side == "sell" and (self._followed(order) or (order.account, order.lot) in self.recent):
            return {}
        found = [
            (*cost, words)
            for words, without, instead in (self._sales(order) if order.side == "sell" else self._purchases(order))
            if (cost := self._cost(without, instead)) is not None
        ]
        if not found:
            return {}
        least, penalized, words = min(found)
        return {"next_best": words, "next_best_costs": float(least), "next_best_penalties": float(penalized)}

    @cached_property
    def totals(self) -> RunningTotals:
        """The running totals with all of the plan's orders posted."""
        totals = RunningTotals(self.books)
        for order in self.orders:
            totals.post(order)
        return totals

    def _cost(self, without: list[Order], instead: list[Order]) -> tuple[Decimal, Decimal] | None:
        """Dollars by which the alternative raises the objective, and its penalties; None if it breaks a rule."""
        after, kept = self.repriced(without, instead)
        if violation(self.books, after, kept) > self.violation + CENT:
            return None
        if misplaced_orders(self.books, after, kept):
            return None
        penalized = sum((after.parts[part] - self.after.parts[part] for part in after.parts if part not in MONEY), ZERO)
        return after.objective - self.after.objective, penalized

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

    def _followed(self, order: Order) -> bool:
        """Whether the plan also sells from the next lot of the sale queue, which must wait for all of this one."""
        behind = np.flatnonzero(self.problem.lots.predecessor == self.lot_place[order.account, order.lot or ""])
        sold = self.totals.sold
        keys = list(self.lot_place)
        return any(sold.get(keys[lot], ZERO) > 0 for lot in behind.tolist())

    def _kept(self, without: list[Order]) -> list[Order]:
        """The plan's orders except those taken back in full."""
        return [order for order in self.orders if order not in without]

    # -- candidates -------------------------------------------------------------------------------------------------

    def _sales(self, order: Order) -> Iterator[Alternative]:
        """The cheapest other lot of the class in the account; the cheapest elsewhere, with a purchase moved there."""
        asset_class, account = self.main_class[self.place[order.symbol]], self.number[order.account]
        lot = self.books.lots[order.account, order.lot or ""]
        dollars = self.books.proceeds(lot, exact(order.quantity))
        other = self._lot(account, asset_class, dollars, besides=order)
        if other is not None:
            sale = self._sale(other, dollars)
            yield f"the same amount from {sale.symbol} lot {sale.lot}", [order], [sale]
        purchases = [row for row in self.orders if row.account == order.account and row.side == "buy"]
        if not purchases:
            return
        paid = max(purchases, key=lambda row: self._dollars(row))
        moved = min(dollars, self._dollars(paid))
        elsewhere = [
            found
            for a in range(len(self.problem.accounts))
            if a != account
            and self.buyable(a, self.place[paid.symbol])
            and (found := self._lot(a, asset_class, moved)) is not None
        ]
        if elsewhere:
            found = min(elsewhere, key=lambda lot: self.estimate[lot])
            sale, name = self._sale(found, moved), self.problem.accounts[self.problem.lots.account[found]]
            share = moved / dollars if dollars else ZERO
            less_sold = self.part(order, share)
            less_bought = self.part(paid, moved / self._dollars(paid))
            bought = Order(name, paid.symbol, "buy", less_bought.quantity)
            part = "corrected" if share == 1 else f"${moved:,.0f} of it corrected"
            yield f"{part} in {name}", [less_sold, less_bought], [sale, bought]

    def _purchases(self, order: Order) -> Iterator[Alternative]:
        """The other security of the class that the account may buy, that forgoes least, then least spread."""
        problem, account, own = self.problem, self.number[order.account], self.place[order.symbol]
        same = [
            k
            for k in range(len(problem.symbols))
            if k != own and self.main_class[k] == self.main_class[own] and self.buyable(account, k)
        ]
        if same:
            other = min(same, key=lambda k: (problem.forgone[account, k], problem.half_spread[k]))
            symbol = problem.symbols[other]
            spread, step = self.books.spread[symbol], self._step(account)
            shares = self._dollars(order) / (self.books.price[symbol] * (1 + spread))
            instead = Order(order.account, symbol, "buy", float(shares // step * step))
            if instead.quantity > 0:
                yield f"{symbol} instead", [order], [instead]

    def _lot(self, account: int, asset_class: int, dollars: Decimal, besides: Order | None = None) -> int | None:
        """The index of a class's lot in an account that is cheapest to sell `dollars` of; None if there is none."""
        lots = self.problem.lots
        fits = self.open & (lots.account == account) & (self.lot_class == asset_class)
        fits &= self.left >= float(dollars) + self.problem.price[lots.security]
        if besides is not None:
            fits[self.lot_place[besides.account, besides.lot or ""]] = False
        found = np.flatnonzero(fits)
        return int(found[self.estimate[found].argmin()]) if len(found) else None

    @cached_property
    def open(self) -> Flags:
        """Whether each lot may be sold given the plan's purchases and has no predecessor; shape (lots,)."""
        lots = self.problem.lots
        bought = np.array([group in self.bought for group in self.problem.groups], dtype=bool)
        washed = lots.is_loss & bought[self.problem.group[lots.security]]
        found: Flags = lots.free & (lots.predecessor < 0) & ~washed
        return found

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

    def _dollars(self, order: Order) -> Decimal:
        """Dollars of cash that a purchase takes."""
        return self.books.cost(order.symbol, exact(order.quantity))

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
