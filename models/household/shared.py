"""Rows that all households of a book share: securities, targets and prices without a `household_id`.

A household has the shared rows as if they were repeated for it, except that its own row of the same symbol or class
goes before. Of the shared securities it gets those that can matter to it: what it names anywhere, whatever is related
to these, and everything if one of its accounts has no menu.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ..schema.faults import Fault, InputError
from ..schema.values import split_list
from ..schema.wording import suggest
from .funds.table import known_fund
from .reading import NAMED_BY
from .tables import PRICES, TableRow, household_data, spread

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from .tables import Places, Row

SHARED = ("securities", "targets", PRICES)
"""The tables whose rows may be shared."""

KEYS = {**{name: NAMED_BY[name] for name in ("securities", "targets")}, PRICES: "symbol"}
"""The column that names the rows of a table that may be shared."""

LISTS = ("menu", "reinvests", "average_cost", "employer_stock")
"""The columns of accounts that list symbols."""


class SharedRows:
    """The shared rows of a book. Raises InputError if one has no name, or two have the same."""

    def __init__(self, tables: Mapping[str, Sequence[TableRow]]) -> None:
        """Index the rows of each table of SHARED; their cells are checked with the households that get them."""
        tables = {**tables, "securities": spread(tables.get("securities", ()))}
        if faults := [fault for name in SHARED for fault in _unclear(name, tables.get(name, ()))]:
            raise InputError(faults)
        self.prices = {row["symbol"]: row for row in tables.get(PRICES, ())}
        self.targets = {row["asset_class"]: row for row in tables.get("targets", ())}
        self.securities = {
            row["symbol"]: row if "price" in row else _priced(row, self.prices.get(row["symbol"]))
            for row in tables.get("securities", ())
        }
        self._relatives = _Relatives(self.securities)

    def household_data(
        self, own: Mapping[str, Sequence[TableRow]], default_id: str | None = None
    ) -> tuple[Row, list[Fault], Places]:
        """Return the fields of the household that has these rows of its own, unvalidated, with faults and places, as
        `tables.household_data` does.
        """
        own = {**own, "securities": spread(own["securities"])}
        tables = dict(own)
        prices = {row.get("symbol"): row for row in own.get(PRICES, ())}
        symbols = {row.get("symbol") for row in own["securities"]}
        got = [self.securities[symbol] for symbol in self._wanted(own) if symbol not in symbols]
        if prices:
            got = [_priced(row, prices.get(row["symbol"])) for row in got]
        tables["securities"] = [
            *(
                row
                if "price" in row
                else _priced(row, prices.get(row.get("symbol")) or self.prices.get(row.get("symbol")))
                for row in own["securities"]
            ),
            *got,
        ]
        classes = {row.get("asset_class") for row in own["targets"]}
        tables["targets"] = [*own["targets"], *(row for name, row in self.targets.items() if name not in classes)]
        data, faults, places = household_data(tables, default_id)
        known = symbols | self.securities.keys()
        return data, [*_unclear(PRICES, own.get(PRICES, ())), *_unknown(own.get(PRICES, ()), known), *faults], places

    def _wanted(self, own: Mapping[str, Sequence[TableRow]]) -> Collection[str]:
        """The symbols of the shared securities that can matter to a household, in their order."""
        if not self.securities or any("menu" not in account for account in own["accounts"]):
            return self.securities
        names = {symbol for each in own["accounts"] for column in LISTS for symbol in split_list(each.get(column, ""))}
        names |= {
            row["symbol"]
            for table in ("lots", "recent_trades", "scheduled_buys", "security_targets", "restrictions", "held_beside")
            for row in own[table]
            if "symbol" in row
        }
        for row in own["securities"]:
            names |= _names(row)
        factors = {row["factor"] for row in own["factor_targets"] if "factor" in row}
        wanted = self._relatives.of(names, factors)
        return [symbol for symbol in self.securities if symbol in wanted]


class _Relatives:
    """Which securities matter to each other: one names the other as its substitute, or they are or may be identical.

    Leaving out a relative would change a plan: a fund is a substitute only beside the one that names it.
    """

    def __init__(self, securities: Mapping[str, TableRow]) -> None:
        self.families: list[set[str]] = []
        self.family: dict[str, int] = {}
        for symbol, row in securities.items():
            self._add(symbol, _names(row))
        self.with_growth = next((symbol for symbol, row in securities.items() if "growth" in row), None)
        self.with_factor: dict[str, str] = {}
        for symbol, row in securities.items():
            for factor in _factors(row):
                self.with_factor.setdefault(factor, symbol)

    def _add(self, symbol: str, names: set[str]) -> None:
        """Add a security to the family of the names that it has or gives, and make one family of theirs."""
        joined = {self.family[name] for name in names if name in self.family}
        number = min(joined, default=len(self.families))
        if number == len(self.families):
            self.families.append(set())
        for other in joined - {number}:
            names = names | self.families[other]
            self.families[other] = set()
        self.families[number] |= names
        self.family |= dict.fromkeys(names, number)

    def of(self, names: Iterable[str], factors: Iterable[str]) -> set[str]:
        """Return the names with those of all relatives. Whether any security gives its growth decides how all are
        compared, and a band needs a security with its factor, so one of each is a relative of every household.
        """
        more = {self.with_growth, *(self.with_factor.get(factor) for factor in factors)} - {None}
        numbers = {self.family[name] for name in (*names, *more) if name in self.family}
        return {name for number in numbers for name in self.families[number]}


def _names(row: TableRow) -> set[str]:
    """What a security is called, alone or with others: its symbol, its group, the fund and the index that are known of
    it, and the substitutes that it names.
    """
    symbol = row.get("symbol")
    known = known_fund(symbol) if isinstance(symbol, str) else None
    names = {symbol, row.get("identity_group"), *split_list(row.get("substitutes", "")), *(known[:2] if known else ())}
    return {name for name in names if isinstance(name, str)}


def _factors(row: TableRow) -> list[str]:
    return [part.partition("=")[0].strip() for part in split_list(row.get("factors", ""))]


def _priced(row: TableRow, price: TableRow | None) -> TableRow:
    """A security with the price of a row of prices; unchanged if there is none."""
    if price is None or "price" not in price:
        return row
    priced = TableRow(row | {"price": price["price"]})
    priced.place, priced.elsewhere = row.place, {"price": price.place}
    return priced


def _unclear(table: str, rows: Sequence[TableRow]) -> list[Fault]:
    """Faults of rows that no name, a name used twice, or a field of no meaning makes unclear."""
    key = KEYS[table]
    faults = [Fault(f"{table}[{i}].{key}", "missing", place=row.place) for i, row in enumerate(rows) if key not in row]
    for name, times in Counter(row.get(key) for row in rows).items():
        if times > 1 and name is not None:
            place = next(row.place for row in reversed(rows) if row.get(key) == name)
            faults.append(Fault(table, f"{key} {name!r} is used {times} times", f"every {key} must be unique", place))
    fields = dict.fromkeys(field for row in rows for field in row if table == PRICES and field not in (key, "price"))
    return [*faults, *(Fault(f"{table}.{field}", "unknown field", "symbol and price") for field in fields)]


def _unknown(prices: Sequence[TableRow], known: Collection[Any]) -> list[Fault]:
    """Faults of a household's own prices of securities that neither it nor the book has."""
    return [
        Fault(
            f"{PRICES}[{i}].symbol", f"unknown symbol {row['symbol']!r}", suggest(str(row["symbol"]), known), row.place
        )
        for i, row in enumerate(prices)
        if "symbol" in row and row["symbol"] not in known
    ]
