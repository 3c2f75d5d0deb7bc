"""What it is worth to wait until a short-term gain is long-term (docs/formulation.md, ω)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ..schema.money import exact
from ..tax.marginal_rates import marginal_rates
from ..tax.schedule_d import loss_limit, net

if TYPE_CHECKING:
    from ..tax.taxpayer import Taxpayer
    from .policy import Policy

YEAR = 365
"""Days over which drift costs its price."""


def waiting_price(taxpayer: Taxpayer, policy: Policy, gain: Decimal, days: int, waiting_gains: Decimal) -> Decimal:
    """Charge per dollar sold of a taxable lot with a short-term `gain` per dollar that is long-term in `days` days.

    Drift that costs its price in a year costs days / 365 of it while one waits, so that a sale today is worth it where
    that exceeds the tax which waiting saves, (R_s - R_l) gain; the charge moves the program's threshold there. It is
    at most what a dollar moved can save in drift, twice the far cost. `waiting_gains` is the gain of all such lots, in
    dollars: of the saving only the share counts that is left when other losses absorb gains of either term alike.
    """
    rates = marginal_rates(taxpayer)
    saved = exact(rates.all_in_short) - exact(rates.all_in_long)
    if gain <= 0 or days <= 0 or saved <= 0 or waiting_gains <= 0:
        return Decimal(0)
    short, long = taxpayer.net_so_far
    limit = loss_limit(taxpayer.filing_status)
    as_long = net(short, long + waiting_gains, limit).preferential
    as_short = net(short + waiting_gains, long, limit).preferential
    share = (as_long - as_short) / waiting_gains
    charge = saved * share * gain * (Decimal(YEAR) / days - 1)
    return min(max(charge, Decimal(0)), 2 * exact(policy.drift.far_cost))
