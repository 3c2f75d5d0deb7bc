"""The benchmark of the speed: its cases, what counts as seconds, its rows and its tables."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from lotroute.fixtures.generator import Size, generate
from lotroute.solver.app.cli import app
from lotroute.solver.runs.benchmarks import speed, speed_report
from lotroute.solver.runs.benchmarks.speed import Asked, Case, Results, Row, Throughput, growth, measure, timed
from lotroute.solver.runs.benchmarks.speed_cases import CASES, SLEEVES, many_funds

KEYS = [
    *("case", "seed", "whole_shares", "lots", "groups", "fractional", "nodes"),
    *("seconds", "search_seconds", "highs_seconds", "textbook_seconds", "greedy_seconds", "root_seconds"),
    *("objective", "bound", "gap_bp", "textbook_objective", "textbook_gap_bp", "speedup"),
]

LOTS = {
    "funds": (150, 175),
    "sleeve100": (600, 800),
    "sleeve500": (3_500, 4_500),
    "sleeve1500": (11_000, 13_000),
    "sleeve3000": (55_000, 65_000),
    "onefund": (5_000, 5_010),
}


def lots_of(household):
    return [lot for account in household.accounts for lot in account.lots]


def row(name="sleeve100", lots=700, seconds=1.0, **changes):
    how = {"seed": 0, "whole_shares": False, "lots": lots, "groups": 60, "fractional": 3, "nodes": 7}
    how |= {"seconds": seconds, "search_seconds": 0.2, "highs_seconds": 0.8, "textbook_seconds": 20.0}
    how |= {"greedy_seconds": 0.01, "root_seconds": 0.1, "objective": -500.0, "bound": -501.0, "gap_bp": 0.01}
    how |= {"textbook_objective": -499.0, "textbook_gap_bp": 0.05, "speedup": 20.0 / seconds}
    return Row(case=name, **how | changes)


def case(**changes):
    return Case(row(**changes), dict.fromkeys(speed_report.STAGES, 0.25))


def small(seed, *, whole_shares):
    """A household like those of `funds`, but small."""
    (household,) = generate(1, seed, Size(accounts=3, funds=12, lots=25))
    return household


# -- the cases ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_as_large_as_its_name_says_and_the_same_again(name):
    household = CASES[name](1, whole_shares=False)
    fewest, most = LOTS[name]
    assert fewest <= len(lots_of(household)) <= most
    assert not any(account.whole_shares for account in household.accounts)
    if name != "sleeve3000":
        assert household == CASES[name](1, whole_shares=False)
    assert household.id != CASES[name](2, whole_shares=False).id


@pytest.mark.parametrize("name", [name for name in CASES if name != "sleeve3000"])
def test_whole_shares_are_the_same_household_without_fractions(name):
    household, whole = (CASES[name](0, whole_shares=each) for each in (False, True))
    (first, *_), (same, *_) = household.accounts, whole.accounts
    assert (whole.id, same.whole_shares, same.kind) == (household.id, True, first.kind)
    assert all(lot.quantity % 1 == 0 for account in whole.accounts if account.whole_shares for lot in account.lots)
    price = {each.symbol: each.price for each in household.securities}
    assert price == {each.symbol: each.price for each in whole.securities}
    value, same_value = (sum(lot.quantity * price[lot.symbol] for lot in lots_of(each)) for each in (household, whole))
    assert same_value == pytest.approx(value, rel=0.02)


def test_funds_are_five_accounts_and_24_securities():
    for household in many_funds(10):
        assert (len(household.accounts), len(household.securities)) == (5, 24)
    assert len({household.id for household in many_funds(10)}) == 10


@pytest.mark.parametrize("name", SLEEVES[:2])
def test_sleeves_are_beside_an_ira_and_a_roth_with_bands_of_sectors_and_beta(name):
    household = CASES[name](0, whole_shares=False)
    assert [account.kind for account in household.accounts] == ["taxable", "traditional", "roth"]
    factors = {target.factor for target in household.factor_targets}
    assert "beta" in factors
    assert len(factors) > 8


def test_one_fund_has_recent_trades_and_a_scheduled_purchase():
    household = CASES["onefund"](0, whole_shares=False)
    taxable = household.accounts[0]
    assert {lot.symbol for lot in taxable.lots} == {household.scheduled_buys[0].symbol}
    recent = [trade for trade in household.recent_trades if (household.trade_date - trade.date).days <= 30]
    assert sum(trade.side == "buy" for trade in recent) > 10
    assert any(trade.side == "sell" and trade.gain < 0 for trade in recent)
    price = household.security[taxable.lots[0].symbol].price
    assert 0.1 < sum(lot.basis_per_share > price for lot in taxable.lots) / len(taxable.lots) < 0.95


# -- what is measured --------------------------------------------------------------------------------------------------


def test_a_row_has_every_key_and_solves_that_agree(monkeypatch):
    monkeypatch.setitem(CASES, "funds", small)
    found = measure("funds", 0, Asked(), whole_shares=False)
    data = json.loads(json.dumps(speed.asdict(found.row), allow_nan=False))
    assert list(data) == KEYS
    assert found.status == "optimal"
    assert data["bound"] <= data["textbook_objective"] + 0.05
    assert data["textbook_gap_bp"] <= 0.1
    assert data["speedup"] == data["textbook_seconds"] / data["seconds"]
    assert sum(found.stages.values()) == pytest.approx(data["seconds"], rel=0.5)
    assert data["fractional"] >= 0
    assert data["lots"] == len(lots_of(small(0, whole_shares=False)))


def test_what_is_left_out_is_empty(monkeypatch):
    monkeypatch.setitem(CASES, "funds", small)
    found = measure("funds", 0, Asked(textbook=False, highs=False), whole_shares=False).row
    assert (found.highs_seconds, found.textbook_seconds, found.textbook_objective, found.speedup) == (None,) * 4


def test_a_short_solve_is_measured_three_times_and_the_least_counts(monkeypatch):
    clock = iter([0.0, 0.4, 1.0, 1.1, 2.0, 2.3, 5.0, 9.0])
    monkeypatch.setattr(speed, "process_time", lambda: next(clock))
    made = iter("abcd")
    assert timed(lambda: next(made)) == ("a", pytest.approx(0.1))
    assert timed(lambda: next(made)) == ("d", 4.0), "a long one is measured once"


def test_growth_is_the_exponent_of_the_seconds_in_the_lots():
    cases = [case(lots=lots, seconds=2e-4 * lots**1.3) for lots in (700, 4_000, 12_000, 60_000)]
    assert growth(cases) == pytest.approx(1.3)
    assert growth(cases[:1]) is None


def test_throughput_counts_households_and_accounts():
    households = many_funds(2)
    found = speed.throughput(households)
    assert found.accounts_per_second == pytest.approx(5 * found.households_per_second)
    assert list(found.as_dict()) == ["case", "households_per_second", "accounts_per_second"]


# -- tables and command ------------------------------------------------------------------------------------------------


def printed(results, tmp_path):
    page = tmp_path / "page.md"
    speed_report.section(results).write(page)
    return page.read_text()


def test_tables_have_medians_ratios_and_what_ran_into_the_limit(tmp_path):
    late = replace(case(seed=2, seconds=3.0, textbook_seconds=60.0), textbook_timed_out=True)
    cases = [case(seconds=1.0), case(seed=1, seconds=2.0), late, case(name="funds", lots=150, highs_seconds=None)]
    text = printed(Results(Asked(("funds", "sleeve100")), cases, Throughput(40.0, 200.0)), tmp_path)
    assert "| sleeve100 | 700 | 2.00 | 0.250 | 0.250 | 0.250 | 0.250 | 0.0100 |" in text
    assert "| sleeve100 | 0.100 | 0.200 | 0.800 | 20.0+ | 10.0+ | 20.0 | 4.00 |" in text
    assert "| funds | 0.100 | 0.200 |  | 20.0 | 20.0 | 10.0 |  |" in text
    assert "40.0 a second, 200 accounts" in text
    assert "lotroute bench speed --case funds --case sleeve100 --out" in text
    assert text.index("| funds |") < text.index("| sleeve100 |")


def test_what_is_not_optimal_is_listed(tmp_path):
    cases = [case(), replace(case(seed=1, gap_bp=2.5), status="feasible")]
    text = printed(Results(Asked(("sleeve100",)), cases), tmp_path)
    assert "| sleeve100, seed 1 | feasible | 2.5000 |" in text


def test_the_command_prints_a_row_a_line(monkeypatch):
    monkeypatch.setitem(CASES, "funds", small)
    monkeypatch.setattr(speed, "many_funds", lambda count: many_funds(1))
    asked = ["bench", "speed", "--case", "funds", "--case", "throughput", "--seeds", "1", "--no-textbook", "--json"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [list(line) for line in lines[:2]] == [KEYS, KEYS]
    assert [(line["case"], line.get("whole_shares")) for line in lines] == [
        ("funds", False),
        ("funds", True),
        ("throughput", None),
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["speed", "--case", "sleeve7"], "sleeve100"),
        (["speed", "--households", "3"], "--seeds"),
        (["tax", "--seeds", "2"], "bench speed"),
        (["tax", "--no-textbook"], "bench speed"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, words):
    result = CliRunner().invoke(app, ["bench", *options])
    assert result.exit_code == 2
    assert words in result.output.replace("\n", " ")
