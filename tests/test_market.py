"""Direct-index households on real prices, where there are any: the folder LOTROUTE_PRICES, by default prices/ here."""

import os
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lotroute.fixtures.market import CLOSES, SECTORS, direct_index_household

FOLDER = Path(os.environ.get("LOTROUTE_PRICES") or Path(__file__).parent / "prices")
real = pytest.mark.skipif(not (FOLDER / CLOSES).is_file(), reason=f"no {CLOSES} in {FOLDER}")


@pytest.fixture
def folder(tmp_path):
    """A folder of two years of twelve made-up names, one of which has prices for half of the time."""
    days = pd.bdate_range("2019-01-01", "2020-12-31", name="day")
    rng = np.random.default_rng(1)
    symbols = [f"N{number}" for number in range(12)]
    steps = 0.01 * rng.standard_normal((len(days), 12))
    closes = pd.DataFrame(50 * np.exp(np.cumsum(steps, axis=0)), index=days, columns=symbols).astype("float32")
    closes.loc[:"2019-12-31", "N3"] = np.nan
    closes.to_parquet(tmp_path / CLOSES)
    sectors = pd.DataFrame({"Symbol": symbols, "Name": symbols, "Sector": ["Energy", "Real Estate"] * 6})
    sectors.to_csv(tmp_path / SECTORS, index=False)
    return tmp_path


def sleeve_of(household):
    return household.account["taxable"].lots


@pytest.mark.parametrize("missing", [CLOSES, SECTORS])
def test_a_folder_without_its_files_is_refused_with_the_name(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(FileNotFoundError, match=f"{missing}: direct_index_household needs"):
        direct_index_household(folder, 5)


def test_lots_are_bought_at_the_closes_of_their_days(folder):
    household = direct_index_household(folder, 8, years=2)
    closes = pd.read_parquet(folder / CLOSES)
    assert household.trade_date == date(2020, 12, 31)
    for lot in sleeve_of(household):
        assert lot.basis_per_share == pytest.approx(closes.loc[pd.Timestamp(lot.acquired), lot.symbol], abs=1e-4)
        assert household.security[lot.symbol].price == pytest.approx(closes[lot.symbol].iloc[-1], abs=1e-4)
    assert {target.factor for target in household.factor_targets} == {"beta", "energy", "real_estate"}


def test_names_without_prices_are_left_out(folder):
    households = [direct_index_household(folder, 9, seed=seed, years=2) for seed in range(10)]
    assert not any("N3" in household.security for household in households)
    later = [direct_index_household(folder, 9, seed=seed, years=0.9) for seed in range(10)]
    assert any("N3" in household.security for household in later)


def test_more_names_than_there_are_is_refused(folder):
    with pytest.raises(ValueError, match="11 names have prices on all 523 days, "):
        direct_index_household(folder, 12, years=2)
    with pytest.raises(ValueError, match="on all 0 days"):
        direct_index_household(folder, 5, until=date(1990, 1, 1))


def test_an_earlier_last_day_may_be_asked_for(folder):
    household = direct_index_household(folder, 5, years=1, until=date(2020, 6, 14))  # a Sunday
    assert household.trade_date == date(2020, 6, 12)
    assert min(lot.acquired for lot in sleeve_of(household)) == date(2019, 6, 17)


@real
def test_a_real_sleeve_is_sound_and_the_same_each_time():
    household = direct_index_household(FOLDER)
    assert household == direct_index_household(FOLDER)
    assert 101 <= len(household.security_targets) <= 102
    assert 550 <= len(sleeve_of(household)) <= 750
    assert len(household.factor_targets) >= 10


@real
def test_losses_are_what_the_market_made():
    def loss_share(until):
        household = direct_index_household(FOLDER, until=until)
        return np.mean([lot.basis_per_share > household.security[lot.symbol].price for lot in sleeve_of(household)])

    assert loss_share(date(2020, 3, 23)) > 0.6
    assert 0.02 < loss_share(date(2021, 4, 20)) < 0.3
