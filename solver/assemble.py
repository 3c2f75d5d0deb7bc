"""From orders to a plan: booked by the ledger, explained, certified."""

from __future__ import annotations

from collections.abc import Sequence

from ..models import Certificate, ClassWeight, Plan, Trade, Violation
from .explain import Story, blocked, explain
from .ledger import Ledger, Order, bands, cents
from .problem import Problem


def assemble(
    problem: Problem,
    orders: Sequence[Order],
    ledger: Ledger,
    certificate: Certificate,
    baselines: dict[str, float],
) -> Plan:
    """The plan that a list of orders makes. `ledger` is their replay, and the plan's figures are its."""
    household = problem.household
    reasons = explain(Story(household, orders, ledger, problem))
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
            reason=reason,
        )
        for order, booking, reason in zip(orders, ledger.bookings, reasons, strict=True)
    )
    return Plan(
        household=household.id,
        trade_date=household.trade_date,
        value=float(cents(ledger.value)),
        policy=problem.policy,
        trades=trades,
        objective=float(ledger.objective),
        parts={name: float(dollars) for name, dollars in ledger.parts.items()},
        tax_before=ledger.tax_before,
        tax_after=ledger.tax_after,
        classes=_classes(problem, ledger),
        cash_after={account: float(cents(dollars)) for account, dollars in ledger.cash.items()},
        violations=_violations(problem, ledger),
        blocked=tuple(blocked(problem)),
        baselines=baselines,
        certificate=certificate,
    )


def _classes(problem: Problem, ledger: Ledger) -> tuple[ClassWeight, ...]:
    return tuple(
        ClassWeight(
            asset_class=name,
            target=float(weight),
            lower=float(lower),
            upper=float(upper),
            before=float(cents(ledger.class_before[name])),
            after=float(cents(ledger.class_after[name])),
        )
        for name, (weight, lower, upper) in bands(problem.household).items()
    )


def _violations(problem: Problem, ledger: Ledger) -> tuple[Violation, ...]:
    """Accounts short of cash because the rules leave nothing more to sell."""
    found = []
    for a, account in enumerate(problem.household.accounts):
        if not problem.short[a]:
            continue
        short = max(account.minimum_cash - float(cents(ledger.cash[account.id])), 0.0)
        if short <= 0:
            continue
        what = (
            f"the withdrawal of ${account.withdrawal:,.2f}" if account.withdrawal else f"${account.minimum_cash:,.2f}"
        )
        text = f"{what} cannot be met: wash-sale and holding rules close the rest of the account's lots"
        found.append(Violation(account=account.id, shortfall=round(short, 2), text=text))
    return tuple(found)
