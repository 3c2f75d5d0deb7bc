"""The books: a household and a policy in decimals, shared by all replays of orders on that household.

They hold the household and the policy, and nothing of the program. Plans state figures from a replay on the books, and
the audit recomputes the figures in the same way.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from functools import cached_property

from ...models import Household, Lot, Policy, days_to_long_term, later_years, tax_bill
from ...models.eligibility.blocked_lots import Rule, blocking_rules
from ...models.household.parts.lot_rules import bases, held_since, redemption_fee
from ...models.household.parts.substitutes import ranks, substitutes
from ...models.household.parts.targets import CASH
from ...models.policy.location import forgone
from ...models.policy.policy import BandKind
from ...models.policy.waiting_price import waiting_price
from ...models.schema.money import ONE, ZERO, cents, exact
from ...models.wash_sales.before_plan import BeforePlan
from .after_trades import Band


class Books:
    """A household and a policy in decimals, ready for any number of replays. Amounts are in dollars."""

    def __init__(self, household: Household, policy: Policy, wash: BeforePlan | None = None) -> None:
        self.household, self.policy = household, policy
        self.filer, self.later_years = household.filer, later_years(household.filer, policy)
        self.wash = wash or BeforePlan(household)
        self.accounts = household.account
        self.securities = household.security
        self.price = {k.symbol: exact(k.price) for k in household.securities}
        self.spread = {k.symbol: exact(k.half_spread) for k in household.securities}
        self.forgone = forgone(household, policy)
        self.ranks = {a.id: ranks(household.securities, household.buyable[a.id]) for a in household.accounts}
        self.substitutes, self.substitute_cost = substitutes(household.securities), exact(policy.substitute_cost)
        self.lots = {(a.id, lot.id): lot for a in household.accounts for lot in a.lots}
        self.shares = {key: exact(lot.quantity) for key, lot in self.lots.items()}
        found = ((a.id, bases(a, self.securities, household.trade_date)) for a in household.accounts)
        self.basis = {(account, lot): basis for account, own in found for lot, basis in own.items()}
        self.counted = {a.id: exact(self.later_years.counted(a.kind, policy)) for a in household.accounts}
        self.cash = {a.id: exact(a.cash) + exact(a.contribution) - exact(a.withdrawal) for a in household.accounts}
        self.commission = {a.id: exact(a.commission) for a in household.accounts}
        self.bill = tax_bill(self.filer, ZERO, ZERO)
        held: dict[str, Decimal] = defaultdict(Decimal)
        self.held_counted: dict[str, Decimal] = defaultdict(Decimal)
        for (account, _), lot in self.lots.items():
            quantity = self.shares[account, lot.id]
            held[lot.symbol] += quantity
            self.held_counted[lot.symbol] += quantity * self.counted[account]
        self.market_value = sum((held[symbol] * self.price[symbol] for symbol in held), sum(self.cash.values(), ZERO))
        self.counted_cash = sum((self.counted[account] * cash for account, cash in self.cash.items()), ZERO)
        self.target_value = sum((q * self.price[symbol] for symbol, q in self.held_counted.items()), self.counted_cash)
        self.waiting_gains = self._waiting_gains()
        self.bands: list[Band] = []
        """Every band before the trades."""
        self.counts: dict[str, list[tuple[int, Decimal]]] = defaultdict(list)
        """By symbol: the positions in `bands` that it counts in, and what a dollar of it counts there."""
        self._add_bands()
        self.cash_band = next(i for i, band in enumerate(self.bands) if (band.kind, band.name) == ("class", CASH))

    @cached_property
    def blocked(self) -> dict[tuple[str, str], Rule]:
        """The lots that a rule blocks today, by account and lot id, each with its rule.

        They include the lots of row W6, which may be sold only in a clean-out or as a washed sale.
        """
        gains = {key: self.gain_per_share(key[0], lot) or ZERO for key, lot in self.lots.items()}
        return blocking_rules(self.household, self.policy, gains, self.wash)

    # -- lots -------------------------------------------------------------------------------------------------------

    def selling_cost(self, lot: Lot) -> Decimal:
        """Half-spread plus redemption fee, as a fraction of the price."""
        fee = redemption_fee(self.securities[lot.symbol], lot, self.household.trade_date)
        return self.spread[lot.symbol] + fee

    def proceeds(self, lot: Lot, quantity: Decimal) -> Decimal:
        """Cash from selling `quantity` shares of a lot, after half-spread and redemption fee, to the cent."""
        return cents(quantity * self.price[lot.symbol] * (ONE - self.selling_cost(lot)))

    def cost(self, symbol: str, quantity: Decimal) -> Decimal:
        """Cash needed to buy `quantity` shares, half-spread included, to the cent."""
        return cents(quantity * self.price[symbol] * (ONE + self.spread[symbol]))

    def gain_per_share(self, account: str, lot: Lot) -> Decimal | None:
        """Amount realized less basis, dollars per share; None in a sheltered account or if the lot has no date."""
        if not self.accounts[account].taxable or lot.acquired is None:
            return None
        return self.price[lot.symbol] * (ONE - self.selling_cost(lot)) - self.basis[account, lot.id]

    def _waiting_gains(self) -> Decimal:
        """The gain of all taxable lots with a short-term gain, in dollars."""
        total = ZERO
        for (account, _), lot in self.lots.items():
            gain = self.gain_per_share(account, lot)
            since = None if gain is None else held_since(lot, gain)
            if gain is None or gain <= 0 or since is None:
                continue
            if days_to_long_term(since, self.household.trade_date) > 0:
                total += gain * self.shares[account, lot.id]
        return total

    def waiting(self, lot: Lot, gain: Decimal, amount: Decimal) -> Decimal:
        """The waiting charge, in dollars, on selling `amount` dollars of a lot today. `gain` is dollars per share."""
        since = held_since(lot, gain)
        if gain <= 0 or since is None:
            return ZERO
        days = days_to_long_term(since, self.household.trade_date)
        per_dollar = gain / self.price[lot.symbol]
        return amount * waiting_price(self.filer, self.policy, per_dollar, days, self.waiting_gains)

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
        for kind, name, weight, lower, upper, counts in rows:
            held = (self.held_counted[k] * self.price[k] * part for k, part in counts.items() if k in self.held_counted)
            before = sum(held, self.counted_cash if (kind, name) == ("class", CASH) else ZERO)
            for symbol, part in counts.items():
                self.counts[symbol].append((len(self.bands), part))
            self.bands.append(Band(kind, name, weight, lower, upper, before, before))
