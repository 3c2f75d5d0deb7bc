"""A book of households, streamed: the rows of one household at a time, in the order of the table household.

DuckDB puts each table in that order, out of core, so memory does not grow with the book. Whoever reads the book only
groups the rows; `household_of` makes a household of them where it is solved.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import file_digest, sha256
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ....models import Household
from ....models.household.files import DEFAULT_ID
from ....models.household.shared import SHARED, SharedRows
from ....models.household.table_files import PARTS, parts_of
from ....models.household.tables import OWNER, READ, REQUIRED, TableRow, table_row, without_cash
from ....models.schema.faults import Fault, InputError
from .tables import TOGETHER, find, is_remote, parquet, source, text_lines, unread

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from duckdb import DuckDBPyConnection

    from .tables import Table

Cells = tuple[Any, ...]
"""A row: its number in the file, the header being 1, and its cells."""

MEMORY = "400MB"
"""The memory in which DuckDB sorts; what does not fit goes to a temporary folder."""

ROWS = 20_000
"""Rows of a sorted table that are read back at a time, about."""

NOBODY = "rows without household_id"
"""What rows that name no household are listed as."""

FEW = 100
"""The faults that are listed one by one, of rows that belong to no household."""


@dataclass(frozen=True, slots=True)
class Header:
    """What all households of a book share."""

    files: Mapping[str, str]
    """The file of each table that the book has, by the table's name."""
    columns: Mapping[str, tuple[str, ...]]
    """The columns of each of these tables, without `household_id`."""
    shared: Mapping[str, tuple[Cells, ...]]
    """The rows that belong to every household, by table."""
    digest: str
    """The SHA-256 of the columns and of the shared cells."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What a book says of one household."""

    household: str
    tables: Mapping[str, tuple[Cells, ...]]
    """Its rows, by table; a table in which it has none is left out."""
    faults: tuple[Fault, ...] = ()
    """What is wrong with its rows, apart from what they say. A household with a fault cannot be planned."""

    def digest(self) -> str:
        """Return the SHA-256 of the cells and faults.

        Where a household stands in the book does not count, but the order of its own rows does, because plans of the
        same worth may differ by it.
        """
        cells = [(name, [row[1:] for row in rows]) for name, rows in sorted(self.tables.items())]
        return _digest((cells, [(fault.path, fault.message) for fault in self.faults]))


def _digest(content: object) -> str:
    return sha256(repr(content).encode(errors="backslashreplace")).hexdigest()


# -- in the process that solves ---------------------------------------------------------------------------------------

_SHARED: dict[str, SharedRows] = {}
"""The shared rows of the book that this process solves, indexed, by the header's digest."""


def household_of(header: Header, rows: Rows) -> Household:
    """Return the household that rows of a book describe. Raises InputError with every fault, each with a path as that
    of `Household.load`, its file and its row.
    """
    if header.digest not in _SHARED:
        _SHARED.clear()
        _SHARED[header.digest] = SharedRows(
            {name: _named(header, name, found) for name, found in header.shared.items()}
        )
    if "household" not in rows.tables:
        raise InputError(rows.faults)
    own = {name: _named(header, name, rows.tables.get(name, ())) for name in READ}
    faults = list(rows.faults)
    if "lots" not in header.files:
        faults += without_cash("book/lots.csv", own["accounts"])
    try:
        data, more, places = _SHARED[header.digest].household_data(own, rows.household)
    except InputError as error:
        raise InputError([*faults, *error.faults]) from None
    return Household.checked(data, [*faults, *more], places)


def _named(header: Header, table: str, rows: Iterable[Cells]) -> list[TableRow]:
    file, columns = header.files.get(table, ""), header.columns.get(table, ())
    return [table_row(columns, cells, f"{file}, row {number}") for number, *cells in rows]


# -- in the process that reads the book -------------------------------------------------------------------------------


@dataclass(slots=True)
class _Group:
    """The rows of a table that one household has."""

    key: tuple[bool, int, str]
    """Whether table household lacks it, its place in the book if not, and its id; groups come in this order."""
    rows: list[Cells] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


class Book:
    """A book: a local folder of tables, or one at a URL or by a pattern that DuckDB reads.

    Raises InputError if it cannot be read as a book, and FileNotFoundError if there is no such folder.
    """

    header: Header

    def __init__(self, path: str | Path) -> None:
        try:
            import duckdb
            import pyarrow as _  # noqa: F401 - DuckDB takes the rows of CSV files as its batches
        except ImportError as error:
            raise InputError([Fault(str(path), f"{error.name} is missing", "pip install lotroute[batch]")]) from None
        self.path = str(path) if is_remote(str(path)) else str(Path(path).resolve())
        self._name = self.path.rstrip("/").rpartition("/")[2]
        self._spill = TemporaryDirectory(prefix="lotroute-")
        settings: dict[str, str | bool | int | float | list[str]] = {}
        settings |= {"memory_limit": MEMORY, "threads": 2, "temp_directory": self._spill.name}
        self._connection: DuckDBPyConnection = duckdb.connect(":memory:", config=settings)
        self.tables = find(self._connection, self.path)
        self._check_tables()
        self._single = OWNER not in self.tables["household"].columns
        with unread(self._name):
            self._list_owners()
        shared = {name: tuple(self._shared(name)) for name in SHARED if name in self.tables and not self._single}
        columns = {name: table.others for name, table in self.tables.items()}
        cells = {name: [row[1:] for row in rows] for name, rows in shared.items()}
        files = {name: table.file for name, table in self.tables.items()}
        self.header = Header(files, columns, shared, _digest((sorted(columns.items()), sorted(cells.items()))))
        SharedRows({name: _named(self.header, name, rows) for name, rows in shared.items()})

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """The SHA-256 of each file by its name in the book; at a URL, DuckDB's hash of the rows."""
        found = {}
        for table in self.tables.values():
            if is_remote(table.path):
                rows = text_lines(table.path) if table.is_csv else parquet(table.path)
                found[table.file] = str(
                    self._connection.execute(f"SELECT count(*), sum(hash(t)) FROM {rows} t").fetchone()
                )
                continue
            whole = Path(table.path.removesuffix(PARTS))
            for path in parts_of(whole) if whole.is_dir() else [whole]:
                with path.open("rb") as file:
                    name = path.name if path == whole else f"{whole.name}/{path.name}"
                    found[name] = file_digest(file, "sha256").hexdigest()
        return found

    def count(self) -> int:
        """Return how many households the table household has."""
        [count] = self._connection.execute("SELECT count(*) FROM owners").fetchone() or [0]
        return int(count)

    def rows(self) -> Iterator[Rows]:
        """Yield what the book says of each household, in the order of the table household; at the end, what it says of
        households that this table lacks, each with its faults. Raises InputError if a file cannot be read to its end.
        """
        return self._grouped(None)

    def only(self, ids: Collection[str]) -> Iterator[Rows]:
        """Yield the same of some households alone."""
        return self._grouped(frozenset("" if name == NOBODY else name for name in ids))

    # -- opening ------------------------------------------------------------------------------------------------------

    def _check_tables(self) -> None:
        faults = [
            Fault(f"{self._name}/{name}.csv", "missing", "a book needs it, as .csv, .csv.gz or .parquet")
            for name in REQUIRED
            if name not in self.tables
        ]
        if not faults and OWNER in self.tables["household"].columns:
            faults = [
                Fault(f"{self._name}/{name}", f"no column {OWNER}", "every table of a book needs it")
                for name, table in self.tables.items()
                if OWNER not in table.columns and name not in SHARED
            ]
        if faults:
            raise InputError(faults)

    def _list_owners(self) -> None:
        """Make the table `owners` of DuckDB: the id and the first row of each household."""
        cursor, table = self._connection.cursor(), self.tables["household"]
        rows = source(cursor, table)
        if not self._single:
            cursor.execute(
                "CREATE TABLE owners AS SELECT owner AS id, min(row) AS place "
                f"FROM {rows} WHERE owner <> '' GROUP BY owner"
            )
            return
        id_ = f"c{table.others.index('id')}" if "id" in table.others else "''"
        found = cursor.execute(f"SELECT CAST({id_} AS VARCHAR), row FROM {rows} LIMIT 2").fetchall()
        if len(found) != 1:
            raise InputError([Fault(f"{self._name}/household", f"no column {OWNER}", "every table of a book needs it")])
        cursor.execute("CREATE TABLE owners AS SELECT ? AS id, 1 AS place", [found[0][0] or DEFAULT_ID])

    def _shared(self, name: str) -> Iterator[Cells]:
        """The rows of a table that belong to every household. Raises InputError if one cannot be read."""
        table, cursor = self.tables[name], self._connection.cursor()
        with unread(f"{self._name}/{table.file}"):
            rows = source(cursor, table, frozenset([""]))
            found = cursor.execute(
                f"SELECT wrong, row, * EXCLUDE (owner, row, wrong) FROM {rows} ORDER BY row"
            ).fetchall()
        faults = [Fault(f"{self._name}/{table.file}, row {row}", wrong) for wrong, row, *_ in found if wrong]
        if faults:
            raise InputError(faults)
        return ((row, *cells) for _, row, *cells in found)

    # -- streaming ----------------------------------------------------------------------------------------------------

    def _grouped(self, ids: frozenset[str] | None) -> Iterator[Rows]:
        """Merge the groups of all tables, each of which come in the order of their keys."""
        with TemporaryDirectory(dir=self._spill.name) as folder:
            paths = {name: f"{folder}/{name}.parquet" for name in self.tables}
            for name, table in self.tables.items():
                self._sort(table, ids, paths[name])
            yield from self._merged({name: self._groups(table, paths[name]) for name, table in self.tables.items()})

    def _merged(self, streams: Mapping[str, Iterator[_Group]]) -> Iterator[Rows]:
        first = {name: group for name, stream in streams.items() if (group := next(stream, None))}
        while first:
            key = min(group.key for group in first.values())
            found = {name: first[name] for name in READ if name in first and first[name].key == key}
            for name in found:
                if (group := next(streams[name], None)) is None:
                    del first[name]
                else:
                    first[name] = group
            faults = [fault for group in found.values() for fault in group.faults]
            tables = {name: tuple(group.rows) for name, group in found.items() if group.rows}
            yield Rows(key[2] or NOBODY, tables, tuple(faults))

    def _groups(self, table: Table, path: str) -> Iterator[_Group]:
        shared = table.name in SHARED and not self._single
        for key, rows in groupby(self._ordered(path), key=lambda row: (row[0] is None, row[0] or 0, row[1])):
            if shared and not key[2]:
                deque(rows, 0)
            elif key[0]:
                yield self._lost(table, key, rows)
            else:
                yield self._found(table, key, rows)

    def _ordered(self, path: str) -> Iterator[Cells]:
        """Yield place, owner, row, wrong and cells of the rows of a table that was sorted."""
        cursor = self._connection.cursor()
        cursor.execute(f"FROM {parquet(path)}")
        while some := cursor.fetchmany(TOGETHER):
            yield from some

    def _sort(self, table: Table, ids: frozenset[str] | None, path: str) -> None:
        """Write the rows of a table to a file in the order of the households.

        One table after another, because sorts that are open at once would need the memory of all of them.
        """
        cursor = self._connection.cursor()
        with unread(f"{self._name}/{table.file}"):
            if self._single:
                rows, match = source(cursor, table), "true"
                chosen = "" if ids is None else "WHERE list_contains(?, o.id)"
            else:
                rows, match, chosen = source(cursor, table, ids), "r.owner = o.id", ""
            cells = "".join(f", r.c{i}" for i in range(len(table.others)))
            owner = "o.id" if self._single else "r.owner"
            cursor.execute(
                f"COPY (SELECT o.place, {owner}, r.row, r.wrong{cells} FROM {rows} r LEFT JOIN owners o ON {match} "
                f"{chosen} ORDER BY o.place NULLS LAST, {owner}, r.row) "
                f"TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE {ROWS})",
                [list(ids or ())] if chosen else None,
            )

    def _found(self, table: Table, key: tuple[bool, int, str], rows: Iterator[Cells]) -> _Group:
        """The rows of a household, with a fault for each that could not be read."""
        group = _Group(key)
        for _, _, row, wrong, *cells in rows:
            group.rows.append((row, *cells))
            if wrong:
                group.faults.append(Fault(table.name, wrong, place=f"{table.file}, row {row}"))
        if table.name == "household" and len(group.rows) > 1:
            message = f"{OWNER} {key[2]!r} is used {len(group.rows)} times"
            place = f"{table.file}, row {group.rows[1][0]}"
            group.faults.append(Fault("household", message, f"every {OWNER} must be unique", place))
        return group

    def _lost(self, table: Table, key: tuple[bool, int, str], rows: Iterator[Cells]) -> _Group:
        """The faults of rows whose household is not in the book: one for them all, and what is wrong with the first."""
        group, count, first = _Group(key), 0, 0
        for _, _, row, wrong, *_ in rows:
            count, first = count + 1, first or row
            if wrong and len(group.faults) < FEW:
                group.faults.append(Fault(table.name, wrong, place=f"{table.file}, row {row}"))
        message = f"unknown household {key[2]!r}" if key[2] else f"no {OWNER}"
        more = f" ({count} rows)" if count > 1 else ""
        hint = "a row of household with this id"
        group.faults.append(Fault(f"{table.name}.{OWNER}", message + more, hint, f"{table.file}, row {first}"))
        return group
