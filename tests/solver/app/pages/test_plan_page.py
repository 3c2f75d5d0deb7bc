"""The page of one plan: everything that the plan says is on it, once, and nothing that a name could smuggle in."""

import json
import re

import pytest
from html_pages import every, external, number, read, rows, section
from random_households import featured_household, featured_policy

from lotroute.fixtures.generator import generate
from lotroute.fixtures.sleeve import generate_sleeve
from lotroute.models import Filled, Household, Policy, TaxBill
from lotroute.models.plan.statements import MONEY, PARTS
from lotroute.models.plan.trades import Trade
from lotroute.solver import route, solve
from lotroute.solver.app.pages.plan_page import SURE, plan_page

NASTY = """<script>alert("x")</script>'"&<!--"""
TURNED = "\u202eabc"


def made():
    home = Household.load("fixtures/must_split.json")
    yield "must_split", home, Policy(), "default"
    yield "retiree", Household.load("fixtures/retiree.json"), Policy(), "codes"
    yield "sleeve", generate_sleeve(0, 40), Policy(), "codes"
    yield "turnover", home, Policy(limits={"turnover": {"amount": 0.02}}), "default"
    yield from ((f"generated {number}", each, Policy(), "codes") for number, each in enumerate(generate(4, 5)))
    for seed in (0, 3, 5, 8):
        featured = featured_household(seed)
        yield f"featured {seed}", featured, featured_policy(seed, featured), "default"


CASES = {name: (home, policy, explain) for name, home, policy, explain in made()}


@pytest.fixture(scope="module", params=CASES)
def plan(request):
    home, policy, explain = CASES[request.param]
    return solve(home, policy, explain=explain, time_limit=5)


@pytest.fixture(scope="module")
def page(plan):
    return read(plan_page(plan))


def captioned(page, words):
    return next(table for table in page.all("table") if next(table.all("caption")).text.startswith(words))


def test_every_trade_is_a_row_in_its_account_s_table(plan, page):
    tables = list(section(page, "trades").all("table"))
    accounts = list(dict.fromkeys(trade.account for trade in plan.trades))
    assert [heading.text for heading in section(page, "trades").all("h3")] == accounts
    found = [(account, row) for account, table in zip(accounts, tables, strict=True) for row in rows(table)]
    by_account = [trade for account in accounts for trade in plan.trades if trade.account == account]
    assert len(found) == len(by_account) == len(plan.trades)
    for (account, row), trade in zip(found, by_account, strict=True):
        words = account, row["Action"].text.lower(), row["Symbol"].text, row["Lot"].text, row["Term"].text
        assert words == (trade.account, trade.side, trade.symbol, trade.lot or "", trade.term or "")
        assert row["Acquired"].text == ("" if trade.acquired is None else trade.acquired.isoformat())
        figures = [number(row[name]) for name in ("Shares", "Price", "Amount", "Basis", "Gain")]
        assert figures == [trade.quantity, trade.price, abs(trade.proceeds), trade.basis, trade.gain]


def test_every_reason_is_stated(plan, page):
    text = section(page, "trades").text
    for trade in plan.trades:
        words = trade.reason.text or trade.reason.code.replace("_", " ").capitalize()
        assert " ".join(words.split()) in text
        if trade.reason.next_best_costs is not None:
            assert trade.reason.next_best in text


def test_the_worksheet_has_every_line_that_is_not_zero_in_both_bills(plan, page):
    lines = [[number(row[name]) for name in ("Before", "After", "Change")] for row in rows(captioned(page, "The bill"))]
    for field in TaxBill.model_fields:
        before, after = getattr(plan.tax_before, field), getattr(plan.tax_after, field)
        if before or after or field == "total":
            assert [before, after, pytest.approx(after - before, abs=0.001)] in lines, field
    for rate in plan.marginal:
        assert rate.when == "before" or rate.text in section(page, "tax").text


def test_every_statement_of_the_plan_is_on_the_page(plan, page):
    blocked = list(rows(captioned(page, "Lots that may not"))) if plan.blocked else []
    assert len(blocked) == len(plan.blocked)
    for row, item in zip(blocked, plan.blocked, strict=True):
        assert item.symbol in row["What"].text
        assert row["Until"].text == (item.until.isoformat() if item.until else "not known")
        assert row["Why"].text == " ".join(item.text.split())
    windows = list(rows(captioned(page, "Until the day"))) if plan.wash_windows else []
    assert [(row["Symbols"].text, row["Until"].text, row["Because"].text) for row in windows] == [
        (", ".join(each.symbols), each.until.isoformat(), each.cause) for each in plan.wash_windows
    ]
    sentences = [*plan.warnings, *(each.text for each in plan.violations), *(each.text for each in plan.limits)]
    sentences += [each.text for each in plan.waits] + [each.text for each in plan.outside_bands]
    sentences += [each.text for each in plan.loss_statuses if each.state != "allowed"]
    sentences += [each.text for each in plan.money_flows]
    for sentence in sentences:
        assert " ".join(sentence.split()) in page.text


def test_money_of_every_account_adds_up_as_the_page_says(plan, page):
    found = {row["Account"].text: row for row in rows(captioned(page, "Cash before"))}
    assert list(found) == list(plan.cash_after)
    for account, row in found.items():
        cash, into, sold, out, bought, commissions, after = [number(cell) for cell in list(row.values())[1:]]
        assert cash + into + sold - out - bought - commissions == pytest.approx(after, abs=0.005)
        assert after == plan.cash_after[account]


def test_parts_add_up_money_apart_from_penalties(plan, page):
    found = {row["Part"].text: number(row["Dollars"]) for row in rows(captioned(page, "The parts"))}
    for part, dollars in plan.parts.items():
        assert found.get(PARTS[part], 0.0) == dollars
    assert found["in all"] == plan.objective
    charged = sum(dollars for part, dollars in plan.parts.items() if part not in MONEY)
    assert found.get("penalties", 0.0) == pytest.approx(charged, abs=0.001)
    assert found.get("money", plan.objective) == pytest.approx(plan.objective - charged, abs=0.001)
    assert found["the router's plan, in all"] == round(plan.baselines["route"], 2)


def test_a_weight_is_marked_if_its_digits_are_outside_the_digits_of_its_band(plan, page):
    seen = 0
    for table in section(page, "holdings").all("table"):
        for row in rows(table):
            ends = [float(end.replace("−", "-")) for end in re.findall(r"(−?[\d.]+)%", row["Band"].text)]
            for when in ("Before", "After"):
                weight = round(100 * number(row[when]), 6)
                assert ("off" in row[when].classes()) == (not ends[0] <= weight <= ends[1])
                seen += 1
    every_row = [*plan.classes, *plan.factors, *plan.names]
    assert seen >= 2 * len(every_row)


def test_the_picture_is_to_scale(plan, page):
    """Bars are as long as their weights, and the target as far into the band, in units of the band's width."""
    for row, each in zip(rows(captioned(page, "Asset classes")), plan.classes, strict=True):
        bars = [rect.attributes for cell in row.values() for rect in cell.all("rect")]
        band, _, upper, was, now, target = bars[:6]
        start, end = (float(rect["x"][:-1]) for rect in (band, upper))
        assert float(band["width"][:-1]) == pytest.approx(end - start, abs=0.011)
        if end - start < 1:
            continue
        unit = (end - start) / (each.upper - each.lower)
        for percent, weight in (
            (was["width"], abs(each.before) / plan.target_value),
            (now["width"], abs(each.after) / plan.target_value),
            (f"{float(target['x'][:-1]) - start}%", each.target - each.lower),
        ):
            assert float(percent[:-1]) == pytest.approx(unit * weight, rel=0.02, abs=0.02)


def test_the_headline_says_what_to_do_what_it_costs_and_how_sure(plan, page):
    short = next(each for each in page.all("section") if each.attributes.get("id") == "short")
    orders = {(trade.account, trade.symbol, trade.side) for trade in plan.trades}
    assert (f"{len(orders)} order" in short.text) == bool(orders)
    assert SURE[plan.certificate.status] in short.text
    header = next(page.all("header")).text
    day = plan.trade_date
    assert f"Plan for {day:%B} {day.day}, {day.year} · $" in header
    accounts = len(plan.cash_after)
    assert header.split(" · ")[1].split(" Holdings")[0].endswith(f" in {accounts} account{'s' * (accounts != 1)}")
    if plan.certificate.gap is not None:
        assert f"by more than ${plan.certificate.gap:,.2f}" in short.text
    figures = dict(
        zip((each.text for each in short.all("dt")), [each.text for each in short.all("dd")][::2], strict=True)
    )
    less = plan.baselines["route"] - plan.objective
    shown = figures["Beside the router's plan"]
    assert shown == "the same" if abs(less) < 0.005 else shown.endswith(" less")
    assert less >= -0.005


def test_a_penalty_is_never_called_saved(page):
    assert "saved" not in page.text


def test_the_page_loads_and_runs_nothing(plan, page):
    assert list(external(page)) == []
    assert list(page.all("script")) == []
    policy = next(each for each in page.all("meta") if each.attributes.get("http-equiv") == "Content-Security-Policy")
    assert policy.attributes["content"].startswith("default-src 'none'")
    ids = [each.attributes["id"] for each in every(page) if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    assert {each.attributes["href"][1:] for each in page.all("a")} <= set(ids)


def renamed(plan, name):
    """The plan with this name for the household, every account, symbol, lot and class."""
    data = json.loads(plan.model_dump_json())
    data |= {"household": name, "cash_after": {name: 1.0}, "warnings": [name]}
    for row in [*data["trades"], *data["money_flows"], *data["blocked"], *data["loss_statuses"]]:
        row |= {key: name for key in ("account", "symbol", "lot") if row.get(key)}
    for row in [*data["trades"]]:
        row["reason"]["text"] = name
    for row in data["classes"]:
        row["asset_class"] = name
    for row in data["wash_windows"]:
        row |= {"symbols": [name], "cause": name}
    return type(plan).model_validate(data)


@pytest.mark.parametrize("name", [NASTY, '" onmouseover="alert(1)', "</style><script>alert(1)</script>", "{{ 7 * 7 }}"])
def test_names_are_text_whatever_is_in_them(plan, name):
    html = plan_page(renamed(plan, name), {name: name}, why=[name], notes=[name], book=f"../{name}")
    found = read(html)
    assert list(found.all("script")) == []
    assert [each for each in external(found) if not each[1].startswith("../")] == []
    assert next(found.all("h1")).text == " ".join(name.split())
    assert next(found.all("title")).text.startswith(" ".join(name.split()))
    for table in section(found, "trades").all("table"):
        assert {row["Symbol"].text for row in rows(table)} <= {" ".join(name.split())}


def test_characters_that_turn_a_line_around_are_spelled_out(plan):
    html = plan_page(renamed(plan, TURNED))
    assert "\u202e" not in html
    assert "\\u202eabc" in html


def test_without_trades_the_page_says_so():
    home = Household.load("fixtures/must_split.json")
    plan = solve(home, Policy(limits={"turnover": {"amount": 0}}))
    assert plan.trades == ()
    page = read(plan_page(plan))
    assert "Trade nothing today" in page.text
    assert list(section(page, "trades").all("table")) == []


def test_a_plan_of_a_rule_says_that_nothing_is_proven():
    plan = route(Household.load("fixtures/must_split.json"))
    assert "nothing is proven about its price" in read(plan_page(plan)).text.lower()


def test_older_plans_without_prices_have_empty_cells():
    plan = solve(Household.load("fixtures/must_split.json"))
    bare = [Trade.model_validate(t.model_dump(exclude={"price", "acquired", "basis"})) for t in plan.trades]
    page = read(plan_page(plan.model_copy(update={"trades": tuple(bare)})))
    table = next(section(page, "trades").all("table"))
    assert {(row["Price"].text, row["Acquired"].text, row["Basis"].text) for row in rows(table)} == {("", "", "")}


def test_why_a_person_should_look_and_the_way_back_are_on_the_page():
    plan = solve(Household.load("fixtures/must_split.json"))
    page = read(plan_page(plan, why=["its gain is large"], notes=["The household has changed."], book="../index.html"))
    assert "its gain is large" in section(page, "person").text
    assert "The household has changed." in page.text
    assert "../index.html" in [each.attributes["href"] for each in page.all("a")]


def test_the_command_writes_the_page(run, tmp_path):
    path = tmp_path / "page.html"
    code, out, err = run("solve", "fixtures/must_split.json", "--html", path)
    assert (code, err) == (0, "")
    assert "optimal: no plan is better" in out
    page = read(path.read_text(encoding="utf-8"))
    assert next(section(page, "trades").all("h3")).text == "joint (taxable)"


@pytest.mark.parametrize("two", [("--json", "--csv"), ("--json", "--html"), ("--csv", "--html")])
def test_one_output_at_a_time(run, tmp_path, two):
    path = tmp_path / "page.html"
    arguments = [part for option in two for part in ([option, path] if option == "--html" else [option])]
    code, out, err = run("solve", "fixtures/must_split.json", *arguments)
    assert (code, out) == (1, "")
    assert "give one of --json, --csv and --html" in " ".join(err.split())
    assert not path.exists()


def test_what_was_filled_in_is_listed():
    home = Household.load("fixtures/must_split.json")
    plan = solve(home)
    assert "Filled in" not in plan_page(plan)
    mark = Filled(path="securities.VTI.exposures", value=NASTY, source="table of funds, 2025")
    page = read(plan_page(plan.model_copy(update={"filled": (mark,)})))
    assert f"VTI: exposures {NASTY} (table of funds, 2025)" in [item.text for item in page.all("li")]
