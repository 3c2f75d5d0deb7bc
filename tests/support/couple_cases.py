"""A couple's accounts whose transfers can be worked out by hand, taxed by the law of 2026."""

from lotroute.models import Household

TODAY = "2026-06-15"
OLD, YOUNG = "1962-03-01", "1980-03-01"


def couple(born=OLD, *, income=90_000, joint=None, accounts=None, **changes):
    """A joint account, a traditional IRA, a Roth and what `changes` say. Every fund's price is $100, without spread;
    the classes are in their bands, whatever is sold.
    """
    taxable = {
        "id": "joint",
        "kind": "taxable",
        "cash": 1000,
        "lots": [
            {"id": "old", "symbol": "A", "quantity": 500, "basis_per_share": 20, "acquired": "2015-01-02"},
            {"id": "even", "symbol": "A", "quantity": 40, "basis_per_share": 100, "acquired": "2024-01-02"},
        ],
    } | (joint or {})
    ira = {"id": "ira", "kind": "traditional", "owner": "ann", "lots": [held("i", 2000)]}
    roth = {"id": "roth", "kind": "roth", "owner": "ann", "lots": [held("r", 1000)]}
    return Household.model_validate(
        {
            "trade_date": TODAY,
            "taxpayer": {"filing_status": "married_jointly", "year": 2026, "ordinary_income": income},
            "people": [{"id": "ann", "born": born, "compensation": income}],
            "accounts": [taxable, *(accounts or (ira, roth))],
            "securities": [{"symbol": "A", "price": 100, "exposures": "stock", "half_spread": 0}],
            "targets": [
                {"asset_class": "stock", "weight": 1, "lower": 0, "upper": 1},
                {"asset_class": "cash", "weight": 0, "lower": 0, "upper": 1},
            ],
        }
        | changes
    )


def held(name, shares):
    return {"id": name, "symbol": "A", "quantity": shares}


def moved(plan, *kinds):
    """Dollars by account of the transfers of some kinds, or of all."""
    found = {}
    for each in plan.transfers:
        if not kinds or each.kind in kinds:
            found[each.account] = round(found.get(each.account, 0.0) + each.amount, 2)
    return found
