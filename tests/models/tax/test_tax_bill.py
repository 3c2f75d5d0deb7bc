"""The year's tax: returns worked by hand, what must hold of every return, and the worksheet as it prints."""

from decimal import Decimal

import pytest
from fault_cases import changed
from hypothesis import given
from return_strategies import CENTS, GAINS, taxpayers

from lotroute.models import FlatRates, Household, OtherIncome, Taxpayer, tax_bill, taxes
from lotroute.models.tax.federal_return import FederalReturn
from lotroute.models.tax.tax_bill import TaxBill

ZERO, CENT = Decimal(0), Decimal("0.01")


def bill(short=0, long=0, year=2026, **taxpayer):
    return tax_bill(Taxpayer(year=year, **taxpayer), Decimal(short), Decimal(long))


# -- by hand -----------------------------------------------------------------------------------------------------------


def test_a_short_loss_is_netted_against_a_long_gain():
    owed = bill(-12000, 20000, ordinary_income=80000, ordinary_dividends=2000, qualified_dividends=2000)
    assert (owed.preferential, owed.adjusted_gross_income, owed.taxable_income) == (8000, 90000, 73900)
    assert (owed.taxed_as_income, owed.at_0, owed.at_15, owed.at_20) == (63900, 0, 10000, 0)
    assert owed.tax_on_income == 8770  # 10 % of 12,400, 12 % of 38,000, 22 % of 13,500
    assert (owed.tax_on_gain, owed.total) == (1500, 10270)


def test_a_couple_above_the_threshold_pays_the_surtax_on_the_excess():
    owed = bill(0, 60000, filing_status="married_jointly", ordinary_income=230000, interest=10000)
    assert owed.regular_tax == 44140  # 2,480 + 9,120 + 22 % of 107,000 = 23,540; 15 % of 60,000
    assert (owed.investment_income, owed.income_above_threshold, owed.surtax) == (70000, 50000, 1900)
    assert owed.total == 46040


def test_dividends_are_taxed_as_gain_though_there_is_a_net_loss():
    owed = bill(
        *(-10000, 4000, 2025),
        ordinary_income=50000,
        interest=1000,
        ordinary_dividends=3000,
        qualified_dividends=3000,
    )
    assert (owed.loss_used, owed.preferential, owed.taxed_as_gain, owed.at_0) == (3000, 0, 3000, 3000)
    assert (owed.taxable_income, owed.total) == (35250, 3631.5)  # 10 % of 11,925, 12 % of 20,325
    assert (owed.short_carryforward, owed.long_carryforward) == (3000, 0)


def test_a_gain_between_the_tops_of_0_and_12_percent_is_taxed_at_12_percent():
    owed = bill(0, 950, ordinary_income=49450 + 16100)
    assert (owed.at_0, owed.at_15) == (0, 950)
    assert owed.tax_on_income + owed.tax_on_gain == 5828.5  # 1,240 + 12 % of 37,050 + 15 % of 950
    assert (owed.tax_without_gain_rates, owed.total) == (5800, 5800)


def test_short_gain_pushes_long_gain_out_of_the_0_percent_bracket():
    before = bill(0, 20000, ordinary_income=16100 + 29450)
    after = bill(1000, 20000, ordinary_income=16100 + 29450)
    assert (before.at_0, after.at_0, after.at_15) == (20000, 19000, 1000)
    assert after.total - before.total == 270  # 12 % on the short gain and 15 % on as much of the long


def test_what_deduction_income_leaves_shelters_gains():
    assert bill(0, 6100, ordinary_income=10000).total == 0
    assert bill(1100, 5000, ordinary_income=10000).total == 0
    assert bill(1200, 5000, ordinary_income=10000).taxed_as_gain == 100  # it shelters short gain first, then long
    assert bill(1200, 5000, ordinary_income=10000).total == 0


def test_long_gain_beyond_the_15_percent_bracket_is_taxed_at_20_percent():
    owed = bill(0, 100000, ordinary_income=500000)
    assert (owed.at_15, owed.at_20) == (61600, 38400)  # 545,500 less 483,900
    assert owed.tax_on_gain == 16920


def test_married_filing_separately_may_use_half_the_loss():
    owed = bill(-5000, 0, filing_status="married_separately", ordinary_income=60000)
    assert (owed.loss_used, owed.short_carryforward) == (1500, 3500)
    assert owed.adjusted_gross_income == 58500


def test_an_allowed_loss_reduces_investment_income():
    owed = bill(-5000, 0, ordinary_income=250000, interest=20000)
    assert (owed.investment_income, owed.income_above_threshold) == (17000, 67000)
    assert owed.surtax == 646  # 3.8 % of 17,000
    assert bill(-5000, 0, ordinary_income=250000, interest=2000).surtax == 0  # never below zero


@pytest.mark.parametrize(("income", "consumed"), [(5000, 0), (17600, 1500), (19100, 3000), (60000, 3000)])
def test_a_loss_that_found_no_income_to_reduce_is_carried_on(income, consumed):
    owed = bill(-8000, 0, ordinary_income=income)
    assert owed.loss_used == 3000
    assert owed.short_carryforward == 8000 - consumed
    assert owed.total >= 0


def test_carried_losses_come_off_their_own_kind_first():
    owed = bill(2000, 9000, ordinary_income=60000, short_carryforward=5000, long_carryforward=1000)
    assert (owed.short_gain, owed.short_net, owed.long_gain, owed.long_net) == (2000, -3000, 9000, 8000)
    assert owed.preferential == 5000


def test_what_was_realized_counts_with_the_plan_s_gains():
    assert bill(500, 700, ordinary_income=60000, realized_short=-200, realized_long=900) == bill(
        300, 1600, ordinary_income=60000
    )


def test_minimum_tax_on_a_large_gain():
    owed = bill(0, 700000, ordinary_income=60000, ordinary_dividends=20000, qualified_dividends=20000)
    assert owed.regular_tax == 123107.5  # 5,020; 15 % of 496,050 and 20 % of 218,400
    assert (owed.minimum_income, owed.minimum_exemption) == (780000, 0)  # gone at 500,000 + 2 x 90,100
    assert owed.tentative_minimum == 133687.5  # 26 % of 60,000 = 15,600, and 118,087.50 as before
    assert (owed.minimum_tax, owed.federal) == (10580, 133687.5)


def test_minimum_tax_of_married_filing_separately_counts_the_exemption_back_in():
    owed = bill(0, 700000, filing_status="married_separately", ordinary_income=100000)
    assert owed.regular_tax == 142022.5  # 13,170; 15 % of 222,950 and 20 % of 477,050
    assert owed.minimum_income == 870100  # 800,000 and all of 70,100, for half of 800,000 - 640,200 is more
    assert owed.tentative_minimum == 174035.5  # 26 % of 122,250 and 28 % of 47,850, and 128,852.50 on the gain
    assert owed.minimum_tax == 32013


def test_half_of_what_exceeds_the_phase_out_is_counted_back_in_at_first():
    owed = bill(0, 560200, filing_status="married_separately", ordinary_income=100000)
    assert owed.minimum_income == 670200  # 660,200 and half of 660,200 - 640,200


def test_a_deduction_given_stands_in_place_of_the_standard_deduction():
    owed = bill(0, 0, ordinary_income=100000, deduction=40000)
    assert (owed.deduction, owed.taxable_income) == (40000, 60000)
    assert (owed.minimum_income, owed.minimum_tax) == (60000, 0)
    assert bill(0, 0, ordinary_income=100000).minimum_income == 100000  # the standard deduction is added back


def test_what_the_minimum_tax_adds_is_added_to_either_deduction():
    itemized = bill(0, 0, ordinary_income=100000, deduction=40000, minimum_tax_additions=130000)
    assert itemized.minimum_income == 190000
    assert (itemized.tentative_minimum, itemized.federal) == (25974, 25974)  # 26 % of 190,000 - 90,100
    standard = bill(0, 0, ordinary_income=100000, minimum_tax_additions=130000)
    assert standard.minimum_income == 230000
    assert (standard.tentative_minimum, standard.federal) == (36374, 36374)  # 26 % of 230,000 - 90,100


def test_the_state_taxes_ordinary_income_and_long_gain_each_at_its_rate():
    owed = bill(1000, 4000, ordinary_income=50000, state_rate=0.05, state_long_rate=0.03)
    assert owed.state == 2670  # 5 % of 51,000 and 3 % of 4,000
    assert owed.total == owed.federal + 2670
    assert bill(1000, 4000, ordinary_income=50000, state_rate=0.05).state == 2750
    assert bill(0, 4000, state_rate=0.05, state_long_rate=0).state == 0
    assert bill(-9000, 0, ordinary_income=50000, state_rate=0.05).state == 2350  # the loss allowed is deducted
    assert bill(-9000, 0, ordinary_income=1000, state_rate=0.05).state == 0


def test_flat_rates_tax_gains_alone():
    rates = FlatRates(short=0.35, long=0.15, state=0.05, state_long=0.02, surtax=0.038)
    owed = tax_bill(Taxpayer(rates=rates), Decimal(1000), Decimal(4000))
    assert (owed.federal, owed.state, owed.surtax) == (950, 130, 190)
    assert owed.total == 1270
    assert owed.adjusted_gross_income is owed.regular_tax is owed.minimum_tax is None
    lost = tax_bill(Taxpayer(rates=rates), Decimal(-4000), Decimal(0))
    assert (lost.federal, lost.state, lost.surtax, lost.short_carryforward) == (-1050, -150, -114, 1000)


def test_without_a_long_rate_the_state_taxes_every_gain_the_same():
    rates = FlatRates(short=0.35, long=0.15, state=0.05)
    assert tax_bill(Taxpayer(rates=rates), Decimal(1000), Decimal(4000)).state == 250
    assert (rates.all_in_short, rates.all_in_long) == pytest.approx((0.4, 0.2))
    assert rates.model_copy(update={"state_long": 0.0}).all_in_long == 0.15


# -- income of this year alone -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in OtherIncome.model_fields if kind != "early_withdrawal"])
def test_other_income_is_ordinary_and_no_investment_income(kind):
    owed = bill(0, 2000, ordinary_income=190000, interest=3000, other_income={kind: 30000})
    assert owed == bill(0, 2000, ordinary_income=220000, interest=3000)
    assert (owed.investment_income, owed.income_above_threshold, owed.surtax) == (5000, 25000, 190)
    assert bill(0, 2000, ordinary_income=190000, interest=3000).surtax == 0  # it lifts income above the threshold


def test_an_early_withdrawal_bears_a_tenth_and_is_part_of_the_withdrawals_not_more_income():
    drawn = {"traditional_withdrawal": 30000}
    plain = bill(0, 2000, ordinary_income=60000, other_income=drawn)
    early = bill(0, 2000, ordinary_income=60000, other_income=drawn | {"early_withdrawal": 12345.67})
    assert early.additional_tax == 1234.57
    assert round(early.total - plain.total, 2) == 1234.57
    alike = {"additional_tax": 0.0, "total": plain.total}
    assert early.model_copy(update=alike) == plain
    assert ("additional tax on early withdrawals", "Form 5329 line 4", "1,234.57") in lines_of(str(early))


def test_flat_rates_bear_the_additional_tax_too():
    flat = {"rates": {"short": 0.35, "long": 0.15}}
    payer = Taxpayer(**flat, other_income={"early_withdrawal": 1000})
    owed = tax_bill(payer, Decimal(0), Decimal(100))
    assert (owed.federal, owed.additional_tax, owed.total) == (15, 100, 115)


def test_parts_of_other_income_add_up_to_the_cent():
    other = OtherIncome(roth_conversion=0.1, traditional_withdrawal=0.2, bonus=3, other=4)
    assert other.total == Decimal("7.3")


def drawn(taxpayer, **withdrawals):
    """The filer of a household with a withdrawal of so many dollars from an account of each of these kinds."""
    accounts = [
        {"id": kind, "kind": kind.rstrip("_"), "cash": 50000, "withdrawal": dollars}
        for kind, dollars in withdrawals.items()
    ]
    alone = {"recent_trades": [], "scheduled_buys": [], "restrictions": []}
    return Household.model_validate(changed({"taxpayer": taxpayer, "accounts": accounts} | alone)).filer


def test_withdrawals_from_traditional_accounts_and_401ks_are_income():
    taxpayer = {"year": 2026, "ordinary_income": 70000, "other_income": {"bonus": 5, "traditional_withdrawal": 10}}
    filer = drawn(taxpayer, **{"traditional": 100, "401k": 1000, "traditional_": 10000})
    assert filer.other_income == OtherIncome(bonus=5, traditional_withdrawal=11110)
    assert filer.ordinary_income == 70000


def test_other_withdrawals_are_no_income():
    taxpayer = {"year": 2026, "ordinary_income": 70000}
    filer = drawn(taxpayer, roth=100, hsa=1000, taxable=10000, traditional=0)
    assert filer == Taxpayer(**taxpayer)


def test_withdrawals_change_nothing_at_flat_rates():
    taxpayer = {"rates": {"short": 0.35, "long": 0.15}}
    assert drawn(taxpayer, traditional=100) == Taxpayer(**taxpayer)


# -- every return ------------------------------------------------------------------------------------------------------


@given(taxpayer=taxpayers(), short=GAINS, long=GAINS, more=CENTS)
def test_tax_never_falls_when_a_gain_rises(taxpayer, short, long, more):
    total = taxes(taxpayer, short, long).total
    assert taxes(taxpayer, short + more, long).total >= total
    assert taxes(taxpayer, short, long + more).total >= total


@given(taxpayer=taxpayers(), short=GAINS, long=GAINS)
def test_a_cent_more_gain_costs_at_most_a_cent(taxpayer, short, long):
    total = taxes(taxpayer, short, long).total
    assert taxes(taxpayer, short + CENT, long).total - total <= CENT
    assert taxes(taxpayer, short, long + CENT).total - total <= CENT


@given(taxpayer=taxpayers(), short=GAINS, long=GAINS)
def test_the_lines_of_a_return_belong_together(taxpayer, short, long):
    owed = taxes(taxpayer, short, long)
    form = owed.form
    assert form.taxable_income == max(0, form.adjusted_gross_income - form.deduction)
    assert form.taxed_as_income + form.taxed_as_gain == form.taxable_income
    assert form.at_0 + form.at_15 + form.at_20 == form.taxed_as_gain
    assert form.tax_on_gain == Decimal("0.15") * form.at_15 + Decimal("0.2") * form.at_20
    assert form.regular_tax == min(form.tax_on_income + form.tax_on_gain, form.tax_without_gain_rates)
    assert form.minimum_tax == max(0, form.tentative_minimum - form.regular_tax)
    assert form.investment_tax == Decimal("0.038") * min(form.investment_income, form.income_above_threshold)
    assert (owed.federal, owed.surtax) == (form.regular_tax + form.minimum_tax, form.investment_tax)
    may_be_negative = {"netting", "adjusted_gross_income", "minimum_income"}
    assert min(getattr(form, line) for line in {*FederalReturn._fields} - may_be_negative) >= 0


@given(taxpayer=taxpayers(), short=GAINS, long=GAINS)
def test_the_bill_shows_the_return_to_the_cent_and_adds_up(taxpayer, short, long):
    owed, shown = taxes(taxpayer, short, long), tax_bill(taxpayer, short, long)
    for line in FederalReturn._fields:
        if hasattr(shown, line):
            assert getattr(shown, line) == float(round(getattr(owed.form, line), 2))
    parts = [Decimal(str(part)) for part in (shown.federal, shown.state, shown.surtax)]
    assert float(sum(parts)) == shown.total
    assert abs(sum(parts) - owed.total) <= 3 * CENT / 2


@given(taxpayer=taxpayers(), short=GAINS, long=GAINS, income=CENTS)
def test_more_income_never_lowers_the_tax(taxpayer, short, long, income):
    richer = taxpayer.model_copy(update={"ordinary_income": taxpayer.ordinary_income + float(income)})
    assert taxes(richer, short, long).total >= taxes(taxpayer, short, long).total


# -- the worksheet -----------------------------------------------------------------------------------------------------


def lines_of(text):
    """The lines of a worksheet below its head: the name, the form and the amounts of each."""
    return [tuple(part.strip() for part in line.split("  ") if part.strip()) for line in text.splitlines()[1:]]


def test_the_worksheet_shows_each_line_with_its_form():
    text = str(bill(-2000, 12000, ordinary_income=80000, state_rate=0.05))
    assert text.splitlines()[0].split() == ["dollars"]
    assert lines_of(text) == [
        ("short-term gains less losses", "Schedule D lines 1 to 5", "-2,000.00"),
        ("long-term gains less losses", "Schedule D lines 8 to 13", "12,000.00"),
        ("net short-term gain", "Schedule D line 7", "-2,000.00"),
        ("net long-term gain", "Schedule D line 15", "12,000.00"),
        ("taxed at the long-term rate", "Schedule D", "10,000.00"),
        ("adjusted gross income", "Form 1040 line 11", "90,000.00"),
        ("deduction", "Form 1040 line 12", "16,100.00"),
        ("taxable income", "Form 1040 line 15", "73,900.00"),
        ("of it at ordinary rates", "gain worksheet line 5", "63,900.00"),
        ("of it gain and qualified dividends", "gain worksheet line 10", "10,000.00"),
        ("of it at 15 %", "gain worksheet line 17", "10,000.00"),
        ("tax at ordinary rates", "gain worksheet line 22", "8,770.00"),
        ("tax at 15 and 20 %", "gain worksheet lines 18, 21", "1,500.00"),
        ("tax if all were ordinary", "gain worksheet line 24", "10,970.00"),
        ("regular tax", "Form 1040 line 16", "10,270.00"),
        ("minimum taxable income", "Form 6251 line 4", "90,000.00"),
        ("its exemption", "Form 6251 line 5", "90,100.00"),
        ("net investment income", "Form 8960 line 12", "10,000.00"),
        ("federal tax", "regular and minimum tax", "10,270.00"),
        ("state tax", "at the given rates", "4,500.00"),
        ("tax", "federal, state, surtax, additional", "14,770.00"),
    ]


def test_two_bills_stand_beside_each_other_with_the_difference():
    before, after = bill(0, 0, ordinary_income=60000), bill(-5000, 0, ordinary_income=60000)
    text = after.beside(before)
    assert text.splitlines()[0].split() == ["before", "after", "difference"]
    lines = {name: amounts for name, _, *amounts in lines_of(text)}
    assert lines["net short-term gain"] == ["0.00", "-5,000.00", "-5,000.00"]
    assert lines["adjusted gross income"] == ["60,000.00", "57,000.00", "-3,000.00"]
    assert lines["tax"] == ["5,020.00", "4,660.00", "-360.00"]
    assert lines["short-term loss carried on"] == ["0.00", "2,000.00", "2,000.00"]
    assert "net long-term gain" not in lines  # zero in both


def test_a_worksheet_has_every_line_of_the_bill_that_is_not_zero_in_both():
    before, after = bill(0, 0, ordinary_income=600000), bill(-5000, 90000, ordinary_income=600000)
    amounts = {(line.before, line.after) for line in after.worksheet(before)}
    for field in TaxBill.model_fields:
        pair = getattr(before, field), getattr(after, field)
        assert (pair in amounts) == (field == "total" or any(pair)), field


def test_amounts_stand_in_columns():
    text = bill(0, 1000000, ordinary_income=60000).beside(bill(ordinary_income=60000))
    assert len({len(line) for line in text.splitlines()}) == 1
    assert max(map(len, text.splitlines())) <= 120


def test_at_flat_rates_no_form_is_named_for_the_taxes():
    rates = FlatRates(short=0.35, long=0.15, state=0.05, surtax=0.038)
    lines = lines_of(str(tax_bill(Taxpayer(rates=rates), Decimal(1000), ZERO)))
    assert lines == [
        ("short-term gains less losses", "Schedule D lines 1 to 5", "1,000.00"),
        ("net short-term gain", "Schedule D line 7", "1,000.00"),
        ("taxed as ordinary income", "Schedule D", "1,000.00"),
        ("federal tax", "at the given rates", "350.00"),
        ("state tax", "at the given rates", "50.00"),
        ("investment-income surtax", "at the given rates", "38.00"),
        ("tax", "federal, state, surtax, additional", "438.00"),
    ]


def test_a_bill_of_nothing_shows_its_total_and_no_zero_has_a_sign():
    rates = FlatRates(short=0.35, long=0.15)
    nothing, loss = [tax_bill(Taxpayer(rates=rates), Decimal(short), ZERO) for short in (0, -1000)]
    assert lines_of(str(nothing)) == [("tax", "federal, state, surtax, additional", "0.00")]
    assert "-0.00" not in str(loss) + loss.beside(nothing) + nothing.beside(loss)
