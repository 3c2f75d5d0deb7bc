"""The sums that a file states, held against its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from ..schema.money import CENT, ZERO
from . import cells

if TYPE_CHECKING:
    from collections.abc import Collection

    from .items import Items
    from .lines import Row

Numbers = Mapping[str, Decimal | None]
"""What a row adds to sums, by column; None for what the broker does not say."""


class Sums:
    """Compares the sums that a file states with its rows, section by section."""

    def __init__(self, into: Items, lost: Collection[int]) -> None:
        """`lost` are the sections of which lines could not be read, in which nothing is compared."""
        self.into = into
        self.open: dict[int, list[Numbers]] = defaultdict(list)
        self.all: list[Numbers] = []
        self.broken = {*lost, *([0] if lost else [])}

    def add(self, row: Row, numbers: Numbers, *, sound: bool) -> None:
        """Take a row into the sums; nothing is compared where a row has a fault."""
        if not sound:
            self.broken |= {row.section, 0}
        elif numbers:
            self.open[row.section].append(numbers)
            self.all.append(numbers)

    def check(self, row: Row, total: Numbers) -> None:
        """Compare a stated sum with the rows of its section, or with all rows if it stands alone."""
        section = row.section if row.section in self.open else 0
        rows = self.open.pop(section, None) or self.all
        self.into.note(row, "a sum")
        for column, stated in total.items() if section not in self.broken else ():
            values = [numbers[column] for numbers in rows if column in numbers]
            known = [value for value in values if value is not None]
            one_security = bool(row.symbol and section)
            if stated is None or len(known) < len(values) or (column == "quantity" and not one_security):
                continue
            right = sum(known, ZERO)
            loose = CENT * (len(known) + 1)
            if column == "quantity":
                loose = sum(map(cells.step, known), cells.step(stated))
            if abs(right - stated) > loose:
                message = f"{stated:,} is not the sum of the {len(known)} rows above it, {right:,}"
                self.into.fault(row, column, message, "a row is missing, given twice or changed")
