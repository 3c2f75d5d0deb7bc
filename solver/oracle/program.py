"""The program of docs/formulation.md a second time, as a reader of that page would write it: cvxpy and textbook big-M.

With data.py and tax.py it is the oracle that the fast program is tested against. The two share only the models: no
other code of solver/, no sides of groups, no cells of the bill, no start from the router. It is made for small
households. It has one function per block of rows or part of the objective on the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import inf
from time import perf_counter
from typing import TYPE_CHECKING

import cvxpy as cp
import numpy as np

from ...models import Policy, days_to_long_term, marginal_rates
from ...models.household.parts.targets import CASH
from ...models.schema.money import exact
from .asked import Asked
from .data import Page, asked_of, deferral, drawn, in_order, later_rates, read_data
from .location import write_location
from .moves import Moved, write_moves, write_phase_outs
from .solvers import SMALLEST_GAP, OracleError, Solver
from .tax import write_bill
from .values import DUST, Affine

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...models import Account, Drift, Household, Security
    from ...models.policy.policy import Limit
    from .data import Buy
    from .tax import Bill

YEAR = 365
LARGEST = 2000
"""The most lots and purchases of a household; beyond that, cvxpy takes minutes to build the program."""


@dataclass(frozen=True)
class Optimum:
    """The optimum, in dollars and shares. Only what is traded is listed."""

    objective: float
    """The sum of the parts."""
    parts: dict[str, float]
    """tax, later, waiting, drift, to_target, trading, location, substitution, limits."""
    violation: float
    """All shortfalls together, in dollars, with shortfalls + 2 · trading minimal; 0 if every rule can be kept."""
    sold: dict[tuple[str, str], float]
    """Shares sold by account id and lot id."""
    bought: dict[tuple[str, str], float]
    """Shares bought by account id and symbol."""


def find_optimum(
    household: Household,
    policy: Policy | None = None,
    *,
    solver: str = "HIGHS",
    gap: float = 0.0,
    time_limit: float = inf,
    spare: float = 0.0,
    **options: object,
) -> Optimum:
    """Return the optimum, found by any MIP solver that cvxpy knows, with that solver's own options.

    HiGHS and SCIP stop when the optimum is proven within `gap` dollars, or after `time_limit` seconds; other solvers at
    gaps and times of their own. `spare` is the dollars by which the violation may exceed its minimum, as in a program
    that stops at a cent. Raises OracleError if the household is too large, the policy prices wash sales, cvxpy does not
    have the solver, or the solver fails or proves no optimum in time.
    """
    policy = policy or Policy()
    _check(household, policy)
    # 1e20 is the time without a limit of both solvers
    chosen = Solver(solver, perf_counter() + min(time_limit, 1e20), options)
    p = read_data(household, policy)
    moved = write_moves(p)
    spread = _trades(p)
    orders, commission, small = _orders(p)
    _shares(p)
    cash = _cash(p, orders, moved)
    drift, pull = _drift(p, cash), _to_target(p, cash)
    _restrictions(p)
    _wash(p)
    _methods(p)
    bill = write_bill(p, moved.income)
    write_phase_outs(p, moved, net_gain(p))
    terms = {
        "tax": bill.tax.written + moved.early,
        "later": _later(p, bill) - drawn(household, policy) * moved.income.written,
        "waiting": _waiting(p),
        "drift": drift,
        "to_target": pull,
        "trading": spread + commission,
        "location": write_location(p),
        "substitution": _substitution(p),
        "limits": _limits(p, orders, bill, moved) + small,
    }
    violation = short = 0.0
    if chosen.minimize(p.total_shortfall, p.rows) > DUST:
        chosen.minimize(p.total_shortfall + 2 * (spread + commission), p.rows)
        violation, short = (
            float((cp.Constant(0.0) + shortfall).value) for shortfall in (p.total_shortfall, p.cash_shortfall)
        )
    enough = [p.total_shortfall <= violation + spare / p.unit + DUST, p.cash_shortfall <= short + spare / p.unit + DUST]
    chosen.minimize(sum(terms.values()), p.rows + enough, max(gap / p.unit, SMALLEST_GAP))

    parts = {name: p.unit * float((cp.Constant(0.0) + term).value) for name, term in terms.items()}
    x, y = ([] if v.value is None else [float(d) if d > DUST else 0.0 for d in v.value] for v in (p.x, p.y))
    sold = {(s.a.id, s.lot.id): d * p.unit / s.k.price for s, d in zip(p.sales, x, strict=True) if d}
    bought = {(b.a.id, b.k.symbol): d * p.unit / b.k.price for b, d in zip(p.buys, y, strict=True) if d}
    return Optimum(sum(parts.values()), parts, violation * p.unit, sold, bought)


def _check(household: Household, policy: Policy) -> None:
    """Raise OracleError for a policy or a household that the oracle cannot handle."""
    if policy.wash_sales == "price":
        raise OracleError("the oracle does not model priced wash sales; verify with wash_sales = avoid")
    menus = (len(household.securities if a.menu is None else a.menu) for a in household.accounts)
    size = sum(len(a.lots) for a in household.accounts) + sum(menus)
    if size > LARGEST:
        raise OracleError(
            f"the household is too large for the oracle: {size:,} lots and purchases, at most {LARGEST:,}"
        )


def _trades(p: Page) -> Affine:
    """Trades: the bounds of x_l and y_ak, 0 if a rule blocks them; returns the spreads and redemption fees."""
    if p.sales:
        p.rows += [p.x >= 0, p.x <= np.array([s.pq if s.open else 0.0 for s in p.sales])]
    if p.buys:
        p.rows += [p.y >= 0, p.y <= np.array([b.most if b.free else 0.0 for b in p.buys])]
    return p.sum_x(s.h for s in p.sales) + p.sum_y(b.k.half_spread for b in p.buys)


def _orders(p: Page) -> tuple[dict[str, Affine], Affine, Affine]:
    """Orders: O1, O2 and O3; returns orders placed by account, their commissions, and the price of short orders."""
    least, count = p.policy.limits.minimum_trade, p.policy.limits.trades
    placed: dict[str, Affine] = {a.id: 0.0 for a in p.household.accounts}
    priced: Affine = 0.0

    def order(a: Account, dollars: cp.Variable, most: dict[int, float], minimum: float) -> Affine:
        """One order: the columns of `dollars` in `most`, with their upper bounds; returns whether it is placed."""
        nonlocal priced
        if not most or not (a.commission or least or count):
            return cp.Constant(0.0)
        f = cp.Variable(boolean=True)
        placed[a.id] += f
        p.rows.extend(dollars[n] <= most[n] * f for n in most)
        short: Affine = 0.0
        if least and least.price is not None:
            short = cp.Variable(nonneg=True)
            priced += least.price * short
        p.rows.append(sum(dollars[n] for n in most) + short >= minimum * f)
        return f

    minimum = (least.amount if least else 1.0) / p.unit  # if orders are paid or counted, none is below $1
    for a in p.household.accounts:
        for k in p.household.securities:
            held = {n: s for n, s in enumerate(p.sales) if s.a is a and s.k is k}
            whole = sum(s.pq for s in held.values())
            sold = order(a, p.x, {n: s.pq for n, s in held.items() if s.open}, min(minimum, whole))
            bought = order(
                a, p.y, {n: b.most for n, b in enumerate(p.buys) if b.a is a and b.k is k and b.free}, minimum
            )
            p.rows += [sold + bought <= 1]
    return placed, sum(a.commission / p.unit * placed[a.id] for a in p.household.accounts), priced


def _shares(p: Page) -> None:
    """Whole shares: Q1, Q2 and Q3."""
    for n, s in enumerate(p.sales):
        if s.a.whole_shares and s.open:
            whole, price = int(s.lot.quantity), s.k.price / p.unit
            shares, e = cp.Variable(integer=True), cp.Variable(boolean=True)
            fraction = float(exact(s.lot.quantity) - whole)
            p.rows += [shares >= whole * e, shares <= whole, p.x[n] == price * (shares + fraction * e)]
    for n, b in enumerate(p.buys):
        if b.a.whole_shares and b.free:
            shares, price = cp.Variable(integer=True), b.k.price / p.unit
            p.rows += [shares >= 0, shares <= b.most / price, p.y[n] == price * shares]


def _cash(p: Page, orders: dict[str, Affine], moved: Moved) -> Affine:
    """Cash per account: C1, C2 and C3; returns Σ_a θ_a m_a."""
    total: Affine = 0.0
    for a in p.household.accounts:
        m = cp.Variable()
        sold = p.sum_x((1 - s.h) * (s.a is a) for s in p.sales)
        spent = p.sum_y((1 + b.k.half_spread) * (b.a is a) for b in p.buys) + a.commission / p.unit * orders[a.id]
        p.rows.append(m == (a.cash + a.contribution - a.withdrawal) / p.unit + moved.into(a) + sold - spent)
        short = p.shortfall(3.0)
        p.cash_shortfall += short
        p.rows.append(m + short >= a.minimum_cash / p.unit)
        if a.maximum_cash is not None:
            p.rows.append(m - p.shortfall() <= a.maximum_cash / p.unit)
        total += p.theta[a.id] * m
    return total


def _exposure(p: Page, of: Callable[[Security], float]) -> Affine:
    """Σ_ak θ_a · exposure of k · (dollars of k in a)."""
    per_sale = [p.theta[s.a.id] * of(s.k) for s in p.sales]
    kept = sum(e * s.pq for e, s in zip(per_sale, p.sales, strict=True)) - p.sum_x(per_sale)
    return kept + p.sum_y(p.theta[b.a.id] * of(b.k) for b in p.buys)


def _drift(p: Page, cash: Affine) -> Affine:
    """Drift of classes, factors and names: D1 to D6 and D8; returns the objective's drift. No sides, so no D7."""

    def charge(drift: Drift, X: Affine, lo: float, hi: float) -> Affine:
        over_near, under_near, over_far, under_far = columns = [cp.Variable(nonneg=True) for _ in range(4)]
        near = drift.near_width * max(0.0, p.V)
        p.rows.extend([over_near <= near, under_near <= near])
        p.rows.extend([X - over_near - over_far <= hi * p.V, X + under_near + under_far >= lo * p.V])
        if drift.hard:
            p.rows.append(sum(columns) <= p.shortfall())
        return drift.near_cost * (over_near + under_near) + drift.far_cost * (over_far + under_far)

    household, policy, total = p.household, p.policy, 0.0
    for t in household.class_targets:
        X = _exposure(p, lambda k, c=t.asset_class: k.exposures.get(c, 0.0))  # type: ignore[misc]
        total += charge(policy.drift, X + (cash if t.asset_class == CASH else 0.0), t.lower, t.upper)
    for f in household.factor_targets:
        X = _exposure(p, lambda k, f=f: k.factors.get(f.factor, 0.0))  # type: ignore[misc]
        total += charge(policy.factor_drift, X, f.lower, f.upper)
    for n in household.security_targets:
        X = _exposure(p, lambda k, n=n: float(k.symbol == n.symbol))  # type: ignore[misc]
        total += charge(policy.sleeve_drift, X, n.lower, n.upper)
    return total


def _to_target(p: Page, cash: Affine) -> Affine:
    """Toward the target: D9; returns π times the dollars of each class beyond its free distances from its target."""
    pull = p.policy.drift.near_cost / {"off": inf, "small": 2.0, "exact": 1.0}[p.policy.to_target]
    moved = any(a.contribution > 0 or a.withdrawal > 0 for a in p.household.accounts)
    moved = moved or Asked.of(p.household).anything
    total: Affine = 0.0
    for t in p.household.class_targets:
        X = _exposure(p, lambda k, c=t.asset_class: k.exposures.get(c, 0.0))  # type: ignore[misc]
        X0 = sum(p.theta[s.a.id] * s.k.exposures.get(t.asset_class, 0.0) * s.pq for s in p.sales)
        if t.asset_class == CASH:
            X += cash
            X0 += sum(p.theta[a.id] * (a.cash + a.contribution - a.withdrawal) / p.unit for a in p.household.accounts)
        cent = 0.01 / p.unit
        inside = t.lower * p.V - cent <= X0 <= t.upper * p.V + cent
        pulled = p.policy.to_target == "exact" or not inside or (t.asset_class == CASH and moved)
        before = 0.0 if pulled else X0 - t.weight * p.V
        above, below = cp.Variable(nonneg=True), cp.Variable(nonneg=True)
        p.rows += [X - t.weight * p.V <= above + max(before, 0.0), X - t.weight * p.V >= -below - max(-before, 0.0)]
        total += pull * (above + below)
    return total


def _restrictions(p: Page) -> None:
    """Restrictions: R4 (R1 to R3 are in data.py)."""
    for n, s in enumerate(p.sales):
        if s.free and "do_not_hold" in asked_of(p.household, s.a, s.k.symbol):
            p.rows.append(p.x[n] + p.shortfall() >= s.pq)


def _wash(p: Page) -> None:
    """Wash sales: the plan either harvests a two-sided group or buys it (W3, W4; gain lots have no side, so no W5). It
    sells a loss lot in a wash window only together with all recent lots of the group in other orders (W6, W7).
    """
    inside = {s.k.group for s in p.sales if s.closed == "W6"}
    for g, order in sorted({(s.k.group, s.order) for s in p.sales if s.recent and s.k.group in inside}):
        e = cp.Variable(boolean=True)
        for n, s in enumerate(p.sales):
            if s.k.group == g and s.closed == "W6" and s.order != order:
                p.rows.append(p.x[n] <= s.pq * e)
            if s.k.group == g and s.recent and s.order == order:
                p.rows.append(p.x[n] >= s.pq * e)
    for g in sorted({b.k.group for b in p.buys}):
        losses = [n for n, s in enumerate(p.sales) if s.gamma < 0 and s.open and s.k.group == g]
        bought = [n for n, b in enumerate(p.buys) if b.free and b.k.group == g]
        if losses and bought:
            z = cp.Variable(boolean=True)
            p.rows += [p.x[n] <= p.sales[n].pq * z for n in losses]
            p.rows += [p.y[n] <= p.buys[n].most * (1 - z) for n in bought]


def _substitution(p: Page) -> Affine:
    """Substitutes: the cost of buying one, or a third security of its class, less that of substitutes sold."""
    named = {k.symbol: set(k.substitutes) for k in p.household.securities}
    stands_in = {r for k, names in named.items() for r in names if k not in named[r]}

    def main(k: Security) -> str:
        return max(k.exposures, key=lambda c: k.exposures[c])

    def weight(b: Buy) -> float:
        near = [o.k for o in p.buys if o.a is b.a and main(o.k) == main(b.k)]
        if b.k.symbol in stands_in:
            return 1.0
        return 2.0 * (not named[b.k.symbol] and any(named[k.symbol] or k.symbol in stands_in for k in near))

    bought, sold = p.sum_y(weight(b) for b in p.buys), p.sum_x(float(s.k.symbol in stands_in) for s in p.sales)
    return p.policy.substitute_cost * (bought - sold)


def _methods(p: Page) -> None:
    """The order of lots: M1 and M2."""
    for queue in in_order(p.sales):
        for ahead, n in pairwise(queue):
            if p.sales[n].open:
                e = cp.Variable(boolean=True)
                p.rows += [p.x[ahead] >= p.sales[ahead].pq * e, p.x[n] <= p.sales[n].pq * e]


def _limits(p: Page, orders: dict[str, Affine], bill: Bill, moved: Moved) -> Affine:
    """Limits: L1 to L9; returns the price of what is beyond the soft ones."""
    limits, payer = p.policy.limits, p.household.taxpayer
    short = payer.realized_short / p.unit + p.sum_x(s.gamma * (s.term == "short") for s in p.sales)
    long = payer.realized_long / p.unit + p.sum_x(s.gamma * (s.term == "long") for s in p.sales)
    losses = p.sum_x(-min(s.gamma, 0.0) for s in p.sales)
    turnover = (p.sum_x(1.0 for _ in p.sales) + p.sum_y(1.0 for _ in p.buys)) / 2

    def keep(limit: Limit | None, value: Affine, each: float, shortfall: float = 1.0, beyond: float = 1.0) -> Affine:
        """Limit `value` to amount · each; return the price. A unit above weighs `shortfall` (hard), `beyond` (soft)."""
        if limit is None:
            return 0.0
        if limit.price is None:
            p.rows.append(value - p.shortfall(shortfall) <= limit.amount * each)
            return 0.0
        excess = cp.Variable(nonneg=True)
        p.rows.append(value - excess <= limit.amount * each)
        return limit.price * beyond * excess

    dollar = 1 / p.unit
    return (
        keep(limits.short_gain, short, dollar)
        + keep(limits.long_gain, long, dollar)
        + keep(limits.net_gain, short + long, dollar)
        + keep(limits.loss, losses, dollar)
        + keep(limits.bill, bill.total.written + moved.early, dollar)
        + keep(limits.added_tax, bill.tax.written + moved.early, dollar)
        + keep(limits.gain_share, short + long, _gain_base(p) / p.unit)
        + keep(limits.turnover, turnover, p.W)
        + keep(limits.trades, sum(orders.values()), 1.0, shortfall=max(p.V, 0.0) / 1000, beyond=dollar)
    )


def _gain_base(p: Page) -> float:
    """B: what there was to gain, in dollars."""
    payer = p.household.taxpayer
    lots = [lot for account in p.household.accounts if account.kind == "taxable" for lot in account.lots]
    worth = {k.symbol: k.price for k in p.household.securities}
    gains = (
        lot.quantity * (worth[lot.symbol] - lot.basis_per_share) for lot in lots if lot.basis_per_share is not None
    )
    return sum(gain for gain in gains if gain > 0) + max(payer.realized_short + payer.realized_long, 0.0)


def net_gain(p: Page) -> Affine:
    """S + L."""
    return float(sum(p.household.taxpayer.net_so_far)) / p.unit + p.sum_x(s.gamma for s in p.sales)


def _waiting(p: Page) -> Affine:
    """Waiting: Σ ω_l x_l."""
    payer, rates, today = p.household.taxpayer, marginal_rates(p.household.filer), p.household.trade_date
    gains = {n: s.gamma for n, s in enumerate(p.sales) if s.term == "short" and s.gamma > 0}
    G = sum(gamma * p.sales[n].pq for n, gamma in gains.items()) * p.unit
    if not G:
        return 0.0
    S0, L0 = payer.realized_short - payer.short_carryforward, payer.realized_long - payer.long_carryforward

    def preferential(S: float, L: float) -> float:
        return max(0.0, min(L, S + L))

    sigma = (preferential(S0, L0 + G) - preferential(S0 + G, L0)) / G
    omega = [0.0] * len(p.sales)
    for n, gamma in gains.items():
        lot = p.sales[n].lot
        D = days_to_long_term(lot.held_since or lot.acquired or today, today)
        charge = sigma * (rates.all_in_short - rates.all_in_long) * gamma * (YEAR / D - 1)
        omega[n] = max(0.0, min(charge, 2 * p.policy.drift.far_cost))
    return p.sum_x(omega)


def _later(p: Page, bill: Bill) -> Affine:
    """Later years: today's cost of the change in losses carried on and in gains not yet realized."""
    policy, rates = p.policy, p.household.taxpayer.rates
    R_s, R_l = later_rates(p)
    growth, alive, T, y = 1 + policy.discount_rate, 1 - policy.step_up_chance, policy.deferral_years, 1.0
    if T:
        y = policy.carried_loss_years / T
    worth, share = alive**y / growth**policy.carried_loss_years, policy.carried_short_share
    v_s, v_l = worth * (share * R_s + (1 - share) * R_l), worth * R_l
    if rates is not None:
        v_s = v_s if rates.carried_short is None else rates.carried_short
        v_l = v_l if rates.carried_long is None else rates.carried_long
    gains = p.sum_x(sale.gamma for sale in p.sales)
    return -v_s * bill.short_carried.written - v_l * bill.long_carried.written - deferral(p) * gains
