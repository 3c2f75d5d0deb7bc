"""JSON files as programs and editors write them."""

import io
import sys
from pathlib import Path

import pytest

from lotroute.models import Household, InputError, Policy

MUST_SPLIT = Path("fixtures/must_split.json")


def test_a_byte_order_mark_is_left_out(tmp_path):
    path = tmp_path / "home.json"
    path.write_text(MUST_SPLIT.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert Household.load(path) == Household.load(MUST_SPLIT)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"deferral_years": 1, "deferral_years": 2}', "the key 'deferral_years' is given twice"),
        ('{"limits": {"loss": 1, "loss": 1}}', "the key 'loss' is given twice"),
    ],
)
def test_a_doubled_key_is_refused(tmp_path, text, message):
    path = tmp_path / "policy.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        Policy.load(path)
    assert [(fault.path, fault.message) for fault in error.value.faults] == [("policy.json", message)]


def test_a_doubled_key_is_found_by_the_object_s_name(tmp_path):
    path = tmp_path / "home.json"
    path.write_text('{"accounts": [{"id": "joint", "cash": 1, "cash": 2}]}', encoding="utf-8")
    with pytest.raises(InputError, match="the key 'cash' of 'joint' is given twice"):
        Household.load(path)


def test_a_dash_is_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MUST_SPLIT.read_bytes())))
    assert Household.load("-") == Household.load(MUST_SPLIT)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{")))
    with pytest.raises(InputError, match="standard input:1: not JSON"):
        Household.load("-")
