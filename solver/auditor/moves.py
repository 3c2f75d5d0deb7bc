"""What a plan's transfers move, a second time: the household afterwards, and the income that they add to the year."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ...models.schema.money import ZERO, exact
from .findings import Finding
from .retirement import is_early

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ...models.household.household import Household
    from ...models.plan.transfers import Transfer

TAXED = ("traditional", "401k")
"""The kinds of account whose withdrawals are income, and whose contributions lower it."""


class Moved(NamedTuple):
    """Dollars that transfers move."""

    out: Mapping[str, Decimal]
    """What leaves each account."""
    into: Mapping[str, Decimal]
    """What comes into each account."""
    income: Decimal
    """Ordinary income that the transfers add; negative if more is deducted."""
    early: Decimal
    """What is taken out early."""


NOTHING_MOVED = Moved({}, {}, ZERO, ZERO)


def impossible_moves(household: Household, transfers: Iterable[Transfer]) -> Iterator[Finding]:
    """Yield transfers of accounts that there are not, or between accounts that cannot exchange money."""
    accounts = {account.id: account for account in household.accounts}
    for each in transfers:
        where = place_of(each)
        if each.account not in accounts:
            yield Finding("move", where, f"there is no account {each.account!r}")
        elif each.kind != "conversion":
            if each.to is not None:
                yield Finding("move", where, "only a conversion goes to another account")
        elif each.to not in accounts:
            yield Finding("move", where, f"there is no account {each.to!r}")
        else:
            leaves, comes = accounts[each.account], accounts[each.to]
            if leaves.kind != "traditional" or comes.kind != "roth":
                yield Finding("move", where, "a conversion goes from a traditional IRA to a Roth IRA")
            elif leaves.owner is None or leaves.owner != comes.owner:
                yield Finding("move", where, "the accounts are not known to have one owner")


def moved_by(household: Household, transfers: Iterable[Transfer]) -> Moved:
    """Return what transfers move. Raises KeyError for an account that the household lacks."""
    accounts = {account.id: account for account in household.accounts}
    out: dict[str, Decimal] = defaultdict(Decimal)
    into: dict[str, Decimal] = defaultdict(Decimal)
    income = early = ZERO
    for each in transfers:
        dollars, account = exact(each.amount), accounts[each.account]
        deferred = account.kind in TAXED
        if each.kind == "contribution":
            into[each.account] += dollars
            income -= dollars if deferred else ZERO
            continue
        out[each.account] += dollars
        income += dollars if deferred else ZERO
        if each.kind == "conversion":
            into[each.to or ""] += dollars
        elif is_early(household, account):
            early += dollars
    return Moved(out, into, income, early)


def with_moves(household: Household, moved: Moved) -> Household:
    """Return the household whose accounts pay and receive by themselves what a plan moves."""
    if moved is NOTHING_MOVED or not (moved.out or moved.into):
        return household
    accounts = []
    for account in household.accounts:
        pays = exact(account.withdrawal) + moved.out.get(account.id, ZERO)
        gets = exact(account.contribution) + moved.into.get(account.id, ZERO)
        accounts.append(account.model_copy(update={"withdrawal": float(pays), "contribution": float(gets)}))
    return household.model_copy(update={"accounts": tuple(accounts)})


def place_of(transfer: Transfer) -> str:
    """Return where a transfer is, for a finding."""
    return f"{transfer.kind} {transfer.account}" + (f" to {transfer.to}" if transfer.to else "")
