"""Scenarios: every value has its row, whatever becomes of it, and the picture shows which plans are worth a look."""

import json

import pandas as pd
import pytest
from matplotlib.text import Text

from lotroute.models import Household, InputError, Limit, Plan, Policy
from lotroute.solver import audit, plot_frontier, solve, sweep
from lotroute.solver.runs.frontier_picture import efficient, in_short
from lotroute.solver.runs.sweeps import changed

FILE = "fixtures/must_split.json"
HOME = Household.load(FILE)
GAINS = "policy.limits.net_gain"


@pytest.fixture(scope="module")
def budgets():
    return sweep(HOME, {GAINS: [-100_000, 0, 4000, 9000, 20_000, None, "much"]})


def test_every_value_has_its_plan_in_its_order(budgets):
    assert [*budgets[GAINS]] == [-100_000, 0, 4000, 9000, 20_000, None, "much"]
    for row in budgets.itertuples():
        if row.plan is None:
            continue
        policy = Policy().with_({"limits.net_gain": row[1]})
        assert row.plan.policy == policy
        assert audit(HOME, row.plan, policy) == []
        assert row.objective == row.plan.objective == solve(HOME, policy, explain="codes").objective
        assert (row.status, row.tax) == (row.plan.certificate.status, row.plan.tax_after.total)
        assert row.drift == row.plan.summary()["drift_after"]
        assert row.short_gain + row.long_gain == pytest.approx(sum(t.gain or 0 for t in row.plan.trades), abs=0.01)


def test_a_larger_budget_never_costs_more(budgets):
    kept = budgets[budgets.status == "optimal"]
    assert [*kept.objective] == sorted(kept.objective, reverse=True)
    assert kept.objective.iloc[0] > kept.objective.iloc[-1] + 1000


def test_what_cannot_be_kept_and_what_is_refused_is_stated_in_its_row(budgets):
    broken, faulty = budgets.iloc[0], budgets.iloc[-1]
    assert broken.status == "infeasible"
    assert "the limit on net gains is exceeded by $100,000" in broken.detail
    assert isinstance(broken.plan, Plan)
    assert faulty.status == "faulty"
    assert faulty.plan is None
    assert faulty.detail.startswith(f"{GAINS}.amount: 'much' is not a number")
    assert [*budgets.detail[1:-1]] == [""] * 5


def test_paths_of_policy_and_household_in_every_combination():
    found = sweep(HOME, {"policy.to_target": ["off", "exact"], "accounts.joint.cash": [0, 4200, 50_000]})
    assert [*zip(found["policy.to_target"], found["accounts.joint.cash"], strict=True)] == [
        (policy, cash) for policy in ("off", "exact") for cash in (0, 4200, 50_000)
    ]
    assert [plan.market_value for plan in found.plan[:3]] == [862_740, 866_940, 912_740]
    assert [plan.policy.to_target for plan in found.plan] == ["off"] * 3 + ["exact"] * 3
    assert found["accounts.joint.cash"].dtype == "int64"


def test_values_may_be_records_and_a_base_policy_stays():
    base = Policy().with_({"drift.near_cost": 0.01})
    limits = [Limit(amount=1000, price=0.1), {"amount": 1000}]
    found = sweep(HOME, {GAINS: limits}, base)
    assert [plan.policy.limits.net_gain for plan in found.plan] == [limits[0], Limit(amount=1000)]
    assert {plan.policy.drift.near_cost for plan in found.plan} == {0.01}


def test_whole_policies_may_be_varied_by_name_and_their_fields_beside_them():
    own = Policy().with_({"to_target": "off", "name": "ours"})
    given = ["tax_neutral", "gain_budget=5000", own, None, "tax_natural", 3]
    found = sweep(HOME, {"policy": given, "policy.drift.near_cost": [0.04, 0.02]}, own)
    plans = [*found.plan[::2]]
    named = [Policy.named("tax_neutral"), Policy.named("gain_budget", amount=5000), own, Policy()]
    assert [plan.policy for plan in plans[:4]] == [each.with_({"drift.near_cost": 0.04}) for each in named]
    assert [plan.policy.drift.near_cost for plan in found.plan[1:8:2]] == [0.02] * 4
    assert found.detail[8].startswith("policy: there is none named 'tax_natural'; did you mean 'tax_neutral'?")
    assert found.detail[10].startswith("policy: 3 is no policy")
    (axes,) = plot_frontier(sweep(HOME, {"policy": given[:3]})).axes
    assert {"tax_neutral", "gain_budget=5000", "ours"} <= {
        text for each in axes.texts for text in each.get_text().split(" / ")
    }


def test_without_anything_varied_there_is_one_plan():
    assert [*sweep(HOME, {}).objective] == [solve(HOME, explain="codes").objective]


@pytest.mark.parametrize(
    ("vary", "fault"),
    [
        ({"policy.limits.net_gian": [1, 2]}, "policy.limits.net_gian: unknown limits 'net_gian'"),
        ({"acounts.ira.cash": [1, 2]}, "acounts.ira.cash: unknown field 'acounts'"),
        ({GAINS: []}, f"{GAINS}: has no values"),
        ({GAINS: ["a"], "accounts.ira.cash": ["b"]}, "accounts.ira.cash: 'b' is not a number"),
    ],
)
def test_a_sweep_without_a_single_plan_is_refused(vary, fault):
    with pytest.raises(InputError) as error:
        sweep(HOME, vary)
    assert any(str(each).startswith(fault) for each in error.value.faults)
    assert len(error.value.faults) <= 2


def test_the_faults_of_policy_and_household_are_both_named():
    with pytest.raises(InputError) as error:
        changed(HOME, Policy(), {GAINS: "a", "accounts.ira.cash": "b"})
    assert [fault.path for fault in error.value.faults] == [f"{GAINS}.amount", "accounts.ira.cash"]


# -- the picture -------------------------------------------------------------------------------------------------------


def test_the_frontier_is_what_no_other_point_betters():
    points = [(3, 1), (1, 3), (2, 2), (2, 4), (3, 2), (1, 3), (0, 9), (4, 1)]

    def worse(point, other):
        return other[0] <= point[0] and other[1] <= point[1] and other != point

    assert efficient(points) == sorted({p for p in points if not any(worse(p, other) for other in points)})
    assert efficient([]) == []


def drawn(figure):
    (axes,) = figure.axes
    lines = {line.get_label(): [*zip(*line.get_data(), strict=True)] for line in axes.get_lines()}
    return axes, lines, {text.get_text() for text in axes.texts}


def test_the_picture_joins_the_frontier_and_marks_what_is_not_on_it(budgets):
    _, lines, texts = drawn(plot_frontier(budgets))
    sound = budgets[budgets.status == "optimal"]
    points = [*zip(sound.drift, sound.tax_change, strict=True)]
    assert lines["no other plan is better in both"] == efficient(points)
    assert lines["breaks a hard rule"] == [(budgets.drift[0], budgets.tax_change[0])]
    assert {"4,000", "9,000", "20,000 / none", "1 of 7 rows faulty, not drawn"} <= texts


def test_several_paths_are_told_apart_by_color_and_shape():
    found = sweep(HOME, {GAINS: [0, 9000], "policy.to_target": ["off", "exact"]})
    axes, lines, _ = drawn(plot_frontier(found, x="outside", y="tax"))
    assert {"policy.to_target: off", "policy.to_target: exact"} <= {*lines}
    styles = {(line.get_color(), line.get_marker()) for line in axes.get_lines() if line.get_label() in lines}
    assert len(styles) >= 2
    assert "tax against dollars outside bands" in axes.get_title(loc="left").lower()


def test_labels_cover_neither_each_other_nor_the_ends_of_the_axes(budgets):
    near = sweep(HOME, {GAINS: [12_000]})  # nearly the plan without a budget
    figure = plot_frontier(pd.concat([near, budgets]))
    figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = [text.get_window_extent() for text in axes.findobj(Text) if text in axes.texts]
    assert len(boxes) == 6
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])
        assert axes.bbox.x0 <= box.x0 < box.x1 <= axes.bbox.x1


def test_long_legends_are_lines_below_each_other_within_the_picture():
    vary = {GAINS: [0, None], "policy.to_target": ["small", "exact"], "accounts.joint.cash": [4200, 50_000]}
    figure = plot_frontier(sweep(HOME, vary))
    figure.draw_without_rendering()
    (axes,) = figure.axes
    title = axes.title if axes.title.get_text() else axes._left_title
    legend = axes.get_legend().get_window_extent()
    assert figure.bbox.x1 >= max(legend.x1, title.get_window_extent().x1)
    assert not legend.overlaps(title.get_window_extent())


def test_a_picture_of_something_else_is_refused(budgets, monkeypatch):
    with pytest.raises(ValueError, match="'turnover' is none of drift, outside"):
        plot_frontier(budgets, x="turnover")
    with pytest.raises(ValueError, match="nothing was varied"):
        plot_frontier(sweep(HOME, {}))
    monkeypatch.setitem(__import__("sys").modules, "lotroute.solver.runs.frontier_picture", None)
    with pytest.raises(ImportError, match=r"pip install lotroute\[bench\]"):
        plot_frontier(budgets)


@pytest.mark.parametrize(
    ("value", "label"),
    [(None, "none"), (5000, "5,000"), (-2500.0, "−2,500"), (0.04, "0.04"), (True, "True"), ("x" * 30, "x" * 23 + "…")],
)
def test_values_as_labels(value, label):
    assert in_short(value) == label


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_prints_what_the_library_gives(run, budgets, tmp_path):
    option = f"{GAINS}=-100000,0,4000,9000,20000,none,much"
    code, out, _ = run("sweep", FILE, "--vary", option, "--json", "--picture", tmp_path / "frontier.svg")
    assert code == 0
    rows = json.loads(out)
    assert [row[GAINS] for row in rows] == [*budgets[GAINS]]
    assert [row["objective"] for row in rows[:-1]] == [*budgets.objective[:-1]]
    assert rows[-1]["objective"] is None
    assert rows[-1]["status"] == "faulty"
    assert "no other plan is better in both" in (tmp_path / "frontier.svg").read_text(encoding="utf-8")
    code, out, _ = run("sweep", FILE, "--vary", option)
    assert code == 0
    assert "Row 1: the limit on net gains is exceeded by $100,000" in out
    assert f"{budgets.objective[2]:,.0f}" in out
    code, out, _ = run(
        "sweep", FILE, "--vary", "policy.to_target=off,exact", "--vary", "accounts.joint.cash=1,2", "--csv"
    )
    assert code == 0
    assert len(out.splitlines()) == 5
    assert out.startswith("policy.to_target,accounts.joint.cash,status,objective,")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--vary", "policy.limits.net_gain"], "is not a path with its values"),
        (["--vary", "a=1", "--vary", "a=2"], "each path once"),
        (["--vary", "policy.drift.far_cots=1"], "did you mean 'far_cost'?"),
        (["--vary", f"{GAINS}=1", "--json", "--csv"], "give one of --json and --csv"),
        ([], "Missing option"),
    ],
)
def test_what_the_command_cannot_read_is_said(run, options, words):
    code, _, err = run("sweep", FILE, *options)
    assert code == 1
    assert words in " ".join(err.replace("│", " ").split())


def test_a_frame_of_a_sweep_can_be_grouped_and_stored(budgets, tmp_path):
    budgets.drop(columns="plan").to_csv(tmp_path / "rows.csv", index=False)
    assert len(pd.read_csv(tmp_path / "rows.csv")) == len(budgets)
    assert budgets.groupby("status").size()["optimal"] == 5
