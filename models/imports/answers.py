"""What no export holds, as the user gives it: the answers file (docs/import.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..household.household import Household
from ..schema.faults import Fault, InputError
from ..schema.json_files import STANDARD_INPUT, read_json
from ..schema.toml_files import read_toml
from ..schema.wording import shown, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OF_EXPORTS = ("accounts", "securities", "targets")
"""Parts of a household that the answers add to what the files hold; every other field they may give as it is."""

OWN = ("accounts", "symbols", "targets", "files")
"""What the answers hold besides fields of a household."""

UNDATED = ("long", "keep")
"""What is done with lots whose date no file says: they are long-term, or kept."""


@dataclass(frozen=True)
class Answers:
    """The answers: accounts, symbols and targets by name, accounts by file, and fields of the household as given."""

    accounts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    symbols: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    targets: list[Mapping[str, Any]] = field(default_factory=list)
    files: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    name: str = "answers"


def load_answers(path: Path) -> Answers:
    """Return the answers in a TOML or JSON file (`-`: JSON from standard input).

    Raises InputError with every fault, FileNotFoundError if there is no such file.
    """
    plain = read_toml(path) if path != STANDARD_INPUT and path.suffix == ".toml" else read_json(path)
    return answers_of(plain, path.name)


def answers_of(data: Any, name: str = "answers") -> Answers:  # noqa: ANN401 - whatever the user wrote
    """Return the answers in a mapping, such as a TOML file holds. `name` is that of its file. Raises InputError."""
    if not isinstance(data, Mapping):
        raise InputError([Fault(name, f"{shown(data)} is not a table of answers")])
    data = _filled(data)
    known = [*OWN, *(each for each in Household.model_fields if each not in OF_EXPORTS)]
    faults = [Fault(f"{name}: {key}", "unknown answer", suggest(key, known)) for key in data if key not in known]
    accounts = {key: _entry(value, "kind") for key, value in _table(data, "accounts", name, faults)}
    symbols = {key: _entry(value, "exposures") for key, value in _table(data, "symbols", name, faults)}
    files = {key: str(value) for key, value in _table(data, "files", name, faults)}
    faults += _wrong_entries(accounts, "accounts", name)
    faults += _wrong_entries(symbols, "symbols", name)
    targets = [*_targets(data.get("targets", {}), name, faults)]
    if faults:
        raise InputError(faults)
    rest = {key: value for key, value in data.items() if key not in OWN}
    return Answers(accounts, symbols, targets, files, rest, name)


def _filled(data: Any) -> Any:  # noqa: ANN401
    """The answers without those that are empty text, as a template has them."""
    if not isinstance(data, Mapping):
        return data
    return {key: _filled(value) for key, value in data.items() if value != ""}


def _table(data: Mapping[str, Any], key: str, name: str, faults: list[Fault]) -> Iterator[tuple[str, Any]]:
    found = data.get(key, {})
    if isinstance(found, Mapping):
        yield from ((str(each), value) for each, value in found.items())
    else:
        faults.append(Fault(f"{name}: {key}", f"{shown(found)} is not a table of names"))


def _entry(value: Any, short: str) -> dict[str, Any]:  # noqa: ANN401
    """The fields of an account or a symbol; a word alone is its kind or its class, and `class` is `exposures`."""
    if not isinstance(value, Mapping):
        return {short: value}
    return {"exposures" if key == "class" and short == "exposures" else str(key): each for key, each in value.items()}


def _wrong_entries(entries: Mapping[str, Mapping[str, Any]], key: str, name: str) -> Iterator[Fault]:
    for each, entry in entries.items():
        lots = entry.get("lots", {}) if key == "accounts" else {}
        if not isinstance(lots, Mapping) or not all(isinstance(lot, Mapping) for lot in lots.values()):
            yield Fault(f"{name}: {key}.{each}.lots", "not a table of lots, by their ids, with fields")
        if entry.get("undated", UNDATED[0]) not in UNDATED:
            message = f"{shown(entry['undated'])} is not one of {', '.join(UNDATED)}"
            yield Fault(f"{name}: {key}.{each}.undated", message)


def _targets(given: Any, name: str, faults: list[Fault]) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401
    """The targets, given as a list, or as weights or fields by asset class."""
    if isinstance(given, list):
        yield from given
    elif isinstance(given, Mapping):
        for asset_class, value in given.items():
            fields = value if isinstance(value, Mapping) else {"weight": value}
            yield {"asset_class": asset_class, **fields}
    else:
        faults.append(Fault(f"{name}: targets", f"{shown(given)} is neither a table nor a list"))
