"""Securities that may be identical, against the plain definition applied to every pair."""

import numpy as np
import pytest
from feature_cases import fund, household, ira, joint

from lotroute.models import Policy
from lotroute.models.household.funds.table import known_funds
from lotroute.solver.auditor.case import Case
from lotroute.solver.auditor.doubts import doubts_of

SYMBOLS = ("VTI", "ITOT", "VTSAX", "SCHB", "VOO", "IVV", "VFIAX", "VXUS", "IXUS", "BND", "AGG", "XXA", "XXB", "XXC")
"""Trackers of a few indices, share classes among them, and funds that no table knows."""


def some_household(seed):
    rng = np.random.default_rng(seed)
    chosen = [str(each) for each in rng.permutation(SYMBOLS)[: rng.integers(3, len(SYMBOLS))]]
    funds, targeted = [], []
    for symbol in chosen:
        more = {"exposures": str(rng.choice(["stock", "bond"]))}
        if rng.random() < 0.2:
            more["kind"] = str(rng.choice(["fund", "stock"]))
        if symbol.startswith("XX") and rng.random() < 0.4:
            more["identity_group"] = str(rng.choice(["own", "other", "VTI"]))
        elif symbol.startswith("XX") and rng.random() < 0.5:
            more["substitutes"] = [str(rng.choice([each for each in chosen if each != symbol]))]
        funds.append(fund(symbol, **more))
        if rng.random() < 0.2:
            targeted.append({"symbol": symbol, "weight": 0.01})
    return household(joint(cash=9), ira(), funds=funds, security_targets=targeted)


def same_index(home, one, other):
    """Two groups, and an index that a member of each tracks."""
    group, known = home.groups, known_funds()
    if group[one] == group[other]:
        return False
    ours, theirs = (
        {known[each].tracks for each in group if group[each] == group[own] and each in known} - {None}
        for own in (one, other)
    )
    return bool(ours & theirs)


def same_fund(home, one, other):
    """Two funds of one class, none the other's substitute, and one of them in no table and no group."""
    group, first, second = home.groups, home.security[one], home.security[other]
    targeted = {target.symbol for target in home.security_targets}

    def is_fund(each):
        return each.kind == "fund" or (each.kind is None and each.symbol not in targeted)

    def unknown(each):
        alone = list(group.values()).count(group[each.symbol]) == 1
        return each.identity_group is None and alone and each.symbol not in known_funds()

    alike = one != other and is_fund(first) and is_fund(second) and first.main_class == second.main_class
    named = other in first.substitutes or one in second.substitutes
    return alike and not named and (unknown(first) or unknown(second))


@pytest.mark.parametrize("seed", range(60))
def test_the_securities_that_may_be_identical_are_those_of_every_pair(seed):
    home = some_household(seed)
    doubts = dict(doubts_of(Case(home, Policy())))
    assert [*doubts] == ["identity", "unknown fund"]
    for missing, plain in (("identity", same_index), ("unknown fund", same_fund)):
        for one in home.groups:
            assert doubts[missing](one) == {other for other in home.groups if plain(home, one, other)}


@pytest.mark.parametrize(("identity", "left"), [("index", 2), ("share_class", 1), ("declared", 0)])
def test_the_policy_says_which_doubt_is_enough(identity, left):
    assert len(doubts_of(Case(some_household(1), Policy(identity=identity)))) == left
