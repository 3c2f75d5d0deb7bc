"""The parts of the objective that need no row of their own (docs/formulation.md).

objective  waiting       ω_l per dollar sold of a lot at a short-term gain
           later         − v_s (s − s⁰) − v_ℓ (ℓ − ℓ⁰) − d (Σ γ_l x_l + the losses that wash sales defer) − w O
           location      location_years φ_ka per dollar of k bought in a, less the same per dollar sold there
           substitution  ρ_ak per dollar bought, less substitute_cost per dollar sold of a substitute
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .moves import NO_MOVES

if TYPE_CHECKING:
    from ..problem import Problem
    from ..program import Program
    from .moves import MoveColumns
    from .tax import TaxColumns
    from .trades import Trades
    from .wash_sale_pricing import DisallowedColumns


def add_waiting(program: Program, problem: Problem, trades: Trades) -> None:
    """Charge ω_l per dollar sold today of a lot whose gain is not long-term yet."""
    price = problem.lots.waiting[trades.lot]
    charged = np.flatnonzero(price)
    program.charge("waiting", trades.sell[charged], price[charged])


def add_later_years(
    program: Program,
    problem: Problem,
    trades: Trades,
    tax: TaxColumns,
    disallowed: DisallowedColumns,
    moves: MoveColumns = NO_MOVES,
) -> None:
    """Charge the change in later years' tax, in today's dollars: it comes from losses carried forward, from gains and
    losses realized now, from losses that wash sales defer, and from money moved out of deferred accounts.
    """
    later = problem.later_years
    carried = later.carried_short * tax.short_carried + later.carried_long * tax.long_carried
    program.charge("later", tax.weight, -carried)
    gain = problem.lots.gain[trades.lot]
    taxed = np.flatnonzero(gain)
    program.charge("later", trades.sell[taxed], -later.deferral * gain[taxed])
    program.charge("later", disallowed.least, -later.deferral * disallowed.deferred)
    program.charge("later", moves.column, -later.withdrawal_rate * moves.income)


def add_location(program: Program, problem: Problem, trades: Trades) -> None:
    """Charge what a dollar bought forgoes in its account, location_years φ; credit the same per dollar sold."""
    lots, buys = problem.lots, problem.buys
    program.charge("location", trades.sell, -problem.forgone[lots.account, lots.security][trades.lot])
    program.charge("location", trades.buy, problem.forgone[buys.account, buys.security])


def add_substitution(program: Program, problem: Problem, trades: Trades) -> None:
    """Charge ρ_ak per dollar bought of a security that is not preferred; credit sales of substitutes."""
    lots, buys = problem.lots, problem.buys
    program.charge("substitution", trades.buy, buys.substitution)
    sold = np.flatnonzero(problem.substitute[lots.security[trades.lot]])
    program.charge("substitution", trades.sell[sold], -problem.policy.substitute_cost)
