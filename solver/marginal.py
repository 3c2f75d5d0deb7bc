"""What the next dollars of gain cost before and after a plan, and how far that holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from ..models import MarginalRate, TaxBill, taxes
from ..models.base import exact
from ..models.rates import STEP
from .cells import Affine, Cut

if TYPE_CHECKING:
    from ..models import Taxpayer
    from ..models.holding_period import Term
    from .cells import Point

FAR = 1e8
"""Dollars of gain; farther away no kink is looked for."""

SAME = 1e-9
"""Rates that differ by less are equal."""


@dataclass(frozen=True, slots=True)
class Slope:
    """What one more dollar of gain adds to each line."""

    total: float
    state: float
    surtax: float
    minimum_tax: float
    carried: float


def marginal_rates_of(taxpayer: Taxpayer, before: TaxBill, after: TaxBill) -> Iterator[MarginalRate]:
    """Rates and kinks on the next short-term and long-term gain, at the net gains of two bills."""
    for term in ("short", "long"):
        for when, bill in (("before", before), ("after", after)):
            here = exact(bill.short_net), exact(bill.long_net)
            step = (STEP, Decimal(0)) if term == "short" else (Decimal(0), STEP)
            more = taxes(taxpayer, here[0] + step[0], here[1] + step[1]).total - taxes(taxpayer, *here).total
            now, room, then = next_kink(taxpayer, (float(here[0]), float(here[1])), term)
            yield MarginalRate.model_validate(
                {
                    "term": term,
                    "when": when,
                    "rate": round(float(more / STEP), 6),
                    "rate_now": round(now.total, 6),
                    "room": None if then is None else round(room, 2),
                    "rate_then": None if then is None else round(then.total, 6),
                    "text": _words(term, now, room, then),
                }
            )


def next_kink(taxpayer: Taxpayer, start: Point, term: Term) -> tuple[Slope, float, Slope | None]:
    """The slope of the law from a point in the direction of more gain, how far it holds, and the slope beyond; none
    where it holds for ever.
    """
    axis = 0 if term == "short" else 1
    end = (start[0] + FAR, start[1]) if axis == 0 else (start[0], start[1] + FAR)
    first: Slope | None = None
    here, there = start, end
    while True:
        try:
            slope = _slope(taxpayer, (here, there), axis)
        except Cut as cut:
            a, b, c = cut.line
            low, high = a * here[0] + b * here[1] + c, a * there[0] + b * there[1] + c
            share = low / (low - high)
            there = here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1])
            continue
        if first is None:
            first = slope
        elif abs(slope.total - first.total) > SAME:
            return first, here[axis] - start[axis], slope
        if there == end:
            return first, FAR, None
        here, there = there, end


def _slope(taxpayer: Taxpayer, segment: tuple[Point, Point], axis: int) -> Slope:
    """What a dollar adds on a segment. Raises Cut where that changes within it."""
    S, L = Affine(1.0, 0.0, 0.0, segment), Affine(0.0, 1.0, 0.0, segment)
    owed = taxes(taxpayer, cast("Decimal", S), cast("Decimal", L))  # affine functions compute like decimals
    carried = owed.netting.short_carried + owed.netting.long_carried
    lines = owed.total, owed.state, owed.surtax, owed.form.minimum_tax if owed.form else 0, carried

    def rate(line: object) -> float:
        return (line.a, line.b)[axis] if isinstance(line, Affine) else 0.0

    return Slope(*map(rate, lines))


def _words(term: Term, now: Slope, room: float, then: Slope | None) -> str:
    kind = f"{term}-term gain"
    if abs(now.total) <= SAME:
        left = f"of {kind} that losses absorb" if now.carried < -SAME else f"of {kind} left at 0 %"
    else:
        state = f" ({_percent(now.state)} of it state tax)" if now.state > SAME else ""
        left = f"of {kind} left at {_percent(now.total)}{state}"
    if then is None:
        return f"Any amount {left}."
    why = ""
    if abs(then.surtax - now.surtax) > SAME:
        why = f", for the surtax on investment income {'begins' if then.surtax > now.surtax else 'ends'}"
    elif abs(then.minimum_tax - now.minimum_tax) > SAME:
        why = ", by the alternative minimum tax"
    return f"${room:,.0f} {left}, then {_percent(then.total)}{why}."


def _percent(rate: float) -> str:
    return f"{100 * rate:.2f}".rstrip("0").rstrip(".") + " %"
