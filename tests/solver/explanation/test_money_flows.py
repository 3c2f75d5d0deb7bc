"""Money in and out: what comes in, what goes out, and from what it is raised."""

import pytest
from audit_cases import TODAY, loser, plan_of, rules
from random_households import featured_household, featured_policy

from lotroute.models import Household
from lotroute.solver import audit, solve
from lotroute.solver.accounting.orders import Order

LOTS = [{"id": "a", "symbol": "A", "quantity": 100, "basis_per_share": 10, "acquired": "2020-01-10"}]


def flow(*orders, **account):
    """The flow of one taxable account with 100 shares at $10, after hand-made orders."""
    home = Household.model_validate(
        {
            "trade_date": TODAY,
            "taxpayer": {"rates": {"short": 0.3, "long": 0.15}},
            "accounts": [{"id": "joint", "kind": "taxable", "lots": LOTS} | account],
            "securities": [{"symbol": "A", "price": 10, "exposures": "stock", "half_spread": 0}],
            "targets": [{"asset_class": "stock", "weight": 1}],
        }
    )
    plan = plan_of(home, *orders)
    assert "figure" not in rules(home, plan)
    return plan.money_flows[0]


def sell(shares):
    return Order("joint", "A", "sell", float(shares), "a")


def buy(shares):
    return Order("joint", "A", "buy", float(shares))


def test_a_withdrawal_is_paid_with_cash_and_then_with_sales():
    found = flow(sell(60), cash=400, withdrawal=1000)
    assert (found.from_cash, found.from_contribution, found.from_sales, found.missing) == (400, 0, 600, 0)
    assert found.text == "The withdrawal of $1,000 is paid with $400 of cash and $600 of sales."


def test_cash_that_stays_pays_nothing():
    """600 of cash is kept, as a cash minimum may ask: the withdrawal is raised by sales."""
    found = flow(sell(50), cash=600, withdrawal=500, minimum_cash=600)
    assert (found.cash_before, found.cash_after, found.from_cash, found.from_sales) == (600, 600, 0, 500)
    assert found.text == "The withdrawal of $500 is paid with $500 of sales."


def test_a_debit_is_repaid_with_the_withdrawal():
    found = flow(sell(80), cash=-250.5, withdrawal=500)
    assert (found.cash_before, found.from_sales, found.cash_after) == (-250.5, 750.5, 49.5)
    assert found.text == "The withdrawal of $500 and the debit of $250.50 are paid with $750.50 of sales."


def test_what_is_not_raised_is_missing():
    found = flow(sell(20), withdrawal=300)
    assert (found.from_sales, found.missing, found.cash_after) == (200, 100, -100)
    assert found.text == "The withdrawal of $300 is paid with $200 of sales; $100 is missing."
    assert flow(withdrawal=300).text == "The withdrawal of $300 is not paid."


@pytest.mark.parametrize(
    ("shares", "text"),
    [
        (50, "The contribution of $500 is invested."),
        (0, "The contribution of $500 stays as cash."),
        (20, "Of the contribution of $500, $200 is invested and $300 stays as cash."),
    ],
)
def test_a_contribution_is_invested_or_stays(shares, text):
    orders = [buy(shares)] if shares else []
    found = flow(*orders, contribution=500)
    assert (found.invested, found.text) == (10 * shares, text)


def test_a_contribution_pays_a_withdrawal_before_anything_is_sold():
    found = flow(buy(10), contribution=500, withdrawal=300, commission=4)
    assert (found.from_contribution, found.from_sales, found.commissions) == (300, 0, 4)
    assert (found.invested, found.cash_after) == (104, 96)
    assert found.text == (
        "The withdrawal of $300 is paid with $300 of the contribution. "
        "Of the rest of the contribution of $200, $104 is invested and $96 stays as cash."
    )


def test_parts_of_a_cent_make_no_commission():
    """Files may hold parts of a cent: rounded one by one, 0.005 + 0.005 of them would be a cent that nobody paid."""
    found = flow(buy(10), cash=100.005, contribution=50.005)
    assert (found.commissions, found.missing, found.cash_after) == (0, 0, 50.01)


def test_nothing_moves_and_nothing_is_said():
    assert flow(sell(10), buy(10), cash=100).text == ""


@pytest.mark.parametrize("seed", range(40))
def test_what_comes_in_goes_out_or_stays(seed):
    home = featured_household(seed)
    plan = solve(home, featured_policy(seed, home), time_limit=10)
    for found in plan.money_flows:
        comes = found.cash_before + found.contribution + found.sold
        goes = found.withdrawal + found.bought + found.commissions + found.cash_after
        assert comes == pytest.approx(goes, abs=0.02)
        assert found.cash_after == plan.cash_after[found.account]
        paid = found.from_cash + found.from_contribution + found.from_sales + found.missing
        assert paid == pytest.approx(found.withdrawal + max(-found.cash_before, 0), abs=0.01)
        assert min(found.from_cash, found.from_contribution, found.from_sales, found.missing, found.invested) >= 0
    assert audit(home, plan) == []


# -- deliberate faults -------------------------------------------------------------------------------------------------

AMOUNTS = ("cash_before", "contribution", "withdrawal", "sold", "bought", "commissions", "cash_after")
SOURCES = ("from_cash", "from_contribution", "from_sales", "missing", "invested")


def forged(plan, **fields):
    first, *others = plan.money_flows
    return plan.model_copy(update={"money_flows": (first.model_copy(update=fields), *others)})


@pytest.mark.parametrize("field", [*AMOUNTS, *SOURCES])
def test_a_wrong_amount_is_caught(field):
    home = loser()
    plan = plan_of(home, Order("joint", "A", "sell", 10.0, "a"))
    wrong = forged(plan, **{field: getattr(plan.money_flows[0], field) + 0.01})
    assert ("figure", f"money_flows.joint.{field}") in [(f.rule, f.where) for f in audit(home, wrong)]
    assert audit(home, plan) == []


def test_wrong_words_and_missing_accounts_are_caught():
    home = loser()
    plan = plan_of(home, Order("joint", "A", "sell", 10.0, "a"))
    for text in ("The withdrawal of $500 is paid with $500 of sales.", "Nothing was paid."):
        assert rules(home, forged(plan, text=text)) == {"figure"}
    assert rules(home, plan.model_copy(update={"money_flows": plan.money_flows[1:]})) == {"figure"}


def test_it_is_printed(run):
    _, out, _ = run("solve", "fixtures/retiree.json")
    assert "Money in and out" in out
    assert "trust: The withdrawal of $30,000 is paid with $30,000 of sales." in " ".join(out.split())
    assert "Money in and out" not in run("demo")[1]
