"""The optimum of tiny households in whole shares by trying every possible plan, feature by feature."""

from datetime import timedelta
from itertools import product

import numpy as np
import pytest
from random_numbers import TRADE_DATE

from lotroute.models import Household, Policy
from lotroute.models.schema.money import CENT
from lotroute.solver import solve
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.orders import Order
from lotroute.solver.accounting.replay import replay
from lotroute.solver.accounting.violations import rounding, violation
from lotroute.solver.auditor.judge import Judge
from lotroute.solver.formulation.blocks.sides import WASHED, add_sides
from lotroute.solver.formulation.blocks.trades import add_trades
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.formulation.program import Program
from lotroute.solver.search.backend import TOLERANCE
from lotroute.solver.search.certificate import ROUNDED_LINES

WASH = 31
YEAR = 366


# -- tiny households ---------------------------------------------------------------------------------------------------


def pick(rng, items):
    return items[int(rng.integers(len(items)))]


def tiny(rng):
    """Three funds at prices so high that a lot is one or two shares; one account or two."""
    funds = [
        {
            "symbol": symbol,
            "price": round(rng.uniform(12_000, 30_000), 2),
            "exposures": exposures,
            "half_spread": pick(rng, (0.0, 0.0005, 0.003)),
            "ordinary_yield": round(rng.uniform(0, 0.04), 4),
        }
        for symbol, exposures in (("A", "stock"), ("B", pick(rng, ("stock", "bond"))), ("C", "bond"))
    ]
    accounts = [{"id": "joint", "kind": "taxable", "lots": [lot(rng, n, funds) for n in range(rng.integers(2, 4))]}]
    if rng.random() < 0.4:
        held = lot(rng, 9, [pick(rng, funds[::2])])
        accounts.append({"id": "ira", "kind": "roth", "menu": ["A", "C"], "lots": [held]})
    for account in accounts:
        account |= {"whole_shares": True, "cash": pick(rng, (0.0, round(rng.uniform(0, 15_000), 2)))}
    low, high = sorted(rng.uniform(0.2, 0.8, 2).round(2).tolist())
    ends = {"stock": (low, high), "bond": (round(1 - high, 4), round(1 - low, 4))}
    targets = [
        {"asset_class": name, "weight": round((lower + upper) / 2, 4), "lower": lower, "upper": upper}
        for name, (lower, upper) in ends.items()
    ]
    rates = {"short": 0.35, "long": 0.15, "state": pick(rng, (0.0, 0.05))}
    money = lambda: pick(rng, (0.0, round(rng.uniform(0, 8000), 2)))  # noqa: E731
    payer = {"rates": rates, "realized_short": money(), "realized_long": money(), "short_carryforward": money()}
    return {"trade_date": TRADE_DATE, "taxpayer": payer, "accounts": accounts, "securities": funds, "targets": targets}


def lot(rng, number, funds):
    fund = pick(rng, funds)
    shares = float(rng.integers(1, 3)) + pick(rng, (0.0, 0.0, 0.0, 0.25))
    return {
        "id": f"lot{number}",
        "symbol": fund["symbol"],
        "quantity": shares,
        "basis_per_share": round(fund["price"] * rng.uniform(0.4, 1.5), 2),
        "acquired": TRADE_DATE - timedelta(int(rng.integers(WASH, 3 * YEAR))),
    }


def worth(home):
    price = {fund["symbol"]: fund["price"] for fund in home["securities"]}
    held = sum(lot["quantity"] * price[lot["symbol"]] for account in home["accounts"] for lot in account["lots"])
    return held + sum(account["cash"] for account in home["accounts"])


# -- features ----------------------------------------------------------------------------------------------------------


def plain(rng, home, policy):
    """No feature."""


def gain_limits(rng, home, policy):
    name = pick(rng, ("short_gain", "long_gain", "net_gain", "loss"))
    policy["limits"] = {name: limit(rng, rng.uniform(0, 0.06) * worth(home), 0.3)}


def bill_limit(rng, home, policy):
    policy["limits"] = {"bill": limit(rng, rng.uniform(-0.005, 0.01) * worth(home), 1.0)}


def turnover_limit(rng, home, policy):
    policy["limits"] = {"turnover": limit(rng, rng.uniform(0, 0.3), 0.05, 4)}


def number_of_trades(rng, home, policy):
    policy["limits"] = {"trades": limit(rng, int(rng.integers(1, 4)), 0.001 * worth(home))}


def minimum_trade(rng, home, policy):
    policy["limits"] = {"minimum_trade": limit(rng, rng.uniform(0.05, 0.4) * worth(home), 0.1)}


def limit(rng, amount, price, decimals=2):
    return {"amount": round(amount, decimals), "price": round(price * rng.uniform(), 4) if rng.random() < 0.5 else None}


def commissions(rng, home, policy):
    for account in home["accounts"]:
        account["commission"] = round(0.001 * rng.uniform() * worth(home), 2)


def orders_of_lots(rng, home, policy):
    first = home["accounts"][0]
    first["accounting_method"] = pick(rng, ("fifo", "lifo", "hifo"))
    for each in first["lots"]:
        each["symbol"] = first["lots"][0]["symbol"]


def average_cost(rng, home, policy):
    first = home["accounts"][0]
    first["lots"][-1]["symbol"] = first["lots"][0]["symbol"]
    first["average_cost"] = [first["lots"][0]["symbol"]]


def factor_bands(rng, home, policy):
    for fund in home["securities"]:
        fund["factors"] = {"tilt": round(rng.uniform(-1, 1.5), 2)}
    lower, upper = sorted(rng.uniform(-0.3, 0.8, 2).round(2).tolist())
    home["factor_targets"] = [{"factor": "tilt", "lower": lower, "upper": upper}]
    policy["factor_drift"] = {"near_cost": 0.05, "far_cost": 0.15, "near_width": 0.02, "hard": rng.random() < 0.3}


def name_bands(rng, home, policy):
    shares = rng.dirichlet([1.0] * 3) * 0.8
    home["security_targets"] = [
        {"symbol": fund["symbol"], "weight": round(share, 3) * pick(rng, (0, 1, 1))}
        for fund, share in zip(home["securities"], shares.tolist(), strict=True)
    ]
    policy["sleeve_drift"] = {"near_cost": 0.04, "far_cost": 0.1, "near_width": 0.05, "hard": rng.random() < 0.3}


def restrictions(rng, home, policy):
    rows = [{"rule": "do_not_hold", "symbol": home["accounts"][0]["lots"][0]["symbol"]}]
    if rng.random() < 0.5:
        rows.append({"rule": pick(rng, ("no_buy", "no_sell")), "symbol": pick(rng, "ABC")})
    home["restrictions"] = rows


def bounds_of_cash(rng, home, policy):
    account = home["accounts"][0]
    price = max(fund["price"] for fund in home["securities"])
    account["minimum_cash"] = round(rng.uniform(0, 0.5) * price, 2)
    account["maximum_cash"] = round(account["minimum_cash"] + rng.uniform(0.3, 1.2) * price, 2)


def hard_bands(rng, home, policy):
    policy["drift"] = {"near_cost": 0.04, "far_cost": 0.12, "near_width": 0.02, "hard": True}


def redemption_fees(rng, home, policy):
    for fund in home["securities"]:
        fund |= {"redemption_fee": 0.02, "redemption_days": YEAR}


def around_the_trade_date(rng, home, policy):
    """A recent trade that blocks lots or purchases, and holding periods."""
    trade = {"account": "joint", "symbol": pick(rng, "ABC"), "date": TRADE_DATE - timedelta(20), "quantity": 1}
    side = pick(rng, ({"side": "buy"}, {"side": "sell", "gain": -10.0}))
    home["recent_trades"] = [trade | side]
    policy |= {"minimum_holding_days": 60, "long_term_wait_days": 60}


def bought_lately(rng, home, policy):
    """Lots of the last 30 days beside older lots of their group, which are harvested with them or not at all."""
    first = home["accounts"][0]
    for each in home["securities"][:2]:
        each["identity_group"] = "alike"
    for each in first["lots"]:
        each["symbol"] = pick(rng, "AB")
        each["basis_per_share"] = round(
            home["securities"]["AB".index(each["symbol"])]["price"] * rng.uniform(0.8, 1.5), 2
        )
    for each in first["lots"][1:]:
        each["acquired"] = TRADE_DATE - timedelta(int(rng.integers(0, WASH)))


def priced_wash_sales(rng, home, policy):
    """Wash sales at their price: with recent lots, a purchase in the IRA, a scheduled one, or the plan's own."""
    policy["wash_sales"] = "price"
    if rng.random() < 0.5:
        bought_lately(rng, home, policy)
    account = home["accounts"][-1]["id"]
    if rng.random() < 0.4:
        day = TRADE_DATE - timedelta(int(rng.integers(0, WASH)))
        bought = {"account": account, "symbol": "A", "side": "buy", "date": day, "quantity": 1}
        home["recent_trades"] = [bought]
    if rng.random() < 0.4:
        day = TRADE_DATE + timedelta(int(rng.integers(0, WASH)))
        home["scheduled_buys"] = [{"account": pick(rng, ("joint", account)), "symbol": "A", "date": day, "quantity": 1}]


FEATURES = [
    plain,
    gain_limits,
    bill_limit,
    turnover_limit,
    number_of_trades,
    minimum_trade,
    commissions,
    orders_of_lots,
    average_cost,
    factor_bands,
    name_bands,
    restrictions,
    bounds_of_cash,
    hard_bands,
    redemption_fees,
    around_the_trade_date,
    bought_lately,
    priced_wash_sales,
]


def instance(features, seed):
    """A tiny household with some features, and its policy."""
    rng = np.random.default_rng((seed, *(FEATURES.index(feature) for feature in features)))
    home = tiny(rng)
    policy = {"targets": pick(rng, ("before_tax", "after_tax")), "deferral_years": pick(rng, (0.0, 5.0, 20.0))}
    for feature in features:
        feature(rng, home, policy)
    return Household.model_validate(home), Policy.model_validate(policy)


# -- every possible plan -----------------------------------------------------------------------------------------------


def every_plan(home, policy, shortfall):
    """Yield all orders in whole shares that leave no account more than `shortfall` dollars below its minimum.

    No single purchase takes more than the account can spend (U in docs/formulation.md).
    """
    counted = policy.limits.trades is not None or policy.limits.minimum_trade is not None
    buys = build_problem(home, policy).buys
    most = dict(zip(buys.label, buys.limit.tolist(), strict=True))
    choices = [[*every_sale_and_purchase(home, account, counted, shortfall, most)] for account in home.accounts]
    for parts in product(*choices):
        yield [order for part in parts for order in part]


def every_sale_and_purchase(home, account, counted, shortfall, most):
    """Yield the orders of an account; if orders are counted or paid, a security is only sold or only bought (O3)."""
    one_side = counted or account.commission > 0
    fund = home.security
    menu = [*fund] if account.menu is None else account.menu
    levels = [sorted({*range(int(each.quantity) + 1), each.quantity}) for each in account.lots]
    for sold in product(*levels):
        sales = [
            Order(account.id, each.symbol, "sell", float(shares), each.id)
            for each, shares in zip(account.lots, sold, strict=True)
            if shares
        ]
        cash = (
            account.cash
            - account.minimum_cash
            + shortfall
            + sum(order.quantity * fund[order.symbol].price * (1 - fund[order.symbol].half_spread) for order in sales)
        )
        open_ = [symbol for symbol in menu if not (one_side and symbol in {order.symbol for order in sales})]
        funds = [(fund[symbol], most[f"{account.id}/{symbol}"] / fund[symbol].price) for symbol in open_]
        for bought in purchases(funds, cash):
            yield sales + [Order(account.id, symbol, "buy", float(shares)) for symbol, shares in bought]


def purchases(funds, cash):
    """Yield every set of purchases that the cash pays for, each fund up to its number of shares."""
    if not funds:
        yield []
        return
    (first, most), *rest = funds
    cost = first.price * (1 + first.half_spread)
    for shares in range(int(min(max(cash, 0.0) / cost, most)) + 1):
        for others in purchases(rest, cash - shares * cost):
            yield [(first.symbol, shares), *others] if shares else others


def is_left_out(books, orders, ledger, washable):
    """Whether losses are washed in a way that the program leaves out.

    It does not wash losses while recent lots of their group are sold, and sells those in full or not at all (W7, W10).
    It does not wash a lot without a washed column, such as a lot that only its own account would buy back.
    """
    sold = {(order.account, order.lot) for order in orders}
    for group in {security.group for security in books.securities.values()}:
        recent = books.wash.recent.get(group, [])
        kept = any(ledger.left[key] for key in recent)
        washed = bool(ledger.wash_effect.deferred or ledger.wash_effect.lost)
        losses = [each.tax_lot for each in books.wash.outcome(group, orders, ledger.gains) if each.replacement_shares]
        if losses and ((sold & {*recent} and (washed or kept)) or (washed and not washable >= places(losses))):
            return True
    return False


def places(tax_lots):
    return {(tax_lot.account, tax_lot.lot) for tax_lot in tax_lots}


def best_of_all(home, policy, shortfall):
    """The shortfall of the least violation (docs/formulation.md), the least objective with it, and the number of plans.

    Plans that leave an account more than `shortfall` dollars short of cash are left out.
    """
    books, found, problem = Books(home, policy), [], build_problem(home, policy)
    trades = add_trades(Program(), problem, add_sides(Program(), problem))
    lots = trades.lot[trades.side == WASHED]
    washable = {(problem.accounts[problem.lots.account[lot]], problem.held[lot].id) for lot in lots}
    judge = Judge(home, policy)
    for orders in every_plan(home, policy, shortfall):
        ledger = replay(books, orders)
        if not judge.evaluate(orders).findings and not is_left_out(books, orders, ledger, washable):
            found.append((violation(books, ledger, orders), ledger.parts["trading"], ledger.objective))
    _, least = min((short and short + 2 * trading, short) for short, trading, _ in found)
    within = least + CENT
    return float(least), float(min(objective for short, _, objective in found if short <= within)), len(found)


def assert_best(home, policy):
    plan = solve(home, policy, gap_bp=0.0)
    assert plan.certificate.status in ("within_rounding", "infeasible"), plan.certificate
    books = Books(home, policy)
    shortfall = float(violation(books, replay(books, plan.trades), plan.trades))
    slack = float(rounding(books, plan.trades)) + float(CENT) / 2 * (len(plan.parts) + ROUNDED_LINES)
    slack += TOLERANCE * build_problem(home, policy).size
    least, objective, plans = best_of_all(home, policy, shortfall and shortfall + 2 * plan.parts["trading"] + slack)
    assert shortfall <= least + slack
    assert plan.objective == pytest.approx(objective, abs=slack)
    assert plan.certificate.bound <= objective + slack
    return plan, plans


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.__name__)
def test_the_plan_is_the_best_of_all(feature, seed):
    assert_best(*instance([feature], seed))


@pytest.mark.parametrize("seed", range(12))
def test_features_together_are_best_of_all_too(seed):
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(FEATURES))[:3].tolist()
    assert_best(*instance([FEATURES[index] for index in chosen], seed))


def test_there_is_a_choice():
    """The tests above are only meaningful with many plans, with trades in most, and with rules broken in some."""
    found = [assert_best(*instance([feature], seed)) for feature in FEATURES for seed in (3, 4)]
    assert sum(plans for _, plans in found) > 100 * len(found)
    assert sum(bool(plan.trades) for plan, _ in found) > len(found) / 2
    assert 0 < sum(plan.certificate.status == "infeasible" for plan, _ in found) < len(found) / 2


@pytest.mark.slow
@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.__name__)
def test_the_plan_is_the_best_of_all_of_many(feature):
    """Run it with `.venv/bin/python -m pytest -m slow tests/whole/test_brute_force_features.py`."""
    for seed in range(5, 45):
        assert_best(*instance([feature], seed))
