"""Positions and lots of one account -> its lots and its cash, each held against the other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from ..schema.faults import Fault
from ..schema.money import CENT, ZERO
from ..tax.holding_period import holding_term
from .cells import step
from .lines import Note

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date

    from .accounts import ImportedAccount
    from .items import Item

DATED = {"acquired", "long_term", "how_acquired"}
"""The fields of a lot by which the answers say that its date is no matter."""

DIGITS = Decimal("1e-9")
"""The last decimal of a basis per share that is divided out of a cost."""


@dataclass
class Holdings:
    """What an account holds: the fields of its lots and their places, its cash, and what was found on the way."""

    lots: list[dict[str, Any]] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    cash: Decimal = ZERO
    average: list[str] = field(default_factory=list)
    reinvests: list[str] = field(default_factory=list)
    beside: list[Item] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    needed: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def holdings(
    account: ImportedAccount,
    items: Iterable[Item],
    broken: Collection[str],
    lost: Collection[str],
    given: Mapping[str, Mapping[str, Any]],
    *,
    taxable: bool,
    undated: Mapping[str, str],
    today: date | None,
) -> Holdings:
    """Return what an account holds.

    `given` are fields of lots that the answers give, by the lots' ids. `broken` are symbols of rows with faults, of
    which nothing is compared, and `lost` kinds of table with lines that could not be read, which are not compared with
    others. `undated` says by symbol what is done with lots whose date is not known ("long", "keep"), the symbol ""
    standing for all others.
    """
    into = Holdings()
    positions: dict[str, list[Item]] = defaultdict(list)
    lots: dict[str, list[Item]] = defaultdict(list)
    items = [*items]
    stated = any(item.what == "cash" and not item.lot for item in items)
    _check_twice(into, [item for item in items if item.what == "cash"], "keep one of the two")
    for item in items:
        if item.what == "cash" and item.lot and stated:
            into.notes.append(Note(item.row.place, item.row.label, "cash, counted from the positions"))
        elif item.what == "cash":
            into.cash += item.value or ZERO
        elif item.what == "held":
            (lots if item.lot else positions)[item.symbol].append(item)
        elif item.what != "aside":
            into.beside.append(item)
    listed = bool(positions)
    for symbol in dict.fromkeys([*positions, *lots]):
        if symbol in broken:
            continue
        _check_files(into, positions[symbol])
        _check_files(into, lots[symbol])
        _check_twice(into, positions[symbol], "keep one of the two")
        if not positions[symbol]:
            _check_twice(into, lots[symbol], "keep one of the two; two lots alike are told by the positions")
        if positions[symbol] and lots[symbol] and not lost:
            _check_sums(into, symbol, positions[symbol], lots[symbol])
        elif lots[symbol] and listed and not positions[symbol] and "positions" not in lost:
            message = f"lots of {symbol}, but no position of it in {account.id}"
            into.faults.append(
                Fault(lots[symbol][0].row.place, message, "the two files are of different days, perhaps")
            )
        both = [*positions[symbol], *lots[symbol]]
        if any(item.average for item in both):
            into.average.append(symbol)
        if any(item.reinvests for item in both):
            into.reinvests.append(symbol)
        chosen = undated.get(symbol, undated.get("", ""))
        _take(
            into,
            account,
            symbol,
            lots[symbol] or positions[symbol],
            given,
            taxable=taxable,
            undated=chosen,
            today=today,
        )
    return into


def _check_files(into: Holdings, items: list[Item]) -> None:
    """Check that no security of an account stands in two files of one kind."""
    for item in items:
        if item.row.file != items[0].row.file:
            message = f"{item.symbol} of this account is in {items[0].row.place}, too"
            into.faults.append(Fault(item.row.place, message, "one file of each kind, of one day"))


def _check_twice(into: Holdings, items: list[Item], hint: str) -> None:
    """Check that no row of a file stands in it twice."""
    seen: dict[tuple[str, ...], str] = {}
    for item in items:
        known = seen.setdefault((item.row.file, *item.row.cells.values()), item.row.place)
        if known != item.row.place:
            into.faults.append(Fault(item.row.place, f"the same row as {known}", hint))


def _check_sums(into: Holdings, symbol: str, positions: list[Item], lots: list[Item]) -> None:
    """Check that the lots add up to the position, in shares and, a cent a share aside, in cost."""
    held, listed = sum((item.quantity for item in positions), ZERO), sum((item.quantity for item in lots), ZERO)
    where = f"{positions[0].row.place}: {held.normalize():,f} shares of {symbol}"
    if abs(held - listed) > sum((step(item.quantity) for item in (*positions, *lots)), ZERO):
        message = f"its {len(lots)} lots have {listed.normalize():,f} ({lots[0].row.place} and below)"
        into.faults.append(Fault(where, message, "a lot is missing or given twice, or the files are of different days"))
        return
    costs = [item.cost for item in (*positions, *lots)]
    if None in costs:
        return
    cost = sum((item.cost or ZERO for item in positions), ZERO)
    sum_of_lots = sum((item.cost or ZERO for item in lots), ZERO)
    if abs(cost - sum_of_lots) > CENT * (abs(held) + len(lots) + 1):
        message = f"they cost {cost:,.2f}, their lots {sum_of_lots:,.2f} ({lots[0].row.place} and below)"
        into.faults.append(Fault(where, message, "a basis of one of them is wrong, or of another day"))


def _take(
    into: Holdings,
    account: ImportedAccount,
    symbol: str,
    items: list[Item],
    given: Mapping[str, Mapping[str, Any]],
    *,
    taxable: bool,
    undated: str,
    today: date | None,
) -> None:
    """Add the lots of a security; ask for what a sale in a taxable account needs and no file says."""
    used = {lot["id"] for lot in into.lots}
    for item in items:
        base = f"{symbol}-{item.acquired}" if item.acquired else symbol
        name = next(each for each in chain([base], (f"{base}-{i}" for i in count(2))) if each not in used)
        used.add(name)
        lot: dict[str, Any] = {"id": name, "symbol": symbol, "quantity": float(item.quantity)}
        if item.cost is not None:
            lot["basis_per_share"] = float((item.cost / item.quantity).quantize(DIGITS))
        if item.acquired is not None:
            lot["acquired"] = item.acquired.isoformat()
        elif taxable and "basis_per_share" in lot and symbol not in into.average and not DATED & {*given.get(name, ())}:
            long = item.long_term or (item.several_days and item.long_term is None)
            _undated(into, account, lot, item, "long" if long else undated)
        if item.acquired is not None and item.long_term is not None and today is not None:
            _check_term(into, name, item, today)
        if taxable and item.cost is None and "basis_per_share" not in given.get(name, ()):
            into.notes.append(Note(item.row.place, name, "no basis: it is kept, never sold, until you give it one"))
        into.lots.append(lot | dict(given.get(name, {})))
        into.places.append(item.row.place)


def _check_term(into: Holdings, name: str, item: Item, today: date) -> None:
    """Note that a broker's term is not what the date says, as after a wash sale or an inheritance."""
    assert item.acquired is not None
    said = "long" if item.long_term else "short"
    if item.acquired <= today and holding_term(item.acquired, today) != said:
        meaning = f"the file says {said}-term, its date does not; the date counts, unless you give the lot held_since"
        into.notes.append(Note(item.row.place, name, meaning))


def _undated(into: Holdings, account: ImportedAccount, lot: dict[str, Any], item: Item, chosen: str) -> None:
    """Say what becomes of a taxable lot without a date: it is long-term, kept without a basis, or asked for."""
    if chosen == "long":
        lot["long_term"] = True
        into.notes.append(Note(item.row.place, lot["id"], "no date: held for more than a year"))
    elif chosen == "keep":
        del lot["basis_per_share"]
        into.notes.append(Note(item.row.place, lot["id"], "no date: kept, never sold"))
    else:
        hint = 'export its lots too, or say undated = "long" (bought more than a year ago) or "keep" (never sold)'
        path = f"accounts.{account.id}.undated ({item.row.place})"
        into.needed.append(Fault(path, f"{lot['symbol']} has no date of purchase", hint))
