"""Brokers' exports and the user's answers -> the fields of a household, with their places, and what is needed yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ..household.household import Household
from ..schema.faults import Fault, InputError
from ..schema.wording import suggest
from .accounts import Accounts, ImportedAccount, kind_of
from .answers import Answers, answers_of
from .beside import Beside
from .holdings import Holdings, holdings
from .items import Item
from .layout import Layout, load_layout
from .lines import Found, Note, read_file
from .prices import securities
from .shares import read_items
from .trades import Trades

OF_THE_IMPORT = ("undated", "id", "lots")
"""What the answers say of an account that is no field of it as it is."""

RETURN = {
    "filing_status": "single, married_jointly, head_of_household or married_separately",
    "year": "the tax year",
    "ordinary_income": "dollars without interest, dividends and gains; or flat rates instead of all three",
}
"""What the answers must say of the tax return, unless they give flat rates."""

ADDED = ("restrictions", "recent_trades", "held_beside")
"""Lists to which the answers add what no file has."""

FEWEST = 3
"""The fewest last letters of a number by which the answers may name an account."""


@dataclass(frozen=True)
class Imported:
    """What exports and answers come to."""

    data: dict[str, Any]
    """The fields of a household, unvalidated; those that are needed yet are missing."""
    faults: tuple[Fault, ...]
    """What is wrong with the files, the answers and the household that they make, by file and row."""
    needed: tuple[Fault, ...]
    """What no file says and the answers have to, by its path there."""
    notes: tuple[Note, ...]
    """The rows that are no holding, and what was taken for granted."""
    places: dict[str, str]
    """The file and row of each item, by its path in the household."""
    accounts: tuple[ImportedAccount, ...]
    """The accounts as the files name them."""

    def household(self) -> Household:
        """Return the household. Raises InputError with every fault, and with what is needed yet."""
        if self.faults or self.needed:
            raise InputError([*self.faults, *self.needed])
        return Household.checked(self.data, (), self.places)


def read_exports(
    files: Sequence[str | Path], layout: Layout | str, answers: Answers | Mapping[str, Any] | None = None
) -> Imported:
    """Return what brokers' exports hold as the fields of a household.

    `layout` is one, or a name (schwab, fidelity, vanguard, generic), or the path of a TOML file. `answers` say what no
    export does. Raises InputError if the layout or the answers cannot be read, FileNotFoundError for a missing file.
    """
    layout = load_layout(layout) if isinstance(layout, str) else layout
    given = answers if isinstance(answers, Answers) else answers_of(answers or {})
    return _Import([Path(file) for file in files], layout, given).imported()


class _Import:
    """One import on its way from files to the fields of a household."""

    def __init__(self, paths: Sequence[Path], layout: Layout, answers: Answers) -> None:
        self.layout, self.answers = layout, answers
        self.faults: list[Fault] = []
        self.needed: list[Fault] = []
        self.notes: list[Note] = []
        self.places: dict[str, str] = {}
        self.beside: dict[str, list[Item]] = {}
        names = Counter(path.name for path in paths)
        self.faults += [Fault(name, f"{times} files have this name", "rename them, so that faults can name them")
                        for name, times in names.items() if times > 1]  # fmt: skip
        self.found = [read_file(path, layout) for path in paths]
        held = {symbol for symbol, fields in answers.symbols.items() if "exposures" in fields}
        self.read = [read_items(found, layout, held) for found in self.found]
        self.lost = {kind for found in self.found for kind in found.lost_kinds}
        for found, read in zip(self.found, self.read, strict=True):
            self.faults += [*found.faults, *read.faults]
            self.notes += [*found.notes, *read.notes]

    def imported(self) -> Imported:
        accounts = Accounts([row for found in self.found for row in found.rows], self.answers.files)
        self.faults += accounts.faults
        answers = self._answers_by_account(accounts.found)
        today = self._trade_date()
        items = [item for read in self.read for item in read.items]
        fields = [self._account(each, accounts, items, answers.get(each.id, {}), today) for each in accounts.found]
        taxable = [each["id"] for each in fields if each.get("kind", "taxable") == "taxable"]
        data: dict[str, Any] = {} if today is None else {"trade_date": today.isoformat()}
        data |= self._securities(items, accounts, taxable, today)
        data["accounts"] = fields
        self._ask_for_the_rest(data)
        own = {key: value for key, value in self.answers.fields.items() if key not in ADDED}
        for key in ADDED:
            data[key] = [*data.get(key, ()), *self.answers.fields.get(key, ())]
        data |= own | ({"targets": self.answers.targets} if self.answers.targets else {})
        self.places |= dict.fromkeys([*own, "targets"], self.answers.name)
        data = {key: value for key, value in data.items() if value != []}
        faults = (*self.faults, *_of_the_household(data, self.places, self.needed))
        if faults:  # what a row with a fault would have said is not asked for
            self.needed = [need for need in self.needed if not need.path.endswith((".price", ")"))]
        notes = sorted(self.notes, key=self._position)
        return Imported(data, faults, tuple(self.needed), tuple(notes), self.places, tuple(accounts.found))

    def _position(self, note: Note) -> tuple[int, int]:
        """Where a note stands: the number of its file and its row; after all of them, if it is of none."""
        file, _, row = note.place.partition(", row ")
        names = [found.name for found in self.found]
        return (names.index(file), int(row or 0)) if file in names else (len(names), 0)

    # -- accounts ------------------------------------------------------------------------------------------------------

    def _answers_by_account(self, accounts: Sequence[ImportedAccount]) -> dict[str, Mapping[str, Any]]:
        """The answers about each account, by its id as the import makes it."""
        found: dict[str, Mapping[str, Any]] = {}
        for key, entry in self.answers.accounts.items():
            like = [each for each in accounts if _is(each, key)]
            where = f"{self.answers.name}: accounts.{key}"
            if len(like) == 1 and like[0].id not in found:
                found[like[0].id] = entry
            elif len(like) > 1:
                names = ", ".join(each.id for each in like)
                self.faults.append(Fault(where, f"it may be any of {names}", "name one of them"))
            elif like:
                self.faults.append(Fault(where, f"{like[0].id} is answered twice", "keep one of the two"))
            elif not self.lost:
                hint = suggest(key, [each.id for each in accounts])
                self.faults.append(Fault(where, "no file has such an account", hint))
        return found

    def _account(
        self,
        account: ImportedAccount,
        accounts: Accounts,
        items: Sequence[Item],
        answers: Mapping[str, Any],
        today: date | None,
    ) -> dict[str, Any]:
        """The fields of an account."""
        told = kind_of(account, self.layout)
        kind = answers.get("kind", told or None)
        if kind is None:
            hint = "taxable, traditional, roth, hsa or 401k"
            self.needed.append(Fault(f"accounts.{account.id}.kind", f"what is it ({account.place})?", hint))
        elif "kind" not in answers:
            self.notes.append(Note(account.place, account.name, f"{account.id} is taken to be {kind}, by its name"))
        undated = {symbol: entry["undated"] for symbol, entry in self.answers.symbols.items() if "undated" in entry}
        undated.setdefault("", str(answers.get("undated", "")))
        broken = {symbol for read in self.read for symbol in read.broken}
        own = [item for item in items if accounts.of(item.row) is account]
        given = answers.get("lots", {})
        held = holdings(
            account, own, broken, self.lost, given, taxable=kind in (None, "taxable"), undated=undated, today=today
        )
        self.faults += held.faults + self._unknown_lots(given, held, answers)
        self.needed += held.needed
        self.notes += held.notes
        fields = {key: value for key, value in answers.items() if key not in OF_THE_IMPORT}
        name = account.id = str(answers.get("id", account.id))
        made: dict[str, Any] = {"id": name, "cash": float(held.cash), "lots": held.lots}
        made |= {} if kind is None else {"kind": kind}
        made |= {"average_cost": held.average} if held.average and kind == "taxable" else {}
        made |= {"reinvests": held.reinvests} if held.reinvests else {}
        self.places |= {f"accounts.{name}.lots[{i}]": place for i, place in enumerate(held.places)}
        self.places |= {f"accounts.{name}": account.place, f"accounts.{name}.cash": account.place}
        self.places |= {f"accounts.{name}.{key}": self.answers.name for key in fields}
        self.beside[name] = held.beside
        return made | fields

    def _unknown_lots(self, given: Mapping[str, Any], held: Holdings, answers: Mapping[str, Any]) -> list[Fault]:
        """The answers about lots that an account does not have."""
        known = [lot["id"] for lot in held.lots]
        names = [name for name in given if name not in known and not self.lost]
        key = next(key for key, entry in self.answers.accounts.items() if entry is answers) if names else ""
        where = f"{self.answers.name}: accounts.{key}.lots"
        return [Fault(f"{where}.{name}", "the account has no such lot", suggest(name, known)) for name in names]

    # -- the rest ------------------------------------------------------------------------------------------------------

    def _trade_date(self) -> date | None:
        """The day of the prices: the user's word, otherwise what the files with positions say."""
        given = self.answers.fields.get("trade_date")
        if given is not None:
            try:
                return given if isinstance(given, date) else date.fromisoformat(str(given))
            except ValueError:
                return None  # a fault that the household finds
        dated = {found.name: found.day for found in self.found if found.day and _has(found, "positions", "lots")}
        days = sorted({*dated.values()})
        if len(days) > 1:
            said = ", ".join(f"{name} {day}" for name, day in dated.items())
            hint = "download all on one day, or say trade_date in the answers"
            self.faults.append(Fault("trade_date", f"the files are of different days: {said}", hint))
        if not days and any(_has(found, "positions", "lots") for found in self.found):
            self.needed.append(
                Fault("trade_date", "no file says the day of its prices", "as in trade_date = 2026-06-15")
            )
        return days[-1] if days else None

    def _securities(
        self, items: Sequence[Item], accounts: Accounts, taxable: Sequence[str], today: date | None
    ) -> dict[str, Any]:
        """The securities, recent trades and restrictions."""
        found, places, faults, needed = securities(items, self.answers.symbols)
        self.faults += faults
        self.needed += needed
        held = {each["symbol"] for each in found}
        dealings = [each for read in self.read for each in read.dealings]
        trades = Trades(dealings, accounts, taxable, held, today)
        self.faults += trades.faults
        self.notes += trades.notes
        self.places |= {f"securities.{symbol}": place for symbol, place in places.items()}
        self.places |= {f"securities.{symbol}.{key}": self.answers.name
                        for symbol, entry in self.answers.symbols.items() for key in entry}  # fmt: skip
        self.places |= {f"recent_trades[{i}]": place for i, place in enumerate(trades.places)}
        targeted = {str(each.get("symbol")) for each in self.answers.fields.get("security_targets", ())
                    if isinstance(each, Mapping)}  # fmt: skip
        beside = [Beside(name, contracts, held) for name, contracts in self.beside.items()]
        self.notes += [note for each in beside for note in each.notes]
        places_beside = [place for each in beside for place in each.places]
        self.places |= {f"held_beside[{i}]": place for i, place in enumerate(places_beside)}
        single = [each["symbol"] for each in found if each.get("kind") == "stock" and each["symbol"] not in targeted]
        not_bought = [*single, *(each["symbol"] for each in trades.securities)]
        return {
            "securities": [*found, *trades.securities],
            "recent_trades": trades.rows,
            "held_beside": [row for each in beside for row in each.rows],
            "restrictions": [{"rule": "no_buy", "symbol": symbol} for symbol in not_bought],
        }

    def _ask_for_the_rest(self, data: Mapping[str, Any]) -> None:
        """Ask for what a household needs and no export holds."""
        taxpayer = self.answers.fields.get("taxpayer", {})
        asked = [Fault(f"taxpayer.{field}", "no export has the tax return", hint) for field, hint in RETURN.items()
                 if isinstance(taxpayer, Mapping) and "rates" not in taxpayer and field not in taxpayer]  # fmt: skip
        if not self.answers.targets:
            hint = "a weight for each asset class, summing to 1, as in targets.us_stock = 0.6"
            asked.append(Fault("targets", "no export has the targets", hint))
        self.needed[:0] = asked
        if not data["accounts"] and not self.faults:
            self.faults.append(Fault("accounts", "the files hold no positions and no lots"))


def _of_the_household(data: Mapping[str, Any], places: Mapping[str, str], needed: Sequence[Fault]) -> list[Fault]:
    """The faults of the household that the fields make, but for what is needed yet and what hangs on it."""
    try:
        Household.checked(data, (), dict(places))
    except InputError as error:
        asked = {need.path for need in needed}
        return [fault for fault in error.faults if not _is_asked(fault, asked)]
    return []


def _is_asked(fault: Fault, asked: Collection[str]) -> bool:
    """Whether a fault of the household is that something is missing which the answers are asked for."""
    first, _, rest = fault.path.partition(".")
    if first in ("targets", "taxpayer", "trade_date"):
        return any(path.partition(".")[0] == first for path in asked)
    if first == "securities":
        name, _, field = rest.rpartition(".")
        wanted = {"exposures": "class"}.get(field, field)
        return f"symbols.{name}.{wanted}" in asked or (field == "exposures" and "targets" in asked)
    if first == "accounts" and fault.path.endswith(".acquired"):
        return any(path.endswith(f"({fault.place})") for path in asked)
    return fault.path in asked


def _has(found: Found, *kinds: str) -> bool:
    return any(row.table.kind in kinds for row in found.rows)


def _is(account: ImportedAccount, key: str) -> bool:
    """Whether a name in the answers is that of an account: its id, its name, its number or the end of its number."""
    known = {text.casefold() for text in (account.id, account.name, account.number, *account.known_as) if text}
    ends = len(key) >= FEWEST and any(letter.isdigit() for letter in key)
    return key.casefold() in known or (ends and bool(account.number) and account.number.endswith(key))
