"""What the next dollars of gain cost before and after a plan, and how far each rate holds."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from ..schema.money import exact
from ..tax.marginal_rates import SAME, STEP, Slope, next_kink
from ..tax.tax_bill import TaxBill, taxes
from .statements import MarginalRate

if TYPE_CHECKING:
    from ..tax.holding_period import Term
    from ..tax.taxpayer import Taxpayer


def marginal_rates_of(
    taxpayer: Taxpayer, before: TaxBill, after: TaxBill, then: Taxpayer | None = None
) -> Iterator[MarginalRate]:
    """Yield the tax rates on the next short-term and long-term gain, and the kinks ahead, for two bills.

    `before` is the bill without the plan, `after` the bill with it, and `then` the taxpayer with it, if the plan adds
    to the year's income. Each rate is taken at the net gains of its bill.
    """
    bills = {}
    for when, bill, payer in (("before", before, taxpayer), ("after", after, then or taxpayer)):
        here = exact(bill.short_net), exact(bill.long_net)
        bills[when] = bill, payer, here, taxes(payer, *here).total
    for term in ("short", "long"):
        for when, (bill, payer, here, owed) in bills.items():
            step = (STEP, Decimal(0)) if term == "short" else (Decimal(0), STEP)
            more = taxes(payer, here[0] + step[0], here[1] + step[1]).total - owed
            now, room, beyond = next_kink(payer, (float(here[0]), float(here[1])), term)
            yield MarginalRate.model_validate(
                {
                    "term": term,
                    "when": when,
                    "rate": round(float(more / STEP), 6),
                    "rate_now": round(now.total, 6),
                    "room": None if beyond is None else round(room, 2),
                    "rate_then": None if beyond is None else round(beyond.total, 6),
                    "text": _words(term, now, room, beyond, bill.surtax),
                }
            )


def _words(term: Term, now: Slope, room: float, then: Slope | None, surtax: float) -> str:
    """The rates in words. `surtax` is the bill's, in dollars, before the next dollar of gain."""
    kind, absorbed = f"{term}-term gain", False
    if abs(now.total) <= SAME:
        absorbed = now.carried < -SAME
        left = f"of {kind} that losses absorb" if absorbed else f"of {kind} left at 0 %"
    else:
        state = f" ({_percent(now.state)} of it state tax)" if now.state > SAME else ""
        left = f"of {kind} left at {_percent(now.total)}{state}"
    if then is None:
        return f"Any amount {left}."
    why = ""
    if absorbed:
        pass  # the rate changes because the losses are used up
    elif abs(then.surtax - now.surtax) > SAME:
        why = f", because the surtax on investment income {_surtax(now.surtax, then.surtax, surtax)}"
    elif abs(then.minimum_tax - now.minimum_tax) > SAME:
        why = ", by the alternative minimum tax"
    return f"${room:,.0f} {left}, then {_percent(then.total)}{why}."


def _surtax(now: float, then: float, paid: float) -> str:
    """What the surtax does at a kink, given its rate on either side and the dollars of it before the next gain."""
    if now > SAME:
        return "no longer grows" if then <= SAME else "rises" if then > now else "falls"
    return "applies to it" if paid else "begins"


def _percent(rate: float) -> str:
    return f"{100 * rate:.2f}".rstrip("0").rstrip(".") + " %"
