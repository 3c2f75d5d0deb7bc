"""The wash-sale ledger of one identity group while fills are posted to it, and the lots that are left."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from ..household.parts.lot_rules import basis, held_since, without_basis
from ..schema.money import exact, rational
from ..tax.holding_period import holding_term
from ..wash_sales.history import LONG_AGO
from ..wash_sales.ledger import WINDOW, Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from ..household.household import Household
    from ..household.parts.accounts import Lot
    from ..tax.holding_period import Term
    from ..wash_sales.history import WashHistory
    from ..wash_sales.ledger import TaxLot, WashSaleLedger

Key = tuple[str, str]
"""Account id and lot id."""


@dataclass(slots=True)
class Sold:
    """Shares of one lot sold on one day."""

    day: date
    account: str
    symbol: str
    lot: str
    quantity: Fraction
    realized: Fraction
    """Dollars after half-spread and redemption fee, not rounded."""
    gains: dict[Term, Fraction] = field(default_factory=dict)
    """The gain in dollars by term, before any wash sale; empty in a sheltered account."""


@dataclass(slots=True)
class Bought:
    """Shares of one security that one order bought on one day."""

    number: int
    """The place of the plan's trade."""
    day: date
    account: str
    symbol: str
    quantity: Fraction
    cost: Decimal
    """Dollars and cents paid, half-spread included: the basis."""

    @property
    def name(self) -> str:
        """How the ledger names the lot."""
        return f";bought {self.number} {self.day}"


class Replay:
    """The wash-sale ledger of one identity group while fills are posted to it."""

    def __init__(self, household: Household, history: WashHistory, group: str) -> None:
        self.household, self.history, self.group = household, history, group
        self.taxable = {account.id for account in household.accounts if account.taxable}
        self.coming = sorted(history.coming.get(group, ()), key=lambda each: each.day)
        before = history.readings(group)[0]
        self.known = len(before.disposals)
        self.earlier = {loss.disposal: before.disposals[loss.disposal] for loss in before.open}
        """The losses of earlier sales that purchases may still replace, by their place."""
        unknown = {account.id: without_basis(account) for account in household.accounts}
        self.pools = {
            (account.id, symbol): self._average(account.lots, symbol)
            for account in household.accounts
            if account.taxable
            for symbol in {*account.average_cost}
            - {household.lot[account.id, name].symbol for name in unknown[account.id]}
            if household.groups[symbol] == group
        }
        """The basis per share of securities at average cost whose lots all have one, by account and symbol."""
        self.stirred: set[tuple[str, str]] = set()
        """The pools of which shares were bought or sold, or that took a loss in."""
        self.gifts: dict[Key, date] = {}
        """Since when gifts with two bases are held, at what they are sold for."""
        self.ledger = before.copy()
        self.ledger.older = self._older
        self.ledger.held = [self._as_sold(each) for each in self.ledger.held]
        for place, disposal in self.earlier.items():
            own = replace(disposal.tax_lot, basis=disposal.proceeds, held_since=disposal.day)
            self.ledger.disposals[place] = replace(disposal, tax_lot=own)

    @staticmethod
    def _average(lots: Iterable[Lot], symbol: str) -> Fraction:
        pool = [lot for lot in lots if lot.symbol == symbol]
        shares = sum((rational(lot.quantity) for lot in pool), Fraction(0))
        paid = sum((rational(lot.quantity) * rational(lot.basis_per_share or 0) for lot in pool), Fraction(0))
        return paid / shares if shares else Fraction(0)

    def _older(self, account: str, name: str) -> TaxLot | None:
        """Shares of a lot of the file that came in before the window of every sale."""
        found = self.history.shares_of(account, name)
        return None if found is None else self._as_sold(found)

    def _as_sold(self, tax_lot: TaxLot) -> TaxLot:
        """Shares with the basis of their pool, and since when they are held if they were given."""
        key, pool = (tax_lot.account, tax_lot.lot), self.pools.get((tax_lot.account, tax_lot.symbol))
        if key in self.gifts:
            since = self.gifts[key]
            return replace(tax_lot, held_since=since, without_overlap=since, since_replaced=since)
        if pool is not None and key in self.household.lot:
            return replace(tax_lot, basis=tax_lot.quantity * pool)
        return tax_lot

    def run(self, sold: Sequence[Sold], bought: Sequence[Bought]) -> None:
        """Post the trades, day by day: sales, then the purchases of sheltered accounts, then the others."""
        for day in sorted({*(each.day for each in sold), *(each.day for each in bought)}):
            sales = [each for each in sold if each.day == day]
            purchases = [each for each in bought if each.day == day]
            self.stirred |= self.pools.keys() & {(each.account, each.symbol) for each in sales}
            self.stirred |= self.pools.keys() & {(each.account, each.symbol) for each in purchases}
            events = [*map(self._sale, sales), *map(self._purchase, purchases)]
            due = [each for each in self.coming if each.day <= day]
            self.coming = self.coming[len(due) :]
            self.ledger.post([*events, *due])
            self._average_anew()

    def _sale(self, sale: Sold) -> Event:
        """A sale as the ledger takes it, once its gains are known: by the basis of the morning of its day.

        Shares of the last 30 days come first, those at a gain before those at a loss (docs/wash_sales.md).
        """
        lot = self.household.lot[sale.account, sale.lot]
        taken = [*self._taken(sale)]
        cost = sum((each.basis for each in taken), Fraction(0))
        amount = sale.realized
        if sale.account in self.taxable:
            if lot.gift_value_per_share is not None and (sale.account, sale.symbol) not in self.pools:
                cost, amount = self._of_a_gift(sale, lot, cost)
                taken = [self._as_sold(taken[0])]
                sale.gains = {holding_term(taken[0].held_since, sale.day): sale.realized - cost}
            else:
                for each in taken:
                    term = holding_term(each.held_since, sale.day)
                    gain = sale.realized * each.quantity / sale.quantity - each.basis
                    sale.gains[term] = sale.gains.get(term, Fraction(0)) + gain
        gain = sum(sale.gains.values(), Fraction(0))
        age = (sale.day - lot.acquired).days if lot.acquired else LONG_AGO.days
        recent = age <= WINDOW.days and lot.how_acquired == "purchase"
        first = 0 if not recent else 2 if gain < 0 else 4
        place = -age - first * LONG_AGO.days
        sold = ((sale.lot, sale.quantity),)
        return Event(sale.day, "sell", sale.account, sale.symbol, sale.quantity, amount, lots=sold, sequence=place)

    def _of_a_gift(self, sale: Sold, lot: Lot, cost: Fraction) -> tuple[Fraction, Fraction]:
        """The basis of a gift sold, and what the ledger is told was realized, so that it finds the same gain."""
        realized = Decimal(sale.realized.numerator) / sale.realized.denominator
        shares = Decimal(sale.quantity.numerator) / sale.quantity.denominator
        own = Fraction(basis(lot, exact(lot.basis_per_share or 0.0), realized / shares)) * sale.quantity
        gain = sale.realized - own
        since = held_since(lot, Decimal(gain.numerator) / gain.denominator)
        if since is not None:
            self.gifts[sale.account, sale.lot] = max(since, sale.day - LONG_AGO)
            self.ledger.held = [self._as_sold(each) for each in self.ledger.held]
        return own, cost + gain

    def _taken(self, sale: Sold) -> Iterator[TaxLot]:
        """The shares that a sale takes, as they are held in the morning."""
        held = self.held(sale.account, sale.lot)
        if not held and (found := self._older(sale.account, sale.lot)) is not None:
            held = [found]
        left = sale.quantity
        for each in held:
            part = min(left, each.quantity)
            if part:
                yield each.part(part)
            left -= part

    def held(self, account: str, name: str) -> list[TaxLot]:
        """Return the shares of a lot that are held, in the order in which they are sold."""
        own = (each for each in self.ledger.held if (each.account, each.lot) == (account, name))
        return [each for each in own if not each.gone and each.side != "option"]

    def _purchase(self, order: Bought) -> Event:
        place = 2 if order.account in self.taxable else 1
        cost = Fraction(order.cost)
        return Event(order.day, "buy", order.account, order.symbol, order.quantity, cost, order.name, sequence=place)

    def _average_anew(self) -> None:
        """Give all shares of a pool one basis again: what was there, what was bought, and losses deferred into it."""
        for account, symbol in self.pools:
            lots = self.household.account[account].lots
            untouched = [
                lot
                for lot in lots
                if lot.symbol == symbol and lot.quantity and (account, lot.id) not in self.ledger.came
            ]
            own = [each for each in self.ledger.held if self._pooled(each, account, symbol)]
            average = self.pools[account, symbol]
            shares = sum((rational(lot.quantity) for lot in untouched), Fraction(0))
            paid = shares * average + sum((each.basis for each in own), Fraction(0))
            shares += sum((each.quantity for each in own), Fraction(0))
            if shares and (paid != average * shares or (account, symbol) in self.stirred):
                self.stirred.add((account, symbol))
                self.pools[account, symbol] = paid / shares
                self.ledger.held = [
                    replace(each, basis=each.quantity * paid / shares) if self._pooled(each, account, symbol) else each
                    for each in self.ledger.held
                ]

    def _pooled(self, each: TaxLot, account: str, symbol: str) -> bool:
        """Whether shares are of a pool: of a lot of the file, or bought by the plan."""
        here = (each.account, each.symbol) == (account, symbol) and each.side != "option"
        return here and ((account, each.lot) in self.household.lot or each.lot.startswith(";bought "))

    def settled(self) -> WashSaleLedger:
        """Return the ledger with the purchases that are still to come."""
        return self.ledger.copy().post(self.coming)

    def allowed(self) -> Iterator[tuple[Term, Fraction]]:
        """Yield what each sale adds to the year's gains, with its term. Losses that purchases to come replace are
        disallowed too.
        """
        for disposal in self.settled().disposals[self.known :]:
            yield disposal.term, disposal.allowed

    def parts(self) -> Mapping[Key, list[TaxLot]]:
        """Return what is left of the lots in the ledger, in parts of one basis per share and one holding period, and of
        all lots of a pool that changed.
        """
        lots, still = self.household.lot, self.pools.keys() - self.stirred
        found: dict[Key, list[TaxLot]] = {}
        for account, name in self.ledger.came:
            lot = lots.get((account, name))
            if (lot is None and not name.startswith(";bought ")) or (lot and (account, lot.symbol) in still):
                continue
            own = found[account, name] = []
            for each in self.held(account, name):
                if own and _alike(own[-1], each):
                    own[-1] = replace(each, quantity=own[-1].quantity + each.quantity, basis=own[-1].basis + each.basis)
                else:
                    own.append(each)
        untouched = [
            (account.id, lot)
            for account in self.household.accounts
            for lot in account.lots
            if (account.id, lot.symbol) in self.stirred and lot.quantity and (account.id, lot.id) not in found
        ]
        for account_id, lot in untouched:
            if (old := self._older(account_id, lot.id)) is not None:
                found[account_id, lot.id] = [old]
        return found

    def notes(self) -> Iterator[str]:
        """Yield what the household after cannot hold: losses deferred into shares that are no lot of it, and earlier
        losses that a purchase of the plan replaced.
        """
        settled = self.settled()
        for disposal in settled.disposals[self.known :]:
            for part in disposal.replacement_shares:
                own = part.tax_lot
                lot = self.household.lot.get((own.account, own.lot))
                kept = own.lot.startswith(";bought ") if lot is None else lot.basis_per_share is not None
                if part.fate == "deferred" and not kept:
                    sold = f"{disposal.tax_lot.symbol} sold in {disposal.tax_lot.account} on {disposal.day}"
                    yield (
                        f"${float(part.loss):,.2f} of the loss on {sold} goes into the basis of {own.what} in"
                        f" {own.account} ({own.acquired}), which the household does not have: add it there, held since"
                        f" {own.held_since}."
                    )
        for place, before in self.earlier.items():
            old = len(before.replacement_shares)
            for part in self.ledger.disposals[place].replacement_shares[old:]:
                if part.tax_lot.lot.startswith(";bought "):
                    loss = -before.gain * part.tax_lot.quantity / before.tax_lot.quantity
                    what = "is lost" if part.fate == "lost" else "belongs into the basis of that purchase"
                    bought = f"The purchase of {part.tax_lot.symbol} in {part.tax_lot.account}"
                    yield (
                        f"{bought} replaces shares sold at a loss in {before.tax_lot.account} on {before.day}:"
                        f" ${float(loss):,.2f} {what}, and out of the gains realized so far. The household after leaves"
                        " both as they were, because the file does not give that sale's term."
                    )


def _alike(one: TaxLot, other: TaxLot) -> bool:
    """Whether shares have the same basis per share and the same holding period."""
    same = one.held_since == other.held_since and one.acquired == other.acquired
    return same and one.basis * other.quantity == other.basis * one.quantity
