"""Limits and waiting, without a solver: a dollar within or beyond a limit, and what soft limits and ω cost."""

import pytest
from block_cases import (
    FOUR,
    POLICY,
    RATES,
    booked,
    broken,
    columns_like,
    household,
    ledger_of,
    lot,
    point,
    program_of,
)

from lotroute.models import Policy

# -- limits: the four lots, without spreads ----------------------------------------------------------------------------

SHORT, LONG = RATES["short"] + RATES["state"] + RATES["surtax"], RATES["long"] + RATES["state"] + RATES["surtax"]


def four(**changes):
    return household(FOUR, half_spreads=(0, 0), **changes)


def limited(name, amount, price=None, home=None, **policy):
    chosen = Policy(limits={name: {"amount": amount, "price": price}}, **policy)
    return program_of(home or four(), "limits", policy=chosen)


GAINS = {"realized_short": 500, "realized_long": -200, "short_carryforward": 100, "long_carryforward": 50}
"""Before the plan S is 400 and L is -250. Limits on gains leave carryforwards out."""

CASES = [  # limit, its row, S and L, what is sold, what it uses
    ("short_gain", "L1", (400 + 1000, -250 + 2000), ("short-gain 50", "long-gain 100"), 500 + 1000),
    ("long_gain", "L2", (400 + 1000, -250 + 2000), ("short-gain 50", "long-gain 100"), -200 + 2000),
    ("net_gain", "L3", (400 + 1000, -250 + 2000), ("short-gain 50", "long-gain 100"), 300 + 3000),
    ("loss", "L4", (400 - 7000, -250 - 300), ("short-loss 350", "long-loss 15"), 7000 + 300),
    ("bill", "L5", (400 + 1000, -250 + 2000), ("short-gain 50", "long-gain 100"), SHORT * 1400 + LONG * 1750),
    ("added_tax", "L8", (400 + 1000, -250 + 2000), ("short-gain 50", "long-gain 100"), SHORT * 1250 + LONG * 1750),
]


def sold_in(words):
    """Sales in dollars, by column, from words in shares at $100."""
    return {f"sell[joint/{name}]": 100 * float(shares) for name, shares in map(str.split, words)}


@pytest.mark.parametrize(("name", "row", "net", "words", "used"), CASES)
def test_a_hard_limit_is_kept_to_the_dollar_or_broken(name, row, net, words, used):
    home = four(taxpayer=GAINS)
    kept = limited(name, used + 0.001, home=home)
    at = booked(kept, *net, sold_in(words))
    assert broken(kept, at) == []
    program = limited(name, used - 1, home=home)
    assert broken(program, at) == [row]
    program.allow_shortfalls()
    shortfall = at | {f"shortfall[{row}]": 1}
    assert broken(program, shortfall) == []
    assert program.shortfall(point(program, shortfall)) == 1


@pytest.mark.parametrize(("name", "row", "net", "words", "used"), CASES)
def test_a_soft_limit_is_priced_beyond_its_amount(name, row, net, words, used):
    home = four(taxpayer=GAINS)
    policy = Policy(limits={name: {"amount": used - 40, "price": 0.25}})
    program = limited(name, used - 40, price=0.25, home=home)
    at = booked(program, *net, sold_in(words))
    assert broken(program, at) == [row]
    assert broken(program, at | {f"excess[{row}]": 40.001}) == []
    assert broken(program, at | {f"excess[{row}]": 39}) == [row]
    priced = program.part("limits", point(program, at | {f"excess[{row}]": 40}))
    assert priced == pytest.approx(0.25 * 40)
    ledger = ledger_of(home, *(f"sell joint/{word}" for word in words), policy=policy)
    assert float(ledger.parts["limits"]) == pytest.approx(priced)
    assert float(ledger.limited[name]) == pytest.approx(used)


def test_gains_do_not_make_room_for_losses():
    """2,000 of loss counts as 2,000, even with 5,000 of gain."""
    program = limited("loss", 2000)
    at = booked(program, 5000, -2000)
    assert broken(program, at) == []
    assert broken(limited("loss", 1999), at) == ["L4"]


def test_a_bill_may_be_limited_below_nothing():
    """A loss of 3,000 that is used saves 40 % of it."""
    program = limited("bill", -SHORT * 3000 + 0.001)
    at = booked(program, -5000, -700)
    assert broken(program, at) == []
    assert broken(limited("bill", -SHORT * 3000 - 1), at) == ["L5"]


def test_the_bill_that_is_limited_is_all_of_the_tax():
    """Without any gain, a single person with 60,500 less 16,100 owes 10 % on 12,400 and 12 % on the rest."""
    home = four(taxpayer={"rates": None, "year": 2026, "ordinary_income": 60_500})
    owed = 0.1 * 12_400 + 0.12 * (44_400 - 12_400)
    program = limited("bill", owed + 0.001, home=home)
    assert broken(program, booked(program, 0, 0)) == []
    assert broken(program, booked(program, 1000, 0)) == ["L5"]
    assert broken(limited("bill", owed - 1, home=home), booked(program, 0, 0)) == ["L5"]
    assert broken(limited("bill", owed + 120.01, home=home), booked(program, 1000, 0)) == []


def test_no_limit_has_no_row():
    assert [row for row in program_of(four(), "limits").row_labels if row.startswith("L")] == []


# -- turnover: W is 21,000 ---------------------------------------------------------------------------------------------

TRADED = {"sell[joint/a]": 1500, "sell[ira/b]": 2000, "buy[ira/A]": 700}
TRADED |= booked(program_of(household(), "tax"), 0, 1500 * (1 - 0.01 - 1.2), {})
ORDERS = ["sell joint/a 15", "sell ira/b 20", "buy ira/A 7"]


@pytest.mark.parametrize("targets", ["before_tax", "after_tax"])
def test_turnover_is_half_of_all_trades_in_the_value_before_tax(targets):
    turnover = (1500 + 2000 + 700) / 2 / 21_000
    kept = limited("turnover", turnover + 1e-9, home=household(), targets=targets)
    assert broken(kept, TRADED) == []
    program = limited("turnover", turnover - 1 / 21_000, home=household(), targets=targets)
    assert broken(program, TRADED) == ["L6"]
    program.allow_shortfalls()
    assert broken(program, TRADED | {"shortfall[L6]": 1.0001}) == []


def test_turnover_beyond_a_soft_limit_is_priced_by_the_dollar():
    policy = Policy(limits={"turnover": {"amount": 0.05, "price": 0.01}})
    program = program_of(household(), "limits", policy=policy)
    excess = (1500 + 2000 + 700) / 2 - 0.05 * 21_000
    assert broken(program, TRADED | {"excess[L6]": excess}) == []
    assert broken(program, TRADED | {"excess[L6]": excess - 1}) == ["L6"]
    priced = program.part("limits", point(program, TRADED | {"excess[L6]": excess}))
    assert priced == pytest.approx(0.01 * excess)
    assert float(ledger_of(household(), *ORDERS, policy=policy).parts["limits"]) == pytest.approx(priced, abs=0.005)


# -- the number of orders ----------------------------------------------------------------------------------------------

PLACED = TRADED | {"f[joint/A sell]": 1, "f[ira/B sell]": 1, "f[ira/A buy]": 1}


def test_orders_are_counted_against_their_limit():
    assert broken(limited("trades", 3, home=household()), PLACED) == []
    program = limited("trades", 2, home=household())
    assert broken(program, PLACED) == ["L7"]
    program.allow_shortfalls()
    assert broken(program, PLACED | {"shortfall[L7]": 1}) == []
    assert broken(program, PLACED | {"shortfall[L7]": 1.5}) == ["shortfall[L7]"]


def test_an_order_beyond_the_count_weighs_a_thousandth_of_the_value():
    program = limited("trades", 2, home=household())
    assert program.shortfall(point(program, {"shortfall[L7]": 1})) == pytest.approx(21_000 / 1000)


def test_orders_beyond_a_soft_count_are_priced():
    policy = Policy(limits={"trades": {"amount": 1, "price": 7}})
    program = program_of(household(), "limits", policy=policy)
    assert broken(program, PLACED | {"excess[L7]": 2}) == []
    assert broken(program, PLACED | {"excess[L7]": 1}) == ["L7"]
    priced = program.part("limits", point(program, PLACED | {"excess[L7]": 2}))
    assert priced == 2 * 7 == float(ledger_of(household(), *ORDERS, policy=policy).parts["limits"])


# -- waiting: a lot of 2025-06-15 is long-term on 2026-06-16, tomorrow -------------------------------------------------


def charged(home, policy=POLICY, dollars=1000):
    """The charge for selling `dollars` of lot a, the same in the program and on the books."""
    program = program_of(home, "waiting", policy=policy)
    in_program = program.part("waiting", point(program, {"sell[joint/a]": dollars}))
    ledger = ledger_of(home, f"sell joint/a {dollars / 100}", policy=policy)
    assert float(ledger.parts["waiting"]) == pytest.approx(in_program, abs=0.005)
    return in_program


@pytest.mark.parametrize(("held", "wait"), [(266, 100), (165, 201), (40, 326)])
def test_selling_before_long_term_costs_the_saving_beyond_the_drift_of_the_wait(held, wait):
    """A short-term gain of 49 cents a dollar is taxed 0.2 more; the wait costs its days' share of a year's drift."""
    gain = 1 - 0.01 - 0.5
    home = household([lot("a", basis=50, days=held)])
    far = Policy(drift={"far_cost": 10})  # no cap
    assert charged(home, far) == pytest.approx(1000 * (SHORT - LONG) * gain * (365 / wait - 1))


def test_the_charge_is_at_most_what_moving_a_dollar_saves_in_drift():
    home = household([lot("a", basis=50, days=365)])
    for far_cost in (0.12, 0.2):
        assert charged(home, Policy(drift={"far_cost": far_cost})) == pytest.approx(1000 * 2 * far_cost)


@pytest.mark.parametrize(
    "never",
    [
        {"days": 366, "basis": 50},  # long-term
        {"days": 0, "basis": 50},  # the whole year to wait
        {"days": 200, "basis": 99},  # at no gain
        {"days": 200, "basis": 120},  # at a loss
    ],
)
def test_nothing_else_is_charged(never):
    assert columns_like(program_of(household([lot("a", **never)]), "waiting"), "sell") != []
    assert charged(household([lot("a", **never)])) == 0


def test_a_sheltered_lot_is_not_charged():
    program = program_of(household(ira={"lots": [lot("b", "B", basis=1, days=200)]}), "waiting")
    assert program.part("waiting", point(program, {"sell[ira/b]": 1000})) == 0


def test_equal_rates_leave_nothing_to_wait_for():
    flat = {"rates": RATES | {"long": RATES["short"]}}
    assert charged(household([lot("a", basis=50, days=265)], taxpayer=flat)) == 0


def test_of_the_saving_counts_what_other_losses_leave():
    """Lots at a short-term gain have 4,900 of gain in all; losses absorb 1,900 of it, short-term or long-term."""
    gain, wait = 0.49, 100
    home = household([lot("a", basis=50, days=266)], taxpayer={"long_carryforward": 1900})
    far = Policy(drift={"far_cost": 10})
    share = (4900 - 1900) / 4900
    assert charged(home, far) == pytest.approx(1000 * share * (SHORT - LONG) * gain * (365 / wait - 1))
    absorbed = household([lot("a", basis=50, days=266)], taxpayer={"short_carryforward": 5000})
    assert charged(absorbed, far) == 0
