"""A chunk of households, planned one after the other in a process of its own: what an engine hands out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter, time

from .book import Rows
from .outcomes import Outcome, failed
from .solver_process import ProcessFailedError, SolverProcess, TookTooLongError
from .work import Task, digest_of

WORK = f"{__package__}.work:plan_household"
"""The work of the solving processes."""

GRACE = 2.0
"""Seconds beyond a household's limit after which its process is killed. A solve keeps its limit by itself; what does
not is stuck.
"""

MOST_FAILURES = 2
"""How often a household's process may die or raise before the household has failed."""

LEAST = 0.5
"""Seconds below which no search is begun before the deadline."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long households may take."""

    per_household: float
    """Seconds for the plan of one household."""
    greedy_from: float | None = None
    """When households begin to get the router's plan, in seconds since 1970; None if there is no deadline."""
    deadline: float | None = None
    """When the run ends, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Households that are planned in turn and written as one part of the run."""

    number: int
    households: Sequence[Rows]


@dataclass(frozen=True, slots=True)
class Part:
    """What became of the households of a chunk, in their order."""

    number: int
    outcomes: Sequence[Outcome]


def plan_chunk(chunk: Chunk, terms: Terms, setup_digest: str, process: SolverProcess) -> Part:
    """Return what becomes of every household of a chunk. Whatever happens in the process, each has an outcome."""
    found = [_end_of(Task(rows, 0.0, digest_of(setup_digest, rows)), terms, process) for rows in chunk.households]
    return Part(chunk.number, found)


def lost(chunk: Chunk, setup_digest: str, error: str) -> Part:
    """Return the part of a chunk of which nothing came back."""
    tasks = [Task(rows, 0.0, digest_of(setup_digest, rows)) for rows in chunk.households]
    return Part(chunk.number, [failed(error, task.told(0.0)) for task in tasks])


def _end_of(task: Task, terms: Terms, process: SolverProcess) -> Outcome:
    """Plan a household by the best way that its time allows.

    A search that is stuck gives way to the router's plan. After any other failure the household has one more try, in
    a fresh process.
    """
    began = perf_counter()
    if terms.deadline is not None and time() >= terms.deadline:
        task = replace(task, at_deadline=True)
        return failed("the deadline came before this household was reached", task.told(0.0))
    limit = terms.per_household
    if terms.greedy_from is not None:
        left = terms.greedy_from - time()
        if left < LEAST:
            why = "the deadline is near: no search was begun"
            task = replace(task, greedy=why, at_deadline=True)
        elif left < limit:
            limit, task = left, replace(task, at_deadline=True)
    failures, attempts = 0, 0
    while failures < MOST_FAILURES:
        attempts += 1
        task = replace(task, limit=limit, attempts=attempts, spent=perf_counter() - began)
        try:
            outcome: Outcome = process.ask(task, limit + GRACE)
        except TookTooLongError:
            error = f"it did not end within {limit:g} seconds and was stopped"
            if task.greedy:
                break
            task = replace(task, greedy=f"the search failed: {error}")
        except ProcessFailedError as failure:
            error, failures = str(failure), failures + 1
        else:
            return outcome
    return failed(error, replace(task, spent=0.0).told(perf_counter() - began))
