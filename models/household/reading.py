"""Reads the fields of a household item by item, so that every fault is found with its path.

A faulty item is left out of the checks across items, but its name still counts as known, so
one fault does not cause others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from ..schema.faults import Fault
from ..schema.record import descriptions
from ..schema.wording import faults_of, shown, suggest
from .parts.accounts import Account, Lot

FAULTY_LOT = Lot(id="?", symbol="?", quantity=0)
"""Stands in the place of a faulty lot, so that the other lots keep their paths; every check skips it."""

NAMED_BY = {
    "accounts": "id",
    "securities": "symbol",
    "targets": "asset_class",
    "security_targets": "symbol",
    "factor_targets": "factor",
    "people": "id",
}
"""The field that names the items of a section, in paths and in references; items of other sections are numbered."""

TOGETHER = 1000
"""Lots read together; so many have their own sets of names at a time."""

M = TypeVar("M", bound=BaseModel)


class Reader:
    """Collects faults while it reads a household item by item.

    `names` are the known names by section, `nameless` the sections in which any name may be right, and `broken` the
    sections and accounts that have a fault.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.names: dict[str, set[str]] = {"accounts": set(), "securities": set(), "targets": set()}
        self.nameless: set[str] = set()
        self.broken: set[str] = set()

    def fault(self, path: str, message: str, hint: str = "") -> None:
        """Note a fault."""
        self.faults.append(Fault(path, message, hint))

    def value(self, cls: type[BaseModel], field: str, data: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return one plain field of the household; None, with its faults noted, if it is missing or faulty."""
        info = cls.model_fields[field]
        if field not in data:
            self.fault(field, "missing", descriptions(cls).get(field, ""))
            return None
        try:
            return _adapter(cls, field).validate_python(data[field])
        except ValidationError as error:
            annotation = info.annotation
            nested = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
            self.faults += faults_of(error, nested, field, descriptions(cls).get(field, ""))
            return None

    def item(self, model: type[M], raw: Any, path: str) -> M | None:  # noqa: ANN401
        """Return one item as a record; None, with its faults noted, if it is faulty."""
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            self.faults += faults_of(error, model, path)
            return None

    def rows(self, data: Mapping[str, Any], section: str, path: str, *, required: bool) -> Sequence[Any]:
        """Return the rows of a section unchanged; no rows, with the fault noted, if it is not a list."""
        rows = data.get(section, ())
        if section not in data and required:
            self.fault(path, "missing", "give a list")
            self.broken.add(path)
        if isinstance(rows, str | Mapping) or not isinstance(rows, Sequence):
            self.fault(path, f"{shown(rows)} is not a list", "give a list")
            self.broken.add(path)
            return ()
        return rows

    def items(
        self, model: type[M], data: Mapping[str, Any], section: str, *, required: bool = True
    ) -> list[tuple[str, M]]:
        """Return the sound items of a section with their paths. If they have names, duplicates are noted too."""
        rows = self.rows(data, section, section, required=required)
        paths = [item_path(section, raw, index) for index, raw in enumerate(rows)]
        items = self.all_items(model, rows, paths)
        if None in items:
            self.broken.add(section)
        if section in NAMED_BY:
            named = [raw if item is None else item for item, raw in zip(items, rows, strict=True)]
            self.note_names(named, section, NAMED_BY[section])
        return [(path, item) for path, item in zip(paths, items, strict=True) if item is not None]

    def all_items(self, model: type[M], rows: Sequence[Any], paths: Sequence[str]) -> Sequence[M | None]:
        """Return items as records, None for each that is faulty, with its faults noted.

        They are read together, and one by one only if there is a fault to find.
        """
        try:
            return _list_of(model).validate_python([*rows])
        except ValidationError:
            return [self.item(model, raw, path) for raw, path in zip(rows, paths, strict=True)]

    def accounts(self, data: Mapping[str, Any]) -> list[tuple[str, Account]]:
        """Return the accounts with their paths.

        A faulty account keeps its id and its lots only, and a faulty lot is FAULTY_LOT.
        """
        found: list[tuple[str, Account]] = []
        named: list[Any] = []
        rows = self.rows(data, "accounts", "accounts", required=True)
        if "accounts" in data and not rows and "accounts" not in self.broken:
            self.fault("accounts", "there is none", "give at least one account")
        for index, raw in enumerate(rows):
            path = item_path("accounts", raw, index)
            named.append(raw)
            if isinstance(raw, Account):
                found.append((path, raw))
                self.note_names(raw.lots, f"{path}.lots", "id")
                continue
            if not isinstance(raw, Mapping):
                self.fault(path, f"{shown(raw)} is not an account", "give an object with named fields")
                continue
            lots = self.lots(raw, path)
            account = self.item(Account, {**raw, "lots": lots}, path)
            named[-1] = account or raw
            if account is None:
                self.broken.add(path)
                account = Account.model_construct(id=_name(raw, "id") or path, kind="taxable", lots=lots)
                self.broken.add(f"{path} kind")
            found.append((path, account))
        self.note_names(named, "accounts", "id")
        return found

    def lots(self, raw: Mapping[str, Any], path: str) -> tuple[Lot, ...]:
        """Return the lots of an account; a faulty lot is FAULTY_LOT."""
        rows = self.rows(raw, "lots", f"{path}.lots", required=False)
        lots: list[Lot | None] = []
        for start in range(0, len(rows), TOGETHER):
            some = rows[start : start + TOGETHER]
            read = self.all_items(Lot, some, [f"{path}.lots[{start + index}]" for index in range(len(some))])
            lots += _sharing_names(read)
        if None in lots or f"{path}.lots" in self.broken:
            self.broken.add(path)
        self.note_names([lot or raw for lot, raw in zip(lots, rows, strict=True)], f"{path}.lots", "id")
        return tuple(lot if lot is not None else FAULTY_LOT for lot in lots)

    def note_names(self, rows: Sequence[Any], section: str, key: str) -> None:
        """Note the names of a section, for references to them, and a fault for each name that is used twice.

        If the section is not a list, or an item lacks its name, any name may be right. The same holds if there are no
        accounts or no targets at all, which is a fault of its own.
        """
        found = [_name(raw, key) for raw in rows]
        names = {name for name in found if name}
        for name, times in Counter(filter(None, found)).items() if len(names) < len(found) else ():
            if times > 1:
                self.fault(section, f"{key} {name!r} is used {times} times", f"every {key} must be unique")
        self.names.setdefault(section, set()).update(names)
        absent = not rows and section in {"accounts", "targets"} | self.broken
        if absent or None in found:
            self.nameless.add(section)

    def known(self, section: str, name: str) -> bool:
        """Whether a section has the name, or may have it."""
        return section in self.nameless or name in self.names[section]

    def check_known(self, path: str, section: str, what: str, name: str) -> bool:
        """Whether a section has the name, or may have it. Notes a fault if not."""
        known = self.known(section, name)
        if not known:
            self.fault(path, f"unknown {what} {name!r}", suggest(name, self.names[section]))
        return known

    def unknown_fields(self, cls: type[BaseModel], data: Mapping[str, Any], path: str) -> None:
        """Note a fault for every field that the class does not have."""
        for field in data:
            if field not in cls.model_fields:
                self.fault(f"{path}{field}" or repr(field), "unknown field", suggest(str(field), cls.model_fields))


@cache
def _adapter(cls: type[BaseModel], field: str) -> TypeAdapter[Any]:
    """The pydantic adapter that reads one field. It is cached because making it takes longer than reading."""
    info = cls.model_fields[field]
    annotation: Any = info.annotation
    return TypeAdapter(Annotated[annotation, *info.metadata] if info.metadata else annotation)


@cache
def _list_of(model: type[M]) -> TypeAdapter[list[M]]:
    """The pydantic adapter that reads a list of records."""
    return TypeAdapter(list[model])  # type: ignore[valid-type]


def _name(raw: Any, key: str) -> str | None:  # noqa: ANN401
    is_mapping = not isinstance(raw, BaseModel) and isinstance(raw, Mapping)
    value = raw.get(key) if is_mapping else getattr(raw, key, None)
    return value if isinstance(value, str) and value else None


def item_path(section: str, raw: Any, index: int) -> str:  # noqa: ANN401
    """Return the path of an item of a section: by its name, or by its number if it has none."""
    name = _name(raw, NAMED_BY[section]) if section in NAMED_BY else None
    return f"{section}.{name}" if name else f"{section}[{index}]"


def _sharing_names(lots: Sequence[Lot | None]) -> Sequence[Lot | None]:
    """The lots, those with the same fields given sharing one set of the names of these fields.

    Pydantic keeps such a set for each record, of 700 bytes if there are six names: more than all else it has of a lot.
    """
    found: dict[frozenset[str], set[str]] = {}
    for lot in filter(None, lots):
        names = lot.__pydantic_fields_set__
        object.__setattr__(lot, "__pydantic_fields_set__", found.setdefault(frozenset(names), names))
    return lots
