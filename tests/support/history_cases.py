"""A household of two funds, in a taxable account and an IRA."""

from datetime import date

from lotroute.models import Household

TODAY = date(2026, 6, 15)


def household(joint=(), ira=(), *, reinvests=(), groups=None, **changes):
    """A and B at $10 a share; the taxable account and the IRA hold the given lots."""
    known = groups or {}
    return Household.model_validate(
        {
            "trade_date": TODAY,
            "taxpayer": {"rates": {"short": 0.3, "long": 0.15}},
            "accounts": [
                {"id": "joint", "kind": "taxable", "cash": 100, "lots": list(joint)},
                {"id": "ira", "kind": "traditional", "cash": 100, "lots": list(ira), "reinvests": list(reinvests)},
            ],
            "securities": [
                {"symbol": symbol, "price": 10, "exposures": "stock", "identity_group": known.get(symbol)}
                for symbol in ("A", "B")
            ],
            "targets": [{"asset_class": "stock", "weight": 1}],
        }
        | changes
    )
