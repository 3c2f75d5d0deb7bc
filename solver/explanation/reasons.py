"""Why each trade is in the plan: a code for programs, a sentence for people.

Each kind of trade has an ordered table of cases; the first that applies gives the code and the sentence. Every number
in a sentence is read off the household and the replayed orders, never off the program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ...models.plan.trades import ReasonCode
from ...models.schema.money import ZERO, exact
from .context import Context
from .facts import Facts
from .words import KINDS, cash_need, dollars, listed


class Case(NamedTuple):
    """A reason: its code, when it applies, and its sentence."""

    code: ReasonCode
    applies: Callable[[Context], bool]
    sentence: Callable[[Context], str]


def explain(facts: Facts, *, words: bool = True) -> Iterator[tuple[ReasonCode, str]]:
    """Yield the code and the sentence of each order's reason, in the order of the plan; empty sentences without
    `words`.
    """
    for order, posting in zip(facts.orders, facts.after.postings, strict=True):
        context = Context(facts, order, posting)
        cases = PURCHASES if order.side == "buy" else TAXABLE_SALES if context.account.taxable else SHELTERED_SALES
        case = next(case for case in cases if case.applies(context))
        yield case.code, case.sentence(context) if words else ""


# -- sentences --------------------------------------------------------------------------------------------------------


def _not_held(context: Context) -> str:
    return f"{context.order.symbol} may not be held here"


def _own_target(context: Context) -> str:
    return f"{context.order.symbol} is {'above' if context.order.side == 'sell' else 'below'} its own band"


def _factor(context: Context) -> str:
    assert context.factor_band is not None
    return f"{context.order.symbol} brings {context.factor_band.name} nearer to its band"


def _back(context: Context) -> str:
    """Why the order is part of a return from a substitute to the preferred security."""
    facts, symbol = context.facts, context.order.symbol
    if context.order.side == "buy":
        return f"{symbol} may be bought again: {listed(sorted(facts.given_up_for[symbol]))} stood in for it"
    return f"{symbol} stood in for {listed(sorted(facts.given_up[symbol]))}, which is bought again"


def _exchange(context: Context) -> str:
    """Which fund of the class keeps more here after tax, and how much."""
    assert context.exchange is not None
    other, more = context.exchange
    if context.order.side == "buy":
        return f"{context.order.symbol} keeps {more:.2%} a year more after tax here than {other}, which is sold"
    return f"{other} keeps {more:.2%} a year more after tax here and is bought instead"


def _clean_out(context: Context) -> str:
    first = "Bought within 30 days: sold first and in full, so that the losses of older lots are no wash sales"
    return f"{first}{'; ' * bool(context.result)}{context.result}.{context.also}"


def _wash_sale(context: Context) -> str:
    """How a loss is disallowed, in whole or in part, because that costs less than the alternatives."""
    loss, states = -context.gain, context.facts.washed[context.key]
    parts = []
    for state in states:
        fate = "deferred into" if state.state == "deferred" else "lost to"
        day = state.purchase_date or "by a dividend reinvested within 30 days"
        bought = f"{state.purchase_symbol} in {state.purchase_account}, {day}"
        parts.append(f"{dollars(exact(state.loss))} {fate} {bought}")
    how = "disallowed in part" if sum(exact(state.loss) for state in states) < loss else "disallowed"
    text = (
        f"Its {context.posting.term}-term loss of {dollars(loss)} is {how} as a wash sale, because that costs less "
        f"than the alternatives: {listed(parts)}."
    )
    return text + context.also


def _harvest(context: Context) -> str:
    loss, term = -context.gain, context.posting.term
    total, uses = context.facts.harvest_use.total, context.facts.harvest_use.in_words
    if total == loss:
        return f"Harvested: the {term}-term loss of {dollars(loss)} {uses}.{context.also}"
    together = f"with the plan's other losses, {dollars(total)} in all, it {uses}"
    return f"Harvested: a {term}-term loss of {dollars(loss)}; {together}.{context.also}"


def _split(context: Context) -> str:
    facts, asset_class = context.facts, context.asset_class
    where = listed([KINDS[facts.accounts[name].kind] for name in context.sold_in_shelter])
    amount = sum(context.sold_in_shelter.values(), ZERO)
    limit = "could absorb only" if asset_class not in facts.left_to_shelter else "absorbed"
    absorbed = f"the {where} {limit} {dollars(amount)} of {asset_class}"
    return f"Split: {absorbed}; the rest is sold here, and {context.result}.{context.also}"


def _taxable_gain(context: Context) -> str:
    facts, asset_class = context.facts, context.asset_class
    if asset_class in facts.left_to_shelter:
        why = f"{context.reduced} here, though a sheltered account holds more {asset_class}; {context.result}."
    else:
        more = "more " if context.sold_in_shelter else ""
        why = f"No sheltered account has {more}{asset_class} to sell: {context.reduced} here, and {context.result}."
    return why + context.also


def _with_contribution(context: Context) -> str:
    idle = context.facts.spent[context.account.id] > context.contributed
    return f"Bought with the contribution{' and idle cash' * idle}, no sale: {context.raises}."


def _harvested_here(context: Context) -> set[str]:
    """Symbols in the class of a purchase, of other identity groups, that its account sells at a loss."""
    groups = context.facts.household.groups
    found = context.facts.harvested.get((context.account.id, context.asset_class), set())
    return {symbol for symbol in found if groups[symbol] != groups[context.order.symbol]}


# -- the cases, first to last -----------------------------------------------------------------------------------------

SHELTERED_SALES: Sequence[Case] = (
    Case(
        "raise_cash",
        lambda c: c.only_cash,
        lambda c: f"Raises cash for {cash_need(c.account)}; a sale in the {c.kind} is not taxed.",
    ),
    Case("going_back", lambda c: c.order.symbol in c.facts.given_up, lambda c: f"{_back(c)}: no current tax."),
    Case("not_held", lambda c: c.is_unwanted, lambda c: f"{_not_held(c)}: no current tax."),
    Case("own_target", lambda c: c.own_band is not None, lambda c: f"{_own_target(c)}: no current tax."),
    Case("factor", lambda c: c.factor_band is not None, lambda c: f"{_factor(c)}: no current tax."),
    Case("location", lambda c: c.exchange is not None, lambda c: f"{_exchange(c)}: no current tax."),
    Case(
        "sheltered_correction",
        lambda c: c.corrects,
        lambda c: f"{c.asset_class} is corrected in the {c.kind}: no current tax.",
    ),
    Case(
        "raise_cash",
        lambda c: not c.facts.trades_in(c.account.id, "buy"),
        lambda c: f"Raises cash in the {c.kind}, where a sale is not taxed.",
    ),
    Case(
        "location",
        lambda c: True,
        lambda c: f"{c.asset_class} makes room in the {c.kind} for what is better held there: no current tax.",
    ),
)

TAXABLE_SALES: Sequence[Case] = (
    Case("clean_out", lambda c: c.key in c.facts.cleaned_out, _clean_out),
    Case(
        "going_back",
        lambda c: c.order.symbol in c.facts.given_up,
        lambda c: f"{_back(c)}; {c.result or 'sold at neither gain nor loss'}.{c.also}",
    ),
    Case("washed", lambda c: c.gain < 0 and c.key in c.facts.washed, _wash_sale),
    Case("harvest", lambda c: c.gain < 0, _harvest),
    Case(
        "raise_cash",
        lambda c: c.gain == 0 and c.only_cash,
        lambda c: f"Sold at neither gain nor loss: no tax.{c.also}",
    ),
    Case("no_gain", lambda c: c.gain == 0, lambda c: f"Sold at neither gain nor loss: no tax.{c.also}"),
    Case("raise_cash", lambda c: c.only_cash, lambda c: f"Raises cash for {cash_need(c.account)}; {c.result}."),
    Case("not_held", lambda c: c.is_unwanted, lambda c: f"{_not_held(c)}; {c.result}.{c.also}"),
    Case("own_target", lambda c: c.own_band is not None, lambda c: f"{_own_target(c)}; {c.result}.{c.also}"),
    Case("factor", lambda c: c.factor_band is not None, lambda c: f"{_factor(c)}; {c.result}.{c.also}"),
    Case("location", lambda c: c.exchange is not None, lambda c: f"{_exchange(c)}; {c.result}.{c.also}"),
    Case(
        "location",
        lambda c: not c.overweight and c.asset_class in c.facts.raised_in_shelter,
        lambda c: (
            f"{c.asset_class} is held in a sheltered account instead, where its income is not taxed; "
            f"{c.result}.{c.also}"
        ),
    ),
    Case("split", lambda c: c.overweight and bool(c.sold_in_shelter), _split),
    Case(
        "absorbed",
        lambda c: c.facts.gains[c.posting.term or "short"].taxed <= 0,
        lambda c: f"{c.reduced} here: {c.result}.{c.also}",
    ),
    Case("taxable_gain", lambda c: True, _taxable_gain),
)

PURCHASES: Sequence[Case] = (
    Case("going_back", lambda c: c.order.symbol in c.facts.given_up_for, lambda c: f"{_back(c)}."),
    Case(
        "substitute",
        lambda c: c.order.symbol in c.facts.harvested_originals,
        lambda c: (
            "A substitute, named in the file, for "
            f"{listed(c.facts.harvested_originals[c.order.symbol])}, which is sold at a loss."
        ),
    ),
    Case("own_target", lambda c: c.own_band is not None, lambda c: f"{_own_target(c)}."),
    Case("factor", lambda c: c.factor_band is not None, lambda c: f"{_factor(c)}."),
    Case(
        "contribution",
        lambda c: not c.facts.trades_in(c.account.id, "sell") and c.contributed > 0,
        _with_contribution,
    ),
    Case(
        "idle_cash",
        lambda c: not c.facts.trades_in(c.account.id, "sell"),
        lambda c: f"Bought with idle cash in the {c.kind}, no sale: {c.raises}.",
    ),
    Case("location", lambda c: c.exchange is not None and not _harvested_here(c), lambda c: f"{_exchange(c)}."),
    Case(
        "location",
        lambda c: not c.account.taxable and c.overweight and (c.asset_class, True) in c.facts.sold,
        lambda c: f"{c.asset_class} is better held in the {c.kind}, where its income is not taxed now.",
    ),
    Case(
        "sheltered_correction",
        lambda c: not c.account.taxable,
        lambda c: f"{c.raised} in the {c.kind} with the proceeds there: no current tax.",
    ),
    Case(
        "substitute",
        lambda c: bool(_harvested_here(c)),
        lambda c: (
            f"Takes the place of {listed(sorted(_harvested_here(c)))}, harvested; it is of another identity group."
        ),
    ),
    Case(
        "reinvest",
        lambda c: True,
        lambda c: f"{c.raised} with the proceeds of the sales in this account.",
    ),
)
