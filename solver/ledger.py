"""Trades replayed on a household in decimal arithmetic: cash, shares, gains, the tax bill, the objective.

It knows the household, the policy and the orders, and nothing of the program. Plans state its figures and the audit
recomputes them with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal, Protocol

from ..models import Household, Policy, Security, TaxBill, Taxpayer, holding_term, tax_bill
from ..models.base import exact
from ..models.holding_period import Term
from ..models.household import CASH, FREE_CASH

CENT = Decimal("0.01")
ZERO = Decimal(0)
ONE = Decimal(1)


class Ordered(Protocol):
    """What the ledger reads of a trade."""

    @property
    def account(self) -> str: ...  # noqa: D102
    @property
    def symbol(self) -> str: ...  # noqa: D102
    @property
    def side(self) -> Literal["buy", "sell"]: ...  # noqa: D102
    @property
    def quantity(self) -> float: ...  # noqa: D102
    @property
    def lot(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Order:
    """Shares of one lot to sell, or of one security to buy, in one account."""

    account: str
    symbol: str
    side: Literal["buy", "sell"]
    quantity: float
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """What an order does: cash in (or out, negative), gain and term of a taxable sale."""

    proceeds: Decimal
    gain: Decimal | None = None
    term: Term | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The household after the orders. Dollars; weights of no kind."""

    bookings: tuple[Booking, ...]
    value: Decimal
    """V, before the trades, with contributions and withdrawals."""
    cash: dict[str, Decimal]
    """After the trades, by account."""
    left: dict[tuple[str, str], Decimal]
    """Shares left, by account and lot; negative where more was sold than held."""
    class_before: dict[str, Decimal]
    class_after: dict[str, Decimal]
    tax_before: TaxBill
    tax_after: TaxBill
    parts: dict[str, Decimal]
    """The parts of the objective, each rounded to the cent."""

    @property
    def objective(self) -> Decimal:
        """The sum of the parts."""
        return sum(self.parts.values(), ZERO)


def sale_proceeds(security: Security, quantity: Decimal) -> Decimal:
    """Cash from selling, after the half-spread, to the cent."""
    return cents(quantity * exact(security.price) * (ONE - exact(security.half_spread)))


def purchase_cost(security: Security, quantity: Decimal) -> Decimal:
    """Cash that buying takes, with the half-spread, to the cent."""
    return cents(quantity * exact(security.price) * (ONE + exact(security.half_spread)))


def cents(amount: Decimal) -> Decimal:
    """Rounded to the cent, half to even."""
    return amount.quantize(CENT, ROUND_HALF_EVEN)


def bands(household: Household) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Target weight and band by class, with the band of cash where no target names it."""
    named = {t.asset_class: (exact(t.weight), exact(t.lower), exact(t.upper)) for t in household.targets}
    return named if CASH in named else named | {CASH: (ZERO, ZERO, exact(FREE_CASH))}


def replay(household: Household, policy: Policy, orders: Iterable[Ordered]) -> Ledger:
    """Book every order and price the result. Raises KeyError where an order names what is not there."""
    orders = tuple(orders)
    security, account = household.security, household.account
    lots = {(holder.id, lot.id): lot for holder in household.accounts for lot in holder.lots}
    left = {key: exact(lot.quantity) for key, lot in lots.items()}
    cash = {a.id: exact(a.cash) + exact(a.contribution) - exact(a.withdrawal) for a in household.accounts}
    shares: dict[str, Decimal] = defaultdict(Decimal)
    for lot in lots.values():
        shares[lot.symbol] += exact(lot.quantity)
    value = sum((shares[symbol] * exact(security[symbol].price) for symbol in shares), sum(cash.values(), ZERO))
    before = _exposure(household, shares, cash)

    bookings = []
    realized: dict[Term, Decimal] = {"short": ZERO, "long": ZERO}
    trading = location = ZERO
    for order in orders:
        fund, quantity = security[order.symbol], exact(order.quantity)
        amount = quantity * exact(fund.price)
        drag = _income_drag(household.taxpayer, policy, fund) if account[order.account].taxable else ZERO
        trading += amount * exact(fund.half_spread)
        if order.side == "buy":
            booking = Booking(-purchase_cost(fund, quantity))
            shares[order.symbol] += quantity
            location += drag * amount
        else:
            key = (order.account, order.lot or "")
            lot = lots[key]
            booking = Booking(sale_proceeds(fund, quantity))
            if account[order.account].taxable and lot.acquired is not None and lot.basis_per_share is not None:
                per_share = exact(fund.price) * (ONE - exact(fund.half_spread)) - exact(lot.basis_per_share)
                gain = cents(quantity * per_share)
                term = holding_term(lot.acquired, household.trade_date)
                booking = Booking(booking.proceeds, gain, term)
                realized[term] += gain
            left[key] -= quantity
            shares[order.symbol] -= quantity
            location -= drag * amount
        cash[order.account] += booking.proceeds
        bookings.append(booking)

    taxpayer = household.taxpayer
    bill_before = tax_bill(taxpayer, ZERO, ZERO)
    bill_after = tax_bill(taxpayer, realized["short"], realized["long"])
    after = _exposure(household, shares, cash)
    parts = {
        "tax": exact(bill_after.total) - exact(bill_before.total),
        "later": _later(policy, taxpayer, bill_before, bill_after, sum(realized.values(), ZERO)),
        "drift": _drift(household, policy, after, value),
        "trading": trading,
        "location": location,
    }
    return Ledger(
        bookings=tuple(bookings),
        value=value,
        cash=cash,
        left=left,
        class_before=before,
        class_after=after,
        tax_before=bill_before,
        tax_after=bill_after,
        parts={name: cents(dollars) for name, dollars in parts.items()},
    )


def _exposure(household: Household, shares: dict[str, Decimal], cash: dict[str, Decimal]) -> dict[str, Decimal]:
    """X: dollars by asset class."""
    exposure = dict.fromkeys(bands(household), ZERO)
    exposure[CASH] += sum(cash.values(), ZERO)
    for security in household.securities:
        dollars = shares.get(security.symbol, ZERO) * exact(security.price)
        for asset_class, weight in security.exposures.items():
            exposure[asset_class] += dollars * exact(weight)
    return exposure


def _drift(household: Household, policy: Policy, exposure: dict[str, Decimal], value: Decimal) -> Decimal:
    prices = policy.drift
    width = exact(prices.near_width) * max(value, ZERO)
    total = ZERO
    for asset_class, (_, lower, upper) in bands(household).items():
        dollars = exposure[asset_class]
        outside = max(dollars - upper * value, lower * value - dollars, ZERO)
        near = min(outside, width)
        total += exact(prices.near_cost) * near + exact(prices.far_cost) * (outside - near)
    return total


def _later(policy: Policy, taxpayer: Taxpayer, before: TaxBill, after: TaxBill, realized: Decimal) -> Decimal:
    """What the plan moves to later years: losses carried on, and gains no longer deferred."""
    short, long = policy.carried_values(taxpayer.rates)
    carried = exact(short) * (exact(after.short_carryforward) - exact(before.short_carryforward))
    carried += exact(long) * (exact(after.long_carryforward) - exact(before.long_carryforward))
    return -carried - exact(policy.deferral_value(taxpayer.rates)) * realized


def _income_drag(taxpayer: Taxpayer, policy: Policy, security: Security) -> Decimal:
    """Tax on the income of a dollar of a security held in a taxable account over the location horizon."""
    rates = taxpayer.rates
    ordinary = exact(security.ordinary_yield) * exact(rates.all_in_short)
    return exact(policy.location_years) * (ordinary + exact(security.qualified_yield) * exact(rates.all_in_long))
