"""The trades of a plan, each with its reason."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ..schema.record import Record
from ..tax.holding_period import Term

Explained = Literal["codes", "default", "full"]
"""How far a plan's reasons are stated; docs/plan.md says what each word means."""

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
"""Why a trade is made; docs/plan.md says what each code means."""


def _current_code(code: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
    """Accept a code under its former name, from plans of version 0.1, and return its present name."""
    return "substitute" if code == "replacement" else code


class Reason(Record):
    """Why a trade is in the plan."""

    code: Annotated[ReasonCode, BeforeValidator(_current_code)]
    """A stable code for programs; docs/plan.md says what each means."""
    text: str
    """The reason as a sentence; empty if the plan states codes alone."""
    next_best: str = ""
    """What the best plan found without this trade would do instead: its largest change, in words; empty if none is
    known."""
    next_best_costs: float | None = None
    """Dollars by which that plan's objective is higher, before it is rounded to shares; at times slightly negative,
    within the gap; None if `next_best` is empty."""
    next_best_at_least: float | None = None
    """Dollars by which the objective of every plan without this trade is higher, as far as proven; None if `next_best`
    is empty."""
    next_best_penalties: float | None = None
    """Dollars of `next_best_costs` that are penalties and not money (docs/plan.md); None if `next_best` is empty."""


class Trade(Record):
    """One order in the plan: shares of one lot sold, or of one security bought, in one account."""

    account: str
    """The account's id."""
    side: Literal["buy", "sell"]
    """buy or sell."""
    symbol: str
    """The security's symbol."""
    quantity: Annotated[float, Field(gt=0)]
    """Shares, more than 0, to six decimals."""
    price: float | None = None
    """Dollars per share before half-spread and redemption fee, as in the household; None in a plan of an earlier
    version."""
    lot: str | None = None
    """The id of the lot sold from; None for a purchase."""
    acquired: date | None = None
    """The lot's date as in the household, by which a custodian finds it: of an inheritance the day of the death, of a
    gift the giver's date; None for a purchase, a lot without a date, and in a plan of an earlier version."""
    basis: float | None = None
    """Basis of the shares sold, in dollars and cents, as their gain is counted: of a lot at average cost the average
    (Reg. 1.1012-1(e)), of a gift that of IRC 1015(a), of any other lot the household's `basis_per_share`, in which
    earlier wash sales are; what this plan's own wash sales add to other lots is in `loss_statuses`. None for a
    purchase, for a sale in a sheltered account, on whose basis no tax depends, and in a plan of an earlier version."""
    proceeds: float
    """Cash from a sale (positive) or for a purchase (negative), after half-spread and redemption fee, before any
    commission, in dollars and cents."""
    gain: float | None = None
    """Gain of a sale in a taxable account, in dollars and cents, negative for a loss; None for any other trade.
    Proceeds and basis are rounded each for itself, so that their difference may be a cent off."""
    term: Term | None = None
    """short or long for a sale in a taxable account; None for any other trade."""
    reason: Reason
    """Why the trade is in the plan."""
