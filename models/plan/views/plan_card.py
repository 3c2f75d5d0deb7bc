"""A plan as a notebook shows it: what to do, what it costs, holdings against their bands, and the largest trades."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...schema.amounts import count, dollars
from ...schema.html import Column, bar, card, element, figures, table
from ..certificate import Certificate
from ..statements import ClassWeight
from ..trades import Trade
from ..words import SURE, places_for, proof, to_do, weights

ROWS, LINES = 8, 3
"""Rows of a table on a card, and lines of moves and of broken rules, so that it fits a screen."""


def plan_card(
    title: str,
    certificate: Certificate,
    numbers: Iterable[tuple[str, str, str]],
    value: float,
    classes: Sequence[ClassWeight],
    trades: Sequence[Trade],
    moves: Sequence[str],
    broken: Sequence[str],
) -> str:
    """Return the card of a plan.

    `numbers` are figures, each with its name and a line below, `moves` the money that it moves, `broken` the hard rules
    that it breaks, and `value` is what weights are fractions of.
    """
    parts = [element("p", to_do(trades)), figures(numbers)]
    parts += [element("p", text) for text in moves[:LINES]]
    parts += [element("p", "Breaks a hard rule: ", text) for text in broken[:LINES]]
    parts.append(element("div", _holdings(value, classes), *([_trades(trades)] if trades else []), of="of"))
    parts.append(element("p", proof(certificate), of="quiet"))
    return card(element("span", element("b", title), f" · {SURE[certificate.status]}"), *parts)


def _holdings(value: float, classes: Sequence[ClassWeight]) -> object:
    places = places_for(value, classes)
    found = [(each, weights(value, each, places)) for each in classes]
    end = 1.03 * max((max(each.upper, now.before, now.after) for each, now in found), default=1.0)
    shown = sorted(found, key=lambda pair: -max(pair[1].after, pair[1].before))[:ROWS] if len(found) > ROWS else found
    rows = [
        (
            each.asset_class,
            f"{each.target:.{places}%}",
            f"{now.before:.{places}%}",
            element("b", f"{now.after:.{places}%}"),
            bar(each.lower, each.upper, each.target, now.before, now.after, off=now.off_after, end=end),
            "outside its band" if now.off_after else "",
        )
        for each, now in shown
    ]
    heads = [Column("class"), *(Column(name, number=True) for name in ("target", "before", "after"))]
    left = len(found) - len(shown)
    return table(
        "Holdings",
        [*heads, Column("○ before   ● after"), Column("")],
        rows,
        f"and {count(left, 'class')} more" if left else "",
    )


def _trades(trades: Sequence[Trade]) -> object:
    largest = sorted(trades, key=lambda trade: -abs(trade.proceeds))[:ROWS]
    rows = [
        (
            trade.account,
            f"{trade.side} {trade.symbol}",
            f"{trade.quantity:,.4f}".rstrip("0").rstrip("."),
            dollars(abs(trade.proceeds)),
            "" if trade.gain is None else dollars(trade.gain),
            trade.term or "",
            trade.reason.code.replace("_", " "),
        )
        for trade in trades
        if trade in largest
    ]
    heads = [Column("account"), Column("trade"), *(Column(name, number=True) for name in ("shares", "dollars", "gain"))]
    left = len(trades) - len(rows)
    return table(
        f"Trades ({len(trades):,})" if not left else f"Largest of {len(trades):,} trades",
        [*heads, Column("term"), Column("reason")],
        rows,
        f"and {left:,} more in plan.trades_frame()" if left else "",
    )
