"""The benchmark of wash sales: dollars checked by hand, and no wash sale in the household-wide plan."""

import json
from datetime import date, timedelta

import pytest

from lotroute.fixtures.generator import generate
from lotroute.fixtures.trading import trade_heavily
from lotroute.models import Household, Policy
from lotroute.solver import Finding, solve
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.orders import Order
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.runs.benchmarks import report as report_of_runs
from lotroute.solver.runs.benchmarks import wash_sales as benchmark_wash
from lotroute.solver.runs.benchmarks.wash_sales import Case, WashCount, WashSaleReport, measure, run, wash_count
from lotroute.solver.runs.benchmarks.without_wash_rules import account_by_account, without_wash_rules, without_windows

TODAY = date(2026, 6, 15)
NO_LATER = Policy(later_short_rate=0, later_long_rate=0)


def lot(symbol, quantity, basis=100, acquired=date(2020, 1, 2), name=None):
    name = name or f"{symbol} {quantity}"
    return {"id": name, "symbol": symbol, "quantity": quantity, "basis_per_share": basis, "acquired": acquired}


def household(accounts, weights=None, **fields):
    """Accounts of two stock funds (STK, ALT) and a bond fund at $100, without spreads. Bands have no width, so a dollar
    off target costs 0.04 in each of two classes.
    """
    exposures = {"STK": "stock", "ALT": "stock", "BND": "bond"}
    plain = {
        "id": "by hand",
        "trade_date": TODAY,
        "taxpayer": {"filing_status": "married_jointly", "year": 2026, "ordinary_income": 200_000},
        "securities": [
            {"symbol": symbol, "price": 100, "exposures": name, "half_spread": 0} for symbol, name in exposures.items()
        ],
        "targets": [
            {"asset_class": name, "weight": weight, "lower": weight, "upper": weight}
            for name, weight in (weights or {"stock": 0.5, "bond": 0.5}).items()
        ],
    }
    return Household(accounts=accounts, **plain | fields)


def across(*, ira=("BND",), **fields):
    """The joint account is all stock at a loss of 20 a share; the IRA holds other funds. ALT may not be bought."""
    accounts = [
        {"id": "joint", "kind": "taxable", "lots": [lot("STK", 1000, 120)]},
        {"id": "ira", "kind": "traditional", "lots": [lot(symbol, 1000 // len(ira)) for symbol in ira]},
    ]
    return household(accounts, restrictions=[{"rule": "no_buy", "symbol": "ALT"}], **fields)


def recent(account, side, quantity, days, **fields):
    day = TODAY - timedelta(days)
    return {"account": account, "symbol": "STK", "side": side, "date": day, "quantity": quantity, **fields}


def counted(home, *orders):
    return wash_count(Books(home, Policy()), orders)


SELL = Order("joint", "STK", "sell", 500, "STK 1000")


# -- by hand -----------------------------------------------------------------------------------------------------------


def test_the_ira_buys_what_the_joint_account_sells_at_a_loss():
    """Each account on its own goes to half stock: joint sells 500 shares at a loss of 20, and the IRA buys 500."""
    found = measure(across())
    assert found.washed["accounts"] == WashCount(sales=1, earlier=0, lost=pytest.approx(10_000), deferred=0)
    assert found.washed["household"] == WashCount()
    assert (found.errors, found.failed, found.refuted) == ((), False, False)


def test_another_taxable_account_defers_the_loss():
    home = across()
    other = home.accounts[1].model_copy(update={"kind": "taxable"})
    found = measure(home.model_copy(update={"accounts": (home.accounts[0], other)}))
    assert found.washed["accounts"] == WashCount(sales=1, earlier=0, lost=0, deferred=pytest.approx(10_000))
    assert found.washed["household"] == WashCount()


def test_what_the_ira_bought_lately_or_will_buy_replaces_a_loss_that_the_joint_account_takes():
    home = across(recent_trades=[recent("ira", "buy", 30, 10)])
    assert counted(home, SELL) == WashCount(sales=1, lost=600)
    scheduled = {"account": "ira", "symbol": "STK", "date": TODAY + timedelta(30), "quantity": 12.5}
    assert counted(across(scheduled_buys=[scheduled]), SELL) == WashCount(sales=1, lost=250)
    late = scheduled | {"date": TODAY + timedelta(31)}
    assert counted(across(scheduled_buys=[late]), SELL) == WashCount()
    to_the_band = Policy(to_target="off")
    washed = measure(across(ira=("STK", "BND"), scheduled_buys=[scheduled]), policy=to_the_band).washed
    assert washed["household"] == WashCount()
    assert washed["accounts"] == WashCount(sales=1, lost=pytest.approx(250))
    # without rules it makes no difference whether the joint account buys back 500 shares, or 1,000 for the IRA's 500
    assert washed["unruled"] in (
        WashCount(sales=1, deferred=pytest.approx(10_000), lost=pytest.approx(250)),
        WashCount(sales=1, deferred=pytest.approx(20_000)),
    )


def test_an_earlier_loss_counts_as_far_as_the_plan_s_purchase_replaces_it():
    home = across(recent_trades=[recent("joint", "sell", 40, 10, gain=-800)])
    buy = Order("ira", "STK", "buy", 25)
    assert counted(home, buy) == WashCount(sales=1, earlier=1, lost=500)
    assert counted(home, SELL, buy) == WashCount(sales=1, earlier=1, lost=500)
    both = counted(home, SELL, Order("ira", "STK", "buy", 50))
    assert both == WashCount(sales=2, earlier=1, lost=800 + 200)
    deferred = counted(home, Order("joint", "STK", "buy", 25))
    assert deferred == WashCount(sales=1, earlier=1, deferred=500)


def test_what_scheduled_purchases_disallow_anyway_is_not_the_plan_s():
    ahead = {"account": "ira", "symbol": "STK", "date": TODAY + timedelta(5), "quantity": 40}
    home = across(recent_trades=[recent("joint", "sell", 40, 10, gain=-800)], scheduled_buys=[ahead])
    assert counted(home) == WashCount()
    assert counted(home, Order("ira", "STK", "buy", 25)) == WashCount()
    joint = home.model_copy(
        update={"scheduled_buys": (home.scheduled_buys[0].model_copy(update={"account": "joint"}),)}
    )
    assert counted(joint) == WashCount()
    assert counted(joint, Order("ira", "STK", "buy", 25)) == WashCount(sales=1, earlier=1, lost=500)


def test_trades_of_other_securities_and_gains_are_no_wash_sales():
    home = across(ira=("STK", "BND"))
    assert counted(home, SELL, Order("ira", "ALT", "buy", 500)) == WashCount()
    gain = home.model_copy(
        update={
            "accounts": (
                home.accounts[0].model_copy(
                    update={"lots": (home.accounts[0].lots[0].model_copy(update={"basis_per_share": 80}),)}
                ),
                home.accounts[1],
            )
        }
    )
    assert counted(gain, SELL, Order("ira", "STK", "buy", 500)) == WashCount()


# -- the price ---------------------------------------------------------------------------------------------------------


def at_target(**fields):
    """A loss of 20,000 that would save 15 % on a realized long-term gain; both classes are at their targets."""
    taxpayer = {"filing_status": "married_jointly", "year": 2026, "ordinary_income": 200_000, "realized_long": 50_000}
    lots = [lot("STK", 1000, 120), lot("BND", 1000)]
    accounts = [{"id": "joint", "kind": "taxable", "lots": lots}, {"id": "ira", "kind": "traditional", "lots": []}]
    return household(accounts, taxpayer=taxpayer, **fields)


def test_the_price_is_a_harvest_that_needs_the_same_fund_again():
    home = at_target(restrictions=[{"rule": "no_buy", "symbol": "ALT"}])
    found = measure(home, policy=NO_LATER)
    assert found.price == pytest.approx(0.15 * 20_000, abs=0.1)
    assert found.price_of_windows == pytest.approx(0, abs=0.1)
    assert found.washed["unruled"] == WashCount(sales=1, deferred=pytest.approx(20_000))
    assert found.price_bp == pytest.approx(150, abs=0.01)
    assert found.errors == ()


def test_another_fund_makes_the_rule_free_until_a_window_is_open():
    assert measure(at_target(), policy=NO_LATER).price == pytest.approx(0, abs=0.1)
    found = measure(at_target(recent_trades=[recent("ira", "buy", 1000, 30)]), policy=NO_LATER)
    assert found.price == pytest.approx(3000, abs=0.1)
    assert found.price_of_windows == pytest.approx(3000, abs=0.1)
    assert measure(at_target(recent_trades=[recent("ira", "buy", 1000, 31)]), policy=NO_LATER).price == pytest.approx(
        0, abs=0.1
    )


def test_windows_go_and_dates_stay():
    for home in generate(4, 3):
        heavy = trade_heavily(home, 3)
        loose = without_windows(heavy)
        assert (loose.recent_trades, loose.scheduled_buys) == ((), ())
        assert not any(account.reinvests for account in loose.accounts)
        left, before = (
            sum(row in ("W1", "W6") for row in build_problem(each, Policy()).lots.blocked) for each in (loose, heavy)
        )
        assert left < before / 4
        for mine, yours in zip(loose.accounts, heavy.accounts, strict=True):
            if not yours.taxable:
                continue
            assert [each.acquired for each in mine.lots] == [each.acquired for each in yours.lots]


def test_a_twin_is_bought_in_a_security_s_stead():
    rows = [{"rule": "do_not_hold", "symbol": "BND"}, {"rule": "no_buy", "symbol": "STK", "account": "ira"}]
    named = [{"symbol": "ALT", "weight": 0.1}]
    home = across(security_targets=named)
    accounts = (home.accounts[0], home.accounts[1].model_copy(update={"menu": ("STK", "BND", "ALT")}))
    home = Household.model_validate(
        home.model_copy(update={"accounts": accounts}).model_dump(exclude_none=True) | {"restrictions": rows}
    )
    loose, twins = without_wash_rules(home)
    assert twins == {"STK": "STK+", "BND": "BND+"}
    assert loose.account["ira"].menu == ("STK", "BND", "ALT", "STK+", "BND+")
    barred = {(row.symbol, row.account) for row in loose.restrictions if row.rule == "no_buy"}
    assert barred == {("STK", "ira"), ("BND+", None), ("STK+", "ira"), ("STK", None), ("BND", None)}
    Household.model_validate(loose.model_dump(exclude_none=True))


def test_an_account_on_its_own_sees_nothing_of_the_others():
    trades = [recent("joint", "sell", 5, 3, gain=-1), recent("ira", "buy", 5, 3)]
    ahead = [{"account": "ira", "symbol": "STK", "date": TODAY}]
    rows = [{"rule": "keep", "account": "ira", "lot": "BND 1000"}, {"rule": "no_buy", "symbol": "ALT"}]
    home = across(recent_trades=trades, scheduled_buys=ahead)
    whole = Household.model_validate(home.model_dump(exclude_none=True) | {"restrictions": rows})
    joint, ira = account_by_account(whole)
    assert [each.account for each in joint.recent_trades] == ["joint"]
    assert (joint.scheduled_buys, len(ira.scheduled_buys), len(joint.restrictions)) == ((), 1, 1)
    assert (joint.taxpayer, joint.targets) == (whole.taxpayer, whole.targets)
    for each in (joint, ira):
        Household.model_validate(each.model_dump(exclude_none=True))


# -- generated households ----------------------------------------------------------------------------------------------


def test_heavy_trading_is_determined_by_its_seed_and_is_of_every_kind():
    homes = list(generate(6, 11))
    heavy = [trade_heavily(home, 11) for home in homes]
    assert heavy == [trade_heavily(home, 11) for home in homes]
    assert heavy != [trade_heavily(home, 12) for home in homes]
    for home, more in zip(homes, heavy, strict=True):
        assert {*home.recent_trades} <= {*more.recent_trades}
        assert more.scheduled_buys[: len(home.scheduled_buys)] == home.scheduled_buys
        assert more.targets == home.targets
    trades = [(home.account[each.account].taxable, each.side) for home in heavy for each in home.recent_trades]
    assert {*trades} == {(taxable, side) for taxable in (True, False) for side in ("buy", "sell")}
    assert any(each.gain is not None and each.gain < 0 for home in heavy for each in home.recent_trades)
    assert any(each.quantity for home in heavy for each in home.scheduled_buys)
    assert any(account.reinvests for home in heavy for account in home.accounts)


def test_no_generated_household_s_own_plan_has_a_wash_sale():
    found = run(3, 5, 20.0)
    assert [each.errors for each in found.cases] == [()] * 3
    assert found.washed("household") == dict.fromkeys(found.washed("household"), 0) | {"households": 3}
    assert found.washed("accounts")["sales"] > 0
    assert found.counts()["refuted"] == 0
    assert found.counts()["compared"] == 3


def test_what_is_raised_or_found_is_counted_and_named(monkeypatch):
    def fail(home, *_, **__):
        if home.account.keys() == {"ira"}:
            raise RuntimeError("no licence")
        return solve(home)

    monkeypatch.setattr(benchmark_wash, "solve", fail)
    found = measure(across())
    assert (found.errors, {*found.washed}) == (
        ("account ira: RuntimeError: no licence",),
        {"household", "unruled"},
    )
    monkeypatch.setattr(benchmark_wash, "solve", solve)
    monkeypatch.setattr(report_of_runs, "audit", lambda home, plan: [Finding("cash", "joint", "a cent short")])
    assert measure(across()).errors[0] == "household: cash joint: a cent short"
    monkeypatch.setattr(benchmark_wash, "solve", lambda *_, **__: 1 / 0)
    found = measure(across())
    assert (found.status, found.washed, found.price, len(found.errors)) == ("error", {}, None, 5)


# -- figures, page and command -----------------------------------------------------------------------------------------


def case(name="a", **changes):
    plain = {"accounts": 2, "lots": 9, "status": "optimal", "timed_out": False, "seconds": 1.0, "value": 1e6}
    washing = {"household": WashCount(), "accounts": WashCount(2, 1, 100.0, 30.0), "unruled": WashCount(1, 0, 0.0, 5.0)}
    compared = {"objective": 1.0, "gap": 2.0, "washed": washing, "price": 0.0, "price_of_windows": 0.0, "slack": 3.0}
    return Case(household=name, **plain | compared | changes)


def report(*cases):
    how = {"seed": 7, "time_limit": 60.0, "versions": {"HiGHS": "1.16.0"}, "cores": 2}
    return WashSaleReport(households=len(cases), cases=cases, **how)


@pytest.fixture
def found():
    return report(
        case("a", price=10.0),
        case("b", price=123_456.789, price_of_windows=-2.9),
        case("c", price=-3.1, washed={"household": WashCount(1, 0, 7.0, 0.0)}, status="feasible", timed_out=True),
        case("d", status="error", value=None, gap=None, washed={}, price=None, price_of_windows=None, errors=("x",)),
    )


def test_figures_are_sums_means_and_ends(found):
    sums = {"households": 2, "washing": 2, "sales": 4, "earlier": 2, "lost": 200, "deferred": 60}
    assert found.washed("accounts") == sums | {"most_lost": 100, "most_deferred": 30}
    assert found.washed("household")["sales"] == 1
    prices = found.figures("price")
    assert (prices["households"], prices["median"], prices["least"]) == (3, 10.0, -3.1)
    assert prices["p90"] == pytest.approx(0.2 * 10 + 0.8 * 123_456.789)
    assert found.figures("price_bp")["most"] == pytest.approx(1234.56789)
    assert found.counts() == {"compared": 3, "paying": 2, "timed_out": 1, "washing": 1, "refuted": 1, "errors": 1}
    assert report().figures("price") == {"households": 0}


def test_json_holds_every_case_and_how_it_was_run(found):
    told = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert [each["household"] for each in told["cases"]] == ["a", "b", "c", "d"]
    assert told["cases"][0]["washed"]["accounts"] == {"sales": 2, "earlier": 1, "lost": 100.0, "deferred": 30.0}
    assert told["command"] == "lotroute bench wash --households 4 --seed 7"
    assert (told["statuses"]["optimal"], told["washed"]["accounts"]["lost"]) == (2, 200)


def test_page_is_a_section_that_names_what_is_wrong(found, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Results\n\nOthers wrote this.\n")
    report(case("elsewhere", status="infeasible")).write(page)
    found.write(page)
    text = page.read_text()
    assert text.startswith("# Results\n\nOthers wrote this.\n\n<!-- bench wash")
    assert "elsewhere" not in text
    assert f"lotroute bench wash --households 4 --seed 7 --out {page.as_posix()}" in text
    assert "2 optimal, 1 feasible, 1 error; the time limit stopped 1; errors in 1." in text
    assert "The household-wide plan has a wash sale in: c;" in text
    assert "| account by account | 2 | 4 | 2 | 200.00 | 60.00 | 2 |" in text
    assert "| c | feasible (time limit) | 2.00 | -3.10 | 1.0 | it has wash sales; the price is refuted |" in text


@pytest.fixture
def bench(run, monkeypatch, found):
    asked = []
    monkeypatch.setattr(benchmark_wash, "run", lambda *arguments: asked.append(arguments[:3]) or found)
    return lambda *arguments: (*run("bench", "wash", *arguments), asked)


def test_command_prints_tables_that_fit_a_terminal(bench, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    code, out, _, asked = bench("--households", 4, "--seed", 7, "--time-limit", 9)
    assert (code, asked) == (0, [(4, 7, 9.0)])
    assert max(map(len, out.splitlines())) <= 100
    for words in ("123,456.79", "90th percentile", "account by account", "it has wash sales"):
        assert words in out
    assert "…" not in out


def test_command_prints_json_and_writes_the_page(bench, tmp_path):
    code, out, _, asked = bench("--json", "--out", tmp_path / "results.md")
    assert (code, asked) == (0, [(200, 0, 60.0)])
    assert len(json.loads(out)["cases"]) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["results.md"]


def test_sleeves_are_not_asked_for(bench):
    code, _, err, asked = bench("--sleeves", 3)
    assert (code, asked) == (1, [])
    assert "--sleeves" in err


def test_a_report_without_households_is_printed(capsys):
    from rich.console import Console

    report().section().print(Console())
    assert "0 households: none" in capsys.readouterr().out
