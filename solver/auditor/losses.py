"""What becomes of the losses that trades realize, and the wash windows after them (docs/wash_sales.md)."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from ...models.household.parts.identity import known_funds
from .ledger import NEAR, NONE, near
from .worth import main_class

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ...models.wash_sales.after_plan import WashWindow
    from ...models.wash_sales.loss_status import LossStatus
    from .case import Case
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
    wash, gains = case.wash, [result.exact_gain for result in found.results]
    sold = {
        trade.symbol
        for trade, gain in zip(found.trades, gains, strict=True)
        if gain is not None and round(100 * gain) < 0
    }
    doubts = _doubts(case)
    beside = {other for _, pairs in doubts for symbol in sold for other in case.securities if pairs(symbol, other)}
    sales: list[tuple[int, Sale]] = []
    spare: list[Parcel] = []
    for group in sorted({wash.group[symbol] for symbol in sold | beside}):
        reading = wash.planned(group, found.trades, gains)[0]
        sales += [(number, sale) for number, sale in reading.sales if round(100 * sale.gain) < 0]
        spare += reading.ledger.free(case.today)
    spare.sort(key=lambda each: (each.day, each.account, each.lot))
    unused = [parcel.shares for parcel in spare]
    by_lot: dict[int, dict[Fate, tuple[Fraction, Fraction]]] = defaultdict(dict)
    for number, sale in sorted(sales, key=lambda each: each[0]):
        for fate, shares in _fates(case, sale, spare, unused, doubts):
            known, loss = by_lot[number].get(fate, (NONE, NONE))
            by_lot[number][fate] = known + shares, loss - sale.gain * shares / sale.shares
    return [status for number, fates in by_lot.items() for status in _in_cents(case, found, number, fates)]


def _doubts(case: Case) -> list[tuple[str, Callable[[str, str], bool]]]:
    """What may make two securities identical although the file does not say so, and which pairs, as the policy has it:
    trackers of one index in different groups, and funds of one class of which one is unknown.
    """
    group, level = case.wash.group, case.policy.identity
    index = {symbol: fund.tracks for symbol in group if (fund := known_funds().get(symbol.upper())) is not None}
    targeted = {target.symbol for target in case.household.security_targets}
    funds = {
        each.symbol: main_class(each)
        for each in case.household.securities
        if each.kind == "fund" or (each.kind is None and each.symbol not in targeted)
    }
    sizes = Counter(group.values())
    unknown = {
        symbol
        for symbol in funds
        if case.securities[symbol].identity_group is None and sizes[group[symbol]] == 1 and symbol not in index
    }

    def same_index(one: str, other: str) -> bool:
        ours, theirs = ({index.get(each) for each in group if group[each] == group[own]} for own in (one, other))
        return group[one] != group[other] and bool((ours & theirs) - {None})

    def same_fund(one: str, other: str) -> bool:
        named = other in case.securities[one].substitutes or one in case.securities[other].substitutes
        alike = one != other and one in funds and funds.get(other) == funds[one]
        return alike and not named and bool({one, other} & unknown)

    if level == "declared":
        return []
    return [*([("identity", same_index)] if level == "index" else []), ("unknown fund", same_fund)]


def _fates(
    case: Case,
    sale: Sale,
    spare: Sequence[Parcel],
    unused: list[Fraction],
    doubts: Sequence[tuple[str, Callable[[str, str], bool]]],
) -> Iterator[tuple[Fate, Fraction]]:
    """The fates of the shares of a sale: first of those that nothing replaced."""
    left = sale.left
    for missing, pairs in doubts:
        for place, parcel in enumerate(spare):
            doubtful = left and near(parcel.day, sale.day) and pairs(sale.symbol, parcel.symbol)
            shares = min(left, unused[place]) if doubtful else NONE
            if shares:
                unused[place] -= shares
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


def _in_cents(
    case: Case, found: Evaluation, number: int, fates: dict[Fate, tuple[Fraction, Fraction]]
) -> Iterator[Status]:
    """The statuses of one sale. Cents left over by rounding down go to the largest remainders, the first of equals."""
    trade = found.trades[number]
    losses = [loss for _, loss in fates.values()]
    total = round(100 * sum(losses, NONE))
    exact = [loss / sum(losses, NONE) * total for loss in losses]
    cents = [each.numerator // each.denominator for each in exact]
    for place in sorted(range(len(cents)), key=lambda each: cents[each] - exact[each])[: total - sum(cents)]:
        cents[place] += 1
    for (fate, (shares, _)), loss in zip(fates.items(), cents, strict=True):
        days = None if fate.day is None else (fate.day - case.today).days
        rule = RULES.get((fate.state, fate.missing), "IRC 1091(a)")
        yield Status(fate, trade.account, trade.symbol, trade.lot or "", float(shares), loss / 100, days, rule)


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
    wash, gains = case.wash, [result.exact_gain for result in found.results]
    last: dict[tuple[str, str], date] = {}
    for group in sorted(wash.history.near | {wash.group[trade.symbol] for trade in found.trades}):
        for reading in wash.planned(group, found.trades, gains, to_come=False):
            days = [("do_not_buy", day) for day, _ in wash.open_losses(group, reading.ledger)]
            for parcel in wash.coming(group):
                reading.ledger.acquire(parcel)
            days += [("do_not_sell_at_a_loss", parcel.day) for parcel in reading.ledger.free(case.today)]
            for rule, day in days:
                last[rule, group] = max(day, last.get((rule, group), day))
    found_windows = []
    for (rule, group), day in sorted(last.items()):
        until = day + timedelta(NEAR + 1)
        symbols = tuple(symbol for symbol in case.securities if wash.group[symbol] == group)
        if until > case.today:
            found_windows.append(Window(rule, group, symbols, until))
    return found_windows
