"""Hundreds of households solved and audited: small ones with every feature, and some as large as real ones.

`make test` solves the first two hundred. The two thousand are marked slow: `.venv/bin/python -m pytest -m slow`.
"""

import pytest
from random_households import featured_household, featured_policy

from lotroute.fixtures.generator import generate
from lotroute.fixtures.policies import generate_policy
from lotroute.fixtures.sleeve import generate_sleeve
from lotroute.models import Household, Plan, Policy
from lotroute.solver import audit, route, solve
from lotroute.solver.accounting.books import Books

SECONDS = 5.0
HURRIED = 1.0
"""Seconds for the large households in the usual suite; plans are as sound, but gaps may be wider."""


def assert_sound(home, policy, time_limit=SECONDS):
    """Assert that both plans pass the audit, that the plan is no fallback, and that JSON gives both back."""
    plan, routed = solve(home, policy, time_limit=time_limit), route(home, policy)
    assert plan.certificate.status != "fallback", (home.id, plan.certificate.detail)
    assert "refuted" not in plan.certificate.detail, (home.id, plan.certificate.detail)
    for each in (plan, routed):
        assert audit(home, each) == [], home.id
        assert Plan.model_validate_json(each.model_dump_json()) == each, home.id
    return plan


def with_policy(home, seed, index):
    return home, generate_policy(seed, index, float(Books(home, Policy()).market_value))


def small(seed):
    home = featured_household(seed)
    return home, featured_policy(seed, home)


def large(count, seed):
    return [with_policy(home, seed, index) for index, home in enumerate(generate(count, seed))]


@pytest.mark.parametrize("seeds", [range(first, first + 20) for first in range(0, 180, 20)], ids=str)
def test_small_households_with_every_feature_are_solved_and_audited(seeds):
    for seed in seeds:
        assert_sound(*small(seed))


@pytest.mark.parametrize("seed", range(4))
def test_households_like_real_ones_are_solved_and_audited(seed):
    for home, policy in large(5, seed):
        assert_sound(home, policy, HURRIED)


def test_a_sleeve_is_solved_and_audited():
    assert_sound(*with_policy(generate_sleeve(0, 40), 0, 0), HURRIED)


@pytest.mark.parametrize("seed", range(3))
def test_their_files_give_the_households_back(seed, tmp_path):
    home = next(generate(1, seed))
    for name in ("household.json", "folder"):
        home.save(tmp_path / name)
        assert Household.load(tmp_path / name) == home


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [range(first, first + 100) for first in range(180, 1880, 100)], ids=str)
def test_many_small_households_are_solved_and_audited(seeds):
    for seed in seeds:
        assert_sound(*small(seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 114))
def test_many_households_like_real_ones_are_solved_and_audited(seed):
    for home, policy in large(20, seed):
        assert_sound(home, policy)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21))
def test_many_sleeves_are_solved_and_audited(seed):
    assert_sound(*with_policy(generate_sleeve(seed), seed, 0))
