"""Asset location of docs/formulation.md a second time: v and its growth, v* and φ, as that page has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...models import usual_rates
from .data import Page, deferral, drawn, later_rates
from .values import Affine

if TYPE_CHECKING:
    from ...models import Account, Security

SAME = 1e-9
"""Exposures that differ by less are equal."""


def write_location(p: Page) -> Affine:
    """Asset location: the change in what the places of the holdings forgo, φ_ka a dollar, over location_years."""
    (R_s, R_l), d, w = later_rates(p), deferral(p), drawn(p.household, p.policy)
    accounts, years = p.household.accounts, p.policy.location_years
    state = min(usual_rates(p.household.taxpayer).state, R_s)
    may = {a.id: {b.k.symbol for b in p.buys if b.a is a} | {lot.symbol for lot in a.lots} for a in accounts}
    if not p.household.contribution and not p.household.conversion:
        may |= {a.id: set[str]() for a in accounts if not a.lots and a.cash + a.contribution <= 0}
    securities = [k for k in p.household.securities if any(k.symbol in symbols for symbols in may.values())]
    most = {c: max(k.exposures.get(c, 0.0) for k in securities) for k in securities for c in k.exposures}
    members = {c: [k for k in securities if k.exposures.get(c, 0.0) >= 0.9 * most[c] - SAME] for c in most if most[c]}
    some = any(k.growth is not None for k in p.household.securities)

    def paid(k: Security) -> float:
        return k.ordinary_yield + k.qualified_yield + k.exempt_yield + (k.growth or 0.0)

    def lone(k: Security) -> bool:
        return k.growth is None and k.exempt_yield > 0

    r = {c: max(paid(k) for k in ([k for k in ks if not lone(k)] or ks)) for c, ks in members.items()}

    def growth(k: Security) -> float:
        if k.growth is not None or lone(k):
            return k.growth or 0.0
        return sum(E * r.get(c, 0.0) for c, E in k.exposures.items()) - paid(k)

    def v(a: Account, k: Security) -> float:
        y, g = k.ordinary_yield + k.qualified_yield + k.exempt_yield, growth(k)
        if not a.taxable:
            deferred = a.kind in ("traditional", "401k")
            return (y + g) * (1 - w if deferred and some else p.theta[a.id])
        in_state = state * (1 - k.state_exempt_share)
        ordinary = k.ordinary_yield * (1 - (R_s - state) - in_state)
        return ordinary + k.qualified_yield * (1 - R_l) + k.exempt_yield * (1 - in_state) + g * (1 - d)

    best = {}
    for c, ks in members.items():
        found = [v(a, k) / p.theta[a.id] for a in accounts if p.theta[a.id] for k in ks if k.symbol in may[a.id]]
        best[c] = max(found, default=0.0)

    def phi(a: Account, k: Security) -> float:
        return p.theta[a.id] * sum(E * best.get(c, 0.0) for c, E in k.exposures.items()) - v(a, k)

    return years * (p.sum_y(phi(b.a, b.k) for b in p.buys) - p.sum_x(phi(s.a, s.k) for s in p.sales))
