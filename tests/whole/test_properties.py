"""What must hold for every household: changes that change nothing, changes that only help, and sums that add up.

Two optima are compared by their bounds. No plan is below a bound, so if two households have the same possible plans,
the bound of one may not be above the objective of the other's plan.
"""

from decimal import Decimal
from math import inf
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from random_households import featured_household, featured_policy
from random_numbers import TRADE_DATE
from strategies import households, payable

from lotroute.models import Household, Limits, Plan, Policy, marginal_rates
from lotroute.models.schema.money import CENT, exact
from lotroute.solver import audit, route, solve
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.orders import SHARE
from lotroute.solver.accounting.replay import replay
from lotroute.solver.accounting.violations import rounding, violation
from lotroute.solver.formulation.blocks.orders import SMALLEST_ORDER
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.search.backend import TOLERANCE
from lotroute.solver.search.certificate import ROUNDED_LINES

SECONDS = 10.0
SEEDS = st.integers(0, 10**6)
COUNTED = ("trades", "minimum_trade")
"""Limits for which the program counts orders; none is below SMALLEST_ORDER."""

some = settings(max_examples=12, derandomize=True, database=None, deadline=None, phases=[Phase.generate])


def drawn(seed):
    home = featured_household(seed)
    return home, featured_policy(seed, home)


class Solved(NamedTuple):
    """A household with its best plan, and the violation of the plan."""

    home: Household
    plan: Plan
    violation: float
    rounding: float
    """Dollars by which a plan in orders and cents may differ from the solver's."""


def best(home, policy):
    plan = solve(home, policy, gap_bp=0.0, time_limit=SECONDS)
    assert plan.certificate.status in ("within_rounding", "feasible", "infeasible"), plan.certificate
    assert "refuted" not in plan.certificate.detail
    return booked(home, plan)


def booked(home, plan):
    books = Books(home, plan.policy)
    rounded = float(CENT) / 2 * (len(plan.parts) + ROUNDED_LINES) + float(rounding(books, plan.trades))
    return Solved(home, plan, float(violation(books, replay(books, plan.trades), plan.trades)), rounded)


def changed(noun, **changes):
    """The same model with other fields, validated."""
    return type(noun).model_validate(noun.model_dump() | changes)


def with_accounts(home, change):
    return changed(home, accounts=[account | change(account) for account in home.model_dump()["accounts"]])


def slack(*solved):
    """Dollars by which equal plans may differ because of rounding and the solver's tolerances."""
    size = max(build_problem(each.home, each.plan.policy).size for each in solved)
    return sum(each.rounding for each in solved) + TOLERANCE * size


def assert_not_better(tight, loose, spare=0.0):
    """Assert that `loose` is at least as good as `tight`, if every plan of `tight` is possible in `loose` too.

    It must break rules no more, and cost no more. The least violation counts trading twice (docs/formulation.md).
    """
    spare += slack(tight, loose)
    shortfall = tight.violation and tight.violation + 2 * tight.plan.parts["trading"]
    assert loose.violation <= shortfall + spare
    if loose.violation >= tight.violation:
        assert loose.plan.certificate.bound <= tight.plan.objective + spare


def assert_as_good(one, other, spare=0.0):
    assert_not_better(one, other, spare)
    assert_not_better(other, one, spare)


# -- what changes nothing ----------------------------------------------------------------------------------------------


def shuffled_lots(rng, account):
    """The lots in another order, except ties in the order of sale, which are sold as listed and stay so."""
    lots = account["lots"]

    def tie(lot):
        if lot["symbol"] in account["average_cost"] or account["accounting_method"] in ("fifo", "lifo"):
            return lot["symbol"], lot["acquired"]
        return lot["symbol"], (lot["basis_per_share"] or 0.0) if account["accounting_method"] == "hifo" else lot["id"]

    order = rng.permutation(len(lots)).tolist()
    places = {}
    for place, lot in enumerate(order):
        places.setdefault(tie(lots[lot]), []).append(place)
    found = list(lots)
    for lot in lots:
        found[places[tie(lot)].pop(0)] = lot
    return found


@some
@given(SEEDS)
def test_the_order_in_which_things_are_listed_is_of_no_account(seed):
    (home, policy), rng = drawn(seed), np.random.default_rng(seed)
    data = home.model_dump()
    for account in data["accounts"]:
        account["lots"] = shuffled_lots(rng, account)
        account["menu"] = account["menu"] and rng.permutation(account["menu"]).tolist()
    for section, items in data.items():
        if isinstance(items, tuple | list):
            data[section] = [items[index] for index in rng.permutation(len(items)).tolist()]
    assert_as_good(best(home, policy), best(Household.model_validate(data), policy))


@some
@given(SEEDS, st.booleans(), st.booleans(), st.sampled_from(["specific", "fifo", "lifo", "hifo"]))
def test_an_account_with_nothing_in_it_changes_nothing(seed, taxable, shut, method):
    home, policy = drawn(seed)
    empty = {"id": "empty", "kind": "taxable" if taxable else "roth", "accounting_method": method}
    wider = changed(home, accounts=[*home.accounts, empty | ({"menu": ()} if shut else {})])
    assert_as_good(best(home, policy), best(wider, policy))


@some
@given(SEEDS, st.booleans())
def test_a_lot_of_no_shares_changes_nothing(seed, averaged):
    (home, policy), rng = drawn(seed), np.random.default_rng(seed)
    old = TRADE_DATE.replace(year=TRADE_DATE.year - 20)

    def with_lot(account):
        allowed = account["menu"] or [fund.symbol for fund in home.securities]
        symbol = allowed[int(rng.integers(len(allowed)))]
        lot = {"id": "none", "symbol": symbol, "quantity": 0.0, "basis_per_share": 1.0, "acquired": old}
        alone = all(other["symbol"] != symbol for other in account["lots"])
        average = {*account["average_cost"], symbol} if averaged and alone else account["average_cost"]
        return {"lots": [*account["lots"], lot], "average_cost": [*average]}

    wider = with_accounts(home, with_lot)
    assert_as_good(best(home, policy), best(wider, policy))


@some
@given(SEEDS, st.sampled_from(sorted(Limits.model_fields)))
def test_a_limit_that_costs_nothing_is_none(seed, name):
    home, policy = drawn(seed)
    policy = changed(policy, limits={**policy.limits.model_dump(), name: None})
    if name in COUNTED:
        policy = with_counted_orders(policy)
    limited = changed(policy, limits={**policy.limits.model_dump(), name: {"amount": 0, "price": 0}})
    assert_as_good(best(home, policy), best(home, limited), SMALLEST_ORDER * len(home.securities))


def with_counted_orders(policy):
    """The policy with orders counted at no cost: in each account a security is only sold or only bought."""
    return changed(policy, limits={**policy.limits.model_dump(), "trades": {"amount": 0, "price": 0}})


def limited_to(home, plan):
    """Hard limits at what the plan uses plus what rounding may add."""
    books = Books(home, plan.policy)
    ledger, spare = replay(books, plan.trades), 2 * rounding(books, plan.trades)
    amounts = {name: used + spare for name, used in ledger.limited.items()}
    amounts["trades"] = ledger.limited["trades"]
    amounts["turnover"] = ledger.limited["turnover"] + spare / max(ledger.market_value, CENT)
    return {name: {"amount": float(amount)} for name, amount in amounts.items()}


@settings(some, max_examples=4)
@given(SEEDS)
def test_a_hard_limit_at_what_the_best_plan_uses_changes_nothing(seed):
    home, policy = drawn(seed)
    policy = with_counted_orders(changed(policy, limits={}))
    free = best(home, policy)
    for name, limit in limited_to(home, free.plan).items():
        limits = policy.limits.model_dump() | {name: limit}
        assert_as_good(free, best(home, changed(policy, limits=limits)))


# -- a scale of dollars ------------------------------------------------------------------------------------------------


def scale_free(home, policy):
    """Flat rates, losses worth the same today and later, so that the $3,000 loss limit has no effect, and no limit on
    the bill.
    """
    rates = marginal_rates(home.filer)
    worth = {"carried_short": rates.all_in_short, "carried_long": rates.all_in_short}
    kept = "filing_status", "short_carryforward", "long_carryforward", "realized_short", "realized_long"
    payer = home.taxpayer.model_dump(include=set(kept)) | {"rates": rates.model_dump() | worth}
    return changed(home, taxpayer=payer), changed(policy, limits={**policy.limits.model_dump(), "bill": None})


def doubled(home, policy):
    """The same household and policy with every amount of money doubled."""
    data, limits = home.model_dump(), policy.limits.model_dump()
    twice = lambda record, *fields: record.update({f: 2 * record[f] for f in fields if record[f] is not None})  # noqa: E731
    twice(data["taxpayer"], "short_carryforward", "long_carryforward", "realized_short", "realized_long")
    for security in data["securities"]:
        twice(security, "price")
    for trade in data["recent_trades"]:
        twice(trade, "gain")
    for account in data["accounts"]:
        twice(account, "cash", "contribution", "withdrawal", "minimum_cash", "maximum_cash", "commission")
        for lot in account["lots"]:
            twice(lot, "basis_per_share", "gift_value_per_share")
    for name, limit in limits.items():
        if limit is not None and name == "trades":
            twice(limit, "price")
        elif limit is not None and name != "turnover":
            twice(limit, "amount")
    return Household.model_validate(data), changed(policy, limits=limits)


@some
@given(SEEDS)
def test_twice_the_dollars_are_twice_the_objective(seed):
    home, policy = scale_free(*drawn(seed))
    twice_home, twice_policy = doubled(home, policy)
    once, twice = best(home, policy), best(twice_home, twice_policy)
    spare = 2 * slack(once) + slack(twice) + 2 * SMALLEST_ORDER * len(once.plan.trades)
    assert twice.violation == pytest.approx(2 * once.violation, abs=spare)
    assert twice.plan.certificate.bound <= 2 * once.plan.objective + spare
    assert 2 * once.plan.certificate.bound <= twice.plan.objective + spare


# -- what only helps ---------------------------------------------------------------------------------------------------


def wider_bands(targets, low, high):
    return [
        target | {"lower": max(target["lower"] - 0.01, low), "upper": min(target["upper"] + 0.01, high)}
        for target in targets
    ]


@some
@given(SEEDS)
def test_wider_bands_cost_nothing(seed):
    home, policy = drawn(seed)
    data = home.model_dump()
    data["targets"] = wider_bands(data["targets"], 0.0, 1.0)
    data["security_targets"] = wider_bands(data["security_targets"], 0.0, 1.0)
    data["factor_targets"] = wider_bands(data["factor_targets"], -inf, inf)
    loose = Household.model_validate(data)
    assert_not_better(best(home, policy), best(loose, policy))


@some
@given(SEEDS)
def test_looser_limits_cost_nothing(seed):
    (home, policy), rng = drawn(seed), np.random.default_rng(seed)
    value = float(Books(home, policy).market_value)
    policy = changed(policy, limits={**tight_limits(rng, value), **policy.limits.model_dump(exclude_none=True)})
    limits = policy.limits.model_dump()
    for name, limit in limits.items():
        if limit is not None:
            more = {"turnover": 0.05, "trades": 1, "minimum_trade": -limit["amount"] / 2}
            limit["amount"] += more.get(name, 0.01 * value)
    assert_not_better(best(home, policy), best(home, changed(policy, limits=limits)))


def tight_limits(rng, value):
    """Two limits that are likely to bind, hard or soft."""
    amounts = {"net_gain": 0.0, "short_gain": 0.0, "loss": 0.001 * value, "turnover": 0.02, "trades": 2}
    amounts["minimum_trade"] = 0.01 * value
    chosen = [sorted(amounts)[index] for index in rng.permutation(len(amounts))[:2].tolist()]
    price = {"turnover": 0.01, "trades": 0.001 * value}
    return {
        name: {"amount": amounts[name], "price": price.get(name, 0.05) if rng.random() < 0.5 else None}
        for name in chosen
    }


@some
@given(SEEDS)
def test_wider_bounds_of_cash_cost_nothing(seed):
    home, policy = drawn(seed)
    loose = with_accounts(home, lambda a: {"minimum_cash": a["minimum_cash"] / 2, "maximum_cash": None})
    assert_not_better(best(home, policy), best(loose, policy))


@some
@given(SEEDS)
def test_fewer_restrictions_and_free_lots_cost_nothing(seed):
    home, policy = drawn(seed)
    free = with_accounts(home, lambda _: {"accounting_method": "specific"})
    loose = changed(free, restrictions=())
    assert_not_better(best(home, policy), best(loose, policy))


@some
@given(SEEDS)
def test_parts_of_shares_cost_nothing(seed):
    home, policy = drawn(seed)
    loose = with_accounts(home, lambda _: {"whole_shares": False})
    assert_not_better(best(home, policy), best(loose, policy))


# -- plans among each other --------------------------------------------------------------------------------------------


@some
@given(SEEDS)
def test_the_plan_is_no_worse_than_the_router_s_and_than_nothing(seed):
    home, policy = drawn(seed)
    solved, routed = best(home, policy), booked(home, route(home, policy))
    # The least violation includes twice the cost of trading, so the router may break rules less by wasting money.
    burnt = 2 * routed.plan.parts["trading"]
    assert solved.violation <= routed.violation + burnt + slack(solved, routed)
    if solved.violation >= routed.violation:
        assert solved.plan.objective <= routed.plan.objective
        assert solved.plan.certificate.bound <= routed.plan.objective + slack(solved, routed)
    if "nothing" in solved.plan.baselines:
        nothing = float(replay(Books(home, policy), []).objective)
        assert solved.plan.certificate.status != "infeasible"
        assert solved.plan.objective <= nothing
        assert solved.plan.baselines["nothing"] == nothing


@some
@given(SEEDS, st.sampled_from([1e-6, 1e-3, 1e-2, 3e-2]))
def test_a_bound_holds_however_early_the_search_stops(seed, seconds):
    home, policy = drawn(seed)
    plan, solved = solve(home, policy, time_limit=seconds), best(home, policy)
    assert audit(home, plan) == []
    assert plan.certificate.status != "fallback"
    hurried = booked(home, plan)
    if plan.certificate.bound is not None and solved.violation <= hurried.violation:
        assert plan.certificate.bound <= solved.plan.objective + slack(solved, hurried)


# -- sums that add up --------------------------------------------------------------------------------------------------


def assert_conserved(home, plan):
    """Assert that shares and dollars in equal shares and dollars out, for each lot, each account and the household."""
    security = home.security
    costs = Decimal(0)
    spare = CENT * (len(plan.trades) + 1)
    for account in home.accounts:
        trades = [trade for trade in plan.trades if trade.account == account.id]
        orders = {(trade.symbol, trade.side) for trade in trades}
        commissions = exact(account.commission) * len(orders)
        start = exact(account.cash) + exact(account.contribution) - exact(account.withdrawal)
        end = start + sum(exact(trade.proceeds) for trade in trades) - commissions
        assert abs(end - exact(plan.cash_after[account.id])) <= CENT
        costs += commissions
        held = {lot.id: exact(lot.quantity) for lot in account.lots}
        for trade in trades:
            amount = exact(trade.quantity) * exact(security[trade.symbol].price)
            if trade.side == "sell":
                held[trade.lot] -= exact(trade.quantity)
                assert held[trade.lot] >= 0
            assert exact(trade.quantity) % SHARE == 0 or trade.side == "sell"
            sign = 1 if trade.side == "sell" else -1
            costs += sign * amount - exact(trade.proceeds)
    assert abs(costs - exact(plan.parts["trading"])) <= spare
    after = sum(exact(row.after) for row in plan.classes)
    before = sum(exact(row.before) for row in plan.classes)
    if plan.policy.targets == "before_tax":
        assert abs(before - exact(plan.market_value)) <= spare + exact(TOLERANCE) * abs(before)
        assert abs(before - after - costs) <= spare + exact(TOLERANCE) * max(abs(before), Decimal(1))
    assert sum(exact(dollars) for dollars in plan.parts.values()) == exact(plan.objective)


@settings(some, max_examples=40)
@given(SEEDS)
def test_nothing_is_lost_and_nothing_made(seed):
    home, policy = drawn(seed)
    assert_conserved(home, solve(home, policy, time_limit=SECONDS))
    assert_conserved(home, route(home, policy))


@settings(some, max_examples=40)
@given(households().filter(payable))
def test_odd_households_are_solved_and_audited_too(home):
    plan = solve(home, Policy(), time_limit=1.0)  # HiGHS may give up where dollars span forty digits
    assert plan.certificate.status != "fallback" or plan.certificate.detail == "HiGHS: Infeasible"
    assert audit(home, plan) == []
    assert_conserved(home, plan)
