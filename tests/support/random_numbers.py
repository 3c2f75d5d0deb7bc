"""Draws and roundings that the random households share, and their trade date."""

from datetime import date

TRADE_DATE = date(2026, 6, 15)


def pick(rng, items):
    return items[int(rng.integers(len(items)))]


def between(rng, bounds):
    return int(rng.integers(bounds[0], bounds[1] + 1))


def rounded(amount, decimals=2):
    return round(float(amount), decimals)


def down(amount):
    """An amount cut off to whole cents."""
    return int(float(amount) * 100) / 100
