"""The life tables of Reg. 1.401(a)(9)-9: one file for all years from the one that names it on."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal

FOLDER = files(__package__) / "life_tables"

Table = Literal["single_life", "uniform_lifetime"]


@cache
def _tables(year: int) -> Mapping[str, Any]:
    """The tables that hold in a year: those of the latest file that is not after it."""
    known = sorted(int(file.name[:-5]) for file in FOLDER.iterdir() if file.name.endswith(".toml"))
    before = [first for first in known if first <= year]
    if not before:
        raise ValueError(f"there are no life tables for {year}; there are from {known[0]} on")
    return tomllib.loads((FOLDER / f"{before[-1]}.toml").read_text(encoding="utf-8"), parse_float=Decimal)


def divisor(table: Table, age: int, year: int) -> Decimal:
    """Return the years that a table gives an age in a year's distribution; its last row is for everybody older.

    Raises ValueError for an age below its first, and for a year before the first table.
    """
    found = _tables(year)[table]
    row = age - found["first_age"]
    if row < 0:
        raise ValueError(f"{table} has no row for the age of {age}")
    years = found["years"]
    return Decimal(years[min(row, len(years) - 1)])
