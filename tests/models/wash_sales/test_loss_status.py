"""What becomes of a loss, and on what evidence: cases of the law, what a file does not know, and what a plan states."""

import math
from collections import defaultdict
from datetime import timedelta
from fractions import Fraction
from itertools import groupby

import pytest
from audit_cases import plan_of, rules
from feature_cases import TODAY, fund, joint, lot
from feature_cases import household as home_of
from hypothesis import given
from truth_wash import CASES, replayed
from wash_events import MANY, TRADES, booked, come, day, in_odd_prices, replay, sale

from lotroute.models import Household, Policy
from lotroute.models.household.parts.identity import likeness
from lotroute.models.wash_sales.cents import in_cents
from lotroute.models.wash_sales.history import WashHistory, forked
from lotroute.models.wash_sales.ledger import Event
from lotroute.models.wash_sales.loss_status import Coverage, coverage, statuses_of_losses
from lotroute.solver import solve
from lotroute.solver.accounting.orders import Order

TWO = Coverage(accounts=2)


def states(*events, known=TWO):
    return statuses_of_losses(replay(*events, groups=known.groups).disposals, known)


def told(found):
    return [(each.state, each.missing, each.quantity, each.loss, each.rule) for each in found]


OLD = come(0, 10, 100, "old")
SOLD = sale(100, 10, 40, "old")
"""Ten shares at a loss of $60, in the joint account, on day 100."""


# -- one loss ----------------------------------------------------------------------------------------------------------


def test_an_allowed_loss_says_where_and_when_nothing_was_bought():
    [found] = states(OLD, SOLD, come(131, 10, 50, "late"), known=Coverage(2, groups={"A": "g", "A2": "g", "B": "b"}))
    assert told([found]) == [("allowed", None, 10, 60, "IRC 1091(a)")]
    assert (found.account, found.symbol, found.lot, found.sold) == ("joint", "A", "old", day(100))
    assert (found.purchase_account, found.purchase_date, found.days) == (None, None, None)
    assert f"no purchase of A, A2 from {day(70)} to {day(130)}" in found.text
    assert "any of the 2 accounts" in found.text


@pytest.mark.parametrize(
    ("days", "words"),
    [(-30, "30 days before the sale"), (-1, "1 day before"), (0, "on the day of the sale"), (30, "30 days after")],
)
def test_a_deferred_loss_names_the_lot_its_purchase_and_the_days(days, words):
    [found] = states(OLD, SOLD, come(100 + days, 12, 50, "new", sequence=1 if days == 0 else 0))
    assert told([found]) == [("deferred", None, 10, 60, "IRC 1091(d)")]
    assert (found.purchase_account, found.purchase_symbol, found.purchase_lot) == ("joint", "A", "new")
    assert (found.purchase_date, found.days) == (day(100 + days), days)
    assert "basis of lot new" in found.text
    assert words in found.text


def test_a_loss_through_an_ira_is_lost_and_names_the_account():
    [found] = states(OLD, SOLD, come(90, 10, 50, "in", account="ira"))
    assert told([found]) == [("lost", None, 10, 60, "Rev. Rul. 2008-5")]
    assert (found.purchase_account, found.purchase_lot, found.days) == ("ira", "in", -10)
    assert "10 A in ira" in found.text


def test_a_loss_in_parts_is_stated_part_by_part():
    found = states(OLD, come(95, 2, 10, "in", account="ira"), SOLD, come(110, 5, 10, "new"))
    assert told(found) == [
        ("allowed", None, 3, 18, "IRC 1091(a)"),
        ("lost", None, 2, 12, "Rev. Rul. 2008-5"),
        ("deferred", None, 5, 30, "IRC 1091(d)"),
    ]


def test_a_gain_has_no_state():
    assert states(OLD, sale(100, 10, 140, "old"), come(110, 5, 10, "new")) == []


def test_a_purchase_of_no_shares_is_no_trade():
    """It would replace nothing, and has no basis a share."""
    empty = come(101, 0, 0, "empty"), sale(102, 0, 0, "old", account="ira")
    ledger = replay(OLD, SOLD, *empty, come(110, 4, 10, "new"))
    assert [each.lot for each in ledger.held] == ["new"]
    assert [ledger.still_holds(each.tax_lot) for each in ledger.disposals[0].replacement_shares] == [True]
    assert told(states(OLD, SOLD, *empty)) == [("allowed", None, 10, 60, "IRC 1091(a)")]


# -- what is not known -------------------------------------------------------------------------------------------------


def test_an_account_that_is_not_in_the_file_makes_the_rest_of_a_loss_uncertain():
    known = Coverage(2, elsewhere=("spouse", "old 401(k)"))
    found = states(OLD, SOLD, come(110, 4, 10, "new"), known=known)
    assert told(found) == [
        ("uncertain", "account", 6, 36, "IRC 1091(a)"),
        ("deferred", None, 4, 24, "IRC 1091(d)"),
    ]
    assert f"from {day(70)} to {day(130)} in spouse, old 401(k) is not known" in found[0].text


def test_an_option_disallows_and_leaves_open_which_shares_take_the_basis():
    [found] = states(OLD, SOLD, come(105, 100, 500, "call", side="option"))
    assert told([found]) == [("uncertain", "option", 10, 60, "Reg. 1.1091-1(f)")]
    assert (found.purchase_account, found.purchase_date, found.days) == ("joint", day(105), 5)
    assert "disallowed by the option on 10 A" in found.text
    assert "which shares take the basis is uncertain" in found.text


def test_an_option_in_an_ira_leaves_nothing_open():
    [found] = states(OLD, SOLD, come(105, 100, 500, "call", side="option", account="ira"))
    assert told([found]) == [("lost", None, 10, 60, "Rev. Rul. 2008-5")]
    assert "the option on 10 A" in found.text


def funds(level, sold="VOO", **lots):
    """The states of a sale of ten shares, with these purchases of other funds five days later, and what is known."""
    home = home_of(joint(), funds=[fund(symbol) for symbol in ("VOO", "PLAN", "IVV", "VTI", "BOND")])
    bought = [come(105, shares, 10, symbol, symbol=symbol) for symbol, shares in lots.items()]
    spare = replay(*bought).held
    sales = replay(come(0, 10, 100, "old", symbol=sold), sale(100, 10, 40, "old", symbol=sold)).disposals
    return statuses_of_losses(sales, coverage(home, level, spare))


def test_a_fund_of_the_same_index_in_another_group_makes_as_many_shares_uncertain():
    found = funds("index", IVV=4, VTI=10)
    assert told(found) == [
        ("uncertain", "identity", 4, 24, "IRC 1091(a)"),
        ("allowed", None, 6, 36, "IRC 1091(a)"),
    ]
    assert (found[0].purchase_symbol, found[0].purchase_lot, found[0].days) == ("IVV", "IVV", 5)
    assert "VOO and IVV track the S&P 500 index, in different identity groups" in found[0].text


@pytest.mark.parametrize(
    ("level", "doubtful"),
    [
        ("declared", []),
        ("share_class", [("PLAN", "unknown fund")]),
        ("index", [("IVV", "identity"), ("PLAN", "unknown fund")]),
    ],
)
def test_the_policy_says_from_which_likeness_a_loss_is_uncertain(level, doubtful):
    found = funds(level, IVV=2, PLAN=3, VTI=4)
    assert sorted((each.purchase_symbol, each.missing) for each in found if each.missing) == doubtful
    assert sum(each.loss for each in found) == 60


def test_an_undeclared_purchase_casts_doubt_once():
    groups = {"VOO": "VOO", "SPLG": "SPLG", "IVV": "IVV"}
    spare = replay(come(105, 12, 10, "i", symbol="IVV")).held
    known = Coverage(1, groups=groups, undeclared=[{*groups}], spare=spare)
    lots = [come(0, 10, 100, "v", symbol="VOO"), come(1, 10, 100, "s", symbol="SPLG")]
    sales = [sale(100, 10, 40, "v", symbol="VOO"), sale(101, 10, 40, "s", symbol="SPLG")]
    assert [(each.symbol, each.missing, each.quantity) for each in states(*lots, *sales, known=known)] == [
        ("VOO", "identity", 10),
        ("SPLG", "identity", 2),
        ("SPLG", None, 8),
    ]


def test_an_undeclared_purchase_beyond_the_window_casts_no_doubt():
    for number, doubtful in ((69, False), (70, True), (130, True), (131, False)):
        spare = replay(come(number, 12, 10, "i", symbol="IVV")).held
        known = Coverage(1, undeclared=[{"A", "IVV"}], spare=spare)
        assert (states(OLD, SOLD, known=known)[0].missing == "identity") == doubtful


def test_a_group_is_as_doubtful_as_its_members():
    """X is declared identical to VOO, Y to IVV: X and Y are in doubt like the two."""
    groups = {"X": "v", "VOO": "v", "Y": "i", "IVV": "i"}
    spare = replay(come(105, 12, 10, "y", symbol="Y")).held
    known = Coverage(1, groups=groups, undeclared=[{"VOO", "IVV"}], spare=spare)
    [found] = states(come(0, 10, 100, "x", symbol="X"), sale(100, 10, 40, "x", symbol="X"), known=known)
    assert (found.missing, found.purchase_symbol) == ("identity", "Y")
    assert "VOO and IVV track" in found.text


def test_likeness_in_words():
    assert likeness("VOO", "vfiax") == "are share classes of Vanguard 500 Index"
    assert likeness("VOO", "IVV") == "track the S&P 500 index"
    assert likeness("VOO", "VTI") is None
    assert likeness("VOO", "AAPL") is None


# -- many --------------------------------------------------------------------------------------------------------------


def cents(amounts):
    return round(100 * math.fsum(amounts))


@pytest.mark.parametrize("case", CASES)
def test_the_states_of_every_case_of_the_law_are_its_ledger_s(case):
    ledger, _ = replayed(case)
    found = statuses_of_losses(ledger.disposals, Coverage(9))
    exact, stated = defaultdict(Fraction), defaultdict(Fraction)
    for each in ledger.disposals:
        if each.gain < 0:
            exact["allowed"] -= each.allowed
            exact["lost"] += each.lost
            for part in each.replacement_shares:
                if part.fate == "deferred":
                    exact["uncertain" if part.tax_lot.side == "option" else "deferred"] += part.loss
    for state in found:
        stated[state.state] += Fraction(str(state.loss))
        assert (state.days is None) == (state.purchase_date is None) == (state.state == "allowed")
        assert state.purchase_date is None or (state.purchase_date - state.sold).days == state.days
    for state in {*exact, *stated}:
        assert abs(exact[state] - stated[state]) <= Fraction(len(found), 100), state


@MANY
@given(events=TRADES)
def test_the_parts_of_a_sale_s_loss_add_up_to_it(events):
    """Parcels of one lot that follow each other are one sale, whose loss is rounded once."""
    disposals = [each for each in booked(in_odd_prices(events)).disposals if each.gain < 0]
    sales = [list(sale) for _, sale in groupby(disposals, lambda e: (e.day, e.tax_lot.account, e.tax_lot.lot))]
    found = iter(statuses_of_losses(disposals, TWO))
    for sale_of in sales:
        shares, parts = sum(each.tax_lot.quantity for each in sale_of), []
        while math.fsum(each.quantity for each in parts) < shares:
            parts.append(next(found))
        assert math.fsum(each.quantity for each in parts) == shares
        assert cents(each.loss for each in parts) == -round(100 * sum(each.gain for each in sale_of))
    assert not [*found]


@MANY
@given(events=TRADES)
def test_the_states_of_one_disposal_are_its_cents(events):
    for disposal in booked(in_odd_prices(events)).disposals:
        if disposal.gain < 0:
            found, stated = statuses_of_losses([disposal], TWO), in_cents(disposal)
            for state, parts in (("allowed", [-stated.allowed]), ("deferred", stated.deferred), ("lost", stated.lost)):
                assert cents(s.loss for s in found if s.state == state) == 100 * sum(parts)


# -- a household's file ------------------------------------------------------------------------------------------------


def call(days, account="joint", quantity=100, symbol="A"):
    day = TODAY - timedelta(days)
    return {"account": account, "symbol": symbol, "side": "option", "date": day, "quantity": quantity}


def test_an_option_is_a_purchase_that_no_lot_explains_and_no_sale_takes_away():
    sold = {"account": "joint", "symbol": "A", "side": "sell", "date": TODAY - timedelta(2), "quantity": 100, "gain": 5}
    home = home_of(joint(lot("new", days=5)), recent_trades=[call(5), sold])
    replay_of = WashHistory(home).readings("A")[0]
    assert sorted((each.side, each.what, each.quantity, each.replaces) for each in replay_of.held) == [
        ("buy", "A", 100, True),
        ("option", "an option on A", 100, True),
    ]


def test_an_option_is_no_share_to_sell():
    option = Event(day(0), "option", "joint", "A", Fraction(10), Fraction(5), "call")
    with pytest.raises(ValueError, match="more of A sold than held"):
        replay(option, sale(3, 10, 4))
    shares = forked(replay(option, come(1, 10, 50, "shares")), "A", [sale(3, 10, 40)])
    assert [each.lot for each in shares.held] == ["call"]


@pytest.mark.parametrize(("days", "barred"), [(30, True), (31, False)])
def test_an_option_keeps_a_loss_from_being_sold(days, barred):
    home = home_of(joint(lot("old", dollars=60_000, basis=130), lot("b", "BOND", 40_000)), recent_trades=[call(days)])
    plan = solve(home, policy=Policy())
    [found] = [each for each in plan.blocked if each.lot == "old"] or [None]
    assert (found is not None) == barred
    if found:
        assert f"an option on A bought in joint on {TODAY - timedelta(days)}" in found.text
    sold = plan_of(home, Order("joint", "A", "sell", 10.0, "old"))
    assert ("wash_sale" in rules(home, sold)) == barred
    assert ["option" in (each.missing or "") for each in sold.loss_statuses] == [barred]


def test_the_fields_survive_a_file(tmp_path):
    home = home_of(joint(lot("a")), recent_trades=[call(5)], accounts_elsewhere=["spouse", "old 401(k)"])
    home.save(tmp_path / "home.json")
    for tables in ("csv", "parquet"):
        home.save(tmp_path / tables, tables=tables)
    assert home.accounts_elsewhere == ("spouse", "old 401(k)")
    for name in ("home.json", "csv", "parquet"):
        assert Household.load(tmp_path / name) == home
    cells = (tmp_path / "csv" / "household.csv").read_text(encoding="utf-8").splitlines()
    assert cells[1].endswith("spouse;old 401(k)")
    assert cells[0].endswith("accounts_elsewhere")
