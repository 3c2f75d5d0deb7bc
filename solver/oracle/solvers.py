"""The solvers of the oracle: any mixed-integer solver that cvxpy knows; two of them stop at a gap and at a time."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings

import cvxpy as cp
import numpy as np

if TYPE_CHECKING:
    from .values import Affine

SMALLEST_GAP = 1e-7
"""The gap of a solve that asks for none, in scaled dollars, of which the accounts hold 10,000 in all."""

HIGHS: dict[str, object] = {
    "mip_rel_gap": 0.0,
    "mip_feasibility_tolerance": 1e-9,
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
    "threads": 1,  # as in the whole process: HiGHS fails if the number changes within a process
}
"""The options of HiGHS, unless the caller gives others."""


class OracleError(RuntimeError):
    """The oracle has no optimum for a household; the message says why."""


@dataclass(frozen=True)
class Solver:
    """A solver that cvxpy has, with its options. Raises OracleError if cvxpy does not have it."""

    name: str
    deadline: float
    """When the last solve ends, as time.perf_counter counts; solvers other than HiGHS and SCIP ignore it."""
    options: dict[str, object]
    """The solver's own options, which come before the ones that are set here."""

    def __post_init__(self) -> None:
        known = cp.installed_solvers()  # type: ignore[no-untyped-call]
        if self.name not in known:
            raise OracleError(f"cvxpy has no solver {self.name!r} here; it has {', '.join(known)}")

    def minimize(self, objective: Affine, rows: list[Any], gap: float = SMALLEST_GAP) -> float:
        """Return the least objective, proven within `gap`, in scaled dollars; raises OracleError without a proof.

        After branch and bound it solves again at the integers found, so that nothing leaks through their tolerance.
        """
        if self.name == "SCIP":  # an unused binary: without any binary, cvxpy cannot read SCIP's dual values
            rows = [*rows, cp.Variable(boolean=True) <= 1]
        found = self._solved(cp.Problem(cp.Minimize(objective), rows), gap)
        if found is None:
            raise OracleError(f"{self.name} proved no optimum")
        value, point = found
        fixed = [v == np.round(at) for v, at in point if v.attributes["boolean"] or v.attributes["integer"]]
        again = self._solved(cp.Problem(cp.Minimize(objective), rows + fixed), gap)
        if again is None:  # whole shares within the tolerance of a kink of the bill, on neither side exactly
            for v, at in point:
                v.value = at
            return value
        return again[0]

    def _solved(self, problem: Any, gap: float) -> tuple[float, list[tuple[Any, Any]]] | None:  # noqa: ANN401
        """The optimum and the variables' values; None if the solver reports that the program is infeasible."""
        try:
            with catch_warnings(action="ignore"):  # of inaccurate solutions: the status decides
                value = problem.solve(solver=self.name, **self._options(gap))
        except cp.SolverError as error:
            raise OracleError(f"{self.name} failed: {error}") from error
        status = cp.OPTIMAL if _stopped_at_gap(problem) else problem.status
        if status not in (cp.OPTIMAL, cp.INFEASIBLE, "infeasible_or_unbounded"):
            late = perf_counter() >= self.deadline
            why = "within the time limit" if late else f": {problem.status.replace('_', ' ')}"
            raise OracleError(f"{self.name} proved no optimum{' ' if late else ''}{why}")
        return (float(value), [(v, v.value) for v in problem.variables()]) if status == cp.OPTIMAL else None

    def _options(self, gap: float) -> dict[str, object]:
        left = max(self.deadline - perf_counter(), 0.1)
        if self.name == "HIGHS":
            return HIGHS | {"mip_abs_gap": gap, "time_limit": left} | self.options
        if self.name == "SCIP":
            limits = {"limits/gap": 0.0, "limits/absgap": gap, "limits/time": left, "numerics/feastol": 1e-9}
            return {"scip_params": limits} | self.options
        return self.options


def _stopped_at_gap(problem: Any) -> bool:  # noqa: ANN401
    """Whether SCIP stopped because it had proven the gap asked for, which cvxpy calls inaccurate."""
    stats = problem.solver_stats.extra_stats if problem.solver_stats else None
    return isinstance(stats, dict) and stats.get("scip_status") == "gaplimit"
