"""The advisor's policy: what drift costs, what later years are worth, and which sales are ruled out.

Every default is one that a careful advisor could sign; docs/decisions.md gives the reason for each.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import model_validator

from ..schema.changes import assign, plain
from ..schema.record import Record, old_names
from ..schema.values import Amount, Days, Label, Money, Rate, Years
from ..schema.wording import checked
from .named.table import named_policies, named_policy

AccountingMethod = Literal["fifo", "lifo", "hifo"]
BandKind = Literal["class", "factor", "name"]

SMALL_PULL = 0.5
"""What a dollar of distance from target costs with `to_target = "small"`, as a part of `near_cost`: less than a dollar
outside the band, but by default more than a spread, so that what is traded goes on to the target."""


class Drift(Record):
    """The charge for each dollar outside a band: little near the band, more farther out."""

    near_cost: Amount = 0.04
    """Per dollar of drift within `near_width` of the band: the charge in dollars, 0 or more; default: 0.04."""
    far_cost: Amount = 0.12
    """Per dollar of drift beyond `near_width`: the charge in dollars, at least `near_cost`, which keeps the charge
    convex; default: 0.12."""
    near_width: Rate = 0.02
    """How far from the band `near_cost` applies, as a fraction of the household's value; default: 0.02."""
    hard: bool = False
    """Whether the bands must be kept at any cost. If they cannot all be kept, the plan falls short by as few dollars as
    possible; default: false."""

    @model_validator(mode="after")
    def _convex(self) -> Self:
        if self.far_cost < self.near_cost:
            raise ValueError(f"far_cost {self.far_cost:g} is less than near_cost {self.near_cost:g}")
        return self


class Limit(Record):
    """A limit, hard or with a price. Written as a plain number, it is hard."""

    amount: Money
    """The limit, in the unit of what it limits."""
    price: Amount | None = None
    """Dollars charged for each unit beyond the limit (below it, for `minimum_trade`), 0 or more;
    default: no price, the limit is hard."""

    @model_validator(mode="before")
    @classmethod
    def _hard(cls, data: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
        return {"amount": data} if isinstance(data, int | float | str) else data


class Limits(Record):
    """Limits on gains, losses, tax, turnover and orders. Gains are those of the whole year, including what was realized
    before the plan, without carryforwards.
    """

    short_gain: Limit | None = None
    """Maximum net short-term gain of the year, in dollars (may be negative); default: no limit."""
    long_gain: Limit | None = None
    """Maximum net long-term gain of the year, in dollars (may be negative); default: no limit."""
    net_gain: Limit | None = None
    """Maximum net gain of the year, short-term plus long-term, in dollars (may be negative); default: no limit."""
    gain_share: Limit | None = None
    """Maximum net gain of the year as a fraction, 0 or more, of the gain there was to realize: the gains of all taxable
    lots that are worth more than their basis, plus the net gain realized before the plan. The limit's price is per
    dollar; default: no limit."""
    loss: Limit | None = None
    """Maximum loss that the plan's sales realize, in dollars, 0 or more, gains not subtracted; default: no limit."""
    bill: Limit | None = None
    """Maximum tax of the year, in dollars (may be negative): the bill's total, which at flat rates is the tax on gains
    alone; default: no limit."""
    added_tax: Limit | None = None
    """Maximum tax that the plan adds to the year's bill, in dollars (may be negative); default: no limit."""
    turnover: Limit | None = None
    """Maximum turnover: half of all dollars bought and sold, as a fraction of the household's value before tax, 0 or
    more. The limit's price is per dollar; default: no limit."""
    trades: Limit | None = None
    """Maximum number of orders, a whole number, 0 or more. One order is one security bought or sold in one account,
    from any number of lots. The limit's price is per order; default: no limit."""
    minimum_trade: Limit | None = None
    """Minimum size of an order, in dollars, 0 or more. A sale of all that the account holds of a security may be
    smaller. The limit's price is per missing dollar; default: no minimum."""

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.trades is not None and self.trades.amount % 1:
            raise ValueError(f"trades: {self.trades.amount:g} is not a whole number of orders")
        for name in ("gain_share", "loss", "turnover", "trades", "minimum_trade"):
            limit: Limit | None = getattr(self, name)
            if limit is not None and limit.amount < 0:
                raise ValueError(f"{name}: {limit.amount:g} is negative")
        return self


class Policy(Record):
    """How to weigh tax against drift, and what to rule out."""

    name: Label = ""
    """The name people know it by (`lotroute policies` lists those that come with the package), or one of your own;
    default: none."""
    drift: Drift = Drift()
    """What drift of asset classes outside their bands costs; default: 0.04 near, 0.12 far, near_width 0.02."""
    sleeve_drift: Drift = Drift(near_cost=0.01, far_cost=0.03, near_width=0.002)
    """What drift of single securities (`security_targets`) outside their bands costs; default: 0.01
    near, 0.03 far, near_width 0.002."""
    factor_drift: Drift = Drift(near_cost=0.01, far_cost=0.03, near_width=0.01)
    """What a factor's exposure outside its band costs, per dollar of exposure; default: 0.01
    near, 0.03 far, near_width 0.01."""
    to_target: Literal["off", "small", "exact"] = "small"
    """How asset classes are pulled to their targets, inside the bands too. off: not at all. small (default), at half of
    drift's `near_cost` per dollar: classes outside their bands and money that comes in or goes out are traded to the
    targets; a class in its band stays where it is, but is not moved away from its target. exact: every class, at
    `near_cost`."""
    limits: Limits = Limits()
    """Limits on gains, losses, tax, turnover and orders; default: no limits."""
    targets: Literal["before_tax", "after_tax"] = "before_tax"
    """How dollars count toward targets. before_tax (default): the same in every account. after_tax: a dollar in a
    traditional account or a 401(k) counts 1 less `withdrawal_rate`."""
    withdrawal_rate: Rate | None = None
    """Tax rate at which traditional accounts and 401(k)s will be drawn, a fraction between 0 and 1; default: the
    taxpayer's usual rate on ordinary income, federal and state."""
    discount_rate: Rate = 0.05
    """Yearly rate at which later dollars are discounted, a fraction between 0 and 1; default: 0.05."""
    deferral_years: Years = 10.0
    """Years until a gain that is not realized now would be taxed, 0 to 200; default: 10."""
    step_up_chance: Rate = 0.1
    """Chance that a gain not realized now is never taxed, because the holder dies within `deferral_years` and the basis
    steps up (sec. 1014), a fraction between 0 and 1; default: 0.1."""
    carried_loss_years: Years = 3.0
    """Years until a loss carried forward finds a gain to offset, 0 to 200; default: 3."""
    carried_short_share: Rate = 0.1
    """The part of a carried short-term loss that will offset short-term gain or ordinary income, a fraction between 0
    and 1; the rest offsets long-term gain, as a carried long-term loss does; default: 0.1."""
    later_short_rate: Rate | None = None
    """All-in tax rate on ordinary income and short-term gain in later years (federal, state and surtax), a fraction
    between 0 and 1; default: the taxpayer's usual rate (docs/tax.md)."""
    later_long_rate: Rate | None = None
    """All-in tax rate on long-term gain in later years (federal, state and surtax), a fraction between 0 and 1;
    default: the taxpayer's usual rate (docs/tax.md)."""
    wash_sales: Literal["avoid", "price"] = "avoid"
    """avoid (default): no plan makes a wash sale. price: a plan may make one if that pays; a deferred loss then counts
    in later years only, a loss replaced in a sheltered account not at all (docs/wash_sales.md)."""
    substitute_cost: Rate = 0.001
    """What it costs to hold a dollar of a substitute instead of the preferred security, in dollars between 0 and 1,
    charged once; buying a third security of the class costs twice as much; default: 0.001."""
    location_years: Years = 3.0
    """Years for which a holding is assumed to stay where this plan puts it, 0 to 200; what its place forgoes after tax
    is counted for that long; default: 3."""
    long_term_wait_days: Days = 0
    """A taxable lot at a short-term gain is not sold if it turns long-term within this many days; for other lots the
    plan weighs what waiting saves; default: 0, which rules out no lot."""
    minimum_holding_days: Days = 0
    """A lot is not sold, in any account, until it has been held this many days, 0 or more; lots without a
    purchase date may be sold; default: 0."""
    employer_stock: Literal["keep", "sell"] = "keep"
    """keep (default): lots of the employer's own securities in a 401(k) are not sold, because taken out in kind their
    gain is taxed as long-term (IRC 402(e)(4)). sell: they are traded like any other."""
    identity: Literal["declared", "share_class", "index"] = "index"
    """Which securities of different identity groups make a loss uncertain. declared: none. share_class: funds of one
    asset class, if nothing says which fund one of them is. index (default): also funds that track one index
    (docs/wash_sales.md)."""
    accounting_method: AccountingMethod = "hifo"
    """fifo, lifo or hifo (default): the order in which the router sells lots when its other rules leave a choice. An
    account may require its own order."""

    _old_names = old_names(stand_in_cost="substitute_cost")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return a policy read from a JSON file. Raises InputError with every fault."""
        from ..schema.json_files import load_json

        return load_json(cls, Path(path), "policy")

    @classmethod
    def named(cls, name: str, **amounts: Any) -> Self:  # noqa: ANN401 - checked like a file
        """Return a policy by its name, with the amount that it needs: `Policy.named("gain_budget", amount=20_000)`, or
        as the command line writes it, `Policy.named("gain_budget=20000")`.

        Raises InputError for a name or an amount that there is not, for one that is missing, or if its value is wrong.
        """
        name, sign, amount = name.partition("=")
        known = named_policy(name)
        if sign:
            amounts["amount" if known.amount is None else known.amount.name] = amount
        fields, given = known.data(amounts)
        return checked(cls, fields, "policy").with_({**given, "name": name} if given else None)

    @property
    def sentence(self) -> str:
        """What a policy that comes with the package does; empty for any other, and for one of its name that differs."""
        known = named_policies().get(self.name)
        if known is None:
            return ""
        amounts = {}
        if known.amount is not None:
            limit: Limit | None = getattr(self.limits, known.amount.path.removeprefix("limits."))
            amounts = {known.amount.name: None if limit is None else limit.amount}
        return known.sentence if None not in amounts.values() and self == self.named(self.name, **amounts) else ""

    def validated(self) -> Self:
        """Return the policy, checked as a file is. Raises InputError with every fault."""
        return checked(type(self), self.model_dump(warnings=False), "policy")

    def with_(self, changes: Mapping[str, Any] | None = None, **fields: Any) -> Self:  # noqa: ANN401
        """Return a checked copy with changes by path, as in `{"limits.long_gain": 0, "drift.hard": True}`.

        Changed, it has no name, unless `name` is among the changes. Raises InputError for the first unknown path, or
        with every fault of the values.
        """
        data, changed = plain(self), {**(changes or {}), **fields}
        if changed:
            data["name"] = ""
        for path, value in changed.items():
            assign(data, path, value, {})
        return checked(type(self), data, "policy")

    @property
    def drift_prices(self) -> dict[BandKind, Drift]:
        """What drift costs, by kind of band."""
        return {"class": self.drift, "factor": self.factor_drift, "name": self.sleeve_drift}

    @property
    def to_target_cost(self) -> float:
        """π: dollars charged per dollar of a class's distance from its target, beyond the distance that is free."""
        return self.drift.near_cost * {"off": 0.0, "small": SMALL_PULL, "exact": 1.0}[self.to_target]
