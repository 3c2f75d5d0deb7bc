"""What a plan states in addition to its trades: bands, limits, violations, rates, waits, what was blocked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from ..schema.record import Record, old_names
from ..tax.holding_period import Term


class ClassWeight(Record):
    """One asset class against its target, before and after the trades."""

    asset_class: str
    """The class's name."""
    target: float
    """Target weight, a fraction of the plan's `target_value`."""
    lower: float
    """Lower end of the band, a fraction of the plan's `target_value`."""
    upper: float
    """Upper end of the band, a fraction of the plan's `target_value`."""
    before: float
    """Dollars before the trades, as they count toward the target. Cash already includes
    contributions and excludes withdrawals."""
    after: float
    """Dollars after the trades, as they count toward the target."""


class FactorExposure(Record):
    """The household's exposure to a factor against its band, before and after the trades."""

    factor: str
    """The factor's name."""
    lower: float
    """Lower end of the band, a fraction of the plan's `target_value`; may be negative."""
    upper: float
    """Upper end of the band, a fraction of the plan's `target_value`; may be negative."""
    before: float
    """Exposure before the trades, in dollars: loading times the dollars held that count toward targets."""
    after: float
    """Exposure after the trades, in dollars."""


class SecurityWeight(Record):
    """A security with a target of its own, before and after the trades."""

    symbol: str
    """The security's symbol."""
    target: float
    """Target weight, a fraction of the plan's `target_value`."""
    lower: float
    """Lower end of the band, a fraction of the plan's `target_value`."""
    upper: float
    """Upper end of the band, a fraction of the plan's `target_value`."""
    before: float
    """Dollars before the trades, as they count toward the target."""
    after: float
    """Dollars after the trades, as they count toward the target."""


ViolationRule = Literal["minimum_cash", "maximum_cash", "limit", "band", "do_not_hold"]


class Violation(Record):
    """A hard rule that the plan breaks, by how much, and the rules that conflict with it."""

    rule: ViolationRule
    """The kind of rule: minimum_cash, maximum_cash, limit, band or do_not_hold."""
    where: str
    """Where the rule is broken: the account's id, the limit's or the band's name, or account/lot."""
    amount: float
    """The shortfall, more than 0: dollars and cents, or orders for the limit on trades."""
    text: str
    """The violation in words."""
    conflicts: tuple[str, ...] = ()
    """The rules that conflict with this one, in words; empty if they are not known."""


class LimitUse(Record):
    """A limit of the policy, how much of it the plan uses, and what more of it would be worth."""

    name: str
    """short_gain, long_gain, net_gain, gain_share, loss, bill, added_tax, turnover or trades."""
    amount: float
    """The limit: dollars, a fraction of the household's value (turnover) or of the gain that there was to realize
    (gain_share), or orders (trades)."""
    used: float
    """What the plan uses, in the same unit as the limit."""
    binding: bool
    """Whether the limit is used up and, as far as known, a larger one would allow a better plan."""
    shadow_price: float | None = None
    """Dollars by which one more dollar of the limit would lower the objective, 0 or more; None if not known (the number
    of orders, or a plan that the program did not make)."""
    text: str
    """The use of the limit in words, with the sales that use most of it if it binds."""

    _old_names = old_names(worth="shadow_price")


class MarginalRate(Record):
    """What the next dollars of gain cost in tax, and how far that rate holds."""

    term: Term
    """The term of the gain: short or long."""
    when: Literal["before", "after"]
    """before: without the plan. after: with it."""
    rate: float
    """Tax that the next $1,000 of gain adds to the year's bill, as a fraction of that gain."""
    rate_now: float
    """Tax that the next dollar of gain adds to the year's bill, as a fraction of that dollar."""
    room: float | None
    """Dollars of gain until `rate_now` changes: the distance to the next kink of the law; None if it never changes."""
    rate_then: float | None
    """Tax that a dollar of gain beyond that kink adds, as a fraction; None if there is no kink."""
    text: str
    """The rates in words."""


class Wait(Record):
    """A lot at a short-term gain that soon turns long-term: what a sale costs in tax today, and what then."""

    account: str
    """The account's id."""
    symbol: str
    """The security's symbol."""
    lot: str
    """The lot's id."""
    days: int
    """Days from the trade date until a sale is long-term."""
    until: date
    """The first day on which a sale is long-term."""
    sold: bool
    """Whether the plan sells any of the lot today."""
    tax_today: float
    """What the sale adds to this year's bill today, in dollars and cents: the part that the plan sells, or the whole
    lot if it sells none of it."""
    tax_then: float
    """What the same sale adds to the bill if its gain is long-term, in dollars and cents."""
    text: str
    """The wait in words."""


class Blocked(Record):
    """A lot or a purchase that was blocked, the rule that blocks it, and until when."""

    rule: Literal[
        "wash_sale",
        "short_term_wait",
        "minimum_holding",
        "accounting_method",
        "collectible",
        "basis_unknown",
        "employer_stock",
        "covered_call",
        "offset",
        "not_available",
    ]
    """wash_sale, short_term_wait, minimum_holding, accounting_method (a lot before it in the sale queue is blocked),
    collectible (a gain whose rate is not modeled), basis_unknown (a gain that nobody knows), employer_stock (in a
    401(k), kept for its gain), covered_call (a written call is covered by it), offset (a put or a short sale may change
    its term or defer its loss) or not_available (a purchase of a fund of a plan's menu, in accounts that neither hold
    nor list it)."""
    account: str | None = None
    """The account of the blocked lot; None if a purchase is blocked: not_available in the accounts that the text names,
    otherwise in every account."""
    symbol: str
    """The security's symbol."""
    lot: str | None = None
    """The blocked lot's id; None if a purchase is blocked."""
    until: date | None = None
    """The first day on which the rule no longer blocks it; None if not known."""
    text: str
    """The rule in words, with the trade that causes it, if any."""


PARTS = {
    "tax": "tax this year",
    "later": "later years",
    "waiting": "not waiting for long-term",
    "drift": "drift",
    "to_target": "distance from target",
    "trading": "trading",
    "location": "asset location",
    "substitution": "substitutes held",
    "limits": "beyond soft limits",
}
"""The parts of the objective and the names under which they are shown."""

MONEY = ("tax", "later", "trading", "location")
"""The parts that are money, this year's or later; every other part is a penalty, which nobody pays."""

NOTES = {
    "later": "tax of later years in today's dollars: gains taxed now are not taxed then, losses used now not used then",
    "waiting": "a penalty for a sale before its gain is long-term",
    "drift": "a penalty for each dollar outside a band",
    "to_target": "a penalty for each dollar between a class and its target",
    "location": "income after tax given up by what is held where, over the policy's location_years, against today",
    "substitution": "a penalty for holding a substitute",
    "limits": "a penalty for each dollar beyond a soft limit",
}
"""What a part is, where its name does not say it."""


def penalties(parts: Mapping[str, float]) -> float:
    """Return the dollars of an objective's parts that are penalties and not money."""
    return sum(dollars for part, dollars in parts.items() if part not in MONEY)
