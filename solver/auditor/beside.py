"""What options and short positions keep from being sold, by the audit's own arithmetic (docs/formulation.md)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from ...models.schema.money import ZERO, exact
from .ledger import NEAR, first_long_day

if TYPE_CHECKING:
    from decimal import Decimal

    from .case import Case
    from .worth import Facts


class Held(NamedTuple):
    """Why a lot may not be sold: the rule of a finding, and words."""

    rule: str
    why: str


def held_by_a_position(case: Case, account: str, facts: Facts) -> Held | None:
    """Return what keeps a lot from being sold, if a position held beside it, or a short sale just closed, does."""
    group = case.wash.group
    alike = [each for each in case.household.held_beside if group[each.symbol] == group[facts.lot.symbol]]
    if alike and facts.shares and _behind(case, account, facts) < _written(case, account, facts.lot.symbol):
        return Held("restriction", "it covers a written call")
    for trade in case.household.recent_trades:
        near = trade.side == "cover" and (case.today - trade.date).days <= NEAR
        losing = (trade.gain is None or trade.gain < 0) and trade.account not in case.wash.history.sheltered
        if near and losing and group[trade.symbol] == group[facts.lot.symbol]:
            return Held("wash_sale", f"it disallows the loss of the short sale closed on {trade.date} (IRC 1091(e))")
    for each in alike if case.accounts[account].kind == "taxable" else ():
        if each.kind in ("long_put", "short_sale"):
            gains = facts.gain is not None and facts.gain > 0
            if not (gains and each.opened is not None and _long_on(facts.since, each.opened)):
                return Held(
                    "holding", f"offset by a {each.kind.replace('_', ' ')} in {each.account} (IRC 1233(b), 1092)"
                )
    return None


def _written(case: Case, account: str, symbol: str) -> Decimal:
    """The shares of calls written on a security in an account."""
    own = [each for each in case.household.held_beside if (each.account, each.symbol) == (account, symbol)]
    return sum((exact(each.quantity) for each in own if each.kind == "short_call"), ZERO)


def _behind(case: Case, account: str, facts: Facts) -> Decimal:
    """The shares of a lot's security in its account that are sold after it: behind it in its queue, or without one
    those of a lower basis, and of equal ones those listed after it.
    """
    symbol = facts.lot.symbol
    queue = next((lots for holder, lots in case.queues if holder == account and lots[0].symbol == symbol), None)
    if queue is None:
        own = [lot for lot in case.accounts[account].lots if lot.symbol == symbol]
        queue = sorted(own, key=lambda lot: lot.basis_per_share or 0.0, reverse=True)
    place = [lot.id for lot in queue].index(facts.lot.id)
    return sum((exact(lot.quantity) for lot in queue[place + 1 :]), ZERO)


def _long_on(since: date, day: date) -> bool:
    """Whether shares were long-term on a day, and held by then."""
    return since < day and (since == date.min or first_long_day(since) <= day)
