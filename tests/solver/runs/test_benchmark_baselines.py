"""The benchmark against the baselines: figures checked by hand, nothing left out, a page and a picture."""

import json
from xml.etree import ElementTree

import pytest

from lotroute.models import Household, Policy
from lotroute.models.plan.statements import PARTS
from lotroute.solver import BASELINES, Finding, baseline, route, solve
from lotroute.solver.runs.benchmarks import baselines as benchmark
from lotroute.solver.runs.benchmarks import report as report_of_runs
from lotroute.solver.runs.benchmarks.baselines import COMPARED, WITHOUT, BaselineReport, Case, measure, run, summarize
from lotroute.solver.runs.benchmarks.page import write_section


@pytest.fixture
def household():
    return Household.load("fixtures/must_split.json")


def case(name="a", kind="funds", **changes):
    plain = {"accounts": 3, "securities": 12, "lots": 60, "value": 1e6, "status": "optimal", "timed_out": False}
    found = {"seconds": 1.0, "objective": 100.0, "gap": 5.0, "gap_bp": 0.05} | plain | changes
    return Case(household=name, kind=kind, **found)


def report(*cases):
    how = {"seed": 7, "time_limit": 60.0, "versions": {"HiGHS": "1.16.0"}, "cores": 2}
    return BaselineReport(households=len(cases), cases=cases, **how)


# -- a household -------------------------------------------------------------------------------------------------------


def test_saved_is_what_each_baseline_costs_more(household):
    found, plan = measure(household, "funds", 30), solve(household)
    costs = {"route": route(household).objective, "nothing": plan.baselines["nothing"]}
    costs |= {name: baseline(household, None, name).objective for name in BASELINES}
    assert found.saved == {name: pytest.approx(cost - plan.objective, abs=1e-6) for name, cost in costs.items()}
    assert set(found.saved) == set(COMPARED)
    parts = baseline(household, None, "prorata_fifo").parts
    assert found.saved_parts["prorata_fifo"] == {part: parts[part] - plan.parts[part] for part in parts}
    assert found.saved_parts["nothing"]["tax"] == -plan.parts["tax"]
    assert (found.accounts, found.securities, found.lots) == (3, 4, 8)
    assert (found.status, found.timed_out, found.broken, found.errors) == ("optimal", False, (), ())
    assert (found.gap, found.value) == (plan.certificate.gap, plan.market_value)


def test_the_run_without_location_saves_what_its_own_plans_cost(household):
    found, policy = measure(household, "funds", 30), Policy(location_years=0)
    plan = solve(household, policy)
    costs = {"route": route(household, policy).objective, "nothing": plan.baselines["nothing"]}
    costs |= {name: baseline(household, policy, name).objective for name in BASELINES}
    saved = {name: pytest.approx(cost - plan.objective, abs=1e-6) for name, cost in costs.items()}
    assert found.saved_without_location == saved
    assert all(each.parts["location"] == 0 for each in (plan, route(household, policy)))


def test_a_baseline_that_breaks_a_rule_is_not_compared_but_stated():
    """The retiree withdraws: doing nothing leaves the account short."""
    found = measure(Household.load("fixtures/retiree.json"), "funds", 30)
    assert set(found.saved) == set(COMPARED) - {"nothing"}
    assert found.broken == ("nothing",)


def test_what_is_raised_is_counted_and_named(monkeypatch, household):
    def fail(*_, **__):
        raise RuntimeError("no licence")

    monkeypatch.setattr(benchmark, "solve", fail)
    found = measure(household, "funds", 30)
    assert (found.status, found.saved, found.gap) == ("error", {}, None)
    assert found.saved_without_location == {}
    assert found.errors == tuple(f"solve{words}: RuntimeError: no licence" for words in ("", WITHOUT))


def test_a_failing_baseline_leaves_the_others(monkeypatch, household):
    real = benchmark.alternative

    def fail(home, policy, name):
        if name == "prorata_hifo":
            raise ZeroDivisionError("float division by zero")
        return real(home, policy, name)

    monkeypatch.setattr(benchmark, "alternative", fail)
    found = measure(household, "funds", 30)
    assert set(found.saved) == set(COMPARED) - {"prorata_hifo"}
    assert set(found.saved_without_location) == set(found.saved)
    assert found.errors == tuple(f"prorata_hifo{w}: ZeroDivisionError: float division by zero" for w in ("", WITHOUT))
    assert found.broken == ()


def test_what_an_audit_finds_is_an_error(monkeypatch, household):
    monkeypatch.setattr(report_of_runs, "audit", lambda household, plan: [Finding("cash", "joint", "a cent short")])
    assert measure(household, "funds", 30).errors[0] == "solve: cash joint: a cent short"


def test_generated_households_are_solved_kind_by_kind():
    seen = []
    found = run(1, 1, 3, 5.0, seen.append)
    assert [(each.household, each.kind) for each in found.cases] == [
        ("s3-00000", "funds"),
        ("sleeve-s3-00000", "sleeve"),
    ]
    assert seen == list(found.cases)
    assert found.cases[1].securities >= 100
    assert found.command == "lotroute bench --households 1 --sleeves 1 --seed 3 --time-limit 5"
    assert [each.errors for each in found.cases] == [(), ()]


# -- figures -----------------------------------------------------------------------------------------------------------


def test_summary_is_mean_median_least_and_percentiles():
    cases = [
        case(
            saved={"route": dollars},
            saved_parts={"route": {"tax": 2 * dollars, "drift": -dollars}},
            gap=dollars,
            seconds=dollars,
        )
        for dollars in (0.0, 10.0, 80.0)
    ]
    cases += [case(status="infeasible", gap=None, gap_bp=None, broken=("route",), seconds=1.0)]
    found = summarize([*cases, case(status="feasible", timed_out=True, gap=None, gap_bp=None, errors=("x",), lots=99)])
    assert found.saved["route"] == {"households": 3, "mean": 30.0, "median": 10.0, "least": 0.0}
    assert found.saved["nothing"] == {"households": 0}
    assert found.saved_parts["route"] == {"tax": 60.0, "drift": -30.0}
    assert found.saved_parts["nothing"] == {}
    assert found.proof["gap"] == {"households": 3, "median": 10.0, "p90": pytest.approx(66.0), "worst": 80.0}
    assert found.proof["seconds"]["households"] == 5
    assert found.statuses == {"optimal": 3, "infeasible": 1, "feasible": 1}
    assert (found.timed_out, found.errors, found.broken["route"], found.broken["nothing"]) == (1, 1, 1, 0)
    assert found.sizes == {"accounts": (3, 3), "securities": (12, 12), "lots": (60, 99)}


def test_json_holds_every_case_and_how_it_was_run():
    found = json.loads(json.dumps(report(case("a"), case("b", status="error", value=None)).as_dict(), allow_nan=False))
    assert [each["household"] for each in found["cases"]] == ["a", "b"]
    assert found["command"] == "lotroute bench --households 2 --sleeves 0 --seed 7"
    assert found["versions"] == {"HiGHS": "1.16.0"}
    assert found["summaries"]["funds"]["statuses"] == {"optimal": 1, "error": 1}


# -- page and picture --------------------------------------------------------------------------------------------------


def test_page_says_how_it_was_made_and_names_what_failed(tmp_path):
    saved = dict.fromkeys(COMPARED, 1234.5)
    parts = {"route": {"tax": 1000.5, "waiting": 0.0, "drift": 234.0}}
    late = case("late", status="feasible", timed_out=True, gap=77.0, gap_bp=9.5, saved=saved, saved_parts=parts)
    failed = case("bad", "sleeve", status="error", errors=("solve: a | b",))
    report(case("fine", saved=saved), late, failed).write(tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text()
    assert "lotroute bench --households 3 --sleeves 0 --seed 7 --out" in text
    assert "HiGHS 1.16.0; one solve at a time, on one core of a machine with 2 cores" in text
    assert "| route | 1,234.50 | 1,234.50 | 1,234.50 | 2 | 0 |" in text
    assert "| mean by part | tax | drift | money | penalties |" in text
    assert "| route | 1,000 | 234 | 1,000 | 234 |" in text
    assert "| late | feasible (time limit) | 77.00 | 9.50 | 1.0 |  |" in text
    assert "solve: a \\| b" in text
    assert "fine" not in text
    assert "(page.svg)" in text
    assert "1 household: 1 error; errors in 1. Of each: 3 accounts, 12 securities, 60 lots." in text


def test_a_section_replaces_itself_and_leaves_the_others(tmp_path):
    page = tmp_path / "page.md"
    for name, line in (("one", "first"), ("one two", "second"), ("one", "third"), ("one two", "fourth")):
        write_section(page, name, [line])
    assert page.read_text() == (
        "# Results\n\n<!-- one: written by the command -->\n\nthird\n\n<!-- end of one -->\n\n"
        "<!-- one two: written by the command -->\n\nfourth\n\n<!-- end of one two -->\n"
    )


def test_picture_is_labelled_and_the_same_every_time(tmp_path):
    cases = [case(saved=dict.fromkeys(COMPARED, 10.0**i - 5)) for i in range(6)]
    found = report(*cases, case("s", "sleeve", saved={"route": -3.0}))
    for name in ("one", "two"):
        found.write(tmp_path / f"{name}.md")
    picture = (tmp_path / "one.svg").read_text()
    assert picture == (tmp_path / "two.svg").read_text()
    words = {"".join(node.itertext()).strip() for node in ElementTree.fromstring(picture).iter() if "text" in node.tag}
    assert {*COMPARED, "Households of funds: 6, a dot each", "median", "$545", "−$3"} <= words


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def bench(run):
    return lambda *arguments: run("bench", *arguments)


@pytest.fixture
def ready(monkeypatch):
    """A run that ends at once."""
    saved, parts = dict.fromkeys(COMPARED, 1234567.891), dict.fromkeys(PARTS, -123456.789)
    cases = [case(f"s7-{i:05d}", saved=saved, saved_parts=dict.fromkeys(COMPARED, parts)) for i in range(3)]
    cases += [
        case("s7-00003", status="feasible", timed_out=True, gap=123456.78, errors=("route: Error: " + "x" * 150,))
    ]
    asked = []
    monkeypatch.setattr(benchmark, "run", lambda *arguments: asked.append(arguments[:4]) or report(*cases))
    return asked


def test_command_prints_tables_that_fit_a_terminal(bench, ready, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    code, out, _ = bench("--households", 4, "--sleeves", 0, "--seed", 7, "--time-limit", 9)
    assert (code, ready) == (0, [(4, 0, 7, 9.0)])
    assert max(map(len, out.splitlines())) <= 100
    for words in ("account_by_account", "1,234,567.89", "90th percentile", "3 optimal, 1 feasible", "s7-00003"):
        assert words in out
    assert "…" not in out


def test_command_prints_json_and_writes_the_page(bench, ready, tmp_path):
    code, out, _ = bench("--json", "--out", tmp_path / "results.md")
    assert (code, ready) == (0, [(100, 10, 0, 60.0)])
    assert len(json.loads(out)["cases"]) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results.md", "results.svg"]


def test_picture_without_matplotlib_is_refused_before_anything_is_solved(bench, ready, tmp_path, monkeypatch):
    monkeypatch.setattr("lotroute.solver.app.bench.find_spec", lambda _: None)
    code, _, err = bench("--out", tmp_path / "results.md")
    assert (code, ready) == (1, [])
    assert "pip install lotroute[bench]" in err
