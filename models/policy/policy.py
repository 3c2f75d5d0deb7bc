"""The advisor's policy: what drift costs, what later years are worth, and which sales are ruled out.

Every default is one a careful advisor could sign; docs/decisions.md gives the reason for each.
"""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import model_validator

from ..schema.record import Record, old_names
from ..schema.values import Amount, Days, Money, Rate, Years

AccountingMethod = Literal["fifo", "lifo", "hifo"]
BandKind = Literal["class", "factor", "name"]


class Drift(Record):
    """Dollars charged for each dollar by which a class lies outside its band: little near the band, more far from
    it.
    """

    near_cost: Amount = 0.04
    """Per dollar of drift within `near_width` of the band, in dollars, 0 or more."""
    far_cost: Amount = 0.12
    """Per dollar of drift beyond that, in dollars; at least `near_cost`, so that the charge is convex."""
    near_width: Rate = 0.02
    """How far "near" reaches, as a fraction of the household's value."""
    hard: bool = False
    """Whether the bands are kept whatever it costs; where that cannot be, they are missed by the fewest dollars."""

    @model_validator(mode="after")
    def _convex(self) -> Self:
        if self.far_cost < self.near_cost:
            raise ValueError(f"far_cost {self.far_cost:g} is less than near_cost {self.near_cost:g}")
        return self


class Limit(Record):
    """A limit, hard or with a price; written as a number it is hard."""

    amount: Money
    """The limit, in the unit of what it limits."""
    price: Amount | None = None
    """Dollars charged for each unit beyond it; default: none, it is a hard rule."""

    @model_validator(mode="before")
    @classmethod
    def _hard(cls, data: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
        return {"amount": data} if isinstance(data, int | float | str) else data


class Limits(Record):
    """Budgets and sizes. Gains are of the year, with what was realized before the plan and without carryforwards."""

    short_gain: Limit | None = None
    """Most net short-term gain of the year, in dollars."""
    long_gain: Limit | None = None
    """Most net long-term gain of the year, in dollars."""
    net_gain: Limit | None = None
    """Most net gain of the year, short and long together, in dollars."""
    loss: Limit | None = None
    """Most loss that the plan's sales realize, gains not counted, in dollars."""
    bill: Limit | None = None
    """Most tax of the year (the bill's total; at flat rates that on gains alone), in dollars; it may be negative."""
    turnover: Limit | None = None
    """Most turnover: half of all dollars bought and sold, as a fraction of the household's value; its price is per
    dollar."""
    trades: Limit | None = None
    """Most orders: a security bought or sold in an account, whatever its lots; its price is per order."""
    minimum_trade: Limit | None = None
    """Least dollars of an order, unless it sells all that the account holds of a security; its price is per missing
    dollar."""

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.trades is not None and self.trades.amount % 1:
            raise ValueError(f"trades: {self.trades.amount:g} is not a whole number of orders")
        for name in ("loss", "turnover", "trades", "minimum_trade"):
            limit: Limit | None = getattr(self, name)
            if limit is not None and limit.amount < 0:
                raise ValueError(f"{name}: {limit.amount:g} is negative")
        return self


class Policy(Record):
    """How to weigh tax against drift, and what not to do."""

    drift: Drift = Drift()
    """What drift outside the bands costs."""
    sleeve_drift: Drift = Drift(near_cost=0.01, far_cost=0.03, near_width=0.002)
    """What drift of single securities outside their bands costs."""
    factor_drift: Drift = Drift(near_cost=0.01, far_cost=0.03, near_width=0.01)
    """What a factor's exposure outside its band costs, per dollar of exposure."""
    limits: Limits = Limits()
    """Budgets and sizes."""
    targets: Literal["before_tax", "after_tax"] = "before_tax"
    """How dollars count toward targets: all alike, or after tax, where a dollar in a traditional account or a 401(k)
    counts 1 less `withdrawal_rate`."""
    withdrawal_rate: Rate | None = None
    """The tax rate at which traditional accounts will be drawn; default: the taxpayer's own on ordinary income, federal
    and state."""
    discount_rate: Rate = 0.05
    """Yearly rate at which later dollars are worth less, a fraction between 0 and 1."""
    deferral_years: Years = 10.0
    """When an unrealized gain would be taxed if it is not realized now, in years."""
    step_up_chance: Rate = 0.1
    """Chance that it is never taxed because the holder dies first (sec. 1014), a fraction between 0 and 1."""
    carried_loss_years: Years = 3.0
    """When a loss carried forward finds a gain to offset, in years."""
    carried_short_share: Rate = 0.1
    """The part of a carried short-term loss that will offset short-term gain or ordinary income; the rest offsets
    long-term gain, as a carried long-term loss does."""
    later_short_rate: Rate | None = None
    """All-in rate on ordinary income and short-term gain in later years; default: the taxpayer's own
    (docs/tax.md)."""
    later_long_rate: Rate | None = None
    """All-in rate on long-term gain in later years; default: the taxpayer's own."""
    wash_sales: Literal["avoid", "price"] = "avoid"
    """avoid: no plan makes a wash sale. price: one may, where it is worth what it costs: a deferred loss counts in
    later years only, one lost in a sheltered account not at all (docs/wash_sales.md)."""
    substitute_cost: Rate = 0.001
    """What holding a dollar of a replacement rather than of the security that it stands in for costs, once; a purchase
    of a third security of the class costs twice that."""
    location_years: Years = 3.0
    """How long a holding stays where this plan puts it, in years: the horizon of the location drag."""
    long_term_wait_days: Days = 0
    """No short-term gain is realized on a lot that turns long-term within so many days; others are weighed by what
    waiting saves."""
    minimum_holding_days: Days = 0
    """A lot is sold only when it has been held so many days, in any account; 0 or more."""
    identity: Literal["declared", "share_class", "index"] = "index"
    """Which securities of different identity groups make a loss uncertain: none (declared), share classes of one fund,
    or trackers of one index (docs/wash_sales.md)."""
    accounting_method: AccountingMethod = "hifo"
    """fifo, lifo or hifo: the order in which the router sells what its rules leave open. An account may demand its
    own."""

    _old_names = old_names(stand_in_cost="substitute_cost")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a policy from a JSON file. Raises InputError with every fault."""
        from ..schema.json_files import load_json

        return load_json(cls, Path(path), "policy")

    @property
    def drift_prices(self) -> dict[BandKind, Drift]:
        """What drift costs, by kind of band."""
        return {"class": self.drift, "factor": self.factor_drift, "name": self.sleeve_drift}
