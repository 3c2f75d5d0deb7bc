"""Finds and reads the tables of a folder: CSV as spreadsheets write it, or Parquet."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from ..schema.faults import Fault, InputError
from ..schema.safe_text import unquoted
from ..schema.wording import suggest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

SUFFIXES = (".csv", ".parquet")
"""The kinds of table that are read."""

OTHER_SUFFIXES = (".tsv", ".xls", ".xlsx", ".ods")
"""Kinds of file that hold tables and are not read; they are named, so that no table is ignored silently."""

SEPARATORS = ",;\t"
"""What may separate the cells of a CSV file; the one that its header has most often does."""


def find_tables(folder: Path, names: Sequence[str]) -> dict[str, Path]:
    """Return the file of each table in a folder, by name; letter case does not matter, and other files are ignored.

    Raises InputError for a file that looks like a table but is none of `names`, is in a format that is not read, or
    repeats a table.
    """
    found: dict[str, list[Path]] = defaultdict(list)
    faults = []
    for path in sorted(folder.iterdir()):
        suffix, name = path.suffix.lower(), path.stem.lower()
        if path.name.startswith((".", "~$")) or suffix not in (*SUFFIXES, *OTHER_SUFFIXES):
            continue
        if suffix in OTHER_SUFFIXES:
            faults.append(Fault(f"{folder.name}/{path.name}", f"{suffix} is not read", "save it as CSV (UTF-8)"))
        elif name not in names:
            faults.append(Fault(f"{folder.name}/{path.name}", "unknown table", suggest(name, names)))
        else:
            found[name].append(path)
    for paths in found.values():
        if len(paths) > 1:
            several = " and ".join(path.name for path in paths)
            faults.append(Fault(f"{folder.name}/{paths[0].name}", f"{several} are one table", "keep one of them"))
    if faults:
        raise InputError(faults)
    return {name: path for name, (path,) in found.items()}


def read_table(path: Path) -> pd.DataFrame:
    """Return a table, cells unchanged; its index is the row of each line as a spreadsheet counts, the header being 1.

    Rows and columns without any content are left out. Raises InputError if the file cannot be read as a table.
    """
    place = f"{path.parent.name}/{path.name}"
    try:
        if path.suffix.lower() == ".csv":
            return _csv(path.read_text(encoding="utf-8-sig"), place)
        import pandas as pd

        frame = pd.read_parquet(path)
        return frame.set_axis(range(2, len(frame) + 2))
    except ImportError:
        raise InputError([Fault(place, "pyarrow is missing", "pip install lotroute[parquet]")]) from None
    except UnicodeDecodeError:
        raise InputError([Fault(place, "not text in UTF-8", "save it as CSV (UTF-8)")]) from None
    except (ValueError, OSError, csv.Error) as error:  # pyarrow's errors are ValueErrors
        raise InputError([Fault(place, f"cannot be read: {error}")]) from None


def _csv(text: str, place: str) -> pd.DataFrame:
    import pandas as pd

    if not text.strip():
        raise ValueError("it is empty")
    separator = max(SEPARATORS, key=text.partition("\n")[0].count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    header = [name.strip() for name in rows[0]] if rows else []
    while header and not header[-1]:
        header.pop()
    faults = [
        Fault(place, f"column {name!r} is given {times} times" if name else "a column has no name")
        for name, times in Counter(header).items()
        if times > 1 or not name
    ]
    numbers, cells = [], []
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if any(cell.strip() for cell in row[len(header) :]):
            faults.append(Fault(f"{place}, row {number}", f"{len(row)} cells, but the header has {len(header)}"))
        numbers.append(number)
        cells.append([*map(unquoted, row[: len(header)]), *[""] * (len(header) - len(row))])
    if faults:
        raise InputError(faults)
    return pd.DataFrame(cells, columns=header, index=numbers, dtype=object)
