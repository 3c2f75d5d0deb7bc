"""The audit of what a plan says is proven: deliberate faults in gaps, rounding and the word optimal."""

import pytest
from audit_cases import loser, plan_of, rules, stating

from lotroute.models import Household, Policy
from lotroute.solver import audit, solve
from lotroute.solver.accounting.orders import Order


@pytest.fixture(scope="module")
def household():
    return Household.load("fixtures/must_split.json")


@pytest.fixture(scope="module")
def plan(household):
    return solve(household)


def claiming(plan, **fields):
    return plan.model_copy(update={"certificate": plan.certificate.model_copy(update=fields)})


def with_gap(plan, dollars, **fields):
    """The plan with a gap of so many dollars, stated consistently."""
    stated = {"bound": plan.objective - dollars, "gap": dollars, "gap_bp": dollars / plan.market_value * 1e4}
    return claiming(plan, **stated, **fields)


@pytest.mark.parametrize("understated", [0.02, 0.5, 0.99])
def test_a_gap_understated_by_cents_is_caught(household, plan, understated):
    gap = plan.certificate.gap
    wrong = claiming(plan, bound=plan.objective - gap - understated)
    assert [(f.rule, f.where) for f in audit(household, wrong)] == [("certificate", "gap")]


def test_the_word_optimal_above_the_gap_asked_for_is_caught(household, plan):
    asked = 0.1 * 1e-4 * plan.market_value  # $8.67
    assert audit(household, with_gap(plan, asked - 0.01)) == []
    for above in (asked + 0.01, asked + 1.0):
        findings = audit(household, with_gap(plan, above))
        assert [(f.rule, f.where) for f in findings] == [("certificate", "status")]
    assert audit(household, with_gap(plan, asked + 1.0, status="feasible")) == []


def test_more_than_rounding_can_add_is_not_within_rounding(household, plan):
    asked = 0.1 * 1e-4 * plan.market_value
    most = 0.01 * (len(plan.trades) + len(plan.parts) + 5)
    assert audit(household, with_gap(plan, asked + most - 0.005, status="within_rounding")) == []
    findings = audit(household, with_gap(plan, asked + most + 0.005, status="within_rounding"))
    assert [(f.rule, f.where) for f in findings] == [("certificate", "status")]


@pytest.mark.parametrize(
    ("fields", "where"),
    [({"gap_asked_bp": None}, "gap_asked_bp"), ({"rounding": None}, "rounding"), ({"rounding": 1e3}, "rounding")],
)
def test_what_is_missing_or_impossible_is_caught(household, plan, fields, where):
    assert [(f.rule, f.where) for f in audit(household, claiming(plan, **fields))] == [("certificate", where)]


# -- hard rules missed by less than a dollar ---------------------------------------------------------------------------

GAIN = Order("joint", "B", "sell", 10.0, "b")  # 10 shares at 40 less 2 bp of spread, bought at 20: a gain of 199.92
LOSS = Order("joint", "A", "sell", 10.0, "a")  # 10 shares at 70 less 2 bp of spread, bought at 90: a loss of 200.14


@pytest.mark.parametrize(
    ("limit", "order", "used"),
    [
        ("short_gain", GAIN, 199.92),
        ("net_gain", GAIN, 199.92),
        ("loss", LOSS, 200.14),
        ("bill", GAIN, 69.97),  # 35 % of it
        ("added_tax", GAIN, 69.97),
        ("gain_share", GAIN, 199.92),
        ("turnover", GAIN, 200.0),  # half of 400
    ],
)
def test_a_hard_limit_exceeded_by_fifty_cents_is_a_violation(limit, order, used):
    """One order's rounding explains two cents and 2e-6 shares, so 50 cents are a violation and 1 cent is none."""
    home = loser()
    # 1,000 + 7,000 + 4,000 and the IRA's 1,000; 100 shares at 40 that cost 20
    value = {"turnover": 13_000.0, "gain_share": 2000.0}.get(limit, 1.0)
    for beyond, amount in ((0.5, 0.5), (0.01, 0.0)):
        plan = plan_of(home, order, policy=Policy(limits={limit: (used - beyond) / value}))
        assert [(v.rule, v.where, v.amount) for v in plan.violations] == [("limit", limit, 0.5)][: amount > 0]
        assert rules(home, plan) == set()
        assert rules(home, stating(plan, 0)) == ({"limit"} if amount else set())


def test_a_hard_band_and_a_cash_maximum_missed_by_fifty_cents_are_violations():
    accounts = [account.model_dump() for account in loser().accounts]
    accounts[1] |= {"maximum_cash": 999.5}
    home = loser(accounts=accounts)
    plan = plan_of(home)
    assert [(v.rule, v.where, v.amount) for v in plan.violations] == [("maximum_cash", "ira", 0.5)]
    assert rules(home, stating(plan, 0)) == {"cash"}
    over = 0.5 / 13_000
    stock = {"asset_class": "stock", "weight": 0.5, "lower": 0.5, "upper": 7000 / 13_000 - over}
    home = loser(targets=[stock, {"asset_class": "bond", "weight": 0.5, "lower": 0.3, "upper": 0.5}])
    plan = plan_of(home, policy=Policy(drift={"hard": True}))
    assert [(v.rule, v.where) for v in plan.violations if v.amount < 1] == [("band", "stock")]
    assert rules(home, stating_without(plan, "stock")) == {"band"}


def stating_without(plan, where):
    return plan.model_copy(update={"violations": tuple(v for v in plan.violations if v.where != where)})
