"""Files changed at random: every file gives an audited plan, or its faults with their paths, and nothing else.

The suite tries hundreds of changes. Thousands are marked slow:
`.venv/bin/python -m pytest -m slow tests/whole/test_fuzz.py`.
"""

import csv
import json
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from random_households import featured_household, featured_policy
from random_numbers import TRADE_DATE

from lotroute.models import Household, InputError, Limits, Policy
from lotroute.models.schema.values import LARGEST
from lotroute.solver import audit, solve

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures").glob("*.json"))
SECONDS = 2.0

NUMBERS = [0, -0.0, -1, 1, 1e-300, 1e-9, 1e300, LARGEST, -LARGEST, 2 * LARGEST, 10**400, 1 / 3, 5e-324]
NOT_NUMBERS = [float("nan"), float("inf"), float("-inf"), "NaN", "1e5", "12", "1,000", "0x10", "1_0", "$5", "١"]
WORDS = ["", " ", "abc", "a;b", "a=b", " a", "cash", "null", "None", "\x00", "a\nb", "漢字", "?", "x" * 10_000]
DATES = ["2026-02-30", "2026-13-01", "2026-06-15T00:00:00", "2026-06-15T12:30:00", "2026-6-1", "15.06.2026", 1750000000]
DATES += ["0001-01-01", "9999-12-31", (TRADE_DATE + timedelta(1)).isoformat(), (TRADE_DATE - timedelta(30)).isoformat()]
NESTED = [None, True, False, [], {}, [[]], [{}], {"a": 1}, {"": {}}, [None], [1, "a", {}], {"amount": 1, "price": -1}]
GARBAGE = [*NUMBERS, *NOT_NUMBERS, *WORDS, *DATES, *NESTED]
FACTORS = [-1, 0, 0.5, 0.999, 1.001, 2, 10, 1e3, 1e6, 1e-6]


def pick(rng, items):
    return items[int(rng.integers(len(items)))]


# -- changes of what JSON holds ----------------------------------------------------------------------------------------


def places(data):
    """Yield every container with each of its keys."""
    for key in [*data] if isinstance(data, dict) else range(len(data)):
        yield data, key
        if isinstance(data[key], dict | list):
            yield from places(data[key])


def put_garbage(rng, data, place, key):
    place[key] = deepcopy(pick(rng, GARBAGE))


def drop(rng, data, place, key):
    del place[key]


def rename(rng, data, place, key):
    if isinstance(place, dict):
        place[pick(rng, [f"{key}s", key.upper(), "", key[:-1], "id", "household_id", "lots"])] = place.pop(key)


def repeat(rng, data, place, key):
    if isinstance(place, list):
        place.insert(key, deepcopy(place[key]))
    else:
        place[key] = [place[key], deepcopy(place[key])]


def wrap(rng, data, place, key):
    place[key] = pick(rng, ([place[key]], {"value": place[key]}, {str(key): place[key]}, str(place[key])))


def scale(rng, data, place, key):
    if isinstance(place[key], int | float):
        place[key] *= pick(rng, FACTORS)
    elif isinstance(place[key], str) and place[key][:4].isdigit():
        place[key] = (TRADE_DATE - timedelta(int(rng.integers(-40, 800)))).isoformat()


def swap(rng, data, place, key):
    """Put in the value of another place: a valid name or number in the wrong place."""
    other, index = pick(rng, [*places(data)])
    place[key] = deepcopy(other[index])


def take_from_a_sibling(rng, data, place, key):
    """Put in the same field of another item: a known name, or a number of the right size."""
    others = [other[key] for other, name in places(data) if name == key and isinstance(other, dict)]
    if others:
        place[key] = deepcopy(pick(rng, others))


def empty(rng, data, place, key):
    if isinstance(place[key], dict | list):
        place[key] = type(place[key])()


CHANGES = [put_garbage, drop, rename, repeat, wrap, scale, scale, scale, swap, take_from_a_sibling, take_from_a_sibling]
CHANGES.append(empty)


def mutated(rng, data):
    """The data with one to three random changes."""
    data = deepcopy(data)
    for _ in range(rng.integers(1, 4)):
        found = [*places(data)]
        if found:
            pick(rng, CHANGES)(rng, data, *pick(rng, found))
    return data


# -- what may come of it -----------------------------------------------------------------------------------------------


def assert_faults(error):
    assert error.faults
    for fault in error.faults:
        assert fault.path, error.faults
        assert fault.message, error.faults


def outcome(read):
    """Read a household and a policy and solve: True for an audited plan, False for faults; anything else is raised."""
    try:
        home, policy = read()
    except InputError as error:
        assert_faults(error)
        return False
    plan = solve(home, policy, time_limit=SECONDS)
    assert audit(home, plan) == []
    assert "audit refused" not in plan.certificate.detail, plan.certificate.detail
    return True


def originals():
    """The fixtures and households with every feature, as JSON data."""
    found = [json.loads(path.read_text()) for path in FIXTURES]
    return found + [json.loads(featured_household(seed).model_dump_json(exclude_none=True)) for seed in range(30)]


def household_outcome(seed, homes):
    rng = np.random.default_rng(seed)
    data = mutated(rng, pick(rng, homes))
    return outcome(lambda: (Household.model_validate(data), None))


def file_outcome(seed, homes, folder):
    rng = np.random.default_rng(seed)
    path = folder / "household.json"
    path.write_text(damaged(rng, json.dumps(mutated(rng, pick(rng, homes)))), encoding="utf-8")
    return outcome(lambda: (Household.load(path), None))


def damaged(rng, text):
    """The text; one time in four with a piece removed, doubled or replaced."""
    if rng.random() < 0.75:
        return text
    start = int(rng.integers(len(text)))
    end = min(len(text), start + int(rng.integers(1, 50)))
    return text[:start] + pick(rng, ("", 2 * text[start:end], "}", "[", '"', "NaN", "\ufeff")) + text[end:]


def policy_outcome(seed, folder):
    rng = np.random.default_rng(seed)
    home = featured_household(int(rng.integers(200)))
    limits = {name: {"amount": round(rng.uniform(0, 3), 2), "price": 0.1} for name in Limits.model_fields}
    data = featured_policy(int(rng.integers(200)), home).model_dump(mode="json")
    data["limits"] |= {name: limits[name] for name in limits if rng.random() < 0.3}
    path = folder / "policy.json"
    path.write_text(json.dumps(mutated(rng, data)), encoding="utf-8")
    return outcome(lambda: (home, Policy.load(path)))


# -- changes of tables -------------------------------------------------------------------------------------------------


def change_cell(rng, rows):
    row = pick(rng, rows)
    if row:
        index = int(rng.integers(len(row)))
        other = pick(rng, rows)
        row[index] = pick(rng, [*CELL_GARBAGE, *(other if rng.random() < 0.5 else [])])


def drop_row(rng, rows):
    rows.remove(pick(rng, rows))


def repeat_row(rng, rows):
    rows.append(list(pick(rng, rows)))


def drop_column(rng, rows):
    index = int(rng.integers(len(rows[0]))) if rows[0] else 0
    for row in rows:
        del row[index : index + 1]


def repeat_column(rng, rows):
    index = int(rng.integers(len(rows[0]))) if rows[0] else 0
    for row in rows:
        row += row[index : index + 1]


def lengthen(rng, rows):
    pick(rng, rows).append("more")


def shorten(rng, rows):
    row = pick(rng, rows)
    del row[len(row) // 2 :]


CELL_GARBAGE = [str(value) for value in GARBAGE if value != 10**400]
CELLS = [change_cell, change_cell, change_cell, change_cell, drop_row, repeat_row, drop_column, repeat_column]
CELLS += [lengthen, shorten]


def tables_outcome(seed, folder):
    rng = np.random.default_rng(seed)
    home = featured_household(int(rng.integers(200)))
    home.save(folder)
    for _ in range(rng.integers(1, 3)):
        path = pick(rng, sorted(folder.glob("*.csv")))
        with path.open(newline="", encoding="utf-8") as file:
            rows = [*csv.reader(file)]
        if rows:
            pick(rng, CELLS)(rng, rows)
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        path.write_text(damaged(rng, path.read_text(encoding="utf-8") or "\n"), encoding="utf-8")
    return outcome(lambda: (Household.load(folder), None))


# -- tests -------------------------------------------------------------------------------------------------------------


def assert_both(outcomes):
    """Some files must be solved and some refused; otherwise the changes are too small or too large."""
    assert 0 < sum(outcomes) < len(outcomes)


@pytest.fixture(scope="module")
def homes():
    return originals()


@pytest.mark.parametrize("seeds", [range(first, first + 60) for first in range(0, 240, 60)], ids=str)
def test_a_household_changed_at_random_is_solved_or_refused_with_its_faults(seeds, homes):
    assert_both([household_outcome(seed, homes) for seed in seeds])


def test_a_file_changed_at_random_is_solved_or_refused_with_its_faults(homes, tmp_path):
    assert_both([file_outcome(seed, homes, tmp_path) for seed in range(60)])


def test_a_policy_changed_at_random_is_followed_or_refused_with_its_faults(tmp_path):
    assert_both([policy_outcome(seed, tmp_path) for seed in range(80)])


def test_tables_changed_at_random_are_solved_or_refused_with_their_faults(tmp_path):
    assert_both([tables_outcome(seed, tmp_path) for seed in range(80)])


@pytest.mark.parametrize("junk", ["", "{", "[]", "null", "1e999", '"a"', "[" * 100_000, "{}" * 2, "9" * 5000, "\x00"])
def test_what_is_no_household_is_refused_with_the_file_s_name(junk, tmp_path):
    path = tmp_path / "household.json"
    path.write_text(junk, encoding="utf-8")
    for read in (Household.load, Policy.load):
        if read is Household.load or junk != "{}":
            with pytest.raises(InputError) as refused:
                read(path)
            assert_faults(refused.value)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [range(first, first + 500) for first in range(1000, 5000, 500)], ids=str)
def test_thousands_of_changed_households_are_solved_or_refused(seeds, homes):
    assert_both([household_outcome(seed, homes) for seed in seeds])


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [range(first, first + 250) for first in range(1000, 2000, 250)], ids=str)
def test_thousands_of_changed_files_are_solved_or_refused(seeds, homes, tmp_path):
    assert_both([file_outcome(seed, homes, tmp_path) for seed in seeds])
    assert_both([policy_outcome(seed, tmp_path) for seed in seeds])
    assert_both([tables_outcome(seed, tmp_path / "tables") for seed in seeds])
