"""Reads TOML files."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from .faults import Fault, InputError

if TYPE_CHECKING:
    from pathlib import Path


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a file; a byte-order mark is left out.

    Raises InputError if it is not UTF-8 text or not TOML, FileNotFoundError if there is no such file.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise InputError([Fault(path.name, f"not TOML: {error}")]) from None
    except UnicodeDecodeError:
        raise InputError([Fault(path.name, "not a text file in UTF-8")]) from None
