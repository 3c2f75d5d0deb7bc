"""The tree against HiGHS's own branch and bound, on random programs, and what it claims where it stops early."""

from contextlib import suppress
from itertools import count
from math import inf
from time import perf_counter
from types import SimpleNamespace

import highspy
import numpy as np
import pytest
from program_cases import long_program, small_program

from lotroute.fixtures.one_fund import generate_one_fund
from lotroute.models import Household, Policy
from lotroute.solver import solve
from lotroute.solver.formulation.blocks.orders import Orders
from lotroute.solver.formulation.model import build_model
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.formulation.program import Program
from lotroute.solver.search import backend
from lotroute.solver.search import branch_and_bound as entry
from lotroute.solver.search import tree as trees
from lotroute.solver.search.backend import Budget, Options, SolverError
from lotroute.solver.search.branch_and_bound import branch_and_bound, stages
from lotroute.solver.search.certificate import gap_to_search
from lotroute.solver.search.highs import solve_program
from lotroute.solver.search.search import unit_of
from lotroute.solver.search.tree import Tree
from lotroute.solver.search.warm_program import OutOfTime, WarmProgram

UNIT = 1.0


def random_program(seed):
    """Switches that let columns be used, counts that may be rounded, and sums that must be reached. Some have none."""
    rng = np.random.default_rng(seed)
    program = Program()
    n, rows = int(rng.integers(3, 18)), int(rng.integers(2, 7))
    x = program.add_columns([f"x{i}" for i in range(n)], 0, rng.uniform(5, 50, n))
    switch = program.add_columns([f"switch{i}" for i in range(n)], 0, 1, integer=True)
    counts = program.add_columns([f"count{i}" for i in range(3)], 0, 9, integer=True)
    program.add_rows(
        [f"on{i}" for i in range(n)], [(np.arange(n), x, 1.0), (np.arange(n), switch, -rng.uniform(5, 40, n))], upper=0
    )
    for row in range(rows):
        sizes = rng.choice([-1.0, 0.0, 1.0, 2.5], n), rng.uniform(-2, 7, 3)
        program.add_rows([f"sum{row}"], [(0, x, sizes[0]), (0, counts, sizes[1])], lower=rng.uniform(-20, 25))
    program.charge("use", x, rng.uniform(-1, 3, n))
    program.charge("switch", switch, rng.uniform(0, 30, n))
    program.charge("count", counts, rng.uniform(-1, 8, 3))
    return SimpleNamespace(program=program, shares=counts, orders=Orders(switch, np.zeros(n, int), switch[:0]))


def warm_of(model, seconds=60):
    return WarmProgram(model.program, Budget(UNIT, perf_counter() + seconds))


def tree_of(model, gap=0.0, seconds=60, **options):
    warm = warm_of(model, seconds)
    return Tree(warm, *stages(model, warm.integers), gap, **options)


def truth(model, gap=0.0):
    """HiGHS's optimum; infinity if it reports that there is none."""
    try:
        return solve_program(model.program, Options(unit=UNIT, time_limit=60.0, gap=gap)).bound
    except SolverError as error:
        if "Infeasible" not in str(error):
            raise
        return inf


@pytest.mark.parametrize("seed", range(150))
def test_the_tree_finds_the_optimum_of_highs(seed):
    model = random_program(seed)
    best = truth(model)
    if best == inf:
        with pytest.raises(SolverError, match="Infeasible"):
            branch_and_bound(model, Budget(UNIT, perf_counter() + 60), 0.0)
        return
    found = branch_and_bound(model, Budget(UNIT, perf_counter() + 60), 0.0)
    assert found.status == "optimal"
    assert model.program.broken_rows(found.point) == []
    assert model.program.objective(found.point) == pytest.approx(best, abs=1e-5)
    assert found.bound <= best + 1e-5


def test_some_of_those_need_a_tree_and_some_have_no_solution():
    trees = [random_program(seed) for seed in range(150)]
    grown = []
    for model in trees:
        tree = tree_of(model)
        if truth(model) < inf:
            tree.grow(10_000)
        grown.append(tree.nodes)
    assert max(grown) > 40
    assert 0 in grown


@pytest.mark.parametrize("nodes", [1, 3, 8, 20])
@pytest.mark.parametrize("seed", range(40))
def test_stopped_early_the_bound_is_below_the_optimum_and_the_point_above(seed, nodes):
    model = random_program(seed)
    best = truth(model)
    if best == inf:
        return
    tree = tree_of(model)
    tree.grow(nodes)
    assert tree.bound <= best + 1e-5
    assert tree.value >= best - 1e-5
    assert tree.nodes <= nodes + 20 or tree.is_proven


@pytest.mark.parametrize("seed", range(30))
def test_a_gap_is_kept_and_told(seed):
    model = random_program(seed)
    best = truth(model)
    if best == inf:
        return
    tree = tree_of(model, gap=5.0)
    tree.grow(10_000)
    assert tree.is_proven
    assert tree.bound - 1e-5 <= best <= tree.value + 1e-5
    assert tree.value - tree.bound <= 5.0


def test_a_point_is_whole_within_its_bounds():
    for seed in range(40):
        model = random_program(seed)
        if truth(model) == inf:
            continue
        tree = tree_of(model)
        tree.grow(10_000)
        assert (tree.best == np.round(tree.best)).all()
        program = WarmProgram(model.program, Budget(UNIT, perf_counter() + 60))
        assert program.solve(tree.best, tree.best) == pytest.approx(tree.value, abs=1e-5)


def test_integers_settled_by_reduced_costs_are_those_of_the_optimum():
    """With them fixed HiGHS still finds the optimum, and some are settled that bounds alone leave open."""
    settled = 0
    for seed in range(80):
        model = random_program(seed)
        best = truth(model)
        if best == inf:
            continue
        tree = tree_of(model)
        tree.grow(4)
        lower, upper = tree._program.bounds
        settled += int(((tree._lower == tree._upper) & (lower < upper)).sum())
        fixed = tree.effort.settled
        found = solve_program(model.program, Options(unit=UNIT, time_limit=60.0, fixed=fixed))
        assert found.bound == pytest.approx(best, abs=1e-5)
    assert settled > 100


@pytest.mark.parametrize("seed", range(20))
def test_highs_takes_over_where_the_tree_grows(monkeypatch, seed):
    monkeypatch.setattr(entry, "MOST_NODES", 1)
    model = random_program(seed)
    best = truth(model)
    if best == inf:
        return
    found = branch_and_bound(model, Budget(UNIT, perf_counter() + 60), 0.0)
    assert found.status == "optimal"
    assert model.program.objective(found.point) == pytest.approx(best, abs=1e-5)
    assert found.bound == pytest.approx(best, abs=1e-5)


def test_highs_searches_where_the_tree_fails(monkeypatch):
    def fails(self, *args, **options):
        raise SolverError("no basis")

    monkeypatch.setattr(WarmProgram, "solve", fails)
    model = SimpleNamespace(program=small_program(), shares=np.zeros(0, int), orders=Orders(*[np.zeros(0, int)] * 3))
    found = branch_and_bound(model, Budget(UNIT, perf_counter() + 60), 0.0)
    assert found.effort is None
    assert model.program.objective(found.point) == pytest.approx(truth(model))


def test_highs_alone_searches_if_asked(monkeypatch):
    def grows(*args):
        raise AssertionError("the tree was asked")

    home = Household.load("fixtures/must_split.json")
    usual = solve(home, gap_bp=0.0)
    monkeypatch.setattr(entry, "Tree", grows)
    alone = solve(home, gap_bp=0.0, search="highs")
    assert alone.certificate.status == usual.certificate.status == "within_rounding"
    assert float(alone.objective) == pytest.approx(float(usual.objective), abs=0.05)


def test_out_of_time_the_tree_keeps_what_it_knows(monkeypatch):
    model = next(each for each in map(random_program, range(150)) if truth(each) < inf and _grows(each))
    real, solved = WarmProgram.solve, []

    def slow(self, *args, **options):
        if len(solved) == 12:
            raise OutOfTime
        solved.append(args)
        return real(self, *args)

    monkeypatch.setattr(WarmProgram, "solve", slow)
    tree = tree_of(model)
    with pytest.raises(OutOfTime):
        tree.grow(10_000)
    assert -inf < tree.bound <= truth(model) + 1e-5
    assert tree.value >= truth(model) - 1e-5


def _grows(model):
    tree = tree_of(model)
    tree.grow(10_000)
    return tree.nodes > 40


# -- one linear program -----------------------------------------------------------------------------------------------


def test_a_deadline_that_is_over_is_told():
    warm = WarmProgram(long_program(4000, 1200, 90), Budget(UNIT, perf_counter()))
    with pytest.raises(OutOfTime):
        warm.solve(*warm.bounds)


def test_after_the_deadline_only_what_may_be_late_is_solved(monkeypatch):
    """However small the program: HiGHS would solve it before it looks at the clock."""
    monkeypatch.setattr(backend, "perf_counter", lambda: 2.0)
    warm = WarmProgram(small_program(), Budget(UNIT, 1.0))
    first = warm.solve(*warm.bounds)  # a tenth of a second, so that there is an answer
    with pytest.raises(OutOfTime):
        warm.solve(*warm.bounds)
    assert warm.solve(*warm.bounds, late=True) == first


def test_when_time_ends_in_mid_tree_the_best_point_is_given(monkeypatch):
    """The clock goes a second at every look."""
    model = next(each for each in map(random_program, range(150)) if truth(each) < inf and _grows(each))
    now = count()
    monkeypatch.setattr(backend, "perf_counter", lambda: float(next(now)))
    early = next(
        found
        for deadline in range(10, 400, 5)
        if (found := branch_and_bound(model, Budget(UNIT, next(now) + float(deadline)), 0.0)).point is not None
    )
    assert early.status == "time"
    assert early.bound <= truth(model) + 1e-5 <= model.program.objective(early.point) + 2e-5


def test_infeasible_is_believed_with_a_proof_and_else_asked_again(monkeypatch):
    """HiGHS said so of programs that have a solution; a ray that proves nothing is not believed."""
    program = small_program()
    warm = WarmProgram(program, Budget(UNIT, perf_counter() + 60))
    zero, one = np.zeros(1), np.ones(1)
    assert warm.solve(zero, one) < inf
    real, said = WarmProgram._run, []

    def lies_once(self):
        status = real(self)
        said.append(status)
        return highspy.HighsModelStatus.kInfeasible if len(said) == 1 else status

    monkeypatch.setattr(WarmProgram, "_run", lies_once)
    assert warm.solve(zero, zero) < inf
    assert len(said) == 2


def test_a_proven_infeasible_side_is_not_solved_twice():
    program = Program()
    x, y = program.add_columns(["x", "y"], 0, 4, integer=True)
    program.add_rows(["sum"], [(0, [x, y], [1.0, 1.0])], lower=5.0)
    warm = WarmProgram(program, Budget(UNIT, perf_counter() + 60))
    assert warm.solve(np.zeros(2), np.full(2, 4.0)) < inf
    assert warm.solve(np.zeros(2), np.full(2, 2.0)) == inf
    assert warm.solves == 2


@pytest.mark.parametrize("status", ["kUnknown", "kSolveError", "kUnbounded", "kIterationLimit"])
def test_a_status_that_is_neither_optimal_nor_infeasible_is_no_bound(monkeypatch, status):
    monkeypatch.setattr(WarmProgram, "_run", lambda self: getattr(highspy.HighsModelStatus, status))
    warm = WarmProgram(small_program(), Budget(UNIT, perf_counter() + 60))
    with pytest.raises(SolverError, match="HiGHS: "):
        warm.solve(*warm.bounds)


@pytest.mark.parametrize("seed", range(40))
def test_columns_held_at_zero_and_let_go_are_those_of_programs_made_so(seed):
    model = random_program(seed)
    warm = WarmProgram(model.program, Budget(UNIT, perf_counter() + 60))
    warm.solve(*warm.bounds)
    x = np.arange(3)
    for held in (x[:1], x, x[1:2], x[:0]):
        fixed = random_program(seed)
        fixed.program.fix_at_zero(held, ["held"] * len(held))
        warm.hold(held)
        tree = Tree(warm, *stages(model, warm.integers), 0.0)
        with suppress(SolverError):
            tree.grow(10_000)
        assert tree.value == pytest.approx(truth(fixed), abs=1e-5)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_solved_after_a_restart_is_what_a_new_program_gives(seed):
    model = random_program(seed)
    if truth(model) == inf:
        return
    used, new = warm_of(model), warm_of(model)
    Tree(used, *stages(model, used.integers), 0.0).grow(100)
    new.solve(*new.bounds)
    steps = []
    for warm in (used, new):
        warm.restart(Budget(UNIT, perf_counter() + 60))
        tree = Tree(warm, *stages(model, warm.integers), 0.0)
        tree.grow(100)
        steps.append((tree.nodes, tree.value, tree.best.tolist(), warm.point().tolist(), warm.basis.col_status))
    assert steps[0] == steps[1]


@pytest.mark.parametrize("seed", range(20))
def test_a_tree_ends_at_what_is_enough_and_its_bound_stays_true(seed):
    model = random_program(seed)
    best = truth(model)
    if best == inf:
        return
    whole, tree = tree_of(model), tree_of(model, enough=best + 5.0)
    whole.grow(10_000)
    tree.grow(10_000)
    assert tree.bound - 1e-5 <= best <= tree.value + 1e-5 <= best + 5.0 + 2e-5
    assert tree.nodes <= whole.nodes


def test_a_program_whose_relaxation_alone_has_points_is_infeasible():
    program = Program()
    x = program.add_columns(["x"], 0, 1, integer=True)
    program.add_rows(["half"], [(0, x, 2.0)], lower=1.0, upper=1.0)
    tree = tree_of(SimpleNamespace(program=program, shares=x[:0], orders=Orders(x[:0], x[:0], x[:0])))
    with pytest.raises(SolverError, match="Infeasible"):
        tree.grow(100)


def test_the_last_fraction_of_a_share_is_rounded_the_way_that_leaves_cash():
    """Thousands of lots of one fund: with the others held, one way is short of cash and the other is not."""
    problem = build_problem(generate_one_fund(0, whole_shares=True), Policy())
    model = build_model(problem)
    gap = gap_to_search(problem, 0.1)
    found = branch_and_bound(model, Budget(unit_of(problem), perf_counter() + 60), gap)
    assert model.program.objective(found.point) - found.bound <= gap
    assert found.effort.relaxations < 60


def _halves():
    """A program whose relaxation has x = y = ½, so that both rounded at once leave no point."""
    program = Program()
    integers = program.add_columns(["x", "y"], 0, 1, integer=True)
    apart = program.add_columns(["apart"], 0, 1)
    program.add_rows(["one"], [(0, integers, 1.0)], 1.0, 1.0)
    for row, sign in (("more", 1.0), ("less", -1.0)):
        program.add_rows([row], [(0, [*integers, *apart], [sign, -sign, -1.0])], upper=0.0)
    program.charge("apart", apart, 1.0)
    none = integers[:0]
    return SimpleNamespace(program=program, shares=none, orders=Orders(none, none, none))


def test_a_tree_that_goes_on_tries_one_rounding_and_a_tree_of_one_node_tries_others():
    alone, going_on = tree_of(_halves()), tree_of(_halves())
    alone.grow(1)
    assert alone.value == pytest.approx(1.0)
    going_on.grow(2)
    assert going_on.value == pytest.approx(1.0)
    assert (going_on.nodes, going_on.effort.relaxations) == (3, 4)  # the root, its rounding, and two sides


def test_where_dives_end_the_tree_still_finds_the_optimum(monkeypatch):
    """Whole shares are branched on to the end; fewer linear programs are solved in dives."""
    solves = {0: 0, 3: 0}
    for seed in range(60):
        model = random_program(seed)
        best = truth(model)
        for more in solves if best < inf else ():
            monkeypatch.setattr(trees, "DIVES", (-1 if more == 0 else 100, more))
            tree = tree_of(model)
            tree.grow(10_000)
            assert tree.value == pytest.approx(best, abs=1e-5)
            assert tree.bound <= best + 1e-5
            solves[more] += tree.effort.relaxations - tree.nodes
    assert solves[0] < solves[3]
