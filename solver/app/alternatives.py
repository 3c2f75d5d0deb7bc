"""The plan beside other ways to trade, and beside the oracle's optimum, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ...models import Plan
from ...models.plan.statements import PARTS
from ..runs.comparisons import VARIANTS
from ..runs.verification import Verification


def print_comparison(console: Console, plan: Plan, others: Mapping[str, Plan], absent: Sequence[str]) -> None:
    """Print what each way to trade costs, in dollars, in all and by part; `absent` are the names left out."""
    console.print(Text(f"{plan.household}, {plan.trade_date}: what each way to trade costs, in dollars", style="bold"))
    console.print()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for position, column in enumerate(("", "objective", "more than the plan", "breaks rules")):
        table.add_column(column, justify="left" if position == 0 else "right", no_wrap=True)
    table.add_row("plan", f"{plan.objective:,.2f}", "", f"{len(plan.violations) or ''}", style="bold")
    for name, other in others.items():
        more = _signed(other.objective - plan.objective)
        table.add_row(name, f"{other.objective:,.2f}", more, f"{len(other.violations) or ''}")
    console.print(table)
    console.print()
    console.print(Text("of it, by part, more than the plan", style="dim"))
    console.print()
    shown = [part for part in PARTS if any(round(other.parts[part] - plan.parts[part], 2) for other in others.values())]
    parts = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for position, column in enumerate(("", *shown)):
        parts.add_column(column, justify="left" if position == 0 else "right", no_wrap=True)
    for name, other in others.items():
        parts.add_row(name, *(_signed(other.parts[part] - plan.parts[part]) for part in shown))
    console.print(parts)
    if absent:
        console.print()
        console.print(Text(f"Do not apply to this household: {', '.join(absent)}.", style="dim"))
    for name in others:
        if name in VARIANTS:
            console.print(Text(f"{name}: {VARIANTS[name]}.", style="dim"))


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


def _signed(dollars: float) -> str:
    """Dollars with their sign; 0.00 without a sign if less than half a cent."""
    return f"{dollars:+,.2f}" if round(dollars, 2) else "0.00"
