"""A small made-up market in the files of fixtures/market.py: a common path with a crash in March 2020, and own ones.

The tests on real prices run on it everywhere, and on real prices where there are any.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lotroute.fixtures.market import CLOSES, SECTORS

REAL = Path(os.environ.get("LOTROUTE_PRICES") or Path(__file__).parents[2] / "prices")
"""The folder of real prices."""

NAMES = 36
"""Made-up names."""

real = pytest.mark.skipif(
    not all((REAL / name).is_file() for name in (CLOSES, SECTORS)), reason=f"no {CLOSES} or no {SECTORS} in {REAL}"
)


def made_up_prices(folder):
    """Write the two files to a folder and return it: daily closes from 2016 to April 20, 2021."""
    days = pd.bdate_range("2016-01-04", "2021-04-20", name="day")
    rng = np.random.default_rng(2020)
    common = 0.0005 + 0.008 * rng.standard_normal(len(days))
    common[(days > "2020-02-19") & (days <= "2020-03-23")] -= 0.018
    common[(days > "2020-03-23") & (days <= "2020-08-31")] += 0.004
    beta, own = rng.uniform(0.6, 1.4, NAMES), 0.012 * rng.standard_normal((len(days), NAMES))
    paths = np.exp(np.cumsum(common[:, None] * beta + own, axis=0))
    symbols = [f"M{number}" for number in range(NAMES)]
    closes = pd.DataFrame(rng.uniform(10, 300, NAMES) * paths, index=days, columns=symbols).astype("float32")
    closes.to_parquet(folder / CLOSES)
    kinds = ["Energy", "Real Estate", "Utilities", "Materials"]
    sectors = pd.DataFrame({"Symbol": symbols, "Name": symbols, "Sector": [kinds[i % 4] for i in range(NAMES)]})
    sectors.to_csv(folder / SECTORS, index=False)
    return folder
