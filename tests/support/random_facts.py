"""Facts that a random household may lack, and what may stand beside its lots: positions, restrictions of accounts."""

from datetime import timedelta

from random_numbers import TRADE_DATE, pick, rounded


def restrict_an_account(rng, home):
    """In a few households, restrict all that an account holds and may buy."""
    if rng.random() < 0.1:
        rule = pick(rng, ("no_buy", "no_sell", "do_not_hold", "keep"))
        row = {"rule": rule, "account": pick(rng, home["accounts"])["id"]}
        home["restrictions"] = [*home["restrictions"], row]
    for account in home["accounts"]:
        if account["kind"] == "401k" and account["lots"] and rng.random() < 0.3:
            account["employer_stock"] = [pick(rng, account["lots"])["symbol"]]


def hold_beside(rng, home):
    """In some households, options and short positions, and short sales that were covered lately."""
    for _ in range(int(rng.integers(1, 4)) if rng.random() < 0.2 else 0):
        account, fund = pick(rng, home["accounts"]), pick(rng, home["securities"])
        kind = pick(rng, ("long_call", "long_put", "short_call", "short_call", "short_put", "short_sale", "cover"))
        held = sum(lot["quantity"] for lot in account["lots"] if lot["symbol"] == fund["symbol"])
        place = {"account": account["id"], "symbol": fund["symbol"]}
        place["quantity"] = max(rounded((held or 10.0) * rng.uniform(0.1, 1.1), 6), 1e-6)
        day = TRADE_DATE - timedelta(int(rng.integers(0, 70)))
        if kind == "cover":
            trade = place | {"side": "cover", "date": day, "gain": pick(rng, (None, -100.0, 100.0))}
            home["recent_trades"] = [*home["recent_trades"], trade]
        else:
            position = place | {"kind": kind, "opened": pick(rng, (None, day, day))}
            home["held_beside"] = [*home["held_beside"], position]


def forget(rng, home):
    """In some households, let taxable lots have no date, or no basis; purchases of the last year may be named."""
    if rng.random() >= 0.2:
        return
    for account in home["accounts"]:
        for lot in account["lots"]:
            lacks = pick(rng, ("nothing", "nothing", "date", "basis"))
            if lot["how_acquired"] != "purchase" or lot.get("acquired") is None or lacks == "nothing":
                continue
            days, shares = int(rng.integers(0, 500)), lot["quantity"] * rng.uniform(0.1, 1.2)
            if lacks == "basis":
                lot["basis_per_share"] = None
                continue
            lot |= {"acquired": None, "long_term": True}
            if rng.random() < 0.5 and shares > 1e-6:
                place = {"account": account["id"], "symbol": lot["symbol"], "side": "buy"}
                bought = place | {"date": TRADE_DATE - timedelta(days), "quantity": rounded(shares, 6)}
                home["recent_trades"] = [*home["recent_trades"], bought]
