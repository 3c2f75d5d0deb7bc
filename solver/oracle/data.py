"""The data of the oracle: a household's lots and purchases with their constants from docs/formulation.md.

Written a second time from that page, for `program.py`. It uses the models only and shares no other code of solver/.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import cvxpy as cp
import numpy as np

from ...models import days_to_long_term, holding_term, usual_rates
from ...models.schema.money import exact
from ...models.wash_sales.history import UNKNOWN, WashHistory, forked, order_of
from ...models.wash_sales.ledger import WINDOW, Event
from .asked import Asked
from .values import DUST, Affine, Column

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...models import Account, Household, Lot, Policy, Security
    from .values import Value


IN_ORDER: dict[str, Callable[[Lot], float]] = {
    "fifo": lambda lot: (lot.acquired or date.min).toordinal(),
    "lifo": lambda lot: -(lot.acquired or date.min).toordinal(),
    "hifo": lambda lot: -(lot.basis_per_share or 0.0),
}
"""By accounting method, what orders the lots of a sale queue."""


@dataclass(frozen=True)
class Sale:
    """A lot l with its constants: p_k q_l in scaled dollars, h_l and γ_l per dollar sold, and the term, if any."""

    a: Account
    k: Security
    lot: Lot
    pq: float
    h: float
    gamma: float
    term: str
    closed: str
    """The row that blocks it, or ''."""

    recent: bool = False
    """Whether it is a recent lot of a taxable account: bought in the wash window, not used by an earlier loss."""

    @property
    def order(self) -> str:
        """The order with which it was bought."""
        return order_of(self.a.id, self.lot)

    @property
    def free(self) -> bool:
        """Whether it may be sold, without conditions."""
        return not self.closed

    @property
    def open(self) -> bool:
        """Whether it may be sold, if only together with the recent lots of its group of other orders (W6)."""
        return self.closed in ("", "W6")


@dataclass(frozen=True)
class Buy:
    """A security k on the menu of an account a, with the upper bound of y_ak in scaled dollars."""

    a: Account
    k: Security
    most: float
    free: bool  # whether W2 and R3 allow it


@dataclass
class Page:
    """The data and the variables x and y, in scaled dollars, and what each section adds: rows and shortfalls."""

    household: Household
    policy: Policy
    unit: float
    theta: dict[str, float]
    V: float
    W: float
    sales: list[Sale]
    buys: list[Buy]
    x: cp.Variable
    y: cp.Variable
    rows: list[Any] = field(default_factory=list)
    total_shortfall: Affine = 0.0
    cash_shortfall: Affine = 0.0

    def sum_x(self, coefficients: Iterable[float]) -> Affine:
        """Σ_l coefficient x_l."""
        return np.array(list(coefficients)) @ self.x if self.sales else 0.0

    def sum_y(self, coefficients: Iterable[float]) -> Affine:
        """Σ_ak coefficient y_ak."""
        return np.array(list(coefficients)) @ self.y if self.buys else 0.0

    def shortfall(self, weight: float = 1.0) -> Affine:
        """Return a new column ≥ 0, the shortfall of an elastic row, and add it to the total with its weight."""
        column = cp.Variable(nonneg=True)
        self.total_shortfall += weight * column
        return column

    def realized(self, term: str) -> Column | None:
        """Return a column for the net gain of the sales of a term (values.Sheet)."""
        most = [s.gamma * s.pq for s in self.sales if s.term == term and s.open]
        lo, hi = sum(min(0.0, gain) for gain in most), sum(max(0.0, gain) for gain in most)
        if hi - lo <= DUST:
            return None
        realized = cp.Variable()
        self.rows.append(realized == self.sum_x(s.gamma * (s.term == term) for s in self.sales))
        return Column(realized, lo, hi)

    def maximum(self, value: Value) -> Column:
        """Return a column for max(value, 0), with a binary (values.Sheet)."""
        z, b = cp.Variable(nonneg=True), cp.Variable(boolean=True)
        self.rows += [z >= value.written, z <= value.written - value.lo * (1 - b), z <= value.hi * b]
        return Column(z, 0.0, value.hi)


def read_data(household: Household, policy: Policy) -> Page:
    """Sets and data: θ_a, V, W, lots with h_l, γ_l and the rows that block them, purchases on menus with U_a."""
    security, today = household.security, household.trade_date
    washed, recent, lost = _wash_sales(household)
    asked = Asked.of(household)
    cash = {a.id: a.cash + a.contribution - a.withdrawal for a in household.accounts}
    value = {a.id: sum(security[lot.symbol].price * lot.quantity for lot in a.lots) for a in household.accounts}
    # Scale by holdings before debits and withdrawals, because V may be much smaller, or 0.
    unit = 1e-4 * sum(value[a.id] + abs(a.cash) + a.contribution for a in household.accounts) or 1.0

    deferred, w = policy.targets == "after_tax", drawn(household, policy)
    theta = {a.id: 1 - w * (deferred and a.kind in ("traditional", "401k")) for a in household.accounts}

    sales = []
    for a in household.accounts:
        for lot in a.lots:
            k, gamma, term = security[lot.symbol], Decimal(0), ""
            fee = lot.acquired is not None and (today - lot.acquired).days < k.redemption_days
            h = exact(k.half_spread) + exact(k.redemption_fee) * fee
            since, c = lot.held_since or lot.acquired, _basis(a, lot)
            if a.taxable and c is not None:
                gamma, since = _gain(1 - h - c / exact(k.price), lot, k, h)
                old = since is None or lot.how_acquired == "inheritance"
                term = "long" if old or since is None else holding_term(since, today)
            closed = _restricted(household, a, lot)
            if lot.symbol in a.employer_stock and policy.employer_stock == "keep":
                closed = closed or "R5"
            closed = closed or _positioned(household, a, lot, since, gamma)
            closed = closed or ("T2" if a.taxable and c is None else "")
            closed = closed or _held_back(household, policy, lot, since, term, gamma)
            if gamma > 0 and term == "long" and k.collectible:
                closed = closed or "T1"
            near = (a.id, lot.id) in recent
            sales.append(Sale(a, k, lot, k.price * lot.quantity / unit, float(h), float(gamma), term, closed, near))
    sales = _behind(sales)
    kept = {(s.a.id, s.lot.id) for s in sales if s.closed}
    sales = [replace(s, closed=washed(s.a, s.lot, kept)) if s.gamma < 0 and not s.closed else s for s in sales]
    sales = _behind(sales)

    buys = []
    for a in household.accounts:
        raised = cash[a.id] / unit + sum((1 - s.h) * s.pq for s in sales if s.a is a and s.open)
        U = raised + (asked.into + asked.converted) / unit - a.minimum_cash / unit
        for symbol in dict.fromkeys(security if a.menu is None else a.menu):
            k = security[symbol]
            if not _available(household, a, k):
                continue
            free = (k.group, a.id) not in lost and not unwanted(household, a, symbol)
            buys.append(Buy(a, k, U / (1 + k.half_spread) if U > DUST else 0.0, free))

    V = sum(theta[a.id] * (value[a.id] + cash[a.id]) for a in household.accounts) / unit
    V += (asked.into - asked.out + (asked.converted * w if deferred else 0.0)) / unit
    W = (sum(value.values()) + sum(cash.values()) + asked.into - asked.out) / unit
    x, y = cp.Variable(len(sales)), cp.Variable(len(buys))
    return Page(household, policy, unit, theta, V, W, sales, buys, x, y)


def drawn(household: Household, policy: Policy) -> float:
    """w: the rate at which traditional accounts and 401(k)s will be drawn."""
    usual = usual_rates(household.taxpayer)
    return min(1.0, usual.short + usual.state) if policy.withdrawal_rate is None else policy.withdrawal_rate


def later_rates(p: Page) -> tuple[float, float]:
    """R_s' and R_l': all-in rates of later years."""
    usual, policy = usual_rates(p.household.taxpayer), p.policy
    short = usual.all_in_short if policy.later_short_rate is None else policy.later_short_rate
    return short, usual.all_in_long if policy.later_long_rate is None else policy.later_long_rate


def deferral(p: Page) -> float:
    """d: what an unrealized dollar of gain costs later."""
    alive, growth = 1 - p.policy.step_up_chance, 1 + p.policy.discount_rate
    found: float = later_rates(p)[1] * alive / growth**p.policy.deferral_years
    return found


def _basis(a: Account, lot: Lot) -> Decimal | None:
    """c_l, dollars per share: the lot's own, or at average cost that of all the account's lots of the security; None if
    it, or at average cost any of them, has none.
    """
    pooled = [o for o in a.lots if o.symbol == lot.symbol and o.quantity] if lot.symbol in a.average_cost else [lot]
    if lot.basis_per_share is None or any(other.basis_per_share is None for other in pooled):
        return None
    shares = sum(exact(other.quantity) for other in pooled)
    if not shares:
        return exact(lot.basis_per_share)
    return sum(exact(other.quantity) * exact(other.basis_per_share or 0.0) for other in pooled) / shares


def _gain(gamma: Decimal, lot: Lot, k: Security, h: Decimal) -> tuple[Decimal, date | None]:
    """γ_l by the file's basis, or of a gift by its value when given: a loss only by both, a gain only by the file's."""
    if lot.gift_value_per_share is None or lot.gift_date is None or gamma >= 0:
        return gamma, lot.held_since or lot.acquired
    by_value = 1 - h - exact(lot.gift_value_per_share) / exact(k.price)
    if by_value < gamma:  # worth more than the giver's basis: that basis is the only one
        return gamma, lot.acquired
    return (by_value, lot.gift_date) if by_value < 0 else (Decimal(0), lot.acquired)


def asked_of(household: Household, a: Account, symbol: str) -> set[str]:
    """Return the rules of the restrictions that name a security in an account, or all of the account."""
    return {r.rule for r in household.restrictions if r.symbol in (None, symbol) and r.account in (None, a.id)}


def _restricted(household: Household, a: Account, lot: Lot) -> str:
    """Restrictions: the row that forbids the lot's sale, R1 or R2, or ''."""
    if "no_sell" in asked_of(household, a, lot.symbol):
        return "R1"
    kept = {(r.account, r.lot) for r in household.restrictions if r.rule == "keep"}
    return "R2" if kept & {(a.id, lot.id), (a.id, None)} else ""


def _positioned(household: Household, a: Account, lot: Lot, since: date | None, gamma: Decimal) -> str:
    """Positions held beside, and short sales just closed: R6, W12, T3 or ''."""
    today, group = household.trade_date, {k.symbol: k.group for k in household.securities}
    alike = [each for each in household.held_beside if group[each.symbol] == group[lot.symbol]]
    written = sum(
        exact(each.quantity)
        for each in alike
        if (each.kind, each.symbol, each.account) == ("short_call", lot.symbol, a.id)
    )
    if written and lot.quantity:
        method = "fifo" if lot.symbol in a.average_cost else a.accounting_method
        own = [other for other in a.lots if other.symbol == lot.symbol]
        behind = sorted(own, key=IN_ORDER["hifo" if method == "specific" else method])
        if sum(exact(other.quantity) for other in behind[behind.index(lot) + 1 :]) < written:
            return "R6"
    for trade in household.recent_trades:
        losing = trade.side == "cover" and (trade.gain is None or trade.gain < 0)
        loses = losing and today - trade.date <= WINDOW
        taxable = next(other.taxable for other in household.accounts if other.id == trade.account)
        if loses and taxable and group[trade.symbol] == group[lot.symbol]:
            return "W12"
    for each in alike if a.taxable else ():
        inherited = lot.how_acquired == "inheritance" or since is None
        was_long = each.opened is not None and (
            inherited or (since is not None and since < each.opened and holding_term(since, each.opened) == "long")
        )
        if each.kind in ("long_put", "short_sale") and not (was_long and gamma > 0):
            return "T3"
    return ""


def unwanted(household: Household, a: Account, symbol: str) -> bool:
    """Restrictions: whether R3 forbids the purchase."""
    gone = {t.symbol for t in household.security_targets if t.weight == 0}
    return symbol in gone or bool({"no_buy", "do_not_hold"} & asked_of(household, a, symbol))


def _available(household: Household, a: Account, k: Security) -> bool:
    """Trades: whether a security is available in an account, to whose menu it belongs."""
    if k.only_in is not None:
        return a.id in k.only_in
    listed = any(k.symbol in (other.menu or ()) for other in household.accounts if other.kind in ("401k", "hsa"))
    return not listed or a.menu is not None or any(lot.symbol == k.symbol and lot.quantity for lot in a.lots)


def _wash_sales(
    household: Household,
) -> tuple[Callable[[Account, Lot, set[tuple[str, str]]], str], set[tuple[str, str]], set[tuple[str, str]]]:
    """Wash sales: a function that returns the row of a loss lot (W1, W6 or ''), the recent lots, what W2 blocks.

    The function replays the lot's sale in the wash-sale ledger: alone, then with all recent purchases of its group in
    other orders, if those are lots of taxable accounts that are not blocked. For W2, by group and account, the ledger
    replays a purchase. If recent sales leave two readings, each row blocks by either.
    """
    today, past = household.trade_date, WashHistory(household)
    histories = {group: past.readings(group) for group in past.concerned}

    taxable = {a.id for a in household.accounts if a.taxable}
    lots = {(a.id, lot.id): lot for a in household.accounts for lot in a.lots}
    near = {
        group: {
            (each.account, each.lot): each.order
            for replay in replays
            for each in replay.held
            if each.replaces and today - each.acquired <= WINDOW
        }
        for group, replays in histories.items()
    }
    recent = {key for keys in near.values() for key in keys if key in lots and key[0] in taxable}

    def after(group: str, *sold: tuple[str, str]) -> list[tuple[Fraction, Fraction]]:
        """The losses lost and those deferred into shares still held, after the lots are sold at a sure loss."""
        sales = []
        for place, key in enumerate(sold):
            shares, symbol = Fraction(str(lots[key].quantity)), lots[key].symbol
            sales.append(
                Event(today, "sell", key[0], symbol, shares, -shares, lots=((key[1], shares),), sequence=place - 99)
            )
        totals = []
        for replay in histories[group]:
            done = forked(replay, group, [*sales, *past.coming.get(group, ())])
            found = [each for d in done.disposals for each in d.replacement_shares]
            held = (each.loss for each in found if each.fate == "deferred" and done.still_holds(each.tax_lot))
            totals.append(
                (sum((each.loss for each in found if each.fate == "lost"), Fraction()), sum(held, Fraction()))
            )
        return totals

    def washed(a: Account, lot: Lot, kept: set[tuple[str, str]]) -> str:
        group, key = household.security[lot.symbol].group, (a.id, lot.id)
        if group not in histories or not lot.quantity or after(group, key) == after(group):
            return ""
        others = {other for other, order in near[group].items() if order != order_of(a.id, lot)}
        with_all = others <= recent - kept and after(group, *sorted(others), key) == after(group)
        return "W6" if with_all else "W1"

    lost = {(group, a.id) for group in past.unknown_sales for a in household.accounts}
    for group, a in ((group, a) for group in histories for a in household.accounts):
        coming = past.coming.get(group, [])
        symbol = next(k.symbol for k in household.securities if k.group == group)
        probe = Event(today, "buy", a.id, symbol, UNKNOWN, UNKNOWN, ";probe", sequence=1)
        for replay in histories[group]:
            known = len(replay.disposals)
            alone, beside = (forked(replay, group, events).disposals[:known] for events in (coming, [probe, *coming]))
            if any(new.lost > old.lost or new.allowed > old.allowed for old, new in zip(alone, beside, strict=True)):
                lost.add((group, a.id))
    return washed, recent, lost


def _held_back(household: Household, policy: Policy, lot: Lot, since: date | None, term: str, gamma: Decimal) -> str:
    """Holding periods: the row that forbids the lot's sale, H1 or H2, or ''. An inheritance is held long enough."""
    today = household.trade_date
    if since is None or lot.how_acquired == "inheritance":
        return ""
    if (today - since).days < policy.minimum_holding_days:
        return "H1"
    waits = term == "short" and gamma > 0 and days_to_long_term(since, today) <= policy.long_term_wait_days
    return "H2" if waits else ""


def in_order(sales: list[Sale]) -> list[list[int]]:
    """The order of lots: each sale queue, the first lot to sell first, as positions in `sales`."""
    queues: dict[tuple[str, str], list[int]] = {}
    for n, s in enumerate(sales):
        queues.setdefault((s.a.id, s.k.symbol), []).append(n)
    ordered = []
    for queue in queues.values():
        s = sales[queue[0]]
        method = "fifo" if s.k.symbol in s.a.average_cost else s.a.accounting_method
        if method != "specific":
            ordered.append(sorted(queue, key=lambda n, by=IN_ORDER[method]: by(sales[n].lot)))  # type: ignore[misc]
    return ordered


def _behind(sales: list[Sale]) -> list[Sale]:
    """The order of lots, M3: the sales, with every lot behind a blocked lot of its queue blocked too."""
    sales = list(sales)
    for queue in in_order(sales):
        for ahead, n in pairwise(queue):
            if sales[ahead].closed not in ("", "W6") and sales[n].open:
                sales[n] = replace(sales[n], closed="M3")
    return sales
