"""Which integer a node branches on: the one whose two sides are expected to raise the bound most (pseudo-costs)."""

from __future__ import annotations

import numpy as np

from ..formulation.arrays import Floats, Indices

DOWN, UP = 0, 1

LEAST = 1e-6
"""A rise of the bound that is smaller counts as this, so that a product of rises tells the other side too."""


class Branching:
    """What branching on each integer did so far.

    The pseudo-cost of an integer and a direction is the mean rise of the bound per unit (Benichou et al., 1971); the
    score of an integer is the product of the rises expected of its two sides (Achterberg, Koch and Martin, 2005).
    """

    def __init__(self, integers: int) -> None:
        self._total = np.zeros((2, integers))
        self.seen = np.zeros((2, integers), dtype=np.int64)
        """How often each direction of each integer was solved."""

    def learn(self, integer: int, direction: int, rise: float, distance: float) -> None:
        """Note that the bound rose by `rise` dollars as an integer was rounded by `distance`."""
        self._total[direction, integer] += max(rise, 0.0) / max(distance, LEAST)
        self.seen[direction, integer] += 1

    def scores(self, integers: Indices, values: Floats) -> Floats:
        """The score of some integers at their values. An integer not seen yet counts as the mean of those seen."""
        times, total = self.seen.sum(axis=1), self._total.sum(axis=1)
        mean = np.where(times, total / np.maximum(times, 1), 1.0)
        seen = self.seen[:, integers]
        cost = np.where(seen, self._total[:, integers] / np.maximum(seen, 1), mean[:, None])
        down = values - np.floor(values)
        rises = np.maximum(cost * np.stack([down, 1 - down]), LEAST)
        product: Floats = rises[DOWN] * rises[UP]
        return product
