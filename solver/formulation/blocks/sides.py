"""Two-sided groups: the plan harvests a group or buys it (docs/formulation.md, Groups and their sides).

variables  z_g = 1: the plan harvests g, 0: it buys g
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..arrays import Flags, Indices
    from ..problem import Problem
    from ..program import Program

HARVEST, BUY, NEITHER, WASHED = 1, -1, 0, 2


@dataclass(frozen=True, slots=True)
class Sides:
    """The columns z by group, and the groups whose sides have copies of the sales."""

    z: Indices
    """The column of z_g by group, -1 where a group is not two-sided."""
    copied: Flags
    """Two-sided and holding a name, by group."""

    def weight(self, group: Indices, side: Indices) -> tuple[Indices, Indices]:
        """For groups on a side: the column of z, -1 for none, and the sign of z in the side's weight ζ."""
        column = np.where(side == NEITHER, -1, self.z[group])
        return column, np.where(column >= 0, side, 0)


def add_sides(program: Program, problem: Problem) -> Sides:
    """Add a binary for each two-sided group."""
    lots, buys, groups = problem.lots, problem.buys, len(problem.groups)
    harvests, purchases, named = (np.zeros(groups, bool) for _ in range(3))
    harvests[problem.group[lots.security[lots.is_loss & lots.open]]] = True
    purchases[problem.group[buys.security[buys.free]]] = True
    named[problem.group[problem.names.security]] = True
    two_sided = np.flatnonzero(harvests & purchases)
    z = np.full(groups, -1, dtype=np.int64)
    z[two_sided] = program.add_columns([f"z[{problem.groups[g]}]" for g in two_sided.tolist()], 0, 1, integer=True)
    return Sides(z, (z >= 0) & named)
