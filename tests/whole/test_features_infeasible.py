"""Rules that no plan can keep together: the status says so, and the least violation names the conflicting rules."""

from feature_cases import ANYTHING, SPREAD, about, bands, dollars, household, ira, joint, lot, solved, stuck

from lotroute.models import Policy
from lotroute.solver import audit, route

NET = 1 - SPREAD


def shortfall(plan):
    return {(v.rule, v.where): v.amount for v in plan.violations}


def test_hard_bands_against_a_withdrawal():
    """A dollar of the withdrawal counts 3 and costs 2 in bands, so it is paid. Stock is below its 45 % of 70,000. Bonds
    exceed their 55 %, 38,500, except for what is sold into cash.
    """
    plan = solved(stuck(), "infeasible", drift={"hard": True})
    sold = 30_000 / NET
    assert dollars(plan)["joint/a"] == about(-sold)
    shortfalls = shortfall(plan)
    assert shortfalls["band", "stock"] == about(0.45 * 70_000 - (50_000 - sold))
    assert ("minimum_cash", "joint") not in shortfalls
    into_cash = -dollars(plan).get("401k/c", 0.0)
    assert shortfalls["band", "bond"] == about(50_000 - into_cash - 0.55 * 70_000)
    stock = next(violation for violation in plan.violations if violation.where == "stock")
    assert "the withdrawal of $30,000 in joint" in stock.conflicts
    assert stock.text.startswith(f"stock stays ${stock.amount:,.2f} outside its band; conflicts with: ")


def test_hard_bands_that_holdings_cannot_reach():
    """Bonds that may not be sold are 70 %, above their maximum of 55 %; stock is bought as far as cash goes."""
    keep = [{"rule": "no_sell", "symbol": "BOND"}]
    home = household(
        joint(lot("a", "A", 29_000, basis=50), cash=1000), ira(lot("c", "BOND", 70_000)), restrictions=keep
    )
    plan = solved(home, "infeasible", drift={"hard": True})
    stock = 29_000 + 1000 / 1.0002
    assert shortfall(plan) == {("band", "stock"): about(45_000 - stock), ("band", "bond"): about(70_000 - 55_000)}
    band = next(v for v in plan.violations if v.where == "bond")
    assert "ira/c may not be sold" in band.conflicts
    assert "bond stays $15,000.00 outside its band" in band.text


def test_soft_bands_leave_the_withdrawal_without_a_conflict():
    assert solved(stuck()).violations == ()


def test_a_gain_budget_against_what_may_not_be_held():
    """10,000 of A, half of it gain, must go, and 1,000 of gain is allowed. A dollar of A left counts a dollar; a dollar
    sold adds half a dollar of gain beyond the limit.
    """
    home = household(
        joint(lot("a", "A", 10_000, basis=50), cash=100),
        ira(lot("c", "BOND", 10_000)),
        restrictions=[{"rule": "do_not_hold", "symbol": "A"}],
        targets=ANYTHING,
    )
    plan = solved(home, "infeasible", limits={"long_gain": 1000})
    gain = 10_000 * (NET - 0.5)
    assert dollars(plan) == {"joint/a": -10_000}
    assert shortfall(plan) == {("limit", "long_gain"): about(gain - 1000)}
    assert plan.violations[0].conflicts == ("joint/a may not be held",)
    assert plan.violations[0].text.startswith(
        f"the limit on long-term gains is exceeded by ${gain - 1000:,.2f}; conflicts with"
    )


def test_a_gain_that_is_larger_than_what_is_sold_leaves_it_unsold():
    """The gain counts against two limits of 0, long-term and net, so selling A breaks more than keeping it."""
    home = household(
        joint(lot("a", "A", 10_000, basis=10), cash=100),
        ira(lot("c", "BOND", 10_000)),
        restrictions=[{"rule": "do_not_hold", "symbol": "A"}],
        targets=ANYTHING,
    )
    plan = solved(home, "infeasible", limits={"long_gain": 0, "net_gain": 0})
    assert dollars(plan) == {}
    assert shortfall(plan) == {("do_not_hold", "joint/a"): 10_000}
    assert set(plan.violations[0].conflicts) == {"the limit on long-term gains", "the limit on net gains"}


def test_a_cash_minimum_against_kept_lots():
    home = household(
        joint(lot("kept", "A", 3000, basis=50), lot("free", "B", 1500, basis=50), cash=1000, minimum_cash=5000),
        ira(lot("c", "BOND", 10_000)),
        restrictions=[{"rule": "keep", "account": "joint", "lot": "kept"}],
        targets=ANYTHING,
    )
    plan = solved(home, "infeasible")
    assert dollars(plan)["joint/free"] == -1500
    assert shortfall(plan) == {("minimum_cash", "joint"): about(5000 - 1000 - 1500 * NET)}
    assert plan.violations[0].conflicts == ("joint/kept is kept",)
    assert (
        plan.violations[0].text == "the cash minimum in joint is $2,500.30 short; conflicts with: joint/kept is kept."
    )


def test_a_cash_maximum_against_what_may_not_be_bought():
    out = [{"rule": "no_buy", "symbol": symbol} for symbol in ("A", "B", "BOND")]
    home = household(
        joint(cash=900, maximum_cash=100), ira(lot("c", "BOND", 10_000)), restrictions=out, targets=ANYTHING
    )
    plan = solved(home, "infeasible")
    assert shortfall(plan) == {("maximum_cash", "joint"): 800}
    assert (
        {f"joint/{symbol} may not be bought" for symbol in ("A", "B", "BOND")}
        >= set(plan.violations[0].conflicts)
        != set()
    )


def test_a_number_of_orders_against_a_withdrawal():
    """Two funds must be sold to pay 12,000; one order is allowed, and a second counts V / 1000, 18 dollars."""
    home = household(
        joint(lot("a", "A", 10_000, basis=50), lot("b", "B", 10_000, basis=50), withdrawal=12_000),
        ira(lot("c", "BOND", 10_000)),
        targets=ANYTHING,
    )
    plan = solved(home, "infeasible", limits={"trades": 1})
    assert shortfall(plan) == {("limit", "trades"): 1}
    assert len(plan.trades) == 2
    assert "the number of orders is exceeded by 1 order" in plan.violations[0].text


def test_a_wash_sale_rule_in_the_way_of_a_withdrawal_is_named():
    recent = {"account": "ira", "symbol": "A", "side": "buy", "date": "2026-06-01", "quantity": 1}
    home = household(
        joint(lot("a", "A", 5000, basis=150), withdrawal=1000), ira(lot("c", "BOND")), recent_trades=[recent]
    )
    plan = solved(home, "infeasible")
    assert shortfall(plan) == {("minimum_cash", "joint"): 1000}
    assert plan.violations[0].conflicts == ("a loss in joint/a would be a wash sale",)


def test_rules_that_close_are_never_broken_to_keep_others():
    """The elastic rules cannot all be kept; the rules that block trades are kept anyway."""
    home = household(
        joint(
            lot("kept", "A", 40_000, basis=50),
            lot("young", "B", 20_000, basis=90, days=3),
            withdrawal=50_000,
            minimum_cash=1000,
            whole_shares=True,
        ),
        ira(lot("c", "BOND", 10_000), maximum_cash=0),
        restrictions=[{"rule": "keep", "account": "joint", "lot": "kept"}, {"rule": "do_not_hold", "symbol": "BOND"}],
        targets=bands(stock=(0.9, 0.95), bond=(0.05, 0.1)),
    )
    policy = {"minimum_holding_days": 30, "drift": {"hard": True}, "limits": {"turnover": 0.01}}
    plan = solved(home, "infeasible", **policy)
    assert not any(trade.lot in ("kept", "young") for trade in plan.trades)
    assert ("minimum_cash", "joint") in shortfall(plan)
    routed = route(home, Policy(**policy))
    assert routed.certificate.status == "infeasible"
    assert audit(home, routed) == []


def test_the_least_violation_is_no_more_than_the_router_s():
    """Both meet a withdrawal out of reach as far as possible; the plan is then the best with that violation."""
    held = lot("a", "A", 5000, basis=50), lot("kept", "A", 5000, basis=50)
    keep = [{"rule": "keep", "account": "joint", "lot": "kept"}]
    home = household(joint(*held, withdrawal=9000), ira(lot("c", "BOND", 10_000)), restrictions=keep)
    plan, routed = solved(home, "infeasible"), route(home)
    assert shortfall(plan) == shortfall(routed) == {("minimum_cash", "joint"): about(9000 - 5000 * NET)}
    assert plan.objective <= routed.objective
