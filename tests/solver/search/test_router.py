"""The router: the published table in its order, every rule kept, nothing traded without need."""

from datetime import date, timedelta

import pytest
from random_households import random_household, random_policy

from lotroute.models import Household, Policy
from lotroute.solver import audit, route

TODAY = date(2026, 6, 15)
FUNDS = {"STOCK": "stock", "EQUITY": "stock", "BOND": "bond", "BILLS": "bond"}


def lot(name, symbol="STOCK", dollars=1000, *, basis=50, days=1000):
    """A lot at $100 a share."""
    known = {"basis_per_share": basis, "acquired": TODAY - timedelta(days)}
    return {"id": name, "symbol": symbol, "quantity": dollars / 100} | known


def household(*accounts, stock=0.5, band=0.1, funds=FUNDS, **changes):
    """Accounts of $100 funds without a spread; stock and bonds have a target and a band around it."""
    weights = {"stock": stock, "bond": 1 - stock}
    targets = [
        {"asset_class": c, "weight": w, "lower": max(w - band, 0), "upper": min(w + band, 1)}
        for c, w in weights.items()
    ]
    securities = [{"symbol": s, "price": 100, "exposures": exposures} for s, exposures in funds.items()]
    return Household.model_validate(
        {
            "trade_date": TODAY,
            "taxpayer": {"rates": {"short": 0.35, "long": 0.15}},
            "accounts": accounts,
            "securities": [security | {"half_spread": 0} for security in securities],
            "targets": targets,
        }
        | changes
    )


def joint(*lots, **changes):
    return {"id": "joint", "kind": "taxable", "lots": lots} | changes


def ira(*lots, **changes):
    return {"id": "ira", "kind": "traditional", "lots": lots} | changes


def routed(home, to_target="off", **policy):
    """The router's trades in dollars, by account/lot sold (negative) or account/symbol bought; it stops at the bands
    unless the policy pulls to the targets.
    """
    plan = route(home, Policy(to_target=to_target, **policy))
    assert audit(home, plan) == []
    return {f"{t.account}/{t.lot or t.symbol}": -t.proceeds for t in plan.trades}


# -- random households -------------------------------------------------------------------------------------------------


def chunks(count, size):
    return [range(first, first + size) for first in range(0, count, size)]


@pytest.mark.parametrize("seeds", chunks(200, 20), ids=str)
def test_every_route_audits_clean(seeds):
    for seed in seeds:
        home = random_household(seed)
        assert audit(home, route(home, random_policy(seed))) == [], seed


@pytest.mark.parametrize("seeds", chunks(200, 20), ids=str)
def test_nothing_is_traded_where_every_class_is_in_its_band_and_no_cash_is_needed(seeds):
    for seed in seeds:
        home = random_household(seed)
        everything = [
            t.model_copy(update={"lower": 0.0, "upper": 1.0}) for t in home.targets if t.asset_class != "cash"
        ]
        cash = max(1 - sum(t.weight for t in everything), 0.0)
        free_cash = home.targets[0].model_copy(update={"asset_class": "cash", "weight": cash, "lower": 0, "upper": 1})
        rich = {"withdrawal": 0.0, "minimum_cash": 0.0, "contribution": 0.0}
        accounts = [a.model_copy(update=rich | {"cash": abs(a.cash)}) for a in home.accounts]
        free = home.model_copy(update={"targets": (*everything, free_cash), "accounts": tuple(accounts)})
        pull = {"to_target": "off" if seed % 2 else "small", "location_years": 0.0}
        assert route(free, random_policy(seed).model_copy(update=pull)).trades == (), seed


# -- the table in its order --------------------------------------------------------------------------------------------


def test_sheltered_accounts_are_corrected_before_taxable_ones():
    """Stock is 3,000 of 4,000; its band ends at 2,400."""
    home = household(joint(lot("a", dollars=1500)), ira(lot("b", dollars=1500), lot("c", "BOND")))
    assert routed(home) == {"ira/b": -600, "ira/BOND": 600}


def test_a_taxable_account_gives_what_the_sheltered_ones_have_not():
    """Stock is 3,000 of 4,000, only 200 of it in the IRA; its band ends at 2,400."""
    home = household(joint(lot("a", dollars=2800)), ira(lot("b", dollars=200), lot("c", "BOND")))
    assert routed(home) == {"ira/b": -200, "ira/BOND": 200, "joint/a": -400, "joint/BOND": 400}


def test_a_contribution_is_invested_before_anything_is_sold():
    home = household(joint(lot("a"), contribution=1000), ira(lot("b", dollars=500), lot("c", "BOND", 500)))
    assert routed(home) == {"joint/BOND": 1000}


def test_idle_cash_goes_to_the_most_underweight_class():
    home = household(joint(lot("a", "BOND"), cash=300), ira(cash=700), stock=0.6)
    assert routed(home) == {"joint/STOCK": 300, "ira/STOCK": 700}


def test_cash_that_must_stay_is_not_idle():
    home = household(joint(lot("a", "BOND"), cash=600, minimum_cash=400), band=0)
    assert routed(home) == {"joint/a": -200, "joint/STOCK": 400}


def test_losses_are_sold_before_gains():
    """Stock is 3,000 of 4,000; its band ends at 2,400."""
    home = household(joint(lot("gain", dollars=1500), lot("loss", "EQUITY", 1500, basis=110), lot("c", "BOND")))
    assert routed(home) == {"joint/loss": -600, "joint/BOND": 600}


def test_the_largest_loss_per_dollar_is_sold_first():
    lots = lot("small", dollars=1500, basis=101), lot("large", "EQUITY", 1500, basis=300), lot("c", "BOND")
    assert routed(household(joint(*lots))) == {"joint/large": -600, "joint/BOND": 600}


def test_long_term_gains_are_sold_highest_basis_first():
    lots = [lot("low", basis=20), lot("high", dollars=200, basis=90), lot("middle", basis=60), lot("c", "BOND", 800)]
    assert routed(household(joint(*lots))) == {"joint/high": -200, "joint/middle": -200, "joint/BOND": 400}


def test_long_term_gains_are_sold_before_short_term_ones():
    lots = lot("short", basis=90, days=100), lot("long", basis=20), lot("c", "BOND", 800)
    assert list(routed(household(joint(*lots)))) == ["joint/long", "joint/BOND"]


@pytest.mark.parametrize(("method", "first"), [("fifo", "old"), ("lifo", "new"), ("hifo", "dear")])
def test_short_term_gains_are_sold_by_the_accounting_method(method, first):
    lots = lot("dear", basis=90, days=150), lot("old", days=200), lot("new", days=100), lot("c", "BOND", 1800)
    assert list(routed(household(joint(*lots)), accounting_method=method)) == [f"joint/{first}", "joint/BOND"]


@pytest.mark.parametrize(
    ("method", "order"), [("fifo", "old dear new"), ("lifo", "new dear old"), ("hifo", "dear new old")]
)
def test_the_accounting_method_decides_what_is_left_over(method, order):
    """Everything is sold except 60 of the last lot."""
    lots = lot("dear", basis=90, days=150), lot("old", basis=10, days=200), lot("new", days=100)
    home = household(joint(*lots), stock=0.01, band=0.01)
    first, second, last = (f"joint/{name}" for name in order.split())
    sold = routed(home, accounting_method=method)
    assert (sold[first], sold[second]) == (-1000, -1000)
    assert sold[last] == pytest.approx(-1000 + 60)


def test_the_router_stops_at_the_edge_of_the_band():
    home = household(ira(lot("b", dollars=7000), lot("c", "BOND", 3000)), stock=0.5, band=0.07)
    assert routed(home) == {"ira/b": -1300, "ira/BOND": 1300}


def test_an_underweight_class_is_raised_to_its_band_by_what_is_above_target():
    """Bonds at 1,000 of 10,000 need 200 more; stock at 9,000 is inside its band."""
    targets = [
        {"asset_class": "stock", "weight": 0.8, "lower": 0.5, "upper": 0.95},
        {"asset_class": "bond", "weight": 0.2, "lower": 0.12, "upper": 0.5},
    ]
    home = household(ira(lot("b", dollars=9000), lot("c", "BOND", 1000)), targets=targets)
    assert routed(home) == {"ira/b": -200, "ira/BOND": 200}


def test_a_menu_without_the_class_leaves_the_correction_to_others():
    home = household(joint(lot("a", dollars=1500)), ira(lot("b", dollars=1500), kind="401k", menu=["STOCK"]))
    assert routed(home) == {"joint/a": -1200, "joint/BOND": 1200}


# -- on to the target -------------------------------------------------------------------------------------------------


def test_sheltered_lots_and_losses_go_on_to_the_target():
    """Stock is 3,000 of 4,000: its band ends at 2,400, its target is 2,000."""
    home = household(joint(lot("a", dollars=1500)), ira(lot("b", dollars=1500), lot("c", "BOND")))
    assert routed(home, "small") == {"ira/b": -1000, "ira/BOND": 1000}
    home = household(joint(lot("gain", dollars=1500), lot("loss", "EQUITY", 1500, basis=110), lot("c", "BOND")))
    assert routed(home, "small") == {"joint/loss": -1000, "joint/BOND": 1000}


def test_gains_are_taxed_only_as_far_as_the_band():
    """600 bring stock to its band, 1,000 to its target."""
    lots = lot("gain", dollars=2800), lot("loss", "EQUITY", 200, basis=110), lot("c", "BOND")
    assert routed(household(joint(*lots)), "small") == {"joint/loss": -200, "joint/gain": -400, "joint/BOND": 600}
    lots = lot("gain", dollars=2200), lot("loss", "EQUITY", 800, basis=110), lot("c", "BOND")
    assert routed(household(joint(*lots)), "small") == {"joint/loss": -800, "joint/BOND": 800}


def test_a_class_in_its_band_is_raised_only_by_what_must_move():
    """Bonds at 1,000 of 10,000 are below their band; stock at 9,000 is inside its own. Bonds go to 2,000."""
    targets = [
        {"asset_class": "stock", "weight": 0.8, "lower": 0.5, "upper": 0.95},
        {"asset_class": "bond", "weight": 0.2, "lower": 0.12, "upper": 0.5},
    ]
    home = household(ira(lot("b", dollars=9000), lot("c", "BOND", 1000)), targets=targets)
    assert routed(home, "small") == {"ira/b": -1000, "ira/BOND": 1000}
    inside = household(ira(lot("b", dollars=8700), lot("c", "BOND", 1300)), targets=targets)
    assert routed(inside, "small") == {}
    assert routed(inside, "exact") == {"ira/b": -700, "ira/BOND": 700}


def test_fresh_money_is_invested_though_cash_is_in_its_band():
    home = household(joint(lot("a"), contribution=15), ira(lot("c", "BOND")))
    assert routed(home) == {}
    assert routed(home, "small") == {"joint/BOND": 7.5, "joint/STOCK": 7.5}


def test_cash_is_raised_from_every_class_above_its_target():
    """Of 3,100, stock is 550 above its target and bonds 450."""
    home = household(ira(lot("stock", dollars=2100), lot("bond", "BOND", 2000), withdrawal=1000))
    assert routed(home, "small") == {"ira/stock": -550, "ira/bond": -450}


# -- wash sales --------------------------------------------------------------------------------------------------------


def alike(home, *symbols):
    """The household with these securities substantially identical."""
    group = dict.fromkeys(symbols, symbols[0])
    funds = [s.model_copy(update={"identity_group": group.get(s.symbol, s.symbol)}) for s in home.securities]
    return home.model_copy(update={"securities": tuple(funds)})


def test_what_was_bought_is_not_harvested():
    """The IRA's cash buys stock; joint's loss is in a bond of the same identity group."""
    home = household(joint(lot("loss", "BOND", 3000, basis=110), lot("gain", "BILLS", 3000)), ira(cash=100))
    assert "joint/loss" in routed(home)
    traded = routed(alike(home, "BOND", "STOCK"))
    assert traded["ira/STOCK"] == 100
    assert "joint/loss" not in traded
    assert traded["joint/gain"] < 0


def test_what_was_harvested_is_not_bought():
    """The bond identical to the stock sold would be the first choice, because it is held."""
    home = household(joint(lot("loss", basis=110), lot("c", "BOND", 10)))
    assert list(routed(home)) == ["joint/loss", "joint/BOND"]
    assert list(routed(alike(home, "BOND", "STOCK"))) == ["joint/loss", "joint/BILLS"]


def test_a_loss_is_left_alone_where_its_group_was_just_bought_for_another():
    """There are two losses in stock; the second is identical to the bond that is bought after the first."""
    funds = {"A": "stock", "B": "stock", "C": "bond", "D": "bond"}
    lots = lot("first", "A", basis=300), lot("second", "B", basis=110)
    home = household(joint(*lots), funds=funds, stock=0.2, band=0.1)
    assert list(routed(home)) == ["joint/first", "joint/second", "joint/C"]
    assert list(routed(alike(home, "B", "C"))) == ["joint/first", "joint/C"]


def test_nothing_is_sold_at_a_loss_or_bought_in_a_wash_window():
    sold = {"account": "joint", "symbol": "BOND", "side": "sell", "date": TODAY, "quantity": 1, "gain": -1}
    bought = {"account": "joint", "symbol": "STOCK", "side": "buy", "date": TODAY, "quantity": 1}
    home = household(joint(lot("loss", basis=110), lot("gain", "EQUITY")), recent_trades=[sold, bought])
    assert routed(home) == {"joint/gain": -800, "joint/BILLS": 800}


# -- cash --------------------------------------------------------------------------------------------------------------


def test_a_withdrawal_sells_losses_then_long_gains_then_short_ones():
    lots = lot("short", days=100), lot("long"), lot("loss", "BOND", basis=110), lot("rest", "BOND", 1000, days=100)
    home = household(joint(*lots, withdrawal=2500))
    assert list(routed(home))[:3] == ["joint/short", "joint/long", "joint/loss"]
    home = household(joint(*lots, withdrawal=1500), targets=_wide())
    assert routed(home) == {"joint/loss": -1000, "joint/long": -500}


def _wide():
    return [{"asset_class": c, "weight": 0.5, "lower": 0, "upper": 1} for c in ("stock", "bond")]


def test_cash_is_raised_from_overweight_classes_first():
    lots = lot("bond", "BOND", basis=90), lot("stock", dollars=3000, basis=10)
    assert routed(household(joint(*lots, withdrawal=500), targets=_wide())) == {"joint/stock": -500}


def test_a_minimum_is_raised_in_its_own_account():
    home = household(joint(lot("a"), cash=9000), ira(lot("b"), minimum_cash=300), targets=_wide())
    assert routed(home)["ira/b"] == -300


def test_a_debit_is_covered():
    assert routed(household(joint(lot("a"), cash=-250), targets=_wide())) == {"joint/a": -250}


# -- funds of several classes ------------------------------------------------------------------------------------------


def test_a_fund_is_not_sold_to_buy_itself():
    """Only the one fund holds bonds: selling it for its stock to buy it for its bonds would pay tax for no benefit."""
    home = household(joint(lot("a", "MIX", 9000)), funds={"MIX": {"stock": 0.5, "bond": 0.5}}, stock=0.2, band=0.1)
    assert routed(home) == {}
