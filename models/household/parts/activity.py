"""Trades around the trade date, and what the user forbids."""

from __future__ import annotations

from typing import Literal

from ...schema.record import Record
from ...schema.values import Day, Money, Name, Positive


class Restriction(Record):
    """Something the user asks not to be done, or to be undone."""

    rule: Literal["no_buy", "no_sell", "do_not_hold", "keep"]
    """no_buy, no_sell, do_not_hold (never bought, and sold as far as wash-sale and holding rules let it) or keep (this
    lot is not sold)."""
    account: Name | None = None
    """The account's id; default: every account."""
    symbol: Name | None = None
    """The security; needed by all rules but keep."""
    lot: Name | None = None
    """The lot that is kept; needed by keep, with its account."""


class RecentTrade(Record):
    """A purchase or sale already made; those of the last 30 days decide what a wash sale would be."""

    account: Name
    """The account's id."""
    symbol: Name
    """The security's symbol."""
    side: Literal["buy", "sell", "option"]
    """buy, sell or option: a contract or an option to buy the security, which counts as acquiring so many shares (Reg.
    1.1091-1(f)) and is held nowhere."""
    date: Day
    """Trade date, not after the household's trade date."""
    quantity: Positive
    """Shares, more than 0; of an option those that it covers (a standard contract: 100)."""
    lot: Name | None = None
    """Of a sale: the lot it sold from, where that is known (another of the account's lots may be its replacement)."""
    gain: Money | None = None
    """Of a sale in a taxable account: its gain in dollars, negative for a loss; a sale with no gain given may have
    been one
    at a loss."""


class ScheduledBuy(Record):
    """A purchase that will happen by itself: dividend reinvestment, payroll, a standing order."""

    account: Name
    """The account's id."""
    symbol: Name
    """The security's symbol."""
    date: Day
    """Trade date, not before the household's trade date."""
    quantity: Positive | None = None
    """Shares, more than 0, where known."""
