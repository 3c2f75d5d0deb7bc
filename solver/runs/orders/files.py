"""Writes order files, orders.csv, block_orders.csv and allocations.csv, in the columns of a layout; all or none."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

from ....models import Fault, InputError
from ....models.schema.money import cents
from ....models.schema.safe_text import quoted
from .blocks import Blocks
from .layout import FIELDS, Kind, Layout
from .sources import Order

PARTIAL = ".partial"
"""What a file's name ends in until all files are whole."""


def write_orders(orders: Iterable[Order], layout: Layout, folder: Path) -> dict[str, int]:
    """Write the order files of a layout to a folder, and return the rows of each by its name.

    Files of earlier orders are replaced, and those that the layout does not have are removed. Raises InputError, and
    leaves the folder as it was, if a number of shares has more decimals than the layout, or if an account's id belongs
    to two households and a file does not name the household.
    """
    folder.mkdir(parents=True, exist_ok=True)
    writing = _Writing(layout)
    tables = [table for table in FIELDS if layout.columns(table)]
    partial = {table: folder / f"{table}.csv{PARTIAL}" for table in tables}
    blocks, counts = Blocks(), dict[str, int]()
    try:
        for table, rows in (
            ("orders", writing.seen(orders, blocks)),
            ("block_orders", blocks.block_orders()),
            ("allocations", blocks.allocations()),
        ):
            counts[table] = writing.write(table, rows, partial.get(table))
        if faults := [*writing.faults()]:
            raise InputError(faults)
    except BaseException:
        for path in partial.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise
    for table in FIELDS:
        if table in partial:
            partial[table].replace(folder / f"{table}.csv")
        else:
            (folder / f"{table}.csv").unlink(missing_ok=True)
    return {f"{table}.csv": counts[table] for table in tables}


class _Writing:
    """One writing of order files: how cells are written, and what of it went wrong so far."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.words = {"buy": layout.buy, "sell": layout.sell}
        self.date_format = layout.date_format
        self.unit = Decimal(1).scaleb(-layout.decimals)
        self.too_fine = 0
        """Orders whose shares have too many decimals."""
        self.first: Order | None = None
        """The first of them."""
        self.owner: dict[str, str] = {}
        """The household of each account's id."""
        self.shared: dict[str, str] = {}
        """Ids of accounts that two households have, with the second of them."""

    def seen(self, orders: Iterable[Order], blocks: Blocks) -> Iterator[dict[str, Any]]:
        """Yield orders as the fields of orders.csv, and add each to the blocks."""
        for order in orders:
            blocks.add(order)
            if order.quantity % self.unit:
                self.too_fine, self.first = self.too_fine + 1, self.first or order
            if self.owner.setdefault(order.account, order.household) != order.household:
                self.shared.setdefault(order.account, order.household)
            yield order._asdict() | {"amount": order.quantity * order.price, "versus_purchase": order.acquired}

    def write(self, table: str, rows: Iterable[Mapping[str, Any]], path: Path | None) -> int:
        """Write a table if it has a path, and return its rows. The rows are run through in any case."""
        kinds = [(column.field, FIELDS[table][column.field]) for column in self.layout.columns(table)]
        number = 0
        with ExitStack() as stack:
            file = None
            if path is not None:
                file = csv.writer(
                    stack.enter_context(path.open("w", encoding="utf-8", newline="")), lineterminator="\n"
                )
                file.writerow(quoted(column.header) for column in self.layout.columns(table))
            for row in rows:
                number += 1
                if file is not None:
                    file.writerow(self.cell(kind, row[field]) for field, kind in kinds)
        return number

    def cell(self, kind: Kind, value: Any) -> str:  # noqa: ANN401 - a cell holds anything
        """A value as text, empty for None. Numbers are plain decimals, so that no program runs or rounds them."""
        if value is None:
            return ""
        match kind:
            case "side":
                return str(quoted(self.words[value]))
            case "day":
                return str(value.strftime(self.date_format))
            case "versus":
                return f"VSP {value.strftime(self.date_format)}"
            case "dollars":
                return f"{cents(value):f}"
            case "shares" | "price":
                return plain(value)
            case _:
                return str(quoted(str(value)))

    def faults(self) -> Iterator[Fault]:
        """Yield what the layout cannot say of the orders."""
        if self.first is not None:
            where = f"household {self.first.household}, account {self.first.account}, {self.first.symbol}"
            many = f"{self.too_fine} order{'s have' if self.too_fine > 1 else ' has'} more"
            message = f"{many}, the first {plain(self.first.quantity)} shares ({where})"
            yield Fault("layout.decimals", message, "allow more, or let the accounts trade whole shares")
        for table in ("orders", "allocations"):
            fields = {column.field for column in self.layout.columns(table)}
            for account, household in self.shared.items() if fields and "household" not in fields else ():
                message = f"households {self.owner[account]!r} and {household!r} both have an account {account!r}"
                yield Fault(f"layout.{table}", message, "give the file a column for household")


def plain(number: Decimal) -> str:
    """Return a number in plain decimals, without zeros at its end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
