"""What an exchange may sell or take back, the best first: lots by cell, and the purchases of earlier steps.

A cell is an account's lots of one security that are all at a loss, or all not; a purchase has a cell of its own. What
the router has bought bars whole cells, so lots need an order only within theirs, and once: each cell has a heap with
the lot on top whose sale spares most. A step of the exchanges looks at the tops alone, whatever the number of lots.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ...formulation.arrays import Flags, Floats, Indices
from .trading import EPSILON, Trading

Heap = list[tuple[float, int]]
"""Sources of a cell, each after what a dollar less of it costs; the least is first."""


class Heaps(NamedTuple):
    """What a dollar less of each source spares; by cell, its sources, the top one, and what that spares."""

    spares: Floats
    heaps: list[Heap]
    top: Indices
    most: Floats


class Sources:
    """The sources of money of a router: its lots and, counted on after them, purchases that may be taken back.

    `may` says which of them may be used, and `place` is the number of their account and kind, one of `places`. `spares`
    gives what a dollar less of each spares, by whether losses absorb further gains.
    """

    def __init__(
        self, state: Trading, may: Flags, place: Indices, places: int, spares: Callable[[bool], Floats]
    ) -> None:
        problem, lots = state.problem, state.problem.lots
        self.state, self.lots, self.count = state, lots, len(lots.label)
        self.may, self.spares = may.copy(), spares
        self.used = np.flatnonzero(may[: self.count] & state.free & (lots.size - state.sold > EPSILON))
        key = (place[self.used] * len(problem.symbols) + lots.security[self.used]) * 2 + state.is_loss[self.used]
        _, first, number = np.unique(key, return_index=True, return_inverse=True)
        head = self.used[first]
        self.order = lots.account[head] * len(problem.symbols) + lots.security[head]
        """By cell of lots: the number of its account and security; likewise the group, and whether it is at a loss."""
        self.group, self.loss = state.lot_group[head], state.is_loss[head]
        self.purchase: Indices = np.flatnonzero(may[self.count :])
        of_cell = place[np.concatenate([head, self.count + self.purchase])]
        ordered = np.argsort(of_cell, kind="stable")
        numbers = np.empty(len(ordered), dtype=np.int64)
        numbers[ordered] = np.arange(len(ordered))
        self.lot_cell, self.purchase_cell = numbers[: len(head)], numbers[len(head) :]
        """The number of each cell, in the order of their places: of the cells of lots, and of the purchases."""
        self.cell = np.full(len(may), -1, dtype=np.int64)
        self.cell[self.used] = self.lot_cell[number.reshape(-1)]
        self.cell[self.count + self.purchase] = self.purchase_cell
        self.found, self.start = np.unique(of_cell[ordered], return_index=True)
        """The places that have a cell, and the first cell of each."""
        self.first_cell = np.searchsorted(of_cell[ordered], np.arange(places + 1)).tolist()
        """By place: the first of its cells."""
        self.built: dict[bool, Heaps] = {}
        self.now: Floats = np.empty(0)

    def best(self, *, absorbed: bool) -> Floats:
        """The most that a dollar less of a source spares, by place; minus infinity without a source."""
        heaps, state = self._heaps(absorbed), self.state
        barred = self.loss & state.purchased[self.group]
        barred |= state.placed["buy"].ravel()[self.order]
        self.now, best = heaps.most.copy(), np.full(len(self.first_cell) - 1, -np.inf)
        self.now[self.lot_cell[barred]] = -np.inf
        self.now[self.purchase_cell[state.bought[self.purchase] <= EPSILON]] = -np.inf
        if len(self.found):
            best[self.found] = np.maximum.reduceat(self.now, self.start)
        return best

    def best_source(self, place: int, *, absorbed: bool) -> int:
        """The source of a place that spares most, as `best` found it; there must be one."""
        cells = slice(self.first_cell[place], self.first_cell[place + 1])
        now = self.now[cells]
        return int(self.built[absorbed].top[cells][now == now.max()].min())

    def drop(self, source: int) -> None:
        """Use a source no more."""
        self.may[source] = False
        self._renew(int(self.cell[source]))

    def sold(self, lot: int) -> None:
        """Note that a lot was sold from. If nothing of it is left, the lot behind it may be sold."""
        if not self._is_out(lot):
            return
        behind = int(self.state.next[lot])
        if behind >= 0 and self.cell[behind] >= 0:
            for heaps in self.built.values():
                heappush(heaps.heaps[self.cell[behind]], (-float(heaps.spares[behind]), behind))
            self._renew(int(self.cell[behind]))
        self._renew(int(self.cell[lot]))

    def _heaps(self, absorbed: bool) -> Heaps:
        if absorbed not in self.built:
            spares, ahead, cells = self.spares(absorbed), self.lots.predecessor[self.used], self.first_cell[-1]
            left = self.lots.size - self.state.sold
            first = (left[self.used] > EPSILON) & ((ahead < 0) | (left[ahead] <= EPSILON))
            sources = np.concatenate([self.used[first], self.count + self.purchase])
            sources = sources[self.may[sources]]
            cell, most, top = self.cell[sources], np.full(cells, -np.inf), np.full(cells, -1)
            order = np.lexsort((sources, -spares[sources], cell))
            sources, starts = sources[order], np.searchsorted(cell[order], np.arange(cells + 1))
            some = np.flatnonzero(np.diff(starts))
            top[some] = sources[starts[some]]
            most[some] = spares[top[some]]
            entries, ends = (
                [*zip((-spares[sources]).tolist(), sources.tolist(), strict=True)],
                pairwise(starts.tolist()),
            )
            self.built[absorbed] = Heaps(
                spares, [entries[start:end] for start, end in ends], top, most
            )  # sorted: heaps
        return self.built[absorbed]

    def _renew(self, cell: int) -> None:
        """Bring the next source of a cell to the top if nothing is left of the last one, or if it was dropped."""
        for heaps in self.built.values():
            heap = heaps.heaps[cell]
            while heap and (not self.may[heap[0][1]] or self._is_out(heap[0][1])):
                heappop(heap)
            costs, heaps.top[cell] = heap[0] if heap else (np.inf, -1)
            heaps.most[cell] = -costs

    def _is_out(self, source: int) -> bool:
        """Whether nothing is left of a lot. A purchase never is out for good."""
        return source < self.count and bool(self.lots.size[source] - self.state.sold[source] <= EPSILON)
