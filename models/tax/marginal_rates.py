"""Marginal tax rates of a taxpayer: the flat rates, or what the exact bill adds for the next dollars."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import cast

from ..schema.money import ZERO
from .convex_parts import Point
from .holding_period import Term
from .piecewise import NOISE, ROUNDING, Affine, Part
from .schedule_d import loss_limit, net
from .tax_bill import taxes
from .taxpayer import FlatRates, OtherIncome, Taxpayer

STEP = Decimal(1000)
"""Dollars of gain over which a marginal rate is measured."""


@lru_cache(maxsize=1024)
def marginal_rates(taxpayer: Taxpayer) -> FlatRates:
    """Return this year's rates on the next $1,000 of short-term and of long-term gain that no loss absorbs.

    They are taken without the plan. Flat rates are returned as they are.
    """
    if taxpayer.rates is not None:
        return taxpayer.rates
    netting = net(*taxpayer.net_so_far, loss_limit(taxpayer.filing_status))
    return _rates(taxpayer, netting.ordinary, netting.preferential)


@lru_cache(maxsize=1024)
def usual_rates(taxpayer: Taxpayer) -> FlatRates:
    """Return the same rates for a usual year: with recurring income only, without gains and losses.

    Flat rates are returned as they are.
    """
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


FAR = 1e8
"""Dollars of gain within which kinks are looked for."""


SAME = 1e-9
"""Rates that differ by less than this are equal."""


class Stretch(Part):
    """A straight way from a point. A comparison whose answer would change on the way ends it there."""

    def sign(self, a: float, b: float, c: float, _: float) -> int:
        """Return 1, 0 or -1: a S + b L + c is above, equal to or below 0 on the way, shortened if that changes."""
        here, there = (s0, l0), (s1, l1) = self.corners
        low, high = a * s0 + b * l0 + c, a * s1 + b * l1 + c
        equal = ROUNDING + NOISE * abs(c)
        if low < -equal < equal < high or high < -equal < equal < low:
            share = low / (low - high)
            self.corners = here, (here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1]))
            return 1 if low > 0 else -1
        return 1 if low > equal or high > equal else -1 if low < -equal or high < -equal else 0


@dataclass(frozen=True, slots=True)
class Slope:
    """What one more dollar of gain adds to each line of the bill, and to the losses carried on, in dollars."""

    total: float
    state: float
    surtax: float
    minimum_tax: float
    carried: float


def next_kink(taxpayer: Taxpayer, start: Point, term: Term) -> tuple[Slope, float, Slope | None]:
    """Return the law's slope from a point toward more gain, the dollars for which it holds, and the slope beyond.

    `start` is S and L in dollars; `term` says which of the two grows. If the slope holds for FAR
    dollars, the slope beyond is None.
    """
    axis = 0 if term == "short" else 1
    end = (start[0] + FAR, start[1]) if axis == 0 else (start[0], start[1] + FAR)
    first: Slope | None = None
    here = start
    while True:
        slope, there = _slope(taxpayer, Stretch((here, end)), axis)
        if first is None:
            first = slope
        elif abs(slope.total - first.total) > SAME:
            return first, here[axis] - start[axis], slope
        if there == end:
            return first, FAR, None
        here = there


def _slope(taxpayer: Taxpayer, stretch: Stretch, axis: int) -> tuple[Slope, Point]:
    """What a dollar of gain adds at the start of a stretch, and the point up to which no comparison changes."""
    S, L = stretch.start()
    owed = taxes(taxpayer, cast("Decimal", S), cast("Decimal", L))  # affine functions compute like decimals
    carried = owed.netting.short_carried + owed.netting.long_carried
    lines = owed.total, owed.state, owed.surtax, owed.form.minimum_tax if owed.form else 0, carried

    def rate(line: object) -> float:
        return (line.a, line.b)[axis] if isinstance(line, Affine) else 0.0

    return Slope(*map(rate, lines)), stretch.corners[1]
