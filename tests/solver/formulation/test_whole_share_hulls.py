"""The drift of names that move by whole shares (D10, D11): every plan keeps the rows, and the relaxation is tighter."""

from time import perf_counter

import numpy as np
import pytest
from points import complete_point, random_trades

from lotroute.fixtures.sleeve import generate_sleeve
from lotroute.models import Household, Policy
from lotroute.solver.formulation.blocks import drift
from lotroute.solver.formulation.model import build_model
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.search.backend import Budget
from lotroute.solver.search.highs import solve_program
from lotroute.solver.search.search import unit_of

SEEDS = range(6)


def sleeve(seed, *, whole=True, names=8):
    """A sleeve of names in an account that trades whole shares, and whole lots."""
    data = generate_sleeve(seed, names).model_dump(mode="json")
    for account in data["accounts"]:
        if account["kind"] == "taxable":
            account["whole_shares"] = whole
            for lot in account["lots"]:
                lot["quantity"] = max(1, round(lot["quantity"]))
    return build_problem(Household.model_validate(data), Policy())


def hulls(program):
    return [label for label in program.row_labels if label.startswith(("D10", "D11"))]


def relaxed(model, problem):
    options = Budget(unit_of(problem), perf_counter() + 60).options(relaxed=model.program.integers())
    return solve_program(model.program, options).bound


def whole_trades(problem, rng):
    """Random trades that some plan may make, each by whole shares."""
    sold, bought = random_trades(problem, rng)
    price = problem.price[problem.lots.security]
    sold = np.round(sold / price) * price
    cost = problem.price[problem.buys.security]
    whole = problem.whole_shares[problem.buys.account]
    return sold, np.where(whole, np.floor(bought / cost) * cost, bought)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_trade_by_whole_shares_keeps_the_rows(seed):
    problem, rng = sleeve(seed), np.random.default_rng(seed)
    model = build_model(problem)
    rows = set(hulls(model.program))
    assert rows
    touched = 0
    for _ in range(40):
        sold, bought = whole_trades(problem, rng)
        point = complete_point(problem, model, sold, bought)
        assert not rows & set(model.program.broken_rows(point, tolerance=1e-4))
        touched += bool(sold.any() or bought.any())
    assert touched > 20


@pytest.mark.parametrize("seed", SEEDS)
def test_the_relaxation_is_tighter_and_the_optimum_the_same(monkeypatch, seed):
    problem = sleeve(seed)
    tight = build_model(problem)
    monkeypatch.setattr(drift, "whole_share_step", lambda problem: np.zeros(len(problem.symbols)))
    loose = build_model(problem)
    assert hulls(tight.program)
    assert not hulls(loose.program)
    options = Budget(unit_of(problem), perf_counter() + 60).options(gap=0.01)
    best = [solve_program(model.program, options) for model in (tight, loose)]
    assert best[0].bound == pytest.approx(best[1].bound, abs=0.03)
    roots = [relaxed(model, problem) for model in (tight, loose)]
    assert roots[1] - 1e-3 <= roots[0] <= best[0].bound + 1e-3


def test_it_is_tighter_by_dollars_somewhere(monkeypatch):
    problems = [sleeve(seed, names=40) for seed in SEEDS]
    tight = [relaxed(build_model(problem), problem) for problem in problems]
    monkeypatch.setattr(drift, "whole_share_step", lambda problem: np.zeros(len(problem.symbols)))
    loose = [relaxed(build_model(problem), problem) for problem in problems]
    assert max(np.subtract(tight, loose)) > 1


def test_a_name_that_can_move_by_parts_of_a_share_has_no_such_rows():
    assert not hulls(build_model(sleeve(0, whole=False)).program)
    problem = sleeve(0)
    name = problem.symbols[problem.names.security[0]]
    data = problem.household.model_dump(mode="json")
    ira = next(account for account in data["accounts"] if account["kind"] != "taxable")
    ira["lots"] = [*ira["lots"], {"id": "part", "symbol": name, "quantity": 1.5}]
    if ira.get("menu"):
        ira["menu"] = [*ira["menu"], name]
    mixed = build_model(build_problem(Household.model_validate(data), Policy()))
    assert hulls(mixed.program)
    assert not [label for label in hulls(mixed.program) if f"[{name}" in label]
