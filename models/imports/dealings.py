"""Rows of past trades -> purchases and sales."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from ..schema.money import ONE, ZERO
from .items import CONTRACT, Dealing, RowCells

if TYPE_CHECKING:
    from collections.abc import Collection
    from decimal import Decimal

    from .items import Items
    from .layout import Layout
    from .lines import Row
    from .sums import Sums


class Dealings(RowCells):
    """Reads the rows of past trades. `held` are symbols that count as securities even if they look like cash."""

    def __init__(self, layout: Layout, into: Items, sums: Sums, held: Collection[str]) -> None:
        super().__init__(layout, into)
        self.sums, self.held = sums, held

    def take(self, row: Row) -> None:
        """Take a row: a trade, a note of what it is instead, or its faults."""
        if self.layout.says(self.layout.totals, row.label):
            self.sums.check(row, {"gain": self.number(row, "gain")})
            return
        faults = len(self.into.faults)
        gain = self.number(row, "gain")
        side = self._side(row)
        if side is not None and not self._is_cash(row):
            self._trade(row, side, gain)
        sound = len(self.into.faults) == faults
        self.sums.add(row, {"gain": gain} if "gain" in row.cells else {}, sound=sound)

    def _side(self, row: Row) -> Literal["buy", "sell"] | None:
        """Whether a row buys or sells; None, with a note or a fault, if it does neither."""
        layout, action = self.layout, row.cells.get("action", "")
        if row.table.side is not None:
            return row.table.side
        if layout.says(layout.buys, action):
            return "buy"
        if layout.says(layout.sells, action):
            return "sell"
        if layout.says(layout.no_trades, action):
            self.into.note(row, f"no purchase or sale ({action})")
        else:
            hint = "add it to the layout's buys, sells or no_trades"
            self.into.fault(row, "action", f"{action!r} is no action that the layout knows", hint)
        return None

    def _is_cash(self, row: Row) -> bool:
        symbol, layout = self.symbol(row), self.layout
        if symbol in self.held:
            return False
        texts = row.cells.get("symbol", ""), symbol, row.cells.get("description", "")
        cash = layout.says(layout.cash, *texts) or layout.says(layout.money_funds, symbol)
        if cash:
            self.into.note(row, "a trade of cash")
        return cash

    def _trade(self, row: Row, side: Literal["buy", "sell"], gain: Decimal | None) -> None:
        symbol, faults = self.symbol(row), len(self.into.faults)
        option = next((match for each in self.layout.options if (match := re.fullmatch(each, symbol))), None)
        if option and (side == "sell" or option["right"].upper() != "C"):
            self.into.note(row, "a trade of an option that acquires no shares")
            return
        day, quantity, price = self.day(row, "date"), self.number(row, "quantity"), self.number(row, "price")
        disallowed, term = self.number(row, "disallowed"), self.term(row)
        for column, value in (("symbol", symbol or None), ("date", day), ("quantity", quantity or None)):
            if value is None and len(self.into.faults) == faults:
                self.into.fault(row, column, "missing", "a trade needs its symbol, its date and its shares")
        if len(self.into.faults) > faults or day is None or quantity is None:
            return
        size = abs(quantity) * (CONTRACT if option else ONE)
        bought = option["underlying"] if option else symbol
        kind: Literal["buy", "sell", "option"] = "option" if option else side
        self.into.dealings.append(Dealing(row, bought, kind, day, size, price, gain, term, abs(disallowed or ZERO)))
