"""A layout: what a broker's export looks like, so that a broker is a TOML file and not code (docs/import.md).

Patterns are regular expressions; letters count alike in upper and lower case.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, Field

from ..schema.faults import Fault, InputError
from ..schema.record import Record
from ..schema.toml_files import read_toml
from ..schema.wording import checked, suggest

TableKind = Literal["positions", "lots", "trades"]

COLUMNS: Mapping[TableKind, tuple[str, ...]] = {
    "positions": ("account", "account_name", "symbol", "description", "type", "quantity", "price", "value", "cost",
                  "cost_per_share", "gain", "method", "reinvests"),
    "lots": ("account", "account_name", "symbol", "description", "type", "acquired", "quantity", "price", "value",
             "cost", "cost_per_share", "gain", "term", "method"),
    "trades": ("account", "account_name", "symbol", "description", "type", "date", "action", "quantity", "price",
               "gain", "term", "disallowed"),
}  # fmt: skip
"""The columns that a table of each kind may have; docs/import.md says what each means."""

ESSENTIAL: Mapping[TableKind, tuple[str, ...]] = {
    "positions": ("symbol", "quantity", "value"),
    "lots": ("symbol", "acquired", "quantity", "cost"),
    "trades": ("symbol", "date", "action", "quantity"),
}
"""The columns without which a line is no header of a table. `symbol` may come from a title, `action` from `side`."""

DATE_PARTS = {"YYYY": "%Y", "YY": "%y", "MMM": "%b", "MM": "%m", "DD": "%d", "hh": "%H", "mm": "%M", "ss": "%S"}
_DATE_PARTS = re.compile("YYYY|YY|MMM|MM|DD|hh|mm|ss")

NAMED = ("account", "symbol", "day")
"""What a title may say of the lines below it, as groups of its pattern."""

OF_AN_OPTION = ("underlying", "right")
"""What the pattern of an option's symbol names, as groups: the security, and C or P."""


def _pattern(text: str) -> str:
    """Return a regular expression unchanged. Raise an error if it is none."""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from None
    return text


def _date_format(text: str) -> str:
    """Return a date format unchanged. Raise an error if it does not name year, month and day once each."""
    parts = _DATE_PARTS.findall(text)
    if sorted(part[0] for part in parts if part[0] in "YMD") != ["D", "M", "Y"]:
        raise ValueError(f"{text!r} is no date format: year, month and day, once each (MM/DD/YYYY, MMM-DD-YYYY)")
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
DateFormat = Annotated[str, AfterValidator(_date_format)]


class Table(Record):
    """A table that a file may hold: how its header is recognised, and what its columns mean."""

    kind: TableKind
    """positions, lots (open tax lots) or trades (purchases and sales of the past)."""
    columns: dict[str, tuple[str, ...]]
    """The names that the broker gives each column, by what it means; `*` at the end of a name stands for anything."""
    side: Literal["buy", "sell"] | None = None
    """For trades: what every line is, if no column says it; default: the column `action` says it."""


class Layout(Record):
    """What a broker's exports look like."""

    dates: tuple[DateFormat, ...]
    """How dates are written, in the order in which they are tried: YYYY or YY, MM or MMM (Jan), DD; hh, mm, ss."""
    nothing: tuple[str, ...] = ("",)
    """What a cell holds if it says nothing, or if the broker does not know."""
    several: tuple[str, ...] = ()
    """What stands for the date of shares that were bought on several days."""
    long: tuple[str, ...] = ()
    """The words for a holding period of more than a year."""
    short: tuple[str, ...] = ()
    """The words for a holding period of a year or less."""
    average: tuple[str, ...] = ()
    """The words for the average-cost method."""
    yes: tuple[str, ...] = ()
    """The words for yes, in the column `reinvests`."""
    buys: tuple[Pattern, ...] = ()
    """Patterns of actions by which shares are acquired."""
    sells: tuple[Pattern, ...] = ()
    """Patterns of actions by which shares are sold."""
    no_trades: tuple[Pattern, ...] = ()
    """Patterns of actions by which no shares are bought or sold."""
    marks: Pattern = ""
    """What is taken off the end of a symbol, such as a footnote's asterisks."""
    titles: tuple[Pattern, ...] = ()
    """Patterns of lines that say what the lines below belong to, as the groups account, symbol and day."""
    days: tuple[Pattern, ...] = ()
    """Patterns that find the day of the prices, as the group day, in titles, headers, notices and names of files."""
    prose: tuple[Pattern, ...] = ()
    """Patterns of lines that hold no numbers that matter: notices, disclaimers."""
    totals: tuple[Pattern, ...] = ()
    """Patterns of the symbol, or the first cell, of a line that adds up the lines above it."""
    cash: tuple[Pattern, ...] = ()
    """Patterns of the symbol or the description of cash: balances, sweeps, what is pending."""
    money_funds: tuple[Pattern, ...] = ()
    """Patterns of symbols of money-market funds, which count as cash at $1 a share unless the answers give a class."""
    not_held: tuple[Pattern, ...] = ()
    """Patterns of the symbol or the description of lines that are no holding."""
    options: tuple[Pattern, ...] = ()
    """Patterns of the symbols of options, with the groups underlying and right."""
    bonds: tuple[Pattern, ...] = ()
    """Patterns of the symbol or the type of bonds, which may be quoted for $100 of face value."""
    stocks: tuple[Pattern, ...] = ()
    """Patterns of the type of single stocks."""
    kinds: dict[Literal["taxable", "traditional", "roth", "hsa", "401k", ""], Pattern] = Field(default_factory=dict)
    """A pattern of accounts' names by the kind that they tell; the first that is found counts, "" for not known."""
    tables: tuple[Table, ...]
    """The tables that a file may hold; the first whose columns are all there counts."""

    def says(self, patterns: tuple[str, ...], *texts: str) -> bool:
        """Whether one of the patterns is all of one of the texts."""
        return any(re.fullmatch(pattern, text, re.IGNORECASE) for pattern in patterns for text in texts if text)


class Header(NamedTuple):
    """The header of a table as found in a file: the places of its columns by what they mean."""

    table: Table
    columns: Mapping[str, int]


def header_name(text: str) -> str:
    """Return the name of a column as it is compared: in lower case, with single spaces."""
    return " ".join(text.split()).casefold()


def columns_of(table: Table, cells: list[str]) -> dict[str, list[int]]:
    """Return the places of a line's cells that are names of the table's columns, by what they mean."""
    names = [header_name(cell) for cell in cells]
    found: dict[str, list[int]] = {}
    for column, known in table.columns.items():
        for name in map(header_name, known):
            places = [i for i, cell in enumerate(names) if cell == name or (name[-1:] == "*" and _begins(cell, name))]
            if places:
                found[column] = places
                break
    return found


def _begins(cell: str, name: str) -> bool:
    return cell.startswith(name[:-1])


def essential(table: Table) -> list[str]:
    """Return the columns without which a line is no header of the table."""
    return [column for column in ESSENTIAL[table.kind] if column in table.columns]


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
    try:
        layout = checked(Layout, data, "layout")
    except InputError as error:
        raise InputError([*error.faults, *_column_faults(data)]) from None
    if faults := [*_column_faults(data), *_pattern_faults(layout)]:
        raise InputError(faults)
    return layout


def _column_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with the columns: those that there are not, and essential ones that are missing."""
    tables = data.get("tables")
    titled = any("(?P<symbol>" in str(title) for title in data.get("titles", ()))
    for place, table in enumerate(tables if isinstance(tables, list) else ()):
        kind = next((kind for kind in COLUMNS if isinstance(table, dict) and table.get("kind") == kind), None)
        if kind is None or not isinstance(table.get("columns"), dict):
            continue  # faults that the record finds
        where, columns = f"layout.tables[{place}]", table["columns"]
        for column in columns:
            if column not in COLUMNS[kind]:
                yield Fault(f"{where}.columns", f"unknown column {column!r}", suggest(column, COLUMNS[kind]))
        for column in ESSENTIAL[kind]:
            elsewhere = (column == "action" and table.get("side")) or (column == "symbol" and titled)
            if column not in columns and not elsewhere:
                yield Fault(f"{where}.columns", f"no column for {column}", f"{kind} cannot be read without it")


def _pattern_faults(layout: Layout) -> Iterator[Fault]:
    """What is wrong with patterns: groups that there are not, or that are missing."""
    for field, known, needed in (
        ("titles", NAMED, ()),
        ("days", ("day",), ("day",)),
        ("options", OF_AN_OPTION, OF_AN_OPTION),
    ):
        for place, pattern in enumerate(getattr(layout, field)):
            groups = re.compile(pattern).groupindex
            for group in groups:
                if group not in known:
                    yield Fault(f"layout.{field}[{place}]", f"unknown group {group!r}", suggest(group, known))
            for group in needed:
                if group not in groups:
                    yield Fault(f"layout.{field}[{place}]", f"no group {group!r}", f"(?P<{group}>...)")


def date_format(text: str) -> str:
    """Return a date format as `strptime` takes it."""
    return _DATE_PARTS.sub(lambda part: DATE_PARTS[part[0]], text)
