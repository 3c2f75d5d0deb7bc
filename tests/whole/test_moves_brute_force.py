"""Money in and out against brute force: every split in eighths, each planned as an ordinary household."""

from decimal import Decimal
from itertools import product

import numpy as np
import pytest
from asking_households import asking_household
from enumeration import enumerated_optimum, rounding
from random_households import random_policy

from lotroute.models import later_years
from lotroute.models.household.moves import Moves, assigned
from lotroute.models.retirement.requests import requests_of
from lotroute.solver import route, solve
from lotroute.solver.formulation.problem import build_problem

PARTS = 8
"""The parts in which what goes out is split among accounts."""

SEEDS = [seed for seed in range(400) if seed % 2 == 0]  # odd ones are taxed by a year's law, whose regions are many


def tiny(seed):
    """At most 4 lots in two or three accounts, at flat rates."""
    home = asking_household(
        seed, ways=("withdrawal", "distribution"), accounts=(2, 3), securities=(2, 3), lots=(2, 4), around=1
    )
    return home, random_policy(seed)


def splits(home):
    """Every split of what goes out in eighths that the law allows, by account id."""
    asked = requests_of(home)
    names = [*asked.sources]
    for parts in product(range(PARTS + 1), repeat=len(names)):
        if sum(parts) == PARTS:
            paid = {name: asked.out * part / PARTS for name, part in zip(names, parts, strict=True) if part}
            enough = all(sum(paid.get(name, 0) for name in each.accounts) >= each.dollars for each in asked.required)
            if enough and all(dollars <= asked.sources[name].most for name, dollars in paid.items()):
                yield paid


def best_with(home, policy, paid):
    """The least objective of a split: of the household whose accounts pay it, with the tax of what is income.

    At flat rates income is taxed at the short-term rate without surtax; what has left a deferred account is not taxed
    at the withdrawal rate later.
    """
    asked = requests_of(home)
    kind = {account.id: account.kind for account in home.accounts}
    income = sum(float(d) for name, d in paid.items() if kind[name] in ("traditional", "401k"))
    early = sum(float(d) * float(asked.sources[name].additional_tax) for name, d in paid.items())
    rates = home.taxpayer.rates
    taxed = income * (rates.short + rates.state - later_years(home.filer, policy).withdrawal_rate) + early
    received = {}
    if asked.into:
        received = {max((a for a in kind if kind[a] == "taxable"), key=str): asked.into}
    problem = build_problem(assigned(home, Moves(withdrawn=paid, contributed=received)), policy)
    if (problem.floor < problem.minimum).any():
        return np.inf  # an account cannot raise it
    return enumerated_optimum(problem) + taxed


def choosing(seeds):
    """Tiny households with a choice between at least two accounts, and none between those that receive."""
    for seed in seeds:
        home, policy = tiny(seed)
        asked = requests_of(home)
        several = sum(account.taxable for account in home.accounts) > 1
        if asked is not None and len(asked.sources) > 1 and asked.out > 1 and not (asked.into and several):
            yield seed, home, policy


@pytest.mark.parametrize("seeds", [SEEDS[first : first + 20] for first in range(0, 100, 20)], ids=str)
def test_no_split_is_better(seeds):
    for seed, home, policy in choosing(seeds):
        plan = solve(home, policy, gap_bp=0.0)
        if plan.violations:
            continue
        slack = rounding(build_problem(home, policy), plan) + 0.02
        own = {}
        for each in plan.transfers:
            if each.kind in ("withdrawal", "distribution"):
                own[each.account] = own.get(each.account, Decimal(0)) + Decimal(str(each.amount))
        assert abs(best_with(home, policy, own) - plan.objective) <= slack, seed
        for paid in splits(home):
            assert best_with(home, policy, paid) >= plan.objective - slack, (seed, paid)


def test_a_split_is_better_than_the_rule():
    """The test above means something only if brute force finds plans that are better than a rule's."""
    better = 0
    for _, home, policy in choosing(SEEDS[:60]):
        rule = route(home, policy)
        if not rule.violations:
            least = min((best_with(home, policy, paid) for paid in splits(home)), default=np.inf)
            better += least < rule.objective - 1.0
    assert better >= 5
