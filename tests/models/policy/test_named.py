"""Policies by name: their fields, the amounts that they need, and when their sentence holds."""

import tomllib

import pytest

from lotroute.models import InputError, Policy, named_policies

AMOUNTS = {"gain_budget": {"amount": 20_000}, "transition": {"share": 0.2}}
NAMES = ("tax_neutral", "gain_budget", "maximum_harvest", "transition", "do_it_now")


def made(name):
    return Policy.named(name, **AMOUNTS.get(name, {}))


def test_each_has_a_sentence_and_a_file(request):
    folder = request.config.rootpath / "models/policy/named"
    assert tuple(named_policies()) == NAMES
    assert {path.stem for path in folder.glob("*.toml")} == {*NAMES}
    for name, policy in named_policies().items():
        data = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        assert policy.sentence == data["sentence"]
        assert policy.sentence.endswith(".")
        assert (policy.amount is not None) == (name in AMOUNTS)


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_knows_its_name_and_its_sentence(name, tmp_path):
    policy = made(name)
    assert policy.name == name
    assert policy.sentence == named_policies()[name].sentence
    assert policy != Policy()
    (tmp_path / "policy.json").write_text(policy.model_dump_json(), encoding="utf-8")
    assert Policy.load(tmp_path / "policy.json") == policy
    assert policy.validated() == policy


def test_what_they_set():
    assert made("tax_neutral").limits.added_tax.amount == 0
    assert made("gain_budget").limits.net_gain.amount == 20_000
    assert made("transition").limits.gain_share.amount == 0.2
    assert made("do_it_now").drift.hard
    given = {
        "limits",
        "deferral_years",
        "step_up_chance",
        "carried_loss_years",
        "substitute_cost",
        "to_target",
        "drift",
    }
    for name in NAMES:
        differs = {field for field in Policy.model_fields if getattr(made(name), field) != getattr(Policy(), field)}
        assert differs <= given | {"name"}, name


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_policy_has_neither_name_nor_sentence(name):
    changed = made(name).with_({"location_years": 1})
    assert (changed.name, changed.sentence) == ("", "")
    mine = made(name).with_({"location_years": 1, "name": name})
    assert (mine.name, mine.sentence) == (name, "")
    assert made(name).with_() == made(name)


def test_a_name_of_one_s_own_has_no_sentence():
    assert Policy(name="ours").sentence == ""
    assert Policy().sentence == ""
    assert Policy(name="gain_budget").sentence == ""


@pytest.mark.parametrize(
    ("name", "amounts", "path", "message"),
    [
        ("tax_netral", {}, "policy", "there is none named 'tax_netral'"),
        ("gain_budget", {}, "gain_budget.amount", "missing"),
        ("transition", {"years": 4}, "transition.share", "missing"),
        ("tax_neutral", {"amount": 3}, "tax_neutral.amount", "it needs no such amount"),
        ("gain_budget", {"amount": "much"}, "policy.limits.net_gain.amount", "'much' is not a number"),
        ("transition", {"share": -1}, "policy.limits", "gain_share: -1 is negative"),
    ],
)
def test_what_is_wrong_is_said(name, amounts, path, message):
    with pytest.raises(InputError) as error:
        Policy.named(name, **amounts)
    assert (error.value.faults[0].path, error.value.faults[0].message) == (path, message)
