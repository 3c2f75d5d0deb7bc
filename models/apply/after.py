"""The household after a plan's trades: lots, cash, the year's gains, and the trades that wash windows need tomorrow."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from ..household.household import Household
from ..household.moves import assigned, filer_with, income_of, moves_of
from ..household.owners import ONLY_IN
from ..retirement.requests import early_of
from ..schema.changes import plain
from ..schema.faults import Fault, InputError
from ..schema.money import ZERO, exact, rational
from ..wash_sales.ledger import WINDOW
from .fills import executions
from .postings import post

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from ..household.moves import Moves
    from ..household.parts.accounts import Account, Lot
    from ..wash_sales.ledger import TaxLot
    from .fills import Execution, Fills, Planned
    from .postings import Postings
    from .replay import Bought, Key

Fields = dict[str, Any]
"""The fields of a record, as a file would hold them."""

NEAR = 2 * WINDOW + timedelta(days=1)
"""How long ago shares that still matter to wash sales may have been bought: 61 days."""


class Applied(NamedTuple):
    """A household after a plan."""

    household: Household
    fills: tuple[Execution, ...]
    """What was filled, lot by lot."""
    notes: tuple[str, ...]
    """What a person should know or do, in sentences."""


def apply(household: Household, plan: Planned, fills: Fills | None = None) -> Applied:
    """Return the household after a plan's trades, or after the fills given (docs/apply.md).

    Raises InputError with every fault of the fills, if the plan is for another household or day, and if the household
    after is none that a file may hold (an account whose debit nothing covers).
    """
    moves = moves_of(plan.transfers)
    asked, household = household, assigned(household, moves)
    done = executions(household, plan, fills)
    found = post(household, done)
    day = max([plan.trade_date, *(each.day for each in done)])
    coming = _Coming(household, day)
    if coming.faults:
        raise InputError(coming.faults)
    lots = _Lots(household, found, day)
    accounts = [_account(account, lots.of(account), found, moves) for account in household.accounts]
    data = plain(household) | {
        "trade_date": day,
        "accounts": accounts,
        "taxpayer": _taxpayer(asked, found, moves),
        "recent_trades": [
            *(plain(trade) for trade in household.recent_trades),
            *lots.purchases(),
            *coming.happened,
            *_trades(household, found),
        ],
        "scheduled_buys": coming.left,
        "restrictions": [*_restrictions(household, lots)],
    }
    return Applied(Household.model_validate(data), tuple(done), (*found.notes, *coming.notes))


def _account(account: Account, lots: list[Fields], found: Postings, moves: Moves) -> Fields:
    """An account after the trades: what came in and went out with the plan has happened. A conversion is neither a
    contribution nor a distribution (IRC 408A(d)(3)).
    """
    out = exact(account.withdrawal) - moves.converted.get(account.id, ZERO)
    into = exact(account.contribution) - moves.received.get(account.id, ZERO)
    year = {"withdrawn": exact(account.withdrawn) + out, "contributed": exact(account.contributed) + into}
    year["roth_basis"] = max(exact(account.roth_basis) + into - out, ZERO)
    if account.required_distribution is not None:
        year["required_distribution"] = max(exact(account.required_distribution) - out, ZERO)
    fields: Fields = plain(account)
    return fields | {
        "cash": float(found.cash[account.id]),
        "lots": lots,
        "contribution": 0.0,
        "withdrawal": 0.0,
        **{name: float(dollars) for name, dollars in year.items() if account.kind in ONLY_IN[name]},
    }


def _taxpayer(household: Household, found: Postings, moves: Moves) -> Fields:
    """The taxpayer with this plan's withdrawals as income and its gains as realized. What is carried in from earlier
    years stays until the year ends. What is contributed to deferred accounts lowers what recurs, beyond other income.
    """
    payer = household.filer
    fields: Fields = plain(payer)
    if payer.rates is None:
        moved = filer_with(payer, income_of(household, moves), early_of(household, moves))
        drawn = exact(moved.other_income.traditional_withdrawal)
        less = {"traditional_withdrawal": float(max(drawn, ZERO))}
        fields |= {
            "other_income": plain(moved.other_income) | less,
            "ordinary_income": float(max(exact(payer.ordinary_income) + min(drawn, ZERO), ZERO)),
        }
    return fields | {
        "realized_short": float(exact(payer.realized_short) + found.realized["short"]),
        "realized_long": float(exact(payer.realized_long) + found.realized["long"]),
    }


def _trades(household: Household, found: Postings) -> Iterator[Fields]:
    """What was sold and bought, as recent trades: in the plan's order, sales before purchases on each day."""
    rows: list[tuple[date, int, Fields]] = []
    for sale in found.sold:
        gain = {}
        if sale.gains:
            total = sum(sale.gains.values(), Fraction(0))
            stated = sum(round(100 * each) for each in sale.gains.values()) / 100
            gain = {"gain": float(total) if total < 0 and not stated else stated}  # less than a cent is a loss too
        rows.append((sale.day, 0, _trade(sale, "sell") | {"lot": sale.lot} | gain))
    rows += [(order.day, 1, _trade(order, "buy")) for order in found.bought]
    yield from (row for *_, row in sorted(rows, key=lambda each: each[:2]))


def _trade(each: Any, side: str) -> Fields:  # noqa: ANN401 - Sold or Bought
    quantity = float(each.quantity)
    return {"account": each.account, "symbol": each.symbol, "side": side, "date": each.day, "quantity": quantity}


class _Lots:
    """The lots after the trades."""

    def __init__(self, household: Household, found: Postings, day: date) -> None:
        self.household, self.found, self.day = household, found, day
        self.split: dict[Key, list[str]] = {}
        """The further lots that a lot was split into, because a part of it replaced shares sold at a loss."""
        self.gone: set[Key] = set()
        """Lots that are there no more."""
        self.bought: dict[str, list[Bought]] = defaultdict(list)
        for order in found.bought:
            self.bought[order.account].append(order)

    def of(self, account: Account) -> list[Fields]:
        """Return an account's lots: those of the file, what was split off after each, and those bought."""
        names, orders = {lot.id for lot in account.lots}, {lot.order or lot.id for lot in account.lots}
        kept = {lot.order for lot in account.lots if lot.order is not None and self._shares(account.id, lot)}
        rows: list[Fields] = []
        for lot in account.lots:
            own = self.found.parts.get((account.id, lot.id))
            if own is None or not lot.quantity:
                rows.append(plain(lot))
            elif own:
                rows += self._rows(account, plain(lot), own, names, orders)
                self.split[account.id, lot.id] = [row["id"] for row in rows[1 - len(own) :]] if len(own) > 1 else []
            elif lot.order in kept and lot.acquired is not None and lot.acquired >= self.day - NEAR:
                rows.append(plain(lot) | {"quantity": 0.0})  # so that the rest of its order does not replace it
            else:
                self.gone.add((account.id, lot.id))
        for order in self.bought[account.id]:
            name = _free(f"{order.symbol} {order.day}", names)
            new = {"id": name, "symbol": order.symbol, "acquired": order.day}
            rows += self._rows(account, new, self.found.parts[account.id, order.name], names, orders)
        return rows

    def _shares(self, account: str, lot: Lot) -> bool:
        """Whether any shares of a lot are left."""
        own = self.found.parts.get((account, lot.id))
        return bool(lot.quantity) if own is None else bool(own)

    def _rows(
        self, account: Account, lot: Fields, parts: Sequence[TaxLot], names: set[str], orders: set[str]
    ) -> list[Fields]:
        """A lot as what is left of it: one lot, or one for each part, all of one order."""
        if account.taxable and lot["symbol"] in account.average_cost and "quantity" in lot:
            lot = lot | {"gift_value_per_share": None, "gift_date": None}  # a pool has one basis
        elif lot.get("how_acquired", "purchase") != "purchase" or not account.taxable:
            shares = sum((part.quantity for part in parts), Fraction(0))
            known = {} if "quantity" in lot else {"basis_per_share": float(parts[0].basis / parts[0].quantity)}
            return [lot | known | {"quantity": float(shares)}]
        rows = []
        if len(parts) > 1 and lot.get("order") is None:
            lot = lot | {"order": _free(lot["id"], orders - {lot["id"]})}
            orders.add(lot["order"])
        for number, part in enumerate(parts):
            row = lot | {"quantity": float(part.quantity)}
            cost, since = part.basis / part.quantity, part.held_since
            before = lot.get("basis_per_share")
            if before != float(cost) and (before is not None or "quantity" not in lot):
                row["basis_per_share"] = float(cost)
            if lot.get("acquired") is not None and lot.get("how_acquired", "purchase") == "purchase":
                row["held_since"] = None if since == lot["acquired"] else since
            if number:
                row["id"] = _free(f"{lot['id']}-{number + 1}", names)
            rows.append(row)
        return rows

    def purchases(self) -> Iterator[Fields]:
        """Yield the purchases of shares bought lately and sold now that the file has only as lots.

        Tomorrow's wash windows need them: what was bought in a sheltered account replaces shares though it was sold,
        and what replaced an earlier loss has done so. Beside lots without a date in a taxable account, a purchase is
        taken out of these, so none is added.
        """
        home = self.household
        undated = {
            (account.id, lot.symbol)
            for account in home.accounts
            for lot in account.lots
            if account.taxable and lot.quantity and lot.acquired is None
        }
        listed: dict[tuple[str, str, date], Fraction] = defaultdict(Fraction)
        held: dict[tuple[str, str, date], Fraction] = defaultdict(Fraction)
        for trade in home.recent_trades:
            if trade.side == "buy":
                listed[trade.account, trade.symbol, trade.date] += rational(trade.quantity)
        for (account, _), lot in home.lot.items():
            if lot.acquired is not None and lot.how_acquired == "purchase":
                held[account, lot.symbol, lot.acquired] += rational(lot.quantity)
        sold = [(sale.account, sale.symbol, home.lot[sale.account, sale.lot]) for sale in self.found.sold]
        for account, symbol, lot in sold:
            bought = lot.acquired
            if bought is None or lot.how_acquired != "purchase" or bought < self.day - NEAR:
                continue
            if (account, symbol) in undated:
                continue
            missing = held[account, symbol, bought] - listed[account, symbol, bought]
            if missing > 0:
                listed[account, symbol, bought] += missing
                row = {"account": account, "symbol": symbol, "side": "buy", "date": bought}
                yield row | {"quantity": float(missing)}


def _free(name: str, taken: set[str]) -> str:
    """A name that is not taken: this one, or with the first number that makes it so. It is taken now."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    taken.add(found)
    return found


def _restrictions(household: Household, lots: _Lots) -> Iterator[Mapping[str, Any]]:
    """The user's restrictions: a lot that is kept is kept in all its parts, and one that is gone needs no rule."""
    for rule in household.restrictions:
        key = rule.account or "", rule.lot or ""
        if rule.lot is None or key not in lots.gone:
            yield plain(rule)
        for name in lots.split.get(key, ()):
            yield plain(rule) | {"lot": name}


class _Coming:
    """Scheduled buys: those that are still to come, and those that have happened before the household's new day."""

    def __init__(self, household: Household, day: date) -> None:
        self.left: list[Fields] = []
        self.happened: list[Fields] = []
        self.notes: list[str] = []
        self.faults: list[Fault] = []
        for number, buy in enumerate(household.scheduled_buys):
            if buy.date >= day:
                self.left.append(plain(buy))
            elif buy.quantity is None:
                message = f"it has happened by {day}, and its shares are not known"
                self.faults.append(Fault(f"scheduled_buys[{number}].quantity", message, "give the shares it bought"))
            else:
                row = {"account": buy.account, "symbol": buy.symbol, "side": "buy", "date": buy.date}
                self.happened.append(row | {"quantity": buy.quantity})
                what = f"{buy.quantity:g} {buy.symbol} scheduled in {buy.account} for {buy.date}"
                self.notes.append(
                    f"The purchase of {what} has happened: it is a recent trade now. Its lot and its cash come with the"
                    " next export."
                )
