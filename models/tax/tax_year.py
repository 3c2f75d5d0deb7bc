"""The numbers of the federal income tax, each with its source: one file per year in years/, and statute.toml for
numbers that no year changes.

To add a year, add a file with the same names. A year without a file is refused.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal

FOLDER = files(__package__) / "years"
STATUTE = files(__package__) / "statute.toml"

FilingStatus = Literal["single", "married_jointly", "head_of_household", "married_separately"]


@dataclass(frozen=True, slots=True)
class TaxYear:
    """A year's law for one filing status: amounts in dollars, rates as fractions."""

    ordinary_rates: Sequence[Decimal]
    ordinary_tops: Sequence[Decimal]
    """Taxable income up to which each rate but the last applies (IRC 1(j)(2))."""
    gain_rates: Sequence[Decimal]
    gain_tops: Sequence[Decimal]
    """Taxable income up to which each rate on net capital gain but the last applies (IRC 1(h), 1(j)(5))."""
    standard_deduction: Decimal
    investment_rate: Decimal
    investment_threshold: Decimal
    """Net investment income tax: its rate, and the income above which it applies (IRC 1411)."""
    minimum_rates: Sequence[Decimal]
    minimum_top: Decimal
    """Alternative minimum tax: its two rates, and the income at which the second begins (IRC 55(b)(1))."""
    exemption: Decimal
    phase_out_start: Decimal
    phase_out_rate: Decimal
    """Exemption of the alternative minimum tax; it shrinks by the rate per dollar above the start (IRC 55(d))."""
    ira_limit: Decimal
    ira_catch_up: Decimal
    """The most that a person may contribute to IRAs, and what comes on top from the year of 50 on (IRC 219(b)(5))."""
    roth_phase_out: Sequence[Decimal]
    """Modified adjusted gross income between which what may go to a Roth shrinks to nothing (IRC 408A(c)(3))."""
    deduction_phase_out: Sequence[Decimal]
    """The same of the deduction for a traditional IRA of a person who is covered by a plan at work (IRC 219(g)(3))."""
    spouse_phase_out: Sequence[Decimal]
    """The same, filing jointly, of a person who is not covered, but whose spouse is (IRC 219(g)(7))."""
    deferral_limit: Decimal
    deferral_catch_up: Decimal
    """The most pay that a person may defer into 401(k)s (IRC 402(g)), and what comes on top from 50 on (IRC 414(v))."""
    late_catch_up: Decimal | None = None
    """What comes on top in the years of 60 to 63 instead; None for a year without the rule (IRC 414(v)(2)(E))."""
    roth_catch_up_wages: Decimal | None = None
    """Wages above which what comes on top must be Roth; None for a year without the rule (IRC 414(v)(7))."""
    state_tax_phase_down: Decimal | None = None
    """Adjusted gross income above which the deduction of state and local taxes shrinks (IRC 164(b)(7)(B)); None for a
    year in which it does not shrink."""


OPTIONAL = ("late_catch_up", "roth_catch_up_wages", "state_tax_phase_down")
"""The names that a year's file may leave out."""


@cache
def years() -> tuple[int, ...]:
    """Return the years that have a file, in order."""
    return tuple(sorted(int(file.name[:-5]) for file in FOLDER.iterdir() if file.name.endswith(".toml")))


@cache
def values(year: int) -> Mapping[str, Any]:
    """Return a year's file as written: `value` and `source` by name, and by filing status if it matters.

    Raises ValueError for a year without a file; the message lists the years that have one.
    """
    if year not in years():
        raise ValueError(f"there is no tax law for {year}; there is for {', '.join(map(str, years()))}")
    return tomllib.loads((FOLDER / f"{year}.toml").read_text(encoding="utf-8"), parse_float=Decimal)


@cache
def tax_year(year: int, filing_status: FilingStatus) -> TaxYear:
    """Return the law of a year for a filing status. Raises ValueError for a year without a file."""

    def number(name: str) -> Any:  # noqa: ANN401 - a Decimal or a tuple of them
        if name not in values(year) and name in OPTIONAL:
            return None
        entry = values(year)[name]
        value = (entry if "value" in entry else entry[filing_status])["value"]
        return tuple(map(Decimal, value)) if isinstance(value, list) else Decimal(value)

    return TaxYear(**{name: number(name) for name in TaxYear.__dataclass_fields__})


@cache
def statute(name: str, filing_status: FilingStatus | None = None) -> Decimal:
    """Return a number of the law that no year changes: dollars by filing status, or a rate that is everybody's.

    Raises KeyError for an unknown name.
    """
    entry = tomllib.loads(STATUTE.read_text(encoding="utf-8"), parse_float=Decimal)[name]
    return Decimal((entry if filing_status is None else entry[filing_status])["value"])
