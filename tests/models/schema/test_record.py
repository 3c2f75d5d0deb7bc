"""Fields that were renamed are still read by their former names."""

import pytest

from lotroute.models import Household, InputError, LimitUse, Plan, Policy, Reason
from lotroute.solver import audit, solve


def test_a_security_and_a_policy_are_read_by_former_names():
    data = Household.load("fixtures/must_split.json").model_dump(mode="json", exclude_defaults=True)
    data["securities"][0]["replacements"] = "VXUS"
    assert Household.model_validate(data).securities[0].substitutes == ("VXUS",)
    assert Policy(stand_in_cost=0.25).substitute_cost == 0.25


def test_both_names_of_a_field_are_a_fault_with_its_path():
    data = Household.load("fixtures/must_split.json").model_dump(mode="json", exclude_defaults=True)
    data["securities"][0] |= {"replacements": "VXUS", "substitutes": "VXUS"}
    with pytest.raises(InputError) as error:
        Household.model_validate(data)
    [fault] = error.value.faults
    assert fault.path == f"securities.{data['securities'][0]['symbol']}"
    assert "give substitutes or replacements" in fault.message


def test_a_plan_of_version_0_1_is_read():
    plan = solve(Household.load("fixtures/must_split.json"), Policy(limits={"net_gain": 1000}))
    data = plan.model_dump(mode="json")
    data["value"] = data.pop("market_value")
    data["wash_sales"] = data.pop("loss_statuses")
    data["parts"]["preference"] = data["parts"].pop("substitution")
    data["limits"][0]["worth"] = data["limits"][0].pop("shadow_price")
    data["policy"]["stand_in_cost"] = data["policy"].pop("substitute_cost")
    assert Plan.model_validate(data) == plan


def test_a_plan_without_the_pull_to_the_target_is_read_as_one_whose_policy_asks_for_none():
    household = Household.load("fixtures/must_split.json")
    plan = solve(household, Policy(to_target="off"))
    data = plan.model_dump(mode="json")
    del data["parts"]["to_target"], data["policy"]["to_target"]
    assert Plan.model_validate(data) == plan
    assert audit(household, Plan.model_validate(data)) == []


def test_former_codes_and_names_of_parts_of_a_plan_are_read():
    assert Reason(code="replacement", text="Takes the place of A.").code == "substitute"
    limit = {"name": "bill", "amount": 1, "used": 1, "binding": True, "text": "."}
    assert LimitUse(**limit, worth=2.0).shadow_price == 2.0
