"""Households as tables: rows of text and numbers, read from CSV or Parquet. writing.py writes them.

The tables are household (one row per household: id, trade_date and the taxpayer, nested fields as dotted columns such
as `taxpayer.rates.short`), accounts, lots (with the column `account`), and one for each list of items. An empty cell is
a field left out. Exposures and factors are written `us_stock=0.6;us_bond=0.4`, lists of symbols `VTI;BND`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..schema.faults import Fault, InputError
from ..schema.filled import Filled
from ..schema.record import Record
from ..schema.values import split_list
from .parts.activity import RecentTrade, Restriction, ScheduledBuy
from .parts.held_beside import HeldBeside
from .parts.people import Person
from .parts.securities import Security
from .parts.targets import FactorTarget, SecurityTarget, Target
from .reading import item_path
from .table_files import file_name, find_tables, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd

Row = dict[str, Any]
Places = dict[str, str]
"""The file and row of each item of a household that was read from tables, by the item's path."""

ITEMS: dict[str, type[Record]] = {
    "securities": Security,
    "targets": Target,
    "recent_trades": RecentTrade,
    "scheduled_buys": ScheduledBuy,
    "held_beside": HeldBeside,
    "security_targets": SecurityTarget,
    "factor_targets": FactorTarget,
    "restrictions": Restriction,
    "people": Person,
    "filled": Filled,
}
"""The tables that are plain lists of items."""

NAMES = ("household", "accounts", "lots", *ITEMS)
"""All tables that are written."""

PRICES = "prices"
"""A table of prices by symbol, for securities whose rows leave them out. It is read (shared.py) and never written."""

READ = (*NAMES, PRICES)
"""All tables that are read."""

REQUIRED = ("household", "accounts", "securities", "targets")
"""The tables that every household must have."""

OWNER = "household_id"
"""The column that says which household of a book a row belongs to."""


class TableRow(dict[str, Any]):
    """The filled cells of a row by column, and the file and row where they stand.

    `elsewhere` has the places of cells that come from other rows, by column.
    """

    place = ""
    elsewhere: Mapping[str, str] = MappingProxyType({})


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Return all tables of a folder, cells unchanged; an optional table that is missing has no rows.

    The index of each is the row in the file, and its `attrs["file"]` is the file's name. Raises InputError if a
    required table is missing, a file is not a table that is known, or a table cannot be read.
    """
    import pandas as pd

    paths = find_tables(folder, READ)
    faults = [
        Fault(f"{folder.name}/{name}.csv", "missing", "a folder of tables needs it, as .csv or .parquet")
        for name in REQUIRED
        if name not in paths
    ]
    if faults:
        raise InputError(faults)
    tables = {name: read_table(paths[name]) if name in paths else pd.DataFrame() for name in READ}
    for name, path in paths.items():
        tables[name].attrs["file"] = file_name(path)
    if "lots" not in paths and (faults := without_cash(f"{folder.name}/lots.csv", records(tables["accounts"]))):
        raise InputError(faults)
    return tables


def records(frame: pd.DataFrame) -> list[TableRow]:
    """Return a table's rows without their empty cells."""
    columns = [str(column) for column in frame.columns]
    cells = frame.astype(object)
    rows = cells.where(cells.notna(), None).itertuples(index=False, name=None)
    found = []
    for number, row in zip(frame.index, rows, strict=True):
        found.append(table_row(columns, row, f"{frame.attrs.get('file', 'table')}, row {number}"))
    return found


def table_row(columns: Iterable[str], cells: Iterable[Any], place: str) -> TableRow:
    """Return a row of these cells, without the empty ones."""
    row = TableRow((column, value) for column, value in zip(columns, cells, strict=True) if not empty(value))
    row.place = place
    return row


def spread(rows: Sequence[Any]) -> list[Any]:
    """Return the rows of securities, one a symbol: what a row for several symbols (`AAPL;MSFT`) says holds for each of
    them, as far as its own row does not say it.

    The rows that come of it are where the first row of their symbol was. Rows of one symbol alone that repeat it stay,
    and so does whatever is no row.
    """
    if not any(";" in _symbol(row) for row in rows):
        return [*rows]
    found: list[Any] = []
    places: dict[str, int] = {}
    seen: set[tuple[str, bool]] = set()
    for row in rows:
        symbols = split_list(_symbol(row)) if ";" in _symbol(row) else []
        for symbol in symbols or [_symbol(row)]:
            part, at = _of_several(row, symbol) if symbols else row, places.setdefault(symbol, len(found))
            if not symbol or at == len(found) or (symbol, bool(symbols)) in seen:
                found.append(part)
            else:
                found[at] = _merged(found[at], part) if symbols else _merged(part, found[at])
            seen.add((symbol, bool(symbols)))
    return found


def _symbol(row: Any) -> str:  # noqa: ANN401 - whatever the user wrote
    symbol = row.get("symbol") if isinstance(row, Mapping) else None
    return symbol if isinstance(symbol, str) else ""


def _of_several(row: Mapping[str, Any], symbol: str) -> TableRow:
    """What a row for several symbols says of one."""
    own = TableRow({**row, "symbol": symbol})
    own.place = getattr(row, "place", "")
    return own


def _merged(row: Mapping[str, Any], other: Mapping[str, Any]) -> TableRow:
    """A row with the cells of another where it has none."""
    merged = TableRow({**other, **row})
    merged.place = getattr(row, "place", "")
    elsewhere = dict.fromkeys([name for name in other if name not in row], getattr(other, "place", ""))
    merged.elsewhere = {**elsewhere, **getattr(row, "elsewhere", {})}
    return merged


def household_data(
    tables: Mapping[str, Sequence[TableRow]], default_id: str | None = None
) -> tuple[Row, list[Fault], Places]:
    """Return a household's fields, unvalidated, the faults of its rows, and the places of its items.

    `tables` holds the rows of each table, one of them in `household`. `default_id` is the id if that row gives none.
    Raises InputError if two columns exclude each other.
    """
    index = tables["household"][0]
    data, faults = nested(index, "household"), []
    places = dict.fromkeys(data, index.place)
    if default_id is not None:
        data.setdefault("id", default_id)
    lots: dict[Any, list[Row]] = {account.get("id"): [] for account in tables["accounts"]}
    for row, lot in enumerate(tables["lots"]):
        owner = lot.get("account")
        if owner not in lots:
            hint = "the id of a row of accounts"
            faults.append(Fault(f"lots[{row}].account", f"unknown account {owner!r}", hint, lot.place))
        else:
            places[f"accounts.{owner}.lots[{len(lots[owner])}]"] = lot.place
            lots[owner].append({name: value for name, value in lot.items() if name != "account"})
    data["accounts"] = [
        nested(account, item_path("accounts", account, number)) | {"lots": lots[account.get("id")]}
        for number, account in enumerate(tables["accounts"])
    ]
    for name in ("accounts", *ITEMS):
        for number, item in enumerate(tables[name]):
            path = item_path(name, item, number)
            places[path] = item.place
            places |= {f"{path}.{column}": place for column, place in item.elsewhere.items()}
    return data | {name: tables[name] for name in ITEMS}, faults, places


def placed(fault: Fault, places: Places) -> Fault:
    """Return a fault with the file and row of the item that its path is in, if it is in one."""
    ends = [i for i, letter in enumerate(fault.path) if letter in ".["]
    for end in (len(fault.path), *reversed(ends)):
        if fault.path[:end] in places:
            return replace(fault, place=places[fault.path[:end]])
    return fault


def without_cash(lots: str, accounts: Sequence[TableRow]) -> list[Fault]:
    """Return a fault for each account that has no cash either, if the table `lots`, so named in faults, is missing."""
    return [
        Fault(lots, "missing", f"account {account.get('id')} has no cash, so it should have lots")
        for account in accounts
        if not any(account.get(column) for column in ("cash", "contribution"))
    ]


def empty(value: Any) -> bool:  # noqa: ANN401
    """Whether a cell has no content."""
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def nested(row: Row, path: str) -> Row:
    """Return the fields of a row whose dotted columns are fields of a record in it. Raises InputError, with a path that
    begins with `path`, if two columns exclude each other.
    """
    data: Row = {}
    for column, value in row.items():
        *parents, name = column.split(".")
        place = data
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                message = f"there is also a column {parent!r}"
                raise InputError([Fault(f"{path}.{column}", message, "give one of the two")])
        place[name] = value
    return data
