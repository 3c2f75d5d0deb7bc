"""A sound household, ways to break it, and the one fault that each of them causes."""

from copy import deepcopy

import pytest

NAN, INFINITY = float("nan"), float("inf")
LEFT_OUT = object()

SOUND = {
    "trade_date": "2026-06-15",
    "taxpayer": {"filing_status": "single", "rates": {"short": 0.35, "long": 0.15}},
    "accounts": [
        {
            "id": "joint",
            "kind": "taxable",
            "cash": 1000,
            "lots": [
                {"id": "a", "symbol": "VTI", "quantity": 10, "basis_per_share": 200, "acquired": "2024-01-02"},
                {"id": "b", "symbol": "BND", "quantity": 5, "basis_per_share": 80, "acquired": "2026-06-15"},
            ],
        },
        {"id": "ira", "kind": "traditional", "cash": 500, "menu": ["BND"], "average_cost": ["BND"], "lots": []},
    ],
    "securities": [
        {"symbol": "VTI", "price": 250, "exposures": "us_stock", "half_spread": 0.1, "factors": "tech=0.3;beta=-0.5"},
        {
            "symbol": "BND",
            "price": 80,
            "exposures": {"us_bond": 1},
            "half_spread": 0,
            "redemption_fee": 0.02,
            "redemption_days": 60,
        },
    ],
    "targets": [{"asset_class": "us_stock", "weight": 0.6}, {"asset_class": "us_bond", "weight": 0.4}],
    "recent_trades": [{"account": "joint", "symbol": "BND", "side": "buy", "date": "2026-06-15", "quantity": 5}],
    "scheduled_buys": [{"account": "ira", "symbol": "BND", "date": "2026-06-15"}],
    "security_targets": [{"symbol": "VTI", "weight": 0.2}, {"symbol": "BND", "weight": 0}],
    "factor_targets": [{"factor": "beta", "lower": -0.5, "upper": 0.5}],
    "restrictions": [
        {"rule": "no_buy", "symbol": "VTI"},
        {"rule": "keep", "account": "joint", "lot": "b"},
        {"rule": "do_not_hold", "symbol": "BND", "account": "ira"},
    ],
}
"""Selling everything in the joint account raises 10 * 250 * 0.9 + 5 * 80 = 2650 on top of its 1000 in cash."""

LOT = SOUND["accounts"][0]["lots"][0]
JOINT = SOUND["accounts"][0]
IRA = SOUND["accounts"][1]
VTI = SOUND["securities"][0]
STOCK, BOND = SOUND["targets"]


def changed(changes):
    """The sound household with the values at paths such as `accounts.0.cash` replaced."""
    data = deepcopy(SOUND)
    for path, value in changes.items():
        place = data
        *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        for step in parents:
            place = place[step]
        if value is LEFT_OUT:
            del place[last]
        else:
            place[last] = deepcopy(value)
    return data


def refused(what, changes, path, fragment):
    return pytest.param(changes, path, fragment, id=what)


LOT_0 = "accounts.0.lots.0"

ONE_FAULT = [
    # names
    refused(
        "unknown symbol of a lot", {f"{LOT_0}.symbol": "VTX"}, "accounts.joint.lots[0].symbol", "unknown symbol 'VTX'"
    ),
    refused("unknown symbol ?", {f"{LOT_0}.symbol": "?"}, "accounts.joint.lots[0].symbol", "unknown symbol '?'"),
    refused("suggested symbol", {f"{LOT_0}.symbol": "VTX"}, "accounts.joint.lots[0].symbol", "did you mean 'VTI'?"),
    refused(
        "unknown symbol of a menu", {"accounts.1.menu": ["BND", "VEA"]}, "accounts.ira.menu", "unknown symbol 'VEA'"
    ),
    refused(
        "unknown symbol of a trade", {"recent_trades.0.symbol": "X"}, "recent_trades[0].symbol", "unknown symbol 'X'"
    ),
    refused(
        "unknown symbol of a buy", {"scheduled_buys.0.symbol": "X"}, "scheduled_buys[0].symbol", "unknown symbol 'X'"
    ),
    refused("unknown account of a trade", {"recent_trades.0.account": "jiont"}, "recent_trades[0].account", "'joint'?"),
    refused(
        "unknown account of a buy", {"scheduled_buys.0.account": "x"}, "scheduled_buys[0].account", "known: ira, joint"
    ),
    refused("lot off the menu", {"accounts.0.menu": ["BND"]}, "accounts.joint.lots[0].symbol", "its menu is BND"),
    refused(
        "lot with an empty menu",
        {"accounts.0.menu": [], "accounts.0.lots": [LOT], "restrictions": []},
        "accounts.joint.lots[0].symbol",
        "empty",
    ),
    refused(
        "class without target",
        {"securities.0.exposures": "gold"},
        "securities.VTI.exposures",
        "no target for the class",
    ),
    refused(
        "account elsewhere and here", {"accounts_elsewhere": ["old", "ira"]}, "accounts_elsewhere", "'ira' is in this"
    ),
    refused("account elsewhere without a name", {"accounts_elsewhere": [""]}, "accounts_elsewhere[0]", "is empty"),
    refused("account twice", {"accounts": [JOINT, IRA, IRA]}, "accounts", "id 'ira' is used 2 times"),
    refused(
        "lot twice",
        {"accounts.0.lots": [LOT, LOT, LOT], "restrictions": []},
        "accounts.joint.lots",
        "id 'a' is used 3 times",
    ),
    refused("symbol twice", {"securities": [*SOUND["securities"], VTI]}, "securities", "symbol 'VTI' is used 2 times"),
    refused(
        "target twice", {"targets": [STOCK, BOND, BOND | {"weight": 0}]}, "targets", "asset_class 'us_bond' is used 2"
    ),
    refused("empty name", {"id": ""}, "id", "is empty"),
    refused("nameless security", {"securities.0.symbol": LEFT_OUT}, "securities[0].symbol", "missing"),
    refused("nameless account", {"accounts.0.id": ""}, "accounts[0].id", "is empty"),
    # fields
    refused("missing price", {"securities.0.price": LEFT_OUT}, "securities.VTI.price", "missing; Price per share"),
    refused(
        "missing year and rates",
        {"taxpayer.rates": LEFT_OUT},
        "taxpayer",
        "missing: year (with the year's income), or flat rates",
    ),
    refused("missing trade date", {"trade_date": LEFT_OUT}, "trade_date", "missing"),
    refused("missing weight", {"targets.0.weight": LEFT_OUT}, "targets.us_stock.weight", "missing"),
    refused("missing date of a lot", {f"{LOT_0}.acquired": None}, "accounts.joint.lots[0].acquired", "missing"),
    refused(
        "a date of a lot without one", {f"{LOT_0}.long_term": True}, "accounts.joint.lots[0].long_term", "has a date"
    ),
    refused("unknown field", {"trade_dat": 1}, "trade_dat", "unknown field; did you mean 'trade_date'?"),
    refused(
        "unknown field of a lot", {f"{LOT_0}.quantty": 1}, "accounts.joint.lots[0].quantty", "did you mean 'quantity'?"
    ),
    refused("unknown field of the rates", {"taxpayer.rates.shrt": 1}, "taxpayer.rates.shrt", "did you mean 'short'?"),
    refused(
        "wrong kind", {"accounts.1.kind": "ira"}, "accounts.ira.kind", "'ira' is not one of 'taxable', 'traditional'"
    ),
    refused(
        "wrong kind, no basis", {"accounts.0.kind": "x", f"{LOT_0}.acquired": None}, "accounts.joint.kind", "'x' is not"
    ),
    refused("wrong status", {"taxpayer.filing_status": "mfj"}, "taxpayer.filing_status", "is not one of 'single'"),
    refused(
        "wrong side",
        {"recent_trades.0.side": "BUY"},
        "recent_trades[0].side",
        "'BUY' is not one of 'buy', 'sell', 'option' or 'cover'",
    ),
    # numbers
    refused("zero price", {"securities.0.price": 0}, "securities.VTI.price", "0 is not more than 0"),
    refused("negative price", {"securities.0.price": -1.5}, "securities.VTI.price", "-1.5 is not more than 0"),
    refused("negative quantity", {f"{LOT_0}.quantity": -3}, "accounts.joint.lots[0].quantity", "-3 is negative"),
    refused(
        "negative basis", {f"{LOT_0}.basis_per_share": -3}, "accounts.joint.lots[0].basis_per_share", "-3 is negative"
    ),
    refused(
        "negative carryforward", {"taxpayer.short_carryforward": -1}, "taxpayer.short_carryforward", "-1 is negative"
    ),
    refused("rate in per cent", {"taxpayer.rates.short": 35}, "taxpayer.rates.short", "35 is too large"),
    refused("whole spread", {"securities.0.half_spread": 1}, "securities.VTI.half_spread", "1 is too large"),
    refused(
        "NaN", {f"{LOT_0}.basis_per_share": NAN}, "accounts.joint.lots[0].basis_per_share", "NaN is not a finite number"
    ),
    refused(
        "NaN in the return", {"taxpayer.realized_long": NAN}, "taxpayer.realized_long", "NaN is not a finite number"
    ),
    refused("infinity", {"securities.0.price": INFINITY}, "securities.VTI.price", "infinity is not a finite number"),
    refused(
        "minus infinity", {"accounts.0.cash": -INFINITY}, "accounts.joint.cash", "-infinity is not a finite number"
    ),
    refused("a word for a number", {"accounts.0.cash": "much"}, "accounts.joint.cash", "'much' is not a number"),
    # dates
    refused("no such day", {"trade_date": "2026-02-30"}, "trade_date", "'2026-02-30' is not a date, YYYY-MM-DD"),
    refused("American date", {f"{LOT_0}.acquired": "01/02/2024"}, "accounts.joint.lots[0].acquired", "is not a date"),
    refused(
        "a number for a date", {"recent_trades.0.date": 20260601}, "recent_trades[0].date", "20260601 is not a date"
    ),
    refused(
        "lot of tomorrow",
        {f"{LOT_0}.acquired": "2026-06-16"},
        "accounts.joint.lots[0].acquired",
        "after the trade date",
    ),
    refused(
        "trade of tomorrow", {"recent_trades.0.date": "2026-06-16"}, "recent_trades[0].date", "after the trade date"
    ),
    refused(
        "buy of yesterday", {"scheduled_buys.0.date": "2026-06-14"}, "scheduled_buys[0].date", "before the trade date"
    ),
    # weights and cash
    refused("targets below one", {"targets.0.weight": 0.5}, "targets", "the weights sum to 0.9"),
    refused("targets above one", {"targets.0.weight": 0.600002}, "targets", "the weights sum to 1.000002"),
    refused("no targets", {"targets": []}, "targets", "the weights sum to 0"),
    refused(
        "exposures below one",
        {"securities.0.exposures": {"us_stock": 0.9}},
        "securities.VTI.exposures",
        "they sum to 0.9",
    ),
    refused("no exposures", {"securities.0.exposures": {}}, "securities.VTI.exposures", "they sum to 0"),
    refused(
        "weight above its band",
        {"targets.0.upper": 0.59},
        "targets.us_stock",
        "0.6 lies outside its band, 0.55 to 0.59",
    ),
    refused(
        "weight below its band",
        {"targets.0.lower": 0.61},
        "targets.us_stock",
        "0.6 lies outside its band, 0.61 to 0.65",
    ),
    refused(
        "uncovered withdrawal",
        {"accounts.0.withdrawal": 3650.01},
        "accounts.joint.withdrawal",
        "at most 3,650.00 can be",
    ),
    refused("uncovered debit", {"accounts.0.cash": -2650.01}, "accounts.joint.cash", "at most 2,650.00 can be raised"),
    refused(
        "unreachable minimum",
        {"accounts.0.minimum_cash": 3650.01},
        "accounts.joint.minimum_cash",
        "at most 3,650.00 even",
    ),
    refused(
        "more cash than there may be",
        {"accounts.0.minimum_cash": 500, "accounts.0.maximum_cash": 499},
        "accounts.joint.maximum_cash",
        "499.00 is less than the minimum, 500.00",
    ),
    refused(
        "uncovered withdrawal whatever the fees",
        {"accounts.0.withdrawal": 3650.01, "accounts.0.commission": 10},
        "accounts.joint.withdrawal",
        "at most 3,650.00 can be",
    ),
    # fees, shares and methods
    refused(
        "fee without days", {"securities.1.redemption_days": LEFT_OUT}, "securities.BND.redemption_days", "missing"
    ),
    refused("days without fee", {"securities.1.redemption_fee": 0}, "securities.BND.redemption_fee", "need a fee"),
    refused(
        "fee of everything",
        {"securities.1.redemption_fee": 0.5, "securities.1.half_spread": 0.5},
        "securities.BND.redemption_fee",
        "it is the whole price",
    ),
    refused("days in parts", {"securities.1.redemption_days": 1.5}, "securities.BND.redemption_days", "not a number"),
    refused("a loading in words", {"securities.0.factors": "beta=x"}, "securities.VTI.factors.beta", "not a number"),
    refused("whole shares perhaps", {"accounts.0.whole_shares": "maybe"}, "accounts.joint.whole_shares", "nor false"),
    refused(
        "average method", {"accounts.0.accounting_method": "average"}, "accounts.joint.accounting_method", "'hifo'"
    ),
    refused("negative commission", {"accounts.0.commission": -1}, "accounts.joint.commission", "-1 is negative"),
    refused(
        "unknown average", {"accounts.1.average_cost": ["BDN"]}, "accounts.ira.average_cost", "did you mean 'BND'?"
    ),
    # a sleeve
    refused(
        "unknown name", {"security_targets.0.symbol": "VIT"}, "security_targets.VIT.symbol", "unknown symbol 'VIT'"
    ),
    refused(
        "name twice",
        {"security_targets": [{"symbol": "VTI", "weight": 0.1}] * 2},
        "security_targets",
        "symbol 'VTI' is used 2 times",
    ),
    refused(
        "name outside its band",
        {"security_targets.0.upper": 0.1},
        "security_targets.VTI",
        "0.2 lies outside its band, 0.195 to 0.1",
    ),
    refused(
        "names of more than everything",
        {"security_targets.0.weight": 0.6, "security_targets.1.weight": 0.41},
        "security_targets",
        "the weights sum to 1.01",
    ),
    refused(
        "a name's weight in per cent", {"security_targets.0.weight": 20}, "security_targets.VTI.weight", "too large"
    ),
    refused(
        "factor twice",
        {"factor_targets": [{"factor": "beta", "lower": 0, "upper": 1}] * 2},
        "factor_targets",
        "factor 'beta' is used 2 times",
    ),
    refused(
        "unknown factor",
        {"factor_targets.0.factor": "bta"},
        "factor_targets.bta.factor",
        "no security has the factor 'bta'; did you mean 'beta'?",
    ),
    refused("crossed band", {"factor_targets.0.lower": 0.6}, "factor_targets.beta", "crossed, 0.6 to 0.5"),
    refused("band with one end", {"factor_targets.0.upper": LEFT_OUT}, "factor_targets.beta.upper", "missing"),
    # restrictions
    refused("wrong rule", {"restrictions.0.rule": "hold"}, "restrictions[0].rule", "'hold' is not one of 'no_buy'"),
    refused(
        "rule without symbol", {"restrictions.0.symbol": LEFT_OUT}, "restrictions[0].symbol", "no_buy needs symbol"
    ),
    refused(
        "employer stock of an ira",
        {"accounts.1.employer_stock": ["VTI"]},
        "accounts.ira.employer_stock",
        "it does not go with the kind",
    ),
    refused(
        "keep of a symbol",
        {"restrictions.1.symbol": "VTI", "restrictions.1.lot": LEFT_OUT},
        "restrictions[1].lot",
        "no_sell is the rule for a security",
    ),
    refused("keep without account", {"restrictions.1.account": None}, "restrictions[1].account", "missing; keep needs"),
    refused("rule of unknown symbol", {"restrictions.0.symbol": "X"}, "restrictions[0].symbol", "unknown symbol 'X'"),
    refused(
        "rule of unknown account", {"restrictions.2.account": "i"}, "restrictions[2].account", "unknown account 'i'"
    ),
    refused(
        "keep of unknown account", {"restrictions.1.account": "x"}, "restrictions[1].account", "unknown account 'x'"
    ),
    refused("keep of unknown lot", {"restrictions.1.lot": "c"}, "restrictions[1].lot", "unknown lot of 'joint' 'c'"),
    refused("keep of another's lot", {"restrictions.1.account": "ira"}, "restrictions[1].lot", "unknown lot of 'ira'"),
    refused(
        "a lot that is not kept", {"restrictions.0.lot": "a"}, "restrictions[0].lot", "about a security, not a lot"
    ),
    refused("a faulty lot is kept", {"accounts.0.lots.1.quantity": -1}, "accounts.joint.lots[1].quantity", "negative"),
    refused("a faulty security of a factor", {"securities.0.price": 0}, "securities.VTI.price", "not more than 0"),
    # shapes
    *(refused(f"{name} left out", {name: LEFT_OUT}, name, "missing") for name in ("accounts", "securities", "targets")),
    *(
        refused(f"{name} no list", {name: {}}, name, "{} is not a list")
        for name in (
            *("accounts", "securities", "targets", "recent_trades", "scheduled_buys"),
            *("security_targets", "factor_targets", "restrictions"),
        )
    ),
    refused(
        "lots no list", {"accounts.0.lots": "all", "accounts.0.withdrawal": 2000}, "accounts.joint.lots", "not a list"
    ),
    refused("no accounts", {"accounts": []}, "accounts", "there is none"),
    refused("account no object", {"accounts.0": "joint"}, "accounts[0]", "'joint' is not an account"),
    refused("security no object", {"securities.0": "VTI"}, "securities[0]", "'VTI' is not an object"),
    refused("lot no object", {LOT_0: 7}, "accounts.joint.lots[0]", "7 is not an object"),
    refused("restriction no object", {"restrictions.0": "no_buy"}, "restrictions[0]", "'no_buy' is not an object"),
    refused("taxpayer no object", {"taxpayer": "single"}, "taxpayer", "'single' is not an object"),
]
