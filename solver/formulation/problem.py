"""A household as arrays, read by the blocks of the program and by the router. Letters as in docs/formulation.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

import numpy as np

from ...models import FlatRates, Household, LaterYears, Lot, Policy, later_years, marginal_rates
from ...models.household.moves import Moves, assigned
from ...models.household.parts.substitutes import substitutes
from ...models.household.parts.targets import CASH
from ...models.policy.location import forgone
from ...models.retirement.requests import Requests, requests_of
from ...models.schema.faults import Fault, InputError
from ...models.schema.money import CENT
from ...models.wash_sales.before_plan import BeforePlan
from .arrays import Flags, Floats, Indices
from .lots import Lots, build_lots
from .purchases import Buys, build_buys

SMALLEST = 0.01
"""Dollars; an account that can spend less than this buys nothing."""

PAYABLE = 1e-6
"""Dollars by which a required distribution may exceed what its accounts raise: floats lie between them."""


@dataclass(frozen=True, slots=True)
class Factors:
    """The factors with a band."""

    name: Sequence[str]
    lower: Floats
    upper: Floats
    """Ends of the band, as fractions of V."""
    loading: Floats
    """F, securities × factors."""


@dataclass(frozen=True, slots=True)
class Names:
    """The securities with a target of their own."""

    security: Indices
    lower: Floats
    upper: Floats
    """Ends of the band, as fractions of V."""


@dataclass(frozen=True)
class Problem:
    """Household and policy as arrays, in dollars."""

    household: Household
    asked: Household
    """The household without the plan's moves: what it asks for is not in its accounts."""
    requests: Requests | None
    """What the household asks for, if the moves are not decided yet."""
    policy: Policy
    market_value: float
    """W: the household's value before tax, with contributions and withdrawals."""
    target_value: float
    """V: its value as it counts toward targets."""
    accounts: Sequence[str]
    taxable: Flags
    counted: Floats
    """θ by account: what a dollar there counts toward targets."""
    cash: Floats
    """cash + contribution − withdrawal by account, dollars."""
    minimum: Floats
    maximum: Floats
    """Least and most cash to leave by account, dollars; infinite if there is no maximum."""
    floor: Floats
    """The minimum cash by account, or the cash after selling every open lot if that is less; dollars."""
    commission: Floats
    """Dollars per order, by account."""
    whole_shares: Flags
    """Whether orders are in whole shares, by account."""
    symbols: Sequence[str]
    price: Floats
    half_spread: Floats
    groups: Sequence[str]
    group: Indices
    """Index of the identity group, by security."""
    classes: Sequence[str]
    weight: Floats
    lower: Floats
    upper: Floats
    """Target and ends of the band by class, as fractions of V."""
    exposure: Floats
    """E, securities × classes."""
    factors: Factors
    names: Names
    forgone: Floats
    """location_years φ, accounts × securities: what a dollar there forgoes after tax, in dollars."""
    substitute: Flags
    """Whether it is a substitute for a preferred security, by security."""
    lots: Lots
    buys: Buys
    wash: BeforePlan

    @property
    def rates(self) -> FlatRates:
        """The taxpayer's marginal rates this year."""
        return marginal_rates(self.asked.filer)

    @cached_property
    def net_so_far(self) -> tuple[float, float]:
        """S⁰ and L⁰: net short-term and long-term gain of the year so far less the loss carried in, in dollars."""
        payer = self.household.taxpayer
        return payer.realized_short - payer.short_carryforward, payer.realized_long - payer.long_carryforward

    @cached_property
    def later_years(self) -> LaterYears:
        """Rates of later years, and today's value of a dollar of gain or loss moved there."""
        return later_years(self.asked.filer, self.policy)

    @cached_property
    def size(self) -> float:
        """Dollars of lots, cash, contributions and withdrawals, each counted as positive: the scale of the program."""
        flows = sum(abs(a.cash) + a.contribution + a.withdrawal for a in self.household.accounts)
        asked = 0.0 if self.requests is None else float(self.requests.out + self.requests.into)
        return float(self.lots.size.sum()) + flows + asked

    @cached_property
    def gain_base(self) -> float:
        """B: the gains of all taxable lots worth more than their basis, plus the net gain realized so far; dollars."""
        payer = self.household.taxpayer
        found = max(payer.realized_short + payer.realized_long, 0.0)
        for account in self.household.accounts:
            for lot in account.lots if account.taxable else ():
                if lot.basis_per_share is not None:
                    price = self.household.security[lot.symbol].price
                    found += lot.quantity * max(price - lot.basis_per_share, 0.0)
        return found

    def limit_unit(self, name: str) -> float:
        """Return the dollars (of trades, the orders) in a unit of a limit of the policy."""
        return {"turnover": max(self.market_value, 0.0), "gain_share": self.gain_base}.get(name, 1.0)

    @cached_property
    def held(self) -> Sequence[Lot]:
        """The lots themselves, in the order of `lots`."""
        return [lot for account in self.household.accounts for lot in account.lots]

    @cached_property
    def cash_class(self) -> int:
        """The index of the class `cash` (uninvested cash)."""
        return self.classes.index(CASH)

    @cached_property
    def holdings(self) -> Floats:
        """Dollars before the trades, accounts × securities."""
        held = np.zeros((len(self.accounts), len(self.symbols)))
        np.add.at(held, (self.lots.account, self.lots.security), self.lots.size)
        return held

    @cached_property
    def counted_holdings(self) -> Floats:
        """Dollars before the trades as they count toward targets, by security."""
        found: Floats = self.counted @ self.holdings
        return found

    @cached_property
    def class_before(self) -> Floats:
        """X before the trades, counted dollars by class; cash includes contributions and withdrawals."""
        exposure: Floats = self.counted_holdings @ self.exposure
        exposure[self.cash_class] += self.counted @ self.cash
        return exposure

    @cached_property
    def free_distances(self) -> tuple[Floats, Floats]:
        """r⁺ and r⁻ by class: dollars above and below the target that are not charged (docs/formulation.md, row D9)."""
        value, before, cent = self.target_value, self.class_before, float(CENT)
        free = (before <= self.upper * value + cent) & (before >= self.lower * value - cent)
        free &= self.policy.to_target == "small"
        free[self.cash_class] &= not self.household.money_moves and self.requests is None
        distance = np.where(free, before - self.weight * value, 0.0)
        return np.maximum(distance, 0.0), np.maximum(-distance, 0.0)


def build_problem(
    household: Household,
    policy: Policy,
    wash: BeforePlan | None = None,
    places: Mapping[tuple[str, str], Decimal] | None = None,
) -> Problem:
    """Return the arrays of a household and a policy. All of it is data; nothing is decided here.

    `wash` is what the wash-sale ledger says before the plan and `places` what each place forgoes (`forgone`); they are
    computed if the caller does not have them.
    """
    later, places = later_years(household.filer, policy), forgone(household, policy) if places is None else places
    securities, accounts = household.securities, household.accounts
    index = {security.symbol: i for i, security in enumerate(securities)}
    stand_ins = substitutes(securities)
    groups = list(dict.fromkeys(security.group for security in securities))
    number = {group: i for i, group in enumerate(groups)}
    targets = {target.asset_class: (target.weight, target.lower, target.upper) for target in household.class_targets}
    classes = list(targets)
    exposure = np.array([[security.exposures.get(c, 0.0) for c in classes] for security in securities])
    half_spread = np.array([security.half_spread for security in securities])
    counted = np.array([later.counted(account.kind, policy) for account in accounts])
    wash = wash or BeforePlan(household)

    lots, requests = build_lots(household, policy, index, wash), requests_of(household)
    cash = np.array([account.cash + account.contribution - account.withdrawal for account in accounts])
    minimum = np.array([account.minimum_cash for account in accounts])
    received = None if requests is None else np.array([float(requests.most_into(a.id)) for a in accounts])
    floor, spendable = _spendable(lots, cash, minimum, received)
    if requests is not None:
        _check_distributions(requests, lots, cash - minimum)
    counted_cash, moved = float(counted @ cash), 0.0
    if requests is not None:
        moved = float(requests.into - requests.out)
        counted_cash += moved
        if policy.targets == "after_tax":
            counted_cash += later.withdrawal_rate * float(requests.income_between[0])
    return Problem(
        household=household,
        asked=household,
        requests=requests,
        policy=policy,
        market_value=float(lots.size.sum() + cash.sum() + moved),
        target_value=float(counted[lots.account] @ lots.size + counted_cash),
        accounts=[account.id for account in accounts],
        taxable=np.array([account.taxable for account in accounts]),
        counted=counted,
        cash=cash,
        minimum=minimum,
        maximum=np.array([np.inf if a.maximum_cash is None else a.maximum_cash for a in accounts]),
        floor=floor,
        commission=np.array([account.commission for account in accounts]),
        whole_shares=np.array([account.whole_shares for account in accounts]),
        symbols=list(index),
        price=np.array([security.price for security in securities]),
        half_spread=half_spread,
        groups=groups,
        group=np.array([number[security.group] for security in securities], dtype=np.int64),
        classes=classes,
        weight=np.array([targets[c][0] for c in classes]),
        lower=np.array([targets[c][1] for c in classes]),
        upper=np.array([targets[c][2] for c in classes]),
        exposure=exposure.reshape(len(securities), len(classes)),
        factors=_factors(household),
        names=_names(household, index),
        forgone=np.array([[float(places[a.id, k.symbol]) for k in securities] for a in accounts]).reshape(
            len(accounts), len(securities)
        ),
        substitute=np.array([symbol in stand_ins for symbol in index], dtype=bool),
        lots=lots,
        buys=build_buys(household, policy, index, spendable, half_spread, wash),
        wash=wash,
    )


def _check_distributions(requests: Requests, lots: Lots, spare: Floats) -> None:
    """Raise InputError for a required distribution that its accounts cannot pay, because rules keep what they hold, or
    the law lets nothing out of them yet.

    `spare` is cash above the minimum by account, in dollars.
    """
    for each in requests.required:
        able = 0.0
        for a, account in enumerate(requests.household.accounts):
            own = lots.open & (lots.account == a)
            orders = len(np.unique(lots.security[own]))
            raised = float(spare[a] + ((1 - lots.cost) * lots.size)[own].sum() - account.commission * orders)
            able += max(raised, 0.0) if account.id in each.accounts and account.id in requests.sources else 0.0
        if able < float(each.dollars) - PAYABLE:
            message = f"{each.dollars:,.2f} must be distributed, and only {able:,.2f} can be raised and taken out"
            hint = "free what rules keep, or state what is to come out today, 0 or more"
            raise InputError([Fault(f"accounts.{each.accounts[0]}.required_distribution", message, hint)])


def settled(problem: Problem, moves: Moves) -> Problem:
    """Return the problem of the household once money is moved: an ordinary one, in which nothing is asked for."""
    home = assigned(problem.asked, moves)
    cash = np.array([account.cash + account.contribution - account.withdrawal for account in home.accounts])
    floor, spendable = _spendable(problem.lots, cash, problem.minimum)
    buys, counted, size = problem.buys, problem.counted, problem.lots.size
    return replace(
        problem,
        household=home,
        requests=None,
        market_value=float(size.sum() + cash.sum()),
        target_value=float(counted[problem.lots.account] @ size + counted @ cash),
        cash=cash,
        floor=floor,
        buys=replace(buys, limit=spendable[buys.account] / (1 + problem.half_spread[buys.security])),
    )


def _spendable(lots: Lots, cash: Floats, minimum: Floats, received: Floats | None = None) -> tuple[Floats, Floats]:
    """By account: the least cash that can be left, and U_a, what there is to spend above it after selling every open
    lot; dollars. `received` is the most that requests bring in.
    """
    proceeds = np.bincount(lots.account, np.where(lots.open, lots.size * (1 - lots.cost), 0.0), minlength=len(cash))
    raised = cash + proceeds if received is None else cash + proceeds + received
    floor = np.minimum(minimum, cash + proceeds)
    spendable = raised - floor
    spendable[spendable < SMALLEST] = 0.0
    return floor, spendable


def _factors(household: Household) -> Factors:
    targets, securities = household.factor_targets, household.securities
    loading = np.array([[k.factors.get(target.factor, 0.0) for target in targets] for k in securities])
    return Factors(
        name=[target.factor for target in targets],
        lower=np.array([target.lower for target in targets]),
        upper=np.array([target.upper for target in targets]),
        loading=loading.reshape(len(securities), len(targets)),
    )


def _names(household: Household, index: dict[str, int]) -> Names:
    targets = household.security_targets
    return Names(
        security=np.array([index[target.symbol] for target in targets], dtype=np.int64),
        lower=np.array([target.lower for target in targets]),
        upper=np.array([target.upper for target in targets]),
    )
