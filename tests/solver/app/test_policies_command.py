"""Policies by name on the command line, in the terminal and on the page."""

import io
import json

import pytest
from html_pages import read
from rich.console import Console
from typer.testing import CliRunner

from lotroute.models import Household, InputError, Policy, named_policies
from lotroute.solver import route
from lotroute.solver.app.cli import app
from lotroute.solver.app.options import chosen_policy
from lotroute.solver.app.pages.plan_page import plan_page
from lotroute.solver.app.terminal import print_plan

HOME = "fixtures/must_split.json"


def run(*words):
    return CliRunner().invoke(app, words)


def test_the_policies_are_listed_with_their_sentences():
    text = " ".join(run("policies").stdout.split())
    for name, policy in named_policies().items():
        assert f"{name} {policy.sentence}" in text or f"{name}={policy.amount.name.upper()} {policy.sentence}" in text
    rows = json.loads(run("policies", "--json").stdout)
    assert [(row["name"], row["sentence"]) for row in rows] == [(p.name, p.sentence) for p in named_policies().values()]


def test_a_policy_is_chosen_by_its_name_or_its_file(tmp_path):
    file = tmp_path / "policy.json"
    file.write_text('{"location_years": 1}', encoding="utf-8")
    assert chosen_policy(None) == Policy()
    assert chosen_policy(None, Policy(location_years=2)) == Policy(location_years=2)
    assert chosen_policy(str(file)) == Policy(location_years=1)
    assert chosen_policy("tax_neutral") == Policy.named("tax_neutral")
    assert chosen_policy("gain_budget=20000") == Policy.named("gain_budget", amount=20_000)
    assert chosen_policy("transition=0.2") == Policy.named("transition", share=0.2)
    for words in ("tax_netral", "gain_budget", "tax_neutral=1", "gain_budget=", "other=1"):
        with pytest.raises(InputError):
            chosen_policy(words)
    with pytest.raises(FileNotFoundError):
        chosen_policy(str(tmp_path / "nothere.json"))


def test_a_plan_under_a_policy_s_name_says_so_and_is_checked_by_it(tmp_path):
    made = run("solve", HOME, "--policy", "tax_neutral", "--json")
    plan = json.loads(made.stdout)
    assert plan["policy"]["name"] == "tax_neutral"
    (tmp_path / "plan.json").write_text(made.stdout, encoding="utf-8")
    assert run("check", HOME, str(tmp_path / "plan.json"), "--policy", "tax_neutral").exit_code == 0
    assert run("check", HOME, str(tmp_path / "plan.json"), "--policy", "do_it_now").exception is not None


def test_terminal_and_page_name_the_policy():
    home = Household.load(HOME)
    for policy, words in [
        (Policy.named("tax_neutral"), f"Policy tax_neutral: {named_policies()['tax_neutral'].sentence}"),
        (Policy(name="ours"), "Policy ours"),
        (Policy(), ""),
    ]:
        plan = route(home, policy)
        console = Console(file=io.StringIO(), width=200, highlight=False)
        print_plan(console, home, plan, plan)
        printed = [line for line in console.file.getvalue().splitlines() if line.startswith("Policy")]
        shown = [each.text for each in read(plan_page(plan)).all("p") if each.text.startswith("Policy")]
        assert printed == shown == ([words] if words else [])
