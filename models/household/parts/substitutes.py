"""Which securities are substitutes: similar to a preferred one, not identical, and bought while it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from .securities import Security


def substitutes(securities: Iterable[Security]) -> set[str]:
    """Return the symbols that other securities name as their substitute.

    If two securities name each other, neither is preferred, and neither counts as the other's substitute.
    """
    named = {security.symbol: set(security.substitutes) for security in securities}
    return {symbol for name, symbols in named.items() for symbol in symbols if name not in named.get(symbol, ())}


def ranks(securities: Sequence[Security], buyable: Collection[str]) -> dict[str, int]:
    """Return the rank of each symbol that an account may buy: 0 preferred, 1 a substitute, 2 a third security.

    Rank 2 is for other securities of a class in which the account could buy a preferred security or a substitute; in a
    class without either, all rank 0. A security's class is the one with its largest exposure.
    """
    menu = [security for security in securities if security.symbol in buyable]
    substitute_symbols = substitutes(securities)
    named = {security.symbol for security in securities if security.substitutes}
    classes = {security.main_class for security in menu if security.symbol in named | substitute_symbols}

    def rank(security: Security) -> int:
        if security.symbol in substitute_symbols:
            return 1
        return 2 if security.symbol not in named and security.main_class in classes else 0

    return {security.symbol: rank(security) for security in menu}
