"""Lots and purchases as arrays, with the rule that closes each. Letters as in docs/formulation.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from ..models import Household, Lot, Policy, days_to_long_term, holding_term
from ..models.base import exact
from ..models.lot_rules import bases, lines, redemption_fee
from ..models.replacements import ranks
from ..models.waiting import waiting_price
from .closing import IN_A_WINDOW, closing_rules
from .program import Floats, Indices
from .restrictions import barred_purchases, unwanted
from .wash_today import WashToday, Window

NEGLIGIBLE = Decimal("0.0001")
"""A loss per dollar that is none to harvest: washed, it would take up purchases for nothing."""

Flags = NDArray[np.bool_]
Words = NDArray[np.str_]


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
    closed: Words
    """The row that forbids selling it (R1, R2, W1, W6, H1, H2, T1, M3), or ''."""
    until: Sequence[date | None]
    """The first day on which it no longer does, where that is known."""
    after: Indices
    """The lot that must be sold out before this one, or -1."""
    washable: Flags
    """Its loss may be washed: where the policy prices wash sales, open, at a loss, not bought in the last 30 days."""
    unwanted: Flags
    """Of a security that may not be held."""
    alike: Indices
    """Lots with the same number are alike to every dollar sold, and are sold in the order of `line`."""
    line: Indices
    """The place of each lot in the order in which alike lots are sold."""

    @property
    def free(self) -> Flags:
        """May be sold."""
        return np.equal(self.closed, "")

    @property
    def open(self) -> Flags:
        """May be sold, be it only in a clean-out or at the price of a wash sale."""
        return np.equal(self.closed, "") | np.equal(self.closed, IN_A_WINDOW)

    @property
    def is_loss(self) -> Flags:
        """Taxable and at a loss."""
        return np.less(self.gain, 0)


@dataclass(frozen=True, slots=True)
class Buys:
    """One entry a purchase that an account's menu allows."""

    label: Words
    account: Indices
    security: Indices
    limit: Floats
    """U_a: the most the account could spend, dollars."""
    closed: Words
    """The row that forbids it (R3, W2), or ''."""
    preference: Floats
    """ρ: what buying it rather than the preferred security of its class costs, per dollar."""

    @property
    def free(self) -> Flags:
        """May be bought."""
        return np.equal(self.closed, "")


def build_lots(household: Household, policy: Policy, index: dict[str, int], wash: WashToday) -> Lots:
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
    closed = closing_rules(household, policy, gains, wash)
    rules = [closed.get(key, ("", None)) for key in keys]
    place = {key: i for i, key in enumerate(keys)}
    after, line_place = np.full(len(held), -1, dtype=np.int64), np.arange(len(held))
    for account in household.accounts:
        for line in lines(account):
            own = np.array([place[account.id, lot.id] for lot in line])
            after[own[1:]] = own[:-1]
            line_place[own] = np.sort(own)
    priced = policy.wash_sales == "price"
    washable = [
        priced
        and gains.get(key, 0) < -NEGLIGIBLE
        and closed.get(key, ("",))[0] in ("", IN_A_WINDOW)
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
        closed=np.array([rule for rule, _ in rules], dtype=np.str_),
        until=[until for _, until in rules],
        after=after,
        washable=np.array(washable, dtype=bool),
        unwanted=np.array([(account.id, lot.symbol) in out for _, account, lot in held], dtype=bool),
        alike=_alike(kinds, after, line_place),
        line=line_place,
    )


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
    closed = ["R3" if (ids[a], names[k]) in barred else "W2" if names[k] in lost else "" for a, k in menu]
    rank = [ranks(household, holder) for holder in household.accounts]
    return Buys(
        label=np.array([f"{ids[a]}/{names[k]}" for a, k in menu], dtype=np.str_),
        account=account,
        security=security,
        limit=spendable[account] / (1 + half_spread[security]),
        closed=np.array(closed, dtype=np.str_),
        preference=policy.stand_in_cost * np.array([rank[a][names[k]] for a, k in menu], dtype=np.float64),
    )


def _alike(kinds: Sequence[tuple[object, ...]], after: Indices, line: Indices) -> Indices:
    """Numbers that alike lots share: of one kind, and in a line next to each other."""
    numbers: dict[object, int] = {}
    alike = np.zeros(len(kinds), dtype=np.int64)
    in_line = np.isin(np.arange(len(kinds)), after) | (after >= 0)
    for i in np.argsort(line, kind="stable").tolist():
        ahead = int(after[i])
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
