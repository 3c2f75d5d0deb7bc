"""What is known of each lot on the trade date, lot by lot and in decimals; lots.py makes arrays of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ...models import Account, Household, Lot, Policy, Security, days_to_long_term, holding_term
from ...models.household.parts.lot_rules import amount_realized, bases, held_since, redemption_fee
from ...models.policy.waiting_price import waiting_price
from ...models.schema.money import exact
from ...models.tax.holding_period import Term


class LotFacts(NamedTuple):
    """One lot with what follows from its basis, its date and its security's price."""

    place: int
    """The index of its account."""
    account: Account
    lot: Lot
    security: Security
    cost: Decimal
    """h: half-spread and redemption fee per dollar sold."""
    gain: Decimal | None = None
    """γ: gain per dollar sold; None in a sheltered account."""
    since: date | None = None
    """The day after which its holding period runs; None in a sheltered account."""
    term: Term | None = None
    """None in a sheltered account."""

    @property
    def key(self) -> tuple[str, str]:
        """Account id and lot id."""
        return self.account.id, self.lot.id


def lot_facts(household: Household) -> list[LotFacts]:
    """The facts of every lot, in the order of the household."""
    found = []
    today = household.trade_date
    for place, account in enumerate(household.accounts):
        basis = bases(account, household.security, today)
        for lot in account.lots:
            security = household.security[lot.symbol]
            cost = exact(security.half_spread) + redemption_fee(security, lot, today)
            facts = LotFacts(place, account, lot, security, cost)
            if account.taxable and lot.acquired is not None:
                gain = (amount_realized(security, lot, today) - basis[lot.id]) / exact(security.price)
                since = held_since(lot, gain)
                facts = facts._replace(gain=gain, since=since, term=holding_term(since, today) if since else None)
            found.append(facts)
    return found


def waiting_charges(household: Household, policy: Policy, lots: Sequence[LotFacts]) -> list[float]:
    """ω by lot, per dollar sold."""
    short: list[tuple[int, Decimal, int]] = []
    total = Decimal(0)
    for i, (_, _, lot, security, _, gain, since, term) in enumerate(lots):
        if gain is not None and gain > 0 and term == "short" and since is not None:
            short.append((i, gain, days_to_long_term(since, household.trade_date)))
            total += gain * exact(security.price) * exact(lot.quantity)
    found = [0.0] * len(lots)
    for i, gain, days in short:
        found[i] = float(waiting_price(household.filer, policy, gain, days, total))
    return found
