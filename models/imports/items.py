"""What rows of exports hold: cash, shares, lots, contracts, trades; and the cells that say so."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from ..schema.faults import Fault
from ..schema.money import ZERO
from . import cells
from .lines import Note

if TYPE_CHECKING:
    from datetime import date

    from .layout import Layout
    from .lines import Row

CONTRACT = Decimal(100)
"""The shares of an option's contract."""


@dataclass(frozen=True)
class Item:
    """What a row of positions or lots holds. Dollars are exact; None for what the broker does not say."""

    row: Row
    what: Literal["cash", "held", "short", "option", "aside"]
    symbol: str
    name: str = ""
    quantity: Decimal = ZERO
    price: Decimal | None = None  # dollars a unit: of a bond a dollar of face value
    value: Decimal | None = None
    cost: Decimal | None = None
    kind: Literal["bond", "stock"] | None = None
    average: bool = False
    reinvests: bool = False
    acquired: date | None = None
    several_days: bool = False
    long_term: bool | None = None
    right: str = ""

    @property
    def lot(self) -> bool:
        """Whether the row is of a table of lots."""
        return self.row.table.kind == "lots"


@dataclass(frozen=True)
class Dealing:
    """A purchase or sale of the past; of a sale its gain and term, if the broker says them."""

    row: Row
    symbol: str
    side: Literal["buy", "sell", "option"]
    day: date
    quantity: Decimal
    price: Decimal | None = None
    gain: Decimal | None = None
    long_term: bool | None = None
    disallowed: Decimal = ZERO


@dataclass
class Items:
    """What a file holds, what was left out, and what is wrong; `broken` are (account, symbol) of rows with a fault."""

    items: list[Item] = field(default_factory=list)
    dealings: list[Dealing] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def fault(self, row: Row, column: str, message: str, hint: str = "") -> None:
        """Note a fault of a cell; of the whole row if no column is given."""
        where = f", {row.headers.get(column, column)}" if column else ""
        self.faults.append(Fault(f"{row.place}{where}", message, hint))

    def note(self, row: Row, meaning: str) -> None:
        """Note what a row was taken for."""
        self.notes.append(Note(row.place, row.label, meaning))


class RowCells:
    """Reads the cells of rows; what they do not say is None, and what they may not say is noted as a fault."""

    def __init__(self, layout: Layout, into: Items) -> None:
        self.layout, self.into = layout, into

    def number(self, row: Row, column: str) -> Decimal | None:
        """Return a number of a row; None, with its fault noted, if it is none."""
        try:
            return cells.number(row.cells.get(column, ""), self.layout)
        except cells.CellError as error:
            self.into.fault(row, column, str(error), error.hint)
            return None

    def day(self, row: Row, column: str) -> date | None:
        """Return a day of a row; None, with its fault noted, if it is none."""
        try:
            return cells.day(row.cells.get(column, ""), self.layout)
        except cells.CellError as error:
            self.into.fault(row, column, str(error), error.hint)
            return None

    def term(self, row: Row) -> bool | None:
        """Return whether a row's term is long; None, with a fault if it says something else, if it is not said."""
        text = row.cells.get("term", "")
        if cells.empty(text, self.layout):
            return None
        if cells.said(text, self.layout.long) or cells.said(text, self.layout.short):
            return cells.said(text, self.layout.long)
        words = ", ".join([*self.layout.long, *self.layout.short])
        self.into.fault(row, "term", f"{text!r} is neither long nor short", f"this layout reads {words}")
        return None

    def symbol(self, row: Row) -> str:
        """Return a row's symbol without its marks, or that of the title above it; empty if neither says one."""
        text = row.cells.get("symbol", "") or (row.symbol or "" if "symbol" not in row.cells else "")
        if cells.empty(text, self.layout):
            return ""
        return re.sub(f"(?:{self.layout.marks})$", "", text).strip() if self.layout.marks else text
