"""The trades of a plan, each with its reason."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ..schema.record import Record
from ..tax.holding_period import Term

ReasonCode = Literal[
    "sheltered_correction",
    "location",
    "raise_cash",
    "harvest",
    "clean_out",
    "washed",
    "going_back",
    "absorbed",
    "split",
    "taxable_gain",
    "no_gain",
    "contribution",
    "idle_cash",
    "substitute",
    "reinvest",
    "own_target",
    "factor",
    "not_held",
]
"""Why a trade is made; docs/household.md says what each means."""


def _current_code(code: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
    """A code under its former name, as plans of version 0.1 have it, under its present one."""
    return "substitute" if code == "replacement" else code


class Reason(Record):
    """Why a trade is in the plan."""

    code: Annotated[ReasonCode, BeforeValidator(_current_code)]
    """A stable word for programs (docs/household.md says what each means)."""
    text: str
    """A sentence for people."""
    next_best: str = ""
    """The next-best way to do the same, in words; empty where there is none."""
    next_best_costs: float | None = None
    """Dollars by which the plan's objective would be higher that way (it may be a little lower, within the gap)."""


class Trade(Record):
    """One order: shares of one lot sold, or of one security bought, in one account."""

    account: str
    """The account's id."""
    symbol: str
    """The security's symbol."""
    side: Literal["buy", "sell"]
    """buy or sell."""
    quantity: Annotated[float, Field(gt=0)]
    """Shares, to six decimals."""
    lot: str | None = None
    """The lot sold from; none for a purchase."""
    proceeds: float
    """Cash in from a sale (positive) or out for a purchase (negative), after the half-spread, in dollars and cents."""
    gain: float | None = None
    """Gain of a sale in a taxable account, negative for a loss, in dollars and cents; none elsewhere."""
    term: Term | None = None
    """short or long, of a sale in a taxable account; none elsewhere."""
    reason: Reason
    """Why."""
