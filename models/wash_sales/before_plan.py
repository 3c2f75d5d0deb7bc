"""What the wash-sale ledger says about a household before a plan (docs/wash_sales.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from .history import WashHistory, forked, order_of, plan_events, purchase_in_words
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
    def history(self) -> WashHistory:
        """The household's trades up to its trade date, as wash-sale ledgers."""
        return WashHistory(self.household)

    @cached_property
    def replays(self) -> dict[str, list[WashSaleLedger]]:
        """The wash-sale ledgers up to today, by identity group, for every group with a trade near enough to matter.

        A group has one, or two if recent sales leave open what they sold.
        """
        return {group: self.history.readings(group) for group in sorted(self.history.concerned)}

    @cached_property
    def ahead(self) -> dict[str, list[WashSaleLedger]]:
        """`replays` with the purchases to come."""
        coming = self.history.coming
        return {
            group: [forked(replay, group, coming[group]) if group in coming else replay for replay in replays]
            for group, replays in self.replays.items()
        }

    def outcome(self, group: str, trades: Sequence[Ordered], gains: Sequence[Decimal | None]) -> list[Disposal]:
        """Return what becomes of a plan's sales of a group in taxable accounts, scheduled purchases included.

        `gains` has the gain in dollars of each of the `trades`, None if it has no taxable result. If recent sales have
        two readings, this is by the first, and no sale of such a group may be a wash sale. Raises ValueError if more is
        sold than held.
        """
        history = self.history.readings(group)[0]
        events = [*plan_events(self.household, trades, gains), *self.history.coming.get(group, ())]
        after = forked(history, group, events)
        return after.disposals[len(history.disposals) :]

    @property
    def _readings(self) -> Iterator[tuple[str, WashSaleLedger, WashSaleLedger]]:
        """Each group with a ledger up to today, and the same with the purchases to come."""
        for group, replays in self.replays.items():
            yield from ((group, *pair) for pair in zip(replays, self.ahead[group], strict=True))

    @cached_property
    def purchases(self) -> dict[str, list[TaxLot]]:
        """By identity group, the purchases that would replace shares sold at a loss today.

        They are purchases of the last 30 days, not used (nor sold again in a taxable account), and scheduled ones as
        far as earlier losses leave them, by any reading of the recent sales.
        """
        today = self.household.trade_date
        found: dict[str, list[TaxLot]] = {}
        for group, replays in self.ahead.items():
            for ahead in replays:
                near = [each for each in ahead.held if each.replaces and abs(each.acquired - today) <= WINDOW]
                more = [each for each in near if each not in found.get(group, ())]
                if more:
                    found.setdefault(group, []).extend(more)
        return found

    @cached_property
    def _orders(self) -> dict[str, set[str]]:
        """By identity group, the orders of `purchases`."""
        return {group: {each.order for each in tax_lots} for group, tax_lots in self.purchases.items()}

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
        today = self.household.trade_date
        pairs = (
            (group, *pair) for group, own in self.replays.items() for pair in zip(own, self.ahead[group], strict=True)
        )
        for group, replay, ahead in pairs:
            first = [each for each in self.history.coming.get(group, ()) if each.day <= today]
            before = forked(replay, group, first) if first else replay  # the plan's purchases
            anyway = _replaced_anyway(before, ahead, taxable)
            for day, cause in open_losses(self.history, group, before, anyway):
                until = day + WINDOW + DAY
                if until > today and (group not in found or found[group].until <= until):
                    found[group] = Window(cause, until)
        return found

    def window(self, account: str, lot: Lot) -> Window | None:
        """Return the latest purchase that would make a loss on this lot a wash sale; None if there is no such purchase.

        Shares bought in the lot's own order are ignored (Rev. Rul. 56-602).
        """
        key = self._key(account, lot)
        if key is None:
            return None
        if key not in self._windows:
            replacing = self._replacing(*key)
            last = max(replacing, key=lambda tax_lot: tax_lot.acquired) if replacing else None
            cause = purchase_in_words(last, self.household.trade_date) if last else ""
            self._windows[key] = Window(cause, last.acquired + WINDOW + DAY) if last else None
        return self._windows[key]

    @cached_property
    def _windows(self) -> dict[tuple[str, str | None], Window | None]:
        """What `window` has found, by identity group and order; None is the order of lots of which no purchase is."""
        return {}

    @cached_property
    def recent(self) -> dict[str, list[tuple[str, str]]]:
        """By identity group, those of `purchases` that are lots of the file, by account id and lot id."""
        lots = self.household.lot
        keys = {group: [(each.account, each.lot) for each in tax_lots] for group, tax_lots in self.purchases.items()}
        return {group: [key for key in dict.fromkeys(own) if key in lots] for group, own in keys.items()}

    def stuck(self, closed: Collection[tuple[str, str]]) -> dict[str, set[str]]:
        """Return the orders of those `purchases` that no clean-out can sell, by identity group.

        A clean-out sells lots of taxable accounts that are not in `closed` (the blocked lots, by account id and lot
        id).
        """
        lots, accounts = self.household.lot, self.household.account
        found: dict[str, set[str]] = {}
        for group, tax_lots in self.purchases.items():
            keys = ((each.order, (each.account, each.lot)) for each in tax_lots)
            found[group] = {o for o, key in keys if key not in lots or key in closed or not accounts[key[0]].taxable}
        return found

    def cleanable(self, account: str, lot: Lot, stuck: Mapping[str, Collection[str]]) -> bool:
        """Whether a loss on this lot is no wash sale once every recently bought share of other orders is sold with it.

        `stuck` has the orders that no clean-out can sell. Shares bought in the lot's own order may stay (Rev. Rul.
        56-602).
        """
        orders = stuck.get(self.groups[lot.symbol], ())
        return not orders or (len(orders) == 1 and order_of(account, lot) in orders)

    def washable(self, account: str, lot: Lot) -> bool:
        """Whether the plan may wash the loss of a lot: the lot was not bought in the last 30 days, nor in the
        order of one of the `purchases`, and its group has one reading.
        """
        group = self.groups[lot.symbol]
        if len(self.replays.get(group, ())) > 1:
            return False
        near = lot.acquired is not None and lot.acquired >= self.household.trade_date - WINDOW
        recent = near and lot.how_acquired == "purchase"
        return not recent and order_of(account, lot) not in self._orders.get(group, ())

    def _key(self, account: str, lot: Lot) -> tuple[str, str | None] | None:
        """A lot's identity group, and its order if one of the `purchases` is of it; None if the group has none."""
        group = self.groups[lot.symbol]
        orders = self._orders.get(group)
        if orders is None:
            return None
        order = order_of(account, lot)
        return group, order if order in orders else None

    def _replacing(self, group: str, order: str | None) -> list[TaxLot]:
        """Those of `purchases` that would replace a loss on a lot of this order: all but the rest of the order itself
        (Rev. Rul. 56-602).
        """
        return [each for each in self.purchases[group] if each.order != order]


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
    history: WashHistory, group: str, replay: WashSaleLedger, but: Collection[int] = ()
) -> Iterator[tuple[date, str]]:
    """Yield the day and a description of each sale that a purchase may still wash.

    These are losses that the wash-sale ledger holds open, `but` for some by their place among the disposals, and sales
    whose result the file does not give.
    """
    for loss in (each for each in replay.open if each.disposal not in but):
        disposal = replay.disposals[loss.disposal]
        yield disposal.day, sold_at_a_loss(disposal.tax_lot.symbol, disposal.tax_lot.account, disposal.day)
    for trade in history.unknown_sales.get(group, ()):
        yield trade.date, f"{trade.symbol} sold at an unknown result in {trade.account} on {trade.date}"


def sold_at_a_loss(symbol: str, account: str, day: date) -> str:
    """Return in words that shares were sold at a loss."""
    return f"{symbol} sold at a loss in {account} on {day}"
