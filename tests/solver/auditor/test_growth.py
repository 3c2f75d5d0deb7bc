"""The work of an audit grows in proportion to lots and trades: function calls are counted, not seconds."""

import cProfile
import pstats
from datetime import timedelta

import pytest
from feature_cases import TODAY, household, ira, joint

from lotroute.models import Policy
from lotroute.solver.accounting.orders import Order
from lotroute.solver.auditor.judge import Judge
from lotroute.solver.auditor.losses import statuses_of, windows_of
from lotroute.solver.auditor.rules import blocked_lots


def one_fund(count, recent=0, around=1):
    """A household with lots of one fund at a loss, `recent` of them from the last month, and trades around the date."""
    lots = [
        {"id": f"old {i}", "symbol": "A", "quantity": 10, "basis_per_share": 120 + i % 7}
        | {"acquired": TODAY - timedelta(400 + i % 900)}
        for i in range(count - recent)
    ]
    lots += [
        {"id": f"new {i}", "symbol": "A", "quantity": 10, "basis_per_share": 120 - 40 * (i % 2)}
        | {"acquired": TODAY - timedelta(1 + i % 29)}
        for i in range(recent)
    ]
    bought = {"account": "ira", "symbol": "A", "side": "buy", "date": TODAY - timedelta(20), "quantity": 7}
    sold = {
        "account": "joint",
        "symbol": "A",
        "side": "sell",
        "date": TODAY - timedelta(10),
        "quantity": 3,
        "gain": -30,
    }
    barred = [{"rule": "do_not_hold", "symbol": "A"}]
    trades = [bought] * around + [sold] * around
    return household(joint(*lots), ira(cash=1000), recent_trades=trades, restrictions=barred)


def calls(home):
    """Function calls to judge the sale of every lot and a purchase."""
    orders = [Order("joint", "A", "sell", lot.quantity, lot.id) for lot in home.accounts[0].lots]
    profile = cProfile.Profile()
    profile.enable()
    judge = Judge(home, Policy())
    found = judge.evaluate([*orders, Order("ira", "A", "buy", 1.0)])
    statuses_of(judge.case, found)
    windows_of(judge.case, found)
    blocked_lots(judge.case)
    profile.disable()
    return pstats.Stats(profile).total_calls


@pytest.mark.parametrize(
    "more",
    [
        lambda count: {},
        lambda count: {"recent": count // 2},
        lambda count: {"around": count // 2},
    ],
    ids=["old lots", "recent lots", "recent trades"],
)
def test_four_times_the_lots_of_a_fund_take_four_times_the_calls(more):
    few, many = (calls(one_fund(count, **more(count))) for count in (150, 600))
    assert many < 4.4 * few
