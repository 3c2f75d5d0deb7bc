"""Purchases as arrays, with the rule that blocks each. Letters as in docs/formulation.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models.eligibility.restrictions import barred_purchases
from ...models.household.household import Household
from ...models.household.parts.substitutes import ranks
from ...models.policy.policy import Policy
from ...models.wash_sales.before_plan import Window
from .arrays import Flags, Floats, Indices, Words


@dataclass(frozen=True, slots=True)
class Buys:
    """One entry a purchase that an account's menu allows."""

    label: Words
    account: Indices
    security: Indices
    limit: Floats
    """U_a: the most the account could spend, dollars."""
    blocked: Words
    """The row that forbids it (R3, W2), or ''."""
    substitution: Floats
    """ρ: what buying it rather than the preferred security of its class costs, per dollar."""

    @property
    def free(self) -> Flags:
        """May be bought."""
        return np.equal(self.blocked, "")


def build_buys(
    household: Household,
    policy: Policy,
    index: dict[str, int],
    spendable: Floats,
    half_spread: Floats,
    harvested: dict[str, Window],
) -> Buys:
    """Every purchase on a menu. `spendable` is by account, dollars."""
    menu = [(a, index[symbol]) for a, account in enumerate(household.accounts)
            for symbol in (index if account.menu is None else dict.fromkeys(account.menu))]  # fmt: skip
    account, security = (np.array([pair[axis] for pair in menu], dtype=np.int64) for axis in range(2))
    barred, names = barred_purchases(household), list(index)
    ids = [holder.id for holder in household.accounts]
    lost = {symbol for symbol in names if household.securities[index[symbol]].group in harvested}
    blocked = ["R3" if (ids[a], names[k]) in barred else "W2" if names[k] in lost else "" for a, k in menu]
    rank = [ranks(household.securities, holder) for holder in household.accounts]
    return Buys(
        label=np.array([f"{ids[a]}/{names[k]}" for a, k in menu], dtype=np.str_),
        account=account,
        security=security,
        limit=spendable[account] / (1 + half_spread[security]),
        blocked=np.array(blocked, dtype=np.str_),
        substitution=policy.substitute_cost * np.array([rank[a][names[k]] for a, k in menu], dtype=np.float64),
    )
