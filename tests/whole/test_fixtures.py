"""The plans of the fixtures do what the routing table says, and their reasons say so."""

from pathlib import Path

import pytest

from lotroute.models import Household, OtherIncome, Policy
from lotroute.solver import audit, route, solve

TO_THE_BAND = Policy(to_target="off")
FIXTURES = sorted(Path("fixtures").glob("*.json"))


def load(name):
    return Household.load(f"fixtures/{name}.json")


def reasons(plan, account, side):
    return {trade.reason.code for trade in plan.trades if trade.account == account and trade.side == side}


def outside_bands(plan, moment):
    return {
        row.asset_class
        for row in plan.classes
        if not row.lower - 1e-6 <= getattr(row, moment) / plan.market_value <= row.upper + 1e-6
    }


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_every_fixture_gets_an_audited_plan_with_a_proven_gap(path):
    household = Household.load(path)
    plan = solve(household)
    assert audit(household, plan) == []
    assert plan.certificate.status == "optimal"
    assert plan.certificate.gap_bp <= 0.1
    routed = route(household)
    assert audit(household, routed) == []
    assert plan.objective <= routed.objective
    assert plan.baselines["route"] == routed.objective


def test_correction_achievable_in_the_ira_is_made_there_without_tax():
    plan = solve(load("all_in_ira"))
    assert outside_bands(plan, "before") == {"us_stock", "us_bond"}
    assert outside_bands(plan, "after") == set()
    assert {trade.account for trade in plan.trades if trade.side == "sell"} == {"ira"}
    assert reasons(plan, "ira", "sell") == {"sheltered_correction"}
    assert not any(trade.account == "joint" for trade in plan.trades)
    assert plan.parts["tax"] == 0
    assert "no current tax" in plan.trades[0].reason.text


def test_overweight_at_a_loss_is_harvested_in_the_taxable_account():
    plan = solve(load("harvest"), TO_THE_BAND)
    assert "intl_stock" in outside_bands(plan, "before")
    sales = [trade for trade in plan.trades if trade.side == "sell"]
    assert {(trade.account, trade.symbol, trade.reason.code) for trade in sales} == {("brokerage", "IXUS", "harvest")}
    assert all(trade.gain < 0 for trade in sales)
    loss = -sum(trade.gain for trade in sales)
    assert plan.tax_after.total < plan.tax_before.total
    assert f"loss of ${loss:,.0f} offsets $9,400 of gains and $3,000 of other income" in sales[0].reason.text
    assert not any(trade.side == "buy" and trade.symbol == "IXUS" for trade in plan.trades)


def test_contribution_corrects_without_a_sale():
    plan = solve(load("contribution"))
    assert outside_bands(plan, "before") >= {"intl_stock", "us_bond"}
    assert outside_bands(plan, "after") == set()
    assert all(trade.side == "buy" for trade in plan.trades)
    assert reasons(plan, "joint", "buy") == {"contribution"}
    assert "Bought with the contribution, no sale" in plan.trades[0].reason.text
    assert plan.parts["tax"] == 0


HERE = Policy(location_years=0)
"""A policy by which no place is better than another, for tests of what is sold."""


def test_what_the_ira_cannot_absorb_is_split():
    household = load("must_split")
    plan = solve(household, HERE)
    in_ira = [trade for trade in plan.trades if trade.account == "ira" and trade.side == "sell"]
    taxable = [trade for trade in plan.trades if trade.account == "joint" and trade.side == "sell"]
    held = next(lot for lot in household.account["ira"].lots if lot.symbol == "VTI")
    assert [(trade.symbol, trade.quantity) for trade in in_ira] == [("VTI", held.quantity)]
    assert {trade.reason.code for trade in taxable} == {"split"}
    assert f"the IRA could absorb only ${in_ira[0].proceeds:,.0f} of us_stock" in taxable[0].reason.text
    assert outside_bands(plan, "after") == set()
    assert plan.baselines["route"] - plan.objective > 100


def test_retiree_spends_the_loss_bank_and_raises_the_withdrawal():
    household = load("retiree")
    plan = solve(household, TO_THE_BAND)
    assert plan.tax_before.long_carryforward > 0
    assert plan.tax_after.short_carryforward == plan.tax_after.long_carryforward == 0
    assert plan.cash_after["trust"] >= household.account["trust"].minimum_cash
    oldest = next(lot for lot in household.account["trust"].lots if lot.id == "vti-2001")
    assert oldest.id not in {trade.lot for trade in plan.trades}


def test_purchase_in_the_ira_twelve_days_ago_keeps_the_fund_from_being_harvested():
    household = load("ira_purchase")
    plan = solve(household)
    assert "vxus-2021" not in {trade.lot for trade in plan.trades}
    assert [(b.rule, b.lot, str(b.until)) for b in plan.blocked] == [("wash_sale", "vxus-2021", "2026-07-04")]
    assert "bought in ira on 2026-06-03" in plan.blocked[0].text

    def without_purchase(account):
        return account.model_copy(update={"lots": tuple(lot for lot in account.lots if lot.id != "vxus-new")})

    accounts = tuple(without_purchase(account) for account in household.accounts)
    free = solve(household.model_copy(update={"accounts": accounts, "recent_trades": ()}))
    assert "vxus-2021" in {trade.lot for trade in free.trades if trade.reason.code == "harvest"}


# -- a Roth conversion changes which lots are sold ---------------------------------------------------------------------


def without_conversion(household):
    payer = household.taxpayer.model_copy(update={"other_income": OtherIncome()})
    return household.model_copy(update={"taxpayer": payer})


def sold(plan):
    return {trade.lot: trade.quantity for trade in plan.trades if trade.gain is not None}


def test_a_conversion_takes_the_0_percent_band_away_from_gains():
    household, later = load("conversion"), Policy(later_long_rate=0.15)
    converted, plain = solve(household, later), solve(without_conversion(household), later)
    gains = [sum(trade.gain or 0 for trade in plan.trades) for plan in (converted, plain)]
    assert gains[0] < gains[1] / 2
    top = 98_900  # of the 0 % band in 2026, married jointly
    assert plain.tax_after.taxable_income == pytest.approx(top, abs=0.01)
    assert plain.tax_after.at_15 == pytest.approx(0, abs=0.01)
    assert plain.parts["tax"] == 0
    assert converted.tax_before.taxable_income > top
    assert converted.tax_after.at_15 > 0
    assert audit(household, converted) == []


def test_a_conversion_across_the_surtax_threshold_sells_less_of_the_old_lot():
    household = load("surtax")
    converted, plain = (
        solve(home, TO_THE_BAND.with_(location_years=0)) for home in (household, without_conversion(household))
    )
    assert plain.tax_after.surtax == 0
    assert converted.tax_after.income_above_threshold > 0
    assert sold(converted)["vti-2021"] == sold(plain)["vti-2021"]
    assert sold(converted)["vti-2020"] < sold(plain)["vti-2020"] / 3
    assert outside_bands(plain, "after") == set()
    assert outside_bands(converted, "after") == {"us_stock"}
    [row] = [row for row in plain.marginal if (row.term, row.when) == ("long", "after")]
    assert row.rate_now == 0.15
    assert row.rate_then == 0.188
    assert row.room == pytest.approx(250_000 - plain.tax_after.adjusted_gross_income, abs=0.01)
