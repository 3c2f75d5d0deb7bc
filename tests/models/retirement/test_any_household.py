"""What holds of the law in every household, whoever owns what."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import households

from lotroute.models import InputError
from lotroute.models.retirement.accounts import most
from lotroute.models.retirement.distributions import required
from lotroute.models.retirement.limits import room
from lotroute.models.retirement.sources import convertible, sources

FEW = settings(max_examples=30, deadline=None)


@st.composite
def couples_and_others(draw):
    """Any household; of some, the first two people file jointly and own everything."""
    home = draw(households())
    if draw(st.booleans()):
        return home
    two = st.sampled_from([person.id for person in home.people[:2]])
    changes = {
        "people": home.people[:2],
        "taxpayer": home.taxpayer.model_copy(update={"filing_status": "married_jointly"}),
        "accounts": tuple(account.model_copy(update={"owner": draw(two)}) for account in home.accounts),
    }
    return home.model_copy(update=changes)


@FEW
@given(home=couples_and_others())
def test_every_sheltered_account_has_a_room_and_rooms_hold_each_other_or_share_nothing(home):
    rooms = room(home)
    limited = {name for each in rooms for name in each.accounts}
    assert limited >= {account.id for account in home.accounts if not account.taxable}
    for one in rooms:
        assert one.dollars >= 0
        for other in rooms:
            here, there = set(one.accounts), set(other.accounts)
            assert here <= there or there <= here or not here & there


@FEW
@given(home=couples_and_others())
def test_no_more_is_required_than_sources_may_pay(home):
    try:
        found = required(home)
    except InputError:
        return
    asked = [name for each in found for name in each.accounts]
    assert len(asked) == len(set(asked))
    for each in found:
        assert 0 < each.dollars <= sum((most(home, home.account[name]) for name in each.accounts), Decimal(0))


@FEW
@given(home=couples_and_others())
def test_sources_pay_what_accounts_have_and_conversions_stay_with_their_owner(home):
    for name, source in sources(home).items():
        assert 0 < source.most <= most(home, home.account[name])
        assert source.additional_tax == 0 or (home.account[name].kind, source.taxed) == ("traditional", 1)
    for pair in convertible(home):
        assert {home.account[name].owner for name in (*pair.traditional, *pair.roth)} == {pair.owner}
