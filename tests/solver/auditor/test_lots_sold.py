"""The price of a trade, and the date and basis of the lot it sells: what the law says, and each forgery found."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from audit_cases import loser, plan_of
from random_households import featured_household, featured_policy

from lotroute.models import Household, Plan
from lotroute.solver import audit, solve
from lotroute.solver.accounting.orders import Order

SPREAD = Decimal("0.0002")
"""The half-spread of a security that states none."""


@pytest.fixture(scope="module")
def household():
    return Household.load("fixtures/must_split.json")


@pytest.fixture(scope="module")
def plan(household):
    return solve(household)


def sale(account="joint", **changes):
    """The trade that sells ten shares at $70 of the only lot of A, 100 shares, and what the audit finds in its plan."""
    lot = {"id": "a", "symbol": "A", "quantity": 100, "basis_per_share": 90, "acquired": "2024-01-10"} | changes
    accounts = [{"id": "joint", "kind": "taxable"}, {"id": "ira", "kind": "roth", "cash": 9}]
    accounts = [each | ({"lots": [lot]} if each["id"] == account else {}) for each in accounts]
    home = loser(accounts=accounts)
    plan = plan_of(home, Order(account, "A", "sell", 10.0, "a"))
    return plan.trades[0], audit(home, plan)


def gift(value):
    return {"how_acquired": "gift", "gift_value_per_share": value, "gift_date": "2025-01-10"}


REALIZED = 10 * 70 * (1 - SPREAD)


@pytest.mark.parametrize(
    ("changes", "basis"),
    [
        ({}, Decimal(900)),
        ({"basis_per_share": 33.3333335}, Decimal("333.33")),  # half a cent is rounded to even
        ({"how_acquired": "inheritance", "basis_per_share": 50}, Decimal(500)),
        ({"basis_per_share": 60} | gift(40), Decimal(600)),  # a gain: the giver's basis
        ({"basis_per_share": 90} | gift(80), Decimal(800)),  # a loss: the value when it was given
        ({"basis_per_share": 90} | gift(40), REALIZED),  # between the two: neither gain nor loss
    ],
    ids=["bought", "half a cent", "inherited", "gift, gain", "gift, loss", "gift, between"],
)
def test_the_basis_is_what_the_law_counts_the_gain_from(changes, basis):
    trade, findings = sale(**changes)
    assert (trade.price, trade.acquired) == (70.0, date(2024, 1, 10))
    assert Decimal(str(trade.basis)) == basis
    assert Decimal(str(trade.gain)) == round(REALIZED - basis, 2)
    assert findings == []


def test_a_lot_at_average_cost_has_the_average_basis_and_its_own_date():
    lots = [
        {"id": "one", "symbol": "A", "quantity": 10, "basis_per_share": 50, "acquired": "2023-01-10"},
        {"id": "two", "symbol": "A", "quantity": 30, "basis_per_share": 90, "acquired": "2024-01-10"},
    ]
    joint = {"id": "joint", "kind": "taxable", "lots": lots, "average_cost": ["A"]}
    home = loser(accounts=[joint, {"id": "ira", "kind": "roth", "cash": 9}])
    plan = plan_of(home, Order("joint", "A", "sell", 10.0, "one"), Order("joint", "A", "sell", 6.0, "two"))
    average = (10 * 50 + 30 * 90) / 40
    assert [trade.basis for trade in plan.trades] == [10 * average, 6 * average]
    assert [trade.acquired for trade in plan.trades] == [date(2023, 1, 10), date(2024, 1, 10)]
    assert audit(home, plan) == []


def test_a_sheltered_lot_has_a_date_but_no_basis():
    trade, findings = sale("ira")
    assert (trade.acquired, trade.basis, trade.price) == (date(2024, 1, 10), None, 70.0)
    assert findings == []
    assert sale("ira", acquired=None)[0].acquired is None


def test_a_purchase_has_a_price_alone(plan):
    for trade in plan.trades:
        if trade.side == "buy":
            assert (trade.acquired, trade.basis) == (None, None)
            assert trade.price > 0


def test_basis_is_shares_times_basis_per_share_and_proceeds_less_it_are_the_gain():
    checked = 0
    for seed in range(25):
        home = featured_household(seed)
        lots = {(account.id, lot.id): lot for account in home.accounts for lot in account.lots}
        average = {(account.id, symbol) for account in home.accounts for symbol in account.average_cost}
        taxable = {account.id for account in home.accounts if account.taxable}
        for trade in solve(home, featured_policy(seed, home), explain="codes").trades:
            assert (
                (trade.basis is None) == (trade.gain is None) == (trade.side == "buy" or trade.account not in taxable)
            )
            if trade.basis is None:
                continue
            checked += 1
            lot = lots[trade.account, trade.lot]
            assert trade.acquired == lot.acquired
            assert trade.proceeds - trade.basis == pytest.approx(trade.gain, abs=0.0101)
            if lot.gift_value_per_share is None and (trade.account, trade.symbol) not in average:
                assert trade.basis == pytest.approx(trade.quantity * lot.basis_per_share, abs=0.0051)
    assert checked > 30


def forged(plan, side, **fields):
    """The plan with fields of the first trade of a side (that has a basis, if it is a sale) changed."""
    place = next(i for i, t in enumerate(plan.trades) if t.side == side and (side == "buy" or t.basis is not None))
    trades = [*plan.trades]
    trades[place] = trades[place].model_copy(update=fields)
    return plan.model_copy(update={"trades": tuple(trades)})


@pytest.mark.parametrize(
    ("side", "field", "change", "rule"),
    [
        ("sell", "price", lambda price: price + 0.0001, "figure"),
        ("buy", "price", lambda price: price - 0.0001, "figure"),
        ("buy", "price", lambda _: None, "figure"),
        ("sell", "acquired", lambda day: day + timedelta(1), "lot"),
        ("sell", "acquired", lambda _: None, "lot"),
        ("buy", "acquired", lambda _: date(2024, 1, 10), "lot"),
        ("sell", "basis", lambda basis: round(basis + 0.01, 2), "figure"),
        ("sell", "basis", lambda basis: basis + 0.001, "figure"),
        ("sell", "basis", lambda _: None, "figure"),
        ("buy", "basis", lambda _: 100.0, "figure"),
    ],
)
def test_a_forged_price_date_or_basis_is_found(household, plan, side, field, change, rule):
    trade = next(t for t in plan.trades if t.side == side and (side == "buy" or t.basis is not None))
    findings = audit(household, forged(plan, side, **{field: change(getattr(trade, field))}))
    assert [finding.rule for finding in findings] == [rule]
    assert field in findings[0].message


def test_a_basis_in_a_sheltered_account_is_found(household, plan):
    place = next(i for i, t in enumerate(plan.trades) if t.side == "sell" and t.basis is None)
    trades = [*plan.trades]
    trades[place] = trades[place].model_copy(update={"basis": 1.0})
    findings = audit(household, plan.model_copy(update={"trades": tuple(trades)}))
    assert [finding.message for finding in findings] == ["the basis is none, not 1.0"]


def test_a_plan_file_without_prices_dates_and_bases_is_read_and_sound(tmp_path, household, plan):
    data = plan.model_dump(mode="json")
    for trade in data["trades"]:
        for field in ("price", "acquired", "basis"):
            del trade[field]
    old = Plan.model_validate(data)
    assert audit(household, old) == []
    # One figure of the three for one trade, and it claims to state them.
    assert audit(household, forged(old, "buy", price=plan.trades[2].price)) != []


def test_the_frame_begins_with_household_and_trade_date(household, plan):
    frame = plan.trades_frame()
    first = ["household", "trade_date", "account", "side", "symbol", "quantity", "price", "lot", "acquired", "basis"]
    assert [*frame.columns] == [*first, "proceeds", "gain", "term", "reason", "why"]
    assert len(frame) == len(plan.trades)
    assert set(frame["household"]) == {household.id}
    assert set(frame["trade_date"]) == {household.trade_date}
    assert [*frame["basis"].fillna(0)] == [trade.basis or 0 for trade in plan.trades]
    empty = plan.model_copy(update={"trades": ()}).trades_frame()
    assert [*empty.columns] == [*frame.columns]
