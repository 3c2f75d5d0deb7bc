"""Dollars as decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction


def exact(number: float | Decimal) -> Decimal:
    """Return the decimal number that a person wrote: `exact(0.1)` is one tenth, not the nearest binary fraction."""
    return Decimal(str(number))


def rational(number: float) -> Fraction:
    """Return the decimal number that a person wrote, as a fraction."""
    return Fraction(exact(number))


CENT = Decimal("0.01")


ZERO = Decimal(0)


ONE = Decimal(1)


def cents(amount: Decimal) -> Decimal:
    """Return dollars rounded to the cent, half to even."""
    return amount.quantize(CENT, ROUND_HALF_EVEN)
