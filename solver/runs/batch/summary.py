"""The summary of a run: how its households ended, how long they took, how good their plans are, what they save."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .outcomes import STATES
from .parts import quoted, whole
from .schema import MARKER

FILE = "summary.json"

TAIL = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
"""The points of a distribution that are stated."""


def summarize(run: Path, wall: float) -> dict[str, Any]:
    """Write summary.json and return it. `wall` is the seconds that the run took, since it was last begun.

    Seconds are of households, gaps in basis points of a household's value, and dollars are summed over the households
    that have a plan to trade. `saved` is the objective of other ways to trade less the plans', with their taxes beside.
    """
    import duckdb

    with duckdb.connect() as db:
        db.execute(f"CREATE VIEW c AS SELECT * FROM read_parquet({quoted(run / MARKER / '*.parquet')})")
        counts = dict(db.execute("SELECT state, count(*) FROM c GROUP BY state").fetchall())
        planned = "state NOT IN ('refused', 'failed')"

        def tail(column: str, where: str = "true") -> dict[str, float | None]:
            points = ", ".join(f"quantile_cont({column}, {point})" for point in TAIL.values())
            found = db.execute(f"SELECT {points} FROM c WHERE {where}").fetchone() or ()
            return dict(zip(TAIL, found, strict=True))

        def total(expression: str) -> float | None:
            found = db.execute(f"SELECT sum({expression}) FROM c WHERE {planned}").fetchone() or (None,)
            return None if found[0] is None else round(found[0], 2)

        found = {
            "households": sum(counts.values()),
            "states": {state: counts.get(state, 0) for state in STATES},
            "wall_seconds": round(wall, 3),
            "seconds": tail("seconds"),
            "gap_bp": tail("gap_bp", planned),
            "trades": int(total("trades") or 0),
            "market_value": total("market_value"),
            "tax": total("tax_after - tax_before"),
            "against_greedy": {
                "saved": total("greedy_objective - objective"),
                "tax": total("greedy_tax - tax_after"),
            },
            "against_account_by_account": {
                "saved": total("account_by_account_objective - objective"),
                "tax": total("account_by_account_tax - tax_after"),
            },
        }
    text = json.dumps(found, indent=1) + "\n"
    whole(run / FILE, lambda path: path.write_text(text, encoding="utf-8"))
    return found
