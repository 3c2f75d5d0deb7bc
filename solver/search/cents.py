"""Dollars as cents whose sum is given, within limits and floors that amounts share."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from ...models.schema.money import CENT, ZERO

Dollars = dict[str, Decimal]

Shared = tuple[Collection[str], Decimal]
"""Names, and the dollars that they have together at most, or at least."""


def in_cents(
    dollars: Mapping[str, Decimal],
    total: Decimal,
    most: Sequence[Shared] = (),
    least: Sequence[Shared] = (),
    *,
    last: Container[str] = (),
) -> Dollars:
    """Return dollars in cents whose sum is `total`, each near to what is given, within `most` and `least`.

    Names in `last` change only if no other can. If the limits leave no way, the largest amount exceeds them.
    """
    caps = [(own, limit.quantize(CENT, ROUND_FLOOR)) for own, limit in most]
    floors = [(own, limit.quantize(CENT, ROUND_CEILING)) for own, limit in least]
    found = {name: each.quantize(CENT, ROUND_FLOOR) for name, each in dollars.items()}
    order = sorted(found, key=lambda name: (name in last, found[name] - dollars[name]))  # those that lost most first

    def together(own: Iterable[str]) -> Decimal:
        return sum((found[name] for name in own if name in found), ZERO)

    def room(name: str) -> Decimal:
        return min((limit - together(own) for own, limit in caps if name in own), default=total)

    def spare(name: str) -> Decimal:
        return min([found[name], *(together(own) - limit for own, limit in floors if name in own)])

    def add(missing: Decimal, names: Iterable[str]) -> Decimal:
        """Add dollars where there is room, those that are used already first; return what is left."""
        for name in sorted(names, key=lambda name: (name in last, not found[name])):
            part = max(min(missing, room(name)), ZERO)
            found[name] += part
            missing -= part
        return missing

    def take(beyond: Decimal, names: Iterable[str]) -> None:
        """Take dollars away where there are more than must be, those that lost least first."""
        for name in sorted(names, key=lambda name: (name in last, -order.index(name))):
            part = max(min(beyond, spare(name)), ZERO)
            found[name] -= part
            beyond -= part

    for own, limit in caps:
        take(together(own) - limit, [name for name in order if name in own])
    for own, limit in floors:
        add(limit - together(own), [name for name in order if name in own])
    take(together(found) - total, order)
    left = add(total - together(found), order)
    if left and found:
        found[max(found, key=lambda name: found[name])] += left
    return found


def is_within(dollars: Mapping[str, Decimal], most: Sequence[Shared], least: Sequence[Shared]) -> bool:
    """Return whether amounts keep their limits."""

    def together(own: Iterable[str]) -> Decimal:
        return sum((dollars.get(name, ZERO) for name in own), ZERO)

    return all(together(own) <= limit for own, limit in most) and all(together(own) >= limit for own, limit in least)
