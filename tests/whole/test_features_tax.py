"""The exact bill end to end: filled brackets, how the plan reports them, what is not modeled."""

from datetime import date

import pytest
from audit_cases import plan_of, rules
from feature_cases import ANYTHING, about, dollars, fund, household, ira, joint, lot, solved

from lotroute.models import Taxpayer, tax_bill
from lotroute.models.plan.warnings import plan_warnings
from lotroute.solver.accounting.orders import Order

NET = 1 - 0.0002


def payer(income, **fields):
    return {"year": 2026, "ordinary_income": income} | fields


def raising(amount, *lots, taxpayer, **changes):
    """A household that must raise cash and has no other reason to trade."""
    return household(joint(*lots, withdrawal=amount * NET), targets=ANYTHING, taxpayer=taxpayer, **changes)


OLD_AND_SHORT = (lot("old", dollars=50_000, basis=20), lot("short", dollars=50_000, basis=60, days=100))
"""80 cents of long-term gain per dollar, or 40 cents of short-term gain."""


@pytest.mark.parametrize(
    ("income", "sold"),
    [
        (30_000, "old"),  # 0 % on the long-term gain
        (100_000, "short"),  # 0.4 at 22 % against 0.8 at 15 %
    ],
)
def test_the_bracket_decides_which_lot_is_sold(income, sold):
    plan = solved(raising(10_000, *OLD_AND_SHORT, taxpayer=payer(income)), later_long_rate=0.0, step_up_chance=0)
    assert dollars(plan) == about({f"joint/{sold}": -10_000})


def test_a_withdrawal_fills_the_0_percent_band_from_the_old_lot_and_ends_with_the_dear_one():
    """With 50,000 of income, a deduction of 16,100 and a 0 % band of 49,450 leave room for 15,550 of gain. At 0 %, the
    old lot's 80 cents a dollar are better realized now than at 15 % later. Beyond, the dear lot's 30 cents cost less.
    """
    lots = (lot("old", dollars=50_000, basis=20), lot("dear", dollars=50_000, basis=70))
    plan = solved(raising(30_000, *lots, taxpayer=payer(50_000)), later_long_rate=0.15)
    assert plan.tax_after.at_0 == about(15_550)
    assert plan.tax_after.at_15 == about(0)
    old = (15_550 - (0.3 - 0.0002) * 30_000) / 0.5
    assert dollars(plan) == about({"joint/old": -old, "joint/dear": old - 30_000})
    [row] = [row for row in plan.marginal if (row.term, row.when) == ("long", "after")]
    assert row.rate_now == 0.15 or row.room < 0.05


def test_a_gain_in_the_0_percent_band_is_stated_as_such():
    plan = solved(raising(10_000, lot("old", dollars=50_000, basis=20), taxpayer=payer(30_000)))
    assert "taxed at 0 % this year" in plan.trades[0].reason.text
    assert plan.parts["tax"] == 0


def test_the_plan_states_how_many_binaries_its_bill_needed():
    below_all_kinks = raising(1000, lot("old", dollars=2000, basis=50), taxpayer=payer(20_000))
    assert solved(below_all_kinks).certificate.tax_binaries == 0
    across_the_band = raising(30_000, *OLD_AND_SHORT, taxpayer=payer(50_000))
    assert solved(across_the_band).certificate.tax_binaries >= 2


def test_a_limit_on_the_bill_holds_the_exact_bill():
    """$150 above the tax without the plan is 1,000 of gain at 15 %."""
    home = household(joint(lot("old", dollars=50_000, basis=50)), taxpayer=payer(100_000))
    free = solved(home)
    most = free.tax_before.total + 150
    plan = solved(home, limits={"bill": most})
    assert free.tax_after.total > most
    assert plan.tax_after.total == about(most)
    assert plan.tax_after.long_gain == pytest.approx(1000, abs=0.5)


def test_withdrawals_from_traditional_accounts_are_income_of_the_year():
    accounts = (joint(lot("old", dollars=50_000, basis=20)), ira(cash=50_000, kind="traditional", withdrawal=40_000))
    plan = solved(household(*accounts, targets=ANYTHING, taxpayer=payer(30_000)))
    assert plan.tax_before.adjusted_gross_income == 70_000
    from_roth = (accounts[0], ira(cash=50_000, withdrawal=40_000))
    plan = solved(household(*from_roth, targets=ANYTHING, taxpayer=payer(30_000)))
    assert plan.tax_before.adjusted_gross_income == 30_000


# -- what is not modeled -----------------------------------------------------------------------------------------------


GOLD = (fund("GOLD", collectible=True), fund("A"), fund("BOND", "bond"))


def test_a_collectible_is_not_sold_at_a_long_term_gain():
    lots = (lot("gold", "GOLD", basis=90), lot("a", "A", basis=50), lot("new gold", "GOLD", basis=110))
    plan = solved(raising(15_000, *lots, taxpayer=payer(100_000), funds=GOLD))
    assert dollars(plan) == about({"joint/new gold": -10_000, "joint/a": -5000})
    [blocked] = [row for row in plan.blocked if row.rule == "collectible"]
    assert (blocked.lot, blocked.until) == ("gold", None)
    assert "28 %" in blocked.text


def test_a_collectible_sold_at_a_long_term_gain_is_caught():
    home = raising(0, lot("gold", "GOLD", basis=90), taxpayer=payer(100_000), funds=GOLD)
    assert rules(home, plan_of(home, Order("joint", "GOLD", "sell", 10.0, "gold"))) == {"collectible"}
    young = raising(0, lot("gold", "GOLD", basis=90, days=100), taxpayer=payer(100_000), funds=GOLD)
    assert rules(young, plan_of(young, Order("joint", "GOLD", "sell", 10.0, "gold"))) == set()


def test_what_cannot_be_sold_is_named_in_the_way():
    plan = solved(raising(5000, lot("gold", "GOLD", basis=90), taxpayer=payer(100_000), funds=GOLD), "infeasible")
    assert "joint/gold is at a long-term gain of a collectible" in plan.violations[0].conflicts


def test_a_plan_that_moves_income_warns_of_what_hangs_on_it():
    home = raising(10_000, lot("old", dollars=50_000, basis=20), taxpayer=payer(60_000))
    [warning] = solved(home).warnings
    assert warning.startswith("Adjusted gross income goes from $60,000 to $67,998.")
    assert "social security" in warning
    idle = household(joint(lot("old", basis=20)), targets=ANYTHING, taxpayer=payer(60_000))
    assert solved(idle).warnings == ()
    flat = raising(10_000, lot("old", dollars=50_000, basis=20), taxpayer={"rates": {"short": 0.35, "long": 0.15}})
    assert solved(flat).warnings == ()


@pytest.mark.parametrize(("gain", "warned"), [(0.20, False), (0.80, True)])
def test_income_that_moves_by_cents_warns_of_nothing(gain, warned):
    taxpayer = Taxpayer.model_validate(payer(60_000))
    before, after = tax_bill(taxpayer, 0, 0), tax_bill(taxpayer, 0, gain)
    assert before.adjusted_gross_income != after.adjusted_gross_income
    assert bool([*plan_warnings(taxpayer, date(2026, 6, 15), before, after, ())]) == warned


def test_the_law_of_another_year_is_stated():
    home = household(joint(lot("old", basis=20)), targets=ANYTHING, taxpayer=payer(60_000, year=2025))
    assert solved(home).warnings == ("The bill is by the law of 2025; the trade date is in 2026.",)


def test_an_itemizer_above_the_phase_down_and_a_payer_of_the_minimum_tax_are_warned():
    rich = payer(700_000, deduction=60_000, minimum_tax_additions=400_000)
    warnings = solved(raising(10_000, lot("old", dollars=50_000, basis=20), taxpayer=rich)).warnings
    assert [warning.split()[0] for warning in warnings] == ["Adjusted", "Above", "The"]
    assert "Form 8801" in warnings[2]


@pytest.mark.parametrize("field", ["marginal", "warnings"])
def test_rates_and_warnings_that_are_not_the_law_s_are_caught(field):
    home = raising(10_000, lot("old", dollars=50_000, basis=20), taxpayer=payer(60_000))
    plan = plan_of(home, Order("joint", "A", "sell", 100.0, "old"))
    assert rules(home, plan) == set()
    assert rules(home, plan.model_copy(update={field: ()})) == {"tax"}
