"""A program in HiGHS's form and units, and HiGHS objects that write nothing."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from ..formulation.arrays import Floats
from ..formulation.program import Program
from .backend import Goal, SolverError

THREADS = 1
"""One thread for the life of the process: HiGHS fails if the number changes, and a pool of processes uses the cores
better."""


class Quiet(highspy.Highs):
    """A solver that writes nothing.

    highspy.Highs subscribes to callbacks in its constructor, which prints HiGHS's banner unless output is off.
    """

    def enableCallbacks(self) -> None:  # noqa: N802 - highspy's name
        """Switch output off, then enable callbacks."""
        check(self.setOptionValue("output_flag", False), "option output_flag")
        super().enableCallbacks()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Scaled:
    """A linear program in HiGHS's units."""

    model: highspy.HighsLp
    column: Floats
    """The size of HiGHS's unit for each column."""
    row: Floats
    """The size of HiGHS's unit for each row."""


def quiet(**options: bool | float | str) -> Quiet:
    """Return a solver of one thread with these options. Raises SolverError if HiGHS refuses one."""
    highs = Quiet()  # type: ignore[no-untyped-call]
    for option, value in {"threads": THREADS, **options}.items():
        check(highs.setOptionValue(option, value), f"option {option}")
    return highs


def goal_cost(program: Program, goal: Goal) -> Floats:
    """Return the dollars per unit of each column that a goal minimizes."""
    goals = {"cost": program.cost, "shortfall": program.shortfall_cost, "violation": program.violation_cost}
    return goals[goal]()


def scale(program: Program, cost: Floats, unit: float) -> Scaled:
    """Return a program in HiGHS's form, without its integrality.

    Columns and rows in dollars are divided by `unit`. Integers, and rows of only integers, are left as they are.
    """
    rows, integers = program.rows(), program.integers()
    lower, upper = program.bounds()
    is_integer = np.zeros(program.size, bool)
    is_integer[integers] = True
    column = np.where(is_integer, 1.0, unit)
    in_dollars = np.zeros(len(rows.lower), bool)
    in_dollars[rows.row[~is_integer[rows.column]]] = True
    row = np.where(in_dollars, unit, 1.0)
    order = np.argsort(rows.row, kind="stable")
    counts = np.bincount(rows.row, minlength=len(rows.lower))

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = program.size, len(rows.lower)
    lp.col_cost_ = cost * column / unit
    lp.col_lower_, lp.col_upper_ = lower / column, upper / column
    lp.row_lower_, lp.row_upper_ = rows.lower / row, rows.upper / row
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = program.size, len(rows.lower)
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(counts)])
    lp.a_matrix_.index_ = rows.column[order]
    lp.a_matrix_.value_ = (rows.coefficient * column[rows.column] / row[rows.row])[order]
    return Scaled(lp, column, row)


def check(status: highspy.HighsStatus, call: str) -> None:
    """Raise SolverError if HiGHS refused a call."""
    if status == highspy.HighsStatus.kError:
        raise SolverError(f"HiGHS refused {call}")
