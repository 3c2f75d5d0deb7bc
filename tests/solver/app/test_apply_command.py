"""`lotroute apply`: the household after a plan or its fills, from the command line, with order files as fills."""

import csv
import json
from datetime import timedelta

import pytest

from lotroute.models import Household, Plan
from lotroute.solver import solve
from lotroute.solver.runs.orders.layout import shipped


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    """The household of the demo, its plan, and both as files."""
    folder, home = tmp_path_factory.mktemp("split"), Household.load("fixtures/must_split.json")
    plan = solve(home, explain="codes")
    home.save(folder / "home.json")
    plan.save(folder / "plan.json")
    return home, plan, folder


def test_the_household_after_a_plan_is_written_and_solved_again(run, split, tmp_path):
    home, plan, folder = split
    code, out, err = run("apply", folder / "home.json", folder / "plan.json", "--out", tmp_path / "new.json")
    assert (code, err) == (0, "")
    orders = {(trade.account, trade.symbol, trade.side) for trade in plan.trades}
    assert f"{len(orders)} of {len(orders)} orders filled as planned" in out
    after = Household.load(tmp_path / "new.json")
    assert after == home.after(plan)
    assert {account.id: account.cash for account in after.accounts} == plan.cash_after
    code, out, _ = run("solve", tmp_path / "new.json", "--json")
    assert code == 0
    again = Plan.model_validate(json.loads(out))
    moved = 2 * plan.policy.drift.far_cost * plan.parts["trading"]  # bands, of a household that paid for its trades
    assert again.baselines["nothing"] - again.objective <= plan.objective - plan.certificate.bound + moved


def test_the_household_may_be_tables_and_the_result_is_json(run, split, tmp_path):
    home, plan, folder = split
    home.save(tmp_path / "tables")
    arguments = (tmp_path / "tables", folder / "plan.json", "--out", tmp_path / "new", "--json")
    code, out, _ = run("apply", *arguments)
    result = json.loads(out)
    assert code == 0
    assert Household.load(tmp_path / "new") == home.after(plan)
    assert (result["household"], result["trade_date"]) == (home.id, home.trade_date.isoformat())
    gains = sum(trade.gain or 0 for trade in plan.trades)
    assert sum(result["realized_by_plan"].values()) == pytest.approx(gains, abs=0.005)
    assert all(each["planned"] == each["filled"] for each in result["orders"])
    assert result["notes"] == []


@pytest.mark.parametrize("layout", shipped())
@pytest.mark.parametrize("named", [False, True])
def test_orders_come_back_as_fills_in_the_columns_of_their_layout(run, split, tmp_path, layout, named):
    """What `lotroute orders` wrote for one household is a file of fills: the blocks' without a price at the plan's."""
    home, plan, folder = split
    code, _, _ = run("orders", folder / "plan.json", "--out", tmp_path, "--layout", layout)
    assert code == 0
    asked = ("--layout", layout) if named else ()
    arguments = (folder / "home.json", folder / "plan.json", "--fills", tmp_path / "orders.csv", *asked)
    code, _, _ = run("apply", *arguments, "--out", tmp_path / "new.json")
    assert code == 0
    after, planned = Household.load(tmp_path / "new.json"), home.after(plan)
    rows = [*csv.DictReader((tmp_path / "orders.csv").read_text().splitlines())]
    if "Price" not in rows[0]:
        assert after == planned
        return
    assert [(lot.symbol, lot.quantity) for a in after.accounts for lot in a.lots] == [
        (lot.symbol, lot.quantity) for a in planned.accounts for lot in a.lots
    ]
    spreads = sum(
        trade.quantity * home.security[trade.symbol].price * home.security[trade.symbol].half_spread
        for trade in plan.trades
    )
    before, then = (sum(account.cash for account in each.accounts) for each in (planned, after))
    assert then - before == pytest.approx(spreads, abs=0.01 * len(plan.trades))


def test_a_part_on_a_later_day_at_another_price(run, split, tmp_path):
    home, plan, folder = split
    sale = next(trade for trade in plan.trades if trade.side == "sell" and trade.gain is not None)
    day = home.trade_date + timedelta(2)
    row = [sale.account, sale.symbol, "SELL", 1.5, sale.price + 1, sale.lot, day]
    header = "Account,Symbol,Side,Quantity,Price,Lot,Date"
    (tmp_path / "fills.csv").write_text(f"{header}\n{','.join(map(str, row))}\n", encoding="utf-8")
    arguments = (folder / "home.json", folder / "plan.json", "--fills", tmp_path / "fills.csv")
    code, out, _ = run("apply", *arguments, "--out", tmp_path / "new.json")
    assert code == 0
    assert f"{sale.account}: sell {sale.symbol}: 1.5 of " in out
    assert "not filled" in out
    after = Household.load(tmp_path / "new.json")
    assert after.trade_date == day
    own = home.account[sale.account]
    assert after.account[sale.account].cash == pytest.approx(own.cash + 1.5 * (sale.price + 1) - own.commission)


def test_wrong_fills_end_with_exit_code_one_all_at_once_and_nothing_written(run, split, tmp_path):
    home, plan, folder = split
    sale = next(trade for trade in plan.trades if trade.side == "sell")
    (tmp_path / "fills.csv").write_text(
        "account,symbol,side,quantity,price,date\n"
        f"nowhere,{sale.symbol},sell,1,10,\n"
        f"{sale.account},NONE,sell,1,10,\n"
        f"{sale.account},{sale.symbol},sell,1e9,-1,\n"
        f"{sale.account},{sale.symbol},sell,1,10,{home.trade_date - timedelta(1)}\n",
        encoding="utf-8",
    )
    arguments = (folder / "home.json", folder / "plan.json", "--fills", tmp_path / "fills.csv")
    code, _, err = run("apply", *arguments, "--out", tmp_path / "new.json")
    assert (code, (tmp_path / "new.json").exists()) == (1, False)
    assert "4 things are wrong" in err
    for row, words in enumerate(
        ("unknown account 'nowhere'", "unknown security 'NONE'", "is not more than 0", "is before the"), 2
    ):
        [line] = [line for line in err.splitlines() if f"(fills.csv, row {row})" in line]
        assert words in line


def test_a_plan_for_another_household_fails_its_audit(run, split, tmp_path):
    _, _, folder = split
    arguments = ("fixtures/harvest.json", folder / "plan.json", "--out", tmp_path / "new.json")
    code, _, err = run("apply", *arguments)
    assert (code, (tmp_path / "new.json").exists()) == (2, False)
    assert "the plan is for" in err


def test_a_layout_whose_columns_are_not_there_is_refused(run, split, tmp_path):
    _, _, folder = split
    (tmp_path / "fills.csv").write_text("account,symbol,side,quantity\nira,VTI,sell,1\n", encoding="utf-8")
    arguments = (folder / "home.json", folder / "plan.json", "--fills", tmp_path / "fills.csv", "--layout", "by-lot")
    code, _, err = run("apply", *arguments, "--out", tmp_path / "new.json")
    assert code == 1
    assert "no column 'Account'" in err
