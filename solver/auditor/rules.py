"""The rules that no plan may break, checked against the trades: lots, restrictions, sizes, wash sales, holding periods.

Computed in decimals and fractions, from the household and the trades alone. The wash-sale ledger decides what is a wash
sale.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from ...models import Account, Household, Lot, Policy, first_long_term_date
from ...models.household.parts.lot_rules import held_since, sale_queues
from ...models.schema.money import ZERO, exact
from ...models.schema.ordered import Ordered
from ...models.wash_sales.history import all_readings, concerned, forked, plan_events, scheduled, unknown_sales
from ...models.wash_sales.ledger import WINDOW, Disposal, ReplacementShares, WashSaleLedger
from ..accounting.after_trades import AfterTrades
from ..accounting.books import Books
from ..accounting.violations import misplaced_orders
from .findings import Finding, place


def broken_rules(books: Books, trades: Sequence[Ordered], after: AfterTrades) -> Iterator[Finding]:
    """Yield every rule that the trades break. `after` is their replay."""
    yield from oversold(after)
    yield from _restrictions(books.household, trades)
    yield from _order_of_lots(books.household, after)
    yield from _sizes(books, trades, after)
    yield from _wash_sales(books, trades, after)
    yield from _holding_periods(books, trades, after)
    yield from _collectibles(books, trades, after)


def oversold(after: AfterTrades) -> Iterator[Finding]:
    """Yield every lot from which more shares are sold than it holds."""
    for (account, lot), left in after.left.items():
        if left < 0:
            yield Finding("lot", f"{account}/{lot}", f"{-left.normalize():f} shares more are sold than it holds")


def _restrictions(household: Household, trades: Sequence[Ordered]) -> Iterator[Finding]:
    """Trades that a restriction forbids, and purchases of names that left their index (a target of 0)."""
    left = {target.symbol for target in household.security_targets if target.weight == 0}
    for trade in trades:
        if trade.side == "buy" and trade.symbol in left:
            yield Finding("restriction", place(trade), f"{trade.symbol} has a target of 0: it is never bought")
        for restriction in household.restrictions:
            if restriction.account not in (None, trade.account):
                continue
            if restriction.rule == "keep":
                forbidden = trade.side == "sell" and trade.lot == restriction.lot
            elif restriction.rule == "no_sell":
                forbidden = trade.side == "sell" and trade.symbol == restriction.symbol
            else:
                forbidden = trade.side == "buy" and trade.symbol == restriction.symbol
            if forbidden:
                yield Finding("restriction", place(trade), restriction.rule)


def _order_of_lots(household: Household, after: AfterTrades) -> Iterator[Finding]:
    """Lots sold before the lot ahead of them in a sale queue is sold in full."""
    for account in household.accounts:
        for line in sale_queues(account):
            for ahead, lot in pairwise(line):
                if after.left[account.id, lot.id] < exact(lot.quantity) and after.left[account.id, ahead.id] > 0:
                    message = f"sold before {ahead.id}, which comes first by the account's method"
                    yield Finding("lot", f"{account.id}/{lot.id}", message)


def _sizes(books: Books, trades: Sequence[Ordered], after: AfterTrades) -> Iterator[Finding]:
    """Fractions of a share in an account of whole shares, and misplaced orders (`misplaced_orders`)."""
    for trade in trades:
        whole = exact(trade.quantity) % 1 == 0
        sold_out = trade.side == "sell" and exact(trade.quantity) == books.shares[trade.account, trade.lot or ""]
        if books.accounts[trade.account].whole_shares and not whole and not sold_out:
            yield Finding("order", place(trade), f"{trade.quantity} are no whole shares")
    for (account, symbol, side), why in misplaced_orders(books, after, trades).items():
        yield Finding("order", f"{account}/{symbol} {side}", why)


def _wash_sales(books: Books, trades: Sequence[Ordered], after: AfterTrades) -> Iterator[Finding]:
    """Losses that the wash-sale ledger disallows: the plan's own, and earlier ones because of the plan.

    If the policy prices wash sales, the plan's own losses may be disallowed; its figures account for that. Purchases in
    a group with a recent sale at an unknown result are findings too.
    """
    household = books.household
    unknown = {books.securities[trade.symbol].group: trade for trade in unknown_sales(household)}
    for trade in trades:
        sale = unknown.get(books.securities[trade.symbol].group)
        if trade.side == "buy" and sale is not None:
            message = f"{sale.symbol} was sold at an unknown result in {sale.account} on {sale.date}"
            yield Finding("wash_sale", place(trade), message)
    planned, coming = (
        plan_events(household, trades, after.gains),
        scheduled(household),
    )
    groups = concerned(household) | _both_sides(books, trades, after)
    for group, histories in all_readings(household, groups).items():
        avoided = books.policy.wash_sales == "avoid" or len(histories) > 1
        for history in histories:
            without, with_plan = (forked(history, group, events) for events in (coming, [*planned, *coming]))
            known = len(history.disposals)
            for old, new in zip(without.disposals[:known], with_plan.disposals[:known], strict=True):
                if new.lost > old.lost or new.lost + new.deferred > old.lost + old.deferred:
                    yield _disallowed(new, new.replacement_shares[-1])
            for disposal in with_plan.disposals[known:] if avoided else ():
                yield from _own(with_plan, disposal)


def _own(replay: WashSaleLedger, disposal: Disposal) -> Iterator[Finding]:
    """What is disallowed of a loss of the plan, or could be if the day's sales were in another order."""
    if round(100 * disposal.gain) >= 0:
        return
    found = [e for e in disposal.replacement_shares if e.fate == "lost" or replay.still_holds(e.tax_lot)]
    for each in found:
        yield _disallowed(disposal, each)
    for tax_lot in replay.held if not found else ():
        near = abs(tax_lot.acquired - disposal.day) <= WINDOW
        if tax_lot.replaces and near and tax_lot.order != disposal.tax_lot.order:
            yield _disallowed(disposal, ReplacementShares("deferred", -disposal.gain, tax_lot, 0, 0))


def _disallowed(disposal: Disposal, each: ReplacementShares) -> Finding:
    bought = f"{each.tax_lot.what} is bought in {each.tax_lot.account} on {each.tax_lot.acquired}"
    sold = f"{disposal.tax_lot.account}/{disposal.tax_lot.lot}"
    return Finding("wash_sale", sold, f"{float(each.loss):,.2f} of its loss is {each.fate}: {bought}")


def _both_sides(books: Books, trades: Sequence[Ordered], after: AfterTrades) -> set[str]:
    """The identity groups that the plan both sells at a loss and buys."""
    harvested, bought = (
        {
            books.securities[trade.symbol].group
            for trade, posting in zip(trades, after.postings, strict=True)
            if (trade.side == "buy" if buys else posting.gain is not None and posting.gain < 0)
        }
        for buys in (False, True)
    )
    return harvested & bought


def _holding_periods(books: Books, trades: Sequence[Ordered], after: AfterTrades) -> Iterator[Finding]:
    for trade, posting in zip(trades, after.postings, strict=True):
        if trade.side == "sell":
            lot, account = books.lots[trade.account, trade.lot or ""], books.accounts[trade.account]
            why = held_back(lot, posting.gain or ZERO, account, books.household, books.policy)
            if why:
                yield Finding("holding", place(trade), why)


def held_back(lot: Lot, gain: Decimal, account: Account, household: Household, policy: Policy) -> str:
    """Return the holding rule that blocks a lot, in words, or '' if none does; only the sign of `gain` is read."""
    since = held_since(lot, gain)
    if since is None:
        return ""
    held = (household.trade_date - since).days
    if held < policy.minimum_holding_days:
        return f"held {held} days only"
    wait = (first_long_term_date(since) - household.trade_date).days
    if account.taxable and gain > 0 and 0 < wait <= policy.long_term_wait_days:
        return f"a short-term gain {wait} days before it turns long-term"
    return ""


def _collectibles(books: Books, trades: Sequence[Ordered], after: AfterTrades) -> Iterator[Finding]:
    """Sales of collectibles at a long-term gain, whose rate the bill does not model."""
    for trade, posting in zip(trades, after.postings, strict=True):
        if posting.gain is not None and collectible_gain(books, trade.symbol, posting.gain, posting.term):
            yield Finding(
                "collectible", place(trade), "its long-term gain is taxed at up to 28 %, not as the bill says"
            )


def collectible_gain(books: Books, symbol: str, gain: Decimal, term: str | None) -> bool:
    """Whether a gain, in dollars, is a collectibles gain (IRC 1(h)(5)): long-term, on a collectible."""
    return books.securities[symbol].collectible and gain > 0 and term == "long"
