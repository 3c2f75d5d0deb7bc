"""Options and short positions in exports -> what the household holds beside its lots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..schema.money import ONE
from .items import CONTRACT
from .lines import Note

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from .items import Item


class Beside:
    """What is held beside in one account: the rows, their places, and notes of what each is taken for."""

    def __init__(self, account: str, items: Sequence[Item], symbols: Collection[str]) -> None:
        """`symbols` are the household's securities; an option on any other has no part in what it does."""
        self.rows: list[dict[str, Any]] = []
        self.places: list[str] = []
        self.notes: list[Note] = []
        for item in _with_dates(items):
            what = _kind(item)
            words = what.replace("_", " ")
            if item.symbol not in symbols:
                meaning = f"a {words}, left out: no security of the household is {item.symbol}"
                self.notes.append(Note(item.row.place, item.row.label, meaning))
                continue
            shares = abs(item.quantity) * (CONTRACT if item.what == "option" else ONE)
            row = {"account": account, "symbol": item.symbol, "kind": what, "quantity": float(shares)}
            self.rows.append(row | ({"opened": item.acquired.isoformat()} if item.acquired else {}))
            self.places.append(item.row.place)
            self.notes.append(Note(item.row.place, item.row.label, f"a {words}, held beside and not traded"))


def _with_dates(items: Sequence[Item]) -> Iterable[Item]:
    """Each contract once: its lots, which have dates, instead of its position where a file has both."""
    listed = {_contract(item) for item in items if item.lot}
    return [item for item in items if item.lot or _contract(item) not in listed]


def _contract(item: Item) -> str:
    return item.row.cells.get("symbol", "") or item.row.symbol or ""


def _kind(item: Item) -> str:
    if item.what == "short":
        return "short_sale"
    return f"{'long' if item.quantity > 0 else 'short'}_{'call' if item.right == 'C' else 'put'}"
