"""The program as arrays, checked by hand on two trades and a switch."""

import numpy as np
import pytest
from program_cases import at, small_program

from lotroute.solver.formulation.labels import Labels
from lotroute.solver.formulation.program import Program

INF = np.inf


@pytest.fixture
def program():
    return small_program()


# -- columns, rows, parts ----------------------------------------------------------------------------------------------


def test_columns_are_numbered_in_the_order_in_which_they_come(program):
    assert program.labels == ["x", "y", "switch"]
    assert program.size == 3
    assert program.add_columns(["a", "b"], 0, 1).tolist() == [3, 4]
    assert program.integers().tolist() == [2]


def test_bounds_broadcast_to_the_labels(program):
    program.add_columns(["a", "b"], [-1, -INF], INF)
    lower, upper = program.bounds()
    assert lower.tolist() == [0, 0, 0, -1, -INF]
    assert upper.tolist() == [100, 50, 1, INF, INF]


def test_rows_are_coordinates_with_bounds(program):
    rows = program.rows()
    assert program.row_labels == ["need", "on"]
    assert (rows.lower.tolist(), rows.upper.tolist()) == ([30, -INF], [INF, 0])
    dense = np.zeros((2, 3))
    dense[rows.row, rows.column] = rows.coefficient
    assert dense.tolist() == [[1, 2, 0], [1, 0, -80]]
    assert rows.activity(at(10, 5, 1)).tolist() == [20, -70]


def test_terms_of_rows_broadcast_and_leave_out_zeros():
    program = Program()
    columns = program.add_columns(["a", "b", "c"], 0, 1)
    program.add_rows(["first", "second"], [(np.arange(2), columns[:, None], np.array([[1, 0], [2, 5], [0, 0]]))])
    program.add_rows(["third"], [(0, columns, 1.0)], 1, 1)
    rows = program.rows()
    entries = zip(rows.row.tolist(), rows.column.tolist(), rows.coefficient.tolist(), strict=True)
    assert sorted(entries) == [(0, 0, 1), (0, 1, 2), (1, 1, 5), (2, 0, 1), (2, 1, 1), (2, 2, 1)]


def test_parts_are_dollars_at_a_point(program):
    point = at(10, 20, 1)
    assert program.part("buying", point) == 2 * 10 + 3 * 20
    assert program.part("fixed", point) == 40
    assert program.part("unheard of", point) == 0
    assert program.objective(point) == 80 + 40
    assert program.cost().tolist() == [2, 3, 40]


def test_charges_of_one_column_add_up(program):
    program.charge("buying", [0, 0], [1, 0.5])
    program.charge("other", [0], -1)
    assert program.part("buying", at(10, 0, 0)) == 35
    assert program.objective(at(10, 0, 0)) == 35 - 10
    assert program.cost()[0] == 2.5


def test_an_empty_program_has_no_rows_and_costs_nothing():
    program = Program()
    assert program.objective(np.zeros(0)) == 0
    assert program.broken_rows(np.zeros(0)) == []
    assert (program.size, len(program.rows().lower), len(program.integers())) == (0, 0, 0)


# -- violations --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("point", "broken"),
    [
        (at(10, 10, 1), []),
        (at(10, 9, 1), ["need"]),
        (at(10, 10, 0), ["on"]),
        (at(-1, 20, 0), ["x"]),
        (at(0, 51, 0), ["y"]),
        (at(10, 10, 0.5), ["switch"]),
        (at(10, 10, 2), ["switch"]),
        (at(81, -26, 0.5), ["y", "switch", "need", "on"]),
    ],
)
def test_what_a_point_breaks_is_named(program, point, broken):
    assert program.broken_rows(point) == broken


def test_a_point_may_fall_short_by_the_tolerance(program):
    assert program.broken_rows(at(10, 9.95, 1)) == ["need"]
    assert program.broken_rows(at(10, 9.95, 1), tolerance=0.2) == []


def test_a_column_fixed_at_zero_is_named_by_its_rule(program):
    program.fix_at_zero(np.array([1]), ["W2[y]"])
    assert program.bounds()[1].tolist() == [100, 0, 1]
    assert program.broken_rows(at(30, 0, 1)) == []
    assert program.broken_rows(at(10, 10, 1)) == ["W2[y]"]
    assert program.broken_rows(at(50, -10, 1)) == ["W2[y]"]


# -- built cheaply, the same -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_terms_broadcast_as_arrays_do(seed):
    rng, program = np.random.default_rng(seed), Program()
    columns = program.add_columns([f"x{i}" for i in range(12)], 0.0, rng.uniform(1, 2, 12))
    terms = [
        (np.arange(3), columns[:3], 1.0),
        (np.arange(3)[:, None], columns[3:8], rng.integers(-1, 2, (3, 5)).astype(float)),
        (rng.integers(0, 3, 4), columns[8:], rng.uniform(-1, 1, 4)),
    ]
    program.add_rows(["a", "b", "c"], terms, lower=rng.uniform(0, 1, 3), upper=5)
    plain = np.zeros((3, 12))
    for row, column, value in (np.broadcast_arrays(*term) for term in terms):
        np.add.at(plain, (row, column), value)
    dense, rows = np.zeros((3, 12)), program.rows()
    np.add.at(dense, (rows.row, rows.column), rows.coefficient)
    assert (dense == plain).all()
    assert (rows.coefficient != 0).all()
    assert rows.upper.tolist() == [5, 5, 5]


@pytest.mark.parametrize("seed", range(20))
def test_charges_add_up_as_one_by_one(seed):
    rng, program = np.random.default_rng(seed), Program()
    program.add_columns([f"x{i}" for i in range(9)], 0.0, 1.0)
    plain = {"a": np.zeros(9), "b": np.zeros(9)}
    for _ in range(12):
        part, columns = str(rng.choice([*plain])), rng.integers(0, 9, rng.integers(0, 6))
        dollars = rng.uniform(-1, 1, len(columns)) if rng.random() < 0.5 else rng.uniform()
        program.charge(part, columns, dollars)
        for column, value in zip(columns, np.broadcast_to(dollars, len(columns)), strict=True):
            plain[part][column] += value
    assert program.cost().tolist() == (plain["a"] + plain["b"]).tolist()
    point = rng.uniform(0, 1, 9)
    assert program.part("a", point) == pytest.approx(float(plain["a"] @ point))


def test_a_label_is_written_only_when_it_is_read():
    written = []

    def write():
        written.append(True)
        return ["x", "y"]

    program = Program()
    x = program.add_columns(Labels(2, write), 0.0, 1.0)
    program.add_elastic_rows(Labels(2, write), [(np.arange(2), x, 1.0)], lower=1.0)
    program.fix_at_zero(x, Labels(2, write))
    program.allow_shortfalls()
    assert [len(part) for part in (program.rows().lower, program.cost(), program.integers())] == [2, 4, 0]
    assert program.bounds()[1].tolist() == [0, 0, np.inf, np.inf]
    assert not written
    assert program.labels == ["x", "y", "shortfall[x]", "shortfall[y]"]
    assert program.row_labels == ["x", "y"]
    assert program.fixed_at_zero == {0: "x", 1: "y"}
    assert program.shortfalls == {2: ("x", 1.0), 3: ("y", 1.0)}
    program.cap_shortfalls(1.0, "y")
    assert program.rows().row.tolist()[-1] == 2


def test_rows_added_alone_are_found_by_their_labels_and_no_labels_are_written_for_it():
    def write():
        raise AssertionError("labels of many rows were written")

    program = Program()
    program.add_columns(["x"], 0, 1)
    program.add_rows(["first"], [(0, 0, 1.0)])
    program.add_rows(Labels(2, write), [([0, 1], [0, 0], 1.0)])
    program.add_rows(["last"], [(0, 0, 1.0)])
    assert program.single_rows == {"first": 0, "last": 3}
