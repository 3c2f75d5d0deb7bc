"""The page of a run's book: its figures, the households that need a person, and all of them in a table."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from markupsafe import Markup

from ..words import code_in_words
from .figures import Figures, Tail
from .household_pages import FOLDER, Listed
from .person import KINDS, Thresholds, urgency
from .tax_by_reason import Spent
from .template import FOLDER as TEMPLATES
from .template import render

MEANING = {
    "optimal": "proven within the gap asked for",
    "within gap": "proven but for the rounding to shares and cents",
    "stopped at limit": "the best plan when the household's time ended",
    "greedy": "the router's plan; nothing is proven about it",
    "refused": "the input has faults, or the search found no plan that keeps its hard rules",
    "failed": "an error, twice, or no plan in time that keeps the hard rules",
}
"""What each state means."""


class SpentRow(NamedTuple):
    """A row of the tax by reason."""

    reason: str
    spent: Spent
    sum: bool = False


@dataclass(frozen=True)
class BookPage:
    """What the template shows of a run."""

    manifest: Mapping[str, Any]
    figures: Figures
    listed: Sequence[Listed]
    spent: Mapping[str, Spent]
    thresholds: Thresholds
    wall: float | None
    """Seconds of the run, if it ended."""

    @property
    def name(self) -> str:
        """The book's name."""
        return str(self.manifest["book"]).rstrip("/").rpartition("/")[2] or "book"

    @property
    def missing(self) -> int:
        """How many households of the book the run has not dealt with."""
        return max(int(self.manifest["households"]) - self.figures.households, 0)

    @property
    def states(self) -> Iterator[tuple[str, int, str]]:
        """The states with their households and meanings."""
        yield from ((state, count, MEANING[state]) for state, count in self.figures.states.items())

    @property
    def tails(self) -> Iterator[tuple[str, Tail]]:
        """Seconds by stage."""
        yield from ((f"of it {stage}" if stage else "in all", tail) for stage, tail in self.figures.seconds.items())

    @property
    def by_reason(self) -> Iterator[SpentRow]:
        """What the trades of each reason cost in tax, the most first, and the sum."""
        total = Spent()
        for code, spent in sorted(self.spent.items(), key=lambda each: (not each[0], -each[1].tax)):
            total.add(spent)
            yield SpentRow(code_in_words(code) if code else "Where the law bends between", spent)
        yield SpentRow("in all", total, sum=True)

    @property
    def persons(self) -> list[Listed]:
        """The households that need a person, the most urgent first."""
        found = (each for each in self.listed if each.needs)
        return sorted(found, key=lambda each: (*urgency(list(each.needs)), each.household))

    @property
    def kinds(self) -> Iterator[tuple[str, int]]:
        """Why households need a person, and how many."""
        for kind in KINDS:
            count = sum(any(need.kind == kind for need in each.needs) for each in self.listed)
            if count:
                yield kind, count

    @property
    def everyone(self) -> list[Listed]:
        """All households, by their ids."""
        return sorted(self.listed, key=lambda each: each.household)


def book_page(page: BookPage) -> str:
    """Return the page of a book, which needs no other file; it links to the households' pages."""
    source = (TEMPLATES / "book.js").read_text(encoding="utf-8")
    return render(
        "book.html",
        title=f"{page.name}: review",
        page=page,
        folder=FOLDER,
        script=Markup(source),
        script_hash=b64encode(sha256(source.encode()).digest()).decode(),
    )
