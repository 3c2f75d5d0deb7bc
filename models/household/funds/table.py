"""The tables of widely held funds: index_funds.toml, other_funds.toml and the asset classes of classes.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

Pays = Literal["qualified", "ordinary", "treasury", "exempt"]
"""What kind of income a fund distributes for the larger part: qualified dividends, ordinary income, interest on
obligations of the United States, which no state taxes (31 U.S.C. 3124), or interest that the federal income tax exempts
(sec. 103).
"""

SOURCE = "table of funds, 2025"
"""Where a value that is filled in comes from."""

FACTS = ("class", "pays", "collectible")
"""What stands in a table of funds beside the funds."""

FAMILIES = {
    "iShares": "iShares",
    "BlackRock": "iShares",
    "SPDR": "SPDR",
    "Vanguard": "Vanguard",
    "Fidelity": "Fidelity",
    "Schwab": "Schwab",
    "Invesco": "Invesco",
    "Dimensional": "Dimensional",
    "Avantis": "American Century",
    "Nuveen": "Nuveen",
    "American Funds": "American Funds",
    "T. Rowe Price": "T. Rowe Price",
    "Dodge & Cox": "Dodge & Cox",
    "PIMCO": "PIMCO",
    "TCW": "TCW",
    "JPMorgan": "JPMorgan",
    "MFS": "MFS",
    "Harbor": "Harbor",
    "PGIM": "PGIM",
    "Oakmark": "Oakmark",
    "Baird": "Baird",
    "Western Asset": "Western Asset",
    "Artisan": "Artisan",
    "ProShares": "ProShares",
    "VanEck": "VanEck",
    "abrdn": "abrdn",
}
"""The family of funds by words of its funds' names."""


class Fund(NamedTuple):
    """What is known of the fund that a symbol is a share class of."""

    fund: str
    """Its name."""
    tracks: str | None
    """The index that it tracks; None if it tracks none."""
    classes: Mapping[str, float]
    """The part of a dollar in each asset class; empty if that changes, or is not known."""
    pays: Pays | None
    """What kind of income it distributes; None if it distributes none, or of several kinds."""
    collectible: bool
    """Whether its long-term gains are collectibles gains (sec. 1(h)(5))."""

    @property
    def family(self) -> str:
        """The family of funds."""
        return next(family for words, family in FAMILIES.items() if words in self.fund)

    @property
    def money_market(self) -> bool:
        """Whether it is a money-market fund, which counts as cash."""
        return [*self.classes] == ["cash"]


@cache
def known_funds() -> Mapping[str, Fund]:
    """Return what is known of every symbol in the tables."""
    return {symbol: fund for name in ("index_funds", "other_funds") for symbol, fund in _funds(name)}


def known_fund(symbol: str) -> Fund | None:
    """Return what is known of a fund; None if the symbol is in no table."""
    return known_funds().get(symbol.upper())


@cache
def known_classes() -> Mapping[str, Mapping[str, str]]:
    """Return the asset classes of the tables, each with the wider class that it is `within`, and what it `pays`."""
    return _table("classes")


def classes_among(fund: Fund, targeted: Collection[str]) -> dict[str, float]:
    """Return the parts of a fund by the classes that a household has targets for.

    A class without a target counts as the wider class that has one; if there is none, it stays as it is.
    """
    parts: dict[str, float] = {}
    for name, weight in fund.classes.items():
        wider = name
        while wider not in targeted and "within" in known_classes()[wider]:
            wider = known_classes()[wider]["within"]
        found = wider if wider in targeted else name
        parts[found] = parts.get(found, 0.0) + weight
    return parts


def _funds(name: str) -> Iterator[tuple[str, Fund]]:
    for heading, group in _table(name).items():
        given = group.get("class", {})
        classes: dict[str, float] = {given: 1.0} if isinstance(given, str) else given
        usual = known_classes()[given].get("pays") if isinstance(given, str) else None
        facts = classes, group.get("pays", usual), group.get("collectible", False)
        for fund, symbols in group.items():
            if fund not in FACTS:
                entry = Fund(fund, heading if name == "index_funds" else None, *facts)
                yield from ((symbol, entry) for symbol in symbols)


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / f"{name}.toml").read_text(encoding="utf-8"))
