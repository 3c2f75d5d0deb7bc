"""The plan against the baselines over generated households: dollars above it, certified gaps, seconds.

`run` solves; `BaselineReport` sums up for a terminal, as data, and as a page with a picture.
No household is dropped: the report lists those that failed or were not proven, and counts those not compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from math import fsum
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, Literal

import numpy as np

from ....models import Household, Plan, Policy
from ....models.plan.statements import PARTS
from ...api import TIME_LIMIT, solve
from ..comparisons import alternative
from .page import Part, Section, apart, markdown_table, number
from .report import Report, ended, run_cases, tried

Kind = Literal["funds", "sleeve"]

KINDS: dict[Kind, str] = {"funds": "Households of funds", "sleeve": "Households with a direct-index sleeve"}

SLEEVE_NAMES = 100
"""Number of names in a sleeve."""

COMPARED = {
    "route": "the router: the published routing table, in its order, then asset location",
    "prorata_fifo": "an overweight class is sold in every account in proportion, first in first out",
    "prorata_hifo": "the same, highest basis first",
    "taxable_default": "corrected in the taxable accounts first, highest basis first",
    "account_by_account": "each account brought to the household's targets on its own, highest basis first",
    "nothing": "no trade at all, where that keeps every hard rule",
}
"""What the plan is compared with, by name, in words."""

SAME_PLACES = Policy(location_years=0)
"""The policy of the run beside the default: no place is better than another."""

WITHOUT = ", without location"
"""Follows the names of that run in a case's errors."""

PROOF = {"gap": ("certified gap, $", 2), "gap_bp": ("certified gap, bp", 4), "seconds": ("seconds", 2)}
"""What is reported of the proofs: fields of a case, in words, and their decimals."""


@dataclass(frozen=True, slots=True)
class Case:
    """The result for one household, in dollars."""

    household: str
    kind: Kind
    accounts: int
    securities: int
    lots: int
    seconds: float
    """Wall time of the solve, in seconds."""
    value: float | None = None
    status: str = "error"
    """The status of the plan's certificate; "error" if there is no plan."""
    timed_out: bool = False
    """Whether the time limit stopped the search."""
    objective: float | None = None
    gap: float | None = None
    gap_bp: float | None = None
    saved: dict[str, float] = field(default_factory=dict)
    """By baseline: its objective less the plan's, if both keep every hard rule."""
    saved_parts: dict[str, dict[str, float]] = field(default_factory=dict)
    """By baseline: what is saved in each part of the objective."""
    saved_without_location: dict[str, float] = field(default_factory=dict)
    """By baseline: what is saved where both plan by a policy with location_years = 0."""
    broken: tuple[str, ...] = ()
    """The baselines that break a hard rule."""
    errors: tuple[str, ...] = ()
    """What was raised, and what the audits found."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Statistics over the cases of one kind. Dollars, unless a field says otherwise."""

    households: int
    sizes: dict[str, tuple[int, int]]
    """Fewest and most accounts, securities and lots."""
    statuses: dict[str, int]
    timed_out: int
    errors: int
    """Number of households with an error."""
    saved: dict[str, dict[str, float]]
    """By baseline: number of households compared; mean, median and least dollars saved."""
    saved_parts: dict[str, dict[str, float]]
    """By baseline: the mean of what is saved in each part of the objective."""
    saved_without_location: dict[str, dict[str, float]]
    """The same as `saved`, by a policy with location_years = 0."""
    broken: dict[str, int]
    """By baseline: number of households in which it breaks a hard rule."""
    proof: dict[str, dict[str, float]]
    """For gap, gap_bp and seconds: number of households, median, 90th percentile and worst."""


@dataclass(frozen=True)
class BaselineReport(Report[Case]):
    """The results of a run, and how it was run."""

    name: ClassVar[str] = "bench"

    sleeves: int = 0

    @property
    def options(self) -> str:
        """The options of the command."""
        return f"--sleeves {self.sleeves} {super().options}"

    @property
    def summaries(self) -> dict[Kind, Summary]:
        """The summary of each kind that was run."""
        by_kind = {kind: [case for case in self.cases if case.kind == kind] for kind in KINDS}
        return {kind: summarize(cases) for kind, cases in by_kind.items() if cases}

    def summary(self) -> dict[str, Any]:
        """The summaries, as data."""
        return {"summaries": {kind: asdict(summary) for kind, summary in self.summaries.items()}}

    def section(self) -> Section:
        """The report as a section for a terminal or a page."""
        return Section(
            name=self.name,
            title="The plan against the baselines",
            command=self.command,
            conditions=self.conditions,
            about=ABOUT,
            parts=[
                Part(_outcome(summary, self.cases_of(kind)), _tables(summary), KINDS[kind])
                for kind, summary in self.summaries.items()
            ],
            remarkable=(
                ["not optimal, or failed", "status", "gap, $", "gap, bp", "seconds", "errors"],
                _remarkable(self),
            ),
        )

    def cases_of(self, kind: Kind) -> list[Case]:
        """The cases of a kind."""
        return [case for case in self.cases if case.kind == kind]

    def write(self, page: Path) -> None:
        """Write the report into a page in Markdown, and the picture, an SVG file, beside the page. Needs matplotlib."""
        picture = page.with_suffix(".svg")
        kinds = {
            f"{KINDS[kind]}: {len(self.cases_of(kind))}, a dot each": self.cases_of(kind) for kind in self.summaries
        }
        from .picture import draw  # late: matplotlib is for pictures alone

        draw(
            {
                title: {name: [case.saved[name] for case in cases if name in case.saved] for name in COMPARED}
                for title, cases in kinds.items()
            },
            picture,
        )
        image = f"![Dollars by which each baseline is above the plan, household by household]({picture.name})"
        section = self.section()
        replace(section, about=[*section.about, "", image], after=_closing()).write(page)


# -- the run ----------------------------------------------------------------------------------------------------------


def run(
    households: int = 100,
    sleeves: int = 10,
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
    progress: Callable[[Case], None] | None = None,
) -> BaselineReport:
    """Solve generated households, one after the other, with the default policy.

    `households` of funds, then `sleeves` with a direct-index sleeve. `time_limit` is in seconds per household.
    `progress` is called with each case.
    """
    kinds: dict[str, Kind] = {}

    def generated() -> Iterator[Household]:
        for kind, household in _generated(households, sleeves, seed):
            kinds[household.id] = kind
            yield household

    def measured(household: Household) -> Case:
        return measure(household, kinds[household.id], time_limit)

    cases = run_cases(generated(), measured, progress)
    return BaselineReport(households=households, sleeves=sleeves, seed=seed, time_limit=time_limit, cases=cases)


def _generated(households: int, sleeves: int, seed: int) -> Iterator[tuple[Kind, Household]]:
    from ....fixtures.generator import generate
    from ....fixtures.sleeve import generate_sleeve

    for household in generate(households, seed):
        yield "funds", household
    for index in range(sleeves):
        yield "sleeve", generate_sleeve(seed, SLEEVE_NAMES, index)


def measure(household: Household, kind: Kind, time_limit: float) -> Case:
    """Solve one household and compare its plan with the baselines, by the default policy and by one without location.

    Exceptions go into the case's errors.
    """
    errors: list[str] = []
    began = perf_counter()
    plan = tried(errors, "solve", household, partial(solve, household, time_limit=time_limit))
    seconds = perf_counter() - began
    others = _others(errors, household, None)
    failed = {error.partition(":")[0] for error in errors}
    here = partial(solve, household, SAME_PLACES, time_limit=time_limit)
    without = _saved_parts(
        tried(errors, f"solve{WITHOUT}", household, here), _others(errors, household, SAME_PLACES, WITHOUT)
    )
    case = Case(
        household=household.id,
        kind=kind,
        accounts=len(household.accounts),
        securities=len(household.securities),
        lots=sum(len(account.lots) for account in household.accounts),
        seconds=seconds,
        saved_without_location={name: fsum(parts.values()) for name, parts in without.items()},
        errors=tuple(errors),
    )
    if plan is None:
        return case
    saved_parts, proof = _saved_parts(plan, others), plan.certificate
    return replace(
        case,
        value=plan.market_value,
        status=proof.status,
        timed_out=proof.limit == "time",
        objective=plan.objective,
        gap=proof.gap,
        gap_bp=proof.gap_bp,
        saved={name: fsum(parts.values()) for name, parts in saved_parts.items()},
        saved_parts=saved_parts,
        broken=tuple(
            name for name in COMPARED if name not in failed and ((other := others[name]) is None or other.violations)
        ),
    )


def _others(errors: list[str], household: Household, policy: Policy | None, words: str = "") -> dict[str, Plan | None]:
    """The plan of each baseline, None if there is none. `words` follow the names in `errors`."""
    return {
        name: tried(errors, f"{name}{words}", household, partial(alternative, household, policy, name))
        for name in COMPARED
    }


def _saved_parts(plan: Plan | None, others: dict[str, Plan | None]) -> dict[str, dict[str, float]]:
    """What the plan saves against each baseline in each part, where both keep every hard rule."""
    if plan is None or plan.violations:
        return {}
    return {
        name: {part: other.parts[part] - plan.parts[part] for part in other.parts}
        for name, other in others.items()
        if other is not None and not other.violations
    }


# -- the figures ------------------------------------------------------------------------------------------------------


def summarize(cases: Sequence[Case]) -> Summary:
    """Return the statistics of at least one case."""
    saved = {name: [case.saved[name] for case in cases if name in case.saved] for name in COMPARED}
    proof = {name: [getattr(case, name) for case in cases if getattr(case, name) is not None] for name in PROOF}
    sizes = {name: [getattr(case, name) for case in cases] for name in ("accounts", "securities", "lots")}
    return Summary(
        households=len(cases),
        sizes={name: (min(counts), max(counts)) for name, counts in sizes.items()},
        statuses=dict(Counter(case.status for case in cases)),
        timed_out=sum(case.timed_out for case in cases),
        errors=sum(bool(case.errors) for case in cases),
        saved={name: _saved(dollars) for name, dollars in saved.items()},
        saved_parts={name: _mean_parts([case.saved_parts.get(name, {}) for case in cases]) for name in COMPARED},
        saved_without_location={
            name: _saved([case.saved_without_location[name] for case in cases if name in case.saved_without_location])
            for name in COMPARED
        },
        broken={name: sum(name in case.broken for case in cases) for name in COMPARED},
        proof={name: _proof(values) for name, values in proof.items()},
    )


def _saved(dollars: list[float]) -> dict[str, float]:
    found: dict[str, float] = {"households": len(dollars)}
    if dollars:
        found |= {"mean": float(np.mean(dollars)), "median": float(np.median(dollars)), "least": min(dollars)}
    return found


def _mean_parts(saved: list[dict[str, float]]) -> dict[str, float]:
    parts = [each for each in saved if each]
    return {part: float(np.mean([each[part] for each in parts])) for part in (parts[0] if parts else ())}


def _proof(values: list[float]) -> dict[str, float]:
    found: dict[str, float] = {"households": len(values)}
    if values:
        found |= {"median": float(np.median(values)), "p90": float(np.quantile(values, 0.9)), "worst": max(values)}
    return found


def _tables(summary: Summary) -> list[tuple[list[str], list[list[str]]]]:
    """Four tables, as columns and rows: dollars above the plan, their mean by part, without location, and proofs."""
    saved, proof, by_part, without = [], [], [], []
    shown = [part for part in PARTS if any(round(parts.get(part, 0), 2) for parts in summary.saved_parts.values())]
    for name, stats in summary.saved.items():
        figures = [number(stats.get(key), 2) for key in ("mean", "median", "least")]
        saved.append([name, *figures, f"{stats['households']:.0f}", f"{summary.broken[name]}"])
        parts = summary.saved_parts[name]
        by_part.append([name, *(number(parts.get(part), 0) for part in shown), *apart(parts, 0)])
    for name, stats in summary.saved_without_location.items():
        figures = [number(stats.get(key), 2) for key in ("mean", "median", "least")]
        without.append([name, *figures, f"{stats['households']:.0f}"])
    for name, stats in summary.proof.items():
        words, places = PROOF[name]
        figures = [number(stats.get(key), places) for key in ("median", "p90", "worst")]
        proof.append([words, *figures, f"{stats['households']:.0f}"])
    return [
        (["above the plan's objective, $", "mean", "median", "least", "compared", "breaks rules"], saved),
        (["mean by part", *shown, "money", "penalties"], by_part),
        (["above the plan's, `location_years` = 0, $", "mean", "median", "least", "compared"], without),
        (["proven", "median", "90th percentile", "worst", "households"], proof),
    ]


def _outcome(summary: Summary, cases: Sequence[Case]) -> str:
    """How many households ended with which status, and their sizes, in words."""
    sizes = ", ".join(
        f"{low} to {high} {name}" if low < high else f"{low} {name}" for name, (low, high) in summary.sizes.items()
    )
    return f"{ended(cases)}. Of each: {sizes}."


def _remarkable(report: BaselineReport) -> list[list[str]]:
    """The households not proven optimal or with an error: errors first, then the widest gap first."""
    found = [case for case in report.cases if case.status != "optimal" or case.errors]
    found.sort(key=lambda case: (not case.errors, -(np.inf if case.gap is None else case.gap)))
    return [
        [
            case.household,
            case.status + (" (time limit)" if case.timed_out else ""),
            number(case.gap, 2),
            number(case.gap_bp, 2),
            number(case.seconds, 1),
            "; ".join(case.errors),
        ]
        for case in found
    ]


ABOUT = [
    "The households are made up (`fixtures/`), the policy is the default. The first table has a baseline's",
    "objective less the plan's, in the dollars of [formulation.md](../formulation.md), over the households in which",
    "both keep every hard rule: *compared* says how many, *breaks rules* in how many the baseline does not. *Least*",
    "is the household in which the plan gains least; *mean by part* is where the mean comes from: in *money*, the",
    "bill of this year, later years, spreads and commissions, and income after tax over the years that the policy",
    "looks ahead; the rest are *penalties*, such as drift as the policy prices it, which nobody pays. The certified",
    "gap is by how much the objective of a better plan could be lower at most. The table for `location_years` = 0",
    "compares plan and baselines by a policy for which no place is better than another, so that it leaves out what",
    "location gains.",
]


def _closing() -> list[str]:
    """The lines that say what each baseline does."""
    rows = [[*row] for row in COMPARED.items()]
    return [
        "",
        "### The baselines",
        "",
        *markdown_table(["name", "what it does"], rows),
        "",
        "The baselines are held to the hard rules of the plan: where their trades break one they go only a part of the",
        "way, down to what must be done (`solver/search/routing/rebalancers.py`).",
    ]
