"""The audit catches a deliberate fault of each kind and passes a sound plan."""

from datetime import timedelta

import pytest
from audit_cases import TODAY, loser, plan_of, rules, stating

from lotroute.models import Household, Plan, Policy, Reason, RecentTrade, ScheduledBuy, Trade
from lotroute.solver import audit, solve
from lotroute.solver.accounting.orders import Order


@pytest.fixture(scope="module")
def household():
    return Household.load("fixtures/must_split.json")


@pytest.fixture(scope="module")
def plan(household):
    return solve(household)


def change(plan, position, **fields):
    trades = list(plan.trades)
    trades[position] = trades[position].model_copy(update=fields)
    return plan.model_copy(update={"trades": tuple(trades)})


def test_solved_plan_is_sound(household, plan):
    assert audit(household, plan) == []


def test_what_solve_validated_is_not_validated_again_by_its_audit_and_is_by_any_other(monkeypatch, household, plan):
    checked, validated = [], Household.validated
    monkeypatch.setattr(Household, "validated", lambda home: checked.append(home) or validated(home))
    solve(household)
    assert checked == [household]
    audit(household, plan)
    assert checked == [household, household]


def sold_in_full(household, plan):
    """The position of a sale of all of a lot."""
    whole = {(account.id, lot.id): lot.quantity for account in household.accounts for lot in account.lots}
    return next(i for i, trade in enumerate(plan.trades) if whole.get((trade.account, trade.lot)) == trade.quantity)


def test_a_share_more_than_the_lot_holds_is_caught(household, plan):
    position = sold_in_full(household, plan)
    sale = plan.trades[position]
    oversold = change(plan, position, quantity=sale.quantity + 1)
    findings = audit(household, oversold)
    assert [f.where for f in findings if f.rule == "lot"] == [f"{sale.account}/{sale.lot}"]
    assert "1 shares more" in next(f.message for f in findings if f.rule == "lot")


def test_selling_a_lot_twice_is_caught(household, plan):
    sale = plan.trades[sold_in_full(household, plan)]
    assert "lot" in rules(household, plan.model_copy(update={"trades": (*plan.trades, sale)}))


def test_cash_short_by_a_cent_is_caught():
    household = loser()
    # At a spread of two basis points, 1,000 of cash buys 999.80 and not a cent more.
    enough = plan_of(household, Order("ira", "B", "buy", 24.995))
    assert rules(household, enough) == set()
    assert enough.cash_after["ira"] == pytest.approx(0.0, abs=0.005)
    short = plan_of(household, Order("ira", "B", "buy", 24.99525))
    assert short.cash_after["ira"] == -0.01
    assert rules(household, short) == {"cash"}


def test_buy_on_the_thirtieth_day_after_a_loss_sale_is_caught():
    for days, found in ((30, {"wash_sale"}), (31, set())):
        sale = RecentTrade(
            account="joint", symbol="A", side="sell", date=TODAY - timedelta(days), quantity=10, gain=-50
        )
        household = loser(recent_trades=(sale,))
        assert rules(household, plan_of(household, Order("ira", "A2", "buy", 1.0))) == found


def test_loss_sale_on_the_thirtieth_day_after_a_purchase_is_caught():
    for days, found in ((30, {"wash_sale"}), (31, set())):
        buy = RecentTrade(account="ira", symbol="A2", side="buy", date=TODAY - timedelta(days), quantity=1)
        household = loser(recent_trades=(buy,))
        assert rules(household, plan_of(household, Order("joint", "A", "sell", 10.0, "a"))) == found


def test_loss_sale_thirty_days_before_a_scheduled_buy_is_caught():
    for days, found in ((30, {"wash_sale"}), (31, set())):
        buy = ScheduledBuy(account="ira", symbol="A", date=TODAY + timedelta(days))
        household = loser(scheduled_buys=(buy,))
        assert rules(household, plan_of(household, Order("joint", "A", "sell", 10.0, "a"))) == found


def test_buying_in_the_ira_what_the_plan_sells_at_a_loss_is_caught():
    household = loser()
    orders = (Order("joint", "A", "sell", 10.0, "a"), Order("ira", "A2", "buy", 1.0))
    assert rules(household, plan_of(household, *orders)) == {"wash_sale"}


def test_sale_at_an_unknown_result_bars_a_purchase():
    sale = RecentTrade(account="joint", symbol="A", side="sell", date=TODAY, quantity=10)
    household = loser(recent_trades=(sale,))
    assert rules(household, plan_of(household, Order("ira", "A", "buy", 1.0))) == {"wash_sale"}


def test_short_term_lot_called_long_is_caught(household, plan):
    position = next(i for i, trade in enumerate(plan.trades) if trade.term == "short")
    assert {f.rule for f in audit(household, change(plan, position, term="long"))} == {"figure"}


def test_short_term_gain_days_before_it_turns_long_is_caught():
    household = loser()
    sale = Order("joint", "B", "sell", 10.0, "b")  # bought 2025-06-20: long-term in six days
    for days, found in ((0, set()), (5, set()), (6, {"holding"})):
        assert rules(household, plan_of(household, sale, policy=Policy(long_term_wait_days=days))) == found


def test_sale_before_the_minimum_holding_period_is_caught():
    household = loser()
    sale = Order("joint", "A", "sell", 10.0, "a")  # held 887 days
    assert rules(household, plan_of(household, sale, policy=Policy(minimum_holding_days=888))) == {"holding"}
    assert rules(household, plan_of(household, sale, policy=Policy(minimum_holding_days=887))) == set()


def test_wrong_tax_total_is_caught(household, plan):
    bill = plan.tax_after.model_copy(update={"total": plan.tax_after.total - 0.01})
    findings = audit(household, plan.model_copy(update={"tax_after": bill}))
    assert [(f.rule, f.where) for f in findings] == [("tax", "tax_after.total")]


def test_wrong_bill_before_is_caught(household, plan):
    bill = plan.tax_before.model_copy(update={"long_carryforward": 0.0})
    findings = audit(household, plan.model_copy(update={"tax_before": bill}))
    assert [(f.rule, f.where) for f in findings] == [("tax", "tax_before.long_carryforward")]


@pytest.mark.parametrize("field", ["proceeds", "gain"])
def test_wrong_figure_of_a_trade_is_caught(household, plan, field):
    position = next(i for i, trade in enumerate(plan.trades) if trade.gain is not None)
    wrong = change(plan, position, **{field: round(getattr(plan.trades[position], field) + 0.01, 2)})
    assert rules(household, wrong) == {"figure"}


@pytest.mark.parametrize(
    "part", ["tax", "later", "waiting", "drift", "to_target", "trading", "location", "substitution", "limits"]
)
def test_wrong_part_of_the_objective_is_caught(household, plan, part):
    parts = plan.parts | {part: round(plan.parts[part] - 0.01, 2)}
    findings = audit(household, plan.model_copy(update={"parts": parts}))
    assert [(f.rule, f.where) for f in findings] == [("objective", part)]


def test_wrong_objective_is_caught(household, plan):
    better = plan.model_copy(update={"objective": round(plan.objective - 0.01, 2)})
    assert [(f.rule, f.where) for f in audit(household, better)] == [("objective", "total")]


def test_gap_smaller_than_objective_less_bound_is_caught(household, plan):
    certificate = plan.certificate.model_copy(update={"bound": plan.objective - 100.0})
    assert rules(household, plan.model_copy(update={"certificate": certificate})) == {"certificate"}


def test_bound_above_the_objective_is_caught(household, plan):
    certificate = plan.certificate.model_copy(update={"bound": plan.objective + 1.0})
    assert rules(household, plan.model_copy(update={"certificate": certificate})) == {"certificate"}


def test_optimal_without_a_bound_is_caught(household, plan):
    certificate = plan.certificate.model_copy(update={"bound": None, "gap": None})
    assert rules(household, plan.model_copy(update={"certificate": certificate})) == {"certificate"}


def test_wrong_class_weight_and_value_are_caught(household, plan):
    classes = (plan.classes[0].model_copy(update={"after": plan.classes[0].after + 1}), *plan.classes[1:])
    assert rules(household, plan.model_copy(update={"classes": classes})) == {"figure"}
    assert rules(household, plan.model_copy(update={"market_value": plan.market_value + 1})) == {"figure"}
    cash = plan.cash_after | {"joint": plan.cash_after["joint"] + 0.01}
    assert rules(household, plan.model_copy(update={"cash_after": cash})) == {"figure"}


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"account": "401k"}, "trade"),
        ({"symbol": "GONE"}, "trade"),
        ({"lot": "no-such-lot"}, "lot"),
        ({"lot": "vxus-2019"}, "lot"),
    ],
)
def test_trade_in_what_does_not_exist_is_caught(household, plan, fields, rule):
    position = next(i for i, trade in enumerate(plan.trades) if trade.account == "joint" and trade.side == "sell")
    assert rules(household, change(plan, position, **fields)) == {rule}


def test_purchase_off_the_menu_is_caught(household, plan):
    accounts = tuple(
        account.model_copy(update={"menu": ("VTI", "VXUS")}) if account.id == "joint" else account
        for account in household.accounts
    )
    fixed = household.model_copy(update={"accounts": accounts})
    assert {f.rule for f in audit(fixed, plan)} == {"trade"}


def test_plan_of_another_household_or_day_is_caught(household, plan):
    assert rules(household, plan.model_copy(update={"household": "other"})) == {"plan"}
    assert rules(household, plan.model_copy(update={"trade_date": TODAY + timedelta(1)})) == {"plan"}


def test_stated_shortfall_needs_that_nothing_is_bought():
    household = loser(
        accounts=[{"id": "joint", "kind": "taxable", "cash": 1000, "minimum_cash": 1000}, {"id": "ira", "kind": "roth"}]
    )
    plan = plan_of(household, Order("joint", "B", "buy", 1.0))
    assert rules(household, stating(plan, 0)) == {"cash"}
    findings = audit(household, stating(plan, 40.01))
    assert [f.message for f in findings] == ["something is bought while the account is short of cash"]


def test_stated_shortfall_needs_that_no_free_lot_is_left():
    accounts = [
        {"id": "joint", "kind": "taxable", "cash": 0, "withdrawal": 7000, "lots": loser().accounts[0].lots},
        {"id": "ira", "kind": "roth"},
    ]
    household, waiting = loser(accounts=accounts), Policy(long_term_wait_days=30)
    # Lot b waits for long-term; lot a could raise 6,998.60 of the 7,000 and is the only one that is free.
    best = plan_of(household, Order("joint", "A", "sell", 100.0, "a"), policy=waiting)
    assert audit(household, stating(best, 1.4)) == []
    half = stating(plan_of(household, Order("joint", "A", "sell", 50.0, "a"), policy=waiting), 3500.7)
    assert [(f.rule, f.where) for f in audit(household, half)] == [("cash", "joint/a")]
    free = stating(plan_of(household, Order("joint", "A", "sell", 100.0, "a")), 1.4)
    assert [(f.rule, f.where) for f in audit(household, free)] == [("cash", "joint/b")]
    bought = RecentTrade(account="ira", symbol="A2", side="buy", date=TODAY - timedelta(30), quantity=1)
    washed = loser(accounts=accounts, recent_trades=(bought,))
    assert audit(washed, stating(plan_of(washed, policy=waiting), 7000.0)) == []


def test_gap_in_basis_points_and_bands_must_be_the_right_ones(household, plan):
    certificate = plan.certificate.model_copy(update={"gap_bp": plan.certificate.gap_bp / 2})
    assert rules(household, plan.model_copy(update={"certificate": certificate})) == {"certificate"}
    assert rules(household, plan.model_copy(update={"classes": plan.classes[1:]})) == {"figure"}
    wider = plan.classes[0].model_copy(update={"upper": 1.0})
    assert rules(household, plan.model_copy(update={"classes": (wider, *plan.classes[1:])})) == {"figure"}


def test_audit_reads_a_plan_from_its_file(tmp_path, household, plan):
    plan.save(tmp_path / "plan.json")
    again = Plan.load(tmp_path / "plan.json")
    assert again == plan
    assert audit(household, again) == []


def test_trades_in_an_order_that_cannot_be_placed_are_caught(household, plan):
    first = next(trade for trade in plan.trades if trade.side == "sell" and trade.account == "ira")
    others = [trade for trade in plan.trades if trade != first]
    later = plan.model_copy(update={"trades": (*others, first)})
    assert [(f.rule, f.where) for f in audit(household, later)] == [("trade", f"ira/{first.lot} sell")]


def test_a_recent_lot_listed_after_the_loss_that_it_would_replace_is_caught():
    lots = [
        {"id": "old", "symbol": "A", "quantity": 10, "basis_per_share": 90, "acquired": "2024-01-10"},
        {"id": "drip", "symbol": "A", "quantity": 1, "basis_per_share": 80, "acquired": "2026-06-01"},
    ]
    home = loser(accounts=[{"id": "joint", "kind": "taxable", "lots": lots}, {"id": "ira", "kind": "roth", "cash": 9}])
    orders = [Order("joint", "A", "sell", float(lot["quantity"]), lot["id"]) for lot in lots]
    assert rules(home, plan_of(home, *orders[::-1])) == set()
    assert [f.where for f in audit(home, plan_of(home, *orders))] == ["joint/drip sell"]


def test_a_cash_account_or_a_part_of_the_objective_that_there_is_not_is_caught(household, plan):
    for field, where in (("cash_after", "cash_after.vault"), ("parts", "bonus")):
        name = where.rpartition(".")[2]
        more = getattr(plan, field) | {name: -1000.0}
        assert [f.where for f in audit(household, plan.model_copy(update={field: more}))] == [where]


def test_optimal_beside_a_gap_that_is_not_is_caught(household, plan):
    wide = {"bound": plan.objective - 5000, "gap": 5000.0, "gap_bp": 5000 / plan.market_value * 1e4}
    certificate = plan.certificate.model_copy(update=wide)
    found = [(f.rule, f.where) for f in audit(household, plan.model_copy(update={"certificate": certificate}))]
    assert found == [("certificate", "status")]


def test_a_gift_at_average_cost_has_the_average_basis_even_if_that_is_above_its_value_when_given():
    """The gift's own basis, $50, is not above its value, $60, so the average of $75 holds for gain and loss."""
    day = {"symbol": "A", "quantity": 10, "acquired": "2024-01-10"}
    gift = {"how_acquired": "gift", "gift_value_per_share": 60, "gift_date": "2025-01-10"}
    lots = [{"id": "own", "basis_per_share": 100} | day, {"id": "given", "basis_per_share": 50} | day | gift]
    joint = {"id": "joint", "kind": "taxable", "lots": lots, "average_cost": ["A"]}
    home = loser(accounts=[joint, {"id": "ira", "kind": "roth", "cash": 9}])
    plan = plan_of(home, *(Order("joint", "A", "sell", 10.0, lot["id"]) for lot in lots))
    assert [trade.gain for trade in plan.trades] == [round(10 * (70 * (1 - 0.0002) - 75), 2)] * 2
    assert audit(home, plan) == []


def test_a_plan_is_judged_by_the_policy_given(household, plan):
    still = Policy(limits={"turnover": 0})
    found = {(f.rule, f.where) for f in audit(household, plan, still)}
    assert {("plan", "policy"), ("limit", "turnover")} <= found
    assert audit(household, plan, Policy()) == audit(household, plan) == []


def test_a_trade_made_by_hand_needs_its_figures_right(household, plan):
    extra = Trade(
        account="roth",
        symbol="BND",
        side="buy",
        quantity=1,
        proceeds=-74.0,
        reason=Reason(code="idle_cash", text="added by hand"),
    )
    assert "figure" in rules(household, plan.model_copy(update={"trades": (*plan.trades, extra)}))
