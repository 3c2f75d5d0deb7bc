"""Securities that a household may have to declare substantially identical: share classes of a fund, funds of an index.

The facts are in index_funds.toml. Whether funds of one index are identical is not settled (docs/wash_sales.md).
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .securities import Security


class Tracking(NamedTuple):
    """The fund that a symbol is a share class of, and the index that the fund tracks."""

    fund: str
    tracks: str


@cache
def index_funds() -> Mapping[str, Tracking]:
    """Return the fund and the index of every symbol in index_funds.toml."""
    table = tomllib.loads((files(__package__) / "index_funds.toml").read_text(encoding="utf-8"))
    return {
        symbol: Tracking(fund, index)
        for index, funds in table.items()
        for fund, symbols in funds.items()
        for symbol in symbols
    }


def same_index(symbol: str) -> str | None:
    """Return the name of the index that a fund tracks, the same for all of its trackers; None if unknown."""
    known = index_funds().get(symbol.upper())
    return known.tracks if known else None


def likeness(one: str, other: str) -> str | None:
    """Return what two funds share (a fund or an index), as the end of a sentence about them; None if unknown."""
    first, second = index_funds().get(one.upper()), index_funds().get(other.upper())
    if first is None or second is None or first.tracks != second.tracks:
        return None
    same = first.fund == second.fund
    return f"are share classes of {first.fund}" if same else f"track the {first.tracks} index"


def grouped(securities: Sequence[Security], *, same_index: bool) -> tuple[Security, ...]:
    """Return the securities, with an `identity_group` filled in for those without one that belong together.

    Share classes of one fund belong together; if `same_index`, so do funds that track one index. The group
    is the one that some of them declare, otherwise the name of the fund or index. If they declare
    different groups, nothing is filled in.
    """
    related: dict[str, list[Security]] = defaultdict(list)
    for security in securities:
        known = index_funds().get(security.symbol.upper())
        if known:
            related[known.tracks if same_index else known.fund].append(security)
    given: dict[str, str] = {}
    for key, members in related.items():
        declared = {member.identity_group for member in members if member.identity_group}
        if len(members) > 1 and len(declared) < 2:
            given |= {member.symbol: next(iter(declared), key) for member in members}
    return tuple(
        each.model_copy(update={"identity_group": given[each.symbol]}) if each.symbol in given else each
        for each in securities
    )


def undeclared(securities: Iterable[Security], how: Literal["share_class", "index"]) -> list[set[str]]:
    """Return sets of symbols that are share classes of one fund, or track one index, but are not in one group.

    `how` chooses between the two; "group" is the identity group. The sets are in the order of the securities.
    """
    related: dict[str, set[str]] = defaultdict(set)
    groups: dict[str, set[str]] = defaultdict(set)
    for security in securities:
        known = index_funds().get(security.symbol.upper())
        if known:
            key = known.fund if how == "share_class" else known.tracks
            related[key].add(security.symbol)
            groups[key].add(security.group)
    return [symbols for key, symbols in related.items() if len(groups[key]) > 1]
