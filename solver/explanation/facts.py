"""The facts that the reasons cite."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from ...models.eligibility.blocked_lots import IN_A_WINDOW
from ...models.eligibility.restrictions import unwanted
from ...models.household.household import Household
from ...models.household.parts.accounts import Account
from ...models.household.parts.substitutes import substitutes
from ...models.policy.policy import BandKind
from ...models.schema.money import ZERO, exact
from ...models.tax.holding_period import Term
from ...models.tax.tax_bill import TaxBill, tax_bill
from ...models.wash_sales.history import order_of
from ...models.wash_sales.loss_status import LossStatus
from ..accounting.after_trades import NO_EFFECT, AfterTrades, Band
from ..accounting.books import Books
from ..accounting.orders import Order
from ..formulation.problem import Problem
from .words import dollars, listed


@dataclass(frozen=True, slots=True)
class Solved:
    """A plan's orders and their replay, with the household as arrays (`problem`) and in decimals (`books`)."""

    problem: Problem
    books: Books
    orders: Sequence[Order]
    after: AfterTrades
    """The replay of the orders."""
    shadow_prices: Mapping[str, float] | None = None
    """Dollars by which one more unit of each limit would lower the objective, by the limit's name; None if unknown."""
    conflicts: Sequence[str] = ()
    """Labels of the rows that conflict, if not all rules can be kept."""


@dataclass(frozen=True, slots=True)
class GainsOfTerm:
    """The gains of one term that a plan realizes, in dollars, its losses left out."""

    total: Decimal
    taxed: Decimal
    """How much of them is taxed this year, at 0 % or more; losses absorb the rest."""
    tax: Decimal
    """What they add to this year's bill, given the rest of the plan."""


@dataclass(frozen=True)
class HarvestUse:
    """The losses that a plan harvests, as far as they are allowed, and what they are used for, in dollars."""

    total: Decimal
    gains: Decimal
    """Offset against gains."""
    income: Decimal
    """Offset against other income."""
    carried: Decimal
    """Carried on."""

    @cached_property
    def in_words(self) -> str:
        """What the losses are used for, as it follows a subject; the same for every loss."""
        offset = [f"{dollars(self.gains)} of gains"] if self.gains > 0 else []
        if self.income > 0:
            offset.append(f"{dollars(self.income)} of other income")
        uses = [f"offsets {listed(offset)}"] if offset else []
        if self.carried > 0:
            uses.append(f"adds {dollars(self.carried)} to the losses carried on")
        return listed(uses)


@dataclass(frozen=True)
class Facts:
    """The facts that the reasons cite, read off the household and the replayed orders, never off the program."""

    solved: Solved
    losses: Sequence[LossStatus]
    """The statuses of the plan's losses."""

    @property
    def household(self) -> Household:
        """The household."""
        return self.solved.problem.household

    @property
    def orders(self) -> Sequence[Order]:
        """The plan's orders."""
        return self.solved.orders

    @property
    def after(self) -> AfterTrades:
        """The replay of the orders."""
        return self.solved.after

    @cached_property
    def main_class(self) -> dict[str, str]:
        """The largest asset class of each security, by symbol."""
        return {s.symbol: max(s.exposures, key=lambda c: s.exposures[c]) for s in self.household.securities}

    @cached_property
    def factors(self) -> dict[str, Mapping[str, float]]:
        """The factor loadings of each security, by symbol."""
        return {s.symbol: s.factors for s in self.household.securities}

    @cached_property
    def unwanted(self) -> set[tuple[str, str]]:
        """Pairs of account id and symbol that may not be held."""
        return unwanted(self.household)

    @cached_property
    def washed(self) -> dict[tuple[str, str], list[LossStatus]]:
        """The deferred and lost parts of losses, by account id and lot id; empty if the replay disallows nothing."""
        found: dict[tuple[str, str], list[LossStatus]] = defaultdict(list)
        for state in self.losses:
            if state.state in ("deferred", "lost") and self.after.wash_effect.disallowed != NO_EFFECT.disallowed:
                found[state.account, state.lot].append(state)
        return found

    @cached_property
    def cleaned_out(self) -> set[tuple[str, str]]:
        """Recent lots, by account id and lot id, sold so that older losses of their group are not wash sales."""
        lots, wash = self.solved.problem.lots, self.solved.problem.wash
        inside = set(lots.label[np.equal(lots.blocked, IN_A_WINDOW)].tolist())
        sold: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for order in self.orders:
            group = self.household.groups[order.symbol]
            if order.side == "sell" and group in wash.recent:
                sold[group].add((order.account, order.lot or ""))
        found = set()
        for group, keys in sold.items():
            orders = {self._order(key) for key in keys if "/".join(key) in inside}
            found |= {key for key in wash.recent[group] if key in keys and orders - {self._order(key)}}
        return found

    def _order(self, key: tuple[str, str]) -> str:
        """The order with which a lot, by account id and lot id, was bought."""
        return order_of(key[0], self.solved.books.lots[key])

    @cached_property
    def substitutes(self) -> dict[str, set[str]]:
        """The substitutes of each preferred security, by its symbol."""
        substitute_symbols = substitutes(self.household.securities)
        return {each.symbol: substitute_symbols & {*each.substitutes} for each in self.household.securities}

    @cached_property
    def given_up(self) -> dict[str, set[str]]:
        """Substitutes that are sold while the securities they substitute are bought, each with those securities."""
        sides = {(order.symbol, order.side) for order in self.orders}
        bought = {symbol: names for symbol, names in self.substitutes.items() if (symbol, "buy") in sides}
        sold = {name for names in bought.values() for name in names if (name, "sell") in sides}
        return {name: {symbol for symbol, names in bought.items() if name in names} for name in sold}

    @cached_property
    def given_up_for(self) -> dict[str, set[str]]:
        """`given_up` inverted: securities bought while their substitutes are sold, each with those substitutes."""
        found: dict[str, set[str]] = defaultdict(set)
        for substitute, symbols in self.given_up.items():
            for symbol in symbols:
                found[symbol].add(substitute)
        return dict(found)

    @cached_property
    def names_out(self) -> dict[str, tuple[Band, bool]]:
        """Securities outside their own bands before the trades, by symbol: the band, and whether they are above it."""
        return {band.name: (band, above) for band, above in self._out("name")}

    @cached_property
    def factors_out(self) -> list[tuple[Band, bool]]:
        """The bands of factors that the household is outside of before the trades, each with whether it is above."""
        return self._out("factor")

    def _out(self, kind: BandKind) -> list[tuple[Band, bool]]:
        value = self.after.target_value
        return [
            (band, band.before > band.upper * value)
            for band in self.after.bands
            if band.kind == kind and not band.lower * value <= band.before <= band.upper * value
        ]

    @cached_property
    def overweight(self) -> set[str]:
        """Classes above their target before the trades."""
        value = self.after.target_value
        return {name for name, band in self.after.classes().items() if band.before > (band.target or ZERO) * value}

    @cached_property
    def sold(self) -> dict[tuple[str, bool], dict[str, Decimal]]:
        """Dollars sold, by class and whether the account is taxable, then by account id."""
        found: dict[tuple[str, bool], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for order, posting in zip(self.orders, self.after.postings, strict=True):
            if order.side == "sell":
                key = self.main_class[order.symbol], self.account(order).taxable
                found[key][order.account] += posting.proceeds
        return found

    @cached_property
    def traded(self) -> dict[tuple[str, str, str], set[str]]:
        """Symbols traded, by account id, class and side."""
        found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for order in self.orders:
            found[order.account, self.main_class[order.symbol], order.side].add(order.symbol)
        return found

    @cached_property
    def raised_in_shelter(self) -> set[str]:
        """Classes that the plan buys in sheltered accounts."""
        purchases = (order for order in self.orders if order.side == "buy")
        return {self.main_class[order.symbol] for order in purchases if not self.account(order).taxable}

    @cached_property
    def harvest_use(self) -> HarvestUse:
        """What the plan's allowed losses are used for."""
        losses: dict[str, Decimal] = defaultdict(Decimal)
        gains: dict[str, Decimal] = defaultdict(Decimal)
        for posting in self.after.postings:
            if posting.gain is not None and posting.term is not None:
                (losses if posting.gain < 0 else gains)[posting.term] += posting.gain
        without = tax_bill(self.solved.books.filer, gains["short"], gains["long"])
        for term, disallowed in self.after.wash_effect.disallowed.items():
            losses[term] += disallowed
        total = -sum(losses.values(), ZERO)
        used = exact(self.after.tax_after.loss_used) - exact(without.loss_used)
        carried = _carried(self.after.tax_after) - _carried(without)
        return HarvestUse(total, total - used - carried, used, carried)

    @cached_property
    def accounts(self) -> Mapping[str, Account]:
        """The accounts by id."""
        return self.household.account

    @cached_property
    def left_to_shelter(self) -> set[str]:
        """Classes with a sheltered lot that may be sold and still holds at least $1 after the plan."""
        problem, price = self.solved.problem, self.solved.books.price
        sheltered = np.flatnonzero(problem.lots.free & ~problem.taxable[problem.lots.account])
        names = [problem.accounts[account] for account in problem.lots.account[sheltered].tolist()]
        held = ((name, problem.held[i]) for name, i in zip(names, sheltered.tolist(), strict=True))
        return {
            self.main_class[lot.symbol] for name, lot in held if self.after.left[name, lot.id] * price[lot.symbol] >= 1
        }

    @cached_property
    def harvested(self) -> dict[tuple[str, str], set[str]]:
        """Symbols sold at a loss, by account id and class."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for order, posting in zip(self.orders, self.after.postings, strict=True):
            if posting.gain is not None and posting.gain < 0:
                found[order.account, self.main_class[order.symbol]].add(order.symbol)
        return found

    @cached_property
    def harvested_originals(self) -> dict[str, list[str]]:
        """Symbols sold at a loss that name a substitute, by its symbol."""
        losses, found = set().union(*self.harvested.values()), defaultdict(list)
        for name in sorted(losses & self.substitutes.keys()):
            for substitute in self.substitutes[name]:
                found[substitute].append(name)
        return found

    @cached_property
    def active(self) -> set[tuple[str, str]]:
        """Pairs of account id and side with at least one order."""
        return {(order.account, order.side) for order in self.orders}

    def account(self, order: Order) -> Account:
        """The account of an order."""
        return self.accounts[order.account]

    @cached_property
    def short_of_cash(self) -> set[str]:
        """The ids of accounts that have too little cash for their withdrawal and cash minimum."""
        return {
            account.id
            for account in self.household.accounts
            if exact(account.cash) + exact(account.contribution) - exact(account.withdrawal)
            < exact(account.minimum_cash)
        }

    @cached_property
    def gains(self) -> dict[Term, GainsOfTerm]:
        """What becomes of the plan's gains this year, by term.

        By Schedule D, what is left of a term after netting is taxed as ordinary income if it is short-term, at the
        preferential rates if it is long-term. A gain is taxed as far as that line has it and taxed income would be less
        without it.
        """
        gains: dict[Term, Decimal] = {"short": ZERO, "long": ZERO}
        realized = {term: self.after.wash_effect.disallowed[term] for term in gains}
        for posting in self.after.postings:
            if posting.gain is not None and posting.term is not None:
                realized[posting.term] += posting.gain
                gains[posting.term] += max(posting.gain, ZERO)
        bill, found = self.after.tax_after, {}
        lines = {"short": exact(bill.ordinary), "long": exact(bill.preferential)}
        for term, total in gains.items():
            rest = realized | {term: realized[term] - total}
            without = tax_bill(self.solved.books.filer, rest["short"], rest["long"])
            more = exact(bill.ordinary) + exact(bill.preferential)
            more -= exact(without.ordinary) + exact(without.preferential)
            tax = exact(bill.total) - exact(without.total)
            found[term] = GainsOfTerm(total, max(min(total, more, lines[term]), ZERO), tax)
        return found

    @cached_property
    def spent(self) -> dict[str, Decimal]:
        """Dollars that the plan's purchases take, by account id, commissions not counted."""
        found: dict[str, Decimal] = defaultdict(Decimal)
        for order, posting in zip(self.orders, self.after.postings, strict=True):
            if order.side == "buy":
                found[order.account] -= posting.proceeds
        return found

    @cached_property
    def moved(self) -> dict[tuple[str, str], Decimal]:
        """Dollars bought less dollars sold, by account id and class."""
        found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for order, posting in zip(self.orders, self.after.postings, strict=True):
            found[order.account, self.main_class[order.symbol]] -= posting.proceeds
        return found

    @cached_property
    def changed(self) -> dict[str, Decimal]:
        """Dollars by which the trades raise each class of the household; negative if they lower it."""
        return {name: band.after - band.before for name, band in self.after.classes().items()}

    def trades_in(self, account: str, side: str) -> bool:
        """Whether the plan has an order on `side` ("buy" or "sell") in an account."""
        return (account, side) in self.active


def _carried(bill: TaxBill) -> Decimal:
    return exact(bill.short_carryforward) + exact(bill.long_carryforward)
