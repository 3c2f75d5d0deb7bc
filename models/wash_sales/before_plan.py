"""What the wash-sale ledger says about a household before a plan (docs/wash_sales.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from .history import (
    all_readings,
    concerned,
    forked,
    order_of,
    plan_events,
    purchase_in_words,
    scheduled,
    unknown_sales,
)
from .ledger import WINDOW

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from decimal import Decimal

    from ..household.household import Household
    from ..household.parts.accounts import Account, Lot
    from ..schema.ordered import Ordered
    from .ledger import Disposal, TaxLot, WashSaleLedger

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A wash window: the past or coming trade that causes it, in words, and the first day after it."""

    cause: str
    until: date


@dataclass(frozen=True)
class BeforePlan:
    """What the wash-sale ledger says about a household before the plan."""

    household: Household

    @property
    def groups(self) -> Mapping[str, str]:
        """The identity group of each symbol."""
        return self.household.groups

    @cached_property
    def replays(self) -> dict[str, list[WashSaleLedger]]:
        """The wash-sale ledgers up to today, by identity group, for every group with a trade near enough to matter.

        A group has one, or two if recent sales leave open what they sold (`all_readings`).
        """
        return all_readings(self.household, concerned(self.household))

    @cached_property
    def all_replays(self) -> dict[str, list[WashSaleLedger]]:
        """The wash-sale ledgers up to today, by identity group, for every group."""
        return all_readings(self.household, set(self.groups.values()))

    def outcome(self, group: str, trades: Sequence[Ordered], gains: Sequence[Decimal | None]) -> list[Disposal]:
        """Return what becomes of a plan's sales of a group in taxable accounts, scheduled purchases included.

        `gains` has the gain in dollars of each of the `trades`, None if it has no taxable result. If recent sales have
        two readings, this is by the first, and no sale of such a group may be a wash sale. Raises ValueError if more is
        sold than held.
        """
        history = (self.replays.get(group) or self.all_replays[group])[0]
        events = [*plan_events(self.household, trades, gains), *scheduled(self.household)]
        after = forked(history, group, events)
        return after.disposals[len(history.disposals) :]

    @cached_property
    def purchases(self) -> dict[str, list[TaxLot]]:
        """By identity group, the purchases that would replace shares sold at a loss today.

        They are purchases of the last 30 days, not used (nor sold again in a taxable account), and scheduled ones as
        far as earlier losses leave them, by any reading of the recent sales.
        """
        today, coming = self.household.trade_date, scheduled(self.household)
        found: dict[str, list[TaxLot]] = {}
        for group, replays in self.replays.items():
            for replay in replays:
                ahead = forked(replay, group, coming)
                near = [each for each in ahead.held if each.replaces and abs(each.acquired - today) <= WINDOW]
                more = [each for each in near if each not in found.get(group, ())]
                if more:
                    found.setdefault(group, []).extend(more)
        return found

    @cached_property
    def losses(self) -> dict[str, Window]:
        """By identity group, the latest loss, or sale at an unknown result, that a purchase today might replace."""
        return self._losses(None)

    def barring(self, account: Account) -> dict[str, Window]:
        """Return those of `losses` that keep an account from buying their groups.

        A purchase does no harm if purchases to come replace the whole loss anyway, with the same or a worse fate.
        """
        return self._losses_in[account.taxable]

    @cached_property
    def _losses_in(self) -> dict[bool, dict[str, Window]]:
        return {taxable: self._losses(taxable) for taxable in (False, True)}

    def _losses(self, taxable: bool | None) -> dict[str, Window]:
        """`losses`, or those of them that a purchase in taxable (or sheltered) accounts makes worse."""
        found: dict[str, Window] = {}
        coming = scheduled(self.household)
        first = [each for each in coming if each.day <= self.household.trade_date]  # before the plan's purchases
        for group, replay in ((group, replay) for group, replays in self.replays.items() for replay in replays):
            today = forked(replay, group, first)
            anyway = _replaced_anyway(today, forked(replay, group, coming), taxable)
            for day, cause in open_losses(self.household, group, today, anyway):
                until = day + WINDOW + DAY
                if until > self.household.trade_date and (group not in found or found[group].until <= until):
                    found[group] = Window(cause, until)
        return found

    def window(self, account: str, lot: Lot) -> Window | None:
        """Return the latest purchase that would make a loss on this lot a wash sale; None if there is no such purchase.

        Shares bought in the lot's own order are ignored (Rev. Rul. 56-602).
        """
        replacing = self.replacing(account, lot)
        if not replacing:
            return None
        last = max(replacing, key=lambda tax_lot: tax_lot.acquired)
        return Window(purchase_in_words(last, self.household.trade_date), last.acquired + WINDOW + DAY)

    @cached_property
    def recent(self) -> dict[str, list[tuple[str, str]]]:
        """By identity group, those of `purchases` that are lots of the file, by account id and lot id."""
        lots = {(account.id, lot.id) for account in self.household.accounts for lot in account.lots}
        keys = {group: [(each.account, each.lot) for each in tax_lots] for group, tax_lots in self.purchases.items()}
        return {group: [key for key in dict.fromkeys(own) if key in lots] for group, own in keys.items()}

    def replacing(self, account: str, lot: Lot) -> list[TaxLot]:
        """Return those of `purchases` that would replace a loss on this lot: all but the rest of its own order (Rev.
        Rul. 56-602).
        """
        order = order_of(account, lot)
        return [each for each in self.purchases.get(self.groups[lot.symbol], ()) if each.order != order]

    def cleanable(self, account: str, lot: Lot, closed: Collection[tuple[str, str]]) -> bool:
        """Whether a loss on this lot is no wash sale once every recently bought share of other orders is sold with it.

        All that would replace it are then lots of taxable accounts that are not in `closed` (the blocked lots, by
        account id and lot id), and no purchase is scheduled.
        """
        taxable = {each.id for each in self.household.accounts if each.taxable}
        lots = {key for key in self.recent[self.groups[lot.symbol]] if key not in closed and key[0] in taxable}
        return all((each.account, each.lot) in lots for each in self.replacing(account, lot))

    def washable(self, account: str, lot: Lot) -> bool:
        """Whether the plan may wash the loss of a lot: the lot was not bought in the last 30 days, nor in the
        order of one of the `purchases`, and its group has one reading.
        """
        group = self.groups[lot.symbol]
        if len(self.replays.get(group, ())) > 1:
            return False
        near = lot.acquired is not None and lot.acquired >= self.household.trade_date - WINDOW
        recent = near and lot.how_acquired == "purchase"
        return not recent and len(self.replacing(account, lot)) == len(self.purchases.get(group, ()))


def _replaced_anyway(replay: WashSaleLedger, ahead: WashSaleLedger, taxable: bool | None) -> set[int]:
    """The open losses, by their place among the disposals, that a purchase today cannot make worse.

    `ahead` is the ledger with the purchases to come. They replace the whole loss, and lose it too if the purchase today
    is in a sheltered account. None if `taxable` is None.
    """
    found = set()
    for loss in replay.open if taxable is not None else ():
        disposal = ahead.disposals[loss.disposal]
        parts = disposal.replacement_shares
        whole = sum(part.tax_lot.quantity for part in parts) == disposal.tax_lot.quantity
        if whole and (taxable or all(part.fate == "lost" for part in parts)):
            found.add(loss.disposal)
    return found


def open_losses(
    household: Household, group: str, replay: WashSaleLedger, but: Collection[int] = ()
) -> Iterator[tuple[date, str]]:
    """Yield the day and a description of each sale that a purchase may still wash.

    These are losses that the wash-sale ledger holds open, `but` for some by their place among the disposals, and sales
    whose result the file does not give.
    """
    for loss in (each for each in replay.open if each.disposal not in but):
        disposal = replay.disposals[loss.disposal]
        yield disposal.day, f"{disposal.tax_lot.symbol} sold at a loss in {disposal.tax_lot.account} on {disposal.day}"
    for trade in unknown_sales(household):
        if replay.group(trade.symbol) == group:
            yield trade.date, f"{trade.symbol} sold at an unknown result in {trade.account} on {trade.date}"
