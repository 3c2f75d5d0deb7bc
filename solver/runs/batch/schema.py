"""The tables of a run: their columns, in order, and the kind of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from ....models import TaxBill

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["text", "number", "count", "flag", "day"]
"""What a column holds. Numbers are floats, in dollars unless the name says otherwise; any cell may be empty."""

Row = tuple[Any, ...]

_NUMBER: Kind = "number"

OWNER = "household_id"
"""The first column of every table."""

COLUMNS: Mapping[str, Mapping[str, Kind]] = {
    "trades": {
        "trade_date": "day",
        "account": "text",
        "side": "text",
        "symbol": "text",
        "quantity": "number",
        "price": "number",
        "lot": "text",
        "acquired": "day",
        "basis": "number",
        "proceeds": "number",
        "gain": "number",
        "term": "text",
        "reason": "text",
    },
    "bills": {"when": "text", **dict.fromkeys(TaxBill.model_fields, _NUMBER)},
    "blocked": {"rule": "text", "account": "text", "symbol": "text", "lot": "text", "until": "day", "text": "text"},
    "failures": {"state": "text", "path": "text", "message": "text", "hint": "text", "place": "text"},
    "plans": {"plan": "text"},
    "certificates": {
        "state": "text",
        "why": "text",
        "at_deadline": "flag",
        "input_digest": "text",
        "trade_date": "day",
        "market_value": "number",
        "accounts": "count",
        "lots": "count",
        "trades": "count",
        "status": "text",
        "method": "text",
        "limit": "text",
        "detail": "text",
        "objective": "number",
        "bound": "number",
        "gap": "number",
        "gap_bp": "number",
        "tax_before": "number",
        "tax_after": "number",
        "greedy_objective": "number",
        "greedy_tax": "number",
        "account_by_account_objective": "number",
        "account_by_account_tax": "number",
        "realized_short": "number",
        "realized_long": "number",
        "uncertain_losses": "count",
        "drift_left": "number",
        "budget_hit": "flag",
        "warnings": "count",
        "attempts": "count",
        "seconds": "number",
        "build_seconds": "number",
        "search_seconds": "number",
        "explain_seconds": "number",
        "audit_seconds": "number",
    },
}
"""The columns of each table after the household's id. Their order is that of writing: `certificates` is the last, so
that a part of a run is there if its file of certificates is.
"""

TABLES: Mapping[str, Mapping[str, Kind]] = {name: {OWNER: "text", **columns} for name, columns in COLUMNS.items()}
"""The tables by name, each with the kind of every column."""

MARKER = "certificates"
"""The table that is written last."""


def as_row(table: str, values: Mapping[str, Any]) -> Row:
    """Return a row of a table; a column that is not given is empty. Raises KeyError for a column that it lacks."""
    columns = TABLES[table]
    if unknown := values.keys() - columns.keys():
        raise KeyError(f"{table} has no {', '.join(sorted(unknown))}")
    return tuple(values.get(name) for name in columns)


def schema(table: str) -> pa.Schema:
    """Return the Arrow schema of a table."""
    import pyarrow as pa

    kinds = {"text": pa.string(), "number": pa.float64(), "count": pa.int64(), "flag": pa.bool_(), "day": pa.date32()}
    return pa.schema([(name, kinds[kind]) for name, kind in TABLES[table].items()])
