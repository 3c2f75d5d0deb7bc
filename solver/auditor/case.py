"""What depends on the household and the policy alone: lots, values, bands and prices, computed once."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from ...models.schema.money import ONE, ZERO, exact
from .bill import Filer
from .evaluation import Band
from .location import forgone
from .moves import NOTHING_MOVED, Moved, with_moves
from .wash import WashSales
from .worth import available, bases_of, facts_of, later, queues_of, ranks_of, stand_ins_of, waiting_charges

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...models.household.household import Household
    from ...models.policy.policy import Policy
    from .worth import Facts


class Case:
    """A household under a policy: what does not depend on trades."""

    def __init__(self, household: Household, policy: Policy, moved: Moved = NOTHING_MOVED) -> None:
        asked, household = household, with_moves(household, moved)
        self.asked, self.moved = asked, moved
        """The household as it asked, and what the plan moves."""
        self.household, self.policy, self.today = household, policy, household.trade_date
        self.accounts = {account.id: account for account in household.accounts}
        self.securities = {security.symbol: security for security in household.securities}
        self.price = {symbol: exact(security.price) for symbol, security in self.securities.items()}
        self.spread = {symbol: exact(security.half_spread) for symbol, security in self.securities.items()}
        payer, drawn = household.taxpayer, ZERO
        for account in asked.accounts:
            drawn += exact(account.withdrawal) if account.kind in ("traditional", "401k") else ZERO
        self.filer_before = Filer(payer, drawn)
        self.filer = Filer(payer, drawn, moved=moved.income, early=moved.early)
        """The taxpayer without the plan, and with what it adds to the year's income."""
        usual = Filer(payer, usual=True)
        self.later = later(usual, policy)
        self.bill_before = self.filer_before.bill(ZERO, ZERO)
        self.lots: dict[tuple[str, str], Facts] = {}
        for account in household.accounts:
            bases = bases_of(account)
            for lot in account.lots:
                security, price, spread = self.securities[lot.symbol], self.price[lot.symbol], self.spread[lot.symbol]
                facts = facts_of(account, lot, security, price, spread, bases[lot.id], self.today)
                self.lots[account.id, lot.id] = facts
        charges = waiting_charges(
            self.filer_before, policy, [(facts, self.price[facts.lot.symbol]) for facts in self.lots.values()]
        )
        self.waiting = {key: charges[place] for place, key in enumerate(self.lots) if place in charges}
        self.counted = {account.id: self._counted(account.kind) for account in household.accounts}
        menus = available(household)
        years, state = exact(policy.location_years), min(usual.state_rate(), self.later.short)
        self.forgone = {
            place: years * dollars for place, dollars in forgone(asked, menus, self.later, state, self.counted).items()
        }
        """What a dollar of a security in an account forgoes over `location_years`, by account id and symbol."""
        self.cash = {
            account.id: exact(account.cash) + exact(account.contribution) - exact(account.withdrawal)
            for account in household.accounts
        }
        self.commission = {account.id: exact(account.commission) for account in household.accounts}
        self.queues = [(account.id, queue) for account in household.accounts for queue in queues_of(account)]
        self.stand_ins, self.stand_in = stand_ins_of(household), exact(policy.substitute_cost)
        self.ranks = {account: ranks_of(household, menu, self.stand_ins) for account, menu in menus.items()}
        self.wash = WashSales(household, {key: facts.since for key, facts in self.lots.items()})
        self._value()
        self.bands = [*self._bands()]

    def unit(self, limit: str) -> Decimal:
        """What one of a limit's units is: dollars of value or of gain for a limit that is a fraction, otherwise 1."""
        if limit == "turnover":
            return max(self.market_value, ZERO)
        if limit != "gain_share":
            return ONE
        payer = self.household.taxpayer
        total = max(exact(payer.realized_short) + exact(payer.realized_long), ZERO)
        for account in self.household.accounts:
            for lot in account.lots if account.kind == "taxable" else ():
                if lot.basis_per_share is not None:
                    total += exact(lot.quantity) * max(self.price[lot.symbol] - exact(lot.basis_per_share), ZERO)
        return total

    def _counted(self, kind: str) -> Decimal:
        """θ: what a dollar in an account counts toward targets."""
        deferred = self.policy.targets == "after_tax" and kind in ("traditional", "401k")
        return ONE - self.later.drawn if deferred else ONE

    def _value(self) -> None:
        """W and V, and the dollars of each security that count toward targets."""
        self.market_value = sum(self.cash.values(), ZERO)
        self.counted_cash = sum((dollars * self.counted[account] for account, dollars in self.cash.items()), ZERO)
        self.held: dict[str, Decimal] = defaultdict(Decimal)
        for (account, _), facts in self.lots.items():
            dollars = facts.shares * self.price[facts.lot.symbol]
            self.market_value += dollars
            self.held[facts.lot.symbol] += dollars * self.counted[account]
        self.target_value = self.counted_cash + sum(self.held.values(), ZERO)

    def _bands(self) -> Iterator[tuple[Band, dict[str, Decimal]]]:
        """Every band before the trades, and what a dollar of each symbol counts in it (of cash: "")."""
        household = self.household
        parts: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(dict)
        for symbol, security in self.securities.items():
            for name, part in security.exposures.items():
                parts["class", name][symbol] = exact(part)
            for name, part in security.factors.items():
                parts["factor", name][symbol] = exact(part)
        for target in household.class_targets:
            of = parts["class", target.asset_class] | ({"": ONE} if target.asset_class == "cash" else {})
            ends = exact(target.weight), exact(target.lower), exact(target.upper)
            yield self._band("class", target.asset_class, *ends, of), of
        for factor in household.factor_targets:
            of = parts["factor", factor.factor]
            yield self._band("factor", factor.factor, None, exact(factor.lower), exact(factor.upper), of), of
        for own in household.security_targets:
            of = {own.symbol: ONE}
            yield self._band("name", own.symbol, exact(own.weight), exact(own.lower), exact(own.upper), of), of

    def _band(
        self, kind: str, name: str, target: Decimal | None, lower: Decimal, upper: Decimal, of: Mapping[str, Decimal]
    ) -> Band:
        dollars = sum((self.held[symbol] * part for symbol, part in of.items() if symbol in self.held), ZERO)
        dollars += self.counted_cash * of.get("", ZERO)
        return Band(kind, name, target, lower, upper, dollars, dollars)
