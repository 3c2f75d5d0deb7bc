"""Lots and purchases as arrays, with the rule that closes each. Letters as in docs/formulation.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from ...models import Household, Lot, Policy, days_to_long_term, holding_term
from ...models.eligibility.blocked_lots import IN_A_WINDOW, blocking_rules
from ...models.eligibility.restrictions import unwanted
from ...models.household.parts.lot_rules import bases, redemption_fee, sale_queues
from ...models.policy.waiting_price import waiting_price
from ...models.schema.money import exact
from ...models.wash_sales.before_plan import BeforePlan
from .arrays import Flags, Floats, Indices, Words

NEGLIGIBLE = Decimal("0.0001")
"""A loss per dollar that is none to harvest: washed, it would take up purchases for nothing."""


@dataclass(frozen=True, slots=True)
class Lots:
    """One entry a lot, in the order of the household."""

    label: Words
    account: Indices
    security: Indices
    shares: Floats
    """q."""
    size: Floats
    """p q, dollars."""
    cost: Floats
    """h: half-spread and redemption fee per dollar sold."""
    gain: Floats
    """γ: gain per dollar sold, 0 in a sheltered account."""
    short: Flags
    """Taxable and short-term."""
    long: Flags
    """Taxable and long-term."""
    waiting: Floats
    """ω: what selling today rather than long-term is charged, per dollar."""
    acquired: Sequence[date | None]
    blocked: Words
    """The row that forbids selling it (R1, R2, W1, W6, H1, H2, T1, M3), or ''."""
    until: Sequence[date | None]
    """The first day on which it no longer does, where that is known."""
    predecessor: Indices
    """The lot that must be sold out before this one, or -1."""
    washable: Flags
    """Its loss may be washed: where the policy prices wash sales, open, at a loss, not bought in the last 30 days."""
    unwanted: Flags
    """Of a security that may not be held."""
    interchangeable: Indices
    """Lots with the same number are alike to every dollar sold, and are sold in the order of `line`."""
    queue_place: Indices
    """The place of each lot in the order in which alike lots are sold."""

    @property
    def free(self) -> Flags:
        """May be sold."""
        return np.equal(self.blocked, "")

    @property
    def open(self) -> Flags:
        """May be sold, be it only in a clean-out or at the price of a wash sale."""
        return np.equal(self.blocked, "") | np.equal(self.blocked, IN_A_WINDOW)

    @property
    def is_loss(self) -> Flags:
        """Taxable and at a loss."""
        return np.less(self.gain, 0)


def build_lots(household: Household, policy: Policy, index: dict[str, int], wash: BeforePlan) -> Lots:
    """Gain, term, costs and the rule that closes it, lot by lot. Signs are found in decimals."""
    held = [(a, account, lot) for a, account in enumerate(household.accounts) for lot in account.lots]
    keys = [(account.id, lot.id) for _, account, lot in held]
    basis = {(a.id, lot): dollars for a in household.accounts for lot, dollars in bases(a).items()}
    out = unwanted(household)
    costs, terms = [], []
    gains: dict[tuple[str, str], Decimal] = {}
    for key, (_, account, lot) in zip(keys, held, strict=True):
        security = household.securities[index[lot.symbol]]
        cost = exact(security.half_spread) + redemption_fee(security, lot, household.trade_date)
        term = ""
        if account.taxable and lot.acquired is not None:
            gains[key] = 1 - cost - basis[key] / exact(security.price)
            term = holding_term(lot.acquired, household.trade_date)
        costs.append(float(cost))
        terms.append(term)
    blocked = blocking_rules(household, policy, gains, wash)
    rules = [blocked.get(key, ("", None)) for key in keys]
    place = {key: i for i, key in enumerate(keys)}
    predecessor, queue_place = np.full(len(held), -1, dtype=np.int64), np.arange(len(held))
    for account in household.accounts:
        for queue in sale_queues(account):
            own = np.array([place[account.id, lot.id] for lot in queue])
            predecessor[own[1:]] = own[:-1]
            queue_place[own] = np.sort(own)
    priced = policy.wash_sales == "price"
    washable = [
        priced
        and gains.get(key, 0) < -NEGLIGIBLE
        and blocked.get(key, ("",))[0] in ("", IN_A_WINDOW)
        and wash.washable(account.id, lot)
        for key, (_, account, lot) in zip(keys, held, strict=True)
    ]
    waiting = _waiting(household, policy, [lot for _, _, lot in held], [gains.get(key) for key in keys])
    recent = {key for own in wash.recent.values() for key in own}
    kinds = [
        (a, lot.symbol, costs[i], gains.get(keys[i]), terms[i], waiting[i], rules[i][0], keys[i] in recent,
         i if washable[i] or (account.whole_shares and lot.quantity % 1) else -1)
        for i, (a, account, lot) in enumerate(held)
    ]  # fmt: skip
    return Lots(
        label=np.array([f"{account.id}/{lot.id}" for _, account, lot in held], dtype=np.str_),
        account=np.array([a for a, _, _ in held], dtype=np.int64),
        security=np.array([index[lot.symbol] for _, _, lot in held], dtype=np.int64),
        shares=np.array([lot.quantity for _, _, lot in held]),
        size=np.array([household.securities[index[lot.symbol]].price * lot.quantity for _, _, lot in held]),
        cost=np.array(costs),
        gain=np.array([float(gains.get(key, 0)) for key in keys], dtype=np.float64),
        short=np.array([term == "short" for term in terms], dtype=bool),
        long=np.array([term == "long" for term in terms], dtype=bool),
        waiting=waiting,
        acquired=[lot.acquired for _, _, lot in held],
        blocked=np.array([rule for rule, _ in rules], dtype=np.str_),
        until=[until for _, until in rules],
        predecessor=predecessor,
        washable=np.array(washable, dtype=bool),
        unwanted=np.array([(account.id, lot.symbol) in out for _, account, lot in held], dtype=bool),
        interchangeable=_interchangeable(kinds, predecessor, queue_place),
        queue_place=queue_place,
    )


def _interchangeable(kinds: Sequence[tuple[object, ...]], predecessor: Indices, queue_place: Indices) -> Indices:
    """Numbers that alike lots share: of one kind, and in a line next to each other."""
    numbers: dict[object, int] = {}
    alike = np.zeros(len(kinds), dtype=np.int64)
    in_line = np.isin(np.arange(len(kinds)), predecessor) | (predecessor >= 0)
    for i in np.argsort(queue_place, kind="stable").tolist():
        ahead = int(predecessor[i])
        if ahead >= 0 and kinds[ahead] == kinds[i]:
            alike[i] = alike[ahead]
        else:
            alike[i] = numbers.setdefault((kinds[i], i if in_line[i] else -1), len(numbers))
    return alike


def _waiting(household: Household, policy: Policy, held: list[Lot], gains: list[Decimal | None]) -> Floats:
    """ω by lot."""
    price = {security.symbol: exact(security.price) for security in household.securities}
    found = np.zeros(len(held))
    short = [
        (i, gain, days_to_long_term(lot.acquired, household.trade_date))
        for i, (lot, gain) in enumerate(zip(held, gains, strict=True))
        if gain is not None and gain > 0 and lot.acquired is not None
    ]
    short = [(i, gain, days) for i, gain, days in short if days > 0]
    total = sum((gain * price[held[i].symbol] * exact(held[i].quantity) for i, gain, _ in short), Decimal(0))
    for i, gain, days in short:
        found[i] = float(waiting_price(household.filer, policy, gain, days, total))
    return found
