"""What trades come to, a second time: cash, gains, the bill, bands, the objective and the rules, in one pass.

A Judge holds what depends on the household and the policy alone; `evaluate` prices trades against it, in milliseconds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from ...models.schema.money import CENT, ONE, ZERO, cents, exact
from .bill import floor
from .case import Case
from .evaluation import UNITS, Band, Evaluation, Place, Result
from .ledger import TERMS, Term, term_of
from .moves import NOTHING_MOVED, Moved
from .rules import broken_rules, shortfalls_of, violation_of
from .wash import AfterPlan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from ...models.household.household import Household
    from ...models.policy.policy import Policy
    from ...models.schema.ordered import Ordered
    from .bill import Lines

ROUNDED = Decimal("0.000002")
"""Shares that rounding may sell too many or buy too few, per order."""


@dataclass(slots=True)
class Totals:
    """Running totals of one pass over the trades, in dollars."""

    cash: dict[str, Decimal]
    slack: Decimal = CENT
    results: list[Result] = field(default_factory=list)
    left: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    """Shares left of lots sold from."""
    orders: dict[Place, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    """Dollars by order, at the price."""
    moved: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    """Dollars bought less sold by symbol, as they count toward targets."""
    realized: dict[Term, Decimal] = field(default_factory=lambda: {"short": ZERO, "long": ZERO})
    loss: Decimal = ZERO
    trading: Decimal = ZERO
    waiting: Decimal = ZERO
    location: Decimal = ZERO
    substitution: Decimal = ZERO


class Judge:
    """A household under a policy, ready to evaluate any number of lists of trades."""

    def __init__(self, household: Household, policy: Policy, moved: Moved = NOTHING_MOVED) -> None:
        self.case = Case(household, policy, moved)

    def evaluate(self, trades: Sequence[Ordered]) -> Evaluation:
        """Return what trades come to. Raises KeyError for an account, a symbol or a lot that the household lacks, and
        ValueError if more is sold than held.
        """
        case, totals = self.case, Totals(dict(self.case.cash))
        for trade in trades:
            _post(case, totals, trade)
        for account, _, _ in totals.orders:
            totals.cash[account] -= case.commission[account]
            totals.trading += case.commission[account]
        after = AfterPlan(case.wash, trades, [result.exact_gain for result in totals.results])
        disallowed, deferred = _disallowed(case, totals.results, after)
        bill = case.filer.bill(*(totals.realized[term] + disallowed[term] for term in TERMS))
        gone = totals.realized["short"] + totals.realized["long"] + deferred
        bands = _bands_after(case, totals)
        used, undersized = _used(case, totals, bill), _undersized(case, totals.orders)
        parts = {
            "tax": bill["total"] - case.bill_before["total"],
            "later": _later(case, bill, gone),
            "waiting": totals.waiting,
            "drift": _drift(case, bands),
            "to_target": _to_target(case, bands),
            "trading": totals.trading,
            "location": totals.location,
            "substitution": totals.substitution,
            "limits": _beyond_soft(case, used, undersized),
        }
        found = Evaluation(
            trades=trades,
            results=totals.results,
            cash=totals.cash,
            left=totals.left,
            bands=bands,
            bill_before=case.bill_before,
            bill_after=bill,
            used=used,
            parts={name: cents(amount) for name, amount in parts.items()},
            unrounded=parts,
            slack=totals.slack,
            undersized=undersized,
            after=after,
        )
        found.shortfalls = [*shortfalls_of(case, found)]
        found.violation = violation_of(case, found.shortfalls)
        found.findings = [*broken_rules(case, found)]
        return found


def evaluate(household: Household, policy: Policy, trades: Sequence[Ordered]) -> Evaluation:
    """Return what trades come to for a household under a policy. For many lists of trades, keep a Judge."""
    return Judge(household, policy).evaluate(trades)


def _post(case: Case, totals: Totals, trade: Ordered) -> None:
    """Add one trade to the totals."""
    account, symbol, shares = trade.account, trade.symbol, exact(trade.quantity)
    price, rank = case.price[symbol], case.ranks[account].get(symbol, 0)
    amount, stand_in = shares * price, case.stand_in
    sign = ONE if trade.side == "buy" else -ONE
    totals.slack += CENT + ROUNDED * price
    totals.orders[account, symbol, trade.side] += amount
    totals.moved[symbol] += sign * amount * case.counted[account]
    totals.location += sign * amount * case.forgone[account, symbol]
    if trade.side == "buy":
        totals.trading += amount * case.spread[symbol]
        totals.substitution += amount * stand_in * rank
        result = Result(-cents(amount * (ONE + case.spread[symbol])))
    else:
        key = account, trade.lot or ""
        facts = case.lots[key]
        totals.left[key] = totals.left.get(key, facts.shares) - shares
        totals.trading += amount * facts.selling
        totals.substitution -= amount * stand_in * (symbol in case.stand_ins)
        result = Result(cents(amount * (ONE - facts.selling)))
        if facts.gain is not None and facts.term is not None:
            unrounded = shares * facts.gain
            result = Result(result.proceeds, cents(unrounded), facts.term, unrounded)
            totals.realized[facts.term] += cents(unrounded)
            totals.loss += floor(-cents(unrounded))
            totals.waiting += amount * case.waiting.get(key, ZERO)
    totals.cash[account] += result.proceeds
    totals.results.append(result)


def _bands_after(case: Case, totals: Totals) -> list[Band]:
    counted_cash = sum((case.counted[account] * amount for account, amount in totals.cash.items()), ZERO)
    change = totals.moved | {"": counted_cash - case.counted_cash}
    return [
        band._replace(after=band.before + sum((change[k] * part for k, part in of.items() if k in change), ZERO))
        for band, of in case.bands
    ]


def _used(case: Case, totals: Totals, bill: Lines) -> dict[str, Decimal]:
    """What each limit limits, in its unit."""
    turnover = sum(totals.orders.values(), ZERO) / 2
    return {
        "short_gain": bill["short_gain"],
        "long_gain": bill["long_gain"],
        "net_gain": bill["short_gain"] + bill["long_gain"],
        "gain_share": (bill["short_gain"] + bill["long_gain"]) / (case.unit("gain_share") or ONE),
        "loss": totals.loss,
        "bill": bill["total"],
        "added_tax": bill["total"] - case.bill_before["total"],
        "turnover": turnover / case.market_value if case.market_value > 0 else turnover,
        "trades": Decimal(len(totals.orders)),
    }


def _later(case: Case, bill: Lines, gone: Decimal) -> Decimal:
    """The change in later years' tax: losses carried on, `gone`, gains no longer deferred, and money that has left
    deferred accounts, in dollars.
    """
    before, worth = case.bill_before, case.later
    saved = worth.carried_short * (bill["short_carryforward"] - before["short_carryforward"])
    saved += worth.carried_long * (bill["long_carryforward"] - before["long_carryforward"])
    return -saved - worth.deferral * gone - worth.drawn * case.moved.income


def _disallowed(case: Case, results: Sequence[Result], after: AfterPlan) -> tuple[dict[Term, Decimal], Decimal]:
    """With priced wash sales, what the bill adds back by term, and the part of it that is deferred, in dollars.

    By term, it is what the ledger allows less what the trades state; by the first of two readings of the file.
    """
    change: dict[Term, Decimal] = {"short": ZERO, "long": ZERO}
    lost = ZERO
    for group in after.concerned if case.policy.wash_sales == "price" else ():
        sales = after.readings(group)[0].sales
        for _, sale in sales:
            change[term_of(sale.since, sale.day)] += decimal(sale.gain + sale.disallowed)
            lost += sum((decimal(part.loss) for part in sale.parts if part.fate == "lost"), ZERO)
        for number in {number for number, _ in sales}:
            result = results[number]
            change[result.term or "short"] -= result.exact_gain or ZERO
    in_cents = {term: cents(amount) for term, amount in change.items()}
    return in_cents, in_cents["short"] + in_cents["long"] - cents(lost)


def _undersized(case: Case, orders: Mapping[Place, Decimal]) -> dict[Place, Decimal]:
    """Orders below the minimum trade, and the dollars missing. A sale of all that the account holds is large enough."""
    limit = case.policy.limits.minimum_trade
    if limit is None:
        return {}
    held: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (account, _), facts in case.lots.items():
        held[account, facts.lot.symbol] += facts.shares
    found = {}
    for (account, symbol, side), amount in orders.items():
        least = exact(limit.amount)
        if side == "sell":
            least = min(least, held[account, symbol] * case.price[symbol])
        if amount < least:
            found[account, symbol, side] = least - amount
    return found


def _drift(case: Case, bands: Sequence[Band]) -> Decimal:
    """What dollars outside the bands cost, near them and far from them."""
    policy, total = case.policy, ZERO
    prices = {"class": policy.drift, "factor": policy.factor_drift, "name": policy.sleeve_drift}
    for band in bands:
        price, outside = prices[band.kind], band.outside(case.target_value)
        far = floor(outside - exact(price.near_width) * floor(case.target_value))
        total += exact(price.near_cost) * (outside - far) + exact(price.far_cost) * far
    return total


def _to_target(case: Case, bands: Sequence[Band]) -> Decimal:
    """What asset classes cost beyond the distance from their targets that is free (docs/formulation.md, D9)."""
    value, total = case.target_value, ZERO
    pull = {"off": ZERO, "small": exact(0.5), "exact": ONE}[case.policy.to_target] * exact(case.policy.drift.near_cost)
    moves = any(account.contribution or account.withdrawal for account in case.household.accounts)
    for band in bands:
        if band.kind != "class" or band.target is None:
            continue
        was, distance = band.before - band.target * value, band.after - band.target * value
        in_band = band.lower * value - CENT <= band.before <= band.upper * value + CENT
        stays = case.policy.to_target == "small" and in_band and not (band.name == "cash" and moves)
        above, below = (floor(was), floor(-was)) if stays else (ZERO, ZERO)
        total += floor(distance - above) + floor(-distance - below)
    return pull * total


def _beyond_soft(case: Case, used: Mapping[str, Decimal], undersized: Mapping[Place, Decimal]) -> Decimal:
    """What exceeding soft limits costs."""
    total = ZERO
    for name in UNITS:
        limit = getattr(case.policy.limits, name)
        if limit is not None and limit.price is not None:
            total += exact(limit.price) * case.unit(name) * floor(used[name] - exact(limit.amount))
    least = case.policy.limits.minimum_trade
    if least is not None and least.price is not None:
        total += exact(least.price) * sum(undersized.values(), ZERO)
    return total


def decimal(amount: Fraction) -> Decimal:
    """Return a fraction as a decimal."""
    return Decimal(amount.numerator) / amount.denominator
