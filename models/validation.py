"""Everything wrong with an input, at once: each item is read by itself, then the whole is checked across its items.

A faulty item is left out of the checks across items, but its name still counts as known, so that one fault does not
drag others behind it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from .base import descriptions
from .faults import Fault, InputError
from .household import CASH, FREE_CASH, Account, Lot, RecentTrade, ScheduledBuy, Security, Target
from .values import LARGEST

if TYPE_CHECKING:
    from datetime import date

    from .household import Household

TOLERANCE = 1e-6
"""How far weights that should sum to one may be off."""

FAULTY_LOT = Lot(id="?", symbol="?", quantity=0)
"""Keeps the place of a faulty lot, so that the others keep their paths; every check skips it."""

M = TypeVar("M", bound=BaseModel)


def read(cls: type[Household], data: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the user wrote
    """The household's fields, each item a validated object. Raises InputError with every fault of `data`."""
    if not isinstance(data, Mapping):
        raise InputError([Fault("household", f"{_shown(data)} is not a household", "give an object with named fields")])
    reader = _Reader()
    parsed: dict[str, Any] = dict(data)
    reader.unknown_fields(cls, data, "")
    for field in ("id", "trade_date", "taxpayer"):
        if field in data or cls.model_fields[field].is_required():
            parsed[field] = reader.value(cls, field, data)
    securities = reader.items(Security, data, "securities", "symbol")
    targets = reader.items(Target, data, "targets", "asset_class")
    accounts = reader.accounts(data)
    trades = reader.items(RecentTrade, data, "recent_trades", None, required=False)
    buys = reader.items(ScheduledBuy, data, "scheduled_buys", None, required=False)
    trade_date = parsed.get("trade_date")

    reader.check_targets(targets, securities)
    for path, account in accounts:
        reader.check_account(path, account, trade_date)
    for path, trade in trades:
        reader.check_names(path, trade.account, trade.symbol)
        if trade_date and trade.date > trade_date:
            reader.fault(
                f"{path}.date", f"{trade.date} is after the trade date, {trade_date}", "a scheduled buy, perhaps"
            )
    for path, buy in buys:
        reader.check_names(path, buy.account, buy.symbol)
        if trade_date and buy.date < trade_date:
            reader.fault(
                f"{path}.date", f"{buy.date} is before the trade date, {trade_date}", "a recent trade, perhaps"
            )
    prices = {security.symbol: security for _, security in securities}
    for path, account in accounts:
        reader.check_cash(path, account, prices)

    if reader.faults:
        raise InputError(reader.faults)
    sections: dict[str, list[tuple[str, Any]]] = {"securities": [*securities], "targets": [*targets]}
    sections |= {"accounts": [*accounts], "recent_trades": [*trades], "scheduled_buys": [*buys]}
    return parsed | {name: tuple(item for _, item in items) for name, items in sections.items()}


class _Reader:
    """Collects faults while it reads a household item by item."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.names: dict[str, set[str]] = {"accounts": set(), "securities": set(), "targets": set()}
        self.nameless: set[str] = set()
        self.broken: set[str] = set()

    def fault(self, path: str, message: str, hint: str = "") -> None:
        self.faults.append(Fault(path, message, hint))

    # -- reading ----------------------------------------------------------------------------------------------------

    def value(self, cls: type[BaseModel], field: str, data: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """One plain field of the household, or None with its faults noted."""
        info = cls.model_fields[field]
        if field not in data:
            self.fault(field, "missing", descriptions(cls).get(field, ""))
            return None
        annotation: Any = info.annotation
        adapter: TypeAdapter[Any] = TypeAdapter(Annotated[annotation, *info.metadata] if info.metadata else annotation)
        try:
            return adapter.validate_python(data[field])
        except ValidationError as error:
            nested = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
            self.faults += faults_of(error, nested, field, descriptions(cls).get(field, ""))
            return None

    def item(self, model: type[M], raw: Any, path: str) -> M | None:  # noqa: ANN401
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            self.faults += faults_of(error, model, path)
            return None

    def rows(self, data: Mapping[str, Any], section: str, path: str, *, required: bool) -> Sequence[Any]:
        rows = data.get(section, ())
        if section not in data and required:
            self.fault(path, "missing", "give a list")
            self.broken.add(path)
        if isinstance(rows, str | Mapping) or not isinstance(rows, Sequence):
            self.fault(path, f"{_shown(rows)} is not a list", "give a list")
            self.broken.add(path)
            return ()
        return rows

    def items(
        self, model: type[M], data: Mapping[str, Any], section: str, key: str | None, *, required: bool = True
    ) -> list[tuple[str, M]]:
        """The sound items of a section with their paths; a section with names is also checked for duplicates."""
        found: list[tuple[str, M]] = []
        named: list[Any] = []
        for index, raw in enumerate(self.rows(data, section, section, required=required)):
            path = _path(section, raw, key, index)
            item = self.item(model, raw, path)
            named.append(raw if item is None else item)
            if item is None:
                self.broken.add(section)
            else:
                found.append((path, item))
        if key:
            self.note_names(named, section, key)
        return found

    def accounts(self, data: Mapping[str, Any]) -> list[tuple[str, Account]]:
        """The sound accounts, each with its sound lots."""
        found: list[tuple[str, Account]] = []
        named: list[Any] = []
        rows = self.rows(data, "accounts", "accounts", required=True)
        if "accounts" in data and not rows and "accounts" not in self.broken:
            self.fault("accounts", "there is none", "give at least one account")
        for index, raw in enumerate(rows):
            path = _path("accounts", raw, "id", index)
            named.append(raw)
            if isinstance(raw, Account):
                found.append((path, raw))
                self.duplicates(raw.lots, f"{path}.lots", "id")
                continue
            if not isinstance(raw, Mapping):
                self.fault(path, f"{_shown(raw)} is not an account", "give an object with named fields")
                continue
            lots = self.lots(raw, path)
            account = self.item(Account, {**raw, "lots": lots}, path)
            named[-1] = account or raw
            if account is None:
                self.broken.add(path)
                account = Account(id=_name(raw, "id") or path, kind="taxable", lots=lots)
                self.broken.add(f"{path} kind")
            found.append((path, account))
        self.note_names(named, "accounts", "id")
        return found

    def lots(self, raw: Mapping[str, Any], path: str) -> tuple[Lot, ...]:
        rows = self.rows(raw, "lots", f"{path}.lots", required=False)
        lots = [self.item(Lot, lot, f"{path}.lots[{index}]") for index, lot in enumerate(rows)]
        if None in lots or f"{path}.lots" in self.broken:
            self.broken.add(path)
        self.duplicates([lot or raw for lot, raw in zip(lots, rows, strict=True)], f"{path}.lots", "id")
        return tuple(lot if lot is not None else FAULTY_LOT for lot in lots)

    # -- checks across items ----------------------------------------------------------------------------------------

    def duplicates(self, rows: Iterable[Any], path: str, key: str) -> set[str]:
        """Note names used twice; give the names."""
        names = Counter(name for raw in rows if (name := _name(raw, key)))
        for name, times in names.items():
            if times > 1:
                self.fault(path, f"{key} {name!r} is used {times} times", f"every {key} must be unique")
        return set(names)

    def note_names(self, rows: Sequence[Any], section: str, key: str) -> None:
        """Names to check others against; where there are none, or an item lacks its own, any name may be right."""
        self.names[section] = self.duplicates(rows, section, key)
        if not rows or not all(_name(raw, key) for raw in rows):
            self.nameless.add(section)

    def known(self, section: str, name: str) -> bool:
        return section in self.nameless or name in self.names[section]

    def unknown_fields(self, cls: type[BaseModel], data: Mapping[str, Any], path: str) -> None:
        for field in data:
            if field not in cls.model_fields:
                self.fault(f"{path}{field}", "unknown field", _suggest(str(field), cls.model_fields))

    def check_names(self, path: str, account: str, symbol: str) -> None:
        if not self.known("accounts", account):
            self.fault(f"{path}.account", f"unknown account {account!r}", _suggest(account, self.names["accounts"]))
        if not self.known("securities", symbol):
            self.fault(f"{path}.symbol", f"unknown symbol {symbol!r}", _suggest(symbol, self.names["securities"]))

    def check_account(self, path: str, account: Account, trade_date: date | None) -> None:
        """Lots and menu against the securities, the account's kind and the trade date."""
        for symbol in account.menu or ():
            if not self.known("securities", symbol):
                self.fault(f"{path}.menu", f"unknown symbol {symbol!r}", _suggest(symbol, self.names["securities"]))
        for index, lot in enumerate(account.lots):
            here = f"{path}.lots[{index}]"
            if lot is FAULTY_LOT:
                continue
            if not self.known("securities", lot.symbol):
                self.fault(
                    f"{here}.symbol", f"unknown symbol {lot.symbol!r}", _suggest(lot.symbol, self.names["securities"])
                )
            elif account.menu is not None and lot.symbol not in account.menu:
                hint = f"its menu is {', '.join(account.menu) or 'empty'}"
                self.fault(f"{here}.symbol", f"{lot.symbol!r} may not be held in this account", hint)
            if trade_date and lot.acquired and lot.acquired > trade_date:
                hint = "a lot is bought before it is held"
                self.fault(f"{here}.acquired", f"{lot.acquired} is after the trade date, {trade_date}", hint)
            if account.taxable and f"{path} kind" not in self.broken:
                for field in ("basis_per_share", "acquired"):
                    if getattr(lot, field) is None:
                        self.fault(f"{here}.{field}", "missing", "a lot in a taxable account needs it")

    def check_cash(self, path: str, account: Account, prices: Mapping[str, Security]) -> None:
        """A withdrawal or a minimum that all the account's cash and lots together cannot cover."""
        if path in self.broken or any(lot.symbol not in prices for lot in account.lots):
            return
        dearest = [max(prices[lot.symbol].price, lot.basis_per_share or 0.0) for lot in account.lots]
        if math.fsum(lot.quantity * dollars for lot, dollars in zip(account.lots, dearest, strict=True)) > LARGEST:
            self.fault(f"{path}.lots", "they are worth, or cost, more than $1 trillion", "a misplaced decimal, perhaps")
            return
        sales = math.fsum(
            lot.quantity * prices[lot.symbol].price * (1 - prices[lot.symbol].half_spread) for lot in account.lots
        )
        raised = account.cash + account.contribution + sales
        left = raised - account.withdrawal
        if raised < -TOLERANCE:
            message = f"the debit of {-account.cash:,.2f} cannot be covered even after selling everything"
            self.fault(f"{path}.cash", message, f"at most {raised - account.cash:,.2f} can be raised")
        elif left < -TOLERANCE:
            message = f"{account.withdrawal:,.2f} cannot be covered even after selling everything"
            self.fault(f"{path}.withdrawal", message, f"at most {raised:,.2f} can be raised")
        elif left < account.minimum_cash - TOLERANCE:
            message = f"{account.minimum_cash:,.2f} is more than the account can hold in cash"
            self.fault(f"{path}.minimum_cash", message, f"at most {left:,.2f} even after selling everything")

    def check_targets(self, targets: list[tuple[str, Target]], securities: list[tuple[str, Security]]) -> None:
        """Exposures and targets: what should sum to one does, bands allow it, every class has a target."""
        for path, security in securities:
            total = math.fsum(security.exposures.values())
            if abs(total - 1) > TOLERANCE:
                self.fault(f"{path}.exposures", f"they sum to {total:.9g}", "they must sum to 1")
            for asset_class in security.exposures:
                if asset_class != CASH and not self.known("targets", asset_class):
                    hint = "add a target for it, 0 if it should not be held; "
                    hint += _suggest(asset_class, self.names["targets"])
                    self.fault(f"{path}.exposures", f"no target for the class {asset_class!r}", hint.rstrip("; "))
        for path, target in targets:
            if not target.lower <= target.weight <= target.upper:
                message = f"the target {target.weight:g} lies outside its band, {target.lower:g} to {target.upper:g}"
                self.fault(path, message, "lower <= weight <= upper")
        if "targets" in self.broken:
            return
        total = math.fsum(target.weight for _, target in targets)
        if abs(total - 1) > TOLERANCE:
            self.fault("targets", f"the weights sum to {total:.9g}", "they must sum to 1")
            return
        free = 0.0 if CASH in self.names["targets"] else FREE_CASH
        lower = math.fsum(target.lower for _, target in targets)
        upper = math.fsum(target.upper for _, target in targets) + free
        if lower > 1 + TOLERANCE:
            self.fault("targets", f"the bands exclude each other: the lower ends sum to {lower:g}", "at most 1")
        if upper < 1 - TOLERANCE:
            self.fault("targets", f"the bands exclude each other: the upper ends sum to {upper:g}", "at least 1")


# -- pydantic's errors in our words -----------------------------------------------------------------------------------


def faults_of(error: ValidationError, model: type[BaseModel] | None, path: str, hint: str = "") -> list[Fault]:
    """A pydantic error as faults with the path as the user wrote it, and the field's own description as the hint."""
    faults = []
    for detail in error.errors(include_url=False):
        where = path
        owner: Any = model
        description = hint
        known: Iterable[str] = ()
        for step in detail["loc"]:
            if isinstance(step, int):
                where += f"[{step}]"
                continue
            where += f".{step}"
            fields = getattr(owner, "model_fields", {})
            known = fields
            if step in fields:
                description = descriptions(owner).get(step, "")
                owner = fields[step].annotation
            else:
                owner = None
        message = _message(detail)
        if detail["type"] == "extra_forbidden":
            description = _suggest(str(detail["loc"][-1]), known)
        faults.append(Fault(where, message, description))
    return faults


def _message(detail: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "missing":
        return "missing"
    if kind == "extra_forbidden":
        return "unknown field"
    if kind == "string_pattern_mismatch":
        return "is empty" if value == "" else f"{_shown(value)} is no name: no ';' or '=', and no space at either end"
    if kind == "finite_number":
        return f"{_shown(value)} is not a finite number"
    if kind == "greater_than":
        return f"{_shown(value)} is not more than {context['gt']:g}"
    if kind == "greater_than_equal":
        return (
            f"{_shown(value)} is negative" if context["ge"] == 0 else f"{_shown(value)} is less than {context['ge']:g}"
        )
    if kind in ("less_than_equal", "less_than"):
        return f"{_shown(value)} is too large"
    if kind == "literal_error":
        return f"{_shown(value)} is not one of {context['expected']}"
    if kind.startswith("date"):
        return f"{_shown(value)} is not a date, YYYY-MM-DD"
    if kind.startswith(("float", "int", "decimal")):
        return f"{_shown(value)} is not a number"
    if kind == "value_error":
        return str(context["error"])
    if kind == "model_type":
        return f"{_shown(value)} is not an object with named fields"
    return f"{_shown(value)}: {detail['msg']}"


def _shown(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, float):
        return {"nan": "NaN", "inf": "infinity", "-inf": "-infinity"}.get(repr(value), f"{value:g}")
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _suggest(name: str, known: Iterable[str]) -> str:
    known = sorted(known)
    close = get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(known[:12])}{', ...' if len(known) > 12 else ''}" if known else ""


def _name(raw: Any, key: str) -> str | None:  # noqa: ANN401
    value = raw.get(key) if isinstance(raw, Mapping) else getattr(raw, key, None)
    return value if isinstance(value, str) and value else None


def _path(section: str, raw: Any, key: str | None, index: int) -> str:  # noqa: ANN401
    name = _name(raw, key) if key else None
    return f"{section}.{name}" if name else f"{section}[{index}]"
