"""What not to buy, and what not to sell at a loss, after a plan (docs/wash_sales.md)."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..schema.record import Record
from .before_plan import DAY, open_losses, sold_at_a_loss
from .history import forked, plan_events, purchase_in_words
from .ledger import WINDOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from ..schema.ordered import Ordered
    from .before_plan import BeforePlan
    from .history import WashHistory
    from .ledger import WashSaleLedger


class Replays(NamedTuple):
    """The wash-sale ledgers of a group by one reading of the recent sales."""

    before: WashSaleLedger
    planned: WashSaleLedger
    """With the plan's trades."""
    ahead: WashSaleLedger
    """With the plan's trades, and then the purchases to come."""
    settled: WashSaleLedger
    """The same, but with purchases to come today before the plan's own, as the law takes a day's purchases."""


class AfterPlan:
    """What the wash-sale ledger says about a household after a plan's trades.

    `gains` has the gain of each trade in dollars, None if it has no taxable result. A group that the plan only sells,
    and that no recent or coming trade concerns, needs no ledger: nothing there can replace a loss. Raises ValueError if
    more is sold than held.
    """

    def __init__(self, wash: BeforePlan, trades: Sequence[Ordered], gains: Sequence[Decimal | None]) -> None:
        self.wash, self.history, self.household = wash, wash.history, wash.household
        self.trades, self.gains = trades, gains
        group_of, lots = self.household.groups, self.household.lot
        posted = {*self.history.concerned, *(group_of[trade.symbol] for trade in trades if trade.side == "buy")}
        times = Counter((trade.account, trade.lot) for trade in trades)
        oversold = set()
        for trade in trades:
            key = trade.account, trade.lot or ""
            if trade.side == "sell" and (times[key] > 1 or trade.quantity > lots[key].quantity):
                oversold.add(group_of[trade.symbol])
        posted |= oversold
        self.posted = posted
        """The groups that need a ledger."""
        self.oversold = oversold
        """The groups of which the plan may sell more than is held."""
        by_group: dict[str, list[int]] = defaultdict(list)
        for number, trade in enumerate(trades):
            by_group[group_of[trade.symbol]].append(number)
        self.traded = dict(by_group)
        """The places of the trades, by group."""

    @cached_property
    def replays(self) -> dict[str, list[Replays]]:
        """The ledgers of every group that needs one: one, or one for each reading of its recent sales."""
        return {group: list(self._replays(group)) for group in sorted(self.posted)}

    def _replays(self, group: str) -> Iterator[Replays]:
        coming, today = self.history.coming.get(group, []), self.household.trade_date
        for number, before in enumerate(self.history.readings(group)):
            if group not in self.traded:
                ahead = self.wash.ahead[group][number]
                yield Replays(before, before, ahead, ahead)
                continue
            traded = self.traded[group]
            if group not in self.oversold:
                traded = [number for number in traded if self.matters(number)]
            events = plan_events(self.household, self.trades, self.gains, traded)
            planned = forked(before, group, events)
            ahead = forked(planned, group, coming) if coming else planned
            at_once = any(event.day <= today for event in coming)
            yield Replays(before, planned, ahead, forked(before, group, [*events, *coming]) if at_once else ahead)

    def matters(self, number: int) -> bool:
        """Whether a trade, by its place, matters to a ledger: a purchase, a loss, or a sale of what may have replaced
        one. A gain on shares from before every window changes nothing.
        """
        trade = self.trades[number]
        if trade.side == "buy" or (self.gains[number] or 0) < 0:
            return True
        day = self.household.lot[trade.account, trade.lot or ""].acquired
        return day is None or day >= self.history.since

    def first_loss(self, group: str) -> tuple[str, str] | None:
        """Return symbol and account of the first loss of a group that needs no ledger; None if it has none."""
        losing = [i for i in self.traded[group] if (self.gains[i] or 0) < 0]
        sold = {(self.trades[i].symbol, self.trades[i].account) for i in losing}
        if len(sold) > 1:
            events = plan_events(self.household, self.trades, self.gains, losing)
            first = min(events, key=lambda event: (event.sequence, event.account, event.lots))
            return first.symbol, first.account
        return next(iter(sold), None)


def wash_windows(after: AfterPlan) -> list[WashWindow]:
    """Return what not to buy, and what not to sell at a loss, after a plan's trades.

    Both follow from the losses and purchases that the wash-sale ledger holds open after the trades. Raises ValueError
    if more is sold than held.
    """
    household = after.household
    today = household.trade_date
    symbols: dict[str, list[str]] = defaultdict(list)
    for security in household.securities:
        symbols[security.group].append(security.symbol)
    found: dict[tuple[str, str], tuple[date, str]] = {}

    def note(rule: str, group: str, day: date, cause: str) -> None:
        until = day + WINDOW + DAY
        if until > today and found.get((rule, group), (date.min, ""))[0] < until:
            found[rule, group] = until, cause

    for group, replays in after.replays.items():
        for replay in replays:
            for day, cause in open_losses(after.history, group, replay.planned):
                note("do_not_buy", group, day, cause)
            for tax_lot in replay.ahead.held:
                if tax_lot.replaces and tax_lot.acquired >= today - WINDOW:
                    note("do_not_sell_at_a_loss", group, tax_lot.acquired, purchase_in_words(tax_lot, today))
    for group in after.traded:
        if group not in after.posted and (loss := after.first_loss(group)) is not None:
            note("do_not_buy", group, today, sold_at_a_loss(*loss, today))
    return [
        WashWindow.model_validate(
            {"rule": rule, "group": group, "symbols": tuple(symbols[group]), "until": until, "cause": cause}
        )
        for (rule, group), (until, cause) in sorted(found.items())
    ]


def two_readings(history: WashHistory) -> Iterator[str]:
    """Yield a warning for each recent sale of which the file leaves open what shares it sold."""
    for sale in history.unclear_sales:
        yield (
            f"The sale of {sale.symbol} in {sale.account} on {sale.date} names no lot: it may have been of the earliest"
            " shares or a part of the lot bought last. The plan makes no wash sale either way; a lot, or the purchase "
            "of that lot in recent_trades, would free what only one of the two blocks."
        )


class WashWindow(Record):
    """What not to do with an identity group in the days after the plan, so that no loss becomes a wash sale."""

    rule: Literal["do_not_buy", "do_not_sell_at_a_loss"]
    """do_not_buy (in any account) or do_not_sell_at_a_loss (in a taxable account)."""
    group: str
    """The identity group's name."""
    symbols: tuple[str, ...]
    """The symbols of the household's securities in the group."""
    until: date
    """The first day on which the rule no longer holds."""
    cause: str
    """The trade that causes the rule, in words."""
