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


def solve_program(
    program: Program,
    *,
    unit: float,
    gap: float,
    time_limit: float,
    start: tuple[Indices, Floats] | None = None,
    fixed: tuple[Indices, Floats] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Outcome:
    """Minimize a program to an absolute gap in dollars.

    `unit` is the dollars that the solver counts as one. `start` gives values of binaries to start from, `fixed` values
    that they keep (then it is a linear program). Raises SolverError when HiGHS fails or calls the program infeasible or
    unbounded, which by docs/formulation.md it never is.
    """
    highs = Quiet()  # type: ignore[no-untyped-call]
    for option, value in {
        "threads": THREADS,
        "time_limit": float(time_limit),
        "mip_rel_gap": 0.0,
        "mip_abs_gap": gap / unit,
    }.items():
        _check(highs.setOptionValue(option, value), f"option {option}")
    model, scale, offset = _model(program, unit, fixed)
    _check(highs.passModel(model), "passModel")
    mixed = fixed is None and len(program.binaries()) > 0
    if start is not None and mixed:
        # HiGHS 1.16 carries a start wrongly into its presolved space, takes its value there for the optimum and says
        # "Optimal" (tests/test_reference.py, seed 1134); without presolve there is no such space.
        _check(highs.setOptionValue("presolve", "off"), "option presolve")
        columns, values = start
        _check(highs.setSolution(len(columns), columns.astype(np.int32), values), "setSolution")
    if progress is not None and mixed:
        highs.cbMipInterrupt.subscribe(lambda event: progress(_progress(event, unit, offset)))
    _check(highs.run(), "run")
    if highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        # Every program has a solution (docs/formulation.md); presolve may lose it to rounding, where a lot is a hair
        # from break-even, say. Asked again without.
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
        stated, found = info.objective_function_value * unit + offset, program.objective(point)
        if abs(stated - found) > 1e-3 * unit:
            raise SolverError(f"HiGHS: {words}, but it states {stated:,.2f} for a point that costs {found:,.2f}")
    return Outcome(
        status=kinds[status] if feasible else "none",
        point=point,
        bound=bound * unit + offset if np.isfinite(bound) else -np.inf,
        detail=f"HiGHS {highs.version()}: {words}",
    )


def _model(
    program: Program, unit: float, fixed: tuple[Indices, Floats] | None
) -> tuple[highspy.HighsLp, Floats, float]:
    """The program as HiGHS takes it, the dollars of one unit of each column, and the objective's constant.

    Dollar columns and rows are divided by `unit`; binaries, and rows of binaries alone, are left as they are.
    """
    rows, binaries = program.rows(), program.binaries()
    lower, upper = program.bounds()
    is_binary = np.zeros(program.size, bool)
    is_binary[binaries] = True
    scale = np.where(is_binary, 1.0, unit)
    if fixed is not None:
        lower[fixed[0]] = upper[fixed[0]] = fixed[1]
    in_dollars = np.zeros(len(rows.lower), bool)
    in_dollars[rows.row[~is_binary[rows.column]]] = True
    row_scale = np.where(in_dollars, unit, 1.0)
    order = np.argsort(rows.row, kind="stable")
    counts = np.bincount(rows.row, minlength=len(rows.lower))

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = program.size, len(rows.lower)
    lp.col_cost_ = program.cost() * scale / unit
    lp.col_lower_, lp.col_upper_ = lower / scale, upper / scale
    lp.row_lower_, lp.row_upper_ = rows.lower / row_scale, rows.upper / row_scale
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = program.size, len(rows.lower)
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(counts)])
    lp.a_matrix_.index_ = rows.column[order]
    lp.a_matrix_.value_ = (rows.coefficient * scale[rows.column] / row_scale[rows.row])[order]
    if fixed is None and len(binaries):
        kinds = np.full(program.size, highspy.HighsVarType.kContinuous, dtype=object)
        kinds[binaries] = highspy.HighsVarType.kInteger
        lp.integrality_ = kinds.tolist()
    return lp, scale, sum(program.constants.values())


def _progress(event: Any, unit: float, offset: float) -> Progress:  # noqa: ANN401 - highspy's callback event
    out = event.data_out
    return Progress(out.running_time, out.mip_primal_bound * unit + offset, out.mip_dual_bound * unit + offset)


def _check(status: highspy.HighsStatus, call: str) -> None:
    if status == highspy.HighsStatus.kError:
        raise SolverError(f"HiGHS refused {call}")
