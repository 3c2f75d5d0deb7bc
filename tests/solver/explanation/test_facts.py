"""The facts that reasons cite, each beside its definition, on random households with every feature."""

from collections import Counter

from random_households import featured_household, featured_policy

from lotroute.fixtures.generator import generate
from lotroute.fixtures.trading import trade_heavily
from lotroute.models import Policy
from lotroute.models.household.parts.substitutes import substitutes
from lotroute.models.schema.money import exact
from lotroute.models.wash_sales.before_plan import BeforePlan
from lotroute.models.wash_sales.history import order_of
from lotroute.solver.accounting.books import Books
from lotroute.solver.accounting.orders import Order
from lotroute.solver.accounting.replay import replay
from lotroute.solver.explanation.context import Context
from lotroute.solver.explanation.facts import Facts, Solved
from lotroute.solver.formulation.problem import build_problem
from lotroute.solver.search.candidates import candidate, routed


def solved(home, policy):
    """The router's orders with what reasons are drawn from."""
    wash = BeforePlan(home)
    problem, books = build_problem(home, policy, wash), Books(home, policy, wash)
    found = routed(problem, books, candidate(books, []))
    return Solved(problem, books, found.orders, found.after)


def all_facts(seeds):
    for seed in seeds:
        home = featured_household(seed, lots=(6, 30))
        yield Facts(solved(home, featured_policy(seed, home)), ())


def test_an_order_cites_the_first_band_that_the_household_is_outside_of_and_that_it_moves_it_toward():
    named = Counter()
    rows = (
        (facts, row) for facts in all_facts(range(120)) for row in zip(facts.orders, facts.after.postings, strict=True)
    )
    for facts, (order, posting) in rows:
        context, value = Context(facts, order, posting), facts.after.target_value
        sign = 1 if order.side == "buy" else -1
        own, factors = [], []
        for band in facts.after.bands:
            above, below = band.before > band.upper * value, band.before < band.lower * value
            loading = facts.factors[order.symbol].get(band.name, 0.0) * sign
            if band.kind == "name" and band.name == order.symbol and (above if sign < 0 else below):
                own.append(band)
            if band.kind == "factor" and loading and (above if loading < 0 else below):
                factors.append(band)
        assert context.own_band == next(iter(own), None)
        expected = None if sign < 0 and context.overweight else next(iter(factors), None)
        assert context.factor_band == expected
        named.update(["own"] * bool(own) + ["factor"] * (expected is not None))
    assert min(named["own"], named["factor"]) > 0


def test_what_is_left_to_shelter_and_what_substitutes_stand_in_for_are_read_off_every_lot_and_loss():
    for facts in all_facts(range(120)):
        home, problem = facts.household, facts.solved.problem
        free = dict(zip(problem.lots.label.tolist(), problem.lots.blocked.tolist(), strict=True))
        assert facts.left_to_shelter == {
            facts.main_class[lot.symbol]
            for account in home.accounts
            for lot in account.lots
            if not account.taxable and not free[f"{account.id}/{lot.id}"]
            and facts.after.left[account.id, lot.id] * exact(home.security[lot.symbol].price) >= 1
        }  # fmt: skip
        sold = {
            order.symbol
            for order, posting in zip(facts.orders, facts.after.postings, strict=True)
            if posting.gain is not None and posting.gain < 0
        }
        for symbol in home.security:
            named = [each.symbol for each in home.securities if symbol in each.substitutes and each.symbol in sold]
            stands_in = sorted(named) if symbol in substitutes(home.securities) else []
            assert facts.harvested_originals.get(symbol, []) == stands_in


def test_recent_lots_are_cleaned_out_if_another_order_of_their_group_waits_for_it():
    """A recent lot is sold as a clean-out if a lot in its window (W6), bought by another order, is sold too."""
    found = 0
    for number, home in enumerate(generate(40, 3)):
        given = solved(trade_heavily(home, number), Policy())
        household, keys = given.problem.household, [key for own in given.problem.wash.recent.values() for key in own]
        groups = {household.groups[given.books.lots[key].symbol] for key in keys}
        orders = [
            Order(account, lot.symbol, "sell", lot.quantity, name)
            for n, ((account, name), lot) in enumerate(given.books.lots.items())
            if household.groups[lot.symbol] in groups and n % 3
        ]
        lots, cleaned = given.problem.lots, set()
        waiting = {label for label, rule in zip(lots.label, lots.blocked, strict=True) if rule == "W6"}
        for key in keys:
            lot = given.books.lots[key]
            others = [o for o in orders if household.groups[o.symbol] == household.groups[lot.symbol]]
            bought = {order_of(o.account, given.books.lots[o.account, o.lot]) for o in others
                      if f"{o.account}/{o.lot}" in waiting}  # fmt: skip
            if any((o.account, o.lot) == key for o in others) and bought - {order_of(key[0], lot)}:
                cleaned.add(key)
        after = replay(given.books, orders)
        assert Facts(Solved(given.problem, given.books, orders, after), ()).cleaned_out == cleaned
        found += len(cleaned)
    assert found > 5
