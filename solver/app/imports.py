"""The command that makes a household of brokers' exports: import."""

from __future__ import annotations

import json
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from ...models import Household
from ...models.imports.answers import load_answers
from ...models.imports.layout import shipped
from ...models.imports.lines import Note
from ...models.imports.reading import Imported, read_exports
from ...models.imports.template import template
from ...models.schema.faults import Fault
from .options import WRONG_INPUT, AsJson, HouseholdId, complain

DATABASE = "duckdb:"
"""How `--from` begins if it names a database."""

ROUTINE = ("cash", "a sum", "a notice", "no purchase or sale", "a trade of")
"""How meanings of notes begin that the terminal counts instead of listing them; `--json` lists all."""


def import_command(
    layout: Annotated[
        str,
        typer.Option(
            "--from", help=f"{', '.join(shipped())}, a layout in TOML (docs/import.md), or duckdb:FILE with tables."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The household: a .json file, or a folder of tables.")],
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE...", help="CSV files as they were downloaded.")
    ] = None,
    answers: Annotated[
        Path | None, typer.Option("--with", help="What no export holds, in TOML or JSON; without it, it is asked for.")
    ] = None,
    blank: Annotated[
        Path | None, typer.Option("--template", help="Where to write the answers to fill in; default: beside OUT.")
    ] = None,
    household_id: HouseholdId = None,
    as_json: AsJson = False,
) -> None:
    """Make a household of the positions, lots and sales that a broker exports, or of the tables of a database."""
    if layout.startswith(DATABASE):
        if files or answers:
            raise typer.BadParameter("a database has the whole household", param_hint="--from")
        _of_database(Path(layout.removeprefix(DATABASE)), household_id, out, as_json=as_json)
        return
    if not files:
        raise typer.BadParameter("which files?", param_hint="FILE...")
    given = None if answers is None else load_answers(answers)
    imported = read_exports(files, layout, given)
    if imported.faults:
        _refuse(imported, as_json=as_json, out=out)
    if imported.needed:
        _ask(imported, out, blank, as_json=as_json)
    household = imported.household()
    if "id" not in imported.data:
        household = household.with_(id=out.stem)
    household.save(out)
    if as_json:
        _print(imported, out=out)
        return
    _say(f"{out}: {_summary(household)}")
    _say_notes(imported.notes)


def _of_database(file: Path, household_id: str | None, out: Path, *, as_json: bool) -> None:
    """Make a household of the tables of a DuckDB database."""
    if find_spec("duckdb") is None:
        raise typer.BadParameter("a database needs pip install lotroute[batch]", param_hint="--from")
    household = Household.from_duckdb(file, household_id)
    household.save(out)
    if as_json:
        sys.stdout.write(json.dumps({"out": str(out), "household": household.id}, indent=1) + "\n")
    else:
        _say(f"{out}: {_summary(household)}")


def _summary(household: Household) -> str:
    lots = sum(len(account.lots) for account in household.accounts)
    cash = sum(account.cash for account in household.accounts)
    price = household.security
    value = cash + sum(lot.quantity * price[lot.symbol].price for lot in household.lot.values())
    accounts = len(household.accounts)
    return f"{accounts} accounts, {lots} lots, {len(price)} securities, ${value:,.2f} on {household.trade_date}"


def _refuse(imported: Imported, *, as_json: bool, out: Path) -> NoReturn:
    """List every fault, and what will be needed besides."""
    if as_json:
        _print(imported, out=out)
        raise typer.Exit(WRONG_INPUT)
    complain(f"{_count(len(imported.faults), 'thing is', 'things are')} wrong with the files or the answers:")
    for fault in imported.faults:
        complain(f"  {fault}")
    if imported.needed:
        complain(f"and {_count(len(imported.needed), 'thing is', 'things are')} needed that no export holds:")
        for fault in imported.needed:
            complain(f"  {fault}")
    raise typer.Exit(WRONG_INPUT)


def _ask(imported: Imported, out: Path, blank: Path | None, *, as_json: bool) -> NoReturn:
    """Write what there is, and the answers to fill in; list what is needed."""
    partial, form = out.with_suffix(".incomplete.json"), blank or out.with_suffix(".answers.toml")
    partial.write_text(json.dumps(imported.data, indent=1, default=str) + "\n", encoding="utf-8")
    fresh = blank is not None or not form.exists()
    if fresh:
        form.write_text(template(imported), encoding="utf-8")
    if as_json:
        _print(imported, out=partial, template=form)
        raise typer.Exit(WRONG_INPUT)
    complain(f"{_count(len(imported.needed), 'thing is', 'things are')} needed that no export holds:")
    for fault in imported.needed:
        complain(f"  {fault}")
    complain(f"what the files hold is in {partial}; {'fill in' if fresh else 'complete'} {form} and add --with {form}")
    _say_notes(imported.notes)
    raise typer.Exit(WRONG_INPUT)


def _print(imported: Imported, **written: Path) -> None:
    """Print all of an import as JSON."""
    result = {
        **{name: str(value) for name, value in written.items()},
        "accounts": [{"id": each.id, "name": each.name, "first": each.place} for each in imported.accounts],
        "faults": [_fields(fault) for fault in imported.faults],
        "needed": [_fields(fault) for fault in imported.needed],
        "notes": [note._asdict() for note in imported.notes],
    }
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


def _fields(fault: Fault) -> dict[str, str]:
    return {"path": fault.path, "message": fault.message, "hint": fault.hint, "place": fault.place}


def _say_notes(notes: tuple[Note, ...]) -> None:
    routine = Counter(note.meaning for note in notes if note.meaning.startswith(ROUTINE))
    for note in notes:
        if note.meaning not in routine:
            _say(f"  {note}")
    if routine:
        said = ", ".join(f"{times} × {meaning}" for meaning, times in sorted(routine.items()))
        _say(f"  rows that are no lot: {said} (--json lists them)")


def _say(text: str) -> None:
    Console(highlight=False).print(text, markup=False, soft_wrap=True)


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
