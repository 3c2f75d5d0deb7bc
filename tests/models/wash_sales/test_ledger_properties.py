"""The wash-sale ledger: what holds of every sequence of trades, and faults that break it."""

import dataclasses
import random
from collections import defaultdict
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import find, given
from wash_events import (
    GROUPS,
    IRA,
    MANY,
    SEARCH,
    TRADES,
    UNORDERED,
    booked,
    fails,
)

from lotroute.models.wash_sales import ledger as wash_sales
from lotroute.models.wash_sales.ledger import Event, WashSaleLedger


def cost(events):
    """Dollars a share that were paid, by account and lot."""
    return {(each.account, each.lot): each.amount / each.quantity for each in events if each.side != "sell"}


def every_gain_is_allowed_deferred_or_lost(events, ledger):
    """What is allowed less what is not is the gain, and no more is disallowed than was lost."""
    for each in booked(events, ledger).disposals:
        assert each.allowed - each.deferred - each.lost == each.gain
        assert min(each.gain, 0) <= min(each.allowed, 0)
        assert each.deferred + each.lost <= max(0, -each.gain)
        assert sum(part.tax_lot.quantity for part in each.replacement_shares) <= each.tax_lot.quantity


def what_is_deferred_is_in_a_basis_until_it_is_sold(events, ledger):
    done, paid = booked(events, ledger), cost(events)

    def above_cost(tax_lot):
        return tax_lot.basis - tax_lot.quantity * paid[tax_lot.account, tax_lot.lot]

    assert all(above_cost(each) >= 0 for each in done.held)
    assert all(above_cost(each) == 0 for each in done.held if each.account in IRA or each.replaces)
    deferred = sum(each.deferred for each in done.disposals)
    recovered = sum(above_cost(each.tax_lot) for each in done.disposals)
    assert sum(above_cost(each) for each in done.held) == deferred - recovered


def closing_out_allows_all_but_what_is_lost(events, ledger):
    """Everything is sold 40 days after the last trade: what was not lost for good has then been allowed."""
    end, left = max(each.day for each in events) + timedelta(days=40), defaultdict(Fraction)
    for each in events:
        for lot, quantity in each.lots or ((each.lot, each.quantity),):
            left[each.account, each.symbol, lot] += quantity if each.side != "sell" else -quantity
    closing = [
        Event(end, "sell", account, symbol, quantity, 3 * quantity, lots=((lot, quantity),))
        for (account, symbol, lot), quantity in left.items()
        if quantity
    ]
    done = booked([*events, *closing], ledger)
    assert not [each for each in done.held if not each.gone]
    cash = sum(
        each.amount if each.side == "sell" else -each.amount for each in [*events, *closing] if each.account not in IRA
    )
    assert sum(each.allowed for each in done.disposals) == cash + sum(each.lost for each in done.disposals)


def no_purchased_share_is_used_twice(events, ledger):
    used = defaultdict(Fraction)
    for each in booked(events, ledger).disposals:
        for part in each.replacement_shares:
            used[part.tax_lot.account, part.tax_lot.lot] += part.tax_lot.quantity
    bought = {(each.account, each.lot): each.quantity for each in events if each.side in ("buy", "reinvest")}
    assert all(quantity <= bought[lot] for lot, quantity in used.items() if lot in bought)


def only_purchases_of_another_order_within_the_window_replace(events, ledger):
    came = {(each.account, each.lot): each for each in events if each.side != "sell"}
    for each in booked(events, ledger).disposals:
        sold = came[each.tax_lot.account, each.tax_lot.lot]
        for part in each.replacement_shares:
            new = came[part.tax_lot.account, part.tax_lot.lot]
            assert new.side in ("buy", "reinvest")
            assert new.order != sold.order
            assert GROUPS.get(new.symbol, new.symbol) == GROUPS.get(sold.symbol, sold.symbol)
            assert -30 <= part.days == (new.day - each.day).days <= 30
            assert (part.fate == "lost") == (new.account in IRA)


def booking_in_two_halves_is_booking_once(events, ledger):
    once = booked(events, ledger)
    for cut in range(len(events) + 1):
        halves = booked(events[:cut], ledger).post(events[cut:])
        assert (halves.held, halves.disposals, halves.open) == (once.held, once.disposals, once.open)


def the_order_in_which_trades_of_unknown_order_are_given_does_not_matter(events, ledger):
    once, mixed = booked(events, ledger), list(events)
    random.Random(len(events)).shuffle(mixed)
    again = booked(mixed, ledger)
    assert (again.held, again.disposals, again.open) == (once.held, once.disposals, once.open)


def shares_one_by_one_give_the_same(events, ledger):
    """The rule once more, share by share and without the ledger's parcels: of each sale and lot what is disallowed."""
    held, losses, deferred, lost = [], [], [], []

    def near(loss, share):
        alike = loss["order"] != share["order"] and loss["group"] == share["group"]
        return alike and share["free"] and abs((loss["sold"] - share["day"]).days) <= 30

    def match():
        for loss in [each for each in losses if each["waits"]]:
            share = next((each for each in held if near(loss, each)), None)
            if share:
                loss["waits"], share["free"] = False, False
                if share["account"] in IRA:
                    lost.append(loss["loss"])
                else:
                    deferred.append(loss["loss"])
                    share["basis"] += loss["loss"]

    for each in events:
        common = {"account": each.account, "group": GROUPS.get(each.symbol, each.symbol)}
        if each.side != "sell":
            one = {
                "lot": each.lot,
                "order": each.order,
                "day": each.day,
                "free": each.side in ("buy", "reinvest"),
                "gone": False,
            }
            held += [common | one | {"basis": each.amount / each.quantity} for _ in range(int(each.quantity))]
            match()
            continue
        for lot, quantity in each.lots:
            for _ in range(int(quantity)):
                share = next(
                    one for one in held if (one["account"], one["lot"], one["gone"]) == (each.account, lot, False)
                )
                if each.account in IRA:
                    share["gone"] = True  # the purchase still replaces
                    continue
                held.remove(share)
                loss = share["basis"] - each.amount / each.quantity
                if loss > 0:
                    losses.append(share | {"sold": each.day, "waits": True, "loss": loss})
                    match()
    done = booked(events, ledger)
    assert sum(each.deferred for each in done.disposals) == sum(deferred)
    assert sum(each.lost for each in done.disposals) == sum(lost)
    for key in {(each.tax_lot.account, each.tax_lot.lot, each.day) for each in done.disposals}:
        mine = sum(
            each.deferred + each.lost
            for each in done.disposals
            if key == (each.tax_lot.account, each.tax_lot.lot, each.day)
        )
        theirs = sum(
            each["loss"] for each in losses if not each["waits"] and key == (each["account"], each["lot"], each["sold"])
        )
        assert mine == theirs
    basis = defaultdict(Fraction)
    for share in (each for each in held if not each["gone"]):
        basis[share["account"], share["lot"]] += share["basis"]
    for tax_lot in (each for each in done.held if not each.gone):
        basis[tax_lot.account, tax_lot.lot] -= tax_lot.basis
    assert not any(basis.values())


PROPERTIES = (
    every_gain_is_allowed_deferred_or_lost,
    what_is_deferred_is_in_a_basis_until_it_is_sold,
    closing_out_allows_all_but_what_is_lost,
    no_purchased_share_is_used_twice,
    only_purchases_of_another_order_within_the_window_replace,
    booking_in_two_halves_is_booking_once,
    shares_one_by_one_give_the_same,
)


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda check: check.__name__)
@MANY
@given(events=TRADES)
def test_of_every_sequence_of_trades(holds, events):
    holds(events, WashSaleLedger)


@MANY
@given(events=UNORDERED)
def test_the_order_in_which_trades_of_unknown_order_are_given_does_not_matter(events):
    the_order_in_which_trades_of_unknown_order_are_given_does_not_matter(events, WashSaleLedger)


# -- faults that the properties must see -------------------------------------------------------------------------------


class UsesSharesTwice(WashSaleLedger):
    def _replace(self, loss, position):
        quantity = super()._replace(loss, position)
        self.held[position] = dataclasses.replace(self.held[position], replaces=True)
        return quantity


class ForgetsTheBasis(WashSaleLedger):
    def _replace(self, loss, position):
        before, quantity = self.held[position], super()._replace(loss, position)
        self.held[position] = dataclasses.replace(self.held[position], basis=before.part(quantity).basis)
        return quantity


class DisallowsALossAgain(WashSaleLedger):
    def _replace(self, loss, position):
        super()._replace(loss, position)
        return Fraction(0)


class CountsTheSameOrder(WashSaleLedger):
    def _replaces(self, bought, disposal):
        sold = dataclasses.replace(disposal.tax_lot, order="none")
        return super()._replaces(bought, dataclasses.replace(disposal, tax_lot=sold))


class CountsGifts(WashSaleLedger):
    def _bring(self, event):
        super()._bring(dataclasses.replace(event, side="buy"))


class DefersInAnIra(WashSaleLedger):
    def _replace(self, loss, position):
        known, self.sheltered = self.sheltered, frozenset()
        quantity = super()._replace(loss, position)
        self.sheltered = known
        return quantity


class ForgetsOpenLosses(WashSaleLedger):
    def post(self, events):
        super().post(events)
        self.open = []
        return self


class TakesTheLatestPurchase(WashSaleLedger):
    def _match(self, place, start):
        self.held[start:] = self.held[start:][::-1]
        super()._match(place, start)
        self.held[start:] = self.held[start:][::-1]


class PostsAsGiven(WashSaleLedger):
    def post(self, events):
        for event in sorted(events, key=lambda each: (each.day, each.side == "sell")):
            super().post([event])
        return self


FAULTS = [
    (UsesSharesTwice, no_purchased_share_is_used_twice),
    (UsesSharesTwice, shares_one_by_one_give_the_same),
    (ForgetsTheBasis, what_is_deferred_is_in_a_basis_until_it_is_sold),
    (ForgetsTheBasis, closing_out_allows_all_but_what_is_lost),
    (DisallowsALossAgain, every_gain_is_allowed_deferred_or_lost),
    (CountsTheSameOrder, only_purchases_of_another_order_within_the_window_replace),
    (CountsGifts, only_purchases_of_another_order_within_the_window_replace),
    (DefersInAnIra, only_purchases_of_another_order_within_the_window_replace),
    (DefersInAnIra, what_is_deferred_is_in_a_basis_until_it_is_sold),
    (ForgetsOpenLosses, booking_in_two_halves_is_booking_once),
    (TakesTheLatestPurchase, shares_one_by_one_give_the_same),
    (PostsAsGiven, the_order_in_which_trades_of_unknown_order_are_given_does_not_matter),
]


@pytest.mark.parametrize(("fault", "holds"), FAULTS, ids=lambda each: each.__name__)
def test_a_faulty_ledger_is_seen(fault, holds):
    trades = UNORDERED if fault is PostsAsGiven else TRADES
    find(trades, lambda events: fails(holds, events, fault), settings=SEARCH)


@pytest.mark.parametrize("days", [29, 31])
def test_a_window_of_another_length_is_seen(days, monkeypatch):
    monkeypatch.setattr(wash_sales, "WINDOW", timedelta(days=days))
    find(TRADES, lambda events: fails(shares_one_by_one_give_the_same, events, WashSaleLedger), settings=SEARCH)
