"""Reading and writing a household: one JSON file, or a folder of CSV or Parquet tables with the same fields.

Tables: household (one row: id, trade_date and the taxpayer, nested fields as dotted columns such as
`taxpayer.rates.short`), accounts, lots (with the column `account`), securities, targets, recent_trades, scheduled_buys.
An empty cell is a field left out. Exposures are written `us_stock=0.6;us_bond=0.4`, menus `VTI;BND`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import ValidationError

from .base import Noun
from .faults import Fault, InputError
from .household import Account, Household, Lot, RecentTrade, ScheduledBuy, Security, Target

if TYPE_CHECKING:
    import pandas as pd

Record = dict[str, Any]
N = TypeVar("N", bound=Noun)

ITEMS: dict[str, type[Noun]] = {
    "securities": Security,
    "targets": Target,
    "recent_trades": RecentTrade,
    "scheduled_buys": ScheduledBuy,
}
"""The tables that are plain lists of items."""

REQUIRED = ("household", "accounts", "securities", "targets")
"""The tables without which there is no household."""


def load_household(path: Path) -> Household:
    """Read a JSON file or a folder of tables. Raises InputError with every fault, FileNotFoundError."""
    return Household.model_validate(read_tables(path) if path.is_dir() else read_json(path))


def save_household(household: Household, path: Path, *, tables: Literal["csv", "parquet"]) -> None:
    """Write JSON where the name ends in .json, else a folder of tables."""
    if path.suffix == ".json":
        path.write_text(household.model_dump_json(indent=1, exclude_defaults=True) + "\n", encoding="utf-8")
    else:
        write_tables(household, path, tables)


def load_json(noun: type[N], path: Path, name: str) -> N:
    """A policy or a plan from a JSON file; `name` opens the paths of its faults. Raises InputError with every fault."""
    from .validation import faults_of

    try:
        return noun.model_validate(read_json(path))
    except ValidationError as error:
        raise InputError(faults_of(error, noun, name)) from None


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """The file's content. Raises InputError where it is no JSON, with the line."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError([Fault(f"{path.name}:{error.lineno}", f"not JSON: {error.msg}")]) from None
    except UnicodeDecodeError:
        raise InputError([Fault(path.name, "not a text file in UTF-8", "give JSON, or a folder of tables")]) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, lists nested without end
        raise InputError([Fault(path.name, f"not JSON that can be read: {error}")]) from None


def read_tables(folder: Path) -> Record:
    """A household's fields from a folder of tables, unvalidated. Raises InputError where a table is missing or
    unreadable.
    """
    faults = [
        Fault(f"{folder.name}/{name}.csv", "missing", "a folder of tables needs it, as .csv or .parquet")
        for name in REQUIRED
        if not any((folder / f"{name}{suffix}").exists() for suffix in (".csv", ".parquet"))
    ]
    if faults:
        raise InputError(faults)
    households = _read(folder, "household")
    if len(households) != 1:
        raise InputError([Fault(f"{folder.name}/household", f"{len(households)} rows", "one household, one row")])
    data = _nested(households[0])
    accounts = _read(folder, "accounts")
    lots: dict[Any, list[Record]] = {}
    names = {account.get("id") for account in accounts}
    for row, lot in enumerate(_read(folder, "lots")):
        owner = lot.pop("account", None)
        if owner not in names:
            faults.append(Fault(f"lots[{row}].account", f"unknown account {owner!r}", "the id of a row of accounts"))
        lots.setdefault(owner, []).append(lot)
    data["accounts"] = [account | {"lots": lots.get(account.get("id"), [])} for account in accounts]
    data |= {name: _read(folder, name) for name in ITEMS}
    if faults:
        try:
            Household.model_validate(data)
        except InputError as error:
            faults += error.faults
        raise InputError(faults)
    return data


def write_tables(household: Household, folder: Path, kind: Literal["csv", "parquet"]) -> None:
    """Write the household as a folder of tables; tables of that folder in the other format are removed."""
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    data = household.model_dump(exclude={"accounts", *ITEMS})
    lots = [{"account": account.id} | lot.model_dump() for account in household.accounts for lot in account.lots]
    frames = {
        "household": pd.DataFrame([_flat(data)]),
        "accounts": _frame([account.model_dump(exclude={"lots"}) for account in household.accounts], Account, {"lots"}),
        "lots": pd.DataFrame(lots, columns=["account", *Lot.model_fields]),
    }
    for name, model in ITEMS.items():
        frames[name] = _frame([item.model_dump() for item in getattr(household, name)], model)
    for name, frame in frames.items():
        for suffix in (".csv", ".parquet"):
            (folder / f"{name}{suffix}").unlink(missing_ok=True)
        if kind == "csv":
            frame.to_csv(folder / f"{name}.csv", index=False)
        else:
            frame.to_parquet(folder / f"{name}.parquet", index=False)


def _frame(rows: list[Record], model: type[Noun], leave_out: set[str] | None = None) -> pd.DataFrame:
    import pandas as pd

    columns = [name for name in model.model_fields if name not in (leave_out or set())]
    return pd.DataFrame([{name: _cell(row[name]) for name in columns} for row in rows], columns=columns)


def _cell(value: Any) -> Any:  # noqa: ANN401
    """A value as a table holds it: a menu or exposures as text."""
    if isinstance(value, dict):
        return ";".join(f"{name}={weight!r}" for name, weight in value.items())
    if isinstance(value, tuple):
        return ";".join(value) or ";"  # a menu of nothing, not a menu left out
    return value


def _read(folder: Path, name: str) -> list[Record]:
    """A table's rows as records without their empty cells; a table that is not there has no rows."""
    import pandas as pd

    csv, parquet = folder / f"{name}.csv", folder / f"{name}.parquet"
    try:
        if csv.exists():
            frame = pd.read_csv(csv, dtype=str, keep_default_na=False)
            if not isinstance(frame.index, pd.RangeIndex):  # pandas took the first column for row names
                raise ValueError("the rows have more cells than the header")
        elif parquet.exists():
            frame = pd.read_parquet(parquet)
        else:
            return []
    except (ValueError, OSError) as error:  # pandas' parser errors and pyarrow's are ValueErrors
        raise InputError([Fault(f"{folder.name}/{name}", f"cannot be read: {error}")]) from None
    frame = frame.astype(object)
    records: Any = frame.where(frame.notna(), None).to_dict("records")
    return [
        {str(key): value for key, value in record.items() if key != "household_id" and not _empty(value)}
        for record in records
    ]


def _empty(value: Any) -> bool:  # noqa: ANN401
    return value is None or (isinstance(value, str) and not value.strip())


def _flat(data: Record, prefix: str = "") -> Record:
    flat: Record = {}
    for name, value in data.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat


def _nested(row: Record) -> Record:
    data: Record = {}
    for column, value in row.items():
        *parents, name = column.split(".")
        place = data
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                message = f"there is also a column {parent!r}"
                raise InputError([Fault(f"household.{column}", message, "give one of the two")])
        place[name] = value
    return data
