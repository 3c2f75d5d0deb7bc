"""What the terminal shows: weights with the digits that their bands need, and penalties apart from money."""

import io
import re

import pytest
from random_households import featured_household, featured_policy
from rich.console import Console

from lotroute.models import ClassWeight, Filled, Household, Policy
from lotroute.models.plan.statements import MONEY, NOTES, PARTS
from lotroute.solver import route, solve
from lotroute.solver.app.terminal import print_plan


@pytest.fixture(scope="module")
def household():
    return Household.load("fixtures/must_split.json")


@pytest.fixture(scope="module")
def plan(household):
    return solve(household)


def printed(household, plan, router=None):
    console = Console(file=io.StringIO(), width=200, highlight=False)
    print_plan(console, household, plan, router or plan)
    return console.file.getvalue()


def with_class(plan, **fields):
    """The plan with one class, of which weights are stated as dollars of the plan's value."""
    value = plan.target_value
    dollars = {name: fields.pop(name) * value for name in ("before", "after")}
    return plan.model_copy(update={"classes": (ClassWeight(asset_class="bond", **fields, **dollars),)})


@pytest.mark.parametrize(
    ("lower", "upper", "after", "shown"),
    [
        (0.0075, 0.0125, 0.0125, ["1.00%", "0.75% to 1.25%", "1.00%", "1.25%"]),
        (0.005, 0.012, 0.0125, ["1.00%", "0.50% to 1.20%", "1.00%", "1.25% !"]),
        (0.005, 0.02, 0.015, ["1.0%", "0.5% to 2.0%", "1.0%", "1.5%"]),
        (0.005, 0.02, 0.0203, ["1.00%", "0.50% to 2.00%", "1.00%", "2.03% !"]),
        (0.005, 0.02, 0.02004, ["1.0%", "0.5% to 2.0%", "1.0%", "2.0%"]),  # rounding of orders
        (0.00625, 0.01375, 0.013, ["1.000%", "0.625% to 1.375%", "1.000%", "1.300%"]),
        (0.007498765, 0.0125, 0.01, ["1.0000%", "0.7499% to 1.2500%", "1.0000%", "1.0000%"]),
    ],
)
def test_weights_have_the_digits_that_the_band_needs(household, plan, lower, upper, after, shown):
    one = with_class(plan, target=0.01, lower=lower, upper=upper, before=0.01, after=after)
    line = next(line for line in printed(household, one).splitlines() if line.strip().startswith("bond"))
    assert re.split(r"\s{2,}", line.strip()) == ["bond", *shown]


@pytest.mark.parametrize("seed", range(30))
def test_what_is_marked_as_outside_prints_as_outside(seed):
    """Every row of every table: a weight is marked if and only if its digits are beyond the digits of the band."""
    home = featured_household(seed)
    text = printed(home, solve(home, featured_policy(seed, home), time_limit=5))
    rows = re.findall(r"(-?[\d.]+)% to (-?[\d.]+)% +(-?[\d.]+)%( !)? +(-?[\d.]+)%( !)?", text)
    assert rows
    for lower, upper, *weights in rows:
        for weight, mark in (weights[:2], weights[2:]):
            assert bool(mark) == (not float(lower) <= float(weight) <= float(upper)), (seed, lower, upper, weight)


def test_a_penalty_is_never_shown_as_saved(household, plan):
    """Doing nothing costs only drift here; a strict policy's plan beside the router's has drift and tax to compare."""
    home = Household.load("fixtures/retiree.json")
    for each in (household, home):
        for policy in (Policy(), Policy(drift={"near_cost": 0.002, "far_cost": 0.002})):
            text = printed(each, solve(each, policy), route(each, policy))
            assert "saved" not in text
            assert not re.search(r"sav(e|es|ing) [^.]*\$|\$[^.]* sav(e|ed|ing)", text)


def test_penalties_are_summed_apart_from_money(household):
    policy = Policy(drift={"near_cost": 0.002, "far_cost": 0.002})
    plan, router = solve(household, policy), route(household, policy)
    assert plan.parts["drift"] > 0
    text = printed(household, plan, router)
    rows = {
        name: [float(each.replace(",", "")) for each in re.split(r"\s{2,}", line.strip())[1:3]]
        for line in text.splitlines()
        if (name := re.split(r"\s{2,}", line.strip())[0]) in ("money", "penalties", "in all", "drift")
    }
    for side, each in enumerate((plan, router)):
        money = sum(dollars for part, dollars in each.parts.items() if part in ("tax", "later", "trading", "location"))
        assert rows["money"][side] == pytest.approx(money, abs=0.011)
        assert rows["penalties"][side] == pytest.approx(each.objective - money, abs=0.011)
        assert rows["in all"][side] == pytest.approx(each.objective, abs=0.011)


def test_every_part_that_its_name_does_not_explain_has_a_line(household, plan):
    text = " ".join(printed(household, plan, route(household)).split())
    for part in ("later", "location"):
        assert f"{PARTS[part]}: {NOTES[part]}." in text
    assert "in all: what the plan makes least" in text
    assert {*PARTS} - {"tax", "trading"} <= {*NOTES}
    assert {*MONEY} <= {*PARTS}


def test_the_next_best_way_tells_penalties_from_money(household, plan):
    text = " ".join(printed(household, plan).split())
    split = [trade.reason for trade in plan.trades if trade.reason.next_best_penalties]
    assert split
    for reason in split:
        money = reason.next_best_costs - reason.next_best_penalties
        more = f"${abs(money):,.2f} {'more' if money >= 0 else 'less'} in money and"
        assert f"solved again, the plan would {reason.next_best} and cost about {more}" in text
        if reason.next_best_at_least >= 0.01:
            assert f"(every plan without it: at least ${reason.next_best_at_least:,.2f})" in text


def test_what_was_filled_in_is_listed_by_security(household, plan):
    marks = [
        Filled(path=f"securities.{symbol}.{field}", value=value, source="table of funds, 2025")
        for symbol, field, value in [("VTI", "exposures", "us_stock"), ("VTI", "name", "A"), ("BND", "name", "B")]
    ]
    assert "Filled in" not in printed(household, plan)
    text = printed(household, plan.model_copy(update={"filled": tuple(marks)}))
    section = text.partition("Filled in, because the household leaves it out\n")[2].splitlines()
    assert [line.strip() for line in section[:2]] == [
        "VTI: exposures us_stock, name A (table of funds, 2025)",
        "BND: name B (table of funds, 2025)",
    ]
