"""The figures of a whole run: how its households ended, how long they took, how good the plans are, what they save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ...runs.batch.outcomes import PLANNED, STATES
from ...runs.batch.summary import TAIL

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STAGES = ("", "build_", "search_", "explain_", "audit_")
"""What the columns of seconds begin with: all of them first."""

OTHERS = {"greedy": "the greedy plan", "account_by_account": "account by account"}
"""The other ways to trade that a run compares with, and their names on the page."""

Tail = Mapping[str, float | None]
"""A value at p50, p95, p99 and the maximum; None if there is none."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The plans beside another way to trade, over the households of which both are known, in dollars."""

    name: str
    households: int
    tax: float
    """This year's tax under the other way."""
    tax_less: float
    """By how much the plans' tax is less."""
    objective: float
    objective_less: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a run."""

    states: Mapping[str, int]
    first_day: date | None
    last_day: date | None
    market_value: float
    trades: int
    tax_change: float
    seconds: Mapping[str, Tail]
    """By stage; all of them under the empty name."""
    gap_bp: Tail
    gap: Tail
    unproven: int
    """Plans of which nothing is proven."""
    beside: list[Beside]

    @property
    def households(self) -> int:
        """How many households the run has dealt with."""
        return sum(self.states.values())

    @property
    def planned(self) -> int:
        """How many have a plan to trade."""
        return sum(count for state, count in self.states.items() if state in PLANNED)


def figures(certificates: Sequence[Path]) -> Figures:
    """Return the figures of the households in these files of certificates."""
    import duckdb

    with duckdb.connect() as db:
        db.read_parquet([str(path) for path in certificates]).create_view("c")
        names = ", ".join(f"'{state}'" for state in sorted(PLANNED))
        db.execute(f"CREATE VIEW p AS SELECT * FROM c WHERE state IN ({names})")
        counts = dict(db.execute("SELECT state, count(*) FROM c GROUP BY state").fetchall())
        sums = "coalesce(sum(market_value), 0), coalesce(sum(trades), 0), coalesce(sum(tax_after - tax_before), 0)"
        total = db.execute(f"SELECT min(trade_date), max(trade_date), {sums}, count(*) - count(gap) FROM p").fetchone()
        assert total is not None
        first, last, value, trades, change, unproven = total
        return Figures(
            states={state: counts.get(state, 0) for state in STATES},
            first_day=first,
            last_day=last,
            market_value=value,
            trades=int(trades),
            tax_change=change,
            seconds={stage.removesuffix("_"): _tail(db, "c", f"{stage}seconds") for stage in STAGES},
            gap_bp=_tail(db, "p", "gap_bp"),
            gap=_tail(db, "p", "gap"),
            unproven=unproven,
            beside=[_beside(db, name) for name in OTHERS],
        )


def _tail(db: DuckDBPyConnection, table: str, column: str) -> Tail:
    points = ", ".join(f"quantile_cont({column}, {point})" for point in TAIL.values())
    return dict(zip(TAIL, db.execute(f"SELECT {points} FROM {table}").fetchone() or (), strict=True))


def _beside(db: DuckDBPyConnection, name: str) -> Beside:
    columns = [f"{name}_tax", f"{name}_tax - tax_after", f"{name}_objective", f"{name}_objective - objective"]
    sums = ", ".join(f"coalesce(sum({column}), 0)" for column in columns)
    found = db.execute(f"SELECT count(*), {sums} FROM p WHERE {name}_objective IS NOT NULL").fetchone()
    assert found is not None
    return Beside(OTHERS[name], *found)
