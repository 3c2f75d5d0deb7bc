"""Records in JSON files."""

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
    """A policy or a plan from a JSON file; `name` opens the paths of its faults. Raises InputError with every fault."""
    try:
        return noun.model_validate(read_json(path))
    except ValidationError as error:
        raise InputError(faults_of(error, noun, name)) from None


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """The file's content. Raises InputError where it is no JSON, with the line."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError([Fault(f"{path.name}:{error.lineno}", f"not JSON: {error.msg}")]) from None
    except UnicodeDecodeError:
        raise InputError([Fault(path.name, "not a text file in UTF-8", "give JSON, or a folder of tables")]) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, lists nested without end
        raise InputError([Fault(path.name, f"not JSON that can be read: {error}")]) from None
