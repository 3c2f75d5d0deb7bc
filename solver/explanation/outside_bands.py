"""Why asset classes stay outside their bands: the cheapest further correction, or what rules it out.

Further corrections of up to $1,000 are priced on the books, like the plan itself: a sale with a
purchase that it pays for in the same account, a sale alone, or a purchase with idle cash.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from time import perf_counter
from typing import NamedTuple

import numpy as np

from ...models import OutsideBand
from ...models.household.parts.targets import CASH
from ...models.plan.statements import PARTS
from ...models.schema.money import ZERO
from ..accounting.after_trades import AfterTrades, Band
from ..accounting.violations import misplaced_orders, rounding, shortfalls
from .beside import Beside
from .facts import Solved
from .further_corrections import Correction, Corrections
from .violations import LIMITS, RULES
from .words import dollars, listed, to_the_cent

DRIFT = ("drift", "to_target")
"""The parts of the objective that a correction is made for."""

SHOWN = 3
"""The most blocked lots or purchases that a sentence lists."""


class _Priced(NamedTuple):
    """A further correction with what it adds to the objective and what it saves of drift, in dollars."""

    net: Decimal
    costs: Decimal
    saves: Decimal
    text: str


def outside_bands(solved: Solved, beside: Beside | None) -> Iterator[OutsideBand]:
    """Yield each class that is outside its band after the trades by more than rounding, with the reason.

    Without `beside` no further correction is priced, and nothing is put into words.
    """
    after, slack = solved.after, rounding(solved.books, solved.orders)
    for band in after.bands:
        outside = band.outside(after.target_value)
        if band.kind == "class" and outside > slack:
            side = "above" if band.after > band.upper * after.target_value else "below"
            row: dict[str, object] = {"asset_class": band.name, "side": side, "outside": float(round(outside, 2))}
            if beside is None:
                yield OutsideBand.model_validate(row | {"reason": "not_priced", "text": ""})
                continue
            found = _reason(beside, band, float(outside), above=side == "above")
            share = f" ({outside / after.target_value:.1%} of the household)" if after.target_value > 0 else ""
            text = f"{band.name} stays {dollars(outside)}{share} {side} its band: {found.pop('text')}."
            yield OutsideBand.model_validate(row | found | {"text": text})


def _reason(beside: Beside, band: Band, outside: float, *, above: bool) -> dict[str, object]:
    """The fields that say what keeps a class outside its band."""
    if perf_counter() > beside.deadline:
        return {"reason": "not_priced", "text": "the time limit came before a further correction was priced"}
    corrections = Corrections(beside, band.name, above=above)
    moves = list(corrections.of(outside))
    priced, refused = [], []
    for move in moves:
        after, broken = _repriced(beside, move)
        if broken:
            refused.append(broken)
        else:
            priced.append(_weighed(beside.after, after, move))
    if priced:
        best = min(priced)
        reason = "costs_more" if best.net >= 0 else "could_be_better"
        return {"reason": reason, "costs": float(best.costs), "saves": float(best.saves), "text": best.text}
    if refused:
        text = f"every further correction would break a hard rule: {listed(refused[0])}"
        return {"reason": "hard_rule", "text": text}
    return _ruled_out(corrections, band.name, above=above)


def _repriced(beside: Beside, move: Correction) -> tuple[AfterTrades, list[str]]:
    """The plan with a further correction, and the hard rules that it breaks, in words."""
    books, plan = beside.books, beside.after
    after, orders = beside.repriced(move.without, move.orders)
    known = {(each.rule, each.where): each.amount for each in shortfalls(books, plan, beside.orders)}
    broken = [
        LIMITS[each.where] if each.rule == "limit" else f"{each.rule.replace('_', ' ')} of {each.where}"
        for each in shortfalls(books, after, orders)
        if each.amount > known.get((each.rule, each.where), ZERO) + rounding(books, move.orders)
    ]
    broken += misplaced_orders(books, after, orders).values()
    return after, broken


def _weighed(plan: AfterTrades, after: AfterTrades, move: Correction) -> _Priced:
    """What a further correction adds to the plan's objective, part by part, and what it saves of drift."""
    change = {part: after.parts[part] - plan.parts[part] for part in PARTS}
    saves = -sum((change[part] for part in DRIFT), ZERO)
    costs = sum((amount for part, amount in change.items() if part not in DRIFT), ZERO)
    parts = [f"{PARTS[part]} {_signed(amount)}" for part, amount in change.items() if amount and part not in DRIFT]
    penalty = f"the penalty for {'drift and distance from target' if change['to_target'] else 'drift'}"
    first = f"would cost {_signed(costs)}" + (f" ({', '.join(parts)})" if len(parts) > 1 else "")
    taken = to_the_cent(abs(saves))
    then = f"take {taken} off {penalty}" if saves >= 0 else f"add {taken} to {penalty}"
    text = f"the cheapest further correction found, {move.text}, {first} and {then}"
    if costs < saves:
        text += ", which this plan leaves out"
    return _Priced(costs - saves, costs, saves, text)


def _signed(amount: Decimal) -> str:
    return f"-{to_the_cent(-amount)}" if amount < 0 else to_the_cent(amount)


def _ruled_out(corrections: Corrections, name: str, *, above: bool) -> dict[str, object]:
    """The reason if there is nothing to price: what rules out every sale or purchase."""
    problem = corrections.problem
    if name == CASH and above:
        where = [problem.accounts[a] for a in corrections.with_cash()]
        if not where:
            return {"reason": "hard_rule", "text": "it is the minimum cash of the accounts"}
        return {"reason": "not_on_menu", "text": f"{listed(where)} may buy nothing with it"}
    if not above and name != CASH:
        buys = problem.buys
        funds = np.flatnonzero(problem.exposure[buys.security, corrections.place] >= Corrections.PURE)
        if not len(funds):
            return {"reason": "not_on_menu", "text": "no account may buy a fund of it"}
        if not (able := corrections.buyers()):
            rules = [RULES[buys.blocked[i] or "W4"].format(buys.label[i]) for i in funds.tolist()]
            accounts, groups = problem.household.accounts, problem.groups
            ends = [
                problem.wash.barring(accounts[buys.account[i]]).get(groups[problem.group[buys.security[i]]])
                if buys.blocked[i] == "W2"
                else None
                for i in funds.tolist()
            ]
            return _blocked(rules, [window.until if window else None for window in ends])
        held = np.flatnonzero(np.isin(problem.lots.account, able) & corrections.counts & (corrections.left > 0))
        names = listed(problem.accounts[a] for a in able)
        nothing = f"{names} may buy it, but {_has(able)} nothing to sell and no cash"
    else:
        held, nothing = np.flatnonzero(corrections.counts & (corrections.left > 0)), "nothing of it is left to sell"
    if not len(held):
        return {"reason": "nothing_to_trade", "text": nothing}
    places = held.tolist()
    return _blocked([_rule(corrections, i) for i in places], [problem.lots.until[i] for i in places])


def _has(accounts: list[int]) -> str:
    return "has" if len(accounts) == 1 else "have"


def _rule(corrections: Corrections, lot: int) -> str:
    """The rule that keeps a lot from being sold beside the plan, in words."""
    lots = corrections.problem.lots
    label = str(lots.label[lot])
    if lots.blocked[lot]:
        return RULES[str(lots.blocked[lot])].format(label)
    if corrections.washed[lot]:
        return f"a loss in {label} would be a wash sale beside this plan's purchases"
    return f"{label} is sold after other lots"


def _blocked(rules: list[str], ends: list[date | None]) -> dict[str, object]:
    """The reason if every lot or purchase that would correct a class is blocked: the rules, and the first free day."""
    told = (f"{rule} (until {end})" if end else rule for rule, end in zip(rules, ends, strict=True))
    shown = list(dict.fromkeys(told))
    words = listed(shown) if len(shown) <= SHOWN else f"{', '.join(shown[:SHOWN])} and {len(shown) - SHOWN} more"
    return {"reason": "blocked", "until": min((end for end in ends if end), default=None), "text": words}
