"""The word optimal, the gap asked for, and the part of a gap that is rounding."""

import pytest
from random_households import random_household, random_policy

from lotroute.solver import audit, solve


def solved(seed, gap_bp):
    home = random_household(seed)
    return home, solve(home, random_policy(seed), gap_bp=gap_bp)


@pytest.mark.parametrize("gap_bp", [0.1, 1.0])
def test_a_plan_is_optimal_if_its_gap_is_within_the_gap_asked_for_and_not_else(gap_bp):
    found = set()
    for seed in range(60):
        _, plan = solved(seed, gap_bp)
        certificate = plan.certificate
        assert certificate.gap_asked_bp == gap_bp
        if not plan.violations:
            assert (certificate.status == "optimal") == (certificate.gap_bp <= gap_bp), (seed, certificate)
        found.add(certificate.status)
    assert found >= {"optimal", "infeasible"}


def test_rounding_is_told_apart_from_the_gap_of_the_program():
    """At a gap of 0 the program is solved to its optimum: all of the gap is rounding, and no plan is called optimal."""
    for seed in range(40):
        home, plan = solved(seed, 0.0)
        certificate = plan.certificate
        assert certificate.status == ("infeasible" if plan.violations else "within_rounding"), (seed, certificate)
        assert certificate.gap - certificate.rounding == pytest.approx(0.0, abs=1e-6 * plan.market_value), seed
        # The bound is lowered by half a cent a figure, and the plan's own figures are off by as much at most.
        assert 0 < certificate.rounding <= 0.01 * (len(plan.trades) + len(plan.parts) + 5) or plan.violations, seed
        assert audit(home, plan) == []


def test_the_search_leaves_room_for_rounding():
    """A gap asked for that is more than twice what rounding can add gives a plan within it."""
    for seed in range(40):
        home = random_household(seed)
        figures = sum(len(account.lots) + len(home.securities) for account in home.accounts) + 13
        value = solve(home, random_policy(seed)).market_value
        plan = solve(home, random_policy(seed), gap_bp=2 * 0.01 * figures / value * 1e4)
        assert plan.certificate.status == ("infeasible" if plan.violations else "optimal"), (seed, plan.certificate)
