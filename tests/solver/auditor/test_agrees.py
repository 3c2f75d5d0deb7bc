"""A figure stated in cents against an amount: the look at the nearest cent says what the definition says."""

import random
from decimal import Decimal

from lotroute.solver.auditor.statements import agrees


def by_definition(stated, amount):
    """In cents, and at most half a cent off."""
    number = Decimal(str(stated))
    return abs(number - amount) <= Decimal("0.005") and number == round(number, 2)


def test_figures_agree_with_amounts_as_defined():
    rng, seen = random.Random(3), set()
    for _ in range(20_000):
        amount = Decimal(rng.randrange(-(10**13), 10**13)).scaleb(-rng.randrange(1, 12))
        if rng.random() < 0.3:
            amount = round(amount, 2) + rng.choice([-1, 1]) * Decimal("0.005")
        near = float(round(amount, 2))
        for stated in (near, round(near + 0.01, 2), round(near - 0.01, 2), near + 0.003, float(amount)):
            assert agrees(stated, amount) == by_definition(stated, amount), (stated, amount)
            seen.add((agrees(stated, amount), stated == near))
    assert seen == {(True, True), (False, False), (True, False)}  # half a cent agrees with both of its neighbors


def test_a_missing_figure_agrees_with_a_missing_amount_alone():
    assert agrees(None, None)
    assert not agrees(None, Decimal(0))
    assert not agrees(0.0, None)
