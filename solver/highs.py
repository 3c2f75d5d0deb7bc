"""HiGHS behind one function: scaled arrays in, one passModel, every status checked, a plain outcome out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import highspy
import numpy as np

from .program import Floats, Indices, Program

THREADS = 1
"""One thread for the life of the process: HiGHS fails when it changes, and a pool of processes uses the cores
better."""


class Quiet(highspy.Highs):
    """A solver that writes nothing.

    The Python class subscribes to callbacks while it is made, which prints HiGHS's banner unless output is off.
    """

    def enableCallbacks(self) -> None:  # noqa: N802 - highspy's name
        """Switch the output off first."""
        _check(self.setOptionValue("output_flag", False), "option output_flag")
        super().enableCallbacks()  # type: ignore[no-untyped-call]


class SolverError(RuntimeError):
    """HiGHS refused a call or gave no usable answer; the message is its own."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the search stands, in dollars."""

    seconds: float
    objective: float
    bound: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What HiGHS answered."""

    status: Literal["optimal", "time", "none"]
    """optimal within the gap; time: stopped with a point; none: stopped without one."""
    point: Floats | None
    bound: float
    """Dollars; −infinity where nothing is proven."""
    detail: str
    row_dual: Floats
    """Of a linear program: dollars that the objective rises by per unit of each row's bound; else empty."""
    column_dual: Floats
    """Of a linear program: reduced costs, dollars per unit; else empty."""


def solve_program(
    program: Program,
    *,
    unit: float,
    gap: float,
    time_limit: float,
    goal: Literal["cost", "misses", "violation"] = "cost",
    fixed: tuple[Indices, Floats] | None = None,
    relaxed: Indices | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Outcome:
    """Minimize a program's cost, its misses or its violation to an absolute gap in dollars.

    `unit` is the dollars that the solver counts as one. `fixed` gives columns that keep a value, `relaxed` integer
    columns that may be fractional; where no integer is left it is a linear program. Raises SolverError when HiGHS fails
    or calls the program infeasible or unbounded.
    """
    highs = Quiet()  # type: ignore[no-untyped-call]
    for option, value in {
        "threads": THREADS,
        "time_limit": float(time_limit),
        "mip_rel_gap": 0.0,
        "mip_abs_gap": gap / unit,
        "mip_feasibility_tolerance": 1e-7,  # at 1e-6 and at 1e-9 some "optimal" points were not (docs/decisions.md)
    }.items():
        _check(highs.setOptionValue(option, value), f"option {option}")
    goals = {"cost": program.cost, "misses": program.miss_cost, "violation": program.violation_cost}
    cost = goals[goal]()
    offset = sum(program.constants.values()) if goal == "cost" else 0.0
    settled = [columns for columns in (None if fixed is None else fixed[0], relaxed) if columns is not None]
    whole = np.setdiff1d(program.integers(), np.concatenate(settled) if settled else [])
    mixed = len(whole) > 0
    model, scale, row_scale = _model(program, cost, unit, fixed, whole)
    _check(highs.passModel(model), "passModel")
    if progress is not None and mixed:
        highs.cbMipInterrupt.subscribe(lambda event: progress(_progress(event, unit, offset)))
    _check(highs.run(), "run")
    if highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        # Presolve may lose a solution to rounding, where a lot is a hair from break-even, say. Asked again without.
        _check(highs.setOptionValue("presolve", "off"), "option presolve")
        _check(highs.clearSolver(), "clearSolver")
        _check(highs.run(), "run")

    status, info = highs.getModelStatus(), highs.getInfo()
    words = highs.modelStatusToString(status)
    kinds: dict[Any, Literal["optimal", "time"]] = {
        highspy.HighsModelStatus.kOptimal: "optimal",
        highspy.HighsModelStatus.kTimeLimit: "time",
    }
    if status not in kinds:
        raise SolverError(f"HiGHS: {words}")
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if kinds[status] == "optimal":
        if not feasible:
            raise SolverError(f"HiGHS: {words}, but without a feasible point")
        bound = info.mip_dual_bound if mixed else info.objective_function_value
    else:
        bound = info.mip_dual_bound if mixed else -np.inf
    point = np.array(highs.getSolution().col_value) * scale if feasible else None
    if point is not None:
        stated, found = info.objective_function_value * unit + offset, float(cost @ point) + offset
        if abs(stated - found) > 1e-3 * unit:
            raise SolverError(f"HiGHS: {words}, but it states {stated:,.2f} for a point that costs {found:,.2f}")
    solution = highs.getSolution()
    return Outcome(
        status=kinds[status] if feasible else "none",
        point=point,
        bound=bound * unit + offset if np.isfinite(bound) else -np.inf,
        detail=f"HiGHS {highs.version()}: {words}",
        row_dual=np.zeros(0) if mixed else np.array(solution.row_dual) * unit / row_scale,
        column_dual=np.zeros(0) if mixed else np.array(solution.col_dual) * unit / scale,
    )


def _model(
    program: Program, cost: Floats, unit: float, fixed: tuple[Indices, Floats] | None, whole: Indices
) -> tuple[highspy.HighsLp, Floats, Floats]:
    """The program as HiGHS takes it, and the dollars of one unit of each column and of each row.

    Dollar columns and rows are divided by `unit`; integers, and rows of integers alone, are left as they are.
    """
    rows, integers = program.rows(), program.integers()
    lower, upper = program.bounds()
    is_integer = np.zeros(program.size, bool)
    is_integer[integers] = True
    scale = np.where(is_integer, 1.0, unit)
    if fixed is not None:
        lower[fixed[0]] = upper[fixed[0]] = fixed[1]
    in_dollars = np.zeros(len(rows.lower), bool)
    in_dollars[rows.row[~is_integer[rows.column]]] = True
    row_scale = np.where(in_dollars, unit, 1.0)
    order = np.argsort(rows.row, kind="stable")
    counts = np.bincount(rows.row, minlength=len(rows.lower))

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = program.size, len(rows.lower)
    lp.col_cost_ = cost * scale / unit
    lp.col_lower_, lp.col_upper_ = lower / scale, upper / scale
    lp.row_lower_, lp.row_upper_ = rows.lower / row_scale, rows.upper / row_scale
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = program.size, len(rows.lower)
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(counts)])
    lp.a_matrix_.index_ = rows.column[order]
    lp.a_matrix_.value_ = (rows.coefficient * scale[rows.column] / row_scale[rows.row])[order]
    if len(whole):
        kinds = np.full(program.size, highspy.HighsVarType.kContinuous, dtype=object)
        kinds[whole] = highspy.HighsVarType.kInteger
        lp.integrality_ = kinds.tolist()
    return lp, scale, row_scale


def _progress(event: Any, unit: float, offset: float) -> Progress:  # noqa: ANN401 - highspy's callback event
    out = event.data_out
    return Progress(out.running_time, out.mip_primal_bound * unit + offset, out.mip_dual_bound * unit + offset)


def _check(status: highspy.HighsStatus, call: str) -> None:
    if status == highspy.HighsStatus.kError:
        raise SolverError(f"HiGHS refused {call}")
