"""Where orders come from: plans in JSON, or the folder of a nightly run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ....models import Fault, InputError, Plan
from ....models.schema.money import exact
from ..batch import manifest
from ..batch.outcomes import PLANNED, state_of

if TYPE_CHECKING:
    import duckdb

AT_ONCE = 10_000
"""Rows that are read from a run at once."""


class Order(NamedTuple):
    """One lot to sell, or one security to buy, in one account of a household. Amounts are in dollars."""

    household: str
    state: str
    trade_date: date
    account: str
    side: str
    symbol: str
    quantity: Decimal
    price: Decimal
    lot: str | None
    acquired: date | None
    basis: Decimal | None
    proceeds: Decimal
    gain: Decimal | None
    term: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders of households, and what became of each household."""

    states: Mapping[str, str]
    """The state of every household, by its id; those that are not in PLANNED have no orders."""
    rows: Iterator[Order]
    """The orders, household by household, as they stand in the plans."""
    missing: int = 0
    """Households of a run that it has not reached so far."""


NOISE = Decimal("1e-9")
"""Shares; a lot of 8.274000000000001 shares is one of 8.274 that a program has added up."""


def of_plans(plans: Mapping[str, Plan]) -> Orders:
    """Return the orders of plans, given by the name of the file that each comes from.

    A plan that breaks a hard rule is refused: it has no orders. Raises InputError if two plans are for one household,
    or if a plan of an earlier version does not state the prices of its trades.
    """
    faults, first = [], dict[str, str]()
    for file, plan in plans.items():
        if plan.household in first:
            message = f"a second plan for household {plan.household!r}"
            faults.append(Fault(file, message, f"{first[plan.household]} has the first; place one of the two"))
        first.setdefault(plan.household, file)
        if any(trade.price is None for trade in plan.trades):
            hint = "an earlier version made it; `lotroute explain` with its household states them"
            faults.append(Fault(file, "trades without prices", hint))
    if faults:
        raise InputError(faults)
    states = {plan.household: _state(plan) for plan in plans.values()}
    return Orders(states, (order for plan in plans.values() for order in _of_plan(plan, states[plan.household])))


def of_run(folder: Path) -> Orders:
    """Return the orders of a nightly run, by household id.

    A part of the run counts if its file of certificates is there. Raises InputError if the folder holds no run, or if a
    household's orders are not as many as its certificate says; ImportError if duckdb is missing.
    """
    import duckdb

    parts = sorted(path.name for path in (folder / "certificates").glob("part-*.parquet"))
    if not parts:
        hint = "give plans in JSON, or the folder that `lotroute batch` wrote"
        raise InputError([Fault(folder.name, "no parts of a run in its folder certificates", hint)])
    absent = [name for name in parts if not (folder / "trades" / name).is_file()]
    if absent:
        raise InputError([Fault(f"{folder.name}/trades/{name}", "missing", "the run is damaged") for name in absent])
    database = duckdb.connect()
    try:
        for table in ("certificates", "trades"):
            files = [str(folder / table / name) for name in parts]
            database.read_parquet(files, file_row_number=True).create_view(table)
        states = dict(_states(database))
        _count(database, folder)
        columns = ", ".join(f"trades.{'household_id' if name == 'household' else name}" for name in _OF_A_TRADE)
        found = database.execute(
            f"SELECT {columns}, state FROM trades JOIN certificates USING (household_id)"
            " WHERE state IN (SELECT unnest(?)) ORDER BY trades.household_id, trades.file_row_number",
            [sorted(PLANNED)],
        )
    except duckdb.Error as error:
        raise _unreadable(folder, error) from None
    return Orders(states, _rows(found, folder), _missing(folder, len(states)))


_OF_A_TRADE = tuple(name for name in Order._fields if name != "state")
"""The fields of an order that are columns of a run's trades, in their order."""

_NUMBERS = ("quantity", "price", "basis", "proceeds", "gain")
"""The fields of an order that are floats in a plan."""


def _state(plan: Plan) -> str:
    """The state that a household with this plan has in a run."""
    broken = plan.violations or plan.certificate.status == "infeasible"
    return "refused" if broken else state_of(plan)[0]


def _of_plan(plan: Plan, state: str) -> Iterator[Order]:
    if state not in PLANNED:
        return
    of_plan = {"household": plan.household, "trade_date": plan.trade_date}
    for trade in plan.trades:
        values = of_plan | trade.model_dump() | {"reason": trade.reason.code}
        yield _order(values, state)


def _rows(found: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[Order]:
    import duckdb

    try:
        while rows := found.fetchmany(AT_ONCE):
            for *values, state in rows:
                yield _order(dict(zip(_OF_A_TRADE, values, strict=True)), state)
    except duckdb.Error as error:
        raise _unreadable(folder, error) from None


def _unreadable(folder: Path, error: Exception) -> InputError:
    return InputError([Fault(folder.name, f"not the folder of a run, or damaged: {error}")])


def _order(values: Mapping[str, Any], state: str) -> Order:
    """An order, its numbers as the decimals that a person wrote, its shares without the noise of binary sums."""
    cells = {name: values[name] for name in _OF_A_TRADE}
    numbers = {name: exact(cells[name]) for name in _NUMBERS if cells[name] is not None}
    numbers["quantity"] = numbers["quantity"].quantize(NOISE)
    return Order(**(cells | numbers), state=state)


def _states(database: duckdb.DuckDBPyConnection) -> Sequence[tuple[str, str]]:
    return database.execute("SELECT household_id, state FROM certificates ORDER BY household_id").fetchall()


def _count(database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Check that every household is there once, with as many priced trades as it should have. Raises InputError."""
    wrong = database.execute(
        "WITH expected AS (SELECT household_id, count(*) AS times, sum(trades) AS trades, min(state) AS state"
        " FROM certificates GROUP BY household_id),"
        " found AS (SELECT household_id, count(price) AS trades FROM trades GROUP BY household_id)"
        " SELECT household_id, times, expected.trades, coalesce(found.trades, 0)"
        " FROM expected LEFT JOIN found USING (household_id) WHERE times > 1"
        " OR (state IN (SELECT unnest(?)) AND expected.trades <> coalesce(found.trades, 0)) ORDER BY household_id",
        [sorted(PLANNED)],
    ).fetchall()
    faults = [
        Fault(f"{folder.name}/certificates", f"household {name!r} is there {times} times")
        if times > 1
        else Fault(
            f"{folder.name}/trades", f"household {name!r} has {found} priced trades, its certificate says {said}"
        )
        for name, times, said, found in wrong
    ]
    if faults:
        raise InputError(faults)


def _missing(folder: Path, reached: int) -> int:
    """The households that the manifest of a run counts and that are not there; 0 without a manifest."""
    return max(int((manifest.read(folder) or {}).get("households", reached)) - reached, 0)
