"""Prints a benchmark's report, or writes it as a section of a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table
from rich.text import Text

from ....models.plan.statements import penalties

if TYPE_CHECKING:
    from rich.console import Console

Tabled = tuple[Sequence[str], Sequence[Sequence[str]]]
"""Columns and rows."""


def number(value: float | None, places: int) -> str:
    """Return a figure with `places` decimals; an empty string for None."""
    return "" if value is None else f"{value:,.{places}f}"


def apart(parts: Mapping[str, float], places: int) -> list[str]:
    """Return the sums of the parts that are money and of those that are penalties, as figures; empty without parts."""
    charged = penalties(parts)
    return [number(dollars if parts else None, places) for dollars in (sum(parts.values()) - charged, charged)]


def write_section(page: Path, name: str, lines: Sequence[str]) -> None:
    """Replace the lines between the markers of `name` in a page, or append them with markers; keep everything else."""
    begin, end = f"<!-- {name}: written by the command -->", f"<!-- end of {name} -->"
    text = page.read_text(encoding="utf-8") if page.exists() else "# Results\n"
    before, marked, rest = text.partition(begin)
    after = rest.partition(end)[2] if marked else "\n"
    before = before if marked else before.rstrip("\n") + "\n\n"
    page.write_text(before + "\n".join([begin, "", *lines, "", end]) + after, encoding="utf-8")


def rich_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, wrapped: bool = False) -> Table:
    """Return a table for a console, with words to the left and figures to the right."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for position, column in enumerate(columns):
        words = position == 0 or (wrapped and position in (1, len(columns) - 1))
        texts = [column, *(row[position] for row in rows)]
        longest = max((len(word) for text in texts for word in text.split()), default=0)
        narrowest = None if wrapped else longest  # a heading may wrap between words, a figure never
        table.add_column(column, justify="left" if words else "right", min_width=narrowest, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table in Markdown; columns of figures are aligned to the right."""
    yield f"| {' | '.join(columns)} |"
    figures = [i > 0 and all(not row[i] or row[i][-1].isdigit() for row in rows) for i in range(len(columns))]
    yield "|" + "".join("---:|" if right else "---|" for right in figures)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


# -- a section ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """Households that are summed up together: the outcome in words, tables, and a title, if any."""

    outcome: str
    tables: Sequence[Tabled]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A report for people, to print in a terminal or to write into a page in Markdown."""

    name: str
    """The name of the section: the command without `lotroute`."""
    title: str
    command: str
    conditions: str
    about: Sequence[str]
    """Lines that say what was compared."""
    parts: Sequence[Part]
    remarkable: Tabled
    """A table of the households that were not proven optimal, or in which something is wrong."""
    after: Sequence[str] = ()
    """Lines at the end of the section in the page; a terminal does not show them."""

    def print(self, console: Console) -> None:
        """Print the report to a console."""
        console.print(Text(self.command, style="bold"))
        console.print(Text(self.conditions, style="dim"))
        for part in self.parts:
            console.print()
            if part.title:
                console.print(Text(part.title, style="bold cyan"))
            console.print(Text(part.outcome))
            for columns, rows in part.tables:
                console.print()
                console.print(rich_table(columns, rows))
        if self.remarkable[1]:
            console.print()
            console.print(rich_table(*self.remarkable, wrapped=True))

    def write(self, page: Path) -> None:
        """Write the report into a page in Markdown, between the markers of its name."""
        command = f"{self.command} --out {page.as_posix()}"
        lines = [f"## {self.title}", "", "Made by", "", "```", command, "```", "", f"with {self.conditions}", ""]
        lines += self.about
        for part in self.parts:
            lines += ["", *([f"### {part.title}", ""] if part.title else []), part.outcome]
            for columns, rows in part.tables:
                lines += ["", *markdown_table(columns, rows)]
        if self.remarkable[1]:
            lines += ["", "### Not proven, impossible or failed", "", *markdown_table(*self.remarkable)]
        write_section(page, self.name, [*lines, *self.after])


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the number of values (`households`) and, if any, their mean, median, 90th percentile, least and most."""
    if not values:
        return {"households": 0}
    middle = {"mean": np.mean(values), "median": np.median(values), "p90": np.quantile(values, 0.9)}
    ends = {"least": min(values), "most": max(values)}
    return {"households": len(values)} | {key: float(value) for key, value in (middle | ends).items()}


def spread_table(rows: Mapping[str, tuple[str, int]], figures: Mapping[str, Mapping[str, float]]) -> Tabled:
    """Return a table with a row per name: its words, and its figures from `spread` with its decimals."""
    keys = ("mean", "median", "p90", "least", "most")
    table = []
    for name, (words, places) in rows.items():
        found = figures[name]
        table.append([words, *(number(found.get(key), places) for key in keys), f"{found['households']:.0f}"])
    return ["", "mean", "median", "90th percentile", "least", "most", "households"], table
