"""Households in files: one JSON file, a folder of tables, or a book, the same tables for many households.

In a book every table has the column `household_id`. A folder of one household may have it too; there it is ignored.
"""

from __future__ import annotations

import json
from collections import Counter
from errno import ENOENT
from os import strerror
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from .base import Noun
from .faults import Fault, InputError
from .household import Household
from .tables import NAMES, OWNER, Record, TableFormat, household_data, read_tables, records, write_tables
from .wording import faults_of, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

N = TypeVar("N", bound=Noun)

HOUSEHOLD: str = Household.model_fields["id"].default
"""The name of a household without one."""


# -- one household ----------------------------------------------------------------------------------------------------


def load_household(path: Path, household_id: str | None = None) -> Household:
    """Read a JSON file, a folder of tables, or the household `household_id` of a book.

    Raises InputError with every fault, FileNotFoundError where nothing is.
    """
    if not path.is_dir():
        household = Household.model_validate(read_json(path))
        if household_id not in (None, household.id):
            raise InputError([Fault(path.name, f"it holds {household.id!r}, not {household_id!r}")])
        return household
    tables = read_tables(path)
    if household_id is not None:
        tables = _chosen(path, tables, household_id)
    index = tables["household"]
    if len(index) != 1:
        hint = "one household, one row"
        if household_id is None and OWNER in index.columns and len(index) > 1:
            hint = f"a book: choose one by its {OWNER}; {suggest('', _owners(index))}"
        raise InputError([Fault(f"{path.name}/household", f"{len(index)} rows", hint)])
    rows = {name: records(frame.drop(columns=OWNER, errors="ignore")) for name, frame in tables.items()}
    return _validated(rows, household_id)


def save_household(household: Household, path: Path, *, tables: TableFormat) -> None:
    """Write JSON where the name ends in .json, else a folder of tables."""
    if path.suffix == ".json":
        path.write_text(household.model_dump_json(indent=1, exclude_defaults=True) + "\n", encoding="utf-8")
    else:
        write_tables([household], path, tables, book=False)


def load_json(noun: type[N], path: Path, name: str) -> N:
    """A policy or a plan from a JSON file; `name` opens the paths of its faults. Raises InputError with every fault."""
    try:
        return noun.model_validate(read_json(path))
    except ValidationError as error:
        raise InputError(faults_of(error, noun, name)) from None


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """The file's content. Raises InputError where it is no JSON, with the line."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError([Fault(f"{path.name}:{error.lineno}", f"not JSON: {error.msg}")]) from None
    except UnicodeDecodeError:
        raise InputError([Fault(path.name, "not a text file in UTF-8", "give JSON, or a folder of tables")]) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, lists nested without end
        raise InputError([Fault(path.name, f"not JSON that can be read: {error}")]) from None


# -- a book -----------------------------------------------------------------------------------------------------------


def write_book(households: Iterable[Household], folder: str | Path, tables: TableFormat = "csv") -> None:
    """Write a book, CSV or Parquet. Raises InputError where two households have the same id."""
    households = list(households)
    faults = _repeated(Path(folder), (household.id for household in households))
    if faults:
        raise InputError(faults)
    write_tables(households, Path(folder), tables, book=True)


def read_book(folder: str | Path) -> dict[str, Household]:
    """The households of a book by their `household_id`, in the order of its table `household`.

    A folder of one household is a book of one. Raises InputError with every fault of every household, each path opened
    by the household's id, as in `smith/accounts.ira.lots[3].quantity`; FileNotFoundError where no folder is.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(ENOENT, strerror(ENOENT), str(folder))
    tables = read_tables(folder)
    owners = _owners(tables["household"])
    if OWNER not in tables["household"].columns and len(owners) == 1:
        tables = {name: frame.assign(**{OWNER: owners[0]}) for name, frame in tables.items()}
    _check_columns(folder, tables)
    faults = _repeated(folder, owners)
    rows: dict[str, dict[str, list[Record]]] = {owner: {name: [] for name in NAMES} for owner in owners}
    for name, frame in tables.items():
        for row, (owner, record) in enumerate(zip(_owners(frame), records(frame), strict=True)):
            record.pop(OWNER, None)
            if owner in rows:
                rows[owner][name].append(record)
            else:
                message = f"unknown household {owner!r}"
                hint = suggest(owner, owners)
                faults.append(Fault(f"{folder.name}/{name}[{row}].{OWNER}", message, hint))
    households = {}
    for owner, parts in rows.items():
        try:
            households[owner] = _validated(parts, owner)
        except InputError as error:
            faults += [Fault(f"{owner}/{fault.path}", fault.message, fault.hint) for fault in error.faults]
    if faults:
        raise InputError(faults)
    return households


def _validated(rows: dict[str, list[Record]], default_id: str | None) -> Household:
    data, faults = household_data(rows, default_id)
    try:
        household = Household.model_validate(data)
    except InputError as error:
        raise InputError([*faults, *error.faults]) from None
    if faults:
        raise InputError(faults)
    return household


def _owners(frame: pd.DataFrame) -> list[str]:
    """The household of each row: its `household_id`, in a table without that column its `id`."""
    column = OWNER if OWNER in frame.columns else "id"
    if column not in frame.columns:
        return [HOUSEHOLD] * len(frame)
    return [str(value) for value in frame[column].astype(object)]


def _chosen(folder: Path, tables: dict[str, pd.DataFrame], household_id: str) -> dict[str, pd.DataFrame]:
    """The rows of one household; a folder of one household is as it is."""
    owners = _owners(tables["household"])
    if household_id not in owners:
        hint = suggest(household_id, owners)
        raise InputError([Fault(f"{folder.name}/household", f"no household {household_id!r}", hint)])
    if OWNER not in tables["household"].columns:
        return tables
    _check_columns(folder, tables)
    return {
        name: frame[[owner == household_id for owner in _owners(frame)]] if len(frame) else frame
        for name, frame in tables.items()
    }


def _check_columns(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    faults = [
        Fault(f"{folder.name}/{name}", f"no column {OWNER}", "every table of a book needs it")
        for name, frame in tables.items()
        if len(frame) and OWNER not in frame.columns
    ]
    if faults:
        raise InputError(faults)


def _repeated(folder: Path, ids: Iterable[str]) -> list[Fault]:
    return [
        Fault(f"{folder.name}/household", f"{OWNER} {name!r} is used {times} times", f"every {OWNER} must be unique")
        for name, times in Counter(ids).items()
        if times > 1
    ]
