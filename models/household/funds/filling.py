"""Fills what a household leaves out about funds that the tables know, and asks for the rest.

The household's word goes before, and every value that is filled in is marked. No price and no yield is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...schema.filled import Filled
from ..parts.targets import CASH
from ..tables import spread
from .table import SOURCE, classes_among, known_fund

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from ...schema.faults import Fault
    from ..parts.securities import Security

FIELDS = ("exposures", "name", "kind", "state_exempt_share", "collectible")
"""The fields of a security that may be filled in."""


def filled(data: Mapping[str, Any]) -> tuple[dict[str, Any], list[Filled]]:
    """Return a household's fields, unvalidated, with facts of known funds where they are left out, and a mark for each.

    A row of `securities` for several symbols (`AAPL;MSFT`) becomes a row of each, behind what its own row says.
    """
    rows = data.get("securities")
    if isinstance(rows, str | Mapping) or not isinstance(rows, Sequence):
        return dict(data), []
    classes, named = {*_names(data, "targets", "asset_class"), CASH}, _names(data, "security_targets", "symbol")
    found, marks = [], []
    for row in spread(rows):
        symbol = row.get("symbol") if isinstance(row, Mapping) else None
        if isinstance(symbol, str):
            facts = dict(_facts(row, symbol, classes, named))
            row = {**row, **facts} if facts else row
            marks += [Filled(path=_path(symbol, field), value=_text(facts[field]), source=SOURCE) for field in facts]
        found.append(row)
    return {**data, "securities": found}, marks


def still_filled(marks: Iterable[Filled], securities: Iterable[Security]) -> list[Filled]:
    """Return those of a household's marks that hold: the value is still what was filled in."""
    texts = {_path(each.symbol, field): _text(getattr(each, field)) for each in securities for field in FIELDS}
    return [mark for mark in marks if texts.get(mark.path) == mark.value]


def with_needs(faults: Iterable[Fault], classes: Collection[str]) -> Iterator[Fault]:
    """Yield the faults of a household, those of missing asset classes with what is known and what is needed.

    `classes` are the asset classes that it has targets for. After the last fund that no table knows, one row for all of
    them is suggested.
    """
    found = [*faults]
    unknown = [symbol for symbol in map(_without_class, found) if symbol and known_fund(symbol) is None]
    several = ";".join(unknown)
    one = next(iter(sorted({*classes} - {CASH})), "us_stock")
    for fault in found:
        symbol = _without_class(fault)
        if symbol is None:
            yield fault
            continue
        fund = known_fund(symbol)
        if fund is None:
            hint = f"no table of funds knows it: give its asset class, as in {one}"
            if symbol == unknown[-1] and len(unknown) > 1:
                hint += f"; one row can give it for many: symbol {several}, exposures {one}, kind stock or fund"
            yield replace(fault, hint=hint)
        elif not fund.classes:
            hint = f"{fund.fund} holds several classes, or its mix changes: give it, as in us_stock=0.6;us_bond=0.4"
            yield replace(fault, hint=hint)
        else:
            parts = _text(classes_among(fund, classes))
            hint = f"{fund.fund} is {parts}: add a target for it, 0 if it should not be held, or give its asset class"
            yield replace(fault, hint=hint)


def _facts(
    row: Mapping[str, Any], symbol: str, classes: Collection[str], named: Collection[str]
) -> Iterator[tuple[str, Any]]:
    """What the tables know and a security's row leaves out, by field, where it makes a difference."""
    fund = known_fund(symbol)
    if fund is None:
        return
    parts = classes_among(fund, classes)
    if "exposures" not in row and parts and parts.keys() <= {*classes}:
        yield "exposures", parts
    if "name" not in row:
        yield "name", fund.fund
    if "kind" not in row and symbol in named:  # which by default makes it a stock
        yield "kind", "fund"
    if "state_exempt_share" not in row and fund.pays == "treasury" and "ordinary_yield" in row:
        yield "state_exempt_share", 1.0
    if "collectible" not in row and fund.collectible:
        yield "collectible", True


def _names(data: Mapping[str, Any], section: str, key: str) -> set[str]:
    """The names that the items of a section give."""
    rows = data.get(section)
    if isinstance(rows, str | Mapping) or not isinstance(rows, Sequence):
        return set()
    found = (row.get(key) if isinstance(row, Mapping) else getattr(row, key, None) for row in rows)
    return {name for name in found if isinstance(name, str)}


def _path(symbol: str, field: str) -> str:
    return f"securities.{symbol}.{field}"


def _without_class(fault: Fault) -> str | None:
    """The symbol of a fault that says that a security has no asset class."""
    start, _, rest = fault.path.partition(".")
    symbol, _, field = rest.rpartition(".")
    return symbol if (start, field, fault.message) == ("securities", "exposures", "missing") and symbol else None


def _text(value: Any) -> str:  # noqa: ANN401 - any field
    """A value as the cell of a table has it."""
    if isinstance(value, Mapping):
        return ";".join(name if weight == 1 else f"{name}={weight:g}" for name, weight in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
