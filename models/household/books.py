"""Books of households: the tables of many households in one folder, each row with its `household_id`.

A folder of one household may have that column too; it is then ignored.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from errno import ENOENT
from os import strerror
from pathlib import Path
from typing import TYPE_CHECKING

from ..schema.faults import Fault, InputError
from ..schema.wording import suggest
from .files import check_owner_columns, owners, split_shared
from .household import Household
from .tables import OWNER, READ, TableRow, read_tables, records
from .writing import TableFormat, write_tables

if TYPE_CHECKING:
    from collections.abc import Iterable


def write_book(households: Iterable[Household], folder: str | Path, tables: TableFormat = "csv") -> None:
    """Write a book as CSV or Parquet tables. Raises InputError if two households have the same id."""
    households = list(households)
    faults = _repeated(Path(folder), (household.id for household in households))
    if faults:
        raise InputError(faults)
    write_tables(households, Household, Path(folder), tables, book=True)


def read_book(folder: str | Path) -> dict[str, Household]:
    """Return the households of a book by their `household_id`, in the order of the table `household`.

    A folder of one household is read as a book of one. Raises InputError with every fault of every
    household, each path starting with the household's id, as in `smith/accounts.ira.lots[3].quantity`;
    FileNotFoundError if there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(ENOENT, strerror(ENOENT), str(folder))
    tables = read_tables(folder)
    ids = owners(tables["household"])
    if OWNER not in tables["household"].columns and len(ids) == 1:
        tables = {name: frame.assign(**{OWNER: ids[0]}) for name, frame in tables.items()}
    check_owner_columns(f"{folder.name}/", tables)
    tables, shared = split_shared(tables)
    faults = _repeated(folder, ids)
    rows: dict[str, dict[str, list[TableRow]]] = {owner: {name: [] for name in READ} for owner in ids}
    for name, frame in tables.items():
        for row, (owner, record) in enumerate(zip(owners(frame), records(frame), strict=True)):
            record.pop(OWNER, None)
            if owner in rows:
                rows[owner][name].append(record)
            else:
                message = f"unknown household {owner!r}"
                hint = suggest(owner, ids)
                faults.append(Fault(f"{folder.name}/{name}[{row}].{OWNER}", message, hint, record.place))
    households = {}
    for owner, parts in rows.items():
        try:
            households[owner] = Household.checked(*shared.household_data(parts, owner))
        except InputError as error:
            faults += [replace(fault, path=f"{owner}/{fault.path}") for fault in error.faults]
    if faults:
        raise InputError(faults)
    return households


def _repeated(folder: Path, ids: Iterable[str]) -> list[Fault]:
    return [
        Fault(f"{folder.name}/household", f"{OWNER} {name!r} is used {times} times", f"every {OWNER} must be unique")
        for name, times in Counter(ids).items()
        if times > 1
    ]
