"""Trades around the trade date, and the user's restrictions."""

from __future__ import annotations

from typing import Literal

from ...schema.record import Record
from ...schema.values import Day, Money, Name, Positive


class Restriction(Record):
    """Something that the user does not want bought, sold or held."""

    rule: Literal["no_buy", "no_sell", "do_not_hold", "keep", "no_withdrawal", "no_contribution"]
    """no_buy and no_sell: the security is not bought, or not sold. do_not_hold: never bought, and sold as far as
    wash-sale and holding rules allow. keep: one lot is not sold. With an account and neither symbol nor lot, each of
    them is about all that the account holds and may buy. no_withdrawal and no_contribution: the household takes
    nothing out of the account, or puts nothing in, unless the account itself asks for it."""
    account: Name | None = None
    """The account's id; required by keep, no_withdrawal and no_contribution; default: every account."""
    symbol: Name | None = None
    """The security's symbol; not with no_withdrawal and no_contribution; default: every security of the account."""
    lot: Name | None = None
    """The id of the lot that is kept; only with keep; default: every lot of the account."""


class RecentTrade(Record):
    """A purchase or sale already made. Those of the last 30 days decide which trades would make a wash sale."""

    account: Name
    """The account's id."""
    symbol: Name
    """The security's symbol."""
    side: Literal["buy", "sell", "option", "cover"]
    """buy, sell, option or cover. An option is a contract or an option to buy the security: it counts as acquiring the
    shares it covers (Reg. 1.1091-1(f)), and no account holds it. cover: shares bought to close a short sale, which
    replace nothing; a loss of the short sale is disallowed if such shares are sold within 30 days (IRC 1091(e))."""
    date: Day
    """Trade date, not after the household's trade date."""
    quantity: Positive
    """Shares, more than 0; for an option, the shares it covers (a standard contract: 100)."""
    lot: Name | None = None
    """For a sale: the id of the lot it sold from. The account's other lots
    can still be replacement shares of its loss; default: not known."""
    gain: Money | None = None
    """For a sale in a taxable account, or a short sale that was covered: its gain in dollars, negative for a loss;
    default: not known, and it may have been at a loss."""


class ScheduledBuy(Record):
    """A purchase that will happen by itself: dividend reinvestment, payroll, a standing order."""

    account: Name
    """The account's id."""
    symbol: Name
    """The security's symbol."""
    date: Day
    """Trade date, not before the household's trade date."""
    quantity: Positive | None = None
    """Shares, more than 0; default: not known, and taken as more than any sale."""
