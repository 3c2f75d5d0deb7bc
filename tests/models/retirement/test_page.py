"""docs/retirement.md states the numbers of the files."""

import re
from pathlib import Path

import pytest

from lotroute.models.tax.tax_year import tax_year

PAGE = (Path(__file__).parents[3] / "docs" / "retirement.md").read_text(encoding="utf-8")
YEARS = (2024, 2025, 2026)
LIMITS = {
    "IRAs of a person together": "ira_limit",
    "more from the year of 50 on": ("ira_catch_up", "deferral_catch_up"),
    "401(k)s of a person together": "deferral_limit",
    "instead, in the years of 60 to 63": "late_catch_up",
    "wages above which what is more must be Roth": "roth_catch_up_wages",
}
SHRINK = {
    "Roth, single and head of household": ("roth_phase_out", ("single", "head_of_household")),
    "Roth, jointly": ("roth_phase_out", ("married_jointly",)),
    "deduction, covered, single and head of household": ("deduction_phase_out", ("single", "head_of_household")),
    "deduction, covered, jointly": ("deduction_phase_out", ("married_jointly",)),
    "deduction, the spouse is covered": ("spouse_phase_out", ("married_jointly",)),
    "either, married filing separately": (("roth_phase_out", "deduction_phase_out"), ("married_separately",)),
}


def rows(name):
    """The numbers of the rows of this name, by year."""
    found = re.findall(rf"^\| {re.escape(name)} \|(.*)\|$", PAGE, re.MULTILINE)
    assert found, name
    return [
        [[int(n) for n in re.findall(r"[\d,]*\d", cell.replace(",", ""))] for cell in row.split("|")[:3]]
        for row in found
    ]


@pytest.mark.parametrize("name", LIMITS)
def test_limits_on_the_page_are_those_of_the_files(name):
    fields = [LIMITS[name]] if isinstance(LIMITS[name], str) else LIMITS[name]
    for field, cells in zip(fields, rows(name), strict=True):
        values = [getattr(tax_year(year, "single"), field) for year in YEARS]
        assert cells == [[] if value is None else [value] for value in values]


@pytest.mark.parametrize("name", SHRINK)
def test_phase_outs_on_the_page_are_those_of_the_files(name):
    fields, statuses = SHRINK[name]
    [row] = re.findall(rf"^\| {re.escape(name)} \|(.*)\|$", PAGE, re.MULTILINE)
    ends = [[int(end.replace(",", "")) for end in cell.split(", ")] for cell in row.split("|")]
    for field in [fields] if isinstance(fields, str) else fields:
        for status in statuses:
            assert ends == [[*getattr(tax_year(year, status), field)] for year in YEARS]
