"""The household after a plan, worked out by hand: every price is $100."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from feature_cases import ANYTHING, FUNDS, SPREAD, TODAY, fund, household, ira, joint, lot
from window_cases import trade

from lotroute.models import Household, InputError, Policy
from lotroute.models.apply.after import apply
from lotroute.models.wash_sales.before_plan import BeforePlan
from lotroute.models.wash_sales.history import WashHistory
from lotroute.solver import audit, solve
from lotroute.solver.accounting.orders import Order
from lotroute.solver.api import no_trade

FREE = tuple(fund(each["symbol"], each["exposures"], identity_group=each["symbol"], half_spread=0.0) for each in FUNDS)
"""The funds without a spread, so that $100 is what a share costs and brings."""


def of(*accounts, **changes):
    return household(*accounts, funds=FREE, targets=ANYTHING, **changes)


def applied(home, *orders, fills=None):
    return apply(
        home, SimpleNamespace(transfers=(), household=home.id, trade_date=home.trade_date, trades=orders), fills
    )


def after(home, *orders):
    found = applied(home, *orders).household
    assert audit(found, no_trade(found, Policy(wash_sales="price"))) == []  # the audit reads it the same way
    return found


def sell(name, shares, symbol="A", account="joint"):
    return Order(account, symbol, "sell", float(shares), name)


def buy(shares, symbol="A", account="joint"):
    return Order(account, symbol, "buy", float(shares))


def rows(home, account="joint"):
    """By name: shares, basis per share, days since the purchase, days of the holding period, and the order."""
    return {
        each.id: (
            each.quantity,
            each.basis_per_share,
            (TODAY - each.acquired).days,
            (TODAY - (each.held_since or each.acquired)).days,
            each.order,
        )
        for each in home.account[account].lots
    }


NEW = f"A {TODAY}"


# -- what a wash sale leaves -------------------------------------------------------------------------------------------


def test_a_loss_goes_into_the_basis_of_what_replaces_it_with_its_days():
    """100 shares bought 400 days ago at $130 lose $3,000; 60 are replaced, which take $30 and 400 days each."""
    found = after(of(joint(lot("old", basis=130, days=400))), sell("old", 100), buy(60))
    assert rows(found) == {NEW: (60, 130, 0, 400, None)}
    assert found.taxpayer.realized_long == -40 * 30
    [sale, purchase] = found.recent_trades
    assert (sale.lot, sale.gain, sale.quantity) == ("old", -3000, 100)
    assert (purchase.side, purchase.quantity, purchase.gain) == ("buy", 60, None)


def test_a_purchase_larger_than_the_sale_is_split_and_stays_one_order():
    """Of 100 shares bought, the 40 that replace take the loss; the rest costs $100 and is held since today."""
    found = after(of(joint(lot("old", dollars=4_000, basis=130, days=400), cash=9_000)), sell("old", 40), buy(100))
    assert rows(found) == {NEW: (40, 130, 0, 400, NEW), f"{NEW}-2": (60, 100, 0, 0, NEW)}
    assert found.taxpayer.realized_long == 0


def test_a_recent_lot_that_replaces_is_split_and_keeps_its_day():
    """50 shares bought 10 days ago replace the first 50 of 80: 30 of them, because 20 were used by an earlier loss."""
    lots = lot("old", dollars=8_000, basis=130, days=400), lot("young", dollars=5_000, basis=90, days=10)
    home = of(joint(*lots, cash=50), recent_trades=[trade("A", "sell", 5, 20, gain=-100, lot="gone")])
    found = after(home, sell("old", 30))
    assert rows(found) == {
        "old": (50, 130, 400, 400, None),
        "young": (20, 90, 10, 10, "young"),
        "young-2": (30, 120, 10, 410, "young"),
    }
    assert found.taxpayer.realized_long == 0
    [tomorrow] = WashHistory(found).readings("A")
    assert not [each for each in tomorrow.held if each.replaces and each.lot.startswith("young")]  # all are used


def test_a_lot_that_is_kept_is_kept_in_all_its_parts():
    lots = lot("old", dollars=3_000, basis=130, days=400), lot("young", dollars=5_000, basis=90, days=10)
    kept = [{"rule": "keep", "account": "joint", "lot": "young"}, {"rule": "no_buy", "symbol": "BOND"}]
    found = after(of(joint(*lots), restrictions=kept), sell("old", 30))
    assert [(rule.rule, rule.lot) for rule in found.restrictions] == [
        ("keep", "young"),
        ("keep", "young-2"),
        ("no_buy", None),
    ]


def test_a_loss_replaced_in_an_ira_is_gone():
    found = after(of(joint(lot("old", basis=130)), ira(cash=9_000)), sell("old", 100), buy(30, account="ira"))
    assert rows(found, "ira") == {NEW: (30, 100, 0, 0, None)}
    assert found.taxpayer.realized_long == -70 * 30
    assert sum(each.quantity * each.basis_per_share for a in found.accounts for each in a.lots) == 3_000


def test_purchases_of_sheltered_accounts_replace_first():
    home = of(joint(lot("old", basis=130, days=400)), ira(cash=9_000))
    found = after(home, sell("old", 100), buy(60), buy(60, account="ira"))
    assert rows(found) == {NEW: (40, 130, 0, 400, NEW), f"{NEW}-2": (20, 100, 0, 0, NEW)}
    assert found.taxpayer.realized_long == 0


def test_a_loss_that_waits_for_a_scheduled_purchase_is_disallowed_and_said():
    coming = {"account": "joint", "symbol": "A", "date": TODAY + timedelta(9), "quantity": 10}
    home = of(joint(lot("old", dollars=4_000, basis=130, days=400)), scheduled_buys=[coming])
    found = applied(home, sell("old", 40))
    assert found.household.taxpayer.realized_long == -30 * 30
    [note] = found.notes
    assert note.startswith(f"$300.00 of the loss on A sold in joint on {TODAY} goes into the basis of A in joint")


def test_an_earlier_loss_that_the_plan_s_purchase_replaces_stays_where_it_is_and_is_said():
    """A scheduled purchase would have replaced it anyway; its term is not in the file."""
    sold = trade("A", "sell", 20, 5, gain=-10, lot="gone")
    coming = {"account": "joint", "symbol": "A", "date": TODAY + timedelta(5), "quantity": 5}
    found = applied(of(joint(cash=2_000), recent_trades=[sold], scheduled_buys=[coming]), buy(10))
    assert rows(found.household) == {NEW: (10, 100, 0, 0, None)}
    assert found.household.taxpayer == household(joint()).taxpayer
    [note] = found.notes
    assert "replaces shares sold at a loss in joint" in note
    assert "$10.00 belongs into the basis of that purchase" in note


# -- what tomorrow's windows need --------------------------------------------------------------------------------------


def test_the_rest_of_an_order_does_not_replace_the_part_that_was_sold_in_full():
    """Two lots of one order; one is sold at a loss in full. The other does not wash it, today or tomorrow."""
    lots = [lot(name, dollars=2_000, basis=130, days=10) | {"order": "one"} for name in ("a", "b")]
    found = after(of(joint(*lots)), sell("a", 20))
    assert rows(found) == {"a": (0, 130, 10, 10, "one"), "b": (20, 130, 10, 10, "one")}
    assert found.taxpayer.realized_short == -600
    assert "A" in BeforePlan(found).losses  # the loss still waits, so nothing of the group is bought
    long_ago = [each | {"acquired": TODAY - timedelta(900)} for each in lots]
    assert [*rows(after(of(joint(*long_ago)), sell("a", 20)))] == ["b"]


def test_a_sheltered_purchase_replaces_though_its_shares_are_sold():
    """The file has the purchase as a lot alone: once sold, only a recent trade can say that it was made."""
    home = of(
        joint(lot("old", dollars=4_000, basis=130)), ira(lot("young", dollars=2_000, days=10), lot("rest", "BOND"))
    )
    found = after(home, sell("young", 20, account="ira"))
    assert [(each.side, each.quantity, (TODAY - each.date).days) for each in found.recent_trades] == [
        ("buy", 20, 10),
        ("sell", 20, 0),
    ]
    later = found.with_(trade_date=TODAY + timedelta(1))
    blocked = {row.lot: row.until for row in solve(later).blocked if row.rule == "wash_sale"}
    assert blocked["old"] == TODAY - timedelta(10) + timedelta(31)


def test_purchases_that_the_file_lists_are_not_listed_twice():
    bought = trade("A", "buy", 10, 20, account="ira")
    found = after(
        of(joint(), ira(lot("young", dollars=2_000, days=10)), recent_trades=[bought]), sell("young", 5, account="ira")
    )
    assert [each.side for each in found.recent_trades] == ["buy", "sell"]


def test_a_loss_of_less_than_half_a_cent_is_a_loss_tomorrow():
    home = of(joint({"id": "a", "symbol": "A", "quantity": 1.0, "basis_per_share": 100.003, "acquired": "2020-01-02"}))
    found = after(home, sell("a", 1))
    assert (found.recent_trades[0].gain, found.taxpayer.realized_long) == (-0.003, 0)
    assert "A" in BeforePlan(found).losses


# -- average cost ------------------------------------------------------------------------------------------------------


def test_a_pool_has_one_basis_again_after_a_purchase():
    """100 at $80 and 100 at $120 average $100; 50 are sold at $100, 50 more are bought at $100.02."""
    lots = lot("a", basis=80, days=900), lot("b", basis=120, days=500)
    home = household(joint(*lots, average_cost=["A"], cash=6_000), targets=ANYTHING)
    found = after(home, sell("a", 50), buy(50))
    shares, paid = 200, 150 * 100 + 50 * 100 * (1 + SPREAD)
    assert {name: row[0] for name, row in rows(found).items()} == {"a": 50, "b": 100, NEW: 50}
    gain = 50 * (100 * (1 - SPREAD) - 100)
    assert found.taxpayer.realized_long == pytest.approx(0, abs=0.005)  # the loss of the spread is replaced
    assert [row[1] for row in rows(found).values()] == [pytest.approx((paid - gain) / shares, abs=1e-9)] * 3


def test_a_pool_that_only_sells_keeps_its_average():
    lots = lot("a", basis=60, days=900), lot("b", basis=100, days=500)
    found = after(of(joint(*lots, average_cost=["A"])), sell("a", 30))
    assert found.taxpayer.realized_long == 30 * 20
    assert {name: row[:2] for name, row in rows(found).items()} == {"a": (70, 80), "b": (100, 80)}


def test_a_pool_without_trades_stays_as_the_file_has_it():
    lots = lot("a", basis=60, days=900), lot("b", basis=90, days=500)
    home = of(joint(*lots, average_cost=["A"]), joint(lot("c", basis=80)) | {"id": "own"})
    assert after(home, sell("c", 10, account="own")).account["joint"] == home.account["joint"]


# -- money, the return, and days ---------------------------------------------------------------------------------------


def taxed(*accounts, **payer):
    known = {"filing_status": "single", "year": 2026, "ordinary_income": 90_000} | payer
    return of(*accounts, taxpayer=known, people=[{"id": "p", "born": "1950-01-01"}])


def test_money_that_came_in_and_went_out_has_moved():
    trad = {"id": "trad", "kind": "traditional", "lots": [lot("t", "BOND", 50_000)]}
    home = taxed(
        joint(lot("a", basis=60), contribution=3_000),
        trad | {"withdrawal": 4_000, "withdrawn": 1_500, "required_distribution": 5_000, "owner": "p"},
        ira(cash=100, contribution=700, contributed=300, roth_basis=2_000),
        short_carryforward=5_000,
    )
    found = after(home, sell("t", 40, "BOND", "trad"), sell("a", 10), buy(7, "B", "ira"))
    money = {each.id: (each.cash, each.contribution, each.withdrawal) for each in found.accounts}
    assert money == {"joint": (4_000, 0, 0), "trad": (0, 0, 0), "ira": (100, 0, 0)}
    assert (found.account["trad"].withdrawn, found.account["trad"].required_distribution) == (5_500, 1_000)
    assert (found.account["ira"].contributed, found.account["ira"].roth_basis) == (1_000, 2_700)
    assert found.taxpayer.other_income.traditional_withdrawal == 4_000
    assert (found.taxpayer.realized_long, found.taxpayer.short_carryforward) == (400, 5_000)
    assert found.filer == found.taxpayer


def test_a_withdrawal_from_a_roth_takes_contributions_first():
    found = after(taxed(joint(), ira(cash=5_000, withdrawal=3_000, roth_basis=2_000)))
    assert (found.account["ira"].roth_basis, found.account["ira"].withdrawn) == (0, 3_000)


def test_scheduled_buys_that_have_happened_are_recent_trades():
    buys = [
        {"account": "joint", "symbol": "A", "date": TODAY + timedelta(days), "quantity": days} for days in (2, 4, 6)
    ]
    home = of(joint(lot("a", basis=60)), scheduled_buys=buys)
    sold = {"account": "joint", "symbol": "A", "side": "sell", "quantity": 1, "date": TODAY + timedelta(4)}
    found = applied(home, sell("a", 10), fills=[sold])
    assert [buy.quantity for buy in found.household.scheduled_buys] == [4, 6]
    assert [(each.side, each.quantity) for each in found.household.recent_trades] == [("buy", 2), ("sell", 1)]
    assert any("scheduled in joint" in note for note in found.notes)
    unknown = home.with_({"scheduled_buys[0].quantity": None})
    with pytest.raises(InputError, match=r"scheduled_buys\[0\].quantity: it has happened by"):
        applied(unknown, sell("a", 10), fills=[sold])
    assert len(after(unknown, sell("a", 10)).scheduled_buys) == 3


def test_new_lots_have_names_of_their_own():
    held = lot(NEW, dollars=1_000, days=900)
    found = after(of(joint(held, cash=500)), buy(5))
    assert [*rows(found)] == [NEW, f"{NEW}-2"]


def test_a_gift_sold_at_another_price_than_planned_has_the_basis_of_that_price():
    """Given at $90, the giver's basis $110: at $100 neither gain nor loss, at $80 a loss of $10, at $120 a gain."""
    given = lot("gift", basis=110, days=900) | {
        "how_acquired": "gift", "gift_value_per_share": 90, "gift_date": TODAY - timedelta(100)}  # fmt: skip
    home = of(joint(given))
    for price, short, long in ((100, 0, 0), (80, -1_000, 0), (120, 0, 1_000)):
        sold = {"account": "joint", "symbol": "A", "side": "sell", "quantity": 100, "price": price}
        payer = applied(home, sell("gift", 100), fills=[sold]).household.taxpayer
        assert (payer.realized_short, payer.realized_long) == (short, long)


def test_the_household_after_survives_its_files(tmp_path):
    lots = lot("old", dollars=8_000, basis=130, days=400), lot("young", dollars=5_000, basis=90.37, days=10)
    found = after(of(joint(*lots, cash=5_000.55)), sell("old", 33.123457), buy(7.000001))
    for place in ("tables", "home.json"):
        found.save(tmp_path / place)
        assert Household.load(tmp_path / place) == found
