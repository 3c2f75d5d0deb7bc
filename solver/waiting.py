"""Waiting for long-term, priced (docs/formulation.md, ω).

objective  waiting: ω_l per dollar sold of a lot at a short-term gain
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from ..models import Wait, days_to_long_term, first_long_term_date, tax_bill
from ..models.base import exact
from .books import Books
from .ledger import Ledger, Ordered, cents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .problem import Problem
    from .program import Program
    from .trades import Trades

SOON = 60
"""Days; what turns long-term later is not told."""


def add_waiting(program: Program, problem: Problem, trades: Trades) -> None:
    """Charge what selling today gives up."""
    price = problem.lots.waiting[trades.lot]
    charged = np.flatnonzero(price)
    program.charge("waiting", trades.sell[charged], price[charged])


def waits(books: Books, orders: Sequence[Ordered], ledger: Ledger) -> Iterator[Wait]:
    """Lots that are long-term soon: what a sale adds to the bill today, and what then, priced by the bill itself."""
    realized: dict[str, Decimal] = defaultdict(Decimal)
    sold: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for order, booking in zip(orders, ledger.bookings, strict=True):
        if booking.gain is not None and booking.term is not None:
            realized[booking.term] += booking.gain
            sold[order.account, order.lot or ""] += booking.gain
    short, long = realized["short"], realized["long"]
    payer, today = books.filer, books.household.trade_date
    for (account, name), lot in books.lots.items():
        per_share = books.gain_per_share(account, lot)
        if per_share is None or per_share <= 0 or lot.acquired is None:
            continue
        days = days_to_long_term(lot.acquired, today)
        if not 0 < days <= SOON:
            continue
        in_plan = (account, name) in sold
        gain = sold[account, name] if in_plan else cents(per_share * books.shares[account, name])
        rest = short - gain if in_plan else short
        without, now, then = (
            exact(tax_bill(payer, *gains).total) for gains in ((rest, long), (rest + gain, long), (rest, long + gain))
        )
        if now - without <= then - without:
            continue  # nothing to wait for
        until = first_long_term_date(lot.acquired)
        when = "tomorrow" if days == 1 else f"in {days} days"
        costs = f"costs ${then - without:,.2f} instead of ${now - without:,.2f}"
        verdict = "It is sold today all the same" if in_plan else "It is not sold today"
        yield Wait(
            account=account,
            symbol=lot.symbol,
            lot=name,
            days=days,
            until=until,
            sold=in_plan,
            tax_today=float(now - without),
            tax_then=float(then - without),
            text=f"{when[0].upper()}{when[1:]} this sale {costs} in tax. {verdict}.",
        )
