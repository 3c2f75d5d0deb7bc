"""The plan beside other ways to trade, and beside the oracle's optimum, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ...models import Plan
from ...models.plan.statements import MONEY, PARTS
from ..runs.benchmarks.page import rich_table
from ..runs.comparisons import VARIANTS
from ..runs.verification import Verification


def print_comparison(console: Console, plan: Plan, others: Mapping[str, Plan], absent: Sequence[str]) -> None:
    """Print what each way to trade costs, in dollars, in all and by part; `absent` are the names left out.

    A way that breaks hard rules which the plan keeps is not compared: its objective is the cost of another task.
    """
    compared = {name: other for name, other in others.items() if _comparable(plan, other)}
    console.print(Text(f"{plan.household}, {plan.trade_date}: what each way to trade costs, in dollars", style="bold"))
    console.print()
    rows = [["plan", f"{plan.objective:,.2f}", "", f"{len(plan.violations) or ''}"]]
    for name, other in others.items():
        more = _signed(other.objective - plan.objective) if name in compared else ""
        rows.append([name, f"{other.objective:,.2f}", more, f"{len(other.violations) or ''}"])
    console.print(rich_table(("", "objective", "more than the plan", "rules broken"), rows))
    differences = {part: [round(other.parts[part] - plan.parts[part]) for other in compared.values()] for part in PARTS}
    shown = [part for part, dollars in differences.items() if any(dollars)]
    if shown:
        console.print()
        console.print(Text("More than the plan, by part, in whole dollars", style="dim"))
        console.print()
        lines = [[name, *(f"{differences[part][i]:+,}" for part in shown)] for i, name in enumerate(compared)]
        console.print(rich_table(["", *shown], lines))
        console.print()
        console.print(Text(_apart(shown), style="dim"))
    console.print()
    for name in others:
        if name in VARIANTS:
            console.print(Text(f"{name}: {VARIANTS[name]}.", style="dim"))
    for name in absent:
        why = "it breaks a hard rule" if name == "nothing" else "it changes nothing for this household"
        console.print(Text(f"{name} is left out, because {why}.", style="dim"))


def comparison_as_dict(plan: Plan, others: Mapping[str, Plan], absent: Sequence[str]) -> dict[str, object]:
    """Return the same as data: each way's objective, parts, status and violations, and the names left out."""
    rows = {
        name: {
            "objective": each.objective,
            "parts": each.parts,
            "status": each.certificate.status,
            "violations": [violation.text for violation in each.violations],
        }
        for name, each in ({"plan": plan} | dict(others)).items()
    }
    return {"plans": rows, "absent": list(absent)}


def _comparable(plan: Plan, other: Plan) -> bool:
    """Whether the other plan keeps every rule that the plan keeps."""
    return {(v.rule, v.where) for v in other.violations} <= {(v.rule, v.where) for v in plan.violations}


def print_verification(console: Console, found: Verification) -> None:
    """Print the plan and the optimum with their parts side by side, and whether they agree."""
    plan, optimum = found.plan, found.optimum
    console.print(Text(f"{plan.household}, {plan.trade_date}: solved twice, in dollars", style="bold"))
    console.print()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for position, column in enumerate(("", "plan", f"oracle ({found.solver})", "difference")):
        table.add_column(column, justify="left" if position == 0 else "right", no_wrap=True)
    for part, words in PARTS.items():
        ours, theirs = plan.parts[part], optimum.parts[part]
        if round(ours, 2) or round(theirs, 2):
            table.add_row(words, f"{ours:,.2f}", f"{theirs:,.2f}", _signed(ours - theirs))
    table.add_row(
        "in all", f"{plan.objective:,.2f}", f"{optimum.objective:,.2f}", _signed(found.difference), style="bold"
    )
    console.print(table)
    console.print()
    if plan.certificate.bound is not None:
        console.print(Text(f"The plan's bound is {plan.certificate.bound:,.2f}.", style="dim"))
    if found.findings:
        for finding in found.findings:
            console.print(Text(f"They disagree: {finding}.", style="bold red"))
        return
    text = f"They agree: within the plan's gap and ${found.tolerance:,.2f} of rounding."
    console.print(Text(text, style="bold green"))


def _apart(shown: Sequence[str]) -> str:
    """Which of the parts shown are penalties and not money, in words."""
    penalized = [part for part in shown if part not in MONEY]
    if not penalized:
        return "All of it is money, this year's or later."
    return f"Penalties, which nobody pays: {', '.join(penalized)}. The rest is money, this year's or later."


def _signed(dollars: float) -> str:
    """Dollars with their sign; 0.00 without a sign if less than half a cent."""
    return f"{dollars:+,.2f}" if round(dollars, 2) else "0.00"
