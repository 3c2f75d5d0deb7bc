"""Later years (docs/formulation.md): what the plan moves there, in today's dollars.

objective  later: − v_s (s − s⁰) − v_ℓ (ℓ − ℓ⁰) − d Σ γ_l x_l
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from ..models import tax_bill

if TYPE_CHECKING:
    from .problem import Problem
    from .program import Program
    from .tax import TaxColumns
    from .trades import Trades


def add_later(program: Program, problem: Problem, trades: Trades, netted: TaxColumns) -> None:
    """Charge losses carried on and gains deferred."""
    values = problem.policy.carried_values(problem.rates)
    before = tax_bill(problem.household.taxpayer, Decimal(0), Decimal(0))
    program.charge_constant("later", values[0] * before.short_carryforward + values[1] * before.long_carryforward)
    for quantity, value in zip(("short_carried", "long_carried"), values, strict=True):
        for column, coefficient in netted.expressions[quantity]:
            program.charge("later", [column], [-value * coefficient])
    gain = problem.lots.gain[trades.lot]
    taxed = np.flatnonzero(gain)
    program.charge("later", trades.sell[taxed], -problem.policy.deferral_value(problem.rates) * gain[taxed])
