"""What each trade of a plan is worth: the program solved again without it (docs/formulation.md, Without a trade)."""

from __future__ import annotations

from contextlib import suppress
from math import ceil, floor, inf

import numpy as np

from ...models.plan.certificate import Certificate
from ...models.plan.statements import penalties
from ...models.plan.trades import Explained
from ..accounting.orders import Order
from ..accounting.without import Change, Without
from ..formulation.arrays import Flags, Floats, Indices
from ..formulation.model import Model, build_model
from ..formulation.problem import Problem
from .backend import Budget, SolverError
from .branch_and_bound import stages
from .branching import Branching
from .candidates import Candidate
from .certificate import gap_to_search, lowered_by
from .search import unit_of
from .tree import Tree
from .warm_program import OutOfTime, WarmProgram

MOST_NODES = 40
"""Nodes of the tree of one trade."""

LARGEST = 5
"""The trades that are priced by default, the largest by dollars, if the program has up to COLUMNS / LARGEST columns."""

COLUMNS = 5_000
"""Columns of all programs together that are solved again by default. A larger program is not, because its steps take
longer than the rest of the plan.
"""

NODES_NEAR = 1
"""Nodes of the tree in which only decisions near the trade are free: the linear program and a dive."""

CLOSE = 0.01
"""A price is proven to this part of it, if that is more than the gap asked for."""

SMALLEST_CHANGE = 1.0
"""Dollars; an order that changes by less is not named."""


def without_each(
    problem: Problem,
    plan: Candidate,
    certificate: Certificate,
    explain: Explained,
    deadline: float,
    model: Model | None = None,
    warm: WarmProgram | None = None,
) -> dict[int, Without]:
    """Return, by position, what a plan would be without each of its trades: in full of all, by default of the largest,
    with codes of none.

    Each is solved to the gap that the plan was asked for, to CLOSE, or as far as MOST_NODES nodes go. Left out are
    trades without which no plan is found that keeps the hard rules, those not reached by `deadline` (a `perf_counter`
    reading), and all trades of a plan that the search does not vouch for or that breaks a hard rule. `model` is the
    problem's program and `warm` its relaxation, if the caller has them; prices are the same without.
    """
    asked = certificate.gap_asked_bp
    budget = Budget(unit_of(problem), deadline)
    if asked is None or certificate.gap is None or certificate.status == "infeasible" or budget.is_over:
        return {}
    if explain == "codes" or not plan.orders:
        return {}
    size = [abs(posting.proceeds) for posting in plan.after.postings]
    found: dict[int, Without] = {}
    with suppress(OutOfTime, SolverError):
        model = model or build_model(problem)
        most = len(size) if explain == "full" else min(LARGEST, COLUMNS // max(model.program.size, 1))
        if not most:
            return {}
        again = _Again(model, problem, plan, budget, gap_to_search(problem, asked), warm)
        for position in sorted(range(len(size)), key=lambda i: -size[i])[:most]:
            if budget.is_over:
                break
            without = again.without(plan.orders[position], certificate.gap)
            if without is not None:
                found[position] = without
    return found


class _Again:
    """The program of a plan, to be solved again with one trade left out."""

    def __init__(
        self,
        model: Model,
        problem: Problem,
        plan: Candidate,
        budget: Budget,
        gap: float,
        warm: WarmProgram | None,
    ) -> None:
        """`gap` is in dollars. Raises OutOfTime at the deadline and SolverError if HiGHS fails."""
        self.model, self.problem, self.plan, self.gap = model, problem, plan, gap
        lots, buys = problem.lots, problem.buys
        owners = [problem.accounts[a] for a in lots.account.tolist()]
        self.lot = {(owner, held.id): i for i, (owner, held) in enumerate(zip(owners, problem.held, strict=True))}
        pairs = zip(buys.account.tolist(), buys.security.tolist(), strict=True)
        self.buy = {(problem.accounts[a], problem.symbols[k]): i for i, (a, k) in enumerate(pairs)}
        self.sold, self.bought = np.zeros(len(self.lot)), np.zeros(len(self.buy))
        for order in plan.orders:
            if order.side == "sell":
                place = self.lot[order.account, order.lot or ""]
                self.sold[place] += order.quantity * problem.price[lots.security[place]]
            else:
                place = self.buy[order.account, order.symbol]
                self.bought[place] += order.quantity * problem.price[buys.security[place]]
        self.enough = float(plan.after.objective) + gap
        self.warm = warm if warm and warm.root else WarmProgram(model.program, budget)
        self.bounds, (self.stage, self.orders) = self.warm.bounds, stages(model, self.warm.integers)
        if self.warm.root is None:
            self.warm.solve(*self.bounds)
        self.warm.restart(budget)
        self.branching = Branching(len(self.stage))
        self.found: list[tuple[float, Floats, Floats]] = []
        """The plans found so far: dollars, integers, and every column."""
        self.decisions = self._decisions()

    def _decisions(self) -> Floats | None:
        """The best integers of the plan's trades, in any amounts; None if there are none."""
        trades = self.model.trades
        untraded = np.concatenate([trades.sell[self.sold[trades.lot] == 0], trades.buy[self.bought == 0]])
        self.warm.hold(untraded)
        tree = self._tree(self.gap)
        with suppress(SolverError):
            tree.grow(MOST_NODES)
        self.warm.hold(untraded[:0])
        if tree.best is not None:
            self.warm.solve(tree.best, tree.best)
        return tree.best

    def without(self, order: Order, beaten_by: float) -> Without | None:
        """The best plan found without an order; None if none is found.

        `beaten_by` is the plan's own gap: no plan's objective is lower than the plan's by more dollars.
        """
        left_out = self._left_out(order)
        columns = self.model.trades.of(left_out)[1] if order.side == "sell" else self.model.trades.buy[left_out]
        objective, least = float(self.plan.after.objective), -beaten_by
        try:
            self.warm.hold(columns)
            tree = self._near(columns)
            known = [(tree.value, tree.best)]
            known += [(value, best) for value, best, point in self.found if not point[columns].any()]
            value, best = min(known, key=lambda each: each[0])
            if value > self.enough:
                close = 0.0 if best is None else CLOSE * (value - objective)
                tree = self._tree(max(self.gap, close))
                tree.best, tree.value = best, value
                tree.grow(MOST_NODES)
                best, least = tree.best, max(least, tree.bound - lowered_by(self.plan) - objective)
            if best is None:
                return None
            value = self.warm.solve(best, best)  # with every integer whole
            if value == inf:
                return None
        except SolverError:  # no plan keeps the rules without it, or HiGHS fails
            return None
        point, program = self.warm.point(), self.model.program
        self.found.append((value, best, point))
        parts = {part: program.part(part, point) for part in program.costs}
        own = penalties({part: float(dollars) for part, dollars in self.plan.after.parts.items()})
        costs, least = ceil((value - objective) * 100) / 100, floor(least * 100) / 100
        return Without(
            costs, min(least, costs), round(penalties(parts) - own, 2) + 0.0, self._largest(point, order, left_out)
        )

    def _tree(self, gap: float) -> Tree:
        """A tree that ends at what is as good as the plan, and goes on with what those before it learned."""
        return Tree(self.warm, self.stage, self.orders, gap, enough=self.enough, branching=self.branching)

    def _near(self, columns: Indices) -> Tree:
        """The tree in which the plan's integers stay, but for those that share a row with the columns held."""
        if self.decisions is not None:
            (lower, upper), loose = self.bounds, self._beside(columns)
            self.warm.bounds = np.where(loose, lower, self.decisions), np.where(loose, upper, self.decisions)
        tree = self._tree(self.gap)
        self.warm.bounds = self.bounds
        with suppress(SolverError):
            tree.grow(NODES_NEAR)
        return tree

    def _beside(self, columns: Indices) -> Flags:
        """The integers that share a row with one of the columns."""
        rows = self.warm.rows
        row, beside = np.zeros(len(rows.lower), bool), np.zeros(self.model.program.size, bool)
        row[rows.row[np.isin(rows.column, columns)]] = True
        beside[rows.column[row[rows.row]]] = True
        found: Flags = beside[self.warm.integers]
        return found

    def _left_out(self, order: Order) -> Indices:
        """The purchase of an order; or its lot, and the lots that may be sold only after it."""
        if order.side == "buy":
            return np.array([self.buy[order.account, order.symbol]])
        kept, ahead = [self.lot[order.account, order.lot or ""]], self.problem.lots.predecessor
        while len(behind := np.flatnonzero(ahead == kept[-1])):
            kept.append(int(behind[0]))
        return np.array(kept)

    def _largest(self, point: Floats, order: Order, left_out: Indices) -> Change | None:
        """The order that changes most, other than the one left out. Lots equal to every dollar sold count as one."""
        problem, lots, buys = self.problem, self.problem.lots, self.problem.buys
        sold = self.model.trades.sold(point, len(self.sold)) - self.sold
        bought = point[self.model.trades.buy] - self.bought
        (sold if order.side == "sell" else bought)[left_out] = 0.0
        _, first, kind = np.unique(lots.interchangeable, return_index=True, return_inverse=True)
        changes = np.concatenate([np.bincount(kind, sold, minlength=len(first)), bought])
        most = int(np.abs(changes).argmax())
        dollars = round(float(changes[most]), 2)
        if abs(dollars) < SMALLEST_CHANGE:
            return None
        if most >= len(first):
            buy = most - len(first)
            account, symbol = problem.accounts[buys.account[buy]], problem.symbols[buys.security[buy]]
            return Change(account, symbol, "buy", None, dollars)
        changed = np.flatnonzero((kind == most) & (np.abs(sold) >= SMALLEST_CHANGE))
        held = problem.held[changed[0]] if len(changed) == 1 else problem.held[first[most]]
        account = problem.accounts[lots.account[first[most]]]
        return Change(account, held.symbol, "sell", held.id if len(changed) == 1 else None, dollars)
