"""Changes of a household: new values by path, tables, and bands that follow their targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..schema.changes import assign
from ..schema.faults import Fault, InputError
from .frames import is_frame, table_of
from .parts.targets import WIDEST, WIDEST_OF_NAMES, with_band
from .reading import NAMED_BY
from .tables import NAMES, nested, records

BANDED = {"targets": WIDEST, "security_targets": WIDEST_OF_NAMES}
"""The lists whose items have bands that follow the target if they are left out, and how wide they are at most."""

ENDS = ("lower", "upper")

LEFT_OUT = object()
"""Marks the end of a band that follows the target."""


def changed_fields(fields: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a household's fields, unvalidated, with changes by path; `fields` itself is changed too.

    A value is what a file would hold, a record, or for a whole list a table (pandas or Arrow). An end of a band that is
    what follows from its target is left out, so that it follows the new target. Raises InputError with every unknown
    path.
    """
    for section, widest in BANDED.items():
        for item in fields[section]:
            following = with_band({key: item[key] for key in item if key not in ENDS}, widest)
            item |= {end: LEFT_OUT for end in ENDS if item[end] == following[end]}
    faults: list[Fault] = []
    for path, value in changes.items():
        try:
            if is_frame(value):
                _set_table(fields, path, records(table_of(value, path)))
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
