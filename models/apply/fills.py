"""Fills: what was really bought and sold of a plan, read from a file, a table or records, and checked against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Protocol

from pydantic import BeforeValidator, ValidationError

from ..household.frames import is_frame, table_of
from ..household.parts.lot_rules import without_basis
from ..household.table_files import file_name, read_table
from ..household.tables import records
from ..schema.faults import Fault, InputError
from ..schema.money import exact
from ..schema.record import Record
from ..schema.values import Day, Name, Positive, Price
from ..schema.wording import faults_of, suggest

if TYPE_CHECKING:
    from datetime import date

    from ..household.household import Household
    from ..household.moves import Transferred
    from ..household.tables import TableRow
    from ..schema.ordered import Ordered

NEEDED = ("account", "symbol", "side", "quantity")
"""The columns that a file of fills cannot do without."""


def _lower(value: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
    return value.strip().lower() if isinstance(value, str) else value


class Fill(Record):
    """Shares bought or sold of one order of a plan: all of them, or a part."""

    account: Name
    """The account's id."""
    symbol: Name
    """The security's symbol."""
    side: Annotated[Literal["buy", "sell"], BeforeValidator(_lower)]
    """buy or sell, in any case of letters."""
    quantity: Positive
    """Shares, more than 0."""
    price: Price | None = None
    """What was paid or received for a share, in dollars, spread included; default: the household's price, with the
    half-spread as the plan counts it."""
    lot: Name | None = None
    """For a sale: the id of the lot sold from; default: the plan's lots, in the plan's order."""
    date: Day | None = None
    """The trade date of the fill, not before the plan's; default: the plan's trade date."""


class Planned(Protocol):
    """What is read of a plan."""

    @property
    def household(self) -> str: ...  # noqa: D102
    @property
    def trade_date(self) -> date: ...  # noqa: D102
    @property
    def trades(self) -> Sequence[Ordered]: ...  # noqa: D102
    @property
    def transfers(self) -> Sequence[Transferred]: ...  # noqa: D102


class Execution(NamedTuple):
    """Shares of one lot sold, or of one security bought, by a fill or as planned."""

    row: int
    """The place of the fill; as planned, that of the trade."""
    number: int
    """The place of the plan's trade; of an order's purchases, that of the first."""
    account: str
    symbol: str
    side: Literal["buy", "sell"]
    lot: str | None
    quantity: Decimal
    day: date
    price: Decimal | None
    """Dollars per share, spread included; None for the household's price with its half-spread."""


Fills = str | Path | Iterable[Fill | Mapping[str, Any]] | Any
"""A CSV or Parquet file, a table (pandas, Arrow), or fills one by one."""


def executions(household: Household, plan: Planned, fills: Fills | None) -> list[Execution]:
    """Return what was filled: every trade of the plan as planned, or with `fills` those alone.

    Raises InputError with every fault: fills of an account, a security or a lot that there is not, on a side that the
    plan does not trade, of more than the plan trades or the lot holds, before the plan's trade date or in another year.
    """
    if faults := [*_other_household(household, plan)]:
        raise InputError(faults)
    if fills is None:
        today = plan.trade_date
        found = [
            Execution(place, place, each.account, each.symbol, each.side, each.lot, exact(each.quantity), today, None)
            for place, each in enumerate(plan.trades)
        ]
        if faults := [*_impossible(household, found)]:
            raise InputError(faults)
        return found
    read, places, faults = _read(fills)
    reader = _Reader(household, plan, places)
    found = [each for path, fill in read for each in reader.matched(path, fill)]
    faults = [*faults, *reader.faults]
    if faults:
        raise InputError(sorted(faults, key=lambda fault: _number(fault.path)))
    return found


def _number(path: str) -> int:
    digits = path.partition("[")[2].partition("]")[0]
    return int(digits) if digits.isdigit() else -1


def _other_household(household: Household, plan: Planned) -> Iterable[Fault]:
    if plan.household != household.id:
        yield Fault("plan.household", f"the plan is for {plan.household!r}, not {household.id!r}")
    if plan.trade_date != household.trade_date:
        yield Fault("plan.trade_date", f"{plan.trade_date} is not the household's {household.trade_date}")


def _impossible(household: Household, found: Sequence[Execution]) -> Iterable[Fault]:
    """Trades of a plan in what the household does not have."""
    sold: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    unknown = {account.id: without_basis(account) for account in household.accounts}
    for each in found:
        path = f"plan.trades[{each.number}]"
        lot = household.lot.get((each.account, each.lot or ""))
        if each.account not in household.account:
            yield Fault(f"{path}.account", f"unknown account {each.account!r}")
        elif each.symbol not in household.security:
            yield Fault(f"{path}.symbol", f"unknown security {each.symbol!r}")
        elif each.side == "sell" and (lot is None or lot.symbol != each.symbol):
            yield Fault(f"{path}.lot", f"{each.account!r} holds no lot {each.lot!r} of {each.symbol}")
        elif lot is not None and household.account[each.account].taxable and lot.id in unknown[each.account]:
            yield Fault(f"{path}.lot", f"the basis of {lot.id!r} is not known", "give the lot its basis_per_share")
        elif each.side == "sell" and lot is not None:
            sold[each.account, lot.id] += each.quantity
            if sold[each.account, lot.id] > exact(lot.quantity):
                yield Fault(f"{path}.quantity", f"more is sold than lot {lot.id!r} holds, {lot.quantity:g}")


def rows_of(path: Path) -> list[TableRow]:
    """Return the rows of a table, each with its file and row. Raises InputError if the file is no table."""
    frame = read_table(path)
    frame.attrs["file"] = file_name(path)
    return records(frame)


def _read(fills: Fills) -> tuple[list[tuple[str, Fill]], dict[str, str], list[Fault]]:
    """The sound fills with their paths, the places of all by path, and the faults of the others."""
    rows: Sequence[Any]
    if isinstance(fills, str | Path):
        rows = rows_of(Path(fills))
    elif is_frame(fills):
        rows = records(table_of(fills, "fills"))
    else:
        rows = [*fills]
    found, places, faults = list[tuple[str, Fill]](), dict[str, str](), list[Fault]()
    for number, row in enumerate(rows):
        path, place = f"fills[{number}]", getattr(row, "place", "")
        places[path] = place
        named = {str(key).strip().lower(): value for key, value in row.items()} if isinstance(row, Mapping) else row
        try:
            found.append((path, Fill.model_validate(named)))
        except ValidationError as error:
            faults += [replace(fault, place=place) for fault in faults_of(error, Fill, path)]
    return found, places, faults


class _Reader:
    """Matches fills with a plan's trades, and collects the faults of those that do not match."""

    def __init__(self, household: Household, plan: Planned, places: Mapping[str, str]) -> None:
        self.household, self.plan, self.places = household, plan, places
        self.faults: list[Fault] = []
        self.orders: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        """The places of the plan's trades by account, symbol and side."""
        for number, trade in enumerate(plan.trades):
            self.orders[trade.account, trade.symbol, trade.side].append(number)
        self.left = {number: exact(trade.quantity) for number, trade in enumerate(plan.trades)}
        """Shares of each trade that no fill has taken so far."""
        self.of_order = {key: sum((self.left[n] for n in own), Decimal(0)) for key, own in self.orders.items()}
        """Shares of each order that no fill has taken so far."""
        self.held = {key: exact(lot.quantity) for key, lot in household.lot.items()}
        """Shares of each lot that no fill has sold so far."""

    def fault(self, path: str, message: str, hint: str = "") -> None:
        self.faults.append(Fault(path, message, hint, self.places.get(path.partition(".")[0], "")))

    def matched(self, path: str, fill: Fill) -> list[Execution]:
        """Return what a fill did, lot by lot; nothing, with its faults noted, if it cannot be."""
        before = len(self.faults)
        home, today = self.household, self.plan.trade_date
        day = fill.date or today
        if day < today:
            self.fault(f"{path}.date", f"{day} is before the plan's trade date, {today}", "the day of the fill")
        elif day.year != today.year:
            hint = "apply the fills of each year to the household of that year"
            self.fault(f"{path}.date", f"{day} is in another tax year than the plan, {today.year}", hint)
        known = fill.account in home.account
        if not known:
            self.fault(f"{path}.account", f"unknown account {fill.account!r}", suggest(fill.account, home.account))
        if fill.symbol not in home.security:
            self.fault(f"{path}.symbol", f"unknown security {fill.symbol!r}", suggest(fill.symbol, home.security))
            known = False
        if fill.lot is not None and fill.side == "buy":
            self.fault(f"{path}.lot", "a purchase is of no lot", "leave it out")
        elif fill.lot is not None and known:
            self._check_lot(path, fill, fill.lot)
        key: tuple[str, str, Literal["buy", "sell"]] = (fill.account, fill.symbol, fill.side)
        shares = exact(fill.quantity)
        if known and key not in self.orders:
            self._not_planned(path, fill)
        elif known and shares > self.of_order[key]:
            left = f"{self.of_order[key].normalize():f}"
            message = f"{shares.normalize():f} shares are more than the plan {fill.side}s, of which {left} are left"
            self.fault(f"{path}.quantity", message, "a fill is an order of the plan, or a part of one")
        if len(self.faults) > before:
            return []
        self.of_order[key] -= shares
        price = None if fill.price is None else exact(fill.price)
        if fill.side == "buy":
            return [Execution(_number(path), self.orders[key][0], *key, None, shares, day, price)]
        return [
            Execution(_number(path), number, *key, lot, part, day, price)
            for number, lot, part in self._lots(path, key, fill.lot, shares)
        ]

    def _check_lot(self, path: str, fill: Fill, name: str) -> None:
        account, lot = self.household.account[fill.account], self.household.lot.get((fill.account, name))
        if lot is None or lot.symbol != fill.symbol:
            own = [each.id for each in account.lots if each.symbol == fill.symbol]
            self.fault(f"{path}.lot", f"{fill.account!r} holds no lot {name!r} of {fill.symbol}", suggest(name, own))
        elif account.taxable and name in without_basis(account):
            self.fault(f"{path}.lot", f"the basis of {name!r} is not known", "give the lot its basis_per_share")
        elif exact(fill.quantity) > self.held[fill.account, name]:
            left = f"{self.held[fill.account, name].normalize():f}"
            message = f"{fill.quantity:.15g} shares are more than lot {name!r} holds, {left}"
            self.fault(f"{path}.quantity", message, "as many as it holds, or fewer")

    def _not_planned(self, path: str, fill: Fill) -> None:
        other = "buy" if fill.side == "sell" else "sell"
        if (fill.account, fill.symbol, other) in self.orders:
            self.fault(
                f"{path}.side", f"the plan {other}s {fill.symbol} in {fill.account!r}, it does not {fill.side} it"
            )
        else:
            message = f"the plan does not {fill.side} {fill.symbol} in {fill.account!r}"
            self.fault(f"{path}.symbol", message, "a fill is an order of the plan, or a part of one")

    def _lots(
        self, path: str, key: tuple[str, str, str], name: str | None, shares: Decimal
    ) -> list[tuple[int, str, Decimal]]:
        """What a sale takes of each lot: the plan's trade, the lot and its shares."""
        account, trades = key[0], self.plan.trades
        if name is not None:
            number = next((n for n in self.orders[key] if trades[n].lot == name), self.orders[key][0])
            self.left[number] = max(self.left[number] - shares, Decimal(0))
            self.held[account, name] -= shares
            return [(number, name, shares)]
        found, rest = [], shares
        for number in self.orders[key]:
            lot = trades[number].lot or ""
            part = min(rest, self.left[number], self.held.get((account, lot), Decimal(0)))
            if part > 0:
                found.append((number, lot, part))
                self.left[number] -= part
                self.held[account, lot] -= part
                rest -= part
        if rest:
            message = f"{rest.normalize():f} shares are more than the plan's lots still hold"
            self.fault(f"{path}.quantity", message, "name the lot that was sold")
            return []
        return found
