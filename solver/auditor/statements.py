"""What a plan states, field by field, against what its trades come to."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from ...models.schema.money import CENT, ZERO, cents, exact
from ...models.tax.tax_bill import TaxBill
from ...models.tax.tax_year import tax_year
from .bill import owed
from .distributions import leaving
from .evaluation import UNITS
from .findings import HALF_CENT, Finding, place
from .losses import stated, stated_window, statuses_of, windows_of
from .money_flows import wrong_flows
from .outside_bands import wrong_outside_bands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...models.plan.plan import Plan
    from ...models.plan.statements import MarginalRate
    from .bill import Filer
    from .case import Case
    from .evaluation import Evaluation
    from .losses import Status

FAR = Decimal(100_000_000)
"""Dollars of gain within which a rate without a kink must hold."""

RATE = Decimal("0.000001")
"""How far a stated rate may be from what it is: rates have six decimals."""


ROUNDED_LINES = 5
"""Lines of the bill in the objective: three taxes and two losses carried on."""


def wrong_statements(case: Case, plan: Plan, found: Evaluation) -> Iterator[Finding]:
    """Yield everything that a plan states and its trades do not come to."""
    yield from _values(case, plan)
    yield from _trades(plan, found)
    yield from _lots(case, plan)
    yield from _sequence(case, plan, found)
    yield from _amounts("cash_after", plan.cash_after, found.cash)
    yield from wrong_flows(case.household, plan)
    yield from _bands(plan, found)
    yield from wrong_outside_bands(case, plan, found)
    yield from _objective(plan, found)
    yield from _limits(case, plan, found)
    yield from _violations(plan, found)
    for name, bill, lines in (
        ("tax_before", plan.tax_before, found.bill_before),
        ("tax_after", plan.tax_after, found.bill_after),
    ):
        for line in TaxBill.model_fields:
            if not agrees(getattr(bill, line), lines.get(line)):
                yield Finding("tax", f"{name}.{line}", f"it is {lines.get(line)}, not {getattr(bill, line)}")
    yield from _marginal(case, plan)
    statuses = statuses_of(case, found)
    yield from _rows("loss_statuses", [stated(each) for each in plan.loss_statuses], statuses)
    yield from _rows("wash_windows", [stated_window(each) for each in plan.wash_windows], windows_of(case, found))
    yield from _warnings(case, plan, found, statuses)
    yield from _certificate(case, plan, found)


def agrees(stated: float | None, amount: Decimal | None) -> bool:
    """Whether a figure stated in cents is an amount, rounded; both may be missing."""
    if stated is None or amount is None:
        return stated is None and amount is None
    if stated == float(cents(amount)):
        return True
    number = exact(stated)  # half a cent may be rounded either way
    return abs(number - amount) <= HALF_CENT and number == round(number, 2)


def _values(case: Case, plan: Plan) -> Iterator[Finding]:
    held = {lot.symbol for account in case.household.accounts for lot in account.lots}
    symbols = held | {trade.symbol for trade in plan.trades}
    starts = tuple(f"securities.{symbol}." for symbol in symbols)
    if plan.filled != tuple(mark for mark in case.household.filled if mark.path.startswith(starts)):
        yield Finding("figure", "filled", "it is not what was filled in of the securities held or traded")
    for name, value in (("market_value", case.market_value), ("target_value", case.target_value)):
        if not agrees(getattr(plan, name), value):
            yield Finding("figure", name, f"it is {value:.2f}, not {getattr(plan, name)}")


def _trades(plan: Plan, found: Evaluation) -> Iterator[Finding]:
    for trade, result in zip(plan.trades, found.results, strict=True):
        if not agrees(trade.proceeds, result.proceeds):
            yield Finding("figure", place(trade), f"proceeds are {result.proceeds}, not {trade.proceeds}")
        if not agrees(trade.gain, result.gain):
            yield Finding("figure", place(trade), f"the gain is {result.gain}, not {trade.gain}")
        if trade.term != result.term:
            yield Finding("figure", place(trade), f"the term is {result.term}, not {trade.term}")
        if trade.side == "buy" and trade.lot is not None:
            yield Finding("lot", place(trade), "a purchase names a lot")


def _lots(case: Case, plan: Plan) -> Iterator[Finding]:
    """Prices, and dates and bases of the lots sold. A plan made before trades had them states none at all."""
    if not any((trade.price, trade.acquired, trade.basis) != (None, None, None) for trade in plan.trades):
        return
    for trade in plan.trades:
        price, acquired, basis = case.price[trade.symbol], None, None
        if trade.side == "sell":
            facts = case.lots[trade.account, trade.lot or ""]
            acquired = facts.lot.acquired
            basis = None if facts.basis is None else exact(trade.quantity) * facts.basis
        if trade.price is None or exact(trade.price) != price:
            yield Finding("figure", place(trade), f"the price is {price}, not {trade.price}")
        if trade.acquired != acquired:
            yield Finding("lot", place(trade), f"it was acquired on {acquired}, not {trade.acquired}")
        if not agrees(trade.basis, basis):
            stated = "none" if basis is None else f"{basis:.2f}"
            yield Finding("figure", place(trade), f"the basis is {stated}, not {trade.basis}")


def _sequence(case: Case, plan: Plan, found: Evaluation) -> Iterator[Finding]:
    """In each account sales come before purchases, and lots that would replace a loss before that loss is taken."""
    ahead = [ledger for ledgers in case.wash.ahead.values() for ledger in ledgers]
    recent = {(parcel.account, parcel.lot) for ledger in ahead for parcel in ledger.free(case.today)}
    buying, lost = set(), set()
    for trade, result in zip(plan.trades, found.results, strict=True):
        here = trade.account, case.wash.group[trade.symbol]
        if trade.side == "buy":
            buying.add(trade.account)
        elif trade.account in buying:
            yield Finding("trade", place(trade), "it comes after a purchase in its account")
        elif (trade.account, trade.lot) not in recent:
            lost |= {here} if result.gain is not None and result.gain < 0 else set()
        elif here in lost:
            yield Finding("trade", place(trade), "it comes after a loss that its shares would replace")


def _amounts(field: str, stated: dict[str, float], amounts: Any) -> Iterator[Finding]:  # noqa: ANN401
    """Dollars by name: each name must be there, and no other."""
    for name in stated.keys() - amounts.keys():
        yield Finding("figure", f"{field}.{name}", "there is nothing of that name")
    for name, amount in amounts.items():
        if not agrees(stated.get(name), amount):
            yield Finding("figure", f"{field}.{name}", f"it is {amount:.2f}, not {stated.get(name)}")


def _bands(plan: Plan, found: Evaluation) -> Iterator[Finding]:
    rows: list[tuple[str, str, Any]] = [("class", row.asset_class, row) for row in plan.classes]
    rows += [("factor", row.factor, row) for row in plan.factors]
    rows += [("name", row.symbol, row) for row in plan.names]
    if [(kind, name) for kind, name, _ in rows] != [(band.kind, band.name) for band in found.bands]:
        yield Finding("figure", "bands", "classes, factors and names are not the household's")
        return
    for (kind, name, row), band in zip(rows, found.bands, strict=True):
        target = None if band.target is None else exact(row.target)
        if (target, exact(row.lower), exact(row.upper)) != (band.target, band.lower, band.upper):
            yield Finding("figure", f"{kind}.{name}", "target and band are not the household's")
        for when, dollars, amount in (("before", row.before, band.before), ("after", row.after, band.after)):
            if not agrees(dollars, amount):
                yield Finding("figure", f"{kind}.{name}", f"{when} it is {amount:.2f}, not {dollars}")


def _objective(plan: Plan, found: Evaluation) -> Iterator[Finding]:
    for part in plan.parts.keys() - found.parts.keys():
        yield Finding("objective", part, "the objective has no such part")
    for part, amount in found.unrounded.items():
        if not agrees(plan.parts.get(part), amount):
            yield Finding("objective", part, f"it is {found.parts[part]}, not {plan.parts.get(part)}")
    if exact(plan.objective) != _objective_of(plan, found):
        yield Finding("objective", "total", f"it is {_objective_of(plan, found)}, not {plan.objective}")


def _objective_of(plan: Plan, found: Evaluation) -> Decimal:
    """The sum of the parts: as the plan rounds them, if they are right."""
    stated = {part: exact(plan.parts.get(part, 0.0)) for part in found.parts}
    right = all(agrees(plan.parts.get(part), amount) for part, amount in found.unrounded.items())
    return sum(stated.values(), ZERO) if right else found.objective


def _limits(case: Case, plan: Plan, found: Evaluation) -> Iterator[Finding]:
    """The policy's limits, each with what is used of it. A shadow price is the solver's; whether it matters is not."""
    asked = {name: limit for name in UNITS if (limit := getattr(case.policy.limits, name)) is not None}
    if [use.name for use in plan.limits] != [*asked]:
        yield Finding("figure", "limits", f"the policy's are {', '.join(asked) or 'none'}")
        return
    for use in plan.limits:
        used, amount = found.used[use.name], exact(asked[use.name].amount)
        where = f"limits.{use.name}"
        parts = use.name in ("turnover", "gain_share")
        exactly = abs(exact(use.used) - used) < exact(1e-12) if parts else agrees(use.used, used)
        if exact(use.amount) != amount or not exactly:
            yield Finding("figure", where, f"{used:.4f} of {amount}, not as stated")
        full = (used - amount) * case.unit(use.name) >= (ZERO if use.name == "trades" else -found.slack)
        matters = use.shadow_price is None or use.shadow_price > 1e-6
        if use.binding != (full and matters):
            yield Finding("figure", where, f"binding is {full and matters}")
        if use.shadow_price is not None and (use.shadow_price < 0 or use.name == "trades"):
            yield Finding("figure", where, "it has no such shadow price")


def _violations(plan: Plan, found: Evaluation) -> Iterator[Finding]:
    """Results that the trades miss and the plan does not state, and the other way round."""
    kinds = {"minimum_cash": "cash", "maximum_cash": "cash", "do_not_hold": "restriction"}
    told: dict[tuple[str, str], Decimal] = {(row.rule, row.where): exact(row.amount) for row in plan.violations}
    if len(told) < len(plan.violations):
        yield Finding("plan", "violations", "one is stated twice")
    for each in found.shortfalls:
        amount = told.pop((each.rule, each.where), ZERO)
        message = f"{each.rule.replace('_', ' ')} is missed by {each.amount:.2f}"
        if amount > each.amount:
            message = f"the stated violation is {amount - each.amount:.2f} too much"
        if abs(amount - each.amount) > HALF_CENT:
            yield Finding(kinds.get(each.rule, each.rule), each.where, message)
    for rule, where in told:
        yield Finding("plan", where, f"a violation of {rule} is stated where there is none")
    status = plan.certificate.status
    if status == "infeasible" and not plan.violations:
        yield Finding("certificate", "status", "infeasible, but no rule is broken")
    if status not in ("infeasible", "fallback") and plan.violations:
        yield Finding("certificate", "status", f"{status}, but {len(plan.violations)} rules are broken")


def _rows(field: str, stated: Iterable[tuple[object, ...]], facts: Iterable[tuple[object, ...]]) -> Iterator[Finding]:
    """Rows must be these, in this order."""
    stated, facts = [*stated], [*facts]
    if stated != facts:
        odd = [*(Counter(map(str, stated)) - Counter(map(str, facts)))]
        lacking = [*(Counter(map(str, facts)) - Counter(map(str, stated)))]
        message = f"wrong: {', '.join(odd) or 'none'}; missing: {', '.join(lacking) or 'none'}"
        yield Finding("figure", field, message if odd or lacking else "they are in another order")


def _marginal(case: Case, plan: Plan) -> Iterator[Finding]:
    wanted = [(term, when) for term in ("short", "long") for when in ("before", "after")]
    if [(rate.term, rate.when) for rate in plan.marginal] != wanted:
        yield Finding("tax", "marginal", "there must be one for each term, before and after")
        return
    for rate in plan.marginal:
        before = rate.when == "before"
        filer, bill = (case.filer_before, plan.tax_before) if before else (case.filer, plan.tax_after)
        for wrong in wrong_rate(filer, rate, bill):
            yield Finding("tax", f"marginal {rate.term} {rate.when}", wrong)


def wrong_rate(filer: Filer, rate: MarginalRate, bill: TaxBill) -> Iterator[str]:
    """Yield where the bill does not grow at the stated rates: now up to the stated room, and at another beyond it."""
    short, long = exact(bill.short_net), exact(bill.long_net)

    @cache
    def tax(more: Decimal) -> Decimal:
        there = (short + more, long) if rate.term == "short" else (short, long + more)
        return owed(filer.taxes(*there))

    start, thousand = tax(ZERO), Decimal(1000)
    if abs((tax(thousand) - start) / thousand - exact(rate.rate)) > RATE:
        yield f"the next $1,000 add {(tax(thousand) - start) / thousand:.6f} a dollar, not {rate.rate}"
    room = FAR if rate.room is None else exact(rate.room)
    step = min(room, CENT)
    now = (tax(step) - start) / step if step else exact(rate.rate_now)
    if abs(now - exact(rate.rate_now)) > RATE:
        yield f"the next dollar adds {now:.6f}, not {rate.rate_now}"
    for eighth in range(1, 9):
        point = room * eighth / 8
        if abs(tax(point) - start - now * point) > CENT:
            yield f"{rate.rate_now} does not hold for {room:.2f}"
            break
    if (rate.rate_then is None) != (rate.room is None):
        yield "a room without the rate beyond it"
    elif rate.rate_then is not None:
        mill = CENT / 10  # the room is rounded, and a further kink may follow within a cent
        after = ((tax(room + (k + 1) * mill) - tax(room + k * mill)) / mill for k in (0, 5, *range(-5, 10), 15))
        if not any(abs(then - exact(rate.rate_then)) <= RATE and abs(then - now) > RATE / 1000 for then in after):
            yield f"beyond {room:.2f} a dollar does not add {rate.rate_then}"


def _warnings(case: Case, plan: Plan, found: Evaluation, statuses: Iterable[Status]) -> Iterator[Finding]:
    """Each warning that the plan needs must be there, with its figures, and no other."""
    needed = [*_needed(case, found, statuses)]
    for words in needed:
        if not any(all(word in warning for word in words) for warning in plan.warnings):
            yield Finding("tax", "warnings", f"none speaks of {' and '.join(words)}")
    if len(plan.warnings) != len(needed):
        yield Finding("tax", "warnings", f"there must be {len(needed)}, not {len(plan.warnings)}")


def _needed(case: Case, found: Evaluation, statuses: Iterable[Status]) -> Iterator[list[str]]:
    """The words that each needed warning has (docs/tax.md, docs/wash_sales.md)."""
    doubtful: dict[tuple[str, str, str], Decimal] = {}
    losing: set[str] = set()
    for status in statuses:
        losing.add(case.wash.group[status.symbol])
        if status.fate.missing in ("identity", "unknown fund") and status.fate.symbol:
            pair = status.fate.missing, status.symbol, status.fate.symbol
            doubtful[pair] = doubtful.get(pair, ZERO) + exact(status.loss)
    for (_, sold, bought), loss in doubtful.items():
        yield [sold, bought, f"${loss:,.2f}"]
    for sale in case.wash.history.open:
        yield [sale.symbol, sale.account, str(sale.date)]
    if (gone := leaving(case.asked)) > 0:
        yield [f"${gone:,.2f}".removesuffix(".00"), "leaves the household"]
    for each in case.household.held_beside:
        if each.kind == "short_put" and case.wash.group[each.symbol] in losing:
            yield [f"put written on {each.symbol}", each.account]
    payer, before, after = case.filer.taxpayer, found.bill_before, found.bill_after
    if payer.rates is not None or payer.year is None:
        return
    if payer.year != case.today.year:
        yield [str(payer.year), str(case.today.year)]
    old, new = (bill["adjusted_gross_income"] for bill in (before, after))
    moved = f"{old:,.0f}" != f"{new:,.0f}"
    if moved:
        yield [f"${old:,.0f}", f"${new:,.0f}"]
    threshold = tax_year(payer.year, payer.filing_status).state_tax_phase_down
    if moved and payer.deduction is not None and threshold is not None and max(old, new) > threshold:
        yield [f"${threshold:,.0f}"]
    if after["minimum_tax"]:
        yield [f"${after['minimum_tax']:,.2f}"]


def _certificate(case: Case, plan: Plan, found: Evaluation) -> Iterator[Finding]:
    """The arithmetic of the proof, and its words. The bound itself is the solver's: `lotroute verify` tries it."""
    certificate, bound = plan.certificate, plan.certificate.bound
    searched = certificate.method in ("branch and bound", "nothing to trade")
    by_search = certificate.status in ("optimal", "within_rounding", "feasible")
    if certificate.status != "infeasible" and searched != by_search:
        yield Finding("certificate", "status", f"{certificate.status}, but made by {certificate.method}")
    if bound is None:
        proof = certificate.gap, certificate.gap_bp, certificate.rounding
        if certificate.status in ("optimal", "within_rounding") or any(each is not None for each in proof):
            yield Finding("certificate", "bound", "a gap is stated without a bound")
        return
    if not searched:
        yield Finding("certificate", "method", f"{certificate.method} proves no bound")
    gap = _objective_of(plan, found) - exact(bound)
    if gap < -CENT:
        yield Finding("certificate", "bound", f"{bound} is above the objective, {plan.objective}")
    if certificate.gap is None or abs(exact(certificate.gap) - max(gap, ZERO)) > RATE:
        yield Finding("certificate", "gap", f"objective less bound is {gap:.2f}, not {certificate.gap}")
        return
    in_bp = None if case.market_value <= 0 else exact(certificate.gap) / case.market_value * 10_000
    if (in_bp is None) != (certificate.gap_bp is None):
        yield Finding("certificate", "gap_bp", f"the gap is {in_bp} bp, not {certificate.gap_bp}")
    elif in_bp is not None and abs(exact(certificate.gap_bp or 0) - in_bp) > RATE * max(in_bp, Decimal(1)):
        yield Finding("certificate", "gap_bp", f"the gap is {in_bp:.6f} bp, not {certificate.gap_bp}")
    if certificate.rounding is None or not 0 <= certificate.rounding <= certificate.gap:
        yield Finding("certificate", "rounding", f"{certificate.rounding} is no part of a gap of {certificate.gap:.2f}")
    if certificate.gap_asked_bp is None:
        yield Finding("certificate", "gap_asked_bp", "the gap asked for is not stated")
    elif certificate.status != "infeasible":
        asked = exact(certificate.gap_asked_bp) * max(case.market_value, ZERO) / 10_000
        rounded = CENT * (len(plan.trades) + len(found.parts) + ROUNDED_LINES)
        if certificate.status not in _words(exact(certificate.gap), asked, rounded):
            message = f"{certificate.status}, but the gap is {certificate.gap:.2f} of {asked:.2f}"
            yield Finding("certificate", "status", message)


def _words(gap: Decimal, asked: Decimal, rounded: Decimal) -> set[str]:
    """The words for a gap in dollars, when `asked` was wanted and rounding adds up to `rounded`; two at a limit."""
    hair = CENT / 100
    found = {"optimal"} if gap <= asked + hair else set()
    if asked - hair < gap <= asked + rounded + hair:
        found.add("within_rounding")
    return found | ({"feasible"} if gap > asked + rounded - hair else set())
