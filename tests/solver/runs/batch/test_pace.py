"""When a run turns to greedy plans, and what it does with a household then."""

import time
from dataclasses import replace

import pytest
from runs_of_books import households

from lotroute.models import Policy, write_book
from lotroute.solver import route
from lotroute.solver.runs.batch.book import Book
from lotroute.solver.runs.batch.chunks import Chunk, Part, Terms, plan_chunk
from lotroute.solver.runs.batch.outcomes import Outcome
from lotroute.solver.runs.batch.pace import FIRST_GUESS, GREEDY_BUILDS, SAFETY, TO_WRITE, Pace
from lotroute.solver.runs.batch.solver_process import ProcessFailedError, TookTooLongError
from lotroute.solver.runs.batch.work import Setup, plan_household


def test_greedy_plans_begin_early_enough_for_all_that_are_left():
    pace = Pace(1000, 4, 10.0, deadline=5000.0)
    kept = 5000.0 - pace.terms().greedy_from
    assert kept > SAFETY * FIRST_GUESS * 1000 / 4
    pace.note(Part(0, [Outcome("a", "optimal", "", 3.0, 0.5), Outcome("b", "failed", "", 3.0, 0.0)]))
    mean = GREEDY_BUILDS * 0.25
    assert 5000.0 - pace.terms().greedy_from == pytest.approx(SAFETY * mean * 998 / 4 + kept - SAFETY * 0.2 * 250)
    assert pace.terms().deadline == 5000.0 - TO_WRITE
    assert Pace(1000, 4, 10.0).terms() == Terms(10.0)


class Here:
    """A solving process that is none, and notes what it is asked."""

    def __init__(self, setup, raises=()):
        self.setup, self.raises, self.asked = setup, list(raises), []

    def ask(self, task, limit):
        self.asked.append((task, limit))
        if self.raises and (error := self.raises.pop(0)):
            raise error
        return plan_household(self.setup, task)


@pytest.fixture
def book(tmp_path):
    write_book(households(2), tmp_path / "book")
    return Book(tmp_path / "book")


def planned(book, terms, raises=()):
    here = Here(Setup(book.header, Policy(), 0.1), raises)
    part = plan_chunk(Chunk(3, list(book.rows())), terms, "", here)
    assert part.number == 3
    return part.outcomes, here.asked


def test_before_the_deadline_households_get_the_router_s_plan_and_say_so(book):
    outcomes, asked = planned(book, Terms(10.0, time.time() - 1, time.time() + 100))
    assert [outcome.state for outcome in outcomes] == ["greedy", "greedy"]
    assert {outcome.why for outcome in outcomes} == {"the deadline is near: no search was begun"}
    assert all(task.at_deadline for task, _ in asked)
    for home, outcome in zip(households(2), outcomes, strict=True):
        assert len(outcome.rows["trades"]) == len(route(home).trades)


def test_a_limit_is_cut_where_the_deadline_comes_first(book):
    outcomes, asked = planned(book, Terms(1000.0, time.time() + 50, time.time() + 100))
    assert all(40 < task.limit <= 50 and limit < 60 for task, limit in asked)
    assert {outcome.state for outcome in outcomes} <= {"optimal", "within gap"}
    assert {row[3] for outcome in outcomes for row in outcome.rows["certificates"]} == {False}


def test_after_the_deadline_nothing_is_begun(book):
    outcomes, asked = planned(book, Terms(10.0, time.time() - 5, time.time() - 1))
    assert asked == []
    assert [outcome.state for outcome in outcomes] == ["failed", "failed"]
    assert {row[3] for outcome in outcomes for row in outcome.rows["certificates"]} == {True}


def test_a_search_that_does_not_end_gives_way_to_the_router(book):
    outcomes, asked = planned(
        book, Terms(10.0), raises=[TookTooLongError(), None, TookTooLongError(), TookTooLongError()]
    )
    assert [outcome.state for outcome in outcomes] == ["greedy", "failed"]
    first, second, *others = asked
    assert not first[0].greedy
    assert second[0] == replace(first[0], greedy=outcomes[0].why, attempts=2, spent=second[0].spent)
    assert len(others) == 2


def test_a_search_that_fails_and_then_does_not_end_gives_way_too(book):
    outcomes, asked = planned(book, Terms(10.0), raises=[ProcessFailedError("died"), TookTooLongError()])
    assert outcomes[0].state == "greedy"
    assert [bool(task.greedy) for task, _ in asked[:3]] == [False, False, True]


def test_two_failures_of_any_kind_are_enough(book):
    died = ProcessFailedError("died")
    outcomes, asked = planned(book, Terms(10.0), raises=[TookTooLongError(), died, died])
    assert (outcomes[0].state, outcomes[0].why) == ("failed", "died")
    assert [bool(task.greedy) for task, _ in asked[:3]] == [False, True, True]
