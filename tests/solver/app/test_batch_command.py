"""The command batch as its users meet it: what it prints, its exit codes, its errors."""

import json
from datetime import datetime

import pytest
from runs_of_books import book_of, households, rows_of

from lotroute.models import InputError, Plan, Policy
from lotroute.solver import solve
from lotroute.solver.app.batch import next_time


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return book_of(tmp_path_factory.mktemp("book") / "book", households(3))


def test_it_prints_the_states_and_exits_with_zero_if_all_are_planned(run, book, tmp_path):
    code, out, err = run("batch", book, "--out", tmp_path / "run", "--workers", 1)
    assert code == 0
    assert "3 households in" in out
    assert "account by account" in out
    assert "3 of 3 households" in err
    code, again, _ = run("batch", book, "--out", tmp_path / "run", "--resume", "--json")
    assert code == 0
    assert json.loads(again)["states"]["optimal"] + json.loads(again)["states"]["within gap"] == 3
    assert json.loads((tmp_path / "run" / "summary.json").read_text()) == json.loads(again)


def test_it_exits_with_three_if_one_is_refused(run, tmp_path):
    book = book_of(tmp_path / "book", households(3))
    text = (book / "accounts.csv").read_text(encoding="utf-8")
    (book / "accounts.csv").write_text(text.replace("taxable,", "taxible,"), encoding="utf-8")
    code, out, _ = run("batch", book, "--out", tmp_path / "run", "--json")
    assert code == 3
    assert json.loads(out)["states"]["refused"] > 0
    assert {row[5] for row in rows_of(tmp_path / "run")["failures"] if "taxible" in row[3]} != {""}


def test_a_policy_is_used_and_stated(run, book, tmp_path):
    (tmp_path / "policy.json").write_text(Policy.model_validate({"to_target": "exact"}).model_dump_json())
    code, *_ = run("batch", book, "--out", tmp_path / "run", "--policy", tmp_path / "policy.json", "--gap", 2)
    stated = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert code == 0
    assert (stated["policy"]["to_target"], stated["options"]["gap_bp"], stated["households"]) == ("exact", 2, 3)
    assert {name.partition(".")[0] for name in stated["files"]} >= {"household", "accounts", "lots", "securities"}
    assert len({len(digest) for digest in stated["files"].values()}) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--scheduler", "tcp://nowhere:1"], "goes with --engine dask"),
        (["--deadline", "25:00"], "is not a time"),
        (["--deadline", "2020-01-01T06:00"], "is over"),
        (["--per-household", "0"], "be greater than or equal"),
        (["--engine", "spark"], "spark"),
        (["--policy", "no-such.json"], "no-such.json"),
    ],
)
def test_wrong_options_are_said(run, book, tmp_path, options, words):
    code, _, err = run("batch", book, "--out", tmp_path / "run", *options)
    assert code == 1
    assert words in " ".join(err.split())
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_no_book_or_no_run_is_said(run, book, tmp_path):
    code, _, err = run("batch", tmp_path / "nothing", "--out", tmp_path / "run")
    assert code == 1
    assert "nothing" in err
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text("{}")
    code, _, err = run("batch", book, "--out", tmp_path / "run", "--resume")
    assert code == 1
    assert "not the manifest of a run" in err


def test_a_household_of_a_run_is_opened_with_all_its_sentences(run, book, tmp_path):
    home = households(3)[1]
    run("batch", book, "--out", tmp_path / "run")
    code, out, _ = run("explain", book, tmp_path / "run", "--household", home.id, "--json")
    opened, full = Plan.model_validate_json(out), solve(home, explain="full")
    assert code == 0
    assert [(trade.lot, trade.reason) for trade in opened.trades] == [(t.lot, t.reason) for t in full.trades]
    assert run("check", book, tmp_path / "run", "--household", home.id)[0] == 0
    code, _, err = run("explain", book, tmp_path / "run")
    assert (code, "say which household" in err) == (1, True)
    code, _, err = run("explain", book, tmp_path / "run", "--household", "nobody")
    assert (code, "no plan for household 'nobody'" in err) == (1, True)


def test_a_deadline_is_the_next_time_that_it_names():
    now = datetime(2026, 11, 25, 22, 30)
    assert next_time("06:00", now) == datetime(2026, 11, 26, 6)
    assert next_time("22:30", now) == datetime(2026, 11, 26, 22, 30)
    assert next_time("23:15", now) == datetime(2026, 11, 25, 23, 15)
    assert next_time("2026-11-27T05:00", now) == datetime(2026, 11, 27, 5)
    with pytest.raises(InputError):
        next_time("soon", now)
