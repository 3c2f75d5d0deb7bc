"""How good a plan is, and how that is known."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ..schema.record import Record

Status = Literal["optimal", "feasible", "heuristic", "fallback", "infeasible"]
"""optimal: proven within the gap asked for. feasible: not proven so far. heuristic: made by the router, no bound.
fallback: the solver failed and the router's plan stands in. infeasible: no plan keeps all rules, this one breaks them
least."""


class Certificate(Record):
    """How good the plan is, and how that is known.

    Status says what the plan is, `limit` which limit stopped the search, `bound` and `gap` what is proven.
    """

    status: Status
    """optimal, feasible, heuristic, fallback or infeasible."""
    limit: Literal["time"] | None = None
    """The limit that stopped the search, if one did."""
    bound: float | None = None
    """No plan has an objective below this, in dollars; none where nothing is proven."""
    gap: float | None = None
    """Dollars that a better plan could save at most: objective less bound; none where nothing is proven."""
    gap_bp: float | None = None
    """The gap in basis points of the household's value."""
    tax_binaries: int | None = None
    """Binaries that the kinks of the tax bill needed within this household's reach; none where no program was
    solved."""
    method: str
    """What found the plan."""
    seconds: float = 0.0
    """All that the caller waited."""
    stages: dict[str, float] = Field(default_factory=dict)
    """Those seconds by stage: build, search, explain, audit."""
    detail: str = ""
    """The solver's own words, or what went wrong."""
