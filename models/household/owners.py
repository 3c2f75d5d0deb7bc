"""Checks of people, of whose an account is, and of what the household asks to take out, put in or convert.

What depends on the law of an age or of a year is checked by models/retirement/.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from .parts.accounts import Account
from .parts.people import Person
from .reading import FAULTY_LOT, Reader

if TYPE_CHECKING:
    from datetime import date

    from .parts.activity import Restriction
    from .parts.securities import Security

TOLERANCE = 1e-6
"""Dollars by which cash may be short."""

RETIREMENT = ("traditional", "roth", "401k")
"""The kinds of account that the law asks the owner's age of."""

ONLY_IN: Mapping[str, Collection[str]] = {
    "last_year_end_value": RETIREMENT,
    "required_distribution": RETIREMENT,
    "withdrawn": RETIREMENT,
    "contributed": (*RETIREMENT, "hsa"),
    "roth_basis": ("roth",),
}
"""The kinds of account in which a field has a meaning."""


def check_people(reader: Reader, people: list[tuple[str, Person]], trade_date: date | None) -> None:
    """Check that everybody was born before the trade date."""
    for path, person in people:
        if trade_date and person.born >= trade_date:
            message = f"{person.born} is not before the trade date, {trade_date}"
            reader.fault(f"{path}.born", message, "the birth date")


def check_owner(reader: Reader, path: str, account: Account, trade_date: date | None) -> None:
    """Check that the owner is known, and that registration and fields go with the account's kind."""
    if account.owner is not None:
        reader.check_known(f"{path}.owner", "people", "person", account.owner)
    if f"{path} kind" in reader.broken:
        return
    kind, registration, inherited = account.kind, account.registration, account.inherited
    if registration in ("joint", "trust") and not account.taxable:
        hint = "individual, or inherited; only a taxable account is joint or a trust's"
        reader.fault(f"{path}.registration", f"{registration!r} does not go with the kind {kind}", hint)
    if registration == "inherited" and kind not in RETIREMENT:
        hint = 'individual; a lot that was inherited has how_acquired "inheritance"'
        reader.fault(f"{path}.registration", f"'inherited' does not go with the kind {kind}", hint)
    elif registration == "inherited":
        if inherited is None:
            reader.fault(f"{path}.inherited", "missing", "an inherited account needs died, owner_born and beneficiary")
        if account.owner is None:
            reader.fault(f"{path}.owner", "missing", "distributions of an inherited account go by its owner's age")
        for field in ("contribution", "contributed", "contribution_room"):
            if getattr(account, field):
                hint = "nothing may be contributed to it (IRC 408(d)(3)(C), 219(d)(4))"
                reader.fault(f"{path}.{field}", "the account is inherited", hint)
    elif inherited is not None:
        reader.fault(f"{path}.inherited", f"the registration is {registration!r}", 'registration "inherited", perhaps')
    if inherited is not None and trade_date and inherited.died > trade_date:
        message = f"{inherited.died} is after the trade date, {trade_date}"
        reader.fault(f"{path}.inherited.died", message, "an account is inherited at a death")
    if inherited is not None and inherited.owner_born >= inherited.died:
        message = f"{inherited.owner_born} is not before the death, {inherited.died}"
        reader.fault(f"{path}.inherited.owner_born", message, "the birth date of who saved in the account")
    if account.required_distribution and account.owner is None:
        reader.fault(f"{path}.owner", "missing", "where a required distribution may come from goes by its age")
    for field, kinds in ONLY_IN.items():
        if getattr(account, field) and kind not in kinds:
            reader.fault(f"{path}.{field}", f"it does not go with the kind {kind}", f"only in {', '.join(kinds)}")


def check_rule_of_account(reader: Reader, path: str, restriction: Restriction) -> None:
    """Check a restriction that is about an account alone: that it names one, and nothing in it."""
    rule, account = restriction.rule, restriction.account
    if account is None:
        reader.fault(f"{path}.account", "missing", f"{rule} needs account")
    else:
        reader.check_known(f"{path}.account", "accounts", "account", account)
    for field in ("symbol", "lot"):
        if getattr(restriction, field) is not None:
            reader.fault(f"{path}.{field}", f"{rule} is about an account", "leave it out")


def check_requests(
    reader: Reader,
    asked: Mapping[str, float],
    accounts: list[tuple[str, Account]],
    restrictions: Collection[Restriction],
    prices: Mapping[str, Security],
) -> None:
    """Check that what the household asks for can be had: owners are known where their age decides, there is an account
    to take from or to put into, and enough can be raised.

    `asked` holds the dollars of withdrawal, contribution and conversion.
    """
    out, into, converted = asked["withdrawal"], asked["contribution"], asked["conversion"]
    if out and into:
        reader.fault("withdrawal", "there is a contribution too", "give one of them: what is left of the two")
    if any(path in reader.broken for path, _ in accounts) or "accounts" in reader.broken:
        return
    barred = {(rule.rule, rule.account) for rule in restrictions}
    from_, to = (
        [(path, each) for path, each in accounts if each.kind != "hsa" and (rule, each.id) not in barred]
        for rule in ("no_withdrawal", "no_contribution")
    )
    to = [(path, each) for path, each in to if each.registration != "inherited"]
    if out:
        _need_owners(reader, from_, "a withdrawal of the household goes by the owner's age")
        _check_enough(reader, "withdrawal", out, [each for _, each in from_], prices)
    if into:
        needing = [(path, each) for path, each in to if each.contribution_room is None]
        _need_owners(reader, needing, "the year's limit goes by the owner's age and compensation")
        if not to:
            reader.fault("contribution", f"no account may take {into:,.2f}", "an account without no_contribution")
    if converted:
        _check_conversion(reader, converted, from_, to, prices)


def _need_owners(reader: Reader, accounts: list[tuple[str, Account]], why: str) -> None:
    for path, account in accounts:
        if account.kind in RETIREMENT and account.owner is None:
            reader.fault(f"{path}.owner", "missing", f"{why}; or a restriction keeps the household from it")


def _check_conversion(
    reader: Reader,
    dollars: float,
    from_: list[tuple[str, Account]],
    to: list[tuple[str, Account]],
    prices: Mapping[str, Security],
) -> None:
    traditional = [
        (path, each) for path, each in from_ if each.kind == "traditional" and each.registration != "inherited"
    ]
    roths = [(path, each) for path, each in to if each.kind == "roth"]
    _need_owners(reader, [*traditional, *roths], "a conversion goes to a Roth of the same owner (IRC 408A(d)(3))")
    owners = {each.owner for _, each in roths}
    paired = [each for _, each in traditional if each.owner in owners]
    if not paired:
        hint = "a conversion needs a traditional IRA and a Roth of one owner, neither of them inherited"
        reader.fault("conversion", f"{dollars:,.2f} cannot be converted", hint)
    elif all(each.owner is not None for _, each in (*traditional, *roths)):
        _check_enough(reader, "conversion", dollars, paired, prices)


def _check_enough(
    reader: Reader, field: str, dollars: float, accounts: list[Account], prices: Mapping[str, Security]
) -> None:
    """Check that selling everything in these accounts covers what is asked of them."""
    if any(lot is FAULTY_LOT or lot.symbol not in prices for account in accounts for lot in account.lots):
        return
    most = math.fsum(max(raised(each, prices) - each.withdrawal - each.minimum_cash, 0.0) for each in accounts)
    if dollars > most + TOLERANCE:
        message = f"{dollars:,.2f} cannot be covered even after selling everything"
        reader.fault(field, message, f"at most {most:,.2f} can be raised")


def raised(account: Account, prices: Mapping[str, Security]) -> float:
    """Return the dollars in an account if all its lots are sold, before its withdrawal, at prices that are known."""
    sales = math.fsum(
        lot.quantity * prices[lot.symbol].price * (1 - prices[lot.symbol].half_spread) for lot in account.lots
    )
    return account.cash + account.contribution + sales
