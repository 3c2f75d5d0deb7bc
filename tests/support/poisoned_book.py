"""A generated book with poison in it: wrong input, rules that conflict, a solver that dies, one that never ends."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

KINDS = ("faulty", "stuck", "crash", "endless")
"""faulty: a lot of -5 shares and a filing status that is none. stuck: an account that may hold no cash and buy nothing.
crash and endless: sound, but planted_faults.py makes the process die, or the search never end.
"""

ENDS = {"faulty": "refused", "stuck": "refused", "crash": "failed", "endless": "greedy"}
"""The state in which each kind must end."""


def poison(book: Path, poisoned: Path, each: int) -> Mapping[str, str]:
    """Write a book of Parquet tables again with `each` households of every kind, and return their kinds by id."""
    poisoned.mkdir(parents=True)
    with duckdb.connect() as db:
        names = {path.stem if path.is_file() else path.name for path in book.iterdir()}
        for name in names:
            files = f"{book}/{name}/*.parquet" if (book / name).is_dir() else f"{book}/{name}.parquet"
            db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{files}')")
        chosen = _chosen(db, each)
        db.execute("CREATE TABLE chosen (was VARCHAR, poison VARCHAR, number INTEGER)")
        db.executemany("INSERT INTO chosen VALUES (?, ?, ?)", chosen)
        for name in names:
            db.execute(f"COPY ({_changed(db, name)}) TO '{poisoned}/{name}.parquet' (FORMAT parquet)")
    return {f"{kind}_{number}": kind for _, kind, number in chosen}


def _chosen(db: duckdb.DuckDBPyConnection, each: int) -> list[tuple[str, str, int]]:
    """Households with lots and without a menu, evenly over the book, each with its kind and a number."""
    sound = db.execute(
        "SELECT household_id FROM household WHERE household_id IN (SELECT household_id FROM lots) ORDER BY household_id"
    ).fetchall()
    step = len(sound) // (each * len(KINDS))
    return [
        (*sound[place * step], KINDS[place % len(KINDS)], place // len(KINDS)) for place in range(each * len(KINDS))
    ]


CHANGED = {
    "lots": {"quantity": ("faulty", "if(row_number() OVER (PARTITION BY household_id) = 1, -5.0, quantity)")},
    "household": {"taxpayer.filing_status": ("faulty", "'undecided'"), "id": (None, "poison || '_' || number")},
    "accounts": {
        "cash": ("stuck", "1000.0"),
        "minimum_cash": ("stuck", "0.0"),
        "maximum_cash": ("stuck", "0.0"),
        "contribution": ("stuck", "0.0"),
        "withdrawal": ("stuck", "0.0"),
    },
    "securities": {"only_in": ("stuck", "';'")},
}
"""By table and column: the kind of household that is changed, all if None, and what the cell becomes."""


def _changed(db: duckdb.DuckDBPyConnection, name: str) -> str:
    """The query of a table with poison in it."""
    cells = {"household_id": (None, "poison || '_' || number")} | CHANGED.get(name, {})
    replaced = []
    for column, (kind, cell) in cells.items():
        where = "poison IS NOT NULL" if kind is None else f"poison = '{kind}'"
        replaced.append(f'CASE WHEN {where} THEN {cell} ELSE "{column}" END AS "{column}"')
    columns = ", ".join(replaced)
    return (
        f"SELECT * EXCLUDE (was, poison, number) REPLACE ({columns}) FROM {name} LEFT JOIN chosen ON household_id = was"
    )
