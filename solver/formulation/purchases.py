"""Purchases as arrays, with the rule that blocks each. Letters as in docs/formulation.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models.eligibility.restrictions import barred_purchases
from ...models.household.household import Household
from ...models.policy.policy import Policy
from ...models.wash_sales.before_plan import BeforePlan
from .arrays import Flags, Floats, Indices, Words


@dataclass(frozen=True, slots=True)
class Buys:
    """One entry per purchase that an account may make: on its menu, and available there."""

    label: Words
    account: Indices
    security: Indices
    limit: Floats
    """U_a / (1 + h): the most that the account could buy of it, dollars."""
    blocked: Words
    """The row that blocks it (R3, W2), or ''."""
    substitution: Floats
    """ρ: the charge per dollar for buying it rather than the preferred security of its class."""

    @property
    def free(self) -> Flags:
        """Whether no rule blocks the purchase."""
        return np.equal(self.blocked, "")


def build_buys(
    household: Household,
    policy: Policy,
    index: dict[str, int],
    spendable: Floats,
    half_spread: Floats,
    wash: BeforePlan,
) -> Buys:
    """Return every purchase of a security that the account may buy.

    `index` is the position of each symbol, `spendable` is U_a by account, in dollars, and `wash` is what the wash-sale
    ledger says before the plan.
    """
    menu = [(a, index[symbol]) for a, account in enumerate(household.accounts)
            for symbol in household.buyable[account.id]]  # fmt: skip
    account, security = (np.array([pair[axis] for pair in menu], dtype=np.int64) for axis in range(2))
    barred, names = barred_purchases(household), list(index)
    ids = [holder.id for holder in household.accounts]
    lost = [wash.barring(holder) for holder in household.accounts]
    blocked = [
        "R3" if (ids[a], names[k]) in barred else "W2" if household.securities[k].group in lost[a] else ""
        for a, k in menu
    ]
    rank = [household.ranks[holder.id] for holder in household.accounts]
    return Buys(
        label=np.array([f"{ids[a]}/{names[k]}" for a, k in menu], dtype=np.str_),
        account=account,
        security=security,
        limit=spendable[account] / (1 + half_spread[security]),
        blocked=np.array(blocked, dtype=np.str_),
        substitution=policy.substitute_cost * np.array([rank[a][names[k]] for a, k in menu], dtype=np.float64),
    )
