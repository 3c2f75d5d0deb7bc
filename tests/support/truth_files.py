"""Worked cases of the law: files in the folder that LOTROUTE_TRUTH names, by default tests/truth/."""

import csv
import json
import os
from pathlib import Path

import pytest

GIVEN = os.environ.get("LOTROUTE_TRUTH")
FOLDER = Path(GIVEN) if GIVEN else Path(__file__).parents[1] / "truth"


def truth_file(name):
    """The file's path. If LOTROUTE_TRUTH is set and its folder has no such file, the tests of the file are skipped."""
    if GIVEN and not FOLDER.is_dir():
        raise NotADirectoryError(f"LOTROUTE_TRUTH is {GIVEN}, which is not a folder")
    path = FOLDER / name
    if GIVEN and not path.exists():
        pytest.skip(f"LOTROUTE_TRUTH has no {name}", allow_module_level=True)
    return path


def truth_json(name):
    return json.loads(truth_file(name).read_text(encoding="utf-8"))


def truth_rows(name):
    with truth_file(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
