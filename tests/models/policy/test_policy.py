"""Policies in files, and how a faulty one is refused."""

import json

import pytest

from lotroute.models import InputError, Limit, Limits, Policy


@pytest.fixture
def load(tmp_path):
    def load_text(text):
        path = tmp_path / "policy.json"
        path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return Policy.load(path)

    return load_text


def test_a_policy_file_changes_what_it_names_and_nothing_else(load):
    policy = load({"discount_rate": 0.03, "drift": {"far_cost": 0.2}})
    assert (policy.discount_rate, policy.drift.far_cost) == (0.03, 0.2)
    assert (policy.drift.near_cost, policy.deferral_years) == (0.04, 10)
    assert load({}) == Policy()


@pytest.mark.parametrize(
    ("content", "path", "fragment"),
    [
        ({"drift": {"near_cost": 0.2, "far_cost": 0.1}}, "policy.drift", "far_cost 0.1 is less than near_cost 0.2"),
        ({"drift": {"near_cost": 0.2}}, "policy.drift", "far_cost 0.12 is less than near_cost 0.2"),
        ({"drift": {"near_cost": -1}}, "policy.drift.near_cost", "-1 is negative; Per dollar of drift"),
        ({"drift": {"farcost": 1}}, "policy.drift.farcost", "unknown field; did you mean 'far_cost'?"),
        ({"discont_rate": 0.05}, "policy.discont_rate", "unknown field; did you mean 'discount_rate'?"),
        ({"discount_rate": 5}, "policy.discount_rate", "5 is too large"),
        ({"carried_short_share": 1.5}, "policy.carried_short_share", "1.5 is too large; The part of a carried"),
        ({"later_long_rate": "low"}, "policy.later_long_rate", "'low' is not a number"),
        ({"later_rate": 0.2}, "policy.later_rate", "unknown field; did you mean 'later_long_rate'?"),
        ({"deferral_years": float("nan")}, "policy.deferral_years", "NaN is not a finite number"),
        ({"minimum_holding_days": 1.5}, "policy.minimum_holding_days", "1.5 is not a number"),
        (
            {"accounting_method": "average"},
            "policy.accounting_method",
            "'average' is not one of 'fifo', 'lifo' or 'hifo'",
        ),
        ({"limits": {"bill": True}}, "policy.limits.bill.amount", "True is not a number"),
        ({"limits": {"bill": "much"}}, "policy.limits.bill.amount", "'much' is not a number; The limit"),
        ({"limits": {"bill": {"price": 1}}}, "policy.limits.bill.amount", "missing; The limit"),
        ({"limits": {"bill": {"amount": 1, "prize": 1}}}, "policy.limits.bill.prize", "did you mean 'price'?"),
        ({"limits": {"trades": 2.5}}, "policy.limits", "trades: 2.5 is not a whole number of orders"),
        ({"limits": {"loss": -1}}, "policy.limits", "loss: -1 is negative"),
        ({"limits": {"bil": 1}}, "policy.limits.bil", "unknown field; did you mean 'bill'?"),
        ({"drift": {"hard": "very"}}, "policy.drift.hard", "'very' is neither true nor false; Whether the bands"),
        ([], "policy", "[] is not an object with named fields"),
        ('{"drift": {},\n}', "policy.json:2", "not JSON"),
    ],
)
def test_a_faulty_policy_file_is_refused_with_its_path(load, content, path, fragment):
    with pytest.raises(InputError) as error:
        load(content)
    [fault] = error.value.faults
    assert fault.path == path
    assert fragment in str(fault)


def test_a_limit_is_hard_as_a_number_and_soft_with_a_price(load):
    limits = load({"limits": {"net_gain": 15000, "bill": {"amount": -50, "price": 1.5}}}).limits
    assert limits == Limits(net_gain=Limit(amount=15000), bill=Limit(amount=-50, price=1.5))
    assert limits.turnover is None


def test_a_policy_with_limits_is_written_and_read_again(load):
    policy = Policy(limits={"trades": 3, "loss": {"amount": 0.1 + 0.2, "price": 1 / 3}}, targets="after_tax")
    assert load(policy.model_dump_json()) == policy


def test_all_faults_of_a_policy_file_come_in_one_error(load):
    with pytest.raises(InputError) as error:
        load({"discount_rate": -1, "step_up_chance": 2, "drift": {"near_width": "wide"}})
    assert {fault.path for fault in error.value.faults} == {
        "policy.discount_rate",
        "policy.step_up_chance",
        "policy.drift.near_width",
    }
