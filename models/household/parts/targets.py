"""Target weights and bands of asset classes, single securities and factors."""

from __future__ import annotations

import math
from typing import Any

from pydantic import model_validator

from ...schema.record import Record
from ...schema.values import Loading, Name, Rate

CASH = "cash"
"""The asset class of uninvested cash."""


WIDEST, WIDEST_OF_NAMES = 0.05, 0.005
"""The most that a band reaches to each side if it is left out, for a class and for a single security."""

FREE_CASH = 0.01
"""The weight up to which cash is not drift if no target names it (docs/decisions.md)."""


def with_band(data: Any, widest: float) -> Any:  # noqa: ANN401 - whatever the user wrote
    """Return a target with the ends that its band leaves out: ± `widest` or a quarter of the target, the lesser."""
    if not isinstance(data, dict):
        return data
    try:
        weight = float(data["weight"])
    except (KeyError, TypeError, ValueError, OverflowError):
        weight = math.nan
    if not 0 <= weight <= 1:
        return {"lower": 0.0, "upper": 1.0} | data  # the weight itself is the fault
    width = min(widest, 0.25 * weight)
    return {
        "lower": min(weight, round(weight - width, 9)),
        "upper": max(weight, min(1.0, round(weight + width, 9))),
    } | data


class Target(Record):
    """The weight that an asset class should have in the household, and the band in which its drift costs nothing."""

    asset_class: Name
    """The class's name, as in the securities' exposures; `cash` is uninvested cash."""
    weight: Rate
    """Target weight in the whole household, a fraction between 0 and 1."""
    lower: Rate
    """Lower end of the band, a weight between 0 and 1; default: the target less 0.05 or a quarter
    of the target, whichever is less."""
    upper: Rate
    """Upper end of the band, a weight between 0 and 1; default: the target plus 0.05 or a quarter of the target,
    whichever is less, and at most 1."""

    @model_validator(mode="before")
    @classmethod
    def _default_band(cls, data: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
        """Apply the 5/25 rule: five percentage points or a quarter of the target, whichever is less."""
        return with_band(data, WIDEST)


FREE_CASH_TARGET = Target(asset_class=CASH, weight=0.0, lower=0.0, upper=FREE_CASH)
"""The target of cash if the user gives none: up to 1 % of cash is not drift (docs/decisions.md)."""


class SecurityTarget(Record):
    """The weight that one security should have in the household, such as a name of a direct-index sleeve."""

    symbol: Name
    """The symbol of one of the household's securities."""
    weight: Rate
    """Target weight in the whole household, a fraction between 0 and 1. A security with 0 (a name that left the index)
    may be held or sold, but never bought."""
    lower: Rate
    """Lower end of the band, a weight between 0 and 1; default: the target less 0.005 or a quarter
    of the target, whichever is less."""
    upper: Rate
    """Upper end of the band, a weight between 0 and 1; default: the target plus 0.005 or a quarter of the target,
    whichever is less, and at most 1."""

    @model_validator(mode="before")
    @classmethod
    def _default_band(cls, data: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
        return with_band(data, WIDEST_OF_NAMES)


class FactorTarget(Record):
    """The band of the household's exposure to a factor (a sector, a style): Σ loading times dollars, as a
    fraction of the household's value.
    """

    factor: Name
    """The factor's name, as in the securities' factors."""
    lower: Loading
    """Lower end of the band, as a fraction of the household's value; may be negative."""
    upper: Loading
    """Upper end of the band, as a fraction of the household's value, at least `lower`; may be negative."""
