"""What may still be contributed, rule by rule, with the numbers of the notices."""

from decimal import Decimal

import pytest
from retirement_cases import ANN, BEN, JOINT, account, home, inherited, ira, roth, work

from lotroute.models.retirement.limits import Room, room


def rooms(*accounts, **fields):
    """The fewest dollars by the accounts that share them, where income does not matter."""
    found = {}
    for each in room(home(*accounts, **fields)):
        if each.phase_out is None:
            found[each.accounts] = min(each.dollars, found.get(each.accounts, each.dollars))
    return found


def phased(*accounts, **fields):
    """Limits and phase-outs by the accounts that share them, where income matters."""
    return {each.accounts: (each.limit, *each.phase_out) for each in room(home(*accounts, **fields)) if each.phase_out}


def aged(age, year, **fields):
    """A person who reaches an age on the last day of a year."""
    return {"id": "ann", "born": f"{year - age}-12-31", "compensation": 100_000} | fields


@pytest.mark.parametrize(
    ("year", "younger", "older"),
    [(2024, 7000, 8000), (2025, 7000, 8000), (2026, 7500, 8600)],  # Notices 2023-75, 2024-80, 2025-67
)
def test_iras_of_an_owner_share_the_limit_with_the_catch_up_from_the_year_of_50(year, younger, older):
    for age, limit in ((49, younger), (50, older), (75, older)):
        found = rooms(ira(), roth(), ira("other"), people=[aged(age, year)], year=year)
        assert found["ira", "roth", "other"] == limit


@pytest.mark.parametrize(
    ("year", "limits"),  # at 49, 50, 59, 60, 63, 64
    [
        (2024, [23_000, 30_500, 30_500, 30_500, 30_500, 30_500]),
        (2025, [23_500, 31_000, 31_000, 34_750, 34_750, 31_000]),
        (2026, [24_500, 32_500, 32_500, 35_750, 35_750, 32_500]),
    ],
)
def test_all_401k_s_share_the_deferral_with_the_catch_up_of_the_age(year, limits):
    for age, limit in zip((49, 50, 59, 60, 63, 64), limits, strict=True):
        assert rooms(work(), work("old"), people=[aged(age, year)], year=year)["work", "old"] == limit


@pytest.mark.parametrize(
    ("year", "pay", "limit"),
    [(2026, 150_000, 32_500), (2026, 150_000.01, 24_500), (2025, 400_000, 31_000)],
)
def test_a_high_earner_s_catch_up_of_2026_must_be_roth_so_a_plan_before_tax_takes_none(year, pay, limit):
    [(_, dollars), *_] = rooms(work(), people=[aged(55, year, compensation=pay)], year=year).items()
    assert dollars == limit


def test_what_was_contributed_and_what_accounts_ask_for_uses_the_limit_up():
    found = rooms(ira(contributed=1000), roth(contribution=2000), ira("closed", contributed=500, contribution_room=40))
    assert found["ira", "roth"] == 8600 - 3500  # Ann reaches 56 in 2026
    assert found["closed",] == 40
    assert rooms(roth(contributed=9000))["roth",] == 0
    assert rooms(work(contributed=20_000), work("old", contribution=5000))["work", "old"] == 32_500 - 25_000


def test_what_shrinks_with_income_is_used_by_its_own_kind():
    covered = [ANN | {"covered_by_plan": True}]
    found = room(home(ira(contributed=1000), roth(contributed=300), people=covered))
    assert {each.accounts: each.used for each in found if each.phase_out} == {("roth",): 300, ("ira",): 1000}


def test_compensation_limits_iras_and_deferrals_together():
    poor = ANN | {"compensation": 6000}
    found = rooms(ira(contributed=1000), work(contributed=2000), people=[poor])
    assert found["ira", "work"] == 6000 - 3000
    assert found["work",] == 6000 - 2000
    assert rooms(ira(), people=[ANN | {"compensation": 0}])["ira",] == 0
    assert phased(roth(), people=[poor])["roth",][0] == 6000


def test_what_a_spouse_contributed_uses_nothing_of_the_other_s_limit():
    bens = roth("ben's", owner="ben", contributed=1000)
    found = rooms(ira(contributed=300), bens, people=[ANN, BEN], status="married_jointly")
    assert (found["ira",], found["ben's",]) == (8300, 7600)
    assert found["ira", "ben's"] == 100_000 - 1300


def test_a_couple_that_files_jointly_shares_compensation_for_the_one_who_has_less():
    """Pub. 590-A, Kay Bailey Hutchison Spousal IRA: both may contribute although only one is paid."""
    couple = [ANN | {"compensation": 9000}, BEN]
    found = rooms(ira(), ira("ben's", owner="ben"), people=couple, status="married_jointly")
    assert found["ben's",] == 8600  # by age: his own limit, no compensation of his own
    assert found["ira", "ben's"] == 9000
    alone = rooms(ira(), ira("ben's", owner="ben"), people=couple, status="married_separately")
    assert alone["ben's",] == 0


def test_the_one_who_has_more_is_limited_by_the_own_compensation():
    couple = [ANN | {"compensation": 5000}, BEN | {"compensation": 4000}]
    found = room(home(ira(), roth("ben's", owner="ben"), people=couple, status="married_jointly"))
    assert min(each.dollars for each in found if each.accounts == ("ira",)) == 5000
    assert [each.limit for each in found if each.phase_out and each.accounts == ("ben's",)] == [8600]  # 4,000 + 5,000


@pytest.mark.parametrize(
    ("year", "single", "jointly"),
    [
        (2024, (146_000, 161_000), (230_000, 240_000)),
        (2025, (150_000, 165_000), (236_000, 246_000)),
        (2026, (153_000, 168_000), (242_000, 252_000)),
    ],
)
def test_what_may_go_to_a_roth_shrinks_with_income_by_filing_status(year, single, jointly):
    ends = {
        "single": single,
        "head_of_household": single,
        "married_jointly": jointly,
        "married_separately": (0, 10_000),
    }
    for status, (low, high) in ends.items():
        limit, *found = phased(ira(), roth(), people=[aged(40, year)], year=year, status=status)["roth",]
        assert (found, limit) == ([low, high], 7500 if year == 2026 else 7000)


def test_of_all_phase_outs_only_a_roth_s_leaves_conversions_out():
    found = room(home(ira(), roth(), people=[ANN | {"covered_by_plan": True}]))
    assert {each.accounts: each.without_conversions for each in found if each.phase_out} == {
        ("roth",): True,
        ("ira",): False,
    }


@pytest.mark.parametrize(
    ("year", "single", "jointly", "of_spouse"),
    [
        (2024, (77_000, 87_000), (123_000, 143_000), (230_000, 240_000)),
        (2025, (79_000, 89_000), (126_000, 146_000), (236_000, 246_000)),
        (2026, (81_000, 91_000), (129_000, 149_000), (242_000, 252_000)),
    ],
)
def test_the_deduction_shrinks_for_who_is_covered_at_work_and_for_the_spouse(year, single, jointly, of_spouse):
    covered, spouse = aged(40, year, covered_by_plan=True), BEN
    assert phased(ira(), people=[aged(40, year)], year=year) == {}
    ends = {"single": single, "head_of_household": single, "married_separately": (0, 10_000)}
    for status, found in ends.items():
        assert phased(ira(), people=[covered], year=year, status=status)["ira",][1:] == found
    both = phased(ira(), ira("ben's", owner="ben"), people=[covered, spouse], year=year, status="married_jointly")
    assert (both["ira",][1:], both["ben's",][1:]) == (jointly, of_spouse)
    apart = phased(ira(), ira("ben's", owner="ben"), people=[covered, spouse], year=year, status="married_separately")
    assert [*apart] == [("ira",)]
    neither = [aged(40, year), spouse]
    assert phased(ira(), ira("ben's", owner="ben"), people=neither, year=year, status="married_jointly") == {}


def test_a_limit_shrinks_in_proportion_before_what_was_contributed_comes_off():
    limited = Room(("roth",), Decimal(8000), Decimal(1000), "", (Decimal(100), Decimal(200)))
    assert [limited.at(Decimal(income)) for income in (0, 100, 125, 175, 190, 200, 300)] == [
        *(7000, 7000, 5000, 1000, 0, 0, 0)
    ]
    assert Room(("roth",), Decimal(8000), Decimal(1000), "").at(Decimal(10**9)) == 7000


def test_a_reduced_roth_limit_is_at_most_that_of_the_publication_s_worksheet():
    """Pub. 590-A, Worksheet 2-2: rounded up to $10, at least $200; ours is the figure before."""
    [limited] = [each for each in room(home(roth(), people=[aged(45, 2025)], year=2025)) if each.phase_out]
    assert limited.at(Decimal(157_500)) == 3500  # the middle of 150,000 to 165,000
    assert limited.at(Decimal(151_000)) == Decimal(7000) * 14 / 15  # the worksheet gives 6,540
    assert limited.at(Decimal(164_900)) == Decimal(7000) / 150  # the worksheet gives 200


def test_the_year_is_the_return_s():
    """In January a plan may be for the year before: its limits, and the age reached in it."""
    found = rooms(ira(), work(), people=[aged(50, 2026)], year=2025, day="2026-01-10")
    assert (found["ira",], found["work",]) == (7000, 23_500)


def test_accounts_that_nothing_may_go_into_have_rooms_of_nothing_and_taxable_ones_none():
    late = inherited(died="2024-05-01", born="1940-01-01")
    closed = [{"rule": "no_contribution", "account": "shut"}, {"rule": "no_withdrawal", "account": "joint"}]
    found = rooms(JOINT, account("health", "hsa"), late, roth("whose", owner=None), roth("shut"), restrictions=closed)
    assert found == {("health",): 0, ("late",): 0, ("whose",): 0, ("shut",): 0}


def test_rooms_that_are_stated_go_before_the_law():
    found = rooms(JOINT | {"contribution_room": 10}, account("health", "hsa", contribution_room=4400), roth(), ira())
    assert (found["joint",], found["health",]) == (10, 4400)
    assert rooms(roth(contribution_room=1), ira())["ira",] == 8600


def test_at_flat_rates_income_is_not_known_and_shrinks_nothing():
    flat = {"rates": {"short": 0.3, "long": 0.15}}
    found = room(home(roth(), taxpayer=flat))
    assert {each.phase_out for each in found} == {None}
    with pytest.raises(ValueError, match="there is no tax law for 2031"):
        room(home(roth(), taxpayer=flat, day="2031-01-05"))
    assert room(home(JOINT, roth(contribution_room=5), taxpayer=flat, day="2031-01-05"))[0].dollars == 5
