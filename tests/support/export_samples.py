"""The made-up exports of fixtures/exports, copied and spoiled."""

import shutil
from pathlib import Path

from lotroute.models.imports.answers import load_answers
from lotroute.models.imports.reading import read_exports

SAMPLES = Path("fixtures/exports")
BROKERS = ("schwab", "fidelity", "vanguard", "generic")

POSITIONS = {
    "schwab": "All-Accounts-Positions-2026-06-15-173944.csv",
    "fidelity": "Portfolio_Positions_Jun-15-2026.csv",
    "vanguard": "OfxDownload.csv",
}
LOTS = {
    "schwab": "Lot-Details-Individual-412.csv",
    "fidelity": "Lots_Jun-15-2026.csv",
    "vanguard": "CostBasis-unrealized.csv",
    "generic": "lots.csv",
}
SALES = "Individual_GainLoss_Realized_Details_20260615-174302.csv"


def sample(broker):
    """The files of a broker's sample."""
    return sorted((SAMPLES / broker).glob("*.csv"))


def imported(broker, *, answers=True, files=None):
    """The import of a sample, with its answers."""
    given = load_answers(SAMPLES / broker / "answers.toml") if answers else None
    return read_exports(files or sample(broker), broker, given)


def copied(broker, folder):
    """A copy of a sample in a folder: its files by name."""
    return {path.name: Path(shutil.copy(path, folder)) for path in sample(broker)}


def spoil(path, *edits):
    """Change a file by edits: (row, old, new), (row, None) to drop it, (row, text) to put text in its place, or a
    function of its bytes.
    """
    for edit in (each for each in edits if callable(each)):
        path.write_bytes(edit(path.read_bytes()))
    plain = [edit for edit in edits if not callable(edit)]
    if not plain:
        return
    lines = path.read_bytes().decode("utf-8").split("\n")
    for row, *change in plain:
        if len(change) == 2:
            old, new = change
            assert old in lines[row - 1], (path.name, row, old, lines[row - 1])
            lines[row - 1] = lines[row - 1].replace(old, new, 1)
        else:
            lines[row - 1] = change[0]
    path.write_bytes("\n".join(line for line in lines if line is not None).encode())


def twice(row):
    """An edit that gives a row twice."""

    def edit(content):
        lines = content.split(b"\n")
        return b"\n".join([*lines[:row], *lines[row - 1 :]])

    return edit


def faults(found):
    """The faults of an import as text; what is needed, if it has none."""
    return [str(fault) for fault in found.faults or found.needed]
