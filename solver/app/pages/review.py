"""The review of a run: a page of the book and one of every household, in a folder that opens from disk."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

from ....models import Fault, InputError, Policy
from ....models.plan.trades import Explained
from ...runs.batch import log, manifest, summary
from ...runs.batch.book import Book
from ...runs.batch.parts import Parts
from ...runs.batch.schema import MARKER
from ...runs.batch.solver_process import ProcessFailedError, SolverProcess, TookTooLongError
from ...runs.batch.work import Setup, digest_of
from .book_page import BookPage, book_page
from .figures import figures
from .household_pages import FOLDER, WORK, Listed, Restate, Writing
from .person import KINDS, Thresholds
from .tax_by_reason import Spent

PART_LIMIT, PAGE_LIMIT = 600.0, 60.0
"""Seconds for the pages of a part, and for one page whose reasons are stated as sentences."""

AHEAD = 2
"""Tasks that are handed out for each process, so that none waits for the book to be read."""

INDEX = "index.html"

GENERATOR = '<meta name="generator" content="lotroute '
"""What every page has in its head, by which a review is known."""

CODES = "The reasons are stated by their codes:"
"""How a note begins that says why there are no sentences."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What was written."""

    index: Path
    states: Mapping[str, int]
    """How many households ended in each state."""
    explained: int
    """Pages whose reasons are stated as sentences."""
    persons: Mapping[str, int]
    """How many households need a person, by why; `any` for those with at least one reason."""

    @property
    def households(self) -> int:
        """How many households have a page."""
        return sum(self.states.values())


def review(
    run: Path,
    out: Path | None = None,
    *,
    thresholds: Thresholds | None = None,
    explain: Explained = "default",
    workers: int = 2,
) -> Reviewed:
    """Write the review of a run to a folder, which is replaced, and return what was written.

    Without `out` it is the folder `review` of the run. `explain` says how far the reasons are stated of households that
    need a person; the others have codes. The folder is written whole or not at all. Raises InputError if there is no
    run, a part of it cannot be read, or `out` holds anything else than a review.
    """
    for name in ("duckdb", "pyarrow"):
        if find_spec(name) is None:
            raise InputError([Fault(str(run), f"{name} is missing", "pip install lotroute[batch]")])
    about, parts = manifest.read(run), Parts(run)
    numbers = parts.numbers()
    if about is None or not numbers:
        raise InputError([Fault(str(run), "holds no run", "the folder that lotroute batch writes")])
    out = (run / "review" if out is None else out).resolve()
    _may_replace(out)
    partial = out.with_name(f"{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / FOLDER).mkdir(parents=True)
    try:
        book, why_not = (None, "") if explain == "codes" else _opened(about["book"])
        header = None if book is None else book.header
        writing = Writing(run, partial, thresholds or Thresholds(), explain, header, _logged(run))
        with _Processes(writing, workers) as processes:
            listed: list[Listed] = []
            spent: dict[str, Spent] = defaultdict(Spent)
            for found in processes.each(iter(numbers), PART_LIMIT):
                listed += [replace(each, spent={}) for each in found]
                for code, more in (pair for each in found for pair in each.spent.items()):
                    spent[code].add(more)
            chosen = [each for each in listed if each.needs and each.has_plan and explain != "codes"]
            tasks = _to_restate(chosen, about, book, why_not)
            stated = sum(each.stated for found in processes.each(tasks, PAGE_LIMIT) for each in found)
        sums = figures([parts.file(MARKER, number) for number in numbers])
        page = BookPage(about, sums, listed, spent, writing.thresholds, _wall(run))
        (partial / INDEX).write_text(book_page(page), encoding="utf-8")
        _replace(partial, out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    persons = dict.fromkeys(KINDS, 0) | dict(page.kinds) | {"any": len(page.persons)}
    return Reviewed(out / INDEX, sums.states, stated, persons)


def _to_restate(chosen: list[Listed], about: Mapping[str, Any], book: Book | None, why_not: str) -> Iterator[Restate]:
    """Yield each household with its rows in the book, or with the reason why its page keeps its codes."""
    left = {each.household: each for each in chosen}
    try:
        digest = "" if book is None else _digest(book, about)
        for rows in () if book is None or not left else book.only(left):
            each = left.pop(rows.household)
            if digest_of(digest, rows) == each.row["input_digest"]:
                yield Restate(each, rows)
            else:
                yield Restate(each, None, f"{CODES} the household has changed since the run.")
    except (InputError, OSError) as error:
        why_not = f"the book cannot be read: {error}"
    for each in left.values():
        yield Restate(each, None, f"{CODES} {why_not or 'the household is no longer in the book.'}")


def _digest(book: Book, about: Mapping[str, Any]) -> str:
    """The digest of all that the plans of a run share, with the book and the version as they are now."""
    return Setup(book.header, Policy.model_validate(about["policy"]), about["options"]["gap_bp"]).digest()


class _Processes:
    """Processes that write pages; a thread waits for each."""

    def __init__(self, writing: Writing, workers: int) -> None:
        self._processes = [SolverProcess(WORK, writing) for _ in range(workers)]
        self._idle: SimpleQueue[SolverProcess] = SimpleQueue()
        for process in self._processes:
            self._idle.put(process)
        self._threads = ThreadPoolExecutor(workers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.close()
        self._threads.shutdown(cancel_futures=True)

    def each(self, tasks: Iterator[int] | Iterator[Restate], limit: float) -> Iterator[list[Listed]]:
        """Yield what each task comes to, as they are done; nothing for a page that keeps its codes."""
        running: set[Future[list[Listed]]] = set()
        for task in tasks:
            running.add(self._threads.submit(self._ask, task, limit))
            if len(running) >= AHEAD * len(self._processes):
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)

    def _ask(self, task: int | Restate, limit: float) -> list[Listed]:
        process = self._idle.get()
        try:
            found: list[Listed] = process.ask(task, limit)
        except (ProcessFailedError, TookTooLongError) as error:
            if isinstance(task, int):
                raise InputError([Fault(f"part {task:06} of the run", str(error) or "took too long")]) from None
            why = str(error) or f"it took more than {limit:g} s."
            found = process.ask(replace(task, rows=None, note=f"{CODES} {why}"), PART_LIMIT)
        finally:
            self._idle.put(process)
        return found


def _opened(path: str) -> tuple[Book | None, str]:
    """The book of a run, or why it cannot be read."""
    try:
        return Book(path), ""
    except (InputError, OSError) as error:
        return None, f"the book cannot be read: {error}"


def _logged(run: Path) -> dict[str, list[str]]:
    """The lines of the log about each household without a plan."""
    found: dict[str, list[str]] = defaultdict(list)
    path = run / log.FILE
    if path.is_file():
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if '"household_id"' not in line:
                    continue
                with suppress(ValueError):
                    event = json.loads(line)
                    if event.get("state") in (None, "refused", "failed"):
                        found[event["household_id"]].append(line.rstrip())
    return dict(found)


def _wall(run: Path) -> float | None:
    """The seconds of the run, if it has ended."""
    path = run / summary.FILE
    return json.loads(path.read_text(encoding="utf-8"))["wall_seconds"] if path.is_file() else None


def _may_replace(out: Path) -> None:
    """Raise InputError if the folder holds anything else than a review."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    index = out / INDEX
    if not index.is_file() or GENERATOR not in index.read_text(encoding="utf-8", errors="replace"):
        raise InputError([Fault(str(out), "holds something else than a review", "give another folder with --out")])


def _replace(partial: Path, out: Path) -> None:
    """Put the new review in the place of the old one."""
    old = out.with_name(f"{out.name}.old")
    if out.exists():
        shutil.rmtree(old, ignore_errors=True)
        out.rename(old)
    partial.rename(out)
    shutil.rmtree(old, ignore_errors=True)
