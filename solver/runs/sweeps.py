"""Scenarios: a plan for every value of what is varied, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

from ...models import Fault, Household, InputError, Plan, Policy
from ...models.schema.wording import shown
from ..api import GAP_BP, TIME_LIMIT, solve

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

POLICY = "policy"
OF_POLICY = f"{POLICY}."
"""The path of the whole policy, and what those of its fields begin with; all other paths are the household's."""

FAULTY = "faulty"
"""The status of a row whose values are refused."""

FIGURES = ("money", "short_gain", "long_gain", "losses", "turnover", "orders", "gap")
"""Columns that are figures of `Plan.summary`, under the same names."""

COLUMNS = ("status", "objective", "tax", "tax_change", "drift", "outside", "name_drift", *FIGURES, "detail", "plan")
"""The columns that follow those of the paths."""


def sweep(
    household: Household,
    vary: Mapping[str, Iterable[Any]],
    policy: Policy | None = None,
    *,
    gap_bp: float = GAP_BP,
    time_limit: float = TIME_LIMIT,
) -> pd.DataFrame:
    """Return a plan for every combination of values, a row each, in the order of the values, the last path's fastest.

    `vary` has the values of each path: of the policy `policy.limits.net_gain`, or `policy` itself, a Policy or the name
    of one (`"tax_neutral"`, `"gain_budget=20000"`); of the household any path that `with_` takes, such as
    `taxpayer.ordinary_income`. A column for each path has the value; `status` is the certificate's, the
    figures are those of `Plan.summary` (`drift`, `outside` and `name_drift` after the trades), `plan` is the plan. Of a
    plan that breaks hard rules, `detail` says which. Values that are refused make a row too: its status is "faulty",
    `detail` has the faults, and `plan` is None. `gap_bp` (basis points) and `time_limit` (seconds) hold for each solve.
    Raises InputError if every row is faulty or a path has no values.
    """
    import pandas as pd

    values = {path: [*each] for path, each in vary.items()}
    if faults := [Fault(path, "has no values", "give a list of them") for path, each in values.items() if not each]:
        raise InputError(faults)
    rows, refused = [], []
    for combination in product(*values.values()):
        changes = dict(zip(values, combination, strict=True))
        try:
            plan = solve(
                *changed(household, policy or Policy(), changes), gap_bp=gap_bp, time_limit=time_limit, explain="codes"
            )
            rows.append(changes | _figures(plan))
        except InputError as error:
            refused.append(error)
            rows.append(changes | {"status": FAULTY, "detail": "; ".join(map(str, error.faults)), "plan": None})
    if len(refused) == len(rows):
        raise InputError(dict.fromkeys(fault for error in refused for fault in error.faults))
    frame = pd.DataFrame(
        {path: pd.Series([row[path] for row in rows], dtype=_kind(each)) for path, each in values.items()}
    )
    for name in COLUMNS:
        frame[name] = [row.get(name) for row in rows]
    return frame


def plot_frontier(frame: pd.DataFrame, x: str = "drift", y: str = "tax_change") -> Figure:
    """Return a picture of the plans of a sweep: the column `y` against the column `x`, in dollars; less is better.

    A line joins the plans that no other plan betters in both: the efficient frontier. Each plan has its value of the
    first path that was varied beside it, and a color and a shape for its values of the others. Plans that break hard
    rules are crosses, and faulty rows are counted. Raises ValueError unless `x` and `y` are among drift, outside,
    name_drift, tax_change, tax, money and objective, or if nothing was varied, and ImportError without matplotlib.
    """
    try:
        from .frontier_picture import draw_frontier
    except ImportError:
        raise ImportError("a picture needs matplotlib: pip install lotroute[bench]") from None
    paths = [name for name in frame.columns if name not in COLUMNS]
    if not paths:
        raise ValueError("nothing was varied, so there is one plan to draw")
    return draw_frontier(frame, paths, x, y)


def changed(household: Household, policy: Policy, changes: Mapping[str, Any]) -> tuple[Household, Policy]:
    """Return the household and the policy with changes by path. Raises InputError with the faults of both."""
    changes = dict(changes)
    whole = changes.pop(POLICY, policy)
    of_policy = {path.removeprefix(OF_POLICY): value for path, value in changes.items() if path.startswith(OF_POLICY)}
    others = {path: value for path, value in changes.items() if not path.startswith(OF_POLICY)}
    faults: list[Fault] = []
    try:
        policy = _policy(whole).with_(of_policy)
    except InputError as error:
        faults += [
            each if f"{each.path}.".startswith(OF_POLICY) else replace(each, path=OF_POLICY + each.path)
            for each in error.faults
        ]
    try:
        household = household.with_(others) if others else household
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    return household, policy


def _policy(whole: Any) -> Policy:  # noqa: ANN401 - whatever the user gave
    """A policy that was given as such, by its name, or as None, the default one."""
    if isinstance(whole, str):
        return Policy.named(whole)
    if whole is not None and not isinstance(whole, Policy):
        raise InputError([Fault(POLICY, f"{shown(whole)} is no policy", "a Policy, or the name of one")])
    return whole or Policy()


def _kind(values: Iterable[Any]) -> Any:  # noqa: ANN401 - a dtype, or None for pandas to choose
    """Values as they were given, unless all are numbers."""
    return None if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values) else object


def _figures(plan: Plan) -> dict[str, Any]:
    found = plan.summary()
    after = {name: found[f"{name}_after"] for name in ("tax", "drift", "outside", "name_drift")}
    wrong = [violation.text for violation in plan.violations]
    wrong += [plan.certificate.detail] * (plan.certificate.status == "fallback")
    some = {name: found[name] for name in ("status", "objective", "tax_change", *FIGURES)}
    return some | after | {"detail": "; ".join(wrong), "plan": plan}
