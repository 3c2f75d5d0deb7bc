"""Faults of an input: each fault has its path, and all faults are reported at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from .safe_text import printable


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input.

    `path` names the place as the user wrote it (`accounts.ira.lots[3].quantity`), `message` says what is wrong there,
    `hint` says what would be right (empty if there is nothing to add), and `place` is the file and row of a table
    (empty for any other input).
    """

    path: str
    message: str
    hint: str = ""
    place: str = ""

    def __str__(self) -> str:
        where = f"{self.path} ({self.place})" if self.place else self.path
        return printable(f"{where}: {self.message}" + (f"; {self.hint}" if self.hint else ""))


class InputError(Exception):
    """Raised if an input cannot be used. `faults` lists everything found wrong with it, in the order of the input."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
