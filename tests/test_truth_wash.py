"""Wash sales against worked cases: the regulation's and the IRS's own, and cases of what is open.

A case that is open (convention, disagree) holds the answer of the literal text, which is what the ledger does.
"""

from collections import defaultdict
from datetime import date

import pytest
from truth_wash import CASES, NEAR, TERMS, only_totals, replayed


def totals(disposals):
    """Shares, gain, disallowed, of that lost for good, and allowed."""
    numbers = ((d.tax_lot.quantity, d.gain, d.deferred + d.lost, d.lost, d.allowed) for d in disposals)
    return [float(sum(column)) for column in zip(*numbers, strict=True)]


@pytest.mark.parametrize("case", CASES)
def test_every_lot_sold_has_the_gain_the_disallowed_loss_and_the_term_of_the_case(case):
    _, made = replayed(case)
    found = defaultdict(list)
    for t, disposals in made.items():
        for disposal in disposals:
            found[t, disposal.tax_lot.lot, disposal.gain > 0].append(disposal)
    fields = ("qty", "gain_loss_realized", "disallowed", "disallowed_permanently", "allowed")
    expected = defaultdict(list)
    for sale in case["expected"]["sales"]:
        expected[sale["t"], str(sale["lot"]), sale["gain_loss_realized"] > 0].append(sale)
    assert set(found) == set(expected) or (only_totals(case) and set(expected) <= set(found))
    for key, sales in expected.items():
        given = [sum(sale[field] for sale in sales) for field in fields]
        assert totals(found[key]) == pytest.approx(given, abs=NEAR), key
        assert {disposal.term for disposal in found[key]} == {TERMS[sale["term"]] for sale in sales}, key


@pytest.mark.parametrize("case", CASES)
def test_the_shares_that_replace_others_have_the_basis_and_the_holding_dates_of_the_case(case):
    expected = case["expected"].get("replacement_lots")
    if expected is None:
        assert only_totals(case)
        return
    ledger, _ = replayed(case)
    found = defaultdict(list)
    for disposal in ledger.disposals:
        for each in disposal.replacement_shares:
            tax_lot, lost = each.tax_lot, each.fate == "lost"
            dates = [
                None if lost else str(d) for d in (tax_lot.held_since, tax_lot.without_overlap, tax_lot.since_replaced)
            ]
            found[tax_lot.lot, disposal.tax_lot.lot, lost, each.days_tacked, *dates].append(tax_lot)
    dated = ("days_tacked", "holding_date_tack", "holding_date_no_overlap", "holding_date_replacement")
    numbers = defaultdict(lambda: [0, 0])
    for lot in expected:
        lost = bool(lot["loss_lost_permanently"])
        dates = [0 if lost else lot["days_tacked"], *(None if lost else lot[field] for field in dated[1:])]
        key = str(lot["lot"]), str(lot["replaces_lot"]), lost, *dates
        numbers[key] = [had + more for had, more in zip(numbers[key], (lot["qty"], lot["basis_total"]), strict=True)]
    assert set(found) == set(numbers)
    for key, tax_lots in found.items():
        summed = float(sum(each.quantity for each in tax_lots)), float(sum(each.basis for each in tax_lots))
        assert summed == pytest.approx(numbers[key], abs=NEAR), key


TOTALS = [param for param in CASES if only_totals(param.values[0])]


@pytest.mark.parametrize("case", TOTALS)
def test_a_day_of_which_only_the_total_is_given_has_that_total(case):
    ledger, _ = replayed(case)
    given = [each for each in case.get("alternatives") or () if each["name"].startswith("total_allowed_on_")]
    assert given
    for each in given:
        day = date.fromisoformat(each["name"].rpartition("_")[2])
        allowed = sum(disposal.allowed for disposal in ledger.disposals if disposal.day == day)
        assert abs(float(allowed)) == pytest.approx(abs(each["allowed_total"]), abs=NEAR)


@pytest.mark.parametrize("case", CASES)
def test_where_sources_give_one_sale_both_terms_the_ledger_says_that_it_is_not_clear(case):
    terms = {each["term"] for each in case.get("alternatives") or () if "term" in each and "holding_date" in each}
    if terms:
        _, made = replayed(case)
        assert not all(disposal.term_is_clear for disposals in made.values() for disposal in disposals)


def test_the_cases_are_there():
    assert len(CASES) > 0


def test_a_changed_case_is_noticed():
    case = {
        "trades": [
            {"t": 0, "date": "2024-01-02", "side": "buy", "symbol": "K", "qty": 1, "amount": 10, "lot": "A"},
            {"t": 1, "date": "2024-02-02", "side": "sell", "symbol": "K", "qty": 1, "amount": 4},
            {"t": 2, "date": "2024-02-05", "side": "buy", "symbol": "K", "qty": 1, "amount": 5, "lot": "B"},
        ],
        "expected": {
            "sales": [
                {"t": 1, "lot": "A", "qty": 1, "gain_loss_realized": -6, "disallowed": 6, "allowed": 0, "term": "ST"}
                | {"disallowed_permanently": 0}
            ],
        },
    }
    check = test_every_lot_sold_has_the_gain_the_disallowed_loss_and_the_term_of_the_case
    check(case)
    case["trades"][2]["date"] = "2024-03-04"
    with pytest.raises(AssertionError):
        check(case)
