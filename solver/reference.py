"""The program of docs/formulation.md once more, as a reader of that page would write it: cvxpy and textbook big-M.

It is the oracle in the fast program's tests and shares nothing with it but the models: no code of solver/, no hull of
regions, no start from the router. Made for small households. The order is the page's, one function a section.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import cvxpy as cp
import numpy as np

from ..models import Policy, days_to_long_term, holding_term, loss_limit, net
from ..models.base import exact
from ..models.household import CASH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..models import Account, Household, Lot, Security

Affine = Any  # a cvxpy expression, or a number

WASH_DAYS = 30
FREE_CASH = 0.01
DUST = 1e-7
"""Scaled dollars that are no trade but a solver's tolerance."""

DEFAULTS: dict[str, dict[str, object]] = {
    "HIGHS": {
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 1e-7,
        "mip_feasibility_tolerance": 1e-9,
        "primal_feasibility_tolerance": 1e-9,
        "dual_feasibility_tolerance": 1e-9,
    },
    "SCIP": {"scip_params": {"limits/gap": 0.0, "numerics/feastol": 1e-9}},
}
"""A solver's options where the caller gives no others; scaled, all that the accounts hold is 10,000 dollars."""


@dataclass(frozen=True)
class Reference:
    """The optimum, in dollars and shares. What is not traded is not listed."""

    objective: float
    """The sum of the parts."""
    parts: dict[str, float]
    """tax, later, drift, trading, location."""
    sold: dict[tuple[str, str], float]
    """Shares sold by account id and lot id."""
    bought: dict[tuple[str, str], float]
    """Shares bought by account id and symbol."""


@dataclass(frozen=True)
class _Sale:
    """A lot l with what the page says of it."""

    a: Account
    k: Security
    lot: Lot
    pq: float
    gamma: float
    term: str
    free: bool  # by W1, H1 and H2


@dataclass(frozen=True)
class _Buy:
    """A security k on the menu of an account a."""

    a: Account
    k: Security
    U: float
    free: bool  # by W2


@dataclass
class _Program:
    """The data and the variables x and y, in scaled dollars; the rows as the sections write them."""

    household: Household
    policy: Policy
    unit: float
    V: float
    sales: list[_Sale]
    buys: list[_Buy]
    floor: dict[str, float]
    x: cp.Variable
    y: cp.Variable
    rows: list[Any] = field(default_factory=list)

    def sum_x(self, coefficients: Iterable[float]) -> Affine:
        """Σ_l coefficient x_l."""
        return np.array(list(coefficients)) @ self.x if self.sales else 0.0

    def sum_y(self, coefficients: Iterable[float]) -> Affine:
        """Σ_ak coefficient y_ak."""
        return np.array(list(coefficients)) @ self.y if self.buys else 0.0


def reference(
    household: Household, policy: Policy | None = None, *, solver: str = "HIGHS", **options: object
) -> Reference:
    """The optimum by any MIP solver that cvxpy knows, with that solver's options. RuntimeError where none is proven."""
    p = _data(household, policy or Policy())
    trading = _trades(p)
    drift = _drift(p, _cash(p))
    _wash(p)
    tax, s, ell = _tax(p)
    terms = {"tax": tax, "later": _later(p, s, ell), "drift": drift, "trading": trading, "location": _location(p)}
    _solve(sum(terms.values()), p.rows, solver, DEFAULTS.get(solver, {}) | options)

    parts = {name: p.unit * float((cp.Constant(0.0) + term).value) for name, term in terms.items()}
    x, y = ([] if v.value is None else [float(d) if d > DUST else 0.0 for d in v.value] for v in (p.x, p.y))
    sold = {(s.a.id, s.lot.id): d * p.unit / s.k.price for s, d in zip(p.sales, x, strict=True) if d}
    bought = {(b.a.id, b.k.symbol): d * p.unit / b.k.price for b, d in zip(p.buys, y, strict=True) if d}
    return Reference(sum(parts.values()), parts, sold, bought)


def _data(household: Household, policy: Policy) -> _Program:
    """Sets and data: every lot, every purchase on a menu, V, floor_a and U_a."""
    security, (bought, lost) = household.security, _wash_groups(household)
    cash = {a.id: a.cash + a.contribution - a.withdrawal for a in household.accounts}
    value = {a.id: sum(security[lot.symbol].price * lot.quantity for lot in a.lots) for a in household.accounts}
    # Scaled by what is held before debits and withdrawals, as V may be small, or 0, beside it.
    unit = 1e-4 * sum(value[a.id] + abs(a.cash) + a.contribution for a in household.accounts) or 1.0

    sales = []
    for a in household.accounts:
        for lot in a.lots:
            k, gamma, term = security[lot.symbol], Decimal(0), ""
            if a.taxable and lot.acquired is not None and lot.basis_per_share is not None:
                gamma = 1 - exact(k.half_spread) - exact(lot.basis_per_share) / exact(k.price)
                term = holding_term(lot.acquired, household.trade_date)
            washed = gamma < 0 and k.group in bought  # W1
            free = not washed and not _held_back(household, policy, lot, term, gamma)
            sales.append(_Sale(a, k, lot, k.price * lot.quantity / unit, float(gamma), term, free))

    buys, floor = [], {}
    for a in household.accounts:
        raised = cash[a.id] / unit + sum((1 - s.k.half_spread) * s.pq for s in sales if s.a is a and s.free)
        floor[a.id] = min(a.minimum_cash / unit, raised - 1e-9 * abs(raised))
        for symbol in dict.fromkeys(security if a.menu is None else a.menu):
            k = security[symbol]
            spendable = raised - floor[a.id]
            buys.append(_Buy(a, k, spendable if spendable > DUST else 0.0, k.group not in lost))

    V = (sum(value.values()) + sum(cash.values())) / unit
    return _Program(household, policy, unit, V, sales, buys, floor, cp.Variable(len(sales)), cp.Variable(len(buys)))


def _trades(p: _Program) -> Affine:
    """Trades: x_l and y_ak, or 0 where W1, W2, H1 or H2 says so; the objective's trading."""
    if p.sales:
        p.rows += [p.x >= 0, p.x <= np.array([s.pq if s.free else 0.0 for s in p.sales])]
    if p.buys:
        p.rows += [p.y >= 0, p.y <= np.array([b.U if b.free else 0.0 for b in p.buys])]
    return p.sum_x(s.k.half_spread for s in p.sales) + p.sum_y(b.k.half_spread for b in p.buys)


def _cash(p: _Program) -> Affine:
    """Cash per account: C1 and C2; gives Σ_a m_a."""
    total: Affine = 0.0
    for a in p.household.accounts:
        m = cp.Variable()
        sold = p.sum_x((1 - s.k.half_spread) * (s.a is a) for s in p.sales)
        spent = p.sum_y((1 + b.k.half_spread) * (b.a is a) for b in p.buys)
        p.rows += [m == (a.cash + a.contribution - a.withdrawal) / p.unit + sold - spent, m >= p.floor[a.id]]
        total += m
    return total


def _drift(p: _Program, cash: Affine) -> Affine:
    """Household drift: D1 and D2; the objective's drift."""
    drift, charge = p.policy.drift, 0.0
    bands = {CASH: (0.0, FREE_CASH)} | {t.asset_class: (t.lower, t.upper) for t in p.household.targets}
    for c, (lo, hi) in bands.items():
        E = {k.symbol: k.exposures.get(c, 0.0) for k in p.household.securities}
        kept = sum(E[s.k.symbol] * s.pq for s in p.sales) - p.sum_x(E[s.k.symbol] for s in p.sales)
        X = kept + p.sum_y(E[b.k.symbol] for b in p.buys) + (cash if c == CASH else 0.0)
        over_near, under_near, over_far, under_far = (cp.Variable(nonneg=True) for _ in range(4))
        near = drift.near_width * max(0.0, p.V)
        p.rows += [over_near <= near, under_near <= near]
        p.rows += [X - over_near - over_far <= hi * p.V, X + under_near + under_far >= lo * p.V]
        charge += drift.near_cost * (over_near + under_near) + drift.far_cost * (over_far + under_far)
    return charge


def _wash_groups(household: Household) -> tuple[set[str], set[str]]:
    """Wash sales, W1 and W2: the groups bought, and those sold at a loss, within 30 days of the trade date."""
    accounts = household.account
    bought = [(buy.date, buy.symbol) for buy in household.scheduled_buys]
    bought += [(lot.acquired, lot.symbol) for a in household.accounts for lot in a.lots if lot.acquired]
    bought += [(trade.date, trade.symbol) for trade in household.recent_trades if trade.side == "buy"]
    sold = [trade for trade in household.recent_trades if trade.side == "sell" and accounts[trade.account].taxable]
    lost = [(trade.date, trade.symbol) for trade in sold if trade.gain is None or trade.gain < 0]

    def groups(trades: list[Any]) -> set[str]:
        security, today = household.security, household.trade_date
        return {security[symbol].group for day, symbol in trades if abs((day - today).days) <= WASH_DAYS}

    return groups(bought), groups(lost)


def _wash(p: _Program) -> None:
    """Wash sales, W3 and W4: the plan harvests a group or buys it."""
    for g in sorted({b.k.group for b in p.buys}):
        z = cp.Variable(boolean=True)
        p.rows += [p.x[n] <= s.pq * z for n, s in enumerate(p.sales) if s.gamma < 0 and s.free and s.k.group == g]
        p.rows += [p.y[n] <= b.U * (1 - z) for n, b in enumerate(p.buys) if b.free and b.k.group == g]


def _held_back(household: Household, policy: Policy, lot: Lot, term: str, gamma: Decimal) -> bool:
    """Holding periods: whether H1 or H2 forbids the lot's sale."""
    today = household.trade_date
    if lot.acquired is None:
        return False
    if (today - lot.acquired).days < policy.minimum_holding_days:
        return True
    return term == "short" and gamma > 0 and days_to_long_term(lot.acquired, today) <= policy.long_term_wait_days


def _tax(p: _Program) -> tuple[Affine, Affine, Affine]:
    """The tax bill: its change, and the changes of short and of long loss carried on, by complementary parts.

    With S = S⁺ − S⁻, L = L⁺ − L⁻, S + L = P − N, and one of each pair 0, this is schedule_d.net in every region:
    i: there max(0, min(L, S + L)) = min(L⁺, P). Here i ≤ P, i ≤ L⁺ and P − i ≤ S⁺. Two gains: P = S⁺ + L⁺, so i ≥ L⁺.
    S ≤ 0: S⁺ = 0, so i ≥ P. L ≤ 0: L⁺ = 0, so i = 0. Each time the lesser of the two. o = P − i here and there.
    s: there max(0, −S − u − L⁺) if S < 0, else 0. That is max(0, S⁻ − L⁺ − u), because S⁻ = 0 where S ≥ 0.
    ℓ: here N − u − s. P > 0: 0 here and there. Only L < 0: s = 0; there L⁻ − S⁺ − u = N − u. Only S < 0: s = N − u;
    there 0. Both, so N = S⁻ + L⁻: u ≤ S⁻ gives s = S⁻ − u, there L⁻; u > S⁻ gives s = 0, there L⁻ − (u − S⁻).
    """
    payer, limit = p.household.taxpayer, loss_limit(p.household.taxpayer.filing_status)
    S0 = exact(payer.realized_short) - exact(payer.short_carryforward)
    L0 = exact(payer.realized_long) - exact(payer.long_carryforward)
    S, S_lo, S_hi = _net_gain(p, float(S0) / p.unit, "short")
    L, L_lo, L_hi = _net_gain(p, float(L0) / p.unit, "long")
    (Sp, Sn), (Lp, Ln) = _signs(p, S, S_lo, S_hi), _signs(p, L, L_lo, L_hi)
    P, N = _signs(p, Sp - Sn + Lp - Ln, S_lo + L_lo, S_hi + L_hi)

    i = cp.Variable(nonneg=True)
    o = P - i
    p.rows += [i <= P, i <= Lp, o <= Sp]

    lam, N_hi = float(limit) / p.unit, max(0.0, -S_lo - L_lo)
    u, full = cp.Variable(nonneg=True), cp.Variable(boolean=True)  # u = min(λ, N)
    p.rows += [u <= lam, u <= N, u >= lam * full, u >= N - max(0.0, N_hi - lam) * full]

    s, some, left = cp.Variable(nonneg=True), cp.Variable(boolean=True), Sn - Lp - u  # s = max(0, left)
    p.rows += [s >= left, s <= left + (max(0.0, L_hi) + lam) * (1 - some), s <= max(0.0, -S_lo) * some]

    R_s, R_l, before = payer.rates.all_in_short, payer.rates.all_in_long, net(S0, L0, limit)
    bill = R_s * float(before.ordinary - before.loss_used) + R_l * float(before.preferential)
    s0, ell0 = float(before.short_carried) / p.unit, float(before.long_carried) / p.unit
    return R_s * o + R_l * i - R_s * u - bill / p.unit, s - s0, N - u - s - ell0


def _net_gain(p: _Program, start: float, term: str) -> tuple[Affine, float, float]:
    """S or L, and its reach: all its loss lots and none of its gain lots sold, and the other way round; a unit to
    spare.
    """
    most = [s.gamma * s.pq for s in p.sales if s.term == term and s.free]
    lo, hi = start + sum(min(0.0, gain) for gain in most), start + sum(max(0.0, gain) for gain in most)
    return start + p.sum_x(s.gamma * (s.term == term) for s in p.sales), lo - 1, hi + 1


def _signs(p: _Program, value: Affine, lo: float, hi: float) -> tuple[Affine, Affine]:
    """The positive and the negative part of a value between lo and hi."""
    plus, minus, b = cp.Variable(nonneg=True), cp.Variable(nonneg=True), cp.Variable(boolean=True)
    p.rows += [value == plus - minus, plus <= max(0.0, hi) * b, minus <= max(0.0, -lo) * (1 - b)]
    return plus, minus


def _later(p: _Program, s: Affine, ell: Affine) -> Affine:
    """Later years: what the change of losses carried on and of gains not yet realized is worth today."""
    rates, growth = p.household.taxpayer.rates, 1 + p.policy.discount_rate
    v = rates.all_in_long * growth**-p.policy.carried_loss_years
    v_s, v_l = (v if given is None else given for given in (rates.carried_short, rates.carried_long))
    d = rates.all_in_long * (1 - p.policy.step_up_chance) * growth**-p.policy.deferral_years
    return -v_s * s - v_l * ell - d * p.sum_x(sale.gamma for sale in p.sales)


def _location(p: _Program) -> Affine:
    """Asset location: the change of the tax on the income of what taxable accounts hold."""
    rates, years = p.household.taxpayer.rates, p.policy.location_years
    delta = {
        k.symbol: years * (k.ordinary_yield * rates.all_in_short + k.qualified_yield * rates.all_in_long)
        for k in p.household.securities
    }
    bought = p.sum_y(delta[b.k.symbol] * b.a.taxable for b in p.buys)
    return bought - p.sum_x(delta[s.k.symbol] * s.a.taxable for s in p.sales)


def _solve(objective: Affine, rows: list[Any], solver: str, options: dict[str, object]) -> None:
    """Solution: branch and bound, then again with its integers fixed, so that nothing leaks through their tolerance."""
    fixed: list[Any] = []
    for step in ("the program", "the program at its integers"):
        problem: Any = cp.Problem(cp.Minimize(objective), rows + fixed)
        try:
            problem.solve(solver=solver, **options)
        except cp.SolverError as error:
            raise RuntimeError(f"{solver} failed on {step}: {error}") from error
        if problem.status != cp.OPTIMAL:
            raise RuntimeError(f"{solver} proved no optimum of {step}: {problem.status.replace('_', ' ')}")
        fixed = [b == np.round(b.value) for b in problem.variables() if b.attributes["boolean"]]
