"""What the documents show is what the program does."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from field_tables import DOCS, PAGES, renewed
from pydantic import BaseModel

from lotroute import models
from lotroute.models import Household, Limit, Limits, Plan, Policy
from lotroute.models.household.tables import NAMES
from lotroute.models.plan.certificate import Status
from lotroute.models.plan.outside_band import OutsideReason
from lotroute.models.plan.trades import ReasonCode
from lotroute.models.schema.record import descriptions
from lotroute.solver import ALTERNATIVES, audit, solve

ROOT = Path(__file__).parents[2]
PAGES_OF_TEXT = sorted([ROOT / "README.md", ROOT / "fixtures/README.md", *DOCS.rglob("*.md")])
ROW = r"[CDFHLMNOPQRTW]\d+"


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


def first_column(page):
    return set(re.findall(r"^\| ([a-z_]+) \|", (ROOT / page).read_text(), re.MULTILINE))


# -- what the README and the demo show ---------------------------------------------------------------------------------


def lines(text):
    return [line.rstrip() for line in re.sub(r"\d+\.\d+ s", "", text).strip("\n").splitlines()]


@pytest.fixture(scope="module")
def printed():
    command = [sys.executable, "-c", "from lotroute.solver.app.cli import main; main()", "demo"]
    return lines(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_the_demo_s_page_is_what_it_prints(printed):
    assert lines(blocks("docs/demo.md", "text")[0]) == printed


def test_the_readme_shows_parts_of_the_demo(printed):
    excerpt, proof, _ = blocks("README.md", "text")
    starts = [i for i in range(len(printed)) if printed[i : i + len(lines(excerpt))] == lines(excerpt)]
    assert len(starts) == 1
    first, second = lines(proof)
    assert first in printed
    assert any(line.startswith(second) for line in printed)


def test_the_readme_s_examples_run():
    for code in blocks("README.md", "python"):
        names = {}
        exec(code, names)
        assert names["plan"].certificate.status == "optimal"
        assert names["plan"].trades[0].reason.text.startswith("Split: the IRA could absorb only $88,708 of us_stock; ")
        assert round(names["plan"].certificate.gap, 2) == 0.10


def test_the_picture_is_of_today_s_plan():
    plan = solve(Household.load("fixtures/must_split.json"))
    picture = (DOCS / "plan_beside_route.svg").read_text(encoding="utf-8")
    for dollars in (plan.objective, plan.baselines["route"], plan.parts["tax"]):
        assert f"${dollars:,.0f}" in picture
    for dollars in (plan.objective, plan.baselines["route"]):
        assert f"${dollars:,.0f}" in (ROOT / "README.md").read_text()


# -- input, policy, plan -----------------------------------------------------------------------------------------------


def test_example_household_is_sound_and_solves():
    household = Household.model_validate(json.loads(blocks("docs/household.md", "json")[0]))
    plan = solve(household)
    assert audit(household, plan) == []
    assert plan.trades


def test_example_policy_is_the_default():
    assert Policy.model_validate(json.loads(blocks("docs/policy.md", "json")[0])) == Policy()


def test_example_limits_name_every_limit():
    example = json.loads(blocks("docs/policy.md", "json")[1])
    assert set(example["limits"]) == set(Limits.model_fields)
    assert Policy.model_validate(example).limits.bill == Limit(amount=5000, price=1)


def test_example_tables_are_all_there_are():
    listed = re.findall(r"(\w+)\.csv", (ROOT / "docs/household.md").read_text())
    assert {*listed} == {*NAMES}


def test_every_reason_status_and_alternative_is_documented():
    listed = first_column("docs/plan.md") - {"code", "status", "name", "field", "reason"}
    named = {name for name in ALTERNATIVES if name in (ROOT / "docs/plan.md").read_text()}
    codes = {code for kind in (ReasonCode, Status, OutsideReason) for code in get_args(kind)}
    assert codes | set(ALTERNATIVES) == listed | named


@pytest.mark.parametrize("page", PAGES)
def test_the_tables_of_fields_are_those_of_the_program(page):
    assert renewed(page) == (DOCS / page).read_text(encoding="utf-8"), "make docs writes them"


def records_in(record, found):
    """A record and every record that its fields are made of."""
    found[record.__name__] = record
    for info in record.model_fields.values():
        waiting = [info.annotation]
        while waiting:
            part = waiting.pop()
            if isinstance(part, type) and issubclass(part, BaseModel) and part.__name__ not in found:
                records_in(part, found)
            waiting += get_args(part)
    return found


def test_every_record_has_its_table_and_every_field_its_words():
    found = {}
    for record in (Household, Policy, Plan):
        records_in(record, found)
    assert set(found) == {name for names in PAGES.values() for name in names}
    assert all(getattr(models, name) is record for name, record in found.items())
    bare = [
        f"{name}.{field}"
        for name, record in found.items()
        for field in {*record.model_fields} - {*descriptions(record)}
    ]
    assert bare == []


def test_a_changed_table_is_noticed(tmp_path, monkeypatch):
    page = tmp_path / "policy.md"
    page.write_text(
        (DOCS / "policy.md").read_text().replace("| `discount_rate` | number |", "| `discount_rate` | text |")
    )
    monkeypatch.setattr("field_tables.DOCS", tmp_path)
    assert renewed("policy.md") != page.read_text()
    page.write_text("# The policy\n")
    with pytest.raises(ValueError, match="no place for the fields of Policy"):
        renewed("policy.md")


# -- the other pages ---------------------------------------------------------------------------------------------------


def test_the_rows_of_the_program_are_those_of_the_formulation():
    page = set(re.findall(rf"\b({ROW})\b", (ROOT / "docs/formulation.md").read_text()))
    built = set()
    for path in [*(ROOT / "solver/formulation").rglob("*.py"), *(ROOT / "models/eligibility").rglob("*.py")]:
        built |= set(re.findall(rf'"({ROW})[\["]', path.read_text()))
    assert built == page
    assert {row[0] for row in built} == set("CDFHLMNOPQRTW")


def test_every_fixture_has_its_sentence():
    listed = set(re.findall(r"`(\w+\.json)`", (ROOT / "fixtures/README.md").read_text()))
    assert listed == {path.name for path in (ROOT / "fixtures").glob("*.json")}


def test_every_test_that_the_features_name_is_there():
    files = {path.name: path for path in (ROOT / "tests").rglob("test_*.py")}
    named = re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", (ROOT / "docs/features.md").read_text())
    assert len(named) > 50
    for file, test in named:
        assert file in files, file
        assert not test or f"def {test}(" in files[file].read_text(), (file, test)


@pytest.mark.parametrize("page", PAGES_OF_TEXT, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
            assert anchor in slugs, link


@pytest.mark.parametrize("page", PAGES_OF_TEXT, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_path_that_a_page_names_is_there(page):
    named = re.findall(r"`((?:models|solver|fixtures|tests|docs)/[\w./]+\.\w+)`", page.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_index_lists_every_page():
    listed = set(re.findall(r"\]\(([^)]+\.md)\)", (DOCS / "README.md").read_text()))
    assert listed == {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - {"README.md"}
