"""A household as a notebook shows it: its accounts, and its classes against their bands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ..schema.amounts import count, dollars, signed
from ..schema.html import Column, bar, card, element, figures, table
from .parts.accounts import Account
from .parts.securities import Security
from .parts.targets import CASH, Target

ROWS = 10
"""Rows of a table on a card, so that it fits a screen."""


def worth(account: Account, securities: Mapping[str, Security]) -> float:
    """Return what an account is worth today, in dollars: its cash, and its lots of securities that are known."""
    return account.cash + sum(
        lot.quantity * securities[lot.symbol].price for lot in account.lots if lot.symbol in securities
    )


def gain(account: Account, securities: Mapping[str, Security]) -> float:
    """Return the gain of a taxable account's lots that is not realized, in dollars, as far as their basis is known."""
    known = [(lot, lot.basis_per_share) for lot in account.lots if lot.basis_per_share is not None]
    return (
        sum(lot.quantity * (securities[lot.symbol].price - basis) for lot, basis in known) if account.taxable else 0.0
    )


def household_card(
    title: str, accounts: Sequence[Account], securities: Mapping[str, Security], targets: Sequence[Target], filled: int
) -> str:
    """Return the card of a household, of which the tables of funds filled in so many values."""
    value, lots = sum(worth(each, securities) for each in accounts), sum(len(each.lots) for each in accounts)
    taxable = [each for each in accounts if each.taxable]
    inside = sum(worth(each, securities) for each in taxable)
    gained = sum(gain(each, securities) for each in taxable)
    shown = [
        ("Value", dollars(value), f"{count(len(accounts), 'account')}, {count(lots, 'lot')}"),
        ("Taxable", dollars(inside), f"{inside / value:.0%} of it" if value > 0 else ""),
        ("Gain not realized", signed(gained), "in the taxable accounts"),
        ("Cash", dollars(sum(each.cash for each in accounts)), "in all accounts"),
    ]
    tables = _accounts(accounts, securities), _classes(accounts, securities, targets, value)
    note = [element("p", f"{count(filled, 'value')} filled in by the tables of funds: household.filled", of="quiet")]
    return card(element("b", title), figures(shown), element("div", *tables, of="of"), *(note if filled else []))


def _accounts(accounts: Sequence[Account], securities: Mapping[str, Security]) -> object:
    rows = [
        (
            each.id,
            each.kind,
            f"{len(each.lots):,}",
            dollars(worth(each, securities)),
            dollars(each.cash),
            signed(gain(each, securities)) if each.taxable else "",
        )
        for each in accounts[:ROWS]
    ]
    heads = [
        Column("account"),
        Column("kind"),
        *(Column(name, number=True) for name in ("lots", "value", "cash", "gain")),
    ]
    left = len(accounts) - len(rows)
    return table("Accounts", heads, rows, f"and {count(left, 'account')} more" if left else "")


def _classes(
    accounts: Sequence[Account], securities: Mapping[str, Security], targets: Sequence[Target], value: float
) -> object:
    held: dict[str, float] = defaultdict(float)
    for account in accounts:
        held[CASH] += account.cash
        for lot in account.lots:
            security = securities[lot.symbol]
            for name, weight in security.exposures.items():
                held[name] += weight * lot.quantity * security.price
    found = [(each, held[each.asset_class] / value if value > 0 else 0.0) for each in targets]
    end = 1.03 * max(max(each.upper or 0.0, now) for each, now in found)
    largest = sorted(found, key=lambda pair: -max(pair[1], pair[0].weight))[:ROWS]
    rows = [_class(each, now, end) for each, now in found if (each, now) in largest]
    heads = [Column("class"), Column("target", number=True), Column("band", number=True), Column("now", number=True)]
    left = len(found) - len(rows)
    more = f"and {left:,} more" if left else ""
    return table("Asset classes", [*heads, Column(""), Column("")], rows, more)


def _class(target: Target, now: float, end: float) -> tuple[object, ...]:
    lower, upper = target.lower or 0.0, target.upper or 0.0
    off = not lower - 5e-5 <= now <= upper + 5e-5
    return (
        target.asset_class,
        f"{target.weight:.1%}",
        f"{lower:.1%} to {upper:.1%}",
        element("b", f"{now:.1%}"),
        bar(lower, upper, target.weight, None, now, off=off, end=end),
        "outside its band" if off else "",
    )
