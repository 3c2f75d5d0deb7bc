"""The words and digits in which the terminal and the pages state a plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from ...models import (
    Blocked,
    LimitUse,
    LossStatus,
    Plan,
    Reason,
    SecurityWeight,
    Trade,
    Wait,
    WashWindow,
)
from ...models.plan.statements import MONEY, NOTES, PARTS
from ...models.plan.words import outside
from ...models.schema.amounts import HALF_A_CENT


def names_outside(plan: Plan, places: int) -> dict[str, list[SecurityWeight]]:
    """Return the names outside their bands before and after the trades, by `before` and `after`; the worst first."""
    value = plan.target_value

    def off(when: str) -> list[SecurityWeight]:
        rows = [row for row in plan.names if value and outside(getattr(row, when) / value, row, places)]
        by = {row.symbol: getattr(row, when) for row in rows}
        return sorted(rows, key=lambda r: -max(by[r.symbol] - r.upper * value, r.lower * value - by[r.symbol]))

    return {when: off(when) for when in ("before", "after")}


def reason_in_words(trade: Trade) -> str:
    """Return a trade's reason as a sentence, its code's words if it has none."""
    words = trade.reason.text or f"{code_in_words(trade.reason.code)}."
    return f"{words} {_without(trade)}" if trade.reason.next_best_costs is not None else words


def code_in_words(code: str) -> str:
    """Return a code of a reason, a rule or a limit as words."""
    return code.replace("_", " ").capitalize()


def _without(trade: Trade) -> str:
    """What the best plan found without a trade would do instead, and what that costs more, in a sentence."""
    reason = trade.reason
    least = reason.next_best_at_least or 0.0
    proven = f" (every plan without it: at least ${least:,.2f})" if least >= HALF_A_CENT else ""
    order = "sale" if trade.side == "sell" else "purchase"
    return (
        f"Without this {order}, solved again, the plan would {reason.next_best} and cost about {_more(reason)}{proven}."
    )


def _more(reason: Reason) -> str:
    """What the plan without a trade costs more: money and penalties apart, because nobody pays a penalty."""
    penalized = reason.next_best_penalties or 0.0
    money = (reason.next_best_costs or 0.0) - penalized
    more, charged = (f"${abs(each):,.2f} {'more' if each >= 0 else 'less'}" for each in (money, penalized))
    return more if abs(penalized) < HALF_A_CENT else f"{more} in money and {charged} in penalties"


def transfers_in_words(plan: Plan) -> Iterator[str]:
    """Yield where money comes from and goes, a line for each transfer."""
    yield from (f"{each.kind.capitalize()}: {each.text}" for each in plan.transfers)


def marginal_in_words(plan: Plan) -> Iterator[str]:
    """Yield what the next dollars of gain cost with the plan, and without it if that differs, by term."""
    rates = {(row.term, row.when): row for row in plan.marginal}
    for term in ("short", "long") if rates else ():
        before, after = rates[term, "before"], rates[term, "after"]
        was = "" if before.rate == after.rate else f" (before the plan {before.rate:.1%})"
        yield f"Next $1,000 of {term}-term gain: {after.rate:.1%}{was}. {after.text}"


def parts_shown(*plans: Plan) -> tuple[list[str], list[str]]:
    """Return the parts of the objective that are not zero in every plan: those that are money, then the penalties."""
    shown = [part for part in PARTS if any(plan.parts[part] for plan in plans)]
    return [part for part in shown if part in MONEY], [part for part in shown if part not in MONEY]


def notes_on(parts: Sequence[str]) -> Iterator[str]:
    """Yield what the names of parts do not say."""
    yield from (f"{PARTS[part]}: {NOTES[part]}." for part in PARTS if part in NOTES and part in parts)
    yield "in all: what the plan makes least, money and penalties; nobody pays a penalty."


def blocked_in_words(item: Blocked) -> str:
    """Return what is blocked today: a lot, or a purchase."""
    return f"{item.account}: {item.symbol} lot {item.lot}" if item.lot else f"buying {item.symbol}"


def wait_in_words(wait: Wait) -> str:
    """Return what waiting for a lot's long-term day saves."""
    return f"{wait.account}: {wait.symbol} lot {wait.lot}. {wait.text}"


def loss_in_words(state: LossStatus) -> str:
    """Return what becomes of a loss, and by which rule."""
    return f"{state.account}: {state.symbol} lot {state.lot}. {state.text} {state.rule}."


def window_in_words(window: WashWindow) -> str:
    """Return what not to do after the plan, until when and why."""
    what = "Do not buy" if window.rule == "do_not_buy" else "Do not sell at a loss:"
    return f"{what} {', '.join(window.symbols)} before {window.until}; {window.cause}."


def limit_in_words(use: LimitUse) -> str:
    """Return how much of a limit is used."""
    return f"{use.name.replace('_', ' ')}: {use.text}"


def quantity_in_words(shares: float) -> str:
    """Return shares with as many decimals as they have."""
    text = f"{Decimal(repr(shares)):,f}"
    return text.removesuffix(".0")


def policy_in_words(plan: Plan) -> str:
    """Return the name of the plan's policy, and what it does if it comes with the package; empty without a name."""
    policy = plan.policy
    return ": ".join(filter(None, (policy.name, policy.sentence)))


def filled_in_words(plan: Plan) -> list[str]:
    """Return what the tables of funds filled in, a sentence for each security."""
    found: dict[tuple[str, str], list[str]] = {}
    for mark in plan.filled:
        place, _, field = mark.path.rpartition(".")
        found.setdefault((place.partition(".")[2], mark.source), []).append(f"{field.replace('_', ' ')} {mark.value}")
    return [f"{symbol}: {', '.join(values)} ({source})" for (symbol, source), values in found.items()]
