"""`lotroute import`: files, what is said of them, exit codes."""

import json
import tomllib

import pytest
from export_samples import SAMPLES, copied, sample, spoil

from lotroute.models import Household

BROKERS = ("schwab", "fidelity", "vanguard", "generic")


@pytest.mark.parametrize("broker", BROKERS)
def test_a_sample_becomes_a_household_that_loads(run, tmp_path, broker):
    out = tmp_path / "home.json"
    answers = SAMPLES / broker / "answers.toml"
    code, said, err = run("import", "--from", broker, *sample(broker), "--with", answers, "--out", out)
    assert (code, err) == (0, "")
    household = Household.load(out)
    assert household.id == "home"
    assert f"{len(household.accounts)} accounts" in said
    assert "on 2026-06-15" in said


def test_a_folder_of_tables_is_the_same_household(run, tmp_path):
    answers = SAMPLES / "fidelity/answers.toml"
    for out in (tmp_path / "home.json", tmp_path / "home"):
        assert run("import", "--from", "fidelity", *sample("fidelity"), "--with", answers, "--out", out)[0] == 0
    assert Household.load(tmp_path / "home") == Household.load(tmp_path / "home.json")


def test_the_household_solves_from_the_command_line(run, tmp_path):
    out, answers = tmp_path / "home.json", SAMPLES / "vanguard/answers.toml"
    run("import", "--from", "vanguard", *sample("vanguard"), "--with", answers, "--out", out)
    code, said, _ = run("solve", out)
    assert code == 0
    assert "no plan is better than this one" in said


def test_what_is_needed_is_listed_with_a_form_that_asks_for_it(run, tmp_path):
    out = tmp_path / "home.json"
    code, said, err = run("import", "--from", "vanguard", *sample("vanguard"), "--out", out)
    assert code == 1
    assert "7 things are needed that no export holds:" in err
    assert "accounts.account-7741.kind" in err
    assert not out.exists()
    assert json.loads((tmp_path / "home.incomplete.json").read_text())["trade_date"] == "2026-06-15"
    assert "home.answers.toml" in err
    assert "no basis" in said
    form = (tmp_path / "home.answers.toml").read_text()
    assert {*tomllib.loads(form)} == {"taxpayer", "targets", "accounts", "symbols"}


def test_a_form_that_is_filled_in_makes_the_household(run, tmp_path):
    out, form = tmp_path / "home.json", tmp_path / "form.toml"
    arguments = ["import", "--from", "vanguard", *sample("vanguard"), "--out", out]
    assert run(*arguments, "--template", form)[0] == 1
    text = form.read_text()
    for empty, filled in (
        ('filing_status = ""', 'filing_status = "single"'),
        ('ordinary_income = ""', "ordinary_income = 90000"),
        ('us_stock = ""', "us_stock = 0.6"),
        ('intl_stock = ""', "intl_stock = 0.15"),
        ('us_bond = ""', "us_bond = 0.25"),
        ('kind = ""', 'kind = "taxable"'),
        ('kind = ""', 'kind = "traditional"'),
        ('class = ""', 'class = "us_bond"'),
    ):
        assert empty in text
        text = text.replace(empty, filled, 1)
    form.write_text(text)
    code, _, err = run(*arguments, "--with", form)
    assert (code, err) == (0, "")
    assert [account.kind for account in Household.load(out).accounts] == ["taxable", "traditional"]


def test_an_empty_form_asks_again_and_is_not_replaced(run, tmp_path):
    out, form = tmp_path / "home.json", tmp_path / "home.answers.toml"
    arguments = ["import", "--from", "generic", *sample("generic"), "--out", out]
    run(*arguments)
    form.write_text(form.read_text() + "\n# mine\n")
    code, _, err = run(*arguments, "--with", form)
    assert code == 1
    assert "taxpayer.filing_status" in err
    assert form.read_text().endswith("# mine\n")


def test_faults_are_listed_and_nothing_is_written(run, tmp_path):
    files = copied("fidelity", tmp_path)
    spoil(files["Lots_Jun-15-2026.csv"], (2, "Mar-16-2017", "Mar-36-2017"), (7, ",40,", ",forty,"))
    out = tmp_path / "home.json"
    code, said, err = run("import", "--from", "fidelity", *files.values(), "--out", out)
    assert (code, said) == (1, "")
    assert "2 things are wrong with the files or the answers:" in err
    assert "Lots_Jun-15-2026.csv, row 2, Acquired: 'Mar-36-2017' is not a date" in err
    assert "Lots_Jun-15-2026.csv, row 7, Quantity: 'forty' is not a number" in err
    assert {path.suffix for path in tmp_path.iterdir()} == {".csv"}


def test_json_has_all_that_was_found(run, tmp_path):
    answers = SAMPLES / "schwab/answers.toml"
    out = tmp_path / "home.json"
    code, said, _ = run("import", "--from", "schwab", *sample("schwab"), "--with", answers, "--out", out, "--json")
    found = json.loads(said)
    assert code == 0
    assert [account["id"] for account in found["accounts"]] == ["joint", "ira", "roth"]
    assert (found["faults"], found["needed"]) == ([], [])
    assert "cash" in {note["meaning"] for note in found["notes"]}
    assert run("import", "--from", "schwab", *sample("schwab"), "--out", out, "--json")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "schwap", "positions.csv"], "did you mean 'schwab'?"),
        (["--from", "schwab"], "which files?"),
        (["--from", "schwab", "nowhere.csv"], "nowhere.csv"),
        (["--from", "duckdb:home.duckdb", "more.csv"], "a database has the whole household"),
    ],
)
def test_mistyped_commands_are_refused(run, tmp_path, arguments, said):
    code, _, err = run("import", *arguments, "--out", tmp_path / "home.json")
    assert code == 1
    assert said in err


def test_a_database_is_read_as_it_is(run, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    household = Household.load("fixtures/must_split.json")
    household.save(tmp_path / "tables")
    with duckdb.connect(tmp_path / "home.duckdb") as database:
        for table in sorted((tmp_path / "tables").glob("*.csv")):
            if len(table.read_text().splitlines()) > 1:
                database.execute(f"create table {table.stem} as from read_csv('{table}')")
    out = tmp_path / "home.json"
    code, _, err = run("import", "--from", f"duckdb:{tmp_path / 'home.duckdb'}", "--out", out)
    assert (code, err) == (0, "")
    assert Household.load(out) == household
