"""`lotroute compare`: what it prints and writes, and what it leaves uncompared."""

import io
import json

import pytest
from rich.console import Console

from lotroute.models import Household, Violation
from lotroute.solver import compare, solve
from lotroute.solver.app.alternatives import comparison_as_dict, print_comparison

FILE = "fixtures/must_split.json"


@pytest.fixture(scope="module")
def plans():
    household = Household.load(FILE)
    return solve(household), compare(household, names=["route", "account_by_account"])


def printed(*arguments, width=80):
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_comparison(console, *arguments)
    return console.file.getvalue()


def test_every_way_is_printed_with_what_it_costs_more(plans):
    plan, others = plans
    text = printed(plan, others, ["nothing", "free_lots"])
    for name, other in others.items():
        row = next(line for line in text.splitlines() if line.startswith(name))
        assert f"{other.objective - plan.objective:+,.2f}" in row
    assert "nothing is left out, because it breaks a hard rule." in text
    assert "free_lots is left out, because it changes nothing for this household." in text
    assert max(map(len, text.splitlines())) <= 80


def test_parts_that_differ_are_printed_in_whole_dollars(plans):
    plan, others = plans
    lines = printed(plan, others, []).split("in whole dollars")[1].splitlines()
    heads, row = lines[2].split(), next(line for line in lines if line.startswith("route")).split()
    assert heads
    for part, dollars in zip(heads, row[1:], strict=True):
        assert float(dollars.replace(",", "")) == round(others["route"].parts[part] - plan.parts[part])


def test_a_way_that_breaks_a_rule_is_not_compared(plans):
    plan, others = plans
    broken = Violation(rule="band", where="bond", amount=10.0, text="bond stays $10.00 outside its band.")
    breaks = others["route"].model_copy(update={"violations": (broken,)})
    text = printed(plan, others | {"route": breaks}, [])
    rows = [line for line in text.splitlines() if line.startswith("route")]
    assert [row.split() for row in rows] == [["route", f"{breaks.objective:,.2f}", "1"]]
    assert comparison_as_dict(plan, {"route": breaks}, [])["plans"]["route"]["violations"] == [broken.text]
    both = plan.model_copy(update={"violations": (broken,)})  # the plan breaks it as well, so they are compared
    assert f"{breaks.objective - plan.objective:+,.2f}" in printed(both, {"route": breaks}, [])


def test_ways_that_cost_the_same_have_no_table_of_parts(plans):
    plan, _ = plans
    assert "by part" not in printed(plan, {"route": plan}, [])


def test_command_writes_json_with_what_is_left_out(run):
    code, out, _ = run("compare", FILE, "--with", "route, free_lots", "--json")
    found = json.loads(out)
    assert code == 0
    assert list(found["plans"]) == ["plan", "route"]
    assert found["absent"] == ["free_lots"]
    assert found["plans"]["plan"]["status"] == "optimal"
    assert sum(found["plans"]["route"]["parts"].values()) == pytest.approx(found["plans"]["route"]["objective"])


def test_command_compares_all_ways_unless_some_are_named(run):
    code, out, _ = run("compare", FILE)
    assert code == 0
    for name in ("route", "prorata_fifo", "account_by_account", "nothing"):
        assert f"\n{name} " in out


@pytest.mark.parametrize("names", ["", "route,best"])
def test_command_refuses_names_that_are_none(run, names):
    code, out, err = run("compare", FILE, "--with", names)
    assert (code, out) == (1, "")
    assert "is none of route" in err


def test_command_draws_a_picture(run, tmp_path):
    code, _, _ = run("compare", FILE, "--with", "route,nothing", "--picture", tmp_path / "ways.svg")
    assert code == 0
    picture = (tmp_path / "ways.svg").read_text(encoding="utf-8")
    assert picture.lstrip().startswith("<?xml")
    assert "drift (penalty)" in picture
    assert "tax this year (penalty)" not in picture
