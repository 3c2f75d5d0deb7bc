"""Books for runs, small and quick to solve, and the rows of a run as they can be compared."""

import json
import os
import sys
from pathlib import Path

import duckdb

from lotroute.fixtures.generator import generate
from lotroute.models import write_book
from lotroute.solver.runs.batch.engines import Local
from lotroute.solver.runs.batch.run import run_batch
from lotroute.solver.runs.batch.schema import TABLES

SUPPORT = Path(__file__).parent

PLANTED = "planted_faults:work"


def households(count, seed=0):
    return list(generate(count, seed))


def named(household, name):
    return household.model_copy(update={"id": name})


def book_of(folder, homes, tables="csv"):
    write_book(homes, folder, tables)
    return folder


def run(book, out, workers=2, **options):
    return run_batch(book, out, engine=Local(workers), **options)


def rows_of(out):
    """Every row of a run, by table, in an order of their own, but for the seconds and the number of attempts: a solving
    process that is killed costs its household one.
    """
    found = {}
    for table, columns in TABLES.items():
        names = ", ".join(f'"{name}"' for name in columns if name != "attempts" and "seconds" not in name)
        with duckdb.connect() as db:
            found[table] = db.execute(f"SELECT {names} FROM '{out}/{table}/*.parquet' ORDER BY ALL").fetchall()
    return found


def states_of(out):
    with duckdb.connect() as db:
        found = db.execute(f"SELECT household_id, state, why FROM '{out}/certificates/*.parquet'").fetchall()
    assert len(found) == len({household for household, *_ in found})
    return {household: (state, why) for household, state, why in found}


def events_of(out, event):
    lines = [json.loads(line) for line in (Path(out) / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line["event"] == event]


def command(*arguments):
    """The command line and the environment of a run in a process of its own, with the support files in reach."""
    code = "import sys; from lotroute.solver.app.cli import main; main()"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [*sys.path, str(SUPPORT)]))}
    return [sys.executable, "-c", code, *map(str, arguments)], environment
