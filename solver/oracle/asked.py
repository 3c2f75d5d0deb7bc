"""What a household asks for without saying from where, and what the law adds to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...models.retirement.distributions import required
from ...models.retirement.limits import room
from ...models.schema.money import cents, exact

if TYPE_CHECKING:
    from ...models import Account, Household


@dataclass(frozen=True)
class Asked:
    """What is asked for, in dollars."""

    out: float
    """What accounts pay."""
    into: float
    """What they receive."""
    fresh: float
    """The part of it that is new."""
    converted: float

    @classmethod
    def of(cls, household: Household) -> Asked:
        """Read the requests, with what the law wants distributed."""
        D, K, G = (
            float(cents(exact(each))) for each in (household.withdrawal, household.contribution, household.conversion)
        )
        R = float(sum(each.dollars for each in required(household)))
        beyond = max(R - D, 0.0) if any(a.taxable for a in receivers(household)) else 0.0
        return cls(max(D, R), K + beyond, K, G)

    @property
    def anything(self) -> bool:
        """Whether money moves at all."""
        return self.out > 0 or self.into > 0 or self.converted > 0


def receivers(household: Household) -> list[Account]:
    """The accounts that may receive: those of which no limit says that there is no room."""
    full = {name for each in room(household) if each.dollars <= 0 for name in each.accounts}
    return [a for a in household.accounts if a.id not in full]
