"""Marginal rates of a taxpayer: the flat ones, or what the exact bill adds for the next dollars."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from .base import exact
from .schedule_d import ZERO, loss_limit, net
from .tax_bill import taxes
from .taxpayer import FlatRates, OtherIncome, Taxpayer

STEP = Decimal(1000)
"""Dollars of gain over which a marginal rate is taken."""


@lru_cache(maxsize=1024)
def marginal_rates(taxpayer: Taxpayer) -> FlatRates:
    """Rates of the year on the next $1,000 of short-term and of long-term gain that no loss absorbs, without the
    plan.
    """
    if taxpayer.rates is not None:
        return taxpayer.rates
    netting = net(
        exact(taxpayer.realized_short) - exact(taxpayer.short_carryforward),
        exact(taxpayer.realized_long) - exact(taxpayer.long_carryforward),
        loss_limit(taxpayer.filing_status),
    )
    return _rates(taxpayer, netting.ordinary, netting.preferential)


@lru_cache(maxsize=1024)
def usual_rates(taxpayer: Taxpayer) -> FlatRates:
    """The same in a usual year: with the income that recurs, without gains and losses."""
    if taxpayer.rates is not None:
        return taxpayer.rates
    return _rates(taxpayer.model_copy(update={"other_income": OtherIncome()}), ZERO, ZERO)


def _rates(taxpayer: Taxpayer, short: Decimal, long: Decimal) -> FlatRates:
    before = taxes(taxpayer, short, long)
    by_short, by_long = taxes(taxpayer, short + STEP, long), taxes(taxpayer, short, long + STEP)
    return FlatRates(
        short=float((by_short.federal - before.federal) / STEP),
        long=float((by_long.federal - before.federal) / STEP),
        state=float((by_short.state - before.state) / STEP),
        state_long=float((by_long.state - before.state) / STEP),
        surtax=float((by_long.surtax - before.surtax) / STEP),
    )
