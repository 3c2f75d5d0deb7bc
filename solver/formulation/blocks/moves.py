"""Money that the program moves into, out of and between accounts (docs/formulation.md, Money in and out, rows F).

variables  ψ_a = withdraw[a], χ_a = contribute[a], ξ_a = convert[a], η_a = converted[a], dollars
           magi[j] ≥ 0, the income by which a limit on contributions shrinks;  open[j] = 1: it allows some
rows       F1 Σ ψ = what goes out,  F2[i] Σ_{a∈i} ψ_a ≥ what must come out of i,  F3 Σ χ = what comes in,
           F4 Σ χ of sheltered accounts ≤ fresh money,  F5[j] Σ_{a∈j} χ_a ≤ room_j,
           F6[j] magi ≥ income with the net gain, F7[j] the same with the loss limit in its place,
           F8[j] Σ_{a∈j} χ_a + used_j ≤ limit_j (high − magi) / (high − low) if open[j],
           F9[j] Σ_{a∈j} χ_a ≤ room_j open[j],
           F10[p] Σ ξ = what p converts = Σ η for every owner p, F11 Σ ξ = the conversion,
           F12[a] ψ_a + ξ_a ≤ what a may pay
objective  tax: the additional tax on early withdrawals (later, − w O, is in costs.py)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....models.household.moves import DEFERRED
from ....models.tax.schedule_d import loss_limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from ....models.retirement.limits import Room
    from ....models.retirement.requests import Requests
    from ..arrays import Floats, Indices
    from ..problem import Problem
    from ..program import Program, Term
    from .trades import Trades
    from .wash_sale_pricing import DisallowedColumns

WITHDRAWN, CONTRIBUTED, CONVERTED, RECEIVED = range(4)
LABELS = ("withdraw", "contribute", "convert", "converted")

SLIVER = 0.01
"""Dollars of income; a limit that shrinks by less within reach does not shrink."""


@dataclass(frozen=True, slots=True)
class MoveColumns:
    """The columns ψ, χ, ξ and η, none without requests; dollars each."""

    column: Indices
    account: Indices
    kind: Indices
    """WITHDRAWN, CONTRIBUTED, CONVERTED or RECEIVED."""
    into: Floats
    """What a dollar brings into the account: 1, or −1 if it leaves."""
    income: Floats
    """What a dollar adds to O."""
    additional: Floats
    """What a dollar adds to the additional tax on early withdrawals."""

    def of(self, kind: int, accounts: Iterable[int] | None = None) -> Indices:
        """The columns of a kind, in some accounts or in all."""
        own = self.kind == kind
        if accounts is not None:
            own &= np.isin(self.account, [*accounts])
        found: Indices = self.column[own]
        return found


NO_MOVES = MoveColumns(*(np.zeros(0, dtype=np.int64),) * 3, *(np.zeros(0),) * 3)
"""The columns of a household that asks for nothing."""


def add_moves(program: Program, problem: Problem) -> MoveColumns:
    """Add the columns and rows F of what the household asks for; nothing if it asks for nothing."""
    asked = problem.requests
    if asked is None:
        return NO_MOVES
    moves = _columns(program, problem, asked)
    place = {name: a for a, name in enumerate(problem.accounts)}
    if asked.out:
        program.add_rows(["F1"], [(0, moves.of(WITHDRAWN), 1.0)], float(asked.out), float(asked.out))
    for number, required in enumerate(asked.required):
        columns = moves.of(WITHDRAWN, (place[name] for name in required.accounts))
        program.add_rows([f"F2[{number + 1}]"], [(0, columns, 1.0)], lower=float(required.dollars))
    if asked.into:
        program.add_rows(["F3"], [(0, moves.of(CONTRIBUTED), 1.0)], float(asked.into), float(asked.into))
        sheltered = moves.of(CONTRIBUTED, np.flatnonzero(~problem.taxable).tolist())
        if len(sheltered) and asked.fresh < asked.into:
            program.add_rows(["F4"], [(0, sheltered, 1.0)], upper=float(asked.fresh))
        for number, room in enumerate(asked.rooms):
            columns = moves.of(CONTRIBUTED, (place[name] for name in room.accounts))
            program.add_rows([f"F5[{number + 1}]"], [(0, columns, 1.0)], upper=float(room.dollars))
    if asked.conversion:
        _convert(program, asked, moves, place)
    charged = np.flatnonzero(moves.additional)
    program.charge("tax", moves.column[charged], moves.additional[charged])
    return moves


def _columns(program: Program, problem: Problem, asked: Requests) -> MoveColumns:
    most: list[Mapping[str, Decimal]] = [
        {name: source.most for name, source in asked.sources.items()} if asked.out else {},
        {name: asked.most_contributed(name) for name in asked.receivers} if asked.into else {},
        {name: asked.most_converted(name) for own in asked.owners for name in own.traditional},
        {name: asked.conversion for own in asked.owners for name in own.roth},
    ]
    labels, ends, account, kind, income, additional = [], [], [], [], [], []
    for number, limits in enumerate(most):
        for a, holder in enumerate(problem.asked.accounts):
            if holder.id not in limits:
                continue
            labels.append(f"{LABELS[number]}[{holder.id}]")
            ends.append(float(limits[holder.id]))
            account.append(a)
            kind.append(number)
            deferred = float(holder.kind in DEFERRED)
            income.append((deferred, -deferred, 1.0, 0.0)[number])
            additional.append(float(asked.sources[holder.id].additional_tax) if number == WITHDRAWN else 0.0)
    column = program.add_columns(labels, 0.0, np.array(ends))
    into = np.array([1.0 if each in (CONTRIBUTED, RECEIVED) else -1.0 for each in kind])
    numbers = np.array(account, dtype=np.int64), np.array(kind, dtype=np.int64)
    return MoveColumns(column, *numbers, into, np.array(income), np.array(additional))


def _convert(program: Program, asked: Requests, moves: MoveColumns, place: Mapping[str, int]) -> None:
    """F10, F11 and F12: what is converted leaves an owner's traditional IRAs and comes into that owner's Roth IRAs."""
    amount = float(asked.conversion)
    program.add_rows(["F11"], [(0, moves.of(CONVERTED), 1.0)], amount, amount)
    for own in asked.owners:
        leaves = moves.of(CONVERTED, (place[name] for name in own.traditional))
        comes = moves.of(RECEIVED, (place[name] for name in own.roth))
        program.add_rows([f"F10[{own.owner}]"], [(0, leaves, 1.0), (0, comes, -1.0)], 0.0, 0.0)
        for name in own.traditional if asked.out else ():
            both = np.concatenate([moves.of(WITHDRAWN, [place[name]]), moves.of(CONVERTED, [place[name]])])
            if len(both) == 2:
                program.add_rows([f"F12[{name}]"], [(0, both, 1.0)], upper=float(asked.sources[name].most))


def add_phase_outs(
    program: Program, problem: Problem, trades: Trades, disallowed: DisallowedColumns, moves: MoveColumns
) -> None:
    """Add F6 to F9 for every limit on contributions that shrinks with income."""
    asked = problem.requests
    if asked is None or not asked.into:
        return
    lots, place = problem.lots, {name: a for a, name in enumerate(problem.accounts)}
    gain = lots.gain[trades.lot]
    sold = np.flatnonzero(gain)
    short, long = problem.net_so_far
    washed = disallowed.short + disallowed.long
    most_gain = float(np.maximum(lots.gain * lots.size * lots.open, 0.0).sum()) + short + long
    limit = float(loss_limit(problem.asked.taxpayer.filing_status))
    for number, room in enumerate(asked.rooms):
        if room.phase_out is None or asked.income is None:
            continue
        low, high = map(float, room.phase_out)
        base, label, counted = float(asked.income_for(room)), number + 1, _counted(problem, room, moves)
        added = float(np.maximum(counted * program.bounds()[1][moves.column], 0.0).sum())
        reach = base + added + max(most_gain, -limit)
        if reach <= low + SLIVER:
            continue
        columns = moves.of(CONTRIBUTED, (place[name] for name in room.accounts))
        magi = program.add_columns([f"magi[{label}]"], -np.inf, np.inf)
        income: list[Term] = [(0, magi, 1.0), (0, moves.column, -counted)]
        gains: list[Term] = [(0, trades.sell[sold], -gain[sold]), (0, disallowed.least, -washed)]
        program.add_rows([f"F6[{label}]"], [*income, *gains], lower=base + short + long)
        program.add_rows([f"F7[{label}]"], income, lower=base - limit)
        slope, used = float(room.limit) / (high - low), float(room.used)
        shrinks: list[Term] = [(0, columns, 1.0), (0, magi, slope)]
        beyond = used - slope * (high - reach)
        if beyond > 0:
            open_ = program.add_columns([f"open[{label}]"], 0.0, 1.0, integer=True)
            program.add_rows([f"F9[{label}]"], [(0, columns, 1.0), (0, open_, -float(room.dollars))], upper=0.0)
            shrinks.append((0, open_, beyond))
        program.add_rows([f"F8[{label}]"], shrinks, upper=slope * high - used + max(beyond, 0.0))


def _counted(problem: Problem, room: Room, moves: MoveColumns) -> Floats:
    """What a dollar of each column adds to the income by which a limit shrinks: deductions of IRA contributions do not
    lower it (IRC 219(g)(3)(A)(ii)), and conversions do not for a Roth (IRC 408A(c)(3)(B)(i)).
    """
    plan = np.array([problem.asked.accounts[a].kind == "401k" for a in moves.account.tolist()], dtype=bool)
    uncounted = (moves.kind == CONTRIBUTED) & ~plan
    uncounted |= (moves.kind == CONVERTED) & room.without_conversions
    found: Floats = np.where(uncounted, 0.0, moves.income)
    return found


def income(moves: MoveColumns, point: Floats) -> float:
    """O at a point: the ordinary income that the moves add, in dollars."""
    return float(moves.income @ point[moves.column])
