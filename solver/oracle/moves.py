"""Money in and out of docs/formulation.md a second time: what the household asks for without saying from where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import cvxpy as cp

from ...models import loss_limit, taxes
from ...models.retirement.distributions import required
from ...models.retirement.limits import Room, room
from ...models.retirement.sources import convertible, sources
from .asked import Asked, receivers
from .values import DUST, Affine, Column, Value

if TYPE_CHECKING:
    from ...models import Account
    from .data import Page

DEFERRED = ("traditional", "401k")


@dataclass
class Moved:
    """The columns of the moves by account id, in scaled dollars, and what they add up to."""

    psi: dict[str, Any] = field(default_factory=dict)
    chi: dict[str, Any] = field(default_factory=dict)
    xi: dict[str, Any] = field(default_factory=dict)
    eta: dict[str, Any] = field(default_factory=dict)
    early: Affine = 0.0
    """The additional tax."""
    income: Value = field(default_factory=lambda: Value(0.0, {}))
    """O."""

    def into(self, a: Account) -> Affine:
        """What comes into an account less what leaves it."""
        return self.chi.get(a.id, 0.0) + self.eta.get(a.id, 0.0) - self.psi.get(a.id, 0.0) - self.xi.get(a.id, 0.0)


def write_moves(p: Page) -> Moved:
    """Write F1 to F5 and F10 to F12, and the income that the moves add."""
    home, found, rows = p.household, Moved(), p.rows
    asked = Asked.of(home)
    if not asked.anything:
        return found
    pays = sources(home)
    most = {name: float(each.most) / p.unit for name, each in pays.items()}
    limits = room(home)
    if asked.out:
        found.psi = {name: cp.Variable(nonneg=True) for name in pays}
        rows += [found.psi[name] <= most[name] for name in pays]
        rows.append(sum(found.psi.values()) == asked.out / p.unit)
        for each in required(home):
            rows.append(
                sum(found.psi[name] for name in each.accounts if name in found.psi) >= float(each.dollars) / p.unit
            )
        found.early = sum(float(pays[name].additional_tax) * found.psi[name] for name in pays)
    if asked.into:
        receive = [a for a in receivers(home) if a.taxable or asked.fresh]
        found.chi = {a.id: cp.Variable(nonneg=True) for a in receive}
        rows.append(sum(found.chi.values()) == asked.into / p.unit)
        rows.append(sum((found.chi[a.id] for a in receive if not a.taxable), cp.Constant(0.0)) <= asked.fresh / p.unit)
        for limit in limits:
            columns = [found.chi[name] for name in limit.accounts if name in found.chi]
            if columns:
                rows.append(sum(columns) <= float(limit.dollars) / p.unit)
    for own in convertible(home) if asked.converted else ():
        leaves = [name for name in own.traditional if name in pays]
        found.xi |= {name: cp.Variable(nonneg=True) for name in leaves}
        found.eta |= {name: cp.Variable(nonneg=True) for name in own.roth}
        rows.append(
            sum((found.xi[name] for name in leaves), cp.Constant(0.0)) == sum(found.eta[name] for name in own.roth)
        )
        rows += [found.xi[name] + found.psi.get(name, 0.0) <= most[name] for name in leaves]
    if asked.converted:
        rows.append(sum(found.xi.values()) == asked.converted / p.unit)
    found.income = _income(p, asked, found)
    return found


def _income(p: Page, asked: Asked, moved: Moved) -> Value:
    """O, with bounds that its parts give."""
    deferred = {a.id for a in p.household.accounts if a.kind in DEFERRED}
    plus = [column for name, column in moved.psi.items() if name in deferred]
    minus = [column for name, column in moved.chi.items() if name in deferred]
    low, high = -asked.fresh / p.unit if minus else 0.0, asked.out / p.unit if plus else 0.0
    fixed = asked.converted / p.unit
    if high - low <= DUST:
        return Value(fixed, {})
    income = cp.Variable()
    p.rows += [income == sum(plus) - sum(minus), income >= low, income <= high]
    return Value(fixed, {Column(income, low, high): 1.0})


def write_phase_outs(p: Page, moved: Moved, gains: Affine) -> None:
    """Write F6 to F9. `gains` is S + L in scaled dollars."""
    home, filer = p.household, p.household.filer
    if not moved.chi or filer.rates is not None:
        return
    limit = float(loss_limit(filer.filing_status))
    form = taxes(filer, *filer.net_so_far).form
    assert form is not None
    capital = max(-limit, float(sum(filer.net_so_far, Decimal(0))))
    base = float(form.adjusted_gross_income) - capital
    kind = {a.id: a.kind for a in home.accounts}
    for each in room(home) if home.contribution else ():
        columns = [moved.chi[name] for name in each.accounts if name in moved.chi]
        if each.phase_out is None or not columns:
            continue
        counts = sum(column for name, column in moved.psi.items() if kind[name] in DEFERRED)
        counts -= sum(column for name, column in moved.chi.items() if kind[name] == "401k")
        own = base
        if each.without_conversions:
            own -= filer.other_income.roth_conversion
        else:
            counts += sum(moved.xi.values())
        magi = cp.Variable()
        p.rows += [magi >= own / p.unit + counts + gains, magi >= (own - limit) / p.unit + counts]
        reach = own / p.unit + sum(abs(s.gamma) * s.pq for s in p.sales) + abs(float(sum(filer.net_so_far))) / p.unit
        asked = Asked.of(home)
        _shrink(p, each, columns, magi, reach + (asked.out + asked.converted) / p.unit)


def _shrink(p: Page, limit: Room, columns: Sequence[Any], magi: cp.Variable, reach: float) -> None:
    """F8 and F9: nothing beyond `high`, in between the part of the limit that is left. Income is at most `reach`."""
    assert limit.phase_out is not None
    low, high = (float(each) / p.unit for each in limit.phase_out)
    dollars, used, some = float(limit.limit) / p.unit, float(limit.used) / p.unit, cp.Variable(boolean=True)
    beyond = max(reach - high, 0.0) + used / dollars * (high - low) if dollars else 0.0
    p.rows.append(sum(columns) <= dollars * some)
    p.rows.append(sum(columns) + used <= dollars / (high - low) * (high - magi + beyond * (1 - some)))
