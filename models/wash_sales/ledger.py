"""Wash sales over a whole household: a replay of trades, share for share (IRC 1091; Reg. 1.1091-1, 1.1091-2).

A loss is disallowed as far as substantially identical shares are acquired within 30 days before or after the sale, in
any account of the household. Losses are taken in the order of disposition, purchases in the order of acquisition, and a
purchased share is used once (Reg. 1.1091-1(b) to (e)). In a taxable account the loss moves into the basis of the
replacement shares (1091(d)), and the holding period of the shares sold is added to theirs (1223(3)). In an IRA, a Roth,
a 401(k) or an HSA the loss is lost for good (Rev. Rul. 2008-5), with whatever was deferred before. docs/wash_sales.md
says what is settled and what is a choice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from typing import Literal

from ..tax.holding_period import Term, holding_term

WINDOW = timedelta(days=30)
"""Days of the wash window on each side of a sale, the thirtieth included: 61 days with the sale's (IRC 1091(a))."""

ONE_DAY = timedelta(days=1)
NONE = Fraction(0)

Side = Literal["buy", "reinvest", "vest", "option", "sell", "inherit", "gift_in", "transfer_in"]
"""buy, reinvest (a dividend), vest (a taxable award) and option (a contract on a number of shares) acquire. inherit,
gift_in and transfer_in bring shares without a purchase or a taxable exchange (IRC 1091(a))."""

ACQUIRING = ("buy", "reinvest", "vest", "option")


@dataclass(frozen=True, slots=True)
class Event:
    """Shares that come into or leave an account on a trade date."""

    day: date
    side: Side
    account: str
    symbol: str
    quantity: Fraction
    amount: Fraction
    """Total paid, or net proceeds, in dollars."""
    lot: str = ""
    """The lot that comes in."""
    lots: tuple[tuple[str, Fraction], ...] = ()
    """For a sale: the lots sold from, and the shares of each; default: first in, first out."""
    order: str | None = None
    """The order that a purchase belongs to; default: an order of its own."""
    used: bool = False
    """Whether a purchase has already replaced an earlier loss."""
    sequence: int = 0
    """Its place on its day, if known. Otherwise shares come in first, and sales follow in the order in which their
    shares were acquired (Reg. 1.1091-1(b))."""


@dataclass(frozen=True, slots=True)
class TaxLot:
    """Shares of one lot with the same basis per share, dates and use."""

    account: str
    symbol: str
    lot: str
    order: str
    quantity: Fraction
    basis: Fraction
    """Total basis in dollars, disallowed losses included."""
    acquired: date
    """The day on which the shares came in."""
    held_since: date
    """The start of the holding period: the days for which replaced shares were held are added (1223(3), literally)."""
    without_overlap: date
    """The start of the holding period if days on which both were held count once."""
    since_replaced: date
    """The start of the holding period if it is the day from which the replaced shares were held."""
    replaces: bool
    """Whether the shares may replace shares sold at a loss: their side is one of ACQUIRING, and they are not used."""
    side: Side = "buy"
    """How the shares were acquired. An option is not a share, though it replaces as many shares as it covers."""
    gone: bool = False
    """Whether the shares were sold again, in a sheltered account. Their purchase still replaces."""

    @property
    def what(self) -> str:
        """What was acquired, in words."""
        return f"an option on {self.symbol}" if self.side == "option" else self.symbol

    def part(self, quantity: Fraction) -> TaxLot:
        """Return a part of the lot: `quantity` shares with their part of the basis."""
        if quantity == self.quantity:
            return self
        return replace(self, quantity=quantity, basis=self.basis * quantity / self.quantity)

    def terms(self, sold: date) -> set[Term]:
        """Return the terms that the readings of the holding period give for a sale on that day."""
        return {holding_term(day, sold) for day in (self.held_since, self.without_overlap, self.since_replaced)}


@dataclass(frozen=True, slots=True)
class ReplacementShares:
    """A part of a loss that is disallowed, and the shares whose purchase causes it."""

    fate: Literal["deferred", "lost"]
    """deferred: into the basis of the shares bought. lost: they were bought in a sheltered account."""
    loss: Fraction
    """Dollars disallowed, a positive number."""
    tax_lot: TaxLot
    """The shares bought, with their basis and holding period afterwards."""
    days: int
    """Days from the sale to the purchase, negative if the purchase came first."""
    days_tacked: int
    """Days for which the shares sold were held, added to the holding period; 0 if the loss is lost."""


@dataclass(frozen=True)
class Disposal:
    """Shares of one tax lot sold in a taxable account."""

    day: date
    tax_lot: TaxLot
    """The shares sold, with their basis and holding period."""
    proceeds: Fraction
    """Net proceeds in dollars."""
    replacement_shares: tuple[ReplacementShares, ...] = ()

    @cached_property
    def gain(self) -> Fraction:
        """Proceeds less basis in dollars, negative for a loss."""
        return self.proceeds - self.tax_lot.basis

    @property
    def allowed(self) -> Fraction:
        """The gain in dollars; for a loss, the part that counts, negative."""
        return self.gain + self.deferred + self.lost

    @property
    def deferred(self) -> Fraction:
        """Dollars of the loss that moved into the basis of other shares, 0 or more."""
        return sum((each.loss for each in self.replacement_shares if each.fate == "deferred"), NONE)

    @property
    def lost(self) -> Fraction:
        """Dollars of the loss that are gone, 0 or more."""
        return sum((each.loss for each in self.replacement_shares if each.fate == "lost"), NONE)

    @property
    def term(self) -> Term:
        """The term by the literal reading of the holding period."""
        return holding_term(self.tax_lot.held_since, self.day)

    @property
    def term_is_clear(self) -> bool:
        """Whether all readings of the holding period give the same term."""
        return len(self.tax_lot.terms(self.day)) == 1


@dataclass(frozen=True, slots=True)
class OpenLoss:
    """Shares sold at a loss that purchases of the next days may still replace."""

    disposal: int
    """The place of the sale among the disposals."""
    quantity: Fraction
    """Shares not replaced so far."""


def _no_lot(account: str, lot: str) -> TaxLot | None:
    return None


@dataclass(slots=True)
class WashSaleLedger:
    """A replay of trades: what is held, what was sold, and the losses whose wash window is open.

    Posting trades in two parts gives the same result as posting them at once.
    """

    sheltered: frozenset[str] = frozenset()
    """The ids of sheltered accounts: a loss that is replaced there is lost for good."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """The identity group of each symbol; default: the symbol itself."""
    older: Callable[[str, str], TaxLot | None] = _no_lot
    """Shares by account and lot that came in before the window of every sale; they are held from the first sale that
    names their lot."""
    held: list[TaxLot] = field(default_factory=list)
    """Shares held, and those of sheltered accounts that are gone but may still replace, in the order of acquisition."""
    disposals: list[Disposal] = field(default_factory=list)
    """Shares sold in taxable accounts, in the order of disposition."""
    open: list[OpenLoss] = field(default_factory=list)
    """Losses that purchases may still replace, in the order of disposition."""
    came: dict[tuple[str, str], date] = field(default_factory=dict)
    """The day on which the first shares of each lot came in, by account and lot."""

    def post(self, events: Iterable[Event]) -> WashSaleLedger:
        """Post trades, none of them before those already posted, and return the ledger itself.

        A trade of no shares is left out, because it could replace nothing. Raises ValueError for a
        sale of more shares than are held.
        """
        traded = (event for event in events if event.quantity)
        for (_, _, sales), tied in groupby(sorted(traded, key=_order), key=_moment):
            if not sales:
                for event in tied:
                    self._bring(event)
                continue
            together = list(tied)
            for event in together:
                self._fetch(event)
            for event in sorted(together, key=self._first_sold) if len(together) > 1 else together:
                self._sell(event)
        return self

    def group(self, symbol: str) -> str:
        """Return the identity group of a symbol."""
        return self.groups.get(symbol, symbol)

    def still_holds(self, replacement: TaxLot) -> bool:
        """Whether any of the replacement shares are still held."""
        key = replacement.account, replacement.lot, replacement.held_since, replacement.basis / replacement.quantity
        of_that_day = self.held[self._place(replacement.acquired) : self._place(replacement.acquired + ONE_DAY)]
        return any(key == (each.account, each.lot, each.held_since, each.basis / each.quantity) for each in of_that_day)

    def copy(self) -> WashSaleLedger:
        """Return a ledger with the same trades, which may be posted to by itself."""
        return replace(self, held=[*self.held], disposals=[*self.disposals], open=[*self.open], came=dict(self.came))

    def _place(self, day: date) -> int:
        """The place among those held of the first shares acquired on a day or later."""
        return bisect_left(self.held, day, key=lambda each: each.acquired)

    def _first(self, sale: Event, lot: str | None) -> int | None:
        """The place of the first shares that a sale may take from a lot, or from any; None if there are none."""
        known = self.came.get((sale.account, lot)) if lot is not None else None
        for place in range(0 if known is None else self._place(known), len(self.held)):
            if _is(self.held[place], sale, lot):
                return place
        return None

    def _fetch(self, sale: Event) -> None:
        """Older shares that a sale names join those held, at the place at which they would be had they been posted."""
        for lot, _ in sale.lots:
            if (sale.account, lot) in self.came or (found := self.older(sale.account, lot)) is None:
                continue
            key = found.acquired, found.account, found.lot
            place = bisect_left(self.held, key, key=lambda each: (each.acquired, each.account, each.lot))
            self.held.insert(place, found)
            self.came[found.account, found.lot] = found.acquired

    def _bring(self, event: Event) -> None:
        """Shares come in, and replace what was sold at a loss within the window, the earliest loss first."""
        day = event.day
        self.held.append(brought(event))
        self.came.setdefault((event.account, event.lot), day)
        self.open = [each for each in self.open if self.disposals[each.disposal].day + WINDOW >= day]
        newest = len(self.held) - 1
        for place in range(len(self.open)):
            self._match(place, newest)
        self.open = [loss for loss in self.open if loss.quantity]

    def _first_sold(self, sale: Event) -> tuple[int, Fraction, Fraction]:
        """The key by which sales of one moment are sorted: the place among those held of the first shares sold."""
        lots: list[str | None] = [lot for lot, _ in sale.lots] or [None]
        places = [place for lot in lots if (place := self._first(sale, lot)) is not None]
        return min(places, default=len(self.held)), sale.quantity, sale.amount

    def _sell(self, event: Event) -> None:
        """Remove shares, one tax lot at a time. Shares that the same sale takes later still count as held: read
        literally they replace as well, and then their own loss is larger. Those of a sheltered account are only gone.
        """
        left = event.quantity
        for lot, quantity in event.lots or ((None, event.quantity),):
            while quantity:
                place = self._first(event, lot)
                if place is None:
                    raise ValueError(f"{event.account}: {float(left)} shares more of {event.symbol} sold than held")
                tax_lot = self.held[place]
                sold = tax_lot.part(min(quantity, tax_lot.quantity))
                gone = [replace(sold, gone=True)] if event.account in self.sheltered and sold.replaces else []
                self.held[place : place + 1] = gone + _rest(tax_lot, sold.quantity)
                quantity, left = quantity - sold.quantity, left - sold.quantity
                if event.account not in self.sheltered:
                    self._dispose(event, sold)

    def _dispose(self, event: Event, tax_lot: TaxLot) -> None:
        whole = tax_lot.quantity == event.quantity
        proceeds = event.amount if whole else event.amount * tax_lot.quantity / event.quantity
        disposal = Disposal(event.day, tax_lot, proceeds)
        self.disposals.append(disposal)
        if disposal.gain < 0:
            self.open.append(OpenLoss(len(self.disposals) - 1, tax_lot.quantity))
            self._match(len(self.open) - 1, self._place(event.day - WINDOW))
            if not self.open[-1].quantity:
                self.open.pop()

    def _match(self, place: int, start: int) -> None:
        """Replace what can be replaced of an open loss, by purchases in the order of acquisition from `start` on.

        A loss is matched with what is held when it is posted, and with each later purchase when that comes in, so no
        other pair can be new.
        """
        loss, position = self.open[place], start
        while loss.quantity and position < len(self.held):
            if self._replaces(self.held[position], self.disposals[loss.disposal]):
                loss = replace(loss, quantity=loss.quantity - self._replace(loss, position))
            position += 1
        self.open[place] = loss

    def _replaces(self, bought: TaxLot, disposal: Disposal) -> bool:
        """Whether a purchase replaces what was sold. The rest of the same order does not (Rev. Rul. 56-602)."""
        sold = disposal.tax_lot
        return (
            bought.replaces
            and bought.order != sold.order
            and self.group(bought.symbol) == self.group(sold.symbol)
            and abs(bought.acquired - disposal.day) <= WINDOW
        )

    def _replace(self, loss: OpenLoss, position: int) -> Fraction:
        """Let a purchase replace as many shares as it can, and return how many."""
        disposal, bought = self.disposals[loss.disposal], self.held[position]
        sold, quantity = disposal.tax_lot, min(loss.quantity, bought.quantity)
        dollars = -disposal.gain * quantity / sold.quantity
        taken = replace(bought.part(quantity), replaces=False)
        lost, held = taken.account in self.sheltered, disposal.day - sold.held_since
        if not lost:
            before = bought.acquired <= disposal.day
            taken = replace(
                taken,
                basis=taken.basis + dollars,
                held_since=bought.acquired - held,
                without_overlap=min(sold.held_since, bought.acquired) if before else bought.acquired - held,
                since_replaced=sold.held_since,
            )
        self.held[position : position + 1] = [taken, *_rest(bought, quantity)]
        replacement = ReplacementShares(
            fate="lost" if lost else "deferred",
            loss=dollars,
            tax_lot=taken,
            days=(bought.acquired - disposal.day).days,
            days_tacked=0 if lost else held.days,
        )
        self.disposals[loss.disposal] = replace(
            disposal, replacement_shares=(*disposal.replacement_shares, replacement)
        )
        return quantity


def brought(event: Event) -> TaxLot:
    """Return the shares that an event other than a sale brings."""
    return TaxLot(
        account=event.account,
        symbol=event.symbol,
        lot=event.lot,
        order=event.order or f"{event.account}/{event.lot}",
        quantity=event.quantity,
        basis=event.amount,
        acquired=event.day,
        held_since=event.day,
        without_overlap=event.day,
        since_replaced=event.day,
        replaces=event.side in ACQUIRING and not event.used,
        side=event.side,
    )


def _moment(event: Event) -> tuple[date, int, bool]:
    return event.day, event.sequence, event.side == "sell"


def _order(event: Event) -> tuple[date, int, bool, str, str]:
    return (*_moment(event), event.account, event.lot)


def _is(tax_lot: TaxLot, event: Event, lot: str | None) -> bool:
    """Whether a sale may take from the tax lot: from the lot it names, or, if it names none, from any but an option."""
    there = (tax_lot.account, tax_lot.symbol) == (event.account, event.symbol) and not tax_lot.gone
    return there and (lot == tax_lot.lot or (lot is None and tax_lot.side != "option"))


def _rest(tax_lot: TaxLot, taken: Fraction) -> list[TaxLot]:
    """What is left of a tax lot, if anything."""
    return [tax_lot.part(tax_lot.quantity - taken)] if taken < tax_lot.quantity else []
