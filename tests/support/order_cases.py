"""Orders for the tests of order files, runs on disk that hold them, and order files read back."""

import csv
from datetime import date
from decimal import Decimal

from lotroute.solver.runs.batch.schema import schema
from lotroute.solver.runs.orders.files import write_orders
from lotroute.solver.runs.orders.layout import NEEDED, layout_of
from lotroute.solver.runs.orders.sources import Order

DAY = date(2026, 6, 15)
EVERY = {
    "orders": ("household", "state", "trade_date", "account", "side", "symbol", "quantity", "price", "amount", "lot",
               "acquired", "versus_purchase", "basis", "proceeds", "gain", "term", "reason"),
    "block_orders": ("block", "trade_date", "side", "symbol", "quantity", "accounts", "amount"),
    "allocations": ("block", "trade_date", "side", "symbol", "household", "account", "quantity", "amount"),
}  # fmt: skip
"""The fields of docs/orders.md by file."""


def order(household="h", account="joint", side="sell", symbol="VTI", quantity="10", price="70", **fields):
    """An order with the figures given as text; a sale is of a lot of March 14, 2019."""
    sale = {"lot": "a", "acquired": date(2019, 3, 14), "basis": Decimal("412.50")} if side == "sell" else {}
    figures = {"quantity": Decimal(quantity), "price": Decimal(price)}
    empty = {"lot": None, "acquired": None, "basis": None, "gain": None, "term": None}
    rest = {"state": "optimal", "trade_date": DAY, "proceeds": Decimal(1), "reason": "harvest"}
    who = {"household": household, "account": account, "side": side, "symbol": symbol}
    return Order(**(who | rest | empty | sale | figures | fields))


def layout(**changes):
    """A layout that has every field in every file under its own name, with changes; a file that is None is left out."""
    columns = {table: [{"header": f, "field": f} for f in fields] for table, fields in EVERY.items()}
    data = {"dates": "MM/DD/YYYY", "buy": "Buy", "sell": "Sell", "decimals": 6} | columns | changes
    return layout_of({name: value for name, value in data.items() if value is not None})


def columns(table):
    """The columns that a file needs."""
    return [{"header": field, "field": field} for field in NEEDED[table]]


def written(folder, orders, chosen=None):
    """Write orders and return the rows of each file, by its name without .csv."""
    write_orders(orders, chosen or layout(), folder)
    return {path.stem: rows_of(path) for path in sorted(folder.iterdir())}


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


def write_part(folder, number, plans, states=None):
    """Write plans as a part of a run: their trades, and a certificate for each household, the state of which may be
    given; a household of a state without orders is given without a plan.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    trades = [
        {"household_id": plan.household, "trade_date": plan.trade_date}
        | trade.model_dump(exclude={"reason"})
        | {"reason": trade.reason.code}
        for plan in plans
        for trade in plan.trades
    ]
    states = {plan.household: "optimal" for plan in plans} | (states or {})
    numbers = {plan.household: len(plan.trades) for plan in plans}
    certificates = [
        {"household_id": name, "state": state, "trades": numbers.get(name)} for name, state in states.items()
    ]
    for table, rows in (("trades", trades), ("certificates", certificates)):
        (folder / table).mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema(table)), folder / table / f"part-{number:06}.parquet")
