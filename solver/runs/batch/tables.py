"""The files of a book's tables: which there are, their columns, and their rows as DuckDB sees them.

Parquet is read by DuckDB itself. CSV is read line by line with the rules of models/household/table_files.py, because a
row that cannot be read must not stop the run, nor swallow the rows after it: a row is a line, and what is wrong with it
is a fault of its household.
"""

from __future__ import annotations

import csv
import re
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ....models.household.table_files import (
    PARTS,
    SUFFIXES,
    cells_of,
    columns_of,
    not_utf8,
    open_text,
    separator_of,
    tables_among,
    too_long,
)
from ....models.household.tables import OWNER, READ
from ....models.schema.faults import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa
    from duckdb import DuckDBPyConnection

TOGETHER = 2048
"""Rows that are passed on together."""

NOT_CLOSED = "a quote is not closed on its line, or text follows it"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a book: where it is and what columns it has."""

    name: str
    path: str
    """A file, the pattern of its parts, or either at a URL."""
    file: str
    """The file's name in faults."""
    columns: tuple[str, ...]
    """All its columns, `household_id` among them."""

    @property
    def is_csv(self) -> bool:
        """Whether its lines are read here."""
        return _is_csv(self.path)

    @property
    def others(self) -> tuple[str, ...]:
        """Its columns without `household_id`."""
        return tuple(column for column in self.columns if column != OWNER)


def find(connection: DuckDBPyConnection, book: str) -> dict[str, Table]:
    """Return the tables of a book, by name. Raises InputError if one cannot be read, is unknown or in no known format;
    FileNotFoundError if there is no such folder.
    """
    pattern = "*" in book.rpartition("/")[2] and not Path(book).is_dir()
    folder = book.rpartition("/")[0] if pattern else book.rstrip("/")
    if not is_remote(folder) and not Path(folder).is_dir():
        raise FileNotFoundError(2, "No such file or directory", folder)
    literal, last = _literal(folder), book.rpartition("/")[2]
    patterns = [f"{literal}/{last}"] if pattern else [f"{literal}/*", f"{literal}/*/*.parquet"]
    if folder.startswith(("http://", "https://")):
        return _tried(connection, folder)
    with unread(folder):
        found = [path for each in patterns for (path,) in connection.execute("FROM glob(?)", [each]).fetchall()]
    names = [f"/{path}".rsplit("/", 2)[1:] for path in found]
    base = folder.rpartition("/")[2]
    entries = {name if above == base else f"{above}{PARTS}" for above, name in names}
    return {
        name: open_table(connection, name, f"{folder}/{entry}")
        for name, entry in tables_among(entries, base, READ).items()
    }


def _tried(connection: DuckDBPyConnection, folder: str) -> dict[str, Table]:
    """The tables at a URL of the web, where nothing lists them: every name that may be there is tried.

    Raises InputError with what keeps the first, which every book has, from being read.
    """
    found: dict[str, Table] = {}
    errors: list[InputError] = []
    for name in READ:
        for suffix in SUFFIXES:
            try:
                found.setdefault(name, open_table(connection, name, f"{folder}/{name}{suffix}"))
            except InputError as error:
                errors.append(error)
        if not found:
            raise errors[0]
    return found


def open_table(connection: DuckDBPyConnection, name: str, path: str) -> Table:
    """Return a table with its columns. Raises InputError if it cannot be read, or its header is unclear."""
    folder, _, file = path.removesuffix(PARTS).rpartition("/")
    file += PARTS if path.endswith(PARTS) else ""
    place = f"{folder.rpartition('/')[2]}/{file}"
    with unread(place):
        if not _is_csv(path):
            described = connection.execute(f"DESCRIBE SELECT * FROM {parquet(path)}").fetchall()
            return Table(name, path, file, tuple(str(column) for column, *_ in described))
        header = next(lines(connection, path), "")
        if not header.strip():
            raise InputError([Fault(place, "cannot be read: it is empty")])
        if not _is_text(header):
            raise InputError([not_utf8(place)])
        columns, faults = columns_of(next(csv.reader([header], delimiter=separator_of(header), strict=True)), place)
    if faults:
        raise InputError(faults)
    return Table(name, path, file, tuple(columns))


@contextmanager
def unread(place: str) -> Iterator[None]:
    """Raise InputError in place of whatever tells that a file cannot be read."""
    import duckdb

    try:
        yield
    except (duckdb.Error, OSError, EOFError, csv.Error) as error:
        message = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError([Fault(place, f"cannot be read: {message}")]) from None


def _literal(path: str) -> str:
    """A local path as a pattern that matches it alone."""
    return path if is_remote(path) else re.sub(r"([*?[])", r"[\1]", path)


def is_remote(path: str) -> bool:
    """Whether a path is one that only DuckDB reads."""
    return "://" in path


def _is_csv(path: str) -> bool:
    return path.lower().endswith((".csv", ".csv.gz"))


# -- CSV --------------------------------------------------------------------------------------------------------------


def lines(connection: DuckDBPyConnection, path: str) -> Iterator[str]:
    """Yield the lines of a CSV file. Bytes that are not UTF-8 become surrogates; at a URL they raise duckdb.Error."""
    if is_remote(path):
        cursor = connection.cursor()
        cursor.execute(f"SELECT coalesce(line, '') FROM {text_lines(path)}")
        while some := cursor.fetchmany(TOGETHER):
            yield from (line.removeprefix("\ufeff") for (line,) in some)
        return
    with open_text(Path(path), "surrogateescape") as text:
        yield from text


def _is_text(line: str) -> bool:
    if line.isascii():
        return True
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_rows(text: Iterable[str], width: int) -> Iterator[tuple[int, str, list[str]]]:
    """Yield the rows of a CSV file's lines, without the header and blank ones: the row as a spreadsheet counts, what is
    wrong with it ("" if nothing), and a cell for each of `width` columns.
    """
    found = iter(text)
    separator = separator_of(next(found, ""))
    for number, line in enumerate(found, 2):
        wrong, content = "", line.rstrip("\r\n")
        if '"' not in content:
            row = content.split(separator)
        else:
            try:
                row = next(csv.reader((content,), delimiter=separator, strict=True))
            except csv.Error:
                row, wrong = next(csv.reader((content,), delimiter=separator)), NOT_CLOSED
        if not any(cell.strip() for cell in row):
            continue
        if not _is_text(line):
            row, wrong = [cell.encode(errors="surrogateescape").decode(errors="replace") for cell in row], NOT_TEXT
        yield number, wrong or too_long(row, width), cells_of(row, width)


NOT_TEXT = not_utf8("").message


def _batches(
    rows: Iterator[tuple[int, str, list[str]]], owner: int | None, keep: Callable[[str], bool], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Yield the rows that are kept by their owner, which is the cell at the index `owner`, in batches of the schema."""
    import pyarrow as pa

    while some := list(islice(rows, TOGETHER)):
        if owner is None:
            named = [("", *row) for row in some]
        else:
            named = [
                (name if (name := cells.pop(owner)).strip() else "", row, wrong, cells) for row, wrong, cells in some
            ]
        kept = [each for each in named if keep(each[0])]
        columns = [*([each[i] for each in kept] for i in range(3)), *zip(*(each[3] for each in kept), strict=True)]
        if kept:
            arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


# -- both as SQL ------------------------------------------------------------------------------------------------------


def source(cursor: DuckDBPyConnection, table: Table, owners: frozenset[str] | None = None) -> str:
    """Return the SQL of a table's rows, or of those of some owners; that of a CSV file can be read once.

    Its columns are `owner` (the `household_id`, "" if there is none), `row` (as a spreadsheet counts), `wrong` (what is
    wrong with it, "" if nothing), and c0, c1, ... as `table.others`.
    """
    if not table.is_csv:
        cells = "".join(f", {_quoted(column)} AS c{i}" for i, column in enumerate(table.others))
        named = f"SELECT {_owner(cursor, table)} AS owner{cells} FROM {parquet(table.path)}"
        chosen = "" if owners is None else f" WHERE owner IN ({', '.join(map(_text, sorted(owners))) or 'NULL'})"
        return (
            f"(SELECT owner, row, '' AS wrong, * EXCLUDE (owner, row) FROM "
            f"(SELECT *, row_number() OVER () + 1 AS row FROM ({named})){chosen})"
        )
    import pyarrow as pa

    fields = [("owner", pa.string()), ("row", pa.int64()), ("wrong", pa.string())]
    schema = pa.schema([*fields, *((f"c{i}", pa.string()) for i in range(len(table.others)))])
    place = table.columns.index(OWNER) if OWNER in table.columns else None
    rows = read_rows(lines(cursor, table.path), len(table.columns))
    keep = (lambda owner: True) if owners is None else owners.__contains__
    cursor.register(f"csv_{table.name}", pa.RecordBatchReader.from_batches(schema, _batches(rows, place, keep, schema)))
    return f"csv_{table.name}"


def _owner(cursor: DuckDBPyConnection, table: Table) -> str:
    """The SQL of a Parquet row's owner, as `models.household.files.owner_of` reads it."""
    if OWNER not in table.columns:
        return "''"
    whole = f"{OWNER} = floor({OWNER})"
    [kind] = cursor.execute(f"SELECT typeof({OWNER}) FROM {parquet(table.path)} LIMIT 1").fetchone() or [""]
    text = f"CAST({OWNER} AS VARCHAR)"
    if kind in ("DOUBLE", "FLOAT"):
        text = f"CASE WHEN isfinite({OWNER}) AND {whole} THEN CAST(CAST({OWNER} AS HUGEINT) AS VARCHAR) ELSE {text} END"
    return f"CASE WHEN trim({text}) = '' THEN '' ELSE coalesce({text}, '') END"


def parquet(path: str) -> str:
    """Return the SQL that reads a Parquet file or the parts of a table."""
    parts = PARTS if path.endswith(PARTS) else ""
    files = _text(_literal(path.removesuffix(PARTS)) + parts)
    return f"read_parquet({files}, union_by_name = true, hive_partitioning = false)"


def text_lines(path: str) -> str:
    """Return the SQL that reads the lines of a file at a URL, as the column `line`."""
    whole = "columns = {'line': 'VARCHAR'}, delim = '\x1f', quote = '', escape = '', header = false"
    return f"read_csv({_text(path)}, {whole}, auto_detect = false)"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
