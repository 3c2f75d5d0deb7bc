"""Writes households as tables, CSV or Parquet, one after another, so that memory does not grow with a book."""

from __future__ import annotations

import csv
from contextlib import ExitStack
from datetime import date
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from ..schema.record import Record
from ..schema.safe_text import quoted
from .parts.accounts import Account, Lot
from .table_files import SUFFIXES, parts_of
from .tables import ITEMS, OWNER, READ

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

    from .tables import Row

TableFormat = Literal["csv", "parquet"]

FrameFormat = Literal["pandas", "arrow"]

TOGETHER = 20_000
"""Rows of Parquet that are written together, as a row group."""


def write_tables(
    households: Iterable[Any], kind: type[Record], folder: Path, tables: TableFormat, *, book: bool
) -> int:
    """Write households, records of the class `kind`, to a folder of tables, and return how many they are. A book gets
    the column `household_id`; that the ids differ is the caller's care.

    Earlier tables of the same names, in any format, are replaced when all households are written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = _tables(kind)
    columns = {name: ({OWNER: str} if book else {}) | kinds for name, kinds in own.items()}
    unfinished = {name: folder / f".{name}.{tables}.unfinished" for name in columns}
    count = 0
    try:
        with ExitStack() as stack:
            files: dict[str, _CsvTable | _ParquetTable] = {}
            for name, path in unfinished.items():
                files[name] = (_CsvTable if tables == "csv" else _ParquetTable)(path, columns[name])
                stack.callback(files[name].close)
            for count, household in enumerate(households, 1):  # noqa: B007 - the last is the count
                owner = (household.id,) if book else ()
                for name, cells in _rows(household, own["household"]):
                    files[name].add((*owner, *cells))
        for name in READ:
            _remove_table(folder, name)
        for name, path in unfinished.items():
            path.rename(folder / f"{name}.{tables}")
    finally:
        for path in unfinished.values():
            path.unlink(missing_ok=True)
    return count


def to_frames(household: Any, kind: FrameFormat) -> dict[str, Any]:  # noqa: ANN401 - a record that files.py cannot know
    """Return the tables of a household as frames: what `write_tables` would write, with the same columns."""
    columns = _tables(type(household))
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in columns}
    for name, cells in _rows(household, columns["household"]):
        rows[name].append(cells)
    make = _pandas if kind == "pandas" else _arrow
    return {name: make(rows[name], columns[name]) for name in columns}


def _remove_table(folder: Path, name: str) -> None:
    for suffix in SUFFIXES:
        (folder / f"{name}{suffix}").unlink(missing_ok=True)
    if (parts := folder / name).is_dir():
        for part in parts_of(parts):
            part.unlink()


def _pandas(rows: Sequence[tuple[Any, ...]], columns: Mapping[str, Any]) -> pd.DataFrame:
    import pandas as pd

    dtypes = {float: "float64", int: "Int64", bool: "boolean", date: "datetime64[s]"}
    cells = zip(*rows, strict=True) if rows else [()] * len(columns)
    return pd.DataFrame(
        {
            name: pd.Series(list(column), dtype=dtypes.get(kind, object))
            for (name, kind), column in zip(columns.items(), cells, strict=True)
        }
    )


def _arrow(rows: Sequence[tuple[Any, ...]], columns: Mapping[str, Any]) -> pa.Table:
    import pyarrow as pa

    schema = _schema(columns)
    cells = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(cells, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _schema(columns: Mapping[str, Any]) -> pa.Schema:
    import pyarrow as pa

    arrow = {str: pa.string(), float: pa.float64(), int: pa.int64(), bool: pa.bool_(), date: pa.date32()}
    return pa.schema([(name, arrow[kind]) for name, kind in columns.items()])


# -- rows -------------------------------------------------------------------------------------------------------------


def _tables(kind: type[Record]) -> dict[str, dict[str, Any]]:
    """The columns of each table of households, records of the class `kind`, with the kinds of their values."""
    return {
        "household": {name: plain for name, plain in _columns(kind) if name not in ("accounts", *ITEMS)},
        "accounts": {name: plain for name, plain in _columns(Account) if name != "lots"},
        "lots": {"account": str, **dict(_columns(Lot))},
    } | {name: dict(_columns(model)) for name, model in ITEMS.items()}


def _columns(noun: type[Record]) -> Iterator[tuple[str, Any]]:
    """The columns of a record with the kinds of their values: its fields, those of a nested record dotted."""
    for name, info in noun.model_fields.items():
        plain = _plain(info.annotation)
        if isinstance(plain, type) and issubclass(plain, Record):
            yield from ((f"{name}.{column}", kind) for column, kind in _columns(plain))
        else:
            yield name, plain


def _plain(annotation: Any) -> Any:  # noqa: ANN401
    """The kind of value behind an annotation, which may be optional: str for a choice, a list or a mapping too."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Literal, tuple, dict):
        return str
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
    return _plain(kinds[0]) if kinds else annotation


def _rows(household: Any, columns: Iterable[str]) -> Iterator[tuple[str, tuple[Any, ...]]]:  # noqa: ANN401
    """Yield the rows of a household, each with its table."""
    fields = household.model_dump(exclude={"accounts", *ITEMS})
    flat = _flat(fields | {"accounts_elsewhere": _cell(household.accounts_elsewhere, ())})
    yield "household", tuple(flat.get(column) for column in columns)
    for account in household.accounts:
        yield "accounts", _row(account, "lots")
        for lot in account.lots:
            yield "lots", (account.id, *_row(lot))
    for name in ITEMS:
        for item in getattr(household, name):
            yield name, _row(item)


def _row(noun: Record, without: str = "") -> tuple[Any, ...]:
    values, listed, records = _fields(type(noun), without)
    row = values(noun)
    if not listed and not records:
        return row
    cells = list(row)
    for index, default in listed:
        cells[index] = _cell(cells[index], default)
    for index, kind in reversed(records):
        width = len(kind.model_fields)
        cells[index : index + 1] = [None] * width if cells[index] is None else _row(cells[index])
    return tuple(cells)


@cache
def _fields(
    noun: type[Record], without: str
) -> tuple[attrgetter[tuple[Any, ...]], list[tuple[int, Any]], list[tuple[int, type[Record]]]]:
    """What gets the fields of a record but one; by number the defaults of those that are lists or mappings, and the
    kinds of those that are records.
    """
    fields = [(name, info) for name, info in noun.model_fields.items() if name != without]
    listed = [
        (index, info.get_default(call_default_factory=True))
        for index, (_, info) in enumerate(fields)
        if _is_listed(info.annotation)
    ]
    kinds = [(index, _plain(info.annotation)) for index, (_, info) in enumerate(fields)]
    records = [(index, kind) for index, kind in kinds if isinstance(kind, type) and issubclass(kind, Record)]
    return attrgetter(*(name for name, _ in fields)), listed, records


def _is_listed(annotation: Any) -> bool:  # noqa: ANN401
    origin = get_origin(annotation)
    return origin in (tuple, dict) or (origin is not Literal and any(map(_is_listed, get_args(annotation))))


def _cell(value: Any, default: Any) -> Any:  # noqa: ANN401
    """A list or a mapping as a table holds it: as text, or None if it is the default."""
    if value is None or value == default:
        return None
    if isinstance(value, dict):
        return ";".join(f"{name}={weight!r}" for name, weight in value.items())
    return ";".join(value) or ";"  # an empty menu, as opposed to a menu left out


def _flat(data: Row, prefix: str = "") -> Row:
    flat: Row = {}
    for name, value in data.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat


# -- files ------------------------------------------------------------------------------------------------------------


class _CsvTable:
    """A CSV file that is being written."""

    def __init__(self, path: Path, columns: Mapping[str, Any]) -> None:
        self.file = path.open("w", encoding="utf-8", newline="")
        self.write = csv.writer(self.file, lineterminator="\n").writerow
        self.write(columns)

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def add(self, row: tuple[Any, ...]) -> None:
        """Write a row."""
        self.write([quoted(cell) for cell in row])


class _ParquetTable:
    """A Parquet file that is being written, a row group at a time."""

    def __init__(self, path: Path, columns: Mapping[str, Any]) -> None:
        from pyarrow.parquet import ParquetWriter

        self.columns = columns
        self.file = ParquetWriter(path, _schema(columns))
        self.rows: list[tuple[Any, ...]] = []

    def close(self) -> None:
        """Write what is waiting and close the file."""
        self._write()
        self.file.close()

    def add(self, row: tuple[Any, ...]) -> None:
        """Write a row, together with others."""
        self.rows.append(row)
        if len(self.rows) >= TOGETHER:
            self._write()

    def _write(self) -> None:
        self.file.write_table(_arrow(self.rows, self.columns))
        self.rows = []
