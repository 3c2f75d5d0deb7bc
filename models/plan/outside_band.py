"""Why an asset class stays outside its band after the trades."""

from __future__ import annotations

from datetime import date
from typing import Literal

from ..schema.record import Record

OutsideReason = Literal[
    "costs_more", "hard_rule", "blocked", "not_on_menu", "nothing_to_trade", "could_be_better", "not_priced"
]
"""What keeps a class outside its band: OutsideBand.reason."""


class OutsideBand(Record):
    """An asset class that is outside its band after the trades, and what keeps it there."""

    asset_class: str
    """The class's name."""
    side: Literal["above", "below"]
    """Whether the class is above or below its band."""
    outside: float
    """Dollars outside the band after the trades, as they count toward the target."""
    reason: OutsideReason
    """costs_more: the cheapest further correction found costs more than it saves. could_be_better: it costs less, but
    this plan leaves it out. hard_rule: every one breaks a hard rule. blocked: what would correct it may not be traded
    today. not_on_menu: no account may buy it; for cash, nothing may be bought with it. nothing_to_trade: no account
    holds what would have to be sold, or cash to spend. not_priced: the time limit came first, or the plan
    states codes alone."""
    costs: float | None = None
    """Dollars that the cheapest further correction found adds to all parts of the objective but drift and to_target;
    None unless the reason is costs_more or could_be_better."""
    saves: float | None = None
    """Dollars that the same correction takes off drift and to_target; None if `costs` is."""
    until: date | None = None
    """The first day on which something that is blocked today may be traded; None if the reason is another one or the
    day is not known."""
    text: str
    """The same in words; empty if the plan states codes alone."""
