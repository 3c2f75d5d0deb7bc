"""A plan with one trade left out, solved again: what that costs, and what takes the trade's place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Change:
    """An order that grows or shrinks, in dollars at the price."""

    account: str
    symbol: str
    side: Literal["buy", "sell"]
    lot: str | None
    """The lot sold from; None for a purchase, and where several lots equal to every dollar sold share the change."""
    dollars: float
    """More than 0 if it grows."""


@dataclass(frozen=True, slots=True)
class Without:
    """The best plan found that leaves a trade out, against the plan, in dollars before rounding."""

    costs: float
    """By how much its objective is higher; below 0, by no more than the plan's gap, if it is lower."""
    at_least: float
    """By how much the objective of every plan without the trade is higher; at most `costs`."""
    penalties: float
    """The part of `costs` that is penalties and not money."""
    instead: Change | None
    """The largest other change; None if no other order changes by a dollar."""
