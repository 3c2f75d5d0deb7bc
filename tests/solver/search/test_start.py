"""A search that starts from an earlier plan: the same proof, with that plan's decisions tried first."""

import json

import numpy as np
import pytest

from lotroute.fixtures.generator import generate
from lotroute.fixtures.sleeve import generate_sleeve
from lotroute.models import Household, Policy
from lotroute.solver import audit, solve
from lotroute.solver.formulation.model import build_model
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.search import tree
from lotroute.solver.search.start import start_from


def households():
    return [*generate(6, 21), generate_sleeve(3, 30)]


def at_other_prices(home, rng):
    """The household a day later: every price a little different."""
    securities = [
        each.model_copy(update={"price": round(each.price * float(rng.uniform(0.997, 1.003)), 4)})
        for each in home.securities
    ]
    return home.with_(securities=securities)


@pytest.mark.parametrize("number", range(7))
def test_a_start_changes_nothing_that_is_proven(number):
    before = households()[number]
    home = at_other_prices(before, np.random.default_rng(number))
    started, usual = solve(home, start=solve(before)), solve(home)
    assert audit(home, started) == []
    assert started.certificate.status == usual.certificate.status
    for one, other in ((started, usual), (usual, started)):
        assert other.certificate.bound <= one.objective + 1e-6


def first_points(home, plan, monkeypatch):
    """The value of the first point that the tree finds, without a start and with the plan as one."""
    offers = []
    real = tree.Tree._offer

    def noted(self, value, values):
        if not offers or offers[-1][0] is not self:
            offers.append((self, value))
        real(self, value, values)

    with monkeypatch.context() as patch:
        patch.setattr(tree.Tree, "_offer", noted)
        solve(home, explain="codes")
        usual = offers[-1][1]
        solve(home, start=plan, explain="codes")
    return usual, offers[-1][1]


def test_the_start_is_the_first_point_that_the_tree_finds(monkeypatch):
    """The plan's own decisions on the same household: no later point is better by more than the gap asked for."""
    for home in households():
        plan = solve(home)
        _, started = first_points(home, plan, monkeypatch)
        assert started <= plan.objective + plan.certificate.gap_asked_bp * 1e-4 * plan.market_value, home.id


def test_most_often_the_start_is_better_than_the_first_point_without_it(monkeypatch):
    points = [first_points(home, solve(home), monkeypatch) for home in generate(20, 22)]
    gained, lost = (sum(sign * (usual - started) > 1 for usual, started in points) for sign in (1, -1))
    assert gained >= 3
    assert gained > lost


def test_the_integers_are_what_the_trades_do():
    home = next(each for each in generate(20, 4) if any(account.commission for account in each.accounts))
    plan, problem = solve(home), build_problem(home, Policy())
    model = build_model(problem)
    labels = [*model.program.labels]
    said = {labels[i]: value for i, value in enumerate(start_from(problem, model, plan.trades)) if not np.isnan(value)}
    orders = {f"f[{each.account}/{each.symbol} {each.side}]" for each in plan.trades}
    assert {label for label, value in said.items() if label.startswith("f[") and value == 1} == orders & set(labels)
    harvested = {home.security[each.symbol].group for each in plan.trades if each.gain is not None and each.gain < 0}
    bought = {home.security[each.symbol].group for each in plan.trades if each.side == "buy"}
    for label, value in said.items():
        if label.startswith("z["):
            assert label.removeprefix("z[").removesuffix("]") in (harvested if value else bought)


def test_a_start_of_another_household_is_tried_in_vain_at_most():
    home, other = Household.load("fixtures/must_split.json"), Household.load("fixtures/harvest.json")
    assert solve(home, start=solve(other)).objective == pytest.approx(solve(home).objective, abs=1)


def test_a_start_that_breaks_a_rule_is_left():
    """The plan harvests a fund that is bought elsewhere now, so that no point has its sides."""
    for home in households():
        plan = solve(home)
        reversed_ = plan.model_copy(
            update={
                "trades": tuple(
                    each.model_copy(update={"side": "buy" if each.side == "sell" else "sell"}) for each in plan.trades
                )
            }
        )
        again = solve(home, start=reversed_)
        assert again.certificate.bound <= plan.objective + 1e-6
        assert plan.certificate.bound <= again.objective + 1e-6


def test_the_command_takes_a_stored_plan(run, tmp_path):
    _, out, _ = run("solve", "fixtures/must_split.json", "--json")
    (tmp_path / "yesterday.json").write_text(out)
    code, again, _ = run("solve", "fixtures/must_split.json", "--start", tmp_path / "yesterday.json", "--json")
    assert code == 0
    assert json.loads(again)["objective"] == pytest.approx(json.loads(out)["objective"], abs=1)
