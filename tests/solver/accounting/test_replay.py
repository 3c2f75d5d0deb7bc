"""Replays of the books as text: orders above the line, what they come to below it.

The household on June 15, 2026, in a taxable account `joint` and a traditional IRA `ira`:

    joint   1,000 cash   old  100 A at 60 a share, bought 1,000 days ago   a long-term gain
                         new   50 A at 120 a share, bought 100 days ago    a short-term loss
    ira       500 cash   b    200 B

A costs $100 with a half-spread of 1 %, B $50 with 2 %: the household has 26,500. A dollar of short-term gain is taxed
at 40 cents, of long-term gain at 20. A dollar of loss carried on saves 10 cents if it is short-term, 5 if it is
long-term. A dollar of gain deferred costs 8 cents (20 cents in a year at 25 %, with one chance in two that its holder
lives). Two years of A's dividends cost 1.2 cents of tax on a dollar held in joint, of B's interest 4 cents.
"""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from ledgers import check, orders_of

from lotroute.models import Household, Policy
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.replay import priced, replay
from lotroute.solver.accounting.running_totals import RunningTotals

TODAY = date(2026, 6, 15)
RATES = {"short": 0.3, "long": 0.1, "state": 0.06, "surtax": 0.04, "carried_short": 0.1, "carried_long": 0.05}
POLICY = {"to_target": "off", "discount_rate": 0.25, "deferral_years": 1, "step_up_chance": 0.5, "location_years": 2}
WIDE = {"lower": 0, "upper": 1}


def lot(name, quantity, symbol="A", **known):
    return {"id": name, "symbol": symbol, "quantity": quantity} | known


def ago(days):
    return TODAY - timedelta(days)


def household(joint=None, ira=None, taxpayer=None, a=None, targets=None, lots=(), funds=(), **changes):
    old, new = (
        lot("old", 100, basis_per_share=60, acquired=ago(1000)),
        lot("new", 50, basis_per_share=120, acquired=ago(100)),
    )
    classes = {"stock": 0.5, "bond": 0.4, "cash": 0.1}
    return Household.model_validate(
        {
            "trade_date": TODAY,
            "taxpayer": {"rates": RATES} | (taxpayer or {}),
            "accounts": [
                {"id": "joint", "kind": "taxable", "cash": 1000, "lots": [old, new, *lots]} | (joint or {}),
                {"id": "ira", "kind": "traditional", "cash": 500, "lots": [lot("b", 200, "B")]} | (ira or {}),
            ],
            "securities": [
                {"symbol": "A", "price": 100, "exposures": "stock", "half_spread": 0.01, "qualified_yield": 0.03}
                | (a or {}),
                {"symbol": "B", "price": 50, "exposures": "bond", "half_spread": 0.02, "ordinary_yield": 0.05},
                *funds,
            ],
            "targets": targets or [{"asset_class": name, "weight": weight} | WIDE for name, weight in classes.items()],
        }
        | changes
    )


def policy(**changes):
    return Policy(**(POLICY | changes))


# -- sales -------------------------------------------------------------------------------------------------------------


def test_a_sale_at_a_long_term_gain():
    ledger = """
        joint sell 40 A from old
        ------------------------
        joint cash      4,960.00
        joint old left        60
        long gain       1,560.00
        tax               312.00
        later            -124.80
        trading            40.00
        location          -48.00
    """
    check(household(), policy(), ledger)


def test_a_sale_at_a_short_term_loss_saves_tax_on_other_income_and_gives_up_basis():
    ledger = """
        joint sell 50 A from new
        ------------------------
        joint cash      5,950.00
        joint new left         0
        short gain     -1,050.00
        tax              -420.00
        later              84.00
        trading            50.00
        location          -60.00
    """
    check(household(), policy(), ledger)


def test_a_loss_offsets_a_gain_before_other_income():
    ledger = """
        joint sell 40 A from old
        joint sell 50 A from new
        ------------------------
        short gain     -1,050.00
        long gain       1,560.00
        tax               102.00
        later             -40.80
        trading            90.00
        location         -108.00
    """
    check(household(), policy(), ledger)


def test_a_gain_uses_a_loss_carried_in():
    """5,000 are carried in. Without the plan, 3,000 are used and 2,000 carried on; with it, 440 are carried on."""
    ledger = """
        joint sell 40 A from old
        ------------------------
        long gain       1,560.00
        bill           -1,200.00
        later              31.20
        trading            40.00
        location          -48.00
    """
    check(household(taxpayer={"short_carryforward": 5000}), policy(), ledger)


def test_proceeds_and_gain_are_rounded_to_the_cent():
    """Before rounding: proceeds of 122.222133, a gain of 48.148113, and taxes of 4.815, 2.889 and 1.926."""
    ledger = """
        joint sell 1.234567 A from old
        ------------------------------
        joint cash            1,122.22
        long gain                48.15
        tax                       9.64
        later                    -3.85
        trading                   1.23
        location                 -1.48
    """
    check(household(), policy(), ledger)


def test_lots_at_average_cost_have_one_basis():
    """100 shares at 60 and 50 at 120 average 80."""
    ledger = """
        joint sell 10 A from old
        ------------------------
        long gain         190.00
        tax                38.00
        later             -15.20
        trading            10.00
        location          -12.00
    """
    check(household(joint={"average_cost": ["A"]}), policy(), ledger)


def test_a_redemption_fee_on_young_shares_lowers_proceeds_and_gain():
    ledger = """
        joint sell 50 A from new
        ------------------------
        joint cash      5,900.00
        short gain     -1,100.00
        tax              -440.00
        later              88.00
        trading           100.00
        location          -60.00
    """
    fee = {"redemption_fee": 0.01, "redemption_days": 180}
    check(household(a=fee), policy(), ledger)


def test_selling_a_short_term_gain_before_it_is_long_term_is_charged():
    """20 shares at 70, bought 265 days ago: the gain is long-term in 101 days. Waiting saves 20 points of tax on
    29 cents of gain a dollar, 5.8 cents. The charge is 5.8 cents x (365/101 - 1) a dollar, on 2,000.
    """
    ledger = """
        joint sell 20 A from young
        --------------------------
        short gain          580.00
        tax                 232.00
        later               -46.40
        waiting             303.21
        trading              20.00
        location            -24.00
    """
    young = lot("young", 20, basis_per_share=70, acquired=ago(265))
    check(household(lots=[young]), policy(), ledger)


# -- purchases, cash ---------------------------------------------------------------------------------------------------


def test_a_purchase_in_the_ira():
    ledger = """
        ira buy 5 B
        -----------------
        ira cash   245.00
        trading      5.00
    """
    check(household(), policy(), ledger)


def test_a_purchase_in_a_taxable_account_is_charged_the_tax_on_its_income():
    ledger = """
        joint buy 10 B
        -----------------
        joint cash 490.00
        trading     10.00
        location    20.00
    """
    check(household(), policy(), ledger)


def test_a_commission_is_paid_for_each_order_whatever_its_lots():
    ledger = """
        joint sell 10 A from old
        joint sell 10 A from new
        joint buy   2 B
        ------------------------
        joint cash      2,864.00
        trades used            2
        tax                36.00
        later             -14.40
        trading            36.00
        location          -20.00
    """
    check(household(joint={"commission": 7}), policy(), ledger)


def test_contributions_come_in_and_withdrawals_go_out():
    ledger = """
        ira buy 1 B
        -----------------
        ira cash   499.00
        trading      1.00
    """
    check(household(ira={"contribution": 100, "withdrawal": 50}), policy(), ledger)


def test_a_substitute_costs_where_it_is_bought_and_is_credited_where_it_is_sold():
    """0.1 % of 500 bought in the IRA, less 0.1 % of 200 sold in joint."""
    ledger = """
        ira   buy  50 C
        joint sell 20 C from c
        ------------------------
        substitution        0.30
    """
    fund = {"symbol": "C", "price": 10, "exposures": "stock", "half_spread": 0}
    held = lot("c", 20, "C", basis_per_share=10, acquired=ago(1000))
    check(household(a={"substitutes": ["C"]}, funds=[fund], lots=[held]), policy(location_years=0), ledger)


# -- bands, limits -----------------------------------------------------------------------------------------------------


def test_drift_costs_little_near_the_band_and_more_beyond():
    """Stock may be 13,250. At 15,000 - 500 it is 1,250 above: 530 (2 %) at 4 cents, 720 at 12 cents."""
    ledger = """
        joint sell 5 A from old
        -----------------------
        class stock   14,500.00
        class bond    10,000.00
        class cash     1,995.00
        tax               39.00
        later            -15.60
        drift            107.60
        trading            5.00
        location          -6.00
    """
    ends = {"stock": (0.4, 0, 0.5), "bond": (0.5, 0, 1), "cash": (0.1, 0, 1)}
    targets = [{"asset_class": c, "weight": w, "lower": lo, "upper": hi} for c, (w, lo, hi) in ends.items()]
    check(household(targets=targets), policy(), ledger)


def test_a_traditional_dollar_counts_less_toward_targets_after_tax():
    """At a rate of 30 % the IRA's 10,000 of bonds and 245 of cash count 7,175 and 171.50."""
    ledger = """
        ira buy 5 B
        --------------------
        class bond  7,175.00
        class cash  1,171.50
        trading         5.00
    """
    check(household(), policy(targets="after_tax", withdrawal_rate=0.3), ledger)


def test_a_factor_and_a_name_are_counted_in_bands_of_their_own():
    ledger = """
        joint sell 50 A from new
        -----------------------
        factor size    8,000.00
        name A        10,000.00
        tax             -420.00
        later             84.00
        trading           50.00
        location         -60.00
    """
    changes = {
        "factor_targets": [{"factor": "size", "lower": -1, "upper": 1}],
        "security_targets": [{"symbol": "A", "weight": 0.5} | WIDE],
    }
    check(household(a={"factors": {"size": 0.8}}, **changes), policy(), ledger)


def test_what_goes_beyond_a_soft_limit_is_charged():
    """560 of long-term gain above 1,000 costs 50 cents a dollar; an order 250 below the minimum of 500, 10 cents."""
    ledger = """
        joint sell 40 A from old
        ira   buy   5 B
        ------------------------
        long_gain used  1,560.00
        tax               312.00
        later            -124.80
        trading            45.00
        location          -48.00
        limits            305.00
    """
    limits = {"long_gain": {"amount": 1000, "price": 0.5}, "minimum_trade": {"amount": 500, "price": 0.1}}
    home = household()
    after = replay(Books(home, policy(limits=limits)), orders_of(ledger))
    assert float(after.limited["turnover"]) == pytest.approx(2125 / 26_500)
    check(home, policy(limits=limits), ledger)


# -- wash sales at a price ---------------------------------------------------------------------------------------------


def test_a_loss_replaced_in_the_ira_is_lost():
    """The IRA bought 10 shares five days ago; of the loss of 1,050 on 50 shares, 210 is lost."""
    ledger = """
        joint sell 50 A from new
        ------------------------
        short gain     -1,050.00
        lost              210.00
        deferred            0.00
        tax              -336.00
        later              84.00
        trading            50.00
        location          -60.00
    """
    bought = {"account": "ira", "symbol": "A", "side": "buy", "date": ago(5), "quantity": 10}
    check(household(recent_trades=[bought]), policy(wash_sales="price"), ledger)


def test_a_loss_replaced_in_a_taxable_account_is_deferred_into_its_basis():
    ledger = """
        joint sell 50 A from new
        ------------------------
        lost                0.00
        deferred          210.00
        tax              -336.00
        later              67.20
        trading            50.00
        location          -60.00
    """
    recent = lot("recent", 10, basis_per_share=100, acquired=ago(5))
    check(household(lots=[recent]), policy(wash_sales="price"), ledger)


# -- what holds for every replay ---------------------------------------------------------------------------------------


def test_no_orders_come_to_nothing():
    after = replay(Books(household(), policy()), [])
    assert set(after.parts.values()) == {0}
    assert after.tax_after == after.tax_before
    assert after.market_value == after.target_value == 26_500


def test_orders_taken_back_leave_the_books_as_they_were():
    text = "joint sell 40 A from old\njoint sell 50 A from new\njoint buy 3 B\nira buy 5 B"
    books = Books(household(joint={"commission": 7}), policy())
    totals = RunningTotals(books)
    totals.post(orders_of(text)[2])
    once = priced(books, totals.copy())
    for order in orders_of(text):
        totals.post(order)
    for order in orders_of(text):
        totals.post(order, -1)
    assert priced(books, totals) == once
    assert once.cash["joint"] == 1000 - Decimal("153.00") - 7


def test_an_order_that_names_what_is_not_there_is_refused():
    for text in ("joint sell 1 A from gone", "elsewhere buy 1 B", "joint buy 1 Z"):
        with pytest.raises(KeyError):
            replay(Books(household(), policy()), orders_of(text))


def test_a_false_ledger_is_noticed():
    with pytest.raises(AssertionError):
        check(household(), policy(), "ira buy 5 B\n---\nira cash 245.00\ntrading 5.01")
    with pytest.raises(AssertionError):
        check(household(), policy(), "ira buy 5 B\n---\nira cash 245.00")
