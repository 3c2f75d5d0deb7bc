"""A withdrawal, a contribution, a conversion and required distributions of a household, worked out by hand."""

from decimal import Decimal

import pytest
from couple_cases import OLD, YOUNG, couple, held, moved

from lotroute.models import InputError, Policy, tax_bill
from lotroute.models.tax.tax_year import tax_year
from lotroute.solver import audit, route, solve
from lotroute.solver.api import baseline, no_trade

TIE = Policy(withdrawal_rate=0.12, location_years=0, to_target="off")
"""A dollar out of an IRA is worth its tax of 12 %, and no place forgoes anything."""


def solved(home, policy=TIE):
    plan = solve(home, policy, gap_bp=0.0)
    assert audit(home, plan) == []
    assert plan.certificate.status in ("optimal", "within_rounding"), plan.certificate
    return plan


def room_at_12_percent(home):
    """Dollars of income up to the top of the bracket of 12 %, by the tables of the year."""
    law, payer = tax_year(2026, "married_jointly"), home.taxpayer
    top = law.ordinary_tops[[*map(str, law.ordinary_rates)].index("0.12")]
    return float(top - (Decimal(str(payer.ordinary_income)) - law.standard_deduction))


def test_a_withdrawal_takes_cash_and_what_costs_no_gain_first():
    """$5,000: $1,000 of cash and the lot at break-even, $4,000. Every other account would cost nothing or more."""
    home = couple(withdrawal=5000)
    plan = solved(home, TIE.with_(withdrawal_rate=0.0))
    assert sum(moved(plan, "withdrawal").values()) == 5000
    assert "ira" not in moved(plan)  # at a withdrawal rate of 0, income of 12 % is never worth taking early
    assert plan.tax_after.total == plan.tax_before.total


def test_income_is_taken_up_to_the_end_of_its_bracket():
    """The IRA alone can pay $120,000 without gains: at 12 % it is worth its tax, at 22 % the Roth is free of tax."""
    home = couple(withdrawal=120_000, income=60_000)
    room = room_at_12_percent(home)
    plan = solved(home, TIE.with_(withdrawal_rate=0.15))
    assert moved(plan)["ira"] == pytest.approx(room, abs=0.02)
    assert sum(moved(plan).values()) == 120_000
    bill = tax_bill(home.filer, 0, 0)
    assert plan.tax_after.total == pytest.approx(bill.total + 0.12 * room, abs=0.02)
    [ira] = [each for each in plan.transfers if each.account == "ira"]
    assert (ira.tax, ira.rate) == (pytest.approx(0.12 * room, abs=0.02), pytest.approx(0.12, abs=1e-6))
    assert "ordinary income" in ira.text


def test_the_bill_before_is_without_the_moves():
    home = couple(withdrawal=120_000, income=60_000)
    plan = solved(home, TIE.with_(withdrawal_rate=0.15))
    assert plan.tax_before == solve(couple(income=60_000), TIE).tax_before
    assert plan.parts["later"] == pytest.approx(-0.15 * moved(plan)["ira"], abs=0.02)


def test_an_early_withdrawal_bears_ten_percent_and_waits_for_everything_else():
    home = couple(YOUNG, withdrawal=60_000)
    plan = solved(home)
    assert moved(plan)["joint"] == 55_000  # all of it: the Roth may pay no earnings before 59½
    [ira] = [each for each in plan.transfers if each.account == "ira"]
    assert ira.amount == 5000
    assert ira.additional_tax == 500
    assert plan.tax_after.additional_tax == 500
    assert "$500 of it for being early" in ira.text


def test_contributions_of_a_roth_come_out_first():
    accounts = (
        {"id": "ira", "kind": "traditional", "owner": "ann", "lots": [held("i", 2000)]},
        {"id": "roth", "kind": "roth", "owner": "ann", "roth_basis": 3000, "lots": [held("r", 1000)]},
    )
    plan = solved(couple(YOUNG, withdrawal=60_000, accounts=accounts))
    assert moved(plan) == {"joint": 55_000, "ira": 2000, "roth": 3000}


def required(dollars, **changes):
    accounts = (
        {"id": "one", "kind": "traditional", "owner": "ann", "required_distribution": dollars, "lots": [held("i", 90)]},
        {"id": "two", "kind": "traditional", "owner": "ann", "lots": [held("j", 2000)], "required_distribution": 0},
    )
    return couple(OLD, accounts=accounts, **changes)


def test_what_must_be_distributed_leaves_the_iras_together_and_comes_into_the_joint_account():
    """$12,000 of $9,000 in one IRA and $200,000 in the other: an owner's IRAs are one."""
    plan = solved(required(12_000))
    assert sum(moved(plan, "distribution").values()) == 12_000
    assert moved(plan, "contribution") == {"joint": 12_000}
    assert plan.tax_after.adjusted_gross_income == plan.tax_before.adjusted_gross_income + 12_000
    assert plan.market_value == 1000 + 54_000 + 9000 + 200_000


def test_a_withdrawal_counts_what_must_be_distributed():
    plan = solved(required(12_000, withdrawal=20_000))
    assert sum(moved(plan, "distribution").values()) == 12_000
    assert sum(moved(plan, "withdrawal").values()) == 8000
    assert not moved(plan, "contribution")


def test_without_a_taxable_account_a_distribution_leaves_the_household():
    ira = {"id": "ira", "kind": "traditional", "owner": "ann", "required_distribution": 5000, "lots": [held("i", 900)]}
    home = couple(accounts=(ira,)).with_({"accounts": [ira]})
    plan = solved(home)
    assert moved(plan) == {"ira": 5000}
    assert plan.market_value == 85_000
    assert any("$5,000 of required distributions leaves the household" in each for each in plan.warnings)


def test_a_conversion_is_income_and_changes_nothing_else():
    plan = solved(couple(conversion=10_000))
    [each] = plan.transfers
    assert (each.kind, each.account, each.to, each.amount) == ("conversion", "ira", "roth", 10_000)
    assert each.tax == pytest.approx(1200)  # 90,000 less 32,200 lies in the bracket of 12 %, and so do 10,000 more
    assert plan.market_value == couple_value()


def couple_value():
    return 1000 + 54_000 + 200_000 + 100_000


@pytest.mark.parametrize(
    ("income", "born", "most"),
    [
        (90_000, YOUNG, 7500.0),  # Notice 2025-67: $7,500
        (90_000, OLD, 8600.0),  # $1,100 more from 50 on
        (247_000, YOUNG, 3750.0),  # halfway between $242,000 and $252,000
        (260_000, YOUNG, 0.0),
    ],
)
def test_a_roth_takes_what_the_law_leaves_and_the_joint_account_the_rest(income, born, most):
    """A policy that pays for a Roth: its income is not taxed, that of a taxable account is."""
    accounts = ({"id": "roth", "kind": "roth", "owner": "ann", "lots": [held("r", 10)]},)
    fund = {"symbol": "A", "price": 100, "exposures": "stock", "half_spread": 0, "ordinary_yield": 0.04}
    home = couple(born, income=income, accounts=accounts, contribution=20_000, securities=[fund])
    plan = solved(home, Policy())
    found = moved(plan, "contribution")
    assert found.get("roth", 0.0) == pytest.approx(most, abs=0.02)
    assert found["joint"] == pytest.approx(20_000 - most, abs=0.02)


def test_a_401k_takes_a_deduction():
    accounts = ({"id": "plan", "kind": "401k", "owner": "ann", "menu": ["A"], "lots": [held("r", 10)]},)
    plan = solved(couple(YOUNG, accounts=accounts, contribution=10_000), TIE.with_(withdrawal_rate=0.05))
    assert moved(plan) == {"plan": 10_000}
    assert plan.tax_after.total == pytest.approx(plan.tax_before.total - 1200)
    assert plan.parts["later"] == pytest.approx(500)


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"withdrawal": 1e6}, "withdrawal"),
        ({"conversion": 250_000}, "conversion"),
        ({"withdrawal": 10, "contribution": 10}, "withdrawal: there is a contribution too"),
    ],
)
@pytest.mark.parametrize("way", [solve, route])
def test_what_cannot_be_done_is_refused(way, asked, fault):
    with pytest.raises(InputError, match=fault):
        way(couple(**asked))


def test_targets_after_tax_need_to_know_the_account():
    """V would depend on the account that pays. A conversion alone is known to leave the IRAs."""
    with pytest.raises(InputError, match="targets"):
        solve(couple(withdrawal=120_000), Policy(targets="after_tax"))
    solved(couple(conversion=10_000), Policy(targets="after_tax"))


@pytest.mark.parametrize("asked", [{"withdrawal": 30_000}, {"contribution": 30_000}, {"conversion": 30_000}])
def test_every_way_to_trade_moves_as_much(asked):
    home = couple(**asked)
    plans = [route(home), baseline(home, None, "prorata_hifo")]
    assert [audit(home, plan) for plan in plans] == [[], []]
    for plan in (*plans, no_trade(home)):
        assert sum(each.amount for each in plan.transfers) == 30_000


def test_a_restriction_keeps_an_account_out():
    rules = [{"rule": "no_withdrawal", "account": "joint"}, {"rule": "no_withdrawal", "account": "ira"}]
    plan = solved(couple(withdrawal=30_000, restrictions=rules))
    assert moved(plan) == {"roth": 30_000}
    rules = [{"rule": "no_contribution", "account": "joint"}, {"rule": "no_contribution", "account": "ira"}]
    plan = solved(couple(YOUNG, contribution=5000, restrictions=rules))
    assert moved(plan) == {"roth": 5000}


def test_what_is_asked_for_in_fractions_of_a_cent_is_moved_in_cents():
    plan = solved(couple(withdrawal=1234.567))
    assert sum(moved(plan).values()) == 1234.57
