"""A direct-index household bought at real prices, on the lowest day of 2020 and on the last day of the data.

The prices are made up (made_up_prices.py), and real ones where the folder that LOTROUTE_PRICES names has them, by
default prices/ in the repository.
"""

from datetime import date

import pytest
from made_up_prices import REAL, made_up_prices, real

from lotroute.fixtures.market import direct_index_household
from lotroute.models.wash_sales.ledger import WINDOW
from lotroute.solver import audit, route, solve

LOW = date(2020, 3, 23)
SECONDS = 20.0


@pytest.fixture(
    scope="module",
    params=[
        (30, LOW),
        (30, None),
        pytest.param((100, LOW), marks=real),
        pytest.param((100, None), marks=real),
    ],
    ids=["made up, low of 2020", "made up, last day", "real, low of 2020", "real, last day"],
)
def solved(request, tmp_path_factory):
    names, until = request.param
    folder = REAL if names == 100 else made_up_prices(tmp_path_factory.mktemp("prices"))
    home = direct_index_household(folder, names=names, until=until)
    return home, solve(home, time_limit=SECONDS)


def losses(plan):
    return [trade for trade in plan.trades if trade.gain is not None and trade.gain < 0]


def test_the_plan_is_audited_and_better_than_the_router_s(solved):
    home, plan = solved
    assert audit(home, plan) == []
    assert plan.certificate.status in ("optimal", "feasible"), plan.certificate
    assert "refuted" not in plan.certificate.detail
    assert audit(home, route(home)) == []
    assert plan.objective < route(home).objective


def test_losses_are_harvested_and_each_says_so(solved):
    home, plan = solved
    sold = losses(plan)
    assert len({trade.symbol for trade in sold}) > 1
    assert {trade.reason.code for trade in sold} <= {"harvest", "clean_out"}
    assert all(trade.reason.text for trade in sold)
    assert home.trade_date != LOW or len({trade.symbol for trade in sold}) > len(home.security_targets) / 4


def test_no_loss_is_washed(solved):
    """No group sold at a loss is bought, by the plan or a scheduled purchase. Recent lots of such a group are sold in
    full, or are the rest of the lot that was sold.
    """
    home, plan = solved
    group = {security.symbol: security.group for security in home.securities}
    sold = {(group[trade.symbol], trade.account, trade.lot) for trade in losses(plan)}
    bought = {group[trade.symbol] for trade in plan.trades if trade.side == "buy"}
    bought |= {group[buy.symbol] for buy in home.scheduled_buys if within(home, buy.date)}
    assert not bought & {name for name, _, _ in sold}
    out = {(trade.account, trade.lot): trade.quantity for trade in plan.trades}
    for account in home.accounts:
        for lot in account.lots:
            if lot.acquired and within(home, lot.acquired) and out.get((account.id, lot.id), 0) < lot.quantity:
                assert {each for each in sold if each[0] == group[lot.symbol]} <= {
                    (group[lot.symbol], account.id, lot.id)
                }


def within(home, day):
    return abs((home.trade_date - day).days) <= WINDOW.days


def test_what_is_harvested_is_replaced(solved):
    """The proceeds are reinvested: cash is not above its band, or not above what it was."""
    _, plan = solved
    (cash,) = [row for row in plan.classes if row.asset_class == "cash"]
    assert cash.after <= max(cash.upper * plan.target_value, cash.before) + 1
