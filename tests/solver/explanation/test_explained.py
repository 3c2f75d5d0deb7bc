"""How far reasons are stated: codes alone, the default, in full, and in full for a plan that was stored with codes."""

import json

import pytest
from feature_cases import household, joint, lot
from random_households import featured_household, featured_policy

from lotroute.fixtures.generator import generate
from lotroute.models import Household, Plan, Policy
from lotroute.solver import api, audit, check, explained, solve
from lotroute.solver.explanation import reasons
from lotroute.solver.formulation.model import build_model
from lotroute.solver.formulation.problem import build_problem

PRICES = "next_best", "next_best_costs", "next_best_at_least", "next_best_penalties"


def without_seconds(plan):
    certificate = plan.certificate.model_copy(update={"seconds": 0.0, "stages": {}})
    return plan.model_copy(update={"certificate": certificate})


def homes(count=4):
    yield from ((home, Policy()) for home in generate(count, 6))
    yield from ((home, featured_policy(seed, home)) for seed in range(count) for home in [featured_household(seed)])


def test_codes_are_those_of_the_sentences_and_no_sentence_is_made(monkeypatch):
    full = [(home, policy, solve(home, policy, explain="full")) for home, policy in homes()]

    def refuse(context):
        raise AssertionError("a sentence was asked for")

    for table in ("SHELTERED_SALES", "TAXABLE_SALES", "PURCHASES"):
        silent = [case._replace(sentence=refuse) for case in getattr(reasons, table)]
        monkeypatch.setattr(reasons, table, silent)
    told = 0
    for home, policy, plan in full:
        codes = solve(home, policy, explain="codes")
        assert (codes.explained, plan.explained) == ("codes", "full")
        assert [t.reason.code for t in codes.trades] == [t.reason.code for t in plan.trades]
        for trade in codes.trades:
            assert (trade.reason.text, *(getattr(trade.reason, name) for name in PRICES)) == ("", "", None, None, None)
        assert codes.waits == ()
        assert codes.blocked == plan.blocked
        assert all((row.reason, row.text, row.costs) == ("not_priced", "", None) for row in codes.outside_bands)
        stated = {"trades", "waits", "outside_bands", "explained", "certificate"}
        assert codes.model_dump(exclude=stated) == plan.model_dump(exclude=stated)
        assert audit(home, codes, policy) == []
        told += len(codes.trades)
    assert told > 50


def test_a_plan_of_codes_is_checked_as_such_and_a_sentence_in_it_is_refused():
    [home] = generate(1, 6)
    plan = solve(home, explain="codes")
    assert check(home, plan) == []
    first, *rest = plan.trades
    talks = first.model_copy(update={"reason": first.reason.model_copy(update={"text": "Trust me."})})
    assert [each.where for each in check(home, plan.model_copy(update={"trades": (talks, *rest)}))] == [
        "trades[0].reason.text"
    ]
    assert check(home, plan.model_copy(update={"explained": "full"}))


def test_by_default_the_largest_trades_have_prices_and_all_have_sentences():
    asked = 0
    for home in generate(5, 6):
        columns = build_model(build_problem(home, Policy())).program.size
        largest = min(5, 5_000 // columns)
        plan, full = solve(home), solve(home, explain="full")
        size = sorted((abs(trade.proceeds) for trade in plan.trades), reverse=True)
        for trade, in_full in zip(plan.trades, full.trades, strict=True):
            assert trade.reason.text == in_full.reason.text != ""
            large = len(size) <= largest or abs(trade.proceeds) > size[largest]
            small = len(size) > largest and abs(trade.proceeds) < size[largest - 1]
            assert not large or trade.reason == in_full.reason
            assert not small or trade.reason.next_best == ""
            asked += small and in_full.reason.next_best != ""
        assert check(home, plan) == []
    assert asked > 5


@pytest.mark.parametrize("stored", ["codes", "default"])
def test_a_stored_plan_is_explained_as_if_it_had_been_solved_in_full(stored, monkeypatch):
    plans = [
        (home, policy, *(solve(home, policy, explain=how) for how in (stored, "full"))) for home, policy in homes()
    ]
    monkeypatch.setattr(api, "search_orders", None)  # nothing is searched again
    for home, policy, plan, full in plans:
        again = explained(home, Plan.model_validate_json(plan.model_dump_json()))
        assert without_seconds(again) == without_seconds(full)
        assert audit(home, again, policy) == []


def test_rules_that_conflict_stay_named():
    only_bonds = {"id": "401k", "kind": "401k", "menu": ["BOND"], "lots": [lot("c", "BOND", 50_000)]}
    home = household(joint(lot("a", "A", 50_000, basis=50), withdrawal=30_000), only_bonds)
    policy = Policy(drift={"hard": True})
    full, plan = solve(home, policy, explain="full"), solve(home, policy, explain="codes")
    assert any(violation.conflicts for violation in full.violations)
    assert without_seconds(explained(home, plan)) == without_seconds(full)


def test_plans_stored_before_state_their_reasons_in_full():
    [home] = generate(1, 6)
    old = json.loads(solve(home, explain="full").model_dump_json())
    del old["explained"]
    assert Plan.model_validate(old).explained == "full"
    assert check(home, Plan.model_validate(old)) == []


def test_the_command_adds_sentences_to_a_stored_plan(run, tmp_path):
    file, stored = "fixtures/must_split.json", tmp_path / "plan.json"
    code, out, err = run("solve", file, "--explain", "codes", "--json")
    assert (code, err) == (0, "")
    stored.write_text(out)
    assert all(trade.reason.text == "" for trade in Plan.load(stored).trades)
    code, out, err = run("explain", file, stored, "--json")
    assert (code, err) == (0, "")
    plan = Plan.model_validate_json(out)
    assert without_seconds(plan) == without_seconds(solve(Household.load(file), explain="full"))
    code, out, _ = run("explain", file, stored)
    assert code == 0
    words = " ".join(out.split())
    assert all(" ".join(trade.reason.text.split()) in words for trade in plan.trades)
    code, out, _ = run("solve", file, "--explain", "codes")
    assert "Sheltered correction." in out
    assert "Next best" not in out


def test_the_command_explains_no_plan_that_fails_its_audit(run, tmp_path):
    stored, policy = tmp_path / "plan.json", tmp_path / "policy.json"
    solve(Household.load("fixtures/must_split.json"), explain="codes").save(stored)
    policy.write_text(Policy(to_target="off").model_dump_json())
    for arguments in (("fixtures/retiree.json", stored), ("fixtures/must_split.json", stored, "--policy", policy)):
        code, out, err = run("explain", *arguments)
        assert (code, out) == (2, "")
        assert "the plan failed its audit" in err
    assert run("solve", "fixtures/must_split.json", "--explain", "verse")[0] == 1
