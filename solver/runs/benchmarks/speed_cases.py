"""The households of `bench speed`: fixed seeds, in fractions of shares and in whole shares, far apart in size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice

from ....fixtures.generator import Size, generate
from ....fixtures.one_fund import generate_one_fund
from ....fixtures.sleeve import Sleeve, generate_sleeve
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


def _sleeve(names: int, bought: float, value: float, seed: int, *, whole_shares: bool) -> Household:
    return generate_sleeve(seed, names, sleeve=Sleeve(bought, value, whole_shares))


def _one_fund(seed: int, *, whole_shares: bool) -> Household:
    return generate_one_fund(seed, whole_shares=whole_shares)


CASES: Mapping[str, Callable[..., Household]] = {
    "funds": _fund,
    "sleeve100": partial(_sleeve, 100, 1 / 8, 1e6),
    "sleeve500": partial(_sleeve, 500, 7 / 48, 4e6),
    "sleeve1500": partial(_sleeve, 1500, 7 / 48, 2e7),
    "sleeve3000": partial(_sleeve, 3000, 19 / 48, 1e8),
    "onefund": _one_fund,
}
"""By name, the household of a seed, in whole shares if `whole_shares`; in order of their lots but for the last.

A sleeve of n names has about seven, eight or twenty lots a name and is worth enough for whole shares of each.
"""

SLEEVES = tuple(name for name in CASES if name.startswith("sleeve"))
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
