"""All blocks together, without a solver: random trades as points of the whole program, priced as on the books."""

from decimal import Decimal

import numpy as np
import pytest
from points import complete_point, dollars, random_trades
from random_households import featured_household, featured_policy, random_household, random_policy

from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.replay import replay
from lotroute.solver.accounting.violations import violation
from lotroute.solver.formulation.model import build_model
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.search.rounding import round_to_orders


def chunks(count, size):
    return [range(first, first + size) for first in range(0, count, size)]


def plain(seed):
    return build_problem(random_household(seed), random_policy(seed))


def featured(seed):
    return build_problem(featured_household(seed), featured_policy(seed))


@pytest.mark.parametrize("seeds", chunks(200, 20), ids=str)
@pytest.mark.parametrize("make", [plain, featured])
def test_random_trades_that_keep_the_rules_keep_every_row(make, seeds):
    """Elastic rules may have a shortfall, which the point states."""
    for seed in seeds:
        problem = make(seed)
        model = build_model(problem)
        model.program.allow_shortfalls()
        sold, bought = random_trades(problem, np.random.default_rng(seed))
        values = complete_point(problem, model, sold, bought)
        assert model.program.broken_rows(values, 1e-9 * problem.size) == [], seed


def cents(problem, figures):
    """Half a cent for each rounded figure, plus the error of floating point on large ones."""
    return 0.005 * figures + 1e-9 * problem.size


@pytest.mark.parametrize("seeds", chunks(200, 20), ids=str)
@pytest.mark.parametrize("make", [plain, featured])
def test_the_books_price_orders_as_the_program_does(make, seeds):
    """Up to half a cent for each order, each part, and each rounded line of the bill and loss carried."""
    for seed in seeds:
        problem = make(seed)
        model, books = build_model(problem), Books(problem.household, problem.policy)
        orders = round_to_orders(problem, books, *random_trades(problem, np.random.default_rng(seed)))
        ledger = replay(books, orders)
        values = complete_point(problem, model, *dollars(problem, orders))
        for name, part in ledger.parts.items():
            figures = len(orders) + 4 + 3 * len(ledger.limited) * (name == "limits")
            exact = pytest.approx(float(part), abs=cents(problem, figures))
            assert model.program.part(name, values) == exact, (seed, name)
        total = cents(problem, len(orders) + len(ledger.parts) + 4 + 3 * len(ledger.limited))
        assert model.program.objective(values) == pytest.approx(float(ledger.objective), abs=total), seed


@pytest.mark.parametrize("seeds", chunks(200, 20), ids=str)
def test_the_books_fall_short_by_what_the_program_s_point_does(seeds):
    """All elastic rules together; for each, the books leave out what rounding to orders explains."""
    for seed in seeds:
        problem = featured(seed)
        model, books = build_model(problem), Books(problem.household, problem.policy)
        orders = round_to_orders(problem, books, *random_trades(problem, np.random.default_rng(seed)))
        found = violation(books, replay(books, orders), orders)
        stated = Decimal(model.program.shortfall(complete_point(problem, model, *dollars(problem, orders))))
        rounded = Decimal(len(model.program.shortfalls)) * (Decimal("0.02") * (len(orders) + 2))
        shares = sum(Decimal("0.000002") * books.price[order.symbol] for order in orders)
        slack = rounded + shares * len(model.program.shortfalls)
        assert abs(found - stated) <= slack, (seed, found, stated)
