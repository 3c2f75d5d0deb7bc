"""The figures of `bench speed` for people: seconds and their parts, ratios within the run, every proof."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np

from ...api import GAP_BP
from .page import Part, Section, Tabled, number
from .report import versions
from .speed import HOUSEHOLDS, LIMIT, Asked, Case, Results, growth
from .speed_cases import CASES, SLEEVES

STAGES = ("build", "search", "explain", "audit")

ABOUT = [
    "CPU seconds, all measured in one run. The *whole call* is `solve`: from the validated household to its audited",
    "plan with reasons; its parts are build, search, explain and audit. The *router* is the routing table alone,",
    "*root LP* the linear relaxation of the program alone, *search* the branch and bound on rows that are there, *MIP*",
    "HiGHS's own on the same rows. The *textbook model* is the same decision in one mixed-integer program with big-M",
    "rows and the real brackets, straight to HiGHS (`solver/runs/benchmarks/textbook.py`), to the same gap; reading",
    "the household is not counted there. A solve that ran into the time limit counts with it and has a +.",
]

PROOFS = "Integers that are fractional at the root are counted without whole shares; dollars, and bp of the value."


def section(results: Results) -> Section:
    """Return the report of a run as a section for a terminal or a page."""
    cases = results.cases
    parts = [
        Part(_words(results), [_seconds(cases), _ratios(cases)] if cases else []),
        *([Part(PROOFS, [_proofs(cases)], "Household by household")] if cases else []),
    ]
    late = [case for case in cases if case.status != "optimal"]
    named = [[f"{_name(case)}, seed {case.row.seed}", case.status, number(case.row.gap_bp, 4)] for case in late]
    what = ", ".join(f"{name} {version}" for name, version in versions().items())
    return Section(
        name="bench speed",
        title="Speed",
        command=_command(results.asked),
        conditions=f"{what}; one thread on a machine with {os.cpu_count()} cores; gap {GAP_BP:g} bp, time limit "
        f"{results.asked.time_limit:g} s a solve.",
        about=ABOUT,
        parts=parts,
        remarkable=(["not optimal", "status", "gap, bp"], named),
    )


def _command(asked: Asked) -> str:
    words = [f"--case {name}" for name in asked.cases] if {*asked.cases} < {*Asked().cases} else []
    words += [f"--seeds {asked.seeds}"] if asked.seeds != Asked().seeds else []
    words += [f"--time-limit {asked.time_limit:g}"] if asked.time_limit != LIMIT else []
    words += ["--no-textbook"] * (not asked.textbook) + ["--no-highs"] * (not asked.highs)
    return " ".join(["lotroute bench speed", *words])


def _words(results: Results) -> str:
    """Throughput and growth, in words."""
    found = []
    if (speed := results.throughput) is not None:
        found.append(
            f"{HOUSEHOLDS} households of funds one after the other: {speed.households_per_second:.1f} a second, "
            f"{speed.accounts_per_second:.0f} accounts."
        )
    sleeves = [case for case in results.cases if case.row.case in SLEEVES and not case.row.whole_shares]
    if (exponent := growth(sleeves)) is not None:
        fewest, most = min(case.row.lots for case in sleeves), max(case.row.lots for case in sleeves)
        found.append(
            f"From {fewest:,} to {most:,} lots the whole call grows with the power {exponent:.2f} of the lots."
        )
    return " ".join(found)


def _groups(cases: Sequence[Case]) -> Iterator[list[Case]]:
    """The cases of one name and kind of shares, in the order of CASES."""
    order = list(CASES)

    def key(case: Case) -> tuple[int, bool]:
        return order.index(case.row.case), case.row.whole_shares

    for _, own in groupby(sorted(cases, key=key), key):
        yield list(own)


def _name(case: Case) -> str:
    return f"{case.row.case}{', whole shares' if case.row.whole_shares else ''}"


def _median(cases: Sequence[Case], of: Callable[[Case], float | None]) -> float | None:
    values = [value for case in cases if (value := of(case)) is not None]
    return float(np.median(values)) if values else None


def _figure(value: float | None) -> str:
    """Seconds, or a ratio, to three digits or whole."""
    return "" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:#.3g}".rstrip(".")


def _seconds(cases: Sequence[Case]) -> Tabled:
    rows = []
    for own in _groups(cases):
        stages = [_figure(_median(own, lambda case, of=stage: case.stages.get(of))) for stage in STAGES]  # type: ignore[misc]
        rows.append(
            [
                _name(own[0]),
                number(_median(own, lambda case: case.row.lots), 0),
                _figure(_median(own, lambda case: case.row.seconds)),
                *stages,
                _figure(_median(own, lambda case: case.row.greedy_seconds)),
            ]
        )
    return ["CPU seconds, median of the seeds", "lots", "whole call", *STAGES, "router"], rows


def _ratios(cases: Sequence[Case]) -> Tabled:
    """The solves beside it, and how often the whole call and the search fit into them, median of the seeds."""
    rows = []
    for own in _groups(cases):

        def shown(of: Callable[[Case], float | None], late: bool = False, own: list[Case] = own) -> str:
            found = _figure(_median(own, of))
            return f"{found}+" if late and found else found

        highs, textbook = any(case.highs_timed_out for case in own), any(case.textbook_timed_out for case in own)
        rows.append(
            [
                _name(own[0]),
                shown(lambda case: case.row.root_seconds),
                shown(lambda case: case.row.search_seconds),
                shown(lambda case: case.row.highs_seconds, highs),
                shown(lambda case: case.row.textbook_seconds, textbook),
                shown(lambda case: case.row.speedup, textbook),
                shown(lambda case: case.row.seconds / case.row.root_seconds),
                shown(lambda case: _ratio(case.row.highs_seconds, case.row.search_seconds), highs),
            ]
        )
    return [
        "", "root LP", "search", "MIP", "textbook", "textbook / whole call", "whole call / root LP", "MIP / search"
    ], rows  # fmt: skip


def _ratio(above: float | None, below: float) -> float | None:
    return None if above is None else above / below


def _proofs(cases: Sequence[Case]) -> Tabled:
    rows = []
    for case in (case for own in _groups(cases) for case in own):
        row = case.row
        rows.append(
            [
                _name(case),
                *map(str, (row.seed, row.groups, row.fractional, "" if row.nodes is None else row.nodes)),
                number(row.objective, 2),
                number(row.bound, 2),
                number(row.gap_bp, 4),
                number(row.textbook_objective, 2),
                number(row.textbook_gap_bp, 4),
            ]
        )
    columns = ["", "seed", "groups", "fractional", "nodes", "objective", "bound", "gap, bp", "textbook", "its gap, bp"]
    return columns, rows
