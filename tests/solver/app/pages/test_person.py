"""Who needs a person, what trades cost in tax by reason, and names of pages."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotroute.fixtures.generator import generate
from lotroute.models import FlatRates, Household, Policy
from lotroute.solver import solve
from lotroute.solver.app.pages.household_pages import page_name
from lotroute.solver.app.pages.person import KINDS, Need, Thresholds, needs, urgency
from lotroute.solver.app.pages.tax_by_reason import tax_by_reason


@pytest.fixture(scope="module")
def plan():
    return solve(Household.load("fixtures/must_split.json"), explain="codes")


def row(**figures):
    return {"state": "optimal", "why": "", "budget_hit": False, "realized_short": 0.0, "realized_long": 0.0,
            "drift_left": 0.0} | figures  # fmt: skip


def kinds(found):
    return [need.kind for need in found]


def test_a_household_without_trouble_needs_nobody(plan):
    assert list(needs(row(), plan, Thresholds())) == []


@pytest.mark.parametrize(
    ("figure", "kind", "share"),
    [
        ("realized_long", "large gain", 0.02),
        ("realized_short", "large gain", 0.02),
        ("drift_left", "drift left", 0.001),
    ],
)
def test_what_is_above_its_share_of_the_household_needs_a_person(plan, figure, kind, share):
    at = share * plan.market_value
    assert kinds(needs(row(**{figure: at}), plan, Thresholds())) == []
    assert kinds(needs(row(**{figure: at + 0.01}), plan, Thresholds())) == [kind]
    assert kinds(needs(row(**{figure: -2 * at}), plan, Thresholds())) == []


def test_losses_that_are_uncertain_count_in_dollars_and_others_do_not():
    found = [solve(home, explain="codes") for home in generate(12, 3)]
    for plan in found:
        unsure = sum(status.loss for status in plan.loss_statuses if status.state == "uncertain")
        just_below = Thresholds(uncertain_loss=unsure / plan.market_value - 1e-9)
        just_above = Thresholds(uncertain_loss=unsure / plan.market_value + 1e-9)
        assert kinds(needs(row(), plan, just_below)) == ["wash sale uncertain"]
        assert kinds(needs(row(), plan, just_above)) == []
    assert any(status.state == "uncertain" for plan in found for status in plan.loss_statuses)


@pytest.mark.parametrize("state", ["allowed", "deferred", "lost"])
def test_losses_of_which_it_is_known_what_becomes_of_them_need_nobody(state):
    plan = next(plan for plan in (solve(home, explain="codes") for home in generate(12, 3)) if plan.loss_statuses)
    known = [status.model_copy(update={"state": state, "loss": 1e9}) for status in plan.loss_statuses]
    assert kinds(needs(row(), plan.model_copy(update={"loss_statuses": tuple(known)}), Thresholds())) == []


def test_a_limit_that_is_used_up_is_named():
    plan = solve(Household.load("fixtures/must_split.json"), Policy(limits={"turnover": {"amount": 0.02}}))
    [need] = needs(row(budget_hit=True), plan, Thresholds())
    assert need.kind == "limit used up"
    assert "turnover" in need.text


def test_refused_and_failed_come_first_then_the_most_dollars():
    found = [
        [Need("drift left", "", 9e9)],
        [Need("large gain", "", 5.0), Need("drift left", "", 9e9)],
        [Need("large gain", "", 7.0)],
        [Need("failed", "")],
        [Need("refused", "")],
    ]
    assert sorted(found, key=urgency) == found[::-1]
    assert KINDS[:2] == ("refused", "failed")


def test_a_household_without_a_plan_needs_a_person():
    [need] = needs(row(state="failed", why="the process died"), None, Thresholds())
    assert need == Need("failed", "the process died")


@pytest.mark.parametrize("seed", range(6))
def test_taxes_by_reason_add_up_to_the_change_of_the_bill(seed):
    [home] = generate(1, seed)
    plan = solve(home, explain="codes")
    spent = tax_by_reason(plan)
    change = plan.tax_after.total - plan.tax_before.total
    assert sum(each.tax for each in spent.values()) == pytest.approx(change, abs=1e-6)
    assert sum(each.trades for each in spent.values()) == len(plan.trades)
    assert {trade.reason.code for trade in plan.trades} == spent.keys() - {""}


def test_where_the_law_does_not_bend_nothing_is_left_over():
    """Flat rates and gains on top of gains: each term's gain times its rate is the tax, to the cents of the bill."""
    home = Household.load("fixtures/must_split.json")
    flat = {"rates": FlatRates(short=0.35, long=0.15), "realized_short": 5e5, "realized_long": 5e5}
    flat |= {"long_carryforward": 0.0, "short_carryforward": 0.0}
    home = home.with_({f"taxpayer.{name}": value for name, value in flat.items()})
    plan = solve(home, explain="codes")
    spent = tax_by_reason(plan)
    assert abs(spent.pop("").tax) < 0.02
    for each in spent.values():
        assert each.tax == pytest.approx(0.35 * each.short_gain + 0.15 * each.long_gain)
    assert any(each.tax for each in spent.values())


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80) | st.sampled_from(
    ["con", "CON", "a", "A", "..", "a/b", "a~b", "nul", "x" * 300]
)


@given(NAMES, NAMES)
def test_every_household_has_a_file_of_its_own_on_every_system(one, other):
    names = page_name(one), page_name(other)
    assert (names[0].lower() == names[1].lower()) == (one == other)
    for name in names:
        assert re.fullmatch(r"[a-z0-9_-]{0,60}(~[0-9a-f]{16})?\.html", name)
        assert name not in ("con.html", "nul.html")
