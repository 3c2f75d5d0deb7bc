"""A solving process is watched from outside: whatever happens in it is an answer or an error, in time."""

import os
import signal
import time

import psutil
import pytest

from lotroute.solver.runs.batch import solver_process
from lotroute.solver.runs.batch.solver_process import ProcessFailedError, SolverProcess, TookTooLongError


def work(setup, task):
    what, *about = task
    if what == "echo":
        print(setup, about)  # noqa: T201 - must not be taken for an answer
        return setup, about, os.getpid()
    if what == "sleep":
        time.sleep(*about)
    if what == "raise":
        raise KeyError(*about)
    if what == "kill":
        os.kill(os.getpid(), *about)
    if what == "exit":
        raise SystemExit(*about)
    return None


@pytest.fixture
def process(monkeypatch):
    monkeypatch.syspath_prepend(os.path.dirname(__file__))  # noqa: PTH120
    made = SolverProcess("test_solver_process:work", "setup")
    yield made
    made.close()


def test_it_answers_and_lives_on(process):
    setup, about, pid = process.ask(("echo", 1, "a" * 10**6), 10)
    assert (setup, about) == ("setup", [1, "a" * 10**6])
    assert process.ask(("echo",), 10)[2] == pid != os.getpid()


def test_it_is_killed_when_its_time_is_over_and_replaced(process):
    pid = process.ask(("echo",), 10)[2]
    began = time.monotonic()
    with pytest.raises(TookTooLongError):
        process.ask(("sleep", 60), 0.5)
    assert time.monotonic() - began < 5
    assert not psutil.pid_exists(pid)
    assert process.ask(("echo",), 10)[2] != pid


@pytest.mark.parametrize(
    ("task", "error"),
    [
        (("raise", "x"), "KeyError: 'x'"),
        (("kill", signal.SIGKILL), "the solving process was ended by SIGKILL"),
        (("kill", signal.SIGABRT), "the solving process was ended by SIGABRT"),
        (("exit", 9), "the solving process ended with exit code 9"),
    ],
)
def test_its_end_is_an_error_with_what_is_known_and_it_is_replaced(process, task, error):
    with pytest.raises(ProcessFailedError) as failure:
        process.ask(task, 10)
    assert str(failure.value) == error
    assert process.ask(("echo",), 10)[0] == "setup"


def test_it_is_replaced_after_so_many_households(process, monkeypatch):
    monkeypatch.setattr(solver_process, "RECYCLED_AFTER", 3)
    pids = [process.ask(("echo",), 10)[2] for _ in range(7)]
    assert [len(set(pids[:3])), len(set(pids[3:6])), len(set(pids))] == [1, 1, 3]


def test_work_that_cannot_be_found_is_an_error(process):
    missing = SolverProcess("no.such:work", None)
    with pytest.raises(ProcessFailedError, match="No module named 'no'"):
        missing.ask(("echo",), 10)


def test_nothing_is_started_after_the_end(process):
    pid = process.ask(("echo",), 10)[2]
    process.close()
    assert not psutil.pid_exists(pid)
    with pytest.raises(ProcessFailedError, match="ended"):
        process.ask(("echo",), 10)
