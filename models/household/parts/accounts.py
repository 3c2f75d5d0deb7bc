"""Accounts and their lots."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from ...schema.record import Record
from ...schema.values import Amount, Day, Money, Name, split_list

AccountKind = Literal["taxable", "traditional", "roth", "hsa", "401k"]


LotMethod = Literal["specific", "fifo", "lifo", "hifo"]


class Lot(Record):
    """Shares of one security bought together."""

    id: Name
    """The broker's name of the lot, unique within its account."""
    symbol: Name
    """The symbol of one of the household's securities."""
    quantity: Amount
    """Shares held, 0 or more; fractions allowed."""
    basis_per_share: Amount | None = None
    """Cost basis in dollars per share, 0 or more; needed in a taxable account, without meaning elsewhere."""
    acquired: Day | None = None
    """Trade date of the purchase; needed in a taxable account."""
    order: Name | None = None
    """The order it was bought with, named within its account: the rest of the same order is no replacement of it (Rev.
    Rul. 56-602); default: one of its own."""


class Account(Record):
    """One account at one custodian."""

    id: Name
    """A unique name."""
    kind: AccountKind
    """taxable, traditional, roth, hsa or 401k."""
    cash: Money = 0.0
    """Cash before the trades, in dollars; negative for a debit that must be covered."""
    contribution: Amount = 0.0
    """Cash that comes in with this plan, in dollars, 0 or more."""
    withdrawal: Amount = 0.0
    """Cash that goes out with this plan, in dollars, 0 or more."""
    minimum_cash: Amount = 0.0
    """Cash to leave in the account after the trades, in dollars, 0 or more."""
    menu: Annotated[tuple[Name, ...], BeforeValidator(split_list)] | None = None
    """The symbols this account may hold (a 401(k)'s funds); default: all."""
    maximum_cash: Amount | None = None
    """Cash that may be left at most after the trades, in dollars; default: no limit."""
    whole_shares: bool = False
    """Whether orders are in whole shares; the fraction of a share in a lot is then sold with the whole lot only."""
    commission: Amount = 0.0
    """Dollars that each order (one security bought or sold, whatever its lots) costs, 0 or more."""
    accounting_method: LotMethod = "specific"
    """specific: any lot may be chosen; fifo, lifo or hifo: a security's lots are sold in that order (first in, last in,
    highest basis), each in full before the next."""
    reinvests: Annotated[tuple[Name, ...], BeforeValidator(split_list)] = ()
    """Symbols whose dividends are reinvested here: a purchase of unknown size on an unknown day."""
    average_cost: Annotated[tuple[Name, ...], BeforeValidator(split_list)] = ()
    """Symbols held at average cost here (Reg. 1.1012-1(e)): one basis for all their lots, the oldest sold first."""
    lots: tuple[Lot, ...] = ()
    """The lots held."""

    @property
    def taxable(self) -> bool:
        """Whether a sale in this account is a taxable event."""
        return self.kind == "taxable"
