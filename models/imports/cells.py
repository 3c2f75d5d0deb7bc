"""What a cell of an export says: numbers, days and words as brokers write them."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from ..schema.values import FIRST_YEAR, LARGEST, LAST_YEAR
from ..schema.wording import shown
from .layout import date_format

if TYPE_CHECKING:
    from .layout import Layout

NUMBER = re.compile(r"[+-]?\$?[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?")
"""A number with an optional sign, dollar sign and thousands, such as -$1,234.56; only signs is none."""


class CellError(ValueError):
    """A cell that does not say what its column means: what is wrong, and a hint."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def empty(text: str, layout: Layout) -> bool:
    """Whether a cell says nothing, or that the broker does not know."""
    return not text.strip() or text.strip().casefold() in {word.casefold() for word in layout.nothing}


def number(text: str, layout: Layout) -> Decimal | None:
    """Return a number (dollars, shares), negative in parentheses; None if the cell says nothing. Raises CellError."""
    if empty(text, layout):
        return None
    plain = text.strip()
    inner = plain[1:-1].strip() if plain.startswith("(") and plain.endswith(")") else plain
    digits = inner.replace("$", "").replace(",", "").replace("+", "")
    signs = digits.count("-") + (inner != plain)
    if not NUMBER.fullmatch(inner) or not re.search(r"\d", digits) or signs > 1:
        raise CellError(f"{shown(plain)} is not a number", _hint(plain))
    found = Decimal(digits)
    if abs(found) > LARGEST:
        raise CellError(f"{shown(plain)} is too large", "a misplaced decimal, perhaps")
    return -found if inner != plain else found


def _hint(text: str) -> str:
    if re.fullmatch(r"[\d.]+[Ee]\+?\d+", text):
        return "a spreadsheet has cut off its digits: export it again, and do not save it from there"
    if re.fullmatch(r"-?\$?\d{1,3}(\.\d{3})*,\d+", text):
        return "a decimal comma: this layout reads decimal points"
    return "as in -$1,234.56 or (1,234.56)"


def day(text: str, layout: Layout) -> date | None:
    """Return a day; None if the cell says nothing. Raises CellError."""
    if empty(text, layout):
        return None
    plain = " ".join(text.split())
    for format_ in layout.dates:
        try:
            found = datetime.strptime(plain, date_format(format_)).date()
        except ValueError:
            continue
        if FIRST_YEAR <= found.year <= LAST_YEAR:
            return found
    hint = f"this layout reads {', '.join(layout.dates)}"
    if re.fullmatch(r"\d{5}(\.\d+)?", plain):
        hint = "a spreadsheet's number of a day: export it again, and do not save it from there"
    raise CellError(f"{shown(plain)} is not a date", hint)


def said(text: str, words: tuple[str, ...]) -> bool:
    """Whether a cell is one of the words, in any case."""
    plain = " ".join(text.split()).casefold()
    return any(plain == word.casefold() for word in words)


def step(value: Decimal) -> Decimal:
    """Return half a unit of the last decimal of a number of shares, by which it may be rounded; 0 if it is whole."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return Decimal(5).scaleb(exponent - 1) if exponent < 0 else Decimal(0)
