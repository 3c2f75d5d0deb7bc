"""From orders to a plan: booked by the ledger, explained, certified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..models import Certificate, ClassWeight, FactorExposure, LimitUse, Plan, SecurityWeight, Trade, Violation
from .blocked import blocked
from .books import Books
from .cautions import cautions
from .conflicts import LIMITS
from .explain import Story, explain
from .ledger import Ledger, Order, cents
from .marginal import marginal_rates_of
from .next_best import NextBest
from .problem import Problem
from .rules import Miss, misses, rounding
from .states import wash_sales
from .waiting import waits
from .wash_windows import wash_windows

MATTERS = 1e-6
"""Dollars per dollar; a limit that is worth less does not bind."""


def assemble(
    problem: Problem,
    books: Books,
    orders: Sequence[Order],
    ledger: Ledger,
    certificate: Certificate,
    baselines: Mapping[str, float],
    worths: Mapping[str, float] | None = None,
    conflicts: Sequence[str] = (),
) -> Plan:
    """The plan that a list of orders makes. `ledger` is their replay, and the plan's figures are its.

    `worths` is what a unit more of each limit would save, where that is known, `conflicts` the rules that stand in the
    way of those that are missed.
    """
    household = problem.household
    states = wash_sales(household, problem.policy, orders, ledger.gains)
    reasons = explain(Story(household, orders, ledger, problem, states))
    alternatives = NextBest(problem, books, orders, ledger)
    trades = tuple(
        Trade(
            account=order.account,
            symbol=order.symbol,
            side=order.side,
            quantity=order.quantity,
            lot=order.lot,
            proceeds=float(booking.proceeds),
            gain=None if booking.gain is None else float(booking.gain),
            term=booking.term,
            reason=reason.model_copy(update=alternatives.of(position)),
        )
        for position, (order, booking, reason) in enumerate(zip(orders, ledger.bookings, reasons, strict=True))
    )
    return Plan(
        household=household.id,
        trade_date=household.trade_date,
        value=float(cents(ledger.worth)),
        target_value=float(cents(ledger.value)),
        policy=problem.policy,
        trades=trades,
        objective=float(ledger.objective),
        parts={name: float(dollars) for name, dollars in ledger.parts.items()},
        tax_before=ledger.tax_before,
        tax_after=ledger.tax_after,
        marginal=tuple(marginal_rates_of(books.filer, ledger.tax_before, ledger.tax_after)),
        warnings=tuple(cautions(books.filer, household.trade_date, ledger.tax_before, ledger.tax_after, states)),
        **_bands(ledger),
        limits=tuple(_limits(books, orders, ledger, worths)),
        waits=tuple(waits(books, orders, ledger)),
        cash_after={account: float(cents(dollars)) for account, dollars in ledger.cash.items()},
        violations=tuple(_violation(books, miss, conflicts) for miss in misses(books, ledger, orders)),
        blocked=tuple(blocked(problem, orders)),
        wash_windows=tuple(wash_windows(household, orders, ledger.gains)),
        wash_sales=tuple(states),
        baselines=dict(baselines),
        certificate=certificate,
    )


def _bands(ledger: Ledger) -> dict[str, tuple[ClassWeight | FactorExposure | SecurityWeight, ...]]:
    """Classes, factors and names against their bands, as the plan's fields."""
    found: dict[str, list[ClassWeight | FactorExposure | SecurityWeight]] = {"classes": [], "factors": [], "names": []}
    for band in ledger.bands:
        ends = {"lower": float(band.lower), "upper": float(band.upper)}
        dollars = {"before": float(cents(band.before)), "after": float(cents(band.after))}
        if band.target is None:
            found["factors"].append(FactorExposure(factor=band.name, **ends, **dollars))
        elif band.kind == "class":
            found["classes"].append(ClassWeight(asset_class=band.name, target=float(band.target), **ends, **dollars))
        else:
            found["names"].append(SecurityWeight(symbol=band.name, target=float(band.target), **ends, **dollars))
    return {field: tuple(rows) for field, rows in found.items()}


def _limits(
    books: Books, orders: Sequence[Order], ledger: Ledger, worths: Mapping[str, float] | None
) -> Sequence[LimitUse]:
    """Each limit of the policy, with what is used and what more of it would be worth."""
    found = []
    slack = float(rounding(books, orders))
    for name, used in ledger.limited.items():
        limit = getattr(books.policy.limits, name)
        if limit is None:
            continue
        worth = None if worths is None else worths.get(name)
        unit = max(float(ledger.worth), 0.0) if name == "turnover" else 1.0
        full = (float(used) - limit.amount) * unit >= (0 if name == "trades" else -slack)
        binding = full and (worth is None or worth > MATTERS)
        text = f"{_amount(name, float(used))} of {_amount(name, limit.amount)} used"
        if binding:
            text += _contributors(name, orders, ledger)
            if worth is not None:
                text += f"; a dollar more would save ${worth:.4f}"
        found.append(
            LimitUse(name=name, amount=limit.amount, used=float(used), binding=binding, worth=worth, text=f"{text}.")
        )
    return found


def _contributors(name: str, orders: Sequence[Order], ledger: Ledger) -> str:
    """The sales that use most of a limit on gains or losses."""
    wanted = {"short_gain": "short", "long_gain": "long"}.get(name)
    sign = -1 if name == "loss" else 1
    rows = [
        (sign * booking.gain, order)
        for order, booking in zip(orders, ledger.bookings, strict=True)
        if booking.gain is not None and sign * booking.gain > 0 and wanted in (None, booking.term)
    ]
    if name not in ("short_gain", "long_gain", "net_gain", "loss", "bill") or not rows:
        return ""
    largest = sorted(rows, key=lambda row: -row[0])[:3]
    return ", most of it by " + ", ".join(f"{order.symbol} lot {order.lot} (${gain:,.2f})" for gain, order in largest)


def _violation(books: Books, miss: Miss, conflicts: Sequence[str]) -> Violation:
    """A miss in words, with the rules that stand in its way: all of them but itself."""
    text, itself = _missed(books, miss)
    others = tuple(words for words in conflicts if words != itself)
    if others:
        text += f"; in its way: {', '.join(others)}"
    return Violation(rule=miss.rule, where=miss.where, amount=float(miss.amount), text=f"{text}.", conflicts=others)


def _missed(books: Books, miss: Miss) -> tuple[str, str]:
    """What is missed, and how it is called among the conflicts."""
    dollars = f"${miss.amount:,.2f}"
    if miss.rule == "minimum_cash":
        account = books.accounts[miss.where]
        asked = f"the withdrawal of ${account.withdrawal:,.2f}" if account.withdrawal else "the cash minimum"
        return f"{asked} in {miss.where} is {dollars} short", f"{asked} in {miss.where}"
    if miss.rule == "maximum_cash":
        return f"{miss.where} keeps {dollars} more than its cash maximum", f"the cash maximum of {miss.where}"
    if miss.rule == "limit":
        orders = int(miss.amount)
        beyond = ("1 order" if orders == 1 else f"{orders} orders") if miss.where == "trades" else dollars
        return f"{LIMITS[miss.where]} is exceeded by {beyond}", LIMITS[miss.where]
    if miss.rule == "band":
        return f"{miss.where} stays {dollars} outside its band", f"the band of {miss.where}"
    return f"{dollars} of {miss.where} cannot be sold", f"{miss.where} may not be held"


def _amount(name: str, amount: float) -> str:
    """A limit in its unit."""
    if name == "trades":
        return f"{amount:,.0f} orders"
    return f"{amount:.2%}" if name == "turnover" else f"${amount:,.2f}"
