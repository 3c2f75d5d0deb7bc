"""The command line. Exit code 0: done; 1: the input is wrong; 2: a plan failed its audit."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.metadata import version
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from threading import Timer
from typing import Annotated, NoReturn

import rich.progress
import typer
from pydantic import BaseModel
from rich.console import Console
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from ...models import Household, InputError, Plan, Policy, write_book
from ..api import GAP_BP, TIME_LIMIT, route, solve
from ..auditor.audit import audit
from ..auditor.findings import Finding
from ..search.backend import Progress, SolverError
from ..search.relaxation import relax
from .terminal import print_plan

app = typer.Typer(
    help="Which account absorbs each rebalancing trade, which tax lots to sell, and how good the plan is, in dollars.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

DONE, WRONG_INPUT, REFUSED = 0, 1, 2

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print the trades as CSV.")]
HouseholdId = Annotated[str | None, typer.Option("--household", help="Which household of a book, by household_id.")]
PolicyFile = Annotated[Path | None, typer.Option("--policy", help="A policy in JSON; without it, the defaults.")]
TimeLimit = Annotated[
    float, typer.Option("--time-limit", min=0.001, help="Seconds after which the best plan so far is given.")
]
Gap = Annotated[float, typer.Option("--gap", min=0, help="Stop at this gap, in basis points of the household's value.")]


class PlanRefusedError(Exception):
    """A plan failed its audit; the findings were shown."""


class Subject(StrEnum):
    """What `schema` describes."""

    household = "household"
    policy = "policy"
    plan = "plan"


class Tables(StrEnum):
    """The format of tables."""

    csv = "csv"
    parquet = "parquet"


class Bench(StrEnum):
    """What `bench` compares plans with."""

    yardsticks = "yardsticks"
    tax = "tax"
    wash = "wash"


@app.command(name="demo")
def demo_command(as_json: AsJson = False) -> None:
    """Solve the household of the routing table's fourth row: drift that the IRA cannot absorb alone."""
    with as_file(files("lotroute.fixtures") / "must_split.json") as path:
        _solve_and_show(Household.load(path), Policy(), GAP_BP, TIME_LIMIT, as_json=as_json, as_csv=False)


@app.command(name="solve")
def solve_command(
    file: Annotated[
        Path, typer.Argument(help="A household: a JSON file, or a folder of CSV or Parquet tables; or a book of many.")
    ],
    household: HouseholdId = None,
    policy: PolicyFile = None,
    time_limit: TimeLimit = TIME_LIMIT,
    gap: Gap = GAP_BP,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Tell how tight the program is.")] = False,
) -> None:
    """Plan the trades of a household."""
    chosen = Policy() if policy is None else Policy.load(policy)
    home = Household.load(file, household)
    if verbose:
        _tell_relaxation(home, chosen)
    _solve_and_show(home, chosen, gap, time_limit, as_json=as_json, as_csv=as_csv)


@app.command(name="check")
def check_command(
    file: Annotated[Path, typer.Argument(help="A household: a JSON file, or a folder of tables; or a book of many.")],
    plan: Annotated[Path, typer.Argument(help="A plan in JSON, as `solve --json` prints it.")],
    household: HouseholdId = None,
    as_json: AsJson = False,
) -> None:
    """Audit a plan: recompute everything from the household and the trades, and list what is wrong."""
    findings = audit(Household.load(file, household), Plan.load(plan))
    if as_json:
        rows = [{"rule": f.rule, "where": f.where, "message": f.message} for f in findings]
        sys.stdout.write(json.dumps(rows, indent=1) + "\n")
    elif not findings:
        Console().print("The plan is sound: cash, lots, wash sales, holding periods, tax and objective all agree.")
    else:
        Console(highlight=False).print("\n".join(str(finding) for finding in findings), markup=False)
    if findings:
        raise PlanRefusedError


@app.command(name="schema")
def schema_command(
    subject: Annotated[Subject, typer.Argument(help="household, policy or plan.")] = Subject.household,
) -> None:
    """Print the JSON Schema of a household, a policy or a plan."""
    models: dict[Subject, type[BaseModel]] = {Subject.household: Household, Subject.policy: Policy, Subject.plan: Plan}
    sys.stdout.write(json.dumps(models[subject].model_json_schema(), indent=1) + "\n")


@app.command(name="generate")
def generate_command(
    out: Annotated[Path, typer.Option("--out", help="The folder of the book; its tables are replaced.")],
    households: Annotated[int, typer.Option("--households", min=1, help="How many.")] = 100,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed makes the same households.")] = 0,
    tables: Annotated[Tables, typer.Option("--tables", help="The format of the tables.")] = Tables.csv,
    prices: Annotated[
        Path | None,
        typer.Option("--prices", help="A folder of market prices: one direct-index household, bought at them."),
    ] = None,
) -> None:
    """Write a book of made-up households whose lots were bought at simulated prices, or one bought at real ones."""
    from ...fixtures.generator import generate
    from ...fixtures.market import direct_index_household

    if tables is Tables.parquet and find_spec("pyarrow") is None:
        raise typer.BadParameter("Parquet needs pip install lotroute[parquet]", param_hint="--tables")
    made = list(generate(households, seed)) if prices is None else [direct_index_household(prices, seed=seed)]
    write_book(made, out, tables.value)
    number = "1 household" if len(made) == 1 else f"{len(made)} households"
    Console(highlight=False).print(f"{number} in {out}", markup=False, soft_wrap=True)


@app.command(name="bench")
def bench_command(
    bench: Annotated[
        Bench,
        typer.Argument(
            help="yardsticks: against the router and simpler rules; tax: the exact bill against flat rates; "
            "wash: wash sales of the household's plan against those of its accounts, each on its own."
        ),
    ] = Bench.yardsticks,
    households: Annotated[
        int | None, typer.Option("--households", min=0, help="How many households of funds: 100; tax: 500; wash: 200.")
    ] = None,
    sleeves: Annotated[
        int | None,
        typer.Option("--sleeves", min=0, help="How many with a direct-index sleeve: 10; tax and wash: none."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed makes the same households.")] = 0,
    time_limit: TimeLimit = TIME_LIMIT,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="A page in Markdown, whose section is written besides; a picture lies beside it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the plans of made-up households with simpler ways to trade: dollars saved, gaps, seconds."""
    from ..runs.benchmarks import baselines as benchmark
    from ..runs.benchmarks import tax as benchmark_tax
    from ..runs.benchmarks import wash_sales as benchmark_wash

    if bench is not Bench.yardsticks and sleeves:
        raise typer.BadParameter(f"{bench} is compared over households of funds alone", param_hint="--sleeves")
    if bench is Bench.yardsticks and out is not None and find_spec("matplotlib") is None:
        raise typer.BadParameter("the picture needs pip install lotroute[bench]", param_hint="--out")
    asked = {
        Bench.yardsticks: [(households, 100), (sleeves, 10)],
        Bench.tax: [(households, 500)],
        Bench.wash: [(households, 200)],
    }
    counts = [usual if count is None else count for count, usual in asked[bench]]
    chosen = {Bench.yardsticks: benchmark, Bench.tax: benchmark_tax, Bench.wash: benchmark_wash}[bench]
    columns = (
        SpinnerColumn(),
        TextColumn("{task.completed} of {task.total}, last {task.description}"),
        TimeElapsedColumn(),
    )
    with rich.progress.Progress(*columns, console=Console(stderr=True), transient=True) as line:
        task = line.add_task("none", total=sum(counts))
        report = chosen.run(
            *counts, seed, time_limit, lambda case: line.update(task, advance=1, description=case.household)
        )
    if out is not None:
        chosen.write_page(report, out)
    if as_json:
        sys.stdout.write(json.dumps(report.as_dict(), indent=1) + "\n")
    else:
        chosen.print_report(Console(highlight=False), report)


@app.callback(invoke_without_command=True)
def _version(
    show: Annotated[bool, typer.Option("--version", is_eager=True, help="Print the version and leave.")] = False,
) -> None:
    if show:
        sys.stdout.write(f"lotroute {version('lotroute')}\n")
        raise typer.Exit(DONE)


def main() -> NoReturn:
    """Run the command line and exit."""
    try:
        app()
    except InputError as error:
        _complain(f"{len(error.faults)} thing{'s are' if len(error.faults) > 1 else ' is'} wrong with the input:")
        for fault in error.faults:
            _complain(f"  {fault}")
    except OSError as error:
        _complain(f"{error.filename or ''}: {error.strerror or error}")
    except PlanRefusedError:
        sys.exit(REFUSED)
    except SystemExit as done:
        sys.exit(WRONG_INPUT if done.code else DONE)  # typer leaves a mistyped command with 2, which here means refused
    sys.exit(WRONG_INPUT)


def _solve_and_show(
    household: Household, policy: Policy, gap: float, time_limit: float, *, as_json: bool, as_csv: bool
) -> None:
    with _progress_line() as progress:
        plan = solve(household, policy, gap_bp=gap, time_limit=time_limit, progress=progress)
    if as_json:
        sys.stdout.write(plan.model_dump_json(indent=1) + "\n")
    elif as_csv:
        sys.stdout.write(plan.trades_frame().to_csv(index=False))
    else:
        print_plan(Console(highlight=False), household, plan, route(household, policy))
    _refuse(audit(household, plan))


def _tell_relaxation(household: Household, policy: Policy) -> None:
    """The root of the search on standard error: its bound, and the groups whose side it leaves open."""
    try:
        root = relax(household, policy)
    except SolverError as error:
        _complain(f"root: no linear relaxation ({error}); not every hard rule can be kept")
        return
    sides = f"{root.fractional} of {root.groups} groups fractional"
    _complain(f"root: no plan below {root.bound:,.2f}; {sides}; {root.seconds:.2f} s")


@contextmanager
def _progress_line() -> Iterator[Callable[[Progress], None]]:
    """A line on standard error once a solve has taken more than a second; on a terminal it moves until it is done."""
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


def _refuse(findings: list[Finding]) -> None:
    if findings:
        _complain("the plan failed its audit:")
        for finding in findings:
            _complain(f"  {finding}")
        raise PlanRefusedError


def _complain(text: str) -> None:
    sys.stderr.write(text + "\n")
