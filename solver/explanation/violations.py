"""Rules that could not be kept, and the rules that conflict with them, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...models import Account, Violation
from ..accounting.violations import Shortfall, shortfalls
from ..formulation.blocks.limits import ROWS
from .facts import Solved
from .words import cash_need

LIMITS = {
    "short_gain": "the limit on short-term gains",
    "long_gain": "the limit on long-term gains",
    "net_gain": "the limit on net gains",
    "gain_share": "the limit on the share of gains",
    "loss": "the limit on losses",
    "bill": "the limit on the tax bill",
    "added_tax": "the limit on added tax",
    "turnover": "the limit on turnover",
    "trades": "the limit on the number of orders",
}
"""The limits in words, by name."""

RULES = {
    "C3": "the cash maximum of {}",
    "R1": "{} may not be sold",
    "R2": "{} is kept",
    "R3": "{} may not be bought",
    "R4": "{} may not be held",
    "R5": "{} is employer stock, which is kept",
    "R6": "{} covers a written call",
    "W1": "a loss in {} would be a wash sale",
    "W2": "buying {} would make a wash sale",
    "W3": "what is harvested may not be bought",
    "W4": "what is harvested may not be bought",
    "W5": "what is harvested may not be bought",
    "W6": "a loss in {} may be a wash sale",
    "W12": "selling {} would disallow the loss of a short sale",
    "H1": "{} is not held long enough",
    "H2": "{} turns long-term soon",
    "T1": "{} is at a long-term gain of a collectible",
    "T2": "the basis of {} is not known",
    "T3": "{} is offset by a put or a short sale",
    "M3": "{} is sold after a lot that may not be sold",
    "O2": "the minimum trade",
} | {row: LIMITS[name] for name, row in ROWS.items()}
"""Rows of the program that state a rule of a lot, an account or the policy, in words (docs/formulation.md)."""

ACCOUNT_RULES = {
    "M1": "the accounting method of {}",
    "M2": "the accounting method of {}",
    "Q1": "whole shares in {}",
    "Q3": "whole shares in {}",
}
"""Rows that state a rule of an account but are labeled by its lots and purchases, in words."""


def violations(solved: Solved) -> Iterator[Violation]:
    """Yield each rule that the orders break, with its shortfall and the rules that conflict with it."""
    books = solved.books
    conflicts = tuple(dict.fromkeys(_words(solved.conflicts, books.accounts)))
    for shortfall in shortfalls(books, solved.after, solved.orders):
        text, itself = _broken(shortfall, books.accounts)
        others = tuple(words for words in conflicts if words != itself)
        if others:
            text += f"; conflicts with: {', '.join(others)}"
        rule, where, amount = shortfall.rule, shortfall.where, float(shortfall.amount)
        yield Violation(rule=rule, where=where, amount=amount, text=f"{text}.", conflicts=others)


def _words(labels: Sequence[str], accounts: Mapping[str, Account]) -> Iterator[str]:
    """The rules that labels of rows stand for, in words."""
    for label in labels:
        row, _, what = label.rstrip("]").partition("[")
        if row == "C2":
            yield f"{cash_need(accounts[what])} in {what}"
        elif row == "D8":
            yield f"the band of {what.removeprefix('name ').removeprefix('factor ')}"
        elif row in ACCOUNT_RULES:
            yield ACCOUNT_RULES[row].format(what.partition("/")[0])
        elif row in RULES:
            yield RULES[row].format(what)


def _broken(shortfall: Shortfall, accounts: Mapping[str, Account]) -> tuple[str, str]:
    """A shortfall in words, and the words for its rule in a list of conflicts."""
    where, dollars = shortfall.where, f"${shortfall.amount:,.2f}"
    if shortfall.rule == "minimum_cash":
        rule = f"{cash_need(accounts[where])} in {where}"
        return f"{rule} {'are' if ' and ' in rule else 'is'} {dollars} short", rule
    if shortfall.rule == "maximum_cash":
        return f"{where} keeps {dollars} more than its cash maximum", RULES["C3"].format(where)
    if shortfall.rule == "limit":
        orders = int(shortfall.amount)
        beyond = ("1 order" if orders == 1 else f"{orders} orders") if where == "trades" else dollars
        return f"{LIMITS[where]} is exceeded by {beyond}", LIMITS[where]
    if shortfall.rule == "band":
        return f"{where} stays {dollars} outside its band", f"the band of {where}"
    return f"{dollars} of {where} cannot be sold", RULES["R4"].format(where)
