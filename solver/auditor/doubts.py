"""Which securities may be identical although the file does not say so (docs/wash_sales.md, States)."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING

from ...models.household.funds.table import known_funds
from .worth import main_class

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .case import Case

    Doubt = tuple[str, Callable[[str], frozenset[str]]]
    """The fact that is missing, and what gives the other securities that one may be identical to because of it."""


def doubts_of(case: Case) -> list[Doubt]:
    """Return what may make two securities identical, as the policy has it: trackers of one index in different groups,
    and funds of one class of which one is unknown.
    """
    group, securities, known = case.wash.group, case.securities, known_funds()
    index = {symbol: known[symbol.upper()].tracks for symbol in group if symbol.upper() in known}
    members = _sets((own, symbol) for symbol, own in group.items())
    tracked = _sets((group[symbol], name) for symbol, name in index.items() if name is not None)
    trackers = _sets((name, own) for own, names in tracked.items() for name in names)
    targeted = {target.symbol for target in case.household.security_targets}
    class_of = {
        symbol: main_class(each)
        for symbol, each in securities.items()
        if each.kind == "fund" or (each.kind is None and symbol not in targeted)
    }
    sizes = Counter(group.values())
    unknown = {
        symbol
        for symbol in class_of
        if securities[symbol].identity_group is None and sizes[group[symbol]] == 1 and symbol not in index
    }
    funds = _sets((name, symbol) for symbol, name in class_of.items())
    named = _sets((other, symbol) for symbol, each in securities.items() for other in each.substitutes)

    @cache
    def same_index(symbol: str) -> frozenset[str]:
        own = group[symbol]
        groups = {other for name in tracked[own] for other in trackers[name]} - {own}
        return frozenset(other for each in groups for other in members[each])

    @cache
    def same_fund(symbol: str) -> frozenset[str]:
        alike = funds[class_of[symbol]] if symbol in class_of else set()
        apart = {symbol, *securities[symbol].substitutes} | named[symbol]
        return frozenset((alike if symbol in unknown else alike & unknown) - apart)

    if case.policy.identity == "declared":
        return []
    by_index: list[Doubt] = [("identity", same_index)] if case.policy.identity == "index" else []
    return [*by_index, ("unknown fund", same_fund)]


def _sets(pairs: Iterable[tuple[str, str]]) -> defaultdict[str, set[str]]:
    """The second of each pair, by the first."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        found[one].add(other)
    return found
