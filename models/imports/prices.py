"""Items of all files -> the securities that they name: one price each, a name, a kind."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..household.funds.table import known_fund
from ..schema.faults import Fault
from ..schema.money import CENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .items import Item

DIGITS = Decimal("1e-9")
"""The last decimal of a price that is divided out of a value."""


def securities(
    items: Iterable[Item], answers: Mapping[str, Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, str], list[Fault], list[Fault]]:
    """Return the fields of the securities, the place of each, what is wrong, and what is needed.

    `answers` are fields by symbol, which go before what the files say; one that no file names is a security to buy.
    """
    named: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.what == "held":
            named[item.symbol].append(item)
    found: list[dict[str, Any]] = []
    places: dict[str, str] = {}
    faults: list[Fault] = []
    needed: list[Fault] = []
    for symbol in dict.fromkeys([*named, *answers]):
        fields = {
            key: value for key, value in answers.get(symbol, {}).items() if key not in ("undated", "average_cost")
        }
        own: dict[str, Any] = {"symbol": symbol}
        if "price" not in fields and (best := _price(named[symbol], faults)) is not None:
            own["price"] = float(best.quantize(DIGITS))
        name = next((item.name for item in named[symbol] if item.name), "")
        if name and known_fund(symbol) is None:
            own["name"] = name
        if any(item.kind for item in named[symbol]):
            own["kind"] = "stock"
        if "price" not in own and "price" not in fields:
            message = "no file has its price"
            needed.append(Fault(f"symbols.{symbol}.price", message, "dollars per share on the trade date"))
        if "exposures" not in fields and _without_class(symbol):
            what = f" ({name})" if name else ""
            message = f"the tables of funds do not know its asset class{what}"
            needed.append(
                Fault(f"symbols.{symbol}.class", message, "us_stock, or parts: { us_stock = 0.6, us_bond = 0.4 }")
            )
        if named[symbol]:
            places[symbol] = named[symbol][0].row.place
        found.append(own | fields)
    return found, places, faults, needed


def _without_class(symbol: str) -> bool:
    """Whether the tables of funds do not know a symbol's asset class."""
    fund = known_fund(symbol)
    return fund is None or not fund.classes


def _price(items: list[Item], faults: list[Fault]) -> Decimal | None:
    """The price that files state of a security, the one of the most shares if several differ by a fraction of a cent.

    A price that is divided out of a value serves where none is stated. Notes a fault for each that is another.
    """
    priced = [item for item in items if item.price is not None]
    if not priced:
        return None
    best = max(priced, key=lambda item: (_stated(item), not item.lot, abs(item.quantity)))
    assert best.price is not None
    for item in priced:
        assert item.price is not None
        loose = CENT + sum(CENT / abs(each.quantity) for each in (item, best) if not _stated(each))
        if abs(item.price - best.price) > loose:
            message = (
                f"{item.symbol} at {item.price.normalize():,f}, but {best.price.normalize():,f} in {best.row.place}"
            )
            faults.append(Fault(item.row.place, message, "a price is wrong, or the files are of different days"))
    return best.price


def _stated(item: Item) -> bool:
    return bool(item.row.cells.get("price"))
