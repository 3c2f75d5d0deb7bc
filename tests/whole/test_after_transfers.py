"""The household after a plan that moves money: what was asked for has happened, once."""

import pytest

from lotroute.models import Household
from lotroute.models.retirement.requests import requests_of
from lotroute.solver import solve

CENT = 0.011


@pytest.mark.parametrize(
    ("name", "changes"),
    [("withdrawal", {}), ("withdrawal", {"withdrawal": 0, "accounts.sam-roth.owner": "ruth", "conversion": 20_000}),
     ("distribution", {}), ("savings", {})],
)  # fmt: skip
def test_what_was_asked_for_is_done(name, changes):
    home = Household.load(f"fixtures/{name}.json").with_(changes)
    plan = solve(home)
    after = home.after(plan)
    assert (after.withdrawal, after.contribution, after.conversion) == (0, 0, 0)
    assert requests_of(after) is None
    assert {account.id: account.cash for account in after.accounts} == pytest.approx(plan.cash_after, abs=CENT)
    again = solve(after)
    assert not again.transfers
    assert again.tax_before.total == pytest.approx(plan.tax_after.total, abs=CENT)


def test_a_conversion_is_neither_a_contribution_nor_a_distribution():
    home = Household.load("fixtures/withdrawal.json")
    home = home.with_({"withdrawal": 0, "accounts.sam-roth.owner": "ruth", "conversion": 20_000})
    after = home.after(solve(home))
    assert (after.account["ruth-ira"].withdrawn, after.account["sam-roth"].contributed) == (0, 0)
    assert after.account["sam-roth"].roth_basis == 0


def test_a_withdrawal_counts_toward_the_year():
    home = Household.load("fixtures/distribution.json")
    plan = solve(home)
    after = home.after(plan)
    taken = sum(account.withdrawn for account in after.accounts) - 5000  # as the file states for this year already
    assert taken == pytest.approx(sum(each.amount for each in plan.transfers if each.kind == "distribution"), abs=CENT)
