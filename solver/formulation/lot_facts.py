"""What is known of the lots on the trade date, by column and in decimals; lots.py makes arrays of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ...models import Household, Lot, Policy, Security, days_to_long_term, holding_term
from ...models.household.parts.lot_rules import bases, held_since, redemption_fee
from ...models.policy.waiting_price import waiting_price
from ...models.schema.money import ONE, ZERO, exact
from ...models.tax.holding_period import Term


@dataclass(frozen=True, slots=True)
class LotFacts:
    """What follows from each lot's basis and date and from its security's price, in the order of the household."""

    key: list[tuple[str, str]]
    """Account id and lot id."""
    lot: list[Lot]
    account: list[int]
    """The index of its account."""
    cost: list[Decimal]
    """h: half-spread and redemption fee per dollar sold."""
    gain: list[Decimal | None]
    """γ: gain per dollar sold; None in a sheltered account or without a basis."""
    since: list[date | None]
    """The day after which its holding period runs; None without a gain."""
    term: list[Term | None]
    """None without a gain."""


class _Sale:
    """What the sale of a security costs and brings, in decimals."""

    def __init__(self, security: Security, fee: Decimal) -> None:
        self.price, self.cost = exact(security.price), exact(security.half_spread) + fee
        self.realized = self.price * (ONE - exact(security.half_spread) - fee)


def lot_facts(household: Household) -> LotFacts:
    """The facts of every lot, in the order of the household."""
    today, found = household.trade_date, LotFacts([*household.lot], [*household.lot.values()], [], [], [], [], [])
    usual = {k.symbol: _Sale(k, ZERO) for k in household.securities}
    with_fee = {k.symbol: _Sale(k, exact(k.redemption_fee)) for k in household.securities if k.redemption_days}
    terms: dict[date | None, Term | None] = {None: None}
    for place, account in enumerate(household.accounts):
        basis, taxable = bases(account, household.security, today), account.taxable
        found.account.extend([place] * len(account.lots))
        for lot in account.lots:
            sale, gain, since = usual[lot.symbol], None, None
            if lot.symbol in with_fee and redemption_fee(household.security[lot.symbol], lot, today):
                sale = with_fee[lot.symbol]
            if taxable and lot.id in basis:
                gain = (sale.realized - basis[lot.id]) / sale.price
                since = held_since(lot, gain)
                if since not in terms:
                    terms[since] = holding_term(since, today)
            found.cost.append(sale.cost)
            found.gain.append(gain)
            found.since.append(since)
            found.term.append(terms[since])
    return found


def waiting_charges(household: Household, policy: Policy, lots: LotFacts) -> list[float]:
    """ω by lot, per dollar sold."""
    price = {k.symbol: exact(k.price) for k in household.securities}
    short: list[tuple[int, Decimal, int]] = []
    total = Decimal(0)
    for i, (gain, term) in enumerate(zip(lots.gain, lots.term, strict=True)):
        if term == "short" and gain is not None and gain > 0:
            since, lot = lots.since[i], lots.lot[i]
            assert since is not None
            short.append((i, gain, days_to_long_term(since, household.trade_date)))
            total += gain * price[lot.symbol] * exact(lot.quantity)
    found = [0.0] * len(lots.lot)
    charge = waiting_price(household.filer, policy, total)
    for i, gain, days in short:
        found[i] = float(charge(gain, days))
    return found
