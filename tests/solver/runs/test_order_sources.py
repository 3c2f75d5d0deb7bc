"""Where orders come from: plans in JSON and the parts of a run give the same rows, and nothing is lost on the way."""

import json
from decimal import Decimal

import pytest
from order_cases import write_part

from lotroute.fixtures.generator import generate
from lotroute.models import InputError, Violation
from lotroute.solver import route, solve
from lotroute.solver.runs.batch.outcomes import PLANNED, state_of
from lotroute.solver.runs.orders.sources import of_plans, of_run

pytest.importorskip("duckdb")


@pytest.fixture(scope="module")
def plans():
    made = [solve(household, explain="codes") for household in generate(6, 3)]
    assert sum(len(plan.trades) for plan in made) > 20
    return made


def by_file(plans):
    return {f"{plan.household}.json": plan for plan in plans}


def with_status(plan, status, **fields):
    certificate = plan.certificate.model_copy(update={"status": status})
    return plan.model_copy(update={"certificate": certificate} | fields)


def faults(call, *arguments):
    with pytest.raises(InputError) as error:
        call(*arguments)
    return [str(fault) for fault in error.value.faults]


def test_plans_give_one_order_a_trade(plans):
    found = of_plans(by_file(plans))
    rows = [*found.rows]
    trades = [(plan, trade) for plan in plans for trade in plan.trades]
    assert len(rows) == len(trades)
    for row, (plan, trade) in zip(rows, trades, strict=True):
        assert (row.household, row.trade_date, row.state) == (
            plan.household,
            plan.trade_date,
            found.states[plan.household],
        )
        assert (row.account, row.side, row.symbol, row.lot) == (trade.account, trade.side, trade.symbol, trade.lot)
        assert (float(row.quantity), float(row.price), row.acquired) == (trade.quantity, trade.price, trade.acquired)
        assert (row.basis is None, row.basis and float(row.basis)) == (trade.basis is None, trade.basis)
        assert row.reason == trade.reason.code


def test_a_run_gives_the_same_orders_whatever_its_parts(tmp_path, plans):
    states = {plan.household: state_of(plan)[0] for plan in plans}
    wanted = sorted(of_plans(by_file(plans)).rows, key=lambda row: row.household)
    for name, parts in (("one", [plans]), ("many", [[plan] for plan in plans[::-1]]), ("two", [plans[3:], plans[:3]])):
        for number, part in enumerate(parts):
            write_part(tmp_path / name, number, part, {plan.household: states[plan.household] for plan in part})
        found = of_run(tmp_path / name)
        assert [*found.rows] == wanted
        assert found.states == states


def test_the_noise_of_binary_sums_is_no_part_of_a_share(tmp_path, plans):
    """A lot of 8.274 shares that a program has added up a little wrong fits six decimals."""
    noisy = 8.25 + 0.024 + 1e-15
    assert len(repr(noisy)) > 12
    first = plans[0].trades[0].model_copy(update={"quantity": noisy})
    plan = plans[0].model_copy(update={"trades": (first, *plans[0].trades[1:])})
    write_part(tmp_path / "run", 0, [plan], {plan.household: "optimal"})
    for found in (of_plans({"plan.json": plan}), of_run(tmp_path / "run")):
        assert next(iter(found.rows)).quantity == Decimal("8.274")


@pytest.mark.parametrize("state", ["optimal", "within gap", "stopped at limit", "greedy", "refused", "failed"])
def test_refused_and_failed_households_have_no_orders_and_all_others_have(tmp_path, plans, state):
    write_part(tmp_path, 0, plans[:2], {plans[0].household: state})
    found = of_run(tmp_path)
    households = {row.household: row.state for row in found.rows}
    assert (plans[0].household in households) == (state not in ("refused", "failed"))
    assert households[plans[1].household] == "optimal"
    assert found.states[plans[0].household] == state
    assert (state in PLANNED) == (state not in ("refused", "failed"))


def test_the_state_of_a_plan_is_read_off_its_certificate(plans):
    plan = plans[0]
    said = {
        "optimal": "optimal", "within_rounding": "within gap", "feasible": "stopped at limit", "heuristic": "greedy",
        "fallback": "greedy", "infeasible": "refused",
    }  # fmt: skip
    for status, state in said.items():
        found = of_plans({"p": with_status(plan, status)})
        assert found.states == {plan.household: state}
        assert len([*found.rows]) == (0 if state == "refused" else len(plan.trades))
    broken = Violation(rule="minimum_cash", where="joint", amount=1, text="missed")
    found = of_plans({"p": with_status(plan, "heuristic", violations=(broken,))})
    assert (found.states, [*found.rows]) == ({plan.household: "refused"}, [])
    assert of_plans({"p": route(next(generate(1, 3)))}).states == {plan.household: "greedy"}


def test_a_part_without_its_certificates_does_not_count(tmp_path, plans):
    write_part(tmp_path, 0, plans[:2])
    write_part(tmp_path, 1, plans[2:])
    (tmp_path / "certificates/part-000001.parquet").unlink()
    assert {row.household for row in of_run(tmp_path).rows} == {plan.household for plan in plans[:2]}


def test_a_run_that_lacks_trades_or_has_a_household_twice_is_refused(tmp_path, plans):
    write_part(tmp_path / "twice", 0, plans[:2])
    write_part(tmp_path / "twice", 1, plans[1:3])
    assert faults(of_run, tmp_path / "twice") == [
        f"twice/certificates: household {plans[1].household!r} is there 2 times"
    ]
    write_part(tmp_path / "short", 0, plans[:2])
    less = plans[1].model_copy(update={"trades": plans[1].trades[1:]})
    write_part(tmp_path / "other", 0, [plans[0], less])
    (tmp_path / "other/trades/part-000000.parquet").replace(tmp_path / "short/trades/part-000000.parquet")
    said = len(plans[1].trades)
    assert faults(of_run, tmp_path / "short") == [
        f"short/trades: household {plans[1].household!r} has {said - 1} priced trades, its certificate says {said}"
    ]
    (tmp_path / "short/trades/part-000000.parquet").unlink()
    assert faults(of_run, tmp_path / "short") == ["short/trades/part-000000.parquet: missing; the run is damaged"]
    (tmp_path / "short/trades/part-000000.parquet").write_bytes(b"half a file")
    assert "not the folder of a run" in faults(of_run, tmp_path / "short")[0]


def test_a_run_whose_trades_have_no_prices_is_refused(tmp_path, plans):
    bare = [trade.model_copy(update={"price": None}) for trade in plans[0].trades]
    write_part(tmp_path, 0, [plans[0].model_copy(update={"trades": tuple(bare)})])
    assert f"has 0 priced trades, its certificate says {len(bare)}" in faults(of_run, tmp_path)[0]


def test_a_folder_that_holds_no_run_is_refused(tmp_path):
    assert "no parts of a run" in faults(of_run, tmp_path)[0]


def test_households_that_a_run_has_not_reached_are_counted(tmp_path, plans):
    write_part(tmp_path, 0, plans)
    assert of_run(tmp_path).missing == 0
    stated = {"book": "book", "files": {}, "setup": "0", "households": len(plans) + 5}
    (tmp_path / "manifest.json").write_text(json.dumps(stated), encoding="utf-8")
    assert of_run(tmp_path).missing == 5
    (tmp_path / "manifest.json").write_text('{"households": ', encoding="utf-8")
    assert "manifest.json: cannot be read" in faults(of_run, tmp_path)[0]


def test_two_plans_for_one_household_and_plans_without_prices_are_refused_together(plans):
    bare = [trade.model_copy(update={"price": None}) for trade in plans[1].trades]
    old = plans[1].model_copy(update={"trades": tuple(bare)})
    found = faults(of_plans, {"a.json": plans[0], "b.json": old, "c.json": plans[0]})
    assert found == [
        "b.json: trades without prices; an earlier version made it; `lotroute explain` with its household states them",
        f"c.json: a second plan for household {plans[0].household!r}; a.json has the first; place one of the two",
    ]
