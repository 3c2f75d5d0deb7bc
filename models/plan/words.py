"""The words and digits that plans are stated in, whoever states them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..schema.amounts import count, dollars
from .certificate import Certificate, Status
from .statements import ClassWeight, FactorExposure, SecurityWeight
from .trades import Trade

MOST_PLACES = 4
"""Decimals of a percentage: a millionth of the household."""

BY_ROUNDING = 5e-5
"""How far outside its band, as a weight, the rounding of orders may leave a class or a name."""

ROUNDED = 1e-9
"""How far a weight with few decimals may be from itself rounded to them."""

Banded = ClassWeight | FactorExposure | SecurityWeight


class Weights(NamedTuple):
    """A row of a table of bands as weights of the household, and whether each is printed outside the band."""

    before: float
    after: float
    off_before: bool
    off_after: bool


def weights(value: float, row: Banded, places: int) -> Weights:
    """Return a row's weights in a household of this value, with `places` decimals of a percentage when printed."""
    before, after = (row.before / value, row.after / value) if value else (0.0, 0.0)
    return Weights(before, after, outside(before, row, places), outside(after, row, places))


def places_for(value: float, rows: Sequence[Banded], least: int = 1) -> int:
    """Return how many decimals of a percentage a table of a household of this value needs, four at most.

    They show every end of a band and every target exactly, and a weight outside its band as outside.
    """
    for places in range(least, MOST_PLACES):
        ends = [getattr(row, name, 0.0) for row in rows for name in ("target", "lower", "upper")]
        exact = all(abs(round(end, places + 2) - end) < ROUNDED for end in ends)
        weights = [(dollars / value, row) for row in rows for dollars in (row.before, row.after)] if value else []
        if exact and all(outside(*each, places) for each in weights if outside(*each, MOST_PLACES, BY_ROUNDING)):
            return places
    return MOST_PLACES


def outside(weight: float, row: Banded, places: int, by: float = 0.0) -> bool:
    """Return whether a weight, as it is printed, is outside its band as that is printed, by more than `by`."""
    printed, lower, upper = (float(f"{each:.{places}%}"[:-1]) for each in (weight, row.lower, row.upper))
    return printed < lower - 100 * by or printed > upper + 100 * by


SURE: Mapping[Status, str] = {
    "optimal": "Proven best",
    "within_rounding": "Proven best, but for rounding",
    "feasible": "Not proven best so far",
    "heuristic": "Made by a rule, not searched for",
    "fallback": "A plan made without the search",
    "infeasible": "No plan found keeps every hard rule",
}
"""A certificate's status in words."""


def proof(certificate: Certificate) -> str:
    """Return the certificate in a sentence."""
    if certificate.gap is None:
        how = certificate.detail or "nothing is proven about its price"
        return f"{certificate.status}: found by the {certificate.method}; {how}."
    relative = "" if certificate.gap_bp is None else f" ({certificate.gap_bp:.4f} bp of the household)"
    limit = f" The {certificate.limit} limit stopped the search." if certificate.limit else ""
    rounded = f", ${certificate.rounding:,.2f} of it rounding to shares and cents" if certificate.rounding else ""
    asked = f"; {certificate.gap_asked_bp:g} bp was asked for" if certificate.status == "within_rounding" else ""
    found = f"no plan is better than this one by more than ${certificate.gap:,.2f}{relative}{rounded}{asked}"
    text = f"{certificate.status.replace('_', ' ')}: {found}."
    kinks = ""
    if certificate.tax_binaries:
        kinks = f" ({count(certificate.tax_binaries, 'choice')} for kinks of the tax)"
    how = f"Found by {certificate.method}{kinks} in {certificate.seconds:.2f} s."
    scope = f" {certificate.scope}" if certificate.scope else ""
    return f"{text}{limit}{scope} {how}"


def to_do(trades: Iterable[Trade]) -> str:
    """Return what trades come to, in a sentence."""
    trades = [*trades]
    orders = {(trade.account, trade.symbol, trade.side) for trade in trades}
    if not orders:
        return "Trade nothing today: no trade is worth what it costs."
    sums = {side: sum(abs(trade.proceeds) for trade in trades if trade.side == side) for side in ("sell", "buy")}
    doing = " and ".join(f"{side} {dollars(amount)}" for side, amount in sums.items() if amount)
    where = count(len({account for account, _, _ in orders}), "account")
    return f"{doing.capitalize()}: {count(len(orders), 'order')} in {where}."
