"""The advisor's policy: what drift costs, what later years are worth, and which sales are ruled out.

Every default is one a careful advisor could sign; docs/decisions.md gives the reason for each.
"""

from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator

from .base import Noun
from .taxpayer import FlatRates
from .values import Amount, Days, Rate, Years

AccountingMethod = Literal["fifo", "lifo", "hifo"]


class Drift(Noun):
    """Dollars charged for each dollar by which a class lies outside its band: little near the band, more far from
    it.
    """

    near_cost: Amount = 0.04
    """Per dollar of drift within `near_width` of the band, in dollars, 0 or more."""
    far_cost: Amount = 0.12
    """Per dollar of drift beyond that, in dollars; at least `near_cost`, so that the charge is convex."""
    near_width: Rate = 0.02
    """How far "near" reaches, as a fraction of the household's value."""

    @model_validator(mode="after")
    def _convex(self) -> Self:
        if self.far_cost < self.near_cost:
            raise ValueError(f"far_cost {self.far_cost:g} is less than near_cost {self.near_cost:g}")
        return self


class Policy(Noun):
    """How to weigh tax against drift, and what not to do."""

    drift: Drift = Drift()
    """What drift outside the bands costs."""
    discount_rate: Rate = 0.05
    """Yearly rate at which later dollars are worth less, a fraction between 0 and 1."""
    deferral_years: Years = 10.0
    """When an unrealized gain would be taxed if it is not realized now, in years."""
    step_up_chance: Rate = 0.1
    """Chance that it is never taxed because the holder dies first (sec. 1014), a fraction between 0 and 1."""
    carried_loss_years: Years = 3.0
    """When a loss carried forward finds a gain to offset, in years."""
    location_years: Years = 3.0
    """How long a holding stays where this plan puts it, in years: the horizon of the location drag."""
    long_term_wait_days: Days = 30
    """No short-term gain is realized on a lot that turns long-term within so many days."""
    minimum_holding_days: Days = 0
    """A lot is sold only when it has been held so many days, in any account; 0 or more."""
    accounting_method: AccountingMethod = "hifo"
    """fifo, lifo or hifo: the order in which the router sells what its rules leave open."""

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a policy from a JSON file. Raises InputError with every fault."""
        from .book import load_json

        return load_json(cls, Path(path), "policy")

    def deferral_value(self, rates: FlatRates) -> float:
        """What not realizing a dollar of gain today costs later, in today's dollars per dollar (docs/formulation.md,
        d).
        """
        discount: float = (1 + self.discount_rate) ** -self.deferral_years
        return rates.all_in_long * (1 - self.step_up_chance) * discount

    def carried_values(self, rates: FlatRates) -> tuple[float, float]:
        """What a carried dollar of short and of long loss is worth today, in dollars per dollar (v_s, v_l)."""
        default: float = rates.all_in_long * (1 + self.discount_rate) ** -self.carried_loss_years
        short = default if rates.carried_short is None else rates.carried_short
        long = default if rates.carried_long is None else rates.carried_long
        return short, long
