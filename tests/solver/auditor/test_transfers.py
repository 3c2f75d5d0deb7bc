"""Deliberate faults in a plan's transfers, each found; and the law of the auditor against that of models/."""

import importlib
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from asking_households import asking_household
from couple_cases import OLD, YOUNG, couple, held

from lotroute.models import Household, InputError, Policy
from lotroute.models.retirement.distributions import required
from lotroute.models.retirement.limits import room
from lotroute.models.retirement.sources import sources
from lotroute.solver import audit, route, solve
from lotroute.solver.auditor.distributions import required_of
from lotroute.solver.auditor.retirement import is_early, may_pay, rooms_of

INCOME = Policy(withdrawal_rate=0.15, location_years=0)
ACCOUNTS = (
    {"id": "ira", "kind": "traditional", "owner": "ann", "required_distribution": 4000, "lots": [held("i", 2000)]},
    {"id": "roth", "kind": "roth", "owner": "ann", "lots": [held("r", 1000)]},
    {"id": "hsa", "kind": "hsa", "lots": [held("h", 10)]},
)


def paying():
    """A plan whose IRA distributes $4,000 and pays more, with the joint account or the Roth."""
    home = couple(withdrawal=120_000, income=60_000, accounts=ACCOUNTS)
    return home, solve(home, INCOME)


def receiving():
    home = couple(contribution=20_000, accounts=ACCOUNTS[1:])
    return home, solve(home)


def converting():
    home = couple(conversion=10_000, accounts=ACCOUNTS)
    return home, solve(home)


def with_transfers(plan, change):
    """The plan with its transfers changed: `change` gives what changes in each, or None to leave it out."""
    found = []
    for each in plan.transfers:
        update = change(each)
        if update is not None:
            found.append(each.model_copy(update=update))
    return plan.model_copy(update={"transfers": tuple(found)})


def on(name, **update):
    """Change the transfers of one account."""
    return lambda each: update if each.account == name else {}


FAULTS = {
    "a transfer left out": (paying, lambda each: None if each.kind == "withdrawal" else {}),
    "a dollar more": (paying, lambda each: {"amount": each.amount + 1} if each.kind == "withdrawal" else {}),
    "half a cent more": (paying, lambda each: {"amount": each.amount + 0.005} if each.account == "ira" else {}),
    "an unknown account": (paying, on("ira", account="nobody")),
    "out of the hsa": (paying, on("roth", account="hsa")),
    "no distribution": (paying, lambda each: {"kind": "withdrawal"}),
    "all of it a distribution": (paying, lambda each: {"kind": "distribution"}),
    "another tax": (paying, on("ira", tax=1.0)),
    "another rate": (paying, on("ira", rate=0.5)),
    "early": (paying, on("ira", additional_tax=10.0)),
    "another amount in words": (paying, on("ira", text="$1 from ira.")),
    "a withdrawal to an account": (paying, on("ira", to="joint")),
    "more than the limit": (
        receiving,
        lambda each: {"amount": each.amount + (1000 if each.account == "roth" else -1000)},
    ),
    "into the hsa": (receiving, on("roth", account="hsa")),
    "twice the same": (receiving, lambda each: {"account": "joint"}),
    "converted into the joint account": (converting, lambda each: {"to": "joint"} if each.to else {}),
    "converted out of the Roth": (converting, lambda each: {"account": "roth", "to": "ira"} if each.to else {}),
    "converted to nowhere": (converting, lambda each: {"to": "nobody"} if each.to else {}),
    "less converted": (converting, lambda each: {"amount": each.amount - 1} if each.to else {}),
}
"""By name: a sound plan, and what is changed in each of its transfers."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault):
    make, change = FAULTS[fault]
    home, plan = make()
    assert audit(home, plan) == []
    assert plan.certificate.status in ("optimal", "within_rounding")
    found = audit(home, with_transfers(plan, change))
    assert "move" in {finding.rule for finding in found}, found


def test_a_transfer_from_another_account_is_not_what_the_trades_raise():
    """The sums are right, the account is not: cash is missing where the money leaves, and left where it does not."""
    home = couple(withdrawal=20_000, accounts=ACCOUNTS[1:])
    plan = solve(home)
    [name] = {each.account for each in plan.transfers} - {"roth"} or {"roth"}
    other = "joint" if name == "roth" else "roth"
    moved = plan.model_copy(update={"transfers": (plan.transfers[0].model_copy(update={"account": other}),)})
    assert {"figure", "move"} & {finding.rule for finding in audit(home, moved)}


PATHS = {
    "a limit of $1,000 more": ("models.retirement.limits._Limits.ira_limit", "property", receiving),
    "nothing is early": ("models.retirement.sources.past_59_and_a_half", True, None),
    "no distribution is due": ("models.retirement.requests.required", [], None),
    "the books add no income": ("solver.accounting.books.income_of", Decimal(0), None),
    "the books know nothing early": ("solver.accounting.books.early_of", Decimal(0), None),
}


@pytest.mark.parametrize("fault", PATHS)
def test_a_fault_in_the_law_or_the_books_is_found(monkeypatch, fault):
    path, value, _ = PATHS[fault]
    module, _, name = path.rpartition(".")
    if value == "property":
        module, _, owner = module.rpartition(".")
        place = getattr(importlib.import_module(f"lotroute.{module}"), owner)
        value = property(lambda self: Decimal(9600))
        home = couple(contribution=20_000, accounts=ACCOUNTS[1:2], securities=[taxed_fund()])
    else:
        place = importlib.import_module(f"lotroute.{module}")
        home = couple(YOUNG, withdrawal=60_000, accounts=ACCOUNTS)
    assert audit(home, route(home)) == []
    fixed = value if isinstance(value, property) else lambda *given: value
    monkeypatch.setattr(place, name, fixed)
    assert audit(home, route(home)) != []


def taxed_fund():
    return {"symbol": "A", "price": 100, "exposures": "stock", "half_spread": 0, "ordinary_yield": 0.04}


@pytest.mark.parametrize("seeds", [range(first, first + 100) for first in range(0, 400, 100)], ids=str)
def test_both_laws_agree_on_random_households(seeds):
    """Written twice, by the statute: who may pay, what must be distributed, what may be put in."""
    compared = 0
    for seed in seeds:
        home = with_heirs(asking_household(seed), seed)
        try:
            due = required(home)
        except InputError:
            continue
        compared += bool(due)
        assert [(each.accounts, each.dollars) for each in due] == [(*each,) for each in required_of(home)], seed
        pays = sources(home)
        for account in home.accounts:
            most = may_pay(home, account)
            assert (account.id in pays) == (most is None or most > 0) or (account.id not in pays and most is None)
            if account.id in pays:
                assert bool(pays[account.id].additional_tax) == is_early(home, account), seed
        mine, theirs = ([*map(whole, rooms)] for rooms in (rooms_of(home), room(home)))
        assert sorted(mine) == sorted(theirs), seed
    assert compared >= 10


def whole(limit):
    """A limit with what is left of it at some incomes."""
    left = [limit.at(Decimal(income)) for income in (0, 100_000, 150_000, 160_000, 245_000, 1_000_000)]
    return sorted(limit.accounts), limit.limit, limit.used, left


def with_heirs(home, seed):
    """The household with some inherited accounts, ages of all kinds, and plans at work."""
    rng, data = np.random.default_rng((seed, 21)), home.model_dump()
    for person in data["people"]:
        person["born"] = date(int(rng.integers(1935, 1998)), int(rng.integers(1, 13)), int(rng.integers(1, 29)))
        person |= {"covered_by_plan": bool(rng.integers(2)), "compensation": float(rng.integers(0, 200_000))}
    for account in data["accounts"]:
        if account["kind"] in ("traditional", "roth", "401k"):
            account["contributed"] = float(rng.integers(0, 3) * 2500)
            account["last_year_end_value"] = float(rng.integers(0, 1_000_000))
            account["required_distribution"] = None
            if rng.random() < 0.3:
                died = home.trade_date - timedelta(int(rng.integers(0, 15 * 365)))
                heir = ("spouse", "minor_child", "disabled", "close_in_age", "other", "estate")[int(rng.integers(6))]
                born = date(int(rng.integers(1925, 1980)), int(rng.integers(1, 13)), 5)
                account |= {
                    "registration": "inherited",
                    "inherited": {"died": died, "owner_born": born, "beneficiary": heir},
                    "contribution": 0.0,
                    "withdrawal": 0.0,
                    "minimum_cash": 0.0,
                    "contributed": 0.0,
                }
    data |= {"withdrawal": 0.0, "contribution": 0.0, "conversion": 0.0}
    return Household.model_validate(data)


@pytest.mark.parametrize(
    ("born", "early"), [(OLD, False), (YOUNG, True), (date(1966, 12, 15), False), (date(1966, 12, 16), True)]
)
def test_59_and_a_half_is_reached_six_months_after_the_59th_birthday(born, early):
    """On June 15, 2026, who was born on December 15, 1966 is 59½."""
    home = couple(born)
    assert is_early(home, home.account["ira"]) == early
