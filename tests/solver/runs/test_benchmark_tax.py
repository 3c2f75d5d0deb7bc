"""The benchmark of the tax: what exactness saves, in figures checked by hand, with nothing left out."""

import json
from datetime import date
from itertools import islice

import pytest

from lotroute.fixtures.generator import generate
from lotroute.models import Household, Policy, later_years, marginal_rates
from lotroute.solver import Finding, solve
from lotroute.solver.accounting.books import Books
from lotroute.solver.runs.benchmarks import report as report_of_runs
from lotroute.solver.runs.benchmarks import tax as benchmark_tax
from lotroute.solver.runs.benchmarks.tax import Case, TaxReport, flattened, measure, run

TAX = {"later_short_rate": 0, "later_long_rate": 0}


def overweight(taxpayer, basis):
    """$1,000,000 with $20,000 too much stock, in a lot at a long-term gain that may be sold; the other stock is kept.

    Drift costs 0.04 a dollar in both classes. Nothing else has a price.
    """
    lots = [
        {"id": "free", "symbol": "STK", "quantity": 200, "basis_per_share": basis, "acquired": date(2020, 1, 2)},
        {"id": "kept", "symbol": "STK", "quantity": 5200, "basis_per_share": 100, "acquired": date(2020, 1, 2)},
        {"id": "bonds", "symbol": "BND", "quantity": 4600, "basis_per_share": 100, "acquired": date(2020, 1, 2)},
    ]
    exposures = {"STK": "stock", "BND": "bond"}
    return Household(
        id="overweight",
        trade_date=date(2026, 6, 15),
        taxpayer={"filing_status": "married_jointly", "year": 2026, **taxpayer},
        accounts=[{"id": "joint", "kind": "taxable", "lots": lots}],
        securities=[
            {"symbol": symbol, "price": 100, "exposures": exposure, "half_spread": 0}
            for symbol, exposure in exposures.items()
        ],
        targets=[{"asset_class": name, "weight": 0.5, "lower": 0.48, "upper": 0.52} for name in exposures.values()],
        restrictions=[{"rule": "keep", "account": "joint", "lot": "kept"}],
    )


def case(name="a", **changes):
    plain = {"filing_status": "single", "status": "optimal", "timed_out": False, "seconds": 1.0, "flat_seconds": 0.5}
    compared = {"value": 1e6, "gap": 5.0, "binaries": 4, "saved": 0.0, "saved_parts": {"tax": 0.0}}
    return Case(household=name, **plain | compared | changes)


def report(*cases):
    how = {"seed": 7, "time_limit": 60.0, "versions": {"HiGHS": "1.16.0"}, "cores": 2}
    return TaxReport(households=len(cases), cases=cases, **how)


# -- a household -------------------------------------------------------------------------------------------------------


def test_flat_rates_sell_beyond_the_top_of_the_0_percent_band():
    """The 0 % band ends 10,000 above the taxable income of 88,900. The next $1,000 of gain is not taxed, so at flat
    rates all 20,000 is sold, with no basis, at 15 % on the 10,000 beyond the band. The exact plan sells 10,000 and
    leaves drift of 10,000 in two classes at 0.04.
    """
    policy = Policy(to_target="off")
    home = overweight({"ordinary_income": 32_200 + 98_900 - 10_000}, basis=0)
    assert marginal_rates(home.filer).all_in_long == 0
    found = measure(home, policy=policy)
    assert solve(home, policy).trades[0].gain == pytest.approx(10_000, abs=0.1)
    assert found.saved == pytest.approx(0.15 * 10_000 - 2 * 0.04 * 10_000, abs=0.02)
    assert found.saved_tax == pytest.approx(1500, abs=0.02)
    assert found.saved_bp == pytest.approx(7, abs=0.001)
    assert (found.identical, found.refuted, found.errors, found.touches) == (False, False, (), ("zero_band",))


def test_flat_rates_sell_nothing_where_the_minimum_tax_s_exemption_ends():
    """The exemption ends at 1,280,400 of minimum taxable income, 1,000 above this household's. Up to there a dollar of
    gain costs 0.15 + 0.038 and half a dollar of exemption at 0.28; beyond, it costs 0.188. Selling 20,000 at a gain of
    6,000 saves 1,600 of drift: more than 328 + 940, less than 0.328 of the whole gain.
    """
    income = {"ordinary_income": 632_200, "deduction": 32_200, "minimum_tax_additions": 1_279_400 - 600_000}
    home, policy = overweight(income, basis=70), Policy(**TAX, to_target="off")
    assert marginal_rates(home.filer).all_in_long == pytest.approx(0.328)
    found = measure(home, policy=policy)
    assert solve(home, policy).parts["tax"] == pytest.approx(328 + 940, abs=0.02)
    assert solve(*flattened(home, policy)).trades == ()
    assert found.saved == pytest.approx(1600 - 1268, abs=0.02)
    assert found.saved_parts["drift"] == pytest.approx(1600, abs=0.02)
    assert found.touches == ("investment_tax", "minimum_tax")


def test_far_from_every_kink_flat_rates_make_the_same_plan():
    found = measure(overweight({"ordinary_income": 200_000}, basis=90))
    assert (found.identical, found.saved, found.binaries) == (True, 0, 0)


def test_a_taxpayer_at_flat_rates_is_flat_already():
    home = Household.load("fixtures/must_split.json")
    flat, policy = flattened(home, Policy())
    assert solve(flat, policy).objective == pytest.approx(solve(home).objective, abs=1e-6)


def test_only_this_year_s_tax_is_priced_differently():
    for home in islice(generate(30, 5), 30):
        policy = Policy(targets="after_tax")
        flat, held = flattened(home, policy)
        assert later_years(flat.filer, held) == later_years(home.filer, policy)
        assert marginal_rates(flat.filer).all_in_short == marginal_rates(home.filer).all_in_short
        mine, yours = Books(flat, held), Books(home, policy)
        assert (mine.target_value, mine.forgone, mine.bands) == (yours.target_value, yours.forgone, yours.bands)
        for lot in yours.lots.values():
            days = (home.trade_date - lot.acquired).days if lot.acquired else 0
            if 0 < days <= 365:
                half = yours.price[lot.symbol] / 2
                assert mine.waiting(lot, half) == yours.waiting(lot, half)


def test_what_is_raised_is_counted_and_named(monkeypatch):
    def fail(home, *_, **__):
        if home.taxpayer.rates or home.id == "both":
            raise RuntimeError("no licence")
        return solve(home)

    monkeypatch.setattr(benchmark_tax, "solve", fail)
    home = overweight({"ordinary_income": 200_000}, basis=90)
    found = measure(home)
    assert (found.status, found.saved, found.errors) == ("optimal", None, ("flat: RuntimeError: no licence",))
    found = measure(home.model_copy(update={"id": "both"}))
    assert (found.status, found.saved, len(found.errors)) == ("error", None, 2)


def test_what_an_audit_finds_is_an_error(monkeypatch):
    monkeypatch.setattr(report_of_runs, "audit", lambda household, plan: [Finding("cash", "joint", "a cent short")])
    assert measure(overweight({}, basis=90)).errors[0] == "exact: cash joint: a cent short"


def test_plans_that_break_a_hard_rule_are_not_compared():
    home = overweight({"ordinary_income": 200_000}, basis=90)
    account = home.accounts[0]
    kept = [{"rule": "keep", "account": account.id, "lot": lot.id} for lot in account.lots]
    found = measure(home.with_({f"accounts.{account.id}.withdrawal": 5e5, "restrictions": kept}))
    assert (found.status, found.saved, found.saved_parts) == ("infeasible", None, {})


def test_the_flat_plan_is_never_better_than_the_certificate_allows():
    found = run(20, 3, 10.0)
    assert [each.household for each in found.cases if each.errors] == []
    assert found.refuted() == []
    assert found.counts()["compared"] > 15
    assert found.figures("saved")["mean"] > 0
    assert not any(each.taxpayer.rates for each in generate(40, 3) if each.id in {c.household for c in found.cases})


# -- figures -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("saved", "gap", "refuted"), [(-5.4, 5.0, False), (-5.6, 5.0, True), (9.0, 5.0, False), (-9.0, None, False)]
)
def test_a_certificate_is_refuted_beyond_its_gap_and_rounding(saved, gap, refuted):
    assert case(saved=saved, gap=gap, rounding=0.5).refuted == refuted


def test_figures_are_mean_median_decile_and_ends():
    found = report(
        case("a", saved=0.0, identical=True, touches=("zero_band",)),
        case("b", saved=20.0, saved_parts={"tax": 30.0}, touches=("zero_band", "minimum_tax")),
        case("c", saved=-50.0, saved_parts={"tax": -30.0}, status="feasible", timed_out=True),
        case("d", saved=None, saved_parts={}, status="error", value=None, gap=None, binaries=None, errors=("x",)),
    )
    expected = {"households": 3, "mean": -10.0, "median": 0.0, "p90": pytest.approx(16.0), "least": -50.0, "most": 20.0}
    assert found.figures("saved") == expected
    assert found.figures("saved_tax")["mean"] == 0
    assert found.figures("saved_bp")["most"] == pytest.approx(0.2)
    assert found.figures("seconds")["households"] == 4
    assert report().figures("saved") == {"households": 0}
    counts = {"compared": 3, "identical": 1, "saving": 1, "refuted": 1, "timed_out": 1, "errors": 1}
    touched = {"zero_band": 2, "investment_tax": 0, "minimum_tax": 1, "line_25": 0}
    assert found.counts() == counts | touched
    assert found.refuted() == ["c"]


def test_json_holds_every_case_and_how_it_was_run():
    parts = dict.fromkeys(("tax", "later", "waiting", "drift", "trading", "location", "substitution", "limits"), 1.0)
    cases = case("a", saved=7.0, saved_parts=parts), case("b", saved=None, saved_parts={}, gap=None)
    found = json.loads(json.dumps(report(*cases).as_dict(), allow_nan=False))
    assert [each["household"] for each in found["cases"]] == ["a", "b"]
    assert found["command"] == "lotroute bench tax --households 2 --seed 7"
    assert (found["statuses"], found["refuted"]) == ({"optimal": 2}, [])
    assert (found["figures"]["saved"]["mean"], found["mean_parts"]["tax"]) == (7, 1)


# -- page and command --------------------------------------------------------------------------------------------------


@pytest.fixture
def found():
    parts = dict.fromkeys(("tax", "later", "waiting", "drift", "trading", "location", "substitution", "limits"), 0.0)
    saved = [case(f"s7-{i:05d}", saved=123_456.789, saved_parts=parts | {"tax": -98_765.4}) for i in range(3)]
    return report(*saved, case("worse", saved=-77.0, saved_parts=parts, status="feasible", timed_out=True))


def test_page_is_a_section_that_names_what_is_refuted(found, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Results\n\nOthers wrote this.\n")
    report(case("gone", status="infeasible")).write(page)
    found.write(page)
    text = page.read_text()
    assert text.startswith("# Results\n\nOthers wrote this.\n\n<!-- bench tax")
    assert "gone" not in text
    assert f"lotroute bench tax --households 4 --seed 7 --out {page.as_posix()}" in text
    assert "3 optimal, 1 feasible; the time limit stopped 1. 4 are compared" in text
    assert "the plan at flat rates is better than the certificate allows in: worse." in text
    assert "| objective lower by, $ | 92,573.34 | 123,456.79 | 123,456.79 | -77.00 | 123,456.79 | 4 |" in text
    assert "| mean by part | tax | money | penalties |\n" in text
    assert "| worse | feasible (time limit) | 5.00 | -77.00 | 1.0 | the certificate is refuted |" in text


@pytest.fixture
def bench(run, monkeypatch, found):
    asked = []
    monkeypatch.setattr(benchmark_tax, "run", lambda *arguments: asked.append(arguments[:3]) or found)
    return lambda *arguments: (*run("bench", "tax", *arguments), asked)


def test_command_prints_tables_that_fit_a_terminal(bench, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    code, out, _, asked = bench("--households", 4, "--seed", 7, "--time-limit", 9)
    assert (code, asked) == (0, [(4, 7, 9.0)])
    assert max(map(len, out.splitlines())) <= 100
    for words in ("123,456.79", "90th percentile", "seconds, flat rates", "worse", "(worksheet line 25)"):
        assert words in out
    assert "…" not in out


def test_command_prints_json_and_writes_the_page(bench, tmp_path):
    code, out, _, asked = bench("--json", "--out", tmp_path / "results.md")
    assert (code, asked) == (0, [(500, 0, 60.0)])
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
