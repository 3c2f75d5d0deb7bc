"""The audit of a plan's transfers: sums, limits of the law, required distributions, and what each adds to the bill."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from ...models.schema.money import CENT, ONE, ZERO, cents, exact
from ...models.tax.tax_year import statute
from .bill import Filer, floor
from .distributions import required_of
from .findings import HALF_CENT, Finding
from .moves import TAXED, place_of
from .retirement import is_early, may_pay, rooms_of, takes_more, taxable_receiver
from .statements import agrees

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...models.plan.plan import Plan
    from ...models.plan.transfers import Transfer
    from .case import Case
    from .distributions import Due
    from .evaluation import Evaluation
    from .retirement import Shared

RATE = Decimal("0.000001")
"""How far a stated rate may be from what it is: rates have six decimals."""


def wrong_moves(case: Case, plan: Plan, found: Evaluation) -> Iterator[Finding]:
    """Yield everything that is wrong with a plan's transfers and with what it says of them."""
    moved = _by_kind(plan)
    must = required_of(case.asked)
    yield from _sums(case, moved, must)
    yield from _required(moved, must)
    yield from _payers(case, moved)
    yield from _receivers(case, moved, found)
    for each in plan.transfers:
        yield from _stated(case, plan, found, each)
    if len({(each.kind, each.account, each.to) for each in plan.transfers}) < len(plan.transfers):
        yield Finding("move", "transfers", "the same transfer twice")


def _by_kind(plan: Plan) -> dict[str, dict[str, Decimal]]:
    """Dollars by kind and account."""
    found: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for each in plan.transfers:
        found[each.kind][each.account] += exact(each.amount)
    return found


def _sums(case: Case, moved: Mapping[str, Mapping[str, Decimal]], must: list[Due]) -> Iterator[Finding]:
    """What the household asks for is moved, and what must be distributed, and no more."""
    asked = case.asked
    total = {
        kind: sum(moved[kind].values(), ZERO) for kind in ("withdrawal", "distribution", "contribution", "conversion")
    }
    wanted, fresh, converted = (cents(exact(each)) for each in (asked.withdrawal, asked.contribution, asked.conversion))
    distributed = sum((each.dollars for each in must), ZERO)
    receives = taxable_receiver(asked)
    right = {
        "distribution": distributed,
        "withdrawal": floor(wanted - distributed),
        "contribution": fresh + (floor(distributed - wanted) if receives else ZERO),
        "conversion": converted,
    }
    for kind, dollars in right.items():
        if total[kind] != dollars:
            yield Finding("move", kind, f"{total[kind]:,.2f} is moved, not {dollars:,.2f}")
    sheltered = sum(
        (dollars for name, dollars in moved["contribution"].items() if case.accounts[name].kind != "taxable"), ZERO
    )
    if sheltered > fresh:
        yield Finding(
            "move", "contribution", f"{sheltered:,.2f} goes into sheltered accounts, of {fresh:,.2f} that is new"
        )


def _required(moved: Mapping[str, Mapping[str, Decimal]], must: list[Due]) -> Iterator[Finding]:
    """Every set of accounts distributes what it must."""
    out, known = moved["distribution"], set().union(*(each.accounts for each in must))
    for each in must:
        taken = sum((out.get(name, ZERO) for name in each.accounts), ZERO)
        if taken != each.dollars:
            where = " and ".join(each.accounts)
            yield Finding("move", where, f"{taken:,.2f} is distributed, {each.dollars:,.2f} must be")
    for name in out:
        if name not in known:
            yield Finding("move", name, "nothing must be distributed")


def _payers(case: Case, moved: Mapping[str, Mapping[str, Decimal]]) -> Iterator[Finding]:
    """No account pays more than the law and the user's restrictions let it pay."""
    out: dict[str, Decimal] = defaultdict(Decimal)
    for kind in ("withdrawal", "distribution", "conversion"):
        for name, dollars in moved[kind].items():
            out[name] += dollars
    accounts = {account.id: account for account in case.asked.accounts}
    for name, dollars in out.items():
        most = may_pay(case.asked, accounts[name])
        if most is not None and dollars > most:
            yield Finding("move", name, f"{dollars:,.2f} leaves it, but it may pay {most:,.2f}")


def _receivers(case: Case, moved: Mapping[str, Mapping[str, Decimal]], found: Evaluation) -> Iterator[Finding]:
    """No contribution is beyond the limits of the year, at the plan's own income."""
    into = moved["contribution"]
    if not into:
        return
    open_ = {account.id for account in takes_more(case.asked)}
    for name in into:
        if name not in open_:
            yield Finding("move", name, "nothing may be contributed to it")
    for each in rooms_of(case.asked):
        paid = sum((into.get(name, ZERO) for name in each.accounts), ZERO)
        most, slack = each.dollars, ZERO
        if each.low is not None and each.high is not None:
            income = found.bill_after["adjusted_gross_income"] + _uncounted(case, moved, each)
            most = each.at(income)
            slack = (
                (each.limit / (each.high - each.low) * found.slack).quantize(CENT) + CENT
                if most < each.dollars
                else ZERO
            )
        if paid > most + slack:
            where = " and ".join(each.accounts)
            yield Finding("move", where, f"{paid:,.2f} is contributed, the limit leaves {most:,.2f}")


def _uncounted(case: Case, moved: Mapping[str, Mapping[str, Decimal]], room: Shared) -> Decimal:
    """What the income that counts for a limit has beyond adjusted gross income."""
    deducted = (d for name, d in moved["contribution"].items() if case.accounts[name].kind == "traditional")
    more = sum(deducted, ZERO)
    if not room.conversions:
        more -= sum(moved["conversion"].values(), ZERO) + exact(case.asked.taxpayer.other_income.roth_conversion)
    return more


def _stated(case: Case, plan: Plan, found: Evaluation, transfer: Transfer) -> Iterator[Finding]:
    """What a transfer adds to the bill, its rate, the additional tax, and the amounts in its words."""
    where, dollars, account = place_of(transfer), exact(transfer.amount), case.accounts[transfer.account]
    if dollars != cents(dollars):
        yield Finding("move", where, f"{transfer.amount} is no amount in cents")
    early = ZERO
    if transfer.kind in ("withdrawal", "distribution") and is_early(case.asked, account):
        early = dollars
    additional = cents(early * statute("early_withdrawal_rate"))
    sign = -1 if transfer.kind == "contribution" else 1
    gains, income = {"short": ZERO, "long": ZERO}, ZERO
    if account.kind in TAXED:
        income = sign * dollars
    elif account.kind == "taxable" and transfer.kind == "withdrawal":
        gains = _gains_of(case, plan, found, transfer)
    tax = ZERO
    if income or any(gains.values()):
        filer = case.filer
        rest = Filer(filer.taxpayer, filer.added, filer.usual, filer.moved - income, filer.early - early)
        realized = [found.bill_after[f"{term}_gain"] - exact(getattr(filer.taxpayer, f"realized_{term}")) - gains[term]
                    for term in ("short", "long")]  # fmt: skip
        tax = found.bill_after["total"] - rest.bill(realized[0], realized[1])["total"]
    for field, right in (("tax", tax), ("additional_tax", additional)):
        if not agrees(getattr(transfer, field), right):
            yield Finding("move", f"{where} {field}", f"it is {right:.2f}, not {getattr(transfer, field)}")
    if abs(exact(transfer.rate) - tax / dollars) > RATE:
        yield Finding("move", f"{where} rate", f"it is {tax / dollars:.6f}, not {transfer.rate}")
    rooms = (each.dollars for each in rooms_of(case.asked) if transfer.account in each.accounts)
    known = [dollars, abs(tax), additional, abs(sum(gains.values(), ZERO)), *rooms]
    for amount in re.findall(r"\$([\d,]+(?:\.\d\d)?)", transfer.text):
        if not any(abs(exact(amount.replace(",", "")) - each) <= HALF_CENT for each in known):
            yield Finding("move", f"{where} text", f"${amount} is none of its amounts")
    if f"{dollars:,.2f}".removesuffix(".00") not in transfer.text:
        yield Finding("move", f"{where} text", "its amount is not in its words")


def _gains_of(case: Case, plan: Plan, found: Evaluation, transfer: Transfer) -> dict[str, Decimal]:
    """The gains by term of the sales that pay a withdrawal from a taxable account, beyond the cash that it had."""
    own = [
        r for t, r in zip(plan.trades, found.results, strict=True) if t.account == transfer.account and t.side == "sell"
    ]
    sold = sum((each.proceeds for each in own), ZERO)
    used = floor(floor(exact(case.accounts[transfer.account].cash)) - floor(found.cash[transfer.account]))
    share = min(floor(exact(transfer.amount) - used) / sold, ONE) if sold else ZERO
    return {
        term: cents(share * sum((each.gain for each in own if each.term == term and each.gain is not None), ZERO))
        for term in ("short", "long")
    }
