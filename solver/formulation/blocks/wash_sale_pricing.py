"""The losses that a plan's wash sales disallow, deferred or lost, exactly (docs/formulation.md, rows P).

sets       washed loss lots l in the order of sale; runs j of purchases in the order of the wash-sale ledger, each run
           all in taxable accounts (the loss is deferred) or all in sheltered accounts (the loss is lost)
variables  M_lj = M[g/l/j] = min(C_l, T_j), in dollars at one price p_g of the group: C_l is sold of the lots up to l,
           T_j is bought in the runs up to j, less what is sold again of recent lots;  b_lj = lesser[g/l/j] binary: C_l
           is the lesser
rows       P1 M ≤ C_l,  P2 M ≤ T_j,  P3 M ≥ C_l − C̄_l (1 − b),  P4 M ≥ T_j − T̄_j b
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from .sides import WASHED

if TYPE_CHECKING:
    from ....models.wash_sales.ledger import TaxLot
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
    """Cumulative dollars at p_g by position: fixed + returned + Σ coefficient · column. They are kept apart, because a
    purchase of unknown size is so large that a sum with it has no cents.
    """

    position: Indices
    columns: Indices
    coefficient: Floats
    fixed: Floats
    returned: Floats
    """What columns with a negative coefficient may take away."""
    most: Floats
    """The largest value of the columns with a positive coefficient."""


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
        rate, none = p_g / price, np.zeros(len(own))
        C = _up_to(np.arange(len(own)), trades.sell[own], rate, none, none, lots.size[lot] * rate)
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


def sold_beside_washed(problem: Problem) -> dict[tuple[str, str], int]:
    """Return the recent lots that may be sold in a plan that washes losses of their group, by account id and lot id.

    In a taxable account they are those without a loss of which no earlier loss has used a share. A sale in a sheltered
    account changes nothing: the purchase replaces all the same.
    """
    lots, wash, index = problem.lots, problem.wash, {label: i for i, label in enumerate(problem.lots.label)}
    found = {}
    for tax_lot in (each for tax_lots in wash.purchases.values() for each in tax_lots):
        lot = index.get(f"{tax_lot.account}/{tax_lot.lot}", -1)
        if lot >= 0:
            whole = tax_lot.quantity == Fraction(str(problem.held[lot].quantity))
            if not problem.taxable[lots.account[lot]] or (whole and not lots.is_loss[lot]):
                found[tax_lot.account, tax_lot.lot] = lot
    return found


def _in_order_of_sale(problem: Problem, trades: Trades, columns: Indices) -> Indices:
    """Columns in the order in which the wash-sale ledger takes a day's sales: by acquisition, account and lot."""
    lots = problem.lots

    def key(column: int) -> tuple[object, str, str]:
        lot = int(trades.lot[column])
        return lots.acquired[lot] or date.min, problem.accounts[lots.account[lot]], problem.held[lot].id

    return np.array(sorted(columns.tolist(), key=key), dtype=np.int64)


def _runs(problem: Problem, trades: Trades, g: int, p_g: float) -> tuple[Indices, _Upto]:
    """The runs of purchases in the wash-sale ledger's order (1: taxable accounts, 0: sheltered ones), and the sums T.

    Purchases up to today come first, then the plan's in sheltered accounts, the plan's in taxable accounts, and later
    ones. Recent lots of taxable accounts are sold before the losses, so that what is sold of them replaces nothing.
    """
    buys, today = problem.buys, problem.household.trade_date
    taxable = {a.id for a in problem.household.accounts if a.taxable}
    tax_lots = problem.wash.purchases.get(problem.groups[g], [])
    own = np.flatnonzero((problem.group[buys.security] == g) & buys.free)
    sold_again = sold_beside_washed(problem)
    pieces: list[tuple[int, TaxLot | None, Indices]] = []
    for coming in (False, True):
        if coming:
            pieces += [(side, None, own[problem.taxable[buys.account[own]] == bool(side)]) for side in (0, 1)]
        near = (each for each in tax_lots if (each.acquired > today) == coming)
        pieces += [(int(each.account in taxable), each, own[:0]) for each in near]
    into: list[int] = []
    given: list[float] = []
    back: list[float] = []
    columns: list[tuple[int, int, float, float]] = []
    for side, tax_lot, bought in pieces:
        if tax_lot is None and not len(bought):
            continue
        if not into or into[-1] != side:
            into, given, back = [*into, side], [*given, 0.0], [*back, 0.0]
        run = len(into) - 1
        if tax_lot is not None:
            lot = sold_again.get((tax_lot.account, tax_lot.lot)) if side else None
            (given if lot is None else back)[run] += float(tax_lot.quantity) * p_g
            if lot is not None:
                rate = p_g / problem.price[problem.lots.security[lot]]
                _, selling = trades.of(np.array([lot]))
                columns += [(run, column, -rate, 0.0) for column in selling.tolist()]
        for buy in bought.tolist():
            rate = p_g / problem.price[buys.security[buy]]
            columns.append((run, int(trades.buy[buy]), rate, float(buys.limit[buy]) * rate))
    number, column, coefficient, most = (np.array([each[i] for each in columns]) for i in range(4))
    ends = np.array(given), np.array(back)
    return np.array(into), _up_to(number.astype(np.int64), column.astype(np.int64), coefficient, *ends, most)


def _up_to(number: Indices, columns: Indices, coefficient: Floats, fixed: Floats, back: Floats, most: Floats) -> _Upto:
    """Cumulative sums by position. `number` is the position of each column, `most` its dollars at most; `fixed` and
    `back` are dollars by position.
    """
    position, place = np.nonzero(number[None, :] <= np.arange(len(fixed))[:, None])
    total = np.bincount(position, most[place], minlength=len(fixed)).astype(np.float64)
    return _Upto(position, columns[place], coefficient[place], np.cumsum(fixed), np.cumsum(back), total)


def _least(program: Program, name: str, lots: list[str], C: _Upto, T: _Upto) -> Indices:
    """Add M and b with their rows; return M, lots × runs. Where T can never be the lesser, b is fixed at 1."""
    shape = len(C.fixed), len(T.fixed)
    sold = C.most[:, None] + np.zeros(shape)
    certain = np.minimum(T.fixed, C.most[-1]) + T.returned  # more purchases than all sales change nothing
    bought = (T.most + certain)[None, :] + np.zeros(shape)
    labels = [f"{name}/{lot}/{run + 1}" for lot in lots for run in range(shape[1])]
    M = program.add_columns([f"M[{label}]" for label in labels], 0.0, np.minimum(sold, bought).ravel())
    b = program.add_columns(
        [f"lesser[{label}]" for label in labels], (T.fixed >= sold).astype(float).ravel(), 1.0, integer=True
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
