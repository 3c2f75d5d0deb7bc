"""A replay of orders on the books: every order is posted, then the result is priced."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from ...models.schema.money import ONE, ZERO, cents, exact
from ...models.schema.ordered import Ordered
from ...models.tax.tax_bill import TaxBill, tax_bill
from .after_trades import NO_EFFECT, AfterTrades, Band
from .books import Books
from .orders import Posting
from .running_totals import RunningTotals
from .to_target import to_target
from .wash_effect import wash_effect


def replay(books: Books, orders: Iterable[Ordered]) -> AfterTrades:
    """Post every order and price the result. Raises KeyError if an order names an unknown account, symbol or lot."""
    totals = RunningTotals(books)
    postings = tuple(totals.post(order) for order in orders)
    left = dict(books.shares)
    for key, shares in totals.sold.items():
        left[key] -= shares
    return priced(books, totals, postings, left)


def priced(
    books: Books,
    totals: RunningTotals,
    postings: tuple[Posting, ...] = (),
    left: dict[tuple[str, str], Decimal] | None = None,
) -> AfterTrades:
    """Price running totals: commissions, wash sales, the tax bill, bands, limits and the objective, part by part."""
    cash, trading = dict(totals.cash), totals.trading
    for account, orders in Counter(account for account, _, _ in totals.amounts).items():
        cash[account] -= orders * books.commission[account]
        trading += orders * books.commission[account]
    washed = wash_effect(books, totals) if books.policy.wash_sales == "price" else NO_EFFECT
    realized = {term: gain + washed.disallowed[term] for term, gain in totals.realized.items()}
    bill = tax_bill(books.filer, realized["short"], realized["long"]) if any(realized.values()) else books.bill
    counted_cash = sum((books.counted[account] * dollars for account, dollars in cash.items()), ZERO)
    bands, moved = _after(books, totals.amounts, counted_cash)
    location, substitution = _placed(books, totals.amounts)
    traded = sum(totals.amounts.values(), ZERO) / 2
    limited = {
        "short_gain": exact(bill.short_gain),
        "long_gain": exact(bill.long_gain),
        "net_gain": exact(bill.short_gain) + exact(bill.long_gain),
        "gain_share": (exact(bill.short_gain) + exact(bill.long_gain)) / (books.limit_unit("gain_share") or ONE),
        "loss": totals.loss,
        "bill": exact(bill.total),
        "added_tax": exact(bill.total) - exact(books.bill_before.total),
        "turnover": traded / books.market_value if books.market_value > 0 else traded,
        "trades": Decimal(len(totals.amounts)),
    }
    undersized = _undersized(books, totals)
    parts = {
        "tax": exact(bill.total) - exact(books.bill_before.total),
        "later": _later(books, bill, sum(totals.realized.values(), washed.deferred)),
        "waiting": totals.waiting,
        "drift": sum((books.drift_of(bands[i]) - books.drift[i] for i in moved), sum(books.drift, ZERO)),
        "to_target": to_target(books, bands),
        "trading": trading,
        "location": location,
        "substitution": substitution,
        "limits": _excess(books, limited, undersized),
    }
    return AfterTrades(
        postings=postings,
        market_value=books.market_value,
        target_value=books.target_value,
        cash=cash,
        left=left or {},
        bands=bands,
        tax_before=books.bill_before,
        tax_after=bill,
        limited=limited,
        undersized=undersized,
        wash_effect=washed,
        parts={name: cents(dollars) + ZERO for name, dollars in parts.items()},  # a negative zero becomes zero
    )


def _after(
    books: Books, amounts: Mapping[tuple[str, str, str], Decimal], counted_cash: Decimal
) -> tuple[tuple[Band, ...], list[int]]:
    """The bands after the trades, and the places of those that the trades move."""
    moved: dict[str, Decimal] = defaultdict(Decimal)
    for (account, symbol, side), amount in amounts.items():
        counted = amount * books.counted[account]
        moved[symbol] += counted if side == "buy" else -counted
    change: dict[int, Decimal] = defaultdict(Decimal)
    for symbol, dollars in moved.items():
        for place, part in books.counts.get(symbol, ()):
            change[place] += dollars * part
    change[books.cash_band] += counted_cash - books.counted_cash
    bands = list(books.bands)
    for place, dollars in change.items():
        band = bands[place]
        after = band.before + dollars
        bands[place] = Band(band.kind, band.name, band.target, band.lower, band.upper, band.before, after)
    return tuple(bands), list(change)


def _placed(books: Books, amounts: Mapping[tuple[str, str, str], Decimal]) -> tuple[Decimal, Decimal]:
    """What the orders change in asset location, and in substitutes held, in dollars."""
    location = substitution = ZERO
    for (account, symbol, side), amount in amounts.items():
        forgone = books.forgone[account, symbol]
        if side == "buy":
            location += forgone * amount
            substitution += amount * books.substitute_cost * books.ranks[account].get(symbol, 0)
        else:
            location -= forgone * amount
            if symbol in books.substitutes:
                substitution -= amount * books.substitute_cost
    return location, substitution


def _later(books: Books, bill: TaxBill, realized: Decimal) -> Decimal:
    """The change in later years' tax: losses carried forward, gains no longer deferred (`realized`, dollars), and money
    moved out of deferred accounts.
    """
    later = books.later_years
    short = exact(bill.short_carryforward) - exact(books.bill_before.short_carryforward)
    long = exact(bill.long_carryforward) - exact(books.bill_before.long_carryforward)
    carried = exact(later.carried_short) * short + exact(later.carried_long) * long
    return -carried - exact(later.deferral) * realized - exact(later.withdrawal_rate) * books.income


def _undersized(books: Books, totals: RunningTotals) -> dict[tuple[str, str, str], Decimal]:
    """Orders below the minimum trade, and the dollars missing; a sale of all that the account holds is enough."""
    limit = books.policy.limits.minimum_trade
    if limit is None:
        return {}
    found = {}
    for (account, symbol, side), amount in totals.amounts.items():
        least = exact(limit.amount)
        if side == "sell":
            least = min(least, books.held[account, symbol] * books.price[symbol])
        if amount < least:
            found[account, symbol, side] = least - amount
    return found


def _excess(books: Books, limited: dict[str, Decimal], undersized: dict[tuple[str, str, str], Decimal]) -> Decimal:
    """The price of exceeding soft limits and of orders below a soft minimum trade, in dollars."""
    total = ZERO
    for name, used in limited.items():
        limit = getattr(books.policy.limits, name)
        if limit is not None and limit.price is not None:
            total += exact(limit.price) * max(used - exact(limit.amount), ZERO) * books.limit_unit(name)
    least = books.policy.limits.minimum_trade
    if least is not None and least.price is not None:
        total += exact(least.price) * sum(undersized.values(), ZERO)
    return total
