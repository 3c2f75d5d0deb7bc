"""Trades that would bring one asset class nearer to its band, in addition to a plan's."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ...models.household.parts.targets import CASH
from ...models.schema.money import exact
from ..accounting.orders import SHARE, Order
from ..formulation.arrays import Flags, Floats
from .beside import Beside

MOST = 1000.0
"""Dollars that a further correction moves at most."""

FEWEST = 1.0
"""Dollars; an account with less cash to spend, or a lot with less left, corrects nothing."""


class Correction(NamedTuple):
    """Orders in one account that bring a class nearer to its band, and the same in words."""

    text: str
    orders: list[Order]
    without: list[Order]
    """Orders of the plan that it takes back."""


class Corrections:
    """The further corrections of one class, which is above its band or below it."""

    PURE = 0.5
    """The least part of a fund that counts in the class that it is bought for."""
    LOTS, FUNDS = 2, 3
    """The cheapest lots of a class and account, and the funds of a class, that are tried."""

    def __init__(self, beside: Beside, name: str, *, above: bool) -> None:
        self.beside, self.problem, self.above = beside, beside.problem, above
        self.place, self.is_cash = self.problem.classes.index(name), name == CASH
        bands = beside.after.classes()
        value = beside.after.target_value
        self.beyond = np.array([float(bands[c].after - (bands[c].target or 0) * value) for c in self.problem.classes])
        """Dollars above the target after the trades, by class."""

    @cached_property
    def left(self) -> Floats:
        """Dollars that the rest of each lot would bring, below FEWEST counted as 0."""
        left = self.beside.left
        return np.where(left < FEWEST, 0.0, left)

    @cached_property
    def counts(self) -> Flags:
        """Whether a lot's sale would bring the class nearer to its band."""
        exposed: Flags = self.problem.exposure[self.problem.lots.security, self.place] > 0
        return exposed if self.above else ~exposed

    @cached_property
    def sellable(self) -> Flags:
        """Whether a lot's sale would bring the class nearer to its band, and may be placed beside the plan."""
        lots = self.problem.lots
        first = (lots.predecessor < 0) | (self.left[lots.predecessor] <= 0)
        found: Flags = lots.free & first & ~self.washed & (self.left > 0) & self.counts
        return found

    @cached_property
    def washed(self) -> Flags:
        """Whether a lot is at a loss that the plan's purchases would wash."""
        lots = self.problem.lots
        bought = np.array([group in self.beside.bought for group in self.problem.groups], dtype=bool)
        found: Flags = lots.is_loss & bought[self.problem.group[lots.security]]
        return found

    def with_cash(self) -> list[int]:
        """The accounts with cash to spend above their minimum."""
        return [a for a in range(len(self.problem.accounts)) if self.spare(a) >= FEWEST]

    def spare(self, account: int) -> float:
        """Dollars of cash above the minimum after the trades."""
        cash = self.beside.after.cash[self.problem.accounts[account]]
        return float(cash) - float(self.problem.minimum[account])

    def funds(self, account: int, asset_class: int) -> list[int]:
        """Securities that an account may buy for a class beside the plan, preferred ones first, then by spread."""
        problem, buys = self.problem, self.problem.buys
        fits = buys.free & (buys.account == account) & (problem.exposure[buys.security, asset_class] >= self.PURE)
        found = [i for i in np.flatnonzero(fits).tolist() if self.beside.buyable(account, int(buys.security[i]))]
        found.sort(key=lambda i: (buys.substitution[i], problem.half_spread[buys.security[i]]))
        return [int(buys.security[i]) for i in found[: self.FUNDS]]

    def buyers(self) -> list[int]:
        """The accounts that may buy the class beside the plan."""
        return [a for a in range(len(self.problem.accounts)) if self.funds(a, self.place)]

    def of(self, outside: float) -> Iterator[Correction]:
        """Yield further corrections of at most `outside` dollars, as they count toward the target."""
        problem = self.problem
        yield from self.fewer_purchases(outside)
        for account in np.flatnonzero(problem.counted > 0).tolist():
            most = min(outside, MOST) / float(problem.counted[account])
            funds = self.purchases(account)
            if self.is_cash == self.above and self.spare(account) >= FEWEST:
                for fund in funds:
                    yield from self.with_purchase(account, fund, min(most, self.spare(account)), None)
            if self.is_cash and self.above:
                continue
            for lot in self.lots(account):
                exposed = float(problem.exposure[problem.lots.security[lot], self.place]) if self.above else 1.0
                amount = min(most / exposed, float(self.left[lot]))
                if self.above or self.is_cash:
                    yield self.sale(lot, amount)
                for fund in funds:
                    if fund != problem.lots.security[lot]:
                        yield from self.with_purchase(account, fund, amount, lot)

    def purchases(self, account: int) -> list[int]:
        """What an account could buy for the class, or instead of it for the two other classes farthest below target."""
        if self.is_cash and not self.above:
            return []
        if not self.above:
            return self.funds(account, self.place)
        others = [c for c in np.argsort(self.beyond, kind="stable").tolist() if c != self.place]
        found = [funds for c in others if (funds := self.funds(account, c))]
        return [fund for funds in found[:2] for fund in funds]

    def fewer_purchases(self, outside: float) -> Iterator[Correction]:
        """The plan's purchases of a class above its band, or of anything if cash is below its own, made smaller."""
        if self.above == self.is_cash:
            return
        symbols, problem = list(self.problem.symbols), self.problem
        for order in self.beside.orders:
            security, account = symbols.index(order.symbol), problem.accounts.index(order.account)
            exposed = 1.0 if self.is_cash else float(problem.exposure[security, self.place])
            if order.side == "buy" and exposed * problem.counted[account] > 0:
                bought = order.quantity * float(problem.price[security])
                less = min(min(outside, MOST) / (exposed * float(problem.counted[account])), bought)
                kept = self.beside.part(order, exact(1 - less / bought))
                left = [kept] if kept.quantity > 0 else []
                less = bought - kept.quantity * float(problem.price[security])
                yield Correction(f"buying ${less:,.0f} less of {order.symbol} in {order.account}", left, [order])

    def lots(self, account: int) -> list[int]:
        """The cheapest lots that an account could sell, of each class."""
        problem, found = self.problem, []
        main = problem.exposure.argmax(axis=1)[problem.lots.security]
        for c in range(len(problem.classes)):
            own = np.flatnonzero(self.sellable & (problem.lots.account == account) & (main == c))
            found += own[np.argsort(self.beside.estimate[own], kind="stable")][: self.LOTS].tolist()
        return found

    def sale(self, lot: int, amount: float) -> Correction:
        """A sale of about `amount` dollars of a lot, at most what is left of it."""
        order = self.beside.sale_of(lot, amount)
        dollars = order.quantity * float(self.problem.price[self.problem.lots.security[lot]])
        return Correction(f"selling ${dollars:,.0f} of {order.symbol} lot {order.lot} in {order.account}", [order], [])

    def with_purchase(self, account: int, fund: int, amount: float, lot: int | None) -> Iterator[Correction]:
        """A purchase of about `amount` dollars with the proceeds of a lot, or with cash; nothing if that buys none."""
        problem, per_share = self.problem, float(self.problem.price[fund] * (1 + self.problem.half_spread[fund]))
        whole = bool(problem.whole_shares[account])
        step = 1.0 if whole else float(SHARE)
        paid, words = [], f"with cash in {problem.accounts[account]}"
        if lot is not None:
            sold = self.sale(lot, max(amount, per_share) if whole else amount)
            paid, words = sold.orders, sold.text
            amount = self.beside.raised(sold.orders[0])
        shares = round(int(amount / per_share / step) * step, 6)
        if shares > 0:
            order = Order(problem.accounts[account], problem.symbols[fund], "buy", shares)
            text = f"buying ${shares * problem.price[fund]:,.0f} of {order.symbol} {words}"
            yield Correction(f"{words} for {order.symbol}" if paid else text, [*paid, order], [])
