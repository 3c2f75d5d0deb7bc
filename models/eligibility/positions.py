"""What options and short positions keep from being sold: R6, T3 and W12 (docs/formulation.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from ..household.household import Household
from ..household.parts.activity import RecentTrade
from ..household.parts.held_beside import HeldBeside, covering_lots
from ..household.parts.lot_rules import held_since
from ..tax.holding_period import holding_term
from ..wash_sales.ledger import WINDOW
from ..wash_sales.loss_status import LossStatus

Key = tuple[str, str]
"""Account id and lot id."""

OFFSETTING = ("long_put", "short_sale")
"""Positions that gain when the shares lose."""


def held_by_positions(household: Household, gains: Mapping[Key, Decimal]) -> dict[Key, tuple[str, date | None]]:
    """Return the lots that positions held beside, or a short sale just closed, keep from being sold, each with its row
    and the first free day. `gains` holds the gain of every taxable lot with a basis.
    """
    found: dict[Key, tuple[str, date | None]] = {}
    closed, offset = closed_short(household), offsetting(household)
    for account in household.accounts if closed or offset else ():
        for lot in account.lots:
            key, group = (account.id, lot.id), household.groups[lot.symbol]
            if account.taxable and group in offset:
                gain = gains.get(key, Decimal(0))
                since = held_since(lot, gain)
                if gain <= 0 or not all(each.opened and _was_long(since, each.opened) for each in offset[group]):
                    found[key] = "T3", None
            if group in closed:
                found[key] = "W12", closed[group].date + WINDOW + timedelta(days=1)
    covering = covering_lots(household.accounts, household.held_beside) if household.held_beside else ()
    return found | dict.fromkeys(covering, ("R6", None))


def closed_short(household: Household) -> dict[str, RecentTrade]:
    """Return, by identity group, the last short sale covered within 30 days in a taxable account whose loss, or unknown
    result, a sale of such shares would disallow (IRC 1091(e)).
    """
    found: dict[str, RecentTrade] = {}
    for trade in sorted(household.recent_trades, key=lambda each: each.date):
        losing = trade.side == "cover" and (trade.gain is None or trade.gain < 0)
        if losing and household.account[trade.account].taxable and trade.date >= household.trade_date - WINDOW:
            found[household.groups[trade.symbol]] = trade
    return found


def offsetting(household: Household) -> dict[str, list[HeldBeside]]:
    """Return, by identity group, the long puts and the short sales."""
    found: dict[str, list[HeldBeside]] = {}
    for each in household.held_beside:
        if each.kind in OFFSETTING:
            found.setdefault(household.groups[each.symbol], []).append(each)
    return found


def written_puts(household: Household, losses: Sequence[LossStatus]) -> Iterator[str]:
    """Yield a warning for each put written on a security that the plan sells at a loss."""
    sold = {household.groups[each.symbol] for each in losses}
    for each in household.held_beside:
        if each.kind == "short_put" and household.groups[each.symbol] in sold:
            yield (
                f"The put written on {each.symbol} in {each.account} may be exercised: shares bought so within 30 days "
                "of this plan's loss make it a wash sale. One that was deep in the money when it was written is a "
                "purchase by itself (Rev. Rul. 85-87), which is not counted."
            )


def _was_long(since: date, opened: date) -> bool:
    """Whether shares were long-term on the day on which a position was opened."""
    return since < opened and holding_term(since, opened) == "long"
