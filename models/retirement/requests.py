"""What a household asks for without saying from where: money out, money in, a conversion, and what the law adds.

The program, the router and the reasons read it. docs/formulation.md has the letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from ..household.moves import DEFERRED
from ..schema.faults import Fault, InputError
from ..schema.money import ZERO, cents, exact
from ..tax.schedule_d import loss_limit
from ..tax.tax_bill import taxes
from .distributions import Required, required
from .limits import Room, room
from .sources import Convertible, Source, convertible, sources

if TYPE_CHECKING:
    from ..household.household import Household
    from ..household.moves import Moves


@dataclass(frozen=True)
class Requests:
    """What goes out of accounts and comes into them with a plan, in dollars and cents."""

    household: Household
    asked: Decimal
    """The withdrawal that the household asks for."""
    out: Decimal
    """What accounts pay: the withdrawal, or what must be distributed if that is more."""
    into: Decimal
    """What accounts receive: the contribution, and what is distributed beyond the withdrawal."""
    fresh: Decimal
    """The contribution: the part of it that may go into sheltered accounts."""
    conversion: Decimal
    sources: Mapping[str, Source]
    """The accounts that may pay, by id."""
    required: Sequence[Required]
    """What must be taken out, by the accounts that share it."""
    rooms: Sequence[Room]
    """Limits on contributions, by the accounts that share one."""
    receivers: Sequence[str]
    """The ids of the accounts that may receive."""
    owners: Sequence[Convertible]
    """The accounts between which each owner may convert money; none without a conversion."""

    @property
    def leaves(self) -> Decimal:
        """What is distributed beyond the withdrawal and leaves the household: no taxable account receives it."""
        return self.out - self.asked - (self.into - self.fresh)

    @cached_property
    def kind(self) -> Mapping[str, str]:
        """The kinds of the accounts, by id."""
        return {account.id: account.kind for account in self.household.accounts}

    def most_contributed(self, account: str) -> Decimal:
        """The most dollars that an account may receive, others left out of account."""
        limits = [room.dollars for room in self.rooms if account in room.accounts]
        return min([self.into if self.kind[account] == "taxable" else self.fresh, *limits])

    def most_converted(self, account: str) -> Decimal:
        """The most dollars that may be converted out of an account."""
        return min(self.conversion, self.sources[account].most)

    def most_into(self, account: str) -> Decimal:
        """The most dollars that may come into an account."""
        contributed = self.most_contributed(account) if account in self.receivers else ZERO
        receives = any(account in own.roth for own in self.owners)
        return contributed + (self.conversion if receives else ZERO)

    @cached_property
    def income_between(self) -> tuple[Decimal, Decimal]:
        """The least and the most of O, the ordinary income that the moves add, by these limits alone."""
        deferred, others = self._split(self.sources)
        most = [sum((self.sources[name].most for name in names), ZERO) for names in (deferred, others)]
        must = [ZERO, ZERO]
        for each in self.required:
            must[0 if self.kind[each.accounts[0]] in DEFERRED else 1] += each.dollars
        paid = max(must[0], self.out - most[1]), min(self.out - must[1], most[0])
        receiving, rest = self._split(self.receivers)
        deducted = min(self.fresh, sum(map(self.most_contributed, receiving), ZERO))
        least = max(self.into - sum(map(self.most_contributed, rest), ZERO), ZERO)
        return paid[0] - deducted + self.conversion, max(paid) - min(least, deducted) + self.conversion

    @cached_property
    def income(self) -> Decimal | None:
        """Adjusted gross income without the plan and without net capital gain or loss; None at flat rates."""
        filer = self.household.filer
        if filer.rates is not None:
            return None
        form = taxes(filer, *filer.net_so_far).form
        assert form is not None
        return form.adjusted_gross_income - max(sum(filer.net_so_far, ZERO), -loss_limit(filer.filing_status))

    def income_for(self, limit: Room) -> Decimal:
        """The income by which a limit shrinks, without the plan and without net capital gain or loss."""
        left_out = exact(self.household.taxpayer.other_income.roth_conversion) if limit.without_conversions else ZERO
        return (self.income or ZERO) - left_out

    def _split(self, names: Iterable[str]) -> tuple[list[str], list[str]]:
        """The accounts whose money is income when it comes out, and the others."""
        found: tuple[list[str], list[str]] = ([], [])
        for name in names:
            found[self.kind[name] not in DEFERRED].append(name)
        return found


def requests_of(household: Household) -> Requests | None:
    """Return what a household asks for, and what the law asks it to distribute; None if that is nothing.

    Raises InputError if its accounts cannot pay, or cannot receive, as much.
    """
    asks = household.withdrawal or household.contribution or household.conversion
    if not asks and not any(account.owner or account.required_distribution for account in household.accounts):
        return None
    must = required(household)
    if not asks and not must:
        return None
    asked, fresh, conversion = (
        cents(exact(each)) for each in (household.withdrawal, household.contribution, household.conversion)
    )
    paying, rooms = sources(household), _rooms(household, fresh)
    out = max(asked, sum((each.dollars for each in must), ZERO))
    full = {name for each in rooms if each.dollars <= 0 for name in each.accounts}
    free = [account for account in household.accounts if account.id not in full and (account.taxable or fresh)]
    into = fresh + (out - asked if any(account.taxable for account in free) else ZERO)
    found = Requests(
        household=household,
        asked=asked,
        out=out,
        into=into,
        fresh=fresh,
        conversion=conversion,
        sources=paying,
        required=must,
        rooms=[each for each in rooms if into and each.dollars > 0],
        receivers=[account.id for account in free] if into else [],
        owners=convertible(household) if conversion else [],
    )
    _check(household, found)
    return found


def _rooms(household: Household, fresh: Decimal) -> list[Room]:
    """The limits on what accounts may receive; only those of taxable accounts if no money is new."""
    if not fresh:
        taxable = tuple(account for account in household.accounts if account.taxable)
        return room(household.model_copy(update={"accounts": taxable}))
    try:
        return room(household)
    except ValueError as error:
        raise InputError([Fault("contribution", str(error), "give accounts their contribution_room")]) from None


def _check(household: Household, asked: Requests) -> None:
    """Raise InputError if the accounts cannot pay, or cannot receive, what is asked for."""
    faults = [
        Fault(f"accounts.{name}.owner", "missing", "its required distribution needs an owner")
        for each in asked.required
        for name in each.accounts
        if name not in asked.sources and household.account[name].owner is None
    ]
    if not faults and (most := sum((source.most for source in asked.sources.values()), ZERO)) < asked.out:
        message = f"{asked.out:,.2f} is more than accounts may pay"
        faults.append(Fault("withdrawal", message, f"at most {most:,.2f}"))
    room = _room(asked)
    if room is not None and room < asked.fresh:
        message = f"{asked.fresh:,.2f} is more than accounts may receive this year"
        faults.append(Fault("contribution", message, f"at most {room:,.2f} without a taxable account"))
    names = [name for own in asked.owners for name in own.traditional if name in asked.sources]
    if (most := sum((asked.sources[name].most for name in names), ZERO)) < asked.conversion:
        message = f"{asked.conversion:,.2f} is more than owners of a traditional and a Roth IRA may convert"
        faults.append(Fault("conversion", message, f"at most {most:,.2f}; name the owners of both accounts"))
    if faults:
        raise InputError(faults)


def _room(asked: Requests) -> Decimal | None:
    """What sheltered accounts may receive in all; None if a taxable account receives the rest."""
    if any(asked.kind[name] == "taxable" for name in asked.receivers) or not asked.fresh:
        return None
    left, total = [room.dollars for room in asked.rooms], ZERO
    for name in asked.receivers:
        own = [number for number, room in enumerate(asked.rooms) if name in room.accounts]
        dollars = min([asked.most_contributed(name), *(left[number] for number in own)])
        for number in own:
            left[number] -= dollars
        total += dollars
    return total


def early_of(household: Household, moves: Moves) -> Decimal:
    """Return the part of what moves take out that bears the additional tax on early withdrawals, in dollars."""
    if not moves.withdrawn:
        return ZERO
    paying = sources(household)
    early = (dollars for name, dollars in moves.withdrawn.items() if name in paying and paying[name].additional_tax)
    return sum(early, ZERO)
