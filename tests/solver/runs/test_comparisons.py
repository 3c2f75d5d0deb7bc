"""Other ways to trade the same household, each as a plan of the same type."""

import pytest
from feature_cases import bands, fund, household, ira, joint, lot, solved
from window_cases import LOSS, REST, trade

from lotroute.models import Household, Policy
from lotroute.solver import ALTERNATIVES, BASELINES, api, audit, baseline, compare, route, solve
from lotroute.solver.runs import comparisons

CUT = bands(stock=(0.2, 0.3), bond=(0.7, 0.8))


@pytest.fixture(scope="module")
def must_split():
    return Household.load("fixtures/must_split.json")


def test_each_name_gives_the_plan_of_its_own_function(must_split):
    found = compare(must_split)
    assert list(found) == ["route", *BASELINES, "nothing"]
    assert found["route"].trades == route(must_split).trades
    for name in BASELINES:
        assert found[name].trades == baseline(must_split, None, name).trades
    assert found["nothing"].trades == ()
    assert found["nothing"].objective == solve(must_split).baselines["nothing"]
    assert all(audit(must_split, plan) == [] for plan in found.values())


def test_what_breaks_a_rule_is_left_out_for_no_trade_only():
    """The retiree withdraws: doing nothing leaves the account short."""
    assert compare(Household.load("fixtures/retiree.json"), names=["nothing", "route"]).keys() == {"route"}


def test_names_are_kept_in_the_order_asked_and_others_are_refused(must_split):
    assert list(compare(must_split, names=["nothing", "route"])) == ["nothing", "route"]
    with pytest.raises(ValueError, match="'free' is none of route, prorata_fifo"):
        compare(must_split, names=["free"])


def test_variants_that_change_nothing_are_left_out(must_split):
    assert compare(must_split, names=[name for name in ALTERNATIVES if name in comparisons.VARIANTS]) == {}


def test_a_free_choice_of_lots_costs_no_more_than_a_demanded_order():
    lots = lot("old", dollars=50_000, basis=50, days=2000), lot("new", dollars=50_000, basis=110, days=900)
    home = household(joint(*lots, accounting_method="fifo"), targets=bands(stock=(0.4, 0.6), bond=(0.4, 0.6)))
    plan, free = solved(home), compare(home, Policy(to_target="off"), ["free_lots"])["free_lots"]
    assert {t.lot for t in plan.trades if t.side == "sell"} == {"old"}
    assert {t.lot for t in free.trades if t.side == "sell"} == {"new"}
    assert free.objective < plan.objective


def test_a_plan_without_wash_sales_costs_no_less_than_one_that_prices_them():
    bought = trade("A", "buy", 5, 100, "ira")
    home = household(joint(LOSS, REST), ira(lot("c", "BOND", 20_000)), targets=CUT, recent_trades=[bought])
    price = Policy(wash_sales="price")
    avoiding = compare(home, price, ["avoid_wash_sales"])["avoid_wash_sales"]
    assert avoiding.trades == solve(home).trades
    assert avoiding.objective > solve(home, price).objective
    assert compare(home, Policy(), ["avoid_wash_sales"]) == {}


def test_blocking_whole_groups_forbids_what_the_ledger_leaves_free():
    """The rest of a recent lot does not replace the shares sold, but blocking its whole group blocks the loss."""
    young, gain = lot("old", dollars=50_000, basis=130, days=10), lot("gain", "B", dollars=50_000, basis=60)
    funds = fund("A"), fund("B"), fund("BOND", "bond")
    home = household(joint(young, gain), funds=funds, targets=bands(stock=(0.9, 0.95), bond=(0.05, 0.1)))
    wide = compare(home, names=["whole_groups"])["whole_groups"]
    assert "old" in {t.lot for t in solved(home).trades}
    assert "old" not in {t.lot for t in wide.trades}
    assert compare(home, Policy(wash_sales="price"), ["whole_groups"]) == {}


def test_solve_solves_once(monkeypatch, must_split):
    """One search per call; with priced wash sales one more, for the plan that avoids them."""
    searches = []
    real = api.search_orders
    monkeypatch.setattr(api, "search_orders", lambda *args, **options: searches.append(args) or real(*args, **options))
    fifo = [account.model_copy(update={"accounting_method": "fifo"}) for account in must_split.accounts]
    home = must_split.model_copy(update={"accounts": tuple(fifo)})
    solve(home)
    assert len(searches) == 1
    solve(home, Policy(wash_sales="price"))
    assert len(searches) == 3
