"""Lots as arrays, with the rule that blocks each. Letters as in docs/formulation.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from ...models import Household, Policy
from ...models.eligibility.blocked_lots import IN_A_WINDOW, blocking_rules
from ...models.eligibility.restrictions import unwanted
from ...models.household.parts.lot_rules import sale_queues
from ...models.wash_sales.before_plan import BeforePlan
from .arrays import Flags, Floats, Indices, Words
from .lot_facts import LotFacts, lot_facts, waiting_charges

NEGLIGIBLE = Decimal("0.0001")
"""Losses smaller than this per dollar are not offered as washed sales; they would use up replacement shares for no
benefit."""


@dataclass(frozen=True, slots=True)
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
    """γ: gain per dollar sold, 0 in a sheltered account."""
    short: Flags
    """Taxable and short-term."""
    long: Flags
    """Taxable and long-term."""
    waiting: Floats
    """ω: the charge per dollar sold today of a lot whose gain is not long-term yet."""
    acquired: Sequence[date | None]
    blocked: Words
    """The row that blocks it (R1, R2, W1, W6, H1, H2, T1, M3), or ''. W6 leaves a clean-out or a washed sale."""
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

    @property
    def free(self) -> Flags:
        """Whether no rule blocks the lot."""
        return np.equal(self.blocked, "")

    @property
    def open(self) -> Flags:
        """Whether the lot may be sold, freely or only in a clean-out or as a washed sale."""
        return np.equal(self.blocked, "") | np.equal(self.blocked, IN_A_WINDOW)

    @property
    def is_loss(self) -> Flags:
        """Whether the lot is taxable and at a loss (γ < 0)."""
        return np.less(self.gain, 0)


def build_lots(household: Household, policy: Policy, index: dict[str, int], wash: BeforePlan) -> Lots:
    """Return the gain, term, costs and blocking rule of every lot. The sign of a gain is found in decimals.

    `index` is the position of each symbol; `wash` is what the wash-sale ledger says before the plan.
    """
    facts = lot_facts(household)
    gains = {each.key: each.gain for each in facts if each.gain is not None}
    blocked = blocking_rules(household, policy, gains, wash)
    rules = [blocked.get(each.key, ("", None)) for each in facts]
    washable = [_washable(each, rule, policy, wash) for each, (rule, _) in zip(facts, rules, strict=True)]
    waiting = waiting_charges(household, policy, facts)
    predecessor, queue_place = _queues(household, facts)
    recent, out = {key for own in wash.recent.values() for key in own}, unwanted(household)
    kinds = [
        (each.place, each.lot.symbol, each.cost, each.gain, each.term, waiting[i], rules[i][0], each.key in recent,
         i if washable[i] or (each.account.whole_shares and each.lot.quantity % 1) else -1)
        for i, each in enumerate(facts)
    ]  # fmt: skip
    return Lots(
        label=np.array([f"{each.account.id}/{each.lot.id}" for each in facts], dtype=np.str_),
        account=np.array([each.place for each in facts], dtype=np.int64),
        security=np.array([index[each.lot.symbol] for each in facts], dtype=np.int64),
        shares=np.array([each.lot.quantity for each in facts]),
        size=np.array([each.security.price * each.lot.quantity for each in facts]),
        cost=np.array([float(each.cost) for each in facts]),
        gain=np.array([float(each.gain or 0) for each in facts], dtype=np.float64),
        short=np.array([each.term == "short" for each in facts], dtype=bool),
        long=np.array([each.term == "long" for each in facts], dtype=bool),
        waiting=np.array(waiting),
        acquired=[each.lot.acquired for each in facts],
        blocked=np.array([rule for rule, _ in rules], dtype=np.str_),
        until=[until for _, until in rules],
        predecessor=predecessor,
        washable=np.array(washable, dtype=bool),
        unwanted=np.array([(each.account.id, each.lot.symbol) in out for each in facts], dtype=bool),
        interchangeable=_interchangeable(kinds, predecessor, queue_place),
        queue_place=queue_place,
    )


def _washable(facts: LotFacts, rule: str, policy: Policy, wash: BeforePlan) -> bool:
    """Whether the policy prices wash sales and the lot's loss is one that may be washed."""
    if policy.wash_sales != "price" or facts.gain is None or facts.gain >= -NEGLIGIBLE:
        return False
    return rule in ("", IN_A_WINDOW) and wash.washable(facts.account.id, facts.lot)


def _queues(household: Household, facts: Sequence[LotFacts]) -> tuple[Indices, Indices]:
    """The predecessor of each lot, or -1, and its place in the order in which interchangeable lots are sold."""
    place = {each.key: i for i, each in enumerate(facts)}
    predecessor, queue_place = np.full(len(facts), -1, dtype=np.int64), np.arange(len(facts))
    for account in household.accounts:
        for queue in sale_queues(account):
            own = np.array([place[account.id, lot.id] for lot in queue])
            predecessor[own[1:]] = own[:-1]
            queue_place[own] = np.sort(own)
    return predecessor, queue_place


def _interchangeable(kinds: Sequence[tuple[object, ...]], predecessor: Indices, queue_place: Indices) -> Indices:
    """Numbers that interchangeable lots share: lots of one kind, and in a sale queue only those next to each other."""
    numbers: dict[object, int] = {}
    found = np.zeros(len(kinds), dtype=np.int64)
    in_queue = np.isin(np.arange(len(kinds)), predecessor) | (predecessor >= 0)
    for i in np.argsort(queue_place, kind="stable").tolist():
        ahead = int(predecessor[i])
        if ahead >= 0 and kinds[ahead] == kinds[i]:
            found[i] = found[ahead]
        else:
            found[i] = numbers.setdefault((kinds[i], i if in_queue[i] else -1), len(numbers))
    return found
