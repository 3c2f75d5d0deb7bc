"""What the law asks to be taken out of retirement accounts this year, a second time (IRC 401(a)(9)).

docs/retirement.md is the specification. Nothing here is shared with models/retirement/ but the life tables.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, NamedTuple

from ...models.retirement.life_tables import divisor
from ...models.schema.money import CENT, ONE, ZERO, cents, exact
from .retirement import is_barred, owner_of, raised, taxable_receiver

if TYPE_CHECKING:
    from ...models.household.household import Household
    from ...models.household.parts.accounts import Account
    from ...models.household.parts.people import Inherited

SECURE = date(2020, 1, 1)
"""From this day on a death brings the ten years (P.L. 116-94 sec. 401(b)(1))."""


class Due(NamedTuple):
    """Accounts that share a distribution, and the dollars that must still come out of them."""

    accounts: tuple[str, ...]
    dollars: Decimal


def required_of(household: Household) -> list[Due]:
    """Return what must still be distributed this year, by the accounts that share it."""
    together: dict[str, list[Account]] = {}
    alone: list[list[Account]] = []
    for account in household.accounts:
        if account.kind == "traditional" and account.registration != "inherited" and account.owner is not None:
            together.setdefault(account.owner, []).append(account)
        elif account.kind in ("traditional", "roth", "401k"):
            alone.append([account])
    found = [_due(household, accounts) for accounts in [*together.values(), *alone]]
    return [each for each in found if each.dollars > 0]


def _due(household: Household, accounts: list[Account]) -> Due:
    lawful = stated = ZERO
    for account in accounts:
        if account.required_distribution is not None:
            stated += exact(account.required_distribution)
        else:
            lawful += _asked(household, account)
    paid = sum((exact(account.withdrawal) for account in accounts), ZERO)
    payers = [account for account in accounts if not is_barred(household, account, "no_withdrawal")]
    dollars = (max(lawful, ZERO) + stated - paid).quantize(CENT, ROUND_CEILING)
    able = sum((raised(household, account) for account in payers), ZERO)
    return Due(tuple(account.id for account in payers), max(min(dollars, able), ZERO))


def _asked(household: Household, account: Account) -> Decimal:
    """What the law asks of an account for the year, less what was withdrawn; 0 if it asks nothing."""
    owner, year = owner_of(household, account), household.trade_date.year
    if owner is None:
        return ZERO
    if account.inherited is not None:
        years = _years_of_heir(account, account.inherited, owner.born, year)
    elif account.kind == "roth" or account.registration == "inherited" or year < first_year(owner.born):
        years = None
    else:
        years = divisor("uniform_lifetime", year - owner.born.year, year)
    if years is None:
        return ZERO
    if years <= ONE and account.inherited is not None:
        return raised(household, account) + exact(account.withdrawal)
    return exact(account.last_year_end_value or 0.0) / years - exact(account.withdrawn)


def first_year(born: date) -> int:
    """Return the first year of an owner's distributions (IRC 401(a)(9)(C)(v) as amended in 2019 and 2022)."""
    if born < date(1949, 7, 1):
        half = born.month > 6  # 70½ is reached in the year after the 70th birthday
        return born.year + 70 + half
    if born < date(1951, 1, 1):
        return born.year + 72
    return born.year + (73 if born < date(1960, 1, 1) else 75)


def _years_of_heir(account: Account, from_: Inherited, born: date, year: int) -> Decimal | None:
    """The years by which last year's value is divided, at most 1 if everything must come out, None if nothing must."""
    died, heir = from_.died.year, from_.beneficiary
    begun = account.kind != "roth" and from_.died >= date(first_year(from_.owner_born) + 1, 4, 1)
    if year <= died:
        owed = begun and year == died
        return divisor("uniform_lifetime", year - from_.owner_born.year, year) if owed else None
    new = from_.died >= SECURE
    ends = {
        "estate": None if begun else died + 5,
        "other": died + 10 if new else None,
        "minor_child": born.year + 21 + 10 if new else None,
    }
    end = ends.get(heir)
    if end is not None and year >= end:
        return ONE
    ten_years = heir == "other" and new
    if (heir == "estate" or ten_years) and (not begun or (ten_years and year < 2025)):
        return None
    if heir == "spouse" and not begun and year < first_year(from_.owner_born):
        return None
    lives = []
    if heir == "spouse":
        lives.append(divisor("single_life", year - born.year, year))
    elif heir != "estate":
        lives.append(divisor("single_life", died + 1 - born.year, year) - (year - died - 1))
    if lives and lives[0] <= ONE:
        return ONE
    if begun:
        lives.append(divisor("single_life", died - from_.owner_born.year, year) - (year - died))
    return max(lives)


def leaving(household: Household) -> Decimal:
    """Return what must be distributed beyond the withdrawal if no taxable account receives it, in dollars."""
    if taxable_receiver(household):
        return ZERO
    beyond = sum((each.dollars for each in required_of(household)), ZERO) - cents(exact(household.withdrawal))
    return max(beyond, ZERO)
