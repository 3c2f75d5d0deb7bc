"""Reads records from JSON files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from .faults import Fault, InputError
from .record import Record
from .wording import faults_of

N = TypeVar("N", bound=Record)


def load_json(noun: type[N], path: Path, name: str) -> N:
    """Return a record, such as a policy or a plan, read from a JSON file. `name` starts the path of its faults.

    Raises InputError with every fault, FileNotFoundError if there is no such file.
    """
    try:
        return noun.model_validate(read_json(path))
    except ValidationError as error:
        raise InputError(faults_of(error, noun, name)) from None


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return the file's content.

    Raises InputError if it is not UTF-8 text or not JSON (with the line, if known),
    FileNotFoundError if there is no such file.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError([Fault(f"{path.name}:{error.lineno}", f"not JSON: {error.msg}")]) from None
    except UnicodeDecodeError:
        raise InputError([Fault(path.name, "not a text file in UTF-8", "give JSON, or a folder of tables")]) from None
    except (ValueError, RecursionError) as error:  # a number with thousands of digits, or lists nested too deeply
        raise InputError([Fault(path.name, f"not JSON that can be read: {error}")]) from None
