"""Dollars as decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import lru_cache

NUMBERS = 2**14
"""Numbers whose decimals are kept: a household reads each of its numbers half a dozen times."""


@lru_cache(NUMBERS, typed=True)
def exact(number: float | Decimal) -> Decimal:
    """Return the decimal number that a person wrote: `exact(0.1)` is one tenth, not the nearest binary fraction.

    A zero has no sign.
    """
    return Decimal(str(number or 0))


def rational(number: float) -> Fraction:
    """Return the decimal number that a person wrote, as a fraction."""
    return Fraction(exact(number))


CENT = Decimal("0.01")


ZERO = Decimal(0)


ONE = Decimal(1)


def cents(amount: Decimal) -> Decimal:
    """Return dollars rounded to the cent, half to even."""
    return amount.quantize(CENT, ROUND_HALF_EVEN)
