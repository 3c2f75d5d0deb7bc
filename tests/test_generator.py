"""Generated households: the same for the same seed, sound, and like those that a planner sees."""

import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from itertools import islice

import numpy as np
import pytest

from lotroute.fixtures.dice import Dice, shares_of_one
from lotroute.fixtures.generator import generate, generate_policy, generate_sleeve
from lotroute.fixtures.taxpayers import NEAR, draw_taxpayer
from lotroute.fixtures.universe import FUNDS, MONTHS, STOCKS, market_returns, simulate
from lotroute.models import Limits, OtherIncome, Policy, tax_bill
from lotroute.models.tax_year import tax_year
from lotroute.models.taxpayer import INCOME


@pytest.fixture(scope="module")
def hundred():
    return list(generate(100, 1))


@pytest.fixture(scope="module")
def sleeves():
    return [generate_sleeve(seed) for seed in range(12)]


def taxable_lots(household):
    """The taxable lots with their gains as fractions of today's price."""
    price = {security.symbol: security.price for security in household.securities}
    return [
        (lot, 1 - lot.basis_per_share / price[lot.symbol])
        for account in household.accounts
        if account.taxable
        for lot in account.lots
    ]


def loss_share(household):
    return np.mean([gain < 0 for _, gain in taxable_lots(household)])


def held(household, loading):
    """Dollars times a security's loading over all lots, and the dollars."""
    security = household.security
    dollars = [
        (security[lot.symbol], lot.quantity * security[lot.symbol].price)
        for account in household.accounts
        for lot in account.lots
    ]
    return sum(worth * loading(security) for security, worth in dollars), sum(worth for _, worth in dollars)


# -- determined by seed and index --------------------------------------------------------------------------------------


def test_a_household_is_its_seed_s_and_its_index_s_whatever_the_count(hundred):
    assert list(generate(5, 1)) == hundred[:5]
    assert list(islice(generate(10**9, 1), 2)) == hundred[:2]


def test_seeds_and_indices_give_different_households(hundred):
    assert len({household.model_dump_json(exclude={"id"}) for household in [*hundred, *generate(10, 2)]}) == 110
    assert generate_sleeve(1) != generate_sleeve(2)
    assert generate_sleeve(1) != generate_sleeve(1, index=1)
    assert generate_policy(1, 0) != generate_policy(1, 1)


def test_another_process_makes_the_same_households(hundred):
    code = (
        "from lotroute.fixtures.generator import *\nfor h in [*generate(3, 1), generate_sleeve(0, 20)]: print(h.id, h)"
    )
    env = {**os.environ, "PYTHONHASHSEED": "7"}
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env).stdout
    assert printed == "".join(f"{each.id} {each}\n" for each in [*hundred[:3], generate_sleeve(0, 20)])


def test_ids_are_unique_in_a_book(hundred):
    assert len({household.id for household in [*hundred, *generate(10, 2)]}) == 110


# -- like real ones ----------------------------------------------------------------------------------------------------


def test_sizes_are_within_bounds(hundred):
    for household in hundred:
        assert 12 <= len(household.securities) <= 31
        assert 3 <= len(household.accounts) <= 6
        assert 1 <= sum(account.taxable for account in household.accounts) <= 2
        assert 60 <= sum(len(account.lots) for account in household.accounts) <= 300
        assert 200_000 <= held(household, lambda _: 1)[1] <= 10_000_000


def test_there_are_gains_and_losses(hundred):
    shares = [loss_share(household) for household in hundred]
    assert 0.1 <= np.mean(shares) <= 0.35
    assert np.mean([0 < share < 0.6 for share in shares]) > 0.85
    gains = [gain for household in hundred for _, gain in taxable_lots(household)]
    assert np.quantile(gains, 0.9) > 0.3  # old lots have large gains
    assert np.quantile(gains, 0.1) < -0.02


def test_terms_are_mixed(hundred):
    ages = [(household.trade_date - lot.acquired).days for household in hundred for lot, _ in taxable_lots(household)]
    assert max(ages) < 3700
    assert 0.05 < np.mean([age <= 365 for age in ages]) < 0.3


def test_a_security_has_one_price_a_day(hundred):
    for household in hundred[:20]:
        paid = {}
        for account in household.accounts:
            for lot in account.lots:
                if lot.acquired:
                    assert lot.acquired.weekday() < 5
                    assert paid.setdefault((lot.symbol, lot.acquired), lot.basis_per_share) == lot.basis_per_share


def test_drift_is_what_the_years_made_of_it(hundred):
    drifts = []
    for household in hundred:
        for target in household.targets:
            part, value = held(household, lambda security, name=target.asset_class: security.exposures.get(name, 0))
            drifts.append(abs(part / value - target.weight))
    assert 0.01 < np.median(drifts) < 0.05
    assert np.max(drifts) < 0.3


def test_what_was_bought_lately_is_held(hundred):
    for household in hundred:
        lots = {
            (account.id, lot.symbol, lot.acquired, lot.quantity)
            for account in household.accounts
            for lot in account.lots
        }
        for trade in household.recent_trades:
            assert (household.trade_date - trade.date).days <= 37
            if trade.side == "buy":
                assert (trade.account, trade.symbol, trade.date, trade.quantity) in lots


def features(household):
    """What a household has of all that it may have."""
    groups = Counter(security.group for security in household.securities)
    yield from {f"kind {account.kind}" for account in household.accounts}
    yield from {f"method {account.accounting_method}" for account in household.accounts}
    for field in ("contribution", "withdrawal", "minimum_cash", "maximum_cash", "commission", "average_cost"):
        if any(getattr(account, field) for account in household.accounts):
            yield field
    yield from {f"whole shares {account.whole_shares}" for account in household.accounts}
    yield from {f"rule {restriction.rule}" for restriction in household.restrictions}
    yield from {f"traded {trade.side}" for trade in household.recent_trades}
    yield from {"sold at a loss" for trade in household.recent_trades if trade.gain is not None and trade.gain < 0}
    taxpayer, rates = household.taxpayer, household.taxpayer.rates
    yield f"filing {taxpayer.filing_status}"
    for field in ("short_carryforward", "long_carryforward", "realized_short", "realized_long", *INCOME):
        if getattr(taxpayer, field) != type(taxpayer).model_fields[field].default:
            yield field
    yield from {name for name, dollars in taxpayer.other_income if dollars}
    has = {
        "identical funds": max(groups.values()) > 1,
        "redemption fee": any(security.redemption_fee for security in household.securities),
        "mixed fund": any(len(security.exposures) > 1 for security in household.securities),
        "scheduled buys": household.scheduled_buys,
        "single stock": household.security_targets,
        "factor targets": household.factor_targets,
        "cash target": any(target.asset_class == "cash" for target in household.targets),
        "class out": any(target.weight == 0 for target in household.targets),
        "debit": any(account.cash < 0 for account in household.accounts),
        "no dates": any(lot.acquired is None for account in household.accounts for lot in account.lots),
        "fractions in whole shares": any(
            lot.quantity % 1 for account in household.accounts if account.whole_shares for lot in account.lots
        ),
        "two taxable accounts": sum(account.taxable for account in household.accounts) > 1,
        "value of losses carried": rates is not None and rates.carried_short is not None,
        "flat rates": rates is not None,
        "long rate of the state 0": taxpayer.state_long_rate == 0,
    }
    yield from (name for name, present in has.items() if present)


def test_every_feature_occurs_and_none_always(hundred):
    found = Counter(name for household in hundred for name in features(household))
    always = {"kind taxable", "method specific", "whole shares False", "no dates"}
    kinds = {f"kind {kind}" for kind in ("taxable", "traditional", "roth", "hsa", "401k")}
    methods = {f"method {method}" for method in ("specific", "fifo", "lifo", "hifo")}
    statuses = {f"filing {status}" for status in ("single", "married_jointly", "head_of_household")}
    rules = {f"rule {rule}" for rule in ("no_buy", "no_sell", "do_not_hold", "keep")}
    cash = {"contribution", "withdrawal", "minimum_cash", "maximum_cash", "commission", "average_cost", "debit"}
    years = {"short_carryforward", "long_carryforward", "realized_short", "realized_long", "value of losses carried"}
    income = {*INCOME, *OtherIncome.model_fields, "flat rates", "long rate of the state 0"}
    trades = {"traded buy", "traded sell", "sold at a loss", "scheduled buys", "no dates", "two taxable accounts"}
    funds = {"identical funds", "redemption fee", "mixed fund", "single stock", "factor targets"}
    others = {"cash target", "class out", "whole shares True", "whole shares False", "fractions in whole shares"}
    expected = kinds | methods | statuses | rules | cash | years | income | trades | funds | others
    assert expected <= found.keys()
    assert {name for name, times in found.items() if times == 100} <= always


# -- taxpayers ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def returns_of_a_year(hundred):
    """The households that have a year's income, with their bills before the plan."""
    billed = [household for household in hundred if not household.taxpayer.rates]
    return [(household, tax_bill(household.filer, Decimal(0), Decimal(0))) for household in billed]


def test_one_in_five_is_at_flat_rates_and_the_others_have_the_trade_date_s_year(hundred, returns_of_a_year):
    assert 70 <= len(returns_of_a_year) <= 90
    assert all(home.taxpayer.year == home.trade_date.year for home, _ in returns_of_a_year)
    made = draw_taxpayer(Dice(0), 2019, 1e6, hundred[0].model_dump()["accounts"], [])
    assert made.keys() >= {"rates"}  # there is no law for that year
    assert {generate_sleeve(seed, 5).taxpayer.year for seed in range(10)} == {None, 2026}


def kinks_nearby(household, bill):
    """Kinds of kinks of the law within NEAR dollars of a bill, read off its lines."""
    law = tax_year(household.taxpayer.year, household.taxpayer.filing_status)
    kinks = {
        "bracket": [(bill.taxed_as_income, top) for top in law.ordinary_tops],
        "gain rate": [(bill.taxable_income, top) for top in law.gain_tops],
        "investment tax": [(bill.adjusted_gross_income, law.investment_threshold)],
        "exemption": [(bill.minimum_income, law.phase_out_start)],
        "no taxable income": [(bill.adjusted_gross_income, bill.deduction)],
    }
    return {kind for kind, pairs in kinks.items() if any(abs(line - float(kink)) <= NEAR + 1 for line, kink in pairs)}


def test_half_of_them_or_more_are_near_a_kink_of_the_law(returns_of_a_year):
    found = [kinks_nearby(*each) for each in returns_of_a_year]
    assert 0.5 < np.mean([bool(kinds) for kinds in found]) < 0.9  # some are by chance
    assert {kind for kinds in found for kind in kinds} == {
        "bracket",
        "gain rate",
        "investment tax",
        "exemption",
        "no taxable income",
    }


def test_income_rises_with_what_the_household_is_worth(returns_of_a_year):
    worth = [held(household, lambda _: 1)[1] for household, _ in returns_of_a_year]
    incomes = [household.taxpayer.ordinary_income for household, _ in returns_of_a_year]
    assert np.corrcoef(np.log(worth), np.log(incomes))[0, 1] > 0.4
    assert np.quantile(incomes, 0.1) > 5_000
    assert np.max(incomes) < 3e6


def test_dividends_are_about_what_the_taxable_accounts_pay(returns_of_a_year):
    for household, _ in returns_of_a_year:
        lots = [(lot, household.security[lot.symbol]) for lot, _ in taxable_lots(household)]
        paid = sum(lot.quantity * each.price * each.qualified_yield for lot, each in lots)
        qualified, ordinary = household.taxpayer.qualified_dividends, household.taxpayer.ordinary_dividends
        assert 0.4 * paid <= qualified <= min(2.5 * paid, ordinary)


# -- prices ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def returns():
    """Monthly log returns of all funds over 200 lives of ten years."""
    lives = []
    for seed in range(200):
        dice = Dice(seed)
        lives.append(np.diff(np.log(simulate(dice.rng, FUNDS, market_returns(dice.rng, MONTHS, 12)).monthly), axis=0))
    return dict(zip([fund.symbol for fund in FUNDS], np.vstack(lives).T, strict=True))


def test_prices_move_together_as_their_classes_do(returns):
    def correlation(one, other):
        return np.corrcoef(returns[one], returns[other])[0, 1]

    assert correlation("US2", "US3") > 0.99  # one index
    assert correlation("US1", "US4") > 0.85
    assert 0.7 < correlation("US1", "IN1") < 0.95
    assert 0.6 < correlation("US1", "EM1") < 0.9
    assert abs(correlation("US1", "BD1")) < 0.35
    assert correlation("BD1", "BD4") > 0.9


@pytest.mark.parametrize(
    ("symbol", "low", "high"), [("US1", 0.13, 0.18), ("EM1", 0.16, 0.24), ("BD1", 0.04, 0.07), ("CO1", 0.13, 0.19)]
)
def test_volatilities_are_their_classes(returns, symbol, low, high):
    assert low < np.std(returns[symbol]) * np.sqrt(12) < high


def test_a_market_has_fat_tails(returns):
    months = returns["US1"]
    assert np.mean(((months - months.mean()) / months.std()) ** 4) > 3.5


def test_prices_between_two_months_lie_between_theirs():
    dice = Dice(3)
    prices = simulate(dice.rng, FUNDS[:4], market_returns(dice.rng, MONTHS, 12))
    month = 365.25 / 12
    ends = sorted(prices.monthly[60:62, 2])
    assert ends[0] - 1e-4 <= prices.at("US3", 59.5 * month) <= ends[1] + 1e-4
    assert prices.today("US3") == prices.monthly[-1, 2]
    assert prices.at("US3", 99 * 365) == round(prices.monthly[0, 2], 4)


# -- sleeves -----------------------------------------------------------------------------------------------------------


def test_a_sleeve_has_its_names_and_one_or_two_that_left(sleeves):
    for household in sleeves:
        gone = [target for target in household.security_targets if target.weight == 0]
        assert 1 <= len(gone) <= 2
        assert len(household.security_targets) == 100 + len(gone)
        sold = {lot.symbol for account in household.accounts for lot in account.lots}
        assert {target.symbol for target in gone} <= sold
        assert 0.2 < sum(target.weight for target in household.security_targets) < 0.65
        assert max(target.weight for target in household.security_targets) > 0.01  # like companies' sizes


def test_a_sleeve_was_bought_month_by_month(sleeves):
    for household in sleeves:
        lots = [lot for lot, _ in taxable_lots(household)]
        assert 550 <= len(lots) <= 750
        assert len({(lot.acquired.year, lot.acquired.month) for lot in lots}) >= 47
        assert 0.1 < loss_share(household) < 0.65


def test_a_sleeve_s_sectors_start_near_their_bands(sleeves):
    for household in sleeves:
        assert {"beta", "information_technology"} <= {target.factor for target in household.factor_targets}
        for target in household.factor_targets:
            part, value = held(household, lambda security, name=target.factor: security.factors.get(name, 0))
            assert target.lower - 0.03 < part / value < target.upper + 0.03


def test_the_index_is_held_as_a_fund_too(sleeves):
    for household in sleeves:
        assert [account.kind for account in household.accounts] == ["taxable", "traditional", "roth"]
        for account in household.accounts[1:]:
            assert {"US1"} < {lot.symbol for lot in account.lots}
        fund = household.security["US1"]
        assert fund.exposures == {"us_stock": 1}
        assert sum(fund.factors.values()) == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize(("names", "years"), [(1, 0.2), (5, 1), (300, 3)])
def test_sleeves_of_other_sizes(names, years):
    household = generate_sleeve(4, names, years=years)
    assert names < len(household.security_targets) <= names + 2
    oldest = min(lot.acquired for lot, _ in taxable_lots(household))
    assert 365 * years - 8 < (household.trade_date - oldest).days <= 366 * years


# -- policies ----------------------------------------------------------------------------------------------------------


def test_policies_have_everything_now_and_then():
    policies = [generate_policy(1, index, 2e6) for index in range(200)]
    assert policies[:3] == [generate_policy(1, index, 2e6) for index in range(3)]
    for name in Limits.model_fields:
        limits = [getattr(policy.limits, name) for policy in policies]
        assert {None, True, False} == {None if limit is None else limit.price is None for limit in limits}
    assert any(policy.limits == Limits() for policy in policies)
    assert {policy.targets for policy in policies} == {"before_tax", "after_tax"}
    assert {policy.drift.hard for policy in policies} == {True, False}
    assert all(Policy.model_validate_json(policy.model_dump_json()) == policy for policy in policies)


# -- draws -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weights", [[1], [1, 1, 1], [0.2, 0.7, 0.1], [1e-9, 1], [0, 5, 2.5, 0.004]])
def test_shares_of_one_are_whole_percents_that_sum_to_one(weights):
    shares = shares_of_one(weights)
    assert sum(shares) == pytest.approx(1, abs=1e-12)
    assert all(abs(share - weight / sum(weights)) < 0.01 for share, weight in zip(shares, weights, strict=True))
    assert all(share == round(share, 2) for share in shares)


def test_the_classes_of_stocks_are_classes():
    assert {*STOCKS} < {name for fund in FUNDS for name in fund.exposures}
