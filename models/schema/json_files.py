"""Reads records from JSON files."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any, TypeVar

from .faults import Fault, InputError
from .record import Record
from .wording import checked

N = TypeVar("N", bound=Record)

STANDARD_INPUT = Path("-")

LABELS = ("id", "symbol", "asset_class")
"""Fields by which a user finds an object again."""


def load_json(noun: type[N], path: Path, name: str) -> N:
    """Return a record, such as a policy or a plan, read from a JSON file. `name` starts the path of its faults.

    Raises InputError with every fault, FileNotFoundError if there is no such file.
    """
    return checked(noun, read_json(path), name)


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return the content of a file, or of standard input if the path is `-`; a byte-order mark is left out.

    Raises InputError if it is not UTF-8 text, not JSON (with the line, if known) or gives a key twice in one object,
    FileNotFoundError if there is no such file.
    """
    name = "standard input" if path == STANDARD_INPUT else path.name
    content = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = dict(pairs)
        if len(found) < len(pairs):
            key = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
            label = next((f" of {found[field]!r}" for field in LABELS if field in found), "")
            raise InputError([Fault(name, f"the key {key!r}{label} is given twice", "keep one of the two")])
        return found

    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise InputError([Fault(f"{name}:{error.lineno}", f"not JSON: {error.msg}")]) from None
    except UnicodeDecodeError:
        raise InputError([Fault(name, "not a text file in UTF-8", "give JSON, or a folder of tables")]) from None
    except (ValueError, RecursionError) as error:  # a number with thousands of digits, or lists nested too deeply
        raise InputError([Fault(name, f"not JSON that can be read: {error}")]) from None
