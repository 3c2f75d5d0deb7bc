"""HiGHS's own branch and bound, and linear programs solved once: every status checked, a plain result out."""

from __future__ import annotations

from typing import Any, Literal

import highspy
import numpy as np

from ..formulation.arrays import Floats
from ..formulation.program import Program
from .backend import Options, Progress, SolverError, SolverResult
from .scaling import Quiet, Scaled, check, goal_cost, quiet, scale

STATUSES: dict[Any, Literal["optimal", "time"]] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kTimeLimit: "time",
}
"""The statuses of usable answers; any other is an error."""


def solve_program(program: Program, options: Options) -> SolverResult:
    """Minimize a program with HiGHS to an absolute gap in dollars. If no integer is left, it is a linear program.

    Raises SolverError if HiGHS fails or reports the program infeasible or unbounded.
    """
    highs = quiet(
        time_limit=float(options.time_limit),
        mip_rel_gap=0.0,
        mip_abs_gap=options.gap / options.unit,
        mip_feasibility_tolerance=1e-7,  # 1e-6 and 1e-9 gave "optimal" points that were not (docs/decisions.md)
    )
    cost = goal_cost(program, options.goal)
    settled = [columns for columns in (options.fixed and options.fixed[0], options.relaxed) if columns is not None]
    whole = np.setdiff1d(program.integers(), np.concatenate(settled) if settled else [])
    scaled = scale(program, cost, options.unit)
    model = scaled.model
    if options.fixed is not None:
        columns, values = options.fixed
        for bounds in ("col_lower_", "col_upper_"):
            changed = np.array(getattr(model, bounds))
            changed[columns] = values / scaled.column[columns]
            setattr(model, bounds, changed)
    if len(whole):
        kinds = np.full(program.size, highspy.HighsVarType.kContinuous, dtype=object)
        kinds[whole] = highspy.HighsVarType.kInteger
        model.integrality_ = kinds.tolist()
    check(highs.passModel(model), "passModel")
    report = options.progress
    if report is not None and len(whole):
        highs.cbMipInterrupt.subscribe(lambda event: report(_progress(event, options.unit)))
    _run(highs)
    return _result(highs, cost, scaled, options.unit, mixed=len(whole) > 0)


def _run(highs: Quiet) -> None:
    """Run HiGHS. If the answer is "infeasible", run again without presolve, which may lose a solution to rounding when
    a lot is very close to break-even.
    """
    check(highs.run(), "run")
    if highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        check(highs.setOptionValue("presolve", "off"), "option presolve")
        check(highs.clearSolver(), "clearSolver")
        check(highs.run(), "run")


def _result(highs: Quiet, cost: Floats, scaled: Scaled, unit: float, *, mixed: bool) -> SolverResult:
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
    point = np.array(solution.col_value) * scaled.column if feasible else None
    if point is not None:
        stated, found = info.objective_function_value * unit, float(cost @ point)
        if abs(stated - found) > 1e-3 * unit:
            raise SolverError(f"HiGHS: {words}, but it states {stated:,.2f} for a point that costs {found:,.2f}")
    return SolverResult(
        status=STATUSES[status] if feasible else "none",
        point=point,
        bound=bound * unit if np.isfinite(bound) else -np.inf,
        detail=f"HiGHS {highs.version()}: {words}",
        row_dual=np.zeros(0) if mixed else np.array(solution.row_dual) * unit / scaled.row,
        column_dual=np.zeros(0) if mixed else np.array(solution.col_dual) * unit / scaled.column,
    )


def _progress(event: Any, unit: float) -> Progress:  # noqa: ANN401 - highspy's callback event
    out = event.data_out
    return Progress(out.running_time, out.mip_primal_bound * unit, out.mip_dual_bound * unit)
