"""What becomes of the losses that trades realize, and the wash windows after them (docs/wash_sales.md)."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from .doubts import doubts_of
from .ledger import NEAR, NONE, UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...models.wash_sales.after_plan import WashWindow
    from ...models.wash_sales.loss_status import LossStatus
    from .case import Case
    from .doubts import Doubt
    from .evaluation import Evaluation
    from .ledger import Parcel, Sale

RULES = {
    ("uncertain", "option"): "Reg. 1.1091-1(f)",
    ("deferred", None): "IRC 1091(d)",
    ("lost", None): "Rev. Rul. 2008-5",
}
"""The authority of each outcome; IRC 1091(a) of any other."""


class Fate(NamedTuple):
    """What becomes of shares sold at a loss, and the purchase that decides it, as far as a status names it."""

    state: str
    missing: str | None = None
    account: str | None = None
    symbol: str | None = None
    day: date | None = None
    lot: str | None = None


class Status(NamedTuple):
    """The facts of a loss status."""

    fate: Fate
    account: str
    symbol: str
    lot: str
    shares: float
    loss: float
    days: int | None
    rule: str


def stated(status: LossStatus) -> Status:
    """Return the facts that a plan's loss status states."""
    bought = status.purchase_account, status.purchase_symbol, status.purchase_date, status.purchase_lot
    fate = Fate(status.state, status.missing, *bought)
    return Status(
        fate, status.account, status.symbol, status.lot, status.quantity, status.loss, status.days, status.rule
    )


def statuses_of(case: Case, found: Evaluation) -> list[Status]:
    """Return what becomes of every loss of the trades, in their order; by the first of two readings of the file."""
    after, group = found.after, case.wash.group
    sold = {
        trade.symbol
        for trade, gain in zip(found.trades, after.gains, strict=True)
        if gain is not None and round(100 * gain) < 0
    }
    doubts = doubts_of(case) if sold else []
    beside = {group[other] for _, alike in doubts for symbol in sold for other in alike(symbol)}
    losing = {group[symbol] for symbol in sold}
    readings = [after.readings(each)[0] for each in sorted(losing | (beside & after.stirred))]
    losses = [each for reading in readings for each in reading.sales if each[1].in_cents]
    spare = Spare([parcel for reading in readings for parcel in reading.ledger.free(case.today)], doubts)
    by_trade: dict[int, list[tuple[Sale, Fate, int]]] = defaultdict(list)
    for number, sale in sorted(losses, key=lambda each: each[0]):
        by_trade[number] += [(sale, fate, shares) for fate, shares in _fates(case, sale, spare)]
    return [status for number, fates in by_trade.items() for status in _in_cents(case, found, number, fates)]


class Spare:
    """Purchases around the trade date that replace nothing in their groups, and could replace losses of others."""

    def __init__(self, parcels: Sequence[Parcel], doubts: Sequence[Doubt]) -> None:
        self.doubts = doubts
        self.parcels = sorted(parcels, key=lambda each: (each.day, each.account, each.lot))
        self.unused = [parcel.shares for parcel in self.parcels]
        self.alike: dict[tuple[str, str], deque[int]] = {}
        """By missing fact and symbol: the places of the parcels that may be identical because of it."""

    def taken(self, symbol: str, shares: int) -> Iterator[tuple[str, Parcel, int]]:
        """Use spare parcels for shares of a security sold at a loss: yield the missing fact, the parcel and shares."""
        for missing, alike in self.doubts:
            if (missing, symbol) not in self.alike:
                others = alike(symbol)
                fitting = (place for place, parcel in enumerate(self.parcels) if parcel.symbol in others)
                self.alike[missing, symbol] = deque(fitting if others else ())
            places = self.alike[missing, symbol]
            while shares and places:
                used = min(shares, self.unused[places[0]])
                if used:
                    shares -= used
                    self.unused[places[0]] -= used
                    yield missing, self.parcels[places[0]], used
                if not self.unused[places[0]]:
                    places.popleft()


def _fates(case: Case, sale: Sale, spare: Spare) -> Iterator[tuple[Fate, int]]:
    """The fates of the shares of a sale: first of those that nothing replaced."""
    left = sale.left
    for missing, parcel, shares in spare.taken(sale.symbol, left):
        left -= shares
        yield _fate("uncertain", missing, parcel), shares
    if left:
        elsewhere = bool(case.household.accounts_elsewhere)
        yield (Fate("uncertain", "account") if elsewhere else Fate("allowed")), left
    for part in sale.parts:
        if part.fate == "deferred" and part.parcel.side == "option":
            yield _fate("uncertain", "option", part.parcel), part.shares
        else:
            yield _fate(part.fate, None, part.parcel), part.shares


def _fate(state: str, missing: str | None, parcel: Parcel) -> Fate:
    lot = parcel.lot if ";" not in parcel.lot else None  # a name of the ledger's own
    day = parcel.day if parcel.side != "reinvest" else None  # a dividend to come has no known day
    return Fate(state, missing, parcel.account, parcel.symbol, day, lot)


def _in_cents(case: Case, found: Evaluation, number: int, fates: Sequence[tuple[Sale, Fate, int]]) -> Iterator[Status]:
    """The statuses of one sale. Cents left over by rounding down go to the largest remainders, the first of equals."""
    trade, sales = found.trades[number], {id(sale): sale for sale, _, _ in fates}
    only = fates[0][0] if len(sales) == 1 else None
    total = cents_of(only.gain if only is not None else sum((sale.gain for sale in sales.values()), NONE))
    shares: dict[Fate, int] = defaultdict(int)
    losses: dict[Fate, int | Fraction] = defaultdict(int)
    """The parts of the loss, in any unit: of a single sale, they are as the shares."""
    for sale, fate, some in fates:
        shares[fate] += some
        losses[fate] += some if only is not None else -sale.gain * some / sale.shares
    cents = [total]
    if len(losses) > 1:
        whole = sum(losses.values())
        parts = [divmod(total * loss, whole) for loss in losses.values()]
        cents = [int(down) for down, _ in parts]
        for place in sorted(range(len(cents)), key=lambda each: -parts[each][1])[: total - sum(cents)]:
            cents[place] += 1
    for fate, loss in zip(losses, cents, strict=True):
        days = None if fate.day is None else (fate.day - case.today).days
        rule = RULES.get((fate.state, fate.missing), "IRC 1091(a)")
        yield Status(fate, trade.account, trade.symbol, trade.lot or "", shares[fate] / UNIT, loss / 100, days, rule)


def cents_of(gain: Fraction) -> int:
    """Return a loss in cents, rounded half to even."""
    cents, rest = divmod(-100 * gain.numerator, gain.denominator)
    return cents + (2 * rest + cents % 2 > gain.denominator)


class Window(NamedTuple):
    """The facts of a wash window."""

    rule: str
    group: str
    symbols: tuple[str, ...]
    until: date


def stated_window(window: WashWindow) -> Window:
    """Return the facts that a plan's wash window states."""
    return Window(window.rule, window.group, window.symbols, window.until)


def windows_of(case: Case, found: Evaluation) -> list[Window]:
    """Return what not to buy, and what not to sell at a loss, after the trades, by either reading of the file."""
    wash, after = case.wash, found.after
    members: dict[str, list[str]] = defaultdict(list)
    for symbol in case.securities:
        members[wash.group[symbol]].append(symbol)
    last: dict[tuple[str, str], date] = {}
    for group in after.stirred | after.losing:
        for reading in after.so_far(group):
            days = [("do_not_buy", day) for day in wash.open_losses(group, reading.ledger)]
            for parcel in wash.coming(group):
                reading.ledger.acquire(parcel)
            days += [("do_not_sell_at_a_loss", parcel.day) for parcel in reading.ledger.free(case.today)]
            for rule, day in days:
                last[rule, group] = max(day, last.get((rule, group), day))
    return [
        Window(rule, group, tuple(members[group]), until)
        for (rule, group), day in sorted(last.items())
        if (until := day + timedelta(NEAR + 1)) > case.today
    ]
