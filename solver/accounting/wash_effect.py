"""What the wash-sale ledger makes of the losses in running totals, for a policy that prices wash sales."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from ...models import holding_term
from ...models.household.parts.lot_rules import held_since
from ...models.schema.money import ZERO, cents, exact
from .after_trades import WashEffect
from .orders import Order

if TYPE_CHECKING:
    from ...models.tax.holding_period import Term
    from .books import Books
    from .running_totals import RunningTotals


def wash_effect(books: Books, totals: RunningTotals) -> WashEffect:
    """Return the dollars of loss disallowed, by term, and how much of it is deferred or lost (IRC 1091)."""
    group = books.household.groups
    sales = [(key, shares) for key, shares in totals.sold.items() if shares]
    buys = [(key, shares) for key, shares in totals.bought.items() if shares]
    orders = [Order(key[0], books.lots[key].symbol, "sell", float(shares), key[1]) for key, shares in sales]
    orders += [Order(account, symbol, "buy", float(shares)) for (account, symbol), shares in buys]
    gains = [_gain(books, order) for order in orders]
    replaced = {group[symbol] for (_, symbol), _ in buys} | {*books.wash.purchases}
    lost = {group[order.symbol] for order, gain in zip(orders, gains, strict=True) if gain is not None and gain < 0}

    disallowed: dict[Term, Decimal] = {"short": ZERO, "long": ZERO}
    gone = Fraction()
    for name in sorted(lost & replaced):
        own = [each for each in zip(orders, gains, strict=True) if group[each[0].symbol] == name]
        for disposal in books.wash.outcome(name, [order for order, _ in own], [gain for _, gain in own]):
            disallowed[disposal.term] += _decimal(disposal.allowed)
            gone += disposal.lost
        for order, gain in own:
            if order.lot is not None and gain is not None:
                since = held_since(books.lots[order.account, order.lot], gain)
                disallowed[holding_term(since, books.household.trade_date)] -= gain
    in_cents = {term: cents(dollars) for term, dollars in disallowed.items()}
    lost_for_good = cents(_decimal(gone))
    return WashEffect(in_cents, sum(in_cents.values(), ZERO) - lost_for_good, lost_for_good)


def _gain(books: Books, order: Order) -> Decimal | None:
    """The gain of a sale in a taxable account, before rounding; None for any other order."""
    per_share = None if order.lot is None else books.gain_per_share(order.account, books.lots[order.account, order.lot])
    return None if per_share is None else exact(order.quantity) * per_share


def _decimal(amount: Fraction) -> Decimal:
    return Decimal(amount.numerator) / amount.denominator
