"""Past trades in exports -> the household's recent trades, and what the sales of the year came to."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..household.funds.table import known_fund
from ..schema.faults import Fault
from ..schema.money import ZERO
from .lines import Note

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from .accounts import Accounts
    from .items import Dealing

REACH = timedelta(days=366)
"""How long a trade counts: a purchase of the last year is short-term, one of the last 61 days may replace a loss."""


class Trades:
    """The trades that matter on the trade date, securities known from them alone, and sums of the year's sales."""

    def __init__(
        self,
        dealings: Iterable[Dealing],
        accounts: Accounts,
        taxable: Collection[str],
        held: Collection[str],
        trade_date: date | None,
    ) -> None:
        self.rows: list[dict[str, Any]] = []
        self.places: list[str] = []
        self.securities: list[dict[str, Any]] = []
        self.notes: list[Note] = []
        self.faults: list[Fault] = []
        self.year: dict[str, Decimal] = defaultdict(Decimal)
        self.sold = False
        self.seen: dict[tuple[str, str, str, date], str] = {}
        self.twice: dict[tuple[str, ...], str] = {}
        for each in dealings:
            account = accounts.of(each.row)
            if account is not None:
                self._take(each, account.id, account.id in taxable, held, trade_date)
        if self.sold:
            said = " and ".join(f"{dollars:,.2f} {term}-term" for term, dollars in self.year.items())
            text = f"gains of this year's sales in these files, with what was disallowed added: {said or '0.00'}"
            self.notes.append(Note("taxpayer", text, "give realized_short and realized_long of the whole year"))

    def _take(self, each: Dealing, account: str, taxable: bool, held: Collection[str], trade_date: date | None) -> None:
        key = account, each.symbol, each.side, each.day
        first = self.seen.setdefault(key, each.row.file)
        if first != each.row.file:
            message = f"a trade of {each.symbol} on {each.day} that {first} has, too"
            self.faults.append(Fault(each.row.place, message, "one file of each kind"))
            return
        same = self.twice.setdefault((each.row.file, *each.row.cells.values()), each.row.place)
        if same != each.row.place:
            self.notes.append(Note(each.row.place, each.row.label, f"the same row as {same}, taken as another trade"))
        if trade_date is not None and each.day > trade_date:
            message = f"{each.day} is after the day of the prices, {trade_date}"
            self.faults.append(Fault(each.row.place, message, "download the positions after the trades"))
            return
        if trade_date is None or each.day < trade_date - REACH:
            self.notes.append(Note(each.row.place, each.row.label, "a trade of more than a year ago"))
            return
        if each.side == "sell" and taxable and each.gain is not None and each.day.year == trade_date.year:
            self.sold = True
            if each.long_term is not None:
                self.year["long" if each.long_term else "short"] += each.gain + each.disallowed
        if each.symbol not in held and not self._known(each):
            meaning = "a trade of what is not held and no table knows; name it under symbols if it matters"
            self.notes.append(Note(each.row.place, each.row.label, meaning))
            return
        row: dict[str, Any] = {"account": account, "symbol": each.symbol, "side": each.side}
        row |= {"date": each.day.isoformat(), "quantity": float(each.quantity)}
        if each.side == "sell" and taxable and each.gain is not None:
            row["gain"] = float(each.gain)
        self.rows.append(row)
        self.places.append(each.row.place)

    def _known(self, each: Dealing) -> bool:
        """Whether a fund that is not held is known, which makes it a security at the price of its last trade."""
        if any(security["symbol"] == each.symbol for security in self.securities):
            return True
        fund = known_fund(each.symbol)
        if fund is None or not fund.classes or not each.price or each.price < ZERO:
            return False
        self.securities.append({"symbol": each.symbol, "price": float(each.price)})
        self.notes.append(
            Note(each.row.place, each.symbol, "not held: known at the price of its trade, and not bought")
        )
        return True
