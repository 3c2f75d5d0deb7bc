"""Lots as arrays, with the rule that blocks each. Letters as in docs/formulation.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from ...models import Household, Policy
from ...models.eligibility.blocked_lots import IN_A_WINDOW, Rule, blocking_rules
from ...models.eligibility.restrictions import unwanted
from ...models.household.parts.lot_rules import sale_queues
from ...models.wash_sales.before_plan import BeforePlan
from .arrays import Flags, Floats, Indices, Words
from .lot_facts import LotFacts, lot_facts, waiting_charges

NEGLIGIBLE = Decimal("0.0001")
"""Losses smaller than this per dollar are not offered as washed sales; they would use up replacement shares for no
benefit."""


NO_RULE: Rule = ("", None)


@dataclass(frozen=True)
class Lots:
    """One entry per lot, in the order of the household."""

    label: Words
    account: Indices
    security: Indices
    shares: Floats
    """q, shares."""
    size: Floats
    """p q, dollars."""
    cost: Floats
    """h: half-spread and redemption fee per dollar sold."""
    gain: Floats
    """γ: gain per dollar sold, 0 in a sheltered account or without a basis."""
    short: Flags
    """Taxable and short-term."""
    long: Flags
    """Taxable and long-term."""
    waiting: Floats
    """ω: the charge per dollar sold today of a lot whose gain is not long-term yet."""
    acquired: Sequence[date | None]
    blocked: Words
    """The row that blocks it (R1, R2, R5, R6, W1, W6, W12, H1, H2, T1, T2, T3, M3), or ''. W6 leaves a clean-out
    or a washed sale."""
    until: Sequence[date | None]
    """The first day on which that row no longer blocks it, None if unknown."""
    predecessor: Indices
    """The index of the lot that must be sold in full before this one, or -1."""
    washable: Flags
    """Whether its loss may be washed: the policy prices wash sales, the lot is open, its loss per dollar is more than
    NEGLIGIBLE, and it is neither bought in the last 30 days nor of one order with a purchase that would replace it."""
    unwanted: Flags
    """Whether its security may not be held in its account."""
    interchangeable: Indices
    """Lots with the same number are equal to every dollar sold; rounding sells them in the order of `queue_place`."""
    queue_place: Indices
    """The place of each lot in the order in which interchangeable lots are sold."""

    @cached_property
    def free(self) -> Flags:
        """Whether no rule blocks the lot."""
        return np.equal(self.blocked, "")

    @cached_property
    def open(self) -> Flags:
        """Whether the lot may be sold, freely or only in a clean-out or as a washed sale."""
        return np.equal(self.blocked, "") | np.equal(self.blocked, IN_A_WINDOW)

    @cached_property
    def is_loss(self) -> Flags:
        """Whether the lot is taxable and at a loss (γ < 0)."""
        return np.less(self.gain, 0)


def build_lots(household: Household, policy: Policy, index: dict[str, int], wash: BeforePlan) -> Lots:
    """Return the gain, term, costs and blocking rule of every lot. The sign of a gain is found in decimals.

    `index` is the position of each symbol; `wash` is what the wash-sale ledger says before the plan.
    """
    facts = lot_facts(household)
    gains = {key: gain for key, gain in zip(facts.key, facts.gain, strict=True) if gain is not None}
    blocked = blocking_rules(household, policy, gains, wash)
    rules = [blocked.get(key, NO_RULE) for key in facts.key]
    washable = _washable(facts, rules, policy, wash)
    waiting = waiting_charges(household, policy, facts)
    predecessor, queue_place = _queues(household, facts)
    recent, out = {key for own in wash.recent.values() for key in own}, unwanted(household)
    security = [index[lot.symbol] for lot in facts.lot]
    shares = np.array([lot.quantity for lot in facts.lot], dtype=np.float64)
    gain = np.array([0.0 if gain is None else float(gain) for gain in facts.gain], dtype=np.float64)
    price = np.array([each.price for each in household.securities], dtype=np.float64)
    whole = np.array([account.whole_shares for account in household.accounts], dtype=bool)
    alone = np.array(washable, dtype=bool) | (whole[facts.account] & (shares % 1 != 0))
    quick = (facts.account, security, gain, waiting, np.where(alone, np.arange(len(shares)), -1))

    def kind(i: int) -> Kind:
        exactly = facts.account[i], security[i], facts.cost[i], facts.gain[i], facts.term[i]
        return *exactly, waiting[i], rules[i][0], facts.key[i] in recent, i if alone[i] else -1

    return Lots(
        label=np.array([f"{account}/{lot}" for account, lot in facts.key], dtype=np.str_),
        account=np.array(facts.account, dtype=np.int64),
        security=np.array(security, dtype=np.int64),
        shares=shares,
        size=price[security] * shares if security else shares,
        cost=np.array([float(cost) for cost in facts.cost], dtype=np.float64),
        gain=gain,
        short=np.array([term == "short" for term in facts.term], dtype=bool),
        long=np.array([term == "long" for term in facts.term], dtype=bool),
        waiting=np.array(waiting),
        acquired=[lot.acquired for lot in facts.lot],
        blocked=np.array([rule for rule, _ in rules], dtype=np.str_),
        until=[until for _, until in rules],
        predecessor=predecessor,
        washable=np.array(washable, dtype=bool),
        unwanted=np.array([(key[0], lot.symbol) in out for key, lot in household.lot.items()], dtype=bool),
        interchangeable=_interchangeable(quick, kind, predecessor, queue_place),
        queue_place=queue_place,
    )


def _washable(facts: LotFacts, rules: Sequence[Rule], policy: Policy, wash: BeforePlan) -> list[bool]:
    """Whether the policy prices wash sales and each lot's loss is one that may be washed."""
    if policy.wash_sales != "price":
        return [False] * len(rules)
    return [
        gain is not None and gain < -NEGLIGIBLE and rule in ("", IN_A_WINDOW) and wash.washable(account, lot)
        for (account, _), lot, gain, (rule, _) in zip(facts.key, facts.lot, facts.gain, rules, strict=True)
    ]


def _queues(household: Household, facts: LotFacts) -> tuple[Indices, Indices]:
    """The predecessor of each lot, or -1, and its place in the order in which interchangeable lots are sold."""
    predecessor, queue_place = np.full(len(facts.key), -1, dtype=np.int64), np.arange(len(facts.key))
    queues = [(account.id, queue) for account in household.accounts for queue in sale_queues(account)]
    place = {key: i for i, key in enumerate(facts.key)} if queues else {}
    for account, queue in queues:
        own = np.array([place[account, lot.id] for lot in queue])
        predecessor[own[1:]] = own[:-1]
        queue_place[own] = np.sort(own)
    return predecessor, queue_place


Kind = tuple[object, ...]
"""What interchangeable lots have in common."""


def _interchangeable(
    quick: Sequence[ArrayLike], kind: Callable[[int], Kind], predecessor: Indices, queue_place: Indices
) -> Indices:
    """Numbers that interchangeable lots share: lots of one kind, and in a sale queue only those next to each other.

    `quick` are columns that lots of one kind have in common, in floats. Few lots share them, and only those are asked
    for their kind, which is exact.
    """
    order, count = np.argsort(queue_place, kind="stable"), len(queue_place)
    queued = predecessor >= 0
    queued[predecessor[queued]] = True
    first = np.arange(count)
    known: dict[tuple[Kind, int], int] = {}
    for i in order[_shared(quick)[order]].tolist():
        own, ahead = kind(i), int(predecessor[i])
        alike = ahead >= 0 and kind(ahead) == own
        first[i] = first[ahead] if alike else known.setdefault((own, i if queued[i] else -1), i)
    numbers = np.empty(count, dtype=np.int64)
    numbers[order] = np.cumsum(first[order] == order) - 1
    found: Indices = numbers[first]
    return found


def _shared(columns: Sequence[ArrayLike]) -> Flags:
    """Whether another row of the columns is the same."""
    order = np.lexsort(tuple(np.asarray(column) for column in columns))
    ordered = [np.asarray(column)[order] for column in columns]
    same = np.logical_and.reduce([column[1:] == column[:-1] for column in ordered])
    found = np.zeros(len(order), dtype=bool)
    found[order[1:]] |= same
    found[order[:-1]] |= same
    return found
