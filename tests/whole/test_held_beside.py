"""Options and short positions held beside: which shares they hold, what they mean for wash sales, never traded."""

from datetime import timedelta

import pytest
from audit_cases import plan_of, rules
from feature_cases import ANYTHING, TODAY, fund, household, ira, joint, lot, solved

from lotroute.models import Household, InputError, Policy
from lotroute.solver import audit, route, solve
from lotroute.solver.accounting.orders import Order
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.runs.verification import verify

BOND = fund("BOND", "bond", identity_group="BOND")
FUNDS = (fund("A", identity_group="A"), fund("B", identity_group="B"), BOND)


def held(kind, shares=100, days=None, *, account="joint", symbol="A"):
    opened = {} if days is None else {"opened": TODAY - timedelta(days)}
    return {"account": account, "symbol": symbol, "kind": kind, "quantity": shares} | opened


def covered(days, **result):
    day = TODAY - timedelta(days)
    return {"account": "joint", "symbol": "A", "side": "cover", "date": day, "quantity": 50} | result


def home(*beside, lots=None, trades=(), targets=ANYTHING, **changes):
    """joint holds 300 shares of A at a loss of 30 and 100 at a gain of 40; an ira has bonds."""
    own = lots or [lot("loss", "A", 30_000, basis=130), lot("gain", "A", 10_000, basis=60)]
    others = ira(lot("c", "BOND", 50_000))
    place = {"funds": FUNDS, "targets": targets, "held_beside": beside, "recent_trades": trades}
    return household(joint(*own, **changes), others, **place)


def blocked(home, policy=None):
    lots = build_problem(home, policy or Policy()).lots
    return dict(zip(lots.label.tolist(), lots.blocked.tolist(), strict=True))


def sold(plan, account="joint"):
    return {trade.lot: trade.quantity for trade in plan.trades if (trade.account, trade.side) == (account, "sell")}


# -- written calls -----------------------------------------------------------------------------------------------------


def test_a_written_call_holds_the_shares_with_the_lowest_basis():
    made = home(held("short_call", 150))
    shares = {lot.id: lot.quantity for lot in made.account["joint"].lots}
    assert shares == {"loss": 250, "loss covered": 50, "gain": 100}
    assert blocked(made) == {"joint/loss": "", "joint/loss covered": "R6", "joint/gain": "R6", "ira/c": ""}
    plan = solved(made)
    assert sold(plan) == {"loss": 250}  # harvested; what covers the call stays
    rows = {row.lot: row for row in plan.blocked}
    assert {name: row.rule for name, row in rows.items()} == {"loss covered": "covered_call", "gain": "covered_call"}
    assert "covers a call written on A" in rows["gain"].text
    assert verify(made).findings == []


@pytest.mark.parametrize(
    ("method", "expected"),
    [("fifo", {"old": 100, "new": 150, "new covered": 50}), ("lifo", {"old": 50, "old covered": 50, "new": 200})],
)
def test_in_a_sale_queue_it_holds_the_back(method, expected):
    lots = [lot("old", "A", 10_000, basis=90, days=900), lot("new", "A", 20_000, basis=80, days=500)]
    made = home(held("short_call", 50), lots=lots, accounting_method=method)
    assert {lot.id: lot.quantity for lot in made.account["joint"].lots} == expected
    rules_of = blocked(made)
    assert [name for name, rule in rules_of.items() if rule] == [f"joint/{name}" for name in expected if "cov" in name]
    assert verify(made).findings == []


def test_the_parts_of_a_divided_lot_are_of_one_order():
    """Rev. Rul. 56-602: the rest of an order does not replace what is sold of it, so 250 shares are harvested."""
    made = home(held("short_call", 50), lots=[lot("new", "A", 30_000, basis=130, days=10)])
    assert len({each.order for each in made.account["joint"].lots}) == 1
    assert sold(solved(made)) == {"new": 250}


def test_calls_beyond_the_shares_hold_all_and_no_more():
    made = home(held("short_call", 5_000), held("short_call", 100, account="ira", symbol="A"))
    assert {rule for name, rule in blocked(made).items() if "joint" in name} == {"R6"}
    assert blocked(made)["ira/c"] == ""


def test_a_sale_of_shares_that_cover_a_call_is_caught():
    made = home(held("short_call", 50))
    for name in ("gain", "gain covered"):
        found = rules(made, plan_of(made, Order("joint", "A", "sell", 1.0, name)))
        assert ("restriction" in found) == (name == "gain covered")


def test_a_household_with_a_divided_lot_reads_the_same_again():
    made = home(held("short_call", 50), held("long_call", 100, 10))
    assert Household.model_validate(made.model_dump()) == made
    kept = [{"rule": "keep", "account": "joint", "lot": "loss"}]
    whole = home(held("short_call", 150)).model_copy(update={"held_beside": ()})
    assert len(whole.restrictions) == 0
    asked = household(
        joint(lot("loss", "A", 30_000, basis=130)), funds=FUNDS, targets=ANYTHING, restrictions=kept,
        held_beside=[held("short_call", 150)],
    )  # fmt: skip
    assert [each.lot for each in asked.restrictions] == ["loss", "loss covered"]


# -- wash sales --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "washed"), [(0, True), (30, True), (31, False), (None, False)])
def test_a_call_bought_within_thirty_days_would_replace_a_loss(days, washed):
    made = home(held("long_call", 300, days))
    assert (blocked(made)["joint/loss"] == "W1") == washed
    assert ("wash_sale" in rules(made, plan_of(made, Order("joint", "A", "sell", 10.0, "loss")))) == washed
    assert verify(made).findings == []


def test_a_call_that_the_trades_list_too_counts_once():
    listed = {"account": "joint", "symbol": "A", "side": "option", "date": TODAY - timedelta(10), "quantity": 100}
    assert len(home(held("long_call", 100, 10), trades=[listed]).recent_trades) == 1
    both = home(held("long_call", 300, 10), trades=[listed]).recent_trades
    assert [trade.quantity for trade in both] == [100, 200]


@pytest.mark.parametrize(
    ("trade", "rule"),
    [
        (covered(30, gain=-200.0), "W12"),
        (covered(31, gain=-200.0), ""),
        (covered(10), "W12"),  # its result is not known
        (covered(10, gain=0.0), ""),
        (covered(10, gain=200.0), ""),
    ],
)
def test_the_loss_of_a_short_sale_just_closed_keeps_its_shares_from_being_sold(trade, rule):
    """IRC 1091(e): it would be disallowed by a sale of the same shares within 30 days, at a gain or a loss."""
    made = home(trades=[trade])
    assert {blocked(made)[name] for name in ("joint/loss", "joint/gain")} == {rule}
    found = rules(made, plan_of(made, Order("joint", "A", "sell", 10.0, "gain")))
    assert ("wash_sale" in found) == bool(rule)
    plan = solved(made)
    texts = [row for row in plan.blocked if "1091(e)" in row.text]
    assert len(texts) == (2 if rule else 0)
    assert all(row.until == trade["date"] + timedelta(31) for row in texts)
    assert verify(made).findings == []


def test_shares_bought_to_cover_replace_nothing():
    """They are delivered, so a loss is not washed by them; a purchase that is kept washes it."""
    assert blocked(home(trades=[covered(5, gain=300.0)]))["joint/loss"] == ""
    kept = covered(5, gain=300.0) | {"side": "buy", "gain": None}
    assert blocked(home(trades=[kept]))["joint/loss"] == "W1"


def test_a_written_put_is_warned_of_where_a_loss_is_sold():
    made = home(held("short_put", 100, 5))
    plan = solved(made)
    assert sold(plan)["loss"] == 300
    [warning] = [each for each in plan.warnings if "put written on A in joint" in each]
    assert "Rev. Rul. 85-87" in warning
    silent = plan.model_copy(update={"warnings": ()})
    assert "tax" in {finding.rule for finding in audit(made, silent)}
    assert not solve(home(held("short_put", 100, 5, symbol="BOND"))).warnings


# -- offsetting positions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["long_put", "short_sale"])
@pytest.mark.parametrize(("opened", "free"), [(100, True), (500, True), (700, False), (None, False)])
def test_an_offsetting_position_leaves_only_gains_that_were_long_term(kind, opened, free):
    """Bought 1000 days ago, shares were long-term 500 days ago and not 700 days ago (IRC 1233(b)); a loss may be
    deferred (IRC 1092).
    """
    made = home(held(kind, 100, opened, account="ira"))
    assert blocked(made)["joint/loss"] == "T3"
    assert blocked(made)["joint/gain"] == ("" if free else "T3")
    assert "holding" in rules(made, plan_of(made, Order("joint", "A", "sell", 10.0, "loss")))
    found = rules(made, plan_of(made, Order("joint", "A", "sell", 10.0, "gain")))
    assert ("holding" in found) == (not free)
    row = next(row for row in solve(made).blocked if row.lot == "loss")
    assert (row.rule, row.until) == ("offset", None)
    assert {"long_put": "a put on A in ira", "short_sale": "a short sale of A in ira"}[kind] in row.text
    assert verify(made).findings == []


def test_it_leaves_sheltered_accounts_and_other_groups_alone():
    lots = [lot("a", "A", 10_000, basis=130), lot("b", "B", 10_000, basis=130)]
    made = household(
        joint(*lots), ira(lot("c", "A", 10_000)), funds=FUNDS, targets=ANYTHING, held_beside=[held("long_put")]
    )
    assert blocked(made) == {"joint/a": "T3", "joint/b": "", "ira/c": ""}


# -- the household -----------------------------------------------------------------------------------------------------


def test_positions_have_no_part_in_the_value_and_are_not_traded():
    beside = [held(kind, 100, 40) for kind in ("long_call", "short_call", "short_put")]
    plain, with_them = solve(home()), solve(home(*beside))
    assert with_them.market_value == plain.market_value
    assert {trade.symbol for trade in with_them.trades} <= {"A", "B", "BOND"}
    assert all(trade.lot != "gain covered" for trade in route(home(*beside)).trades)


def test_tables_have_them(tmp_path):
    made = home(held("short_call", 50), held("long_put", 100, 40, account="ira"))
    made.save(tmp_path / "folder")
    assert Household.load(tmp_path / "folder") == made
    made.save(tmp_path / "home.json")
    assert Household.load(tmp_path / "home.json") == made


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"account": "x"}, "unknown account 'x'"),
        ({"symbol": "X"}, "unknown symbol 'X'"),
        ({"opened": TODAY + timedelta(1)}, "is after the trade date"),
        ({"kind": "call"}, "'call' is not one of"),
        ({"quantity": -1}, "quantity"),
    ],
)
def test_faults(change, message):
    with pytest.raises(InputError, match=message):
        home(held("long_put") | change)
