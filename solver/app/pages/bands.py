"""Weights against their bands, in digits and as bars of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ....models import ClassWeight, FactorExposure, Plan, SecurityWeight
from ....models.plan.words import Banded, Weights, places_for, weights
from ....models.schema.amounts import MINUS


class Bar(NamedTuple):
    """A bar of the picture: where it begins and how wide it is, in percent of the axis."""

    start: float
    width: float


@dataclass(frozen=True, slots=True)
class BandRow:
    """A class, a factor or a name: digits for the table, places on the axis in percent for the picture."""

    name: str
    target: str
    band: str
    before: str
    after: str
    off_before: bool
    off_after: bool
    dollars: float
    """Dollars after the trades, as they count toward the target."""
    lower: float
    upper: float
    wide: float
    was: Bar
    now: Bar
    mark: float | None
    """The target; None if there is none."""
    zero: float | None
    """Nothing held; None at the left end of the axis."""

    @property
    def words(self) -> str:
        """The picture in words."""
        target = f"target {self.target}, " if self.target else ""
        return f"{self.name}: {target}band {self.band}, before {self.before}, after {self.after}"


@dataclass(frozen=True, slots=True)
class BandTable:
    """Rows on one axis, and the two ends of the axis in words."""

    rows: list[BandRow]
    axis: tuple[str, str]


def band_table(plan: Plan, rows: Sequence[Banded], least: int = 1) -> BandTable | None:
    """Return the rows with `least` decimals of a percentage or as many as they need; None if there are no rows."""
    if not rows:
        return None
    places = places_for(plan.target_value, rows, least)
    weighed = [weights(plan.target_value, row, places) for row in rows]
    ends = [end for row, each in zip(rows, weighed, strict=True) for end in (row.upper, each.before, each.after)]
    low = min(0.0, *(row.lower for row in rows), *ends)
    high = max(0.0, *(getattr(row, "target", 0.0) for row in rows), *ends)
    high += 0.02 * (high - low) or 1.0
    shown = [_row(row, each, places, low, high) for row, each in zip(rows, weighed, strict=True)]
    return BandTable(shown, (_percent(low, 0 if not low else 1), _percent(high, 0 if high >= 0.1 else 1)))


def _row(row: Banded, each: Weights, places: int, low: float, high: float) -> BandRow:
    def at(weight: float) -> float:
        return round(100 * (weight - low) / (high - low), 2)

    def bar(weight: float) -> Bar:
        start, end = sorted((at(0.0), at(weight)))
        return Bar(start, round(end - start, 2))

    target = None if isinstance(row, FactorExposure) else row.target
    return BandRow(
        name=_name(row),
        target="" if target is None else _percent(target, places),
        band=f"{_percent(row.lower, places)} to {_percent(row.upper, places)}",
        before=_percent(each.before, places),
        after=_percent(each.after, places),
        off_before=each.off_before,
        off_after=each.off_after,
        dollars=row.after,
        lower=at(row.lower),
        upper=at(row.upper),
        wide=round(at(row.upper) - at(row.lower), 2),
        was=bar(each.before),
        now=bar(each.after),
        mark=None if target is None else at(target),
        zero=at(0.0) if low else None,
    )


def _name(row: Banded) -> str:
    match row:
        case ClassWeight():
            return row.asset_class
        case SecurityWeight():
            return row.symbol
        case FactorExposure():
            return row.factor


def _percent(weight: float, places: int) -> str:
    text = f"{abs(weight):.{places}%}"
    return f"{MINUS}{text}" if weight < 0 and text.strip("0.%") else text
