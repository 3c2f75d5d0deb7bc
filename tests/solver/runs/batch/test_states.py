"""Every household of a run ends in one state, the right one, and none touches another."""

import duckdb
import pytest
from feature_cases import stuck
from runs_of_books import PLANTED, book_of, events_of, households, named, rows_of, run, states_of

from lotroute.models import Policy
from lotroute.solver import route, solve

ENDS = {
    "crash_a": ("failed", "the solving process was ended by SIGSEGV"),
    "exits_a": ("failed", "the solving process ended with exit code 7: out of luck"),
    "raises_a": ("failed", "ArithmeticError: planted"),
    "endless_a": ("greedy", "the search failed: it did not end within 1 seconds and was stopped"),
    "endless_always_a": ("failed", "it did not end within 1 seconds and was stopped"),
    "crash_once_a": ("optimal", ""),
    "raises_once_a": ("optimal", ""),
}


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory):
    """A run with a household for each planted fault between sound ones, and the sound ones."""
    folder = tmp_path_factory.mktemp("poisoned")
    homes = households(2 * len(ENDS) + 1)
    for place, name in enumerate(ENDS):
        homes[2 * place + 1] = named(homes[2 * place + 1], name)
    book_of(folder / "book", homes)
    summary = run(folder / "book", folder / "run", per_household=1.0, work=PLANTED)
    return folder / "run", homes, summary


def test_each_planted_fault_has_its_state_and_all_others_are_planned(poisoned):
    out, homes, summary = poisoned
    found = states_of(out)
    assert found.keys() == {home.id for home in homes}
    for home in homes:
        state, why = ENDS.get(home.id, ("optimal", ""))
        assert found[home.id] == (state, why), home.id
    assert summary["states"]["failed"] == 4
    assert sum(summary["states"].values()) == summary["households"] == len(homes)


def test_the_plans_of_the_others_are_those_of_solve(poisoned):
    out, homes, _ = poisoned
    rows = rows_of(out)
    for home in homes:
        mine = sorted((row[2:] for row in rows["trades"] if row[0] == home.id), key=repr)
        if home.id not in ENDS:
            plan = solve(home, explain="codes")
        elif home.id == "endless_a":
            plan = route(home)
        else:
            continue
        fields = (
            "account",
            "side",
            "symbol",
            "quantity",
            "price",
            "lot",
            "acquired",
            "basis",
            "proceeds",
            "gain",
            "term",
        )
        trades = [(*(getattr(trade, name) for name in fields), trade.reason.code) for trade in plan.trades]
        assert mine == sorted(trades, key=repr), home.id


def test_a_retry_is_counted_and_its_first_attempt_is_in_the_seconds(poisoned):
    out, *_ = poisoned
    with duckdb.connect() as db:
        query = f"SELECT household_id, attempts, seconds FROM '{out}/certificates/*.parquet'"
        found = {household: about for household, *about in db.execute(query).fetchall()}
    assert all((attempts == 2) == (household in ENDS) for household, (attempts, _) in found.items())
    assert found["endless_a"][1] > 3  # a second, two of grace, and the router's plan
    assert found["endless_always_a"][1] > 6


def test_failures_have_their_error_and_no_trades(poisoned):
    out, *_ = poisoned
    rows = rows_of(out)
    failed = {name: why for name, (state, why) in ENDS.items() if state == "failed"}
    assert {(row[0], row[1], row[3]) for row in rows["failures"]} == {
        (*item, why) for item, why in zip(((n, "failed") for n in failed), failed.values(), strict=True)
    }
    for table in ("trades", "bills", "blocked", "plans"):
        assert not failed.keys() & {row[0] for row in rows[table]}
    logged = {(line["household_id"], line["state"]) for line in events_of(out, "household")}
    assert logged == {(name, state) for name, (state, _) in ENDS.items() if state != "optimal"}


def test_bad_input_is_refused_with_every_fault_and_its_place(tmp_path):
    book = book_of(tmp_path / "book", households(3))
    lots = (book / "lots.csv").read_text(encoding="utf-8").splitlines()
    header = lots[0].split(",")
    ids = [home.id for home in households(3)]
    ours = [number for number, line in enumerate(lots[1:], 1) if line.split(",")[0] == ids[1]][:2]
    for number, column in zip(ours, ("quantity", "basis_per_share"), strict=True):
        cells = lots[number].split(",")
        cells[header.index(column)] = "-5"
        lots[number] = ",".join(cells)
    (book / "lots.csv").write_text("\n".join(lots) + "\n", encoding="utf-8")
    summary = run(book, tmp_path / "run")
    assert summary["states"] | {"optimal": 0, "within gap": 0} == dict.fromkeys(summary["states"], 0) | {"refused": 1}
    found = rows_of(tmp_path / "run")["failures"]
    assert {row[0] for row in found} == {ids[1]}
    assert sorted(row[5] for row in found) == sorted(f"lots.csv, row {number + 1}" for number in ours)
    assert all("-5" in row[3] for row in found)
    assert {row[2].rpartition(".")[2] for row in found} == {"quantity", "basis_per_share"}


def test_a_household_whose_hard_rules_conflict_is_refused_with_the_rules(tmp_path):
    """The taxable account must pay out what keeps stock out of its band, and the 401(k) can hold only bonds."""
    home, policy = stuck(), Policy.model_validate({"drift": {"hard": True}})
    run(book_of(tmp_path / "book", [home]), tmp_path / "run", policy=policy)
    [(state, why)] = states_of(tmp_path / "run").values()
    rows = rows_of(tmp_path / "run")
    violations = solve(home, policy).violations
    assert state == "refused"
    assert [row[2] for row in rows["failures"]] == sorted(f"{each.rule} {each.where}" for each in violations)
    assert violations[0].text in why
    assert rows["trades"] == []
    assert len(rows["plans"]) == 1
