"""Everything wrong with an input, at once: each item is read by itself, then the whole is checked across its items.

A faulty item is left out of the checks across items, but its name still counts as known, so that one fault does not
drag others behind it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from .base import descriptions
from .faults import Fault, InputError
from .household import (
    CASH,
    FREE_CASH,
    Account,
    FactorTarget,
    Lot,
    RecentTrade,
    Restriction,
    ScheduledBuy,
    Security,
    SecurityTarget,
    Target,
)
from .identity import grouped
from .values import LARGEST
from .wording import faults_of, shown, suggest

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
        raise InputError([Fault("household", f"{shown(data)} is not a household", "give an object with named fields")])
    reader = _Reader()
    parsed: dict[str, Any] = dict(data)
    reader.unknown_fields(cls, data, "")
    for field in ("id", "trade_date", "taxpayer", "same_index", "accounts_elsewhere"):
        if field in data or cls.model_fields[field].is_required():
            parsed[field] = reader.value(cls, field, data)
    securities = reader.items(Security, data, "securities", "symbol")
    targets = reader.items(Target, data, "targets", "asset_class")
    accounts = reader.accounts(data)
    trades = reader.items(RecentTrade, data, "recent_trades", None, required=False)
    buys = reader.items(ScheduledBuy, data, "scheduled_buys", None, required=False)
    names = reader.items(SecurityTarget, data, "security_targets", "symbol", required=False)
    factors = reader.items(FactorTarget, data, "factor_targets", "factor", required=False)
    restrictions = reader.items(Restriction, data, "restrictions", None, required=False)
    trade_date = parsed.get("trade_date")

    reader.check_securities(securities)
    reader.check_replacements(securities, same_index=parsed.get("same_index") is True)
    reader.check_targets(targets)
    reader.check_security_targets(names)
    reader.check_factor_targets(factors, securities)
    for path, account in accounts:
        reader.check_account(path, account, trade_date)
    reader.check_elsewhere(parsed.get("accounts_elsewhere") or ())
    for path, restriction in restrictions:
        reader.check_restriction(path, restriction)
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
    sections |= {"security_targets": [*names], "factor_targets": [*factors], "restrictions": [*restrictions]}
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
        try:
            return _adapter(cls, field).validate_python(data[field])
        except ValidationError as error:
            annotation = info.annotation
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
            self.fault(path, f"{shown(rows)} is not a list", "give a list")
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
        rows = self.rows(raw, "lots", f"{path}.lots", required=False)
        lots = [self.item(Lot, lot, f"{path}.lots[{index}]") for index, lot in enumerate(rows)]
        if None in lots or f"{path}.lots" in self.broken:
            self.broken.add(path)
        self.note_names([lot or raw for lot, raw in zip(lots, rows, strict=True)], f"{path}.lots", "id")
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
        """Names to check others against; where a section is no list, or an item lacks its name, any may be right.

        So it is where there are no accounts or targets at all, which is a fault of its own.
        """
        self.names.setdefault(section, set()).update(self.duplicates(rows, section, key))
        absent = not rows and section in {"accounts", "targets"} | self.broken
        if absent or not all(_name(raw, key) for raw in rows):
            self.nameless.add(section)

    def known(self, section: str, name: str) -> bool:
        return section in self.nameless or name in self.names[section]

    def check_known(self, path: str, section: str, what: str, name: str) -> bool:
        """Whether a section has the name, or may have it; a fault where not."""
        known = self.known(section, name)
        if not known:
            self.fault(path, f"unknown {what} {name!r}", suggest(name, self.names[section]))
        return known

    def unknown_fields(self, cls: type[BaseModel], data: Mapping[str, Any], path: str) -> None:
        for field in data:
            if field not in cls.model_fields:
                self.fault(f"{path}{field}" or repr(field), "unknown field", suggest(str(field), cls.model_fields))

    def check_names(self, path: str, account: str, symbol: str) -> None:
        self.check_known(f"{path}.account", "accounts", "account", account)
        self.check_known(f"{path}.symbol", "securities", "symbol", symbol)

    def check_replacements(self, securities: list[tuple[str, Security]], *, same_index: bool) -> None:
        """Replacements are known securities, not substantially identical."""
        group = {each.symbol: each.group for each in grouped([each for _, each in securities], same_index=same_index)}
        for path, security in securities:
            for symbol in security.replacements:
                known = self.check_known(f"{path}.replacements", "securities", "symbol", symbol)
                if known and group.get(symbol) == group[security.symbol]:
                    message = f"{symbol!r} is of the same identity group, {group[symbol]!r}"
                    self.fault(f"{path}.replacements", message, "a replacement is similar, not substantially identical")

    def check_elsewhere(self, names: Sequence[str]) -> None:
        """Accounts that are not in the file are not in the file."""
        for name in names:
            if name in self.names["accounts"]:
                self.fault("accounts_elsewhere", f"{name!r} is in this file", "name accounts that are not")

    def check_account(self, path: str, account: Account, trade_date: date | None) -> None:
        """Cash bounds; lots and symbols against the securities, the account's kind and the trade date."""
        if account.maximum_cash is not None and account.maximum_cash < account.minimum_cash:
            message = f"{account.maximum_cash:,.2f} is less than the minimum, {account.minimum_cash:,.2f}"
            self.fault(f"{path}.maximum_cash", message, "minimum_cash <= maximum_cash")
        for field in ("menu", "average_cost", "reinvests"):
            for symbol in getattr(account, field) or ():
                self.check_known(f"{path}.{field}", "securities", "symbol", symbol)
        for index, lot in enumerate(account.lots):
            here = f"{path}.lots[{index}]"
            if lot is FAULTY_LOT:
                continue
            known = self.check_known(f"{here}.symbol", "securities", "symbol", lot.symbol)
            if known and account.menu is not None and lot.symbol not in account.menu:
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
        """A withdrawal or a minimum that all the account's cash and lots together cannot cover.

        Redemption fees and commissions, which would take a little more, are left out.
        """
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

    def check_securities(self, securities: list[tuple[str, Security]]) -> None:
        """Exposures sum to one and every class has a target; a redemption fee has its days, and leaves something."""
        for path, security in securities:
            fee, days = security.redemption_fee, security.redemption_days
            if fee > 0 and days == 0:
                self.fault(f"{path}.redemption_days", "missing", "a redemption fee needs the days after which it ends")
            if days > 0 and fee == 0:
                self.fault(f"{path}.redemption_fee", "missing", "redemption_days need a fee above 0")
            if fee + security.half_spread >= 1:
                message = f"with the half-spread, {security.half_spread:g}, it is the whole price"
                self.fault(f"{path}.redemption_fee", message, "a fraction of the price: 0.02 is 2 %")
            total = math.fsum(security.exposures.values())
            if abs(total - 1) > TOLERANCE:
                self.fault(f"{path}.exposures", f"they sum to {total:.9g}", "they must sum to 1")
            for asset_class in security.exposures:
                if asset_class != CASH and not self.known("targets", asset_class):
                    hint = "add a target for it, 0 if it should not be held; "
                    hint += suggest(asset_class, self.names["targets"])
                    self.fault(f"{path}.exposures", f"no target for the class {asset_class!r}", hint.rstrip("; "))

    def check_band(self, path: str, target: Target | SecurityTarget) -> None:
        if not target.lower <= target.weight <= target.upper:
            message = f"the target {target.weight:g} lies outside its band, {target.lower:g} to {target.upper:g}"
            self.fault(path, message, "lower <= weight <= upper")

    def check_targets(self, targets: list[tuple[str, Target]]) -> None:
        """The weights sum to one, each in its band, and the bands allow it."""
        for path, target in targets:
            self.check_band(path, target)
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

    def check_security_targets(self, names: list[tuple[str, SecurityTarget]]) -> None:
        """Known symbols, each weight in its band, together at most the whole household."""
        for path, target in names:
            self.check_known(f"{path}.symbol", "securities", "symbol", target.symbol)
            self.check_band(path, target)
        total = math.fsum(target.weight for _, target in names)
        if total > 1 + TOLERANCE:
            self.fault("security_targets", f"the weights sum to {total:.9g}", "at most 1, the whole household")

    def check_factor_targets(
        self, factors: list[tuple[str, FactorTarget]], securities: list[tuple[str, Security]]
    ) -> None:
        """A band each, of a factor that some security has."""
        known = {factor for _, security in securities for factor in security.factors}
        for path, target in factors:
            if target.factor not in known and "securities" not in self.broken | self.nameless:
                self.fault(
                    f"{path}.factor", f"no security has the factor {target.factor!r}", suggest(target.factor, known)
                )
            if target.lower > target.upper:
                self.fault(path, f"the band's ends are crossed, {target.lower:g} to {target.upper:g}", "lower <= upper")

    def check_restriction(self, path: str, restriction: Restriction) -> None:
        """What the rule needs is given, what it would ignore is not, and the names are known."""
        rule, account, symbol, lot = restriction.rule, restriction.account, restriction.symbol, restriction.lot
        needed = {"account": account, "lot": lot} if rule == "keep" else {"symbol": symbol}
        for field, value in needed.items():
            if value is None:
                self.fault(f"{path}.{field}", "missing", f"{rule} needs {' and '.join(needed)}")
        if symbol is not None:
            self.check_known(f"{path}.symbol", "securities", "symbol", symbol)
        known = account is None or self.check_known(f"{path}.account", "accounts", "account", account)
        if lot is not None and rule != "keep":
            self.fault(f"{path}.lot", f"{rule} is about a security, not a lot", "keep is the rule for a lot")
        elif lot is not None and known and (held := f"accounts.{account}.lots") in self.names:
            self.check_known(f"{path}.lot", held, f"lot of {account!r}", lot)


@cache
def _adapter(cls: type[BaseModel], field: str) -> TypeAdapter[Any]:
    """What reads one field; making it takes longer than reading."""
    info = cls.model_fields[field]
    annotation: Any = info.annotation
    return TypeAdapter(Annotated[annotation, *info.metadata] if info.metadata else annotation)


def _name(raw: Any, key: str) -> str | None:  # noqa: ANN401
    value = raw.get(key) if isinstance(raw, Mapping) else getattr(raw, key, None)
    return value if isinstance(value, str) and value else None


def _path(section: str, raw: Any, key: str | None, index: int) -> str:  # noqa: ANN401
    name = _name(raw, key) if key else None
    return f"{section}.{name}" if name else f"{section}[{index}]"
