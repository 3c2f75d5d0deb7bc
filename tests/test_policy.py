"""What the policy makes of later years, and how a faulty policy is refused."""

import json

import pytest

from lotroute.models import FlatRates, InputError, Limit, Limits, Policy

RATES = FlatRates(short=0.35, long=0.15, state=0.04, surtax=0.01)


def test_a_deferred_gain_costs_the_long_rate_unless_stepped_up_discounted():
    policy = Policy(discount_rate=0.25, deferral_years=2, step_up_chance=0.5)
    assert policy.deferral_value(RATES) == pytest.approx(0.064)  # (0.15 + 0.04 + 0.01) * (1 - 0.5) / 1.25^2


def test_a_gain_that_is_never_taxed_or_always_at_once_bounds_the_value():
    assert Policy(step_up_chance=1).deferral_value(RATES) == 0
    assert Policy(step_up_chance=0, deferral_years=0).deferral_value(RATES) == RATES.all_in_long


def test_a_carried_loss_is_worth_the_long_rate_discounted():
    policy = Policy(discount_rate=1, carried_loss_years=3)
    assert policy.carried_values(RATES) == pytest.approx((0.025, 0.025))  # 0.20 / 2^3


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ({"carried_short": 0.3}, (0.3, 0.05)),
        ({"carried_long": 0.1}, (0.05, 0.1)),
        ({"carried_short": 0, "carried_long": 0}, (0, 0)),
    ],
)
def test_carried_values_of_the_taxpayer_come_before_the_policy_s(given, values):
    policy = Policy(discount_rate=1, carried_loss_years=2)
    assert policy.carried_values(RATES.model_copy(update=given)) == pytest.approx(values)  # default 0.20 / 2^2


@pytest.mark.parametrize(
    ("kind", "after"), [("taxable", 1), ("roth", 1), ("hsa", 1), ("traditional", 1 - 0.39), ("401k", 1 - 0.39)]
)
def test_a_dollar_counts_toward_targets_what_tax_leaves_of_it(kind, after):
    """By default a traditional account is drawn at the short and the state rate, 0.35 and 0.04."""
    assert Policy().counted(kind, RATES) == 1
    assert Policy(targets="after_tax").counted(kind, RATES) == pytest.approx(after)
    given = Policy(targets="after_tax", withdrawal_rate=0.1).counted(kind, RATES)
    assert given == pytest.approx(1 if after == 1 else 0.9)


def test_no_more_than_all_of_a_dollar_goes_to_tax():
    assert Policy(targets="after_tax").counted("traditional", FlatRates(short=0.9, long=0.1, state=0.3)) == 0


# -- files -------------------------------------------------------------------------------------------------------------


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
