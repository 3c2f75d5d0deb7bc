"""The audit of the classes that stay outside their bands: which they are, by how much, and whether the reason fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...models.schema.money import ZERO, exact
from .findings import HALF_CENT, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...models.plan.plan import Plan
    from .case import Case
    from .evaluation import Evaluation


def wrong_outside_bands(case: Case, plan: Plan, found: Evaluation) -> Iterator[Finding]:
    """Yield what the plan states wrongly about the classes outside their bands. The prices of further corrections are
    not recomputed, because the corrections are not in the plan.
    """
    value = case.target_value
    off = {
        band.name: (band.after > band.upper * value, band.outside(value))
        for band in found.bands
        if band.kind == "class" and band.outside(value) > found.slack
    }
    if [row.asset_class for row in plan.outside_bands] != [*off]:
        yield Finding("figure", "outside_bands", f"outside their bands are {', '.join(off) or 'none'}")
        return
    for row, (above, outside) in zip(plan.outside_bands, off.values(), strict=True):
        where = f"outside_bands.{row.asset_class}"
        if (row.side == "above") != above or abs(exact(row.outside) - outside) > HALF_CENT:
            yield Finding("figure", where, f"it is {outside:.2f} {'above' if above else 'below'}, not as stated")
        priced = row.reason in ("costs_more", "could_be_better")
        if priced != (row.costs is not None and row.saves is not None):
            yield Finding("figure", where, f"the reason {row.reason} does not go with what is priced")
        elif priced and (exact(row.costs or ZERO) < exact(row.saves or ZERO)) == (row.reason == "costs_more"):
            yield Finding("figure", where, f"{row.costs:.2f} against {row.saves:.2f} is not {row.reason}")
