"""Tiny households, feature by feature: so few shares that every possible plan can be tried (every_plan.py)."""

from datetime import timedelta

import numpy as np
from random_numbers import TRADE_DATE

from lotroute.models import Household, Policy

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


def share_of_gain(rng, home, policy):
    policy["limits"] = {"gain_share": limit(rng, rng.uniform(0, 0.8), 0.3, 4)}


def added_tax(rng, home, policy):
    policy["limits"] = {"added_tax": limit(rng, rng.uniform(-0.005, 0.01) * worth(home), 1.0)}


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
    if rng.random() < 0.3:
        rows.append({"rule": pick(rng, ("no_buy", "no_sell", "do_not_hold", "keep")), "account": "joint"})
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


def recent_lots_in_the_ira(rng, home, policy):
    """Lots of the last 30 days in an IRA, which replace losses of the taxable account whatever becomes of them."""
    account = {"id": "recent", "kind": "traditional", "whole_shares": True, "cash": 0.0, "menu": ["A", "B", "C"]}
    held = [lot(rng, 20 + n, home["securities"][:2]) for n in range(int(rng.integers(1, 3)))]
    for each in held:
        each["acquired"] = TRADE_DATE - timedelta(int(rng.integers(0, WASH + 2)))
    home["accounts"] = [home["accounts"][0], account | {"lots": held}]
    if rng.random() < 0.5:
        policy["wash_sales"] = "price"


def sales_without_a_lot(rng, home, policy):
    """A recent loss that names no lot, beside a lot bought lately and a purchase to come."""
    first = home["accounts"][0]
    first["lots"][-1] |= {"symbol": "A", "acquired": TRADE_DATE - timedelta(int(rng.integers(5, WASH)))}
    sale = {"account": "joint", "symbol": "A", "side": "sell", "date": TRADE_DATE - timedelta(int(rng.integers(0, 20)))}
    home["recent_trades"] = [sale | {"quantity": int(rng.integers(1, 3)), "gain": -500.0}]
    if rng.random() < 0.5:
        day = TRADE_DATE + timedelta(int(rng.integers(0, WASH)))
        home["scheduled_buys"] = [{"account": "joint", "symbol": "A", "date": day, "quantity": 1}]
    policy["wash_sales"] = pick(rng, ("avoid", "price"))


def recent_orders(rng, home, policy):
    """Recent lots of two orders, mostly at a loss: the rest of an order does not replace a part of it."""
    bought_lately(rng, home, policy)
    lots = home["accounts"][0]["lots"]
    day = TRADE_DATE - timedelta(int(rng.integers(0, WASH)))
    for each in lots[1:]:
        each |= {"acquired": day, "order": pick(rng, ("one", "one", "two"))}


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


def unknown_facts(rng, home, policy):
    """A lot without a basis, and one without a date, of which a purchase may be named."""
    first = home["accounts"][0]
    for each in first["lots"]:
        each["symbol"] = pick(rng, "AB")
    first["lots"][0]["acquired"], first["lots"][0]["long_term"] = None, True
    first["lots"][-1]["basis_per_share"] = pick(rng, (None, 20_000.0))
    if rng.random() < 0.5:
        first["average_cost"] = ["A"]
    if rng.random() < 0.7:
        day = TRADE_DATE - timedelta(int(rng.integers(0, 400)))
        bought = {"account": "joint", "symbol": first["lots"][0]["symbol"], "side": "buy", "date": day, "quantity": 1}
        home["recent_trades"] = [bought]


def positions_beside(rng, home, policy):
    """A written call that one or two shares cover, and another option, a short position or one that was covered."""
    symbol = home["accounts"][0]["lots"][0]["symbol"]
    call = {"account": "joint", "symbol": symbol, "kind": "short_call", "quantity": int(rng.integers(1, 3))}
    kind = pick(rng, ("long_call", "long_put", "short_put", "short_sale", "cover"))
    day, other = TRADE_DATE - timedelta(int(rng.integers(0, WASH + 5))), pick(rng, "AB")
    if kind == "cover":
        trade = {"account": "joint", "symbol": other, "side": "cover", "date": day, "quantity": 1}
        home["recent_trades"] = [trade | pick(rng, ({}, {"gain": -50.0}, {"gain": 50.0}))]
        home["held_beside"] = [call]
    else:
        home["held_beside"] = [
            call,
            {"account": "joint", "symbol": other, "kind": kind, "quantity": 1, "opened": pick(rng, (None, day))},
        ]
    home["accounts"][0]["accounting_method"] = pick(rng, ("specific", "specific", "fifo", "lifo", "hifo"))
    policy["wash_sales"] = pick(rng, ("avoid", "avoid", "price"))


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
    recent_lots_in_the_ira,
    sales_without_a_lot,
    recent_orders,
    unknown_facts,
    share_of_gain,
    added_tax,
    positions_beside,
]


def instance(features, seed):
    """A tiny household with some features, and its policy."""
    rng = np.random.default_rng((seed, *(FEATURES.index(feature) for feature in features)))
    home = tiny(rng)
    policy = {"targets": pick(rng, ("before_tax", "after_tax")), "deferral_years": pick(rng, (0.0, 5.0, 20.0))}
    for feature in features:
        feature(rng, home, policy)
    return Household.model_validate(home), Policy.model_validate(policy)
