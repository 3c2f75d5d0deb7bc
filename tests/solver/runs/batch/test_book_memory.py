"""A book is put in order in a memory that does not grow with it."""

import random

from book_cases import TABLES, write

from lotroute.solver.runs.batch import book as module
from lotroute.solver.runs.batch.book import Book

SORTED = ("accounts", "lots", "recent_trades", "scheduled_buys", "security_targets", "restrictions")


def test_many_large_tables_are_sorted_in_little_memory(tmp_path, monkeypatch):
    """Six tables of 60,000 rows, several times the memory, whose rows are in an order of chance."""
    monkeypatch.setattr(module, "MEMORY", "50MB")
    ids = [f"h{number:05d}" for number in range(3000)]
    header = TABLES["household"].splitlines()[0]
    write(tmp_path, TABLES | {"household": "\n".join([header, *(f"{id_},2026-06-15,0.3,0.15" for id_ in ids)])})
    dice = random.Random(0)
    for table in SORTED:
        rows = [f"{id_},{number},{'x' * 60}" for id_ in ids for number in range(20)]
        dice.shuffle(rows)
        (tmp_path / f"{table}.csv").write_text("\n".join(["household_id,number,text", *rows]))
    for name in ("securities", "targets"):
        (tmp_path / f"{name}.csv").write_text("symbol,price\n" if name == "securities" else "asset_class\n")
    found = list(Book(tmp_path).rows())
    assert [rows.household for rows in found] == ids
    assert all(len(rows.tables[table]) == 20 for rows in found for table in SORTED)
