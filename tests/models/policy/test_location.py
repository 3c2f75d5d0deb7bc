"""What a dollar in a place forgoes: arithmetic of yields and rates, and the plans that follow from it."""

from datetime import date
from itertools import permutations, product

import pytest

from lotroute.models import Household, Policy, later_years
from lotroute.models.policy.location import forgone
from lotroute.solver import audit, solve

TODAY = date(2026, 6, 15)
YEAR = Policy(location_years=1)
TAXABLE, ROTH, TRADITIONAL = ({"id": kind, "kind": kind, "cash": 100} for kind in ("taxable", "roth", "traditional"))


def fund(symbol, asset_class="bond", **pays):
    return {"symbol": symbol, "price": 100, "exposures": asset_class, "half_spread": 0} | pays


def household(securities, *accounts, short=0.24, long=0.15, band=1.0, **rates):
    classes = {c: 1.0 for each in securities for c in ([each["exposures"]] if isinstance(each["exposures"], str)
                                                       else each["exposures"])}  # fmt: skip
    return Household.model_validate(
        {
            "trade_date": TODAY,
            "taxpayer": {"rates": {"short": short, "long": long} | rates},
            "accounts": accounts or [TAXABLE],
            "securities": securities,
            "targets": [
                {
                    "asset_class": c,
                    "weight": 1 / len(classes),
                    "lower": max(1 / len(classes) - band, 0),
                    "upper": min(1 / len(classes) + band, 1),
                }
                for c in classes
            ],
        }
    )


def places(home, policy=YEAR):
    """What a dollar forgoes in a year by account and symbol."""
    return {place: float(dollars) for place, dollars in forgone(home, policy).items()}


# -- the example: a municipal fund and a taxable one of the same class -----------------------------------------

MUNI, BND = "VTEB", "BND"


def bonds(exempt, taxable=0.042):
    return [fund(BND, ordinary_yield=taxable), fund(MUNI, exempt_yield=exempt)]


@pytest.mark.parametrize(("short", "exempt"), [*product((0.12, 0.24, 0.37), (0.030, 0.031, 0.032, 0.033, 0.034))])
def test_a_municipal_fund_is_bought_where_it_keeps_more_after_tax(short, exempt):
    """$100,000 of fresh money in a taxable account: 4.2 % taxed, or 3.0 to 3.4 % exempt."""
    home = household(bonds(exempt), TAXABLE | {"cash": 100_000}, short=short)
    keeps = {BND: 0.042 * (1 - short), MUNI: exempt}
    better = max(keeps, key=keeps.get)
    assert {0.12: BND, 0.37: MUNI}.get(short, better) == better
    assert places(home) == pytest.approx({("taxable", k): max(keeps.values()) - keeps[k] for k in keeps}, abs=1e-12)
    plan = solve(home)
    assert audit(home, plan) == []
    assert {trade.symbol for trade in plan.trades} == {better}


@pytest.mark.parametrize("surtax", [0.0, 0.038])
def test_tax_exempt_interest_bears_no_surtax_but_the_state_s_tax(surtax):
    home = household(bonds(0.032), TAXABLE, short=0.3, state=0.05, surtax=surtax)
    found = places(home)
    keeps = {BND: 0.042 * (1 - 0.35 - surtax), MUNI: 0.032 * 0.95}
    assert found["taxable", BND] - found["taxable", MUNI] == pytest.approx(keeps[MUNI] - keeps[BND])


def test_a_treasury_fund_pays_no_tax_to_the_state():
    """4.0 % of Treasuries keep 76 % of it, 4.2 % of corporate bonds 66.7 %: 3.04 against 2.80 %."""
    funds = [fund("CORP", ordinary_yield=0.042), fund("TREASURY", ordinary_yield=0.040, state_exempt_share=1)]
    home = household(funds, TAXABLE | {"cash": 10_000}, short=0.24, state=0.093)
    growth, d = 0.042 - 0.040, later_years(home.filer, Policy()).deferral  # the fund that yields less grows instead
    more = 0.040 * 0.76 + growth * (1 - d) - 0.042 * (1 - 0.24 - 0.093)
    assert places(home) == pytest.approx({("taxable", "TREASURY"): 0, ("taxable", "CORP"): more})
    assert {trade.symbol for trade in solve(home).trades} == {"TREASURY"}


def test_a_state_rate_above_the_later_rate_never_pays_for_interest():
    """A usual all-in rate of 2 % holds at most 2 % of the state's: nobody gets more than the interest."""
    funds = [fund("TREASURY", ordinary_yield=0.04, state_exempt_share=1)]
    home = household(funds, TAXABLE, ROTH, short=0.1, state=0.093)
    assert places(home, Policy(location_years=1, later_short_rate=0.02))["taxable", "TREASURY"] == 0


@pytest.mark.parametrize("short", [0.0, 0.12, 0.37])
def test_a_municipal_fund_is_never_bought_in_an_ira_that_may_buy_the_taxable_one(short):
    home = household(bonds(0.032), TAXABLE | {"cash": 1000}, TRADITIONAL | {"cash": 9000}, short=short)
    assert {t.symbol for t in solve(home).trades if t.account == "traditional"} == {BND}


# -- what forgoes nothing ----------------------------------------------------------------------------------------------


def test_one_account_with_one_fund_a_class_forgoes_nothing():
    funds = [fund("BND", ordinary_yield=0.04), fund("VTI", "stock", qualified_yield=0.012)]
    assert set(places(household(funds, TAXABLE, short=0.37)).values()) == {0.0}


def test_an_account_with_nothing_in_it_measures_nothing():
    funds, empty = bonds(0.03, 0.04), ROTH | {"cash": 0}
    assert places(household(funds, TAXABLE, empty))["taxable", BND] == 0
    assert places(household(funds, TAXABLE, empty | {"contribution": 1}))["taxable", BND] == pytest.approx(0.04 * 0.24)


def test_location_years_of_zero_forgo_nothing():
    assert set(places(household(bonds(0.03), TAXABLE, ROTH), Policy(location_years=0)).values()) == {0.0}


def test_a_fund_is_not_preferred_for_its_dividends():
    """Both return 3 %: in a Roth they are alike, in a taxable account the one that grows is taxed later."""
    funds = [fund("LOW", "stock", qualified_yield=0.01), fund("HIGH", "stock", qualified_yield=0.03)]
    home = household(funds, TAXABLE, ROTH, long=0.15)
    d = later_years(home.filer, Policy()).deferral
    low, high = 0.01 * 0.15 + 0.02 * d, 0.03 * 0.15
    assert low < high
    wanted = {("roth", "LOW"): 0, ("roth", "HIGH"): 0, ("taxable", "LOW"): low, ("taxable", "HIGH"): high}
    assert places(home) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("pays", [0.01, 0.032, 0.06])
def test_a_balanced_fund_is_measured_by_both_its_classes_and_is_no_measure_of_them(pays):
    """It returns 0.6 times 2 % and 0.4 times 5 %, 3.2 %, as the two funds do; bonds forgo nothing for being bonds."""
    funds = [
        fund("STOCK", "stock", qualified_yield=0.02),
        fund("BOND", ordinary_yield=0.05),
        fund("MIX", {"stock": 0.6, "bond": 0.4}, ordinary_yield=pays),
    ]
    found = places(household(funds, ROTH))
    assert found == pytest.approx({("roth", k): 0 for k in ("STOCK", "BOND", "MIX")}, abs=1e-12)


def test_a_fund_that_no_account_may_hold_is_no_measure():
    funds = [fund("BND", ordinary_yield=0.04), fund("HIGH", ordinary_yield=0.09)]
    assert places(household(funds, TAXABLE | {"menu": ["BND"]}))["taxable", "BND"] == 0


# -- Roth against traditional ------------------------------------------------------------------------------------------

MIXED = [fund("STOCK", "stock", qualified_yield=0.015, growth=0.05), fund("BOND", ordinary_yield=0.04)]


def halves(*, growth=True):
    """$10,000 of bonds in a Roth and $10,000 of stock in an IRA, at their targets."""
    lots = {"roth": "BOND", "traditional": "STOCK"}
    accounts = [
        {"id": kind, "kind": kind, "lots": [{"id": "l", "symbol": symbol, "quantity": 100}]}
        for kind, symbol in lots.items()
    ]
    stock, bond = MIXED if growth else [{key: v for key, v in k.items() if key != "growth"} for k in MIXED]
    return household([stock, bond], *accounts, short=0.24, band=0)


def test_stocks_that_grow_go_to_the_roth_and_bonds_to_the_ira():
    """Of the two ways to hold a class an account, the plan's keeps more after the tax on withdrawals."""
    home, w = halves(), 0.24
    total = {"STOCK": 0.065, "BOND": 0.04}
    keeps = {(roth, ira): total[roth] + total[ira] * (1 - w) for roth, ira in permutations(total)}
    best = max(keeps, key=keeps.get)
    assert best == ("STOCK", "BOND")
    plan = solve(home, Policy(location_years=3))
    assert audit(home, plan) == []
    assert {(t.account, t.symbol) for t in plan.trades if t.side == "buy"} == {
        ("roth", "STOCK"), ("traditional", "BOND")
    }  # fmt: skip
    worst = 10_000 * 3 * (keeps[best] - keeps["BOND", "STOCK"])
    assert -plan.parts["location"] == pytest.approx(worst, rel=1e-3)  # uninvested cents


@pytest.mark.parametrize(("growth", "targets"), [(False, "before_tax"), (False, "after_tax"), (True, "after_tax")])
def test_roth_and_traditional_are_alike_without_growth_and_after_tax(growth, targets):
    home = halves(growth=growth)
    assert places(home, Policy(targets=targets)) == pytest.approx(dict.fromkeys(places(home), 0.0), abs=1e-12)


def test_an_account_that_counts_nothing_forgoes_nothing_and_measures_nothing():
    policy = Policy(location_years=1, targets="after_tax", withdrawal_rate=1)
    found = places(household(MIXED, TAXABLE, TRADITIONAL), policy)
    assert {found["traditional", k] for k in ("STOCK", "BOND")} == {0.0}
    assert found["taxable", "STOCK"] == found["taxable", "BOND"] == 0.0
