"""The price of selling a lot today instead of waiting until its gain is long-term (docs/formulation.md, ω)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ..schema.money import exact
from ..tax.marginal_rates import marginal_rates
from ..tax.schedule_d import loss_limit, net

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..tax.taxpayer import Taxpayer
    from .policy import Policy

YEAR = 365
"""Days over which drift is taken to cost its price."""


def waiting_price(taxpayer: Taxpayer, policy: Policy, waiting_gains: Decimal) -> Callable[[Decimal, int], Decimal]:
    """Return the function from a gain per dollar, and the days until it is long-term, to the charge per dollar sold.

    It is for taxable lots with a short-term gain. Drift costs its price per year, so waiting `days` costs days / 365 of
    it. Selling today pays only if that exceeds the tax saved by waiting, (R_s - R_l) gain. The charge makes the program
    apply this threshold. It is at least 0 and at most twice the far cost, the most that a dollar moved can save in
    drift. `waiting_gains` is the gain of all such lots, in dollars. If other losses absorb gains of either term, only
    the remaining share of the saving counts.
    """
    rates = marginal_rates(taxpayer)
    saved = exact(rates.all_in_short) - exact(rates.all_in_long)
    if saved <= 0 or waiting_gains <= 0:
        return lambda gain, days: Decimal(0)
    short, long = taxpayer.net_so_far
    limit = loss_limit(taxpayer.filing_status)
    as_long = net(short, long + waiting_gains, limit).preferential
    as_short = net(short + waiting_gains, long, limit).preferential
    counted = saved * ((as_long - as_short) / waiting_gains)
    most = 2 * exact(policy.drift.far_cost)

    def price(gain: Decimal, days: int) -> Decimal:
        if gain <= 0 or days <= 0:
            return Decimal(0)
        return min(max(counted * gain * (Decimal(YEAR) / days - 1), Decimal(0)), most)

    return price
