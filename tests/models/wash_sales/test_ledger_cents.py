"""The wash-sale ledger: the cents of a loss add up to the loss."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import find, given
from wash_events import MANY, SEARCH, START, TRADES, booked, fails, in_odd_prices

from lotroute.models.wash_sales.cents import in_cents
from lotroute.models.wash_sales.ledger import Disposal, ReplacementShares, TaxLot


def disposal(loss, *parts):
    """A loss of so much on 1 share, of which pairs of a fate and dollars are disallowed."""
    shares = TaxLot("joint", "A", "a", "a", Fraction(1), Fraction(1000), START, START, START, START, True)
    replacements = tuple(ReplacementShares(fate, Fraction(part), shares, 0, 0) for fate, part in parts)
    return Disposal(START, shares, Fraction(1000) - Fraction(loss), replacements)


def test_the_cents_of_a_loss_are_its_parts_and_the_largest_remainder_gets_the_cent_left():
    thirds = [("deferred", Fraction(1, 3)), ("lost", Fraction(1, 3))]
    assert in_cents(disposal(1, *thirds)) == (Decimal("-0.34"), (Decimal("0.33"),), (Decimal("0.33"),))
    uneven = disposal(1, ("deferred", Fraction("0.339")), ("lost", Fraction("0.105")), ("deferred", Fraction("0.004")))
    assert in_cents(uneven) == (Decimal("-0.55"), (Decimal("0.34"), Decimal("0.00")), (Decimal("0.11"),))


def test_a_gain_and_a_loss_that_is_allowed_are_rounded_half_to_even():
    assert in_cents(disposal("-0.125")) == (Decimal("0.12"), (), ())
    assert in_cents(disposal("0.135")) == (Decimal("-0.14"), (), ())
    assert in_cents(disposal(0)) == (Decimal("0.00"), (), ())


def test_a_loss_below_half_a_cent_is_no_cent():
    assert in_cents(disposal("0.004", ("deferred", "0.004"))) == (Decimal("0.00"), (Decimal("0.00"),), ())


def adds_up(events, state=in_cents):
    for each in booked(events).disposals:
        stated = state(each)
        gain = Decimal(round(100 * each.gain)).scaleb(-2)
        assert stated.allowed - sum(stated.deferred) - sum(stated.lost) == gain
        parts = [(stated.allowed, each.allowed)]
        for fate, cents in (("deferred", stated.deferred), ("lost", stated.lost)):
            parts += zip(cents, (part.loss for part in each.replacement_shares if part.fate == fate), strict=True)
        assert all(abs(Fraction(cents) - dollars) < Fraction("0.015") for cents, dollars in parts)


@MANY
@given(events=TRADES)
def test_the_cents_of_every_disposal_add_up(events):
    adds_up(in_odd_prices(events))


def test_cents_rounded_one_by_one_are_seen_not_to_add_up():
    def each_by_itself(disposal):
        stated = in_cents(disposal)
        return stated._replace(allowed=Decimal(round(100 * disposal.allowed)).scaleb(-2))

    def off(events):
        return fails(lambda given, state: adds_up(given, state), in_odd_prices(events), each_by_itself)

    find(TRADES, off, settings=SEARCH)
