"""The files of each year's law: every value and where it comes from; that a new year is a new file."""

import re
import shutil
import tomllib
from copy import deepcopy
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from lotroute.models import Taxpayer, loss_limit, tax_bill, years
from lotroute.models.tax import tax_year
from lotroute.models.tax.tax_year import FilingStatus

STATUSES = get_args(FilingStatus)
NAMES = tuple(tax_year.TaxYear.__dataclass_fields__)
SOURCE = r"Rev\. Proc\. \d{4}-\d+|Notice \d{4}-\d+; IRC \d+|IRC \d+|P\.L\. \d+-\d+"
SCHEDULES = {"ordinary_rates": "ordinary_tops", "gain_rates": "gain_tops", "minimum_rates": "minimum_top"}
"""Rates, and the tops that each but the last holds up to."""
HALVED = ("ordinary_tops", "standard_deduction", "investment_threshold", "minimum_top", "exemption", "phase_out_start")
"""What married filing separately halves of a couple's: IRC 1(j)(2)(D), 63(c)(2), 1411(b)(2), 55(b)(1), 55(d)(1)(C)."""


def entries(law):
    """Every value of a file with its name: by filing status where it depends on that."""
    for name, entry in law.items():
        if "value" in entry or not isinstance(entry, dict):
            yield name, entry
        else:
            yield from ((f"{name}.{status}", each) for status, each in entry.items())


def listed(entry):
    value = entry.get("value")
    return value if isinstance(value, list) else [value]


def faults(law):
    """What is wrong with a year's file."""
    return [*faults_of_entries(law)] or [*faults_between_entries(law)]


def faults_of_entries(law):
    for name in {*NAMES} ^ ({*law} | {*tax_year.OPTIONAL}):
        yield f"{name}: {'missing' if name in NAMES else 'unknown'}"
    for name, entry in law.items():
        if "value" not in entry and {*entry} != {*STATUSES}:
            yield f"{name}: not every filing status"
    for name, entry in entries(law):
        numbers = listed(entry)
        if {*entry} != {"value", "source"}:
            yield f"{name}: not a value and a source"
        elif not isinstance(entry["source"], str) or not re.search(SOURCE, entry["source"]):
            yield f"{name}: the source names no law"
        elif not all(type(number) in (int, Decimal) for number in numbers):
            yield f"{name}: not a number"
        elif any(low >= high for low, high in pairwise(numbers)):
            yield f"{name}: does not rise"
        elif "_rate" in name and not all(0 <= number < 1 for number in numbers):
            yield f"{name}: not a rate"
        elif "_rate" not in name and not all(
            number >= (0 if "_phase_out." in name else 1) and number % 1 == 0 for number in numbers
        ):
            yield f"{name}: not whole dollars"


def faults_between_entries(law):
    for rates, tops in SCHEDULES.items():
        for status in STATUSES:
            if len(listed(law[rates])) != len(listed(law[tops][status])) + 1:
                yield f"{tops}.{status}: not one for every rate but the last"
    for name in HALVED:
        if [2 * half for half in listed(law[name]["married_separately"])] != listed(law[name]["married_jointly"]):
            yield f"{name}.married_separately: not half of a couple's"
    if law["gain_tops"]["married_separately"]["value"][0] * 2 != law["gain_tops"]["married_jointly"]["value"][0]:
        yield "gain_tops.married_separately: not half of a couple's"
    for name in ("standard_deduction", "ordinary_tops"):  # all but the last bracket
        if listed(law[name]["married_separately"])[:5] != listed(law[name]["single"])[:5]:
            yield f"{name}.married_separately: not a single person's"
    for name in ("roth_phase_out", "deduction_phase_out"):
        if law[name]["married_separately"]["value"] != [0, 10_000]:
            yield f"{name}.married_separately: not the law's, which is not indexed"
        if law[name]["single"]["value"] != law[name]["head_of_household"]["value"]:
            yield f"{name}.head_of_household: not a single person's"
    if (
        law["spouse_phase_out"]["value"] != law["roth_phase_out"]["married_jointly"]["value"]
    ):  # both start at 150,000 of 1997
        yield "spouse_phase_out: not a couple's for a Roth"
    widths = {
        "single": (15_000, 10_000),
        "married_jointly": (10_000, 20_000),
    }  # IRC 408A(c)(3)(A)(ii), 219(g)(2)(A)(ii)
    for status, width in widths.items():
        found = [
            high - low
            for low, high in (law[name][status]["value"] for name in ("roth_phase_out", "deduction_phase_out"))
        ]
        if found != [*width]:
            yield f"roth_phase_out, deduction_phase_out.{status}: not {width} wide"
    late = law.get("late_catch_up", {"value": 11_250})["value"]
    if late != 11_250 and 2 * late != 3 * law["deferral_catch_up"]["value"]:
        yield "late_catch_up: neither 2024's 150 % nor this year's"
    if any(
        low % 1000 or high % 1000
        for low, high in (
            entry["value"] for name, entry in entries(law) if "phase_out" in name and type(entry["value"]) is list
        )
    ):
        yield "phase_out: not thousands"
    for name in {"state_tax_phase_down"} & {*law}:
        if 2 * law[name]["married_separately"]["value"] != law[name]["married_jointly"]["value"]:
            yield f"{name}.married_separately: not half of a couple's"
    thresholds = [law["investment_threshold"][status]["value"] for status in STATUSES]
    if thresholds != [200_000, 250_000, 200_000, 125_000]:
        yield "investment_threshold: not the law's, which is not indexed"


def written(year):
    return tomllib.loads((tax_year.FOLDER / f"{year}.toml").read_text(encoding="utf-8"), parse_float=Decimal)


@pytest.mark.parametrize("year", years())
def test_every_value_of_a_year_is_sound_and_has_its_source(year):
    assert faults(written(year)) == []


def change(path, value):
    def changed(law):
        *parents, last = path.split(".")
        place = law
        for step in parents:
            place = place[step]
        if value is None:
            del place[last]
        else:
            place[last] = value

    return changed


@pytest.mark.parametrize(
    ("break_it", "fault"),
    [
        (change("exemption", None), "exemption: missing"),
        (change("senior_deduction", {"value": 6000, "source": "IRC 151"}), "senior_deduction: unknown"),
        (change("gain_tops.single", None), "gain_tops: not every filing status"),
        (change("exemption.widowed", {"value": 1, "source": "IRC 55"}), "exemption: not every filing status"),
        (change("ordinary_rates.source", None), "ordinary_rates: not a value and a source"),
        (change("minimum_top.single.source", None), "minimum_top.single: not a value and a source"),
        (change("minimum_top.single.value", None), "minimum_top.single: not a value and a source"),
        (change("phase_out_rate.note", "half"), "phase_out_rate: not a value and a source"),
        (change("gain_rates.source", ""), "gain_rates: the source names no law"),
        (change("gain_rates.source", "a newspaper"), "gain_rates: the source names no law"),
        (change("exemption.single.value", "90,100"), "exemption.single: not a number"),
        (change("exemption.single.value", True), "exemption.single: not a number"),
        (change("gain_tops.single.value", [545_500, 49_450]), "gain_tops.single: does not rise"),
        (change("minimum_rates.value", [Decimal("0.28"), Decimal("0.26")]), "minimum_rates: does not rise"),
        (change("investment_rate.value", Decimal("3.8")), "investment_rate: not a rate"),
        (change("gain_rates.value", [0, 15, 20]), "gain_rates: not a rate"),
        (change("standard_deduction.single.value", -1), "standard_deduction.single: not whole dollars"),
        (change("exemption.single.value", Decimal("90.1")), "exemption.single: not whole dollars"),
        (change("gain_tops.single.value", [49_450]), "gain_tops.single: not one for every rate but the last"),
        (change("ordinary_tops.single.value", [*range(1, 8)]), "ordinary_tops.single: not one for every rate"),
        (change("investment_threshold.married_separately.value", 200_000), "not half of a couple's"),
        (change("minimum_top.married_separately.value", 244_500), "not half of a couple's"),
        (change("gain_tops.married_separately.value", [49_451, 306_850]), "not half of a couple's"),
        (change("standard_deduction.single.value", 15_000), "not a single person's"),
        (change("investment_threshold.single.value", 205_000), "not the law's, which is not indexed"),
        (change("ira_limit", None), "ira_limit: missing"),
        (change("ira_limit.value", 0), "ira_limit: not whole dollars"),
        (change("ira_catch_up.source", "Notice 2025-67"), "ira_catch_up: the source names no law"),
        (change("roth_phase_out.single.value", [153_000, 167_000]), "roth_phase_out, deduction_phase_out.single: not"),
        (change("roth_phase_out.single.value", [168_000, 153_000]), "roth_phase_out.single: does not rise"),
        (change("roth_phase_out.head_of_household.value", [152_000, 167_000]), "not a single person's"),
        (change("roth_phase_out.married_separately.value", [0, 11_000]), "not the law's, which is not indexed"),
        (change("deduction_phase_out.married_jointly.value", [129_500, 149_500]), "phase_out: not thousands"),
        (change("spouse_phase_out.value", [240_000, 250_000]), "spouse_phase_out: not a couple's for a Roth"),
        (change("late_catch_up.value", 12_250), "late_catch_up: neither"),
    ],
)
def test_a_broken_file_is_found_out(break_it, fault):
    law = deepcopy(written(2026))
    break_it(law)
    assert any(fault in found for found in faults(law))


def test_the_loss_limit_is_halved_for_married_filing_separately():
    assert [loss_limit(status) for status in STATUSES] == [3000, 3000, 3000, 1500]


def test_the_law_is_read_as_it_is_written():
    law, file = tax_year.tax_year(2026, "married_separately"), written(2026)
    for name in NAMES:
        entry = file[name] if "value" in file[name] else file[name]["married_separately"]
        value = getattr(law, name)
        assert [*value] == entry["value"] if isinstance(entry["value"], list) else value == entry["value"]


# -- years there are, and a new one ------------------------------------------------------------------------------------


def test_a_year_without_a_file_is_refused_and_the_known_ones_are_named():
    there_are = ", ".join(map(str, years()))
    with pytest.raises(ValueError, match=f"there is no tax law for 2019; there is for {there_are}"):
        tax_year.tax_year(2019, "single")
    with pytest.raises(ValueError, match=f"there is no tax law for 2019; there is for {there_are}"):
        Taxpayer(year=2019)


def forget():
    for cached in (tax_year.years, tax_year.values, tax_year.tax_year):
        cached.cache_clear()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the folder of years, which the program reads."""
    shutil.copytree(str(tax_year.FOLDER), tmp_path / "years")
    monkeypatch.setattr(tax_year, "FOLDER", tmp_path / "years")
    forget()
    yield Path(tmp_path / "years")
    forget()


def test_a_new_year_is_a_new_file(folder):
    text = (folder / "2026.toml").read_text(encoding="utf-8")
    (folder / "2099.toml").write_text(text.replace("16_100", "20_100").replace("32_200", "40_200"), encoding="utf-8")
    assert years()[-1] == 2099
    assert faults(written(2099)) == []
    bills = [tax_bill(Taxpayer(year=year, ordinary_income=60000), Decimal(0), Decimal(0)) for year in (2026, 2099)]
    assert [bill.deduction for bill in bills] == [16100, 20100]
    assert [bill.total for bill in bills] == [5020, 4540]  # 1,240 + 12 % of 43,900 - 12,400, and of 39,900 - 12,400


def test_a_file_taken_away_is_a_year_refused(folder):
    (folder / "2024.toml").unlink()
    with pytest.raises(ValueError, match="there is no tax law for 2024"):
        Taxpayer(year=2024)


def test_the_statute_s_numbers_have_their_sources():
    table = tomllib.loads(tax_year.STATUTE.read_text(encoding="utf-8"), parse_float=Decimal)
    assert [*faults_of_values(table)] == []
    assert set(table) == {"loss_limit", "early_withdrawal_rate"}


def faults_of_values(table):
    for name, by_status in table.items():
        if "value" in by_status:
            by_status = {"everybody": by_status}
        elif {*by_status} != {*STATUSES}:
            yield f"{name}: not every filing status"
        for status, entry in by_status.items():
            if {*entry} != {"value", "source"} or not re.search(SOURCE, entry["source"]):
                yield f"{name}.{status}: not a value and a source"


def test_the_deduction_of_state_taxes_shrinks_from_2025_on():
    found = {year: tax_year.tax_year(year, "single").state_tax_phase_down for year in (2024, 2025, 2026)}
    assert found == {2024: None, 2025: 500_000, 2026: 505_000}
