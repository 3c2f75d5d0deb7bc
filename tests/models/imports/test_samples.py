"""The samples: what is taken over, that nothing is lost, that each ends in a plan."""

import csv
import re
from decimal import Decimal

import pytest
from export_samples import BROKERS, LOTS, POSITIONS, imported, sample

from lotroute.solver import audit, solve


@pytest.mark.parametrize("broker", BROKERS)
def test_every_sample_ends_in_a_plan(broker):
    household = imported(broker).household()
    plan = solve(household)
    assert audit(household, plan) == []
    assert plan.certificate.status in ("optimal", "within_rounding")


def lines_of(path):
    text = path.read_text(encoding="utf-8-sig")
    return [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.replace(",", "").strip('" ')]


@pytest.mark.parametrize("broker", BROKERS)
def test_every_line_is_a_holding_a_note_or_a_fault(broker):
    """Titles and headers aside: those of the samples are known by their words."""
    found = imported(broker)
    told = {note.place for note in found.notes} | {*found.places.values()}
    structure = re.compile(
        r'"?(Positions for|.* Lot Details|.* \.\.\.\d|Symbol"|Open Date|Account (Number|Name),|Account,|As of)'
    )
    for path in sample(broker):
        for number, line in lines_of(path):
            if not structure.match(line):
                place = f"{path.name}, row {number}"
                lots = {LOTS.get(broker), POSITIONS.get(broker)}
                taken = place in told or (path.name in lots and in_lots(found, broker, line))
                assert taken, (place, line)


def in_lots(found, broker, line):
    """Whether a position's shares are those of the lots that stand for it."""
    cells = next(csv.reader([line]))
    held = {}
    for account in found.data["accounts"]:
        for lot in account["lots"]:
            key = account["id"], lot["symbol"]
            held[key] = held.get(key, Decimal(0)) + Decimal(str(lot["quantity"]))
    shares = {Decimal(cell.replace(",", "")) for cell in cells if re.fullmatch(r"[\d,]+(\.\d+)?", cell)}
    return any(symbol in cells and quantity in shares for (_, symbol), quantity in held.items())


def test_lots_cash_and_past_trades_of_schwab():
    data = imported("schwab").data
    joint, ira, _ = data["accounts"]
    assert [account["id"] for account in data["accounts"]] == ["joint", "ira", "roth"]
    assert [account["kind"] for account in data["accounts"]] == ["taxable", "traditional", "roth"]
    assert joint["cash"] == pytest.approx(4200.17 + 5000)  # the money-market fund is cash
    fraction = next(lot for lot in joint["lots"] if lot["acquired"] == "2026-03-27")
    assert fraction["quantity"] == 1.0645
    assert round(fraction["quantity"] * fraction["basis_per_share"], 2) == 355.66
    unknown = next(lot for lot in joint["lots"] if lot["id"] == "AAPL")
    assert "basis_per_share" not in unknown
    assert "acquired" not in unknown
    assert joint["reinvests"] == ["VTI"]
    assert ira["reinvests"] == ["BND"]
    assert [lot["id"] for lot in ira["lots"]] == ["VTI", "BND"]  # positions whose lots no file has
    sales = [trade for trade in data["recent_trades"] if trade["side"] == "sell"]
    assert [(sale["symbol"], sale["date"], sale["gain"]) for sale in sales] == [
        ("BND", "2026-06-02", 267.0),
        ("VTI", "2026-02-10", -236.1),
    ]


def test_a_bond_is_a_dollar_of_face_value_and_is_not_bought():
    data = imported("schwab").data
    (bond,) = (each for each in data["securities"] if each["symbol"] == "912828ZX8")
    (lot,) = (lot for account in data["accounts"] for lot in account["lots"] if lot["symbol"] == "912828ZX8")
    assert (bond["price"], bond["kind"]) == (0.984375, "stock")
    assert bond["price"] * lot["quantity"] == 19687.5
    assert lot["quantity"] * lot["basis_per_share"] == 19475.0
    assert {"rule": "no_buy", "symbol": "912828ZX8"} in data["restrictions"]


def test_fidelity_s_core_positions_and_what_is_pending_are_cash():
    tod, rollover, roth = imported("fidelity").data["accounts"]
    assert tod["cash"] == pytest.approx(6204.11 - 1250)
    assert (rollover["cash"], roth["cash"]) == (840.55, 215.02)
    various = next(lot for lot in tod["lots"] if lot["symbol"] == "VTEB")
    assert various["long_term"] is True
    assert [lot.get("basis_per_share") for lot in roth["lots"]] == [None]


def test_options_are_held_beside():
    (call,) = imported("schwab").household().held_beside
    assert (call.account, call.symbol, call.kind, call.quantity) == ("joint", "AAPL", "long_call", 200.0)
    (written,) = imported("fidelity").household().held_beside
    assert (written.account, written.symbol, written.kind, written.quantity) == ("tod", "MSFT", "short_call", 100.0)


def test_vanguard_s_two_tables_and_average_cost():
    data = imported("vanguard").data
    brokerage, ira = data["accounts"]
    assert brokerage["average_cost"] == ["VTIAX"]
    assert brokerage["cash"] == 7310.44
    assert [lot["symbol"] for lot in ira["lots"]] == ["VBTLX", "VTSAX", "U S TREASURY NOTE 3.50 02/15/33 02/15/23"]
    assert [(trade["symbol"], trade["side"], trade["quantity"]) for trade in data["recent_trades"]] == [
        ("VTSAX", "buy", 6.217),
        ("VOO", "buy", 10.0),
        ("VBTLX", "buy", 51.7598),
    ]


def test_without_answers_all_that_is_needed_is_asked_for_at_once():
    found = imported("vanguard", answers=False)
    assert found.faults == ()
    assert [need.path for need in found.needed] == [
        "taxpayer.filing_status",
        "taxpayer.year",
        "taxpayer.ordinary_income",
        "targets",
        "accounts.account-7741.kind",
        "accounts.account-0098.kind",
        "symbols.U S TREASURY NOTE 3.50 02/15/33 02/15/23.class",
    ]


@pytest.mark.parametrize("broker", BROKERS)
def test_no_account_s_number_is_in_the_household(broker):
    text = imported(broker, answers=False).data
    assert not re.search(r"X41200417|234500733|Z99120518|42007741|55120098", str(text))


def test_what_the_year_s_sales_came_to_is_stated():
    (note,) = (note for note in imported("schwab").notes if note.place == "taxpayer")
    assert "267.00 long-term and -236.10 short-term" in note.text


def test_a_later_fault_names_the_file_and_the_row():
    from lotroute.models.imports import read_exports

    answers = {"targets": {"us_stock": 1.0}, "taxpayer": {"rates": {"short": 0.3, "long": 0.15}}}
    found = read_exports(sample("generic"), "generic", answers)
    assert "securities.VXUS.exposures (lots.csv, row 5)" in "\n".join(map(str, found.faults))
