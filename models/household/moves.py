"""Money that a plan moves into, out of and between accounts, and the household once it is moved.

A household may ask for a withdrawal, a contribution or a conversion without saying where. Once that is decided, it is
an ordinary household whose accounts have those withdrawals and contributions themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from ..schema.money import ZERO, exact

if TYPE_CHECKING:
    from ..tax.taxpayer import Taxpayer
    from .household import Household

Amounts = Mapping[str, Decimal]
"""Dollars and cents by account id; accounts of which none are moved are left out."""

DEFERRED = ("traditional", "401k")
"""The kinds of account whose withdrawals are income and whose contributions are deducted."""


class Transferred(Protocol):
    """What is read of a plan's transfer."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def account(self) -> str: ...  # noqa: D102
    @property
    def to(self) -> str | None: ...  # noqa: D102
    @property
    def amount(self) -> float: ...  # noqa: D102


@dataclass(frozen=True)
class Moves:
    """What a plan moves, in dollars and cents."""

    withdrawn: Amounts = field(default_factory=dict)
    contributed: Amounts = field(default_factory=dict)
    converted: Amounts = field(default_factory=dict)
    """Out of traditional IRAs."""
    received: Amounts = field(default_factory=dict)
    """Into Roth IRAs, by conversions."""

    def out_of(self, account: str) -> Decimal:
        """Dollars that leave an account."""
        return self.withdrawn.get(account, ZERO) + self.converted.get(account, ZERO)

    def into(self, account: str) -> Decimal:
        """Dollars that come into an account."""
        return self.contributed.get(account, ZERO) + self.received.get(account, ZERO)


def moves_of(transfers: Iterable[Transferred]) -> Moves:
    """Return the moves that transfers state."""
    found: dict[str, dict[str, Decimal]] = {name: {} for name in ("withdrawn", "contributed", "converted", "received")}

    def add(name: str, account: str, amount: float) -> None:
        found[name][account] = found[name].get(account, ZERO) + exact(amount)

    for each in transfers:
        if each.kind == "conversion":
            add("converted", each.account, each.amount)
            add("received", each.to or "", each.amount)
        else:
            add("contributed" if each.kind == "contribution" else "withdrawn", each.account, each.amount)
    return Moves(**found)


def assigned(household: Household, moves: Moves) -> Household:
    """Return the household with the moves as its accounts' own withdrawals and contributions, and no request left."""
    accounts = tuple(
        account.model_copy(
            update={
                "withdrawal": float(exact(account.withdrawal) + moves.out_of(account.id)),
                "contribution": float(exact(account.contribution) + moves.into(account.id)),
            }
        )
        for account in household.accounts
    )
    done = {"withdrawal": 0.0, "contribution": 0.0, "conversion": 0.0}
    return household.model_copy(update={"accounts": accounts, **done})


def income_of(household: Household, moves: Moves) -> Decimal:
    """Return O: the ordinary income that moves add to the year, in dollars; negative if more is deducted."""
    deferred = [account.id for account in household.accounts if account.kind in DEFERRED]
    return sum((moves.out_of(name) - moves.contributed.get(name, ZERO) for name in deferred), ZERO)


def filer_with(filer: Taxpayer, income: Decimal, early: Decimal = ZERO) -> Taxpayer:
    """Return a taxpayer with more ordinary income of this year, negative for a deduction from gross income.

    `early` is the part of it that bears the additional tax on early withdrawals. Both are in dollars.
    """
    if not income and not early:
        return filer
    other = filer.other_income
    update = {
        "traditional_withdrawal": float(exact(other.traditional_withdrawal) + income),
        "early_withdrawal": float(exact(other.early_withdrawal) + early),
    }
    return filer.model_copy(update={"other_income": other.model_copy(update=update)})
