"""Orders, whole shares, restrictions, the order of lots and fees, without a solver: rows kept, rows broken, dollars."""

import numpy as np
import pytest
from block_cases import POLICY, booked, broken, columns_like, household, ledger_of, lot, point, program_of, trade, upper

from lotroute.models import Policy
from lotroute.solver.formulation.blocks.orders import Orders
from lotroute.solver.formulation.problem import build_problem

# -- orders ------------------------------------------------------------------------------------------------------------


def minimum_trade(amount, price=None):
    return Policy(limits={"minimum_trade": {"amount": amount, "price": price}})


def test_orders_are_counted_only_where_something_asks_for_it():
    assert columns_like(program_of(household(), "orders"), "f[") == []
    fees = program_of(household(joint={"commission": 5}), "orders")
    assert columns_like(fees, "f[") == ["f[joint/A sell]", "f[joint/A buy]", "f[joint/B buy]"]
    for policy in (minimum_trade(100), Policy(limits={"trades": 3})):
        everywhere = columns_like(program_of(household(), "orders", policy=policy), "f[")
        assert everywhere[-3:] == ["f[joint/B buy]", "f[ira/A buy]", "f[ira/B buy]"]


def test_nothing_is_traded_without_an_order():
    program = program_of(household(joint={"commission": 5}), "orders")
    sale, purchase = {"sell[joint/a]": 10_000}, {"buy[joint/B]": 500}
    assert broken(program, sale | purchase) == ["O1[joint/B]", "O1[joint/a]"]
    assert broken(program, sale | purchase | {"f[joint/A sell]": 1, "f[joint/B buy]": 1}) == []
    assert broken(program, sale | {"f[joint/A sell]": 0.9}) == ["O1[joint/a]", "f[joint/A sell]"]
    assert broken(program, {"sell[ira/b]": 100}) == []


def test_a_purchase_is_one_order_up_to_all_that_the_account_can_spend():
    program = program_of(household(joint={"commission": 5}), "orders")
    most = upper(program, "buy[joint/B]")
    assert broken(program, {"buy[joint/B]": most, "f[joint/B buy]": 1}) == []


def test_the_lots_of_a_security_are_one_order():
    program = program_of(household([lot("a"), lot("c")], joint={"commission": 5}), "orders")
    assert broken(program, {"sell[joint/a]": 1, "sell[joint/c]": 1, "f[joint/A sell]": 1}) == []
    assert broken(program, {"sell[joint/a]": 1, "sell[joint/c]": 1}) == ["O1[joint/a]", "O1[joint/c]"]


def test_an_order_costs_its_commission_once():
    home = household([lot("a"), lot("c")], joint={"commission": 5})
    program = program_of(home, "orders", "cash")
    traded = {"sell[joint/a]": 5000, "sell[joint/c]": 1000, "buy[joint/B]": 3000}
    placed = traded | {"f[joint/A sell]": 1, "f[joint/B buy]": 1}
    ledger = ledger_of(home, "sell joint/a 50", "sell joint/c 10", "buy joint/B 30")
    assert program.part("trading", point(program, placed)) == pytest.approx(0.01 * 6000 + 0.02 * 3000 + 2 * 5)
    assert program.part("trading", point(program, placed)) == pytest.approx(float(ledger.parts["trading"]))
    left = 1000 + 0.99 * 6000 - 1.02 * 3000 - 2 * 5
    assert float(ledger.cash["joint"]) == pytest.approx(left)
    assert broken(program, placed | {"cash[joint]": left}) == []
    assert broken(program, placed | {"cash[joint]": left + 5}) == ["C1[joint]"]


def test_an_order_below_the_minimum_trade_is_refused():
    program = program_of(household(), "orders", policy=minimum_trade(500))
    for traded, placed, row in (
        ("sell[joint/a]", "f[joint/A sell]", "O2[joint/A sell]"),
        ("buy[joint/B]", "f[joint/B buy]", "O2[joint/B buy]"),
    ):
        assert broken(program, {traded: 500, placed: 1}) == []
        assert broken(program, {traded: 499.99, placed: 1}) == [row]
        assert broken(program, {}) == []


def test_the_lots_of_an_order_make_the_minimum_together():
    program = program_of(household([lot("a"), lot("c")]), "orders", policy=minimum_trade(500))
    assert broken(program, {"sell[joint/a]": 200, "sell[joint/c]": 300, "f[joint/A sell]": 1}) == []


def test_no_order_is_placed_for_less_than_a_dollar_where_it_costs_something():
    program = program_of(household(joint={"commission": 5}), "orders")
    assert broken(program, {"sell[joint/a]": 1, "f[joint/A sell]": 1}) == []
    assert broken(program, {"sell[joint/a]": 0.9, "f[joint/A sell]": 1}) == ["O2[joint/A sell]"]


def test_a_security_is_sold_or_bought_in_an_account_where_orders_are_counted():
    both = {"sell[joint/a]": 500, "buy[joint/A]": 500, "f[joint/A sell]": 1, "f[joint/A buy]": 1}
    elsewhere = {"sell[joint/a]": 500, "f[joint/A sell]": 1, "buy[ira/A]": 500, "f[ira/A buy]": 1}
    program = program_of(household(), "orders", policy=minimum_trade(100))
    assert broken(program, both) == ["O3[joint/A]"]
    assert broken(program, elsewhere) == []
    assert broken(program_of(household(), "orders"), {"sell[joint/a]": 500, "buy[joint/A]": 500}) == []


def test_all_of_a_small_position_may_be_sold():
    program = program_of(household([lot("a", quantity=10)]), "orders", policy=minimum_trade(5000))
    assert broken(program, {"sell[joint/a]": 1000, "f[joint/A sell]": 1}) == []
    assert broken(program, {"sell[joint/a]": 999.99, "f[joint/A sell]": 1}) == ["O2[joint/A sell]"]


def test_a_position_of_which_a_lot_may_not_be_sold_is_not_all_sold():
    keep = {"rule": "keep", "account": "joint", "lot": "kept"}
    home = household([lot("a", quantity=10), lot("kept", quantity=5)], restrictions=[keep])
    program = program_of(home, "orders", policy=minimum_trade(5000))
    assert broken(program, {"sell[joint/a]": 1000, "f[joint/A sell]": 1}) == ["O2[joint/A sell]"]


def test_a_soft_minimum_is_priced_by_what_is_missing():
    home, policy = household(), minimum_trade(500, price=0.25)
    program = program_of(home, "orders", policy=policy)
    sold = {"sell[joint/a]": 200, "f[joint/A sell]": 1}
    assert broken(program, sold) == ["O2[joint/A sell]"]
    short = sold | {"short[joint/A sell]": 300}
    assert broken(program, short) == []
    assert program.part("limits", point(program, short)) == pytest.approx(0.25 * 300)
    assert float(ledger_of(home, "sell joint/a 2", policy=policy).parts["limits"]) == pytest.approx(0.25 * 300)


def test_what_a_small_position_falls_short_of_is_itself():
    home, policy = household([lot("a", quantity=10)]), minimum_trade(5000, price=0.25)
    program = program_of(home, "orders", policy=policy)
    short = {"sell[joint/a]": 900, "f[joint/A sell]": 1, "short[joint/A sell]": 100}
    assert broken(program, short) == []
    priced = program.part("limits", point(program, short))
    assert float(ledger_of(home, "sell joint/a 9", policy=policy).parts["limits"]) == pytest.approx(priced)


# -- whole shares ------------------------------------------------------------------------------------------------------


def test_whole_shares_are_sold():
    program = program_of(household([lot("a", quantity=10)], joint={"whole_shares": True}), "shares")
    assert columns_like(program, "n[", "fraction[") == ["n[joint/a]", "n[joint/A]", "n[joint/B]"]
    assert broken(program, {"sell[joint/a]": 300, "n[joint/a]": 3}) == []
    assert broken(program, {"sell[joint/a]": 350, "n[joint/a]": 3}) == ["Q1[joint/a]"]
    assert broken(program, {"sell[joint/a]": 350, "n[joint/a]": 3.5}) == ["n[joint/a]"]


def test_the_fraction_of_a_share_goes_with_the_whole_lot_only():
    program = program_of(household([lot("a", quantity=10.25)], joint={"whole_shares": True}), "shares")
    assert broken(program, {"sell[joint/a]": 1025, "n[joint/a]": 10, "fraction[joint/a]": 1}) == []
    assert broken(program, {"sell[joint/a]": 1000, "n[joint/a]": 10}) == []
    assert broken(program, {"sell[joint/a]": 925, "n[joint/a]": 9, "fraction[joint/a]": 1}) == ["Q2[joint/a]"]
    assert broken(program, {"sell[joint/a]": 1025, "n[joint/a]": 10}) == ["Q1[joint/a]"]


def test_whole_shares_are_bought():
    program = program_of(household(joint={"whole_shares": True}), "shares")
    assert broken(program, {"buy[joint/B]": 900, "n[joint/B]": 9}) == []
    assert broken(program, {"buy[joint/B]": 950, "n[joint/B]": 9}) == ["Q3[joint/B]"]
    assert broken(program, {"buy[joint/B]": 950, "n[joint/B]": 9.5}) == ["n[joint/B]"]


def test_an_account_without_whole_shares_trades_parts_of_them():
    program = program_of(household(joint={"whole_shares": True}), "shares")
    assert broken(program, {"sell[ira/b]": 33.33, "buy[ira/A]": 22.22}) == []


# -- restrictions ------------------------------------------------------------------------------------------------------


def restricted(rule, symbol="A", account=None, lots=None, **changes):
    asked = {"rule": rule, "symbol": symbol, "account": account}
    return program_of(household(lots, restrictions=[asked], **changes), "blocked", "wash")


def test_what_may_not_be_sold_is_blocked_where_it_is_asked():
    assert broken(restricted("no_sell"), {"sell[joint/a]": 1}) == ["R1[joint/a]"]
    assert broken(restricted("no_sell", account="joint"), {"sell[joint/a]": 1}) == ["R1[joint/a]"]
    assert broken(restricted("no_sell", account="ira"), {"sell[joint/a]": 1, "z[A]": 1}) == []
    assert broken(restricted("no_sell", symbol="B"), {"sell[joint/a]": 1, "sell[ira/b]": 1, "z[A]": 1}) == ["R1[ira/b]"]


def test_a_lot_that_is_kept_is_blocked_and_no_other():
    keep = {"rule": "keep", "account": "joint", "lot": "a"}
    program = program_of(household([lot("a"), lot("c")], restrictions=[keep]), "blocked", "wash")
    assert broken(program, {"sell[joint/a]": 1, "sell[joint/c]": 1, "z[A]": 1}) == ["R2[joint/a]"]


@pytest.mark.parametrize("rule", ["no_buy", "do_not_hold"])
def test_what_may_not_be_bought_is_blocked_where_it_is_asked(rule):
    purchases = {"buy[joint/A]": 1, "buy[ira/A]": 1, "buy[ira/B]": 1}
    sold = {"sell[joint/a]": 10_000}
    everywhere = restricted(rule, lots=[lot("a", basis=50)])
    assert broken(everywhere, sold | purchases) == ["R3[ira/A]", "R3[joint/A]"]
    here = restricted(rule, account="ira", lots=[lot("a", basis=50)])
    assert broken(here, sold | purchases) == ["R3[ira/A]"]


def test_a_name_that_left_its_index_is_not_bought():
    left = [{"symbol": "A", "weight": 0}]
    program = program_of(household([], security_targets=left), "blocked")
    assert broken(program, {"buy[joint/A]": 1, "buy[ira/A]": 1}) == ["R3[ira/A]", "R3[joint/A]"]


def test_what_may_not_be_held_is_sold_out():
    program = restricted("do_not_hold", lots=[lot("a", basis=50), lot("c", basis=50)])
    assert broken(program, {"sell[joint/a]": 10_000, "sell[joint/c]": 10_000}) == []
    assert broken(program, {"sell[joint/a]": 10_000, "sell[joint/c]": 9999}) == ["R4[joint/c]"]
    program.allow_shortfalls()
    shortfall = {"sell[joint/a]": 10_000, "sell[joint/c]": 9999, "shortfall[R4[joint/c]]": 1}
    assert broken(program, shortfall) == []
    assert program.shortfall(point(program, shortfall)) == 1


def test_what_may_not_be_held_stays_where_another_rule_closes_it():
    program = restricted("do_not_hold", recent_trades=[trade("buy", 3)])
    assert broken(program, {}) == []
    assert broken(program, {"sell[joint/a]": 1}) == ["W1[joint/a]"]


# -- the order of lots -------------------------------------------------------------------------------------------------

THREE = [lot("middle", basis=70, days=600), lot("old", basis=50, days=900), lot("new", basis=60, days=400)]


@pytest.mark.parametrize(
    ("method", "order"), [("fifo", "old middle new"), ("lifo", "new middle old"), ("hifo", "middle new old")]
)
def test_lots_are_sold_in_the_order_that_the_account_demands(method, order):
    program = program_of(household(THREE, joint={"accounting_method": method}), "methods")
    first, second, third = order.split()
    done, next_done = f"sold_out[joint/{first}]", f"sold_out[joint/{second}]"
    all_of_one = {f"sell[joint/{first}]": 10_000}
    assert broken(program, {f"sell[joint/{first}]": 1}) == []
    assert broken(program, all_of_one | {done: 1, f"sell[joint/{second}]": 1}) == []
    assert broken(program, all_of_one | {f"sell[joint/{second}]": 1}) == [f"M2[joint/{second}]"]
    assert broken(program, {f"sell[joint/{first}]": 9999, done: 1}) == [f"M1[joint/{first}]"]
    skipped = all_of_one | {done: 1, f"sell[joint/{third}]": 1}
    assert broken(program, skipped) == [f"M2[joint/{third}]"]
    assert broken(program, skipped | {next_done: 1}) == [f"M1[joint/{second}]"]


def test_any_lot_may_be_chosen_where_none_is_demanded():
    program = program_of(household(THREE), "methods")
    assert columns_like(program, "sold_out[") == []
    assert broken(program, {"sell[joint/new]": 1}) == []


def test_securities_stand_in_lines_of_their_own():
    lots = lot("a"), lot("b1", "B"), lot("b2", "B", basis=50, days=900)
    home = household(list(lots), joint={"accounting_method": "fifo"})
    assert columns_like(program_of(home, "methods"), "sold_out[") == ["sold_out[joint/b1]"]


def test_lots_of_one_day_stand_as_they_are_listed_and_undated_ones_first():
    undated = {"id": "undated", "symbol": "B", "quantity": 1}
    ira = {"accounting_method": "fifo", "lots": [lot("x", "B", days=9), lot("y", "B", days=9), undated]}
    assert build_problem(household(ira=ira), POLICY).lots.predecessor.tolist() == [-1, 3, 1, -1]


def test_lots_that_are_equal_to_every_dollar_need_no_row_between_them():
    """Two lots have the same basis and term and a third lot is behind them: it waits for both, in whichever order."""
    lots = [lot("one", basis=50, days=900), lot("two", basis=50, days=800), lot("last", basis=60, days=700)]
    program = program_of(household(lots, joint={"accounting_method": "fifo"}), "methods")
    assert columns_like(program, "sold_out[") == ["sold_out[joint/two]"]
    assert broken(program, {"sell[joint/two]": 1}) == []
    both = {"sell[joint/one]": 10_000, "sell[joint/two]": 10_000, "sold_out[joint/two]": 1}
    assert broken(program, both | {"sell[joint/last]": 1}) == []
    assert broken(program, both | {"sell[joint/last]": 1, "sell[joint/one]": 9999}) == ["M1[joint/one]"]
    assert broken(program, both | {"sell[joint/last]": 1, "sold_out[joint/two]": 0}) == ["M2[joint/last]"]


def test_whole_shares_of_interchangeable_lots_are_counted_together():
    lots = [lot("one", basis=50, days=900, quantity=3), lot("two", basis=50, days=800, quantity=4)]
    program = program_of(household(lots, joint={"whole_shares": True}), "shares")
    assert columns_like(program, "n[joint/o", "n[joint/t") == ["n[joint/one]"]
    assert broken(program, {"sell[joint/one]": 250, "sell[joint/two]": 350, "n[joint/one]": 6}) == []
    assert broken(program, {"sell[joint/one]": 250, "sell[joint/two]": 300, "n[joint/one]": 6}) == ["Q1[joint/one]"]


def test_nothing_is_sold_behind_a_lot_that_may_not_be_sold():
    keep = {"rule": "keep", "account": "joint", "lot": "middle"}
    home = household(THREE, joint={"accounting_method": "fifo"}, restrictions=[keep])
    program = program_of(home, "methods", "blocked")
    assert broken(program, {"sell[joint/old]": 10_000}) == []
    sold = {"sell[joint/old]": 10_000, "sell[joint/new]": 1}
    assert broken(program, sold) == ["M3[joint/new]"]
    assert broken(program, sold | {"sell[joint/middle]": 1}) == ["M3[joint/new]", "R2[joint/middle]"]


def test_a_security_at_average_cost_has_the_gain_of_its_pool_and_stands_in_a_line():
    """100 shares at 50 and 300 at 90 average 80; at 99 net of a price of 100, a dollar sold has a gain of 0.19."""
    lots = [lot("new", basis=90, days=500, quantity=300), lot("old", basis=50, days=900)]
    home = household(lots, joint={"average_cost": ["A"], "accounting_method": "hifo"})
    problem, program = build_problem(home, POLICY), program_of(home, "methods", "tax", "later")
    assert problem.lots.gain[:2] == pytest.approx([0.19, 0.19])
    assert problem.lots.predecessor[:2].tolist() == [1, -1]
    sold = booked(program, 0, 190, {"sell[joint/old]": 1000})
    assert broken(program, sold) == []
    ledger = ledger_of(home, "sell joint/old 10")
    assert float(ledger.postings[0].gain) == 190
    for part in ("tax", "later"):
        assert program.part(part, point(program, sold)) == pytest.approx(float(ledger.parts[part]))


# -- redemption fees ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "fee"), [(59, 0.03), (60, 0)])
def test_a_redemption_fee_is_paid_on_young_lots_out_of_the_proceeds_and_the_gain(days, fee):
    home = household([lot("a", basis=50, days=days)], a={"redemption_fee": 0.03, "redemption_days": 60})
    program = program_of(home, "cash", "tax")
    gain = 1 - 0.01 - fee - 0.5
    sold = {"sell[joint/a]": 1000, "cash[joint]": 1000 + 1000 * (0.99 - fee)}
    sold |= booked(program, 1000 * gain, 0, {})
    assert broken(program, sold) == []
    ledger = ledger_of(home, "sell joint/a 10")
    assert program.part("trading", point(program, sold)) == pytest.approx(1000 * (0.01 + fee))
    assert program.part("trading", point(program, sold)) == pytest.approx(float(ledger.parts["trading"]))
    assert float(ledger.postings[0].gain) == pytest.approx(1000 * gain)


def test_a_sheltered_lot_without_a_date_pays_no_redemption_fee():
    fee = {"redemption_fee": 0.03, "redemption_days": 60}
    undated, young = ({"id": "b", "symbol": "B", "quantity": 100}, lot("b", "B", days=5))
    for held, cost in ((undated, 0.02), (young, 0.05)):
        program = program_of(household(ira={"lots": [held]}, b=fee))
        assert program.part("trading", point(program, {"sell[ira/b]": 100})) == pytest.approx(100 * cost)


def test_trades_without_their_order_are_left_out():
    columns = np.array([5, 6, 7])
    orders = Orders(
        columns, np.zeros(3, int), columns[:0], (np.array([0, 2]), columns[[0, 0]]), (np.array([1]), columns[2:])
    )
    sold, bought = np.array([1.0, 0.02, 3.0]), np.array([4.0, 0.02])
    for placed, left in (((1, 0, 0), ([1, 0.02, 3], [4, 0])), ((1e-9, 0, 1), ([0, 0.02, 0], [4, 0.02]))):
        values = np.zeros(9)
        values[columns] = placed
        found = orders.placed_only(values, sold, bought)
        assert [each.tolist() for each in found] == [*left]
    assert sold.tolist() == [1.0, 0.02, 3.0]
