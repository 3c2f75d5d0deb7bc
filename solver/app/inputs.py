"""The commands about input: schema and generate."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.console import Console

from ...models import Household, Plan, Policy, write_book


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


def generate(
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
    from ...fixtures import generator, market

    if tables is Tables.parquet and find_spec("pyarrow") is None:
        raise typer.BadParameter("Parquet needs pip install lotroute[parquet]", param_hint="--tables")
    if prices is None:
        made = list(generator.generate(households, seed))
    else:
        made = [market.direct_index_household(prices, seed=seed)]
    write_book(made, out, tables.value)
    number = "1 household" if len(made) == 1 else f"{len(made)} households"
    Console(highlight=False).print(f"{number} in {out}", markup=False, soft_wrap=True)
