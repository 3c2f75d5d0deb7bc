"""Later years (docs/formulation.md): what the plan moves there, in today's dollars.

objective  later: − v_s (s − s⁰) − v_ℓ (ℓ − ℓ⁰) − d (Σ γ_l x_l + what wash sales defer)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .problem import Problem
    from .program import Program
    from .tax import TaxColumns
    from .trades import Trades
    from .wash_price import Washed


def add_later(program: Program, problem: Problem, trades: Trades, netted: TaxColumns, washed: Washed) -> None:
    """Charge losses carried on and gains deferred."""
    later = problem.later
    carried = later.carried_short * netted.short_carried + later.carried_long * netted.long_carried
    program.charge("later", netted.weight, -carried)
    gain = problem.lots.gain[trades.lot]
    taxed = np.flatnonzero(gain)
    program.charge("later", trades.sell[taxed], -later.deferral * gain[taxed])
    program.charge("later", washed.least, -later.deferral * washed.deferred)
