"""Lots of taxable accounts without a basis (kept) or without a date (average cost, "Various"): long-term but for the
purchases of the last year that the file names.
"""

from datetime import timedelta

import pytest
from audit_cases import plan_of, rules
from feature_cases import ANYTHING, TODAY, fund, household, ira, joint, lot, solved

from lotroute.models import Household, InputError, Policy
from lotroute.solver import audit, route, solve
from lotroute.solver.accounting.orders import Order
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.oracle.data import read_data
from lotroute.solver.runs.verification import verify

BOND = fund("BOND", "bond", identity_group="BOND")
FUNDS = (fund("A", identity_group="A", half_spread=0.0), BOND)


def various(name="pool", dollars=50_000, *, basis=50, **changes):
    """A lot that was bought on days that nobody lists."""
    return lot(name, "A", dollars, basis=basis) | {"acquired": None, "long_term": True} | changes


def bought(shares, days, account="joint"):
    day = TODAY - timedelta(days)
    return {"account": account, "symbol": "A", "side": "buy", "date": day, "quantity": shares}


def home(*lots, trades=(), **changes):
    """joint holds the lots and nothing is drift; the ira holds bonds."""
    others = ira(lot("c", "BOND", 50_000))
    return household(joint(*lots, **changes), others, funds=FUNDS, targets=ANYTHING, recent_trades=trades)


def shares(home):
    return {name: (lot.quantity, lot.acquired) for (account, name), lot in home.lot.items() if account == "joint"}


def terms(home, name):
    """The term of a lot in the books, the program and the oracle."""
    held = home.lot["joint", name].quantity
    [trade] = plan_of(home, Order("joint", "A", "sell", held, name)).trades
    lots = build_problem(home, Policy()).lots
    place = [*lots.label].index(f"joint/{name}")
    by_program = {(True, False): "short", (False, True): "long"}[bool(lots.short[place]), bool(lots.long[place])]
    [sale] = [each for each in read_data(home, Policy()).sales if (each.a.id, each.lot.id) == ("joint", name)]
    assert sale.gamma == pytest.approx(lots.gain[place])
    assert trade.gain == pytest.approx(held * 100 * lots.gain[place], abs=0.01)
    return {trade.term, by_program, sale.term}


# -- dates -------------------------------------------------------------------------------------------------------------


def test_a_lot_without_a_date_is_long_term():
    assert terms(home(various()), "pool") == {"long"}
    assert terms(home(various(long_term=False), average_cost=["A"]), "pool") == {"long"}
    free = home(various())
    assert rules(free, plan_of(free, Order("joint", "A", "sell", 10, "pool"))) == set()


def test_an_inheritance_needs_no_date():
    """IRC 1223(9): whatever the day of the death, its term is long."""
    left = various(long_term=False, how_acquired="inheritance")
    assert terms(home(left), "pool") == {"long"}


def test_without_any_of_these_a_date_is_asked_for():
    with pytest.raises(InputError, match="long_term if all of it was bought more than a year ago"):
        home(various(long_term=False))


@pytest.mark.parametrize("average", [(), ("A",)])
def test_a_named_purchase_of_the_last_year_is_short_term_and_the_rest_is_not(average):
    split = home(various(), trades=[bought(120, 200), bought(30.5, 364)], average_cost=average)
    young = f"pool {TODAY - timedelta(200)}", f"pool {TODAY - timedelta(364)}"
    assert shares(split) == {
        "pool": (349.5, None),
        young[0]: (120, TODAY - timedelta(200)),
        young[1]: (30.5, TODAY - timedelta(364)),
    }
    assert {name: terms(split, name) for name in shares(split)} == {
        "pool": {"long"},
        young[0]: {"short"},
        young[1]: {"short"},
    }


def test_a_purchase_of_more_than_a_year_ago_changes_nothing():
    """Today is 2026-06-15. Bought on 2025-06-15, it is long-term from 2026-06-16 on: more than a year (IRC 1222)."""
    assert shares(home(various(), trades=[bought(120, 366)])) == {"pool": (500, None)}
    assert len(shares(home(various(), trades=[bought(120, 365)]))) == 2


def test_a_lot_with_the_purchase_s_date_is_that_purchase():
    named = lot("new", "A", 12_000, days=200)
    assert len(shares(home(various(), named, trades=[bought(120, 200)]))) == 2
    more = shares(home(various(), named, trades=[bought(150, 200)]))
    assert more["pool"] == (470, None)
    assert more[f"pool {TODAY - timedelta(200)}"][0] == 30


def test_purchases_of_more_than_the_lot_leave_nothing_of_it():
    """The latest purchases are the ones that are left: what was sold since is older."""
    split = home(various(dollars=20_000), trades=[bought(150, 300), bought(120, 200)])
    assert shares(split) == {
        f"pool {TODAY - timedelta(200)}": (120, TODAY - timedelta(200)),
        f"pool {TODAY - timedelta(300)}": (80, TODAY - timedelta(300)),
    }


def test_two_purchases_of_a_day_are_two_lots():
    day = TODAY - timedelta(40)
    split = shares(home(various(), trades=[bought(10, 40), bought(20, 40)]))
    assert split == {"pool": (470, None), f"pool {day}": (10, day), f"pool {day} 2": (20, day)}


def test_purchases_elsewhere_and_sheltered_lots_are_left_alone():
    assert shares(home(various(), trades=[bought(10, 40, "ira")])) == {"pool": (500, None)}
    sheltered = household(
        joint(lot("a", "A", 50_000)), ira({"id": "c", "symbol": "A", "quantity": 500}), funds=FUNDS, targets=ANYTHING,
        recent_trades=[bought(10, 40, "ira")],
    )  # fmt: skip
    assert [lot.id for lot in sheltered.account["ira"].lots] == ["c"]


def test_a_split_household_is_the_same_when_it_is_read_again():
    split = home(various(), trades=[bought(120, 200), bought(30, 20)])
    assert Household.model_validate(split.model_dump()) == split
    assert Household.model_validate_json(split.model_dump_json()) == split


def test_what_is_taken_out_of_a_kept_lot_is_kept():
    made = home(various(), trades=[bought(120, 200)])
    kept = made.with_({"restrictions": [{"rule": "keep", "account": "joint", "lot": "pool"}]})
    assert len(kept.restrictions) == 1  # it was split before
    fields = home(various()).model_dump() | {"recent_trades": [bought(120, 200)]}
    fields["restrictions"] = [{"rule": "keep", "account": "joint", "lot": "pool"}]
    kept = Household.model_validate(fields)
    assert [each.lot for each in kept.restrictions] == ["pool", f"pool {TODAY - timedelta(200)}"]
    assert set(build_problem(kept, Policy()).lots.blocked[:2]) == {"R2"}


def test_at_average_cost_the_shares_without_a_date_are_sold_first():
    """Reg. 1.1012-1(e)(7): the shares first acquired are the first sold."""
    split = home(various(), trades=[bought(120, 200)], average_cost=["A"])
    young = f"pool {TODAY - timedelta(200)}"
    assert rules(split, plan_of(split, Order("joint", "A", "sell", 10, young))) == {"lot"}
    both = Order("joint", "A", "sell", 380, "pool"), Order("joint", "A", "sell", 10, young)
    assert rules(split, plan_of(split, *both)) == set()


def test_a_recent_purchase_in_it_keeps_its_loss_from_being_harvested():
    """The 30 shares of 20 days ago may be in the lot, and would replace 30 shares of its loss (IRC 1091)."""
    loss = various(basis=150)
    assert sum(trade.gain or 0 for trade in solved(home(loss)).trades) == pytest.approx(-25_000, abs=1)
    split = home(loss, trades=[bought(30, 20)])
    assert {*build_problem(split, Policy()).lots.blocked[:2]} == {"W6", ""}
    only = plan_of(split, Order("joint", "A", "sell", 470, "pool"))
    assert "wash_sale" in rules(split, only)


def test_with_priced_wash_sales_shares_without_a_date_are_the_first_acquired():
    """60 shares that the ira buys replace 60 of the first 500 sold at a loss (Reg. 1.1091-1(b)), which have no date."""
    lots = various("z", basis=150), lot("a", "A", 30_000, basis=120, days=2000)
    coming = [{"account": "ira", "symbol": "A", "date": TODAY + timedelta(5), "quantity": 60}]
    asked = home(*lots).with_({"scheduled_buys": coming})
    plan = solve(asked, Policy(wash_sales="price"), gap_bp=0.0)
    assert audit(asked, plan) == []
    [lost] = [each for each in plan.loss_statuses if each.state == "lost"]
    assert (lost.lot, lost.quantity) == ("z", 60)


# -- basis -------------------------------------------------------------------------------------------------------------


def unknown(name="gone", dollars=50_000, **changes):
    return lot(name, "A", dollars) | {"basis_per_share": None} | changes


def test_a_lot_without_a_basis_is_kept_and_said_so():
    pay = home(unknown(), lot("a", "A", 20_000), withdrawal=30_000)
    plan = solve(pay)
    assert audit(pay, plan) == []
    assert [row.lot for row in plan.blocked] == ["gone"]
    assert plan.blocked[0].rule == "basis_unknown"
    assert "until its basis_per_share is given" in plan.blocked[0].text
    assert [(row.rule, row.where, row.amount) for row in plan.violations] == [("minimum_cash", "joint", 10_000.0)]
    assert "the basis of joint/gone is not known" in plan.violations[0].conflicts
    assert all(trade.lot != "gone" for plan in (plan, route(pay)) for trade in plan.trades)


def test_a_sale_of_a_lot_without_a_basis_is_caught():
    kept = home(unknown())
    assert "basis" in rules(kept, plan_of(kept, Order("joint", "A", "sell", 10, "gone")))


def test_a_sheltered_lot_needs_no_basis():
    free = household(joint(lot("a", "A", 50_000)), ira(lot("c", "BOND", 50_000) | {"basis_per_share": None}))
    assert "T2" not in {*build_problem(free, Policy()).lots.blocked}


def test_a_lot_without_a_basis_needs_no_date():
    assert build_problem(home(unknown(acquired=None)), Policy()).lots.blocked[0] == "T2"


def test_at_average_cost_one_lot_without_a_basis_keeps_all():
    pooled = home(unknown("old"), lot("new", "A", 20_000), average_cost=["A"], withdrawal=10_000)
    assert [*build_problem(pooled, Policy()).lots.blocked[:2]] == ["T2", "T2"]
    texts = {row.lot: row.text for row in solve(pooled).blocked}
    assert "old has none" in texts["new"]
    assert "basis" in rules(pooled, plan_of(pooled, Order("joint", "A", "sell", 10, "new")))


def test_what_follows_it_in_a_sale_queue_waits():
    queued = home(unknown("old"), lot("new", "A", 20_000, days=500), accounting_method="fifo")
    assert [*build_problem(queued, Policy()).lots.blocked[:2]] == ["T2", "M3"]


@pytest.mark.parametrize("seed", range(4))
def test_the_oracle_agrees(seed):
    lots = various(basis=60), unknown("gone", 10_000), lot("b", "BOND", 10_000, basis=120)
    trades = [bought(40 + seed, (10, 100, 300, 400)[seed])]
    asked = home(*lots, trades=trades, withdrawal=12_000, average_cost=[(), ("A",)][seed % 2])
    assert verify(asked).findings == []
