"""HiGHS on programs whose optimum is known."""

import numpy as np
import pytest
from program_cases import at, small_program

from lotroute.solver.formulation.program import Program
from lotroute.solver.search.backend import Options, SolverError
from lotroute.solver.search.highs import solve_program

INF = np.inf
UNIT = 10.0


@pytest.fixture
def program():
    return small_program()


def solved(program, **options):
    return solve_program(program, Options(**({"unit": UNIT, "time_limit": 60.0} | options)))


def test_a_linear_program_is_solved_to_its_vertex():
    """x + 2y >= 30 with x at $2 and at most 10 of y at $3: all of y is used, the rest is x."""
    program = Program()
    columns = program.add_columns(["x", "y"], 0, [100, 10])
    program.add_rows(["need"], [(0, columns, [1, 2])], lower=30)
    program.charge("buying", columns, [2, 3])
    outcome = solved(program)
    assert outcome.status == "optimal"
    assert outcome.point == pytest.approx([10, 10])
    assert outcome.bound == pytest.approx(2 * 10 + 3 * 10)
    assert program.broken_rows(outcome.point) == []


def test_a_mixed_program_is_solved_and_its_bound_is_the_optimum(program):
    """15 of y cost $45, without the switch."""
    outcome = solved(program)
    assert (outcome.status, outcome.point.tolist()) == ("optimal", [0, 15, 0])
    assert outcome.bound == pytest.approx(45)
    assert "HiGHS" in outcome.detail


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e4])
def test_the_unit_changes_nothing(program, unit):
    program.charge("buying", [1], 4)  # y costs 7, so the switch pays
    outcome = solved(program, unit=unit)
    assert outcome.point == pytest.approx([30, 0, 1])
    assert outcome.bound == pytest.approx(60 + 40)


def test_fixed_binaries_leave_a_linear_program(program):
    outcome = solved(program, fixed=(program.integers(), at(1)))
    assert outcome.status == "optimal"
    assert outcome.point == pytest.approx([0, 15, 1])
    assert outcome.bound == pytest.approx(45 + 40)
    assert program.bounds()[0][2] == 0  # the program is as it was


def test_relaxed_integers_may_be_fractional(program):
    """With y at $7 a unit, 15 of y cost $105; 30 of x cost $60 and a fraction of the switch."""
    program.charge("buying", [1], 4)
    outcome = solved(program, relaxed=program.integers())
    assert outcome.point == pytest.approx([30, 0, 30 / 80])
    assert outcome.bound == pytest.approx(2 * 30 + 40 * 30 / 80)
    assert program.integers().tolist() == [2]  # the program is as it was


def test_duals_are_dollars_per_unit_of_a_row_and_of_a_column(program):
    """One more unit needed takes half a unit of y, $1.5; a unit of x in place of half a unit of y costs $0.5 more."""
    for unit in (1e-2, 1.0, 1e3):
        outcome = solved(program, unit=unit, fixed=(program.integers(), at(1)))
        assert outcome.row_dual == pytest.approx([1.5, 0])
        assert outcome.column_dual == pytest.approx([2 - 1.5, 0, 40])
    assert len(solved(program).row_dual) == len(solved(program).column_dual) == 0


def test_an_integer_column_counts():
    """17 items in boxes of 7 at $20 or singly at $3: two boxes and three singles; three boxes would cost $60."""
    program = Program()
    [boxes] = program.add_columns(["boxes"], 0, 9, integer=True)
    [singles] = program.add_columns(["singles"], 0, INF)
    program.add_rows(["need"], [(0, [boxes, singles], [7, 1])], lower=17)
    program.charge("buying", [boxes, singles], [20, 3])
    outcome = solved(program)
    assert outcome.point == pytest.approx([2, 3])
    assert outcome.bound == pytest.approx(2 * 20 + 3 * 3)
    assert program.broken_rows(at(1.5, 6.5)) == ["boxes"]


# -- elastic rows ------------------------------------------------------------------------------------------------------


@pytest.fixture
def elastic(program):
    """The program with elastic rows: y at most 4, and x at most 6, where a unit of shortfall counts $5."""
    program.add_elastic_rows(["little y"], [(0, 1, 1.0)], upper=4.0)
    program.add_elastic_rows(["little x"], [(0, 0, 1.0)], upper=6.0, counted=5.0)
    return program


def test_an_elastic_row_has_a_shortfall_fixed_at_zero(elastic):
    assert elastic.labels[3:] == ["shortfall[little y]", "shortfall[little x]"]
    assert elastic.broken_rows(at(22, 4, 1, 0, 0)) == ["little x"]
    assert elastic.broken_rows(at(22, 4, 1, 0, 16)) == ["shortfall[little x]"]
    elastic.allow_shortfalls()
    assert elastic.broken_rows(at(22, 4, 1, 0, 16)) == []
    assert elastic.shortfall(at(22, 4, 1, 0, 16)) == 16 * 5
    assert elastic.shortfall(at(6, 12, 1, 8, 0)) == 8


def test_an_elastic_row_from_below_falls_short_upwards():
    program = Program()
    column = program.add_columns(["x"], 0, 10)
    program.add_elastic_rows(["much"], [(0, column, 1.0)], lower=12)
    program.allow_shortfalls()
    assert program.broken_rows(at(10, 2)) == []
    assert program.broken_rows(at(10, 1)) == ["much"]


def test_no_more_than_the_least_violation_is_allowed(elastic):
    elastic.allow_shortfalls()
    elastic.cap_shortfalls(79)
    assert elastic.broken_rows(at(22, 4, 1, 0, 16)) == ["least violation"]


def test_the_least_violation_is_found_whatever_it_costs(elastic):
    """With y at 4 and x at 6, x + 2y lacks 16 of 30: 8 more of y count 8, 16 more of x count 80."""
    elastic.allow_shortfalls()
    least = solved(elastic, goal="shortfall")
    assert elastic.shortfall(least.point) == pytest.approx(8)
    assert least.bound == pytest.approx(8)
    assert least.point[[0, 1]] == pytest.approx([6, 12])
    elastic.cap_shortfalls(8 + 1e-6)
    best = solved(elastic)
    assert best.point == pytest.approx([6, 12, 1, 8, 0], abs=1e-5)
    assert best.bound == pytest.approx(2 * 6 + 3 * 12 + 40, abs=1e-4)


def test_a_violation_counts_what_trading_costs_too(elastic):
    """8 more of y count 8 and 16 more of x count 80, unless y is expensive to trade: trading costs count twice."""
    elastic.allow_shortfalls()
    elastic.charge("trading", [1], 0.5)
    least = solved(elastic, goal="violation")
    x, y = least.point[[0, 1]]
    counted = elastic.shortfall(least.point) + 2 * 0.5 * y
    assert least.bound == pytest.approx(counted)
    assert (x, y) == pytest.approx((6, 12))
    assert elastic.shortfall(least.point) == pytest.approx(8)
    elastic.charge("trading", [1], 5)
    assert elastic.violation_cost()[[0, 1]] == pytest.approx([0, 2 * 5.5])
    dearer = solved(elastic, goal="violation")
    # a unit needed counts 5 in x beyond 6; in y it counts half of 2 * 5.5, and half of 1 more beyond 4
    assert dearer.point[[0, 1]] == pytest.approx([30, 0])


def test_some_integers_may_be_relaxed_and_others_not():
    """17 items in boxes of 7 at $20 or of 5 at $15: the relaxed kind of box is split."""
    program = Program()
    sevens, fives = program.add_columns(["sevens", "fives"], 0, 9, integer=True)
    program.add_rows(["need"], [(0, [sevens, fives], [7, 5])], lower=17)
    program.charge("buying", [sevens, fives], [20, 15])
    assert solved(program, relaxed=np.array([sevens])).point == pytest.approx([17 / 7, 0])
    assert solved(program, relaxed=np.array([fives])).point == pytest.approx([2, 3 / 5])
    assert solved(program, relaxed=np.array([fives]), fixed=(np.array([sevens]), at(1))).point == pytest.approx([1, 2])


def test_shortfalls_fixed_at_zero_leave_an_impossible_program_infeasible(elastic):
    with pytest.raises(SolverError, match="Infeasible"):
        solved(elastic)


def test_integer_shortfalls_are_whole():
    program = Program()
    columns = program.add_columns(["a", "b", "c"], 0, 1, integer=True)
    program.add_rows(["all"], [(0, columns, 1.0)], lower=3)
    program.add_elastic_rows(["few"], [(0, columns, 1.0)], upper=1.5, counted=4.0, integer=True)
    program.allow_shortfalls()
    assert solved(program, goal="shortfall").bound == pytest.approx(2 * 4)


# -- limits of the search ----------------------------------------------------------------------------------------------


def test_a_wide_gap_is_kept():
    """Any answer within the gap is allowed; the bound states how far it may be from the best."""
    program, best = knapsack(30)
    outcome = solved(program, gap=500.0)
    assert outcome.status == "optimal"
    assert program.objective(outcome.point) - outcome.bound <= 500 + 1e-6
    assert outcome.bound <= best + 1e-6


def knapsack(size, seed=0):
    """A knapsack with its optimum from dynamic programming, in integers and dollars."""
    rng = np.random.default_rng(seed)
    weights, worth = rng.integers(100, 1000, size), rng.integers(100, 1000, size)
    capacity = int(weights.sum() // 2)
    table = np.zeros(capacity + 1, dtype=np.int64)
    for weight, value in zip(weights.tolist(), worth.tolist(), strict=True):
        table[weight:] = np.maximum(table[weight:], table[: capacity + 1 - weight] + value)
    program = Program()
    taken = program.add_columns([f"item{i}" for i in range(size)], 0, 1, integer=True)
    [load] = program.add_columns(["load"], 0, capacity)
    program.add_rows(["load"], [(0, taken, weights), (0, load, -1.0)], 0, 0)
    program.charge("worth", taken, -worth)
    return program, -int(table.max())


@pytest.mark.parametrize("seed", range(5))
def test_the_optimum_of_a_knapsack_is_found_and_proven(seed):
    program, best = knapsack(25, seed)
    outcome = solved(program)
    assert program.objective(outcome.point) == pytest.approx(best)
    assert outcome.bound == pytest.approx(best)
    assert program.broken_rows(outcome.point) == []


def test_an_infeasible_program_is_an_error(program):
    program.add_rows(["never"], [(0, 0, 1.0)], lower=101)
    with pytest.raises(SolverError, match="Infeasible"):
        solved(program)
    with pytest.raises(SolverError, match="Infeasible"):
        solved(program, fixed=(program.integers(), at(1)))


def test_an_unbounded_program_is_an_error():
    program = Program()
    program.charge("gain", program.add_columns(["x"], 0, INF), -1)
    with pytest.raises(SolverError, match="Unbounded"):
        solved(program)


@pytest.mark.parametrize("limit", [1e-9, 1e-6])
def test_no_time_gives_no_point_or_a_bound_that_holds(limit):
    program, best = knapsack(60)
    outcome = solved(program, time_limit=limit)
    assert outcome.status in ("time", "none")
    assert (outcome.point is None) == (outcome.status == "none")
    assert outcome.bound <= best


def test_progress_goes_from_bounds_that_hold_to_the_optimum():
    program, best = knapsack(40)
    seen = []
    outcome = solved(program, progress=seen.append)
    assert program.objective(outcome.point) == pytest.approx(best)
    assert all(step.bound <= best + 1e-6 <= step.objective + 2e-6 for step in seen)
    assert seen[-1].objective == pytest.approx(best)


def test_nothing_is_printed(program, capfd):
    solved(program)
    solved(program, progress=lambda _: None)
    solved(program, relaxed=program.integers())
    solved(program, fixed=(program.integers(), at(0)))
    solved(knapsack(60)[0], time_limit=1e-9)
    program.add_rows(["never"], [(0, 0, 1.0)], lower=101)
    with pytest.raises(SolverError):
        solved(program)
    assert capfd.readouterr() == ("", "")
