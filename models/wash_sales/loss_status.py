"""What becomes of a loss, with the evidence: allowed, deferred into a lot, lost, or uncertain.

The wash-sale ledger (ledger.py) finds what replaces a loss. A loss that nothing replaces is allowed if the file knows
all purchases. If it does not, or does not say whether two funds are the same, the loss is uncertain. docs/wash_sales.md
says what each state means.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..household.parts.identity import UnknownFunds, likeness, undeclared
from ..schema.money import CENT, rational
from ..schema.record import Record
from .cents import apportioned
from .history import DIVIDEND
from .ledger import WINDOW, Disposal, ReplacementShares, TaxLot

if TYPE_CHECKING:
    from ..household.household import Household
    from .after_plan import AfterPlan

State = Literal["allowed", "deferred", "lost", "uncertain"]
Missing = Literal["account", "option", "identity", "unknown fund"]
Level = Literal["declared", "share_class", "index"]
"""Which securities of different groups may be identical: funds that are not known, also funds of an index; declared:
none."""

RULES = {"deferred": "IRC 1091(d)", "lost": "Rev. Rul. 2008-5", "option": "Reg. 1.1091-1(f)"}
"""Authority cited for each outcome; IRC 1091(a) otherwise."""


class LossStatus(Record):
    """What becomes of a loss, or of a part of it, and the purchase and rule that decide it."""

    state: Literal["allowed", "deferred", "lost", "uncertain"]
    """allowed: the loss counts. deferred: it moves into the basis of shares bought. lost: it is gone, because those
    shares were bought in a sheltered account. uncertain: `missing` says what is not known."""
    missing: Literal["account", "option", "identity", "unknown fund"] | None = None
    """What would settle an uncertain loss: account (whether an account that is not in the file bought replacement
    shares), option (which shares take the basis; the loss is disallowed anyway), identity (whether two securities are
    substantially identical) or unknown fund (whether two securities of one asset class are one fund). None if the loss
    is not uncertain."""
    account: str
    """The id of the account of the sale."""
    symbol: str
    """The symbol of the security sold."""
    lot: str
    """The id of the lot sold from."""
    sold: date
    """The day of the sale."""
    quantity: float
    """Shares sold to which this loss belongs."""
    loss: float
    """The loss in dollars and cents, 0 or more; the parts of one sale of a lot add up to its loss."""
    purchase_account: str | None = None
    """The id of the account of the purchase; None if there is no purchase to name."""
    purchase_symbol: str | None = None
    """The symbol of the security bought; None if there is no purchase to name."""
    purchase_date: date | None = None
    """The day of the purchase; None if there is no purchase to name, or it is a dividend to be reinvested on a day that
    is not known."""
    purchase_lot: str | None = None
    """The id of the lot bought; None if it is not one of the household's lots."""
    days: int | None = None
    """Days from the sale to the purchase, negative if the purchase came first; None without `purchase_date`."""
    rule: str
    """The authority: IRC 1091(a) or (d), Rev. Rul. 2008-5, Reg. 1.1091-1(f)."""
    text: str
    """The status in words."""


@dataclass(frozen=True)
class Coverage:
    """What is known about the purchases around a loss, and what is not."""

    accounts: int
    """The number of accounts whose purchases are all known."""
    elsewhere: tuple[str, ...] = ()
    """The names of accounts whose purchases are not known."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """The identity group of each symbol; default: the symbol itself."""
    undeclared: Sequence[set[str]] = ()
    """Sets of symbols that may be identical and are not in one group (the function `undeclared`)."""
    unknown: UnknownFunds = field(default_factory=UnknownFunds)
    """The funds that may be the same as another of their asset class, because nothing says what they are."""
    spare: Sequence[TaxLot] = ()
    """Purchases that replaced nothing so far. One of another group may replace a loss if the two are identical."""

    def related(self, sold: str, bought: str) -> tuple[str, str] | None:
        """Return a security of each symbol's group that may be identical, the given symbols if
        possible; None if there is no such pair.
        """
        ours, theirs = self.groups.get(sold, sold), self.groups.get(bought, bought)
        for symbols in self.undeclared if ours != theirs else ():
            pair = [
                min(found, key=lambda each: (each != own, each))
                for group, own in ((ours, sold), (theirs, bought))
                if (found := [each for each in symbols if self.groups.get(each, each) == group])
            ]
            if len(pair) == 2:
                return pair[0], pair[1]
        return None

    def identical(self, symbol: str) -> list[str]:
        """Return the symbols of a symbol's group."""
        return self._members.get(self.groups.get(symbol, symbol), [symbol])

    def unreplaced(self, symbol: str, day: date) -> str:
        """Return the words about shares of a symbol sold on a day that no purchase replaced."""
        if (symbol, day) not in self._words:
            symbols = ", ".join(self.identical(symbol))
            window = f"from {day - WINDOW} to {day + WINDOW}"
            where = f"in any of the {self.accounts} accounts" if self.accounts != 1 else "in the one account"
            words = f"is allowed: no purchase of {symbols} {window}, made or scheduled, {where} is left to replace it"
            if self.elsewhere:
                here = "what is bought {} in {} is not known".format(window, ", ".join(self.elsewhere))
                words = f"is uncertain: nothing {where} replaces it, but {here}"
            self._words[symbol, day] = words
        return self._words[symbol, day]

    @cached_property
    def _words(self) -> dict[tuple[str, date], str]:
        """What `unreplaced` has returned."""
        return {}

    @cached_property
    def _members(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for symbol, group in sorted(self.groups.items()):
            found[group].append(symbol)
        return dict(found)


def coverage(household: Household, level: Level, spare: Sequence[TaxLot] = ()) -> Coverage:
    """Return what a household's file covers.

    `level` says which securities of different groups may be identical. `spare` are purchases that replaced nothing.
    """
    return Coverage(
        accounts=len(household.accounts),
        elsewhere=household.accounts_elsewhere,
        groups=household.groups,
        undeclared=undeclared(household.securities) if level == "index" else (),
        unknown=UnknownFunds() if level == "declared" else household.unknown_funds,
        spare=spare,
    )


def statuses_of_losses(disposals: Iterable[Disposal], known: Coverage) -> list[LossStatus]:
    """Return the statuses of every loss among disposals of the wash-sale ledger, in their order.

    The statuses of one sale of a lot add up to its loss in cents (`apportioned`); parts with the same evidence are one.
    A spare purchase casts doubt on as many shares as it has, once.
    """
    return _statuses((_loss(disposal) for disposal in disposals if disposal.gain < 0), known)


class _Loss(NamedTuple):
    """Shares of a lot sold at a loss."""

    day: date
    account: str
    symbol: str
    lot: str
    quantity: Fraction
    dollars: Fraction
    """The loss, more than 0."""
    replaced: tuple[ReplacementShares, ...] = ()


def _loss(disposal: Disposal) -> _Loss:
    sold = disposal.tax_lot
    kept = disposal.replacement_shares
    return _Loss(disposal.day, sold.account, sold.symbol, sold.lot, sold.quantity, -disposal.gain, kept)


def _statuses(losses: Iterable[_Loss], known: Coverage) -> list[LossStatus]:
    spare, found = _Spare(known), []
    for _, sale in groupby(losses, key=lambda each: (each.day, each.account, each.lot)):
        sold = list(sale)
        parts: dict[_Fate, tuple[Fraction, Fraction]] = {}
        for loss in sold:
            for fate, shares in _fates(loss, spare):
                dollars = loss.dollars if shares == loss.quantity else loss.dollars * shares / loss.quantity
                before = parts.get(fate)
                parts[fate] = (before[0] + shares, before[1] + dollars) if before else (shares, dollars)
        in_cents = apportioned([dollars for _, dollars in parts.values()])
        for (fate, (shares, _)), stated in zip(parts.items(), in_cents, strict=True):
            found.append(_state(sold[0], fate, float(shares), float(stated), known))
    return found


class _Bought(NamedTuple):
    """A purchase, as far as a status names it."""

    account: str
    symbol: str
    day: date
    lot: str
    side: str
    dated: bool
    """Whether its day is known."""


class _Fate(NamedTuple):
    """What becomes of shares sold at a loss."""

    state: State
    missing: Missing | None = None
    bought: _Bought | None = None


class _Spare:
    """The spare purchases while losses are matched with them: the shares left of each, and whom they may be like."""

    def __init__(self, known: Coverage) -> None:
        self.known, self.left = known, [tax_lot.quantity for tax_lot in known.spare]
        self._doubts: dict[str, list[tuple[Missing, int]]] = {}

    def doubts(self, symbol: str) -> list[tuple[Missing, int]]:
        """Return the places of the purchases that may be identical to a symbol, and what would settle it."""
        if symbol not in self._doubts:
            kinds: tuple[tuple[Missing, Callable[[str, str], object], object], ...] = (
                ("identity", self.known.related, self.known.undeclared),
                ("unknown fund", self.known.unknown.between, self.known.unknown.unknown),
            )
            self._doubts[symbol] = [
                (missing, place)
                for missing, doubtful, any_at_all in kinds
                if any_at_all
                for place, tax_lot in enumerate(self.known.spare)
                if doubtful(symbol, tax_lot.symbol)
            ]
        return self._doubts[symbol]


def _fates(loss: _Loss, spare: _Spare) -> Iterator[tuple[_Fate, Fraction]]:
    """The outcomes of the shares sold, each with its number of shares, starting with those that nothing replaced."""
    known, left = spare.known, loss.quantity
    for each in loss.replaced:
        left -= each.tax_lot.quantity
    for missing, place in spare.doubts(loss.symbol):
        tax_lot = known.spare[place]
        if left and spare.left[place] and abs(tax_lot.acquired - loss.day) <= WINDOW:
            shares = min(left, spare.left[place])
            spare.left[place] -= shares
            left -= shares
            yield _Fate("uncertain", missing, _bought(tax_lot)), shares
    if left:
        yield _Fate("uncertain", "account") if known.elsewhere else _Fate("allowed"), left
    for each in loss.replaced:
        yield _replaced(each), each.tax_lot.quantity


def _replaced(replacement: ReplacementShares) -> _Fate:
    bought = _bought(replacement.tax_lot)
    if bought.side == "option" and replacement.fate == "deferred":
        return _Fate("uncertain", "option", bought)
    return _Fate(replacement.fate, None, bought)


def _bought(tax_lot: TaxLot) -> _Bought:
    """A purchase. The ledger's own names of lots (with a semicolon, which no name in a file has) are left out."""
    lot = "" if ";" in tax_lot.lot else tax_lot.lot
    dated = not tax_lot.lot.startswith(DIVIDEND)
    return _Bought(tax_lot.account, tax_lot.symbol, tax_lot.acquired, lot, tax_lot.side, dated)


def _state(sold: _Loss, fate: _Fate, shares: float, loss: float, known: Coverage) -> LossStatus:
    """The status of what was sold, with its text."""
    bought = fate.bought
    evidence = {}
    if bought:
        evidence = {
            "purchase_account": bought.account,
            "purchase_symbol": bought.symbol,
            "purchase_date": bought.day if bought.dated else None,
            "purchase_lot": bought.lot or None,
            "days": (bought.day - sold.day).days if bought.dated else None,
        }
    why = _with(sold, fate, bought, shares, known) if bought else known.unreplaced(sold.symbol, sold.day)
    return LossStatus.model_validate(
        {
            "state": fate.state,
            "missing": fate.missing,
            "account": sold.account,
            "symbol": sold.symbol,
            "lot": sold.lot,
            "sold": sold.day,
            "quantity": shares,
            "loss": loss,
            "rule": RULES.get(fate.missing or fate.state, "IRC 1091(a)"),
            "text": f"${loss:,.2f} of the loss on {sold.symbol} {why}.",
            **evidence,
        }
    )


def _with(sold: _Loss, fate: _Fate, bought: _Bought, shares: float, known: Coverage) -> str:
    """The words about a purchase."""
    count = f"{shares:,.6f}".rstrip("0").rstrip(".")
    days = (bought.day - sold.day).days
    when = "on the day of the sale" if not days else f"{_count(abs(days))} {'after' if days > 0 else 'before'} the sale"
    kinds = {"option": "the option on", "reinvest": "dividends reinvested in", "vest": "the award of"}
    what = f"{kinds.get(bought.side, 'the purchase of')} {count} {bought.symbol}"
    purchase = f"{what} in {bought.account} on {bought.day}, {when}"
    if not bought.dated:
        purchase = f"{what} in {bought.account} within {WINDOW.days} days"
    if fate.missing == "identity" and (pair := known.related(sold.symbol, bought.symbol)):
        like = f"{' and '.join(pair)} {likeness(*pair)}, in different identity groups"
        return f"is uncertain: {purchase}, replaces it if they are substantially identical ({like})"
    if fate.missing == "unknown fund":
        unknown = " and ".join(known.unknown.between(sold.symbol, bought.symbol))
        return (
            f"is uncertain: {purchase}, replaces it if the two are share classes of one fund (unknown fund: {unknown})"
        )
    if fate.missing == "option":
        return f"is disallowed by {purchase}; which shares take the basis is uncertain"
    if fate.state == "lost":
        return f"is lost for good by {purchase}: nothing there has a basis to add it to"
    lot = f"lot {bought.lot}" if bought.lot else "the shares bought"
    return f"is deferred into the basis of {lot}: {purchase}"


def _count(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def loss_statuses(after: AfterPlan, level: Level) -> list[LossStatus]:
    """Return the statuses of a plan's losses in the order of its trades.

    Purchases before the plan, in it, and scheduled after it all count. `level` says which securities of different
    groups may be identical. Raises ValueError if more is sold than held.
    """
    household, gains = after.household, after.gains
    group, today = household.groups, household.trade_date
    losing = [i for i, gain in enumerate(gains) if gain is not None and gain < -CENT / 2]
    if not losing:
        return []
    losses = [_alone(after, i) for i in losing if group[after.trades[i].symbol] not in after.posted]
    spare: list[TaxLot] = []
    for replays in after.replays.values():
        before, after_all = replays[0].before, replays[0].settled
        new = after_all.disposals[len(before.disposals) :]
        losses += (_loss(each) for each in new if each.gain < 0 and round(100 * each.gain) < 0)
        spare += [each for each in after_all.held if each.replaces and abs(each.acquired - today) <= WINDOW]
    place = {(trade.account, trade.lot): number for number, trade in enumerate(after.trades)}
    losses.sort(key=lambda each: place[each.account, each.lot])
    spare.sort(key=lambda each: (each.acquired, each.account, each.lot))
    return _statuses(losses, coverage(household, level, spare))


def _alone(after: AfterPlan, place: int) -> _Loss:
    """The loss of a sale in a group that needs no ledger, by its place among the trades."""
    trade, gain = after.trades[place], after.gains[place]
    shares, dollars = rational(trade.quantity), -Fraction(gain or 0)
    return _Loss(after.household.trade_date, trade.account, trade.symbol, trade.lot or "", shares, dollars)
