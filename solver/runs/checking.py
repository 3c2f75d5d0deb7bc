"""A plan checked in full: the audit, and then every statement that the program makes of the same trades."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...models import Household, Plan, Policy
from ..api import BASELINES, METHODS, restated
from ..auditor.audit import audit
from ..auditor.findings import Finding

UNKNOWN = (
    r"certificate\.(seconds|stages.*|detail|limit|bound|gap|gap_bp|gap_asked_bp|rounding|tax_binaries)",
    r"violations\[\d+\]\.conflicts.*",
    r"limits\[\d+\]\.shadow_price",
)
"""Paths of what cannot be recomputed: the search's own knowledge. The audit does the arithmetic of the bound."""

JUDGED = (
    r"household|trade_date|policy.*|market_value|target_value|objective|parts.*|cash_after.*|tax_(before|after).*",
    r"(classes|factors|names).*",
    r"trades\[\d+\]\.(?!reason).*",
)
"""Paths of what the audit has judged already, with arithmetic of its own."""

SAYS_NOTHING = r"trades\[\d+\]\.reason\.next_best(_costs|_at_least|_penalties)?"
"""Paths that may be empty: next-best prices are left out when time runs out."""

MADE_BY = {"branch and bound", "nothing to trade", *METHODS.values(), *BASELINES}
"""What a certificate may name as what made the plan."""


def check(household: Household, plan: Plan, policy: Policy | None = None) -> list[Finding]:
    """Return everything that is wrong with a plan, its reasons and other statements included.

    The trades are audited, and then explained as `solve` explains its own; whatever the plan states otherwise is a
    finding. With a `policy` the plan is judged by it, without one by the policy that it states. The bound is not
    recomputed (`verify` does that). Raises InputError if the household or the policy is not sound.
    """
    findings = audit(household, plan, policy)
    if plan.certificate.method not in MADE_BY:
        findings.append(Finding("certificate", "method", f"nothing makes plans by {plan.certificate.method!r}"))
    if any(finding.rule in ("plan", "trade", "lot") for finding in findings):
        return findings  # the trades cannot be explained, or are not for this household and policy
    expected = restated(household, plan, plan.policy)
    return [*findings, *_differences(plan, expected)]


def _differences(plan: Plan, expected: Plan) -> Iterator[Finding]:
    for path, stated, right in different("", plan.model_dump(mode="json"), expected.model_dump(mode="json")):
        if any(re.fullmatch(pattern, path) for pattern in (*UNKNOWN, *JUDGED)):
            continue
        if re.fullmatch(SAYS_NOTHING, path) and stated in ("", None):
            continue
        if path == "baseline_taxes" and path not in plan.model_fields_set:
            continue  # a plan of an earlier version, which does not state them
        if re.fullmatch(r"outside_bands.*", path) and "not_priced" in {row.reason for row in plan.outside_bands}:
            continue  # time ran out
        if re.fullmatch(r"violations\[\d+\]\.text", path) and _without_conflicts(plan, path) == right:
            continue
        yield Finding("statement", path, f"{stated!r} is not what follows from the trades, {right!r}")


def _without_conflicts(plan: Plan, path: str) -> str:
    """The text of a violation without the conflicts that it names."""
    violation = plan.violations[int(re.findall(r"\d+", path)[0])]
    return violation.text.replace(f"; conflicts with: {', '.join(violation.conflicts)}", "")


def different(path: str, stated: Any, right: Any) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401 - any JSON
    """Yield the path of every value that differs, with both; a list or an object that lacks something as a whole."""
    if isinstance(stated, dict) and isinstance(right, dict) and stated.keys() == right.keys():
        for name in stated:
            yield from different(f"{path}.{name}".lstrip("."), stated[name], right[name])
    elif isinstance(stated, list) and isinstance(right, list) and len(stated) == len(right):
        for place, (one, other) in enumerate(zip(stated, right, strict=True)):
            yield from different(f"{path}[{place}]", one, other)
    elif stated != right:
        yield path, stated, right
