"""The exact tax bill, piecewise linear in net short-term (S) and long-term (L) gain (docs/formulation.md, rows N).

It covers every S and L that the household can reach and, if the plan moves money of deferred accounts, every O, the
ordinary income that it adds.

sets       pieces p of the reach of (S, L), and their corners v (models/tax/piecewise.py); on a piece the tax, less the
           value of the losses carried forward, is convex
variables  w_pv = w[p/v]: dollars of weight at a corner, together the width W' of the reach;  b_p = b[p] = 1: the piece
rows       N1 Σ (S_v − S⁰) w_pv / W' = S − S⁰, where S includes disallowed losses (added back),  N2 the same for L,
           N5 for O, if it can vary
           N3 Σ b_p = 1,  N4[p] Σ_v w_pv = W' b_p;  for one piece, N4 Σ_v w_pv = W'
           (T1[l] x_l = 0 for a collectible at a long-term gain is in blocked.py)
objective  tax: Σ (T_v − T⁰) w_pv / W', the bill at the corners less the bill without the plan
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....models import taxes
from ....models.household.moves import filer_with
from ....models.schema.money import ZERO, exact
from ....models.tax.piecewise import Affine, law, pieces
from .moves import NO_MOVES, income

if TYPE_CHECKING:
    from ....models.tax.piecewise import Piece
    from ..arrays import Floats, Indices
    from ..problem import Problem
    from ..program import Program, Term
    from .moves import MoveColumns
    from .trades import Trades
    from .wash_sale_pricing import DisallowedColumns

Bounds = tuple[float, float]

REACH = 0.01
"""If S or L can vary by no more than this many dollars, it is treated as a constant."""

NO_CHOICE: Indices = np.zeros(0, dtype=np.int64)
"""The columns b if there is only one piece."""


@dataclass(frozen=True, slots=True)
class TaxColumns:
    """The pieces, the columns of this block, and what the law gives at each corner per dollar of weight."""

    pieces: list[Piece]
    choice: Indices
    """b_p; empty if there is only one piece."""
    weight: Indices
    """w_pv, piece after piece."""
    bill: Floats
    """(T_v - T⁰) / W'."""
    short_carried: Floats
    long_carried: Floats
    """(s_v - s⁰) / W' and (ℓ_v - ℓ⁰) / W'."""
    before: float
    """T⁰, dollars."""
    width: float
    """W', dollars: all weights together."""


def add_tax(
    program: Program,
    problem: Problem,
    trades: Trades,
    disallowed: DisallowedColumns,
    moves: MoveColumns = NO_MOVES,
) -> TaxColumns:
    """Add w, b and rows N, which tie the weights to S, L and O, and charge this year's tax."""
    reach: tuple[Bounds, ...] = reaches(problem)
    start: tuple[float, ...] = problem.net_so_far
    lots = problem.lots
    added, filer = income_between(problem), problem.asked.filer
    varies = added[0] < added[1]
    found = _pieces(problem, *reach, *([added] if varies else []))
    reach, start = (*reach, added) if varies else reach, (*start, 0.0) if varies else start
    width = max(*(high - low for low, high in reach), 1.0)
    names = [str(number + 1) for number in range(len(found))]
    laws = [{corner: cell.law for cell in piece for corner in cell.corners} for piece in found]
    piece = np.repeat(np.arange(len(found)), [len(law) for law in laws])
    corners = np.array([corner for law in laws for corner in law]) - start
    at_corners = np.array([[line.at(corner) for line in lines] for law in laws for corner, lines in law.items()])
    owed = taxes(filer, *map(exact, problem.net_so_far))
    before = float(owed.total), float(owed.netting.short_carried), float(owed.netting.long_carried)
    b = program.add_columns([f"b[{name}]" for name in names], 0.0, 1.0, integer=True) if len(found) > 1 else NO_CHOICE
    labels = [f"w[{name}/{v + 1}]" for name, law in zip(names, laws, strict=True) for v in range(len(law))]
    w = program.add_columns(labels, 0.0, np.inf)

    for label, axis, taxed, washed in (
        ("N1", 0, lots.short, disallowed.short),
        ("N2", 1, lots.long, disallowed.long),
    ):
        moving = reach[axis][0] < reach[axis][1]
        side = np.flatnonzero(taxed & lots.open & (lots.gain != 0) & moving)
        position, sold = trades.of(side)
        terms: list[Term] = [(0, w, corners[:, axis] / width), (0, sold, -lots.gain[side][position])]
        if moving:
            terms.append((0, disallowed.least, -washed))
        program.add_rows([label], terms, 0.0, 0.0)
    if varies:
        terms = [(0, w, corners[:, 2] / width), (0, moves.column, -moves.income)]
        program.add_rows(["N5"], terms, 0.0, 0.0)
    if len(found) > 1:
        program.add_rows(["N3"], [(0, b, 1.0)], 1.0, 1.0)
        weights = [(piece, w, 1.0), (np.arange(len(found)), b, -width)]
        program.add_rows([f"N4[{name}]" for name in names], weights, 0.0, 0.0)
    else:
        program.add_rows(["N4"], [(0, w, 1.0)], width, width)
    bill, short_carried, long_carried = ((at_corners - before) / width).T
    program.charge("tax", w, bill)
    return TaxColumns(found, b, w, bill, short_carried, long_carried, before[0], width)


def income_between(problem: Problem) -> Bounds:
    """The least and most dollars of ordinary income that the moves can add; equal if they differ by REACH or less."""
    if problem.requests is None:
        return 0.0, 0.0
    least, most = map(float, problem.requests.income_between)
    return (least, most) if most - least > REACH else (least, least)


def reaches(problem: Problem) -> tuple[Bounds, Bounds]:
    """The least and most dollars that S, and then L, can reach, whichever lots are sold.

    If they differ by REACH or less, both are the net gain without the plan.
    """
    lots = problem.lots
    gains = [np.where(taxed & lots.open, lots.gain * lots.size, 0.0) for taxed in (lots.short, lots.long)]
    short, long = (
        (origin + down, origin + up) if up - down > REACH else (origin, origin)
        for origin, down, up in (
            (origin, float(np.minimum(each, 0.0).sum()), float(np.maximum(each, 0.0).sum()))
            for origin, each in zip(problem.net_so_far, gains, strict=True)
        )
    )
    return short, long


def mispriced(
    problem: Problem,
    columns: TaxColumns,
    disallowed: DisallowedColumns,
    sold: Floats,
    point: Floats,
    moves: MoveColumns = NO_MOVES,
) -> float:
    """Dollars by which the program's tax, less its value of losses carried forward, differs at `point` from the
    worksheet's figure for the same sales. `sold` is dollars by lot.
    """
    lots, later = problem.lots, problem.later_years
    net = [
        origin + float(lots.gain[taxed] @ sold[taxed]) + float(washed @ point[disallowed.least])
        for origin, taxed, washed in zip(
            problem.net_so_far, (lots.short, lots.long), (disallowed.short, disallowed.long), strict=True
        )
    ]
    filer = problem.asked.filer
    before = taxes(filer, *map(exact, problem.net_so_far))
    after = taxes(filer_with(filer, exact(income(moves, point))), *map(exact, net))
    values = columns.bill - later.carried_short * columns.short_carried - later.carried_long * columns.long_carried
    found = float(values @ point[columns.weight]) - float(after.total - before.total)
    found += later.carried_short * float(after.netting.short_carried - before.netting.short_carried)
    found += later.carried_long * float(after.netting.long_carried - before.netting.long_carried)
    return abs(found)


def _pieces(problem: Problem, *reach: Bounds) -> list[Piece]:
    """The pieces on which tax less the value of carried losses is convex. If the bill has a limit, the tax and the
    negative of that value are each convex.
    """
    later, limits = problem.later_years, problem.policy.limits
    limited = limits.bill is not None or limits.added_tax is not None
    carried_short, carried_long = exact(-later.carried_short), exact(-later.carried_long)

    def costs(lines: tuple[Affine, ...]) -> tuple[Affine, ...]:
        bill, s, ll = lines
        carried = carried_short * s + carried_long * ll
        return (bill, carried) if limited else (bill + carried,)

    added = ZERO if len(reach) > len(problem.net_so_far) else exact(income_between(problem)[0])
    return pieces(law(filer_with(problem.asked.filer, added)), costs, *reach)
