"""The baselines: amounts worked out by hand, every hard rule kept, never better than the plan's bound."""

from datetime import date, timedelta

import pytest
from random_households import featured_household, featured_policy, random_household, random_policy

from lotroute.fixtures.generator import generate
from lotroute.fixtures.sleeve import generate_sleeve
from lotroute.models import Household, Policy
from lotroute.solver import BASELINES, audit, baseline, solve
from lotroute.solver.runs.checking import check

TODAY = date(2026, 6, 15)
FUNDS = {"STOCK": "stock", "EQUITY": "stock", "BOND": "bond", "BILLS": "bond"}


def lot(name, symbol="STOCK", dollars=1000, *, basis=50, days=1000):
    """A lot at $100 a share."""
    known = {"basis_per_share": basis, "acquired": TODAY - timedelta(days)}
    return {"id": name, "symbol": symbol, "quantity": dollars / 100} | known


def joint(*lots, **changes):
    return {"id": "joint", "kind": "taxable", "lots": lots} | changes


def ira(*lots, **changes):
    return {"id": "ira", "kind": "traditional", "lots": lots} | changes


def household(*accounts, targets=None, band=0.05, funds=FUNDS, **changes):
    """Accounts of $100 funds without a spread; half stock and half bonds unless `targets` is given."""
    weights = {"stock": 0.5, "bond": 0.5} if targets is None else targets
    return Household.model_validate(
        {
            "trade_date": TODAY,
            "taxpayer": {"rates": {"short": 0.35, "long": 0.15}},
            "accounts": accounts,
            "securities": [{"symbol": s, "price": 100, "exposures": e, "half_spread": 0} for s, e in funds.items()],
            "targets": [
                {"asset_class": c, "weight": w, "lower": max(w - band, 0), "upper": min(w + band, 1)}
                for c, w in weights.items()
            ],
        }
        | changes
    )


def traded(home, name, **policy):
    """A baseline's trades in dollars, by account/lot sold (negative) or account/symbol bought."""
    plan = baseline(home, Policy(**policy), name)
    assert audit(home, plan) == []
    assert plan.certificate.method == name
    return {f"{t.account}/{t.lot or t.symbol}": -t.proceeds for t in plan.trades}


OLD_AND_NEW = lot("new", dollars=1500, basis=90, days=600), lot("old", dollars=1500, basis=20)


# -- in proportion -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "first"), [("prorata_fifo", "old"), ("prorata_hifo", "new")])
def test_each_account_sells_its_share_of_the_overweight(name, first):
    """Stock is 4,000 of 5,000, 1,500 too much: 3/4 of that in joint, 1/4 in the IRA."""
    home = household(joint(*OLD_AND_NEW), ira(lot("b"), lot("c", "BOND")))
    assert traded(home, name) == {
        f"joint/{first}": -1125,
        "joint/BOND": 1125,
        "ira/b": -375,
        "ira/BOND": 375,
    }


@pytest.mark.parametrize(("name", "sold"), [("prorata_fifo", (1500, 750)), ("prorata_hifo", (750, 1500))])
def test_the_next_lot_gives_what_the_first_has_not(name, sold):
    """Stock is 4,000 of 5,000, 3,000 too much: 2,250 of that in joint."""
    home = household(joint(*OLD_AND_NEW), ira(lot("b"), lot("c", "BOND")), targets={"stock": 0.2, "bond": 0.8})
    found = traded(home, name)
    assert (-found["joint/old"], -found["joint/new"], -found["ira/b"]) == (*sold, 750)


@pytest.mark.parametrize("name", ["prorata_fifo", "prorata_hifo"])
def test_each_account_buys_in_proportion_to_what_the_household_lacks(name):
    """Stock is 4,000 of 6,000, 2,200 too much; bonds lack 1,600 and gold 600. Joint has three quarters of the stock."""
    funds = FUNDS | {"GOLD": "gold"}
    weights = {"stock": 0.3, "bond": 0.5, "gold": 0.2}
    home = household(
        joint(*OLD_AND_NEW), ira(lot("b"), lot("c", "BOND", 1400), lot("g", "GOLD", 600)), targets=weights, funds=funds
    )
    found = traded(home, name)
    bought = {where: round(dollars, 2) for where, dollars in found.items() if dollars > 0}
    assert bought == {"joint/BOND": 1200, "joint/GOLD": 450, "ira/BOND": 400, "ira/GOLD": 150}


@pytest.mark.parametrize("name", ["prorata_fifo", "prorata_hifo", "taxable_default"])
def test_cash_alone_buys_where_it_brings_all_classes_into_their_bands(name):
    """Bonds and stock are 1,800 each of 4,000; 400 of cash brings both to 2,000, half and half in each account."""
    home = household(joint(lot("a", dollars=1800), cash=300), ira(lot("b", "BOND", 1800), cash=100))
    bought = {"joint/STOCK": 150, "joint/BOND": 150, "ira/STOCK": 50, "ira/BOND": 50}
    assert traded(home, name) == bought


def test_what_an_account_may_not_buy_others_buy():
    """Bonds are the only class the household lacks that the 401(k) may buy; joint then buys only gold."""
    funds, weights = FUNDS | {"GOLD": "gold"}, {"stock": 0.5, "bond": 0.25, "gold": 0.25}
    accounts = ira(lot("b", dollars=2000), kind="401k", menu=["STOCK", "BOND"]), joint(lot("a", dollars=2000))
    found = traded(household(*accounts, targets=weights, funds=funds), "prorata_hifo")
    assert found == {"ira/b": -1000, "ira/BOND": 1000, "joint/a": -1000, "joint/GOLD": 1000}


def test_nothing_is_sold_where_nothing_can_be_bought_for_it():
    home = household(ira(lot("b"), kind="401k", menu=["STOCK", "EQUITY"]))
    assert traded(home, "prorata_fifo") == {}


# -- the other two -----------------------------------------------------------------------------------------------------


def test_taxable_accounts_correct_first():
    """There is 1,500 too much stock, and joint has more than that."""
    home = household(joint(*OLD_AND_NEW), ira(lot("b"), lot("c", "BOND")))
    assert traded(home, "taxable_default") == {"joint/new": -1500, "joint/BOND": 1500}


def test_sheltered_accounts_correct_what_the_taxable_ones_cannot():
    """Stock is 4,000 of 5,000, 1,500 too much; joint has only 1,000."""
    home = household(joint(lot("a")), ira(lot("b", dollars=3000), lot("c", "BOND")))
    assert traded(home, "taxable_default") == {"joint/a": -1000, "joint/BOND": 1000, "ira/b": -500, "ira/BOND": 500}


def test_each_account_is_brought_to_the_targets_on_its_own():
    """The household is at its targets; neither account is."""
    home = household(joint(*OLD_AND_NEW), ira(lot("c", "BOND", 3000)))
    assert traded(home, "prorata_hifo") == {}
    assert traded(home, "account_by_account") == {
        "joint/new": -1500,
        "joint/BOND": 1500,
        "ira/c": -1500,
        "ira/STOCK": 1500,
    }


def test_what_an_earlier_account_bought_is_not_harvested_in_a_later_one():
    """The IRA buys stock; joint sells its gain and leaves the loss in the same fund."""
    home = household(ira(lot("c", "BOND", 2000)), joint(lot("loss", basis=150), lot("gain")))
    found = traded(home, "account_by_account")
    assert found == {"ira/c": -1000, "ira/STOCK": 1000, "joint/gain": -1000, "joint/BOND": 1000}


def test_what_an_earlier_account_harvested_a_later_one_does_not_buy():
    home = household(joint(lot("loss", basis=150), lot("gain")), ira(lot("c", "BOND", 2000)))
    found = traded(home, "account_by_account")
    assert found == {"joint/loss": -1000, "joint/BOND": 1000, "ira/c": -1000, "ira/EQUITY": 1000}


# -- all of them -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BASELINES)
def test_nothing_is_traded_inside_the_bands_and_to_the_target_outside(name):
    inside = household(ira(lot("b", dollars=5400), lot("c", "BOND", 4600)))
    outside = household(ira(lot("b", dollars=5600), lot("c", "BOND", 4400)))
    assert traded(inside, name) == {}
    assert traded(outside, name) == {"ira/b": -600, "ira/BOND": 600}


@pytest.mark.parametrize("name", BASELINES)
def test_cash_inside_its_band_stays(name):
    home = household(ira(lot("b", dollars=5300), lot("c", "BOND", 4620), cash=80))
    assert traded(home, name) == {}


@pytest.mark.parametrize("name", BASELINES)
def test_dollars_count_as_the_policy_says(name):
    """After tax at 0.5 the IRA's 4,000 counts 2,000; with joint's 1,000 of bonds, stock is 500 over, 1,000 there."""
    home = household(ira(lot("b", dollars=4000)), joint(lot("c", "BOND")))
    policy = {"targets": "after_tax", "withdrawal_rate": 0.5}
    if name == "account_by_account":
        assert traded(home, name, **policy)["ira/b"] == -2000
    else:
        assert traded(home, name, **policy) == {"ira/b": -1000, "ira/BOND": 1000}


@pytest.mark.parametrize("name", BASELINES)
def test_commissions_are_paid_out_of_what_is_traded(name):
    home = household(ira(lot("b", dollars=8000), lot("c", "BOND", 2000), commission=10))
    found = traded(home, name)
    assert found["ira/b"] == -3000
    assert found["ira/BOND"] == 2980


@pytest.mark.parametrize("name", BASELINES)
def test_a_withdrawal_is_raised_in_its_account_and_its_commission_with_it(name):
    home = household(ira(lot("b"), withdrawal=500, commission=10), joint(lot("c", "BOND", 500)))
    plan = baseline(home, None, name)
    assert plan.cash_after["ira"] == pytest.approx(0, abs=0.02)
    assert (plan.violations, plan.certificate.status) == ((), "heuristic")


@pytest.mark.parametrize("name", BASELINES)
def test_names_are_bought_up_to_their_own_targets_and_the_rest_is_a_fund(name):
    """Stock lacks 3,000 of 10,000: 500 of EQUITY, the first choice because it is held, up to its own target."""
    own = [{"symbol": "EQUITY", "weight": 0.1}]
    lots = lot("n", "EQUITY", 500), lot("b", dollars=1500), lot("c", "BOND", 8000)
    home = household(ira(*lots), security_targets=own)
    assert traded(home, name) == {"ira/c": -3000, "ira/EQUITY": 500, "ira/STOCK": 2500}


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize(
    ("limits", "sold"),
    [
        ({"turnover": 0.2}, 1500),  # half of the 3,000 to sell is a turnover of 15 %
        ({"long_gain": 1200}, 2250),  # three quarters of it, at 50 cents of gain a dollar
        ({"trades": 1}, 0),
        ({"minimum_trade": 4000}, 0),
    ],
)
def test_a_hard_limit_lets_it_go_only_part_of_the_way(name, limits, sold):
    home = household(joint(lot("b", dollars=8000), lot("c", "BOND", 2000)))
    assert -traded(home, name, limits=limits).get("joint/b", 0) == sold


@pytest.mark.parametrize("name", BASELINES)
def test_what_cannot_be_kept_at_all_is_said(name):
    kept = {"rule": "keep", "account": "ira", "lot": "b"}
    home = household(ira(lot("b"), withdrawal=500), joint(lot("c", "BOND")), restrictions=[kept])
    plan = baseline(home, None, name)
    assert plan.certificate.status == "infeasible"
    assert [(row.rule, row.where, row.amount) for row in plan.violations] == [("minimum_cash", "ira", 500)]
    assert audit(home, plan) == []


def test_solve_states_what_it_was_asked_to_state_beside_the_plan():
    for home in generate(4, 7):
        plan = solve(home, explain="codes", beside=BASELINES)
        others = {name: baseline(home, None, name) for name in BASELINES}
        assert {name: plan.baselines[name] for name in BASELINES} == {n: each.objective for n, each in others.items()}
        taxes = {name: each.tax_after.total for name, each in others.items()}
        assert {name: plan.baseline_taxes[name] for name in BASELINES} == taxes
        assert plan.baseline_taxes.keys() == plan.baselines.keys()
        assert not check(home, plan)
    forged = plan.model_copy(update={"baseline_taxes": plan.baseline_taxes | {"prorata_hifo": -1.0}})
    assert [finding.where for finding in check(home, forged)] == ["baseline_taxes.prorata_hifo"]
    with pytest.raises(ValueError, match="hifo"):
        solve(home, beside=["hifo"])


def test_a_name_that_is_none_is_refused():
    with pytest.raises(ValueError, match="'fifo' is none of prorata_fifo"):
        baseline(household(ira(lot("b"))), None, "fifo")


# -- households at random ----------------------------------------------------------------------------------------------


def homes():
    yield from ((home, Policy()) for home in generate(18, 11))
    yield from ((generate_sleeve(11, 25, index, years=1), Policy()) for index in range(2))
    yield from ((random_household(seed), random_policy(seed)) for seed in range(600, 620))
    yield from ((featured_household(seed), featured_policy(seed)) for seed in range(600, 620))


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_audits_clean(name):
    for home, policy in homes():
        plan = baseline(home, policy, name)
        assert audit(home, plan) == [], home.id
        assert (plan.certificate.status == "infeasible") == bool(plan.violations), home.id


@pytest.mark.parametrize("seeds", [range(700, 710), range(710, 720)], ids=str)
@pytest.mark.parametrize("draw", [(random_household, random_policy), (featured_household, featured_policy)])
def test_no_baseline_is_better_than_the_plan_by_more_than_its_gap(seeds, draw):
    """A baseline that keeps every hard rule is not below the bound either."""
    compared = 0
    for seed in seeds:
        home, policy = (make(seed) for make in draw)
        plan = solve(home, policy)
        for name in BASELINES:
            other = baseline(home, policy, name)
            if plan.violations or other.violations or plan.certificate.gap is None:
                continue
            compared += 1
            assert plan.objective <= other.objective + plan.certificate.gap + 0.01, (seed, name)
            assert other.objective >= plan.certificate.bound - 0.01, (seed, name)
    assert compared >= 10
