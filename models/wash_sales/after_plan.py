"""What not to buy, and what not to sell at a loss, after a plan (docs/wash_sales.md)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Literal

from ..schema.record import Record
from .before_plan import DAY, open_losses
from .history import all_readings, concerned, forked, plan_events, purchase_in_words, scheduled, unclear_sales
from .ledger import WINDOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from ..household.household import Household
    from ..schema.ordered import Ordered


def wash_windows(household: Household, trades: Sequence[Ordered], gains: Sequence[Decimal | None]) -> list[WashWindow]:
    """Return what not to buy, and what not to sell at a loss, after a plan's trades.

    Both follow from the losses and purchases that the wash-sale ledger holds open after the trades. `gains` has the
    gain of each trade in dollars, None if it has no taxable result. Raises ValueError if more is sold than held.
    """
    today, coming = household.trade_date, scheduled(household)
    symbols: dict[str, list[str]] = defaultdict(list)
    for security in household.securities:
        symbols[security.group].append(security.symbol)
    planned, group_of = plan_events(household, trades, gains), household.security
    touched = {group_of[trade.symbol].group for trade in trades}
    found: dict[tuple[str, str], tuple[date, str]] = {}

    def note(rule: str, group: str, day: date, cause: str) -> None:
        until = day + WINDOW + DAY
        if until > today and found.get((rule, group), (date.min, ""))[0] < until:
            found[rule, group] = until, cause

    readings = all_readings(household, concerned(household) | touched)
    for group, history in ((group, history) for group, histories in readings.items() for history in histories):
        replay = forked(history, group, planned)
        for day, cause in open_losses(household, group, replay):
            note("do_not_buy", group, day, cause)
        ahead = forked(replay, group, coming)
        for tax_lot in ahead.held:
            if tax_lot.replaces and tax_lot.acquired >= today - WINDOW:
                note("do_not_sell_at_a_loss", group, tax_lot.acquired, purchase_in_words(tax_lot, today))
    return [
        WashWindow.model_validate(
            {"rule": rule, "group": group, "symbols": tuple(symbols[group]), "until": until, "cause": cause}
        )
        for (rule, group), (until, cause) in sorted(found.items())
    ]


def two_readings(household: Household) -> Iterator[str]:
    """Yield a warning for each recent sale of which the file leaves open what shares it sold."""
    for sale in unclear_sales(household):
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
