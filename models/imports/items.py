"""Rows of exports -> what they hold: cash, shares, lots, contracts, trades, each checked against its own numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from ..schema.faults import Fault
from ..schema.money import CENT, ONE, ZERO
from . import cells
from .lines import Note

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from .layout import Layout
    from .lines import Found, Row

PER_HUNDRED, CONTRACT = Decimal("0.01"), Decimal(100)
"""What a unit is worth per dollar of its price: a bond's, quoted for $100 of face value, and an option's contract."""

HALF_CENT = CENT / 2


@dataclass(frozen=True)
class Item:
    """What a row of positions or lots holds. Dollars are exact; None for what the broker does not say."""

    row: Row
    what: Literal["cash", "held", "short", "option", "aside"]
    symbol: str
    name: str = ""
    quantity: Decimal = ZERO
    price: Decimal | None = None  # dollars a unit: of a bond a dollar of face value
    value: Decimal | None = None
    cost: Decimal | None = None
    kind: Literal["bond", "stock"] | None = None
    average: bool = False
    reinvests: bool = False
    acquired: date | None = None
    several_days: bool = False
    long_term: bool | None = None
    right: str = ""

    @property
    def lot(self) -> bool:
        """Whether the row is of a table of lots."""
        return self.row.table.kind == "lots"


@dataclass(frozen=True)
class Dealing:
    """A purchase or sale of the past; of a sale its gain and term, if the broker says them."""

    row: Row
    symbol: str
    side: Literal["buy", "sell", "option"]
    day: date
    quantity: Decimal
    price: Decimal | None = None
    gain: Decimal | None = None
    long_term: bool | None = None
    disallowed: Decimal = ZERO


@dataclass
class Items:
    """What a file holds, what was left out, and what is wrong; `broken` are (account, symbol) of rows with a fault."""

    items: list[Item] = field(default_factory=list)
    dealings: list[Dealing] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def fault(self, row: Row, column: str, message: str, hint: str = "") -> None:
        """Note a fault of a cell; of the whole row if no column is given."""
        where = f", {row.headers.get(column, column)}" if column else ""
        self.faults.append(Fault(f"{row.place}{where}", message, hint))

    def note(self, row: Row, meaning: str) -> None:
        """Note what a row was taken for."""
        self.notes.append(Note(row.place, row.label, meaning))


def read_items(found: Found, layout: Layout, held: Collection[str]) -> Items:
    """Return what a file's rows hold. `held` are symbols that count as securities even if they look like cash."""
    reading = _Reading(layout, held)
    reading.sums.broken |= found.lost | ({0} if found.lost else set())
    return reading.read(found.rows)


class _Reading:
    """Reads the rows of one file."""

    def __init__(self, layout: Layout, held: Collection[str]) -> None:
        self.layout, self.held = layout, held
        self.into = Items()
        self.sums = _Sums(self.into)

    def read(self, rows: Iterable[Row]) -> Items:
        for row in rows:
            before = len(self.into.faults)
            if row.table.kind == "trades":
                self._dealing(row)
                continue
            if self.layout.says(self.layout.totals, row.label):
                total = {column: self._number(row, column) for column in ("quantity", "value", "cost")}
                self.sums.check(row, total)
                continue
            item = self._item(row)
            sound = len(self.into.faults) == before
            self.sums.add(row, item, sound=sound)
            if sound and item is not None:
                self.into.items.append(item)
            if not sound:
                self.into.broken.add(self._symbol(row))
        return self.into

    # -- cells ---------------------------------------------------------------------------------------------------------

    def _number(self, row: Row, column: str) -> Decimal | None:
        """A number of a row; None, with its fault noted, if it is none."""
        try:
            return cells.number(row.cells.get(column, ""), self.layout)
        except cells.CellError as error:
            self.into.fault(row, column, str(error), error.hint)
            return None

    def _day(self, row: Row, column: str) -> date | None:
        try:
            return cells.day(row.cells.get(column, ""), self.layout)
        except cells.CellError as error:
            self.into.fault(row, column, str(error), error.hint)
            return None

    def _term(self, row: Row) -> bool | None:
        """Whether a row's term is long; None, with a fault if it says something else, if it is not said."""
        text = row.cells.get("term", "")
        if cells.empty(text, self.layout):
            return None
        if cells.said(text, self.layout.long) or cells.said(text, self.layout.short):
            return cells.said(text, self.layout.long)
        words = ", ".join([*self.layout.long, *self.layout.short])
        self.into.fault(row, "term", f"{text!r} is neither long nor short", f"this layout reads {words}")
        return None

    def _symbol(self, row: Row) -> str:
        text = row.cells.get("symbol", "") or (row.symbol or "" if "symbol" not in row.cells else "")
        if cells.empty(text, self.layout):
            return ""
        return re.sub(f"(?:{self.layout.marks})$", "", text).strip() if self.layout.marks else text

    # -- positions and lots --------------------------------------------------------------------------------------------

    def _item(self, row: Row) -> Item | None:
        """What a row holds; None if it is no holding or has a fault, which is noted."""
        layout, symbol = self.layout, self._symbol(row)
        written, name = row.cells.get("symbol", ""), row.cells.get("description", "")
        if layout.says(layout.not_held, written, name):
            self.into.note(row, "not a holding")
            return Item(row, "aside", symbol, value=self._number(row, "value"))
        if symbol not in self.held and (
            layout.says(layout.cash, written, symbol, name) or self._money_fund(row, symbol)
        ):
            return self._cash(row, symbol)
        option = next((match for each in layout.options if (match := re.fullmatch(each, symbol))), None)
        bond = layout.says(layout.bonds, symbol, row.cells.get("type", ""), "" if symbol else name)
        symbol = symbol or (name if bond else "")
        if not symbol:
            self.into.fault(row, "symbol", "missing", "what is this row? A holding needs its symbol or CUSIP")
        if re.search("[;=]", symbol):
            self.into.fault(row, "symbol", f"{symbol!r} holds ; or =, which no symbol may")
        return self._shares(row, symbol, option, bond=bond)

    def _money_fund(self, row: Row, symbol: str) -> bool:
        """Whether a row is of a money-market fund at $1 a share."""
        if not self.layout.says(self.layout.money_funds, symbol):
            return False
        try:
            price, value, quantity = (
                cells.number(row.cells.get(column, ""), self.layout) for column in ("price", "value", "quantity")
            )
        except cells.CellError:
            return True  # a fault that is found when the row is read
        return price in (None, ONE) and (None in (value, quantity) or value == quantity or price == ONE)

    def _cash(self, row: Row, symbol: str) -> Item | None:
        amount, quantity, price = (self._number(row, column) for column in ("value", "quantity", "price"))
        if amount is None:
            amount = quantity
        if amount is None:
            self.into.fault(row, "value", "missing", "the dollars of this cash")
            return None
        if quantity is not None and price is not None and abs(quantity * price - amount) > CENT * abs(quantity) + CENT:
            self._mismatch(row, "value", f"{quantity} at {price}", quantity * price, amount)
        sweep = self.layout.says(
            self.layout.cash, row.cells.get("symbol", ""), symbol, row.cells.get("description", "")
        )
        fund = "a money-market fund, counted as cash; sell it before you place purchases"
        self.into.note(row, "cash" if sweep else fund)
        return Item(row, "cash", symbol, value=amount)

    def _shares(self, row: Row, symbol: str, option: re.Match[str] | None, *, bond: bool) -> Item | None:
        faults = len(self.into.faults)
        quantity, price, value, cost, each, gain = (
            self._number(row, column) for column in ("quantity", "price", "value", "cost", "cost_per_share", "gain")
        )
        several = cells.said(row.cells.get("acquired", ""), self.layout.several)
        acquired = None if several else self._day(row, "acquired")
        term = self._term(row)
        if quantity is None and len(self.into.faults) == faults:
            self.into.fault(row, "quantity", "missing", "shares, or face value of a bond")
        if price is None and value is None and not self.into.faults[faults:] and row.table.kind != "lots":
            self.into.fault(row, "value", "missing, and so is the price", "one of the two")
        if price is not None and price < 0:
            self.into.fault(row, "price", f"{price} is negative", "a price is never negative, a short quantity is")
        if quantity is None or len(self.into.faults) > faults:
            return None
        unit = self._unit(row, quantity, price, value, option=option is not None, bond=bond)
        if unit is None:
            return None
        if cost is None and each is not None:
            cost = each * quantity * unit
        if quantity >= 0:  # of what is short, brokers state proceeds as they like
            self._check_cost(row, quantity * unit, each, cost)
            if (gain is not None and value is not None and cost is not None and cost >= 0) and abs(
                value - cost - gain
            ) > CENT * abs(quantity * unit) + CENT:
                self._mismatch(row, "gain", f"value {value:,} less cost {cost:,}", value - cost, gain)
        if len(self.into.faults) > faults:
            return None
        if quantity == 0:
            self.into.note(row, "no shares")
            return None
        what: Literal["held", "short", "option"] = "option" if option else "short" if quantity < 0 else "held"
        dollars = price * unit if price is not None else value / quantity if value is not None else None
        types = row.cells.get("type", "")
        return Item(
            row, what, option["underlying"] if option else symbol, row.cells.get("description", ""), quantity,
            dollars, value, cost,
            kind="bond" if bond else "stock" if self.layout.says(self.layout.stocks, types) else None,
            average=cells.said(row.cells.get("method", ""), self.layout.average),
            reinvests=cells.said(row.cells.get("reinvests", ""), self.layout.yes),
            acquired=acquired, several_days=several, long_term=term, right=option["right"].upper() if option else "",
        )  # fmt: skip

    def _unit(
        self, row: Row, quantity: Decimal, price: Decimal | None, value: Decimal | None, *, option: bool, bond: bool
    ) -> Decimal | None:
        """What a unit is worth per dollar of its price; None, with the fault noted, if the value is another."""
        units = [CONTRACT] if option else [ONE, PER_HUNDRED] if bond else [ONE]
        if price is None or value is None:
            return PER_HUNDRED if bond and price is not None else units[0]
        for unit in units:
            if abs(quantity * price * unit - value) <= CENT * abs(quantity * unit) + HALF_CENT:
                return unit
        shown = " or ".join(f"{quantity * price * unit:,.2f}" for unit in units)
        hint = "beyond a cent a share: which of the three is wrong?"
        if abs(quantity * price * PER_HUNDRED - value) <= CENT * abs(quantity):
            hint = "a bond, quoted for $100 of face value? Name it in the layout's bonds"
        self.into.fault(row, "value", f"{quantity:,} at {price:,} are {shown}, not {value:,}", hint)
        return None

    def _check_cost(self, row: Row, units: Decimal, each: Decimal | None, cost: Decimal | None) -> None:
        """Check that the cost is what its share says, and is not below zero."""
        if cost is None:
            return
        if cost < 0:
            self.into.fault(row, "cost", f"{cost:,} is negative", "a basis is 0 or more")
        elif each is not None and abs(each * units - cost) > CENT * abs(units) + HALF_CENT:
            self._mismatch(row, "cost", f"{units.normalize():,f} at a cost of {each:,}", each * units, cost)

    def _mismatch(self, row: Row, column: str, what: str, right: Decimal, stated: Decimal) -> None:
        hint = "beyond a cent a share: which of them is wrong?"
        self.into.fault(row, column, f"{what} are {right:,.2f}, not {stated:,}", hint)

    # -- trades --------------------------------------------------------------------------------------------------------

    def _dealing(self, row: Row) -> None:
        layout, symbol, faults = self.layout, self._symbol(row), len(self.into.faults)
        action, name = row.cells.get("action", ""), row.cells.get("description", "")
        side: Literal["buy", "sell", "option"] | None = row.table.side
        if side is None and layout.says(layout.totals, row.label):
            side = None
        elif side is None:
            side = "buy" if layout.says(layout.buys, action) else "sell" if layout.says(layout.sells, action) else None
            if side is None and not layout.says(layout.no_trades, action):
                hint = "add it to the layout's buys, sells or no_trades"
                self.into.fault(row, "action", f"{action!r} is no action that the layout knows", hint)
                return
        if side is None or layout.says(layout.totals, row.label):
            self.into.note(row, f"no purchase or sale ({action})" if action else "a sum")
            return
        patterns = () if symbol in self.held else (*layout.cash, *layout.money_funds)
        if layout.says(patterns, row.cells.get("symbol", ""), symbol, name):
            self.into.note(row, "a trade of cash")
            return
        option = next((match for each in layout.options if (match := re.fullmatch(each, symbol))), None)
        if option and (side == "sell" or option["right"].upper() != "C"):
            self.into.note(row, "a trade of an option that acquires no shares")
            return
        day, quantity, gain = self._day(row, "date"), self._number(row, "quantity"), self._number(row, "gain")
        disallowed, price, term = self._number(row, "disallowed"), self._number(row, "price"), self._term(row)
        for column, value in (("symbol", symbol or None), ("date", day), ("quantity", quantity or None)):
            if value is None and len(self.into.faults) == faults:
                self.into.fault(row, column, "missing", "a trade needs its symbol, its date and its shares")
        if len(self.into.faults) > faults or day is None or quantity is None:
            return
        size = abs(quantity) * (CONTRACT if option else ONE)
        bought = option["underlying"] if option else symbol
        self.into.dealings.append(
            Dealing(row, bought, "option" if option else side, day, size, price, gain, term, abs(disallowed or ZERO))
        )


class _Sums:
    """Compares the sums that a file states with its rows, section by section."""

    def __init__(self, into: Items) -> None:
        self.into = into
        self.open: dict[int, list[Item]] = defaultdict(list)
        self.all: list[Item] = []
        self.broken: set[int] = set()

    def add(self, row: Row, item: Item | None, *, sound: bool) -> None:
        """Take a row into the sums; nothing is compared where a row has a fault."""
        if not sound:
            self.broken |= {row.section, 0}
        elif item is not None:
            self.open[row.section].append(item)
            self.all.append(item)

    def check(self, row: Row, total: dict[str, Decimal | None]) -> None:
        """Compare a stated sum with the rows of its section, or with all rows if it stands alone."""
        section = row.section if row.section in self.open else 0
        rows = self.open.pop(section, None) or self.all
        self.into.note(row, "a sum")
        if section in self.broken:
            return
        for column, stated in total.items():
            values = [getattr(item, column) for item in rows if column == "value" or item.what not in ("cash", "aside")]
            if stated is None or None in values or (column == "quantity" and not (row.symbol and section)):
                continue
            right = sum(values, ZERO)
            loose = sum((cells.step(value) for value in values), cells.step(stated)) if column == "quantity" else CENT
            if abs(right - stated) > loose + (0 if column == "quantity" else CENT * len(values)):
                message = f"{stated:,} is not the sum of the {len(values)} rows above it, {right:,}"
                self.into.fault(row, column, message, "a row is missing, given twice or changed")
