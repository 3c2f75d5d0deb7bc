"""Changes of a household: new values by path, tables, and bands that follow their targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..schema.changes import assign
from ..schema.faults import Fault, InputError
from ..schema.wording import shown
from .frames import is_frame, table_of
from .parts.targets import WIDEST, WIDEST_OF_NAMES, with_band
from .reading import NAMED_BY
from .tables import NAMES, PRICES, nested, records

BANDED = {"targets": WIDEST, "security_targets": WIDEST_OF_NAMES}
"""The lists whose items have bands that follow the target if they are left out, and how wide they are at most."""

ENDS = ("lower", "upper")

PRICED = {"symbol", "price"}

LEFT_OUT = object()
"""Marks the end of a band that follows the target."""


def changed_fields(fields: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a household's fields, unvalidated, with changes by path; `fields` itself is changed too.

    A value is what a file would hold, a record, or for a list a table (pandas or Arrow); `prices` are by symbol. An end
    of a band that is what follows from its target is left out, so that it follows the new target. Raises InputError
    with every unknown path.
    """
    for section, widest in BANDED.items():
        for item in fields[section]:
            following = with_band({key: item[key] for key in item if key not in ENDS}, widest)
            item |= {end: LEFT_OUT for end in ENDS if item[end] == following[end]}
    faults: list[Fault] = []
    for path, value in [*_with_prices(changes)]:
        try:
            if is_frame(value) and (path in NAMES[1:] or "." not in path):
                _set_table(fields, path, records(table_of(value, path)))
            elif is_frame(value):
                assign(fields, path, [dict(row) for row in records(table_of(value, path))], NAMED_BY | {"lots": "id"})
            else:
                assign(fields, path, value, NAMED_BY | {"lots": "id"})
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    for section in BANDED:
        fields[section] = [
            {key: value for key, value in item.items() if value is not LEFT_OUT} if isinstance(item, dict) else item
            for item in fields[section]
        ]
    return fields


def _with_prices(changes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The changes, with those of prices by symbol, a table or a mapping, security by security."""
    for path, value in changes.items():
        if path != PRICES:
            yield path, value
            continue
        if is_frame(value):
            rows = records(table_of(value, path))
            if faults := [
                Fault(f"{path}[{i}]", "needs symbol and price") for i, row in enumerate(rows) if {*row} != PRICED
            ]:
                raise InputError(faults)
            found = [(row["symbol"], row["price"]) for row in rows]
        elif hasattr(value, "items"):
            found = [*value.items()]
        else:
            raise InputError([Fault(path, f"{shown(value)} is not prices by symbol", "a table or a mapping")])
        yield from ((f"securities.{symbol}.price", price) for symbol, price in found)


def _set_table(fields: dict[str, Any], section: str, rows: list[Any]) -> None:
    """Replace a list of the household by the rows of a table; `lots` has a column `account`."""
    if section not in NAMES or section == "household":
        raise InputError([Fault(section, "no table of the household", f"one of {', '.join(NAMES[1:])}")])
    accounts = {account["id"]: account for account in fields["accounts"]}
    if section == "accounts":
        rows = [nested(row, section) | {"lots": accounts.get(row.get("id"), {}).get("lots", [])} for row in rows]
    if section != "lots":
        fields[section] = rows
        return
    for account in accounts.values():
        account["lots"] = []
    for number, row in enumerate(rows):
        owner = row.get("account")
        if owner not in accounts:
            raise InputError([Fault(f"lots[{number}].account", f"unknown account {owner!r}", "the id of an account")])
        accounts[owner]["lots"].append({key: value for key, value in row.items() if key != "account"})
