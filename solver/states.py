"""What becomes of the losses that a plan realizes, as the wash-sale ledger has it after all its trades."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from ..models.wash_history import forked, plan_dealings, scheduled, wash_history
from ..models.wash_sales import WINDOW
from ..models.wash_states import coverage, wash_states
from .ledger import CENT

if TYPE_CHECKING:
    from ..models import Household, Policy, WashState
    from ..models.wash_history import Trading
    from ..models.wash_sales import Disposal, Parcel


def wash_sales(
    household: Household, policy: Policy, trades: Sequence[Trading], gains: Sequence[Decimal | None]
) -> list[WashState]:
    """The states of a plan's losses in the order of its trades, with purchases before the plan, in it and scheduled
    after it. `gains` are the trades', negative for a loss, None where the sale has no taxable result.

    Raises ValueError where more is sold than held.
    """
    group = {security.symbol: security.group for security in household.securities}
    losing = {
        group[trade.symbol] for trade, gain in zip(trades, gains, strict=True) if gain is not None and gain < -CENT / 2
    }
    if not losing:
        return []
    known, near = coverage(household, policy.identity), set(losing)
    for symbols in known.undeclared:
        groups = {group[symbol] for symbol in symbols}
        near |= groups if groups & losing else set()
    dealings = [*plan_dealings(household, trades, gains), *scheduled(household)]
    disposals: list[Disposal] = []
    spare: list[Parcel] = []
    for name, history in wash_history(household, near).items():
        replay = forked(history, (each for each in dealings if group[each.symbol] == name))
        disposals += (each for each in replay.disposals[len(history.disposals) :] if round(100 * each.gain) < 0)
        spare += [each for each in replay.held if each.replaces and abs(each.acquired - household.trade_date) <= WINDOW]
    place = {(trade.account, trade.lot): number for number, trade in enumerate(trades)}
    disposals.sort(key=lambda each: place[each.parcel.account, each.parcel.lot])
    spare.sort(key=lambda each: (each.acquired, each.account, each.lot))
    return wash_states(disposals, replace(known, spare=spare))
