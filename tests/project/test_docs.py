"""What the documents show is what the program does."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

from lotroute.models import Household, Limit, Limits, Policy
from lotroute.models.household.tables import NAMES
from lotroute.models.plan.certificate import Status
from lotroute.models.plan.trades import ReasonCode
from lotroute.solver import audit, solve

ROOT = Path(__file__).parents[2]


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


def first_column(page):
    return set(re.findall(r"^\| ([a-z_]+) \|", (ROOT / page).read_text(), re.MULTILINE))


def test_readme_shows_the_demo_as_it_prints():
    command = [sys.executable, "-c", "from lotroute.solver.app.cli import main; main()", "demo"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def lines(text):
        return [line.rstrip() for line in re.sub(r"\d+\.\d+ s", "", text).strip().splitlines()]

    assert lines(blocks("README.md", "text")[0]) == lines(printed)


def test_readme_example_runs():
    names = {}
    exec(blocks("README.md", "python")[0], names)
    assert names["plan"].certificate.status == "optimal"


def test_example_household_is_sound_and_solves():
    household = Household.model_validate(json.loads(blocks("docs/household.md", "json")[0]))
    plan = solve(household)
    assert audit(household, plan) == []
    assert plan.trades


def test_example_policy_is_the_default():
    assert Policy.model_validate(json.loads(blocks("docs/household.md", "json")[1])) == Policy()


def test_example_limits_name_every_limit_and_its_row():
    page = (ROOT / "docs/household.md").read_text()
    example = json.loads(blocks("docs/household.md", "json")[2])
    assert set(example["limits"]) == set(Limits.model_fields)
    assert Policy.model_validate(example).limits.bill == Limit(amount=5000, price=1)
    rows = re.findall(r"^\| (`.*`) \|", page.partition("| in `limits` |")[2], re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", "".join(rows))) == set(Limits.model_fields)


def test_example_tables_are_all_there_are():
    listed = re.findall(r"(\w+)\.csv", (ROOT / "docs/household.md").read_text())
    assert {*listed} == {*NAMES}


def test_every_reason_and_status_is_documented():
    listed = first_column("docs/household.md")
    assert set(get_args(ReasonCode)) | set(get_args(Status)) == listed - {"code", "status"}


def test_every_row_of_the_program_is_in_the_formulation():
    rows = set(re.findall(r"\b([CDWHNP]\d+)\b", (ROOT / "docs/formulation.md").read_text()))
    built = set()
    for path in (ROOT / "solver").glob("*.py"):
        built |= set(re.findall(r'"([CDWHNP]\d+)[\["]', path.read_text()))
    assert built <= rows
    assert len(built) >= 10


def test_every_fixture_has_its_sentence():
    listed = set(re.findall(r"`(\w+\.json)`", (ROOT / "fixtures/README.md").read_text()))
    assert listed == {path.name for path in (ROOT / "fixtures").glob("*.json")}


def test_every_test_that_the_features_name_is_there():
    named = re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", (ROOT / "docs/features.md").read_text())
    assert len(named) > 50
    for file, test in named:
        source = (ROOT / "tests" / file).read_text()
        assert not test or f"def {test}(" in source, (file, test)
