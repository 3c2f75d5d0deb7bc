"""The router's moves, by a rule: which accounts pay and which receive (docs/formulation.md, The router).

Paying: what must be distributed; cash of taxable accounts; their lots; deferred accounts up to the end of the bracket;
Roth IRAs; deferred accounts beyond it. Receiving: 401(k)s, then IRAs within their limits, then taxable accounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from ....models.household.moves import DEFERRED, Moves
from ....models.schema.money import CENT, ZERO, exact
from ....models.tax.tax_year import tax_year
from ..moves import raisable

if TYPE_CHECKING:
    from ....models.retirement.limits import Room
    from ....models.retirement.requests import Requests
    from ...accounting.books import Books
    from ...formulation.problem import Problem

Dollars = dict[str, Decimal]

ORDER = ("401k", "roth", "traditional", "hsa", "taxable")
"""The kinds of account in the order in which they receive."""


def routed_moves(problem: Problem, books: Books) -> Moves:
    """Return the moves that the rule makes of what the household asks for. `books` are those without moves."""
    asked = problem.requests
    assert asked is not None
    paid: Dollars = {}
    left = {name: min(source.most, raisable(problem, books, name)) for name, source in asked.sources.items()}
    converted, received = _conversions(asked, left)
    for each in asked.required:
        _pay(paid, left, each.dollars, _largest_first(left, each.accounts))
    missing = asked.out - sum(paid.values(), ZERO)
    for names, most in _paying(problem, books, asked, paid, sum(converted.values(), ZERO)):
        before = missing
        missing -= _pay(paid, left, min(missing, most), names)
        assert missing <= before
    if missing > 0:  # rules keep the accounts from raising it; what may be taken by law falls short there
        name = max(asked.sources, key=lambda each: asked.sources[each].most)
        paid[name] = paid.get(name, ZERO) + missing
    return Moves(_some(paid), _some(_contributions(asked)), _some(converted), _some(received))


def _paying(
    problem: Problem, books: Books, asked: Requests, paid: Dollars, converted: Decimal
) -> Iterator[tuple[list[str], Decimal]]:
    """The accounts that pay, in their order, and the most that each group pays in its turn."""
    by_kind = {name: asked.kind[name] for name in asked.sources}
    taxable = [name for name, kind in by_kind.items() if kind == "taxable"]
    least = {name: books.accounts[name].minimum_cash for name in taxable}
    for name in sorted(taxable, key=lambda each: -books.cash[each]):
        yield [name], max(books.cash[name] - exact(least[name]) - paid.get(name, ZERO), ZERO).quantize(CENT)
    yield taxable, asked.out
    deferred = [name for name, kind in by_kind.items() if kind in DEFERRED]
    deferred.sort(key=lambda name: asked.sources[name].additional_tax)
    free = [name for name in deferred if not asked.sources[name].additional_tax]
    yield free, _to_the_top(problem, converted + sum((paid.get(name, ZERO) for name in deferred), ZERO))
    yield [name for name, kind in by_kind.items() if kind in ("roth", "hsa")], asked.out
    yield deferred, asked.out


def _to_the_top(problem: Problem, income: Decimal) -> Decimal:
    """Dollars of ordinary income up to the end of the bracket, beyond `income` that the moves add already."""
    payer, asked = problem.asked.filer, problem.requests
    if payer.rates is not None or payer.year is None or asked is None:
        return ZERO
    law = tax_year(payer.year, payer.filing_status)
    deduction = law.standard_deduction if payer.deduction is None else exact(payer.deduction)
    taxable = (asked.income or ZERO) - exact(payer.qualified_dividends) - deduction + income
    top = min((top for top in law.ordinary_tops if top > taxable), default=taxable)
    return (top - taxable).quantize(CENT)


def _largest_first(left: Dollars, names: Iterable[str]) -> list[str]:
    return sorted((name for name in names if name in left), key=lambda name: -left[name])


def _pay(paid: Dollars, left: Dollars, dollars: Decimal, names: Iterable[str]) -> Decimal:
    """Take dollars from accounts, the most from each in turn; return how many they pay."""
    missing = dollars
    for name in names:
        part = max(min(missing, left[name]), ZERO)
        paid[name] = paid.get(name, ZERO) + part
        left[name] -= part
        missing -= part
    return dollars - missing


def _contributions(asked: Requests) -> Dollars:
    """Where money comes in: sheltered accounts within their limits, at the plan's income, then a taxable account."""
    found: Dollars = {}
    rooms = [_at_income(asked, room) for room in asked.rooms]
    fresh, into = asked.fresh, asked.into
    for name in sorted(asked.receivers, key=lambda each: ORDER.index(asked.kind[each])):
        own = [number for number, room in enumerate(asked.rooms) if name in room.accounts]
        sheltered = asked.kind[name] != "taxable"
        dollars = max(min([into, *([fresh] if sheltered else []), *(rooms[number] for number in own)]), ZERO)
        for number in own:
            rooms[number] -= dollars
        fresh -= dollars if sheltered else ZERO
        into -= dollars
        found[name] = dollars
    if into > 0:  # a phase-out leaves too little room
        name = min(asked.receivers, key=lambda each: asked.kind[each] != "taxable")
        found[name] += into
    return found


def _at_income(asked: Requests, limit: Room) -> Decimal:
    """A limit on contributions after its phase-out, with $1,000 of room for what the plan's gains add to income."""
    if limit.phase_out is None or asked.income is None:
        return limit.dollars
    income = asked.income_for(limit) + asked.out + asked.conversion + 1000
    return limit.at(income).quantize(CENT, ROUND_FLOOR)


def _conversions(asked: Requests, left: Dollars) -> tuple[Dollars, Dollars]:
    """Out of the largest traditional IRAs, into each owner's first Roth IRA."""
    converted: Dollars = {}
    received: Dollars = {}
    missing = asked.conversion
    for own in asked.owners:
        done = _pay(converted, left, missing, _largest_first(left, own.traditional))
        received[own.roth[0]] = done
        missing -= done
    if missing > 0 and asked.owners:  # rules keep the accounts from raising it
        own = asked.owners[0]
        for dollars, name in ((converted, own.traditional[0]), (received, own.roth[0])):
            dollars[name] = dollars.get(name, ZERO) + missing
    return converted, received


def _some(dollars: Dollars) -> Dollars:
    return {name: each for name, each in dollars.items() if each > 0}
