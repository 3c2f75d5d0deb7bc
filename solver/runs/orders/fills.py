"""Reads files of fills in the columns of order files, as custodians give them back (docs/apply.md)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ....models.apply.fills import NEEDED, rows_of
from ....models.household.tables import TableRow, table_row
from ....models.schema.faults import Fault, InputError
from .layout import load_layout, shipped

if TYPE_CHECKING:
    from .layout import Layout

READ = {name: name for name in (*NEEDED, "price", "lot", "household")} | {"trade_date": "date"}
"""The fields of orders.csv that a fill takes, by name, and what the fill calls them."""


def read_fills(path: Path, household: str, layout: str | None = None) -> list[TableRow]:
    """Return the rows of a file of fills, with the columns that fills have.

    Without a `layout`, the file has these columns, or those of a layout that comes with the package. Of a file for
    several households, the rows of this one are returned. Raises InputError if columns are missing, or the file is no
    table; FileNotFoundError if there is none.
    """
    rows = rows_of(path)
    headers = {str(column).strip() for row in rows for column in row}
    chosen = load_layout(layout) if layout is not None else _like(headers)
    if chosen is None:
        return rows
    columns = {column.header: READ[column.field] for column in chosen.orders if column.field in READ}
    missing = [header for header, name in columns.items() if name in NEEDED and header not in headers]
    if missing and rows:
        raise InputError([Fault(path.name, f"no column {header!r}", "the layout has it") for header in missing])
    found = [_row(row, columns, chosen) for row in rows]
    return [row for row in found if row.pop("household", household) == household]


def _like(headers: set[str]) -> Layout | None:
    """The layout that comes with the package and has these columns; None if the columns are those of fills."""
    if {*NEEDED} <= {header.lower() for header in headers} and not headers - {header.lower() for header in headers}:
        return None
    layouts = [load_layout(name) for name in shipped()]
    return next((each for each in layouts if headers and headers <= {c.header for c in each.orders}), None)


def _row(row: TableRow, columns: dict[str, str], layout: Layout) -> TableRow:
    """A row with the names, the words and the dates of fills."""
    cells = {columns[header.strip()]: cell for header, cell in row.items() if header.strip() in columns}
    words = {layout.buy: "buy", layout.sell: "sell"}
    cells["side"] = words.get(str(cells.get("side", "")).strip(), cells.get("side"))
    if isinstance(day := cells.get("date"), str):
        with suppress(ValueError):  # what is no date is a fault of the fill
            cells["date"] = datetime.strptime(day.strip(), layout.date_format).date()
    return table_row([*cells], [*cells.values()], row.place)
