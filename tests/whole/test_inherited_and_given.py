"""Lots that were inherited or given: term, the two bases of a gift, waiting, and what they mean for wash sales.

The figures of gifts are those of Pub. 551, *Property Received as a Gift* (basis $10,000, worth $8,000, sold for
$12,000, $7,000 or $9,000), and of Reg. 1.1015-1(a)(2) ($100,000, $90,000, sold for $95,000).
"""

from datetime import date, timedelta

import pytest
from audit_cases import plan_of, rules
from feature_cases import ANYTHING, TODAY, about, bands, dollars, fund, ira, joint, solved
from feature_cases import household as home_of
from feature_cases import lot as bought

from lotroute.models import Household, InputError, Policy
from lotroute.models.household.parts.lot_rules import sale_queues
from lotroute.models.wash_sales.before_plan import BeforePlan
from lotroute.models.wash_sales.history import WashHistory
from lotroute.solver.accounting.orders import Order
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.oracle.data import read_data
from lotroute.solver.runs.comparisons import whole_groups

BOND = fund("BOND", "bond", identity_group="BOND")


def gift(name="gift", symbol="A", *, quantity=1, basis=10_000, value=8_000, days=1000, given=100):
    """A lot that the giver acquired `days` ago and gave `given` days ago."""
    worth = {} if value is None else {"gift_value_per_share": value, "gift_date": TODAY - timedelta(given)}
    day = {"acquired": TODAY - timedelta(days), "how_acquired": "gift"}
    return {"id": name, "symbol": symbol, "quantity": quantity, "basis_per_share": basis} | day | worth


def inherited(name="left", symbol="A", dollars=10_000, *, basis=100, days=10):
    return bought(name, symbol, dollars, basis=basis, days=days) | {"how_acquired": "inheritance"}


def priced(price, *lots, **changes):
    """joint holds the lots, of a fund at this price without a spread; nothing is drift."""
    own = fund("A", **{"price": price, "half_spread": 0.0, "identity_group": "A"} | changes)
    return home_of(joint(*lots), ira(bought("c", "BOND", 50_000)), funds=(own, BOND), targets=ANYTHING)


def sold(home, name="gift", quantity=1.0):
    """Gain and term of a sale, as the plan, the program and the independent program have them."""
    [trade] = plan_of(home, Order("joint", "A", "sell", quantity, name)).trades
    lots = build_problem(home, Policy()).lots
    place = [*lots.label].index(f"joint/{name}")
    by_program = "short" if lots.short[place] else "long"
    page = read_data(home, Policy())
    [sale] = [each for each in page.sales if each.lot.id == name]
    part = quantity * home.security["A"].price
    gains = [trade.gain, lots.gain[place] * part, sale.gamma * part]
    assert gains == pytest.approx([trade.gain] * 3, abs=0.005)
    assert {trade.term, by_program, sale.term} == {trade.term}
    return trade.gain, trade.term


# -- gifts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "basis", "value", "gain"),
    [
        (12_000, 10_000, 8_000, 2_000),
        (7_000, 10_000, 8_000, -1_000),
        (9_000, 10_000, 8_000, 0),
        (95_000, 100_000, 90_000, 0),
        (10_000, 10_000, 8_000, 0),
        (8_000, 10_000, 8_000, 0),
        (7_000, 8_000, 10_000, -1_000),  # worth more than the giver's basis, which is the only one then
        (7_000, 10_000, None, -3_000),  # not known to be worth less
    ],
)
def test_a_gift_has_the_giver_s_basis_for_a_gain_and_its_value_for_a_loss(price, basis, value, gain):
    assert sold(priced(price, gift(basis=basis, value=value)))[0] == gain


def test_the_amount_realized_decides_not_the_price():
    """At $10,010 less 0.2 % a sale brings $9,989.98, which is below the giver's basis: no gain."""
    assert sold(priced(10_010, gift(), half_spread=0.002))[0] == 0
    gain, _ = sold(priced(10_030, gift(), half_spread=0.002))
    assert gain == pytest.approx(10_030 * 0.998 - 10_000)


@pytest.mark.parametrize(
    ("price", "days", "given", "term"),
    [
        (12_000, 1000, 10, "long"),  # at a gain, as long as the giver held it and on (IRC 1223(2))
        (12_000, 365, 10, "short"),
        (12_000, 366, 10, "long"),
        (7_000, 1000, 10, "short"),  # at a loss by its value, from the day after the gift (Pub. 550, Holding Period)
        (7_000, 1000, 365, "short"),
        (7_000, 1000, 366, "long"),
    ],
)
def test_a_gift_s_holding_period_goes_with_its_basis(price, days, given, term):
    assert date(2026, 6, 15) == TODAY  # no leap day within the year before
    assert sold(priced(price, gift(days=days, given=given)))[1] == term


def test_at_a_loss_by_the_giver_s_basis_the_giver_s_days_count():
    assert sold(priced(7_000, gift(basis=8_000, value=10_000, days=1000, given=10))) == (-1_000, "long")
    assert sold(priced(7_000, gift(value=None, days=1000))) == (-3_000, "long")


def test_a_part_of_a_gift_has_its_part_of_the_gain():
    home = priced(120, gift(quantity=100, basis=100, value=80))
    assert sold(home, quantity=30.0) == (600, "long")


def test_a_sale_between_the_bases_is_no_taxable_event_and_is_chosen_first():
    """The gift was worth $90 and cost the giver $130: at $100 there is nothing to tax. The other lot gains."""
    home = home_of(
        joint(gift(quantity=100, basis=130, value=90), bought("dear", basis=60), withdrawal=5000),
        ira(bought("c", "BOND", 50_000), menu=["BOND"]),
        funds=(fund("A"), BOND),
        targets=ANYTHING,
    )
    plan = solved(home)
    assert dollars(plan) == about({"joint/gift": -5001})
    assert [(trade.gain, plan.parts["tax"]) for trade in plan.trades] == [(0, 0)]


def test_the_waiting_and_the_minimum_holding_of_a_gift_follow_its_holding_period():
    gaining = priced(12_000, gift(days=350, given=10))
    assert [each.until for each in solved(gaining, long_term_wait_days=20).blocked] == [TODAY + timedelta(16)]
    assert solved(gaining, minimum_holding_days=30).blocked == ()
    [wait] = solved(gaining).waits
    assert (wait.days, wait.until) == (16, TODAY + timedelta(16))
    losing = priced(7_000, gift(days=350, given=10))
    [held] = solved(losing, minimum_holding_days=30).blocked
    assert (held.rule, held.until) == ("minimum_holding", TODAY + timedelta(20))
    assert held.text.startswith(f"Held since {TODAY - timedelta(10)}")


def test_a_false_gain_or_term_of_a_gift_is_caught():
    home = priced(9_000, gift())
    plan = plan_of(home, Order("joint", "A", "sell", 1.0, "gift"))
    assert rules(home, plan) == set()
    for change in ({"gain": -1_000.0}, {"gain": 1_000.0}, {"term": "short"}):
        forged = plan.model_copy(update={"trades": (plan.trades[0].model_copy(update=change),)})
        assert rules(home, forged) != set()


# -- inheritances ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [0, 10, 365, 4000])
@pytest.mark.parametrize("basis", [80, 120])
def test_an_inheritance_is_long_term_whatever_its_dates(days, basis):
    """IRC 1223(9); Pub. 550, Holding Period, *Inherited property*."""
    home = priced(100, inherited(basis=basis, days=days))
    assert sold(home, "left", 100.0) == (100 * (100 - basis), "long")


def test_an_inheritance_neither_waits_nor_is_held_back():
    home = priced(100, inherited(basis=80, days=10))
    plan = solved(home, long_term_wait_days=360, minimum_holding_days=360)
    assert (plan.blocked, plan.waits) == ((), ())
    order = Order("joint", "A", "sell", 10.0, "left")
    assert rules(home, plan_of(home, order, policy=Policy(minimum_holding_days=360))) == set()


def test_inherited_gold_is_a_collectible_at_a_long_term_gain():
    home = priced(100, inherited(basis=80, days=10), collectible=True)
    assert [each.rule for each in solved(home).blocked] == ["collectible"]


# -- wash sales --------------------------------------------------------------------------------------------------------


LOSER = bought("old", basis=130)


def harvesting(*lots, elsewhere=(), **changes):
    funds = (fund("A", identity_group="A"), fund("B", identity_group="B"), BOND)
    accounts = joint(LOSER, *lots), ira(bought("c", "BOND", 50_000), *elsewhere)
    return home_of(*accounts, funds=funds, targets=bands(stock=(0.0, 1.0), bond=(0.0, 1.0)), **changes)


@pytest.mark.parametrize("lot", [inherited("new", days=10), gift("new", quantity=100, basis=100, value=None, days=10)])
@pytest.mark.parametrize("sheltered", [False, True])
def test_what_was_inherited_or_given_in_the_window_replaces_nothing(lot, sheltered):
    """IRC 1091(a) asks for a purchase or a taxable exchange."""
    where = {"elsewhere": [lot]} if sheltered else {}
    home = harvesting(**where) if sheltered else harvesting(lot)
    plan = solved(home)
    assert ("joint", "old", "allowed") in {(each.account, each.lot, each.state) for each in plan.loss_statuses}
    purchase = {name: value for name, value in lot.items() if name != "how_acquired"}
    blocked = harvesting(elsewhere=[purchase]) if sheltered else harvesting(purchase)
    assert BeforePlan(blocked).window("joint", blocked.account["joint"].lots[0]) is not None
    assert BeforePlan(home).window("joint", home.account["joint"].lots[0]) is None


def test_an_inherited_lot_is_not_the_purchase_of_its_day():
    """The IRA bought 100 shares on the day on which it inherited 100: the purchase counts, and is not that lot."""
    trade = {"account": "ira", "symbol": "A", "side": "buy", "date": TODAY - timedelta(10), "quantity": 100}
    home = harvesting(elsewhere=[inherited("left", days=10)], recent_trades=[trade])
    assert BeforePlan(home).window("joint", home.account["joint"].lots[0]) is not None
    assert solved(home).loss_statuses == ()


def test_whole_groups_block_after_purchases_not_after_inheritances():
    """The only lot is new and at a loss: its own order replaces nothing, but blocking whole groups would keep it."""
    kept = [
        [each.lot for each in whole_groups(build_problem(priced(100, lot), Policy()))]
        for lot in (bought("new", basis=120, days=10), inherited("new", basis=120, days=10))
    ]
    assert kept == [["new"], []]


def test_the_ledger_states_the_term_of_the_bill():
    """The gift is sold at a loss by its value: short-term, as the days since the gift are what counts."""
    home = harvesting(gift(quantity=100, basis=130, value=120, days=1000, given=40))
    orders = [Order("joint", "A", "sell", 100.0, "gift"), Order("joint", "A", "buy", 100.0)]
    plan = plan_of(home, *orders, policy=Policy(wash_sales="price"))
    assert plan.trades[0].term == "short"
    [status] = plan.loss_statuses
    assert (status.state, status.loss) == ("deferred", -plan.trades[0].gain)
    assert plan.tax_after.short_gain == plan.tax_after.long_gain == 0
    known = WashHistory(home)
    since = {lot: known.shares_of("joint", lot).held_since for lot in ("old", "gift")}
    assert since == {"old": TODAY - timedelta(1000), "gift": TODAY - timedelta(40)}


def test_at_a_price_a_lot_inherited_lately_may_be_washed():
    home = harvesting(inherited("left", basis=150, days=10))
    assert BeforePlan(home).washable("joint", home.account["joint"].lots[1])
    orders = [Order("joint", "A", "sell", 50.0, "left"), Order("ira", "A", "buy", 50.0)]
    plan = plan_of(home, *orders, policy=Policy(wash_sales="price"))
    assert [each.state for each in plan.loss_statuses] == ["lost"]


# -- the file ----------------------------------------------------------------------------------------------------------


def test_lots_are_ordered_by_the_dates_and_bases_of_the_file():
    lots = [
        gift("g", basis=130, value=90, days=500),
        inherited("i", basis=120, days=5),
        bought("p", basis=125, days=50),
    ]
    for method, order in (("fifo", "gpi"), ("lifo", "ipg"), ("hifo", "gpi")):
        account = priced(100, *lots).with_({"accounts.joint.accounting_method": method}).account["joint"]
        assert [[lot.id for lot in queue] for queue in sale_queues(account)] == [[*order]]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"how_acquired": "found"}, r"how_acquired"),
        ({"how_acquired": "purchase"}, r"gift_value_per_share: the lot is no gift \(purchase\)"),
        ({"how_acquired": "inheritance"}, r"gift_date: the lot is no gift \(inheritance\)"),
        ({"gift_date": None}, r"gift_date: missing"),
        ({"gift_date": TODAY - timedelta(1001)}, r"gift_date: .* is before"),
        ({"gift_date": TODAY + timedelta(1)}, r"gift_date: .* is after the trade date"),
        ({"gift_value_per_share": -1}, r"gift_value_per_share"),
    ],
)
def test_what_cannot_be_is_refused(change, fault):
    with pytest.raises(InputError, match=r"accounts.joint.lots\[0\]\." + fault):
        priced(100, gift() | change)


def test_average_cost_needs_one_basis():
    home = priced(9_000, gift(value=None), gift("other", value=12_000))
    assert home.with_({"accounts.joint.average_cost": ["A"]}).account["joint"].average_cost == ("A",)
    with pytest.raises(InputError, match="it is below the giver's basis"):
        priced(9_000, gift()).with_({"accounts.joint.average_cost": ["A"]})


def test_how_a_lot_was_acquired_survives_tables_and_json(tmp_path):
    home = priced(9_000, gift(), inherited())
    for place in ("tables", "home.json"):
        home.save(tmp_path / place)
        assert Household.load(tmp_path / place) == home
