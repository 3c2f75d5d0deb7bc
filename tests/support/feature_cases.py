"""Small households whose best plan can be worked out by hand: every price is $100, most hold $100,000."""

from datetime import date, timedelta

import pytest

from lotroute.models import Household, Policy
from lotroute.solver import audit, solve

TODAY = date(2026, 6, 15)
SPREAD = 0.0002
RATES = {"short": 0.35, "long": 0.15}


def fund(symbol, exposures="stock", **changes):
    return {"symbol": symbol, "price": 100, "exposures": exposures, "half_spread": SPREAD} | changes


FUNDS = (fund("A", identity_group="A"), fund("B", identity_group="B"), fund("BOND", "bond"))
"""Two funds that are declared different, and a bond fund."""


def lot(name, symbol="A", dollars=10_000, *, basis=100, days=1000):
    """A lot of `dollars` at $100 a share; at a basis of 100 its loss is the half-spread."""
    known = {"basis_per_share": basis, "acquired": TODAY - timedelta(days)}
    return {"id": name, "symbol": symbol, "quantity": dollars / 100} | known


def joint(*lots, **changes):
    return {"id": "joint", "kind": "taxable", "lots": lots} | changes


def ira(*lots, **changes):
    return {"id": "ira", "kind": "roth", "lots": lots} | changes


def bands(**ends):
    """Class targets in the middle of their bands; the last target makes the sum 1."""
    middles = {name: round((low + high) / 2, 6) for name, (low, high) in ends.items()}
    *others, last = ends
    middles[last] = round(1 - sum(middles[name] for name in others), 6)
    return [
        {"asset_class": name, "weight": middles[name], "lower": low, "upper": high}
        for name, (low, high) in ends.items()
    ]


HALVES = bands(stock=(0.45, 0.55), bond=(0.45, 0.55))
ANYTHING = bands(stock=(0, 1), bond=(0, 1), cash=(0, 1))
"""Bands so wide that nothing is drift."""
ANYTHING = [row | {"weight": weight} for row, weight in zip(ANYTHING, (0.5, 0.5, 0), strict=True)]


def household(*accounts, funds=FUNDS, targets=HALVES, **changes):
    return Household.model_validate(
        {
            "trade_date": TODAY,
            "taxpayer": {"rates": RATES},
            "accounts": accounts,
            "securities": funds,
            "targets": targets,
        }
        | changes
    )


def solved(home, status="within_rounding", *, to_target="off", **policy):
    """The best plan, solved to a gap of 0, audited, with this status. It trades to the ends of bands, which most tests
    work out by hand, unless the policy pulls to the targets.
    """
    plan = solve(home, Policy(to_target=to_target, **policy), gap_bp=0.0)
    assert audit(home, plan) == []
    assert plan.certificate.status == status, plan.certificate
    return plan


def dollars(plan):
    """Dollars by account/lot sold (negative) or account/symbol bought, at the price."""
    found = {}
    for trade in plan.trades:
        sign = -1 if trade.side == "sell" else 1
        found[f"{trade.account}/{trade.lot or trade.symbol}"] = sign * trade.quantity * 100
    return found


def about(expected):
    """Equal within 3 cents, as orders in millionths of shares come out."""
    return pytest.approx(expected, abs=0.03)


def stuck():
    """50,000 of stock in joint, which must pay out 30,000, and 50,000 in a 401(k) that can hold only bonds."""
    plan_401k = {"id": "401k", "kind": "401k", "menu": ["BOND"], "lots": [lot("c", "BOND", 50_000)]}
    return household(joint(lot("a", "A", 50_000, basis=50), withdrawal=30_000), plan_401k)
