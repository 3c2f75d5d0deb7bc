"""The same rows whatever carries the chunks: one process or many, the book's order, Dask, a worker lost in mid-run."""

import threading
import time

import psutil
import pytest
from runs_of_books import PLANTED, book_of, command, households, named, rows_of, run, states_of

from lotroute.models import InputError
from lotroute.solver.runs.batch import run as run_module
from lotroute.solver.runs.batch.engines import Dask
from lotroute.solver.runs.batch.run import run_batch


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engines")
    book = book_of(folder / "book", households(24, seed=5))
    run(book, folder / "run", workers=2)
    return book, rows_of(folder / "run")


def test_one_worker_and_another_order_give_the_same_rows(undisturbed, tmp_path):
    _, rows = undisturbed
    book = book_of(tmp_path / "book", reversed(households(24, seed=5)))
    run(book, tmp_path / "run", workers=1)
    assert rows_of(tmp_path / "run") == rows


def test_parquet_gives_the_plans_of_csv(undisturbed, tmp_path):
    _, rows = undisturbed
    book = book_of(tmp_path / "book", households(24, seed=5), "parquet")
    run(book, tmp_path / "run", workers=3)
    found = rows_of(tmp_path / "run")
    assert found.pop("certificates")[0][0] == rows["certificates"][0][0]
    assert found == {table: rows[table] for table in found}


@pytest.fixture
def small_parts(monkeypatch):
    """Parts of two households, so that there is a middle of a run."""
    monkeypatch.setattr(run_module, "PER_PART", 2)


@pytest.mark.usefixtures("small_parts")
def test_dask_gives_the_same_rows_also_if_a_worker_is_killed(undisturbed, tmp_path):
    book, rows = undisturbed
    killed = []

    def report(pace):
        if pace.done >= 4 and not killed:
            mine = psutil.Process().children(recursive=True)
            workers = [each for each in mine if any(one.cmdline()[1:3] == SERVES for one in each.children())]
            workers[0].kill()
            killed.append(workers[0].pid)

    run_batch(book, tmp_path / "run", engine=Dask(2), report=report)
    assert killed
    assert rows_of(tmp_path / "run") == rows


SERVES = ["-m", "lotroute.solver.runs.batch.serve"]


def test_a_household_that_always_takes_its_dask_worker_along_fails_alone(tmp_path):
    homes = households(6, seed=5)
    homes[3] = named(homes[3], "assassin")
    book = book_of(tmp_path / "book", homes)
    run_batch(book, tmp_path / "run", engine=Dask(1), work=PLANTED)
    found = states_of(tmp_path / "run")
    assert found.pop("assassin")[0] == "failed"
    assert {state for state, _ in found.values()} <= {"optimal", "within gap"}
    assert len(found) == 5


def test_a_scheduler_that_does_not_answer_is_said(tmp_path):
    book = book_of(tmp_path / "book", households(1))
    with pytest.raises(InputError, match="does not answer"):
        run_batch(book, tmp_path / "run", engine=Dask(1, "tcp://127.0.0.1:9"))


def test_a_scheduler_that_is_there_is_joined(undisturbed, tmp_path):
    from distributed import LocalCluster

    book, rows = undisturbed
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        run_batch(book, tmp_path / "run", engine=Dask(1, cluster.scheduler_address))
    assert rows_of(tmp_path / "run") == rows


@pytest.mark.usefixtures("small_parts")
def test_a_solving_process_that_is_killed_costs_its_household_a_second_try(undisturbed, tmp_path):
    book, rows = undisturbed
    stop = threading.Event()

    def kill():
        while not stop.is_set():
            for process in psutil.Process().children():
                if process.cmdline()[1:3] == SERVES:
                    process.kill()
            time.sleep(4)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        run(book, tmp_path / "run")
    finally:
        stop.set()
        killer.join()
    found = rows_of(tmp_path / "run")
    assert {row[1] for row in found["certificates"]} <= {"optimal", "within gap"}
    assert {table: found[table] for table in ("trades", "plans")} == {
        table: rows[table] for table in ("trades", "plans")
    }


def test_the_engine_of_the_command_is_dask_if_asked(undisturbed, tmp_path):
    import subprocess

    book, rows = undisturbed
    arguments, environment = command("batch", book, "--out", tmp_path / "run", "--engine", "dask", "--workers", 2)
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert rows_of(tmp_path / "run") == rows
