"""Why classes stay outside their bands: the figures that the sentences name, and the rules."""

import re

import pytest
from audit_cases import plan_of
from feature_cases import bands, fund, household, ira, joint, lot, solved
from random_households import featured_household, featured_policy
from rich.console import Console

from lotroute.models import Policy
from lotroute.solver import audit, route, solve
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.orders import Order
from lotroute.solver.accounting.replay import replay
from lotroute.solver.app.terminal import print_plan


def stays(plan):
    """The one class that stays outside its band."""
    [row] = plan.outside_bands
    return row


def amounts(text):
    return [float(each.replace(",", "")) for each in re.findall(r"\$([\d,]+(?:\.\d\d)?)", text)]


# -- a further correction costs more -----------------------------------------------------------------------------------

CUT = bands(stock=(0.2, 0.5), bond=(0.5, 0.8))
TOO_DEAR = {"to_target": "off", "later_long_rate": 0.0, "drift": {"near_cost": 0.04, "far_cost": 0.04}}


def test_the_cheapest_further_correction_is_named_with_its_tax_and_its_drift():
    """$1,000 of a lot without a basis costs 0.15 in tax and saves 0.08 of drift: stock and bonds come $1,000 nearer."""
    home = household(joint(lot("a", dollars=60_000, basis=0.01), lot("b", "BOND", 40_000)), targets=CUT)
    plan = solved(home, **TOO_DEAR)
    assert plan.trades == ()
    stock, bond = plan.outside_bands
    assert (stock.asset_class, stock.side, stock.outside, stock.reason) == ("stock", "above", 10_000, "costs_more")
    assert (bond.asset_class, bond.side, bond.outside, bond.reason) == ("bond", "below", 10_000, "costs_more")
    assert stock.costs == pytest.approx(150 + 0.4, abs=0.1)
    assert stock.saves == pytest.approx(80, abs=0.1)
    assert "stock stays $10,000 (10.0% of the household) above its band" in stock.text
    assert "selling $1,000 of A lot a in joint for BOND" in stock.text
    assert amounts(stock.text)[2] == stock.costs
    assert amounts(stock.text)[-1] == stock.saves


def test_its_price_is_what_the_books_add_to_the_plan():
    home = household(joint(lot("a", dollars=60_000, basis=20), lot("b", "BOND", 40_000)), targets=CUT)
    policy = Policy(**TOO_DEAR)
    plan = solve(home, policy, gap_bp=0)
    row, books = plan.outside_bands[0], Books(home, policy)
    orders = [Order(t.account, t.symbol, t.side, t.quantity, t.lot) for t in plan.trades]
    shares = 1000 / (100 * (1 - 0.0002))
    more = [Order("joint", "A", "sell", round(shares, 6), "a"), Order("joint", "BOND", "buy", 1000 / 100.02)]
    before, after = replay(books, orders), replay(books, [*orders, *more])
    drift = float(before.parts["drift"] - after.parts["drift"])
    assert row.saves == pytest.approx(drift, abs=0.02)
    assert row.costs == pytest.approx(float(after.objective - before.objective) + drift, abs=0.02)


def test_a_proven_plan_leaves_out_nothing_that_saves_more_than_its_gap():
    priced = 0
    for seed in range(60):
        home, policy = featured_household(seed), featured_policy(seed)
        plan = solve(home, policy)
        assert audit(home, plan) == [], seed
        for row in plan.outside_bands:
            if row.costs is not None and plan.certificate.status in ("optimal", "within_rounding"):
                assert row.costs - row.saves >= -plan.certificate.gap - 0.01, (seed, row)
                priced += 1
    assert priced >= 20


def test_a_plan_that_leaves_money_on_the_table_says_so():
    """Nothing is traded: $1,000 of stock and of bonds, 5,000 outside, would save 0.12 a dollar each."""
    home = household(ira(lot("a", dollars=60_000), lot("b", "BOND", 40_000)))
    stock, bond = plan_of(home, policy=Policy(to_target="off")).outside_bands
    assert {stock.reason, bond.reason} == {"could_be_better"}
    assert stock.saves == pytest.approx(0.12 * 2000, abs=0.1)
    assert stock.text.endswith(", which this plan leaves out.")


# -- rules -------------------------------------------------------------------------------------------------------------


def test_lots_in_a_wash_window_are_named_with_the_first_free_day():
    """The loss of lot a would be a wash sale: the IRA bought A five days ago, and 31 days after that it would not."""
    bought = {"account": "ira", "symbol": "A", "side": "buy", "date": "2026-06-10", "quantity": 600}
    funds = fund("A"), fund("BOND", "bond")
    home = household(joint(lot("a", dollars=60_000, basis=130)), ira(lot("b", "BOND", 40_000), menu=["BOND"]),
                     funds=funds, recent_trades=[bought])  # fmt: skip
    plan = solved(home)
    stock = next(row for row in plan.outside_bands if row.asset_class == "stock")
    assert (stock.reason, str(stock.until)) == ("blocked", "2026-07-11")
    assert stock.text.endswith("above its band: a loss in joint/a would be a wash sale (until 2026-07-11).")
    assert plan.blocked[0].until == stock.until


def test_a_class_that_no_account_may_buy_is_said_to_be_on_no_menu():
    home = household(ira(lot("a", dollars=100_000), menu=["A", "B"]))
    plan = solved(home)
    bond = next(row for row in plan.outside_bands if row.asset_class == "bond")
    assert (bond.reason, bond.outside) == ("not_on_menu", 45_000)
    assert bond.text == "bond stays $45,000 (45.0% of the household) below its band: no account may buy a fund of it."


def test_cash_where_nothing_may_be_bought_is_named_with_its_account():
    home = household(ira(lot("a", dollars=50_000), lot("b", "BOND", 40_000)), ira(id="plan", menu=[], cash=10_000))
    plan = solved(home)
    cash = next(row for row in plan.outside_bands if row.asset_class == "cash")
    assert (cash.reason, cash.outside) == ("not_on_menu", 9000)
    assert cash.text.endswith("above its band: plan may buy nothing with it.")


def test_cash_that_accounts_must_keep_is_said_to_be_their_minimum():
    home = household(ira(lot("a", dollars=50_000), lot("b", "BOND", 40_000), cash=10_000, minimum_cash=10_000))
    cash = next(row for row in solved(home).outside_bands if row.asset_class == "cash")
    assert (cash.reason, cash.text) == (
        "hard_rule",
        "cash stays $9,000 (9.0% of the household) above its band: it is the minimum cash of the accounts.",
    )


def test_a_limit_that_forbids_every_correction_is_named():
    home = household(joint(lot("a", dollars=60_000, basis=50), lot("b", "BOND", 40_000)))
    stock, bond = solved(home, limits={"long_gain": 0}).outside_bands
    assert {stock.reason, bond.reason} == {"hard_rule"}
    assert stock.text.endswith("every further correction would break a hard rule: the limit on long-term gains.")


def test_an_account_without_money_has_nothing_to_trade():
    home = household(joint(lot("a", dollars=100_000, basis=50), menu=["A"]), ira(menu=["BOND"]))
    bond = next(row for row in solved(home).outside_bands if row.asset_class == "bond")
    assert bond.reason == "nothing_to_trade"
    assert "ira may buy it, but has nothing to sell and no cash" in bond.text


# -- where it is shown and checked -------------------------------------------------------------------------------------


def test_it_is_printed_under_the_classes(capsys):
    home = household(ira(lot("a", dollars=100_000), menu=["A", "B"]))
    plan = solved(home)
    print_plan(Console(width=200), home, plan, route(home))
    printed = capsys.readouterr().out
    assert all(row.text in printed for row in plan.outside_bands)
    assert printed.index(plan.outside_bands[0].text) < printed.index("Trades")


@pytest.mark.parametrize(
    "change",
    [{"outside": 9999.98}, {"side": "below"}, {"saves": 1e6}, {"reason": "blocked"}, {"asset_class": "gold"}, None],
)
def test_a_false_row_is_caught(change):
    home = household(joint(lot("a", dollars=60_000, basis=0.01), lot("b", "BOND", 40_000)), targets=CUT)
    plan = solved(home, **TOO_DEAR)
    first, *others = plan.outside_bands
    rows = tuple(others) if change is None else (first.model_copy(update=change), *others)
    assert {finding.rule for finding in audit(home, plan.model_copy(update={"outside_bands": rows}))} == {"figure"}


def test_a_plan_within_its_bands_says_nothing():
    home = household(ira(lot("a", dollars=60_000), lot("b", "BOND", 40_000)))
    assert solved(home).outside_bands == solved(home, to_target="small").outside_bands == ()
