"""What carries the chunks of a run: processes of this machine, or a Dask cluster. The plans are the same."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from queue import SimpleQueue
from typing import Any, cast

from ....models import Fault, InputError
from .chunks import Chunk, Part, Terms, lost, plan_chunk
from .outcomes import Outcome
from .solver_process import SolverProcess
from .work import Setup

AHEAD = 2
"""Chunks that are handed out for each worker, so that none waits for the book to be read."""

Job = tuple[Chunk, Terms]


class Local:
    """A process for each worker, on this machine. A thread waits for each; nothing is solved in this process."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def __call__(self, work: str, setup: Setup, jobs: Iterator[Job]) -> Generator[Part]:
        """Yield the parts as they are done. When it is closed early, the processes end at once."""
        processes = [SolverProcess(work, setup) for _ in range(self.workers)]
        idle: SimpleQueue[SolverProcess] = SimpleQueue()
        for process in processes:
            idle.put(process)
        digest = setup.digest()

        def plan(chunk: Chunk, terms: Terms) -> Part:
            process = idle.get()
            try:
                return plan_chunk(chunk, terms, digest, process)
            finally:
                idle.put(process)

        running: set[Future[Part]] = set()
        with ThreadPoolExecutor(self.workers) as threads:
            try:
                for job in jobs:
                    running.add(threads.submit(plan, *job))
                    if len(running) >= AHEAD * self.workers:
                        done, running = wait(running, return_when=FIRST_COMPLETED)
                        yield from (future.result() for future in done)
                while running:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            finally:
                for future in running:
                    future.cancel()
                for process in processes:
                    process.close()


class Dask:
    """The workers of a Dask cluster: those of the scheduler at an address, or a cluster of this machine.

    Each has a solving process of its own, so that a household's limit holds there too. Dask gives the chunk of a worker
    that is lost to another. What it gives up is handed out at the end, one household at a time with nothing beside it,
    so that none fails for another's sake: Dask blames a lost worker on all that waited there.
    """

    def __init__(self, workers: int, scheduler: str | None = None) -> None:
        self.workers, self._scheduler = workers, scheduler

    def __call__(self, work: str, setup: Setup, jobs: Iterator[Job]) -> Generator[Part]:
        """Yield the parts as they are done. Raises InputError if no scheduler answers at the address."""
        from distributed import Client, LocalCluster
        from distributed import wait as wait_for

        with ExitStack() as open_until_done:
            where: Any = self._scheduler
            if where is None:
                where = LocalCluster(n_workers=self.workers, threads_per_worker=1, dashboard_address=None)
                open_until_done.enter_context(where)
            try:
                client = open_until_done.enter_context(Client(where, timeout=ANSWERS_WITHIN))
            except OSError as error:
                raise InputError([Fault("--scheduler", f"{where} does not answer: {error}")]) from None
            shared = client.submit(_given, setup)  # not scattered: Dask makes it again where its worker is lost
            digest = setup.digest()

            def submit(chunk: Chunk, terms: Terms) -> Any:  # noqa: ANN401 - distributed's future
                return client.submit(_plan_there, work, shared, digest, chunk, terms, pure=False)

            given_up: list[Job] = []

            def parts_of(futures: Iterable[Any]) -> Iterator[Part]:
                for future in futures:
                    job = running.pop(future)
                    try:
                        yield cast("Part", future.result())
                    except Exception:  # Dask gave it up, or it raised
                        given_up.append(job)

            running: dict[Any, Job] = {}
            for job in jobs:
                running[submit(*job)] = job
                if len(running) >= AHEAD * max(self.workers, len(client.nthreads())):
                    yield from parts_of(wait_for([*running], return_when=FIRST_COMPLETED).done)
            while running:
                yield from parts_of(wait_for([*running], return_when=FIRST_COMPLETED).done)
            for chunk, terms in given_up:
                outcomes: list[Outcome] = []
                for rows in chunk.households:
                    alone = Chunk(chunk.number, [rows])
                    try:
                        outcomes += submit(alone, terms).result().outcomes
                    except Exception as error:
                        outcomes += lost(alone, digest, f"{type(error).__name__}: {error}").outcomes
                yield Part(chunk.number, outcomes)


ANSWERS_WITHIN = 20
"""Seconds that a scheduler may take to answer."""

_PROCESSES: dict[str, SolverProcess] = {}
"""The solving process of a Dask worker, by the setup's digest."""


def _given(setup: Setup) -> Setup:
    """Keep the setup in a Dask worker."""
    return setup


def _plan_there(work: str, setup: Setup, digest: str, chunk: Chunk, terms: Terms) -> Part:
    """Plan a chunk in a Dask worker."""
    if digest not in _PROCESSES:
        for process in _PROCESSES.values():
            process.close()
        _PROCESSES.clear()
        _PROCESSES[digest] = SolverProcess(work, setup)
    return plan_chunk(chunk, terms, digest, _PROCESSES[digest])
