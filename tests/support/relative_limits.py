"""Random limits on what depends on the household: the tax that the plan adds, the share of the gain."""

import numpy as np
from random_numbers import rounded


def relative_limits(seed, value):
    """Sometimes one of them, from numbers of their own, for a household worth so many dollars."""
    rng = np.random.default_rng((seed, 5))
    amounts = {
        "gain_share": rounded(rng.uniform(0, 0.5), 4),
        "added_tax": rounded(rng.uniform(-0.005, 0.01) * value),
    }
    return {
        name: {"amount": amount, "price": rounded(rng.uniform(0, 0.4), 4) if rng.random() < 0.5 else None}
        for name, amount in amounts.items()
        if rng.random() < 0.08
    }
