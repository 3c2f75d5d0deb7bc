"""Disposals of the wash-sale ledger in dollars and cents (docs/wash_sales.md, In cents)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .ledger import Disposal


class InCents(NamedTuple):
    """A disposal as a tax return states it, in dollars and cents."""

    allowed: Decimal
    """The gain; for a loss, the part that counts, negative."""
    deferred: tuple[Decimal, ...]
    """The loss of each replacement that is deferred, in their order."""
    lost: tuple[Decimal, ...]
    """The loss of each replacement that is lost, in their order."""


def in_cents(disposal: Disposal) -> InCents:
    """Return a disposal in cents: its gain rounded half to even, and a loss split so that the parts add up to it."""
    if disposal.gain >= 0:
        return InCents(_dollars(round(100 * disposal.gain)), (), ())
    allowed, *parts = apportioned([-disposal.allowed, *(each.loss for each in disposal.replacement_shares)])
    fates = [each.fate for each in disposal.replacement_shares]
    deferred, lost = (
        tuple(part for part, each in zip(parts, fates, strict=True) if each == fate) for fate in ("deferred", "lost")
    )
    return InCents(-allowed, deferred, lost)


def apportioned(parts: Sequence[Fraction]) -> list[Decimal]:
    """Return the parts of a loss (dollars, together more than 0) in cents that add up to the loss rounded half to even.

    Each part is rounded down. The cents left over go to the parts that lost the most by rounding, the first of equals.
    """
    if len(parts) == 1:
        return [_dollars(round(100 * parts[0]))]
    loss = sum(parts, Fraction(0))
    cents = round(100 * loss)
    exact = [part / loss * cents for part in parts]
    whole = [int(part) for part in exact]
    most = sorted(range(len(whole)), key=lambda i: whole[i] - exact[i])
    for i in most[: cents - sum(whole)]:
        whole[i] += 1
    return [_dollars(part) for part in whole]


def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
