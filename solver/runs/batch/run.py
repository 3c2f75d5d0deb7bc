"""A run over a book: every household ends in one state, and a run that was cut off goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from math import ceil
from pathlib import Path
from typing import Any

from ....models import Fault, InputError, Policy
from ...api import GAP_BP
from . import manifest
from .book import Book
from .chunks import WORK, Chunk
from .engines import Dask, Job, Local
from .log import Log
from .outcomes import PLANNED
from .pace import Pace
from .parts import Parts
from .summary import summarize
from .tables import is_remote
from .work import Setup, digest_of

PER_HOUSEHOLD = 10.0
"""Seconds for the plan of one household, by default."""

PER_PART = 50
"""Households of a part, at most: what is lost, for each worker, when a run is cut off."""

PARTS_EACH = 4
"""Parts for each worker, at least, so that all are busy to the end."""


def run_batch(
    book: str | Path,
    run: str | Path,
    policy: Policy | None = None,
    *,
    engine: Local | Dask,
    per_household: float = PER_HOUSEHOLD,
    gap_bp: float = GAP_BP,
    deadline: float | None = None,
    resume: bool = False,
    report: Callable[[Pace], None] = lambda _: None,
    work: str = WORK,
) -> dict[str, Any]:
    """Plan every household of a book, write the parts of the run to a folder, and return its summary.

    `per_household` is in seconds, `gap_bp` in basis points of a household's value, `deadline` in seconds since 1970.
    `resume` goes on with the run in the folder: households that it has dealt with are left as they are, unless their
    input, the policy or the version changed since, or the deadline decided their state. `report` is called after every
    part. `work` names the function that plans a household (chunks.py). Raises InputError if the book cannot be read, or
    the folder holds a run that is not to be gone on with, and OSError if the disk refuses a part; what was written
    stays.
    """
    run = Path(run)
    opened = Book(book)
    setup = Setup(opened.header, (policy or Policy()).validated(), gap_bp)
    earlier = manifest.read(run)
    if earlier is not None and not resume:
        raise InputError([Fault(str(run), "holds a run", "give --resume to go on with it, or another folder")])
    run.mkdir(parents=True, exist_ok=True)
    parts = Parts(run)
    parts.sweep()
    settled = _settled(parts, opened, setup, earlier)
    options = {"gap_bp": gap_bp, "per_household": per_household, "workers": engine.workers, "deadline": deadline}
    place = str(book) if is_remote(str(book)) else str(Path(book).absolute())
    manifest.write(run, manifest.manifest(place, opened.fingerprints, setup, opened.count(), options))

    pace = Pace(max(opened.count() - len(settled), 0), engine.workers, per_household, deadline)
    with Log(run) as log:
        log.write("run begins", households=opened.count(), settled=len(settled), engine=type(engine).__name__.lower())
        first = max(parts.numbers(), default=-1) + 1
        per_part = min(PER_PART, ceil(pace.households / (PARTS_EACH * engine.workers)) or 1)
        with closing(engine(work, setup, _jobs(opened, settled, first, per_part, pace))) as planned:
            for part in planned:
                parts.write(part.number, part.outcomes)
                pace.note(part)
                log.part(part)
                report(pace)
        found = summarize(run, pace.seconds)
        log.write("run ends", **found["states"])
    return found


def _settled(parts: Parts, book: Book, setup: Setup, earlier: dict[str, Any] | None) -> set[str]:
    """Return the households that the run has dealt with for good. The rows of all others are dropped from its parts."""
    settled = parts.settled()
    digest = setup.digest()
    if earlier is not None and (earlier["files"], earlier["setup"]) == (book.fingerprints, digest):
        kept = {household for household, was in settled.items() if not was.at_deadline}
    else:
        kept = {
            rows.household
            for rows in (book.rows() if settled else ())
            if (was := settled.get(rows.household)) and was.digest == digest_of(digest, rows) and not was.at_deadline
        }
    stale: dict[int, list[str]] = defaultdict(list)
    for household, was in settled.items():
        if household not in kept:
            stale[was.part].append(household)
    parts.drop(stale)
    return kept


def _jobs(book: Book, settled: set[str], first: int, per_part: int, pace: Pace) -> Iterator[Job]:
    """Yield the households that are not settled, in chunks."""
    number, households = first, []
    for rows in book.rows():
        if rows.household in settled:
            continue
        households.append(rows)
        if len(households) == per_part:
            yield Chunk(number, households), pace.terms()
            number, households = number + 1, []
    if households:
        yield Chunk(number, households), pace.terms()


def all_planned(summary: dict[str, Any]) -> bool:
    """Whether every household of a run has a plan to trade."""
    return all(state in PLANNED for state, count in summary["states"].items() if count)
