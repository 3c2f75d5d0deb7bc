"""Reads the data of a household from a JSON file or a folder of tables. household.py validates it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..schema.faults import Fault, InputError
from ..schema.json_files import read_json
from ..schema.wording import suggest
from .shared import SHARED, SharedRows
from .tables import OWNER, Places, empty, read_tables, records

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_ID = "household"
"""The id of a household whose file gives none."""


def load_data(path: Path, household_id: str | None = None) -> tuple[Any, list[Fault], Places]:
    """Return the fields of one household, unvalidated, the faults of its rows, and the places of its items in tables.

    `path` is a JSON file, a folder of tables, or a book from which `household_id` chooses a household. Raises
    InputError if the file or folder cannot be read as a household, FileNotFoundError if there is no such file.
    """
    if not path.is_dir():
        data = read_json(path)
        found = str(data.get("id", DEFAULT_ID)) if isinstance(data, dict) else household_id
        if household_id not in (None, found):
            return data, [Fault(path.name, f"it holds {found!r}, not {household_id!r}")], {}
        return data, [], {}
    return tables_data(read_tables(path), household_id, f"{path.name}/")


def tables_data(
    tables: dict[str, pd.DataFrame], household_id: str | None = None, of: str = ""
) -> tuple[Any, list[Fault], Places]:
    """Return the fields of one household from its tables, all of `tables.READ`, as `load_data` does. `of` comes before
    their names in faults.
    """
    shared = SharedRows({})
    if OWNER in tables["household"].columns:
        tables, shared = split_shared(tables)
    if household_id is not None:
        tables = _chosen(of, tables, household_id)
    index = tables["household"]
    if len(index) != 1:
        hint = "one household, one row"
        if household_id is None and OWNER in index.columns and len(index) > 1:
            hint = f"a book: choose one by its {OWNER}; {suggest('', owners(index))}"
        raise InputError([Fault(f"{of}household", f"{len(index)} rows", hint)])
    rows = {name: records(frame.drop(columns=OWNER, errors="ignore")) for name, frame in tables.items()}
    return shared.household_data(rows, household_id)


def owners(frame: pd.DataFrame) -> list[str]:
    """Return the id of each row's household: its `household_id`, or its `id` in a table without that column."""
    column = OWNER if OWNER in frame.columns else "id"
    if column not in frame.columns:
        return [DEFAULT_ID] * len(frame)
    return [owner_of(value) for value in frame[column].astype(object)]


def owner_of(value: Any) -> str:  # noqa: ANN401 - whatever a cell holds
    """Return a cell of `household_id` as an id: "" if it is empty.

    "17" is the id of 17.0, because a column of whole numbers with an empty cell is one of floats.
    """
    if empty(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def split_shared(tables: dict[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], SharedRows]:
    """Return the tables of a book without the rows that all its households share, and those rows.

    Raises InputError if a shared row cannot be used.
    """
    own, shared = dict(tables), {}
    for name in SHARED:
        frame = tables[name]
        apart = [not owner for owner in owners(frame)] if OWNER in frame.columns else [True] * len(frame)
        shared[name] = records(frame[apart].drop(columns=OWNER, errors="ignore"))
        own[name] = frame[[not each for each in apart]]
    return own, SharedRows(shared)


def check_owner_columns(of: str, tables: dict[str, pd.DataFrame]) -> None:
    """Check that every table whose rows cannot be shared has the column `household_id`. Raises InputError otherwise."""
    faults = [
        Fault(f"{of}{name}", f"no column {OWNER}", "every table of a book needs it")
        for name, frame in tables.items()
        if len(frame) and OWNER not in frame.columns and name not in SHARED
    ]
    if faults:
        raise InputError(faults)


def _chosen(of: str, tables: dict[str, pd.DataFrame], household_id: str) -> dict[str, pd.DataFrame]:
    """The rows of one household; a folder of one household is returned unchanged."""
    known = owners(tables["household"])
    if household_id not in known:
        hint = suggest(household_id, known)
        raise InputError([Fault(f"{of}household", f"no household {household_id!r}", hint)])
    if OWNER not in tables["household"].columns:
        return tables
    check_owner_columns(of, tables)
    return {
        name: frame[[owner == household_id for owner in owners(frame)]] if len(frame) else frame
        for name, frame in tables.items()
    }
