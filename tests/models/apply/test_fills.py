"""Fills: what was really bought and sold of a plan; parts, other prices, later days, and everything wrong with them."""

from datetime import timedelta
from types import SimpleNamespace

import pandas as pd
import pytest
from feature_cases import ANYTHING, SPREAD, TODAY, fund, household, ira, joint, lot

from lotroute.models import Fill, InputError, first_long_term_date
from lotroute.models.apply.after import apply
from lotroute.solver.accounting.orders import Order

HOME = household(
    joint(lot("old", basis=80), lot("new", basis=90, days=364), cash=500, commission=5),
    ira(cash=9_000),
    targets=ANYTHING,
)
ORDERS = [
    Order("joint", "A", "sell", 60.0, "old"),
    Order("joint", "A", "sell", 40.0, "new"),
    Order("joint", "B", "buy", 50.0),
    Order("ira", "BOND", "buy", 80.0),
]


def plan(*orders, home=HOME):
    return SimpleNamespace(transfers=(), household=home.id, trade_date=home.trade_date, trades=[*(orders or ORDERS)])


def after(*fills, home=HOME):
    return apply(home, plan(home=home), [*fills]).household


def row(account, symbol, side, quantity, **more):
    return {"account": account, "symbol": symbol, "side": side, "quantity": quantity} | more


SALE, BUY = row("joint", "A", "sell", 60, price=101), row("joint", "B", "buy", 20, price=99.5)


def lots(home, account="joint"):
    return {each.id: (each.quantity, each.basis_per_share) for each in home.account[account].lots}


def test_what_no_fill_names_was_not_filled():
    home = after(SALE, BUY)
    assert lots(home) == {"old": (40, 80), "new": (100, 90), f"B {TODAY}": (20, 99.5)}
    assert home.account["joint"].cash == 500 + 60 * 101 - 20 * 99.5 - 2 * 5
    assert home.account["ira"] == HOME.account["ira"]
    assert (home.taxpayer.realized_short, home.taxpayer.realized_long) == (0, 60 * 21)
    assert [(each.side, each.quantity, each.lot, each.gain) for each in home.recent_trades] == [
        ("sell", 60, "old", 1260),
        ("buy", 20, None, None),
    ]


def test_no_fill_leaves_the_household_as_it_was():
    assert after() == HOME


def test_without_a_price_it_is_the_household_s_with_its_spread():
    home = after(SALE | {"price": None}, BUY | {"price": None})
    assert home.account["joint"].cash == pytest.approx(500 + 6000 * (1 - SPREAD) - 2000 * (1 + SPREAD) - 10)
    assert lots(home)[f"B {TODAY}"] == (20, pytest.approx(100 * (1 + SPREAD)))


def test_an_order_filled_in_parts_pays_one_commission_and_makes_one_lot_a_day():
    later = {"date": TODAY + timedelta(1)}
    home = after(
        SALE | {"quantity": 25},
        SALE | {"quantity": 35, "price": 102},
        BUY,
        BUY | {"price": 98},
        BUY | {"quantity": 10} | later,
    )
    assert home.account["joint"].cash == 500 + 25 * 101 + 35 * 102 - 20 * (99.5 + 98) - 995 - 10
    assert lots(home)[f"B {TODAY}"] == (40, 98.75)
    assert lots(home)[f"B {TODAY + timedelta(1)}"] == (10, 99.5)
    assert home.taxpayer.realized_long == 25 * 21 + 35 * 22


def test_a_sale_without_a_lot_is_of_the_plan_s_lots_in_their_order():
    home = after(row("joint", "A", "sell", 70, price=100))
    assert lots(home) == {"old": (40, 80), "new": (90, 90)}
    assert (home.taxpayer.realized_long, home.taxpayer.realized_short) == (60 * 20, 10 * 10)


def test_another_lot_than_the_plan_s_may_have_been_sold():
    assert lots(after(row("joint", "A", "sell", 90, price=100, lot="new"))) == {"old": (100, 80), "new": (10, 90)}


def test_a_fill_is_paid_in_whole_cents_whatever_lots_it_is_of():
    home = after(row("joint", "A", "sell", 60.5, price=100.01))  # 60 of one lot, half a share of another: 6050.605
    assert home.account["joint"].cash == 500 + 6050.60 - 5


def test_days_count_for_the_term_and_for_the_next_trade_date():
    """The younger lot was short-term on the plan's day, and is long-term two days later."""
    assert first_long_term_date(TODAY - timedelta(364)) == TODAY + timedelta(2)
    home = after(row("joint", "A", "sell", 40, price=100, lot="new", date=TODAY + timedelta(2)))
    assert home.trade_date == TODAY + timedelta(2)
    assert (home.taxpayer.realized_short, home.taxpayer.realized_long) == (0, 400)
    assert home.recent_trades[0].date == TODAY + timedelta(2)


def test_days_count_for_redemption_fees():
    own = fund("A", identity_group="A", redemption_fee=0.01, redemption_days=365)
    home = HOME.with_({"securities": [own, *HOME.securities[1:]]})
    for days, fee in ((0, 0.01), (1, 0.0)):
        sold = row("joint", "A", "sell", 40, price=100, lot="new", date=TODAY + timedelta(days))
        assert after(sold, home=home).account["joint"].cash == 495 + 4000 * (1 - fee)


def test_a_loss_of_a_later_day_meets_the_purchase_of_an_earlier_one():
    """A fund is bought in the IRA as planned, and its loss in joint is filled the day after: the loss is lost."""
    home = household(joint(lot("old", basis=120)), ira(cash=9_000), targets=ANYTHING)
    orders = Order("joint", "A", "sell", 60.0, "old"), Order("ira", "A", "buy", 20.0)
    rows = row("ira", "A", "buy", 20), row("joint", "A", "sell", 60, price=100, date=TODAY + timedelta(1))
    found = apply(home, plan(*orders, home=home), rows).household
    assert found.taxpayer.realized_long == -20 * 40
    early = apply(
        home, plan(*orders, home=home), [rows[1] | {"date": TODAY}, rows[0] | {"date": TODAY + timedelta(31)}]
    )
    assert early.household.taxpayer.realized_long == -20 * 60


@pytest.mark.parametrize("how", ["rows", "records", "frame", "csv"])
def test_fills_come_as_rows_records_tables_and_files(how, tmp_path):
    rows = [SALE | {"side": "SELL"}, BUY | {"side": "Buy"}]
    frame = pd.DataFrame(rows).rename(columns=str.title)
    frame.to_csv(tmp_path / "fills.csv", index=False)
    given = {"rows": rows, "records": [Fill(**each) for each in rows], "frame": frame, "csv": tmp_path / "fills.csv"}[
        how
    ]
    assert apply(HOME, plan(), given).household == after(SALE, BUY)


FAULTS = {
    "fills[0].account: unknown account 'jiont'; did you mean 'joint'?": SALE | {"account": "jiont"},
    "fills[0].symbol: unknown security 'C'; known: A, B, BOND": SALE | {"symbol": "C"},
    "fills[0].lot: 'joint' holds no lot 'odl' of A; did you mean 'old'?": SALE | {"lot": "odl"},
    "fills[0].lot: a purchase is of no lot": BUY | {"lot": "old"},
    "fills[0].side: the plan sells A in 'joint', it does not buy it": SALE | {"side": "buy"},
    "fills[0].symbol: the plan does not sell B in 'ira'": row("ira", "B", "sell", 1),
    "fills[0].quantity: 101 shares are more than the plan sells, of which 100 are left": SALE | {"quantity": 101},
    "fills[0].quantity: 51 shares are more than the plan buys, of which 50 are left": BUY | {"quantity": 51},
    "fills[0].quantity: 0 is not more than 0": SALE | {"quantity": 0},
    "fills[0].price: -1 is not more than 0": SALE | {"price": -1},
    "fills[0].price: 0 is not more than 0": SALE | {"price": 0},
    f"fills[0].date: {TODAY - timedelta(1)} is before the plan's trade date, {TODAY}": SALE
    | {"date": TODAY - timedelta(1)},
    "fills[0].date: 2027-01-04 is in another tax year than the plan, 2026": SALE | {"date": "2027-01-04"},
    "fills[0].side: 'short' is not one of 'buy' or 'sell'": SALE | {"side": "short"},
    "fills[0].pirce: unknown field": SALE | {"pirce": 100},
    "fills[0].symbol: missing": {key: value for key, value in SALE.items() if key != "symbol"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named(fault):
    with pytest.raises(InputError) as error:
        after(FAULTS[fault])
    assert len(error.value.faults) == 1
    assert str(error.value.faults[0]).startswith(fault)


def test_all_faults_come_at_once_with_their_rows(tmp_path):
    pd.DataFrame([*FAULTS.values()])[["account", "symbol", "side", "quantity", "price", "lot", "date"]].to_csv(
        tmp_path / "fills.csv", index=False
    )
    with pytest.raises(InputError) as error:
        apply(HOME, plan(), tmp_path / "fills.csv")
    rows = [int(fault.place.rpartition(" ")[2]) for fault in error.value.faults]
    wrong = {number for number, each in enumerate(FAULTS.values(), 2) if "pirce" not in each}
    assert {*rows} == wrong
    assert rows == sorted(rows)
    assert all(fault.place.startswith("fills.csv, row ") for fault in error.value.faults)


def test_more_of_a_lot_than_it_holds_is_refused_even_if_the_plan_sells_as_much():
    with pytest.raises(InputError, match="60 shares are more than lot 'new' holds, 50"):
        after(*[row("joint", "A", "sell", each, lot="new", price=100) for each in (50, 60)], home=HOME.with_(
            {"accounts.joint.lots[1].quantity": 100}))  # fmt: skip


def test_a_fill_of_an_order_is_counted_once():
    with pytest.raises(InputError, match=r"fills\[1\].quantity: 45 shares are more than the plan buys, of which 30"):
        after(BUY, BUY | {"quantity": 45})


def test_a_plan_for_another_household_or_day_is_refused():
    for change in ({"id": "other"}, {"trade_date": TODAY + timedelta(1)}):
        with pytest.raises(InputError, match=r"plan\.(household|trade_date)"):
            apply(HOME.with_(change), plan())


def test_a_debit_that_nothing_covers_is_refused():
    home = household(joint(lot("a", dollars=100), cash=50), targets=ANYTHING)
    with pytest.raises(InputError, match=r"accounts.joint.cash: the debit of"):
        apply(home, plan(Order("joint", "B", "buy", 1000.0), home=home), [row("joint", "B", "buy", 1, price=1e6)])
