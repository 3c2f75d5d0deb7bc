"""Branch and bound on one warm linear program, best bound first (docs/formulation.md, The search).

The integers come in two stages. Whole shares are branched on where all others are integral, because rounding them
costs little. A node whose bound is not below the best point less the gap is never opened, so the least bound of the
nodes left is a bound on every point.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from math import inf
from time import process_time

import numpy as np
from highspy import HighsBasis

from ..formulation.arrays import Flags, Floats, Indices
from .backend import Effort, SolverError
from .branching import DOWN, LEAST, UP, Branching
from .warm_program import WarmProgram

DECISIONS, ORDERS, SHARES = 0, 1, 2
"""The stages of integers. Single orders come after their counts, because funds of one class are nearly alike."""

INTEGRAL = 1e-6
"""An integer may be this far off."""

TRIED = 8
"""The integers of a node whose two sides are solved before one is chosen, if little is known of them."""

IN_VAIN = 4
"""Solving sides ends when this many integers in a row are no better than the best one."""

EASY_NODES = 20
"""Nodes before that is worth its time."""

NEAR = 0.05
"""A dive rounds all integers at once that are this close to integral."""

MOST_SOLVES = 200
"""A dive ends without a point after this many linear programs."""

SHARES_AT_ONCE = 0.25
"""The part of the fractional whole shares that a dive rounds at once."""

DIVES = 100, 3
"""Below the root, dives end for good after this many linear programs, and this many more for each node."""


@dataclass(order=True, slots=True)
class Node:
    """A part of the program: bounds of the integers, with the answer of the linear program."""

    bound: float
    """Dollars."""
    number: int
    lower: Floats = field(compare=False)
    upper: Floats = field(compare=False)
    values: Floats = field(compare=False)
    """The integers in the answer."""
    basis: HighsBasis = field(compare=False)


class Tree:
    """The search of one program. `best` and `bound` are what is known when `grow` returns."""

    def __init__(
        self,
        program: WarmProgram,
        stage: Indices,
        upward: Flags,
        gap: float,
        report: Callable[[float, float], None] | None = None,
        enough: float = -inf,
        branching: Branching | None = None,
    ) -> None:
        """`stage` says when each integer is branched on: an integer of a later stage only where all of the earlier ones
        are integral. Those of the last stage, SHARES, are whole shares. `upward` says which integers a dive rounds up
        first, because down forbids what the relaxation trades. `gap` is in dollars. `report` is told objective and
        bound. The search ends at a point of at most `enough` dollars, whatever is proven of it.
        `branching` is what trees of nearly the same program learned.
        """
        self.value = inf
        """Dollars of the best point; infinity if none is known."""
        self.best: Floats | None = None
        """The integers of the best point."""
        self.bound = -inf
        """Dollars; no point has less."""
        self.fractional = 0
        self.nodes = 0
        self.root_seconds = 0.0
        self._program, self._stage, self._upward, self._gap, self._report = program, stage, upward, gap, report
        self._enough = enough
        self._last: Flags = stage == SHARES
        self._lower, self._upper = program.bounds
        self._root_costs: Floats = np.zeros(len(stage))
        self._root_values: Floats = np.zeros(len(stage))
        self._root = -inf
        self._open: list[Node] = []
        self._dived = 0
        self._numbers = count()
        self._branching = branching or Branching(len(stage))

    @property
    def is_proven(self) -> bool:
        """Whether the best point is within the gap of the bound."""
        return self.value - self.bound <= self._gap

    @property
    def effort(self) -> Effort:
        """What the search took so far."""
        settled = np.flatnonzero(self._lower == self._upper)
        held = self._program.integers[settled], self._lower[settled]
        return Effort(self.fractional, self.nodes, self._program.solves, self.root_seconds, held)

    def grow(self, nodes: int, start: Floats | None = None) -> None:
        """Search until the gap is closed, or `nodes` nodes are made. `start` has values of integers to try first.

        Where it has none it is NaN. Raises OutOfTime at the deadline and SolverError if HiGHS fails or the program has
        no solution; `best` and `bound` are true even then.
        """
        began = process_time()
        root = self._solved(self._lower, self._upper)
        self.root_seconds = process_time() - began
        if root is None:
            raise SolverError("HiGHS: Infeasible")
        self.bound = self._root = root.bound
        self._root_values = root.values
        self._root_costs = self._program.reduced_costs()[self._program.integers]
        self.fractional = len(self._fractional(root.values))
        patient = nodes == 1 or bool(self._last.any())  # otherwise the nodes to come find a point sooner
        if start is not None:
            self._try(start, patient)
        self._dive(root, patient)
        self._add(root)
        node: Node | None = None
        while True:
            if node is None:
                if self.best is None and not self._open:
                    raise SolverError("HiGHS: Infeasible")
                self.bound = min(self._open[0].bound, self.value) if self._open else self.value
                if self.is_proven or self.value <= self._enough:
                    return
                node = heapq.heappop(self._open)
            if self.nodes >= nodes:
                heapq.heappush(self._open, node)
                self.bound = min(self._open[0].bound, self.value)
                return
            node = self._branch(node)

    # -- a node -----------------------------------------------------------------------------------------------------

    def _solved(self, lower: Floats, upper: Floats, basis: HighsBasis | None = None) -> Node | None:
        """The node of some bounds on the integers; None if it is infeasible."""
        bound = self._program.solve(lower, upper, basis)
        self.nodes += 1
        if bound == inf:
            return None
        values = self._program.point()[self._program.integers]
        return Node(bound, next(self._numbers), lower, upper, values, self._program.basis)

    def _add(self, node: Node) -> None:
        """Keep a node that may hold a better point; offer its point if it is integral."""
        if not len(self._choices(node.values)):
            self._offer(node.bound, node.values)
        elif node.bound < self.value:
            heapq.heappush(self._open, node)

    def _offer(self, value: float, values: Floats) -> None:
        if value < self.value:
            self.value, self.best = value, np.round(values)
            self._tighten()
            if self._report is not None:
                self._report(self.value, min(self.bound, self.value))

    def _tighten(self) -> None:
        """Narrow the integers by their reduced costs at the root: a unit away from its bound costs d at least, so that
        a point better than the best is within (best − root) / d of it. The best point keeps its place, because what
        is as good as the best is not cut off.
        """
        slack, cost = self.value - self._root, self._root_costs
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.floor(np.maximum(slack, 0.0) / np.abs(cost) + INTEGRAL)
        stays = np.round(self._root_values)
        self._upper = np.where(cost > 0, np.minimum(self._upper, stays + reach), self._upper)
        self._lower = np.where(cost < 0, np.maximum(self._lower, stays - reach), self._lower)

    def _fractional(self, values: Floats) -> Indices:
        return np.flatnonzero(np.abs(values - np.round(values)) > INTEGRAL)

    def _choices(self, values: Floats) -> Indices:
        """The fractional integers of the first stage that has any."""
        found = self._fractional(values)
        stage = self._stage[found]
        return found[stage == stage.min()] if len(found) else found

    def _branch(self, node: Node) -> Node | None:
        """Put the two sides of a node in its place, and return the better one if it is worth opening now."""
        sides = []
        for side in self._sides(node):
            if len(self._choices(side.values)):
                sides.append(side)
            else:
                self._offer(side.bound, side.values)
        sides.sort()
        opened = sides.pop(0) if sides and sides[0].bound < self.value - self._gap else None
        for side in sides:
            self._add(side)
        if opened is not None and self._last[self._choices(opened.values)[0]]:
            first, more = DIVES
            if self.best is None or self._dived <= first + more * self.nodes:
                self._dive(opened)
        return opened

    def _sides(self, node: Node) -> list[Node]:
        """The feasible sides of the integer to branch on."""
        choices = self._choices(node.values)
        scores = self._branching.scores(choices, node.values[choices])
        ranked = choices[np.argsort(-scores, kind="stable")]
        if self.nodes < EASY_NODES:
            return self._split(node, int(ranked[0]))
        best, found, vain = -inf, [], 0
        for integer, score in zip(ranked[:TRIED].tolist(), np.sort(scores)[::-1][:TRIED].tolist(), strict=True):
            known = self._branching.seen[:, integer].min() > 0
            if known and score <= best:
                continue
            sides = self._split(node, integer)
            if len(sides) < 2 or max(side.bound for side in sides) >= self.value:
                return sides
            rises = [max(side.bound - node.bound, LEAST) for side in sides]
            score = rises[DOWN] * rises[UP]
            if score > best:
                best, found, vain = score, sides, 0
            else:
                vain += 1
            if known or vain == IN_VAIN:
                break
        return found

    def _split(self, node: Node, integer: int) -> list[Node]:
        """The feasible sides of one integer, the lower one first."""
        value, sides = node.values[integer], []
        for direction, end in ((DOWN, np.floor(value)), (UP, np.ceil(value))):
            lower, upper = np.maximum(node.lower, self._lower), np.minimum(node.upper, self._upper)
            (upper if direction == DOWN else lower)[integer] = end
            side = self._solved(lower, upper, node.basis) if (lower <= upper).all() else None
            if side is not None:
                self._branching.learn(integer, direction, side.bound - node.bound, abs(end - value))
                sides.append(side)
        return sides

    # -- points -----------------------------------------------------------------------------------------------------

    def _try(self, start: Floats, patient: bool) -> None:
        """Dive from what a start says, if it has a point."""
        known = ~np.isnan(start)
        held = np.clip(start, self._lower, self._upper)
        node = self._solved(np.where(known, held, self._lower), np.where(known, held, self._upper))
        if node is not None:
            self._dive(node, patient)

    def _dive(self, node: Node, patient: bool = True) -> None:
        """Look for a point: round what is fractional, all but whole shares at once, and solve again.

        If nothing is left below the best point, the dive ends. If rounding leaves no point at all, a patient dive
        rounds less: what is nearest to integral, then one integer alone, then that the other way.
        """
        began = self._program.solves
        lower, upper, values, bound = node.lower, node.upper, node.values, node.bound
        fewest = len(values)
        while len(choices := self._choices(values)) and self._program.solves < began + MOST_SOLVES:
            stalls, fewest = len(choices) >= fewest, min(fewest, len(choices))
            for rounded, to in self._roundings(values, choices, stalls):
                low, high = lower.copy(), upper.copy()
                low[rounded] = high[rounded] = to[rounded]
                bound = self._program.solve(low, high)
                if bound < inf or not patient:
                    break
            if bound >= self.value:
                break
            lower, upper, values = low, high, self._program.point()[self._program.integers]
        else:
            if not len(choices):
                self._offer(bound, values)
        self._dived += self._program.solves - began

    def _roundings(self, values: Floats, choices: Indices, stalls: bool) -> Iterator[tuple[Indices, Floats]]:
        """What to round, and to what, the boldest first: many integers at once, one alone, and the other way.

        If a dive `stalls`, whole shares that are integral are held, because others move instead at next to no cost.
        """
        near, far = np.round(values), np.floor(values) + np.ceil(values) - np.round(values)
        off = np.abs(values - near)[choices]
        nearest = choices[np.argsort(off, kind="stable")]
        many = int((off < NEAR).sum())
        if not self._last[choices[0]]:
            decisions = self._fractional(values)
            decisions = decisions[~self._last[decisions]]
            yield decisions, np.where(self._upward, np.ceil(values), near)
        if len(upward := choices[self._upward[choices]]):
            yield upward, np.ceil(values)
        if self._last[choices[0]]:
            many = max(many, int(len(choices) * SHARES_AT_ONCE), 1)
            if stalls:
                held = np.flatnonzero(self._last & (np.abs(values - near) <= INTEGRAL))
                yield np.concatenate([nearest[:many], held]), near
                yield np.concatenate([nearest, held]), np.where(np.abs(values - near) <= INTEGRAL, near, far)
        if many > 1:
            yield nearest[:many], near
        yield nearest[:1], near
        yield nearest[:1], far
