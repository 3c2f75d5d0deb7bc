"""A household as arrays: what every block of the program and the router read. Letters as in docs/formulation.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ..models import FlatRates, Household, Lot, Policy, holding_term
from ..models.base import exact
from ..models.household import CASH, FREE_CASH
from .holding import holding_rule
from .ledger import sale_proceeds
from .program import Floats, Indices
from .wash import Window, loss_windows, purchase_windows

Flags = NDArray[np.bool_]
Words = NDArray[np.str_]

SMALLEST = 0.01
"""Dollars below which nothing is traded."""


@dataclass(frozen=True, slots=True)
class Lots:
    """One entry a lot, in the order of the household."""

    label: Words
    account: Indices
    security: Indices
    size: Floats
    """p q, dollars."""
    gain: Floats
    """γ: gain per dollar sold, 0 in a sheltered account."""
    short: Flags
    """Taxable and short-term."""
    long: Flags
    """Taxable and long-term."""
    acquired: Sequence[date | None]
    closed: Words
    """The row that forbids selling it (W1, H1, H2), or ''."""
    until: Sequence[date | None]
    """The first day on which it no longer does."""

    @property
    def free(self) -> Flags:
        """May be sold."""
        return np.equal(self.closed, "")

    @property
    def is_loss(self) -> Flags:
        """Taxable and at a loss."""
        return np.less(self.gain, 0)


@dataclass(frozen=True, slots=True)
class Buys:
    """One entry a purchase that an account's menu allows."""

    label: Words
    account: Indices
    security: Indices
    limit: Floats
    """U_a: the most the account could spend, dollars."""
    closed: Words
    """The row that forbids it (W2), or ''."""

    @property
    def free(self) -> Flags:
        """May be bought."""
        return np.equal(self.closed, "")


@dataclass(frozen=True)
class Problem:
    """Household and policy as arrays, in dollars."""

    household: Household
    policy: Policy
    value: float
    """V."""
    accounts: Sequence[str]
    taxable: Flags
    cash: Floats
    """cash + contribution − withdrawal, by account."""
    floor: Floats
    """Cash to leave, by account: the minimum, or all that can be raised if that is less."""
    short: Flags
    """Where even all that can be raised, in cents as tickets bring it, is less than the minimum, by account."""
    symbols: Sequence[str]
    half_spread: Floats
    groups: Sequence[str]
    group: Indices
    """Identity group by security."""
    classes: Sequence[str]
    weight: Floats
    lower: Floats
    upper: Floats
    """Target and band by class, as weights."""
    exposure: Floats
    """E, securities × classes."""
    income_drag: Floats
    """δ: tax on the income of a dollar held in a taxable account, over location_years, by security."""
    lots: Lots
    buys: Buys
    purchase_window: dict[str, Window]
    loss_window: dict[str, Window]

    @property
    def rates(self) -> FlatRates:
        """The taxpayer's rates."""
        return self.household.taxpayer.rates

    @cached_property
    def size(self) -> float:
        """Dollars of everything held and moved, whatever the sign of V: the scale of the numbers."""
        flows = sum(abs(a.cash) + a.contribution + a.withdrawal for a in self.household.accounts)
        return float(self.lots.size.sum()) + flows

    @cached_property
    def held(self) -> Sequence[Lot]:
        """The lots themselves, in the order of `lots`."""
        return [lot for account in self.household.accounts for lot in account.lots]

    @cached_property
    def cash_class(self) -> int:
        """The index of the class of uninvested cash."""
        return self.classes.index(CASH)

    @cached_property
    def holdings(self) -> Floats:
        """Dollars before the trades, accounts × securities."""
        held = np.zeros((len(self.accounts), len(self.symbols)))
        np.add.at(held, (self.lots.account, self.lots.security), self.lots.size)
        return held

    @cached_property
    def class_before(self) -> Floats:
        """X before the trades, dollars by class, with contributions and withdrawals in cash."""
        exposure: Floats = self.holdings.sum(axis=0) @ self.exposure
        exposure[self.cash_class] += self.cash.sum()
        return exposure


def build_problem(household: Household, policy: Policy) -> Problem:
    """The arrays of a household. All of it is data: nothing is decided here."""
    rates, years = household.taxpayer.rates, policy.location_years
    securities, accounts = household.securities, household.accounts
    index = {security.symbol: i for i, security in enumerate(securities)}
    groups = list(dict.fromkeys(security.group for security in securities))
    targets = {target.asset_class: (target.weight, target.lower, target.upper) for target in household.targets}
    targets.setdefault(CASH, (0.0, 0.0, FREE_CASH))
    classes = list(targets)
    exposure = np.array([[security.exposures.get(c, 0.0) for c in classes] for security in securities])
    taxable = np.array([account.taxable for account in accounts])
    half_spread = np.array([security.half_spread for security in securities])
    purchased, harvested = purchase_windows(household), loss_windows(household)

    lots = _lots(household, policy, index, purchased)
    cash = np.array([account.cash + account.contribution - account.withdrawal for account in accounts])
    proceeds = np.bincount(
        lots.account, np.where(lots.free, lots.size * (1 - half_spread[lots.security]), 0.0), minlength=len(accounts)
    )
    minimum = np.array([account.minimum_cash for account in accounts])
    # A billionth less than all that can be raised: presolve must not find it out of reach by its last digit.
    floor = np.minimum(minimum, cash + proceeds - 1e-9 * (np.abs(cash) + proceeds))
    spendable = cash + proceeds - floor
    spendable[spendable < SMALLEST] = 0.0
    menu = [(a, k) for (a, account), (k, security) in product(enumerate(accounts), enumerate(securities))
            if account.menu is None or security.symbol in account.menu]  # fmt: skip
    buy_account, buy_security = (np.array([pair[axis] for pair in menu], dtype=np.int64) for axis in range(2))
    return Problem(
        household=household,
        policy=policy,
        value=float(lots.size.sum() + cash.sum()),
        accounts=[account.id for account in accounts],
        taxable=taxable,
        cash=cash,
        floor=floor,
        short=_short(household, lots),
        symbols=[security.symbol for security in securities],
        half_spread=half_spread,
        groups=groups,
        group=np.array([groups.index(security.group) for security in securities], dtype=np.int64),
        classes=classes,
        weight=np.array([targets[c][0] for c in classes]),
        lower=np.array([targets[c][1] for c in classes]),
        upper=np.array([targets[c][2] for c in classes]),
        exposure=exposure.reshape(len(securities), len(classes)),
        income_drag=np.array(
            [
                years * (k.ordinary_yield * rates.all_in_short + k.qualified_yield * rates.all_in_long)
                for k in securities
            ]
        ),
        lots=lots,
        buys=Buys(
            label=np.array([f"{accounts[a].id}/{securities[k].symbol}" for a, k in menu], dtype=np.str_),
            account=buy_account,
            security=buy_security,
            limit=spendable[buy_account] / (1 + half_spread[buy_security]),
            closed=np.array(["W2" if securities[k].group in harvested else "" for _, k in menu], dtype=np.str_),
        ),
        purchase_window=purchased,
        loss_window=harvested,
    )


def _short(household: Household, lots: Lots) -> Flags:
    """Accounts that miss their minimum even when every free lot is sold."""
    security, free = household.security, iter(lots.free.tolist())
    found = []
    for account in household.accounts:
        cash = exact(account.cash) + exact(account.contribution) - exact(account.withdrawal)
        cash += sum(sale_proceeds(security[lot.symbol], exact(lot.quantity)) for lot in account.lots if next(free))
        found.append(cash < exact(account.minimum_cash))
    return np.array(found)


def _lots(household: Household, policy: Policy, index: dict[str, int], purchased: dict[str, Window]) -> Lots:
    """Gain, term and the rule that closes it, lot by lot."""
    held = [(a, account, lot) for a, account in enumerate(household.accounts) for lot in account.lots]
    gains, terms, closed, until = [], [], [], []
    for _, account, lot in held:
        security = household.securities[index[lot.symbol]]
        gain, term = 0.0, ""
        if account.taxable and lot.basis_per_share is not None and lot.acquired is not None:
            # In decimals, so that a lot at break-even is no loss lot.
            price = exact(security.price)
            gain = float((price * (1 - exact(security.half_spread)) - exact(lot.basis_per_share)) / price)
            term = holding_term(lot.acquired, household.trade_date)
        rule = holding_rule(account, lot, gain, household.trade_date, policy)
        if rule is None and gain < 0 and security.group in purchased:
            rule = "W1", purchased[security.group].until
        gains.append(gain)
        terms.append(term)
        closed.append(rule[0] if rule else "")
        until.append(rule[1] if rule else None)
    term_of = np.array(terms, dtype=np.str_)
    return Lots(
        label=np.array([f"{account.id}/{lot.id}" for _, account, lot in held], dtype=np.str_),
        account=np.array([a for a, _, _ in held], dtype=np.int64),
        security=np.array([index[lot.symbol] for _, _, lot in held], dtype=np.int64),
        size=np.array([household.securities[index[lot.symbol]].price * lot.quantity for _, _, lot in held]),
        gain=np.array(gains),
        short=term_of == "short",
        long=term_of == "long",
        acquired=[lot.acquired for _, _, lot in held],
        closed=np.array(closed, dtype=np.str_),
        until=until,
    )
