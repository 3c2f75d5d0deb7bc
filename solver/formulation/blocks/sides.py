"""Two-sided groups: the plan harvests a group or buys it (docs/formulation.md, Groups and their sides).

variables  z_g = z[g] = 1: the plan harvests g, 0: it buys g
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..labels import bracketed

if TYPE_CHECKING:
    from ..arrays import Flags, Indices
    from ..problem import Problem
    from ..program import Program

HARVEST, BUY, NEITHER, WASHED = 1, -1, 0, 2


@dataclass(frozen=True, slots=True)
class Sides:
    """The columns z by group, and the groups in which a lot that is not at a loss has a sale column on each side."""

    z: Indices
    """The column of z_g by group, -1 if the group is not two-sided."""
    copied: Flags
    """By group: whether it is two-sided and contains a name."""

    def weight(self, group: Indices, side: Indices) -> tuple[Indices, Indices]:
        """For groups on a side: the column of z (-1 if ζ = 1) and the sign of z in the side's weight ζ (1, -1, 0)."""
        column = np.where(side == NEITHER, -1, self.z[group])
        return column, np.where(column >= 0, side, 0)


def add_sides(program: Program, problem: Problem) -> Sides:
    """Add z for each two-sided group: one with a loss lot that may be sold and a free purchase."""
    lots, buys, groups = problem.lots, problem.buys, len(problem.groups)
    harvests, purchases, named = (np.zeros(groups, bool) for _ in range(3))
    harvests[problem.group[lots.security[lots.is_loss & lots.open]]] = True
    purchases[problem.group[buys.security[buys.free]]] = True
    named[problem.group[problem.names.security]] = True
    two_sided = np.flatnonzero(harvests & purchases)
    z = np.full(groups, -1, dtype=np.int64)
    z[two_sided] = program.add_columns(
        bracketed("z", [problem.groups[g] for g in two_sided.tolist()]), 0, 1, integer=True
    )
    return Sides(z, (z >= 0) & named)
