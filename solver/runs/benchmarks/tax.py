"""The exact tax against flat rates: what exactness saves over generated households.

Each household is solved with the exact bill, and again as if its marginal rates held for every dollar. The exact bill
then prices both plans; the difference is what exactness saves.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar

import numpy as np

from ....models import Household, Plan, Policy, TaxBill, Taxpayer, later_years, marginal_rates
from ....models.plan.statements import PARTS
from ...accounting.books import Books
from ...accounting.replay import replay
from ...accounting.violations import rounding
from ...api import GAP_BP, TIME_LIMIT, solve
from .page import Part, Section, Tabled, apart, number, spread, spread_table
from .report import Report, ended, run_cases, tried

TOUCHES: dict[str, tuple[str, Callable[[TaxBill], bool]]] = {
    "zero_band": ("gain taxed at 0 %", lambda bill: (bill.at_0 or 0) > 0),
    "investment_tax": ("net investment income tax", lambda bill: bill.surtax > 0),
    "minimum_tax": ("alternative minimum tax", lambda bill: (bill.minimum_tax or 0) > 0),
    "line_25": ("gain taxed less without its own rates (worksheet line 25)", lambda bill: _without_gain_rates(bill)),
}
"""Parts of the law that the bill after a plan may touch, by name: in words, and a test of the bill."""

ROWS = {
    "saved": ("objective lower by, $", 2),
    "saved_tax": ("of it this year's tax", 2),
    "saved_bp": ("the objective, bp of the value", 4),
    "gap": ("certified gap, $", 2),
    "binaries": ("binaries of the tax", 0),
    "seconds": ("seconds, exact", 2),
    "flat_seconds": ("seconds, flat rates", 2),
}
"""What is reported over all households: fields of a case, in words, and their decimals."""


def _without_gain_rates(bill: TaxBill) -> bool:
    lines = bill.tax_without_gain_rates, bill.tax_on_income, bill.tax_on_gain
    return None not in lines and lines[0] < lines[1] + lines[2]  # type: ignore[operator] # none of them is None


@dataclass(frozen=True, slots=True)
class Case:
    """The result for one household, in dollars."""

    household: str
    filing_status: str
    seconds: float
    flat_seconds: float
    """Wall times of the two solves, exact and flat, in seconds."""
    status: str = "error"
    """The status of the exact plan's certificate; "error" if there is no exact plan."""
    timed_out: bool = False
    """Whether the time limit stopped the search for the exact plan."""
    value: float | None = None
    gap: float | None = None
    """The most that a better plan than the exact one could save."""
    binaries: int | None = None
    """Number of binaries that the tax needed in the program."""
    touches: tuple[str, ...] = ()
    """Names of TOUCHES that the exact plan's bill touches."""
    saved: float | None = None
    """The objective of the flat plan's trades under the exact bill, less the exact plan's; None if one of the plans is
    missing or breaks a hard rule."""
    saved_parts: dict[str, float] = field(default_factory=dict)
    """What is saved in each part of the objective."""
    rounding: float = 0.0
    """Dollars by which rounding to cents and shares may change the comparison."""
    identical: bool = False
    """Whether both plans have the same trades."""
    errors: tuple[str, ...] = ()
    """What was raised, and what the audits found."""

    @property
    def saved_tax(self) -> float | None:
        """Dollars saved in this year's tax; None if the plans are not compared."""
        return self.saved_parts.get("tax")

    @property
    def saved_bp(self) -> float | None:
        """`saved` in basis points of the household's market value; None if unknown or the value is not positive."""
        return None if self.saved is None or not self.value or self.value < 0 else self.saved / self.value * 1e4

    @property
    def refuted(self) -> bool:
        """Whether the flat plan is better than the exact plan's certificate allows, which is a fault of the program."""
        return self.saved is not None and self.gap is not None and self.saved < -self.gap - self.rounding


@dataclass(frozen=True)
class TaxReport(Report[Case]):
    """The results of a run, and how it was run."""

    name: ClassVar[str] = "bench tax"

    def figures(self, name: str) -> dict[str, float]:
        """Return the statistics of one of ROWS: households, mean, median, 90th percentile, least and most."""
        return spread(self.values(name))

    def mean_parts(self) -> dict[str, float]:
        """Return the mean of what is saved in each part of the objective; empty if no household is compared."""
        saved = [case.saved_parts for case in self.cases if case.saved_parts]
        return {part: float(np.mean([parts.get(part, 0.0) for parts in saved])) for part in PARTS} if saved else {}

    def counts(self) -> dict[str, int]:
        """Return numbers of households: compared, with the same trades, saving more than GAP_BP, refuted, stopped by
        the time limit, with an error, and touching each of TOUCHES.
        """
        found = {
            "compared": sum(case.saved is not None for case in self.cases),
            "identical": sum(case.identical for case in self.cases),
            "saving": sum((case.saved_bp or 0) > GAP_BP for case in self.cases),
            "refuted": len(self.refuted()),
            "timed_out": sum(case.timed_out for case in self.cases),
            "errors": sum(bool(case.errors) for case in self.cases),
        }
        return found | {name: sum(name in case.touches for case in self.cases) for name in TOUCHES}

    def refuted(self) -> list[str]:
        """Return the households whose flat plan is better than the exact plan's certificate allows."""
        return [case.household for case in self.cases if case.refuted]

    def summary(self) -> dict[str, Any]:
        """The figures, as data."""
        return {
            "statuses": dict(Counter(case.status for case in self.cases)),
            "counts": self.counts(),
            "refuted": self.refuted(),
            "mean_parts": self.mean_parts(),
            "figures": {name: self.figures(name) for name in ROWS},
        }

    def section(self) -> Section:
        """The report as a section for a terminal or a page."""
        return Section(
            name=self.name,
            title="The exact tax against flat rates",
            command=self.command,
            conditions=self.conditions,
            about=ABOUT,
            parts=[Part(_outcome(self), [*_tables(self)])],
            remarkable=(
                ["not optimal, refuted or failed", "status", "gap, $", "lower by, $", "seconds", "errors"],
                _remarkable(self),
            ),
        )

    def write(self, page: Path) -> None:
        """Write the report into a page in Markdown."""
        self.section().write(page)


# -- the run ----------------------------------------------------------------------------------------------------------


def run(
    households: int = 500,
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
    progress: Callable[[Case], None] | None = None,
) -> TaxReport:
    """Solve generated households that have a year's income both ways, with the default policy.

    `time_limit` is in seconds per solve. `progress` is called with each case.
    """
    from ....fixtures.generator import generate

    homes = islice((each for each in generate(sys.maxsize, seed) if not each.taxpayer.rates), households)
    cases = run_cases(homes, partial(measure, time_limit=time_limit), progress)
    return TaxReport(households=households, seed=seed, time_limit=time_limit, cases=cases)


def flattened(household: Household, policy: Policy) -> tuple[Household, Policy]:
    """Return the household at its marginal rates, and a policy that keeps the rates of later years as they are.

    So only this year's tax is priced differently.
    """
    filer, later = household.filer, later_years(household.filer, policy)
    carried = {"carried_short": later.carried_short, "carried_long": later.carried_long}
    year = {"short_carryforward", "long_carryforward", "realized_short", "realized_long", "filing_status"}
    taxpayer = Taxpayer(**filer.model_dump(include=year), rates=marginal_rates(filer).model_copy(update=carried))
    later_rates = {"later_short_rate": later.short_rate, "later_long_rate": later.long_rate}
    held = later_rates | {"withdrawal_rate": later.withdrawal_rate}
    return household.model_copy(update={"taxpayer": taxpayer}), policy.model_copy(update=held)


def measure(household: Household, time_limit: float = TIME_LIMIT, policy: Policy | None = None) -> Case:
    """Solve one household both ways and compare. Exceptions go into the case's errors. `time_limit` is in seconds."""
    policy = policy or Policy()
    errors: list[str] = []

    def timed(name: str, home: Household, policy: Policy) -> tuple[Plan | None, float]:
        began = perf_counter()
        plan = tried(errors, name, home, partial(solve, home, policy, time_limit=time_limit))
        return plan, perf_counter() - began if plan is None else plan.certificate.seconds

    plan, seconds = timed("exact", household, policy)
    flat, flat_seconds = timed("flat", *flattened(household, policy))
    case = Case(
        household=household.id,
        filing_status=household.taxpayer.filing_status,
        seconds=seconds,
        flat_seconds=flat_seconds,
        errors=tuple(errors),
    )
    if plan is None:
        return case
    proof = plan.certificate
    case = replace(
        case,
        status=proof.status,
        timed_out=proof.limit == "time",
        value=plan.market_value,
        gap=proof.gap,
        binaries=proof.tax_binaries,
        touches=tuple(name for name, (_, touched) in TOUCHES.items() if touched(plan.tax_after)),
    )
    if flat is None or plan.violations or flat.violations:
        return case
    books = Books(household, policy)
    after = replay(books, flat.trades)
    return replace(
        case,
        saved=float(after.objective) - plan.objective,
        saved_parts={part: float(dollars) - plan.parts[part] for part, dollars in after.parts.items()},
        rounding=float(rounding(books, flat.trades)),
        identical=_orders(flat) == _orders(plan),
    )


def _orders(plan: Plan) -> set[tuple[str, str, str, str | None, float]]:
    return {(trade.account, trade.symbol, trade.side, trade.lot, trade.quantity) for trade in plan.trades}


# -- for people -------------------------------------------------------------------------------------------------------


ABOUT = [
    "Each household is solved twice: with the bill that the law gives, and as if its marginal rates on the next",
    "$1,000 held for every dollar of gain or loss. Later years are worth the same to both, so that this year's tax",
    "alone is priced differently. The trades of both are then billed by the law. *Lower by* is what those made at",
    "flat rates cost more, in the dollars of [formulation.md](../formulation.md). It may be less than zero by the",
    "certified gap, not by more. The households are made up (`fixtures/`): those that have a year's income, about",
    "half of them within some thousands of dollars of a kink of the law. The policy is the default.",
]


def _outcome(report: TaxReport) -> str:
    """How many households ended with which status, and how the plans compare, in words."""
    counts = report.counts()
    refuted = ", ".join(report.refuted()) or "none"
    return (
        f"{ended(report.cases)}. {counts['compared']} are compared: the trades are the same "
        f"in {counts['identical']}, the exact plan is better by more than {GAP_BP:g} bp, the gap asked for, in "
        f"{counts['saving']}; the plan at flat rates is better than the certificate allows in: {refuted}."
    )


def _tables(report: TaxReport) -> Iterator[Tabled]:
    """Tables, as columns and rows: the figures, the savings by part, and the parts of the law that are touched."""
    yield spread_table(ROWS, {name: report.figures(name) for name in ROWS})
    parts = {part: dollars for part, dollars in report.mean_parts().items() if round(dollars, 2)}
    if parts:
        row = ["lower by", *(number(dollars, 2) for dollars in parts.values()), *apart(parts, 2)]
        yield ["mean by part", *parts, "money", "penalties"], [row]
    counts = report.counts()
    touched = [[words, f"{counts[name]}"] for name, (words, _) in TOUCHES.items()]
    yield ["the bill after the exact plan has", "households"], touched


def _remarkable(report: TaxReport) -> Sequence[list[str]]:
    """Rows of the households that were not proven optimal, or in which something is wrong."""
    return [
        [
            case.household,
            case.status + (" (time limit)" if case.timed_out else ""),
            number(case.gap, 2),
            number(case.saved, 2),
            number(case.seconds, 1),
            "; ".join([*case.errors, *["the certificate is refuted"] * case.refuted]),
        ]
        for case in report.cases
        if case.status != "optimal" or case.errors or case.refuted
    ]
