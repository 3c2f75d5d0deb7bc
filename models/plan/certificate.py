"""How good a plan is, and what is proven about it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ..schema.record import Record

Status = Literal["optimal", "within_rounding", "feasible", "heuristic", "fallback", "infeasible"]
"""optimal: proven to be within the gap that was requested. within_rounding: proven to be within that gap before shares
and cents were rounded, which adds more than the rest of it. feasible: not proven so far. heuristic: made without a
search, so nothing is proven. fallback: the solver failed or the audit refused its plan, so the plan
is one made without it; `detail` says why. infeasible: the plan breaks a hard rule; after a search, because no
plan was found that keeps them all."""


class Certificate(Record):
    """How good the plan is, and what is proven about it.

    `status` says what kind of plan it is, `limit` which limit stopped the search, `bound` and `gap` what is proven.
    """

    status: Status
    """optimal (proven within the requested gap), within_rounding (only rounding to shares and cents exceeds it),
    feasible (not proven so far), heuristic (made without a search), fallback (the solver failed or its plan was
    refused) or infeasible (a hard rule is broken)."""
    limit: Literal["time"] | None = None
    """time if the time limit stopped the search; None otherwise."""
    bound: float | None = None
    """No plan has an objective below this, in dollars; None if nothing is proven."""
    scope: str = ""
    """The plans of which `bound` does not speak, in words; empty if it speaks of every plan that the audit accepts."""
    gap: float | None = None
    """The most by which a better plan's objective could be lower, in dollars: objective less bound; None if nothing is
    proven."""
    gap_bp: float | None = None
    """The gap in basis points of the household's value; None if nothing is proven or the value is not above 0."""
    gap_asked_bp: float | None = None
    """The requested gap in basis points of the household's value; None if the plan was made without a search."""
    rounding: float | None = None
    """The part of the gap, in dollars, that is there because shares and cents are rounded: the orders' own rounding,
    and the cents by which the bound is lowered to hold for every plan's rounded figures; None if nothing is proven."""
    tax_binaries: int | None = None
    """Binary variables for the kinks of the tax bill within the household's reach; None if no program was solved."""
    method: str
    """What made the plan, such as branch and bound, router, no trade, or the name of a baseline."""
    seconds: float = 0.0
    """Total seconds that the caller waited."""
    stages: dict[str, float] = Field(default_factory=dict)
    """The same seconds by stage: build, search, explain, audit."""
    detail: str = ""
    """The solver's own message, or what went wrong; may be empty."""
