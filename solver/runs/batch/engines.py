"""What carries the chunks of a run: processes of this machine, or a Dask cluster. The plans are the same."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import Any

from .chunks import Chunk, Part, Terms, plan_chunk
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
    that is lost to another.
    """

    def __init__(self, workers: int, scheduler: str | None = None) -> None:
        self.workers, self._scheduler = workers, scheduler

    def __call__(self, work: str, setup: Setup, jobs: Iterator[Job]) -> Generator[Part]:
        """Yield the parts as they are done. Raises OSError if no scheduler answers at the address."""
        from distributed import Client, LocalCluster
        from distributed import wait as wait_for

        cluster = None
        if self._scheduler is None:
            cluster = LocalCluster(n_workers=self.workers, threads_per_worker=1, dashboard_address=None)
        digest = setup.digest()
        try:
            with Client(cluster or self._scheduler) as client:
                [shared] = client.scatter([setup], broadcast=True)
                running: set[Any] = set()
                for chunk, terms in jobs:
                    options: Mapping[str, Any] = {"pure": False, "retries": LOST_WORKERS}
                    running.add(client.submit(_plan_there, work, shared, digest, chunk, terms, **options))
                    if len(running) >= AHEAD * max(self.workers, len(client.nthreads())):
                        done, running = wait_for(running, return_when=FIRST_COMPLETED)
                        yield from (future.result() for future in done)
                while running:
                    done, running = wait_for(running, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
        finally:
            if cluster is not None:
                cluster.close()


LOST_WORKERS = 3
"""How often Dask gives a chunk to another worker because the last one was lost."""

_PROCESSES: dict[str, SolverProcess] = {}
"""The solving process of a Dask worker, by the setup's digest."""


def _plan_there(work: str, setup: Setup, digest: str, chunk: Chunk, terms: Terms) -> Part:
    """Plan a chunk in a Dask worker."""
    if digest not in _PROCESSES:
        for process in _PROCESSES.values():
            process.close()
        _PROCESSES.clear()
        _PROCESSES[digest] = SolverProcess(work, setup)
    return plan_chunk(chunk, terms, digest, _PROCESSES[digest])
