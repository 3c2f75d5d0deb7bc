"""Dollars, counts and days in words, as sentences, pages and pictures have them."""

from datetime import date

MINUS = "−"

HALF_A_CENT = 0.005
"""Dollars that are printed as 0.00."""


def dollars(amount: float) -> str:
    """Return dollars as words in a sentence, with cents below $100."""
    size = abs(amount)
    return with_sign(amount, f"${size:,.0f}" if size >= 100 else f"${size:,.2f}".removesuffix(".00"))


def signed(amount: float) -> str:
    """Return dollars as `dollars` does, with a plus before a gain."""
    return f"+{dollars(amount)}" if amount >= HALF_A_CENT else dollars(amount)


def with_sign(amount: float, text: str) -> str:
    """Return the text of an amount's size with the amount's sign, if it is negative and not printed as 0.00."""
    return f"{MINUS}{text}" if amount <= -HALF_A_CENT else text


def count(number: int, noun: str) -> str:
    """Return a number of things: `1 account`, `2 accounts`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def in_words(day: date) -> str:
    """Return a day as in `March 5, 2026`."""
    return f"{day:%B} {day.day}, {day.year}"
