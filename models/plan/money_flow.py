"""What comes into an account and goes out of it with a plan, and from what it is raised."""

from __future__ import annotations

from ..schema.record import Record


class MoneyFlow(Record):
    """One account's money: cash before + contribution + sold = withdrawal + bought + commissions + cash after.

    What goes out is taken from the cash by which the account falls first, then from the contribution, then from sales.
    All amounts are in dollars and cents.
    """

    account: str
    """The account's id."""
    cash_before: float
    """Cash before the plan, in dollars; negative for a debit, which the plan repays."""
    contribution: float
    """Dollars that come in."""
    withdrawal: float
    """Dollars that go out."""
    sold: float
    """Proceeds of the account's sales, in dollars, after half-spreads and redemption fees."""
    bought: float
    """What the account's purchases cost, in dollars, half-spreads included."""
    commissions: float
    """Commissions on the account's orders, in dollars."""
    cash_after: float
    """Cash after the trades, in dollars."""
    from_cash: float
    """Dollars of the withdrawal and the debit that are paid with cash held before."""
    from_contribution: float
    """Dollars of the withdrawal and the debit that are paid with the contribution."""
    from_sales: float
    """Dollars of the withdrawal and the debit that are paid with sales."""
    missing: float
    """Dollars of the withdrawal and the debit that are not paid, because the account cannot raise them."""
    invested: float
    """Dollars of the contribution that buy securities; the rest of it pays what goes out or stays as cash."""
    text: str = ""
    """The same in words; empty if nothing comes in or goes out."""
