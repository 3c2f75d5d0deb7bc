"""The households of `bench speed`: fixed seeds, in fractions of shares and in whole shares, far apart in size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice

from ....fixtures.generator import Size, generate
from ....fixtures.one_fund import generate_one_fund
from ....fixtures.sleeve import SLEEVES as SIZES
from ....fixtures.sleeve import generate_sleeve
from ....models import Household

FUNDS = Size(accounts=5, funds=24, lots=150)
"""What a household of funds is like; with the positions of sheltered accounts, 150 to 170 lots."""

SEARCHED = 1_000
"""Households of a seed, at most, among which those of that size are looked for."""


def funds(seed: int) -> Iterator[Household]:
    """Yield the households of funds of a seed in fractions of shares: five accounts and 24 securities each."""
    for household in generate(SEARCHED, seed, FUNDS):
        if len(household.securities) == FUNDS.funds:
            yield _in_shares(household, whole=False)


def _fund(seed: int, *, whole_shares: bool) -> Household:
    return _in_shares(next(funds(seed)), whole=True) if whole_shares else next(funds(seed))


def _sleeve(name: str, seed: int, *, whole_shares: bool) -> Household:
    names, sleeve = SIZES[name]
    return generate_sleeve(seed, names, sleeve=replace(sleeve, whole_shares=whole_shares))


def _one_fund(seed: int, *, whole_shares: bool) -> Household:
    return generate_one_fund(seed, whole_shares=whole_shares)


CASES: Mapping[str, Callable[..., Household]] = {
    "funds": _fund,
    **{name: partial(_sleeve, name) for name in SIZES},
    "onefund": _one_fund,
}
"""By name, the household of a seed, in whole shares if `whole_shares`; in order of their lots but for the last."""

SLEEVES = tuple(SIZES)
"""The cases over which the growth of the seconds with the lots is measured."""


def many_funds(count: int) -> list[Household]:
    """Return the first `count` households of funds of seed 0, for the throughput."""
    return list(islice(funds(0), count))


def _in_shares(household: Household, *, whole: bool) -> Household:
    """Return the household with every account but a 401(k) in whole shares, or none. `whole` rounds what those accounts
    hold and bought, so that no lot has a fraction of a share.
    """
    data = household.model_dump(exclude_none=True)
    orders = {account["id"]: account for account in data["accounts"] if account["kind"] != "401k"}
    for account in orders.values():
        account["whole_shares"] = whole
    if whole:
        traded = [each for each in (*data["recent_trades"], *data["scheduled_buys"]) if each["account"] in orders]
        for row in (*traded, *(lot for account in orders.values() for lot in account["lots"])):
            if "quantity" in row:
                row["quantity"] = max(1.0, float(round(row["quantity"])))
    return Household.model_validate(data)
