"""The parts of a run on disk: Parquet files in a folder for each table, each file whole or absent.

A part is written table by table to temporary names, synced and renamed, certificates last. A part whose certificates
are missing was interrupted; its other files are left over, and `sweep` removes them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ....models import Fault, InputError, Plan
from .outcomes import Outcome
from .schema import MARKER, TABLES, Row, schema

if TYPE_CHECKING:
    import pyarrow as pa

TEMPORARY = ".partial"
"""What a file's name ends in until it is whole."""


class Settled(NamedTuple):
    """A household that a run has dealt with."""

    part: int
    digest: str
    at_deadline: bool


class Parts:
    """The parts in the folder of a run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file(self, table: str, number: int) -> Path:
        """Return where a part's rows of a table are."""
        return self._folder / table / f"part-{number:06}.parquet"

    def numbers(self, table: str = MARKER) -> list[int]:
        """Return the numbers of the files of a table, in order: of the whole parts, by default."""
        return sorted(int(path.stem.removeprefix("part-")) for path in (self._folder / table).glob("part-*.parquet"))

    def write(self, number: int, outcomes: Sequence[Outcome]) -> None:
        """Write the rows of households as a part. Raises OSError if the disk refuses; the part is then absent."""
        for table in TABLES:
            self._write(table, number, _table(table, [row for outcome in outcomes for row in outcome.rows[table]]))

    def settled(self) -> dict[str, Settled]:
        """Return the households of all whole parts."""
        import pyarrow.parquet as pq

        found: dict[str, Settled] = {}
        for number in self.numbers():
            columns = ["household_id", "input_digest", "at_deadline"]
            read = pq.read_table(self.file(MARKER, number), columns=columns)
            for household, *about in zip(*(read[name].to_pylist() for name in columns), strict=True):
                found[household] = Settled(number, *about)
        return found

    def plan(self, household: str) -> Plan:
        """Return the plan of a household. Raises InputError if the run has none for it."""
        import duckdb

        reached = bool(self.numbers())
        with duckdb.connect() as db:
            query = f"SELECT plan FROM {quoted(self._folder / 'plans' / '*.parquet')} WHERE household_id = ?"
            found = db.execute(query, [household]).fetchone() if reached else None
        if found is None:
            hint = "failures/ says why a household was refused or failed"
            raise InputError([Fault(str(self._folder), f"holds no plan for household {household!r}", hint)])
        return Plan.model_validate_json(found[0])

    def sweep(self) -> None:
        """Remove what an interrupted run left over: temporary files, and parts without certificates."""
        whole = set(self.numbers())
        for table in TABLES:
            for path in (self._folder / table).glob(f"*{TEMPORARY}"):
                path.unlink()
            for number in set(self.numbers(table)) - whole:
                self.file(table, number).unlink()

    def drop(self, households: Mapping[int, Iterable[str]]) -> None:
        """Write parts without some of their households. `households` are their ids by the number of the part."""
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        for number, ids in households.items():
            gone = pa.array([*ids], pa.string())
            for table in TABLES:
                rows = pq.read_table(self.file(table, number))
                self._write(table, number, rows.filter(pc.invert(pc.is_in(rows["household_id"], gone))))

    def _write(self, table: str, number: int, rows: pa.Table) -> None:
        import pyarrow.parquet as pq

        path = self.file(table, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        whole(path, lambda partial: pq.write_table(rows, partial, compression="zstd"))


def quoted(path: Path) -> str:
    """Return a path as SQL writes it."""
    return "'" + str(path).replace("'", "''") + "'"


def whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` write a file that is there whole, also after a power cut, or not at all.

    Raises OSError if the disk refuses.
    """
    partial = path.with_name(path.name + TEMPORARY)
    try:
        write(partial)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _table(name: str, rows: Sequence[Row]) -> pa.Table:
    import pyarrow as pa

    kinds = schema(name)
    columns = zip(*rows, strict=True) if rows else [[] for _ in kinds]
    return pa.table([pa.array(cells, kind.type) for cells, kind in zip(columns, kinds, strict=True)], schema=kinds)
