"""Netting of short and long, the loss limit, and losses carried on (IRC 1222, 1211(b), 1212(b); Schedule D).

The letters are those of docs/formulation.md: S and L are the net short-term and long-term gain with
carryforwards (lines 7 and 15), o is the part taxed as ordinary income, i the preferential part, and u the loss
used against other income (line 21).
"""

from decimal import Decimal
from typing import NamedTuple

from ..schema.money import ZERO
from .tax_year import FilingStatus, statute


class Netting(NamedTuple):
    """The results of Schedule D, in dollars. The loss used and the losses carried are positive."""

    short_net: Decimal
    """Line 7: short-term gains and losses with the carryforward, S."""
    long_net: Decimal
    """Line 15: long-term gains and losses with the carryforward, L."""
    ordinary: Decimal
    """The part of the net gain that is taxed as ordinary income, o."""
    preferential: Decimal
    """Net capital gain, taxed at long-term rates, i."""
    loss_used: Decimal
    """Line 21: the loss allowed against other income, u."""
    short_carried: Decimal
    """Short-term loss carried to next year."""
    long_carried: Decimal
    """Long-term loss carried to next year."""


def loss_limit(filing_status: FilingStatus) -> Decimal:
    """Return the most capital loss that other income may absorb in a year, in dollars (1211(b)).

    It is $3,000, or $1,500 for married filing separately.
    """
    return statute("loss_limit", filing_status)


def carryover(
    short_net: Decimal, long_net: Decimal, loss_used: Decimal, taxable_income: Decimal | None = None
) -> tuple[Decimal, Decimal]:
    """Return the short-term and long-term loss carried to next year, in positive dollars.

    The rule is 1212(b) and the Capital Loss Carryover Worksheet. `taxable_income` is Form 1040 line 15 as if it could
    be negative, after the loss. If it is negative, only the part of the loss that offset income is used up. None means
    that there was enough income. The loss used reduces short-term loss first.
    """
    consumed = loss_used
    if taxable_income is not None:
        consumed = min(loss_used, max(ZERO, taxable_income + loss_used))
    short = max(ZERO, -short_net - consumed - max(ZERO, long_net)) if short_net < 0 else ZERO
    absorbed_by_long = max(ZERO, short_net) + max(ZERO, consumed - max(ZERO, -short_net))
    long = max(ZERO, -long_net - absorbed_by_long) if long_net < 0 else ZERO
    return short, long


def net(short_net: Decimal, long_net: Decimal, limit: Decimal, taxable_income: Decimal | None = None) -> Netting:
    """Net short-term against long-term gain, apply the loss limit, and carry on the rest with its character.

    These are Schedule D lines 16 to 21, in dollars. `limit` is the loss limit; `taxable_income` is as in `carryover`.
    """
    total = short_net + long_net
    preferential = max(ZERO, min(long_net, total))
    ordinary = max(ZERO, total) - preferential
    loss_used = min(limit, max(ZERO, -total))
    short_carried, long_carried = carryover(short_net, long_net, loss_used, taxable_income)
    return Netting(short_net, long_net, ordinary, preferential, loss_used, short_carried, long_carried)
