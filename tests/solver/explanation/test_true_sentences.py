"""Sentences that were false once: what losses absorb, what cash is raised for, days that nobody knows."""

from decimal import Decimal

import numpy as np
import pytest
from audit_cases import plan_of
from history_cases import household as with_history
from reason_cases import IRA_STOCK, buy, sell, told

from lotroute.models import Policy, Taxpayer, tax_bill, taxes
from lotroute.models.plan.marginal import marginal_rates_of
from lotroute.solver import audit, solve

SHORT = {"id": "young", "symbol": "A", "quantity": 100, "basis_per_share": 60, "acquired": "2026-02-10"}


def sold_both(carried, taxpayer=None):
    """The sentences of a sale of 100 young shares and 50 old ones, each at a gain of 40, beside carried losses."""
    lots = [SHORT, {"id": "old", "symbol": "A", "quantity": 100, "basis_per_share": 60, "acquired": "2020-01-10"}]
    joint = {"lots": lots, "cash": 1000}
    found = told(sell(100, "young"), sell(50, "old"), joint=joint, taxpayer=carried | (taxpayer or {}))
    return [text for _, text in found]


def test_a_long_term_loss_absorbs_long_term_gains_first():
    """Schedule D: the carried 1,500 nets with the long-term gain of 2,000; the short-term gain is taxed in full."""
    young, old = sold_both({"long_carryforward": 1500})
    assert "its short-term gain of $4,000 is taxed." in young
    assert "is taxed in part (losses absorb $1,500 of the plan's long-term gains of $2,000)" in old


def test_what_is_left_of_a_long_term_loss_absorbs_short_term_gains():
    """3,000 less the 2,000 of long-term gain leaves 1,000 against 4,000 of short-term gain."""
    young, old = sold_both({"long_carryforward": 3000})
    assert "is taxed in part (losses absorb $1,000 of the plan's short-term gains of $4,000)" in young
    assert "losses absorb its long-term gain of $2,000: no tax on it this year" in old
    assert "but without it the losses would save $700 more" in old  # 35 % of 2,000 of short-term gain


def test_a_gain_at_0_percent_beside_a_taxed_one_is_at_0_percent():
    """2026 single, 30,000 of income: 4,000 of short-term gain is taxed at 12 %, the long-term gain at 0 %."""
    payer = {"rates": None, "year": 2026, "ordinary_income": 30_000}
    young, old = sold_both({}, payer)
    assert "its short-term gain of $4,000 is taxed." in young
    assert "its long-term gain of $2,000 is taxed at 0 % this year" in old


def test_a_gain_that_takes_the_loss_of_other_income_says_what_that_costs():
    """A carried loss of 2,000 would offset income at 35 %; the gain of 2,000 takes it."""
    [(code, text)] = told(sell(50, "gain"), taxpayer={"long_carryforward": 2000})
    assert code == "absorbed"
    assert text == (
        "stock is reduced here: losses absorb its long-term gain of $2,000: no tax on it this year, "
        "but without it the losses would save $700 more."
    )


@pytest.mark.parametrize(
    ("account", "need"),
    [
        ({"cash": -500}, "the debit of $500"),
        ({"cash": -500.5, "withdrawal": 1000}, "the withdrawal of $1,000 and the debit of $500.50"),
        ({"cash": 100, "minimum_cash": 400}, "the cash minimum"),
        ({"cash": -500, "minimum_cash": 400}, "the debit of $500 and the cash minimum"),
    ],
)
def test_cash_is_raised_for_what_needs_it(account, need):
    accounts = [{"id": "ira", "kind": "roth", "lots": [IRA_STOCK]} | account]
    [(code, text)] = told(sell(20, "s", account="ira"), accounts=accounts)
    assert (code, text) == ("raise_cash", f"Raises cash for {need}; a sale in the Roth is not taxed.")


def test_a_sale_that_pays_for_nothing_makes_no_room():
    """Bonds, below their target, are sold in the IRA, which buys nothing: there is no better asset to make room for."""
    bonds = {"id": "b", "symbol": "B", "quantity": 50}
    assert told(sell(50, "b", "B", "ira"), ira=[bonds]) == [
        ("raise_cash", "Raises cash in the IRA, where a sale is not taxed.")
    ]


def test_a_class_that_is_bought_back_is_neither_reduced_nor_raised():
    """A is sold and A2, of the same class, bought for as much: no class changes."""
    sold, bought = told(sell(50, "gain"), buy(100, "A2"))
    assert (
        sold[1] == "No sheltered account has stock to sell: A is sold here, and its long-term gain of $2,000 is taxed."
    )
    assert bought == ("reinvest", "A2 is bought with the proceeds of the sales in this account.")


def test_a_replacement_of_the_same_group_is_not_called_one_of_another():
    securities = [
        {"symbol": "A", "price": 100, "exposures": "stock", "half_spread": 0, "identity_group": "g"},
        {"symbol": "A2", "price": 50, "exposures": "stock", "half_spread": 0, "identity_group": "g"},
        {"symbol": "B", "price": 40, "exposures": "bond", "half_spread": 0},
    ]
    _, (code, text) = told(sell(10, "loss"), buy(20, "A2"), securities=securities)
    assert (code, "another identity group" in text) == ("reinvest", False)


def test_a_reinvested_dividend_has_no_day():
    """It comes on some day of the next 30: no sentence and no field names one."""
    lots = [{"id": "l", "symbol": "A", "quantity": 100, "basis_per_share": 130, "acquired": "2024-01-10"}]
    home = with_history(lots, [{"id": "u", "symbol": "A", "quantity": 10}], reinvests=["A"])
    last = str(home.trade_date.replace(month=home.trade_date.month + 1))[:7]  # the month of day 30
    blocked = next(row for row in solve(home).blocked if row.lot == "l")
    assert "a dividend of A is reinvested in ira within 30 days, so it would be a wash sale" in blocked.text
    plan = plan_of(home, sell(50, "l"), policy=Policy(wash_sales="price"))
    states = [state for state in plan.loss_statuses if state.purchase_symbol]
    assert states
    assert audit(home, plan) == []
    for state in states:
        assert (state.purchase_date, state.days) == (None, None)
        assert "dividends reinvested in" in state.text
        assert "within 30 days" in state.text
        assert last not in state.text
    for sentence in [*(trade.reason.text for trade in plan.trades), *(w.cause for w in plan.wash_windows)]:
        assert last not in sentence


@pytest.mark.parametrize("seed", range(60))
def test_the_surtax_begins_where_there_was_none(seed):
    rng = np.random.default_rng(seed)
    payer = Taxpayer(
        year=2026,
        ordinary_income=float(rng.integers(0, 400_000)),
        interest=float(rng.choice([0, 5000])),
        long_carryforward=float(rng.choice([0, 2000, 20_000])),
        short_carryforward=float(rng.choice([0, 2000, 20_000])),
    )
    bill = tax_bill(payer, Decimal(0), Decimal(0))
    for row in marginal_rates_of(payer, bill, bill):
        if row.room is None:
            continue
        gain = Decimal(str(row.room)) + 1000
        step = (gain, Decimal(0)) if row.term == "short" else (Decimal(0), gain)
        net = Decimal(str(bill.short_net)) + step[0], Decimal(str(bill.long_net)) + step[1]
        beyond = taxes(payer, *net).surtax
        assert ("surtax on investment income begins" in row.text) <= (bill.surtax == 0 and beyond > 0), row
        assert ("applies to it" in row.text) <= (0 < bill.surtax < beyond), row
        assert not ("that losses absorb" in row.text and "surtax" in row.text), row
