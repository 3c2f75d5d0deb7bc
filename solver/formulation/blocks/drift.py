"""Drift of classes, factors and names outside their bands (docs/formulation.md, rows D).

variables  over_near[..], over_far[..], under_near[..], under_far[..] ≥ 0 for each band, dollars outside it
rows       D1[c], D3[f], D5[n] X − over_near − over_far ≤ hi V;  D2, D4, D6 X + under_near + under_far ≥ lo V
           D7[over n/side], D7[under n/side] near column of a side ≤ ζ near_width max(V, 0)
           D8[..] for hard bands: over_near + over_far + under_near + under_far ≤ shortfall[D8[..]]
           D10[n/side], D11[n/side] the drift of a name that moves by whole shares, at least what the two nearest whole
           numbers of shares on either side of the band's end give in between
objective  drift: near_cost and far_cost per dollar
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..labels import Labels, bracketed
from .sides import BUY, HARVEST, NEITHER, WASHED
from .whole_shares import whole_share_step

if TYPE_CHECKING:
    from ....models.policy.policy import BandKind
    from ..arrays import Flags, Floats, Indices
    from ..problem import Problem
    from ..program import Program, Term
    from .sides import Sides
    from .trades import Trades


ROUNDING = 1e-6
"""If the end of a name's band is this part of a share from whole shares, D10 and D11 add nothing."""

MOST_SHARES = 1e6
"""Nor do they if it is more shares away: their numbers would be too large for a solver."""


@dataclass(frozen=True, slots=True)
class _Bands:
    """All bands of one kind. The exposure X of each is `held` plus its terms. In the rows of a side, every constant is
    multiplied by the side's weight ζ, which is z or 1 − z; in other rows ζ = 1.
    """

    kind: BandKind
    rows: tuple[str, str]
    labels: Sequence[str] | Labels
    terms: Sequence[Term]
    held: Floats
    lower: Floats
    upper: Floats
    """`held`, `lower` and `upper` are in dollars."""
    z: Indices | None = None
    """The column of z by row, -1 if ζ = 1; None if no row belongs to a side."""
    sign: Indices | None = None
    """The sign of z in ζ by row: 1 for ζ = z, -1 for ζ = 1 − z, 0 for ζ = 1."""
    step: Floats | None = None
    """Dollars by which X moves at least, and a multiple of which it moves, by row; 0 if by any amount."""


def add_drift(program: Program, problem: Problem, trades: Trades, cash: Indices, sides: Sides) -> None:
    """Add rows D1 to D8 and charge drift outside the bands. `cash` holds the columns m."""
    value, factors = problem.target_value, problem.factors
    held, moved = class_exposure(problem, trades, cash)
    lower, upper = problem.lower * value, problem.upper * value
    _add(program, problem, _Bands("class", ("D1", "D2"), problem.classes, moved, held, lower, upper))
    if len(factors.name):
        held, moved = problem.counted_holdings @ factors.loading, _dense(problem, trades, factors.loading)
        lower, upper = factors.lower * value, factors.upper * value
        _add(program, problem, _Bands("factor", ("D3", "D4"), factors.name, moved, held, lower, upper))
    if len(problem.names.security):
        _add(program, problem, _name_bands(problem, trades, sides))


def class_exposure(problem: Problem, trades: Trades, cash: Indices) -> tuple[Floats, list[Term]]:
    """X_c of every class as a constant, in dollars, and the terms to add to it. `cash` holds the columns m."""
    moved = _dense(problem, trades, problem.exposure)
    moved.append((np.full(len(cash), problem.cash_class), cash, problem.counted))
    held = problem.class_before.copy()
    held[problem.cash_class] -= problem.counted @ problem.cash
    return held, moved


def _dense(problem: Problem, trades: Trades, exposure: Floats) -> list[Term]:
    """Terms of the exposure that sales and purchases move: one row per column of `exposure` (securities × rows)."""
    lots, buys, count = problem.lots, problem.buys, np.arange(exposure.shape[1])
    lot = trades.lot
    sold = exposure[lots.security[lot]] * problem.counted[lots.account[lot], None]
    bought = exposure[buys.security] * problem.counted[buys.account, None]
    return [(count, trades.sell[:, None], -sold), (count, trades.buy[:, None], bought)]


def _name_bands(problem: Problem, trades: Trades, sides: Sides) -> _Bands:
    """The bands of the names: one for each side if the group is two-sided, otherwise one."""
    names, lots, buys = problem.names, problem.lots, problem.buys
    two = sides.copied[problem.group[names.security]]
    name = np.concatenate([np.arange(len(two)), np.flatnonzero(two)])
    side = np.concatenate([np.where(two, HARVEST, NEITHER), np.full(int(two.sum()), BUY)])
    first = np.full(len(problem.symbols), -1)
    first[names.security] = np.arange(len(two))
    second = np.full(len(two), -1)
    second[np.flatnonzero(two)] = len(two) + np.arange(int(two.sum()))

    def band(security: Indices, on_buy_side: Flags) -> Indices:
        """The row of a security on a side, -1 if the security is not a name."""
        one = first[security]
        return np.where(on_buy_side & (one >= 0) & (second[one] >= 0), second[one], one)

    sold = band(lots.security[trades.lot], (trades.side == BUY) | (trades.side == WASHED))
    bought = band(buys.security, np.ones(len(buys.security), bool))
    terms = []
    for row, columns, coefficient in (
        (sold, trades.sell, -problem.counted[lots.account[trades.lot]]),
        (bought, trades.buy, problem.counted[buys.account]),
    ):
        kept = row >= 0
        terms.append((row[kept], columns[kept], coefficient[kept]))
    z, sign = sides.weight(problem.group[names.security[name]], side)
    suffix = {HARVEST: "/harvest", BUY: "/buy", NEITHER: ""}
    return _Bands(
        kind="name",
        rows=("D5", "D6"),
        labels=Labels(
            len(name),
            lambda: [problem.symbols[k] + suffix[s] for k, s in zip(names.security[name], side.tolist(), strict=True)],
        ),
        terms=terms,
        held=problem.counted_holdings[names.security[name]],
        lower=names.lower[name] * problem.target_value,
        upper=names.upper[name] * problem.target_value,
        z=z,
        sign=sign,
        step=whole_share_step(problem)[names.security[name]],
    )


def _add(program: Program, problem: Problem, bands: _Bands) -> None:
    prices, labels, count = problem.policy.drift_prices[bands.kind], bands.labels, np.arange(len(bands.labels))
    width = prices.near_width * max(problem.target_value, 0.0)
    prefix = "" if bands.kind == "class" else f"{bands.kind} "
    near, far = (
        [program.add_columns(bracketed(f"{end}_{reach}", labels, before=prefix), 0.0, most)
         for end in ("over", "under")]
        for reach, most in (("near", width), ("far", np.inf))
    )  # fmt: skip
    for columns, cost in ((near, prices.near_cost), (far, prices.far_cost)):
        for column in columns:
            program.charge("drift", column, cost)

    z = np.full(len(labels), -1) if bands.z is None else bands.z
    zeta: Floats = np.zeros(len(labels)) if bands.sign is None else bands.sign.astype(np.float64)
    sided, constant = np.flatnonzero(z >= 0), np.where(zeta == 1, 0.0, 1.0)  # ζ at z = 0
    for end, (row, sign, limit) in enumerate(zip(bands.rows, (-1.0, 1.0), (bands.upper, bands.lower), strict=True)):
        excess = bands.held - limit
        terms: list[Term] = [*bands.terms, (count, near[end], sign), (count, far[end], sign)]
        terms.append((sided, z[sided], (excess * zeta)[sided]))
        bound, free = -excess * constant, np.full(len(labels), np.inf)
        lower, upper = (-free, bound) if end == 0 else (bound, free)
        program.add_rows(bracketed(row, labels), terms, lower, upper)
        if len(sided):
            terms = [(np.arange(len(sided)), near[end][sided], 1.0),
                     (np.arange(len(sided)), z[sided], -width * zeta[sided])]  # fmt: skip
            names = _placed("D7", labels, sided, ("over ", "under ")[end])
            program.add_rows(names, terms, upper=width * constant[sided])
    if bands.step is not None:
        for end, row, sign in ((0, "D10", 1.0), (1, "D11", -1.0)):
            beyond = sign * (bands.held - (bands.upper, bands.lower)[end])
            _add_share_hull(program, bands, row, sign, beyond, z, zeta, (near[end], far[end]))
    if prices.hard:
        outside: list[Term] = [(count, column, 1.0) for column in (*near, *far)]
        program.add_elastic_rows(bracketed("D8", labels, before=prefix), outside, upper=0.0)


def _add_share_hull(
    program: Program,
    bands: _Bands,
    row: str,
    sign: float,
    excess: Floats,
    z: Indices,
    zeta: Floats,
    outside: tuple[Indices, Indices],
) -> None:
    """Add D10 or D11: outside ≥ r (± M + ⌈t⌉ s ζ), where M is what moves X, t = excess / s and r = t + 1 − ⌈t⌉.

    M is a multiple of the step s, so no whole M lies between the two at which this line meets max(0, ± M + excess ζ);
    on the side that is not taken everything is 0. It is the mixed-integer rounding of D5 and D6.
    """
    step = bands.step
    assert step is not None
    t = np.divide(excess, step, out=np.zeros_like(excess), where=step > 0)
    r = t + 1 - np.ceil(t)
    own = np.flatnonzero((step > 0) & (np.abs(t) < MOST_SHARES) & (r > ROUNDING) & (r < 1 - ROUNDING))
    if not len(own):
        return
    place = np.full(len(step), -1)
    place[own] = np.arange(len(own))
    count, most = np.arange(len(own)), (r * np.ceil(t) * step)[own]
    terms: list[Term] = [(count, columns[own], 1.0) for columns in outside]
    for position, columns, coefficient in bands.terms:
        rows = np.asarray(position)
        kept = place[rows] >= 0
        moves = np.asarray(coefficient)[kept] * r[rows[kept]]
        terms.append((place[rows[kept]], np.asarray(columns)[kept], -sign * moves))
    sided = np.flatnonzero(z[own] >= 0)
    terms.append((sided, z[own][sided], -(most * zeta[own])[sided]))
    constant: Floats = np.where(zeta[own] == 1, 0.0, 1.0)
    program.add_rows(_placed(row, bands.labels, own), terms, lower=most * constant)


def _placed(row: str, labels: Sequence[str] | Labels, places: Indices, before: str = "") -> Labels:
    """The labels of a row of the bands at some places, with what comes before their names."""

    def write() -> list[str]:
        names = [*labels]
        return [f"{row}[{before}{names[i]}]" for i in places.tolist()]

    return Labels(len(places), write)
