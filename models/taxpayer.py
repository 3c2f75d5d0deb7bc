"""The taxpayer: who files, what was already realized this year, and at what rates a gain is taxed."""

from typing import Literal

from .base import Noun
from .values import Amount, Money, Rate

FilingStatus = Literal["single", "married_jointly", "head_of_household", "married_separately"]


class FlatRates(Noun):
    """Marginal rates that hold for every dollar of gain or loss, whatever its size."""

    short: Rate
    """Federal rate on a short-term gain, a fraction between 0 and 1; also the rate at which an allowed loss saves
    tax."""
    long: Rate
    """Federal rate on a long-term gain, a fraction between 0 and 1."""
    state: Rate = 0.0
    """State rate on any gain, a fraction between 0 and 1."""
    surtax: Rate = 0.0
    """Surtax on net investment income, a fraction between 0 and 1 (0.038 where sec. 1411 applies)."""
    carried_short: Rate | None = None
    """What a dollar of short-term loss carried to later years is worth today, in dollars between 0 and 1;
    default: the policy's (see Policy.carried_loss_years)."""
    carried_long: Rate | None = None
    """What a dollar of long-term loss carried to later years is worth today, in dollars between 0 and 1;
    default: the policy's (see Policy.carried_loss_years)."""

    @property
    def all_in_short(self) -> float:
        """Federal, state and surtax on a dollar of short-term gain."""
        return self.short + self.state + self.surtax

    @property
    def all_in_long(self) -> float:
        """Federal, state and surtax on a dollar of long-term gain."""
        return self.long + self.state + self.surtax


class Taxpayer(Noun):
    """One return: a person, or a couple filing together. Dollars of this year, before the plan's trades."""

    filing_status: FilingStatus = "single"
    """single, married_jointly, head_of_household or married_separately."""
    rates: FlatRates
    """The rates at which gains are taxed."""
    short_carryforward: Amount = 0.0
    """Short-term loss carried in from earlier years, as a positive number of dollars."""
    long_carryforward: Amount = 0.0
    """Long-term loss carried in from earlier years, as a positive number of dollars."""
    realized_short: Money = 0.0
    """Net short-term gain (negative: loss) already realized this year, in dollars."""
    realized_long: Money = 0.0
    """Net long-term gain (negative: loss) already realized this year, in dollars."""
