"""The commands that make plans, explain and judge them: demo, solve, explain, check, compare, verify."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from threading import Timer
from typing import Annotated, Any

import rich.progress
import typer
from rich.console import Console
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from ...models import Fault, Household, InputError, Plan, Policy
from ...models.plan.words import proof
from ...models.schema.safe_text import printable, quoted
from ..api import GAP_BP, TIME_LIMIT, explained, route, solve
from ..auditor.audit import audit
from ..auditor.findings import Finding
from ..runs.batch.parts import Parts
from ..runs.checking import check as check_plan
from ..runs.comparisons import ALTERNATIVES, compare
from ..runs.verification import verify
from ..search.backend import Progress, SolverError
from ..search.relaxation import relax
from .alternatives import comparison_as_dict, print_comparison, print_verification
from .options import (
    WRONG_INPUT,
    AsCsv,
    AsHtml,
    AsJson,
    Contribute,
    Convert,
    Explain,
    Gap,
    HouseholdFile,
    HouseholdId,
    PlanFile,
    PlanRefusedError,
    PolicyChoice,
    SearchBy,
    StartFile,
    TimeLimit,
    Withdraw,
    chosen_policy,
    complain,
)
from .quiet import quiet
from .terminal import print_plan


def demo(as_json: AsJson = False) -> None:
    """Solve a sample household: drift that its IRA cannot absorb alone."""
    with as_file(files("lotroute.fixtures") / "must_split.json") as path:
        _show_solved(Household.load(path), Policy(), as_json=as_json)


def solve_command(
    file: HouseholdFile,
    household: HouseholdId = None,
    policy: PolicyChoice = None,
    time_limit: TimeLimit = TIME_LIMIT,
    gap: Gap = GAP_BP,
    explain: Explain = "default",
    search: SearchBy = "tree",
    start: StartFile = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    as_html: AsHtml = None,
    withdraw: Withdraw = None,
    contribute: Contribute = None,
    convert: Convert = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Report how tight the program is.")] = False,
) -> None:
    """Plan the trades of a household."""
    if [as_json, as_csv, as_html is not None].count(True) > 1:
        raise typer.BadParameter("give one of --json, --csv and --html", param_hint="--csv")
    chosen = chosen_policy(policy)
    home = Household.load(file, household)
    asked = {"withdrawal": withdraw, "contribution": contribute, "conversion": convert}
    if any(dollars is not None for dollars in asked.values()):
        home = home.with_({name: dollars for name, dollars in asked.items() if dollars is not None})
    if verbose:
        _report_relaxation(home, chosen)
    near = None if start is None else Plan.load(start)
    options = {"gap_bp": gap, "time_limit": time_limit, "explain": explain, "search": search, "start": near}
    _show_solved(home, chosen, as_json=as_json, as_csv=as_csv, as_html=as_html, **options)


def explain_command(
    file: HouseholdFile,
    plan: PlanFile,
    household: HouseholdId = None,
    policy: PolicyChoice = None,
    as_json: AsJson = False,
) -> None:
    """State a stored plan's reasons in full, with next-best prices; nothing is searched again."""
    given, home = stored_plan(plan, household), Household.load(file, household)
    chosen = chosen_policy(policy, given.policy)
    refuse(audit(home, given, chosen))
    _show(home, explained(home, given, chosen), chosen, as_json=as_json)


def check(
    file: HouseholdFile,
    plan: PlanFile,
    household: HouseholdId = None,
    policy: PolicyChoice = None,
    as_json: AsJson = False,
) -> None:
    """Audit a plan: recompute everything from the household, the policy and the trades, and list what is wrong."""
    given = stored_plan(plan, household)
    chosen = chosen_policy(policy, given.policy)
    findings = check_plan(Household.load(file, household), given, chosen)
    notes = [*_judged_by(given, asked=policy is not None), *_unchecked(given)]
    if as_json:
        rows = [{"rule": f.rule, "where": f.where, "message": f.message} for f in findings]
        sys.stdout.write(json.dumps(rows, indent=1) + "\n")
        for note in notes:
            complain(note)
    else:
        verdict = ["The plan is sound: trades, figures and statements agree with the household and the policy."]
        lines = [*(str(finding) for finding in findings)] or verdict
        Console(highlight=False).print("\n".join(map(printable, [*lines, *notes])), markup=False)
    if findings:
        raise PlanRefusedError


def _judged_by(plan: Plan, *, asked: bool) -> Iterator[str]:
    """Whose policy a plan is judged by, if that is the plan's own and not the default one."""
    default = Policy()
    differs = [name for name in Policy.model_fields if getattr(plan.policy, name) != getattr(default, name)]
    if differs and not asked:
        yield (
            f"NOTE: judged by the policy that the plan itself states, which is not the default ({', '.join(differs)}). "
            "Give --policy FILE to judge it by yours."
        )


def _unchecked(plan: Plan) -> Iterator[str]:
    """What a check cannot recompute."""
    if plan.certificate.bound is not None:
        yield (
            f"Not recomputed: the bound, ${plan.certificate.bound:,.2f}, and what else only the search knows. "
            "`lotroute verify` solves the household a second time."
        )


def compare_command(
    file: HouseholdFile,
    household: HouseholdId = None,
    policy: PolicyChoice = None,
    names: Annotated[
        str | None,
        typer.Option("--with", help=f"Which, separated by commas; without it, all: {', '.join(ALTERNATIVES)}."),
    ] = None,
    time_limit: TimeLimit = TIME_LIMIT,
    gap: Gap = GAP_BP,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Also draw them, to an .svg, .png or .pdf; needs matplotlib.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the plan with other ways to trade: what each costs, part by part."""
    if picture is not None and find_spec("matplotlib") is None:
        raise typer.BadParameter("the picture needs pip install lotroute[bench]", param_hint="--picture")
    wanted = list(ALTERNATIVES) if names is None else [name.strip() for name in names.split(",")]
    for name in wanted:
        if name not in ALTERNATIVES:
            raise typer.BadParameter(f"{name!r} is none of {', '.join(ALTERNATIVES)}", param_hint="--with")
    home, chosen = Household.load(file, household), chosen_policy(policy)
    plan = solve(home, chosen, gap_bp=gap, time_limit=time_limit)
    others = compare(home, chosen, wanted, gap_bp=gap, time_limit=time_limit)
    absent = [name for name in wanted if name not in others]
    if picture is not None:
        from .picture import draw_parts  # late: matplotlib is for pictures alone

        draw_parts({"plan": plan} | others, picture)
    if as_json:
        sys.stdout.write(json.dumps(comparison_as_dict(plan, others, absent), indent=1) + "\n")
    else:
        print_comparison(Console(highlight=False), plan, others, absent)


def verify_command(
    file: HouseholdFile,
    household: HouseholdId = None,
    policy: PolicyChoice = None,
    solver: Annotated[str, typer.Option("--solver", help="Any mixed-integer solver that cvxpy knows.")] = "HIGHS",
    time_limit: TimeLimit = TIME_LIMIT,
    gap: Gap = GAP_BP,
    as_json: AsJson = False,
) -> None:
    """Solve a household a second time, by an independent formulation, and put the two optima side by side."""
    from ..oracle.solvers import OracleError  # late: cvxpy takes a second to import

    home, chosen = Household.load(file, household), chosen_policy(policy)
    try:
        with quiet():  # some solvers print a banner from C
            found = verify(home, chosen, solver=solver.upper(), gap_bp=gap, time_limit=time_limit)
    except OracleError as error:
        complain(f"verify: {error}")
        raise typer.Exit(WRONG_INPUT) from None
    if as_json:
        plan, optimum = found.plan, found.optimum
        result = {
            "solver": found.solver,
            "plan": {"objective": plan.objective, "parts": plan.parts},
            "optimum": {"objective": optimum.objective, "parts": optimum.parts, "violation": optimum.violation},
            "bound": plan.certificate.bound,
            "tolerance": found.tolerance,
            "findings": found.findings,
        }
        sys.stdout.write(json.dumps(result, indent=1) + "\n")
    else:
        print_verification(Console(highlight=False), found)
    if found.findings:
        raise PlanRefusedError


def stored_plan(path: Path, household: str | None) -> Plan:
    """Return the plan in a file, or that of a household in the folder of a run. Raises InputError if there is none."""
    if not path.is_dir():
        return Plan.load(path)
    if household is None:
        raise InputError([Fault("--household", "missing", f"{path} is the folder of a run: say which household")])
    return Parts(path).plan(household)


def _show_solved(
    household: Household,
    policy: Policy,
    *,
    as_json: bool,
    as_csv: bool = False,
    as_html: Path | None = None,
    **options: Any,  # noqa: ANN401
) -> None:
    """Solve with the options of `solve`, show the plan and audit it."""
    with _progress_line() as progress:
        plan = solve(household, policy, progress=progress, **options)
    if as_html is not None:
        from .pages.plan_page import plan_page  # late: templates are for pages alone

        as_html.write_text(plan_page(plan, {each.id: each.kind for each in household.accounts}), encoding="utf-8")
        Console(highlight=False).print(f"{as_html}: {proof(plan.certificate)}", markup=False, soft_wrap=True)
    else:
        _show(household, plan, policy, as_json=as_json, as_csv=as_csv)
    refuse(audit(household, plan, policy))


def _show(household: Household, plan: Plan, policy: Policy, *, as_json: bool, as_csv: bool = False) -> None:
    if as_json:
        sys.stdout.write(plan.model_dump_json(indent=1) + "\n")
    elif as_csv:
        sys.stdout.write(plan.trades_frame().map(quoted).to_csv(index=False))
    else:
        print_plan(Console(highlight=False), household, plan, route(household, policy))


def _report_relaxation(household: Household, policy: Policy) -> None:
    """Print the root of the search to standard error: its bound, and how many groups have a fractional side."""
    try:
        root = relax(household, policy)
    except SolverError as error:
        complain(f"root: no linear relaxation ({error}); not every hard rule can be kept")
        return
    sides = f"{root.fractional} of {root.groups} groups fractional"
    complain(f"root: no plan below {root.bound:,.2f}; {sides}; {root.seconds:.2f} s")


@contextmanager
def _progress_line() -> Iterator[Callable[[Progress], None]]:
    """Show a line on standard error once a solve takes more than a second; on a terminal, update it until the end."""
    console = Console(stderr=True, highlight=False)
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    line = rich.progress.Progress(*columns, console=console, transient=True)
    task = line.add_task("solving")
    shown = 0.0

    def begin() -> None:
        if console.is_terminal:
            line.start()
        else:
            console.print("solving: more than a second so far")

    def show(progress: Progress) -> None:
        nonlocal shown
        if progress.seconds > shown + 0.2:
            shown = progress.seconds
            words = f"solving: plan at {progress.objective:,.2f}, none below {progress.bound:,.2f}"
            line.update(task, description=words)

    timer = Timer(1.0, begin)
    timer.start()
    try:
        yield show
    finally:
        timer.cancel()
        if line.live.is_started:
            line.stop()


def refuse(findings: list[Finding]) -> None:
    """Print the findings of an audit, and raise PlanRefusedError if there are any."""
    if findings:
        complain("the plan failed its audit:")
        for finding in findings:
            complain(f"  {finding}")
        raise PlanRefusedError
