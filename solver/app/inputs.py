"""The commands about input: schema, policies and generate."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.padding import Padding

from ...models import Household, Plan, Policy, named_policies
from ...models.household.writing import write_tables
from .options import AsJson


class Subject(StrEnum):
    """The models whose JSON Schema `schema` prints."""

    household = "household"
    policy = "policy"
    plan = "plan"


class Tables(StrEnum):
    """The format of tables."""

    csv = "csv"
    parquet = "parquet"


def schema(
    subject: Annotated[Subject, typer.Argument(help="household, policy or plan.")] = Subject.household,
) -> None:
    """Print the JSON Schema of a household, a policy or a plan."""
    models: dict[Subject, type[BaseModel]] = {Subject.household: Household, Subject.policy: Policy, Subject.plan: Plan}
    sys.stdout.write(json.dumps(models[subject].model_json_schema(), indent=1) + "\n")


def policies(as_json: AsJson = False) -> None:
    """List the policies that have a name, each with what it does."""
    if as_json:
        rows = [
            {
                "name": each.name,
                "sentence": each.sentence,
                "amount": None if each.amount is None else asdict(each.amount),
            }
            for each in named_policies().values()
        ]
        sys.stdout.write(json.dumps(rows, indent=1) + "\n")
        return
    console = Console(highlight=False)
    for each in named_policies().values():
        console.print(each.name if each.amount is None else f"{each.name}={each.amount.name.upper()}", style="bold")
        more = "" if each.amount is None else f" {each.amount.name.upper()}: {each.amount.meaning}."
        console.print(Padding(f"{each.sentence}{more}", (0, 0, 0, 2)))


def generate(
    out: Annotated[Path, typer.Option("--out", help="The folder of the book; its tables are replaced.")],
    households: Annotated[int, typer.Option("--households", min=1, help="How many.")] = 100,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed makes the same households.")] = 0,
    tables: Annotated[Tables, typer.Option("--tables", help="The format of the tables.")] = Tables.csv,
    prices: Annotated[
        Path | None,
        typer.Option("--prices", help="A folder of market prices: one direct-index household, bought at them."),
    ] = None,
    mix: Annotated[
        str | None,
        typer.Option("--mix", help="Kinds of household by weight, as in funds=80,sleeve100=18,sleeve500=2."),
    ] = None,
) -> None:
    """Write a book of made-up households whose lots were bought at simulated prices, or one bought at real ones."""
    from ...fixtures import generator, market, mixed

    if tables is Tables.parquet and find_spec("pyarrow") is None:
        raise typer.BadParameter("Parquet needs pip install lotroute[parquet]", param_hint="--tables")
    if prices is not None and mix is not None:
        raise typer.BadParameter("--prices makes one household, of one kind", param_hint="--mix")
    if prices is not None:
        made = iter([market.direct_index_household(prices, seed=seed)])
    elif mix is not None:
        try:
            made = mixed.generate_mixed(households, seed, _weights(mix))
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--mix") from None
    else:
        made = generator.generate(households, seed)
    count = write_tables(made, Household, out, tables.value, book=True)
    number = "1 household" if count == 1 else f"{count} households"
    Console(highlight=False).print(f"{number} in {out}", markup=False, soft_wrap=True)


def _weights(mix: str) -> dict[str, float]:
    """The weights of `funds=80,sleeve100=20`. Raises ValueError if it is not written like that."""
    found: dict[str, float] = {}
    for part in mix.split(","):
        kind, sign, weight = (each.strip() for each in part.partition("="))
        if kind in found or not sign:
            raise ValueError(f"{part!r} is not a kind with its weight, each kind once, as in funds=80,sleeve100=20")
        found[kind] = float(weight)
    return found
