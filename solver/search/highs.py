"""HiGHS behind one function: scaled arrays in, one passModel call, every status checked, a plain result out."""

from __future__ import annotations

from typing import Any, Literal

import highspy
import numpy as np

from ..formulation.arrays import Floats, Indices
from ..formulation.program import Program
from .backend import Options, Progress, SolverError, SolverResult

THREADS = 1
"""One thread for the life of the process: HiGHS fails if the number changes, and a pool of processes uses the cores
better."""

STATUSES: dict[Any, Literal["optimal", "time"]] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kTimeLimit: "time",
}
"""The statuses of usable answers; any other is an error."""


class Quiet(highspy.Highs):
    """A solver that writes nothing.

    highspy.Highs subscribes to callbacks in its constructor, which prints HiGHS's banner unless output is off.
    """

    def enableCallbacks(self) -> None:  # noqa: N802 - highspy's name
        """Switch output off, then enable callbacks."""
        _check(self.setOptionValue("output_flag", False), "option output_flag")
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def solve_program(program: Program, options: Options) -> SolverResult:
    """Minimize a program with HiGHS to an absolute gap in dollars. If no integer is left, it is a linear program.

    Raises SolverError if HiGHS fails or reports the program infeasible or unbounded.
    """
    highs = Quiet()  # type: ignore[no-untyped-call]
    for option, value in {
        "threads": THREADS,
        "time_limit": float(options.time_limit),
        "mip_rel_gap": 0.0,
        "mip_abs_gap": options.gap / options.unit,
        "mip_feasibility_tolerance": 1e-7,  # 1e-6 and 1e-9 gave "optimal" points that were not (docs/decisions.md)
    }.items():
        _check(highs.setOptionValue(option, value), f"option {option}")
    goals = {"cost": program.cost, "shortfall": program.shortfall_cost, "violation": program.violation_cost}
    cost = goals[options.goal]()
    settled = [columns for columns in (options.fixed and options.fixed[0], options.relaxed) if columns is not None]
    whole = np.setdiff1d(program.integers(), np.concatenate(settled) if settled else [])
    model, scale, row_scale = _model(program, cost, options, whole)
    _check(highs.passModel(model), "passModel")
    report = options.progress
    if report is not None and len(whole):
        highs.cbMipInterrupt.subscribe(lambda event: report(_progress(event, options.unit)))
    _run(highs)
    return _result(highs, cost, scale, row_scale, options.unit, mixed=len(whole) > 0)


def _run(highs: Quiet) -> None:
    """Run HiGHS. If the answer is "infeasible", run again without presolve, which may lose a solution to rounding when
    a lot is very close to break-even.
    """
    _check(highs.run(), "run")
    if highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        _check(highs.setOptionValue("presolve", "off"), "option presolve")
        _check(highs.clearSolver(), "clearSolver")
        _check(highs.run(), "run")


def _result(highs: Quiet, cost: Floats, scale: Floats, row_scale: Floats, unit: float, *, mixed: bool) -> SolverResult:
    """HiGHS's answer in dollars. Raises SolverError if its status is not usable or its objective is wrong."""
    status, info = highs.getModelStatus(), highs.getInfo()
    words = highs.modelStatusToString(status)
    if status not in STATUSES:
        raise SolverError(f"HiGHS: {words}")
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if STATUSES[status] == "optimal":
        if not feasible:
            raise SolverError(f"HiGHS: {words}, but without a feasible point")
        bound = info.mip_dual_bound if mixed else info.objective_function_value
    else:
        bound = info.mip_dual_bound if mixed else -np.inf
    solution = highs.getSolution()
    point = np.array(solution.col_value) * scale if feasible else None
    if point is not None:
        stated, found = info.objective_function_value * unit, float(cost @ point)
        if abs(stated - found) > 1e-3 * unit:
            raise SolverError(f"HiGHS: {words}, but it states {stated:,.2f} for a point that costs {found:,.2f}")
    return SolverResult(
        status=STATUSES[status] if feasible else "none",
        point=point,
        bound=bound * unit if np.isfinite(bound) else -np.inf,
        detail=f"HiGHS {highs.version()}: {words}",
        row_dual=np.zeros(0) if mixed else np.array(solution.row_dual) * unit / row_scale,
        column_dual=np.zeros(0) if mixed else np.array(solution.col_dual) * unit / scale,
    )


def _model(program: Program, cost: Floats, options: Options, whole: Indices) -> tuple[highspy.HighsLp, Floats, Floats]:
    """The program in HiGHS's form, and the size of HiGHS's unit for each column and each row.

    Columns and rows in dollars are divided by `unit`. Integers, and rows of only integers, are left as they are.
    """
    unit, fixed = options.unit, options.fixed
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


def _progress(event: Any, unit: float) -> Progress:  # noqa: ANN401 - highspy's callback event
    out = event.data_out
    return Progress(out.running_time, out.mip_primal_bound * unit, out.mip_dual_bound * unit)


def _check(status: highspy.HighsStatus, call: str) -> None:
    if status == highspy.HighsStatus.kError:
        raise SolverError(f"HiGHS refused {call}")
