"""The losses that a plan's wash sales disallow, deferred or lost, exactly (docs/formulation.md, rows P).

sets       washed loss lots l in the order of sale; runs j of purchases in the order of the wash-sale ledger, each run
           all in taxable accounts (the loss is deferred) or all in sheltered accounts (the loss is lost)
variables  M_lj = M[g/l/j] = min(C_l, T_j), in dollars at one price p_g of the group: C_l is sold of the lots up to l,
           T_j is bought in the runs up to j;  b_lj = lesser[g/l/j] binary: C_l is the lesser
rows       P1 M ≤ C_l,  P2 M ≤ T_j,  P3 M ≥ C_l − C̄_l (1 − b),  P4 M ≥ T_j − T̄_j b
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from .sides import WASHED

if TYPE_CHECKING:
    from ..arrays import Floats, Indices
    from ..problem import Problem
    from ..program import Program, Term
    from .trades import Trades


NONE: Indices = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class DisallowedColumns:
    """The columns M, and the dollars of loss that one unit of each disallows: short-term, long-term, and, of the two
    together, deferred into the shares bought.
    """

    least: Indices
    short: Floats
    long: Floats
    deferred: Floats


@dataclass(frozen=True, slots=True)
class _Upto:
    """Cumulative dollars at p_g by position: Σ coefficient · column + known. `most` is the largest value of each."""

    position: Indices
    columns: Indices
    coefficient: Floats
    known: Floats
    most: Floats


def add_wash_sale_pricing(program: Program, problem: Problem, trades: Trades) -> DisallowedColumns:
    """Add M, b and rows P for every group with washed sales."""
    lots = problem.lots
    columns = np.flatnonzero(trades.side == WASHED)
    group = problem.group[lots.security[trades.lot[columns]]]
    found = [DisallowedColumns(NONE, *np.zeros((3, 0)))]
    for g in np.unique(group).tolist():
        own = _in_order_of_sale(problem, trades, columns[group == g])
        lot = trades.lot[own]
        price = problem.price[lots.security[lot]]
        p_g, loss = float(price[0]), -lots.gain[lot] * price / price[0]
        C = _up_to(np.arange(len(own)), trades.sell[own], p_g / price, np.zeros(len(own)), lots.size[lot] * p_g / price)
        into, T = _runs(problem, trades, g, p_g)
        M = _least(program, problem.groups[g], lots.label[lot].tolist(), C, T)
        # What run j replaces of lot l is w = A M B'; A and B take the difference from the lot and the run before.
        A, B = (np.eye(size) - np.eye(size, k=-1) for size in M.shape)
        parts = [(loss * lots.short[lot], into >= 0), (loss * lots.long[lot], into >= 0), (loss, into > 0)]
        found.append(
            DisallowedColumns(M.ravel(), *(np.outer(weight @ A, taken @ B).ravel() for weight, taken in parts))
        )
    return DisallowedColumns(
        *(np.concatenate([getattr(each, field.name) for each in found]) for field in fields(DisallowedColumns))
    )


def _in_order_of_sale(problem: Problem, trades: Trades, columns: Indices) -> Indices:
    """Columns in the order in which the wash-sale ledger takes a day's sales: by acquisition, account and lot."""
    lots = problem.lots

    def key(column: int) -> tuple[object, str, str]:
        lot = int(trades.lot[column])
        return lots.acquired[lot], problem.accounts[lots.account[lot]], problem.held[lot].id

    return np.array(sorted(columns.tolist(), key=key), dtype=np.int64)


def _runs(problem: Problem, trades: Trades, g: int, p_g: float) -> tuple[Indices, _Upto]:
    """The runs of purchases in the wash-sale ledger's order (1: taxable accounts, 0: sheltered ones), and the sums T.

    Purchases up to today come first, then the plan's in sheltered accounts, the plan's in taxable accounts, and later
    ones.
    """
    buys, today = problem.buys, problem.household.trade_date
    taxable = {a.id for a in problem.household.accounts if a.taxable}
    tax_lots = problem.wash.purchases.get(problem.groups[g], [])
    own = np.flatnonzero((problem.group[buys.security] == g) & buys.free)
    pieces: list[tuple[int, float, Indices]] = []
    for coming in (False, True):
        if coming:
            pieces += [(side, 0.0, own[problem.taxable[buys.account[own]] == bool(side)]) for side in (0, 1)]
        near = (each for each in tax_lots if (each.acquired > today) == coming)
        pieces += [(int(each.account in taxable), float(each.quantity) * p_g, own[:0]) for each in near]
    into: list[int] = []
    run = []
    for side, known, bought in pieces:
        if known or len(bought):
            if not into or into[-1] != side:
                into.append(side)
            run.append((len(into) - 1, known, bought))
    number = np.array([at for at, _, bought in run for _ in bought], dtype=np.int64)
    bought = np.concatenate([own[:0], *(bought for _, _, bought in run)])
    given = np.zeros(len(into))
    for at, dollars, _ in run:
        given[at] += dollars
    rate = p_g / problem.price[buys.security[bought]]
    return np.array(into), _up_to(number, trades.buy[bought], rate, given, buys.limit[bought] * rate)


def _up_to(number: Indices, columns: Indices, coefficient: Floats, known: Floats, most: Floats) -> _Upto:
    """Cumulative sums by position. `number` is the position of each column; `known` and `most` are dollars."""
    size = len(known)
    position, place = np.nonzero(number[None, :] <= np.arange(size)[:, None])
    total = np.bincount(position, most[place], minlength=size)
    return _Upto(position, columns[place], coefficient[place], np.cumsum(known), np.cumsum(known) + total)


def _least(program: Program, name: str, lots: list[str], C: _Upto, T: _Upto) -> Indices:
    """Add M and b with their rows; return M, lots × runs. Where T can never be the lesser, b is fixed at 1."""
    shape = len(C.known), len(T.known)
    sold = C.most[:, None] + np.zeros(shape)
    certain = np.minimum(T.known, C.most[-1])  # purchases beyond all that can be sold change nothing
    bought = (T.most - T.known + certain)[None, :] + np.zeros(shape)
    labels = [f"{name}/{lot}/{run + 1}" for lot in lots for run in range(shape[1])]
    M = program.add_columns([f"M[{label}]" for label in labels], 0.0, np.minimum(sold, bought).ravel())
    b = program.add_columns(
        [f"lesser[{label}]" for label in labels], (T.known >= sold).astype(float).ravel(), 1.0, integer=True
    )
    each = np.arange(len(M)).reshape(shape)
    known = certain[None, :] + np.zeros(shape)

    def of(sums: _Upto, *, by_lot: bool) -> Term:
        rows = each[sums.position] if by_lot else each[:, sums.position].T
        return rows, sums.columns[:, None], -sums.coefficient[:, None]

    ones, C_, T_ = np.arange(len(M)), of(C, by_lot=True), of(T, by_lot=False)
    flat = {"sold": sold.ravel(), "bought": bought.ravel(), "known": known.ravel()}
    program.add_rows([f"P1[{x}]" for x in labels], [(ones, M, 1.0), C_], upper=0.0)
    program.add_rows([f"P2[{x}]" for x in labels], [(ones, M, 1.0), T_], upper=flat["known"])
    program.add_rows([f"P3[{x}]" for x in labels], [(ones, M, 1.0), C_, (ones, b, -flat["sold"])], lower=-flat["sold"])
    program.add_rows([f"P4[{x}]" for x in labels], [(ones, M, 1.0), T_, (ones, b, flat["bought"])], lower=flat["known"])
    return M.reshape(shape)
