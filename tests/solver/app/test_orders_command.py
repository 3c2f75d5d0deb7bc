"""`lotroute orders`: files, what is said of them, exit codes."""

import csv
import io
import json

import pytest
from order_cases import rows_of, write_part
from runs_of_books import book_of, households

from lotroute.models import Household, Policy
from lotroute.solver import solve
from lotroute.solver.app import orders as command


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    """Two plans and their files."""
    folder = tmp_path_factory.mktemp("plans")
    found = []
    for name in ("must_split", "retiree"):
        plan = solve(Household.load(f"fixtures/{name}.json"))
        plan.save(folder / f"{name}.json")
        found.append((folder / f"{name}.json", plan))
    return found


def test_plans_become_orders_and_blocks(run, tmp_path, plans):
    code, out, err = run("orders", *(path for path, _ in plans), "--out", tmp_path / "new" / "folder")
    assert (code, err) == (0, "")
    rows = rows_of(tmp_path / "new/folder/orders.csv")
    trades = [(plan, trade) for _, plan in plans for trade in plan.trades]
    assert f"orders.csv: {len(trades)} rows" in out
    for row, (plan, trade) in zip(rows, trades, strict=True):
        assert (row["Household"], row["Account"], row["Symbol"]) == (plan.household, trade.account, trade.symbol)
        assert row["Action"] == {"buy": "Buy", "sell": "Sell"}[trade.side]
        assert float(row["Quantity"]) == trade.quantity
        assert row["Versus Purchase"] == ("" if trade.acquired is None else f"VSP {trade.acquired:%m/%d/%Y}")
        assert row["Basis"] == ("" if trade.basis is None else f"{trade.basis:.2f}")
    blocks = {(row["Action"], row["Symbol"]): row for row in rows_of(tmp_path / "new/folder/block_orders.csv")}
    sold = [(plan.household, trade) for plan, trade in trades if (trade.side, trade.symbol) == ("sell", "VTI")]
    assert float(blocks["Sell", "VTI"]["Quantity"]) == round(sum(trade.quantity for _, trade in sold), 6)
    assert int(blocks["Sell", "VTI"]["Accounts"]) == len({(household, trade.account) for household, trade in sold})


def test_json_says_what_was_written(run, tmp_path, plans):
    arguments = ["--out", tmp_path, "--layout", "blocks", "--json"]
    code, out, _ = run("orders", *(path for path, _ in plans), *arguments)
    said = json.loads(out)
    assert code == 0
    assert (said["households"], said["left_out"], said["missing"]) == (2, {}, 0)
    assert said["states"] == {"optimal": 2}
    assert said["files"] == {name: len(rows_of(tmp_path / name)) for name in said["files"]}
    assert set(said["files"]) == {"orders.csv", "block_orders.csv", "allocations.csv"}


def test_a_run_becomes_orders_and_households_without_are_named(run, tmp_path, plans):
    pytest.importorskip("duckdb")
    write_part(tmp_path / "run", 0, [plans[0][1]], {"h9": "refused", "h10": "failed"})
    write_part(tmp_path / "run", 1, [plans[1][1]], {plans[1][1].household: "stopped at limit"})
    code, out, err = run("orders", tmp_path / "run", "--out", tmp_path / "out")
    assert code == 0
    assert "no orders for 2 households: h10 (failed), h9 (refused)" in err
    states = {row["Household"]: row["State"] for row in rows_of(tmp_path / "out/orders.csv")}
    assert states == {"must_split": "optimal", "retiree": "stopped at limit"}
    stated = {"book": "book", "files": {}, "setup": "0", "households": 5}
    (tmp_path / "run/manifest.json").write_text(json.dumps(stated), encoding="utf-8")
    code, out, err = run("orders", tmp_path / "run", "--out", tmp_path / "out", "--json")
    assert json.loads(out)["left_out"] == {"h9": "refused", "h10": "failed"}
    assert "has not reached 1 household;" in err


def test_the_orders_of_a_run_are_those_of_its_plans(run, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    book = book_of(tmp_path / "book", households(3))
    assert run("batch", book, "--out", tmp_path / "run", "--workers", 1)[0] == 0
    code, out, err = run("orders", tmp_path / "run", "--out", tmp_path / "of_run", "--layout", "blocks", "--json")
    assert (code, err) == (0, "")
    stored = duckdb.sql(f"SELECT household_id, plan FROM '{tmp_path}/run/plans/*.parquet' ORDER BY household_id")
    files = []
    for household, plan in stored.fetchall():
        files.append(tmp_path / f"{household}.json")
        files[-1].write_text(plan, encoding="utf-8")
    code, again, _ = run("orders", *files, "--out", tmp_path / "of_plans", "--layout", "blocks", "--json")
    assert json.loads(again) | {"out": ""} == json.loads(out) | {"out": ""}
    for name, rows in json.loads(out)["files"].items():
        assert rows > 0
        assert (tmp_path / "of_run" / name).read_bytes() == (tmp_path / "of_plans" / name).read_bytes()


def test_a_plan_that_breaks_a_hard_rule_has_no_orders(run, tmp_path):
    home = Household.load("fixtures/must_split.json").with_({"accounts.joint.withdrawal": 300_000})
    plan = solve(home, Policy(minimum_holding_days=20_000))
    assert plan.violations
    plan.save(tmp_path / "plan.json")
    code, _, err = run("orders", tmp_path / "plan.json", "--out", tmp_path / "out")
    assert code == 0
    assert "no orders for 1 household: must_split (refused)" in err
    assert rows_of(tmp_path / "out/orders.csv") == []


def test_wrong_input_ends_with_exit_code_one_and_nothing_written(run, tmp_path, plans, monkeypatch):
    (plan, _), out = plans[0], tmp_path / "out"
    bad = tmp_path / "bad.toml"
    bad.write_text('dates = "MM/DD/YYYY"\norders = [{ header = "A", field = "acount" }]', encoding="utf-8")
    for arguments, words in (
        ([plan, "--layout", bad], "layout.orders[0].field: unknown field 'acount'"),
        ([plan, "--layout", tmp_path / "none.toml"], "No such file"),
        ([plan, "--layout", "none"], "known: blocks, by-lot"),
        ([tmp_path / "none.json"], "No such file"),
        ([tmp_path], "no parts of a run"),
        ([plan, tmp_path], "is a folder"),
    ):
        code, _, err = run("orders", *arguments, "--out", out)
        assert (code, out.exists()) == (1, False)
        assert words in " ".join(err.replace("│", " ").split())
    monkeypatch.setattr(command, "find_spec", lambda _: None)
    code, _, err = run("orders", tmp_path, "--out", out)
    assert code == 1
    assert "pip install lotroute[batch]" in err


def test_solve_s_csv_has_what_places_and_checks_an_order(run):
    _, out, _ = run("solve", "fixtures/must_split.json", "--csv")
    rows = [*csv.DictReader(io.StringIO(out))]
    assert [*rows[0]][:10] == [
        "household", "trade_date", "account", "side", "symbol", "quantity", "price", "lot", "acquired", "basis",
    ]  # fmt: skip
    assert {(row["household"], row["trade_date"]) for row in rows} == {("must_split", "2026-06-15")}
    sale = next(row for row in rows if row["basis"])
    assert sale["acquired"] == "2025-08-20"
    assert float(sale["basis"]) < float(sale["price"]) * float(sale["quantity"])
