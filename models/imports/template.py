"""An answers file to fill in: what the exports of an import leave open, and what was taken for granted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .reading import Imported

BARE = re.compile(r"[A-Za-z0-9_-]+")
"""A key that TOML takes without quotes."""


def template(imported: Imported) -> str:
    """Return a TOML file in which what is needed is empty text, which counts as not given, with comments."""
    return "\n".join(_lines(imported)) + "\n"


def _lines(imported: Imported) -> Iterator[str]:
    data = imported.data
    needed = {fault.path: fault for fault in imported.needed}
    yield "# Fill in what is empty and run the import again with --with and this file (docs/import.md)."
    if "trade_date" in needed:
        yield 'trade_date = ""                    # the day of the prices, as in 2026-06-15'
    elif "trade_date" in data:
        yield f"# trade_date = {data['trade_date']}          # from the files"
    if any(path.startswith("taxpayer") for path in needed):
        year = str(data.get("trade_date", ""))[:4]
        yield ""
        yield "[taxpayer]                         # or flat rates: rates = { short = 0.32, long = 0.15 }"
        yield 'filing_status = ""                 # single, married_jointly, head_of_household or married_separately'
        yield f"year = {year}" if year else 'year = ""                          # the tax year'
        yield 'ordinary_income = ""               # dollars, without interest, dividends and gains'
        for note in imported.notes:
            if note.place == "taxpayer":
                yield f"# {note.text}: {note.meaning}"
    if "targets" in needed:
        yield ""
        yield "[targets]                          # asset classes with their weights, summing to 1"
        yield 'us_stock = ""'
        yield 'intl_stock = ""'
        yield 'us_bond = ""'
    for account in data.get("accounts", ()):
        wanted = [path for path in needed if path.startswith(f"accounts.{account['id']}.")]
        yield ""
        yield f"[accounts.{_key(account['id'])}]"
        if "kind" in account:
            yield f'# kind = "{account["kind"]}"'
        else:
            yield 'kind = ""                          # taxable, traditional, roth, hsa or 401k'
        if any(".undated" in path for path in wanted):
            yield 'undated = ""                       # lots without a date: long (bought more than a year ago) or keep'
    yield from _symbols(imported)


def _symbols(imported: Imported) -> Iterator[str]:
    wanted: dict[str, list[str]] = {}
    for fault in imported.needed:
        if fault.path.startswith("symbols."):
            symbol, _, field = fault.path.removeprefix("symbols.").rpartition(".")
            wanted.setdefault(symbol, []).append(field)
    names = {each["symbol"]: each.get("name", "") for each in imported.data.get("securities", ())}
    for symbol, fields in wanted.items():
        yield ""
        yield f"[symbols.{_key(symbol)}]" + (f"  # {names[symbol]}" if names.get(symbol) else "")
        if "class" in fields:
            yield 'class = ""                         # us_stock, or parts: { us_stock = 0.6, us_bond = 0.4 }'
            yield '# kind = "stock"                   # a single stock or bond; it is held, and not bought'
        if "price" in fields:
            yield 'price = ""                         # dollars per share on the trade date'


def _key(name: str) -> str:
    """A name as a key of TOML."""
    return name if BARE.fullmatch(name) else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
