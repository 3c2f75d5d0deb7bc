"""What not to buy, and what not to sell at a loss, after a plan (docs/wash_sales.md)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from ..models import WashWindow
from ..models.wash_history import concerned, forked, plan_dealings, scheduled, wash_history
from ..models.wash_sales import WINDOW
from .wash_today import DAY, open_losses

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from ..models import Household
    from ..models.wash_history import Trading


def wash_windows(household: Household, trades: Sequence[Trading], gains: Sequence[Decimal | None]) -> list[WashWindow]:
    """What not to buy, and what not to sell at a loss, after a plan's trades, by what the ledger then holds open."""
    today, coming = household.trade_date, scheduled(household)
    symbols: dict[str, list[str]] = defaultdict(list)
    for security in household.securities:
        symbols[security.group].append(security.symbol)
    planned, group_of = plan_dealings(household, trades, gains), household.security
    touched = {group_of[trade.symbol].group for trade in trades}
    found: dict[tuple[str, str], tuple[date, str]] = {}

    def note(rule: str, group: str, day: date, cause: str) -> None:
        until = day + WINDOW + DAY
        if until > today and found.get((rule, group), (date.min, ""))[0] < until:
            found[rule, group] = until, cause

    for group, history in wash_history(household, concerned(household) | touched).items():
        replay = forked(history, (each for each in planned if history.group(each.symbol) == group))
        for day, cause in open_losses(household, group, replay):
            note("do_not_buy", group, day, cause)
        ahead = forked(replay, (each for each in coming if replay.group(each.symbol) == group))
        for parcel in ahead.held:
            if parcel.replaces and parcel.acquired >= today - WINDOW:
                how = "bought" if parcel.acquired <= today else "to be bought"
                cause = f"{parcel.what} {how} in {parcel.account} on {parcel.acquired}"
                note("do_not_sell_at_a_loss", group, parcel.acquired, cause)
    return [
        WashWindow.model_validate(
            {"rule": rule, "group": group, "symbols": tuple(symbols[group]), "until": until, "cause": cause}
        )
        for (rule, group), (until, cause) in sorted(found.items())
    ]
