"""Households with people and retirement accounts: made in a line, for the rules of models/retirement/."""

from lotroute.models import Household

ANN = {"id": "ann", "born": "1970-03-15", "compensation": 100_000}
BEN = {"id": "ben", "born": "1972-09-01"}


def account(name, kind, cash=100_000, owner="ann", **fields):
    return {"id": name, "kind": kind, "cash": cash, "owner": owner} | fields


def ira(name="ira", cash=100_000, owner="ann", **fields):
    return account(name, "traditional", cash, owner, **fields)


def roth(name="roth", cash=100_000, owner="ann", **fields):
    return account(name, "roth", cash, owner, **fields)


def work(name="work", cash=100_000, owner="ann", **fields):
    return account(name, "401k", cash, owner, **fields)


def inherited(name="late", kind="traditional", *, died, born, heir="other", value=100_000, **fields):
    """An account that Ann inherited, with its value of last year."""
    origin = {"died": died, "owner_born": born, "beneficiary": heir}
    last = {"last_year_end_value": value}
    return account(name, kind, registration="inherited", inherited=origin, **(last | fields))


JOINT = {"id": "joint", "kind": "taxable", "cash": 50_000}


def home(*accounts, people=(ANN,), year=2026, status="single", day=None, income=80_000, **fields):
    """A household of accounts that hold cash alone."""
    payer = {"year": year, "filing_status": status, "ordinary_income": income}
    return Household.model_validate(
        {
            "trade_date": day or f"{year}-06-15",
            "taxpayer": payer,
            "people": people,
            "accounts": accounts or [JOINT],
            "securities": [],
            "targets": [{"asset_class": "cash", "weight": 1}],
        }
        | fields
    )
