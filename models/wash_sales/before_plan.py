"""What the wash-sale ledger says about a household before a plan (docs/wash_sales.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from .history import concerned, forked, order_of, plan_events, purchase_in_words, scheduled, unknown_sales, wash_history
from .ledger import WINDOW

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from decimal import Decimal

    from ..household.household import Household
    from ..household.parts.accounts import Lot
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
    def replays(self) -> dict[str, WashSaleLedger]:
        """The wash-sale ledger up to today, by identity group, for every group with a trade near enough to matter."""
        return wash_history(self.household, concerned(self.household))

    @cached_property
    def all_replays(self) -> dict[str, WashSaleLedger]:
        """The wash-sale ledger up to today, by identity group, for every group."""
        return wash_history(self.household, set(self.groups.values()))

    def outcome(self, group: str, trades: Sequence[Ordered], gains: Sequence[Decimal | None]) -> list[Disposal]:
        """Return what becomes of a plan's sales of a group in taxable accounts, scheduled purchases included.

        `gains` has the gain in dollars of each of the `trades`, None if it has no taxable result. Raises
        ValueError if more is sold than held.
        """
        history = self.replays.get(group) or self.all_replays[group]
        events = [*plan_events(self.household, trades, gains), *scheduled(self.household)]
        after = forked(history, group, events)
        return after.disposals[len(history.disposals) :]

    @cached_property
    def purchases(self) -> dict[str, list[TaxLot]]:
        """By identity group, the purchases that would replace shares sold at a loss today.

        They are purchases of the last 30 days, held and not used, and scheduled ones as
        far as earlier losses leave them.
        """
        today, coming = self.household.trade_date, scheduled(self.household)
        found = {}
        for group, replay in self.replays.items():
            ahead = forked(replay, group, coming)
            near = [each for each in ahead.held if each.replaces and abs(each.acquired - today) <= WINDOW]
            if near:
                found[group] = near
        return found

    @cached_property
    def losses(self) -> dict[str, Window]:
        """By identity group, the latest loss, or sale at an unknown result, that a purchase today might replace."""
        found: dict[str, Window] = {}
        for group, replay in self.replays.items():
            for day, cause in open_losses(self.household, group, replay):
                until = day + WINDOW + DAY
                if until > self.household.trade_date and (group not in found or found[group].until <= until):
                    found[group] = Window(cause, until)
        return found

    def window(self, account: str, lot: Lot) -> Window | None:
        """Return the latest purchase that would make a loss on this lot a wash sale; None if there is no such purchase.

        Shares bought in the lot's own order are ignored (Rev. Rul. 56-602).
        """
        order = order_of(account, lot)
        near = self.purchases.get(self.groups[lot.symbol], ())
        replacing = [tax_lot for tax_lot in near if tax_lot.order != order]
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

    def cleanable(self, closed: Collection[tuple[str, str]]) -> set[str]:
        """Return the identity groups in which a loss is no wash sale once every recently bought share is sold with it.

        All `purchases` of such a group are lots of taxable accounts that are not in `closed` (the blocked lots, by
        account id and lot id), and no purchase is scheduled.
        """
        taxable = {account.id for account in self.household.accounts if account.taxable}
        found = set()
        for group, tax_lots in self.purchases.items():
            lots = {key for key in self.recent[group] if key not in closed}
            if all(tax_lot.account in taxable and (tax_lot.account, tax_lot.lot) in lots for tax_lot in tax_lots):
                found.add(group)
        return found

    def washable(self, account: str, lot: Lot) -> bool:
        """Whether the plan may wash the loss of a lot: the lot was not bought in the last 30 days, nor in the
        order of one of the `purchases`.
        """
        tax_lots = self.purchases.get(self.groups[lot.symbol], ())
        recent = lot.acquired is not None and lot.acquired >= self.household.trade_date - WINDOW
        return not recent and order_of(account, lot) not in {each.order for each in tax_lots}


def open_losses(household: Household, group: str, replay: WashSaleLedger) -> Iterator[tuple[date, str]]:
    """Yield the day and a description of each sale that a purchase may still wash.

    These are losses that the wash-sale ledger holds open, and sales whose result the file does not give.
    """
    for loss in replay.open:
        disposal = replay.disposals[loss.disposal]
        yield disposal.day, f"{disposal.tax_lot.symbol} sold at a loss in {disposal.tax_lot.account} on {disposal.day}"
    for trade in unknown_sales(household):
        if replay.group(trade.symbol) == group:
            yield trade.date, f"{trade.symbol} sold at an unknown result in {trade.account} on {trade.date}"
