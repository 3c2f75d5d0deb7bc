"""A plan's figures, and its lists as frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ...schema.record import Record
from ..statements import ClassWeight, SecurityWeight
from ..trades import Trade

if TYPE_CHECKING:
    import pandas as pd


def drift(rows: Iterable[ClassWeight | SecurityWeight], value: float, when: Literal["before", "after"]) -> float:
    """Return the drift in dollars: half of what lies between rows and their targets, which is what would have to change
    places for all to be on target.
    """
    return sum(abs(_held(row, when) - row.target * value) for row in rows) / 2


def outside(rows: Iterable[ClassWeight | SecurityWeight], value: float, when: Literal["before", "after"]) -> float:
    """Return the dollars outside bands."""
    held = [(row, _held(row, when)) for row in rows]
    return sum(max(amount - row.upper * value, row.lower * value - amount, 0.0) for row, amount in held)


def _held(row: ClassWeight | SecurityWeight, when: Literal["before", "after"]) -> float:
    return row.before if when == "before" else row.after


def of_trades(trades: Sequence[Trade]) -> dict[str, float]:
    """Return what trades come to: gains by term and losses, in dollars, all dollars sold and bought, and orders."""
    traded = {side: sum(abs(each.proceeds) for each in trades if each.side == side) for side in ("sell", "buy")}
    gains = [(each.term, each.gain) for each in trades if each.gain is not None]
    return {
        "short_gain": sum((gain for term, gain in gains if term == "short"), 0.0),
        "long_gain": sum((gain for term, gain in gains if term == "long"), 0.0),
        "losses": sum((-gain for _, gain in gains if gain < 0), 0.0),
        "sold": traded["sell"],
        "bought": traded["buy"],
        "orders": len({(each.account, each.symbol, each.side) for each in trades}),
    }


def frame_of(rows: Sequence[Record], kind: type[Record]) -> pd.DataFrame:
    """Return records as a frame, a column for each field; those of a nested record dotted, a list as `VTI;ITOT`."""
    import pandas as pd

    found = [_flat(row.model_dump()) for row in rows]
    return pd.DataFrame(found, columns=None if found else [*kind.model_fields])


def _flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in data.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = ";".join(map(str, value)) if isinstance(value, tuple | list) else value
    return flat
