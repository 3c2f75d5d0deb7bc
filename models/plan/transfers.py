"""The money that a plan moves into, out of and between accounts, and what each move adds to the year's tax."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..schema.record import Record

TransferKind = Literal["withdrawal", "distribution", "contribution", "conversion"]


class Transfer(Record):
    """Dollars that the plan moves because the household or the law asks for them, not for an account by name."""

    kind: TransferKind
    """withdrawal: paid out of the account. distribution: paid out because the law requires it. contribution: paid into
    it. conversion: from a traditional IRA to a Roth IRA of the same owner."""
    account: str
    """The id of the account that the money leaves, or that it comes into with a contribution."""
    to: str | None = None
    """The id of the account that a conversion goes to; None for any other transfer."""
    amount: Annotated[float, Field(gt=0)]
    """Dollars and cents, more than 0."""
    tax: float
    """What the transfer adds to the year's bill, in dollars and cents: the bill less the bill without its income, or
    for a taxable account without the gains of the sales that pay it; negative for a deduction."""
    rate: float
    """`tax` as a fraction of `amount`."""
    additional_tax: float = 0.0
    """The part of `tax` that is the additional tax on early withdrawals (IRC 72(t)), in dollars and cents."""
    text: str
    """Where the money comes from or goes, why, and what it costs, in words."""
