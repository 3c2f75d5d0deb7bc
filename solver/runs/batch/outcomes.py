"""What becomes of a household in a run: its state, and its rows in the tables of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ....models import Certificate, Fault, Household, Plan, Trade
from .schema import TABLES, Row, as_row

State = Literal["optimal", "within gap", "stopped at limit", "greedy", "refused", "failed"]
"""How a household ends. optimal: proven within the gap asked for. within gap: the same but for the rounding to shares
and cents. stopped at limit: the best plan when its time ended, or one that is not proven. greedy: the router's plan.
refused: the input has faults, or the search found no plan that keeps its hard rules. failed: nothing could be made of
it, twice, or nothing that keeps its hard rules in its time.
"""

STATES: tuple[State, ...] = ("optimal", "within gap", "stopped at limit", "greedy", "refused", "failed")

PLANNED = frozenset(STATES[:4])
"""The states with a plan to trade."""

ACCOUNT_BY_ACCOUNT = "account_by_account"
"""The baseline that every plan of a run is compared with, beside the router."""


OF_A_TRADE = tuple(name for name in TABLES["trades"] if name in Trade.model_fields and name != "reason")
"""The columns of trades that are fields of a trade."""

OF_A_CERTIFICATE = tuple(
    name for name in TABLES["certificates"] if name in Certificate.model_fields and name != "seconds"
)
"""The columns of certificates that are fields of a plan's certificate."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One household's end, as rows by table."""

    household: str
    state: State
    why: str
    seconds: float
    build_seconds: float
    """Seconds of the build alone, which a greedy plan takes too; 0 without a plan."""
    rows: Mapping[str, list[Row]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of every outcome, whatever it is."""

    household: str
    digest: str
    """The digest of all that decides the household's plan."""
    seconds: float
    """Seconds that the household took, all attempts."""
    attempts: int = 1
    at_deadline: bool = False
    """Whether the deadline of the run decided the outcome; the household is solved again when the run goes on."""


def planned(household: Household, plan: Plan, told: Told, why: str = "") -> Outcome:
    """Return the outcome of a household with a plan. `why` says why it is the router's, if it was asked to be."""
    if plan.violations:
        searched = not why and plan.certificate.bound is not None
        state: State = "refused" if searched and plan.certificate.limit is None else "failed"
        why = why or ("" if state == "refused" else "stopped before a plan was found that keeps every hard rule")
        start = "the search found no plan that keeps this rule" if state == "refused" else f"{why}; this rule is broken"
        faults = [Fault(f"{row.rule} {row.where}", f"{start}: {row.text}") for row in plan.violations]
        return _outcome(state, told, why=_first(faults), faults=faults, figures=_figures(household, plan), plan=plan)
    state, reason = state_of(plan)
    name = {"household_id": told.household}
    rows = {
        "trades": _trades(name, plan),
        "blocked": [as_row("blocked", name | each.model_dump()) for each in plan.blocked],
    }
    figures = _figures(household, plan)
    return _outcome(state, told, why=why or reason, figures=figures, plan=plan, rows=rows)


def refused(faults: Sequence[Fault], told: Told) -> Outcome:
    """Return the outcome of a household whose input has faults."""
    return _outcome("refused", told, why=_first(faults), faults=faults)


def failed(error: str, told: Told) -> Outcome:
    """Return the outcome of a household of which nothing could be made."""
    return _outcome("failed", told, why=error, faults=[Fault("", error)])


def _outcome(
    state: State,
    told: Told,
    *,
    why: str = "",
    faults: Sequence[Fault] = (),
    figures: Mapping[str, Any] = {},
    plan: Plan | None = None,
    rows: Mapping[str, list[Row]] = {},
) -> Outcome:
    name = {"household_id": told.household}
    certificate = {
        **name,
        **figures,
        "state": state,
        "why": why,
        "at_deadline": told.at_deadline and state in ("stopped at limit", "greedy", "failed"),
        "input_digest": told.digest,
        "attempts": told.attempts,
        "seconds": told.seconds,
    }
    found = {
        "trades": [],
        "blocked": [],
        **rows,
        "bills": [] if plan is None else _bills(name, plan),
        "plans": [] if plan is None else [as_row("plans", name | {"plan": _stored(plan)})],
        "failures": [as_row("failures", name | {"state": state, **_fault(fault)}) for fault in faults],
        "certificates": [as_row("certificates", certificate)],
    }
    return Outcome(told.household, state, why, told.seconds, figures.get("build_seconds", 0.0), found)


def state_of(plan: Plan) -> tuple[State, str]:
    """Return the state of a plan that breaks no hard rule, and why it is not a better one."""
    certificate = plan.certificate
    if certificate.status == "optimal":
        return "optimal", ""
    if certificate.status == "within_rounding":
        return "within gap", ""
    if certificate.status == "feasible":
        return "stopped at limit", "" if certificate.limit == "time" else f"not proven: {certificate.detail}"
    return "greedy", certificate.detail


def _first(faults: Sequence[Fault]) -> str:
    """The first fault, and how many more there are."""
    return str(faults[0]) if len(faults) == 1 else f"{faults[0]} (and {len(faults) - 1} more)"


def _fault(fault: Fault) -> dict[str, str]:
    return {"path": fault.path, "message": fault.message, "hint": fault.hint, "place": fault.place}


def _stored(plan: Plan) -> str:
    """A plan as text, without the seconds, so that the same plan is the same text."""
    certificate = plan.certificate.model_copy(update={"seconds": 0.0, "stages": {}})
    return plan.model_copy(update={"certificate": certificate}).model_dump_json(exclude_defaults=True)


def _figures(household: Household, plan: Plan) -> dict[str, Any]:
    certificate, stages = plan.certificate, plan.certificate.stages
    before, after = plan.tax_before, plan.tax_after
    return {
        "trade_date": plan.trade_date,
        "market_value": plan.market_value,
        "accounts": len(household.accounts),
        "lots": sum(len(account.lots) for account in household.accounts),
        "trades": len(plan.trades),
        **{name: getattr(certificate, name) for name in OF_A_CERTIFICATE},
        "objective": plan.objective,
        "tax_before": before.total,
        "tax_after": after.total,
        "greedy_objective": plan.baselines.get("route"),
        "greedy_tax": plan.baseline_taxes.get("route"),
        "account_by_account_objective": plan.baselines.get(ACCOUNT_BY_ACCOUNT),
        "account_by_account_tax": plan.baseline_taxes.get(ACCOUNT_BY_ACCOUNT),
        "realized_short": after.short_gain - before.short_gain,
        "realized_long": after.long_gain - before.long_gain,
        "uncertain_losses": sum(status.state == "uncertain" for status in plan.loss_statuses),
        "drift_left": sum(each.outside for each in plan.outside_bands),
        "budget_hit": any(use.binding for use in plan.limits),
        "warnings": len(plan.warnings),
        **{f"{stage}_seconds": stages.get(stage, 0.0) for stage in ("build", "search", "explain", "audit")},
    }


def _trades(household: Mapping[str, str], plan: Plan) -> list[Row]:
    every = {**household, "trade_date": plan.trade_date}
    return [
        as_row("trades", {**every, **{name: getattr(trade, name) for name in OF_A_TRADE}, "reason": trade.reason.code})
        for trade in plan.trades
    ]


def _bills(name: Mapping[str, str], plan: Plan) -> list[Row]:
    bills = {"before": plan.tax_before, "after": plan.tax_after}
    return [as_row("bills", {**name, "when": when, **bill.model_dump()}) for when, bill in bills.items()]
