"""Builds a plan from solved orders: replayed figures, reasons and the certificate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf

from ...models import Certificate, ClassWeight, FactorExposure, Plan, Reason, SecurityWeight, Trade
from ...models.eligibility.positions import written_puts
from ...models.plan.marginal import marginal_rates_of
from ...models.plan.trades import Explained
from ...models.plan.warnings import plan_warnings
from ...models.schema.filled import Filled
from ...models.schema.money import cents
from ...models.wash_sales.after_plan import AfterPlan, two_readings, wash_windows
from ...models.wash_sales.loss_status import loss_statuses
from ..accounting.after_trades import AfterTrades
from ..accounting.without import Without
from .beside import Beside
from .blocked import blocked
from .facts import Facts, Solved
from .limits import limit_uses
from .money_flows import money_flows
from .next_best import next_best
from .outside_bands import outside_bands
from .reasons import explain
from .transfers import transfer_warnings, transfers
from .violations import violations
from .waits import waits

NOTHING_KNOWN: Mapping[int, Without] = {}


def assemble(
    solved: Solved,
    certificate: Certificate,
    baselines: Mapping[str, AfterTrades],
    *,
    explained: Explained = "default",
    without: Mapping[int, Without] = NOTHING_KNOWN,
    deadline: float = inf,
) -> Plan:
    """Return the plan of solved orders. Every figure comes from their replay on the books.

    `baselines` holds what other ways to trade come to, by name. `explained` says how far reasons are stated, and
    `without` what the plan would be without a trade, by position. Further corrections of classes outside their bands
    are priced until `deadline`, a `perf_counter` reading in seconds.
    """
    problem, books, after = solved.problem, solved.books, solved.after
    household, filer = problem.household, books.filer
    washed = AfterPlan(problem.wash, solved.orders, after.gains)
    losses = loss_statuses(washed, problem.policy.identity)
    beside = None if explained == "codes" else Beside(solved, deadline)
    return Plan(
        household=household.id,
        trade_date=household.trade_date,
        market_value=float(cents(after.market_value)),
        target_value=float(cents(after.target_value)),
        policy=problem.policy,
        filled=tuple(_filled(solved)),
        trades=tuple(_trades(Facts(solved, losses), without, words=beside is not None)),
        objective=float(after.objective),
        parts={name: float(dollars) for name, dollars in after.parts.items()},
        tax_before=after.tax_before,
        tax_after=after.tax_after,
        marginal=tuple(marginal_rates_of(books.filer_before, after.tax_before, after.tax_after, filer)),
        warnings=(
            *plan_warnings(filer, household.trade_date, after.tax_before, after.tax_after, losses),
            *two_readings(problem.wash.history),
            *transfer_warnings(solved),
            *written_puts(household, losses),
        ),
        **_bands(after),
        limits=tuple(limit_uses(solved)),
        waits=() if beside is None else tuple(waits(books, solved.orders, after)),
        cash_after={account: float(cents(dollars)) for account, dollars in after.cash.items()},
        money_flows=tuple(money_flows(solved)),
        transfers=tuple(transfers(solved)),
        violations=tuple(violations(solved)),
        outside_bands=tuple(outside_bands(solved, beside)),
        blocked=tuple(blocked(problem, solved.orders)),
        wash_windows=tuple(wash_windows(washed)),
        loss_statuses=tuple(losses),
        baselines={name: float(each.objective) for name, each in baselines.items()},
        baseline_taxes={name: each.tax_after.total for name, each in baselines.items()},
        explained=explained,
        certificate=certificate,
    )


def _trades(facts: Facts, without: Mapping[int, Without], *, words: bool) -> Iterator[Trade]:
    """The orders as trades, each with its posting and its reason; without `words` that is a code alone."""
    books, reasons = facts.solved.books, explain(facts, words=words)
    codes: dict[str, Reason] = {}
    rows = zip(facts.orders, facts.after.postings, reasons, strict=True)
    for position, (order, posting, (code, text)) in enumerate(rows):
        if words:
            reason = Reason.model_validate(
                {"code": code, "text": text} | next_best(without.get(position), facts.orders)
            )
        else:
            reason = codes.get(code) or codes.setdefault(code, Reason(code=code, text=text))
        yield Trade(
            account=order.account,
            side=order.side,
            symbol=order.symbol,
            quantity=order.quantity,
            price=books.securities[order.symbol].price,
            lot=order.lot,
            acquired=None if order.lot is None else books.lots[order.account, order.lot].acquired,
            basis=None if posting.exact_gain is None else float(cents(books.basis(order, posting.exact_gain))),
            proceeds=float(posting.proceeds),
            gain=None if posting.gain is None else float(posting.gain),
            term=posting.term,
            reason=reason,
        )


def _filled(solved: Solved) -> Iterator[Filled]:
    """What was filled in of the securities that are held or traded."""
    household = solved.problem.household
    symbols = {lot.symbol for lot in household.lot.values()} | {order.symbol for order in solved.orders}
    starts = tuple(f"securities.{symbol}." for symbol in symbols)
    return (mark for mark in household.filled if mark.path.startswith(starts))


def _bands(after: AfterTrades) -> dict[str, tuple[ClassWeight | FactorExposure | SecurityWeight, ...]]:
    """Classes, factors and names against their bands, by the plan's field."""
    found: dict[str, list[ClassWeight | FactorExposure | SecurityWeight]] = {"classes": [], "factors": [], "names": []}
    for band in after.bands:
        ends = {"lower": float(band.lower), "upper": float(band.upper)}
        dollars = {"before": float(cents(band.before)), "after": float(cents(band.after))}
        if band.target is None:
            found["factors"].append(FactorExposure(factor=band.name, **ends, **dollars))
        elif band.kind == "class":
            found["classes"].append(ClassWeight(asset_class=band.name, target=float(band.target), **ends, **dollars))
        else:
            found["names"].append(SecurityWeight(symbol=band.name, target=float(band.target), **ends, **dollars))
    return {field: tuple(rows) for field, rows in found.items()}
