"""Order files: every share of every order is in its row, in its block and in its account's part of the block."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from order_cases import EVERY, columns, layout, order, rows_of, written

from lotroute.models import InputError
from lotroute.solver.runs.orders.files import write_orders
from lotroute.solver.runs.orders.layout import load_layout, shipped

QUANTITIES = st.decimals(min_value="0.000001", max_value="100000000", places=6, allow_nan=False)
NAMES = st.sampled_from(["a", "b", "c"])
ORDERS = st.lists(
    st.builds(
        lambda household, account, side, symbol, quantity, price, day: order(
            household, account, side, symbol, str(quantity), str(price), trade_date=day
        ),
        NAMES,
        NAMES,
        st.sampled_from(["buy", "sell"]),
        NAMES,
        QUANTITIES,
        st.decimals(min_value="0.01", max_value="9999", places=4, allow_nan=False),
        st.sampled_from([date(2026, 6, 15), date(2026, 6, 16)]),
    ),
    max_size=30,
)


def total(rows, *names):
    """Shares by the values of fields."""
    found = defaultdict(Decimal)
    for row in rows:
        found[tuple(row[name] for name in names)] += Decimal(row["quantity"])
    return dict(found)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ORDERS)
def test_no_share_is_lost_between_orders_blocks_and_allocations(tmp_path, orders):
    files = written(tmp_path, orders)
    assert len(files["orders"]) == len(orders)
    given_shares = defaultdict(Decimal)
    for each in orders:
        words = {"buy": "Buy", "sell": "Sell"}
        given_shares[f"{each.trade_date:%m/%d/%Y}", each.symbol, words[each.side]] += each.quantity
    block = "trade_date", "symbol", "side"
    assert total(files["orders"], *block) == total(files["block_orders"], *block) == dict(given_shares)
    assert total(files["allocations"], *block) == dict(given_shares)
    who = *block, "household", "account"
    assert total(files["orders"], *who) == total(files["allocations"], *who)
    assert len(files["block_orders"]) == len(given_shares)
    for row in files["block_orders"]:
        own = [each for each in files["allocations"] if each["block"] == row["block"]]
        assert {tuple(each[name] for name in block) for each in own} == {tuple(row[name] for name in block)}
        assert int(row["accounts"]) == len({(each["household"], each["account"]) for each in own}) == len(own)
        parts = [o.quantity * o.price for o in orders if (f"{o.trade_date:%m/%d/%Y}", o.symbol, words[o.side])
                 == tuple(row[name] for name in block)]  # fmt: skip
        assert abs(Decimal(row["amount"]) - sum(parts)) <= Decimal("0.005")


def test_rows_keep_the_order_of_the_plan_and_its_figures(tmp_path):
    sale = order(quantity="12.500000", price="341.20", gain=Decimal("-88.1"), term="short", proceeds=Decimal("4264.15"))
    bought = order(side="buy", symbol="BND", quantity="3", price="0.00001", proceeds=Decimal("-4000"))
    files = written(tmp_path, [sale, bought])
    assert files["orders"] == [
        dict(zip(EVERY["orders"], row, strict=True))
        for row in (
            ("h", "optimal", "06/15/2026", "joint", "Sell", "VTI", "12.5", "341.2", "4265.00", "a", "03/14/2019",
             "VSP 03/14/2019", "412.50", "4264.15", "-88.10", "short", "harvest"),
            ("h", "optimal", "06/15/2026", "joint", "Buy", "BND", "3", "0.00001", "0.00", "", "", "", "",
             "-4000.00", "", "", "harvest"),
        )
    ]  # fmt: skip


def test_a_layout_decides_columns_headers_words_and_dates(tmp_path):
    named = {
        "Txn": "side",
        "account": "account",
        "Ticker": "symbol",
        "Qty": "quantity",
        "Instruction": "versus_purchase",
    }
    rows = [{"header": header, "field": field} for header, field in named.items()]
    chosen = layout(dates="YY-MM-DD", sell="S", orders=rows)
    write_orders([order()], chosen, tmp_path)
    lines = (tmp_path / "orders.csv").read_text(encoding="utf-8").splitlines()
    assert lines == ["Txn,account,Ticker,Qty,Instruction", "S,joint,VTI,10,VSP 19-03-14"]


def test_a_lot_without_a_date_has_no_versus_purchase(tmp_path):
    (row,) = written(tmp_path, [order(acquired=None, basis=None)])["orders"]
    assert (row["versus_purchase"], row["acquired"], row["basis"]) == ("", "", "")


def test_cells_that_a_spreadsheet_would_run_are_quoted_and_figures_are_not(tmp_path):
    risky = order(household="+h", account="-1+1", symbol="@SUM(A1)", lot="-2", proceeds=Decimal(-5))
    chosen = layout(sell="=SELL", orders=[{"header": "@" + name, "field": name} for name in EVERY["orders"]])
    write_orders([risky], chosen, tmp_path)
    (row,) = rows_of(tmp_path / "orders.csv")
    assert all(header.startswith("'@") for header in row)
    assert {name: row[f"'@{name}"] for name in ("household", "account", "symbol", "lot", "side", "proceeds")} == {
        "household": "'+h", "account": "'-1+1", "symbol": "'@SUM(A1)", "lot": "'-2", "side": "'=SELL",
        "proceeds": "-5.00",
    }  # fmt: skip


def test_shares_are_never_rounded_to_the_decimals_of_a_layout(tmp_path):
    folder = tmp_path / "out"
    before = written(folder, [order()])
    fine = [order(quantity="1.25"), order(account="ira", quantity="1.255"), order(account="ira", quantity="0.001")]
    with pytest.raises(InputError) as error:
        write_orders(fine, layout(decimals=2), folder)
    (fault,) = error.value.faults
    assert fault.path == "layout.decimals"
    assert "2 orders have more, the first 1.255 shares (household h, account ira, VTI)" in fault.message
    assert {path.stem: rows_of(path) for path in sorted(folder.iterdir())} == before  # what was there stays
    assert len(written(folder, fine, layout(decimals=3))["orders"]) == 3


def test_accounts_of_one_name_in_two_households_need_a_column_for_the_household(tmp_path):
    two = [order("h"), order("k"), order("k", "ira")]
    bare = layout(orders=columns("orders"), allocations=columns("allocations"))
    with pytest.raises(InputError) as error:
        write_orders(two, bare, tmp_path)
    assert [fault.path for fault in error.value.faults] == ["layout.orders", "layout.allocations"]
    assert "'h' and 'k' both have an account 'joint'" in error.value.faults[0].message
    assert [row["accounts"] for row in written(tmp_path, two)["block_orders"]] == ["3"]
    write_orders(two[1:], bare, tmp_path)


def test_files_that_the_layout_does_not_have_are_not_left_from_earlier_orders(tmp_path):
    assert set(written(tmp_path, [order()])) == {"orders", "block_orders", "allocations"}
    assert set(written(tmp_path, [order()], layout(allocations=None))) == {
        "orders", "block_orders",
    }  # fmt: skip


def test_no_orders_make_files_with_headers_alone(tmp_path):
    for name in shipped():
        rows = written(tmp_path / name, [], load_layout(name))
        assert set(rows) >= {"orders", "block_orders"}
        assert all(each == [] for each in rows.values())
        assert "," in (tmp_path / name / "orders.csv").read_text(encoding="utf-8")


def test_nothing_is_left_if_the_orders_end_in_an_error(tmp_path):
    def broken():
        yield order()
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        write_orders(broken(), layout(), tmp_path)
    assert [*tmp_path.iterdir()] == []
