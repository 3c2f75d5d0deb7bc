"""Money in and out, by account: the contribution, the withdrawal, the debit, and from what they are paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from ...models import MoneyFlow
from ...models.schema.money import ZERO, cents, exact
from .facts import Solved
from .words import listed, to_the_cent


def money_flows(solved: Solved) -> Iterator[MoneyFlow]:
    """Yield what comes in and goes out of each account, in the household's order."""
    proceeds: dict[str, list[Decimal]] = defaultdict(list)
    placed: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for order, posting in zip(solved.orders, solved.after.postings, strict=True):
        proceeds[order.account].append(posting.proceeds)
        placed[order.account].add((order.symbol, order.side))
    for account in solved.problem.household.accounts:
        before, contribution, withdrawal = map(exact, (account.cash, account.contribution, account.withdrawal))
        after = solved.after.cash[account.id]
        sold = sum((each for each in proceeds[account.id] if each > 0), ZERO)
        bought = -sum((each for each in proceeds[account.id] if each < 0), ZERO)
        need = withdrawal + max(-before, ZERO)
        from_cash = min(need, max(max(before, ZERO) - max(after, ZERO), ZERO))
        from_contribution = min(need - from_cash, contribution)
        from_sales = min(need - from_cash - from_contribution, sold)
        commissions = solved.books.commission[account.id] * len(placed[account.id])
        dollars = {
            "cash_before": before,
            "contribution": contribution,
            "withdrawal": withdrawal,
            "sold": sold,
            "bought": bought,
            "commissions": commissions,
            "cash_after": after,
            "from_cash": from_cash,
            "from_contribution": from_contribution,
            "from_sales": from_sales,
            "missing": need - from_cash - from_contribution - from_sales,
            "invested": min(contribution - from_contribution, bought + commissions),
        }
        stated = {name: cents(amount) for name, amount in dollars.items()}  # rounded last, so that no cents add up
        words = " ".join(_sentences(stated))
        yield MoneyFlow(account=account.id, text=words, **{name: float(amount) for name, amount in stated.items()})


def _sentences(flow: dict[str, Decimal]) -> Iterator[str]:
    """What goes out, then what comes in, in words."""
    out = {"withdrawal": flow["withdrawal"], "debit": max(-flow["cash_before"], ZERO)}
    if any(out.values()):
        what = [f"the {name} of {to_the_cent(amount)}" for name, amount in out.items() if amount]
        sources = {"cash": "from_cash", "the contribution": "from_contribution", "sales": "from_sales"}
        paid = [f"{to_the_cent(flow[field])} of {source}" for source, field in sources.items() if flow[field]]
        verb = "is" if len(what) == 1 else "are"
        text = f"{listed(what)} {verb} paid with {listed(paid)}" if paid else f"{listed(what)} {verb} not paid"
        if paid and flow["missing"]:
            text += f"; {to_the_cent(flow['missing'])} is missing"
        yield f"{text[0].upper()}{text[1:]}."
    left = flow["contribution"] - flow["from_contribution"]
    if left:
        whole = "the contribution" if left == flow["contribution"] else "the rest of the contribution"
        where = {"is invested": flow["invested"], "stays as cash": max(left - flow["invested"], ZERO)}
        uses = [f"{to_the_cent(amount)} {use}" for use, amount in where.items() if amount]
        text = f"{whole} of {to_the_cent(left)}" if len(uses) == 1 else f"of {whole} of {to_the_cent(left)}"
        yield f"{text[0].upper()}{text[1:]}{',' if len(uses) > 1 else ''} {_told(uses)}."


def _told(uses: list[str]) -> str:
    return uses[0].split(" ", 1)[1] if len(uses) == 1 else listed(uses)
