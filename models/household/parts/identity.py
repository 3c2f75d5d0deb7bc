"""Which securities are one fund, or may be: share classes, funds of one index, funds that nobody knows.

The facts are in the tables of funds (../funds/). Whether funds of one index are identical is not settled
(docs/wash_sales.md).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..funds.table import Fund, known_fund

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from .securities import Security


def same_index(symbol: str) -> str | None:
    """Return the name of the index that a fund tracks, the same for all of its trackers; None if unknown or none."""
    known = known_fund(symbol)
    return known.tracks if known else None


def likeness(one: str, other: str) -> str | None:
    """Return what two funds share (a fund or an index), as the end of a sentence about them; None if unknown."""
    first, second = known_fund(one), known_fund(other)
    if first is None or second is None:
        return None
    if first.fund == second.fund:
        return f"are share classes of {first.fund}"
    return f"track the {first.tracks} index" if first.tracks and first.tracks == second.tracks else None


def _related(securities: Iterable[Security], key: Callable[[Fund], str | None]) -> dict[str, list[Security]]:
    """Securities that the tables know, by fund or by index."""
    related: dict[str, list[Security]] = defaultdict(list)
    for security in securities:
        known = known_fund(security.symbol)
        if known and (name := key(known)):
            related[name].append(security)
    return related


def share_classes(securities: Iterable[Security]) -> dict[str, list[Security]]:
    """Return the securities that are share classes of a known fund, by its name."""
    return _related(securities, lambda known: known.fund)


def _trackers(securities: Iterable[Security]) -> dict[str, list[Security]]:
    return _related(securities, lambda known: known.tracks)


def grouped(securities: Sequence[Security], *, same_index: bool) -> tuple[Security, ...]:
    """Return the securities, with an `identity_group` filled in for those without one that belong together.

    Share classes of one fund belong together; if `same_index`, so do funds that track one index. The group
    is the one that some of them declare, otherwise the name of the fund or index. If they declare
    different groups, nothing is filled in.
    """
    found = _filled(securities, share_classes(securities))
    return _filled(found, _trackers(found), share_classes(found)) if same_index else found


def _filled(
    securities: Sequence[Security], related: Mapping[str, Sequence[Security]], own: Collection[str] = ()
) -> tuple[Security, ...]:
    """The securities, with the group of those related to them. Groups named in `own` were not declared."""
    given: dict[str, str] = {}
    for key, members in related.items():
        declared = {member.identity_group for member in members if member.identity_group} - {*own}
        if len(members) > 1 and len(declared) < 2:
            given |= {member.symbol: next(iter(declared), key) for member in members}
    return tuple(
        each.model_copy(update={"identity_group": given[each.symbol]}) if each.symbol in given else each
        for each in securities
    )


def undeclared(securities: Iterable[Security]) -> list[set[str]]:
    """Return sets of symbols that track one index, but are not in one identity group, in the order of securities."""
    return [
        {member.symbol for member in members}
        for members in _trackers(securities).values()
        if len({member.group for member in members}) > 1
    ]


@dataclass(frozen=True)
class UnknownFunds:
    """Which funds may be one fund because the tables do not know one of them and the file does not say."""

    unknown: Mapping[str, str] = field(default_factory=dict)
    """The asset class of each fund that is in neither table and in no declared identity group, by symbol."""
    known: Mapping[str, str] = field(default_factory=dict)
    """The asset class of every other fund, by symbol."""
    apart: Collection[frozenset[str]] = ()
    """Pairs of symbols that the file says are different: one is named as the other's substitute."""

    def between(self, one: str, other: str) -> list[str]:
        """Return the unknown ones of two funds that may be one fund: of one asset class, and not declared apart."""
        if one not in self.unknown and other not in self.unknown:
            return []
        unknown = [symbol for symbol in dict.fromkeys((one, other)) if symbol in self.unknown]
        first, second = (self.unknown.get(symbol, self.known.get(symbol)) for symbol in (one, other))
        alike = one != other and first is not None and first == second
        return unknown if alike and frozenset((one, other)) not in self.apart else []


def unknown_funds(securities: Sequence[Security], targeted: Collection[str]) -> UnknownFunds:
    """Return the unknown funds among a household's securities. A security `targeted` by itself is a stock, unless its
    `kind` says otherwise.
    """
    sizes: dict[str, int] = defaultdict(int)
    for security in securities:
        sizes[security.group] += 1
    unknown: dict[str, str] = {}
    known: dict[str, str] = {}
    for security in securities:
        if security.kind == "stock" or (security.kind is None and security.symbol in targeted):
            continue
        declared = security.identity_group is not None or sizes[security.group] > 1
        place = known if declared or known_fund(security.symbol) else unknown
        place[security.symbol] = security.main_class
    apart = {frozenset((each.symbol, other)) for each in securities for other in each.substitutes}
    return UnknownFunds(unknown, known, apart)
