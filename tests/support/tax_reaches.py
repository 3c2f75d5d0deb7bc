"""Random taxpayers, each with a reach of S and L that contains a kink of the law."""

from decimal import Decimal
from functools import cache

import numpy as np
from random_households import STATUSES
from random_taxpayers import year_and_income

from lotroute.models import Policy, Taxpayer, later_years
from lotroute.models.schema.money import exact
from lotroute.models.tax.piecewise import law, pieces

CASES = 1000


@cache
def case(seed):
    """A taxpayer and a reach of S and L with a kink of the law in it; one in eight has flat rates."""
    rng = np.random.default_rng((seed, 6))
    status, size = STATUSES[seed % 4], 10 ** rng.uniform(2.5, 6)
    reach = [sorted((rng.uniform(-1, 1) * size, rng.uniform(-1, 1) * size)) for _ in range(2)]
    if rng.random() < 0.3:  # only gains, so that they are taxed
        reach = [[low - reach[axis][0] for low in reach[axis]] for axis in range(2)]
    shape = rng.choice(["box", "box", "box", "box", "short", "long", "point"])
    for axis, name in enumerate(("short", "long")):
        if shape not in ("box", name):
            reach[axis] = [reach[axis][0]] * 2
    if shape == "box" and rng.random() < 0.2:
        reach[int(rng.integers(2))] = [0.0, size]
    inside = tuple(Decimal(rng.uniform(low, high)) for low, high in reach)
    if rng.random() < 1 / 8:
        rates = {"short": rng.uniform(0.1, 0.4), "long": rng.uniform(0, 0.3), "state": 0.05, "surtax": 0.038}
        return Taxpayer(filing_status=status, rates=rates), *map(tuple, reach)
    return Taxpayer.model_validate(year_and_income(rng, status, inside, size=size)), *map(tuple, reach)


def weighed(taxpayer, policy=None):
    """The cost by which the program joins pieces: tax less today's value of the losses carried on."""
    later = later_years(taxpayer, policy or Policy())
    worth = exact(later.carried_short), exact(later.carried_long)
    return lambda lines: (lines[0] - lines[1] * worth[0] - lines[2] * worth[1],)


@cache
def found(seed):
    taxpayer, short, long = case(seed)
    return pieces(law(taxpayer), weighed(taxpayer), short, long)


def chunks(count, size):
    return [range(first, first + size) for first in range(0, count, size)]
