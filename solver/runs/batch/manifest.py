"""What a run was made from: the version, every input with its hash, the policy and the options."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ....models import Fault, InputError
from .parts import whole
from .work import Setup

FILE = "manifest.json"


def manifest(
    book: str, files: dict[str, str], setup: Setup, households: int, options: dict[str, Any]
) -> dict[str, Any]:
    """Return the manifest of a run. `files` are the hashes of the book's files by name."""
    return {
        "version": version("lotroute"),
        "python": platform.python_version(),
        "highs": version("highspy"),
        "book": book,
        "files": files,
        "households": households,
        "setup": setup.digest(),
        "policy": json.loads(setup.policy.model_dump_json()),
        "options": options,
    }


def read(run: Path) -> dict[str, Any] | None:
    """Return the manifest of a run, or None if the folder has none. Raises InputError if it is not one."""
    path = run / FILE
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError([Fault(f"{run.name}/{FILE}", f"cannot be read: {error}")]) from None
    if not isinstance(found, dict) or not {"book", "files", "setup"} <= found.keys():
        raise InputError([Fault(f"{run.name}/{FILE}", "is not the manifest of a run")])
    return found


def write(run: Path, content: dict[str, Any]) -> None:
    """Write the manifest of a run, whole or not at all."""
    text = json.dumps(content, indent=1) + "\n"
    whole(run / FILE, lambda path: path.write_text(text, encoding="utf-8"))
