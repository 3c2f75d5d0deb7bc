"""Waiting for long-term end to end: lots not sold for drift but sold for cash, and what waiting saves."""

from datetime import timedelta
from decimal import Decimal

import pytest
from feature_cases import ANYTHING, SPREAD, TODAY, about, dollars, household, ira, joint, lot, solved

from lotroute.models import first_long_term_date, tax_bill
from lotroute.models.schema.money import exact

NET = 1 - SPREAD


def bought(days_to_wait):
    """Days since a purchase that turns long-term `days_to_wait` days from today."""
    days = 366 - days_to_wait
    assert first_long_term_date(TODAY - timedelta(days)) == TODAY + timedelta(days_to_wait)
    return days


def drifted(wait, withdrawal=0.0):
    """70,000 of stock in joint, half of it short-term gain, long-term in `wait` days; the IRA may buy only bonds."""
    held = lot("soon", "A", 70_000, basis=50, days=bought(wait))
    accounts = joint(held, withdrawal=withdrawal), ira(lot("c", "BOND", 30_000), menu=["BOND"])
    return household(*accounts, targets=ANYTHING if withdrawal else household(joint()).model_dump()["targets"])


def test_a_lot_that_is_soon_long_term_is_not_sold_for_drift():
    """Waiting saves 20 points of tax on half a dollar of gain, 10 cents a dollar sold. Two weeks of drift, at most 24
    cents a year, cost one cent.
    """
    assert dollars(solved(drifted(14))) == {}


def test_a_lot_that_is_long_term_in_months_is_sold_for_drift():
    """Ten months of drift cost the 10 cents saved, so drift beyond the near band, on both sides, is sold."""
    plan = solved(drifted(300))
    assert dollars(plan)["joint/soon"] < -5000
    assert plan.parts["waiting"] > 0


def test_a_lot_that_is_soon_long_term_is_sold_for_a_withdrawal_that_needs_it():
    plan = solved(drifted(14, withdrawal=5000 * NET))
    assert dollars(plan) == about({"joint/soon": -5000})


def test_a_rule_of_days_holds_a_lot_back_whatever_it_costs():
    home = drifted(14, withdrawal=5000 * NET)
    plan = solved(home, "infeasible", long_term_wait_days=14)
    assert dollars(plan).get("joint/soon") is None
    assert [(v.rule, v.where, v.amount) for v in plan.violations] == [("minimum_cash", "joint", about(5000 * NET))]
    assert plan.violations[0].conflicts == ("joint/soon turns long-term soon",)
    assert [(row.rule, row.lot, row.until) for row in plan.blocked] == [
        ("short_term_wait", "soon", TODAY + timedelta(14))
    ]
    assert dollars(solved(home, long_term_wait_days=13)) == about({"joint/soon": -5000})


def bill(home, short=0.0, long=0.0):
    return exact(tax_bill(home.taxpayer, exact(short), exact(long)).total)


@pytest.mark.parametrize("realized", [{}, {"realized_short": -1000.0}, {"realized_long": 4000.0}])
def test_what_a_sale_costs_today_and_then_is_stated_for_a_lot_that_is_sold(realized):
    home = drifted(14, withdrawal=5000 * NET)
    home = home.model_copy(update={"taxpayer": home.taxpayer.model_copy(update=realized)})
    plan = solved(home)
    [wait] = plan.waits
    gain = plan.trades[0].gain
    assert (wait.account, wait.lot, wait.days, wait.sold) == ("joint", "soon", 14, True)
    assert wait.until == TODAY + timedelta(14)
    assert Decimal(str(wait.tax_today)) == bill(home, short=gain) - bill(home)
    assert Decimal(str(wait.tax_then)) == bill(home, long=gain) - bill(home)
    assert wait.tax_today > wait.tax_then
    assert f"costs ${wait.tax_then:,.2f} instead of ${wait.tax_today:,.2f}" in wait.text
    assert "sold today anyway" in wait.text


def test_what_a_sale_would_cost_is_stated_for_a_lot_that_is_kept():
    home = drifted(14)
    [wait] = solved(home).waits
    gain = 70_000 * (NET - 0.5)
    assert not wait.sold
    assert Decimal(str(wait.tax_today)) == bill(home, short=gain) - bill(home)
    assert Decimal(str(wait.tax_then)) == bill(home, long=gain) - bill(home)
    assert "not sold today" in wait.text


@pytest.mark.parametrize(("days", "told"), [(61, False), (60, True), (1, True), (0, False)])
def test_what_turns_long_within_two_months_is_stated(days, told):
    assert [wait.days for wait in solved(drifted(days)).waits] == [days] * told


def test_nothing_is_stated_where_waiting_saves_nothing():
    """Losses carried in absorb the gain, whether short-term or long-term."""
    home = drifted(14)
    payer = home.taxpayer.model_copy(update={"short_carryforward": 50_000.0})
    assert solved(home.model_copy(update={"taxpayer": payer})).waits == ()
