"""What a plan states beside its trades: bands, limits, violations, rates, waits, what was blocked."""

from __future__ import annotations

from datetime import date
from typing import Literal

from ..schema.record import Record, old_names
from ..tax.holding_period import Term


class ClassWeight(Record):
    """One asset class against its target, before and after."""

    asset_class: str
    """The class."""
    target: float
    """Target weight."""
    lower: float
    """Lower end of the band."""
    upper: float
    """Upper end of the band."""
    before: float
    """Dollars before the trades, contributions and withdrawals already counted in cash."""
    after: float
    """Dollars after the trades."""


class FactorExposure(Record):
    """The household's exposure to a factor against its band, before and after."""

    factor: str
    """The factor."""
    lower: float
    """Lower end of the band, in the household's value."""
    upper: float
    """Upper end of the band."""
    before: float
    """Dollars before the trades, loading times dollars held."""
    after: float
    """Dollars after the trades."""


class SecurityWeight(Record):
    """A security with a target of its own, before and after."""

    symbol: str
    """The security."""
    target: float
    """Target weight."""
    lower: float
    """Lower end of the band."""
    upper: float
    """Upper end of the band."""
    before: float
    """Dollars before the trades."""
    after: float
    """Dollars after the trades."""


ViolationRule = Literal["minimum_cash", "maximum_cash", "limit", "band", "do_not_hold"]


class Violation(Record):
    """A hard rule that no plan could keep together with the others, and by how much this one breaks it."""

    rule: ViolationRule
    """minimum_cash, maximum_cash, limit, band or do_not_hold."""
    where: str
    """The account's id, the limit's or the band's name, or account/lot."""
    amount: float
    """By how much it is missed, in dollars and cents; orders, for the number of trades."""
    text: str
    """In words."""
    conflicts: tuple[str, ...] = ()
    """The rules that stand in its way, in words."""


class LimitUse(Record):
    """A limit of the policy, what the plan uses of it, and what more of it would be worth."""

    name: str
    """short_gain, long_gain, net_gain, loss, bill, turnover or trades."""
    amount: float
    """The limit."""
    used: float
    """What the plan uses, in the same unit."""
    binding: bool
    """Whether the plan would be better with more of it."""
    shadow_price: float | None = None
    """What a dollar more of it would save, in dollars; none where that is not known (a number of orders, a plan that
    is not the program's)."""
    text: str
    """In words, with the trades that use most of it."""

    _old_names = old_names(worth="shadow_price")


class MarginalRate(Record):
    """What the next dollars of gain cost, and how far that holds."""

    term: Term
    """short or long."""
    when: Literal["before", "after"]
    """Without the plan, or with it."""
    rate: float
    """What the next $1,000 of gain add to the year's tax, as a fraction of them."""
    rate_now: float
    """The same of the next dollar."""
    room: float | None
    """Dollars of gain until that changes, the distance to the next kink of the law; none where it never does."""
    rate_then: float | None
    """What a dollar adds beyond."""
    text: str
    """In words."""


class Wait(Record):
    """A lot at a short-term gain that is long-term soon: what its sale costs today, and what then."""

    account: str
    """The account's id."""
    symbol: str
    """The security."""
    lot: str
    """The lot."""
    days: int
    """Days until a sale is long-term."""
    until: date
    """The first day on which it is."""
    sold: bool
    """Whether the plan sells of it today."""
    tax_today: float
    """What the sale adds to this year's bill today, of what is sold, else of the whole lot; dollars and cents."""
    tax_then: float
    """What the same sale adds if its gain is long-term."""
    text: str
    """In words."""


class Blocked(Record):
    """Something the plan was not free to do, the rule that forbids it, and until when."""

    rule: Literal["wash_sale", "short_term_wait", "minimum_holding", "accounting_method", "collectible"]
    """wash_sale, short_term_wait, minimum_holding, accounting_method (a lot before it in line is closed) or collectible
    (a gain whose rate is not modelled)."""
    account: str | None = None
    """The account of the lot; none where a purchase is barred in every account."""
    symbol: str
    """The security."""
    lot: str | None = None
    """The lot that may not be sold; none where it is a purchase that is barred."""
    until: date | None = None
    """The first day on which the rule no longer forbids it, where that is known."""
    text: str
    """In words, with the trade that is the cause."""


PARTS = {
    "tax": "tax this year",
    "later": "later years",
    "waiting": "not waiting for long-term",
    "drift": "drift",
    "trading": "trading",
    "location": "asset location",
    "substitution": "substitutes held",
    "limits": "beyond soft limits",
}
"""The parts of the objective and their names."""
