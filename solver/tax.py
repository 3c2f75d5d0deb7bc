"""The tax bill, exact: netting of short and long, the loss limit and what is carried on (docs/formulation.md, rows N).

sets       regions r of the (S, L) plane on which the law is affine, those within the household's reach
variables  b_r binary, S_r and L_r: the convex hull of the regions
rows       N1 Σ S_r = S,  N2 Σ L_r = L,  N3 Σ b_r = 1,  N4[r] to N9[r] the bounds of region and reach times b_r
gives      o, i, u and the losses carried on, as linear expressions in those columns; rates price them
objective  tax: R_s o + R_l i − R_s u, less the bill without the plan
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from ..models import loss_limit, tax_bill

if TYPE_CHECKING:
    from ..models import FlatRates
    from .problem import Problem
    from .program import Floats, Program
    from .trades import Trades

INF = float("inf")
Bounds = tuple[float, float]
Affine = tuple[float, float, float]
"""Coefficients of S, L and 1."""

ZERO: Affine = (0, 0, 0)
QUANTITIES = ("ordinary", "preferential", "loss_used", "short_carried", "long_carried")
"""o, i, u, s, ℓ."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the plane, bounds on S, on L and on S + L, and the law on it: o, i, u, s, ℓ as affine functions."""

    name: str
    short: Bounds
    long: Bounds
    net: Bounds
    law: tuple[Affine, Affine, Affine, Affine, Affine]

    def within(self, short: Bounds, long: Bounds) -> Region | None:
        """The region cut to a reach of S and L; None where they do not meet, or only along an edge.

        The law is continuous, so what lies on an edge belongs to the neighbour as well.
        """
        s = _meet(self.short, short)
        ll = _meet(self.long, long)
        n = _meet(self.net, (s[0] + ll[0], s[1] + ll[1]))
        reach = short, long, (short[0] + long[0], short[1] + long[1])
        for cut, whole in zip((s, ll, n), reach, strict=True):
            if cut[0] > cut[1] or (cut[0] == cut[1] and whole[0] < whole[1]):
                return None
        return Region(self.name, s, ll, n, self.law)


def regions(limit: float) -> list[Region]:
    """The seven regions of Schedule D for a loss limit, in dollars (IRC 1222, 1211(b), 1212(b))."""
    up, down, free = (0.0, INF), (-INF, 0.0), (-INF, INF)
    beyond = (-INF, -limit)
    short, long, both = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 1.0, 0.0)
    used, all_used = (0.0, 0.0, limit), (-1.0, -1.0, 0.0)
    rest = (-1.0, -1.0, -limit)
    return [
        Region("both gains", up, up, free, (short, long, ZERO, ZERO, ZERO)),
        Region("short gain left", up, down, up, (both, ZERO, ZERO, ZERO, ZERO)),
        Region("long gain left", down, up, up, (ZERO, both, ZERO, ZERO, ZERO)),
        Region("loss all used", free, free, (-limit, 0.0), (ZERO, ZERO, all_used, ZERO, ZERO)),
        Region("long loss carried", (-limit, INF), free, beyond, (ZERO, ZERO, used, ZERO, rest)),
        Region("both carried", beyond, down, free, (ZERO, ZERO, used, (-1.0, 0.0, -limit), (0.0, -1.0, 0.0))),
        Region("short loss carried", free, up, beyond, (ZERO, ZERO, used, rest, ZERO)),
    ]


def reachable_regions(limit: float, short: Bounds, long: Bounds) -> list[Region]:
    """The regions that a reach of S and L enters; of those that it meets in the same part, one."""
    found = [cut for region in regions(limit) if (cut := region.within(short, long))]
    return list({(cut.short, cut.long, cut.net): cut for cut in reversed(found)}.values())[::-1]


@dataclass(frozen=True)
class TaxColumns:
    """The reachable regions with their columns, and the netted quantities as expressions (column, coefficient)."""

    regions: list[Region]
    choice: list[int]
    """b_r."""
    expressions: dict[str, list[tuple[int, float]]]

    def bill(self, rates: FlatRates) -> tuple[list[int], list[float]]:
        """R_s o + R_l i − R_s u: columns and dollars per unit of each."""
        prices = {"ordinary": rates.all_in_short, "preferential": rates.all_in_long, "loss_used": -rates.all_in_short}
        dollars: dict[int, float] = defaultdict(float)
        for quantity, price in prices.items():
            for column, coefficient in self.expressions[quantity]:
                dollars[column] += price * coefficient
        return list(dollars), list(dollars.values())

    def region_at(self, short: float, long: float) -> int:
        """The region that (S, L) lies in, as a position among `regions`; the nearest where rounding leaves none."""

        def distance(region: Region) -> float:
            sides = ((region.short, short), (region.long, long), (region.net, short + long))
            return sum(max(low - value, value - high, 0.0) for (low, high), value in sides)

        return min(range(len(self.regions)), key=lambda r: distance(self.regions[r]))


def add_tax(program: Program, problem: Problem, trades: Trades) -> TaxColumns:
    """Add the netting of S and L and charge this year's tax."""
    netted = _add_netting(program, problem, trades)
    program.charge("tax", *netted.bill(problem.rates))
    program.charge_constant("tax", -tax_bill(problem.household.taxpayer, Decimal(0), Decimal(0)).total)
    return netted


def carried_in(problem: Problem) -> tuple[float, float]:
    """S⁰ and L⁰: net short-term and long-term gain of the year so far, with what was carried in."""
    taxpayer = problem.household.taxpayer
    return (
        taxpayer.realized_short - taxpayer.short_carryforward,
        taxpayer.realized_long - taxpayer.long_carryforward,
    )


def _add_netting(program: Program, problem: Problem, trades: Trades) -> TaxColumns:
    lots = problem.lots
    start = carried_in(problem)
    sides = [np.flatnonzero(side & lots.free & (lots.gain != 0)) for side in (lots.short, lots.long)]
    reach = [_reach(origin, lots.gain[side] * lots.size[side]) for origin, side in zip(start, sides, strict=True)]
    limit = float(loss_limit(problem.household.taxpayer.filing_status))
    reachable = reachable_regions(limit, reach[0], reach[1])
    names = [region.name for region in reachable]
    count = np.arange(len(names))
    b = program.add_columns(
        [f"b[{name}]" for name in names], 1.0 if len(names) == 1 else 0.0, 1.0, integer=len(names) > 1
    )
    S = program.add_columns([f"S[{name}]" for name in names], -np.inf, np.inf)
    L = program.add_columns([f"L[{name}]" for name in names], -np.inf, np.inf)

    for label, columns, origin, side in zip(("N1", "N2"), (S, L), start, sides, strict=True):
        position, sold = trades.of(side)
        program.add_rows([label], [(0, columns, 1.0), (0, sold, -lots.gain[side][position])], origin, origin)
    program.add_rows(["N3"], [(0, b, 1.0)], 1.0, 1.0)
    bounded = (((S,), "short", "N4", "N5"), ((L,), "long", "N6", "N7"), ((S, L), "net", "N8", "N9"))
    for summed, side_name, at_least, at_most in bounded:
        low, high = np.array([getattr(region, side_name) for region in reachable]).T
        terms = [(count, column, 1.0) for column in summed]
        program.add_rows([f"{at_least}[{name}]" for name in names], [*terms, (count, b, -low)], lower=0.0)
        program.add_rows([f"{at_most}[{name}]" for name in names], [*terms, (count, b, -high)], upper=0.0)

    expressions: dict[str, list[tuple[int, float]]] = {quantity: [] for quantity in QUANTITIES}
    for r, region in enumerate(reachable):
        for quantity, law in zip(QUANTITIES, region.law, strict=True):
            pairs = zip((S[r], L[r], b[r]), law, strict=True)
            expressions[quantity] += [(int(column), coefficient) for column, coefficient in pairs if coefficient]
    return TaxColumns(reachable, b.tolist(), expressions)


def _meet(one: Bounds, other: Bounds) -> Bounds:
    return max(one[0], other[0]), min(one[1], other[1])


def _reach(origin: float, gains: Floats) -> Bounds:
    """The least and the most that a net gain can become, whichever lots are sold."""
    return origin + float(np.minimum(gains, 0.0).sum()), origin + float(np.maximum(gains, 0.0).sum())
