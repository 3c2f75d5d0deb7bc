"""From dollars to orders in shares: whole shares or six decimals, never more than the lot, and enough cash left."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np

from ...models.schema.money import CENT, ZERO, exact
from ..accounting.books import Books
from ..accounting.orders import SHARE, Order
from ..formulation.arrays import Flags, Floats
from ..formulation.problem import Problem

NEARLY = Decimal("0.001")
"""Shares; dollars that come this close to a whole number of shares are taken as that number."""

NEXT_TO_NOTHING = 2 * SHARE
"""Shares; a lot of which less would be left is sold out."""


def round_to_orders(problem: Problem, books: Books, sold: Floats, bought: Floats) -> list[Order]:
    """Return orders for `sold` dollars by lot and `bought` dollars by purchase, in the order of problem.lots and .buys.

    Sales are rounded up, purchases down. Amounts below a cent are dropped, except lots of less than a cent that are
    sold out beside other lots of their account and security, which may come after them in a sale queue. An account that
    this leaves short of cash buys less, and then sells more, first from lots that it already sells.
    """
    return _Rounding(problem, books, sold, bought).orders()


def _worth_selling(problem: Problem, sold: Floats) -> Flags:
    """By lot, whether `sold` dollars of it become an order."""
    lots = problem.lots
    place = lots.account * len(problem.symbols) + lots.security
    large: Flags = sold >= float(CENT)
    dust: Flags = (lots.size < float(CENT)) & (sold > lots.size / 2)
    return large | dust & np.isin(place, place[large]) if dust.any() else large


def _chosen(which: Flags, dollars: Floats) -> Iterator[tuple[int, float]]:
    """The lots or purchases chosen, each with its dollars."""
    return zip(which.nonzero()[0].tolist(), dollars[which].tolist(), strict=True)


class _Rounding:
    """Shares by lot and by purchase while they are rounded and corrected."""

    def __init__(self, problem: Problem, books: Books, sold: Floats, bought: Floats) -> None:
        self.problem, self.books = problem, books
        self.step = [Decimal(1) if whole else SHARE for whole in problem.whole_shares.tolist()]
        self.sales: dict[int, Decimal] = {}
        self.purchases: dict[int, Decimal] = {}
        self.cash = [books.cash[name] for name in problem.accounts]
        """Cash after the sales and purchases so far, by account, in dollars, commissions not counted."""
        self.placed: list[set[tuple[str, int]]] = [set() for _ in problem.accounts]
        """The side and security of each order, by account."""
        self.account, self.security = problem.lots.account.tolist(), problem.lots.security.tolist()
        sold, bought = _net_sheltered(problem, _in_line(problem, sold), bought)
        self.least = self._least_cash(sold, bought)
        for lot, dollars in _chosen(_worth_selling(problem, sold), sold):
            self._sell(lot, exact(dollars) / self.price(self.security[lot]))
        for buy, dollars in _chosen(bought >= float(CENT), bought):
            self._buy(buy, exact(dollars) / self.price(int(problem.buys.security[buy])))
        for account in range(len(problem.accounts)):
            self._cover(account)

    def price(self, security: int) -> Decimal:
        return self.books.price[self.problem.symbols[security]]

    def held(self, lot: int) -> Decimal:
        return self.books.shares[self.problem.accounts[self.account[lot]], self.problem.held[lot].id]

    def _sell(self, lot: int, shares: Decimal) -> None:
        """Sell `shares` of a lot, rounded up; sell all of it if almost nothing would be left."""
        held, account = self.held(lot), self.account[lot]
        step = self.step[account]
        sold = held
        if shares < held - NEXT_TO_NOTHING:
            rounded = _rounded(shares - (min(NEARLY, shares / 2) if step == 1 else ZERO), step, ROUND_CEILING)
            if rounded <= held.quantize(step, ROUND_FLOOR) and held - rounded >= NEXT_TO_NOTHING:
                sold = rounded
        if sold > 0:
            lot_sold = self.problem.held[lot]
            if lot in self.sales:
                self.cash[account] -= self.books.proceeds(lot_sold, self.sales[lot])
            self.cash[account] += self.books.proceeds(lot_sold, sold)
            self.placed[account].add(("sell", self.security[lot]))
            self.sales[lot] = sold

    def _buy(self, buy: int, shares: Decimal) -> None:
        """Buy `shares`, rounded down; drop the purchase if nothing is left of it."""
        account, security = int(self.problem.buys.account[buy]), int(self.problem.buys.security[buy])
        step, symbol = self.step[account], self.problem.symbols[security]
        rounded = _rounded(shares + (NEARLY if step == 1 else ZERO), step, ROUND_FLOOR)
        if buy in self.purchases:
            self.cash[account] += self.books.cost(symbol, self.purchases.pop(buy))
            self.placed[account].discard(("buy", security))
        if rounded > 0:
            self.cash[account] -= self.books.cost(symbol, rounded)
            self.placed[account].add(("buy", security))
            self.purchases[buy] = rounded

    def _least_cash(self, sold: Floats, bought: Floats) -> list[Decimal]:
        """Dollars of cash to leave, by account: the minimum, or what the trades in dollars leave if that is less."""
        problem, lots, buys = self.problem, self.problem.lots, self.problem.buys
        cash = problem.cash.copy()
        np.add.at(cash, lots.account, sold * (1 - lots.cost))
        np.add.at(cash, buys.account, -bought * (1 + problem.half_spread[buys.security]))
        for account in np.flatnonzero(problem.commission).tolist():
            sales = _worth_selling(problem, sold) & (lots.account == account)
            purchases = (bought >= float(CENT)) & (buys.account == account)
            orders = len(np.unique(lots.security[sales])) + int(purchases.sum())
            cash[account] -= problem.commission[account] * orders
        left = [exact(round(dollars, 2)) - CENT for dollars in cash.tolist()]
        minimum = [exact(holder.minimum_cash) for holder in problem.household.accounts]
        return [least if dollars >= least - 2 * CENT else dollars for least, dollars in zip(minimum, left, strict=True)]

    # -- cash -------------------------------------------------------------------------------------------------------

    def missing(self, account: int) -> Decimal:
        """Dollars by which an account's cash is below what it should keep; negative if it is above."""
        commissions = self.books.commission[self.problem.accounts[account]] * len(self.placed[account])
        return self.least[account] - self.cash[account] + commissions

    def _cover(self, account: int) -> None:
        """Restore the cash that rounding took from an account: buy less, then sell more."""
        problem, lots, buys = self.problem, self.problem.lots, self.problem.buys
        if self.missing(account) <= 0:
            return
        own = [buy for buy in self.purchases if buys.account[buy] == account]
        for buy in sorted(own, key=lambda buy: -self.purchases[buy]):
            if (short := self.missing(account)) <= 0:
                return
            less = (short + CENT) / self.price(int(buys.security[buy]))
            self._buy(buy, self.purchases[buy] - _rounded(less, self.step[account], ROUND_CEILING))
        while (short := self.missing(account)) > 0:
            spare = self._spare(account)
            if spare is None:
                return
            symbol = problem.symbols[lots.security[spare]]
            per_share = self.books.price[symbol] * (1 - self.books.selling_cost(problem.held[spare]))
            more = _rounded((short + CENT) / per_share, self.step[account], ROUND_CEILING)
            self._sell(spare, self.sales.get(spare, ZERO) + more)

    def _spare(self, account: int) -> int | None:
        """The lot to sell more of: one that is already sold first, then the least gain; None if there is no lot."""
        problem, lots = self.problem, self.problem.lots
        bought = {problem.group[problem.buys.security[buy]] for buy in self.purchases}
        open_ = (lots.free & (lots.account == account)).nonzero()[0].tolist()
        spare = [lot for lot in open_ if self._may_sell_more(lot) and not
                 (lots.gain[lot] < 0 and problem.group[lots.security[lot]] in bought)]  # fmt: skip
        return min(spare, key=lambda lot: (lot not in self.sales, lots.gain[lot]), default=None)

    def _may_sell_more(self, lot: int) -> bool:
        ahead = int(self.problem.lots.predecessor[lot])
        return self.sales.get(lot, ZERO) < self.held(lot) and (ahead < 0 or self.sales.get(ahead) == self.held(ahead))

    # -- orders -----------------------------------------------------------------------------------------------------

    def orders(self) -> list[Order]:
        """The orders, account by account: sales before purchases, recent lots first, gains before losses among them
        (docs/wash_sales.md).
        """
        problem, lots, buys = self.problem, self.problem.lots, self.problem.buys
        found: list[tuple[tuple[int, ...], Order]] = []
        recent = {key for own in problem.wash.recent.values() for key in own}
        for lot, shares in self.sales.items():
            account, held = self.account[lot], problem.held[lot]
            new = (problem.accounts[account], held.id) in recent
            place = account, 0, not new, new and bool(lots.gain[lot] < 0), lot
            found.append((place, Order(problem.accounts[account], held.symbol, "sell", float(shares), held.id)))
        for buy, shares in self.purchases.items():
            account, symbol = int(buys.account[buy]), problem.symbols[buys.security[buy]]
            found.append(((account, 1, buy), Order(problem.accounts[account], symbol, "buy", float(shares))))
        return [order for _, order in sorted(found, key=lambda row: row[0])]


def _rounded(shares: Decimal, step: Decimal, rounding: str) -> Decimal:
    return shares.quantize(step, rounding)


def _in_line(problem: Problem, sold: Floats) -> Floats:
    """The dollars sold of interchangeable lots, moved to the front of their order: each lot in full before the next."""
    lots = problem.lots
    order = np.lexsort((lots.queue_place, lots.interchangeable))
    size, run = lots.size[order], lots.interchangeable[order]
    starts = np.searchsorted(run, np.arange(run[-1] + 1)) if len(run) else run
    length = np.bincount(run)
    ahead = np.cumsum(size) - size
    ahead -= np.repeat(ahead[starts], length)
    poured = np.empty_like(sold)
    poured[order] = (
        np.clip(np.repeat(np.add.reduceat(sold[order], starts), length) - ahead, 0.0, size) if len(run) else 0
    )
    return poured


def _net_sheltered(problem: Problem, sold: Floats, bought: Floats) -> tuple[Floats, Floats]:
    """Net what a sheltered account would both sell and buy of one security, because it only pays the spread.

    An account is left alone if a rule may be the reason for both: an order of lots, whole shares, a commission or a
    minimum trade.
    """
    sold, bought = sold.copy(), bought.copy()
    lots, buys = problem.lots, problem.buys
    sells = np.zeros(problem.holdings.shape, bool)
    sells[lots.account[sold > 0], lots.security[sold > 0]] = True
    both_ways = (bought > 0) & sells[buys.account, buys.security]
    for buy in both_ways.nonzero()[0].tolist():
        holder = problem.household.accounts[buys.account[buy]]
        ordered = holder.whole_shares or holder.accounting_method != "specific" or holder.average_cost
        if holder.taxable or ordered or holder.commission or problem.policy.limits.minimum_trade:
            continue
        same = (lots.account == buys.account[buy]) & (lots.security == buys.security[buy]) & (sold > 0)
        for lot in same.nonzero()[0].tolist():
            both = min(sold[lot], bought[buy])
            sold[lot] -= both
            bought[buy] -= both
    return sold, bought
