"""The books: a household and a policy in decimals, shared by all replays of orders on that household.

They hold the household and the policy, and nothing of the program. Plans state figures from a replay on the books, and
the audit recomputes the figures in the same way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property

from ...models import Household, Lot, Policy, days_to_long_term, holding_term, later_years, tax_bill
from ...models.eligibility.blocked_lots import blocking_rules
from ...models.eligibility.restrictions import unwanted
from ...models.household.moves import Moves, assigned, filer_with, income_of
from ...models.household.parts.lot_rules import bases, basis, held_since, redemption_fee
from ...models.household.parts.substitutes import substitutes
from ...models.household.parts.targets import CASH
from ...models.policy.location import forgone
from ...models.policy.policy import BandKind
from ...models.policy.waiting_price import waiting_price
from ...models.retirement.requests import early_of
from ...models.schema.money import ONE, ZERO, cents, exact
from ...models.schema.ordered import Ordered
from ...models.tax.holding_period import Term, first_long_term_date
from ...models.wash_sales.before_plan import BeforePlan
from .after_trades import Band


@dataclass(frozen=True, slots=True)
class Sale:
    """What the sale of a lot comes to on the trade date, the same for every share of it."""

    cost: Decimal
    """Half-spread plus redemption fee, as a fraction of the price."""
    gain: Decimal | None
    """Amount realized less basis, dollars per share; None in a sheltered account or if the basis is not known."""
    term: Term | None
    """The term of the gain; None if there is none."""
    waiting: Decimal
    """The waiting charge per dollar sold."""


class Books:
    """A household and a policy in decimals, ready for any number of replays. Amounts are in dollars."""

    def __init__(
        self,
        household: Household,
        policy: Policy,
        wash: BeforePlan | None = None,
        places: Mapping[tuple[str, str], Decimal] | None = None,
        moves: Moves | None = None,
    ) -> None:
        asked, filer, self.policy = household, household.filer, policy
        self.moves, self.income, early = moves, ZERO, ZERO
        """What the plan moves, and O, the ordinary income that it adds, in dollars."""
        if moves is not None:
            household, self.income, early = assigned(asked, moves), income_of(asked, moves), early_of(asked, moves)
        self.household, self.asked, self.filer_before = household, asked, filer
        self.filer = filer_with(filer, self.income, early)
        """The taxpayer with what the plan adds to the year's income."""
        self.later_years = later_years(filer, policy)
        self.wash = wash or BeforePlan(household)
        self.accounts = household.account
        self.securities = household.security
        self.price = {k.symbol: exact(k.price) for k in household.securities}
        self.spread = {k.symbol: exact(k.half_spread) for k in household.securities}
        self.forgone = forgone(asked, policy) if places is None else places
        self.ranks = household.ranks
        self.substitutes, self.substitute_cost = substitutes(household.securities), exact(policy.substitute_cost)
        self.lots = household.lot
        self.shares = {key: exact(lot.quantity) for key, lot in self.lots.items()}
        self.sales: dict[tuple[str, str], Sale] = {}
        """By account and lot id, the sales that were asked for."""
        self.counted = {a.id: exact(self.later_years.counted(a.kind, policy)) for a in household.accounts}
        self.cash = {a.id: exact(a.cash) + exact(a.contribution) - exact(a.withdrawal) for a in household.accounts}
        self.commission = {a.id: exact(a.commission) for a in household.accounts}
        self.bill_before = self.bill = tax_bill(filer, ZERO, ZERO)
        if self.filer is not filer:
            self.bill = tax_bill(self.filer, ZERO, ZERO)
        held: dict[str, Decimal] = defaultdict(Decimal)
        self.held_counted: dict[str, Decimal] = defaultdict(Decimal)
        for (account, name), lot in self.lots.items():
            quantity = self.shares[account, name]
            held[lot.symbol] += quantity
            self.held_counted[lot.symbol] += quantity * self.counted[account]
        self.market_value = sum((held[symbol] * self.price[symbol] for symbol in held), sum(self.cash.values(), ZERO))
        self.counted_cash = sum((self.counted[account] * cash for account, cash in self.cash.items()), ZERO)
        self.target_value = sum((q * self.price[symbol] for symbol, q in self.held_counted.items()), self.counted_cash)
        self.bands: list[Band] = []
        """Every band before the trades."""
        self.counts: dict[str, list[tuple[int, Decimal]]] = defaultdict(list)
        """By symbol: the positions in `bands` that it counts in, and what a dollar of it counts there."""
        self._add_bands()
        self.drift_prices: dict[BandKind, tuple[Decimal, ...]] = {
            kind: tuple(map(exact, (prices.near_width, prices.near_cost, prices.far_cost)))
            for kind, prices in policy.drift_prices.items()
        }
        """By kind of band: the width of the near part as a fraction of V, and what a dollar in it and beyond costs."""
        self.drift = [self.drift_of(band) for band in self.bands]
        """By band: what the distance outside it costs before the trades, in dollars."""
        self.cash_band = next(i for i, band in enumerate(self.bands) if (band.kind, band.name) == ("class", CASH))

    @cached_property
    def unwanted(self) -> dict[tuple[str, str], Lot]:
        """The lots, by account and lot id, whose security may not be held and that no other rule blocks today.

        Lots of row W6, which may be sold only in a clean-out or as a washed sale, count as blocked.
        """
        out = unwanted(self.household)
        held = {key: lot for key, lot in self.lots.items() if (key[0], lot.symbol) in out} if out else {}
        if not held:
            return {}
        gains = {key: self.gain_per_share(key[0], lot) or ZERO for key, lot in self.lots.items()}
        blocked = blocking_rules(self.household, self.policy, gains, self.wash)
        return {key: lot for key, lot in held.items() if key not in blocked}

    @cached_property
    def gain_base(self) -> Decimal:
        """B: the gains of all taxable lots worth more than their basis, plus the net gain realized so far; dollars."""
        payer = self.household.taxpayer
        found = max(exact(payer.realized_short) + exact(payer.realized_long), ZERO)
        for (account, name), lot in self.lots.items():
            if self.accounts[account].taxable and lot.basis_per_share is not None:
                found += self.shares[account, name] * max(self.price[lot.symbol] - exact(lot.basis_per_share), ZERO)
        return found

    def limit_unit(self, name: str) -> Decimal:
        """Return the dollars (of trades, the orders) in a unit of a limit of the policy."""
        if name == "turnover":
            return max(self.market_value, ZERO)
        return self.gain_base if name == "gain_share" else ONE

    @cached_property
    def held(self) -> dict[tuple[str, str], Decimal]:
        """Shares before the trades, by account and symbol."""
        found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for (account, lot), shares in self.shares.items():
            found[account, self.lots[account, lot].symbol] += shares
        return found

    # -- lots -------------------------------------------------------------------------------------------------------

    def sale(self, account: str, name: str) -> Sale:
        """The sale of a lot. Raises KeyError for an unknown account or lot."""
        key = account, name
        if key not in self.sales:
            lot = self.lots[key]
            gain, term, waiting = self.gain_per_share(account, lot), None, ZERO
            if gain is not None:
                term = holding_term(held_since(lot, gain), self.household.trade_date)
                waiting = self.waiting(lot, gain) if term == "short" and gain > 0 else ZERO
            self.sales[key] = Sale(self.selling_cost(lot), gain, term, waiting)
        return self.sales[key]

    def selling_cost(self, lot: Lot) -> Decimal:
        """Half-spread plus redemption fee, as a fraction of the price."""
        fee = redemption_fee(self.securities[lot.symbol], lot, self.household.trade_date)
        return self.spread[lot.symbol] + fee

    def proceeds(self, lot: Lot, quantity: Decimal) -> Decimal:
        """Cash from selling `quantity` shares of a lot, after half-spread and redemption fee, to the cent."""
        return cents(quantity * self.price[lot.symbol] * (ONE - self.selling_cost(lot)))

    def basis(self, order: Ordered, gain: Decimal) -> Decimal:
        """The basis of shares sold at a gain, in dollars, not rounded: the amount realized less that gain."""
        price = self.price[order.symbol] * (ONE - self.sale(order.account, order.lot or "").cost)
        return exact(order.quantity) * price - gain

    def cost(self, symbol: str, quantity: Decimal) -> Decimal:
        """Cash needed to buy `quantity` shares, half-spread included, to the cent."""
        return cents(quantity * self.price[symbol] * (ONE + self.spread[symbol]))

    def gain_per_share(self, account: str, lot: Lot) -> Decimal | None:
        """Amount realized less basis, dollars per share; None in a sheltered account or if the basis is not known."""
        if not self.accounts[account].taxable or lot.basis_per_share is None:
            return None
        realized = self.price[lot.symbol] * (ONE - self.selling_cost(lot))
        if lot.symbol not in self.accounts[account].average_cost:
            return realized - basis(lot, exact(lot.basis_per_share), realized)
        average = self._averages.get((account, lot.id))
        return None if average is None else realized - average

    @cached_property
    def _averages(self) -> dict[tuple[str, str], Decimal]:
        """The basis per share of lots at average cost, by account and lot id."""
        pooled = (account for account in self.household.accounts if account.average_cost)
        found = ((a, bases(a, self.securities, self.household.trade_date)) for a in pooled)
        return {(a.id, lot.id): own[lot.id] for a, own in found for lot in a.lots
                if lot.symbol in a.average_cost and lot.id in own}  # fmt: skip

    def short_term_gains(self) -> Iterator[tuple[str, Lot, int, Decimal]]:
        """Yield each taxable lot with a short-term gain, with account, days until long-term, dollars a share."""
        today = self.household.trade_date
        long_since = max(day for n in range(364, 370) if first_long_term_date(day := today - timedelta(n)) <= today)
        for (account, _), lot in self.lots.items():
            since = held_since(lot, ONE)
            if since <= long_since:
                continue  # most lots, by a look at their date
            gain = self.gain_per_share(account, lot)
            if gain is not None and gain > 0:
                yield account, lot, days_to_long_term(since, today), gain

    @cached_property
    def waiting_gains(self) -> Decimal:
        """The gain of all taxable lots with a short-term gain, in dollars."""
        found = self.short_term_gains()
        return sum((gain * self.shares[account, lot.id] for account, lot, _, gain in found), ZERO)

    @cached_property
    def waiting_price(self) -> Callable[[Decimal, int], Decimal]:
        """The charge per dollar sold, by gain per dollar and days until it is long-term."""
        return waiting_price(self.filer_before, self.policy, self.waiting_gains)

    def waiting(self, lot: Lot, gain: Decimal) -> Decimal:
        """The waiting charge per dollar sold of a lot today. `gain` is dollars per share, more than 0."""
        days = days_to_long_term(held_since(lot, gain), self.household.trade_date)
        per_dollar = gain / self.price[lot.symbol]
        return self.waiting_price(per_dollar, days)

    # -- bands ------------------------------------------------------------------------------------------------------

    def _add_bands(self) -> None:
        household, securities = self.household, self.household.securities
        targets = {t.asset_class: (exact(t.weight), exact(t.lower), exact(t.upper)) for t in household.class_targets}
        rows: list[tuple[BandKind, str, Decimal | None, Decimal, Decimal, dict[str, Decimal]]] = []
        for name, (target, lower, upper) in targets.items():
            counts = {k.symbol: exact(k.exposures[name]) for k in securities if name in k.exposures}
            rows.append(("class", name, target, lower, upper, counts))
        for factor in household.factor_targets:
            counts = {k.symbol: exact(k.factors[factor.factor]) for k in securities if factor.factor in k.factors}
            rows.append(("factor", factor.factor, None, exact(factor.lower), exact(factor.upper), counts))
        for own in household.security_targets:
            ends = exact(own.lower), exact(own.upper)
            rows.append(("name", own.symbol, exact(own.weight), *ends, {own.symbol: ONE}))
        dollars = {symbol: shares * self.price[symbol] for symbol, shares in self.held_counted.items()}
        for kind, name, weight, lower, upper, counts in rows:
            held = (dollars[k] * part for k, part in counts.items() if k in dollars)
            before = sum(held, self.counted_cash if (kind, name) == ("class", CASH) else ZERO)
            for symbol, part in counts.items():
                self.counts[symbol].append((len(self.bands), part))
            self.bands.append(Band(kind, name, weight, lower, upper, before, before))

    def drift_of(self, band: Band) -> Decimal:
        """What the distance outside a band costs after the trades, in dollars."""
        outside = band.outside(self.target_value)
        if not outside:
            return ZERO
        width, near_cost, far_cost = self.drift_prices[band.kind]
        near = min(outside, width * max(self.target_value, ZERO))
        return near_cost * near + far_cost * (outside - near)
