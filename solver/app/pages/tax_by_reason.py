"""What the trades of a plan cost in tax, by the reason for which they are made."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from ....models import Plan


@dataclass(slots=True)
class Spent:
    """What the trades made for one reason realize, and what that adds to this year's bill, in dollars."""

    trades: int = 0
    short_gain: float = 0.0
    long_gain: float = 0.0
    tax: float = 0.0

    def add(self, other: Spent) -> None:
        """Add what another plan's trades of the same reason come to."""
        self.trades += other.trades
        self.short_gain += other.short_gain
        self.long_gain += other.long_gain
        self.tax += other.tax


def tax_by_reason(plan: Plan) -> dict[str, Spent]:
    """Return what the trades of each reason come to, by its code.

    A gain is taxed at the mean of the marginal rates of its term without and with the plan. What the bill changes
    beyond that, because the law bends between the two, is under the empty code, so that all taxes add up to the bill's
    change.
    """
    rates: dict[str, float] = defaultdict(float)
    for rate in plan.marginal:
        rates[rate.term] += rate.rate / 2
    found: dict[str, Spent] = defaultdict(Spent)
    for trade in plan.trades:
        spent = found[trade.reason.code]
        spent.trades += 1
        if trade.gain is not None and trade.term is not None:
            spent.short_gain += trade.gain if trade.term == "short" else 0.0
            spent.long_gain += trade.gain if trade.term == "long" else 0.0
            spent.tax += trade.gain * rates[trade.term]
    change = plan.tax_after.total - plan.tax_before.total
    found[""] = Spent(tax=change - sum(spent.tax for spent in found.values()))
    return dict(found)
