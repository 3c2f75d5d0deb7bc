"""The audit's arithmetic beside the books': the same trades on random households come to the same, to the cent."""

from decimal import Decimal

import numpy as np
import pytest
from random_households import featured_household, featured_policy, random_household, random_policy
from random_orders import some_orders

from lotroute.models import TaxBill
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.replay import replay
from lotroute.solver.accounting.violations import shortfalls, violation
from lotroute.solver.auditor.judge import Judge, evaluate
from lotroute.solver.auditor.statements import agrees


def made(kind, seed):
    if kind == "random":
        return random_household(seed), random_policy(seed)
    return featured_household(seed), featured_policy(seed)


@pytest.mark.parametrize("wash_sales", ["avoid", "price"])
@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("kind", ["random", "featured"])
def test_orders_come_to_the_same_as_in_the_books(kind, seed, wash_sales):
    home, policy = made(kind, seed)
    policy = policy.with_(wash_sales=wash_sales)
    books, judge, rng = Books(home, policy), Judge(home, policy), np.random.default_rng(seed)
    for _ in range(3):
        orders = some_orders(home, rng)
        after, found = replay(books, orders), judge.evaluate(orders)
        assert found.parts.keys() == after.parts.keys()
        assert all(agrees(float(after.parts[part]), amount) for part, amount in found.unrounded.items())
        assert found.cash == after.cash
        stated = {line: getattr(after.tax_after, line) for line in TaxBill.model_fields}
        lines = {line: None if found.bill_after.get(line) is None else float(found.bill_after[line]) for line in stated}
        assert lines == pytest.approx(stated, abs=1e-6)
        assert [(r.proceeds, r.gain, r.term) for r in found.results] == [
            (p.proceeds, p.gain, p.term) for p in after.postings
        ]
        assert [(b.name, b.lower, b.upper, b.target) for b in found.bands] == [
            (b.name, b.lower, b.upper, b.target) for b in after.bands
        ]
        assert [float(b.after) for b in found.bands] == pytest.approx([float(b.after) for b in after.bands])
        assert [(s.rule, s.where, s.amount) for s in found.shortfalls] == [
            (s.rule, s.where, s.amount) for s in shortfalls(books, after, orders)
        ]
        assert abs(found.violation - violation(books, after, orders)) < Decimal("0.001")


def test_evaluating_once_is_evaluating_again():
    """A Judge forgets what it has evaluated: an order of evaluations changes nothing."""
    home, policy = featured_household(7), featured_policy(7)
    judge, rng = Judge(home, policy), np.random.default_rng(7)
    lists = [some_orders(home, rng) for _ in range(6)]
    first = [judge.evaluate(orders).parts for orders in lists]
    assert [judge.evaluate(orders).parts for orders in reversed(lists)] == first[::-1]
    assert [evaluate(home, policy, orders).parts for orders in lists] == first


def test_nothing_traded_costs_what_is_outside_the_bands_and_breaks_no_rule_of_trades():
    home, policy = featured_household(7), featured_policy(7)
    found = Judge(home, policy).evaluate([])
    assert found.bill_after == found.bill_before
    assert found.findings == []
    assert {part for part, dollars in found.parts.items() if dollars} <= {"drift", "to_target", "limits"}
