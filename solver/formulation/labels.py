"""Labels of columns and rows. Few are ever read, so they are written out only then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .arrays import Indices, Words


class Labels:
    """A number of labels, and the function that writes them out."""

    def __init__(self, size: int, write: Callable[[], Iterable[str]]) -> None:
        self.size, self.write = size, write

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[str]:
        return iter(self.write())


def bracketed(start: str, names: Sequence[str] | Words | Labels, *, before: str = "") -> Labels:
    """Return the labels `start[name]`, one for each name, with what comes before the name."""
    return Labels(len(names), lambda: [f"{start}[{before}{name}]" for name in names])


def chosen(start: str, names: Words, place: Indices, after: str = "") -> Labels:
    """Return the labels `start[name]` of the names at some places, with what comes after the name."""
    return Labels(len(place), lambda: [f"{start}[{name}{after}]" for name in names[place]])
