"""Small random households that are valid by construction: no draw is rejected, so each seed gives one household."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
from random_facts import forget, hold_beside, restrict_an_account
from random_numbers import TRADE_DATE, between, down, pick, rounded
from random_taxpayers import bracket_taxpayer
from relative_limits import relative_limits

from lotroute.models import Household, Policy, taxes

KINDS = ("traditional", "roth", "hsa", "401k", "taxable")
CLASSES = ("us_stock", "intl_stock", "bond", "real_estate")
STATUSES = ("single", "married_jointly", "head_of_household", "married_separately")
AGES = ((0, 35), (36, 329), (330, 370), (371, 5000))
"""Days since a lot was bought: inside a wash window, short-term, near the line, long-term."""


def random_household(seed, *, accounts=(1, 4), securities=(3, 7), lots=(4, 16), around=3, brackets=False):
    """A household of about $1,000 to $10,000,000 with counts of accounts, securities and lots within the bounds.

    It is taxed at flat rates or, with `brackets`, by a year's law. `around` is the most recent trades, and the most
    scheduled buys, that it has.
    """
    rng = np.random.default_rng(seed)
    scale = 10 ** rng.uniform(3.3, 6.6)
    targets = _targets(rng, min(int(rng.integers(2, 5)), securities[1]))
    classes = [target["asset_class"] for target in targets]
    funds = _securities(rng, between(rng, securities), classes)
    _add_returns(np.random.default_rng((seed, 6)), funds)
    holders = _accounts(rng, between(rng, accounts), funds, between(rng, lots), scale)
    place = lambda: {"account": pick(rng, holders)["id"], "symbol": pick(rng, funds)["symbol"]}  # noqa: E731
    payer = _taxpayer(rng, scale)
    if brackets:
        payer = bracket_taxpayer(np.random.default_rng((seed, 4)), payer, holders, funds)
    return Household(
        id=f"random-{seed}",
        trade_date=TRADE_DATE,
        taxpayer=payer,
        accounts=holders,
        securities=funds,
        targets=targets,
        recent_trades=[_recent_trade(rng, place(), scale) for _ in range(rng.integers(around + 1) * rng.integers(2))],
        scheduled_buys=[
            {**place(), "date": TRADE_DATE + timedelta(int(rng.integers(36)))}
            for _ in range(rng.integers(around + 1) * rng.integers(2))
        ],
    )


def random_policy(seed):
    """A policy with random values for everything that the objective and the rules read."""
    rng = np.random.default_rng((seed, 1))
    near = rounded(rng.uniform(0, 0.1), 4)
    return Policy(
        drift={
            "near_cost": near,
            "far_cost": near + rounded(rng.uniform(0, 0.3), 4),
            "near_width": pick(rng, (0.0, 0.005, 0.02, 0.1)),
        },
        discount_rate=pick(rng, (0.0, 0.05, 0.12)),
        deferral_years=pick(rng, (0.0, 2.5, 10.0, 30.0)),
        step_up_chance=pick(rng, (0.0, 0.1, 0.5, 1.0)),
        carried_loss_years=pick(rng, (0.0, 3.0, 12.0)),
        **_later_years(np.random.default_rng((seed, 5))),
        location_years=pick(rng, (0.0, 3.0, 10.0)),
        long_term_wait_days=pick(rng, (0, 10, 30, 60)),
        minimum_holding_days=pick(rng, (0, 0, 0, 7, 31, 100)),
        accounting_method=pick(rng, ("fifo", "lifo", "hifo")),
        to_target=pick(np.random.default_rng((seed, 6)), ("off", "small", "small", "exact")),
    )


def featured_household(seed, *, accounts=(1, 3), securities=(2, 6), lots=(2, 14), around=3, brackets=None):
    """A random household with some of: restrictions, names, factors, fees, whole shares and other features.

    Odd seeds have brackets, unless `brackets` decides. Every field is valid, but a fee or a restriction may put the
    cash that the household needs out of reach.
    """
    if brackets is None:
        brackets = seed % 2 == 1
    sizes = {"accounts": accounts, "securities": securities, "lots": lots, "around": around}
    plain = random_household(seed, **sizes, brackets=brackets)
    home, rng = plain.model_dump() | {"id": f"featured-{seed}"}, np.random.default_rng((seed, 2))
    some = lambda chance: rng.random() < chance  # noqa: E731
    if some(0.3):
        _use_whole_shares(rng, home)
    if some(0.3):
        _add_factors(rng, home)
    if some(0.35):
        home["security_targets"] = _security_targets(rng, home["securities"])
    if some(0.35):
        home["restrictions"] = [_restriction(rng, home) for _ in range(rng.integers(1, 4))]
    if some(0.25):
        for fund in home["securities"]:
            fund |= pick(rng, ({}, {"redemption_fee": pick(rng, (0.005, 0.01, 0.02)), "redemption_days": 90}))
    if some(0.25):
        for account in home["accounts"]:
            account["commission"] = pick(rng, (0.0, 1.0, 4.95, 49.95))
    if some(0.3):
        for account in home["accounts"]:
            account["accounting_method"] = pick(rng, ("specific", "fifo", "lifo", "hifo"))
    if some(0.25):
        for account in home["accounts"]:
            held = list(dict.fromkeys(lot["symbol"] for lot in account["lots"]))
            account["average_cost"] = [symbol for symbol in held if some(0.5)]
    if some(0.25):
        account = pick(rng, home["accounts"])
        spare = pick(rng, (0.0, rng.uniform(0, 0.02), rng.uniform(0, 0.3))) * _value(home)
        if account["whole_shares"]:  # a tighter maximum is a hard puzzle: the counts of shares that leave least cash
            spare += max(fund["price"] for fund in home["securities"])
        account["maximum_cash"] = account["minimum_cash"] + rounded(spare)
    if some(0.1):
        for fund in home["securities"]:
            fund["collectible"] = some(0.4)
    _acquire_otherwise(np.random.default_rng((seed, 8)), home)
    _cover(home)
    forget(np.random.default_rng((seed, 9)), home)
    restrict_an_account(np.random.default_rng((seed, 10)), home)
    hold_beside(np.random.default_rng((seed, 11)), home)
    return Household.model_validate(home)


def _acquire_otherwise(rng, home):
    """In some households, let lots be inherited, or given at a value around the giver's basis and the price."""
    if rng.random() >= 0.3:
        return
    for account in home["accounts"]:
        for lot in account["lots"]:
            how = pick(rng, ("purchase", "purchase", "inheritance", "gift", "gift"))
            if how == "purchase" or lot.get("acquired") is None or lot.get("basis_per_share") is None:
                continue
            lot["how_acquired"] = how
            lowest = 1.0 if lot["symbol"] in account["average_cost"] else 0.5
            if how == "gift":
                held = (TRADE_DATE - lot["acquired"]).days
                lot["gift_value_per_share"] = rounded(lot["basis_per_share"] * rng.uniform(lowest, 1.2), 6)
                lot["gift_date"] = TRADE_DATE - timedelta(int(rng.integers(min(held, 800) + 1)))


def featured_policy(seed, home=None):
    """A random policy with some of: limits, hard bands, targets after tax, prices of name and factor drift.

    The limits are in proportion to `home`, by default the featured household of the same seed.
    """
    home = home or featured_household(seed)
    value, payer = _value(home.model_dump()), home.filer
    before = 0.0 if payer.rates else float(taxes(payer, Decimal(0), Decimal(0)).total)
    policy, rng = random_policy(seed).model_dump(), np.random.default_rng((seed, 3))
    some = lambda chance: rng.random() < chance  # noqa: E731
    for name, hard in (("drift", 0.08), ("sleeve_drift", 0.15), ("factor_drift", 0.15)):
        if name != "drift" and some(0.5):
            near = rounded(rng.uniform(0, 0.05), 4)
            far = near + rounded(rng.uniform(0, 0.1), 4)
            policy[name] = {"near_cost": near, "far_cost": far, "near_width": pick(rng, (0.0, 0.002, 0.02))}
        policy[name]["hard"] = some(hard)
    if some(0.3):
        policy |= {"targets": "after_tax", "withdrawal_rate": pick(rng, (None, 0.0, 0.12, 0.24, 0.37, 1.0))}
    policy["long_term_wait_days"] = pick(rng, (0, 0, 0, 10, 60))
    sizes = {
        "short_gain": rng.uniform(-0.03, 0.03) * value,
        "long_gain": rng.uniform(-0.03, 0.06) * value,
        "net_gain": rng.uniform(-0.03, 0.06) * value,
        "loss": pick(rng, (0.0, 0.01, 0.03)) * value,
        "bill": before + rng.uniform(-0.01, 0.02) * value,
        "turnover": rng.uniform(0, 0.4),
        "trades": int(rng.integers(0, 6)),
        "minimum_trade": rng.uniform(0.0005, 0.05) * value,
    }
    prices = {"turnover": rng.uniform(0, 0.05), "trades": rng.uniform(0, 0.002) * value}
    policy["limits"] = {
        name: {
            "amount": rounded(size, 4 if name == "turnover" else 2),
            "price": rounded(prices.get(name, rng.uniform(0, 0.4)), 4) if some(0.5) else None,
        }
        for name, size in sizes.items()
        if some(0.12)
    }
    policy["limits"] |= relative_limits(seed, value)
    return Policy.model_validate(policy)


def _targets(rng, count):
    """Targets of `count` classes in whole percents; half of the time cash has one too."""
    names = [*CLASSES[:count], *(["cash"] * int(rng.integers(2)))]
    shares = rng.multinomial(100 - 5 * (len(names) - 1), [1 / len(names)] * len(names)) + 5
    shares[0] += 100 - shares.sum()
    targets = []
    for name, percent in zip(names, shares.tolist(), strict=True):
        below, above = rng.integers(0, 8, 2).tolist()
        band = {"lower": max(percent - below, 0) / 100, "upper": min(percent + above, 100) / 100}
        targets.append({"asset_class": name, "weight": percent / 100} | pick(rng, ({}, band)))
    return targets


def _securities(rng, count, classes):
    """Funds: the first ones hold one class each, in order; the others hold one or two classes."""
    funds = []
    for index in range(count):
        one, other = rng.permutation(len(classes))[:2].tolist()
        part = int(rng.integers(1, 100)) / 100
        mixed = {classes[one]: part, classes[other]: round(1 - part, 2)}
        exposures = {classes[index]: 1.0} if index < len(classes) else pick(rng, ({classes[one]: 1.0}, mixed))
        alike = index > 0 and rng.random() < 0.3
        fund = {
            "symbol": f"F{index}",
            "price": rounded(10 ** rng.uniform(0, 3.3), int(rng.integers(2, 5))),
            "exposures": exposures,
            "half_spread": pick(rng, (0.0, 0.0001, 0.0005, 0.002, 0.01)),
            "ordinary_yield": rounded(rng.uniform(0, 0.06), 4) * int(rng.integers(2)),
            "qualified_yield": rounded(rng.uniform(0, 0.04), 4) * int(rng.integers(2)),
            "identity_group": f"like-{rng.integers(index)}" if alike else f"like-{index}",
        }
        funds.append(fund)
    return funds


def _add_returns(rng, funds):
    """Tax-exempt interest and interest that the state spares; in half of the households, growth of some funds."""
    known = rng.random() < 0.5
    for fund in funds:
        if rng.random() < 0.2:
            fund |= {"ordinary_yield": 0.0, "exempt_yield": rounded(rng.uniform(0, 0.05), 4)}
        fund["state_exempt_share"] = pick(rng, (0.0, 0.0, rounded(rng.random()), 1.0))
        if known and rng.random() < 0.6:
            fund["growth"] = rounded(rng.uniform(-0.03, 0.09), 4)


def _accounts(rng, count, funds, lots, scale):
    """Accounts that hold `lots` lots together; the first is taxable nine times in ten."""
    kinds = ["taxable" if rng.random() < 0.9 else "traditional", *(pick(rng, KINDS) for _ in range(count - 1))]
    shares = np.bincount(rng.integers(count, size=lots), minlength=count).tolist()
    accounts = []
    for index, (kind, held) in enumerate(zip(kinds, shares, strict=True)):
        chosen = rng.permutation(len(funds))[: int(rng.integers(1, len(funds) + 1))]
        has_menu = kind == "401k" or rng.random() < 0.2
        menu = [funds[k] for k in sorted(chosen.tolist())] if has_menu else funds
        items = [
            _lot(rng, f"lot{i}", pick(rng, menu), kind == "taxable", scale * rng.exponential() / lots)
            for i in range(held)
        ]
        account = {"id": f"{kind}-{index}", "kind": kind, "lots": items}
        if has_menu:
            account["menu"] = [fund["symbol"] for fund in menu]
        accounts.append(account | _cash(rng, items, funds, scale / count))
    return accounts


def _cash(rng, lots, funds, scale):
    """Cash and flows: debit, withdrawal and minimum together are at most what selling everything would raise."""
    fund = {fund["symbol"]: fund for fund in funds}
    raised = sum(
        lot["quantity"] * fund[lot["symbol"]]["price"] * (1 - fund[lot["symbol"]]["half_spread"]) for lot in lots
    )
    cash = pick(rng, (0.0, rng.uniform(0, 0.02) * scale, rng.uniform(0, 0.3) * scale, -rng.uniform(0, 0.3) * raised))
    contribution = pick(rng, (0.0, 0.0, rng.uniform(0, 0.2) * scale))
    spare = raised + cash + contribution
    withdrawal = pick(rng, (0.0, 0.0, 0.0, rng.uniform(0, 0.8) * spare))
    minimum = pick(rng, (0.0, 0.0, rng.uniform(0, 0.2) * spare, rng.uniform(0, 0.75) * (spare - withdrawal)))
    flows = {"contribution": contribution, "withdrawal": withdrawal, "minimum_cash": minimum}
    return {"cash": rounded(cash)} | {name: down(dollars) for name, dollars in flows.items()}


def _lot(rng, name, fund, taxable, dollars):
    decimals = int(rng.integers(0, 10))
    quantity = max(rounded(dollars / fund["price"], decimals), rounded(10.0**-decimals, decimals))
    first, last = AGES[rng.choice(4, p=(0.07, 0.28, 0.25, 0.4))]
    even = fund["price"] * (1 - fund["half_spread"])
    basis = pick(rng, (even * rng.uniform(0.2, 1.0), even * rng.uniform(0.9, 1.1), even * rng.uniform(1.0, 1.7), even))
    known = {
        "basis_per_share": rounded(basis, int(rng.integers(2, 9))),
        "acquired": TRADE_DATE - timedelta(int(rng.integers(first, last + 1))),
    }
    return {"id": name, "symbol": fund["symbol"], "quantity": quantity} | (
        known if taxable or rng.random() < 0.5 else {}
    )


def _taxpayer(rng, scale):
    sizes = (0.0, 700.0, 1500.0, 3000.0, 5000.0, 0.05 * scale, 0.3 * scale)
    money = lambda: down(pick(rng, sizes) * rng.choice((1.0, rng.random())))  # noqa: E731
    carried = ("carried_short", "carried_long")
    worth = {name: rounded(rng.uniform(0, 0.4), 3) for name in carried if rng.random() < 0.25}
    return {
        "filing_status": pick(rng, STATUSES),
        "rates": {
            "short": rounded(rng.uniform(0.1, 0.4), 3),
            "long": pick(rng, (0.0, 0.15, 0.15, 0.2, 0.3)),
            "state": pick(rng, (0.0, 0.05, 0.093)),
            "surtax": pick(rng, (0.0, 0.038)),
        }
        | worth,
        "short_carryforward": pick(rng, (0.0, 0.0, money())),
        "long_carryforward": pick(rng, (0.0, 0.0, money())),
        "realized_short": money() * pick(rng, (-1, 1)),
        "realized_long": money() * pick(rng, (-1, 1)),
    }


def _later_years(rng):
    """Half of the time, fields that decide the rates of later years."""
    if rng.random() < 0.5:
        return {}
    return {
        "carried_short_share": pick(rng, (0.0, 0.1, 0.5, 1.0)),
        "later_short_rate": pick(rng, (None, 0.1, 0.4)),
        "later_long_rate": pick(rng, (None, 0.0, 0.25)),
    }


def _recent_trade(rng, place, scale):
    trade = place | {"date": TRADE_DATE - timedelta(int(rng.integers(36))), "quantity": 10.0}
    result = rounded(rng.uniform(-0.01, 0.01) * scale)
    sale = {"side": "sell"} | pick(rng, ({"gain": result}, {"gain": abs(result)}, {}))
    return trade | pick(rng, ({"side": "buy"}, sale))


def _use_whole_shares(rng, home):
    """Whole shares in most accounts, at prices so high that share counts are small; some lots have a fraction."""
    value = _value(home)
    for fund in home["securities"]:
        times = max(1, round(value / (fund["price"] * rng.integers(20, 200))))
        fund["price"] = rounded(fund["price"] * times, 4)
        for lot in (lot for account in home["accounts"] for lot in account["lots"] if lot["symbol"] == fund["symbol"]):
            lot["quantity"] = max(rounded(lot["quantity"] / times, pick(rng, (0, 0, 3, 6))), 0.001)
            if lot["basis_per_share"] is not None:
                lot["basis_per_share"] = rounded(lot["basis_per_share"] * times, 8)
    for account in home["accounts"]:
        account["whole_shares"] = bool(rng.random() < 0.7)


def _add_factors(rng, home):
    """A sector factor with loadings of 0 and 1, sometimes a style factor, and a band for each."""
    for name in ("tech", "value")[: int(rng.integers(1, 3))]:
        for fund in home["securities"]:
            loading = pick(rng, (0.0, 1.0)) if name == "tech" else rounded(rng.uniform(-1.0, 1.5))
            fund["factors"] |= {name: loading} if loading or fund is home["securities"][0] else {}
        lower = rounded(rng.uniform(0, 0.6) if name == "tech" else rng.uniform(-0.4, 0.6))
        upper = rounded(lower + rng.uniform(0, 0.2))
        home["factor_targets"] = [*home["factor_targets"], {"factor": name, "lower": lower, "upper": upper}]


def _security_targets(rng, funds):
    """Targets of some of the securities, together at most 80 %; some of them 0, some with a band."""
    chosen = rng.permutation(len(funds))[: int(rng.integers(1, len(funds) + 1))].tolist()
    shares = rng.dirichlet([1.0] * len(chosen)) * rng.uniform(0.1, 0.8)
    targets = []
    for index, share in zip(chosen, shares.tolist(), strict=True):
        weight = pick(rng, (0.0, share, share)) // 0.001 / 1000
        below, above = rng.uniform(0, 0.03, 2).tolist()
        band = {"lower": max(rounded(weight - below, 4), 0.0), "upper": rounded(weight + above, 4)}
        targets.append({"symbol": funds[index]["symbol"], "weight": weight} | pick(rng, ({}, band)))
    return targets


def _restriction(rng, home):
    """A restriction of any of the four rules; keep only if the account has a lot."""
    account, fund = pick(rng, home["accounts"]), pick(rng, home["securities"])
    if account["lots"] and rng.random() < 0.3:
        return {"rule": "keep", "account": account["id"], "lot": pick(rng, account["lots"])["id"]}
    rule = pick(rng, ("no_buy", "no_sell", "do_not_hold", "do_not_hold"))
    return {"rule": rule, "symbol": fund["symbol"]} | pick(rng, ({}, {"account": account["id"]}))


def _value(home):
    """Dollars of all lots and cash, with contributions and without withdrawals."""
    price = {fund["symbol"]: fund["price"] for fund in home["securities"]}
    held = sum(lot["quantity"] * price[lot["symbol"]] for account in home["accounts"] for lot in account["lots"])
    return held + sum(a["cash"] + a["contribution"] - a["withdrawal"] for a in home["accounts"])


def _cover(home):
    """Lower what must be paid out if lots that became smaller no longer cover it."""
    net = {fund["symbol"]: fund["price"] * (1 - fund["half_spread"]) for fund in home["securities"]}
    for account in home["accounts"]:
        spare = account["contribution"] + sum(lot["quantity"] * net[lot["symbol"]] for lot in account["lots"])
        account["cash"] = max(account["cash"], -down(spare))
        account["withdrawal"] = min(account["withdrawal"], max(0.0, down(spare + account["cash"])))
        left = max(0.0, down(spare + account["cash"] - account["withdrawal"]))
        account["minimum_cash"] = min(account["minimum_cash"], left)
