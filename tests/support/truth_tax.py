"""Returns that other programs computed: the columns, the lines and the taxpayers of tax_truth.csv."""

import pytest
from truth_files import truth_rows

from lotroute.models import Taxpayer

STATUS = {
    "single": "single",
    "mfj": "married_jointly",
    "hoh": "head_of_household",
    "mfs": "married_separately",
}
LINES = {
    "schd_l7": "short_net",
    "schd_l15": "long_net",
    "agi": "adjusted_gross_income",
    "taxable_income": "taxable_income",
    "pref_income": "taxed_as_gain",
    "at0": "at_0",
    "at15": "at_15",
    "at20": "at_20",
    "ordinary_part_tax": "tax_on_income",
    "pref_tax": "tax_on_gain",
    "regular_tax": "regular_tax",
    "niit": "surtax",
}
"""The file's columns and the bill's lines."""
CARRIED = {"carry_out_st": "short_carryforward", "carry_out_lt": "long_carryforward"}
"""The same of losses carried on, which are negative in the file."""
CENT, SINGLE_PRECISION, TAX_TABLE = 0.01, 0.05, 6
PROGRAMS = {
    "total": CENT,
    "total_ref": CENT,
    "total_pe": SINGLE_PRECISION,
    "total_ots": TAX_TABLE,
    "total_graph": TAX_TABLE,
}
"""The columns of the programs' totals, and how far each may be off."""


def given(row, column):
    """A cell as a number; None where it is blank or there is no such column."""
    return float(row[column]) if row.get(column) else None


def taxpayer_of(row):
    return Taxpayer(
        filing_status=STATUS[row["status"]],
        year=int(row["year"]),
        ordinary_income=given(row, "ordinary_income") or 0,
        interest=given(row, "interest") or 0,
        ordinary_dividends=given(row, "ordinary_dividends") or 0,
        qualified_dividends=given(row, "qualified_dividends") or 0,
        short_carryforward=-(given(row, "st_carry_in") or 0),
        long_carryforward=-(given(row, "lt_carry_in") or 0),
        realized_short=given(row, "base_st_gain") or 0,
        realized_long=given(row, "base_lt_gain") or 0,
    )


def near(expected, tolerance=CENT):
    return pytest.approx(expected, rel=0, abs=tolerance + 1e-9)


def has_minimum_tax(row):
    return not given(row, "strict")


ROWS = truth_rows("tax_truth.csv")
EVERY = [pytest.param(row, way, id=f"{row['case_id']}-{way}") for row in ROWS for way in ("base", "plan")]
MINIMUM = [each for each in EVERY if has_minimum_tax(each.values[0])]
STRICT = [each for each in EVERY if not has_minimum_tax(each.values[0])]
