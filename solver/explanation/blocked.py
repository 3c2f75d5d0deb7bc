"""The sales and purchases that a rule blocks on the plan's date, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...models import Account, Blocked, Lot
from ...models.eligibility.blocked_lots import IN_A_WINDOW
from ...models.eligibility.positions import closed_short, offsetting
from ...models.household.parts.availability import plan_funds
from ...models.household.parts.lot_rules import held_since
from ...models.schema.money import exact
from .words import dollars, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..accounting.orders import Order
    from ..formulation.problem import Problem


def blocked(problem: Problem, orders: Sequence[Order]) -> list[Blocked]:
    """Return the blocked lots, then the blocked purchases, each with its rule and the first free day, if known.

    Rules: wash windows (W1, W2, W6, W12), holding periods (H1, H2), collectibles (T1), an unknown basis (T2), employer
    stock (R5), positions held beside (R6, T3), the sale queue (M3), funds of plans' menus. Lots that the user keeps
    (R1, R2) are left out, and so are lots that the plan sells anyway, in a clean-out or as a wash sale.
    """
    return [*_lots(problem, {(order.account, order.lot) for order in orders}), *_purchases(problem)]


def _lots(problem: Problem, sold: set[tuple[str, str | None]]) -> Iterator[Blocked]:
    lots = problem.lots
    for lot in (lots.blocked != "").nonzero()[0].tolist():
        held, account, rule = problem.held[lot], problem.accounts[lots.account[lot]], lots.blocked[lot]
        if rule in ("R1", "R2") or (account, held.id) in sold:
            continue  # kept by the user, or sold anyway
        if rule in ("W1", IN_A_WINDOW):
            name, text = "wash_sale", _washed(problem, lot)
        elif rule == "H1":
            since = held_since(held, exact(float(lots.gain[lot])))
            how = "Bought on" if held.how_acquired == "purchase" and held.held_since is None else "Held since"
            text, name = f"{how} {since}: it is held for the policy's minimum first.", "minimum_holding"
        elif rule == "H2":
            text, name = f"Its gain is short-term today and long-term from {lots.until[lot]}.", "short_term_wait"
        elif rule == "T1":
            text = "Its long-term gain is a collectibles gain, taxed at up to 28 %, which is not modelled."
            name = "collectible"
        elif rule == "R5":
            text, name = _employer_stock(problem, held), "employer_stock"
        elif rule in ("R6", "T3", "W12"):
            name, text = _positions(problem, rule, held)
        elif rule == "T2":
            text, name = _without_basis(problem.household.account[account], held), "basis_unknown"
        else:
            text = "The account's accounting method sells another lot first, and that lot is blocked."
            name = "accounting_method"
        found = {"rule": name, "account": account, "symbol": held.symbol, "lot": held.id, "until": lots.until[lot]}
        yield Blocked.model_validate(found | {"text": text})


def _employer_stock(problem: Problem, held: Lot) -> str:
    """Why employer stock is kept, with its gain if the plan's cost is known."""
    price, cost = problem.household.security[held.symbol].price, held.basis_per_share
    gain = exact(held.quantity) * (exact(price) - exact(price if cost is None else cost))
    what = f"its gain of {dollars(gain)}" if gain > 0 else "its gain"
    text = f"Employer stock in a 401(k) is kept: taken out in kind, {what}"
    return f"{text} is taxed as long-term gain when it is sold (IRC 402(e)(4)), and a sale here gives that up."


def _positions(problem: Problem, rule: str, held: Lot) -> tuple[str, str]:
    """The rule of a lot that an option or a short sale keeps from being sold, and why it does."""
    household, group = problem.household, problem.household.groups[held.symbol]
    if rule == "R6":
        return "covered_call", f"It covers a call written on {held.symbol}: it is kept while that is open."
    if rule == "W12":
        trade = closed_short(household)[group]
        result = "at an unknown result" if trade.gain is None else "at a loss"
        closed = f"a short sale of {trade.symbol} was closed {result} in {trade.account} on {trade.date}"
        return "wash_sale", f"Not sold: {closed}, and a sale within 30 days would disallow that loss (IRC 1091(e))."
    kinds = {"long_put": "a put on", "short_sale": "a short sale of"}
    what = listed(f"{kinds[each.kind]} {each.symbol} in {each.account}" for each in offsetting(household)[group])
    return "offset", (
        f"It is offset by {what}: its holding period may have stopped, or its loss be deferred (IRC 1233(b), "
        "1092), which is not modelled."
    )


def _without_basis(account: Account, held: Lot) -> str:
    """Why a lot without a basis is kept, and what is needed."""
    if held.basis_per_share is None:
        return (
            "Its basis is not known, so nobody knows the gain of a sale: it is kept until its basis_per_share is given."
        )
    lacking = [lot.id for lot in account.lots if lot.symbol == held.symbol and lot.basis_per_share is None]
    return (
        f"At average cost its basis is that of all lots, and {listed(lacking)} has none: it is kept until that "
        "basis_per_share is given."
    )


def _washed(problem: Problem, lot: int) -> str:
    """Why the loss of a lot is not harvested."""
    lots, held = problem.lots, problem.held[lot]
    window = problem.wash.window(problem.accounts[lots.account[lot]], held)
    cause = window.cause if window is not None else ""
    loss = dollars(exact(float(-lots.gain[lot] * lots.size[lot])))
    text = f"Its loss of {loss} is not harvested: {cause}, so it would be a wash sale"
    if lots.blocked[lot] == IN_A_WINDOW:
        text += (
            ", which would cost more than it saves"
            if problem.policy.wash_sales == "price"
            else ", unless the recently bought shares are sold too"
        )
    return f"{text}."


def _purchases(problem: Problem) -> Iterator[Blocked]:
    household = problem.household
    for symbol, plans in plan_funds(household.accounts).items():
        elsewhere = [
            each.id for each in household.accounts if each.menu is None and symbol not in household.buyable[each.id]
        ]
        if elsewhere and household.security[symbol].only_in is None:
            text = (
                f"Not bought in {', '.join(elsewhere)}: it is on the menu of {', '.join(plans)}, and may be offered to "
                "such plans alone. If it can be bought there too, say so in its only_in."
            )
            yield Blocked(rule="not_available", symbol=symbol, text=text)
    for security in problem.household.securities:
        accounts = problem.household.accounts
        windows = {each.id: problem.wash.barring(each).get(security.group) for each in accounts}
        window = next((each for each in windows.values() if each is not None), None)
        if window is not None:
            where = "any account" if all(windows.values()) else ", ".join(name for name in windows if windows[name])
            text = f"Not bought in {where}: {window.cause}, and a purchase would make that a wash sale."
            yield Blocked(rule="wash_sale", symbol=security.symbol, until=window.until, text=text)
