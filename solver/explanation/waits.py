"""Lots at a short-term gain that turn long-term soon: the tax on a sale today and once long-term."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import cache

from ...models.plan.statements import Wait
from ...models.schema.money import cents, exact
from ...models.schema.ordered import Ordered
from ...models.tax.tax_bill import tax_bill
from ..accounting.after_trades import AfterTrades
from ..accounting.books import Books

SOON = 60
"""Days; lots that turn long-term later than this are not reported."""


def waits(books: Books, orders: Sequence[Ordered], after: AfterTrades) -> Iterator[Wait]:
    """Yield each lot that turns long-term within SOON days, with what its sale adds to the bill now and then.

    Both amounts, in dollars, are differences of this year's bill: for the gain that the plan realizes, or that of the
    whole lot if the plan sells none. Lots for which waiting saves nothing are left out.
    """
    realized: dict[str, Decimal] = defaultdict(Decimal)
    sold: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for order, posting in zip(orders, after.postings, strict=True):
        if posting.gain is not None and posting.term is not None:
            realized[posting.term] += posting.gain
            sold[order.account, order.lot or ""] += posting.gain
    short, long = realized["short"], realized["long"]

    @cache
    def bill(*gains: Decimal) -> Decimal:
        return exact(tax_bill(books.filer, *gains).total)

    for account, lot, days, per_share in books.short_term_gains():
        name = lot.id
        if days > SOON:
            continue
        in_plan = (account, name) in sold
        gain = sold[account, name] if in_plan else cents(per_share * books.shares[account, name])
        rest = short - gain if in_plan else short
        without, now, then = bill(rest, long), bill(rest + gain, long), bill(rest, long + gain)
        if now - without <= then - without:
            continue  # nothing to wait for
        until = books.household.trade_date + timedelta(days)
        when = "tomorrow" if days == 1 else f"in {days} days"
        costs = f"costs ${then - without:,.2f} instead of ${now - without:,.2f}"
        verdict = "It is sold today anyway" if in_plan else "It is not sold today"
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
