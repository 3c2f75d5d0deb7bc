"""Numbers as the decimals that a person wrote."""

import random
from decimal import Decimal

import numpy as np

from lotroute.models.schema.money import NUMBERS, exact


def test_a_number_is_the_decimal_that_was_written_however_often_it_is_asked_for():
    rng = random.Random(0)
    numbers = [round(rng.uniform(-1e6, 1e6), rng.randrange(7)) for _ in range(2 * NUMBERS)]
    for _ in range(2):
        assert [exact(number) for number in numbers] == [Decimal(str(number)) for number in numbers]


def test_kinds_of_equal_numbers_keep_their_own_digits():
    assert [str(exact(number)) for number in (1.0, 1, np.float64(1))] == ["1.0", "1", "1.0"]


def test_a_zero_has_no_sign_whichever_came_first():
    assert [str(exact(zero)) for zero in (-0.0, 0.0, Decimal("-0.00"))] == ["0", "0", "0"]
