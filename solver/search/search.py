"""From a problem to orders with a bound: the least violation if needed, branch and bound, rounding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf

from ...models.schema.money import CENT
from ...models.schema.ordered import Ordered
from ..accounting.books import Books
from ..accounting.orders import Order
from ..formulation.blocks.limits import shadow_prices
from ..formulation.blocks.tax import mispriced
from ..formulation.model import Model, build_model
from ..formulation.problem import Problem
from .backend import TOLERANCE, Budget, Progress, SolverResult
from .branch_and_bound import Search, branch_and_bound
from .least_violation import least_violation
from .moves import evened, moves_at
from .rounding import round_to_orders
from .settled import Settled
from .start import start_from
from .warm_program import WarmProgram

UNIT = 1e-5
"""The unit of the solver, as a fraction of what the household holds, so that 0.1 bp is about one unit."""


def unit_of(problem: Problem) -> float:
    """Return the solver's unit in dollars: a part of what the household holds, or of its gains if they are more.

    Lots of next to no value may have losses far above all values.
    """
    lots = problem.lots
    return UNIT * max(problem.size, float(abs(lots.gain * lots.size).sum()))


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What the program gave: the solver's result and, if it has a point, the orders and what is known about them."""

    result: SolverResult
    orders: list[Order] | None = None
    settled: Settled | None = None
    """The household with the moves that the program chose, on whose books the orders are."""
    value: float = inf
    """The cost of the point that the orders are rounded from, in dollars; infinity without a point."""
    shadow_prices: dict[str, float] | None = None
    """What one more dollar of each limit saves, in dollars."""
    conflicts: tuple[str, ...] = ()
    """Labels of the rows that conflict, if not all rules can be kept."""
    proven: bool = False
    """Whether it is proven that no plan has a smaller violation."""
    tax_binaries: int = 0
    """Binaries for the kinks of the tax bill."""
    model: Model | None = None
    """The program, if no rule of it had to be relaxed."""
    warm: WarmProgram | None = None
    """That program as the tree solved it, if it did."""


def search_orders(
    problem: Problem,
    books: Books,
    gap: float,
    deadline: float,
    *,
    feasible: bool,
    how: Search = "tree",
    start: Sequence[Ordered] = (),
    progress: Callable[[Progress], None] | None = None,
) -> SearchResult:
    """Search for the best orders, to `gap` dollars or until `deadline` (by perf_counter).

    `feasible` says that some known plan keeps every rule. If no known plan does, the least violation is found first and
    then allowed. `how` says what searches, `start` are trades near which it begins.
    Raises SolverError if the solver fails.
    """
    model, budget = build_model(problem), Budget(unit_of(problem), deadline)
    program, proven = model.program, True
    conflicts: tuple[str, ...] = ()
    if not feasible:
        least, conflicts = least_violation(model, budget, how)
        proven = least.status == "optimal"
        if least.point is None:
            return SearchResult(least)
        for rows in ("", "C2"):  # all rows, and cash alone, so that a withdrawal that can be paid is paid
            program.cap_shortfalls(program.shortfall(least.point, rows) + TOLERANCE * budget.unit, rows)
    begin = start_from(problem, model, start) if start else None
    warm = WarmProgram(program, budget) if how == "tree" else None
    result = branch_and_bound(model, budget, gap, progress, how, start=begin, warm=warm)
    if not proven:
        result = replace(result, status="time" if result.status == "optimal" else result.status)
    point = result.point
    if point is None:
        return SearchResult(result, conflicts=conflicts)
    sold, bought = model.trades.sold(point, len(problem.lots.label)), point[model.trades.buy]
    off = mispriced(problem, model.tax, model.disallowed, sold, point, model.moves)
    if off > max(float(CENT), problem.size * 1e-9):  # never seen so far; a bound on a wrong bill would prove nothing
        result = replace(result, bound=-inf, detail=f"the program's bill is ${off:,.2f} off the worksheet's")
    own, dollars = Settled(problem, books), model.orders.placed_only(point, sold, bought)
    if problem.requests is None:
        orders = round_to_orders(problem, books, *dollars)
    else:
        moves = moves_at(model, problem, books, point)
        own = own.after(moves)
        orders = round_to_orders(own.problem, own.books, *dollars)
        even = evened(moves, problem.requests, own.books, orders)
        own = own if even == moves else Settled(problem, books).after(even)
    prices = shadow_prices(program, result.row_dual)
    value = program.objective(point)
    found = SearchResult(result, orders, own, value, prices, conflicts, proven, len(model.tax.choice))
    return replace(found, model=model, warm=warm) if feasible else found
