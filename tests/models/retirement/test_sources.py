"""From where money may be taken and what that costs; what may be converted; what is more than the law allows."""

from decimal import Decimal

import pytest
from retirement_cases import ANN, BEN, JOINT, account, home, inherited, ira, roth, work

from lotroute.models import InputError
from lotroute.models.retirement.faults import check
from lotroute.models.retirement.sources import convertible, sources

OLDER = {"id": "ann", "born": "1966-12-15"}
"""Reaches 59½ on June 15, 2026, the trade date."""
YOUNGER = {"id": "ann", "born": "1966-12-16"}


def paid(*accounts, **fields):
    """The most dollars, the taxed part and the additional tax of each account that may pay."""
    found = sources(home(*accounts, **fields))
    return {name: (float(each.most), float(each.taxed), float(each.additional_tax)) for name, each in found.items()}


EVERY = (JOINT, ira(), roth(roth_basis=30_000), work(), account("health", "hsa"))


def test_from_59_and_a_half_on_everything_pays_but_an_hsa():
    assert paid(*EVERY, people=[OLDER]) == {
        "joint": (50_000, 0, 0),
        "ira": (100_000, 1, 0),
        "roth": (100_000, 0, 0),
        "work": (100_000, 1, 0),
    }


def test_the_day_before_an_ira_costs_a_tenth_a_roth_pays_its_contributions_and_a_plan_nothing():
    assert paid(*EVERY, people=[YOUNGER]) == {
        "joint": (50_000, 0, 0),
        "ira": (100_000, 1, 0.1),
        "roth": (30_000, 0, 0),
    }


def test_a_roth_pays_no_more_than_it_has_nor_what_its_own_withdrawal_takes_of_the_contributions():
    assert paid(roth(cash=100, roth_basis=300)) == {"roth": (100, 0, 0)}
    assert paid(roth(roth_basis=300, withdrawal=250)) == {"roth": (50, 0, 0)}
    assert paid(roth(roth_basis=300, withdrawal=300)) == {}
    assert paid(roth(roth_basis=0.5)) == {"roth": (0.5, 0, 0)}


def test_what_was_inherited_bears_no_additional_tax_at_any_age():
    origin = {"died": "2024-05-01", "born": "1960-01-01"}
    late, later = inherited(**origin), inherited("later", "roth", **origin)
    assert paid(late, later, inherited("plan", "401k", **origin)) == {
        "late": (100_000, 1, 0),
        "later": (100_000, 0, 0),
        "plan": (100_000, 1, 0),
    }


def test_what_a_restriction_keeps_or_nobody_owns_pays_nothing():
    kept = [{"rule": "no_withdrawal", "account": "ira"}, {"rule": "no_contribution", "account": "joint"}]
    assert paid(JOINT, ira(), roth(owner=None), restrictions=kept) == {"joint": (50_000, 0, 0)}


def test_the_most_is_what_is_left_after_its_own_withdrawal_and_minimum_cash_when_all_is_sold():
    fund = {"symbol": "F", "price": 10, "exposures": "cash", "half_spread": 0.001}
    lots = [{"id": "1", "symbol": "F", "quantity": 100}]
    rich = ira(cash=50.005, withdrawal=20, minimum_cash=5, contribution=1, lots=lots)
    [(most, *_)] = paid(rich, securities=[fund]).values()
    assert most == 1025.00  # 50.005 + 1 + 1000 * 0.999 - 25, to the cent below
    assert paid(ira(cash=10, withdrawal=10.0000005)) == {}  # which the household's own checks take for nothing


def test_conversions_are_between_a_person_s_own_accounts():
    late = inherited(died="2024-05-01", born="1960-01-01")
    couple = {"people": [ANN, BEN], "status": "married_jointly"}
    assert convertible(home(roth(), ira("ben's", owner="ben"), **couple)) == []
    accounts = ira(), ira("two"), roth(), late, work(), ira("ben's", owner="ben"), roth("closed")
    rules = [{"rule": "no_contribution", "account": "closed"}, {"rule": "no_withdrawal", "account": "two"}]
    [found] = convertible(home(*accounts, **couple, restrictions=rules))
    assert (found.owner, found.traditional, found.roth) == ("ann", ("ira",), ("roth",))


# -- what cannot be had ------------------------------------------------------------------------------------------------


def refusal(*accounts, **fields):
    with pytest.raises(InputError) as error:
        check(home(*accounts, **fields))
    return {fault.path: f"{fault.message}; {fault.hint}" for fault in error.value.faults}


def test_a_sound_request_passes():
    check(home(*EVERY, people=[YOUNGER], withdrawal=180_000))
    check(home(*EVERY, conversion=100_000, contribution=10**6))
    check(home(ira(), roth(), work(), contribution=8600 + 32_500))


def test_more_than_sources_may_pay_is_refused():
    found = refusal(*EVERY, people=[YOUNGER], withdrawal=180_000.01)
    assert "at most 180,000.00 can be taken out" in found["withdrawal"]


def test_more_than_the_rooms_hold_is_refused_unless_a_taxable_account_takes_the_rest():
    found = refusal(ira(), roth(), work(), contribution=8600 + 32_500.01)
    assert "at most 41,100.00 can be put in" in found["contribution"]
    closed = [{"rule": "no_contribution", "account": "joint"}]
    assert "8,600.00" in refusal(JOINT, ira(), restrictions=closed, contribution=8601)["contribution"]


def test_people_are_those_of_the_return():
    for asked in ("contribution", "withdrawal", "conversion"):
        pair = {"people": [ANN, BEN], asked: 5}
        assert "there are 2 on a return filed single" in refusal(JOINT, ira(), roth(), **pair)["people"]
        check(home(JOINT, ira(), roth(), **pair, status="married_jointly"))
    check(home(JOINT, people=[ANN, BEN]))  # nothing is asked
    three = {"people": [ANN, BEN, BEN | {"id": "kim"}], "status": "married_jointly", "contribution": 5}
    assert "there are 3 on a return filed married_jointly" in refusal(JOINT, **three)["people"]


def test_distributions_that_cannot_be_reckoned_are_refused_beside_the_rest():
    old = {"id": "ann", "born": "1950-01-01"}
    found = refusal(ira(), people=[old], withdrawal=5, taxpayer={"rates": {"short": 0.3, "long": 0.1}})
    assert [*found] == ["accounts.ira.last_year_end_value"]
    older = old | {"born": "1945-01-01"}
    flat = {"taxpayer": {"rates": {"short": 0.3, "long": 0.1}}, "people": [older], "day": "2021-05-05"}
    assert "no life tables for 2021" in refusal(ira(last_year_end_value=5), **flat)["trade_date"]
    check(home(ira(required_distribution=5), **flat))


def test_a_year_without_law_is_refused_where_a_limit_is_asked_for():
    flat = {"taxpayer": {"rates": {"short": 0.3, "long": 0.1}}, "day": "2031-05-05"}
    assert "no tax law for 2031" in refusal(ira(), contribution=5, **flat)["trade_date"]
    check(home(ira(contribution_room=Decimal(5)), contribution=5, **flat))
