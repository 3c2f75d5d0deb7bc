"""What the model of later years makes of a taxpayer and a policy, worked by hand."""

import pytest

from lotroute.models import FlatRates, Policy, Taxpayer, later_years

FLAT = FlatRates(short=0.35, long=0.15, state=0.04, surtax=0.01)
EARNER = {"year": 2026, "ordinary_income": 96100, "state_rate": 0.05, "state_long_rate": 0.02}
"""80,000 at ordinary rates: 22 % and 15 %."""


def later(taxpayer=FLAT, **policy):
    given = {"rates": taxpayer} if isinstance(taxpayer, FlatRates) else taxpayer
    return later_years(Taxpayer(**given), Policy(**policy))


# -- rates then --------------------------------------------------------------------------------------------------------


def rates_of(model):
    return model.short_rate, model.long_rate, model.withdrawal_rate


def test_flat_rates_stay_as_they_are():
    assert rates_of(later()) == pytest.approx((0.40, 0.20, 0.39))  # a withdrawal bears no surtax


def test_rates_then_are_the_taxpayer_s_own():
    assert rates_of(later(EARNER)) == pytest.approx((0.27, 0.17, 0.27))
    rich = EARNER | {"ordinary_income": 316100}
    assert rates_of(later(rich)) == pytest.approx((0.35 + 0.05 + 0.038, 0.15 + 0.02 + 0.038, 0.40))


def test_what_happens_this_year_alone_is_no_guide_to_later_ones():
    unusual = {"other_income": {"roth_conversion": 400000}, "realized_short": 9000, "realized_long": 800000}
    assert later(EARNER | unusual) == later(EARNER)
    assert later(EARNER | {"long_carryforward": 90000}) == later(EARNER)


def test_a_policy_may_know_the_rates_better():
    known = {"later_short_rate": 0.3, "later_long_rate": 0.1, "withdrawal_rate": 0.12}
    assert rates_of(later(EARNER, **known)) == (0.3, 0.1, 0.12)
    assert rates_of(later(EARNER, later_long_rate=0)) == pytest.approx((0.27, 0, 0.27))


# -- gains deferred ----------------------------------------------------------------------------------------------------


def test_a_deferred_gain_costs_the_long_rate_unless_stepped_up_discounted():
    model = later(discount_rate=0.25, deferral_years=2, step_up_chance=0.5)
    assert model.deferral == pytest.approx(0.064)  # 0.20 * (1 - 0.5) / 1.25^2


def test_a_gain_that_is_never_taxed_or_always_at_once_bounds_the_value():
    assert later(step_up_chance=1).deferral == 0
    assert later(step_up_chance=0, deferral_years=0).deferral == pytest.approx(0.20)


def test_deferral_is_valued_at_the_rate_then():
    model = later(EARNER, discount_rate=0, step_up_chance=0, later_long_rate=0.3)
    assert model.deferral == 0.3


# -- losses carried on -------------------------------------------------------------------------------------------------


def carried(model):
    return model.carried_short, model.carried_long


def test_carried_losses_save_the_rates_of_what_they_will_offset_discounted():
    model = later(discount_rate=1, carried_loss_years=3, step_up_chance=0, carried_short_share=0.25)
    assert carried(model) == pytest.approx((0.03125, 0.025))  # (0.25 * 0.40 + 0.75 * 0.20) / 2^3 and 0.20 / 2^3


def test_a_short_loss_is_worth_what_a_long_one_is_where_it_meets_long_gains_alone():
    model = later(carried_short_share=0)
    assert model.carried_short == model.carried_long
    assert later(carried_short_share=1).carried_short == pytest.approx(2 * model.carried_long)  # 0.40 and 0.20


def test_who_dies_first_never_uses_what_was_carried():
    by_then = {"discount_rate": 0, "carried_short_share": 0, "deferral_years": 10, "step_up_chance": 0.19}
    assert carried(later(carried_loss_years=5, **by_then)) == pytest.approx((0.18, 0.18))  # 0.20 * 0.81^(5/10)
    assert carried(later(carried_loss_years=10, **by_then)) == pytest.approx((0.162, 0.162))
    assert carried(later(step_up_chance=1)) == (0, 0)


def test_a_loss_used_at_once_is_worth_its_rate():
    assert carried(later(carried_loss_years=0)) == pytest.approx((0.22, 0.20))  # a tenth of it at 0.40
    assert carried(later(carried_loss_years=0, deferral_years=0, step_up_chance=0.5)) == pytest.approx((0.11, 0.10))


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ({"carried_short": 0.3}, (0.3, 0.05)),
        ({"carried_long": 0.1}, (0.05, 0.1)),
        ({"carried_short": 0, "carried_long": 0}, (0, 0)),
    ],
)
def test_carried_values_of_the_taxpayer_come_before_the_model_s(given, values):
    policy = {"discount_rate": 1, "carried_loss_years": 2, "step_up_chance": 0, "carried_short_share": 0}
    assert carried(later(FLAT.model_copy(update=given), **policy)) == pytest.approx(values)  # default 0.20 / 2^2


# -- dollars toward targets --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "after"), [("taxable", 1), ("roth", 1), ("hsa", 1), ("traditional", 1 - 0.39), ("401k", 1 - 0.39)]
)
def test_a_dollar_counts_toward_targets_what_tax_leaves_of_it(kind, after):
    """By default a traditional account is drawn at the short and the state rate, 0.35 and 0.04."""
    after_tax = Policy(targets="after_tax")
    assert later().counted(kind, Policy()) == 1
    assert later().counted(kind, after_tax) == pytest.approx(after)
    assert later(withdrawal_rate=0.1).counted(kind, after_tax) == pytest.approx(1 if after == 1 else 0.9)


def test_no_more_than_all_of_a_dollar_goes_to_tax():
    model = later(FlatRates(short=0.9, long=0.1, state=0.3))
    assert model.counted("traditional", Policy(targets="after_tax")) == 0
