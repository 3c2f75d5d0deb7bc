"""The command line as its users meet it: output, exit codes, errors."""

import csv
import io
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lotroute.fixtures.generator import generate
from lotroute.fixtures.mixed import generate_mixed
from lotroute.models import Household, Plan, Policy, read_book
from lotroute.solver import audit, solve
from lotroute.solver.app.plans import _progress_line
from lotroute.solver.search.backend import Progress


def test_demo_shows_classes_trades_tax_router_and_proof(run):
    code, out, _ = run("demo")
    assert code == 0
    for words in ("Asset classes", "us_stock", "lot vti-2024", "Split: the IRA", "Tax on gains", "plan less router"):
        assert words in out
    assert "optimal: no plan is better than this one by more than $" in out


def test_json_is_the_plan_and_check_accepts_it(run, tmp_path):
    code, out, err = run("solve", "fixtures/retiree.json", "--json")
    assert (code, err) == (0, "")
    plan = Plan.model_validate(json.loads(out))
    assert plan.trades == solve(Household.load("fixtures/retiree.json")).trades
    (tmp_path / "plan.json").write_text(out)
    code, out, _ = run("check", "fixtures/retiree.json", tmp_path / "plan.json")
    assert code == 0
    assert "sound" in out


def test_solve_prints_only_json_to_the_process_output():
    command = [sys.executable, "-c", "from lotroute.solver.app.cli import main; main()", "demo", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["household"] == "must_split"
    assert done.stderr == ""


def test_csv_is_one_row_a_trade(run):
    code, out, _ = run("solve", "fixtures/must_split.json", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    plan = solve(Household.load("fixtures/must_split.json"))
    assert code == 0
    assert [(row["account"], row["symbol"], row["side"]) for row in rows] == [
        (trade.account, trade.symbol, trade.side) for trade in plan.trades
    ]
    assert {row["reason"] for row in rows} == {trade.reason.code for trade in plan.trades}


def test_check_refuses_a_faulty_plan_with_exit_code_two(run, tmp_path):
    household = Household.load("fixtures/must_split.json")
    plan = solve(household)
    (tmp_path / "plan.json").write_text(plan.model_copy(update={"objective": 0.0}).model_dump_json())
    code, out, _ = run("check", "fixtures/must_split.json", tmp_path / "plan.json")
    assert code == 2
    assert "objective total" in out
    code, out, _ = run("check", "fixtures/must_split.json", tmp_path / "plan.json", "--json")
    assert code == 2
    assert {finding["rule"] for finding in json.loads(out)} == {"objective"}


def test_check_judges_by_the_policy_given_and_says_so_if_it_is_the_plan_s_own(run, tmp_path):
    home, plan, still = "fixtures/must_split.json", tmp_path / "plan.json", tmp_path / "still.json"
    still.write_text('{"limits": {"turnover": 0}}', encoding="utf-8")
    plan.write_text(run("solve", home, "--json")[1], encoding="utf-8")
    code, out, _ = run("check", home, plan)
    assert code == 0
    assert "lotroute verify" in out
    assert "NOTE" not in out
    code, out, _ = run("check", home, plan, "--policy", still)
    assert code == 2
    assert "limit turnover" in out
    assert "plan policy: the plan states another policy" in out
    plan.write_text(run("solve", home, "--policy", still, "--json")[1], encoding="utf-8")
    code, out, err = run("check", home, plan)
    assert code == 0
    assert "NOTE: judged by the policy that the plan itself states, which is not the default (limits)." in " ".join(
        out.split()
    )
    assert run("check", home, plan, "--policy", still)[0] == 0
    code, out, err = run("check", home, plan, "--json")
    assert (code, json.loads(out)) == (0, [])
    assert "NOTE" in err


def test_check_refuses_a_reason_that_is_not_the_trade_s(run, tmp_path):
    plan = json.loads(run("solve", "fixtures/must_split.json", "--json")[1])
    plan["trades"][0]["reason"]["text"] = "Sold because it is Tuesday."
    plan["baselines"]["route"] += 1000
    (tmp_path / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    code, out, _ = run("check", "fixtures/must_split.json", tmp_path / "plan.json", "--json")
    assert code == 2
    assert {finding["where"] for finding in json.loads(out)} == {"trades[0].reason.text", "baselines.route"}


def test_wrong_input_lists_every_fault_with_exit_code_one(run, tmp_path):
    data = json.loads(Household.load("fixtures/must_split.json").model_dump_json())
    data["accounts"][0]["lots"][2]["quantity"] = -5
    data["securities"][0]["price"] = 0
    (tmp_path / "household.json").write_text(json.dumps(data))
    code, out, err = run("solve", tmp_path / "household.json")
    assert (code, out) == (1, "")
    assert "2 things are wrong with the input" in err
    assert "accounts.joint.lots[2].quantity: -5 is negative" in err
    assert "securities.VTI.price: 0 is not more than 0" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("solve", "no/such/file.json"), "No such file"),
        (("solve",), "Missing argument"),
        (("slove", "x.json"), "No such command"),
        (("solve", "fixtures/retiree.json", "--gap", "-1"), "--gap"),
        (("solve", "fixtures/retiree.json", "--search", "simplex"), "--search"),
        (("solve", "fixtures/retiree.json", "--time-limit", "0"), "--time-limit"),
        (("check", "fixtures/retiree.json", "fixtures/retiree.json"), "plan.trades: missing"),
        (("schema", "trades"), "trades"),
        (("solve", "fixtures/retiree.json", "--household", "x"), "it holds 'retiree', not 'x'"),
        (("generate", "--households", "3"), "--out"),
        (("generate", "--households", "0", "--out", "x"), "--households"),
        (("generate", "--out", "x", "--tables", "json"), "--tables"),
        (("generate", "--out", "x", "--mix", "funds=1,bonds=2"), "unknown kind 'bonds'; known: funds, sleeve100"),
        (("generate", "--out", "x", "--mix", "funds"), "'funds' is not a kind with its weight"),
        (("generate", "--out", "x", "--mix", "funds=-1"), "weights are 0 or more"),
        (("generate", "--out", "x", "--mix", "funds=1", "--prices", "x"), "--prices makes one household"),
        (("bench", "taxes"), "'taxes' is not one of"),
        (("bench", "tax", "--households", "-1"), "--households"),
    ],
)
def test_mistakes_leave_exit_code_one_and_say_what_is_wrong(run, arguments, words):
    code, out, err = run(*arguments)
    assert code == 1
    assert words in err
    assert "Traceback" not in err + out


def test_policy_file_is_used_and_its_faults_are_stated(run, tmp_path):
    (tmp_path / "policy.json").write_text(Policy(drift={"near_cost": 0, "far_cost": 0}).model_dump_json())
    code, out, _ = run("solve", "fixtures/all_in_ira.json", "--policy", tmp_path / "policy.json")
    assert code == 0
    assert "nothing is worth trading today" in out
    (tmp_path / "policy.json").write_text('{"drift": {"near_cost": -1}, "horizon": 3}')
    code, _, err = run("solve", "fixtures/all_in_ira.json", "--policy", tmp_path / "policy.json")
    assert code == 1
    assert "policy.drift.near_cost: -1 is negative" in err
    assert "policy.horizon: unknown field" in err


def test_gap_and_time_limit_reach_the_certificate(run):
    _, out, _ = run("solve", "fixtures/must_split.json", "--time-limit", "0.001", "--json")
    plan = Plan.model_validate_json(out)
    assert plan.certificate.status in ("optimal", "feasible")
    assert plan.certificate.status == "optimal" or plan.certificate.limit == "time"
    assert audit(Household.load("fixtures/must_split.json"), plan) == []


@pytest.mark.parametrize(("subject", "field"), [("household", "accounts"), ("policy", "drift"), ("plan", "trades")])
def test_schema_describes_every_field(run, subject, field):
    code, out, _ = run("schema", subject)
    schema = json.loads(out)
    assert code == 0
    assert field in schema["properties"]
    nouns = [schema, *(noun for noun in schema.get("$defs", {}).values() if noun.get("type") == "object")]
    for noun in nouns:
        for name, described in noun["properties"].items():
            assert described.get("description"), f"{noun['title']}.{name}"


def test_household_as_a_folder_of_tables_gives_the_same_plan(run, tmp_path):
    household = Household.load("fixtures/ira_purchase.json")
    household.save(tmp_path / "tables")
    _, out, _ = run("solve", tmp_path / "tables", "--json")
    assert Plan.model_validate_json(out).trades == solve(household).trades


def test_a_generated_book_is_solved_household_by_household(run, tmp_path):
    code, out, err = run("generate", "--households", 3, "--seed", 5, "--out", tmp_path / "book", "--tables", "parquet")
    assert (code, err) == (0, "")
    assert out == f"3 households in {tmp_path / 'book'}\n"
    assert list(read_book(tmp_path / "book").values()) == list(generate(3, 5))
    chosen = ("--household", "s5-00001")
    _, out, _ = run("solve", tmp_path / "book", *chosen, "--time-limit", 10, "--json")
    assert json.loads(out)["household"] == "s5-00001"
    (tmp_path / "plan.json").write_text(out)
    assert run("check", tmp_path / "book", tmp_path / "plan.json", *chosen)[0] == 0
    code, _, err = run("solve", tmp_path / "book")
    assert code == 1
    assert "3 rows; a book: choose one by its household_id; known: s5-00000, s5-00001, s5-00002" in err
    code, _, err = run("solve", tmp_path / "book", "--household", "s5-0001")
    assert code == 1
    assert "no household 's5-0001'; did you mean 's5-00001'?" in err


def test_a_book_of_several_kinds_is_generated(run, tmp_path):
    code, out, err = run("generate", "--households", 4, "--seed", 1, "--out", tmp_path, "--mix", "sleeve100=1, funds=3")
    assert (code, out, err) == (0, f"4 households in {tmp_path}\n", "")
    assert list(read_book(tmp_path).values()) == list(generate_mixed(4, 1, {"funds": 3, "sleeve100": 1}))


def test_parquet_without_pyarrow_is_refused_with_what_to_install(run, tmp_path, monkeypatch):
    run("generate", "--households", 1, "--out", tmp_path / "book", "--tables", "parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr("lotroute.solver.app.inputs.find_spec", lambda _: None)
    code, _, err = run("generate", "--households", 1, "--out", tmp_path / "other", "--tables", "parquet")
    assert code == 1
    assert "pip install lotroute[parquet]" in err
    code, _, err = run("solve", tmp_path / "book")
    assert code == 1
    assert "book/household.parquet: pyarrow is missing; pip install lotroute[parquet]" in err


def test_progress_line_appears_after_a_second_and_not_before(capsys):
    with _progress_line() as show:
        show(Progress(seconds=0.1, objective=2.0, bound=1.0))
    assert capsys.readouterr().err == ""
    with _progress_line():
        time.sleep(1.2)
    out, err = capsys.readouterr()
    assert (out, err) == ("", "solving: more than a second so far\n")


def test_version(run):
    code, out, _ = run("--version")
    assert code == 0
    assert out.startswith("lotroute ")


def test_a_household_may_come_from_standard_input():
    text = Path("fixtures/must_split.json").read_bytes()
    command = [sys.executable, "-c", "from lotroute.solver.app.cli import main; main()", "solve", "-", "--json"]
    done = subprocess.run(command, input=text, capture_output=True, check=True)
    assert Plan.model_validate_json(done.stdout).household == "must_split"


def test_trades_as_csv_run_nothing_in_a_spreadsheet(run, tmp_path):
    text = Path("fixtures/must_split.json").read_text(encoding="utf-8").replace('"VTI"', '"-VTI"')
    (tmp_path / "home.json").write_text(text, encoding="utf-8")
    code, out, _ = run("solve", tmp_path / "home.json", "--csv")
    assert code == 0
    assert {row["symbol"] for row in csv.DictReader(io.StringIO(out))} >= {"'-VTI"}


def test_check_prints_no_control_character_of_a_plan(run, tmp_path):
    plan = solve(Household.load("fixtures/must_split.json"))
    trade = plan.trades[0].model_copy(update={"symbol": "V\x1b[31mTI"})
    (tmp_path / "plan.json").write_text(
        plan.model_copy(update={"trades": (trade,)}).model_dump_json(), encoding="utf-8"
    )
    code, out, err = run("check", "fixtures/must_split.json", tmp_path / "plan.json")
    assert code == 2
    assert "\x1b[31m" not in out + err
