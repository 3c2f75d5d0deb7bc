"""What the law makes impossible of what a household asks for, as faults of its input."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ..schema.faults import Fault, InputError
from ..schema.money import ZERO, exact
from .distributions import required
from .limits import is_couple, room
from .sources import sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..household.household import Household


def check(household: Household) -> None:
    """Raise InputError with every fault: more asked for than the law lets be taken or put in, a distribution
    that is required of a value that is not known, people who cannot be on one return, a year without law.
    """
    faults = list(_impossible(household))
    try:
        required(household)
    except InputError as error:
        faults = [*error.faults, *faults]
    except ValueError as error:
        faults.append(Fault("trade_date", str(error), "state required_distribution of the accounts of older owners"))
    if faults:
        raise InputError(faults)


def _impossible(household: Household) -> Iterator[Fault]:
    asked = household.withdrawal or household.contribution or household.conversion
    if asked and len(household.people) > 1 and not is_couple(household):
        status = household.taxpayer.filing_status
        hint = "people are those on the return, of which two file married_jointly; leave the others out"
        yield Fault("people", f"there are {len(household.people)} on a return filed {status}", hint)
    if household.withdrawal:
        at_most = sum((source.most for source in sources(household).values()), ZERO)
        yield from _too_much("withdrawal", household.withdrawal, at_most, "can be taken out")
    if household.contribution:
        try:
            room_left = _most_to_put_in(household)
        except ValueError as error:
            yield Fault("trade_date", str(error), "state contribution_room of the accounts")
            return
        if room_left is not None:
            yield from _too_much("contribution", household.contribution, room_left, "can be put in")


def _too_much(field: str, dollars: float, at_most: Decimal, can: str) -> Iterator[Fault]:
    if exact(dollars) > at_most:
        yield Fault(field, f"{dollars:,.2f} is more than the law allows", f"at most {at_most:,.2f} {can}")


def _most_to_put_in(household: Household) -> Decimal | None:
    """The dollars that all accounts may take together if income does not shrink it; None if there is no limit.

    Of two rooms one holds the other or they share nothing, so filling one account after another fills them all.
    """
    rooms = room(household)
    limited = {name for each in rooms for name in each.accounts}
    if any(account.id not in limited for account in household.accounts):
        return None
    left, total = [each.dollars for each in rooms], ZERO
    for name in limited:
        holding = [number for number, each in enumerate(rooms) if name in each.accounts]
        put = min(left[number] for number in holding)
        total += put
        for number in holding:
            left[number] -= put
    return total
