"""A run with a household for everything that the review shows, its review, and both as they can be compared."""

from pathlib import Path

import duckdb
from html_pages import read
from runs_of_books import PLANTED, book_of, households, named, run

from lotroute.fixtures.sleeve import generate_sleeve
from lotroute.models import Household, Policy

NAMES = ('<script>alert("x")</script>', '\'" onmouseover "&amp', "../../etc/Müller & Söhne", "CON", "con", "n" * 200)
"""Ids that no page and no file may take at their word."""

POLICY = Policy.model_validate({"limits": {"net_gain": {"amount": 2000}}})


def make(folder):
    """Write a book and its run: sound households, nasty names, faults of the input, of the rules and of the process."""
    homes = households(len(NAMES) + 6)
    homes = [*(named(home, name) for home, name in zip(homes, NAMES, strict=False)), *homes[len(NAMES) :]]
    split = Household.load("fixtures/must_split.json")
    homes.append(named(split, "budget"))
    kept = [{"rule": "no_sell", "account": "roth", "symbol": lot.symbol} for lot in split.account["roth"].lots]
    homes.append(named(split.with_({"accounts.roth.minimum_cash": 2000, "restrictions": kept}), "infeasible"))
    homes += [named(split, "faulty <b>"), named(split, "crash_a"), named(split, "endless_a")]
    homes.append(generate_sleeve(0, 30))
    book = book_of(folder / "book", homes)
    spoil(book, "faulty <b>", quantity="-5 <i>", basis_per_share="-7")
    run(book, folder / "run", policy=POLICY, per_household=3.0, work=PLANTED)
    return folder / "run"


def spoil(book, household, **cells):
    """Write other cells, by column, into lots of a household: one lot for each."""
    lines = (book / "lots.csv").read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    ours = [number for number, line in enumerate(lines) if line.startswith(household + ",")]
    for number, (column, cell) in zip(ours, cells.items(), strict=False):
        row = lines[number].split(",")
        row[header.index(column)] = cell
        lines[number] = ",".join(row)
    (book / "lots.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def table(run, name, where="true"):
    """Rows of a table of a run, as dictionaries."""
    with duckdb.connect() as db:
        found = db.execute(f"SELECT * FROM '{run}/{name}/*.parquet' WHERE {where}")
        columns = [each[0] for each in found.description]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def certificates(run):
    return {row["household_id"]: row for row in table(run, "certificates")}


class Review:
    """The pages of a review."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.index = read((self.folder / "index.html").read_text(encoding="utf-8"))
        everyone = next(t for t in self.index.all("table") if t.attributes.get("id") == "everyone")
        self.links = {link.text: link.attributes["href"] for link in everyone.all("a")}
        self.everyone = everyone

    def page(self, household):
        return read((self.folder / self.links[" ".join(household.split())]).read_text(encoding="utf-8"))
