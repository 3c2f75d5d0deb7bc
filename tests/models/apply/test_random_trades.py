"""The household after random trades, against the audit's own arithmetic: cash, the bill, shares and bases."""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from random_households import featured_household, featured_policy, random_household, random_policy
from random_orders import some_orders

from lotroute.fixtures.generator import generate
from lotroute.fixtures.trading import trade_heavily
from lotroute.models import InputError, Policy, TaxBill
from lotroute.models.apply.after import apply
from lotroute.solver.auditor.judge import Judge
from lotroute.solver.auditor.ledger import UNIT


def planned(home, orders):
    """What is read of a plan with these orders."""
    return SimpleNamespace(transfers=(), household=home.id, trade_date=home.trade_date, trades=orders)


def exactly(number):
    return Fraction(str(number or 0))


def shares_by_place(home):
    found = defaultdict(Fraction)
    for account in home.accounts:
        for lot in account.lots:
            found[account.id, lot.symbol] += exactly(lot.quantity)
    return {key: shares for key, shares in found.items() if shares}


def bases(home):
    """Dollars of basis by taxable account and security; of a gift, the giver's."""
    found = defaultdict(Fraction)
    for account in home.accounts:
        for lot in account.lots if account.taxable else ():
            found[account.id, lot.symbol] += exactly(lot.quantity) * exactly(lot.basis_per_share)
    return found


def pooled(home, account, symbol):
    """The basis per share of a pool; None where lots have their own."""
    own = home.account[account]
    if symbol not in own.average_cost:
        return None
    lots = [lot for lot in own.lots if lot.symbol == symbol]
    shares = sum(exactly(lot.quantity) for lot in lots)
    return sum(exactly(lot.quantity) * exactly(lot.basis_per_share) for lot in lots) / shares


def expected_bases(home, orders, judged):
    """Bases after the orders: less what was sold, with what was paid and the losses that the audit's ledger defers."""
    found = bases(home)
    for order, result in zip(orders, judged.results, strict=True):
        if not home.account[order.account].taxable:
            continue
        if order.side == "buy":
            found[order.account, order.symbol] -= Fraction(result.proceeds)
        else:
            pool, lot = pooled(home, order.account, order.symbol), home.lot[order.account, order.lot]
            cost = exactly(lot.basis_per_share) if pool is None else pool
            found[order.account, order.symbol] -= exactly(order.quantity) * cost
    sold = {(order.account, order.lot): exactly(order.quantity) for order in orders if order.side == "sell"}
    moved = Fraction(0)
    for group in judged.after.concerned:
        for _, sale in judged.after.readings(group)[0].sales:
            for part in sale.parts:
                parcel = part.parcel
                kept = (parcel.account, parcel.lot) in home.lot or parcel.lot.startswith(";bought")
                if part.fate == "deferred" and parcel.side != "option" and kept:
                    found[parcel.account, parcel.symbol] += part.loss
                    moved += part.loss
            key = sale.account, sale.lot
            extra = sale.gain - gain_by_file(home, judged, key, orders) * Fraction(sale.shares, UNIT) / sold[key]
            found[sale.account, sale.symbol] += extra  # shares that took a loss in before they were sold with it
    return found, moved


def gain_by_file(home, judged, key, orders):
    """The gain of a lot's sale as the audit states it, not rounded."""
    return next(
        Fraction(result.exact_gain or 0)
        for order, result in zip(orders, judged.results, strict=True)
        if (order.account, order.lot) == key and order.side == "sell"
    )


def may_be_sold(case, order):
    """Whether a lot's basis is known, if a tax depends on it."""
    return case.accounts[order.account].kind != "taxable" or case.lots[order.account, order.lot].gain is not None


def check(home, policy, orders):
    """Whether the orders can be applied; if so, the household after is what the audit's arithmetic says."""
    judge = Judge(home, policy.with_(wash_sales="price"))
    orders = [order for order in orders if order.side == "buy" or may_be_sold(judge.case, order)]
    judged = judge.evaluate(orders)
    try:
        after = apply(home, planned(home, orders)).household
    except InputError as error:  # random orders overdraw accounts
        if {fault.path.rpartition(".")[2] for fault in error.faults} <= {"cash", "minimum_cash"}:
            return None
        raise
    cents = {name: round(dollars, 2) for name, dollars in judged.cash.items()}
    assert {account.id: account.cash for account in after.accounts} == {k: float(v) for k, v in cents.items()}
    assert not any(account.contribution or account.withdrawal for account in after.accounts)

    shares = defaultdict(Fraction, shares_by_place(home))
    for order in orders:
        shares[order.account, order.symbol] += exactly(order.quantity) * (1 if order.side == "buy" else -1)
    assert {key: float(n) for key, n in shares.items() if n} == pytest.approx(
        {key: float(n) for key, n in shares_by_place(after).items()}, rel=1e-12
    )

    bill = Judge(after, policy).case.bill_before
    stated = {line: float(bill[line]) for line in TaxBill.model_fields if bill.get(line) is not None}
    assert stated == pytest.approx({line: float(judged.bill_after[line]) for line in stated}, abs=1e-6)

    expected, moved = expected_bases(home, orders, judged)  # exact, and 0 for a basis that is not known
    assert {key: float(cost) for key, cost in bases(after).items()} == pytest.approx(
        {key: float(cost) for key, cost in expected.items() if key in bases(after)}, rel=1e-11, abs=1e-5
    )
    assert [trade for trade in after.recent_trades if trade in home.recent_trades] == [*home.recent_trades]
    return moved


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("make", ["random", "featured"])
def test_random_orders(make, seed):
    household, policy = {
        "random": (random_household, random_policy),
        "featured": (featured_household, featured_policy),
    }[make]
    home = household(seed)
    rng = np.random.default_rng((seed, 15))
    for _ in range(4):
        check(home, policy(seed), some_orders(home, rng))


def test_orders_of_households_that_trade_heavily():
    """Among them are losses that recent lots and the plan's own purchases replace."""
    moved = []
    for home in (trade_heavily(each, 1) for each in generate(12, 3)):
        rng = np.random.default_rng(len(home.id))
        for _ in range(3):
            orders = [order for order in some_orders(home, rng) if order.side == "sell" or rng.random() < 0.1]
            moved.append(check(home, Policy(), orders))
    assert sum(each is not None for each in moved) > len(moved) / 2
    assert sum(bool(each) for each in moved) > 5


def on_random_days(home, orders, rng):
    """Fills of the orders on days of the next weeks, some in parts, at prices of their own."""
    rows = []
    for order in orders:
        for part in ([1.0], [0.25, 0.75], [0.4])[rng.integers(3)]:
            price = round(home.security[order.symbol].price * rng.uniform(0.9, 1.1), 4)
            day = home.trade_date + timedelta(int(rng.choice([0, 0, 1, 7, 29, 30, 31, 45])))
            shares = order.quantity if part == 1 else int(order.quantity * part * 1e6) / 1e6
            fill = {"account": order.account, "symbol": order.symbol, "side": order.side, "quantity": shares}
            rows.append(fill | {"price": price, "date": min(day, date(home.trade_date.year, 12, 31)), "lot": order.lot})
    return [row for row in rows if row["quantity"] > 0]


def test_on_whatever_days_orders_are_filled_nothing_is_lost_and_nothing_made():
    """In taxable accounts without purchases to come: what was paid, less what was received, and the gains realized are
    in the bases, whatever wash sales moved between gains and bases."""
    deferred = 0
    for number, home in enumerate(trade_heavily(each, 1) for each in generate(20, 11)):
        taxable = {account.id for account in home.accounts if account.taxable}
        changes = {f"accounts.{account.id}.reinvests": () for account in home.accounts} | {"scheduled_buys": ()}
        changes |= {f"accounts.{name}.cash": 1e6 for name in taxable}
        changes |= {
            f"accounts.{account.id}.lots[{place}].acquired": None  # so that no sheltered purchase replaces a loss
            for account in home.accounts
            for place in range(len(account.lots))
            if account.id not in taxable
        }
        for each in home.securities:
            changes |= {f"securities.{each.symbol}.{name}": 0 for name in ("redemption_fee", "redemption_days")}
        home = home.with_(changes | {"recent_trades": ()})
        rng = np.random.default_rng((number, 16))
        orders = [order for order in some_orders(home, rng) if order.account in taxable]
        fills = on_random_days(home, orders, rng)
        found = apply(home, planned(home, orders), fills)
        after = found.household
        assert found.notes == ()
        traded = Fraction(0)
        for fill in fills:
            traded += exactly(fill["quantity"]) * exactly(fill["price"]) * (1 if fill["side"] == "buy" else -1)
        gains = sum(
            exactly(getattr(after.taxpayer, name)) - exactly(getattr(home.taxpayer, name))
            for name in ("realized_short", "realized_long")
        )
        before, then = sum(bases(home).values()), sum(bases(after).values())
        assert float(then - before) == pytest.approx(float(traded + gains), abs=0.01 * len(fills) + 0.01)
        raw = sum(trade.gain or 0 for trade in after.recent_trades)
        deferred += float(gains) - raw > 1
    assert deferred > 5
