"""Reads an export as lines of cells, and sorts them: titles, headers, rows of tables, notices."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ..schema.faults import Fault
from ..schema.wording import shown
from . import cells
from .layout import COLUMNS, Header, Table, columns_of, essential, header_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from .layout import Layout

SHEETS = {b"PK\x03\x04": "an Excel workbook", b"\xd0\xcf\x11\xe0": "an Excel workbook", b"%PDF": "a PDF"}
"""How files begin that are no text, and what they are."""

NAMED = 20
"""The most columns that a fault names."""


class Row(NamedTuple):
    """A row of a table, with what the titles above it say.

    `cells` and `headers`, the columns' names in the file, are by what the columns mean; `section` counts the headers
    and titles above the row.
    """

    table: Table
    cells: Mapping[str, str]
    headers: Mapping[str, str]
    file: str
    line: int
    section: int
    account: str | None
    symbol: str | None

    @property
    def place(self) -> str:
        """The file and row."""
        return f"{self.file}, row {self.line}"

    @property
    def label(self) -> str:
        """The symbol as it stands in the file, otherwise the first cell."""
        return self.cells.get("symbol", "") or next((cell for cell in self.cells.values() if cell), "")


class Note(NamedTuple):
    """Something about a file that the user should know: the place, what stands there, and what it was taken for."""

    place: str
    text: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}: {self.meaning}" if self.text else f"{self.place}: {self.meaning}"


@dataclass
class Found:
    """What a file holds: its rows, the day of its prices, the lines that were not taken, and what is wrong.

    `lost` are the sections in which lines could not be read, and `lost_kinds` the kinds of table that they may be of.
    """

    name: str
    rows: list[Row] = field(default_factory=list)
    day: date | None = None
    notes: list[Note] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lost: set[int] = field(default_factory=set)
    lost_kinds: set[str] = field(default_factory=set)

    def fault(self, line: int, message: str, hint: str = "") -> None:
        """Note a fault of a line; of the file if the line is 0."""
        self.faults.append(Fault(f"{self.name}, row {line}" if line else self.name, message, hint))


def read_file(path: Path, layout: Layout) -> Found:
    """Return what a file holds, its lines sorted by the layout. Raises FileNotFoundError if there is no such file."""
    found = Found(path.name)
    text = _text(path.read_bytes(), found)
    if text is not None:
        _Sorting(found, layout).sort(text)
    if not found.rows and found.faults:
        found.lost_kinds |= {*COLUMNS}
    return found


def _text(content: bytes, found: Found) -> str | None:
    """The text of a file in the encoding that its first bytes tell; None, with the fault noted, if it is no text."""
    for start, kind in SHEETS.items():
        if content.startswith(start):
            found.fault(0, f"it is {kind}, not CSV", "download it as CSV, or save the sheet as CSV")
            return None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        try:
            content.decode("utf-8-sig")
            encoding = "utf-8-sig"
        except UnicodeDecodeError:
            encoding = "cp1252"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        found.fault(0, "it is not text", "download it as CSV")
        return None
    if not text.strip():
        found.fault(0, "it is empty", "download it again")
        return None
    return text


class _Sorting:
    """Sorts the lines of one file."""

    def __init__(self, found: Found, layout: Layout) -> None:
        self.found, self.layout = found, layout
        self.header: Header | None = None
        self.width = 0
        self.headings: dict[str, str] = {}
        self.named: dict[str, str] = {}  # what titles say of the lines below them
        self.section = 0
        self.unread = 0  # the line of a header that cannot be read: its rows are left out with it
        self.strange: list[tuple[int, list[str]]] = []  # lines before any header that nothing explains
        self.headers = 0
        every = {header_name(name) for table in layout.tables for names in table.columns.values() for name in names}
        self.names = every
        self.beginnings = tuple(name[:-1] for name in every if name.endswith("*"))

    def sort(self, text: str) -> None:
        lines = text.splitlines()
        delimiter = max(",\t;", key=lambda mark: max(line.count(mark) for line in lines))
        self._find_day(self.found.name)
        named_day, self.found.day = self.found.day, None
        for number, line in enumerate(lines, 1):
            self._line(number, line, delimiter)
        self.found.day = self.found.day or named_day
        if not self.headers:
            self._no_header()
            return
        for number, row in self.strange:
            message = f"neither a title, a header nor a notice that the layout knows: {shown(', '.join(row))}"
            self.found.fault(number, message, "add it to the layout's titles or prose")

    def _line(self, number: int, line: str, delimiter: str) -> None:
        try:
            row = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, strict=True), [])]
        except csv.Error:
            self.found.fault(number, "a quote is not closed", "download the file again")
            self._lose()
            return
        while row and not row[-1]:
            row.pop()
        if not any(row):
            return
        filled = [cell for cell in row if cell]
        if self._header(number, row):
            return
        if len(filled) == 1 and self._text(number, filled[0]):
            return
        if self.header:
            self._row(number, row)
        elif not self.unread:
            self.strange.append((number, row))

    def _header(self, number: int, row: list[str]) -> bool:
        """Whether the line is the header of a table, or is meant as one."""
        if not any(cell in self.names or cell.startswith(self.beginnings) for cell in map(header_name, row) if cell):
            return False  # as of most lines
        best: tuple[int, Table, dict[str, list[int]]] | None = None
        for table in self.layout.tables:
            columns = columns_of(table, row)
            score = len(columns.keys() & {*essential(table)})
            if score == len(essential(table)):
                self._begin(number, table, columns, row)
                return True
            if best is None or score > best[0]:
                best = score, table, columns
        filled = sum(1 for cell in row if cell)
        if best and best[0] >= 1 and len(best[2]) >= max(3, filled // 2):
            self._missing(number, row, best[1], best[2])
            self.found.lost_kinds.add(best[1].kind)
            self.header, self.unread, self.headers = None, number, self.headers + 1
            return True
        return False

    def _lose(self) -> None:
        """Note that a line of the table could not be read."""
        self.found.lost.add(self.section)
        self.found.lost_kinds |= {self.header.table.kind} if self.header else {*COLUMNS}

    def _begin(self, number: int, table: Table, columns: dict[str, list[int]], row: list[str]) -> None:
        self.headers += 1
        self.section += 1
        self.unread, self.width = 0, len(row)
        self.headings = {column: row[places[0]] for column, places in columns.items()}
        self._find_day(", ".join(row))
        self.header = Header(table, {column: places[0] for column, places in columns.items()})
        for column, places in columns.items():
            if len(places) > 1:
                self.found.fault(number, f"two columns are named for {column}: {_listed(table.columns[column])}",
                                 "keep one of the two")  # fmt: skip
        if "symbol" in table.columns or self.named.get("symbol"):
            return
        self.found.fault(number, "no title above this table names its security", "download it again, whole")
        self._lose()
        self.header, self.unread = None, number

    def _missing(self, number: int, row: list[str], table: Table, columns: Mapping[str, object]) -> None:
        missing = [f"{column} ({' or '.join(table.columns[column][:3])})"
                   for column in essential(table) if column not in columns]  # fmt: skip
        message = f"the header of {table.kind} lacks {_listed(missing)}; it has {_listed(row)}"
        self.found.fault(number, message, "choose these columns where you download it, or write a layout for them")

    def _no_header(self) -> None:
        """Note that the file is none that the layout knows, by its line that is most like a header."""
        known = [f"{table.kind}: {_listed([table.columns[column][0] for column in essential(table)])}"
                 for table in self.layout.tables]  # fmt: skip
        number, row = max(self.strange, key=lambda each: len(each[1]), default=(0, []))
        columns = f"columns found: {_listed(row)}" if row else "it holds no table"
        message = f"no header that the layout knows; {columns}"
        self.found.fault(number, message, f"the layout knows {'; '.join(dict.fromkeys(known))}")

    def _text(self, number: int, text: str) -> bool:
        """Whether a line of a single cell is a title or a notice."""
        for pattern in self.layout.titles:
            if match := re.fullmatch(pattern, text, re.IGNORECASE):
                self._find_day(text)
                self.named.pop("symbol", None)
                self.named |= {name: said.strip() for name, said in match.groupdict().items()
                               if name != "day" and said and said.strip()}  # fmt: skip
                self.section += 1
                self.header, self.unread = None, 0
                return True
        if self.layout.says(self.layout.prose, text):
            self._find_day(text)
            self.found.notes.append(Note(f"{self.found.name}, row {number}", shown(text), "a notice, not a holding"))
            return True
        return False

    def _find_day(self, text: str) -> None:
        """Take the day of the prices from a text that names it."""
        for pattern in self.layout.days:
            if self.found.day is None and (match := re.search(pattern, text, re.IGNORECASE)):
                try:
                    self.found.day = cells.day(match["day"], self.layout)
                except cells.CellError as error:
                    self.found.fault(0, f"the day of the prices in {shown(text)}: {error}", error.hint)

    def _row(self, number: int, row: list[str]) -> None:
        assert self.header is not None
        if len(row) > self.width:
            message = f"{len(row)} cells under {self.width} columns"
            self.found.fault(number, message, "a number with a comma and without quotes, perhaps; download it again")
            self._lose()
            return
        given = {column: row[place] if place < len(row) else "" for column, place in self.header.columns.items()}
        account, symbol = self.named.get("account"), self.named.get("symbol")
        place = self.found.name, number, self.section
        self.found.rows.append(Row(self.header.table, given, self.headings, *place, account, symbol))


def _listed(names: object) -> str:
    """Names as a message lists them, the first of many."""
    known = [str(name) for name in names if str(name)] if isinstance(names, list | tuple) else []
    return ", ".join(known[:NAMED]) + (", ..." if len(known) > NAMED else "")
