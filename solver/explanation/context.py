"""One order with the facts of its plan, as the cases of reasons.py read it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from ...models import Account
from ...models.schema.money import ZERO, exact
from ...models.tax.holding_period import Term
from ..accounting.after_trades import Band
from ..accounting.orders import Order, Posting
from .facts import Facts
from .words import KINDS, cash_need, dollars

SMALLEST_SHARE = Decimal("0.00005")
"""The least that is said to be kept more after tax, as a fraction a year: half of the last digit printed."""


@dataclass(frozen=True)
class Context:
    """One order with the facts of its plan."""

    facts: Facts
    order: Order
    posting: Posting

    @property
    def account(self) -> Account:
        """The order's account."""
        return self.facts.account(self.order)

    @property
    def kind(self) -> str:
        """The account's kind in words."""
        return KINDS[self.account.kind]

    @property
    def asset_class(self) -> str:
        """The security's largest asset class."""
        return self.facts.main_class[self.order.symbol]

    @property
    def overweight(self) -> bool:
        """Whether the security's class is above its target before the trades."""
        return self.asset_class in self.facts.overweight

    @property
    def gain(self) -> Decimal:
        """The gain of a taxable sale; 0 for any other order."""
        return self.posting.gain or ZERO

    @property
    def key(self) -> tuple[str, str]:
        """Account id and lot id."""
        return self.order.account, self.order.lot or ""

    @property
    def raises_cash(self) -> bool:
        """Whether the account needs cash for a withdrawal or its minimum."""
        return self.order.account in self.facts.short_of_cash

    @property
    def only_cash(self) -> bool:
        """Whether the account sells only to raise cash: it needs cash and buys nothing."""
        return self.raises_cash and not self.facts.trades_in(self.account.id, "buy")

    @property
    def also(self) -> str:
        """A second sentence if the sale also raises cash; otherwise empty."""
        return f" It also raises cash for {cash_need(self.account)}." if self.raises_cash and not self.only_cash else ""

    @cached_property
    def result(self) -> str:
        """What the sale's gain costs this year, or the loss that it realizes, in words; empty if neither."""
        if self.gain > 0:
            return _cost_of_gain(self.facts, self.gain, self.posting.term or "short")
        return f"a loss of {dollars(-self.gain)}" if self.gain < 0 else ""

    @property
    def reduced(self) -> str:
        """That the account's dollars in the class are reduced, in words, or else that the security is sold."""
        moved = self.facts.moved[self.account.id, self.asset_class]
        return f"{self.asset_class} is reduced" if moved < 0 else f"{self.order.symbol} is sold"

    @property
    def raised(self) -> str:
        """That the account's dollars in the class are raised, in words, or else that the security is bought."""
        moved = self.facts.moved[self.account.id, self.asset_class]
        return f"{self.asset_class} is raised" if moved > 0 else f"{self.order.symbol} is bought"

    @property
    def raises(self) -> str:
        """That a purchase raises the class in the household, in words, or else that it is held here."""
        change = self.facts.changed.get(self.asset_class, ZERO)
        return f"raises {self.asset_class}" if change > 0 else f"{self.asset_class} is held here"

    @cached_property
    def corrects(self) -> bool:
        """Whether a sale is of a class that is above its target and that the plan reduces."""
        return self.overweight and self.facts.changed[self.asset_class] < 0

    @cached_property
    def contributed(self) -> Decimal:
        """Dollars of the account's contribution that no withdrawal takes out again."""
        return max(exact(self.account.contribution) - exact(self.account.withdrawal), ZERO)

    @cached_property
    def exchange(self) -> tuple[str, Decimal] | None:
        """The one security of the class that the account trades the other way, and what the one bought keeps more after
        tax a year, as a fraction; None unless it keeps more.
        """
        order, books = self.order, self.facts.solved.books
        others = self.facts.traded[order.account, self.asset_class, "buy" if order.side == "sell" else "sell"]
        years = exact(books.policy.location_years)
        if len(others) != 1 or not years:
            return None
        [other] = others
        more = (books.forgone[order.account, order.symbol] - books.forgone[order.account, other]) / years
        more = more if order.side == "sell" else -more
        return (other, more) if more >= SMALLEST_SHARE else None

    @property
    def sold_in_shelter(self) -> dict[str, Decimal]:
        """Dollars of the class that sheltered accounts sell, by account id."""
        return self.facts.sold.get((self.asset_class, False), {})

    @property
    def is_unwanted(self) -> bool:
        """Whether the order sells a security that the account may not hold."""
        return self.order.side == "sell" and (self.order.account, self.order.symbol) in self.facts.unwanted

    @cached_property
    def own_band(self) -> Band | None:
        """The security's own band, if the security is outside it before the trades and the order moves it nearer."""
        band, above = self.facts.names_out.get(self.order.symbol, (None, False))
        return band if above == (self.order.side == "sell") else None

    @cached_property
    def factor_band(self) -> Band | None:
        """The first factor band that the household is outside of before the trades and that the order moves it toward.

        None if there is none, and for a sale of an overweight class.
        """
        sale, loadings = self.order.side == "sell", self.facts.factors[self.order.symbol]
        if sale and self.overweight:
            return None
        for band, above in self.facts.factors_out:
            loading = loadings.get(band.name, 0.0)
            if loading and (loading > 0) == (sale == above):
                return band
        return None


def _cost_of_gain(facts: Facts, gain: Decimal, term: Term) -> str:
    """What a gain costs this year, in words; the plan's gains of a term share the losses that absorb them."""
    own, words = facts.gains[term], f"its {term}-term gain of {dollars(gain)}"
    together = f"the plan's {term}-term gains of {dollars(own.total)}"
    if own.taxed <= 0:
        text = f"losses absorb {words}: no tax on it this year"
        if own.tax <= 0:
            return text
        beside = "" if own.total == gain else f", {together} taken together"
        return f"{text}, but without it the losses would save {dollars(own.tax)} more{beside}"
    if own.tax <= 0:
        part = ", as far as losses do not absorb it" if own.taxed < own.total else ""
        return f"{words} is taxed at 0 % this year{part}"
    if own.taxed < own.total:
        return f"{words} is taxed in part (losses absorb {dollars(own.total - own.taxed)} of {together})"
    return f"{words} is taxed"
