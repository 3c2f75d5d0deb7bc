"""Random households that ask for money out, money in or a conversion, without saying from which accounts."""

from datetime import timedelta

import numpy as np
from random_households import featured_household, random_household
from random_numbers import TRADE_DATE, down, pick

from lotroute.models import Household

WAYS = ("withdrawal", "contribution", "conversion", "distribution")
RETIREMENT = ("traditional", "roth", "401k")


def asking_household(seed, *, ways=WAYS, featured=False, **sizes):
    """A random household with owners, that asks for one of the ways; odd seeds are taxed by a year's law."""
    make = featured_household if featured else random_household
    data = make(seed, brackets=seed % 2 == 1, **sizes).model_dump() | {"id": f"asking-{seed}"}
    rng = np.random.default_rng((seed, 15))
    people = [
        {"id": name, "born": TRADE_DATE - timedelta(int(rng.integers(30 * 365, 85 * 365))), "compensation": 30_000.0}
        for name in ("ann", "bob")[: int(rng.integers(1, 3))]
    ]
    for account in data["accounts"]:
        if account["kind"] in RETIREMENT:
            account["owner"] = pick(rng, people)["id"]
            if account["kind"] != "roth":
                account["last_year_end_value"] = down(worth(data, account) * rng.uniform(0.8, 1.2))
            else:
                account["roth_basis"] = down(pick(rng, (0.0, rng.uniform(0, 1) * worth(data, account))))
    data["people"] = people
    way = ways[int(rng.integers(len(ways)))]
    asked = _ASKED[way](rng, data)
    return Household.model_validate(data | asked)


def worth(data, account):
    """Dollars that an account can pay at most: its lots and cash, less what it pays and keeps already."""
    funds = {fund["symbol"]: fund for fund in data["securities"]}
    held = sum(lot["quantity"] * funds[lot["symbol"]]["price"] * (1 - funds[lot["symbol"]]["half_spread"])
               for lot in account["lots"])  # fmt: skip
    cash = account["cash"] + account["contribution"] - account["withdrawal"] - account["minimum_cash"]
    return max(0.95 * held + cash, 0.0)


def _withdrawal(rng, data):
    able = sum(worth(data, account) for account in data["accounts"] if account["kind"] in ("taxable", "traditional"))
    return {"withdrawal": down(able * pick(rng, (rng.uniform(0, 0.9), rng.uniform(0, 0.3))))}


def _contribution(rng, data):
    scale = sum(worth(data, account) for account in data["accounts"])
    amount = down(pick(rng, (5_000.0, 40_000.0, scale * rng.uniform(0, 0.5))))
    taxable = any(account["kind"] == "taxable" for account in data["accounts"])
    return {"contribution": amount if taxable else 0.0}


def _conversion(rng, data):
    owners = [account["owner"] for account in data["accounts"] if account["kind"] == "roth"]
    able = sum(worth(data, a) for a in data["accounts"] if a["kind"] == "traditional" and a["owner"] in owners)
    return {"conversion": down(able * rng.uniform(0, 0.8))}


def _distribution(rng, data):
    for account in data["accounts"]:
        if account["kind"] in ("traditional",):
            account["required_distribution"] = down(worth(data, account) * pick(rng, (0.0, 0.04, rng.uniform(0, 0.5))))
    return _withdrawal(rng, data) if rng.random() < 0.4 else {}


_ASKED = {
    "withdrawal": _withdrawal,
    "contribution": _contribution,
    "conversion": _conversion,
    "distribution": _distribution,
}
