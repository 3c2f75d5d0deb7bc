"""A bound holds for every plan: when the time is up, and when whole shares are found after the rest."""

from time import perf_counter
from types import SimpleNamespace

import numpy as np
import pytest
from program_cases import long_program

from lotroute.solver.formulation.blocks.orders import Orders
from lotroute.solver.formulation.program import Program
from lotroute.solver.search.backend import Budget, Options
from lotroute.solver.search.branch_and_bound import branch_and_bound
from lotroute.solver.search.highs import solve_program


def market_split():
    """Five sums of numbers that one subset of 40 gives: the least miss is 0, and hard to find."""
    rng = np.random.default_rng(1)
    numbers, chosen = rng.integers(0, 100, (5, 40)), rng.integers(0, 2, 40)
    program = Program()
    pick = program.add_columns([f"pick{i}" for i in range(40)], 0, 1, integer=True)
    for row, wanted in enumerate((numbers @ chosen).tolist()):
        over, under = program.add_columns([f"over{row}", f"under{row}"], 0, np.inf)
        terms = [(0, [*pick, over, under], [*numbers[row].tolist(), -1, 1])]
        program.add_rows([f"sum{row}"], terms, lower=wanted, upper=wanted)
        program.charge("miss", [over, under], 1)
    return program, np.concatenate([chosen, np.zeros(10)])


def test_out_of_time_the_bound_is_not_the_value_of_the_point():
    program, best = market_split()
    assert program.broken_rows(best) == []
    assert program.objective(best) == 0
    outcome = solve_program(program, Options(unit=1.0, time_limit=0.5))
    assert outcome.status == "time"
    assert program.objective(outcome.point) > 0.5
    assert outcome.bound <= 1e-6


def test_out_of_time_a_linear_program_proves_nothing():
    """A point of a linear program that is not solved is above its optimum, so nothing is known from below."""
    outcome = solve_program(long_program(2000, 600, 60), Options(unit=1.0, time_limit=1e-9))
    assert outcome.status in ("time", "none")
    assert outcome.bound == -np.inf


def whole_shares():
    """25 is needed: of shares of 10 at $1 if the switch is on, of shares of 25.5 at $2.90 if it is off.

    With fractions, on costs $2.50 and off $2.84; with whole shares, on costs $3 and off $2.90, which is the optimum.
    """
    program = Program()
    small, large = program.add_columns(["small", "large"], 0, 10, integer=True)
    [on] = program.add_columns(["on"], 0, 1, integer=True)
    program.add_rows(["need"], [(0, [small, large], [10, 25.5])], lower=25)
    program.add_rows(["small"], [(0, [small, on], [1, -10])], upper=0)
    program.add_rows(["large"], [(0, [large, on], [1, 10])], upper=10)
    program.charge("cost", [small, large], [1, 2.9])
    orders = Orders(np.array([on]), np.zeros(1, int), np.zeros(0, int))
    return SimpleNamespace(program=program, shares=np.array([small, large]), orders=orders)


@pytest.mark.parametrize("how", ["tree", "highs"])
@pytest.mark.parametrize("gap", [0.0, 0.3, 0.6, 2.0])
def test_whole_shares_found_after_the_rest_keep_the_bound_of_the_rest(gap, how):
    """At a gap of 0.6 the plan with the switch on is good enough; its optimum, $3, is no bound for the one without."""
    outcome = branch_and_bound(whole_shares(), Budget(1.0, perf_counter() + 60), gap, None, how)
    value = whole_shares().program.objective(outcome.point)
    assert outcome.bound <= 2.9 + 1e-6
    assert 2.9 - 1e-6 <= value <= outcome.bound + gap + 1e-6
