"""Moves in cents: sums and limits kept, whatever the program's dollars are."""

from decimal import Decimal

import pytest
from asking_households import asking_household
from hypothesis import given
from hypothesis import strategies as st
from random_households import featured_policy

from lotroute.solver import audit, route, solve
from lotroute.solver.search.cents import in_cents, is_within

DOLLARS = st.decimals(0, 100_000, places=6)


@given(parts=st.dictionaries(st.sampled_from("abcdef"), DOLLARS, min_size=1), data=st.data())
def test_the_sum_is_kept_and_nothing_moves_by_more_than_its_cents(parts, data):
    total = sum(parts.values()).quantize(Decimal("0.01"))
    found = in_cents(parts, total)
    assert sum(found.values()) == total
    assert all(each == each.quantize(Decimal("0.01")) >= 0 for each in found.values())
    assert all(abs(found[name] - parts[name]) <= Decimal("0.01") * len(parts) for name in parts)


@given(parts=st.dictionaries(st.sampled_from("abcdef"), DOLLARS, min_size=2), data=st.data())
def test_limits_and_sets_are_kept(parts, data):
    most = {name: (each + data.draw(DOLLARS)).quantize(Decimal("0.01")) + 1 for name, each in parts.items()}
    own = data.draw(st.sets(st.sampled_from(sorted(parts)), min_size=1))
    least = sum(parts[name] for name in own).quantize(Decimal("0.01"))
    total = sum(parts.values()).quantize(Decimal("0.01"))
    total = max(total, least)
    caps, floors = [([name], limit) for name, limit in most.items()], [(own, least)]
    found = in_cents(parts, total, caps, floors)
    assert sum(found.values()) == total
    assert is_within(found, caps, floors)


@given(parts=st.dictionaries(st.sampled_from("abcdef"), DOLLARS, min_size=3), data=st.data())
def test_a_shared_limit_is_kept(parts, data):
    """The rest goes to a name without a limit, to a cent."""
    _, *others = sorted(parts)
    cap = sum(parts[name] for name in others)
    found = in_cents(parts, sum(parts.values()).quantize(Decimal("0.01")), [(others, cap)])
    assert sum(found[name] for name in others) <= cap
    assert sum(found.values()) == sum(parts.values()).quantize(Decimal("0.01"))


@pytest.mark.parametrize("seeds", [range(first, first + 20) for first in range(1000, 1060, 20)], ids=str)
def test_plans_are_sound_and_never_worse_than_the_router_s(seeds):
    for seed in seeds:
        home = asking_household(seed, featured=True)
        policy = featured_policy(seed, home).model_copy(update={"targets": "before_tax", "wash_sales": "price"})
        plan, rule = solve(home, policy, time_limit=120.0), route(home, policy)
        assert audit(home, plan) == [], seed
        assert audit(home, rule) == [], seed
        assert plan.certificate.status != "fallback", (seed, plan.certificate.detail)
        if not rule.violations:
            assert plan.objective <= rule.objective, seed
