"""A run that is cut off at any moment and gone on with has the rows of an undisturbed one, none twice, none missing."""

import json
import os
import random
import resource
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from runs_of_books import PLANTED, book_of, command, events_of, households, named, rows_of, run, states_of

from lotroute.models import InputError, Policy
from lotroute.solver.runs.batch import parts as parts_module
from lotroute.solver.runs.batch.parts import Parts


def sound(out):
    """Check that every file that lies in a run can be read, and that certificates name no household twice."""
    states_of(out)
    rows_of(out)


def kill(process, whom, dice):
    """Kill the run itself, or one of its solving processes."""
    children = psutil.Process(process.pid).children()
    if whom == "worker" and children:
        dice.choice(children).kill()
        return False
    process.send_signal(signal.SIGKILL)
    return True


def killed_until_it_ends(book, out, seed, kills):
    """Run a book, killed at random moments, until it has been killed `kills` times or ends; then let it end."""
    dice = random.Random(seed)
    for _ in range(kills):
        arguments, environment = command("batch", book, "--out", out, "--workers", 2, "--resume")
        process = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.5, 5.0))
        if kill(process, dice.choice(["parent", "parent", "worker"]), dice):
            process.wait()
        else:
            assert process.wait(timeout=120) == 0
        if process.returncode == 0:
            break
        if (out / "certificates").exists() and any((out / "certificates").glob("*.parquet")):
            sound(out)
    arguments, environment = command("batch", book, "--out", out, "--workers", 2, "--resume", "--json")
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    book = book_of(folder / "book", households(40))
    return book, run(book, folder / "run"), rows_of(folder / "run")


@pytest.mark.parametrize("seed", [0, pytest.param(range(1, 21), marks=pytest.mark.slow)], ids=["once", "twenty times"])
def test_a_run_killed_at_random_moments_ends_with_the_same_rows(undisturbed, tmp_path, seed):
    book, summary, rows = undisturbed
    for number in [seed] if isinstance(seed, int) else seed:
        out = tmp_path / f"run{number}"
        found = killed_until_it_ends(book, out, number, kills=3)
        assert rows_of(out) == rows
        assert found["states"] == summary["states"]
        assert not list(out.rglob("*.partial"))


def test_no_process_is_left_when_the_run_is_killed(undisturbed, tmp_path):
    book, *_ = undisturbed
    arguments, environment = command("batch", book, "--out", tmp_path / "run", "--workers", 2)
    process = subprocess.Popen(arguments, env=environment, stderr=subprocess.DEVNULL)
    children, until = [], time.monotonic() + 60
    while len(children) < 2 and time.monotonic() < until:
        time.sleep(0.05)
        children = psutil.Process(process.pid).children()
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert len(children) == 2
    assert not alive


def test_a_run_that_is_interrupted_says_so_and_goes_on(undisturbed, tmp_path):
    book, _, rows = undisturbed
    arguments, environment = command("batch", book, "--out", tmp_path / "run", "--workers", 1)
    process = subprocess.Popen(arguments, env=environment, stderr=subprocess.PIPE, text=True)
    while not list((tmp_path / "run").glob("certificates/*.parquet")):
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume goes on" in said
    assert [line["error"] for line in events_of(tmp_path / "run", "run stops")] == ["KeyboardInterrupt: "]
    run(book, tmp_path / "run", resume=True)
    assert rows_of(tmp_path / "run") == rows


def test_what_is_settled_is_not_solved_again_and_a_run_is_not_written_over(undisturbed, tmp_path):
    book, _, rows = undisturbed
    run(book, tmp_path / "run")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").glob("*/*.parquet")}
    with pytest.raises(InputError, match="--resume"):
        run(book, tmp_path / "run")
    run(book, tmp_path / "run", resume=True, work="no.such:work")
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "run").glob("*/*.parquet")}
    assert rows_of(tmp_path / "run") == rows


def test_only_changed_households_are_solved_again(tmp_path):
    homes = households(12)
    book = book_of(tmp_path / "book", homes)
    run(book, tmp_path / "run")
    poorer = homes[3].accounts[0]
    poorer = poorer.model_copy(update={"cash": poorer.cash + 5000.0})
    changed = homes[3].model_copy(update={"accounts": (poorer, *homes[3].accounts[1:])}).validated()
    newcomer = named(homes[5], "newcomer")
    now = [*homes[:3], changed, *homes[4:7], *homes[8:], newcomer]
    book_of(tmp_path / "book", now)
    run(book, tmp_path / "run", resume=True)
    begun = events_of(tmp_path / "run", "run begins")
    assert [line["settled"] for line in begun] == [0, 10]
    run(book, tmp_path / "afresh")
    assert rows_of(tmp_path / "run") == rows_of(tmp_path / "afresh")


def test_another_policy_solves_all_again(tmp_path):
    book = book_of(tmp_path / "book", households(4))
    run(book, tmp_path / "run")
    policy = Policy.model_validate({"to_target": "exact"})
    run(book, tmp_path / "run", policy=policy, resume=True)
    run(book, tmp_path / "afresh", policy=policy)
    assert [line["settled"] for line in events_of(tmp_path / "run", "run begins")] == [0, 0]
    assert rows_of(tmp_path / "run") == rows_of(tmp_path / "afresh")


def test_a_cut_between_the_files_of_a_part_leaves_nothing_twice(undisturbed, tmp_path, monkeypatch):
    """The disk refuses after so many files, at every file of a part in turn."""
    book, _, rows = undisturbed
    whole, count = parts_module.whole, 0

    def refuses(path, write):
        nonlocal count
        count += 1
        if count == 15:
            raise OSError(28, os.strerror(28), str(path))
        whole(path, write)

    monkeypatch.setattr(parts_module, "whole", refuses)
    with pytest.raises(OSError, match="No space left"):
        run(book, tmp_path / "run")
    assert len(Parts(tmp_path / "run").numbers("trades")) > len(Parts(tmp_path / "run").numbers())
    run(book, tmp_path / "run", resume=True)
    assert rows_of(tmp_path / "run") == rows


def test_a_full_disk_stops_the_run_with_a_clear_error_and_it_goes_on(undisturbed, tmp_path):
    book, _, rows = undisturbed
    arguments, environment = command("batch", book, "--out", tmp_path / "run", "--workers", 2)

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = subprocess.run(
        arguments, env=environment, capture_output=True, text=True, check=False, preexec_fn=small_files
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "run").rglob("*.partial"))
    run(book, tmp_path / "run", resume=True)
    assert rows_of(tmp_path / "run") == rows


def test_what_the_deadline_decided_is_solved_when_the_run_goes_on(undisturbed, tmp_path):
    book, _, rows = undisturbed
    run(book, tmp_path / "run", deadline=time.time() + 8)
    states = {state for state, _ in states_of(tmp_path / "run").values()}
    assert states & {"greedy", "failed"}
    run(book, tmp_path / "run", resume=True)
    assert rows_of(tmp_path / "run") == rows


def test_a_part_that_is_dropped_from_is_rewritten_certificates_last(tmp_path, monkeypatch):
    """If the rewriting of a part is cut off, its households still look stale, so they are dropped again."""
    homes = households(4)
    book = book_of(tmp_path / "book", homes)
    run(book, tmp_path / "run", workers=1)
    for table in ("trades", "certificates"):
        with monkeypatch.context() as patch:

            def refuses(path, write, table=table, whole=parts_module.whole):
                if path.parent.name == table:
                    raise OSError(28, os.strerror(28), str(path))
                whole(path, write)

            patch.setattr(parts_module, "whole", refuses)
            with pytest.raises(OSError, match="No space left"):
                run(book, tmp_path / "run", resume=True, gap_bp=1.0)
    run(book, tmp_path / "run", resume=True, gap_bp=1.0)
    run(book, tmp_path / "afresh", gap_bp=1.0)
    assert rows_of(tmp_path / "run") == rows_of(tmp_path / "afresh")


def test_planted_faults_end_the_same_after_a_resume(tmp_path):
    homes = households(6)
    homes[2], homes[4] = named(homes[2], "crash_a"), named(homes[4], "raises_a")
    book = book_of(tmp_path / "book", homes)
    run(book, tmp_path / "run", work=PLANTED)
    before = states_of(tmp_path / "run")
    run(book, tmp_path / "run", work=PLANTED, resume=True)
    assert states_of(tmp_path / "run") == before
    assert Path(tmp_path / "run" / "summary.json").exists()
