"""Which accounts the rows of several files are of: by number, by name, or by the last digits that a broker shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain, count
from typing import TYPE_CHECKING

from ..schema.faults import Fault
from ..schema.wording import suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .layout import Layout
    from .lines import Row

SHOWN = 4
"""The last letters of an account's number that its id may show."""

FEWEST = 3
"""The fewest last letters of a number by which an account is known again."""

ENDS_IN_NUMBER = re.compile(
    r"(.*?)[\s.#(]*(?:\.\.\.|X{2,}-?|-)?\s*([A-Z]?\d{3,}|(?<=\.\.\.)\w{3,4}|(?<=X-)\w{3,4})\)?$"
)
"""A name with the number of its account, or the end of it: Individual ...123, Brokerage XXXX-1234, IRA (Z12345678)."""


@dataclass
class ImportedAccount:
    """An account as the files name it: its name, its number (or the end of it), and the row that names it first."""

    id: str
    name: str = ""
    number: str = ""
    place: str = ""
    known_as: set[str] = field(default_factory=set)


def mentioned(row: Row) -> tuple[str, str]:
    """Return the name and the number, or its end, of the account that a row is of; both empty if nothing names it."""
    name = row.cells.get("account_name", "")
    number = row.cells.get("account", "") or (row.account or "" if not name else "")
    if match := ENDS_IN_NUMBER.fullmatch(number):
        return name or match[1].strip(" .-#("), match[2]
    if match := ENDS_IN_NUMBER.fullmatch(name):
        return match[1].strip(" .-#("), number or match[2]
    if number and not re.search(r"\d", number):
        return name or number, ""
    return name, number


def same(one: tuple[str, str], other: ImportedAccount) -> bool:
    """Whether a name and a number are an account's: by the number's end, or by the name if a number is missing."""
    name, number = one
    if number and other.number:
        shorter, longer = sorted((number, other.number), key=len)
        return longer.endswith(shorter) and (len(shorter) >= FEWEST or shorter == longer)
    return bool(name) and _words(name) == _words(other.name)


def _words(name: str) -> str:
    """A name as an id has it: in lower case, its words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


class Accounts:
    """The accounts of all files."""

    def __init__(self, rows: Iterable[Row], files: Mapping[str, str]) -> None:
        """`files` names the account of a file whose rows name none."""
        self.found: list[ImportedAccount] = []
        self.faults: list[Fault] = []
        self.files = files
        self.nameless: dict[str, Row] = {}
        rows = sorted(rows, key=lambda row: row.table.kind != "positions")  # they name accounts in full
        numbered = sorted(rows, key=lambda row: not mentioned(row)[1])
        for row in numbered:
            self._take(row)
        self._name()
        self._check_nameless()

    def of(self, row: Row) -> ImportedAccount | None:
        """Return the account of a row; None if nothing names it."""
        mention = self._mention(row)
        if mention == ("", ""):
            return self.found[0] if len(self.found) == 1 else None
        return next((account for account in self.found if same(mention, account)), None)

    def _mention(self, row: Row) -> tuple[str, str]:
        mention = mentioned(row)
        return (self.files.get(row.file, ""), "") if mention == ("", "") else mention

    def _take(self, row: Row) -> None:
        mention = self._mention(row)
        if mention == ("", ""):
            self.nameless.setdefault(row.file, row)
            return
        like = [account for account in self.found if same(mention, account)]
        if len(like) > 1:
            names = ", ".join(account.id or account.name for account in like)
            message = f"the account {' '.join((mention[0], mention[1][-SHOWN:])).strip()!r} may be any of {names}"
            if not any(fault.message == message for fault in self.faults):
                self.faults.append(Fault(row.place, message, "choose a download that shows the account's number"))
            return
        if not like:
            like = [ImportedAccount("", place=row.place)]
            self.found += like
        (account,) = like
        account.name = account.name or mention[0]
        account.number = max(account.number, mention[1], key=len)
        account.known_as |= {text for text in (row.account, row.cells.get("account"), *mention) if text}

    def _name(self) -> None:
        """Give the accounts ids: their names and at most the last four letters of their numbers."""
        used: set[str] = set()
        for account in self.found:
            words = _words(account.name) or "account"
            base = f"{words}-{account.number[-SHOWN:].casefold()}" if account.number else words
            account.id = next(name for name in chain([base], (f"{base}-{i}" for i in count(2))) if name not in used)
            used.add(account.id)

    def _check_nameless(self) -> None:
        """Note the files whose rows name no account; one account alone is that of them all."""
        if len(self.found) == 1 or not self.nameless:
            return
        if not self.found:
            self.found.append(ImportedAccount("account", place=next(iter(self.nameless.values())).place))
            return
        for file, row in self.nameless.items():
            hint = f'files."{file}" = "..." in the answers; {suggest("", [account.id for account in self.found])}'
            self.faults.append(Fault(row.place, "nothing names the account of this file", hint))


def kind_of(account: ImportedAccount, layout: Layout) -> str:
    """Return the kind that an account's name tells; empty if it tells none."""
    for kind, pattern in layout.kinds.items():
        if re.search(pattern, account.name, re.IGNORECASE):
            return kind
    return ""
