"""Lots that are divided when a household is read: names for the parts, and what was said about the whole."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .accounts import Lot
    from .activity import Restriction


def fresh_name(name: str, names: set[str]) -> str:
    """Return a name that is not among `names`, with a number behind it if it has to be, and add it to them."""
    found = next(each for each in chain([name], (f"{name} {number}" for number in count(2))) if each not in names)
    names.add(found)
    return found


def with_parts_kept(
    restrictions: Sequence[Restriction], parts: Mapping[tuple[str | None, str | None], Sequence[Lot]]
) -> tuple[Restriction, ...]:
    """Return restrictions in which a lot that is kept is kept in each of its parts. `parts` has the lots that were
    divided, by account id and lot id.
    """
    found: list[Restriction] = []
    for each in restrictions:
        lots = parts.get((each.account, each.lot), ())
        found += [each.model_copy(update={"lot": lot.id}) for lot in lots] if lots else [each]
    return tuple(found)
