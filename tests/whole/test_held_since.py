"""Lots whose holding period runs from an earlier day than their purchase, because a wash sale added days (1223(3))."""

from datetime import timedelta
from fractions import Fraction

import numpy as np
import pytest
from every_plan import every_plan
from feature_cases import ANYTHING, TODAY, bands, dollars, household, ira, joint, lot, solved
from random_households import featured_household, featured_policy
from random_orders import some_orders
from tiny_households import bought_lately, instance, priced_wash_sales
from window_cases import trade

from lotroute.models import Household, InputError, Policy, first_long_term_date, holding_term
from lotroute.models.wash_sales.history import WashHistory
from lotroute.solver import audit, solve
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.replay import replay
from lotroute.solver.auditor.judge import Judge
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.oracle.data import read_data
from lotroute.solver.oracle.program import find_optimum


def since(days, bought=40, **known):
    """A lot bought some days ago with a holding period of so many days."""
    return lot(**{"name": "tacked", "days": bought} | known) | {"held_since": TODAY - timedelta(days)}


def terms(home, name="tacked"):
    """The term of a lot as the books, the program, the independent program and the audit have it."""
    lots = build_problem(home, Policy()).lots
    place = [*lots.label].index(f"joint/{name}")
    [sale] = [each for each in read_data(home, Policy()).sales if each.lot.id == name]
    own = Judge(home, Policy()).case.lots["joint", name].term
    by_program = "long" if lots.long[place] else "short"
    return {Books(home, Policy()).sale("joint", name).term, by_program, sale.term, own}


@pytest.mark.parametrize(
    ("days", "term"), [(40, "short"), (365, "short"), (366, "long"), (367, "long"), (5000, "long")]
)
def test_the_term_is_that_of_the_whole_holding_period(days, term):
    assert first_long_term_date(TODAY - timedelta(366)) == TODAY
    assert terms(household(joint(since(days, basis=50)))) == {term}


def test_the_bill_and_the_plan_follow_it():
    """The gain of $25,000 is taxed at 15 % and not at 35 %, and the loss of a short-term lot would be worth more."""
    home = household(joint(since(400, dollars=50_000, basis=50), withdrawal=40_000), targets=ANYTHING)
    [sale] = solved(home).trades
    assert sale.term == "long"
    assert sale.acquired == TODAY - timedelta(40)


def test_waiting_counts_from_it():
    """Fourteen days before the gain is long-term the lot is not sold for drift, and a rule of days holds it back."""
    held = since(366 - 14, dollars=70_000, basis=50)
    home = household(joint(held), ira(lot("c", "BOND", 30_000), menu=["BOND"]))
    plan = solved(home)
    assert dollars(plan) == {}
    assert [wait.days for wait in plan.waits] == [14]
    rows = solved(home, long_term_wait_days=14).blocked
    assert {(row.rule, row.until) for row in rows if row.lot == "tacked"} == {
        ("short_term_wait", TODAY + timedelta(14))
    }


def test_the_policy_s_minimum_counts_from_it():
    home = household(joint(since(90, dollars=70_000), lot("rest", "BOND", 30_000)))
    assert not any(row.lot == "tacked" for row in solved(home, minimum_holding_days=60).blocked)
    [row] = [row for row in solved(home, minimum_holding_days=100).blocked if row.lot == "tacked"]
    assert row.until == TODAY + timedelta(10)
    assert row.text.startswith(f"Held since {TODAY - timedelta(90)}")


def test_the_window_and_the_fee_count_from_the_purchase():
    """Bought 20 days ago the lot replaces a loss of its group, whatever its holding period."""
    old = lot("old", dollars=50_000, basis=130)
    kept = {"rule": "keep", "account": "joint", "lot": "tacked"}
    lots = old, since(900, bought=20, basis=80), lot("r", "BOND", 50_000)
    home = household(joint(*lots), targets=ANYTHING, restrictions=[kept])
    [row] = [row for row in solve(home).blocked if row.lot == "old"]
    assert row.until == TODAY - timedelta(20) + timedelta(31)
    with_fee = home.with_({"securities.A.redemption_fee": 0.02, "securities.A.redemption_days": 30})
    assert Books(with_fee, Policy()).sale("joint", "tacked").cost > Books(with_fee, Policy()).sale("joint", "old").cost


def test_a_wash_sale_tacks_the_whole_holding_period_on():
    """The shares sold were held for 400 days, 360 of them those of other shares (1223(3))."""
    own = household(joint(since(400)), recent_trades=[trade("A", "sell", 35, 1, gain=-5, lot="gone")])
    tax_lot = WashHistory(own).shares_of("joint", "tacked")
    assert (tax_lot.acquired, tax_lot.held_since) == (TODAY - timedelta(40), TODAY - timedelta(400))
    [ledger] = WashHistory(own).readings("A")
    parts = [each for each in ledger.held if each.lot == "tacked"]
    assert [each.quantity for each in parts] == [1, 99]
    assert {each.held_since for each in parts} == {TODAY - timedelta(400)}
    assert all(each.basis == each.quantity * Fraction(100) for each in parts)


def with_holding_periods(home, seed):
    """The household with a holding period of its own for half of the lots that may have one."""
    rng, data = np.random.default_rng((seed, 15)), home.model_dump(exclude_none=True)
    for account in data["accounts"]:
        for each in account["lots"] if account["kind"] == "taxable" else ():
            if each["how_acquired"] == "purchase" and rng.random() < 0.5:
                each["held_since"] = each["acquired"] - timedelta(int(rng.choice([0, 5, 100, 366, 5000])))
    return Household.model_validate(data)


@pytest.mark.parametrize("wash_sales", ["avoid", "price"])
@pytest.mark.parametrize("seed", range(20))
def test_books_and_audit_agree_on_random_orders(seed, wash_sales):
    home = with_holding_periods(featured_household(seed), seed)
    policy, rng = featured_policy(seed, home).with_(wash_sales=wash_sales), np.random.default_rng(seed)
    orders = some_orders(home, rng)
    after, found = replay(Books(home, policy), orders), Judge(home, policy).evaluate(orders)
    assert {name: float(amount) for name, amount in found.parts.items()} == pytest.approx(
        {name: float(amount) for name, amount in after.parts.items()}, abs=0.011
    )
    assert [(r.gain, r.term) for r in found.results] == [(p.gain, p.term) for p in after.postings]


@pytest.mark.parametrize("seed", range(12))
def test_the_optimum_is_the_independent_program_s(seed):
    home = with_holding_periods(featured_household(seed), seed)
    policy = featured_policy(seed, home)
    plan, optimum = solve(home, policy, gap_bp=0.001), find_optimum(home, policy)
    assert audit(home, plan) == []
    if not plan.violations and optimum.violation == 0:
        slack = 0.01 * (len(plan.trades) + 20) + 1e-6 * abs(plan.market_value)
        assert plan.objective == pytest.approx(optimum.objective, abs=slack)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("feature", [bought_lately, priced_wash_sales], ids=lambda feature: feature.__name__)
def test_the_plan_is_the_best_of_all(feature, seed):
    home, policy = instance([feature], seed)
    home = with_holding_periods(home, seed)
    plan, judge = solve(home, policy, gap_bp=0.0), Judge(home, policy)
    every = [found for orders in every_plan(home, policy, 0) if not (found := judge.evaluate(orders)).findings]
    kept = [found.objective for found in every if not found.violation]
    if kept and not plan.certificate.scope:
        assert plan.objective == pytest.approx(float(min(kept)), abs=0.1)
    assert len(every) > 10


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"held_since": TODAY - timedelta(39)}, "is after"),
        ({"how_acquired": "inheritance"}, r"the lot is no purchase \(inheritance\)"),
        ({"how_acquired": "gift"}, r"the lot is no purchase \(gift\)"),
        ({"held_since": "lately"}, "is not a date"),
    ],
)
def test_what_cannot_be_is_refused(change, fault):
    with pytest.raises(InputError, match=r"accounts.joint.lots\[0\]\.held_since: .*" + fault):
        household(joint(since(400) | change))


def test_a_sheltered_account_has_none():
    with pytest.raises(InputError, match=r"accounts.ira.lots\[0\]\.held_since: the account is sheltered"):
        household(joint(), ira(since(400)))


def test_it_survives_tables_and_json(tmp_path):
    home = household(joint(since(400), lot("plain")), targets=bands(stock=(0, 1), bond=(0, 1)))
    for place in ("tables", "home.json"):
        home.save(tmp_path / place)
        assert Household.load(tmp_path / place) == home
    assert holding_term(TODAY - timedelta(400), TODAY) == "long"
