"""The optimum of tiny households by enumeration: a linear program for every side and region, a grid of plans."""

from itertools import product

import numpy as np
import pytest
from enumeration import enumerated_optimum, rounding
from points import cash_after
from random_households import random_household, random_policy

from lotroute.solver import audit, solve
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.replay import replay
from lotroute.solver.explanation.assemble import assemble
from lotroute.solver.explanation.facts import Solved
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.search.rounding import round_to_orders


def tiny(seed):
    """At most 4 lots and 3 securities in two accounts."""
    home = random_household(seed, accounts=(1, 2), securities=(2, 3), lots=(1, 4), around=1)
    return home, random_policy(seed)


@pytest.mark.parametrize("seeds", [range(first, first + 10) for first in range(0, 100, 10)], ids=str)
def test_the_plan_is_the_best_of_all_sides_and_regions(seeds):
    for seed in seeds:
        home, policy = tiny(seed)
        problem = build_problem(home, policy)
        plan, best = solve(home, policy, gap_bp=0.0), enumerated_optimum(problem)
        slack = rounding(problem, plan)
        assert abs(plan.objective - best) <= slack, (seed, plan.objective, best)
        assert plan.certificate.bound <= best + slack, seed


def test_the_enumeration_is_of_many_kinds():
    """The test above is only meaningful if some tiny households harvest and some could also buy the group."""
    choices, harvests = 0, 0
    for seed in range(100):
        home, policy = tiny(seed)
        problem = build_problem(home, policy)
        loss = problem.lots.free & (problem.lots.gain < 0)
        choices += bool(np.isin(problem.group[problem.lots.security[loss]], problem.group[problem.buys.security]).any())
        harvests += any(trade.gain is not None and trade.gain < 0 for trade in solve(home, policy).trades)
    assert choices >= 20
    assert harvests >= 10


def grid(problem, books):
    """Yield orders that sell 0, 1/2 or all of each free lot and spend 0, 1/2 or all of the cash on up to two funds."""
    lots, buys, h = problem.lots, problem.buys, problem.half_spread
    levels = [(0.0, 0.5, 1.0) if free else (0.0,) for free in lots.free]
    shares = []
    for account in range(len(problem.accounts)):
        own = np.flatnonzero(buys.free & (buys.account == account)).tolist()
        one = [{buy: part} for buy in own for part in (0.5, 1.0)]
        two = [{a: 0.5, b: 0.5} for a, b in product(own, own) if a < b]
        shares.append([{}, *one, *two])
    for part in product(*levels):
        sold = np.array(part) * lots.size
        spare = np.maximum(cash_after(problem, sold, np.zeros(len(buys.limit))) - problem.floor, 0.0)
        for chosen in product(*shares):
            bought = np.zeros(len(buys.limit))
            for buy, share in (pair for choice in chosen for pair in choice.items()):
                bought[buy] = share * spare[buys.account[buy]] / (1 + h[buys.security[buy]])
            yield round_to_orders(problem, books, sold, bought)


@pytest.mark.parametrize("seed", range(1000, 1015))
def test_no_plan_of_a_grid_is_better(seed):
    home = random_household(seed, accounts=(1, 2), securities=(2, 3), lots=(1, 3), around=1)
    policy = random_policy(seed)
    problem = build_problem(home, policy)
    plan = solve(home, policy, gap_bp=0.0)
    slack, books = rounding(problem, plan), Books(home, policy)
    for orders in grid(problem, books):
        ledger = replay(books, orders)
        objective = float(ledger.objective)
        if objective < plan.objective - slack:
            unproven = plan.certificate.model_copy(update={"bound": None, "gap": None})
            rival = assemble(Solved(problem, books, orders, ledger), unproven, {})
            broken = {finding.rule for finding in audit(home, rival)} - {"certificate"}
            assert broken, f"{objective} by {[str(order) for order in orders]}"
