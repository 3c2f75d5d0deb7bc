"""Rows of positions and lots -> cash, shares and contracts, each row's numbers held against each other."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from ..schema.money import CENT, ONE
from . import cells
from .dealings import Dealings
from .items import CONTRACT, Item, Items, RowCells
from .sums import Sums

if TYPE_CHECKING:
    from collections.abc import Collection

    from .layout import Layout
    from .lines import Found, Row

PER_HUNDRED = Decimal("0.01")
"""What a unit of a bond that is quoted for $100 of face value is worth per dollar of its price."""

HALF_CENT = CENT / 2


def read_items(found: Found, layout: Layout, held: Collection[str]) -> Items:
    """Return what a file's rows hold. `held` are symbols that count as securities even if they look like cash."""
    into = Items()
    sums = Sums(into, found.lost)
    shares, dealings = Shares(layout, into, sums, held), Dealings(layout, into, sums, held)
    for row in found.rows:
        (dealings if row.table.kind == "trades" else shares).take(row)
    return into


class Shares(RowCells):
    """Reads the rows of positions and lots. `held` are symbols that count as securities even if they look like cash."""

    def __init__(self, layout: Layout, into: Items, sums: Sums, held: Collection[str]) -> None:
        super().__init__(layout, into)
        self.sums, self.held = sums, held

    def take(self, row: Row) -> None:
        """Take a row: what it holds, a note of what it is instead, or its faults."""
        if self.layout.says(self.layout.totals, row.label):
            self.sums.check(row, {column: self.number(row, column) for column in ("quantity", "value", "cost")})
            return
        faults = len(self.into.faults)
        item = self._item(row)
        sound = len(self.into.faults) == faults
        numbers: dict[str, Decimal | None] = {} if item is None else {"value": item.value}
        if item is not None and item.what not in ("cash", "aside"):
            numbers |= {"quantity": item.quantity, "cost": item.cost}
        self.sums.add(row, numbers, sound=sound)
        if not sound:
            self.into.broken.add(self.symbol(row))
        elif item is not None:
            self.into.items.append(item)

    def _item(self, row: Row) -> Item | None:
        """What a row holds; None if it is no holding or has a fault, which is noted."""
        layout, symbol = self.layout, self.symbol(row)
        written, name = row.cells.get("symbol", ""), row.cells.get("description", "")
        if layout.says(layout.not_held, written, name):
            self.into.note(row, "not a holding")
            return Item(row, "aside", symbol, value=self.number(row, "value"))
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
        amount, quantity, price = (self.number(row, column) for column in ("value", "quantity", "price"))
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
            self.number(row, column) for column in ("quantity", "price", "value", "cost", "cost_per_share", "gain")
        )
        several = cells.said(row.cells.get("acquired", ""), self.layout.several)
        acquired = None if several else self.day(row, "acquired")
        term = self.term(row)
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
