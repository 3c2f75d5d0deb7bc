"""The options and exit codes that several commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ...models import Fault, InputError, Policy, named_policies
from ...models.plan.trades import Explained
from ...models.schema.safe_text import printable
from ...models.schema.wording import suggest
from ..search.branch_and_bound import Search

DONE, WRONG_INPUT, REFUSED = 0, 1, 2

HouseholdFile = Annotated[
    Path,
    typer.Argument(
        help="A household: a JSON file (- is standard input), a folder of CSV or Parquet tables, or a book of many."
    ),
]
PlanFile = Annotated[
    Path, typer.Argument(help="A plan in JSON, as `solve --json` prints it, or the folder of a run with --household.")
]
HouseholdId = Annotated[str | None, typer.Option("--household", help="Which household of a book, by household_id.")]
PolicyChoice = Annotated[
    str | None,
    typer.Option(
        "--policy",
        help="A policy in JSON, or its name, as in tax_neutral or gain_budget=20000 (`lotroute policies` lists them); "
        "without it, the defaults.",
    ),
]
TimeLimit = Annotated[
    float, typer.Option("--time-limit", min=0.001, help="Seconds after which the best plan so far is given.")
]
Gap = Annotated[float, typer.Option("--gap", min=0, help="Stop at this gap, in basis points of the household's value.")]
Explain = Annotated[
    Explained,
    typer.Option(
        "--explain",
        help="Reasons: codes alone, default (sentences, next-best prices of the largest trades) or full (of all).",
    ),
]
SearchBy = Annotated[
    Search, typer.Option("--search", help="What searches: tree (this package's search) or highs (HiGHS's own).")
]
StartFile = Annotated[
    Path | None, typer.Option("--start", help="An earlier plan in JSON, near which the search begins: yesterday's.")
]
Withdraw = Annotated[
    float | None, typer.Option("--withdraw", min=0, help="Dollars to take out, from wherever it costs least.")
]
Contribute = Annotated[
    float | None, typer.Option("--contribute", min=0, help="Dollars to put in, within the year's limits.")
]
Convert = Annotated[
    float | None, typer.Option("--convert", min=0, help="Dollars to convert from traditional IRAs to Roth IRAs.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print the trades as CSV.")]

AsHtml = Annotated[
    Path | None, typer.Option("--html", help="Write the plan as a page for a browser to this file, which is replaced.")
]


class PlanRefusedError(Exception):
    """A plan failed its audit, or two solves of a household disagree; the findings are already printed."""


def chosen_policy(text: str | None, otherwise: Policy | None = None) -> Policy:
    """Return the policy that `--policy` names: by its name, with the amount that it needs, or by its file.

    Without one it is `otherwise`, or the default. Raises InputError with every fault, FileNotFoundError if there is no
    such file.
    """
    if text is None:
        return otherwise or Policy()
    name, sign, _ = text.partition("=")
    known = named_policies()
    if name in known:
        return Policy.named(text)
    if sign or (not Path(text).suffix and not Path(text).exists()):
        raise InputError([Fault("--policy", f"{text!r} is no file and no policy's name", suggest(name, known))])
    return Policy.load(text)


def complain(text: str) -> None:
    """Write a line to standard error."""
    sys.stderr.write(printable(text) + "\n")
