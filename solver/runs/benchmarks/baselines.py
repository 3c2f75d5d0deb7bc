"""The plan against its yardsticks over generated households: dollars saved, certified gaps, seconds.

`run` solves, `Report` sums up, for a terminal, for programs and as a page with a picture. Every household counts: what
failed, was not proven or cannot be compared is in the report by name.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from math import fsum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from rich.console import Console
from rich.text import Text

from ....models import Household, Plan
from ....models.plan.statements import PARTS
from ...api import BASELINES, GAP_BP, TIME_LIMIT, baseline, route, solve
from ...auditor.audit import audit
from .page import conditions, markdown_table, number, rich_table, versions, write_section

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Kind = Literal["funds", "sleeve"]

KINDS: dict[Kind, str] = {"funds": "Households of funds", "sleeve": "Households with a direct-index sleeve"}

SLEEVE_NAMES = 100
"""Names in a sleeve."""

YARDSTICKS = {
    "route": "the router: the published routing table, in its order",
    "prorata_fifo": "an overweight class is sold in every account in proportion, first in first out",
    "prorata_hifo": "the same, highest basis first",
    "taxable_default": "corrected in the taxable accounts first, highest basis first",
    "account_by_account": "each account brought to the household's targets on its own, highest basis first",
    "nothing": "no trade at all, where that keeps every hard rule",
}
"""What the plan is compared with, and what each is."""

PROOF = {"gap": ("certified gap, $", 2), "gap_bp": ("certified gap, bp", 4), "seconds": ("seconds", 2)}
"""What is told of the proofs: fields of a case, in words, and decimals."""


@dataclass(frozen=True, slots=True)
class Case:
    """What came of one household. Dollars."""

    household: str
    kind: Kind
    accounts: int
    securities: int
    lots: int
    value: float | None
    status: str
    """The certificate's; "error" where there is no plan."""
    timed_out: bool
    """Whether the time limit stopped the search."""
    seconds: float
    """Wall time of the solve."""
    objective: float | None = None
    gap: float | None = None
    gap_bp: float | None = None
    saved: dict[str, float] = field(default_factory=dict)
    """The yardstick's objective less the plan's, where both keep every hard rule."""
    saved_parts: dict[str, dict[str, float]] = field(default_factory=dict)
    """The same by part of the objective."""
    broken: tuple[str, ...] = ()
    """The yardsticks that break a hard rule."""
    errors: tuple[str, ...] = ()
    """What was raised, and what an audit found."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The cases of one kind in figures: saved, gap, gap_bp and seconds, each by statistic."""

    households: int
    sizes: dict[str, tuple[int, int]]
    """Fewest and most accounts, securities and lots."""
    statuses: dict[str, int]
    timed_out: int
    errors: int
    """Households with an error."""
    saved: dict[str, dict[str, float]]
    """By yardstick: households compared, mean, median and least."""
    saved_parts: dict[str, dict[str, float]]
    """By yardstick the mean of each part of the objective."""
    broken: dict[str, int]
    """Households in which a yardstick breaks a hard rule, by yardstick."""
    proof: dict[str, dict[str, float]]
    """Of gap, gap_bp and seconds: households, median, ninth decile and worst."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a run found, and how it was run."""

    households: int
    sleeves: int
    seed: int
    time_limit: float
    versions: dict[str, str]
    cores: int | None
    cases: tuple[Case, ...]

    @property
    def command(self) -> str:
        """What runs it again."""
        limit = "" if self.time_limit == TIME_LIMIT else f" --time-limit {self.time_limit:g}"
        return f"lotroute bench --households {self.households} --sleeves {self.sleeves} --seed {self.seed}{limit}"

    @property
    def summaries(self) -> dict[Kind, Summary]:
        """A summary of each kind that was run."""
        by_kind = {kind: [case for case in self.cases if case.kind == kind] for kind in KINDS}
        return {kind: summarize(cases) for kind, cases in by_kind.items() if cases}

    def as_dict(self) -> dict[str, Any]:
        """For JSON: how it was run, the summaries, the cases."""
        how = {name: getattr(self, name) for name in ("command", "seed", "time_limit", "versions", "cores")}
        summaries = {kind: asdict(summary) for kind, summary in self.summaries.items()}
        return how | {"gap_bp": GAP_BP, "summaries": summaries, "cases": [asdict(case) for case in self.cases]}


# -- the run ----------------------------------------------------------------------------------------------------------


def run(
    households: int = 100,
    sleeves: int = 10,
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
    progress: Callable[[Case], None] | None = None,
) -> Report:
    """Solve generated households, one after the other, with the default policy. `time_limit` is seconds a household.

    `progress` is called after each.
    """
    cases = []
    for kind, household in _generated(households, sleeves, seed):
        cases.append(measure(household, kind, time_limit))
        if progress is not None:
            progress(cases[-1])
    return Report(households, sleeves, seed, time_limit, versions(), os.cpu_count(), tuple(cases))


def _generated(households: int, sleeves: int, seed: int) -> Iterator[tuple[Kind, Household]]:
    from ....fixtures.generator import generate
    from ....fixtures.sleeve import generate_sleeve

    for household in generate(households, seed):
        yield "funds", household
    for index in range(sleeves):
        yield "sleeve", generate_sleeve(seed, SLEEVE_NAMES, index)


def measure(household: Household, kind: Kind, time_limit: float) -> Case:
    """Solve one household and compare. Whatever is raised on the way is in the case's errors."""
    errors: list[str] = []

    def tried(name: str, make: Callable[[], Plan]) -> Plan | None:
        try:
            plan = make()
            errors.extend(f"{name}: {finding}" for finding in audit(household, plan))
        except Exception as error:  # a benchmark counts what fails and goes on
            errors.append(f"{name}: {type(error).__name__}: {error}")
            return None
        return plan

    began = perf_counter()
    plan = tried("solve", partial(solve, household, time_limit=time_limit))
    seconds = perf_counter() - began
    others = {"route": tried("route", partial(route, household))}
    others |= {name: tried(name, partial(baseline, household, None, name)) for name in BASELINES}
    sizes = len(household.accounts), len(household.securities), sum(len(account.lots) for account in household.accounts)
    if plan is None:
        return Case(household.id, kind, *sizes, None, "error", False, seconds, errors=tuple(errors))
    costs = {name: other.parts for name, other in others.items() if other and not other.violations}
    if "nothing" in plan.baselines:
        costs["nothing"] = dict.fromkeys(plan.parts, 0.0) | {"drift": plan.baselines["nothing"]}  # it costs no more
    failed = [name for name, other in others.items() if other is None]
    compared = {} if plan.violations else costs
    saved_parts = {name: {part: parts[part] - plan.parts[part] for part in parts} for name, parts in compared.items()}
    proof = plan.certificate
    return Case(
        household.id,
        kind,
        *sizes,
        plan.market_value,
        proof.status,
        proof.limit == "time",
        seconds,
        plan.objective,
        proof.gap,
        proof.gap_bp,
        {name: fsum(parts.values()) for name, parts in saved_parts.items()},
        saved_parts,
        tuple(name for name in YARDSTICKS if name not in costs and name not in failed),
        tuple(errors),
    )


# -- the figures ------------------------------------------------------------------------------------------------------


def summarize(cases: Sequence[Case]) -> Summary:
    """The figures of at least one case."""
    saved = {name: [case.saved[name] for case in cases if name in case.saved] for name in YARDSTICKS}
    proof = {name: [getattr(case, name) for case in cases if getattr(case, name) is not None] for name in PROOF}
    sizes = {name: [getattr(case, name) for case in cases] for name in ("accounts", "securities", "lots")}
    return Summary(
        households=len(cases),
        sizes={name: (min(counts), max(counts)) for name, counts in sizes.items()},
        statuses=dict(Counter(case.status for case in cases)),
        timed_out=sum(case.timed_out for case in cases),
        errors=sum(bool(case.errors) for case in cases),
        saved={name: _saved(dollars) for name, dollars in saved.items()},
        saved_parts={name: _mean_parts([case.saved_parts.get(name, {}) for case in cases]) for name in YARDSTICKS},
        broken={name: sum(name in case.broken for case in cases) for name in YARDSTICKS},
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
    """Columns and rows: the dollars saved, the mean of their parts, and what is proven in what time."""
    saved, proof, by_part = [], [], []
    shown = [part for part in PARTS if any(round(parts.get(part, 0), 2) for parts in summary.saved_parts.values())]
    for name, stats in summary.saved.items():
        figures = [number(stats.get(key), 2) for key in ("mean", "median", "least")]
        saved.append([name, *figures, f"{stats['households']:.0f}", f"{summary.broken[name]}"])
        by_part.append([name, *(number(summary.saved_parts[name].get(part), 0) for part in shown)])
    for name, stats in summary.proof.items():
        words, places = PROOF[name]
        figures = [number(stats.get(key), places) for key in ("median", "p90", "worst")]
        proof.append([words, *figures, f"{stats['households']:.0f}"])
    return [
        (["dollars saved against", "mean", "median", "least", "compared", "breaks rules"], saved),
        (["mean by part", *shown], by_part),
        (["proven", "median", "90th percentile", "worst", "households"], proof),
    ]


def _outcome(summary: Summary) -> str:
    """How many ended how, in a sentence."""
    sizes = ", ".join(
        f"{low} to {high} {name}" if low < high else f"{low} {name}" for name, (low, high) in summary.sizes.items()
    )
    many = "households" if summary.households > 1 else "household"
    statuses = ", ".join(f"{count} {status}" for status, count in sorted(summary.statuses.items(), key=lambda s: -s[1]))
    late = f"; the time limit stopped {summary.timed_out}" if summary.timed_out else ""
    wrong = f"; errors in {summary.errors}" if summary.errors else ""
    return f"{summary.households} {many} with {sizes}: {statuses}{late}{wrong}."


def _remarkable(report: Report) -> list[list[str]]:
    """The households that were not solved to proven optimality, or in which something failed; the widest gap first."""
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


REMARKABLE = ["not optimal, or failed", "status", "gap, $", "gap, bp", "seconds", "errors"]


def print_report(console: Console, report: Report) -> None:
    """Write a report to a console, at most 100 columns wide."""
    console.print(Text(report.command, style="bold"))
    console.print(Text(conditions(report.versions, report.cores, report.time_limit), style="dim"))
    for kind, summary in report.summaries.items():
        console.print()
        console.print(Text(KINDS[kind], style="bold cyan"))
        console.print(Text(_outcome(summary)))
        for columns, rows in _tables(summary):
            console.print()
            console.print(rich_table(columns, rows))
    remarkable = _remarkable(report)
    if remarkable:
        console.print()
        console.print(rich_table(REMARKABLE, remarkable, wrapped=True))


def write_page(report: Report, page: Path) -> Path:
    """Write a report as a section of a page in Markdown, and beside it the picture, whose path is returned. Needs
    matplotlib.
    """
    picture = page.with_suffix(".svg")
    draw(report, picture)
    lines = [
        "## The plan against its yardsticks",
        "",
        "Made by",
        "",
        "```",
        f"{report.command} --out {page.as_posix()}",
        "```",
        "",
        f"with {conditions(report.versions, report.cores, report.time_limit)}",
        "",
        "The households are made up (`fixtures/`), the policy is the default. *Saved* is a yardstick's objective less",
        "the plan's, in the dollars of [formulation.md](formulation.md), over the households in which both keep every",
        "hard rule: *compared* says how many, *breaks rules* in how many the yardstick does not. *Least* is the",
        "household in which the plan saves least; *mean by part* is where the mean comes from: the bill of this year,",
        "later years, drift as the policy prices it, spreads and commissions, tax on income over the years that the",
        "policy looks ahead. The certified gap is what a better plan could save at most.",
        "",
        f"![Dollars that the plan saves against each yardstick, household by household]({picture.name})",
    ]
    for kind, summary in report.summaries.items():
        lines += ["", f"### {KINDS[kind]}", "", _outcome(summary)]
        for columns, rows in _tables(summary):
            lines += ["", *markdown_table(columns, rows)]
    remarkable = _remarkable(report)
    if remarkable:
        lines += ["", "### Not proven, impossible or failed", "", *markdown_table(REMARKABLE, remarkable)]
    lines += [
        "",
        "### The yardsticks",
        "",
        *markdown_table(["name", "what it does"], [[*row] for row in YARDSTICKS.items()]),
    ]
    lines += [
        "",
        "The baselines are held to the hard rules of the plan: where their trades break one they go only a part of the",
        "way, down to what must be done (`solver/baselines.py`).",
    ]
    write_section(page, "bench", lines)
    return picture


# -- the picture ------------------------------------------------------------------------------------------------------


def draw(report: Report, path: Path) -> None:
    """Draw the dollars saved, a dot a household and a row a yardstick, to a picture whose format the suffix says."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    kinds = list(report.summaries)
    with mpl.rc_context({"svg.hashsalt": "lotroute", "svg.fonttype": "none", "text.parse_math": False}):
        figure = Figure(figsize=(9, 0.9 + 2.6 * len(kinds)), layout="constrained")
        rows = figure.subplots(len(kinds), 1, sharex=True, squeeze=False)
        for axes, kind in zip(rows[:, 0], kinds, strict=True):
            _draw_kind(axes, report, kind)
        rows[-1, 0].set_xlabel("dollars saved by the plan (linear between −$10 and $10, logarithmic beyond)")
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=120)


def _draw_kind(axes: Axes, report: Report, kind: Kind) -> None:
    names = list(YARDSTICKS)
    for row, name in enumerate(names):
        saved = sorted(case.saved[name] for case in report.cases if case.kind == kind and name in case.saved)
        if not saved:
            continue
        apart = 0.5 * ((np.arange(len(saved)) * 0.618) % 1 - 0.5)  # spread evenly, so that no dot hides its neighbour
        axes.scatter(saved, row + apart, s=10, color="#3b6ea5", alpha=0.45, linewidths=0)
        median = float(np.median(saved))
        axes.plot([median, median], [row - 0.36, row + 0.36], color="#b3401f", linewidth=2.2)
        words = f"{'−' if median < 0 else ''}${abs(median):,.0f}"
        axes.annotate(words, (1.01, row), xycoords=("axes fraction", "data"), va="center", color="#b3401f")
    axes.set_xscale("symlog", linthresh=10, linscale=0.5)
    axes.xaxis.set_major_formatter(_dollars)
    axes.axvline(0, color="#888888", linewidth=0.8)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#e6e6e6")
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_title(f"{KINDS[kind]}: {report.summaries[kind].households}, a dot each", loc="left", fontsize=11)
    axes.annotate("median", (1.01, 1.03), xycoords="axes fraction", color="#b3401f")


def _dollars(value: float, _: float) -> str:
    sign, size = "−" if value < 0 else "", abs(value)
    return (
        f"{sign}${size / 1e6:g}M" if size >= 1e6 else f"{sign}${size / 1e3:g}k" if size >= 1e3 else f"{sign}${size:g}"
    )
