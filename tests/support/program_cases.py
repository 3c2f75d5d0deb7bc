"""A small mixed-integer program whose optimum is found by hand."""

import numpy as np

from lotroute.solver.formulation.program import Program


def small_program():
    """x <= 100, y <= 50, x + 2y >= 30, x <= 80 * switch; x costs 2, y costs 3, the switch costs 40."""
    program = Program()
    x, y = program.add_columns(["x", "y"], 0, [100, 50])
    [switch] = program.add_columns(["switch"], 0, 1, integer=True)
    program.add_rows(["need"], [(0, [x, y], [1, 2])], lower=30)
    program.add_rows(["on"], [(0, x, 1.0), (0, switch, -80.0)], upper=0)
    program.charge("buying", [x, y], [2, 3])
    program.charge("fixed", [switch], 40)
    return program


def at(*values):
    return np.array(values, dtype=float)


def long_program(columns, rows, terms):
    """A linear program that takes a solver a while: random sums of `terms` columns that must be reached."""
    rng = np.random.default_rng(2)
    program = Program()
    x = program.add_columns([f"x{i}" for i in range(columns)], 0, 1)
    for row in range(rows):
        some = rng.choice(columns, terms, replace=False)
        program.add_rows([f"row{row}"], [(0, x[some], rng.uniform(1, 2, terms))], lower=20.0)
    program.charge("cost", x, rng.uniform(1, 2, columns))
    return program
