"""Finds and reads the tables of a folder: CSV as spreadsheets write it, or Parquet, in one file or in parts."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, TextIO

from ..schema.faults import Fault, InputError
from ..schema.safe_text import unquoted
from ..schema.wording import suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd

SUFFIXES = (".csv", ".csv.gz", ".parquet")
"""The kinds of table that are read."""

PARTS = "/*.parquet"
"""What follows the name of a table that is a folder of parts; their rows count in the order of the parts' names."""

OTHER_SUFFIXES = (".tsv", ".xls", ".xlsx", ".ods")
"""Kinds of file that hold tables and are not read; they are named, so that no table is ignored silently."""

SEPARATORS = ",;\t"
"""What may separate the cells of a CSV file; the one that its header has most often does."""


def find_tables(folder: Path, names: Sequence[str]) -> dict[str, Path]:
    """Return the file of each table in a folder, or the folder of its parts, by name.

    Raises InputError as `tables_among` does.
    """
    entries = []
    for path in folder.iterdir():
        if not path.is_dir():
            entries.append(path.name)
        elif parts_of(path):
            entries.append(f"{path.name}{PARTS}")
    found = tables_among(entries, folder.name, names)
    return {name: folder / entry.removesuffix(PARTS) for name, entry in found.items()}


def tables_among(entries: Iterable[str], folder: str, names: Sequence[str]) -> dict[str, str]:
    """Return the file of each table, by name, among the files of a folder; letter case does not matter, and other files
    are ignored. A folder of parts ends in `PARTS`.

    Raises InputError for a file that looks like a table but is none of `names`, is in a format that is not read, or
    repeats a table.
    """
    found: dict[str, list[str]] = defaultdict(list)
    faults = []
    for entry in sorted(entries):
        name, dot, rest = entry.lower().partition(PARTS if entry.endswith(PARTS) else ".")
        suffix = next((each for each in (*SUFFIXES, *OTHER_SUFFIXES) if entry.lower().endswith(each)), "")
        if entry.startswith((".", "~$")) or not suffix or (entry.endswith(PARTS) and name not in names):
            continue
        if suffix in OTHER_SUFFIXES:
            faults.append(Fault(f"{folder}/{entry}", f"{suffix} is not read", "save it as CSV (UTF-8)"))
        elif name not in names or dot + rest not in (*SUFFIXES, PARTS):
            faults.append(Fault(f"{folder}/{entry}", "unknown table", suggest(name, names)))
        else:
            found[name].append(entry)
    for several in found.values():
        if len(several) > 1:
            faults.append(Fault(f"{folder}/{several[0]}", f"{' and '.join(several)} are one table", "keep one of them"))
    if faults:
        raise InputError(faults)
    return {name: entry for name, (entry,) in found.items()}


def parts_of(folder: Path) -> list[Path]:
    """Return the parts of a table in a folder, in the order in which their rows count."""
    return sorted(folder.glob("*.parquet"))


def file_name(path: Path) -> str:
    """Return the name of a table's file as faults give it; of a folder of parts, `lots/*.parquet`."""
    return f"{path.name}{PARTS}" if path.is_dir() else path.name


def read_table(path: Path) -> pd.DataFrame:
    """Return a table, cells unchanged; its index is the row of each line as a spreadsheet counts, the header being 1.

    Rows and columns without any content are left out. Raises InputError if the file cannot be read as a table.
    """
    place = f"{path.parent.name}/{file_name(path)}"
    try:
        if path.name.lower().endswith((".csv", ".csv.gz")):
            with open_text(path) as text:
                return _csv(text.read(), place)
        import pandas as pd

        frames = [pd.read_parquet(part) for part in (parts_of(path) if path.is_dir() else [path])]
        frame = frames[0] if len(frames) == 1 else pd.concat(frames)
        return frame.set_axis(range(2, len(frame) + 2))
    except ImportError:
        raise InputError([Fault(place, "pyarrow is missing", "pip install lotroute[parquet]")]) from None
    except UnicodeDecodeError:
        raise InputError([not_utf8(place)]) from None
    except (ValueError, OSError, EOFError, csv.Error) as error:  # pyarrow's errors are ValueErrors
        raise InputError([Fault(place, f"cannot be read: {error}")]) from None


def open_text(path: Path, errors: str = "strict") -> TextIO:
    """Return the text of a CSV file, compressed or not, with its line ends. `errors` is what bytes that are not UTF-8
    do, as in `open`.
    """
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors=errors, newline="")
    return path.open(encoding="utf-8-sig", errors=errors, newline="")


def not_utf8(place: str) -> Fault:
    """Return the fault of a file that is no text."""
    return Fault(place, "not text in UTF-8", "save it as CSV (UTF-8)")


def separator_of(header: str) -> str:
    """Return what separates the cells of a CSV file that begins with this line."""
    return max(SEPARATORS, key=header.count)


def columns_of(cells: Sequence[str], place: str) -> tuple[list[str], list[Fault]]:
    """Return the columns of a CSV file from the cells of its first row, and what is wrong with them."""
    names = [name.strip() for name in cells]
    while names and not names[-1]:
        names.pop()
    return names, [
        Fault(place, f"column {name!r} is given {times} times" if name else "a column has no name")
        for name, times in Counter(names).items()
        if times > 1 or not name
    ]


def cells_of(row: Sequence[str], width: int) -> list[str]:
    """Return the cells of a CSV row for the columns of the header, those that it lacks empty."""
    return [*map(unquoted, row[:width]), *[""] * (width - len(row))]


def too_long(row: Sequence[str], width: int) -> str:
    """Return what is wrong with a row that has more cells with content than the header has columns; else ""."""
    over = any(cell.strip() for cell in row[width:])
    return f"{len(row)} cells, but the header has {width}" if over else ""


def _csv(text: str, place: str) -> pd.DataFrame:
    import pandas as pd

    if not text.strip():
        raise ValueError("it is empty")
    separator = separator_of(text.partition("\n")[0])
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    header, faults = columns_of(rows[0] if rows else [], place)
    numbers, cells = [], []
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if message := too_long(row, len(header)):
            faults.append(Fault(f"{place}, row {number}", message))
        numbers.append(number)
        cells.append(cells_of(row, len(header)))
    if faults:
        raise InputError(faults)
    return pd.DataFrame(cells, columns=header, index=numbers, dtype=object)
