"""Text that is safe to print in a terminal and to open in a spreadsheet."""

from __future__ import annotations

import re
from typing import Any

RUNS = re.compile(r"'*[=+\-@\t\r]")
"""The start of a cell that a spreadsheet may take for a formula, with apostrophes that quote it."""


def printable(text: str) -> str:
    """Return the text with control characters and the like escaped, so that a terminal obeys none of them."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def quoted(cell: Any) -> Any:  # noqa: ANN401 - a cell holds anything
    """Return a cell with an apostrophe before it if it is text that a spreadsheet would run (OWASP, CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and RUNS.match(cell) else cell


def unquoted(cell: str) -> str:
    """Return a cell without the apostrophe that `quoted` puts before it."""
    return cell[1:] if cell.startswith("'") and RUNS.match(cell) else cell
