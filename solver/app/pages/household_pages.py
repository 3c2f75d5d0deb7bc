"""The pages of a run's households, part by part, in a process of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from ....models import Fault, Household, Plan
from ....models.plan.trades import Explained
from ...api import restated
from ...runs.batch.book import Header, Rows, household_of
from ...runs.batch.outcomes import PLANNED
from ...runs.batch.parts import Parts
from .person import Need, Thresholds, needs
from .plan_page import plan_page
from .tax_by_reason import Spent, tax_by_reason
from .template import render

FOLDER = "households"
"""The folder of the households' pages, beside the page of the book."""

PLAIN = re.compile(r"(?!(con|prn|aux|nul|com\d|lpt\d)$)[a-z0-9_-]{1,60}")
"""Ids that are names of files as they are, on every system; some names are Windows's own."""

LISTED = (
    "state",
    "market_value",
    "trades",
    "tax_before",
    "tax_after",
    "realized_short",
    "realized_long",
    "drift_left",
    "gap_bp",
    "seconds",
    "input_digest",
)
"""What the page of the book needs of a household's row of certificates."""

WORK = f"{__name__}:work"
"""The work of a process that writes pages, as `SolverProcess` takes it."""

BOOK = "../index.html"


@dataclass(frozen=True, slots=True)
class Writing:
    """What all pages of a run share."""

    run: Path
    out: Path
    thresholds: Thresholds
    explain: Explained
    header: Header | None
    """Of the book, for the households that are read again; None if it is not there any more."""
    log: Mapping[str, Sequence[str]]
    """Lines of the log by household, for those without a plan."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What the page of the book says of a household."""

    household: str
    page: str
    part: int
    row: Mapping[str, Any]
    """Of its row of certificates, what LISTED names."""
    needs: tuple[Need, ...]
    planned: bool
    """Whether there is a plan to trade."""
    has_plan: bool
    """Whether there is any; one that breaks a hard rule is shown, but not traded."""
    spent: Mapping[str, Spent]
    stated: bool = False
    """Whether the page states its reasons as sentences."""


@dataclass(frozen=True, slots=True)
class Restate:
    """A household whose reasons are to be stated as sentences on its page; without rows, the note says why not."""

    listed: Listed
    rows: Rows | None
    note: str = ""


def work(writing: Writing, task: int | Restate) -> list[Listed]:
    """Write the pages of a part, by its number, or one page anew. Returns what is listed of them."""
    if isinstance(task, Restate):
        return [_restate(writing, task)]
    return list(_write_part(writing, task))


def page_name(household: str) -> str:
    """Return the name of a household's page. Ids that no file could have, or that differ in their case alone, get one
    of their own: what can be read of them, and a hash.
    """
    if PLAIN.fullmatch(household):
        return f"{household}.html"
    plain = re.sub(r"[^a-z0-9_-]+", "-", household.lower()).strip("-")[:40]
    return f"{plain}~{sha256(household.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}.html"


def _write_part(writing: Writing, number: int) -> Iterator[Listed]:
    parts = Parts(writing.run)
    rows = {row["household_id"]: row for row in _read(parts, "certificates", number)}
    faults: dict[str, list[Fault]] = {}
    for row in _read(parts, "failures", number):
        fault = Fault(*(row[name] or "" for name in ("path", "message", "hint", "place")))
        faults.setdefault(row["household_id"], []).append(fault)
    plans = {row["household_id"]: row["plan"] for row in _read(parts, "plans", number)}
    for household, row in rows.items():
        plan = None if household not in plans else stamped(Plan.model_validate_json(plans[household]), row)
        found = tuple(needs(row, plan, writing.thresholds))
        traded = row["state"] in PLANNED
        spent = tax_by_reason(plan) if plan is not None and traded else {}
        page, about = page_name(household), {name: row[name] for name in LISTED}
        listed = Listed(household, page, number, about, found, traded, plan is not None, spent)
        _write(writing, listed, row, plan, faults.get(household, []))
        yield listed


def _restate(writing: Writing, task: Restate) -> Listed:
    household = task.listed.household
    parts, part = Parts(writing.run), task.listed.part
    row = next(_read(parts, "certificates", part, household))
    plan, home = Plan.model_validate_json(next(_read(parts, "plans", part, household))["plan"]), None
    if task.rows is not None and writing.header is not None:
        home = household_of(writing.header, task.rows)
        found = restated(home, plan, plan.policy, writing.explain)
        plan = found.model_copy(update={"violations": plan.violations, "certificate": plan.certificate})
    _write(writing, task.listed, row, stamped(plan, row), (), home, task.note)
    return replace(task.listed, stated=home is not None)


def _write(
    writing: Writing,
    listed: Listed,
    row: Mapping[str, Any],
    plan: Plan | None,
    faults: Sequence[Fault],
    home: Household | None = None,
    note: str = "",
) -> None:
    log = writing.log.get(listed.household, ())
    notes = [note] if note else []
    if plan is None:
        html = render(
            "faults.html", title=f"{listed.household}: {row['state']}", row=row, faults=faults, log=log, book=BOOK
        )
    else:
        state = row["state"].capitalize()
        if not listed.planned:
            notes.append(f"{state}: these trades are not to be placed; they break a hard rule by the least.")
        elif row["why"]:
            notes.append(f"{state}: {row['why']}")
        kinds = {} if home is None else {account.id: account.kind for account in home.accounts}
        why = [need.text for need in listed.needs]
        html = plan_page(plan, kinds, why=why, notes=notes, book=BOOK)
    (writing.out / FOLDER / listed.page).write_text(html, encoding="utf-8")


def stamped(plan: Plan, row: Mapping[str, Any]) -> Plan:
    """Return a run's plan with its seconds, which the run keeps apart."""
    stages = {stage: row[f"{stage}_seconds"] or 0.0 for stage in ("build", "search", "explain", "audit")}
    times = {"seconds": row["seconds"], "stages": stages}
    return plan.model_copy(update={"certificate": plan.certificate.model_copy(update=times)})


def _read(parts: Parts, table: str, number: int, household: str | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a part's table, of one household if it is given."""
    import pyarrow.parquet as pq

    chosen = None if household is None else [("household_id", "=", household)]
    rows = pq.read_table(parts.file(table, number), filters=chosen)
    for batch in rows.to_batches(max_chunksize=64):
        yield from batch.to_pylist()
