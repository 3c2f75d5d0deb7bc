"""Reads a household from frames in memory, pandas or Arrow, and from the tables of a DuckDB database.

The tables and their columns are those of files (tables.py). Rows count from 0, as `iloc` does, and those of a database
in the order in which it gives them.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from errno import ENOENT
from os import strerror
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..schema.changes import plain
from ..schema.faults import Fault, InputError
from ..schema.wording import shown, suggest
from .files import tables_data
from .tables import READ, REQUIRED, Places, records, without_cash

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection


def frames_data(frames: Mapping[str, Any], household_id: str | None = None) -> tuple[Any, list[Fault], Places]:
    """Return the fields of one household, unvalidated, the faults of its rows, and the places of its items.

    Each table is a pandas frame or anything that Arrow reads; `household` may be a mapping of its fields. From the
    frames of a book, `household_id` chooses a household. Raises InputError if they cannot be read as a household.
    """
    import pandas as pd

    given = {name: frame for name, frame in frames.items() if frame is not None}
    faults = [Fault(name, "unknown table", suggest(name, READ)) for name in given if name not in READ]
    faults += [Fault(name, "missing", "give a frame of it") for name in REQUIRED if name not in given]
    if faults:
        raise InputError(faults)
    tables = {name: table_of(given[name], name) if name in given else pd.DataFrame() for name in READ}
    if "lots" not in given and (faults := without_cash("lots", records(tables["accounts"]))):
        raise InputError(faults)
    return tables_data(tables, household_id)


def is_frame(value: Any) -> bool:  # noqa: ANN401 - whatever the user gave
    """Whether a value is a table: a pandas frame, or anything that Arrow reads; a pandas series is a mapping."""
    return hasattr(value, "itertuples") or (hasattr(value, "__arrow_c_stream__") and not hasattr(value, "items"))


def table_of(value: Any, name: str) -> pd.DataFrame:  # noqa: ANN401 - whatever the user gave
    """Return a table as Python's own values, its rows counted from 0. `name` is the table's, for faults.

    The levels of an index that have names are columns too. Raises InputError if it is no table or two columns have one
    name.
    """
    import pandas as pd

    if name == "household" and isinstance(value, Mapping | pd.Series):
        row = dict(value.items())
        columns, cells = [*row], [[cell] for cell in row.values()]
    elif hasattr(value, "itertuples"):
        named = [level for level in value.index.names if level is not None]
        frame = value.reset_index(level=named) if named else value
        columns, cells = [*frame.columns], [frame.iloc[:, place].astype(object) for place in range(frame.shape[1])]
    elif hasattr(value, "__arrow_c_stream__"):
        columns, cells = _arrow_columns(value, name)
    else:
        raise InputError([Fault(name, f"{shown(value)} is not a table", "give a pandas frame or an Arrow table")])
    columns = [str(column) for column in columns]
    if repeated := sorted({column for column in columns if columns.count(column) > 1}):
        raise InputError([Fault(f"{name}.{column}", "is the name of several columns") for column in repeated])
    own = [pd.Series([_own(cell) for cell in each], dtype=object) for each in cells]
    table = pd.DataFrame(dict(zip(columns, own, strict=True)))
    table.attrs["file"] = name
    return table


def _arrow_columns(value: Any, name: str) -> tuple[list[str], list[list[Any]]]:  # noqa: ANN401
    try:
        import pyarrow as pa
    except ImportError:
        raise InputError([Fault(name, "pyarrow is missing", "pip install lotroute[parquet]")]) from None
    try:
        table = pa.table(value)
    except pa.ArrowException as error:
        raise InputError([Fault(name, f"is not a table: {error}")]) from None
    cells = [
        [None if cell is None else dict(cell) for cell in column.to_pylist()]
        if pa.types.is_map(column.type)
        else column.to_pylist()
        for column in table.columns
    ]
    return table.column_names, cells


def _own(cell: Any) -> Any:  # noqa: ANN401 - whatever a table holds
    """A cell as Python's own values: numpy's numbers and arrays as such, without the fields of a struct left empty."""
    if hasattr(cell, "tolist"):
        cell = cell.tolist()
    if isinstance(cell, dict):
        return {key: _own(each) for key, each in cell.items() if each is not None}
    return plain(cell)


# -- DuckDB -----------------------------------------------------------------------------------------------------------


def duckdb_data(
    database: str | Path | DuckDBPyConnection, household_id: str | None = None
) -> tuple[Any, list[Fault], Places]:
    """Return the fields of one household, as `frames_data` does, from a database file or an open connection.

    Its tables and views are found by their names, in any case; those of other names are not read. Raises InputError if
    the database cannot be read or has a table whose name is nearly one of ours, FileNotFoundError if there is no such
    file.
    """
    try:
        import duckdb
    except ImportError:
        raise InputError([Fault(str(database), "duckdb is missing", "pip install lotroute[batch]")]) from None
    name = "the database"
    try:
        if isinstance(database, duckdb.DuckDBPyConnection):
            return frames_data(_tables_in(database), household_id)
        file = Path(database)
        name = file.name
        if not file.is_file():
            raise FileNotFoundError(ENOENT, strerror(ENOENT), str(file))
        with duckdb.connect(str(file), read_only=True) as connection:
            return frames_data(_tables_in(connection), household_id)
    except duckdb.Error as error:
        message = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError([Fault(name, f"cannot be read: {message}")]) from None


def _tables_in(connection: DuckDBPyConnection) -> dict[str, pd.DataFrame]:
    """The tables of a household or a book that a database has."""
    import pandas as pd

    tables, faults = {}, []
    for (name,) in connection.execute("SHOW TABLES").fetchall():
        ours = name.lower()
        if ours not in READ:
            faults += [Fault(name, "unknown table", suggest(ours, READ))] * bool(get_close_matches(ours, READ, 1, 0.8))
            continue
        found = connection.execute(f"""SELECT * FROM "{name.replace('"', '""')}\"""")
        columns = [column for column, *_ in found.description or ()]
        tables[ours] = pd.DataFrame(found.fetchall(), columns=columns, dtype=object)
    if faults:
        raise InputError(faults)
    return tables
