"""Which securities stand in for preferred ones: similar, not identical, bought while those are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .accounts import Account
    from .securities import Security


def substitutes(securities: Iterable[Security]) -> set[str]:
    """The symbols that others name as their replacement. Of two that name each other neither is preferred."""
    named = {security.symbol: set(security.substitutes) for security in securities}
    return {symbol for name, symbols in named.items() for symbol in symbols if name not in named.get(symbol, ())}


def ranks(securities: Sequence[Security], account: Account) -> dict[str, int]:
    """Of the symbols on an account's menu: 0 preferred, 1 a stand-in, 2 another security of a class (that of most of a
    dollar) in which the account could buy one of those; 0 too where a class has no preference.
    """
    menu = [security for security in securities if account.menu is None or security.symbol in account.menu]
    substitute_symbols = substitutes(securities)
    named = {security.symbol for security in securities if security.substitutes}
    classes = {_class(security) for security in menu if security.symbol in named | substitute_symbols}

    def rank(security: Security) -> int:
        if security.symbol in substitute_symbols:
            return 1
        return 2 if security.symbol not in named and _class(security) in classes else 0

    return {security.symbol: rank(security) for security in menu}


def _class(security: Security) -> str:
    return max(security.exposures, key=lambda name: security.exposures[name])
