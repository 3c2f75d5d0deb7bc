"""A layout: which columns an order file has, under which headers, and how its cells are written (docs/orders.md)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from ....models import Fault, InputError
from ....models.schema.record import Record
from ....models.schema.toml_files import read_toml
from ....models.schema.values import Label
from ....models.schema.wording import faults_of, suggest

Kind = Literal["text", "side", "day", "versus", "shares", "price", "dollars", "count"]
"""How a cell is written. versus is the date of a lot as a custodian is told to sell against it."""

_OF_A_BLOCK: Mapping[str, Kind] = {"block": "count", "trade_date": "day", "side": "side", "symbol": "text"}

FIELDS: Mapping[str, Mapping[str, Kind]] = {
    "orders": {
        "household": "text",
        "state": "text",
        "trade_date": "day",
        "account": "text",
        "side": "side",
        "symbol": "text",
        "quantity": "shares",
        "price": "price",
        "amount": "dollars",
        "lot": "text",
        "acquired": "day",
        "versus_purchase": "versus",
        "basis": "dollars",
        "proceeds": "dollars",
        "gain": "dollars",
        "term": "text",
        "reason": "text",
    },
    "block_orders": {**_OF_A_BLOCK, "quantity": "shares", "accounts": "count", "amount": "dollars"},
    "allocations": {
        **_OF_A_BLOCK,
        "household": "text",
        "account": "text",
        "quantity": "shares",
        "amount": "dollars",
    },
}
"""The fields of each file, from which a layout takes its columns; docs/orders.md says what each means."""

NEEDED = {
    "orders": ("account", "side", "symbol", "quantity"),
    "block_orders": ("side", "symbol", "quantity"),
    "allocations": ("account", "side", "symbol", "quantity"),
}
"""The fields without which the rows of a file are no orders."""

DEFAULT = "by-lot"
"""The layout that is used if none is asked for."""

DATE_PARTS = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d"}


def _date_format(text: str) -> str:
    """Return a date format unchanged. Raise an error if it does not name year, month and day once each."""
    parts = re.findall("YYYY|YY|MM|DD", text)
    rest = re.sub("YYYY|YY|MM|DD", "", text)
    if sorted(part[0] for part in parts) != ["D", "M", "Y"] or re.search("[^-/. ]", rest):
        raise ValueError(f"{text!r} is no date format")
    return text


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


Word = Annotated[Label, AfterValidator(_not_empty)]


class Column(Record):
    """One column of an order file."""

    header: Word
    """The column's name in the file, different from that of every other column of the file."""
    field: str
    """The field of docs/orders.md that fills the column."""


class Layout(Record):
    """The columns of the order files and how their cells are written. A file that has no columns is not written."""

    dates: Annotated[str, AfterValidator(_date_format)]
    """How dates are written: YYYY or YY, MM and DD in any order, with `/`, `-`, `.`, a space or nothing between."""
    buy: Word
    """The word for a purchase."""
    sell: Word
    """The word for a sale."""
    decimals: Annotated[int, Field(ge=0, le=6)]
    """The most decimals of a number of shares, 0 to 6; shares that need more are a fault, never rounded."""
    orders: tuple[Column, ...] = ()
    """The columns of orders.csv, one row for each lot to sell and each security to buy in an account."""
    block_orders: tuple[Column, ...] = ()
    """The columns of block_orders.csv, one row for each trade date, symbol and side over all accounts."""
    allocations: tuple[Column, ...] = ()
    """The columns of allocations.csv, one row for each account that takes part in a block."""

    def columns(self, table: str) -> tuple[Column, ...]:
        """Return the columns of a file, by its name without `.csv`; none if it is not written."""
        found: tuple[Column, ...] = getattr(self, table)
        return found

    @property
    def date_format(self) -> str:
        """How dates are written, as `strftime` takes it."""
        return re.sub("YYYY|YY|MM|DD", lambda part: DATE_PARTS[part[0]], self.dates)


def shipped() -> dict[str, str]:
    """Return the layouts that come with the package, as text by name."""
    found = (files(__package__) / "layouts").iterdir()
    return {each.name.removesuffix(".toml"): each.read_text(encoding="utf-8") for each in sorted(found, key=str)}


def load_layout(name: str) -> Layout:
    """Return a layout, by the name of one that comes with the package or by the path of a TOML file.

    Raises InputError with every fault, and FileNotFoundError if there is neither such a name nor such a file.
    """
    known = shipped()
    if name in known:
        return layout_of(tomllib.loads(known[name]))
    path = Path(name)
    if not path.exists() and not path.suffix:
        raise InputError([Fault("layout", f"{name!r} is neither a layout nor a file", suggest(name, known))])
    return layout_of(read_toml(path))


def layout_of(data: Mapping[str, Any]) -> Layout:
    """Return the layout that the content of a TOML file describes. Raises InputError with every fault."""
    faults = [*_column_faults(data)]
    if isinstance(data.get("buy"), str) and data["buy"] == data.get("sell"):
        faults.append(Fault("layout.sell", f"{data['sell']!r} is the word for a purchase too", "two words that differ"))
    try:
        layout = Layout.model_validate(data)
    except ValidationError as error:
        raise InputError([*faults_of(error, Layout, "layout"), *faults]) from None
    if faults:
        raise InputError(faults)
    return layout


def _column_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with the columns: fields that there are not, or that are missing, and headers given twice."""
    if not any(table in data for table in FIELDS):
        yield Fault("layout", "no file has columns", f"give at least one of {', '.join(FIELDS)}")
    for table, known in FIELDS.items():
        columns = data.get(table)
        if not isinstance(columns, list):
            continue  # a file that is not written, or a fault that the record finds
        headers, fields = set[str](), set[str]()
        for place, column in enumerate(columns):
            row = {name: str(value) for name, value in column.items()} if isinstance(column, dict) else {}
            where = f"layout.{table}[{place}]"
            if "field" in row and row["field"] not in known:
                message = f"unknown field {row['field']!r}"
                yield Fault(f"{where}.field", message, suggest(row["field"], known))
            if row.get("header") in headers:
                message = f"{row['header']!r} is given twice"
                yield Fault(f"{where}.header", message, "every column has a header of its own")
            headers |= {row["header"]} if "header" in row else set()
            fields |= {row["field"]} if "field" in row else set()
        for field in NEEDED[table]:
            if field not in fields:
                yield Fault(f"layout.{table}", f"no column for {field}", "without it the rows are no orders")
