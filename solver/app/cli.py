"""The command line. Exit code 0: done; 1: the input is wrong; 2: a plan failed its audit, or two solves disagree."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer

from ...models import InputError
from . import apply, batch, bench, imports, inputs, orders, plans, review, sweeps
from .options import DONE, REFUSED, WRONG_INPUT, PlanRefusedError, complain

MISTYPED = 2
"""typer's exit code for a command that it cannot read."""

app = typer.Typer(
    help="Which account absorbs each rebalancing trade, which tax lots to sell, and how good the plan is, in dollars.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(plans.demo)
app.command(name="solve")(plans.solve_command)
app.command(name="explain")(plans.explain_command)
app.command()(plans.check)
app.command(name="compare")(plans.compare_command)
app.command(name="sweep")(sweeps.sweep_command)
app.command(name="verify")(plans.verify_command)
app.command()(orders.orders)
app.command(name="import")(imports.import_command)
app.command(name="apply")(apply.apply_command)
app.command(name="review")(review.review_command)
app.command()(inputs.schema)
app.command()(inputs.policies)
app.command()(inputs.generate)
app.command()(batch.batch)
app.command()(bench.bench)


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
        complain(f"{len(error.faults)} thing{'s are' if len(error.faults) > 1 else ' is'} wrong with the input:")
        for fault in error.faults:
            complain(f"  {fault}")
    except OSError as error:
        complain(f"{error.filename or ''}: {error.strerror or error}")
    except PlanRefusedError:
        sys.exit(REFUSED)
    except SystemExit as done:
        sys.exit(WRONG_INPUT if done.code == MISTYPED else done.code)  # 2 means a refused plan here
    sys.exit(WRONG_INPUT)
